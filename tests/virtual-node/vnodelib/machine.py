# SPDX-License-Identifier: Apache-2.0
"""What a virtual node consists of: PCI functions, network interfaces, names and addresses.

A machine file says which network interface is on which card, a type file where each card's functions
are in the PCI tree. Everything else (MAC and IP addresses, interface ids, bus numbers, device names)
follows from these two by fixed rules, so that the same machine is the same in every boot.
"""

import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path

from . import strict
from .errors import VnodeError
from .topology import InstanceType, Place, type_load

SUBNET = "172.31.16"  # of 172.31.16.0/20: addresses .10 and up are the cards'
INTERFACE_TYPES = ("interface", "efa", "efa-only")


@dataclass(frozen=True)
class Function:
    """A PCI endpoint of the node."""

    kind: str  # efa, ena or stub
    id: str  # of the device in QEMU
    place: Place
    name: str = ""  # of its RDMA or network device in the guest
    mac: str = ""
    card: int = -1
    options: tuple[str, ...] = ()  # further options of the device, key=value

    @property
    def bdf(self) -> str:
        return self.place.bdf


@dataclass(frozen=True)
class Interface:
    """An elastic network interface, attached to a card, seen as one or two PCI functions."""

    type: str
    card: int
    device: int
    mac: str
    eni: str
    ip: str  # empty for efa-only
    ena: Function | None = None
    efa: Function | None = None

    @property
    def gid(self) -> str:
        """GID 0 of the EFA function: fe80:: and the MAC's EUI-64, as sysfs prints it."""
        b = bytes.fromhex(self.mac.replace(":", ""))
        eui = bytes([b[0] ^ 2]) + b[1:3] + b"\xff\xfe" + b[3:]
        full = (b"\xfe\x80" + bytes(6) + eui).hex()
        return ":".join(full[i:i + 4] for i in range(0, 32, 4))


@dataclass(frozen=True)
class Machine:
    name: str
    description: str
    instance_id: str
    type: InstanceType
    interfaces: list[Interface]
    stubs: list[Function] = field(default_factory=list)

    @property
    def functions(self) -> list[Function]:
        """All endpoints in order of PCI address."""
        net = [f for i in self.interfaces for f in (i.ena, i.efa) if f]
        return sorted(net + self.stubs, key=lambda f: f.bdf)

    @property
    def ports(self) -> dict[str, tuple[int, Function | None]]:
        """Downstream ports of all switches by address: the bus behind each, and what is plugged in there."""
        plugged = {f.place.qemu_bus: f for f in self.functions}
        return {bridge.port_bdf(port): (bridge.port_bus(port), plugged.get(f"port{bridge.port_bus(port):02x}"))
                for bridge in self.type.bridges for port in bridge.ports}

    @property
    def primary(self) -> Interface:
        return next(i for i in self.interfaces if i.card == 0 and i.device == 0)


def machine_names(folder: Path) -> list[str]:
    return sorted(p.stem for p in folder.glob("*.json"))


def machine_find(folder: Path, name: str) -> Path:
    """A machine is named by its file in the folder, or by any path that ends in .json."""
    if name.endswith(".json"):
        return Path(name)
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", name) or not (folder / f"{name}.json").is_file():
        raise VnodeError(f'no machine "{name}": there are {", ".join(machine_names(folder))}')
    return folder / f"{name}.json"


def machine_load(path: Path, types: Path) -> Machine:
    node = strict.load(path)
    kind = node.text("type")
    if not re.fullmatch(r"[a-z0-9.-]+", kind) or not (types / f"{kind}.json").is_file():
        raise VnodeError(f'{path}: no instance type "{kind}" in {types}')
    itype = type_load(types / f"{kind}.json")
    description = node.text("description", "")
    instance_id = node.text("instance-id")
    if not re.fullmatch(r"i-[0-9a-f]{17}", instance_id):
        raise VnodeError(f'{path}: "instance-id": expected i- and 17 hex digits, found "{instance_id}"')
    entries = [strict.Node(v, f"{path}: interfaces[{n}]")
               for n, v in enumerate(node.items("interfaces"))]
    node.done()
    interfaces = _interfaces(entries, itype, instance_id)
    if not any(i.card == 0 and i.device == 0 and i.ena for i in interfaces):
        raise VnodeError(f"{path}: card 0 needs an interface with ENA as device 0, the primary one")
    return Machine(path.stem, description, instance_id, itype, interfaces, _stubs(itype))


def _interfaces(entries: list[strict.Node], itype: InstanceType, instance_id: str) -> list[Interface]:
    found: list[Interface] = []
    for entry in entries:
        kind = entry.text("type")
        device = entry.number("device", 0, 15)
        cards = _cards(entry.text("cards"), entry.where, itype.network_cards)
        entry.done()
        if kind not in INTERFACE_TYPES:
            raise VnodeError(f'{entry.where}: "type": expected one of {", ".join(INTERFACE_TYPES)}, '
                             f'found "{kind}"')
        for card in cards:
            found.append(_interface(kind, card, device, itype, instance_id, entry.where))
    seen: set[tuple[str, int, int]] = set()
    for i in found:
        marks = [("device", i.card, i.device)]
        marks += [("EFA", i.card, -1)] if i.efa else []
        marks += [("ENA", i.card, -1)] if i.ena else []
        for what, card, number in marks:
            if (what, card, number) in seen:
                raise VnodeError(f"card {card} has two interfaces with "
                                 f"{'device number ' + str(number) if number >= 0 else what}")
            seen.add((what, card, number))
    return sorted(found, key=lambda i: (i.card, i.device))


def _cards(text: str, where: str, count: int) -> range:
    m = re.fullmatch(r"(\d{1,3})(?:-(\d{1,3}))?", text)
    if not m:
        raise VnodeError(f'{where}: "cards": expected N or N-M, found "{text}"')
    low, high = int(m[1]), int(m[2] or m[1])
    if low > high or high >= count:
        raise VnodeError(f'{where}: "cards": {text} is not within cards 0 to {count - 1}')
    return range(low, high + 1)


def _interface(kind: str, card: int, device: int, itype: InstanceType, instance_id: str,
               where: str) -> Interface:
    seed = hashlib.sha256(f"{instance_id}/{card}/{device}".encode()).hexdigest()
    # a locally administered unicast address, as EC2's are; hashed, so that its order tells nothing
    mac = f"{int(seed[0:2], 16) & 0xfc | 0x02:02x}:" + ":".join(seed[i:i + 2] for i in range(2, 12, 2))
    ena = efa = None
    if kind != "efa-only":
        if card not in itype.ena_places:
            raise VnodeError(f"{where}: the instance type has no ENA place on card {card}")
        place = itype.ena_places[card]
        ena = Function("ena", f"ena{card}", place, itype.net_name(card), mac, card)
    if kind != "interface":
        if card not in itype.efa_places:
            raise VnodeError(f"{where}: the instance type has no EFA place on card {card}")
        place = itype.efa_places[card]
        efa = Function("efa", f"efa{card}", place, place.rdma_name, mac, card, itype.efa_options)
    ip = f"{SUBNET}.{10 + card}" if kind != "efa-only" else ""
    return Interface(kind, card, device, mac, f"eni-0{seed[12:28]}", ip, ena, efa)


def _stubs(itype: InstanceType) -> list[Function]:
    return [Function("stub", f"{kind}{n}", place, options=itype.stub_options[kind])
            for kind, places in itype.stub_places.items() for n, place in enumerate(places)]
