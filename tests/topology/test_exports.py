#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Machines that were made up: one with PCIe switches, one with functions on the root buses; options; files that are no use."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
import unittest
from pathlib import Path

from exportlab import DATA, READERS, Comparing, Function, Group, Machine, main, runner, show, tool
from exports import bridge, function, host_bridge, machine, netdev, node, rdma

EFA, ENA, GPU, NEURON, CONNECTX = "1d0f:efa3", "1d0f:ec20", "10de:2901", "1d0f:7364", "15b3:1021"


def gid_of(mac: str) -> str:
    """GID 0 of the EFA device of an interface."""
    a, b, c, d, e, f = (int(part, 16) for part in mac.split(":"))
    return f"fe80:0000:0000:0000:{a ^ 2:02x}{b:02x}:{c:02x}ff:fe{d:02x}:{e:02x}{f:02x}"


def mac_of(bus: int) -> str:
    return f"06:4e:fa:00:00:{bus:02x}"


class Switch:
    """Four ports of a switch on a host bridge of its own: ENA, EFA, GPU, nothing. ENA and EFA are one interface."""

    def __init__(self, root: int, numa: int) -> None:
        self.root, self.numa = root, numa
        self.up, self.down = root + 1, root + 2

    def _at(self, bus: int) -> str:
        return f"{bus:02x}:00.0"

    def _port(self, number: int) -> str:
        return f"{self.down:02x}:01.{number}"

    def _mac(self) -> str:
        return mac_of(self.root)

    def export(self) -> str:
        first, last = self.root + 3, self.root + 6
        behind = [
            function(self._at(first), "0200", ENA, [netdev(f"enp{first}s0", self._mac())]),
            function(self._at(first + 1), "0200", EFA, [rdma(f"rdmap{first + 1}s0", gid_of(self._mac()))]),
            function(self._at(first + 2), "0302", GPU),
            "",
        ]
        ports = [bridge(self._port(i), f"{first + i:02x}", f"{first + i:02x}", [one] if one else []) for i, one in enumerate(behind)]
        up = bridge(self._at(self.up), f"{self.down:02x}", f"{last:02x}", ports)
        return host_bridge(f"{self.root:02x}", f"{last:02x}", [bridge(self._at(self.root), f"{self.up:02x}", f"{last:02x}", [up])])

    def _function(self, port: int, name: str | None) -> Function:
        pci = f"0000:{self._at(self.root + 3 + port)}"
        way = (f"pci0000:{self.root:02x}", f"0000:{self._at(self.root)}", f"0000:{self._at(self.up)}", f"0000:{self._port(port)}")
        return Function(pci, (*way, pci), name)

    def group(self) -> Group:
        first = self.root + 3
        return Group(
            self.numa, "switch", f"0000:{self._at(self.up)}", [self._function(1, f"rdmap{first + 1}s0")],
            [self._function(0, f"enp{first}s0")], [self._function(2, None)], empty_ports=1,
        )  # fmt: skip

    def macs(self) -> dict[str, str]:
        return {self._function(port, None).pci: self._mac() for port in (0, 1)}


SWITCHES = [Switch(0x10, 0), Switch(0x20, 0), Switch(0x90, 1)]
SWITCHED = Machine(
    numa={0: "0-7", 1: "8-15"},
    groups=[one.group() for one in SWITCHES],
    rail_id="efa3",
    accelerator=("nvidia", GPU),
    macs={pci: mac for one in SWITCHES for pci, mac in one.macs().items()},
)


def switched(infos: dict[str, str] | None = None) -> str:
    """Host bridges of the second package come first."""
    near = [[one.export() for one in SWITCHES if one.numa == numa] for numa in (0, 1)]
    return machine(range(16), range(2), [node(1, range(8, 16), near[1]), node(0, range(8), near[0])], infos)


def flat() -> str:
    """Without MAC addresses, as most captures are; of the functions on the first bus the kernel does not say where they are."""
    def on(bus: str) -> str:
        number = int(bus, 16)
        return host_bridge(bus, bus, [
            function(f"{bus}:01.0", "0200", ENA, [netdev(f"ens{number * 2 + 1}")]),
            function(f"{bus}:1b.0", "0200", EFA, [rdma(f"rdmap{number}s27")]),
            function(f"{bus}:1c.0", "0880", NEURON),
            function(f"{bus}:1d.0", "0880", NEURON),
            function(f"{bus}:1e.0", "0108", "1d0f:cd01"),
        ])  # fmt: skip

    return machine(range(16), range(2), [node(0, range(8), [on("10")]), node(1, range(8, 16), [on("90")]), on("00")])


def _flat_group(bus: str, numa: int | None) -> Group:
    number = int(bus, 16)

    def on(slot: str, name: str | None = None) -> Function:
        return Function(f"0000:{bus}:{slot}", (f"pci0000:{bus}", f"0000:{bus}:{slot}"), name)

    return Group(numa, "host-bridge", f"pci0000:{bus}", [on("1b.0", f"rdmap{number}s27")], [on("01.0", f"ens{number * 2 + 1}")],
                 [on("1c.0"), on("1d.0")])  # fmt: skip


FLAT = Machine(
    numa={0: "0-7", 1: "8-15"},
    groups=[_flat_group("00", None), _flat_group("10", 0), _flat_group("90", 1)],
    rail_id="efa3",
    accelerator=("neuron", NEURON),
)


class Lab(Comparing):
    def setUp(self) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="efa-layout-export.")
        self.addCleanup(self.folder.cleanup)
        self.path = Path(self.folder.name)

    def write(self, text: str, name: str = "machine.xml") -> Path:
        path = self.path / name
        path.write_text(text)
        return path

    def facts(self) -> Path:
        """A run directory with the facts of the machine with switches."""
        run_dir = self.path / "run"
        run_dir.mkdir(mode=0o755)
        self.path.chmod(0o755)
        interfaces = [{"mac": mac_of(one.root), "id": f"eni-0123456789abcdef{i}", "card": i, "device": 0, "ip": True}
                      for i, one in enumerate(SWITCHES)]  # fmt: skip
        facts = {"boot_id": "8d3f5b7a-1c42-4e8e-9d55-0f6a7b8c9d0e", "instance_type": "x9.48xlarge",
                 "instance_id": "i-0123456789abcdef0", "primary": mac_of(SWITCHES[0].root), "interfaces": interfaces}  # fmt: skip
        (run_dir / "enis.json").write_text(json.dumps(facts))
        return run_dir


class Refusals(Lab):
    def refused(self, command: str, text: str, sentence: str) -> None:
        path = self.write(text)
        for reader, env in READERS.items():
            with self.subTest(command=command, reader=reader, sentence=sentence):
                run = tool(command, "--topology", path, env=env)
                self.assertEqual(run.rc, {"show": 1, "check": 3}[command], run)
                self.assertIn(f"{path}: {sentence}", run.out + run.err)
                self.assertEqual(len(run.err.splitlines()), 1 if command == "show" else 0, run.err)

    def test_files_that_are_no_use(self) -> None:
        whole = switched()
        without = machine(range(8), range(1), [node(0, range(8))])
        for command in ("show", "check"):
            self.refused(command, "", "not XML: no element")
            self.refused(command, "{}", "not XML: expected \"<\" in line 1")
            self.refused(command, '<system version="1"/>', "the document is a <system>, expected a <topology>")
            self.refused(command, whole.replace(' version="2.0"', ""), "in the format of hwloc 1; write it again with ")
            self.refused(command, whole.replace('"2.0"', '"3.0"'), "in format 3.0, expected that of hwloc 2")
            self.refused(command, whole[: len(whole) // 2], "cut short")
            self.refused(command, whole.replace('"Machine"', '"Package"'), "expected a machine as the topology's first object")
            self.refused(command, without, "written without I/O devices; write it again with ")
            self.refused(command, whole.replace('"NUMANode"', '"Nonsense"'), "hwloc cannot read it: unrecognized object type")
        self.refused("show", whole + "<!-- " + "x" * (16 << 20) + " -->", "larger than 16777216 bytes")

    def test_no_such_file(self) -> None:
        run = tool("show", "--topology", "/nonexistent/machine.xml")
        self.assertEqual(run.rc, 1)
        self.assertIn("/nonexistent/machine.xml: No such file or directory", run.err)

    def test_options_that_contradict_it(self) -> None:
        path = self.write(switched())
        for command in ("show", "check"):
            for words in (["--root", "/"], ["--probe", "/bin/true"]):
                run = tool(command, "--topology", path, *words)
                self.assertEqual(run.rc, 3, run)
                self.assertIn(f"--topology and {words[0]}: ", run.err)
                self.assertEqual(run.out, "")
            self.assertEqual(tool(command, "--topology").rc, 3)
        self.assertEqual(tool("facts", "--topology", path).rc, 3)
        self.assertNotEqual(runner.run([runner.PROLOG, "--topology", path], {}).rc, 0)


class Shows(Lab):
    def test_a_machine_with_switches(self) -> None:
        path = self.write(switched({"DMIProductName": "x9.48xlarge", "DMIBoardAssetTag": "i-0123456789abcdef0", "OSRelease": "6.1.0-aws"}))
        for reader, env in READERS.items():
            with self.subTest(reader=reader):
                found = show(path, env=env)
                self.compare(found, SWITCHED)
                self.assertEqual([one["ena"] for one in found["rails"]], [0, 1, 2])
                self.assertEqual({one["kind"] for one in found["rails"]}, {"efa"})
                self.assertEqual([(one["pci"], one["bus"]) for one in found["empty_ports"]],
                                 [(f"0000:{one.down:02x}:01.3", one.root + 6) for one in SWITCHES])  # fmt: skip
                self.assertEqual(found["node"]["instance_type"], "x9.48xlarge")
                self.assertEqual(found["node"]["instance_id"], "i-0123456789abcdef0")
                self.assertEqual(found["node"]["kernel"], "6.1.0-aws")
                for key in ("boot_id", "efa_driver", "libfabric", "memlock", "huge_pages", "facts_problem"):
                    self.assertIsNone(found["node"][key], key)
                self.assertEqual({key for key, value in found["origins"].items() if value == f"hwloc export {path}"},
                                 {"pci", "rdma", "netdevs", "numa", "instance", "boot"})  # fmt: skip

    def test_a_flat_machine(self) -> None:
        path = self.write(flat())
        for reader, env in READERS.items():
            with self.subTest(reader=reader):
                found = show(path, env=env)
                self.compare(found, FLAT)
                self.assertEqual({one["ena"] for one in found["rails"]}, {None})

    def test_comments_everywhere(self) -> None:
        plain = show(self.write(switched()))
        path = self.write("".join(f'{line}<!-- <object type="Bridge"> " -->\n' for line in switched().splitlines()))
        for reader, env in READERS.items():
            with self.subTest(reader=reader):
                self.assertEqual(show(path, env=env), plain)

    def test_a_rail_without_an_rdma_device(self) -> None:
        switch = SWITCHES[0]
        name = rdma(f"rdmap{switch.root + 4}s0", gid_of(mac_of(switch.root)))
        text = switched()
        self.assertIn(name, text)
        path = self.write(text.replace(name, ""))
        found = show(path)
        self.assertEqual([one["stage"] for one in found["rails"]], ["no-rdma-device", "listed", "listed"])
        self.assertIsNone(found["rails"][0]["rdma_name"])
        run = tool("check", "--topology", path)
        self.assertIn("E202", run.out)
        self.assertEqual(run.rc, 2, run)
        states = [line.split()[-1] for line in tool("show", "--topology", path).out.splitlines() if re.search(r"enp\d+s0", line)]
        self.assertEqual(states, ["no-rdma-device", "listed", "listed"])

    def test_an_ena_function_without_a_netdev(self) -> None:
        name = netdev(f"enp{SWITCHES[1].root + 3}s0", mac_of(SWITCHES[1].root))
        text = switched()
        self.assertIn(name, text)
        run = tool("check", "--topology", self.write(text.replace(name, "")))
        self.assertIn("E113", run.out)
        self.assertEqual(run.rc, 2, run)

    def test_an_export_without_os_devices_blames_nothing(self) -> None:
        text = re.sub(r'<object type="OSDev".*?</object>\n', "", switched(), flags=re.S)
        self.assertNotIn("OSDev", text)
        path = self.write(text)
        found = show(path)
        self.assertEqual([(one["rdma_name"], one["stage"]) for one in found["rails"]], [(None, "listed")] * 3)
        self.assertEqual({one["netdev"] for one in found["enas"]}, {None})
        self.assertEqual([found["origins"][part] for part in ("rdma", "netdevs")], [None, None])
        run = tool("check", "--topology", path)
        self.assertNotRegex(run.out, "E[0-9]")
        self.assertEqual(run.rc, 1, run)
        self.assertNotIn("no-driver", tool("show", "--topology", path).out)

    def test_devices_of_others(self) -> None:
        other = host_bridge("c0", "c0", [function("c0:00.0", "0207", CONNECTX, [rdma("ibp192s0")])])
        path = self.write(machine(range(8), range(1), [node(0, range(8), [other])]))
        found = show(path)
        self.assertEqual([(one["rdma_name"], one["pci"], one["numa_node"], one["path"]) for one in found["foreign"]],
                         [("ibp192s0", "0000:c0:00.0", 0, ["pci0000:c0", "0000:c0:00.0"])])  # fmt: skip
        self.assertEqual(found["rails"], [])

    def test_text(self) -> None:
        run = tool("show", "--topology", self.write(switched()))
        self.assertEqual(run.rc, 0, run)
        for name in ("rdmap20s0", "rdmap36s0", "rdmap148s0", "enp19s0", "listed"):
            self.assertIn(name, run.out)

    def test_what_the_caller_tells_hwloc_is_of_no_account(self) -> None:
        path = self.write(flat())
        other = self.write(switched(), "other.xml")
        self.compare(show(path, env={"HWLOC_XMLFILE": os.fspath(other), "HWLOC_SYNTHETIC": "pu:4"}), FLAT)

    def test_nothing_of_this_machine_is_looked_at(self) -> None:
        """Neither its devices nor its facts; those of a directory that is named are."""
        if not shutil.which("strace"):
            self.skipTest("needs strace")
        path = self.write(flat())
        here = re.compile(r"/?(run/efa-layout|sys/|proc/(net|self/limits)|dev/infiniband)")
        for name in ("sys/bus/pci/devices", "sys/class/infiniband", "/run/efa-layout/enis.json"):
            self.assertIn(name, self.opened("show"))
        for words in (["show"], ["check"]):
            opened = self.opened(*words, "--topology", path)
            self.assertIn(os.fspath(path), opened)
            self.assertEqual([name for name in opened if here.match(name)], [])
            self.assertIn(os.fspath(self.path / "enis.json"), self.opened(*words, "--topology", path, "--run-dir", self.path))

    def opened(self, command: str, *words: str | Path) -> list[str]:
        """Paths that a command of the tool and its children open, or look for."""
        log = self.path / "strace"
        argv = ["strace", "-f", "-qq", "-o", log, "-e", "trace=openat,open,stat,newfstatat,access", runner.TOOL, command,
                "--data-dir", DATA, *words]  # fmt: skip
        runner.run([shutil.which("env") or "env", *argv], {"PATH": os.environ["PATH"]})
        return [name for name in re.findall(r'"([^"\n]*)"', log.read_text()) if name]


class WithFacts(Lab):
    def test_only_from_a_directory_that_is_named(self) -> None:
        path = self.write(switched())
        run_dir = self.facts()
        found = show(path)
        self.assertFalse(found["node"]["facts_known"])
        self.assertEqual({one["card_index"] for one in found["rails"]}, {None})
        found = show(path, "--run-dir", run_dir)
        self.assertTrue(found["node"]["facts_known"])
        self.assertEqual([one["card_index"] for one in found["rails"]], [0, 1, 2])
        self.assertEqual([one["card_index"] for one in found["enas"]], [0, 1, 2])
        self.assertEqual(found["origins"]["facts"], os.fspath(run_dir / "enis.json"))

    def test_check_tests_nothing(self) -> None:
        path = self.write(switched())
        run = tool("check", "--topology", path, "--run-dir", self.facts(), "--json", "--layout", "all-efa")
        found = json.loads(run.out)
        self.assertIsNone(found["probe"])
        self.assertIn("all-efa", found["layouts"])
        self.assertIn(found["outcome"], ("healthy", "degraded"), run)
        run = tool("check", "--topology", path, "--run-dir", self.path / "run", "--json", "--layout", "ena-primary")
        self.assertEqual((run.rc, json.loads(run.out)["outcome"]), (1, "refused"))


if __name__ == "__main__":
    main()
