# SPDX-License-Identifier: Apache-2.0
"""When somebody opens device nodes."""

import contextlib
import ctypes
import os
import select
import sys
from pathlib import Path

IN_OPEN = 0x20


class Opens:
    """How often device nodes are opened."""

    def __init__(self, *paths: Path) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        self._fd = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        self._names = {libc.inotify_add_watch(self._fd, os.fsencode(path), IN_OPEN): path.name for path in paths}
        if self._fd < 0 or -1 in self._names:
            raise SystemExit(f"inotify: {os.strerror(ctypes.get_errno())}")

    def wait(self, seconds: float) -> bool:
        """Until one of them is opened."""
        return bool(select.select([self._fd], [], [], seconds)[0])

    def seen(self) -> set[str]:
        """Names of those that were opened since the last time."""
        data = b""
        with contextlib.suppress(BlockingIOError):
            while more := os.read(self._fd, 65536):
                data += more
        return {self._names[int.from_bytes(data[n:n + 4], sys.byteorder)] for n in range(0, len(data), 16)}
