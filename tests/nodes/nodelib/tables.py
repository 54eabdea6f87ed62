# SPDX-License-Identifier: Apache-2.0
"""What real nodes look like: PCI functions with their place in the tree, NUMA nodes, CPUs.

Addresses are those of real captures (hwloc exports published by NIXL and aws-ofi-nccl). Which
network card an EFA function belongs to is published nowhere and does not follow the address, so
the order used here inside a switch (0, 2, 1, 3) is an invention that no program may rely on.
"""
from __future__ import annotations

from dataclasses import dataclass, field

BRIDGE_ID = (0x1D0F, 0x0200)
NVME_ID = (0x1D0F, 0xCD01)
ENA_ID = (0x1D0F, 0xEC20)
CONNECTX_ID = (0x15B3, 0x1021)


@dataclass(frozen=True)
class Function:
    """One PCI function. way: the functions above it, outermost first."""

    address: str
    kind: str  # bridge, efa, ena, gpu, nvme, connectx
    ids: tuple[int, int]
    pci_class: int
    host_bridge: str  # pci0000:44
    way: tuple[str, ...]
    numa: int
    card: int = -1  # network card, of EFA and ENA functions
    netdev: str = ""


@dataclass
class NodeType:
    name: str
    cards: int
    functions: list[Function]
    numa_cpus: list[str]
    instance_id: str
    layouts: tuple[str, ...]

    def of_kind(self, kind: str) -> list[Function]:
        return [f for f in self.functions if f.kind == kind]

    def on_card(self, kind: str, card: int) -> Function:
        found = [f for f in self.functions if f.kind == kind and f.card == card]
        if len(found) != 1:
            raise ValueError(f"{self.name}: card {card} has no place for {kind}")
        return found[0]


CLASSES = {
    "bridge": 0x060400,
    "efa": 0x020000,
    "ena": 0x020000,
    "gpu": 0x030200,
    "nvme": 0x010802,
    "connectx": 0x020700,
}


def address(bus: int, slot: int = 0, func: int = 0) -> str:
    return f"0000:{bus:02x}:{slot:02x}.{func}"


def rdma_name(pci: str) -> str:
    """rdma-core's persistent name of an EFA device."""
    _, bus, rest = pci.split(":")
    return f"rdmap{int(bus, 16)}s{int(rest.split('.')[0], 16)}"


@dataclass
class Switch:
    """A PCIe switch below a root port: root, upstream and downstream ports, one bus each."""

    root: int
    numa: int
    functions: list[Function] = field(default_factory=list)

    @property
    def host_bridge(self) -> str:
        return f"pci0000:{self.root:02x}"

    def _add(self, pci: str, kind: str, ids: tuple[int, int], way: tuple[str, ...],
             card: int = -1, netdev: str = "") -> None:
        self.functions.append(Function(pci, kind, ids, CLASSES[kind], self.host_bridge, way,
                                       self.numa, card, netdev))

    def ports(self) -> tuple[str, str]:
        root, upstream = address(self.root), address(self.root + 1)
        self._add(root, "bridge", BRIDGE_ID, ())
        self._add(upstream, "bridge", BRIDGE_ID, (root,))
        return root, upstream

    def endpoint(self, port: int, bus: int, kind: str, ids: tuple[int, int], card: int = -1) -> None:
        """port: number of the downstream port, eight to a slot."""
        above = (address(self.root), address(self.root + 1))
        down = address(self.root + 2, port // 8, port % 8)
        self._add(down, "bridge", BRIDGE_ID, above)
        netdev = f"enp{bus}s0" if kind == "ena" else ""
        self._add(address(bus), kind, ids, above + (down,), card, netdev)

    def empty_port(self, port: int) -> None:
        self._add(address(self.root + 2, port // 8, port % 8), "bridge", BRIDGE_ID,
                  (address(self.root), address(self.root + 1)))


SHUFFLE = (0, 2, 1, 3)  # see the head of this file


def p5_48xlarge() -> NodeType:
    functions: list[Function] = []
    for number, root in enumerate((0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xAA, 0xBB)):
        switch = Switch(root, number // 4)
        switch.ports()
        shift = 1 if root == 0x88 else 0
        if shift:
            switch.empty_port(0)
        for i in range(4):
            switch.endpoint(i + shift, root + 3 + i + shift, "ena", ENA_ID, number * 4 + i)
        for i in range(4):
            switch.endpoint(8 + i, root + 0xB + i, "efa", (0x1D0F, 0xEFA1), number * 4 + SHUFFLE[i])
        switch.endpoint(12, root + 0xF, "gpu", (0x10DE, 0x2330))
        switch.endpoint(13, root + 0x10, "nvme", NVME_ID)
        functions += switch.functions
    return NodeType("p5.48xlarge", 32, functions, ["0-47,96-143", "48-95,144-191"],
                    instance_id="i-0a50000000000000a",
                    layouts=("all-efa", "efa-only", "ena-primary", "efa-every-4th"))


def p5en_48xlarge() -> NodeType:
    functions: list[Function] = []
    for number, root in enumerate((0x44, 0x5D, 0x76, 0x8F)):
        switch = Switch(root, number // 2)
        switch.ports()
        shift = 1 if root == 0x76 else 0
        for i in range(4):
            switch.endpoint(i + shift, root + 3 + i + shift, "ena", ENA_ID, number * 4 + i)
        for i in range(4):
            switch.endpoint(14 + i, root + 0x11 + i, "efa", (0x1D0F, 0xEFA2),
                            number * 4 + SHUFFLE[i])
        for i in range(2):
            switch.endpoint(18 + i, root + 0x15 + i, "gpu", (0x10DE, 0x2335))
        for i in range(2):
            switch.endpoint(20 + i, root + 0x17 + i, "nvme", NVME_ID)
        functions += switch.functions
    return NodeType("p5en.48xlarge", 16, functions, ["0-47,96-143", "48-95,144-191"],
                    instance_id="i-0a5e000000000000b",
                    layouts=("all-efa", "efa-only", "ena-primary", "efa-every-4th"))


def p6_b300_48xlarge() -> NodeType:
    """17 cards; the first carries ENA alone."""
    first = Switch(0x44, 0)
    first.ports()
    first.endpoint(0, 0x47, "ena", ENA_ID, 0)
    for port in range(1, 4):
        first.empty_port(port)
    functions = list(first.functions)
    roots = (0x4B, 0x5A, 0x69, 0x78, 0x87, 0x96, 0xA5, 0xB4)
    for number, root in enumerate(roots):
        switch = Switch(root, number // 4)
        switch.ports()
        for port in range(8):
            switch.empty_port(port)
        for i in range(2):
            switch.endpoint(8 + i, root + 0xB + i, "efa", (0x1D0F, 0xEFA3), 1 + number * 2 + i)
        switch.endpoint(10, root + 0xD, "gpu", (0x10DE, 0x3182))
        switch.endpoint(11, root + 0xE, "nvme", NVME_ID)
        functions += switch.functions
    last = Switch(0xC3, 1)
    last.ports()
    for i in range(2):
        last.endpoint(i, 0xC6 + i, "connectx", CONNECTX_ID)
    functions += last.functions
    return NodeType("p6-b300.48xlarge", 17, functions, ["0-47,96-143", "48-95,144-191"],
                    instance_id="i-0b300000000000000",
                    layouts=("ena-primary-only",))


def _flat(address_text: str, kind: str, ids: tuple[int, int], bridge: str, numa: int,
          card: int = -1, netdev: str = "") -> Function:
    return Function(address_text, kind, ids, CLASSES[kind], bridge, (), numa, card, netdev)


def p4d_24xlarge() -> NodeType:
    """No switches: every function sits on the root bus of its host bridge."""
    functions: list[Function] = [_flat("0000:00:04.0", "nvme", NVME_ID, "pci0000:00", -1)]
    ena = ((0x10, 0x00, "ens32"), (0x20, 0x01, "ens65"), (0x90, 0x01, "ens129"), (0xA0, 0x01, "ens161"))
    for card, (bus, slot, netdev) in enumerate(ena):
        bridge, numa = f"pci0000:{bus:02x}", card // 2
        functions.append(_flat(address(bus, slot), "ena", ENA_ID, bridge, numa, card, netdev))
        functions.append(_flat(address(bus, 0x1B), "efa", (0x1D0F, 0xEFA0), bridge, numa, card))
        for slot in (0x1C, 0x1D):
            functions.append(_flat(address(bus, slot), "gpu", (0x10DE, 0x20B0), bridge, numa))
        for slot in (0x1E, 0x1F):
            functions.append(_flat(address(bus, slot), "nvme", NVME_ID, bridge, numa))
    return NodeType("p4d.24xlarge", 4, functions, ["0-23,48-71", "24-47,72-95"],
                    instance_id="i-04d0000000000000c",
                    layouts=("all-efa", "efa-only", "ena-primary"))


def c5n_18xlarge() -> NodeType:
    bridge = "pci0000:00"
    functions = [
        _flat("0000:00:04.0", "nvme", NVME_ID, bridge, -1),
        _flat("0000:00:05.0", "ena", ENA_ID, bridge, -1, 0, "ens5"),
        _flat("0000:00:1f.0", "efa", (0x1D0F, 0xEFA0), bridge, -1, 0),
    ]
    return NodeType("c5n.18xlarge", 1, functions, ["0-17,36-53", "18-35,54-71"],
                    instance_id="i-0c50000000000000d", layouts=("all-efa", "ena-primary"))


def c6i_4xlarge() -> NodeType:
    """A node that cannot have EFA."""
    bridge = "pci0000:00"
    functions = [
        _flat("0000:00:04.0", "nvme", NVME_ID, bridge, -1),
        _flat("0000:00:05.0", "ena", ENA_ID, bridge, -1, 0, "ens5"),
    ]
    return NodeType("c6i.4xlarge", 1, functions, ["0-15"], instance_id="i-0c60000000000000e",
                    layouts=("none",))


TYPES = {t.name: t for t in (p5_48xlarge(), p5en_48xlarge(), p6_b300_48xlarge(), p4d_24xlarge(),
                             c5n_18xlarge(), c6i_4xlarge())}
