# SPDX-License-Identifier: Apache-2.0
"""Where things are in an instance type's PCI tree.

Bus numbers are not written down but follow from the tree, as they do when firmware walks it: behind a
switch whose root port is on bus R, the upstream port is R+1:00.0, the downstream ports are on bus R+2,
and what is plugged into the n-th of them is (R+3+n):00.0.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

from . import strict
from .errors import VnodeError

SWITCH_DEPTH = 3  # buses used by root port, upstream port, downstream ports
BUSES = 256


@dataclass(frozen=True)
class Place:
    """An address in the PCI tree and how QEMU calls it."""

    bdf: str  # domain:bus:device.function in the guest
    qemu_bus: str
    qemu_addr: str
    hotplug: bool  # behind a port of its own

    @property
    def rdma_name(self) -> str:
        """The name that rdma-core's rdma_rename gives (policy NAME_FALLBACK, no onboard index)."""
        bus, dev, fn = _split(self.bdf)
        return f"rdmap{bus}s{dev}" + (f"f{fn}" if fn else "")

    @property
    def net_name(self) -> str:
        """The name that systemd's udev gives to a network device by its path."""
        bus, dev, fn = _split(self.bdf)
        return f"enp{bus}s{dev}" + (f"f{fn}" if fn else "")


@dataclass(frozen=True)
class Bridge:
    """A host bridge, with or without one PCIe switch below."""

    bus: int
    numa: int  # -1: none
    ports: tuple[str, ...]  # downstream ports of the switch, in order of their buses; () without one

    @property
    def id(self) -> str:
        return f"{self.bus:02x}"

    @property
    def switch(self) -> bool:
        return bool(self.ports)

    @property
    def buses(self) -> int:
        return SWITCH_DEPTH + len(self.ports) if self.switch else 1

    def port_bus(self, port: str) -> int:
        """Number of the bus behind a downstream port."""
        return self.bus + SWITCH_DEPTH + self.ports.index(port)

    def port_bdf(self, port: str) -> str:
        return f"0000:{self.bus + SWITCH_DEPTH - 1:02x}:{port}"


@dataclass
class InstanceType:
    name: str
    numa_nodes: int
    memory_mib: int
    network_cards: int
    bridges: list[Bridge] = field(default_factory=list)
    ena_places: dict[int, Place] = field(default_factory=dict)
    efa_places: dict[int, Place] = field(default_factory=dict)
    efa_device: str = ""  # PCI device id, four hex digits
    efa_options: tuple[str, ...] = ()
    stub_places: dict[str, list[Place]] = field(default_factory=dict)
    stub_options: dict[str, tuple[str, ...]] = field(default_factory=dict)
    net_names: dict[int, str] = field(default_factory=dict)

    def net_name(self, card: int) -> str:
        return self.net_names.get(card, self.ena_places[card].net_name)


def type_load(path: Path) -> InstanceType:
    node = strict.load(path)
    ports = _ports(node)
    itype = InstanceType(node.text("instance-type"), node.number("numa-nodes", 1, 2),
                         node.number("memory-mib", 512, 65536), node.number("network-cards", 1, 64))
    efa = node.child("efa")
    if efa:
        link = _link(efa)
        itype.efa_device = _hex(efa, "device-id", 4)
        itype.efa_options = (f"device-id=0x{itype.efa_device}",
                             f"speed-gbps={efa.number('speed-gbps', 1, 1000)}",
                             *link, *(f"max-{option}" for option in link))
        efa.done()
    for kind, value in node.table("stubs").items():
        stub = strict.Node(value, f"{path}: stubs: {kind}")
        itype.stub_options[kind] = tuple(f"{key}=0x{_hex(stub, key, digits)}" for key, digits in
                                         (("vendor", 4), ("device", 4), ("class", 6))) + _link(stub)
        itype.stub_places[kind] = []
        stub.done()
    itype.net_names = {_card(c, itype, str(path)): str(n) for c, n in node.table("net-names").items()}
    for n, value in enumerate(node.items("bridges")):
        _bridge(strict.Node(value, f"{path}: bridges[{n}]"), itype, ports)
    node.done()
    return itype


def _bridge(node: strict.Node, itype: InstanceType, usual_ports: tuple[str, ...]) -> None:
    bus = int(_hex(node, "bus", 2), 16)
    numa = node.number("numa", -1, itype.numa_nodes - 1)
    bridge = Bridge(bus, numa, _bridge_ports(node, usual_ports))
    if bus + bridge.buses > BUSES:
        raise VnodeError(f"{node.where}: the switch's last bus would be {bus + bridge.buses - 1:#x}")
    if any(bus <= b.bus < bus + bridge.buses or b.bus <= bus < b.bus + b.buses for b in itype.bridges):
        raise VnodeError(f"{node.where}: bus {bus:02x} overlaps another bridge's buses")
    itype.bridges.append(bridge)
    taken: set[str] = set()
    for key, places in (("ena", itype.ena_places), ("efa", itype.efa_places)):
        for card, slot in node.table(key).items():
            number = _card(card, itype, node.where)
            if number in places:
                raise VnodeError(f"{node.where}: card {card} has two {key} places")
            places[number] = _place(bridge, slot, taken, node.where)
    for kind, stubs in itype.stub_places.items():
        stubs.extend(_place(bridge, slot, taken, node.where) for slot in node.texts(kind))
    node.done()


def _bridge_ports(node: strict.Node, usual: tuple[str, ...]) -> tuple[str, ...]:
    """Ports of the bridge's switch: its own, else the file's."""
    own = _ports(node)
    if not node.flag("switch", False):
        if own:
            raise VnodeError(f'{node.where}: "switch-ports" without a switch')
        return ()
    if not own and not usual:
        raise VnodeError(f'{node.where}: a switch needs "switch-ports", its own or the file\'s')
    return own or usual


def _place(bridge: Bridge, slot: object, taken: set[str], where: str) -> Place:
    if not isinstance(slot, str) or not re.fullmatch(r"[01][0-9a-f]\.[0-7]", slot):
        raise VnodeError(f'{where}: expected an address such as "1b.0", found "{slot}"')
    if slot in taken:
        raise VnodeError(f"{where}: {slot} is used twice")
    taken.add(slot)
    if not bridge.switch:
        qemu_bus = f"pxb{bridge.id}" if bridge.bus else "pcie.0"
        return Place(f"0000:{bridge.id}:{slot}", qemu_bus, slot, False)
    if slot not in bridge.ports:
        raise VnodeError(f"{where}: the switch has no port {slot}")
    bus = bridge.port_bus(slot)
    return Place(f"0000:{bus:02x}:00.0", f"port{bus:02x}", "00.0", True)


def _split(bdf: str) -> tuple[int, int, int]:
    _, bus, rest = bdf.split(":")
    dev, fn = rest.split(".")
    return int(bus, 16), int(dev, 16), int(fn)


def _ports(node: strict.Node) -> tuple[str, ...]:
    """Key "switch-ports": {"00": 8, "01": 6} is ports 00.0 to 00.7 and 01.0 to 01.5. () when it is absent."""
    ports = []
    for dev, count in node.table("switch-ports").items():
        if not re.fullmatch(r"[01][0-9a-f]", dev):
            raise VnodeError(f'{node.where}: "switch-ports": expected a device number such as "01", found "{dev}"')
        if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= 8:
            raise VnodeError(f'{node.where}: "switch-ports": expected 1 to 8 functions, found {count}')
        ports += [f"{dev}.{fn}" for fn in range(count)]
    return tuple(sorted(ports))


def _card(text: str, itype: InstanceType, where: str) -> int:
    if not re.fullmatch(r"\d{1,2}", text) or int(text) >= itype.network_cards:
        raise VnodeError(f'{where}: expected a card 0 to {itype.network_cards - 1}, found "{text}"')
    return int(text)


def _hex(node: strict.Node, key: str, digits: int) -> str:
    text = node.text(key)
    if not re.fullmatch(rf"[0-9a-f]{{{digits}}}", text):
        raise VnodeError(f'{node.where}: "{key}": expected {digits} hex digits, found "{text}"')
    return text


def _link(node: strict.Node) -> tuple[str, ...]:
    return (f"link-gen={node.number('link-gen', 1, 5)}",
            f"link-width={node.number('link-width', 1, 16)}")
