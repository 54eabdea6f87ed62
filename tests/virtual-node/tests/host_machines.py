# SPDX-License-Identifier: Apache-2.0
"""Machine files, faults and archives, without starting anything: refusals first."""

import copy
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from checks import Checks
from vnodelib.control import function_find, plan_faults
from vnodelib.cpio import Archive
from vnodelib.errors import VnodeError
from vnodelib.machine import Machine, machine_find, machine_load, machine_names
from vnodelib.qemu import Channels, Plan, qemu_arguments

MACHINES = Path(__file__).resolve().parents[1] / "machines"
TYPES = MACHINES / "types"
Change = Callable[[dict[str, Any]], object]


def load(name: str) -> Machine:
    return machine_load(MACHINES / f"{name}.json", TYPES)


def refused(c: Checks, what: str, part: str, action: Callable[[], object]) -> None:
    try:
        action()
    except VnodeError as e:
        c.ok(f"{what} is refused", part in str(e), f'expected "{part}" in: {e}')
    else:
        c.ok(f"{what} is refused", False, "no refusal")


def _with_file(source: Path, change: Change, use: Callable[[Path], object]) -> None:
    value = json.loads(source.read_text(encoding="utf-8"))
    change(value)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / source.name
        path.write_text(json.dumps(value), encoding="utf-8")
        use(path)


MACHINE_REFUSALS: list[tuple[str, str, Change]] = [
    ("an unknown key", 'unknown key "colour"', lambda m: m.update(colour="red")),
    ("a missing key", '"instance-id" is missing', lambda m: m.pop("instance-id")),
    ("an instance id of wrong form", "17 hex digits", lambda m: m.update({"instance-id": "i-1"})),
    ("an unknown instance type", "no instance type", lambda m: m.update(type="p9.huge")),
    ("a type that leads out of the folder", "no instance type", lambda m: m.update(type="../p4d")),
    ("a number as type", "expected a string", lambda m: m.update(type=4)),
    ("an interface of unknown type", "expected one of", lambda m: m["interfaces"][0].update(type="ena")),
    ("a card that the type has not", "not within cards 0 to 3", lambda m: m["interfaces"][1].update(cards="1-4")),
    ("cards in reverse", "not within", lambda m: m["interfaces"][1].update(cards="3-1")),
    ("cards as prose", "expected N or N-M", lambda m: m["interfaces"][1].update(cards="all")),
    ("a device number out of range", "not in 0 to 15", lambda m: m["interfaces"][1].update(device=16)),
    ("two EFAs on a card", "card 1 has two interfaces with EFA",
     lambda m: m["interfaces"].append({"cards": "1", "type": "efa-only", "device": 3})),
    ("two interfaces with one device number", "device number 1",
     lambda m: m["interfaces"].append({"cards": "1", "type": "interface", "device": 1})),
    ("no primary interface", "the primary one", lambda m: m["interfaces"].pop(0)),
    ("an EFA alone as primary interface", "the primary one",
     lambda m: m["interfaces"][0].update(type="efa-only")),
]

P6_REFUSALS: list[tuple[str, str, Change]] = [
    ("ports without a switch", "without a switch", lambda t: t["bridges"][0].pop("switch")),
    ("a port that the bridge's own switch has not", "no port 00.4",
     lambda t: t["bridges"][0].update(ena={"0": "00.4"})),
    ("a port that only another switch has", "no port 01.0",
     lambda t: t["bridges"][9].update(connectx=["01.0", "00.0"])),
    ("a port's device number of wrong form", "device number",
     lambda t: t["bridges"][0].update({"switch-ports": {"0": 4}})),
    ("nine functions of a port", "1 to 8 functions", lambda t: t["bridges"][0].update({"switch-ports": {"00": 9}})),
    ("true as a number of ports", "1 to 8 functions", lambda t: t.update({"switch-ports": {"00": True}})),
    ("a switch that reaches into the next bridge's buses", "overlaps",
     lambda t: t["bridges"][0].update({"switch-ports": {"00": 5}})),
    ("a switch beyond the last bus", "last bus would be 0x100", lambda t: t["bridges"][9].update(bus="fc")),
    ("a switch without ports of its own or the file's", "its own or the file's", lambda t: t.pop("switch-ports")),
    ("a kind of stub that is not described", 'unknown key "connecty"',
     lambda t: t["bridges"][9].update(connecty=["00.0"])),
]

TYPE_REFUSALS: list[tuple[str, str, Change]] = [
    ("a slot of wrong form", "expected an address", lambda t: t["bridges"][0].update(gpu=["1c"])),
    ("a slot used twice", "used twice", lambda t: t["bridges"][0].update(gpu=["1b.0"])),
    ("two places for a card's EFA", "two efa places", lambda t: t["bridges"][1].update(efa={"0": "1b.0"})),
    ("a card beyond the type's", "card 0 to 3", lambda t: t["bridges"][0].update(efa={"7": "1b.0"})),
    ("two bridges with one bus", "overlaps", lambda t: t["bridges"][1].update(bus="10")),
    ("a NUMA node that is not there", "not in -1 to 1", lambda t: t["bridges"][0].update(numa=2)),
    ("a switch without ports", "switch-ports", lambda t: t["bridges"][0].update(switch=True)),
    ("a device id of wrong form", "4 hex digits", lambda t: t["efa"].update({"device-id": "0xefa0"})),
]


def machine_refusals(c: Checks) -> None:
    for what, part, change in MACHINE_REFUSALS:
        _with_file(MACHINES / "p4d-all-efa.json", change,
                   lambda path: refused(c, what, part, lambda: machine_load(path, TYPES)))
    from vnodelib.topology import type_load
    for what, part, change in TYPE_REFUSALS:
        _with_file(TYPES / "p4d.24xlarge.json", change,
                   lambda path: refused(c, what, part, lambda: type_load(path)))
    for what, part, change in P6_REFUSALS:
        _with_file(TYPES / "p6-b300.48xlarge.json", change,
                   lambda path: refused(c, what, part, lambda: type_load(path)))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "m.json"
        for what, text, part in (("text that is not JSON", "{", "not valid JSON"),
                                 ("a key that stands twice", '{"type": "a", "type": "b"}', "stands twice"),
                                 ("a list", "[]", "expected an object"),
                                 ("a huge file", " " * 300000, "more than")):
            path.write_text(text, encoding="utf-8")
            refused(c, what, part, lambda: machine_load(path, TYPES))
        refused(c, "a file that is not there", "No such file", lambda: machine_load(Path(folder) / "x", TYPES))
    refused(c, "an unknown machine", "there are no-efa", lambda: machine_find(MACHINES, "p5"))
    refused(c, "a machine's name with a path in it", "no machine", lambda: machine_find(MACHINES, "types/../p4d"))


def fault_refusals(c: Checks) -> None:
    p4d, none = load("p4d-efa-only"), load("no-efa")
    for text, part in (("hang", "RAIL:FAULT"), (":hang", "RAIL:FAULT"), ("card:9:hang", "no rail"),
                       ("card:1:fire", "no fault"), ("card:1:drop=101", "0 to 100"),
                       ("card:1:drop=-1", "0 to 100"), ("card:1:hang=maybe", "on or off"),
                       ("card:1:pcie-width=4", "no PCIe link"), ("ens32:link", "no fault"),
                       ("card:1:unresp-ms=off", "1 to 600000")):
        refused(c, f"--fault {text}", part, lambda: plan_faults(p4d, [text], ""))
    refused(c, "a rail of a machine without", "none here", lambda: function_find(none, "card:0"))


def machines(c: Checks) -> None:
    for name in machine_names(MACHINES):
        machine = load(name)
        macs = [i.mac for i in machine.interfaces]
        bdfs = [f.bdf for f in machine.functions]
        c.ok(f"{name}: all MACs differ and are unicast", len(set(macs)) == len(macs)
             and all(int(m[:2], 16) & 3 == 2 for m in macs), macs)
        c.ok(f"{name}: all addresses differ", len(set(bdfs)) == len(bdfs), bdfs)
    halves = {n: [(bool(i.ena), bool(i.efa)) for i in load(n).interfaces] for n in machine_names(MACHINES)}
    c.same("p5-all-efa: ENA and EFA on each of 32 cards", halves["p5-all-efa"], [(True, True)] * 32)
    c.same("p5-efa-only: ENA on card 0 only", halves["p5-efa-only"], [(True, True)] + [(False, True)] * 31)
    c.same("p5-ena-primary: two interfaces on card 0", halves["p5-ena-primary"],
           [(True, False)] + [(False, True)] * 32)
    c.same("p6-b300: ENA alone on card 0, EFA alone on 16 cards", halves["p6-b300-ena-primary-only"],
           [(True, False)] + [(False, True)] * 16)
    refused(c, "an EFA on card 0 of p6-b300", "no EFA place on card 0", lambda: _with_file(
        MACHINES / "p6-b300-ena-primary-only.json", lambda m: m["interfaces"][1].update(cards="0-16", device=1),
        lambda path: machine_load(path, TYPES)))
    p5 = load("p5-efa-only")
    for name in ("rdmap80s0", "0000:50:00.0", "50:00.0", "card:0"):
        c.same(f"{name} is found", function_find(p5, name).id, "efa0")
    gid = load("p4d-efa-only").interfaces[0]
    c.same("GID of a MAC", copy.copy(gid).gid.replace(":", "")[:16], "fe80" + "0" * 12)


def ports(c: Checks) -> None:
    """Bus numbers follow from the tree, and QEMU is given each port once, under numbers of its own."""
    machine = load("p6-b300-ena-primary-only")
    c.same("p6-b300: 102 ports, 67 of them empty",
           (len(machine.ports), sum(f is None for _, f in machine.ports.values())), (102, 67))
    by_name = {f.name or f.id: (bdf, bus) for bdf, (bus, f) in machine.ports.items() if f}
    c.same("p6-b300: ports of the ENA, the last rail and a ConnectX",
           [by_name[n] for n in ("enp71s0", "rdmap192s0", "connectx1")],
           [("0000:46:00.0", 0x47), ("0000:b6:01.1", 0xc0), ("0000:c5:00.1", 0xc7)])
    args = qemu_arguments(machine, Plan(), Channels(3, 4, 5, 6, 7, 8), "/k")
    downstream = [dict(o.split("=") for o in a.split(",")[1:]) for a in args if a.startswith("xio3130-downstream,")]
    c.same("QEMU gets each port", sorted(o["id"] for o in downstream),
           sorted(f"port{bus:02x}" for bus, _ in machine.ports.values()))
    c.same("slot numbers are not given twice", len({o["slot"] for o in downstream}), 102)
    c.same("ports that stay empty take no interrupt", {o["id"] for o in downstream if o["hotplug"] == "off"},
           {f"port{bus:02x}" for bus, f in machine.ports.values() if not f})
    c.same("p4d has no switch", load("p4d-all-efa").ports, {})


def plans(c: Checks) -> None:
    machine = load("p4d-efa-only")
    plan, state = plan_faults(machine, ["card:1:missing", "rdmap144s27:drop=5", "card:2:link"], "/a,b")
    c.same("a plan of faults", (plan.missing, plan.sick, state),
           ({"efa1"}, {"efa2": ["drop=5", "link=off"]}, {"efa2": {"drop": 5, "link": False}}))
    args = qemu_arguments(machine, plan, Channels(3, 4, 5, 6, 7, 8), "/k")
    devices = [a for a in args if a.startswith("efa,")]
    c.ok("the missing one is left out", not any("id=efa1," in d for d in devices), devices)
    c.ok("the sick one is sick", any("id=efa2," in d and "drop=5" in d and "link=off" in d for d in devices))
    c.ok("a comma in a path is doubled", any("path=/a,,b," in a for a in args))
    plan_none = qemu_arguments(machine, Plan(), Channels(3, 4, 5, 6, 7, 8), "/k")
    c.same("no plan, no fault", sum("drop=" in a or "link=off" in a for a in plan_none), 0)


def archives(c: Checks) -> None:
    a = Archive()
    a.file("a/b", b"xyz", 0o600)
    data = a.done()
    c.ok("an archive has its folders, padding and end", data.count(b"070701") == 3 and len(data) % 4 == 0
         and b"xyz\0" in data and b"TRAILER!!!" in data)


PARTS = [machine_refusals, fault_refusals, machines, ports, plans, archives]
