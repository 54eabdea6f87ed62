# SPDX-License-Identifier: Apache-2.0
"""What the guest's tests know of their node: its description, sysfs, and helpers."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

HOME = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(HOME))

from vnodelib.machine import Machine, machine_load  # noqa: E402

PCI = Path("/sys/bus/pci/devices")
RDMA = Path("/sys/class/infiniband")
NET = Path("/sys/class/net")


def load() -> Machine:
    machines = HOME / "machines"
    return machine_load(machines / f"{os.environ['VNODE']}.json", machines / "types")


def text(path: Path) -> str:
    return path.read_text(encoding="ascii").strip()


def names(folder: Path) -> set[str]:
    return {p.name for p in folder.iterdir()}


def run(*argv: str, timeout: float = 60) -> tuple[int, str]:
    """Exit status and output; -1 when it did not end in time."""
    try:
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=timeout, check=False, text=True)
    except subprocess.TimeoutExpired as e:
        return -1, str(e.output)
    return done.returncode, done.stdout


def vctl(*words: str) -> tuple[int, str]:
    return run("vctl", *words)


def states() -> dict[str, str]:
    """What vctl says of each rail, by PCI address."""
    fields = [line.split(None, 5) for line in vctl("rails")[1].splitlines()[1:]]
    return {f[1]: f[5] for f in fields}


def rails(machine: Machine) -> list[str]:
    """RDMA names of all rails that the machine is described with, by card."""
    return [i.efa.name for i in machine.interfaces if i.efa]


def driver_write(bdf: str, what: str, driver: str = "efa") -> bool:
    """Binds or unbinds a driver; whether the kernel accepted it."""
    try:
        Path(f"/sys/bus/pci/drivers/{driver}/{what}").write_text(bdf, encoding="ascii")
    except OSError:
        return False
    return True


def opens(rail: str, timeout: float = 60) -> bool:
    """Whether a verbs program can open the rail's device."""
    status, output = run("ibv_devinfo", "-d", rail, timeout=timeout)
    return status == 0 and rail in output


def pingpong(rails_used: Sequence[str], size: str, timeout: float) -> dict[str, int | None]:
    """fi_pingpong with comparison of the data on each rail, all at once: the worse exit status of client
    and server, None when it had not ended in time."""
    env = {**os.environ, "FI_EFA_ENABLE_SHM_TRANSFER": "0", "FI_PROVIDER": "efa"}
    pairs: dict[str, list[subprocess.Popen[bytes]]] = {}
    ports = {rail: 47592 + n for n, rail in enumerate(rails_used)}

    def start(rail: str, *rest: str) -> None:
        pairs.setdefault(rail, []).append(subprocess.Popen(
            ["fi_pingpong", "-p", "efa", "-e", "rdm", "-d", f"{rail}-rdm", "-S", size, "-I", "3", "-c",
             *rest], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))

    for rail, port in ports.items():
        start(rail, "-B", str(port))
    for port in ports.values():
        _listening(port)
    for rail, port in ports.items():
        start(rail, "-P", str(port), "127.0.0.1")
    return _collect(pairs, timeout)


def _collect(pairs: dict[str, list["subprocess.Popen[bytes]"]], timeout: float) -> dict[str, int | None]:
    end = time.monotonic() + timeout
    result: dict[str, int | None] = {}
    while time.monotonic() < end and any(p.poll() is None for pair in pairs.values() for p in pair):
        time.sleep(0.05)
        # the partner of one that has failed waits for ever
        for rail, pair in pairs.items():
            if any(p.poll() for p in pair):
                result.setdefault(rail, next(p.returncode for p in pair if p.poll()))
                for p in pair:
                    p.kill()
    for rail, pair in pairs.items():
        if rail not in result:
            result[rail] = None if any(p.poll() is None for p in pair) else 0
        for p in pair:
            p.kill()
            p.wait()
    return result


def _listening(port: int) -> None:
    for _ in range(1800):
        with open("/proc/net/tcp", encoding="ascii") as f:
            if any(f":{port:04X} 00000000:0000 0A" in line for line in f):
                return
        time.sleep(0.05)
    raise TimeoutError(f"no server on port {port}")
