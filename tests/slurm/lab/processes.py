# SPDX-License-Identifier: Apache-2.0
"""The lab's daemons as children of the test, and the certainty that none outlives it."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import root

_PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans() -> None:
    """Become the parent of descendants whose parent ends: slurmd detaches its slurmstepd."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")


@dataclass(frozen=True)
class _Process:
    pid: int
    parent: int
    name: str
    is_zombie: bool


def _processes() -> list[_Process]:
    result: list[_Process] = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            stat = Path("/proc", entry, "stat").read_text(errors="replace")
        except OSError:
            continue
        # The name in parentheses may itself hold blanks and parentheses.
        head, _, tail = stat.rpartition(")")
        state, parent = tail.split()[:2]
        name = head.partition("(")[2]
        result.append(_Process(int(entry), int(parent), name, state == "Z"))
    return result


def _is_marked(pid: int, mark: bytes) -> bool:
    try:
        return mark in Path("/proc", str(pid), "environ").read_bytes()
    except OSError:
        return False


def descendants(mark: str) -> set[int]:
    """Descendants of this process that carry mark in their environment, with all of theirs."""
    children: dict[int, list[int]] = {}
    for one in _processes():
        children.setdefault(one.parent, []).append(one.pid)
    found: set[int] = set()
    todo = [(pid, False) for pid in children.get(os.getpid(), [])]
    while todo:
        pid, inside = todo.pop()
        inside = inside or _is_marked(pid, mark.encode())
        if inside:
            found.add(pid)
        todo += [(child, inside) for child in children.get(pid, [])]
    return found


def _reap(killed: set[int]) -> None:
    """Wait for adopted children: what was killed, and each slurmstepd, none of which we started."""
    for one in _processes():
        if one.parent != os.getpid() or not one.is_zombie:
            continue
        if one.name == "slurmstepd" or one.pid in killed:
            os.waitpid(one.pid, os.WNOHANG)


def kill_descendants(mark: str, seconds: float = 5.0) -> set[int]:
    """SIGKILL to every marked descendant until none is left. Returns those that would not go."""
    deadline = time.monotonic() + seconds
    killed: set[int] = set()
    while True:
        left = descendants(mark)
        if not left or time.monotonic() > deadline:
            break
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        killed |= left
        time.sleep(0.02)
    _reap(killed)
    return left


class Daemon:
    """One daemon in the foreground; it gets SIGKILL from the kernel if the test dies first."""

    def __init__(self, name: str, argv: Sequence[str], env: Mapping[str, str], log: Path) -> None:
        self.name = name
        self._log = log
        with log.open("ab") as to:
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *argv],
                stdin=subprocess.DEVNULL,
                stdout=to,
                stderr=subprocess.STDOUT,
                env=dict(env),
                cwd="/",
                start_new_session=True,
                preexec_fn=root.entrance("/"),
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    def is_running(self) -> bool:
        return self._process.poll() is None

    def output(self) -> str:
        return self._log.read_text(errors="replace")

    def signal(self, number: int) -> None:
        if self.is_running():
            self._process.send_signal(number)

    def stop(self, seconds: float) -> None:
        """SIGTERM, and SIGKILL after so many seconds: slurmd may hang when its controller went."""
        self.signal(signal.SIGTERM)
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
