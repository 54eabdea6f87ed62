# SPDX-License-Identifier: Apache-2.0
"""What one process took: the peak of its own resident memory, without that of its children, and what was mapped into it at its end.

wait4's ru_maxrss tells neither: it has the children's peak, too, and that of the process which the program was started from. So the process is
traced (ptrace), alone and with no stop but those for its signals and its end, where the kernel still knows VmHWM.
"""

from __future__ import annotations

import ctypes
import os
import re
import signal
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# linux/ptrace.h
_TRACEME, _CONT, _SETOPTIONS = 0, 7, 0x4200
_O_TRACEEXIT, _O_EXITKILL = 0x40, 0x100000
_EVENT_EXIT = 6

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = (ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p)
_libc.ptrace.restype = ctypes.c_long


@dataclass(frozen=True)
class Peak:
    rc: int
    said: str  # both streams
    peak_kib: int
    mapped: frozenset[str]  # names of files, without folders


def _ptrace(request: int, pid: int, data: int = 0) -> None:
    if _libc.ptrace(request, pid, None, data) == -1:
        raise OSError(ctypes.get_errno(), "ptrace")


def _child(argv: Sequence[str], env: Mapping[str, str], output: int, enter: Callable[[], None]) -> None:
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    enter()
    os.chdir("/")
    _ptrace(_TRACEME, 0)
    os.execve(argv[0], list(argv), dict(env))


def _look(pid: int) -> tuple[int, frozenset[str]]:
    peak = re.search(r"^VmHWM:\s+(\d+) kB$", Path(f"/proc/{pid}/status").read_text(), re.M)
    maps = Path(f"/proc/{pid}/maps").read_text()
    names = frozenset(os.path.basename(line.split()[5]) for line in maps.splitlines() if " /" in line)
    if not peak or not names:
        raise RuntimeError(f"process {pid} was gone before its end could be looked at")
    return int(peak.group(1)), names


def run(argv: Sequence[str], env: Mapping[str, str], enter: Callable[[], None] = lambda: None) -> Peak:
    """Run a program, by its absolute path, to its end. enter is called in its process first (chroot). OSError: it may not be traced."""
    with tempfile.TemporaryFile() as output:
        pid = os.fork()
        if not pid:
            try:
                _child(argv, env, output.fileno(), enter)
            finally:
                os._exit(127)
        _, status = os.waitpid(pid, 0)
        if not os.WIFSTOPPED(status):
            raise OSError(f"{argv[0]}: cannot be started, or not traced")
        _ptrace(_SETOPTIONS, pid, _O_TRACEEXIT | _O_EXITKILL)
        seen = None
        pending = 0
        while True:
            _ptrace(_CONT, pid, pending)
            _, status = os.waitpid(pid, 0)
            if not os.WIFSTOPPED(status):
                break
            pending = os.WSTOPSIG(status)
            if status >> 8 == signal.SIGTRAP | _EVENT_EXIT << 8:
                seen = _look(pid)
                pending = 0
        if seen is None:
            raise RuntimeError(f"{argv[0]}: its end was not seen")
        output.seek(0)
        return Peak(os.waitstatus_to_exitcode(status), output.read().decode(errors="replace"), *seen)
