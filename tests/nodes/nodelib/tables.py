# SPDX-License-Identifier: Apache-2.0
"""All instance types that trees can be written for, by name."""
from __future__ import annotations

from nodelib import types_g, types_hpc, types_p, types_p6, types_trn
from nodelib.nodetype import NodeType

TYPES: dict[str, NodeType] = {
    t.name: t
    for t in (*types_p.TYPES, *types_p6.TYPES, *types_g.TYPES, *types_trn.TYPES, *types_hpc.TYPES)
}
