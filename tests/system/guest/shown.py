# SPDX-License-Identifier: Apache-2.0
"""What `efa-layout show --json` must say of a machine, worked out from the machine's description alone."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vnodelib.machine import Function, Interface, Machine
from vnodelib.qemu import HUGE_PAGES
from vnodelib.topology import Bridge

MTS = {"1": 2500, "2": 5000, "3": 8000, "4": 16000, "5": 32000}  # megatransfers a second by PCIe generation
DRIVER_GBPS = 100  # what the efa driver of kernel 6.1 says of every port
ENA_LINK = {"speed": 16000, "width": 8, "max_speed": 16000, "max_width": 8}
ORIGINS = {"pci", "rdma", "netdevs", "addresses", "route", "numa", "instance", "boot", "driver", "libfabric", "limits",
           "facts"}


@dataclass
class State:
    """What a machine's description does not say: what was done to it."""

    facts: bool = False  # known
    missing: set[str] = field(default_factory=set)  # PCI addresses of functions
    faults: dict[str, str] = field(default_factory=dict)  # by PCI address, as vctl shows them
    addresses: dict[str, list[str]] = field(default_factory=dict)  # of network devices, the primary's own among them
    up: set[str] = field(default_factory=set)  # network devices besides the primary
    route: str = ""  # network device of the default route
    foreign: list[dict[str, Any]] = field(default_factory=list)


class Expected:
    def __init__(self, machine: Machine, state: State) -> None:
        self._machine = machine
        self._state = state
        there = [f for f in machine.functions if f.bdf not in state.missing]
        self._rails = [f for f in there if f.kind == "efa"]
        self._enas = [f for f in there if f.kind == "ena"]
        self._gpus = [f for f in there if f.kind == "stub" and _options(f)["vendor"] == "0x10de"]
        self._ports = machine.ports
        self._port_above = {f.bdf: bdf for bdf, (_, f) in self._ports.items() if f}
        self._interfaces = {f.bdf: i for i in machine.interfaces for f in (i.ena, i.efa) if f}
        self._uverbs = _uverbs()

    def document(self) -> dict[str, Any]:
        return {
            "node": self._node(),
            "rails": [self._rail(n, f) for n, f in enumerate(self._rails)],
            "enas": [self._ena(n, f) for n, f in enumerate(self._enas)],
            "enis": [self._eni(i) for i in self._machine.interfaces] if self._state.facts else [],
            "accelerators": [self._gpu(n, f) for n, f in enumerate(self._gpus)],
            "foreign": self._state.foreign,
            "empty_ports": self._empty_ports(),
            "numa": [{"node": n, "cpus": str(n) if self._machine.type.numa_nodes > 1 else "0-1"}
                     for n in range(self._machine.type.numa_nodes)],
            "groups": self._groups(),
        }

    def _node(self) -> dict[str, Any]:
        return {
            "instance_type": self._machine.type.name,
            "type_known": True,
            "instance_id": self._machine.instance_id,
            "boot_id": Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip(),
            "kernel": os.uname().release,
            "efa_driver": None,
            "facts_known": self._state.facts,
            "facts_problem": None,
            "memlock": "unlimited",
            "huge_pages": HUGE_PAGES,
            "huge_pages_free": HUGE_PAGES,
        }

    def _bridge(self, f: Function) -> Bridge:
        """The host bridge with the highest bus not above the function's."""
        bus = int(f.bdf[5:7], 16)
        return max((b for b in self._machine.type.bridges if b.bus <= bus), key=lambda b: b.bus)

    def _place(self, f: Function) -> dict[str, Any]:
        bridge = self._bridge(f)
        path = [f"pci0000:{bridge.id}", f.bdf]
        if bridge.switch:
            path[1:1] = [f"0000:{bridge.id}:00.0", _upstream(bridge), self._port_above[f.bdf]]
        return {"pci": f.bdf, "numa_node": bridge.numa if bridge.numa >= 0 else None, "path": path,
                "link": self._link(f, bridge)}

    def _link(self, f: Function, bridge: Bridge) -> dict[str, int] | None:
        """A function on a host bridge has no link. What is worse than it could be was made so at the start."""
        if not bridge.switch:
            return None
        options = _options(f)
        if "link-gen" not in options:
            return ENA_LINK
        link = {"speed": MTS[options["link-gen"]], "width": int(options["link-width"])}
        link |= {"max_speed": link["speed"], "max_width": link["width"]}
        for word in self._state.faults.get(f.bdf, "").split():
            name, _, value = word.partition("=")
            if name == "pcie-width":
                link["width"] = int(value)
            elif name == "pcie-gen":
                link["speed"] = MTS[value]
        return link

    def _card(self, i: Interface) -> dict[str, Any]:
        if not self._state.facts:
            return {"card_index": None, "device_index": None, "eni_id": None}
        return {"card_index": i.card, "device_index": i.device, "eni_id": i.eni}

    def _rail(self, index: int, f: Function) -> dict[str, Any]:
        i = self._interfaces[f.bdf]
        pair = self._enas.index(i.ena) if i.ena in self._enas else None
        return {
            "index": index, "kind": "efa" if pair is not None else "efa-only", "rdma_name": f.name, "stage": "usable",
            "device_id": self._machine.type.efa_device, "driver": "efa", "gbps": DRIVER_GBPS, "uverbs": self._uverbs.get(f.name),
            "uverbs_mode": "0666", "mac": i.mac, "placed_by": "mac", "ena": pair,
            "netdev": i.ena.name if i.ena and pair is not None else None, **self._card(i), **self._place(f),
        }

    def _ena(self, index: int, f: Function) -> dict[str, Any]:
        i = self._interfaces[f.bdf]
        primary = i is self._machine.primary
        if not self._state.facts:
            primary = f.name == self._state.route if self._state.route else len(self._enas) == 1
        return {
            "index": index, "netdev": f.name, "driver": "ena",
            "operstate": "up" if i is self._machine.primary or f.name in self._state.up else "down",
            "mac": i.mac, "default_route": f.name == self._state.route, "primary": primary,
            "rail": self._rails.index(i.efa) if i.efa in self._rails else None,
            "addresses": self._state.addresses.get(f.name, []), **self._card(i), **self._place(f),
        }

    def _eni(self, i: Interface) -> dict[str, Any]:
        return {
            "eni_id": i.eni, "mac": i.mac, "card_index": i.card, "device_index": i.device, "has_ip": bool(i.ip),
            "rail": self._rails.index(i.efa) if i.efa in self._rails else None,
            "ena": self._enas.index(i.ena) if i.ena in self._enas else None,
        }

    def _gpu(self, index: int, f: Function) -> dict[str, Any]:
        options = _options(f)
        return {"index": index, "kind": "nvidia", "id": f"{options['vendor'][2:]}:{options['device'][2:]}",
                **self._place(f)}

    def _empty_ports(self) -> list[dict[str, Any]]:
        return [{"pci": bdf, "bus": bus} for bdf, (bus, f) in sorted(self._ports.items())
                if f is None or f.bdf in self._state.missing]

    def _groups(self) -> list[dict[str, Any]]:
        """What shares a switch, or only a host bridge; alone on a switch is alone on the host bridge."""
        groups = []
        if self._state.foreign:  # of no PCI function
            groups.append({"numa_node": None, "kind": "host-bridge", "rails": [], "enas": [], "accelerators": [],
                           "foreign": list(range(len(self._state.foreign))), "empty_ports": 0})
        for bridge in sorted(self._machine.type.bridges, key=lambda b: (b.numa, b.bus)):
            members = {key: [n for n, f in enumerate(functions) if self._bridge(f) == bridge] for key, functions in (
                ("rails", self._rails), ("enas", self._enas), ("accelerators", self._gpus))}
            count = sum(len(m) for m in members.values())
            shared = bridge.switch and count > 1
            empty = sum(int(port["pci"][5:7], 16) == bridge.bus + 2 for port in self._empty_ports())
            if count:
                groups.append({"numa_node": bridge.numa if bridge.numa >= 0 else None,
                               "kind": "switch" if shared else "host-bridge",
                               "at": _upstream(bridge) if shared else f"pci0000:{bridge.id}", **members, "foreign": [],
                               "empty_ports": empty if shared else 0})
        return groups


def _upstream(bridge: Bridge) -> str:
    return f"0000:{bridge.bus + 1:02x}:00.0"


def _options(f: Function) -> dict[str, str]:
    return dict(option.split("=", 1) for option in f.options)


def _uverbs() -> dict[str, int]:
    """The kernel numbers uverbs devices as they come."""
    return {(path / "ibdev").read_text(encoding="ascii").strip(): int(path.name.removeprefix("uverbs"))
            for path in Path("/sys/class/infiniband_verbs").glob("uverbs*")}
