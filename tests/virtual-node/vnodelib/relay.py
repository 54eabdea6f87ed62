# SPDX-License-Identifier: Apache-2.0
"""Carries bytes between the guest and our standard output or terminal, in a thread of its own, so that
a reader that stops reading holds up neither the time limit nor the answers to the guest."""

import asyncio
import fcntl
import os
import signal
import socket
import struct
import sys
import termios
import threading
import tty
from collections.abc import Callable
from typing import Any

STDIN, STDOUT = 0, 1


class Relay:
    """Guest to standard output."""

    def __init__(self, sock: socket.socket, broken: Callable[[], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._sock = sock
        self._broken = broken
        self._count = 0
        self._more = asyncio.Event()

    def __enter__(self) -> "Relay":
        self._sock.setblocking(True)
        threading.Thread(target=self._to_output, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        pass

    async def drained(self, count: int) -> None:
        """Returns when this many bytes have been written out."""
        while self._count < count:
            self._more.clear()
            await self._more.wait()

    def _to_output(self) -> None:
        try:
            while data := self._sock.recv(65536):
                view = memoryview(data)
                while view:
                    view = view[os.write(STDOUT, view):]
                self._loop.call_soon_threadsafe(self._written, len(data))
        except OSError:
            self._tell(self._broken)
        except RuntimeError:
            pass  # the loop has ended

    def _written(self, count: int) -> None:
        self._count += count
        self._more.set()

    def _tell(self, what: Callable[[], None]) -> None:
        try:
            self._loop.call_soon_threadsafe(what)
        except RuntimeError:
            pass  # the loop has ended, and with it the interest


class Terminal(Relay):
    """Both ways, with our terminal in raw mode as long as it lasts."""

    def __init__(self, sock: socket.socket, broken: Callable[[], None],
                 agent: asyncio.StreamWriter) -> None:
        super().__init__(sock, broken)
        self._agent = agent
        self._saved: list[Any] = []

    def __enter__(self) -> "Terminal":
        self._saved = termios.tcgetattr(STDIN)
        tty.setraw(STDIN)
        super().__enter__()
        self._loop.add_signal_handler(signal.SIGWINCH, self._resize)
        self._resize()
        threading.Thread(target=self._from_input, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        termios.tcsetattr(STDIN, termios.TCSADRAIN, self._saved)
        sys.stdout.write("\r\n")

    async def drained(self, count: int) -> None:
        await asyncio.sleep(0.1)  # a terminal's output is not counted

    def _from_input(self) -> None:
        try:
            while data := os.read(STDIN, 4096):
                self._sock.sendall(data)
        except OSError:
            pass  # the machine has ended

    def _resize(self) -> None:
        rows, columns = struct.unpack_from("HH", fcntl.ioctl(STDIN, termios.TIOCGWINSZ, bytes(8)))
        self._agent.write(f"winsize {rows} {columns}\n".encode())
