# SPDX-License-Identifier: Apache-2.0
"""QEMU's control protocol: commands one after another, events as they come."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

from .errors import VnodeError


class Qmp:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.on_deleted: Callable[[str], None] = lambda device: None  # a device is gone
        self._reader = reader
        self._writer = writer
        self._answer: asyncio.Future[dict[str, Any]] | None = None
        self._lock = asyncio.Lock()
        self._task = asyncio.create_task(self._read())

    async def command(self, name: str, **arguments: Any) -> Any:
        """The command's return value; VnodeError with QEMU's own words if it refuses."""
        async with self._lock:
            self._answer = asyncio.get_running_loop().create_future()
            message = {"execute": name, "arguments": arguments}
            try:
                self._writer.write(json.dumps(message).encode() + b"\n")
                await self._writer.drain()
                answer = await asyncio.wait_for(self._answer, 20)
            except (OSError, asyncio.TimeoutError, asyncio.CancelledError) as e:
                raise VnodeError(f"QEMU does not answer to {name}") from e
            finally:
                self._answer = None
        if "error" in answer:
            raise VnodeError(f"QEMU refuses {name}: {answer['error']['desc']}")
        return answer["return"]

    async def _line(self) -> bytes:
        try:
            return await self._reader.readline()
        except OSError:
            return b""  # QEMU has ended

    async def _read(self) -> None:
        while line := await self._line():
            message = json.loads(line)
            if message.get("event") == "DEVICE_DELETED":
                self.on_deleted(message["data"].get("device", ""))
            elif ("return" in message or "error" in message) and self._answer:
                if not self._answer.done():
                    self._answer.set_result(message)
        if self._answer and not self._answer.done():
            self._answer.cancel()
