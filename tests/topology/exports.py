# SPDX-License-Identifier: Apache-2.0
"""Exports of machines that nobody has, as hwloc writes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from xml.sax.saxutils import quoteattr

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE topology SYSTEM "hwloc2.dtd">\n'


def element(name: str, attributes: Mapping[str, str], children: Iterable[str] = ()) -> str:
    start = name + "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
    inside = "".join(children)
    return f"<{start}>\n{inside}</{name}>\n" if inside else f"<{start}/>\n"


def thing(kind: str, attributes: Mapping[str, str], children: Iterable[str] = ()) -> str:
    return element("object", {"type": kind, **attributes}, children)


def info(name: str, value: str) -> str:
    return element("info", {"name": name, "value": value})


def _sets(cpus: range, nodes: range) -> dict[str, str]:
    cpuset, nodeset = (f"0x{sum(1 << bit for bit in bits):08x}" for bits in (cpus, nodes))
    return {"cpuset": cpuset, "complete_cpuset": cpuset, "nodeset": nodeset, "complete_nodeset": nodeset}


def node(number: int, cpus: range, children: Iterable[str] = ()) -> str:
    """A package with one NUMA node, and the host bridges near to it."""
    sets = _sets(cpus, range(number, number + 1))
    memory = thing("NUMANode", {"os_index": str(number), **sets, "local_memory": "4096"})
    return thing("Package", {"os_index": str(number), **sets}, [memory, *children])


def machine(cpus: range, nodes: range, children: Iterable[str], infos: Mapping[str, str] | None = None) -> str:
    """The whole document."""
    sets = _sets(cpus, nodes)
    allowed = {"allowed_cpuset": sets["cpuset"], "allowed_nodeset": sets["nodeset"]}
    told = [info(*pair) for pair in (infos or {}).items()]
    root = thing("Machine", {"os_index": "0", **sets, **allowed}, [*told, *children])
    return _HEAD + element("topology", {"version": "2.0"}, [root])


def host_bridge(first: str, last: str, children: Iterable[str]) -> str:
    return thing("Bridge", {"bridge_type": "0-1", "depth": "0", "bridge_pci": f"0000:[{first}-{last}]"}, children)


def _pci(at: str, pci_class: str, ids: str) -> dict[str, str]:
    return {"pci_busid": f"0000:{at}", "pci_type": f"{pci_class} [{ids}] [0000:0000] 00", "pci_link_speed": "0.000000"}


def bridge(at: str, first: str, last: str, children: Iterable[str] = ()) -> str:
    buses = {"bridge_type": "1-1", "depth": "1", "bridge_pci": f"0000:[{first}-{last}]"}
    return thing("Bridge", {**buses, **_pci(at, "0604", "1d0f:0200")}, children)


def function(at: str, pci_class: str, ids: str, children: Iterable[str] = ()) -> str:
    return thing("PCIDev", _pci(at, pci_class, ids), children)


def rdma(name: str, gid: str | None = None) -> str:
    told = [info("NodeGUID", "0000:0000:0000:0000")] + ([info("Port1GID0", gid)] if gid else [])
    return thing("OSDev", {"name": name, "osdev_type": "3"}, told)


def netdev(name: str, mac: str | None = None) -> str:
    return thing("OSDev", {"name": name, "osdev_type": "2"}, [info("Address", mac)] if mac else [])
