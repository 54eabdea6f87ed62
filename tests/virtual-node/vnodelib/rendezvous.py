# SPDX-License-Identifier: Apache-2.0
"""Lets another shell reach a running node: a socket in the abstract name space, which leaves no file."""

import asyncio
import contextlib
import os
import re
import socket
import struct
from collections.abc import Iterator

from .control import Control
from .errors import VnodeError

LINE_LIMIT = 4096


def _prefix() -> str:
    return f"vnode-{os.getuid()}/"


def running() -> list[str]:
    """Ids of this user's running nodes."""
    with open("/proc/net/unix", encoding="utf-8", errors="replace") as f:
        found = re.findall(rf" @{re.escape(_prefix())}(\S+)$", f.read(), re.M)
    return sorted(set(found))


@contextlib.contextmanager
def serve(run_id: str, control: Control, tasks: list["asyncio.Task[None]"]) -> Iterator[None]:
    """Answers ask() of the same user or root as long as the context lasts."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        try:
            listener.bind("\0" + _prefix() + run_id)
        except OSError as e:
            raise VnodeError(f'there is a running node with the id "{run_id}"') from e
        listener.listen()
        listener.setblocking(False)
        tasks.append(asyncio.create_task(_accept(listener, control)))
        yield


async def _accept(listener: socket.socket, control: Control) -> None:
    loop = asyncio.get_running_loop()
    talks: set[asyncio.Task[None]] = set()
    while True:
        conn, _ = await loop.sock_accept(listener)
        task = asyncio.create_task(_talk(conn, control))
        talks.add(task)
        task.add_done_callback(talks.discard)


async def _talk(conn: socket.socket, control: Control) -> None:
    _, uid, _ = struct.unpack("3i", conn.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    reader, writer = await asyncio.open_connection(sock=conn, limit=LINE_LIMIT)
    with contextlib.suppress(OSError, ValueError):
        if uid in (0, os.getuid()):
            words = (await reader.readline()).decode("utf-8", "replace").split()
            try:
                *text, _ = await control.request(words)
                writer.write("".join(f". {t}\n" for t in text).encode() + b"ok\n")
            except VnodeError as e:
                writer.write(f"err {e}\n".encode())
            await writer.drain()
    writer.close()


def ask(run_id: str, words: list[str]) -> list[str]:
    """Sends a request to a running node; the lines of its answer, or VnodeError with its refusal."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as s:
        try:
            s.connect("\0" + _prefix() + run_id)
        except OSError as e:
            there = ", ".join(running()) or "none"
            raise VnodeError(f'no running node "{run_id}" (running: {there})') from e
        s.sendall((" ".join(words) + "\n").encode())
        lines = []
        with s.makefile("r", encoding="utf-8") as f:
            for line in f:
                kind, _, text = line.rstrip("\n").partition(" ")
                if kind == "ok":
                    return lines
                if kind == "err":
                    raise VnodeError(text)
                lines.append(text)
    raise VnodeError(f'the node "{run_id}" ended before it answered')
