# SPDX-License-Identifier: Apache-2.0
"""Running a command with a deadline, and reading what scontrol prints."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from . import root

_FIELD = re.compile(r"(?:^|\s+)([A-Z][A-Za-z:/_]*)=")


@dataclass(frozen=True)
class Result:
    """What a command did. rc is negative for a signal, 124 when its time was over."""

    argv: tuple[str, ...]
    rc: int
    out: str
    err: str
    seconds: float

    @property
    def text(self) -> str:
        """Both streams, for looking something up."""
        return self.out + self.err

    def __str__(self) -> str:
        return (
            f"{' '.join(self.argv)}\n  rc {self.rc} after {self.seconds:.1f} s\n"
            f"  stdout: {self.out.strip()}\n  stderr: {self.err.strip()}"
        )


def run(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: str,
    timeout: float,
    stdin: str | None = None,
) -> Result:
    """Run argv in a process group of its own; the whole group ends at the deadline."""
    start = time.monotonic()
    process = subprocess.Popen(
        list(argv),
        stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=dict(env),
        cwd=cwd,
        text=True,
        errors="replace",
        start_new_session=True,
        preexec_fn=root.entrance(cwd),
    )
    try:
        out, err = process.communicate(stdin, timeout=timeout)
        rc = process.returncode
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        out, err = process.communicate()
        rc = 124
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise
    return Result(tuple(argv), rc, out, err, time.monotonic() - start)


def fields(text: str) -> dict[str, str]:
    """`Key=Value` pairs of one record of `scontrol show`. Values may hold blanks."""
    result: dict[str, str] = {}
    for line in text.splitlines():
        marks = list(_FIELD.finditer(line))
        ends = [mark.start() for mark in marks[1:]] + [len(line)]
        for mark, end in zip(marks, ends):
            result.setdefault(mark.group(1), line[mark.end() : end].strip())
    return result
