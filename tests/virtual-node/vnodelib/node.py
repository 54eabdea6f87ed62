# SPDX-License-Identifier: Apache-2.0
"""One run of a virtual node: starts QEMU, runs the command, ends everything whatever happens."""

import asyncio
import contextlib
import ctypes
import os
import re
import signal
import socket
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from .control import Control, plan_faults
from .errors import StartCrash, VnodeError
from .guestfs import orders
from .machine import Machine
from .qemu import Channels, qemu_arguments, qemu_find
from .qmp import Qmp
from .rendezvous import serve
from .relay import Relay, Terminal

PR_SET_PDEATHSIG = 1
BOOT_LIMIT = 120  # seconds until the guest must have reached its command, on a busy machine too
CONSOLE_KEPT = 65536  # last bytes of the guest's console that are kept for messages
TIMED_OUT = 124
TELLING = re.compile(r"vnode: |panic|BUG:|Oops:")  # console lines that messages show in any case


@dataclass(frozen=True)
class Artifacts:
    vmlinux: Path
    initramfs: Path
    devices: Path
    modules: Path


@dataclass
class Order:
    """What to do in a node."""

    argv: list[str]
    env: dict[str, str]
    cwd: str
    faults: list[str] = field(default_factory=list)
    share: str = ""
    timeout: float | None = None
    console: BinaryIO | None = None
    terminal: bool = False
    run_id: str = ""
    verbose: bool = False


class Node:
    def __init__(self, machine: Machine, artifacts: Artifacts, order: Order) -> None:
        self._machine = machine
        self._artifacts = artifacts
        self._order = order
        self._ends: dict[str, socket.socket] = {}
        self._tail = bytearray()
        self._complaints = b""
        self._started = time.monotonic()
        self._up = False
        self._plan, self._state = plan_faults(machine, order.faults, order.share)

    async def run(self) -> int:
        """Exit status of the command; 124 after the time limit; VnodeError when the node failed."""
        loop = asyncio.get_running_loop()
        self._end: asyncio.Future[int] = loop.create_future()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._finish, 128 + number)
        async with contextlib.AsyncExitStack() as stack:
            process = await self._start(stack)
            tasks = [asyncio.create_task(t) for t in (self._watch(process), self._console(),
                                                      self._agent(), self._complaint(process))]
            stack.callback(lambda: [t.cancel() for t in tasks])
            try:
                control = await self._connect()
            except VnodeError:
                return await asyncio.wait_for(self._end, 10)  # QEMU has ended: its words say more
            tasks.append(asyncio.create_task(self._requests(control)))
            stack.enter_context(serve(self._order.run_id, control, tasks))
            if self._order.timeout:
                loop.call_later(self._order.timeout, self._time_out)
            return await self._end

    def _finish(self, status: int | VnodeError) -> None:
        if self._end.done():
            return
        if isinstance(status, VnodeError):
            self._end.set_exception(status)
        else:
            self._end.set_result(status)

    def _time_out(self) -> None:
        if not self._end.done():
            print(f"vnode: time limit of {self._order.timeout:g} s reached", file=sys.stderr)
            self._finish(TIMED_OUT)

    async def _start(self, stack: contextlib.AsyncExitStack) -> asyncio.subprocess.Process:
        names = ["qmp", "agent", "ctl", "out", "console"] + ["terminal"] * self._order.terminal
        peers: dict[str, int] = {}
        with contextlib.ExitStack() as ours:
            for name in names:
                self._ends[name], peer = socket.socketpair()
                stack.callback(self._ends[name].close)
                peers[name] = ours.enter_context(peer).fileno()
            initrd = os.memfd_create("initramfs")
            ours.callback(os.close, initrd)
            self._write_initrd(initrd)
            channels = Channels(initrd=initrd, **peers)
            argv = qemu_arguments(self._machine, self._plan, channels, str(self._artifacts.vmlinux))
            libc = ctypes.CDLL(None)
            process = await asyncio.create_subprocess_exec(
                qemu_find(), *argv, pass_fds=channels.fds, start_new_session=True,
                stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE, env={**os.environ, "LD_PRELOAD": str(self._artifacts.devices)},
                # whatever kills this process ends QEMU as well
                preexec_fn=lambda: libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL))
        stack.push_async_callback(self._stop, process)
        return process

    def _write_initrd(self, fd: int) -> None:
        o = self._order
        with open(fd, "wb", closefd=False) as f:
            f.write(self._artifacts.initramfs.read_bytes())
            f.write(orders(self._machine, o.argv, o.env, o.cwd, o.share, self._artifacts.modules, o.terminal))

    async def _stop(self, process: asyncio.subprocess.Process) -> None:
        """The guest has nothing to lose: its disk is in memory and the share is written through."""
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()

    async def _connect(self) -> Control:
        reader, writer = await asyncio.open_connection(sock=self._ends["qmp"])
        qmp = Qmp(reader, writer)
        await qmp.command("qmp_capabilities")
        return Control(self._machine, self._plan, self._state, qmp)

    async def _watch(self, process: asyncio.subprocess.Process) -> None:
        status = await process.wait()
        await asyncio.sleep(0.2)  # the console's and QEMU's last words, and an "exit" on its way
        how = f"signal {-status}" if status < 0 else f"status {status}"
        kind = StartCrash if status == -signal.SIGSEGV and not self._up else VnodeError
        self._finish(kind(f"QEMU ended ({how}) before the command did{self._last_words()}"))

    async def _complaint(self, process: asyncio.subprocess.Process) -> None:
        assert process.stderr is not None
        while data := await process.stderr.read(4096):
            self._complaints = (self._complaints + data)[-CONSOLE_KEPT:]

    def _last_words(self) -> str:
        lines = self._complaints.decode(errors="replace").splitlines()[-10:]
        console = self._tail.decode(errors="replace").replace("\r", "").splitlines()
        lines += [line for line in console[:-20] if TELLING.search(line)] + console[-20:]
        return "".join(f"\n    {line}" for line in lines if line.strip())

    async def _console(self) -> None:
        reader, _ = await asyncio.open_connection(sock=self._ends["console"])
        while data := await reader.read(65536):
            self._tail += data
            del self._tail[:-CONSOLE_KEPT]
            if self._order.console:
                self._order.console.write(data)
                self._order.console.flush()

    async def _agent(self) -> None:
        """Waits for the guest's agent, then for the end of the command."""
        reader, writer = await asyncio.open_connection(sock=self._ends["agent"])
        try:
            first = await asyncio.wait_for(reader.readline(), BOOT_LIMIT)
        except asyncio.TimeoutError:
            self._finish(VnodeError(f"the guest has not come up in {BOOT_LIMIT} s{self._last_words()}"))
            return
        if first != b"hello\n":
            return  # QEMU has ended, which _watch reports
        self._up = True
        if self._order.verbose:
            took = time.monotonic() - self._started
            print(f"vnode: {self._machine.name} up after {took:.1f} s", file=sys.stderr)
        broken = self._finish_broken_output
        if self._order.terminal:
            relay: Relay = Terminal(self._ends["terminal"], broken, writer)
        else:
            relay = Relay(self._ends["out"], broken)
        with relay:
            words = (await reader.readline()).split()
            if len(words) == 3 and words[0] == b"exit":
                await relay.drained(int(words[2]))
                self._finish(int(words[1]))

    def _finish_broken_output(self) -> None:
        self._finish(128 + signal.SIGPIPE)

    async def _requests(self, control: Control) -> None:
        """Requests of vctl in the guest: "MARK words", answered as vctl.c describes."""
        reader, writer = await asyncio.open_connection(sock=self._ends["ctl"])
        while line := await reader.readline():
            mark, *words = line.decode("utf-8", "replace").split() or [""]
            try:
                *text, last = await control.request(words)
                answer = [f"{mark} . {t}" for t in text] + [f"{mark} ok {last}".rstrip()]
            except VnodeError as e:
                answer = [f"{mark} err {' '.join(str(e).split())}"]
            writer.write("".join(f"{a}\n" for a in answer).encode())
            await writer.drain()
