#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every hwloc capture of a real machine that is at hand loads with both of hwloc's readers, and gives exactly what is in it: held
against tables that were written by hand, and against a second reading of the file."""

from __future__ import annotations

import json
import os
import re
import sys
import unittest
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import tables
from exportlab import READERS, SKIP, Comparing, main, show, tool

CAPTURES = Path(os.environ.get("EFA_LAYOUT_CAPTURES", "/nonexistent")) / "hwloc-nixl"


def captures() -> list[Path]:
    return sorted(CAPTURES.glob("*.xml"))


def cpus_of(text: str) -> list[int]:
    """hwloc's sets: words of 32 bits, the highest first; an empty word is zero."""
    value = 0
    for word in text.split(","):
        value = value << 32 | int(word or "0", 16)
    return [bit for bit in range(value.bit_length()) if value >> bit & 1]


def listed(text: str) -> list[int]:
    """The kernel's lists: "0-47,96-143"."""
    cpus: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        cpus += range(int(first), int(last or first) + 1)
    return cpus


class Reading:
    """A capture read without hwloc."""

    def __init__(self, path: Path) -> None:
        self.numa: dict[int, list[int]] = {}
        self.functions: dict[str, dict[str, Any]] = {}
        self.empty: list[str] = []
        self._walk(ElementTree.parse(path).getroot().find("object"), [], set())

    def _walk(self, node: ElementTree.Element | None, way: list[str], numa: set[int]) -> None:
        assert node is not None
        kind = node.get("type")
        if kind == "NUMANode":
            self.numa[int(node.get("os_index", ""))] = cpus_of(node.get("cpuset", ""))
        if kind == "Bridge" and node.get("bridge_type", "").startswith("0-"):
            way = ["pci" + node.get("bridge_pci", "").replace("[", "").split("-")[0]]
        elif kind in ("Bridge", "PCIDev"):
            way = [*way, node.get("pci_busid", "")]
        elif kind != "OSDev":
            numa = set(cpus_of(node.get("nodeset", "")))
        if kind == "Bridge" and len(way) > 1 and node.find("object") is None:
            self.empty.append(way[-1])
        if kind == "PCIDev":
            found = re.fullmatch(r"(\w{4}) \[(\w{4}):(\w{4})\] .*", node.get("pci_type", ""))
            assert found
            devices = {(one.get("osdev_type"), one.get("name")) for one in node.findall("object")}
            self.functions[way[-1]] = {
                "class": found[1], "vendor": found[2], "device": found[3], "way": way,
                "numa": numa.copy().pop() if len(numa) == 1 else None,
                "rdma": next((name for kind, name in devices if kind == "3"), None),
                "netdev": next((name for kind, name in devices if kind == "2"), None),
            }  # fmt: skip
        for child in node.findall("object"):
            self._walk(child, way, numa)

    def of(self, vendor: str, device: str) -> Iterator[tuple[str, dict[str, Any]]]:
        return ((pci, one) for pci, one in sorted(self.functions.items())
                if one["vendor"] == vendor and re.fullmatch(device, one["device"]))  # fmt: skip


class Tables(Comparing):
    def test_each_machine(self) -> None:
        for name, machine in tables.MACHINES.items():
            for reader, env in READERS.items():
                with self.subTest(capture=name, reader=reader):
                    found = show(CAPTURES / name, env=env)
                    self.compare(found, machine)
                    self.assertEqual(found["foreign"], [])
                    self.assertEqual(found["empty_ports"], [])

    def test_rails_pair_by_mac_where_there_is_one(self) -> None:
        found = show(CAPTURES / "c5n.18xl-topo.xml")
        self.assertEqual([(one["kind"], one["ena"], one["netdev"], one["placed_by"]) for one in found["rails"]], [("efa", 0, "ens5", "mac")])
        self.assertEqual(found["enas"][0]["rail"], 0)
        for name in tables.MACHINES.keys() - {"c5n.18xl-topo.xml"}:
            self.assertEqual({one["ena"] for one in show(CAPTURES / name)["rails"]}, {None}, name)

    def test_machines_without_efa(self) -> None:
        for name in tables.WITHOUT_EFA:
            found = show(CAPTURES / name)
            self.assertEqual((found["rails"], len(found["enas"]), len(found["accelerators"])), ([], 1, 1), name)
            self.assertEqual({one["numa_node"] for one in found["enas"] + found["accelerators"]}, {0}, name)

    def test_all_are_known(self) -> None:
        self.assertEqual({path.name for path in captures()}, {*tables.MACHINES, *tables.WITHOUT_EFA})


class SecondReading(unittest.TestCase):
    maxDiff = None

    def test_each_capture(self) -> None:
        for path in captures():
            reading = Reading(path)
            for reader, env in READERS.items():
                with self.subTest(capture=path.name, reader=reader):
                    self.compare(show(path, env=env), reading)

    def compare(self, found: dict[str, Any], reading: Reading) -> None:
        self.assertEqual({one["node"]: listed(one["cpus"]) for one in found["numa"]}, reading.numa)
        self.assertEqual([(one["pci"], one["device_id"], one["rdma_name"], one["numa_node"], one["path"]) for one in found["rails"]],
                         [(pci, one["device"], one["rdma"], one["numa"], one["way"]) for pci, one in reading.of("1d0f", "efa.")])  # fmt: skip
        self.assertEqual([(one["pci"], one["netdev"], one["numa_node"], one["path"]) for one in found["enas"]],
                         [(pci, one["netdev"], one["numa"], one["way"]) for pci, one in reading.of("1d0f", "ec2.")])  # fmt: skip
        accelerators = sorted([*reading.of("1d0f", "7.64"), *((pci, one) for pci, one in reading.of("10de", ".*") if one["class"] == "0302")])
        self.assertEqual([(one["pci"], one["id"], one["numa_node"], one["path"]) for one in found["accelerators"]],
                         [(pci, f"{one['vendor']}:{one['device']}", one["numa"], one["way"]) for pci, one in accelerators])  # fmt: skip
        self.assertEqual([one["pci"] for one in found["empty_ports"]], sorted(reading.empty))


class Check(unittest.TestCase):
    def test_tests_nothing_and_blames_no_rail(self) -> None:
        for path in captures():
            with self.subTest(capture=path.name):
                run = tool("check", "--topology", path, "--json")
                found = json.loads(run.out)
                self.assertIsNone(found["probe"])
                self.assertIn(found["outcome"], ("healthy", "degraded"), run)
                self.assertEqual([one for one in found["findings"] if one["code"].startswith("E")], [])


if __name__ == "__main__":
    if not captures():
        print(f"skipped: no captures in {CAPTURES} (EFA_LAYOUT_CAPTURES names the folder)")
        sys.exit(SKIP)
    main()
