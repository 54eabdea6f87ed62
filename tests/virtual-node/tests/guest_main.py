# SPDX-License-Identifier: Apache-2.0
"""Tests inside the node: guest_main.py PART..., each the name of a list below."""

import os
import sys

from checks import Checks
from guest import faults, foreign, identity, metadata, slots, traffic

LISTS = {"identity": identity.PARTS, "metadata": metadata.PARTS, "imds-faults": metadata.FAULTS,
         "traffic": traffic.PARTS, "some-traffic": traffic.SOME, "faults": faults.PARTS,
         "slots": slots.PARTS, "foreign": foreign.PARTS}

sys.exit(Checks(f"{os.environ['VNODE']}: ").run([p for name in sys.argv[1:] for p in LISTS[name]]))
