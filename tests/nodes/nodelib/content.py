# SPDX-License-Identifier: Apache-2.0
"""Files and links of a node, as the kernel shows them."""
from __future__ import annotations

import json
from dataclasses import dataclass, replace

from nodelib.damage import Damage, rail_places
from nodelib.interfaces import ZERO_GID, Interface, gid
from nodelib.nodetype import NodeType, cpu_list
from nodelib.pci import CLASSES, CONNECTX_ID, Function
from nodelib.tree import Tree

DRIVERS = {"bridge": "pcieport", "efa": "efa", "ena": "ena", "gpu": "nvidia", "neuron": "neuron",
           "nvme": "nvme", "connectx": "mlx5_core", "vga": "", "nvswitch": "nvidia-nvswitch"}
RATES = {0xEFA0: "100 Gb/sec (4X EDR)", 0xEFA1: "100 Gb/sec (4X EDR)",
         0xEFA2: "200 Gb/sec (4X HDR)", 0xEFA3: "400 Gb/sec (8X HDR)"}
CONNECTX_RATE = "400 Gb/sec (4X NDR)"
HUGE_DIR = "hugepages/hugepages-2048kB"
SLURMD = "1187"  # its process id


@dataclass(frozen=True)
class Settings:
    boot_id: str
    kernel: str
    efa_driver: str  # "" for the in-tree driver, which has no version
    facts: bool = True


@dataclass(frozen=True)
class Rail:
    """An EFA function that is there, and its interface."""

    function: Function
    interface: Interface
    number: int  # among what is attached, in PCI order


@dataclass(frozen=True)
class Node:
    """What a tree shows: a type, interfaces that were to be attached, and what went wrong."""

    type: NodeType
    planned: list[Interface]
    damage: Damage
    settings: Settings

    @property
    def attached(self) -> list[Interface]:
        return self.damage.attached(self.planned)

    @property
    def primary(self) -> Interface:
        """As planned: its MAC address stays whatever happens to the card."""
        return self.planned[0]

    def rails(self) -> list[Rail]:
        """In PCI order."""
        attached = self.attached
        on_card = {i.card: i for i in attached if i.has_efa}
        return [Rail(function, on_card[function.card], number)
                for number, function in enumerate(rail_places(self.type, attached))
                if not self.damage.rail("missing", number)]

    def enas(self) -> list[tuple[Function, Interface]]:
        return [(self.type.on_card("ena", i.card), i) for i in self.attached
                if i.has_ena and not self.damage.card("no-ena", i.card)]

    def others(self) -> list[Function]:
        """All but EFA and ENA functions; ports stay where nothing is behind them."""
        slow = {r.function.way[-1] for r in self.rails() if r.function.way and self._is_slow(r)}
        found = [_halved(f) if f.address in slow else f for f in self.type.functions
                 if f.kind not in ("efa", "ena")]
        if "connectx" in self.damage.node:
            found.append(Function("0000:00:0e.0", "connectx", CONNECTX_ID, CLASSES["connectx"],
                                  "pci0000:00", (), -1, rdma="ibp0s14f0"))
        return found

    def ena_bound(self, interface: Interface) -> bool:
        return not self.damage.card("ena-unbound", interface.card)

    def _is_slow(self, rail: Rail) -> bool:
        return self.damage.rail("slow-link", rail.number)

    def link_of(self, rail: Rail) -> Function:
        """The rail's function, with the link that it has."""
        return _halved(rail.function) if self._is_slow(rail) else rail.function


def _halved(function: Function) -> Function:
    """Both ends of a link say the same."""
    full = function.link
    return replace(function, link=replace(full, width=full.width // 2)) if full else function


def sys_path(function: Function) -> str:
    return "/".join(("sys/devices", function.host_bridge, *function.way, function.address))


def _function(tree: Tree, function: Function, bound: bool = True) -> str:
    path = sys_path(function)
    vendor, device = function.ids
    tree.file(f"{path}/vendor", f"0x{vendor:04x}")
    tree.file(f"{path}/device", f"0x{device:04x}")
    tree.file(f"{path}/class", f"0x{function.pci_class:06x}")
    tree.file(f"{path}/numa_node", str(function.numa))
    for name, text in (function.link.attributes() if function.link else {}).items():
        tree.file(f"{path}/{name}", text)
    if function.bus >= 0:
        tree.file(f"{path}/secondary_bus_number", str(function.bus))
    tree.link(f"sys/bus/pci/devices/{function.address}", path)
    if bound and DRIVERS[function.kind]:
        driver = f"sys/bus/pci/drivers/{DRIVERS[function.kind]}"
        tree.directory(driver)
        tree.link(f"{path}/driver", driver)
    return path


def _rdma(tree: Tree, function: Function, path: str, gid_text: str, rate: str) -> None:
    device = f"{path}/infiniband/{function.rdma}"
    tree.file(f"{device}/node_type", "4: unspecified" if function.kind == "efa" else "1: CA")
    tree.file(f"{device}/ports/1/state", "4: ACTIVE")
    tree.file(f"{device}/ports/1/rate", rate)
    tree.file(f"{device}/ports/1/gids/0", gid_text)
    tree.raw_link(f"{device}/device", f"../../../{function.address}")
    tree.link(f"sys/class/infiniband/{function.rdma}", device)


def _uverbs(tree: Tree, path: str, name: str, minor: int, mode: int | None) -> None:
    """mode: of the node in /dev, None without one."""
    device = f"{path}/infiniband_verbs/uverbs{minor}"
    tree.file(f"{device}/ibdev", name)
    tree.link(f"sys/class/infiniband_verbs/uverbs{minor}", device)
    if mode is not None:
        tree.file(f"dev/infiniband/uverbs{minor}", "", mode)


def _rails(tree: Tree, node: Node) -> None:
    """Minors are given in PCI order, as the kernel does at boot."""
    damage, minor = node.damage, 0
    for rail in node.rails():
        function, number = node.link_of(rail), rail.number
        bound = not damage.rail("unbound", number)
        path = _function(tree, function, bound)
        if not bound or damage.rail("no-rdma", number):
            continue
        address = ZERO_GID if damage.rail("no-gid", number) else gid(rail.interface.mac)
        _rdma(tree, function, path, address, RATES[function.ids[1]])
        if not damage.rail("no-uverbs", number):
            mode = 0o600 if damage.rail("closed", number) else 0o666
            _uverbs(tree, path, function.rdma, minor,
                    None if damage.rail("no-devnode", number) else mode)
            minor += 1


def _foreign(tree: Tree, node: Node) -> None:
    for function in node.others():
        path = _function(tree, function)
        if function.kind == "connectx":
            _rdma(tree, function, path, "fe80:0000:0000:0000:a088:c203:00ab:cdef", CONNECTX_RATE)
    if "soft-roce" in node.damage.node:
        tree.file("sys/devices/virtual/infiniband/rxe0/node_type", "1: CA")
        tree.link("sys/class/infiniband/rxe0", "sys/devices/virtual/infiniband/rxe0")


def _netdevs(tree: Tree, node: Node) -> None:
    addresses = []
    for place, (function, interface) in enumerate(node.enas()):
        path = _function(tree, function, node.ena_bound(interface))
        if not node.ena_bound(interface):
            continue
        name = function.netdev
        tree.file(f"{path}/net/{name}/address", interface.mac)
        tree.file(f"{path}/net/{name}/operstate", "up")
        tree.raw_link(f"{path}/net/{name}/device", f"../../../{function.address}")
        tree.link(f"sys/class/net/{name}", f"{path}/net/{name}")
        addresses.append(f"{name} 192.168.0.{10 + place}/24")
        if interface.mac == node.primary.mac:
            addresses.append(f"{name} 2001:db8:efa::{10 + place:x}/128")
            _routes(tree, name)
    if addresses:
        tree.file("run/efa-layout/addresses", "\n".join(addresses))


def _routes(tree: Tree, netdev: str) -> None:
    head = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT"
    rows = (("00000000", "0100A8C0", "0003", "512", "00000000"),
            ("0000A8C0", "00000000", "0001", "512", "00FFFFFF"))
    lines = [head] + [f"{netdev}\t{to}\t{via}\t{flags}\t0\t0\t{metric}\t{mask}\t0\t0\t0"
                      for to, via, flags, metric, mask in rows]
    tree.file("proc/net/route", "\n".join(line.ljust(127) for line in lines))


def huge_pages(node: NodeType) -> list[int]:
    """Of 2 MiB, by NUMA node: 110 for each CPU and one more, as the EFA installer reserves them."""
    total, n = 110 * node.cpus + 1, len(node.numa_cpus)
    return [total // n + (i < total % n) for i in range(n)]


LIMITS = (("cpu time", "unlimited", "unlimited", "seconds"),
          ("file size", "unlimited", "unlimited", "bytes"),
          ("stack size", "8388608", "unlimited", "bytes"),
          ("open files", "1048576", "1048576", "files"),
          ("locked memory", "unlimited", "unlimited", "bytes"),
          ("nice priority", "0", "0", ""))


def _limits(tree: Tree, damage: Damage) -> None:
    """Of slurmd, and of what it starts."""
    rows = [f"{'Limit':<25} {'Soft Limit':<20} {'Hard Limit':<20} {'Units':<10}"]
    for name, soft, hard, unit in LIMITS:
        if name == "locked memory" and "low-memlock" in damage.node:
            soft = hard = "65536"
        rows.append(f"{'Max ' + name:<25} {soft:<20} {hard:<20} {unit:<10}")
    for process in ("self", SLURMD):
        tree.file(f"proc/{process}/limits", "\n".join(rows))
    tree.file(f"proc/{SLURMD}/comm", "slurmd")


def _huge_pages(tree: Tree, node: NodeType, damage: Damage) -> None:
    pages = [0 if "no-huge-pages" in damage.node else n for n in huge_pages(node)]
    in_use = "no-free-huge-pages" in damage.node
    places = [(f"sys/devices/system/node/node{i}", n) for i, n in enumerate(pages)]
    for place, count in [("sys/kernel/mm", sum(pages)), *places]:
        tree.file(f"{place}/{HUGE_DIR}/nr_hugepages", str(count))
        tree.file(f"{place}/{HUGE_DIR}/free_hugepages", "0" if in_use else str(count))


def _host(tree: Tree, node: Node) -> None:
    tree.file("sys/class/dmi/id/product_name", node.type.name)
    tree.file("sys/class/dmi/id/board_asset_tag", node.type.instance_id)
    tree.file("sys/class/dmi/id/sys_vendor", "Amazon EC2")
    tree.file("proc/sys/kernel/random/boot_id", node.settings.boot_id)
    tree.file("proc/sys/kernel/osrelease", node.settings.kernel)
    if node.settings.efa_driver:
        tree.file("sys/module/efa/version", node.settings.efa_driver)
    for number, cpus in enumerate(node.type.numa_cpus):
        assert cpu_list(cpus)
        tree.file(f"sys/devices/system/node/node{number}/cpulist", cpus)
    _limits(tree, node.damage)
    _huge_pages(tree, node.type, node.damage)
    if node.type.invented:
        tree.file("SYNTHETIC", "\n".join(("Invented, not from any published source:",
                                          *node.type.invented)))


def _facts(tree: Tree, node: Node) -> None:
    rows = [{"mac": i.mac, "id": i.eni, "card": i.card, "device": i.device, "ip": i.has_ena}
            for i in node.attached]
    facts = {"boot_id": node.settings.boot_id, "instance_type": node.type.name,
             "instance_id": node.type.instance_id, "primary": node.primary.mac, "interfaces": rows}
    tree.file("run/efa-layout/enis.json", json.dumps(facts, indent=2))


def node_tree(node: Node) -> Tree:
    tree = Tree()
    _foreign(tree, node)
    _rails(tree, node)
    _netdevs(tree, node)
    _host(tree, node)
    if node.settings.facts:
        _facts(tree, node)
    return tree
