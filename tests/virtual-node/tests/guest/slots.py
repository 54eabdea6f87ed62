# SPDX-License-Identifier: Apache-2.0
"""Functions that go and come: on a machine with switches, started with card 5 missing, 6 never ready and
7 on a narrow link."""

import os

from checks import Checks

from .node import PCI, RDMA, load, names, opens, pingpong, text, vctl


def absent_at_start(c: Checks) -> None:
    efa = {i.card: i.efa for i in load().interfaces}
    missing, mute, narrow = efa[5], efa[6], efa[7]
    assert missing and mute and narrow
    c.ok("missing: no such function", not (PCI / missing.bdf).exists())
    c.ok("missing: its port is there and empty", _port_empty(missing.bdf))
    c.ok("missing: vctl says so", f"{missing.name} " in vctl("rails")[1] and "missing" in vctl("rails")[1])
    c.ok("never-ready: function without driver", not (PCI / mute.bdf / "driver").exists())
    c.ok("never-ready: no RDMA device", mute.name not in names(RDMA))
    c.same("pcie-width: link is narrower than it could be",
           [text(PCI / narrow.bdf / f"{which}_link_width") for which in ("current", "max")], ["2", "8"])


def _port_empty(bdf: str) -> bool:
    """Some bridge leads to this bus, and nothing else is on it."""
    bus = bdf[:7]
    return any((p / "pci_bus" / bus).exists() for p in PCI.iterdir()) and not any(
        p.name.startswith(f"{bus}:") for p in PCI.iterdir())


def unplug(c: Checks) -> None:
    machine = load()
    rail = next(i.efa for i in machine.interfaces if i.card == 9)
    assert rail is not None
    count = len(names(RDMA))
    c.same("vctl unplug", vctl("unplug", "card:9"), (0, ""))
    c.ok("unplug: function and RDMA device are gone at once",
         not (PCI / rail.bdf).exists() and rail.name not in names(RDMA))
    c.same("unplug: no other is gone", len(names(RDMA)), count - 1)
    c.ok("unplug: its port is there and empty", _port_empty(rail.bdf))
    c.ok("unplug: no fault can be set now", vctl("fault", rail.name, "hang")[0] == 1)
    c.same("vctl unplug a second time has nothing to do", vctl("unplug", rail.name)[0], 0)
    c.same("vctl replug", vctl("replug", rail.bdf), (0, ""))
    c.ok("replug: device opens at once", opens(rail.name))
    c.ok("replug: a second time is refused", vctl("replug", rail.name)[0] == 1)
    c.same("replug: transfer works", pingpong([rail.name], "4096", 120), {rail.name: 0})


def late_ones(c: Checks) -> None:
    """What was missing at the start can be plugged in; a GPU and the primary interface can go as well."""
    machine = load()
    missing = next(i.efa for i in machine.interfaces if i.card == 5)
    assert missing is not None
    c.same("vctl replug what was missing", vctl("replug", missing.name), (0, ""))
    c.ok("its device opens", opens(missing.name))
    gpu = "0000:53:00.0"
    c.same("vctl unplug a GPU", vctl("unplug", gpu), (0, ""))
    c.ok("GPU is gone", not os.path.exists(PCI / gpu))
    c.same("vctl replug the GPU", vctl("replug", gpu), (0, ""))
    primary = machine.primary.ena
    assert primary is not None
    c.same("vctl unplug the primary ENA", vctl("unplug", primary.name), (0, ""))
    c.same("vctl replug the primary ENA", vctl("replug", primary.name), (0, ""))
    c.ok("primary interface is there again", os.path.exists(f"/sys/class/net/{primary.name}"))


PARTS = [absent_at_start, unplug, late_ones]
