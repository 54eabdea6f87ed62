# SPDX-License-Identifier: Apache-2.0
"""A replayed node, a scripted probe and a recording controller, for the gate's tests.

    from kit import Node, main

    with Node("p4d.24xlarge", "efa-only") as node:
        node.probe(rails={"rdmap32s27": "fail transfer 113 4 unreachable"})
        run = node.gate(request="v1;layout=any")
        assert run.rc == 1 and node.controller_calls()
"""

from . import exposition, runner
from .common import NOBODY, OTHER_BOOT, UNREACHABLE, edit_json, wait_for
from .node import Node
from .runner import TOP, Run, main

__all__ = ["NOBODY", "Node", "OTHER_BOOT", "Run", "TOP", "UNREACHABLE", "edit_json", "exposition", "main", "runner", "wait_for"]
