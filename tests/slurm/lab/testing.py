# SPDX-License-Identifier: Apache-2.0
"""Entry point of test files: exit 77 with the reason where a lab cannot run, and cases side by side."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from collections.abc import Iterator, Sequence
from typing import IO

from . import root

SKIP = 77
# Parts of a file that run side by side, each with labs of its own: they wait for Slurm most of the time.
AT_ONCE = 4
PART = 3  # cases of one class
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


def _names(suite: unittest.TestSuite) -> Iterator[str]:
    for one in suite:
        if isinstance(one, unittest.TestSuite):
            yield from _names(one)
        else:
            yield one.id().removeprefix("__main__.")


def _parts() -> Iterator[list[str]]:
    """The calling file's cases, a few of a class together."""
    found = unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"])
    for _, names in itertools.groupby(_names(found), lambda name: name.partition(".")[0]):
        rest = list(names)
        while rest:
            yield rest[:PART]
            rest = rest[PART:]


def _start(names: Sequence[str], output: IO[bytes]) -> subprocess.Popen[bytes]:
    """This file for some cases; it ends with this process."""
    argv = ["setpriv", "--pdeathsig", "TERM", sys.executable, sys.argv[0], *names]
    return subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=output, stderr=output)


def _run_side_by_side(parts: Sequence[Sequence[str]]) -> int:
    """1 if a part failed. Each one's output comes when it is done."""
    waiting = list(parts)
    running: list[tuple[subprocess.Popen[bytes], IO[bytes]]] = []
    rc = 0
    try:
        while waiting or running:
            while waiting and len(running) < AT_ONCE:
                output = tempfile.TemporaryFile()
                running.append((_start(waiting.pop(0), output), output))
            for one in [one for one in running if one[0].poll() is not None]:
                running.remove(one)
                one[1].seek(0)
                print(one[1].read().decode(errors="replace"), flush=True)
                rc |= one[0].returncode != 0
            time.sleep(0.02)
    finally:
        for process, _ in running:
            process.terminate()
        for process, _ in running:
            process.wait()
    return rc


def main() -> None:
    """Run the calling file's unittest cases, or those that the command line names."""
    reason = missing()
    if reason is not None:
        print(f"skipped: {reason}")
        sys.exit(SKIP)
    signal.signal(signal.SIGTERM, _terminate)
    signal.signal(signal.SIGHUP, _terminate)
    if len(sys.argv) == 1:
        sys.exit(_run_side_by_side(list(_parts())))
    unittest.main(module="__main__", verbosity=2)
