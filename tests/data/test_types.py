#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The shipped instance types against a table that was typed in from their sources by hand.

Cards, interfaces a card: vpc-cni's limits. EFA devices: karpenter's resources. PCI device ids, speeds and
accelerators: hwloc captures and AWS's documentation.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path
from typing import Any, NamedTuple

TOP = Path(__file__).resolve().parents[2]
TOOL = Path(os.environ.get("EFA_LAYOUT_TOOL", TOP / "build" / "prolog" / "tool" / "efa-layout"))
NEURON_MAPS = TOP.parent / "shared" / "topologies" / "neuron"


class Row(NamedTuple):
    """What is known of types; None: not known, and not claimed."""

    names: str
    cards: int
    enis: int | None
    efa: int
    device: str | None = None
    gbps: int | None = None
    accels: int = 0
    primary: bool = True


TABLE = (
    Row("p4d.24xlarge p4de.24xlarge", 4, 15, 4, "efa0", 100, 8),
    Row("p5.48xlarge p5e.48xlarge", 32, 2, 32, "efa1", 100, 8),
    Row("p5.4xlarge", 1, 4, 1, accels=1),
    Row("p5en.48xlarge", 16, 4, 16, "efa2", 200, 8),
    Row("p6-b200.48xlarge", 8, 4, 8, "efa3", 400, 8),
    Row("p6-b300.48xlarge", 17, 4, 16, "efa3", 400, 8, primary=False),
    # Odd cards have one interface, even ones more.
    Row("p6e-gb200.36xlarge", 17, None, 16, "efa3", 400, 4, primary=False),
    Row("g4dn.8xlarge g4dn.16xlarge", 1, 4, 1, "efa0", accels=1),
    Row("g4dn.12xlarge", 1, 8, 1, "efa0", accels=4),
    Row("g4dn.metal", 1, 15, 1, "efa0", accels=8),
    Row("g5.8xlarge g5.16xlarge", 1, 8, 1, "efa0", accels=1),
    Row("g5.12xlarge g5.24xlarge", 1, 15, 1, "efa0", accels=4),
    Row("g5.48xlarge", 1, 7, 1, "efa0", accels=8),
    Row("g6.8xlarge gr6.8xlarge", 1, 8, 1, "efa1", accels=1),
    Row("g6.16xlarge", 1, 15, 1, "efa1", accels=1),
    Row("g6.12xlarge", 1, 8, 1, "efa1", accels=4),
    Row("g6.24xlarge", 1, 15, 1, "efa1", accels=4),
    Row("g6.48xlarge", 1, 15, 1, "efa1", accels=8),
    Row("g6e.24xlarge", 2, 10, 2, accels=4),
    Row("g6e.48xlarge", 4, 10, 4, accels=8),
    Row("g7.48xlarge", 2, 12, 2, accels=8),
    Row("g7e.24xlarge", 2, 10, 2, accels=4),
    Row("g7e.48xlarge", 4, 10, 4, accels=8),
    Row("trn1.32xlarge", 8, 5, 8, "efa1", accels=16),
    Row("trn1n.32xlarge", 16, 5, 16, accels=16),
    Row("trn2.48xlarge trn2u.48xlarge", 16, 2, 16, "efa2", 200, 16),
    Row("trn2.3xlarge", 1, 2, 1, accels=1),
    Row("dl1.24xlarge", 4, 15, 4, "efa0", accels=8),
    Row("hpc6a.48xlarge", 1, 2, 1, "efa0"),
    Row("hpc6id.32xlarge", 2, 1, 2),
    Row("hpc7a.12xlarge hpc7a.24xlarge hpc7a.48xlarge hpc7a.96xlarge", 2, 2, 2),
    Row("hpc7g.4xlarge hpc7g.8xlarge hpc7g.16xlarge", 1, 4, 1),
    Row("hpc8a.96xlarge", 2, 2, 2),
    Row("c5n.9xlarge", 1, 8, 1, "efa0"),
    Row("c5n.18xlarge", 1, 15, 1, "efa0", 100),
    Row("p3dn.24xlarge", 1, 15, 1, "efa0", 100, 8),
    Row("c6gn.16xlarge c7gn.16xlarge", 1, 15, 1),
    Row("c6in.32xlarge m6in.32xlarge m6idn.32xlarge r6in.32xlarge r6idn.32xlarge", 2, 8, 2),
    Row("c8gn.48xlarge m8gn.48xlarge r8gn.48xlarge c8gb.48xlarge m8gb.48xlarge r8gb.48xlarge", 2, 12, 2),
    Row("c8in.96xlarge m8in.96xlarge r8in.96xlarge c8ib.96xlarge m8ib.96xlarge r8ib.96xlarge "
        "m8idn.96xlarge r8idn.96xlarge m8idb.96xlarge r8idb.96xlarge", 2, 12, 2),
    Row("u7in-16tb.224xlarge u7in-24tb.224xlarge u7in-32tb.224xlarge", 2, 8, 2),
)  # fmt: skip

# Neuron device: slot and bus of its EFA function.
NEURON = {
    "trn1.32xlarge": "10:1a 10:1a a0:1a a0:1a 20:19 20:19 90:19 90:19 20:1a 20:1a 90:1a 90:1a 10:19 10:19 a0:19 a0:19",
    "trn1n.32xlarge": "10:17 10:1a a0:17 a0:1a 20:19 20:18 90:19 90:18 20:17 20:1a 90:17 90:1a 10:19 10:18 a0:19 a0:18",
    "trn2.48xlarge": "c9:00 b4:00 b3:00 ca:00 6c:00 57:00 56:00 6d:00 98:00 83:00 82:00 99:00 f5:00 e0:00 df:00 f6:00",
}
# Buses of EFA functions in slot 0, or slots on the given buses.
BUSES = {
    "p5.48xlarge": "4f 50 51 52 60 61 62 63 71 72 73 74 82 83 84 85 93 94 95 96 a4 a5 a6 a7 b5 b6 b7 b8 c6 c7 c8 c9",
    "p5en.48xlarge": "55 56 57 58 6e 6f 70 71 87 88 89 8a a0 a1 a2 a3",
    "p6-b200.48xlarge": "4f 50 60 61 71 72 84 85",
    "p6-b300.48xlarge": "56 57 65 66 74 75 83 84 92 93 a1 a2 b0 b1 bf c0",
    "p6e-gb200.36xlarge": "27 28 36 37 3d 3e 4c 4d 9a 9b a9 aa b0 b1 bf c0",
    "trn2.48xlarge": "56 57 6c 6d 82 83 98 99 b3 b4 c9 ca df e0 f5 f6",
    "g6.48xlarge": "96",
}
SLOTS = {
    "p4d.24xlarge": "10:1b 20:1b 90:1b a0:1b",
    "p4de.24xlarge": "10:1b 20:1b 90:1b a0:1b",
    "trn1.32xlarge": "10:19 10:1a 20:19 20:1a 90:19 90:1a a0:19 a0:1a",
    "trn1n.32xlarge": " ".join(f"{bus}:{slot}" for bus in "10 20 90 a0".split() for slot in "17 18 19 1a".split()),
    "g5.48xlarge": "00:15",
    "p3dn.24xlarge": "00:15",
    "g4dn.8xlarge": "00:1d",
    "g5.8xlarge": "00:1d",
}


def addresses(places: str) -> list[str]:
    return [f"0000:{place if ':' in place else place + ':00'}.0" for place in places.split()]


def shipped() -> dict[str, dict[str, Any]]:
    """Every type with what it inherits, in the order of the file."""
    types: dict[str, dict[str, Any]] = {}
    for entry in json.loads((TOP / "etc" / "instance-types.json").read_text())["types"]:
        base = types[entry["extends"]] if "extends" in entry else {}
        types[entry["name"]] = {**base, **entry}
    return types


class Types(unittest.TestCase):
    def setUp(self) -> None:
        self.types = shipped()

    def test_values_of_the_table(self) -> None:
        seen = 0
        for row in TABLE:
            for name in row.names.split():
                with self.subTest(name=name):
                    found = self.types[name]
                    self.assertEqual(
                        (found["cards"], found.get("enis_per_card"), found["max_efa"], found.get("efa_device"),
                         found.get("efa_gbps"), found.get("accels", 0), found.get("primary_efa", True)),
                        row[1:],
                    )  # fmt: skip
                    seen += 1
        self.assertEqual(seen, sum(len(row.names.split()) for row in TABLE))
        self.assertGreater(seen, 70)

    def test_the_loader_reads_every_value(self) -> None:
        """What the tool says of each type is what stands in the file, with what the type inherits."""
        if not TOOL.exists():
            self.skipTest(f"{TOOL} is not built (EFA_LAYOUT_TOOL names it)")
        with tempfile.TemporaryDirectory(prefix="efa-layout-types.") as name:
            shutil.copyfile(TOP / "etc" / "instance-types.json", Path(name, "instance-types.json"))
            argv = [TOOL, "types", "--json", "--data-dir", name, "--site-dir", Path(name, "none")]
            run = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=True)
        absent = {"extends": None, "primary_efa": True, "enis_per_card": None, "efa_device": None, "efa_gbps": None,
                  "accels": 0, "accelerator": None, "foreign": 0, "rails": [], "neuron_rails": []}  # fmt: skip
        listed = json.loads(run.stdout)["types"]
        self.assertEqual([one["name"] for one in listed], list(self.types))
        for one in listed:
            self.assertRegex(one.pop("origin"), r"/instance-types\.json:\d+$")
            self.assertEqual(one, {**absent, **self.types[one["name"]]})

    def test_accelerators(self) -> None:
        kinds = {"p": "nvidia", "g": "nvidia", "trn": "neuron", "inf": "neuron", "dl1": "habana"}
        for name, found in self.types.items():
            family = name.split(".")[0]
            expected = next((kind for start, kind in kinds.items() if family.startswith(start)), None)
            with self.subTest(name=name):
                self.assertEqual(found.get("accelerator"), expected)
                self.assertEqual("accels" in found, expected is not None)

    def test_devices_of_other_vendors(self) -> None:
        found = {name: one["foreign"] for name, one in self.types.items() if "foreign" in one}
        self.assertEqual(found, {"p6-b200.48xlarge": 2, "p6-b300.48xlarge": 2})

    def test_addresses(self) -> None:
        expected = {name: addresses(places) for name, places in (BUSES | SLOTS).items()}
        expected["trn2u.48xlarge"] = expected["trn2.48xlarge"]
        found = {name: one["rails"] for name, one in self.types.items() if "rails" in one}
        self.assertEqual(found, {name: expected.get(name) for name in found})
        self.assertEqual(set(found), set(expected))

    def test_neuron_devices(self) -> None:
        expected = {name: addresses(places) for name, places in NEURON.items()}
        expected["trn2u.48xlarge"] = expected["trn2.48xlarge"]
        found = {name: one["neuron_rails"] for name, one in self.types.items() if "neuron_rails" in one}
        self.assertEqual(found, expected)
        for name, rails in found.items():
            self.assertEqual(set(rails), set(self.types[name]["rails"]), "each rail serves some device")

    def test_neuron_devices_as_published(self) -> None:
        if not NEURON_MAPS.is_dir():
            self.skipTest("no published maps beside the tree")
        for name in NEURON:
            published = json.loads((NEURON_MAPS / f"{name.split('.')[0]}.json").read_text())
            listed = dict(enumerate(self.types[name]["neuron_rails"]))
            self.assertEqual({int(device): rail for device, rail in published.items()}, listed)

    def test_every_entry_says_where_it_is_from(self) -> None:
        for name, found in self.types.items():
            with self.subTest(name=name):
                self.assertIn(found["confidence"], ("confirmed", "inferred", "unconfirmed"))
                self.assertGreater(len(found["source"]), 15)
                self.assertNotEqual("extends" in found and found["confidence"], "confirmed")
        inferred = {name for name, one in self.types.items() if one["confidence"] != "confirmed"}
        self.assertEqual(inferred, {"dl1.24xlarge", "p6e-gb200.36xlarge", "trn2.3xlarge", "trn2u.48xlarge"})

    def test_the_file_is_one_type_a_line(self) -> None:
        lines = (TOP / "etc" / "instance-types.json").read_text().splitlines()
        starts = [line for line in lines if line.startswith('    {"name": "')]
        self.assertEqual(len(starts), len(self.types))
        rest = [line for line in lines[2:-2] if line not in starts]
        self.assertTrue(all(line.startswith("     ") for line in rest), "tables of addresses are indented below")


if __name__ == "__main__":
    unittest.main(verbosity=2)
