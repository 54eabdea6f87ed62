# SPDX-License-Identifier: Apache-2.0
"""The classes of one test file side by side, each in a process and with a cluster of its own, where nearly all time goes into waiting."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import unittest

from . import runner


def main(*classes: type[unittest.TestCase]) -> None:
    """Run the calling file once for each class, print what each said, and end: 0 when all are well, 77 when all were skipped, else 1."""
    said = [tempfile.TemporaryFile("w+") for _ in classes]
    running = [subprocess.Popen([sys.executable, sys.argv[0], one.__name__], stdout=out, stderr=out) for one, out in zip(classes, said)]
    try:
        ends = {process.wait() for process in running}
    finally:
        for process in running:
            process.terminate()
            process.wait()
    for one, out in zip(classes, said):
        out.seek(0)
        print(f"{one.__name__}:\n{out.read()}", flush=True)
    sys.exit(ends.pop() if len(ends) == 1 and ends <= {0, runner.SKIP} else 1)
