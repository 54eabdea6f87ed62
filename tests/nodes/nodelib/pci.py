# SPDX-License-Identifier: Apache-2.0
"""PCI functions of a node, and the two ways they hang together: root buses and switches."""
from __future__ import annotations

from dataclasses import dataclass, field

BRIDGE_ID = (0x1D0F, 0x0200)
NVME_ID = (0x1D0F, 0xCD01)
EBS_ID = (0x1D0F, 0x8061)
VGA_ID = (0x1D0F, 0x1111)
ENA_ID = (0x1D0F, 0xEC20)
NEURON1_ID = (0x1D0F, 0x7164)
NEURON2_ID = (0x1D0F, 0x7364)
CONNECTX_ID = (0x15B3, 0x1021)
NVSWITCH_ID = (0x10DE, 0x1AF1)

CLASSES = {
    "bridge": 0x060400,
    "efa": 0x020000,
    "ena": 0x020000,
    "gpu": 0x030200,
    "neuron": 0x088000,
    "nvme": 0x010802,
    "connectx": 0x020700,
    "vga": 0x030000,
    "nvswitch": 0x068000,
}


def efa_id(generation: int) -> tuple[int, int]:
    return (0x1D0F, 0xEFA0 + generation)


@dataclass(frozen=True)
class Link:
    """What a function says of its PCIe link: gigatransfers a second, and lanes.

    Kernels print "Unknown" and 0 for a port with nothing behind it.
    """

    speed: str
    width: int
    max_speed: str
    max_width: int

    def attributes(self) -> dict[str, str]:
        return {
            "current_link_speed": f"{self.speed} GT/s PCIe" if self.width else "Unknown",
            "current_link_width": str(self.width),
            "max_link_speed": f"{self.max_speed} GT/s PCIe",
            "max_link_width": str(self.max_width),
        }


def link(speed: str, width: int) -> Link:
    """A link that is as fast as both of its ends allow."""
    return Link(speed, width, speed, width)


# By what hwloc makes of them, in gigabytes a second.
LINK_16G = link("16.0", 8)
LINK_32G = link("32.0", 8)
LINK_63G = link("32.0", 16)
LINK_126G = link("64.0", 16)
LINK_IDLE_GPU = Link("2.5", 8, "16.0", 8)  # GPUs slow their link down while they have nothing to do


@dataclass(frozen=True)
class Function:
    """One PCI function. way: the functions above it, outermost first."""

    address: str
    kind: str  # a key of CLASSES
    ids: tuple[int, int]
    pci_class: int
    host_bridge: str  # pci0000:44
    way: tuple[str, ...]
    numa: int
    card: int = -1  # network card, of EFA and ENA functions
    netdev: str = ""
    rdma: str = ""
    link: Link | None = None
    bus: int = -1  # the bus behind a bridge
    last_bus: int = -1  # and the last of those below it


def address(bus: int, slot: int = 0, func: int = 0) -> str:
    return f"0000:{bus:02x}:{slot:02x}.{func}"


def rdma_name(pci: str, prefix: str = "rdma") -> str:
    """The persistent name that rdma-core's udev rule makes of an address: rdmap79s0."""
    _, bus, rest = pci.split(":")
    return f"{prefix}p{int(bus, 16)}s{int(rest.split('.')[0], 16)}"


@dataclass
class RootBus:
    """Functions directly on the root bus of a host bridge.

    slot_base: what the firmware numbers slot 0, from which udev names netdevs.
    """

    bus: int
    numa: int
    slot_base: int = 0
    functions: list[Function] = field(default_factory=list)

    def add(self, slot: int, kind: str, ids: tuple[int, int], card: int = -1,
            where: Link | None = None) -> None:
        pci = address(self.bus, slot)
        netdev = f"ens{self.slot_base + slot}" if kind == "ena" else ""
        rdma = rdma_name(pci) if kind == "efa" else ""
        self.functions.append(Function(pci, kind, ids, CLASSES[kind], f"pci0000:{self.bus:02x}", (),
                                       self.numa, card, netdev, rdma, where))

    def add_legacy(self, disk: Link | None = None) -> None:
        """What bus 0 of every instance has: a display and the root volume."""
        self.add(0x03, "vga", VGA_ID)
        self.add(0x04, "nvme", EBS_ID, where=disk)


@dataclass
class Switch:
    """A PCIe switch below a root port: root, upstream and downstream ports, one bus each.

    ports: the number of downstream ports, eight to a slot. Each has a bus of its own, whether there
    is something behind it or not: captures of the whole tree (p5en, p6-b200, p6-b300, trn2.3xlarge)
    show those in between, which ordinary hwloc exports leave out.
    """

    root: int
    numa: int
    ports: int
    link: Link | None = None
    taken: dict[int, Function] = field(default_factory=dict)
    links: dict[int, Link | None] = field(default_factory=dict)

    @property
    def host_bridge(self) -> str:
        return f"pci0000:{self.root:02x}"

    @property
    def above(self) -> tuple[str, str]:
        return address(self.root), address(self.root + 1)

    def port(self, number: int) -> str:
        return address(self.root + 2, number // 8, number % 8)

    def bus(self, number: int) -> int:
        return self.root + 3 + number

    def add(self, port: int, kind: str, ids: tuple[int, int], card: int = -1,
            where: Link | None = None, port_link: Link | None = None, netdev: str = "") -> None:
        """port_link: of the port above the function, where it is not as the function's."""
        pci = address(self.bus(port))
        rdma = ""
        if kind == "ena":
            netdev = netdev or f"enp{self.bus(port)}s0"
        elif kind == "efa":
            rdma = rdma_name(pci)
        elif kind == "connectx":
            rdma = rdma_name(pci, "ib") + "f0"
        self.taken[port] = Function(pci, kind, ids, CLASSES[kind], self.host_bridge,
                                    (*self.above, self.port(port)), self.numa, card, netdev, rdma,
                                    where)
        self.links[port] = port_link or where

    def _bridge(self, pci: str, way: tuple[str, ...], where: Link | None, bus: int,
                last: int) -> Function:
        return Function(pci, "bridge", BRIDGE_ID, CLASSES["bridge"], self.host_bridge, way,
                        self.numa, link=where, bus=bus, last_bus=last)

    def functions(self) -> list[Function]:
        root, upstream = self.above
        last = self.bus(self.ports - 1)
        found = [self._bridge(root, (), self.link, self.root + 1, last),
                 self._bridge(upstream, (root,), self.link, self.root + 2, last)]
        most = self.link or LINK_63G
        empty = Link("", 0, most.max_speed, most.max_width)
        for number in range(self.ports):
            where = self.links.get(number) if number in self.taken else empty
            found.append(self._bridge(self.port(number), self.above, where, self.bus(number),
                                      self.bus(number)))
            if number in self.taken:
                found.append(self.taken[number])
        return found


def spare_switch(root: int, numa: int, ports: int) -> list[Function]:
    """A switch with nothing behind it, for volumes that may be attached later."""
    return Switch(root, numa, ports).functions()
