# SPDX-License-Identifier: Apache-2.0
"""What the node shows of itself equals its description, and what real nodes of the type show."""

import os
import re
import resource
import stat
from pathlib import Path

from checks import Checks
from vnodelib.machine import Function, Machine
from vnodelib.qemu import HUGE_PAGES

from .node import NET, PCI, RDMA, load, names, rails, run, states, text

# From captures of real instances, written down apart from the machine files: EFA, GPU buses by switch.
P5_EFA = {f"rdmap{first + n}s0" for first in (79, 96, 113, 130, 147, 164, 181, 198) for n in range(4)}
P5_GPU = ["53", "64", "75", "86", "97", "a8", "b9", "ca"]
P5_PATH = re.compile(r"/pci0000:44/0000:44:00\.0/0000:45:00\.0/0000:46:01\.0/0000:4f:00\.0$")
P6_EFA = {f"rdmap{first + n}s0" for first in (86, 101, 116, 131, 146, 161, 176, 191) for n in range(2)}
P6_GPU = ["58", "67", "76", "85", "94", "a3", "b2", "c1"]
P6_PATH = re.compile(r"/pci0000:4b/0000:4b:00\.0/0000:4c:00\.0/0000:4d:01\.0/0000:56:00\.0$")
P6_EMPTY = {"48", "49", "4a"} | {f"{first + n:02x}" for first in (0x4e, 0x5d, 0x6c, 0x7b, 0x8a, 0x99, 0xa8, 0xb7)
                                 for n in range(8)}  # buses
HARMLESS = ("Cannot init indirect table",  # said by ena of a card without RSS
            "8254 timer not connected to IO-APIC")  # a busy host let the first timer interrupt wait
BDF = r"[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]"
P4D_EFA = {"rdmap16s27", "rdmap32s27", "rdmap144s27", "rdmap160s27"}


def host(c: Checks) -> None:
    machine = load()
    dmi = Path("/sys/class/dmi/id")
    c.same("DMI product name", text(dmi / "product_name"), machine.type.name)
    c.same("DMI board asset tag", text(dmi / "board_asset_tag"), machine.instance_id)
    c.same("DMI system vendor", text(dmi / "sys_vendor"), "Amazon EC2")
    c.same("NUMA nodes", len(list(Path("/sys/devices/system/node").glob("node[0-9]*"))),
           machine.type.numa_nodes)
    c.same("locked memory is unlimited", resource.getrlimit(resource.RLIMIT_MEMLOCK)[0],
           resource.RLIM_INFINITY)
    pages = Path("/sys/kernel/mm/hugepages/hugepages-2048kB")
    c.same("huge pages, all of them free", [int(text(pages / f"{which}_hugepages")) for which in ("nr", "free")],
           [HUGE_PAGES] * 2)
    if "never-ready" not in states().values():
        problems = [line for line in run("dmesg", "--level", "emerg,alert,crit,err")[1].splitlines()
                    if not any(text in line for text in HARMLESS)]
        c.same("the kernel has no complaint", problems, [])


def functions(c: Checks) -> None:
    machine = load()
    state = states()
    missing = {bdf for bdf, words in state.items() if words == "missing"}
    mute = {bdf for bdf, words in state.items() if words == "never-ready"}
    wrong = [problem for f in machine.functions if f.bdf not in missing | mute
             for problem in _wrong(f, machine)]
    c.same(f"{len(machine.functions)} PCI functions as described", wrong, [])
    c.same("missing functions are not there", [m for m in missing if (PCI / m).exists()], [])
    there = {f.name for f in machine.functions if f.kind == "efa" and f.bdf not in missing | mute}
    c.same(f"{len(there)} RDMA devices, no other", names(RDMA) if RDMA.exists() else set(), there)
    c.same("network devices, no other", names(NET) - {"lo"},
           {f.name for f in machine.functions if f.kind == "ena"})
    primary = machine.primary.ena
    assert primary is not None
    c.same("primary interface is up", text(NET / primary.name / "operstate"), "up")
    addresses = run("busybox", "ip", "address", "show", "dev", primary.name)[1]
    c.ok("primary interface has its address", f"inet {machine.primary.ip}/20" in addresses, addresses)


def ports(c: Checks) -> None:
    """Every port of a switch is a bridge, with or without something behind it."""
    machine = load()
    missing = {bdf for bdf, words in states().items() if words == "missing"}
    expected = {bdf: (bus, {f.bdf} if f and f.bdf not in missing else set())
                for bdf, (bus, f) in machine.ports.items()}
    bridges = [PCI / bdf for bdf in expected if text(PCI / bdf / "class") == "0x060400"]
    found = {p.name: (int(text(p / "secondary_bus_number")), {n for n in names(p) if re.fullmatch(BDF, n)})
             for p in bridges}
    c.same(f"{len(expected)} ports of switches as described",
           {bdf: value for bdf, value in found.items() if value != expected[bdf]}, {})
    c.same("no port is left out", set(expected) - set(found), set())


def _wrong(f: Function, machine: Machine) -> list[str]:
    """What differs from the description of a function."""
    folder = PCI / f.bdf
    if not folder.exists():
        return [f"{f.bdf}: not there"]
    expected = {"vendor": "0x1d0f", "device": "0xec20", "class": "0x020000"}
    expected |= {k: v for k, v in (o.split("=") for o in f.options) if k in expected}
    expected |= {"device": o.split("=")[1] for o in f.options if o.startswith("device-id=")} if f.kind == "efa" else {}
    bus = int(f.bdf[5:7], 16)
    bridge = max((b for b in machine.type.bridges if b.bus <= bus), key=lambda b: b.bus)
    expected["numa_node"] = str(bridge.numa)
    found = {key: text(folder / key) for key in expected}
    if f.kind in ("efa", "ena"):
        expected["driver"], expected["name"] = f.kind, f.name
        found["driver"] = os.path.basename(os.path.realpath(folder / "driver"))
        found["name"] = " ".join(names(folder / ("infiniband" if f.kind == "efa" else "net")))
    if f.kind == "ena":
        expected["mac"], found["mac"] = f.mac, text(NET / f.name / "address")
    return [f"{f.bdf} {key}: expected {expected[key]}, found {found[key]}"
            for key in expected if found[key] != expected[key]]


def verbs(c: Checks) -> None:
    machine = load()
    efa = [i for i in machine.interfaces if i.efa and (RDMA / i.efa.name).exists()]
    gids = {i.efa.name: text(RDMA / i.efa.name / "ports/1/gids/0") for i in efa if i.efa}
    c.same("GID 0 of each rail belongs to its interface's MAC", gids,
           {i.efa.name: i.gid for i in efa if i.efa})
    nodes = sorted(Path("/dev/infiniband").glob("uverbs*")) if efa else []
    c.same("a device node for each rail", len(nodes), len(efa))
    c.same("device nodes are for everyone", {oct(stat.S_IMODE(p.stat().st_mode)) for p in nodes},
           {"0o666"} if efa else set())
    status, output = run("ibv_devinfo")
    c.same("ibv_devinfo opens every rail", (status, set(re.findall(r"hca_id:\s*(\S+)", output))),
           (0 if efa else 255, {i.efa.name for i in efa if i.efa}))
    status, output = run("fi_info", "-p", "efa", "-t", "FI_EP_RDM")
    c.same("fi_info shows every rail", set(re.findall(r"domain:\s*(\S+)-rdm", output)),
           {i.efa.name for i in efa if i.efa})


def _buses(device: str) -> list[str]:
    """Buses of the functions with this vendor and device."""
    return sorted(p.name[5:7] for p in PCI.iterdir() if f"{text(p / 'vendor')[2:]}:{text(p / 'device')[2:]}" == device)


def real_p6(c: Checks, machine: Machine) -> None:
    c.same("names of real p6-b300 rails", set(rails(machine)), P6_EFA)
    c.same("buses of real p6-b300 GPUs", _buses("10de:3182"), P6_GPU)
    c.same("buses of real p6-b300 ConnectX-7", _buses("15b3:1021"), ["c6", "c7"])
    c.same("class of a ConnectX-7", text(PCI / "0000:c6:00.0/class"), "0x020700")
    c.ok("path of a real p6-b300 rail", bool(P6_PATH.search(os.path.realpath(PCI / "0000:56:00.0"))),
         os.path.realpath(PCI / "0000:56:00.0"))
    c.same("empty ports of real p6-b300", {f"{bus:02x}" for bus, f in machine.ports.values() if not f}, P6_EMPTY)
    c.same("the only ENA of real p6-b300", [i.ena.name for i in machine.interfaces if i.ena], ["enp71s0"])


def real(c: Checks) -> None:
    """Facts of captures, so that an error in a machine file is found."""
    machine = load()
    if machine.type.name == "p6-b300.48xlarge":
        real_p6(c, machine)
    if machine.type.name == "p5.48xlarge":
        c.same("names of real p5 rails", set(rails(machine)), P5_EFA)
        c.same("buses of real p5 GPUs", _buses("10de:2330"), P5_GPU)
        c.ok("path of a real p5 rail", bool(P5_PATH.search(os.path.realpath(PCI / "0000:4f:00.0"))),
             os.path.realpath(PCI / "0000:4f:00.0"))
        links = {key: text(PCI / "0000:4f:00.0" / key) for key in
                 ("current_link_speed", "current_link_width", "max_link_width")}
        c.same("link of a real p5 rail", links, {"current_link_speed": "16.0 GT/s PCIe",
                                                 "current_link_width": "8", "max_link_width": "8"})
        by_card = [f for f in rails(machine)]
        by_address = sorted(by_card, key=lambda n: int(n[5:].split("s")[0]))
        c.ok("cards are not in order of PCI address", by_card != by_address)
    if machine.type.name == "p4d.24xlarge":
        c.same("names of real p4d rails", set(rails(machine)), P4D_EFA)
        path = os.path.realpath(PCI / "0000:10:1b.0")
        c.ok("p4d rails sit on host bridges", path.endswith("/pci0000:10/0000:10:1b.0"), path)


PARTS = [host, functions, ports, verbs, real]
