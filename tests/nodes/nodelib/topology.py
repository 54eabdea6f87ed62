# SPDX-License-Identifier: Apache-2.0
"""What hwloc 2 exports of a node ("lstopo --whole-io --of xml"), from the same functions as its
tree. Sizes of memory are invented."""
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from html import escape

from nodelib.content import Node, huge_pages
from nodelib.interfaces import ZERO_GID, Interface, gid
from nodelib.nodetype import cpu_list
from nodelib.pci import Function, Link

OS_BLOCK, OS_NET, OS_RDMA = "0", "2", "3"
MEMORY = 64 << 30  # of a NUMA node
VENDORS = {0x1D0F: "Amazon.com, Inc.", 0x10DE: "NVIDIA Corporation", 0x15B3: "Mellanox Technologies"}
PRODUCTS = {"ena": "Elastic Network Adapter (ENA)", "efa": "Elastic Fabric Adapter (EFA)",
            "nvme": "NVMe SSD Controller", "connectx": "MT2910 Family [ConnectX-7]"}


def quoted(value: str) -> str:
    return f'"{escape(value)}"'


@dataclass
class Element:
    """An object of the export; attributes in order, infos before children."""

    attributes: list[tuple[str, str]]
    infos: list[tuple[str, str]] = field(default_factory=list)
    pages: list[tuple[int, int]] = field(default_factory=list)
    children: list[Element] = field(default_factory=list)

    def lines(self, depth: int = 1) -> Iterable[str]:
        pad = "  " * depth
        text = " ".join(f"{name}={quoted(value)}" for name, value in self.attributes)
        if not (self.infos or self.pages or self.children):
            yield f"{pad}<object {text}/>"
            return
        yield f"{pad}<object {text}>"
        for name, value in self.infos:
            yield f"{pad}  <info name={quoted(name)} value={quoted(value)}/>"
        for size, count in self.pages:
            yield f'{pad}  <page_type size="{size}" count="{count}"/>'
        for child in self.children:
            yield from child.lines(depth + 1)
        yield f"{pad}</object>"


def bitmap(bits: Iterable[int]) -> str:
    """hwloc's form: words of 32 bits, highest first, empty where zero."""
    value = sum(1 << bit for bit in bits)
    words = []
    while value:
        words.append(value & 0xFFFFFFFF)
        value >>= 32
    text = [f"0x{word:08x}" if word else "" for word in reversed(words)]
    if not text or not text[-1]:
        text = [*text[:-1], "0x0"]
    return ",".join(text)


def gigabytes(link: Link | None) -> str:
    if not link or not link.width:
        return "0.000000"
    speed = float(link.speed)
    coding = 8 / 10 if speed < 8 else 128 / 130
    return f"{speed * link.width / 8 * coding:.6f}"


class Export:
    def __init__(self, node: Node) -> None:
        self.node = node
        self.type = node.type
        self.cpus = [cpu_list(text) for text in self.type.numa_cpus]
        self.next_index = 0
        self.disks = 0
        self.interface_at: dict[str, Interface] = {f.address: i for f, i in node.enas()}
        self.rail_at = {rail.function.address: rail for rail in node.rails()}

    def element(self, kind: str, *attributes: tuple[str, str]) -> Element:
        self.next_index += 1
        return Element([("type", kind), *attributes, ("gp_index", str(self.next_index))])

    def with_cpus(self, kind: str, index: int | None, cpus: list[int], nodes: list[int],
                  *more: tuple[str, str]) -> Element:
        """An object that has CPUs and memory."""
        number = [("os_index", str(index))] if index is not None else []
        sets = [("cpuset", bitmap(cpus)), ("complete_cpuset", bitmap(cpus))]
        mems = [("nodeset", bitmap(nodes)), ("complete_nodeset", bitmap(nodes))]
        if kind == "Machine":
            sets.append(("allowed_cpuset", bitmap(cpus)))
            mems.append(("allowed_nodeset", bitmap(nodes)))
        return self.element(kind, *number, *sets, *mems, *more)

    # CPUs and memory

    def numa_node(self, number: int) -> Element:
        pages = huge_pages(self.type)[number]
        found = self.with_cpus("NUMANode", number, self.cpus[number], [number],
                               ("local_memory", str(MEMORY)))
        found.pages = [(4096, (MEMORY - (pages << 21)) >> 12), (2 << 20, pages), (1 << 30, 0)]
        return found

    def cores(self, number: int) -> list[Element]:
        """The second half of a node's CPUs are the siblings of the first where the list says so."""
        cpus = self.cpus[number]
        threads = self.type.numa_cpus[number].count(",") + 1
        each = len(cpus) // threads
        found = []
        for i in range(each):
            own = [cpus[i + each * t] for t in range(threads)]
            core = self.with_cpus("Core", i, own, [number])
            core.children = [self.with_cpus("PU", cpu, [cpu], [number]) for cpu in own]
            found.append(core)
        return found

    def numa_content(self, number: int) -> list[Element]:
        return [self.numa_node(number), *self.cores(number), *self.host_bridges(number)]

    def package(self, index: int, nodes: list[int]) -> Element:
        cpus = [cpu for number in nodes for cpu in self.cpus[number]]
        found = self.with_cpus("Package", index, cpus, nodes)
        if self.type.cpu:
            found.infos = [("CPUModel", self.type.cpu)]
        if len(nodes) == 1:
            found.children = self.numa_content(nodes[0])
            return found
        for number in nodes:
            group = self.with_cpus("Group", None, self.cpus[number], [number], ("kind", "1001"),
                                   ("subkind", "0"))
            group.children = self.numa_content(number)
            found.children.append(group)
        return found

    # PCI

    def functions(self) -> list[Function]:
        found = self.node.others()
        found += [self.node.link_of(rail) for rail in self.node.rails()]
        found += [function for function, _ in self.node.enas()]
        return sorted(found, key=lambda f: f.address)

    def host_bridges(self, numa: int) -> list[Element]:
        """Those on a NUMA node; -1: those that the kernel places on none."""
        mine: dict[str, list[Function]] = {}
        for function in self.functions():
            if function.numa == numa:
                mine.setdefault(function.host_bridge, []).append(function)
        return [self.host_bridge(name, mine[name]) for name in sorted(mine)]

    def host_bridge(self, name: str, functions: list[Function]) -> Element:
        first = int(name.partition(":")[2], 16)
        last = max((f.last_bus for f in functions), default=-1)
        found = self.element("Bridge", ("bridge_type", "0-1"), ("depth", "0"),
                             ("bridge_pci", f"0000:[{first:02x}-{max(first, last):02x}]"))
        found.children = [self.function(f, functions) for f in functions if not f.way]
        return found

    def pci(self, function: Function) -> list[tuple[str, str]]:
        vendor, device = function.ids
        own = vendor if vendor == 0x1D0F and function.kind in ("ena", "efa", "bridge") else 0
        subsystem = f"{own:04x}:{device if own else 0:04x}"
        return [("pci_busid", function.address),
                ("pci_type", f"{function.pci_class >> 8:04x} [{vendor:04x}:{device:04x}] "
                             f"[{subsystem}] 00"),
                ("pci_link_speed", gigabytes(function.link))]

    def function(self, function: Function, near: list[Function]) -> Element:
        if function.kind == "bridge":
            found = self.element(
                "Bridge", ("bridge_type", "1-1"), ("depth", str(len(function.way) + 1)),
                ("bridge_pci", f"0000:[{function.bus:02x}-{function.last_bus:02x}]"),
                *self.pci(function))
        else:
            found = self.element("PCIDev", *self.pci(function))
        product = self.type.models.get(function.kind) or PRODUCTS.get(function.kind, "")
        found.infos = [("PCIVendor", VENDORS[function.ids[0]])]
        if product:
            found.infos.append(("PCIDevice", product))
        way = (*function.way, function.address)
        found.children = [self.function(f, near) for f in near if f.way == way]
        found.children += self.os_devices(function)
        return found

    # What the operating system makes of a function

    def os_device(self, name: str, kind: str, infos: list[tuple[str, str]],
                  subtype: str = "") -> Element:
        more = [("subtype", subtype)] if subtype else []
        found = self.element("OSDev", ("name", name), *more, ("osdev_type", kind))
        found.infos = infos
        return found

    def os_devices(self, function: Function) -> list[Element]:
        if function.kind == "nvme":
            self.disks += 1
            name = f"nvme{self.disks - 1}n1"
            return [self.os_device(name, OS_BLOCK, [("SectorSize", "512")], "Disk")]
        if function.kind == "ena" and self.node.ena_bound(self.interface_at[function.address]):
            return [self.os_device(function.netdev, OS_NET,
                                   [("Address", self.interface_at[function.address].mac)])]
        if function.kind == "connectx":
            return [self.rdma(function, "1", "0", "fe80:0000:0000:0000:a088:c203:00ab:cdef")]
        if function.kind == "efa":
            return self.rail_device(function)
        return []

    def rail_device(self, function: Function) -> list[Element]:
        rail, damage = self.rail_at[function.address], self.node.damage
        if damage.rail("unbound", rail.number) or damage.rail("no-rdma", rail.number):
            return []
        lost = damage.rail("no-gid", rail.number)
        return [self.rdma(function, "0", "1", ZERO_GID if lost else gid(rail.interface.mac))]

    def rdma(self, function: Function, lid: str, lmc: str, gid_text: str) -> Element:
        guid = ":".join(["0000"] * 4)
        return self.os_device(function.rdma, OS_RDMA, [
            ("NodeGUID", guid), ("SysImageGUID", guid), ("Port1State", "4"),
            ("Port1LID", f"0x{lid}"), ("Port1LMC", lmc), ("Port1GID0", gid_text)])

    # The whole

    def machine(self) -> Element:
        cpus = [cpu for one in self.cpus for cpu in one]
        found = self.with_cpus("Machine", 0, cpus, list(range(len(self.cpus))))
        found.infos = [("DMIProductName", self.type.name), ("DMISysVendor", "Amazon EC2"),
                       ("Backend", "Linux"), ("OSName", "Linux"),
                       ("OSRelease", self.node.settings.kernel), ("Architecture", self.type.arch),
                       ("hwlocVersion", "2.9.0"), ("ProcessName", "make-node")]
        each = max(1, len(self.cpus) // 2)
        for index, start in enumerate(range(0, len(self.cpus), each)):
            nodes = list(range(start, min(start + each, len(self.cpus))))
            found.children.append(self.package(index, nodes))
        found.children += self.host_bridges(-1)
        return found


def topology(node: Node) -> str:
    """The export as one text."""
    head = ('<?xml version="1.0" encoding="UTF-8"?>', '<!DOCTYPE topology SYSTEM "hwloc2.dtd">',
            '<topology version="2.0">')
    return "\n".join((*head, *Export(node).machine().lines(), "</topology>", ""))
