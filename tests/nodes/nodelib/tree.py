# SPDX-License-Identifier: Apache-2.0
"""Files and links of a node, as the kernel shows them."""
from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from nodelib.damage import Damage
from nodelib.interfaces import Interface, ZERO_GID, gid
from nodelib.tables import Function, NodeType, rdma_name

DRIVERS = {"bridge": "pcieport", "efa": "efa", "ena": "ena", "gpu": "nvidia", "nvme": "nvme",
           "connectx": "mlx5_core"}


@dataclass
class Settings:
    boot_id: str
    kernel: str
    efa_driver: str  # "" for the in-tree driver, which has no version


class Tree:
    """Writes below one directory."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def file(self, path: str, text: str) -> None:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text + "\n" if text else "", encoding="ascii")

    def link(self, path: str, to: str) -> None:
        """A relative link from path to another path of the tree."""
        where = self.root / path
        where.parent.mkdir(parents=True, exist_ok=True)
        where.symlink_to(os.path.relpath(self.root / to, where.parent))

    def device_link(self, device: str, function: str) -> None:
        """The kernel's way back from a class device two levels below its PCI function: by name."""
        (self.root / device / "device").symlink_to(f"../../../{Path(function).name}")


def sys_path(function: Function) -> str:
    return "/".join(("sys/devices", function.host_bridge, *function.way, function.address))


def write_function(tree: Tree, function: Function, bound: bool = True) -> str:
    path = sys_path(function)
    vendor, device = function.ids
    tree.file(f"{path}/vendor", f"0x{vendor:04x}")
    tree.file(f"{path}/device", f"0x{device:04x}")
    tree.file(f"{path}/class", f"0x{function.pci_class:06x}")
    tree.file(f"{path}/numa_node", str(function.numa))
    tree.link(f"sys/bus/pci/devices/{function.address}", path)
    if bound:
        driver = f"sys/bus/pci/drivers/{DRIVERS[function.kind]}"
        (tree.root / driver).mkdir(parents=True, exist_ok=True)
        tree.link(f"{path}/driver", driver)
    return path


def write_rdma(tree: Tree, path: str, name: str, gid_text: str) -> None:
    device = f"{path}/infiniband/{name}"
    tree.file(f"{device}/node_type", "4: unspecified")
    tree.file(f"{device}/ports/1/state", "4: ACTIVE")
    tree.file(f"{device}/ports/1/gids/0", gid_text)
    tree.device_link(device, path)
    tree.link(f"sys/class/infiniband/{name}", device)


def write_uverbs(tree: Tree, path: str, name: str, minor: int, node: bool) -> None:
    device = f"{path}/infiniband_verbs/uverbs{minor}"
    tree.file(f"{device}/ibdev", name)
    tree.link(f"sys/class/infiniband_verbs/uverbs{minor}", device)
    if node:
        tree.file(f"dev/infiniband/uverbs{minor}", "")


def write_rails(tree: Tree, node: NodeType, attached: list[Interface], damage: Damage) -> None:
    """EFA functions in PCI order; minors are given in that order, as the kernel does at boot."""
    on_card = {i.card: i for i in attached if i.has_efa}
    places = sorted((f for f in node.of_kind("efa") if f.card in on_card), key=lambda f: f.address)
    minor = 0
    for number, function in enumerate(places):
        interface = on_card[function.card]
        if damage.rail("missing", number):
            continue
        bound = not damage.rail("unbound", number)
        path = write_function(tree, function, bound)
        if not bound or damage.rail("no-rdma", number):
            continue
        name = rdma_name(function.address)
        write_rdma(tree, path, name, ZERO_GID if damage.rail("no-gid", number) else gid(interface.mac))
        if not damage.rail("no-uverbs", number):
            write_uverbs(tree, path, name, minor, not damage.rail("no-devnode", number))
            minor += 1


def write_netdevs(tree: Tree, node: NodeType, attached: list[Interface], damage: Damage,
                  primary: str) -> None:
    for interface in attached:
        if not interface.has_ena or damage.card("no-ena", interface.card):
            continue
        function = node.on_card("ena", interface.card)
        path = write_function(tree, function)
        tree.file(f"{path}/net/{function.netdev}/address", interface.mac)
        tree.file(f"{path}/net/{function.netdev}/operstate", "up")
        tree.device_link(f"{path}/net/{function.netdev}", path)
        tree.link(f"sys/class/net/{function.netdev}", f"{path}/net/{function.netdev}")
        if interface.mac == primary:
            write_routes(tree, function.netdev)


def write_routes(tree: Tree, netdev: str) -> None:
    head = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT"
    rows = (("00000000", "0100A8C0", "0003", "512", "00000000"),
            ("0000A8C0", "00000000", "0001", "512", "00FFFFFF"))
    lines = [head] + [f"{netdev}\t{to}\t{via}\t{flags}\t0\t0\t{metric}\t{mask}\t0\t0\t0"
                      for to, via, flags, metric, mask in rows]
    tree.file("proc/net/route", "\n".join(line.ljust(127) for line in lines))


def write_host(tree: Tree, node: NodeType, settings: Settings) -> None:
    tree.file("sys/class/dmi/id/product_name", node.name)
    tree.file("sys/class/dmi/id/board_asset_tag", node.instance_id)
    tree.file("sys/class/dmi/id/sys_vendor", "Amazon EC2")
    tree.file("proc/sys/kernel/random/boot_id", settings.boot_id)
    tree.file("proc/sys/kernel/osrelease", settings.kernel)
    if settings.efa_driver:
        tree.file("sys/module/efa/version", settings.efa_driver)
    for number, cpus in enumerate(node.numa_cpus):
        tree.file(f"sys/devices/system/node/node{number}/cpulist", cpus)


def write_facts(tree: Tree, node: NodeType, attached: list[Interface], primary: str,
                settings: Settings) -> None:
    rows = [{"mac": i.mac, "id": i.eni, "card": i.card, "device": i.device, "ip": i.has_ena}
            for i in attached]
    facts = {"boot_id": settings.boot_id, "instance_type": node.name,
             "instance_id": node.instance_id, "primary": primary, "interfaces": rows}
    tree.file("run/efa-layout/enis.json", json.dumps(facts, indent=2))


def write_node(root: Path, node: NodeType, planned: list[Interface], damage: Damage,
               settings: Settings, facts: bool) -> None:
    tree = Tree(root)
    primary = planned[0].mac
    attached = damage.attached(planned)
    for function in node.functions:
        if function.kind not in ("efa", "ena"):
            path = write_function(tree, function)
            if function.kind == "connectx":
                name = f"ibp{int(function.address.split(':')[1], 16)}s0"
                write_rdma(tree, path, name, "fe80:0000:0000:0000:a088:c203:00ab:cdef")
    write_rails(tree, node, attached, damage)
    write_netdevs(tree, node, attached, damage, primary)
    write_host(tree, node, settings)
    if facts:
        write_facts(tree, node, attached, primary, settings)
