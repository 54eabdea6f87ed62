# SPDX-License-Identifier: Apache-2.0
"""The tool on an hwloc export: runs, and what a machine is expected to have."""

from __future__ import annotations

import json
import sys
import unittest
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests" / "prolog"))

from kit import runner  # noqa: E402
from kit.runner import Run  # noqa: E402

SKIP = 77
DATA = TOP / "etc"

# hwloc reads XML with libxml where that plugin is installed, or by itself.
READERS: dict[str, dict[str, str]] = {"default": {}, "minimal": {"HWLOC_LIBXML": "0"}}


def tool(command: str, *words: str | Path, env: Mapping[str, str] | None = None, timeout: float = 60.0) -> Run:
    """Run one command of efa-layout with the shipped data and no site."""
    argv = [runner.TOOL, command, "--data-dir", DATA, "--site-dir", "/nonexistent", *words]
    return runner.run(argv, {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **(env or {})}, timeout)


def show(path: Path, *words: str | Path, env: Mapping[str, str] | None = None) -> dict[str, Any]:
    run = tool("show", "--topology", path, "--json", *words, env=env)
    if run.rc:
        raise AssertionError(f"{path.name}: {run}")
    return json.loads(run.out)


@dataclass(frozen=True)
class Function:
    """A PCI function: its address, its way from the host bridge down, and the name of its device."""

    pci: str
    path: tuple[str, ...]
    name: str | None = None


@dataclass(frozen=True)
class Group:
    """What sits together."""

    numa: int | None
    kind: str
    at: str
    rails: Sequence[Function] = ()
    enas: Sequence[Function] = ()
    accelerators: Sequence[Function] = ()
    empty_ports: int = 0


@dataclass(frozen=True)
class Machine:
    """What a machine has: groups in the order of their NUMA nodes and addresses."""

    numa: Mapping[int, str]  # node: CPUs
    groups: Sequence[Group]
    rail_id: str = ""
    accelerator: tuple[str, str] = ("", "")  # kind, PCI id
    macs: Mapping[str, str] = field(default_factory=dict)  # by PCI address

    def members(self, kind: str) -> Iterator[tuple[Group, Function]]:
        """Functions of one kind in order of address, each with its group."""
        found = [(group, one) for group in self.groups for one in getattr(group, kind)]
        return iter(sorted(found, key=lambda pair: pair[1].pci))

    def index(self, kind: str) -> dict[str, int]:
        return {one.pci: i for i, (_, one) in enumerate(self.members(kind))}


class Comparing(unittest.TestCase):
    """Compares a document of `show` with a machine, value by value."""

    maxDiff = None

    def compare(self, found: Mapping[str, Any], machine: Machine) -> None:
        self.assertEqual([(one["node"], one["cpus"]) for one in found["numa"]], list(machine.numa.items()))
        self.assertEqual(
            [(one["index"], one["pci"], one["rdma_name"], one["device_id"], one["numa_node"], one["path"], one["stage"], one["mac"])
             for one in found["rails"]],
            [(i, one.pci, one.name, machine.rail_id, group.numa, list(one.path), "listed", machine.macs.get(one.pci))
             for i, (group, one) in enumerate(machine.members("rails"))],
        )  # fmt: skip
        self.assertEqual(
            [(one["index"], one["pci"], one["netdev"], one["numa_node"], one["path"], one["mac"]) for one in found["enas"]],
            [(i, one.pci, one.name, group.numa, list(one.path), machine.macs.get(one.pci))
             for i, (group, one) in enumerate(machine.members("enas"))],
        )  # fmt: skip
        self.assertEqual(
            [(one["index"], one["pci"], one["kind"], one["id"], one["numa_node"], one["path"]) for one in found["accelerators"]],
            [(i, one.pci, *machine.accelerator, group.numa, list(one.path))
             for i, (group, one) in enumerate(machine.members("accelerators"))],
        )  # fmt: skip
        self.compare_groups(found, machine)

    def compare_groups(self, found: Mapping[str, Any], machine: Machine) -> None:
        kinds = ("rails", "enas", "accelerators")
        index = {kind: machine.index(kind) for kind in kinds}
        self.assertEqual(
            [(one["numa_node"], one["kind"], one["at"], *(one[kind] for kind in kinds), one["empty_ports"]) for one in found["groups"]],
            [(one.numa, one.kind, one.at, *(sorted(index[kind][function.pci] for function in getattr(one, kind)) for kind in kinds),
              one.empty_ports)
             for one in machine.groups],
        )  # fmt: skip


def main() -> None:
    """Run the calling file's unittest cases."""
    if not runner.TOOL.exists():
        print(f"skipped: {runner.TOOL} is not built (EFA_LAYOUT_BUILD names the build directory)")
        sys.exit(SKIP)
    unittest.main(module="__main__", verbosity=2)
