# SPDX-License-Identifier: Apache-2.0
"""Entry point of test files: exit 77 with the reason where a lab cannot run."""

from __future__ import annotations

import os
import signal
import sys
import unittest

from . import root

SKIP = 77
_PROGRAMS = (
    "munged", "slurmctld", "slurmd", "srun", "sbatch", "salloc", "scontrol", "sinfo", "setpriv",
)  # fmt: skip


def missing() -> str | None:
    """Why no lab can run here, or None."""
    if os.geteuid() != 0:
        return "needs root: slurmd starts tasks as other users"
    return root.missing(_PROGRAMS)


def _terminate(number: int, _frame: object) -> None:
    # As an exception, so that every "with Lab" on the way ends its daemons.
    raise SystemExit(128 + number)


def main() -> None:
    """Run the calling file's unittest cases."""
    reason = missing()
    if reason is not None:
        print(f"skipped: {reason}")
        sys.exit(SKIP)
    signal.signal(signal.SIGTERM, _terminate)
    signal.signal(signal.SIGHUP, _terminate)
    unittest.main(module="__main__", verbosity=2)
