# SPDX-License-Identifier: Apache-2.0
"""The node that faults are made on: its rails, how the gate is started on it, and what is put back between two faults."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from guest import kit
from guest.kit import node_of

RUN_DIR = Path("/run/efa-layout")
STATE_DIR = Path("/var/lib/efa-layout")
SABOTAGE = Path("/run/sabotage")
PCI = Path("/sys/bus/pci")
RDMA = Path("/sys/class/infiniband")

GRACE_S = 1.5  # beyond the budget: the gate's second, and half of one for starting and ending a program in an emulated node that is busy


@dataclass(frozen=True)
class Rail:
    """An EFA function: where it is, and what it is called while it is there."""

    card: int
    name: str
    bdf: str

    @property
    def device(self) -> Path:
        return PCI / "devices" / self.bdf

    def node(self) -> Path:
        return node_of(self.name)


@dataclass
class Given:
    """How the gate is run; what the faults add up to."""

    policy: dict[str, dict[str, Any]] = field(default_factory=dict)
    policy_is_theirs: bool = False  # a fault has put its own there
    env: dict[str, str] = field(default_factory=dict)
    prefix: list[str] = field(default_factory=list)
    during: list[Callable[[], None]] = field(default_factory=list)  # once rails are being tested
    afterwards: list[Callable[[], list[str]]] = field(default_factory=list)  # complaints of the fault's own, where rails are tested
    hung: bool = False  # the kernel keeps a child

    def setting(self, group: str, **values: Any) -> None:
        self.policy.setdefault(group, {}).update(values)


class Scene:
    """The machine and its rails, in the order of cards."""

    def __init__(self, stage: str, sabotage: str) -> None:
        kit.install(stage)
        SABOTAGE.mkdir(mode=0o700)
        shutil.copyfile(sabotage, "/run/sabotage.so")
        self.machine = kit.machine()
        self.rails = [Rail(i.card, i.efa.name, i.efa.bdf) for i in self.machine.interfaces if i.efa]
        self.rails.sort(key=lambda rail: rail.card)
        self.snapshot_each = 8  # of so many rows one is looked at on a snapshot, too: that takes seconds
        self.budget_s = 15.0 if len(self.rails) <= 4 else 30.0
        self.limit_s = self.budget_s + GRACE_S
        primary = self.machine.primary.ena
        assert primary
        self.primary = primary

    def usual_policy(self, given: Given) -> None:
        """Deadlines for a busy machine, every result tested anew, what this machine should be; and what faults have asked for."""
        usual: dict[str, dict[str, Any]] = {
            "check": {"budget_ms": int(self.budget_s * 1000), "open_ms": 1200, "rail_ms": 3000, "late_ms": 500, "cache_ttl_s": 0},
            "layout": {"declared": "efa-only"},
        }
        for group, values in given.policy.items():
            usual.setdefault(group, {}).update(values)
        kit.POLICY.write_text(json.dumps(usual), encoding="ascii")

    def forget(self) -> None:
        """Results and settings of earlier tests, but not the facts."""
        for path in (RUN_DIR / "node.json", RUN_DIR / "report.json", STATE_DIR / "policy.good"):
            path.unlink(missing_ok=True)

    def sabotage(self, rail: Rail, action: str, first: int, last: int) -> None:
        (SABOTAGE / rail.name).write_bytes(b"")
        with (SABOTAGE / "orders").open("a") as orders:
            orders.write(f"{rail.name} {action} {first} {last}\n")
        Path("/etc/ld.so.preload").write_text("/run/sabotage.so\n")

    def openings(self, rail: Rail) -> int:
        return (SABOTAGE / rail.name).stat().st_size

    def end_sabotage(self) -> None:
        Path("/etc/ld.so.preload").unlink(missing_ok=True)
        for path in SABOTAGE.iterdir():
            path.unlink()


def ours() -> list[str]:
    """Processes of efa-layout: "123 efa-layout-probe D"."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            pid, _, rest = path.read_text(errors="replace").partition(" (")
        except OSError:
            continue
        name, _, state = rest.rpartition(") ")
        if name.startswith("efa-layout") and int(pid) != os.getpid():
            found.append(f"{pid} {name} {state[0]}")
    return found


def write(path: Path, text: str) -> None:
    """One write to a file of the kernel."""
    fd = os.open(path, os.O_WRONLY)
    try:
        os.write(fd, text.encode("ascii"))
    finally:
        os.close(fd)


def quiet(*argv: str) -> None:
    subprocess.run(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)


Make = Callable[[Scene, Rail, Given], AbstractContextManager[None]]  # how a fault is made; leaving it mends
