# SPDX-License-Identifier: Apache-2.0
"""The programs under test, how one is run, and the entry point of test files."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import unittest
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).resolve().parents[3]
SKIP = 77
BUILD = Path(os.environ.get("EFA_LAYOUT_BUILD", TOP / "build"))

PROLOG = BUILD / "prolog" / "efa-layout-prolog"
EPILOG = BUILD / "prolog" / "efa-layout-epilog"
HEALTH = BUILD / "prolog" / "efa-layout-health"
TOOL = BUILD / "prolog" / "tool" / "efa-layout"
# Built for one release of Slurm: tests on another name another.
SLURM_HELPER = Path(os.environ.get("EFA_LAYOUT_SLURM_HELPER", BUILD / "prolog" / "slurm" / "efa-layout-slurm"))


@dataclass(frozen=True)
class Run:
    """What a program did."""

    rc: int
    out: str
    err: str
    seconds: float


def start(argv: Sequence[str | Path], env: Mapping[str, str]) -> subprocess.Popen[str]:
    """Start a program with exactly this environment, as slurmd does."""
    return subprocess.Popen(
        [os.fspath(word) for word in argv],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=dict(env),
        cwd="/",
        text=True,
        errors="replace",
    )


def finish(process: subprocess.Popen[str], begin: float, timeout: float) -> Run:
    """Wait for both streams' end, as slurmd does: a leftover child with one of them is seen."""
    try:
        out, err = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
    return Run(process.returncode, out, err, time.monotonic() - begin)


def run(argv: Sequence[str | Path], env: Mapping[str, str], timeout: float = 60.0) -> Run:
    begin = time.monotonic()
    return finish(start(argv, env), begin, timeout)


def main() -> None:
    """Run the calling file's unittest cases."""
    for program in (PROLOG, EPILOG, HEALTH, TOOL):
        if not program.exists():
            print(f"skipped: {program} is not built (EFA_LAYOUT_BUILD names the build directory)")
            sys.exit(SKIP)
    if os.geteuid() != 0:
        print("skipped: needs root: owners of files are changed")
        sys.exit(SKIP)
    unittest.main(module="__main__", verbosity=2)
