#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""efa-layout snapshot: a snapshot says what the node said, and nothing private of it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import unittest
import xml.etree.ElementTree as ET
from pathlib import Path

from kit import TOP, Node, main, runner
from kit.snapshots import Translation, document, files, leaks, private, replay

CAPTURES = TOP.parent / "shared" / "topologies"

# Every type that make-node has is there once, and each damage; the healthy ones are added below.
DAMAGED = (
    ("p5.48xlarge", "all-efa", "--missing", "3", "--unbound", "5", "--no-rdma", "7", "--no-gid", "9"),
    ("p5.48xlarge", "efa-every-4th", "--swap", "1", "4", "--no-facts"),
    ("p5.48xlarge", "efa-only", "--slow-link", "2", "--ena-unbound", "0", "--ghost", "6"),
    ("p5en.48xlarge", "efa-only", "--no-uverbs", "4", "--extra-ena", "3"),
    ("p5en.48xlarge", "ena-primary", "--no-devnode", "1", "--connectx", "--soft-roce"),
    ("p6-b300.48xlarge", "ena-primary-only", "--missing", "0", "--no-gid", "1"),
    ("p4d.24xlarge", "all-efa", "--efa-driver", "2.13.0g", "--split", "0", "--device", "1", "3"),
    ("p4d.24xlarge", "efa-only", "--detached", "2", "--closed-all", "--low-memlock"),
    ("p4d.24xlarge", "ena-primary", "--no-ena", "0", "--no-gid", "0"),
    ("c5n.18xlarge", "all-efa", "--no-facts", "--closed", "0"),
    ("c5n.18xlarge", "ena-primary", "--missing", "0"),
)


def nodes() -> list[tuple[str, ...]]:
    """A healthy node of each type, and the damaged ones."""
    listed = subprocess.run([TOP / "tests/nodes/make-node", "--list"], capture_output=True, text=True,
                            check=True).stdout  # fmt: skip
    rows = re.findall(r"^(\S+\.\S+) .*?(?:yes|no|in part)\s+(.*)$", listed, re.M)
    healthy = [(name, layouts.split()[min(1, len(layouts.split()) - 1)]) for name, layouts in rows]
    assert len(healthy) > 20, listed
    return [*healthy, *DAMAGED]


# What make-node writes as the kernel has it, and the inventory does not look at.
UNREAD = re.compile(r"/ports/1/state$|/node/node\d+/hugepages|/infiniband/ibp[^/]*/ports/1/rate$|^SYNTHETIC$")


def _reversed_guid(gid: str, bus: int) -> str:
    """node_guid as newer drivers make it."""
    tail = gid.replace(":", "")[-8:]  # fe and the last three bytes of the MAC address
    low = gid.replace(":", "")[20:22] + tail[2:]
    b = [low[i : i + 2] for i in range(0, 8, 2)]
    return f"{b[3]}{b[2]}:{b[1]}{b[0]}:0000:{bus:02x}01"


def enrich(node: Node) -> None:
    """What a running node also has, whether or not make-node writes it."""
    root = node.root
    pages = root / "sys/kernel/mm/hugepages/hugepages-2048kB"
    pages.mkdir(parents=True, exist_ok=True)
    (pages / "nr_hugepages").write_text("5128\n")
    (pages / "free_hugepages").write_text("17\n")
    lines = []
    for i, device in enumerate(sorted(root.glob("sys/class/net/*"))):
        lines += [f"{device.name} 10.11.{i}.5/20", f"{device.name} fd00:1234::{i:x}:5/128"]
    (node.run_dir / "addresses").write_text("".join(f"{line}\n" for line in lines))
    for i, device in enumerate(sorted(root.glob("sys/class/infiniband/*"))):
        path = device / "ports/1/gids/0"
        if not path.exists():  # RoCE: an IP address
            path.parent.mkdir(parents=True)
            path.write_text("0000:0000:0000:0000:0000:ffff:0a0b:0005\n")
        gid = path.read_text().strip()
        foreign = not gid.startswith("fe80:0000:0000:0000:0") and not gid.endswith(":0000:0000")
        (device / "node_guid").write_text(
            "a088:c203:00ab:cdef\n" if foreign else _reversed_guid(gid, i) + "\n")
        (device / "fw_ver").write_text("0.0.0.0\n")
        if not foreign:
            (device / "ports/1/rate").write_text("100 Gb/sec (4X EDR)\n")
    for function in root.glob("sys/bus/pci/devices/*"):
        for end in ("current", "max"):
            (function / f"{end}_link_speed").write_text("16.0 GT/s PCIe\n")
            (function / f"{end}_link_width").write_text("8\n")
        if (function / "class").read_text().startswith("0x0604"):
            (function / "secondary_bus_number").write_text("77\n")


class Replay(unittest.TestCase):
    def node(self, *words: str) -> Node:
        node = Node(*words)
        self.addCleanup(node.__exit__, None, None, None)
        return node

    def snapshot(self, node: Node, name: str, *extra: str) -> Path:
        run = node.tool("snapshot", node.path / name, *extra)
        self.assertEqual(run.rc, 0, run)
        self.assertEqual(run.err, "", run)
        return node.path / name

    def compare(self, node: Node, snapshot: Path, translation: Translation | None) -> None:
        for command in (("show", "--json"), ("check", "--no-probe", "--json")):
            here, there = node.tool(*command), replay(snapshot, node, *command)
            self.assertEqual((here.rc, here.err), (there.rc, there.err), (here, there))
            one, other = document(here, node.root), document(there, snapshot)
            if translation:
                translation.compare(one, other, command[0])
            else:
                self.assertEqual(one, other)
            if command[0] == "show":
                notes = json.loads((snapshot / "snapshot.json").read_text())
                self.assertEqual(notes["show"], other, "what the node itself said")

    def test_masked(self) -> None:
        for words in nodes():
            with self.subTest(words=words):
                node = self.node(*words)
                enrich(node)
                snapshot = self.snapshot(node, "masked")
                translation = Translation()
                self.compare(node, snapshot, translation)
                forbidden = private(node.root)
                self.assertGreater(len(forbidden), 8)
                self.assertEqual(leaks(snapshot, forbidden), [])
                facts, masked = node.run_dir / "enis.json", snapshot / "run/efa-layout/enis.json"
                self.assertEqual(facts.exists(), masked.exists())
                if facts.exists():
                    translation.compare(json.loads(facts.read_text()), json.loads(masked.read_text()))
                for path in files(snapshot / "sys"):
                    # GIDs, GUIDs and all else: the same mask wherever the original stands
                    original = node.root / path.relative_to(snapshot)
                    translation.text(original.read_text(), path.read_text(), str(path))

    def test_unmasked(self) -> None:
        for words in nodes():
            with self.subTest(words=words):
                node = self.node(*words)
                enrich(node)
                snapshot = self.snapshot(node, "unmasked", "--unmasked")
                self.compare(node, snapshot, None)
                notes = json.loads((snapshot / "snapshot.json").read_text())
                self.assertEqual((notes["masked"], notes["masks"], notes["left_out"]), (False, {}, []))
                own = {snapshot / "README", snapshot / "snapshot.json"}
                for path in set(files(snapshot)) - own:
                    original = node.root / path.relative_to(snapshot)
                    self.assertEqual(path.read_bytes(), original.read_bytes(), path)
                for path in snapshot.rglob("*"):
                    if path.is_symlink():
                        original = node.root / path.relative_to(snapshot)
                        self.assertEqual(os.readlink(path), os.readlink(original))
                        self.assertTrue(path.exists(), f"{path} leads nowhere")

    def test_nothing_is_missing(self) -> None:
        """All that make-node writes is there, but for what nobody reads."""
        node = self.node("p5.48xlarge", "all-efa", "--connectx", "--soft-roce")
        enrich(node)
        snapshot = self.snapshot(node, "whole", "--unmasked")
        for path in node.root.rglob("*"):
            below = path.relative_to(node.root)
            if not UNREAD.search(str(below)):
                self.assertTrue(os.path.lexists(snapshot / below), below)

    def test_interfaces_are_numbered_by_card(self) -> None:
        node = self.node("p4d.24xlarge", "efa-only")
        snapshot = self.snapshot(node, "numbered")
        facts = json.loads((snapshot / "run/efa-layout/enis.json").read_text())
        self.assertEqual([(i["card"], i["mac"], i["id"]) for i in facts["interfaces"]],
                         [(n, f"02:00:00:00:00:0{n + 1}", f"eni-0000000000000000{n + 1}")
                          for n in range(4)])  # fmt: skip
        self.assertEqual(facts["primary"], "02:00:00:00:00:01")
        self.assertEqual(facts["instance_id"], "i-00000000000000001")

    def test_the_same_twice(self) -> None:
        node = self.node("p4d.24xlarge", "all-efa", "--missing", "1")
        enrich(node)
        first, second = (self.snapshot(node, name) for name in ("first", "second"))
        # and a snapshot of a snapshot says the same again
        third = node.path / "third"
        self.assertEqual(replay(first, node, "snapshot", third).rc, 0)
        for other in (second, third):
            self.assertEqual([p.relative_to(first) for p in files(first)],
                             [p.relative_to(other) for p in files(other)])  # fmt: skip
        for path in files(first):
            one, other = (re.sub('"taken": ".*"', "", (top / path.relative_to(first)).read_text())
                          for top in (first, second))  # fmt: skip
            self.assertEqual(one, other, path)
        translation = Translation()
        translation.compare(document(replay(first, node, "show", "--json"), first),
                            document(replay(third, node, "show", "--json"), third))  # fmt: skip

    def test_permissions_are_facts(self) -> None:
        node = self.node("p4d.24xlarge", "efa-only")
        (node.root / "dev/infiniband/uverbs1").chmod(0o600)
        (node.root / "dev/infiniband/uverbs2").chmod(0o666)
        snapshot = self.snapshot(node, "modes")
        for name, mode in (("uverbs1", 0o600), ("uverbs2", 0o666)):
            self.assertEqual((snapshot / "dev/infiniband" / name).stat().st_mode & 0o7777, mode)
        for path in files(snapshot):
            if "uverbs" not in path.name:
                self.assertEqual(path.stat().st_mode & 0o7777, 0o644, path)
        for top, _, _ in os.walk(snapshot):
            self.assertEqual(os.stat(top).st_mode & 0o7777, 0o755, top)

    def test_facts_of_another_boot(self) -> None:
        node = self.node("p4d.24xlarge", "efa-only")
        (node.root / "proc/sys/kernel/random/boot_id").write_text(
            "11111111-2222-4333-8444-555555555555\n")
        forbidden = private(node.root)
        run = node.tool("snapshot", node.path / "stale")
        self.assertEqual(run.rc, 0, run)
        here = document(node.tool("show", "--json"), node.root)
        there = document(replay(node.path / "stale", node, "show", "--json"), node.path / "stale")
        self.assertIn("this is boot", here["node"]["facts_problem"])
        Translation().compare(here, there)
        self.assertEqual(leaks(node.path / "stale", forbidden), [])

    def test_node_that_makes_no_sense(self) -> None:
        """The inventory refuses it; the snapshot shows why, without what was malformed."""
        net = "sys/class/net/ens32/address"
        for path, text in (
            (net, "06:4e:fa:10:ab"),
            ("sys/class/infiniband/rdmap16s27/ports/1/gids/0", "fe80:064e:faff:fe10"),
            ("proc/sys/kernel/random/boot_id", "8d3f5b7a-1c42"),
            ("proc/net/route", "Iface\tDestination\nens5\t0005000A"),
            ("run/efa-layout/addresses", "ens5 10.10.99.5"),
        ):
            with self.subTest(path=path):
                node = self.node("p4d.24xlarge", "efa-only")
                (node.root / path).write_text(text + "\n")
                run = node.tool("snapshot", node.path / "odd")
                self.assertEqual(run.rc, 0, run)
                self.assertIn("continuing without", run.err)
                notes = json.loads((node.path / "odd/snapshot.json").read_text())
                self.assertIsNone(notes["show"])
                self.assertIn(path.split("/")[-1], notes["inventory_problem"])
                there = replay(node.path / "odd", node, "show", "--json")
                self.assertEqual(there.rc, 1, there)
                said = there.err.replace(f"{node.path / 'odd'}/", "/")
                self.assertIn(notes["inventory_problem"], said)
                words = set(re.findall("[0-9a-fA-F:.-]{8,}", text))
                self.assertEqual(leaks(node.path / "odd", words), [])

    def test_facts_that_make_no_sense(self) -> None:
        for text in ('{"mac": "06:4e:fa', '{"boot_id": "10.9.8.7"}',
                     '{"host-10-9-8-7": 1}', "06:4e:fa:10:ab:01"):  # fmt: skip
            with self.subTest(text=text):
                node = self.node("p4d.24xlarge", "efa-only")
                (node.run_dir / "enis.json").write_text(text)
                run = node.tool("snapshot", node.path / "odd")
                self.assertEqual(run.rc, 0, run)
                there = document(replay(node.path / "odd", node, "show", "--json"), node.path / "odd")
                self.assertFalse(there["node"]["facts_known"])
                self.assertIsNotNone(there["node"]["facts_problem"])
                self.assertEqual(leaks(node.path / "odd", {"06:4e:fa", "10.9.8.7", "10-9-8-7"}), [])

    def test_interface_named_by_its_address(self) -> None:
        node = self.node("p4d.24xlarge", "efa-only")
        device = (node.root / "sys/class/net/ens32").resolve()
        mac = (device / "address").read_text().strip()
        name = "enx" + mac.replace(":", "")
        (node.root / "sys/class/net/ens32").unlink()
        device.rename(device.with_name(name))
        (node.root / "sys/class/net" / name).symlink_to(device.with_name(name))  # absolute
        route = node.root / "proc/net/route"
        route.write_text(route.read_text().replace("ens32", name))
        snapshot = self.snapshot(node, "named")
        show = document(replay(snapshot, node, "show", "--json"), snapshot)
        (ena,) = show["enas"]
        self.assertEqual(ena["netdev"], "enx020000000001")
        self.assertTrue(ena["default_route"])
        self.assertEqual(leaks(snapshot, private(node.root)), [])
        link = snapshot / "sys/class/net/enx020000000001"
        self.assertEqual((link / "address").read_text(), "02:00:00:00:00:01\n")


TOPOLOGY = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE topology SYSTEM "hwloc2.dtd">
<topology version="2.0">
  <object type="Machine" os_index="0" cpuset="0x00000003" complete_cpuset="0x00000003" \
allowed_cpuset="0x00000003" nodeset="0x00000001" complete_nodeset="0x00000001" \
allowed_nodeset="0x00000001" gp_index="1">
    <info name="DMIProductName" value="p4d.24xlarge"/>
    <info name="DMIProductSerial" value="ec2SERIALa"/>
    <info name="DMIProductUUID" value="ec2a1b2c-0000-1111-2222-333344445555"/>
    <info name="DMIBoardAssetTag" value="i-04d0000000000000c"/>
    <info name="HostName" value="ip-10-99-88-77"/>
    <info name="LinuxCgroup" value="/kubepods/customer-name"/>
    <object type="Package" os_index="0" cpuset="0x00000003" complete_cpuset="0x00000003" \
nodeset="0x00000001" complete_nodeset="0x00000001" gp_index="2">
      <object type="NUMANode" os_index="0" cpuset="0x00000003" complete_cpuset="0x00000003" \
nodeset="0x00000001" complete_nodeset="0x00000001" gp_index="3" local_memory="1000000"/>
      <object type="Core" os_index="0" cpuset="0x00000003" complete_cpuset="0x00000003" \
nodeset="0x00000001" complete_nodeset="0x00000001" gp_index="4">
        <object type="PU" os_index="0" cpuset="0x00000001" complete_cpuset="0x00000001" \
nodeset="0x00000001" complete_nodeset="0x00000001" gp_index="5"/>
        <object type="PU" os_index="1" cpuset="0x00000002" complete_cpuset="0x00000002" \
nodeset="0x00000001" complete_nodeset="0x00000001" gp_index="6"/>
      </object>
      <object type="Bridge" gp_index="7" bridge_type="0-1" depth="0" bridge_pci="0000:[10-10]">
        <object type="PCIDev" gp_index="8" pci_busid="0000:10:1c.0" \
pci_type="0302 [10de:20b0] [10de:134f] a1" pci_link_speed="0.000000">
          <info name="PCIVendor" value="NVIDIA Corporation"/>
          <object type="OSDev" gp_index="9" name="nvml0" subtype="NVML" osdev_type="1">
            <info name="Backend" value="NVML"/>
            <info name="GPUVendor" value="NVIDIA Corporation"/>
            <info name="GPUModel" value="NVIDIA A100-SXM4-40GB"/>
            <info name="NVIDIASerial" value="1560123456789"/>
            <info name="NVIDIAUUID" value="GPU-99999999-8888-7777-6666-555555555555"/>
          </object>
        </object>
        <object type="PCIDev" gp_index="10" pci_busid="0000:10:1b.0" \
pci_type="0200 [1d0f:efa0] [1d0f:efa0] 00" pci_link_speed="0.000000">
          <object type="OSDev" gp_index="11" name="rdmap16s27" osdev_type="3">
            <info name="NodeGUID" value="0000:10fa:0000:1001"/>
            <info name="SysImageGUID" value="0000:0000:0000:0000"/>
            <info name="Port1State" value="4"/>
            <info name="Port1GID0" value="fe80:0000:0000:0000:044e:faff:fe10:0000"/>
          </object>
        </object>
        <object type="PCIDev" gp_index="12" pci_busid="0000:10:00.0" \
pci_type="0200 [1d0f:ec20] [1d0f:ec20] 00" pci_link_speed="0.000000">
          <object type="OSDev" gp_index="13" name="ens32" osdev_type="2">
            <info name="Address" value="06:4e:fa:10:00:00"/>
          </object>
        </object>
        <object type="PCIDev" gp_index="14" pci_busid="0000:00:04.0" \
pci_type="0108 [1d0f:cd01] [1d0f:cd01] 00" pci_link_speed="0.000000">
          <object type="OSDev" gp_index="15" name="nvme0n1" subtype="Disk" osdev_type="0">
            <info name="SerialNumber" value="AWS1111111111111111"/>
            <info name="Model" value="Amazon EC2 NVMe Instance Storage"/>
          </object>
        </object>
      </object>
    </object>
  </object>
</topology>
"""
SECRETS = {"ec2serial", "ec2a1b2c", "i-04d0", "10-99-88-77", "customer", "1560123456789", "99999999-",
           "0000:10fa", "000010fa", "044e:faff", "06:4e:fa", "aws1111"}  # fmt: skip


class Topology(unittest.TestCase):
    def setUp(self) -> None:
        self.node = Node("p4d.24xlarge", "efa-only")
        self.addCleanup(self.node.__exit__, None, None, None)

    def masked(self, text: str, *extra: str) -> Path:
        (self.node.run_dir / "topology.xml").write_text(text)
        run = self.node.tool("snapshot", self.node.path / "snapshot", *extra)
        self.assertEqual(run.rc, 0, run)
        return self.node.path / "snapshot/run/efa-layout/topology.xml"

    def test_what_is_no_export_is_left_out(self) -> None:
        path = self.masked(TOPOLOGY.replace("</topology>", '<userdata length="3">123</userdata></topology>'))
        self.assertFalse(path.exists())
        notes = json.loads((path.parents[2] / "snapshot.json").read_text())
        (left,) = notes["left_out"]
        self.assertEqual(left["path"], "run/efa-layout/topology.xml")
        self.assertEqual(left["why"], "text other than numbers, or user data")

    def test_unmasked(self) -> None:
        self.assertEqual(self.masked(TOPOLOGY, "--unmasked").read_text(), TOPOLOGY)

    def test_masked(self) -> None:
        path = self.masked(TOPOLOGY)
        self.assertEqual(leaks(path.parents[2], SECRETS), [])
        masked = {info.get("name"): info.get("value") for info in ET.parse(path).iter("info")}
        self.assertEqual(masked["Address"], "02:00:00:00:00:01")  # as in the facts and in sysfs
        self.assertEqual(masked["Port1GID0"], "fe80:0000:0000:0000:0000:00ff:fe00:0001")
        self.assertEqual(masked["NodeGUID"], "0100:0000:0000:1001")
        self.assertEqual(masked["DMIBoardAssetTag"], "i-00000000000000001")
        self.assertRegex(masked["HostName"] or "", "^masked-[0-9]+$")
        for name, value in (("GPUModel", "NVIDIA A100-SXM4-40GB"), ("Backend", "NVML"),
                            ("Model", "Amazon EC2 NVMe Instance Storage"), ("Port1State", "4"),
                            ("SysImageGUID", "0000:0000:0000:0000"),
                            ("DMIProductName", "p4d.24xlarge")):  # fmt: skip
            self.assertEqual(masked[name], value)

    def test_read_as_a_topology(self) -> None:
        self.read_as_a_topology(TOPOLOGY, "rdmap16s27")
        export = self.node.path / "export.xml"
        for words in (("p5.48xlarge", "efa-only"), ("trn1.32xlarge", "all-efa")):
            self.node.make(*words, "--topology", str(export))
            shutil.rmtree(self.node.path / "snapshot")
            self.read_as_a_topology(export.read_text(), "rdmap")
            self.assertEqual(leaks(self.node.path / "snapshot", private(self.node.root)), [])

    def read_as_a_topology(self, text: str, rail: str) -> None:
        path = self.masked(text)
        shown = [runner.run([runner.TOOL, "show", "--json", "--topology", one,
                             "--data-dir", self.node.data, "--site-dir", self.node.site], {})
                 for one in (self.node.run_dir / "topology.xml", path)]  # fmt: skip
        self.assertEqual([(run.rc, run.err) for run in shown], [(0, "")] * 2, shown)
        self.assertIn(rail, shown[1].out)
        Translation().compare(document(shown[0], self.node.root),
                              document(shown[1], path.parents[2]))  # fmt: skip

    def test_real_exports(self) -> None:
        exports = sorted(CAPTURES.glob("hwloc-nixl/*.xml"))
        if not exports:
            self.skipTest(f"no captures in {CAPTURES}")
        for export in exports:
            with self.subTest(export=export.name):
                self.setUp()
                path = self.masked(export.read_text())
                before, after = ET.parse(export), ET.parse(path)
                for one, other in zip(before.iter(), after.iter(), strict=True):
                    if one.tag == "info" and one.get("name") in (
                            "SerialNumber", "Address", "Port1GID0"):  # fmt: skip
                        self.assertNotEqual(one.get("value"), other.get("value"))
                    else:
                        self.assertEqual((one.tag, one.attrib), (other.tag, other.attrib))


if __name__ == "__main__":
    if os.access("/dev/shm", os.W_OK):  # in memory: a large node has two thousand files
        os.environ.setdefault("TMPDIR", "/dev/shm")
    main()
