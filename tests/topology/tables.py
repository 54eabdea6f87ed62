# SPDX-License-Identifier: Apache-2.0
"""Real machines as they were written down from their captures: addresses, names, NUMA nodes, what shares a switch or a
host bridge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from exportlab import Function, Group, Machine


def _flat(bus: str, slot: str, name: str | None = None) -> Function:
    """A function on the root bus."""
    pci = f"0000:{bus}:{slot}"
    return Function(pci, (f"pci0000:{bus}", pci), name)


def _bridge_group(bus: str, numa: int | None, rails: Mapping[str, str], enas: Mapping[str, str], accelerators: Sequence[str]) -> Group:
    """What sits on one host bridge, by slot."""
    return Group(
        numa, "host-bridge", f"pci0000:{bus}",
        [_flat(bus, slot, name) for slot, name in rails.items()],
        [_flat(bus, slot, name) for slot, name in enas.items()],
        [_flat(bus, slot) for slot in accelerators],
    )  # fmt: skip


def _single(rail: tuple[str, str], accelerators: Sequence[str]) -> list[Group]:
    """One EFA and one ENA function on a root bus, of which the kernel does not say where it is."""
    return [_bridge_group("00", None, dict([rail]), {"05.0": "ens5"}, accelerators)]


def _p5_switch(row: tuple[str, str, str, int, str, str, str], first_ena_port: int = 0) -> Group:
    """Root port R, upstream port U, downstream ports D: EFA at D:01.0 to D:01.3, GPU at D:01.4, ENA from D:00.0 on."""
    root, up, down, numa, efas, gpu, enas = row

    def behind(port: str, bus: str, name: str | None = None) -> Function:
        pci = f"0000:{bus}:00.0"
        return Function(pci, (f"pci0000:{root}", f"0000:{root}:00.0", f"0000:{up}:00.0", f"0000:{down}:{port}", pci), name)

    return Group(
        numa, "switch", f"0000:{up}:00.0",
        [behind(f"01.{i}", bus, f"rdmap{int(bus, 16)}s0") for i, bus in enumerate(efas.split())],
        [behind(f"00.{i}", bus, f"enp{int(bus, 16)}s0") for i, bus in enumerate(enas.split(), first_ena_port)],
        [behind("01.4", gpu)],
    )  # fmt: skip


P4D = Machine(
    numa={0: "0-23", 1: "24-47"},  # with SMT off
    rail_id="efa0",
    accelerator=("nvidia", "10de:20b0"),
    groups=[
        _bridge_group("10", 0, {"1b.0": "rdmap16s27"}, {"00.0": "ens32"}, ["1c.0", "1d.0"]),
        _bridge_group("20", 0, {"1b.0": "rdmap32s27"}, {"01.0": "ens65"}, ["1c.0", "1d.0"]),
        _bridge_group("90", 1, {"1b.0": "rdmap144s27"}, {"01.0": "ens129"}, ["1c.0", "1d.0"]),
        _bridge_group("a0", 1, {"1b.0": "rdmap160s27"}, {"01.0": "ens161"}, ["1c.0", "1d.0"]),
    ],
)

P5 = Machine(
    numa={0: "0-47", 1: "48-95"},  # with SMT off
    rail_id="efa1",
    accelerator=("nvidia", "10de:2330"),
    groups=[
        _p5_switch(("44", "45", "46", 0, "4f 50 51 52", "53", "47 48 49 4a")),
        _p5_switch(("55", "56", "57", 0, "60 61 62 63", "64", "58 59 5a 5b")),
        _p5_switch(("66", "67", "68", 0, "71 72 73 74", "75", "69 6a 6b 6c")),
        _p5_switch(("77", "78", "79", 0, "82 83 84 85", "86", "7a 7b 7c 7d")),
        _p5_switch(("88", "89", "8a", 1, "93 94 95 96", "97", "8c 8d 8e 8f"), first_ena_port=1),
        _p5_switch(("99", "9a", "9b", 1, "a4 a5 a6 a7", "a8", "9c 9d 9e 9f")),
        _p5_switch(("aa", "ab", "ac", 1, "b5 b6 b7 b8", "b9", "ad ae af b0")),
        _p5_switch(("bb", "bc", "bd", 1, "c6 c7 c8 c9", "ca", "be bf c0 c1")),
    ],
)

_NEURON = ("1b.0", "1c.0", "1d.0", "1e.0")
TRN1 = Machine(
    numa={0: "0-31,64-95", 1: "32-63,96-127"},
    rail_id="efa1",
    accelerator=("neuron", "1d0f:7164"),
    groups=[
        _bridge_group("10", 0, {"19.0": "rdmap16s25", "1a.0": "rdmap16s26"}, {"00.0": "ens32", "01.0": "ens33"}, _NEURON),
        _bridge_group("20", 0, {"19.0": "rdmap32s25", "1a.0": "rdmap32s26"}, {"00.0": "ens64", "01.0": "ens65"}, _NEURON),
        _bridge_group("90", 1, {"19.0": "rdmap144s25", "1a.0": "rdmap144s26"}, {"01.0": "ens97", "02.0": "ens98"}, _NEURON),
        _bridge_group("a0", 1, {"19.0": "rdmap160s25", "1a.0": "rdmap160s26"}, {"00.0": "ens128", "01.0": "ens129"}, _NEURON),
    ],
)

_GPUS = tuple(f"{slot:02x}.0" for slot in range(0x16, 0x1E))
G5 = Machine(
    numa={0: "0-47,96-143", 1: "48-95,144-191"},
    rail_id="efa0",
    accelerator=("nvidia", "10de:2237"),
    groups=_single(("15.0", "rdmap0s21"), _GPUS),
)
P3DN = Machine(
    numa={0: "0-23,48-71", 1: "24-47,72-95"},
    rail_id="efa0",
    accelerator=("nvidia", "10de:1db5"),
    groups=_single(("15.0", "rdmap0s21"), _GPUS),
)
# The GID fe80::48f:94ff:fe25:3613 is made from the MAC of ens5.
C5N = Machine(
    numa={0: "0-17,36-53", 1: "18-35,54-71"},
    rail_id="efa0",
    groups=_single(("1f.0", "rdmap0s31"), ()),
    macs={"0000:00:1f.0": "06:8f:94:25:36:13", "0000:00:05.0": "06:8f:94:25:36:13"},
)

# Capture -> the machine that it is of. The smallest Trainium instances have no EFA function.
MACHINES = {
    "p4d.24xl-topo.xml": P4D,
    "p5.48xl-topo.xml": P5,
    "trn1.32xl-topo.xml": TRN1,
    "g5.48xl-topo.xml": G5,
    "p3dn.24xl-topo.xml": P3DN,
    "c5n.18xl-topo.xml": C5N,
}
WITHOUT_EFA = ("trn1.2xl-topo.xml", "trn2.3xl-topo.xml")
