# SPDX-License-Identifier: Apache-2.0
"""The command line of vnode."""

import argparse
import asyncio
import contextlib
import os
import sys
import time
from pathlib import Path

from .cache import Cache
from .devices import devices_build
from .errors import StartCrash, VnodeError
from .guestfs import initramfs_build
from .kernel import EXTRA, kernel_build
from .machine import machine_find, machine_load, machine_names
from .node import Artifacts, Node, Order
from .rendezvous import ask, running

HOME = Path(__file__).resolve().parent.parent
MACHINES = HOME / "machines"
FAILED = 125  # exit status when vnode itself fails, as timeout(1) and others have it
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
ASKING = ("rails", "fault", "heal", "unplug", "replug")


def _arguments() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog="vnode", description="Boots a virtual EC2 node with emulated EFA "
                                "devices and runs a command in it.")
    sub = p.add_subparsers(dest="verb", required=True, metavar="COMMAND")
    sub.add_parser("build", help="build what a node needs; a second time costs nothing")
    sub.add_parser("list", help="list machines")
    sub.add_parser("ps", help="list running nodes")
    run = sub.add_parser("run", help="run a command in a node and exit with its status",
                         usage="vnode run [-h] [OPTIONS] MACHINE -- CMD [ARGS...]")
    shell = sub.add_parser("shell", help="work in a node interactively")
    for q in (run, shell):
        q.add_argument("machine", help="name of a machine, or a path to a .json file")
        q.add_argument("--fault", action="append", default=[], metavar="RAIL:FAULT[=VALUE]",
                       help="a fault from the start; RAIL: rdmap79s0, 0000:4f:00.0 or card:N")
        q.add_argument("--share", metavar="DIR", help="a folder that the node may write to")
        q.add_argument("--console", metavar="FILE", help="write the guest's console there")
        q.add_argument("--name", metavar="ID", help="id of this run for other shells")
        q.add_argument("--env", action="append", default=[], metavar="NAME[=VALUE]",
                       help="set or pass on an environment variable")
        q.add_argument("--devices", metavar="FILE", help="use this shared object of devices")
        q.add_argument("-v", "--verbose", action="store_true")
    run.add_argument("--timeout", type=float, metavar="SECONDS", help="end with status 124 after that")
    for verb in ASKING:
        q = sub.add_parser(verb, help=f"vctl {verb} in a running node")
        q.add_argument("run", help="its id (vnode ps)")
        q.add_argument("words", nargs="*", metavar="ARG")
    return p


def _build(cache: Cache, devices: str | None, verbose: bool) -> Artifacts:
    found = []
    kernel: Path | None = None
    for what in ("kernel", "initramfs", "devices"):
        start = time.monotonic()
        if what == "kernel":
            kernel = kernel_build(cache)
            found.append(kernel / "vmlinux")
        elif what == "initramfs":
            assert kernel is not None
            found.append(initramfs_build(cache, HOME / "guest", kernel))
        else:
            found.append(Path(devices) if devices else devices_build(cache, HOME / "device"))
        if verbose:
            print(f"{what}: {found[-1]} ({time.monotonic() - start:.1f} s)")
    assert kernel is not None
    return Artifacts(*found, modules=kernel / EXTRA)


def _environment(settings: list[str], machine: str) -> dict[str, str]:
    env = {"PATH": PATH, "HOME": "/root", "USER": "root", "LOGNAME": "root", "SHELL": "/bin/bash",
           "LANG": "C.UTF-8", "VNODE": machine}
    for text in settings:
        name, equals, value = text.partition("=")
        if equals:
            env[name] = value
        elif name in os.environ:
            env[name] = os.environ[name]
    return env


def _share(text: str | None) -> str:
    if not text:
        return ""
    path = os.path.realpath(text)
    if not os.path.isdir(path):
        raise VnodeError(f"--share: {text} is not a folder")
    return path


def _run(args: argparse.Namespace, cache: Cache) -> int:
    terminal = args.verb == "shell"
    argv = ["/bin/bash", "-il"] if terminal else args.argv
    if not argv:
        raise VnodeError("run: which command? vnode run MACHINE -- CMD [ARGS...]")
    if terminal and not (os.isatty(0) and os.isatty(1)):
        raise VnodeError("shell: standard input and output must be a terminal")
    if args.verb == "run" and args.timeout is not None and args.timeout <= 0:
        raise VnodeError("--timeout: expected more than 0 seconds")
    machine = machine_load(machine_find(MACHINES, args.machine), MACHINES / "types")
    env = _environment(args.env + (["TERM"] if terminal else []), machine.name)
    run_id = args.name or f"{machine.name}-{os.getpid()}"
    order = Order(argv, env, os.getcwd(), args.fault, _share(args.share),
                  None if terminal else args.timeout, terminal=terminal, run_id=run_id,
                  verbose=args.verbose)
    with contextlib.ExitStack() as stack:
        if args.console:
            try:
                order.console = stack.enter_context(open(args.console, "wb"))
            except OSError as e:
                raise VnodeError(f"--console: {args.console}: {e.strerror}") from e
        artifacts = _build(cache, args.devices, False)
        if args.verbose or terminal:
            print(f"vnode: run {run_id}", file=sys.stderr)
        # While a kernel sets up PCI, QEMU 7.2 swaps a CPU's memory map before it throws away what that CPU remembers of the old one; a write to
        # its interrupt controller in between ends in nothing. One start of some hundred, on a busy machine.
        try:
            return asyncio.run(Node(machine, artifacts, order).run())
        except StartCrash as e:
            print(f"vnode: {e}\nvnode: nothing of the command has run: starting the machine once more", file=sys.stderr)
            return asyncio.run(Node(machine, artifacts, order).run())


def _list() -> None:
    machines = [machine_load(MACHINES / f"{name}.json", MACHINES / "types") for name in machine_names(MACHINES)]
    widths = [max(len(text) for text in texts) for texts in
              ([m.name for m in machines], [m.type.name for m in machines])]
    for m in machines:
        print(f"{m.name:<{widths[0]}}  {m.type.name:<{widths[1]}}  {m.description}")


def main() -> int:
    words = sys.argv[1:]
    end = words.index("--") if "--" in words else len(words)
    args = _arguments().parse_args(words[:end])
    args.argv = words[end + 1:]
    try:
        if args.verb == "list":
            _list()
        elif args.verb == "ps":
            print("".join(f"{r}\n" for r in running()), end="")
        elif args.verb in ASKING:
            for line in ask(args.run, [args.verb, *args.words]):
                print(line)
        else:
            cache = Cache(Path(os.environ.get("VNODE_CACHE") or HOME / "cache"))
            if args.verb == "build":
                _build(cache, None, True)
            else:
                status = _run(args, cache)
                sys.stdout.flush()
                os._exit(status)  # a relay's thread may be waiting for a reader of our output
    except VnodeError as e:
        print(f"vnode: {e}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return 130
    return 0
