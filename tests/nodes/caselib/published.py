# SPDX-License-Identifier: Apache-2.0
"""Tables of real nodes, typed in from their sources: hwloc exports of NIXL and aws-ofi-nccl, device
maps of AWS Neuron, reports. They are not made from the fixtures' own tables, nor the other way."""
from __future__ import annotations

from dataclasses import dataclass

CPUS_192 = {0: "0-47,96-143", 1: "48-95,144-191"}


@dataclass(frozen=True)
class Switch:
    """A row of a table of switches; buses in hexadecimal, names in decimal."""

    chain: str  # root port/upstream port/bus of the downstream ports
    numa: int
    efa: str
    names: str
    gpu: str
    nvme: str
    ena: str
    enp: str
    other: str = ""
    other_names: str = ""


@dataclass(frozen=True)
class Root:
    """A row of a table of host bridges; slot.function on its bus."""

    bus: str
    numa: int
    efa: str
    names: str
    accels: str
    nvme: str
    ena: str
    netdevs: str


P5 = (
    Switch("44/45/46", 0, "4f 50 51 52", "79 80 81 82", "53", "54", "47 48 49 4a", "71 72 73 74"),
    Switch("55/56/57", 0, "60 61 62 63", "96 97 98 99", "64", "65", "58 59 5a 5b", "88 89 90 91"),
    Switch("66/67/68", 0, "71 72 73 74", "113 114 115 116", "75", "76", "69 6a 6b 6c",
           "105 106 107 108"),
    Switch("77/78/79", 0, "82 83 84 85", "130 131 132 133", "86", "87", "7a 7b 7c 7d",
           "122 123 124 125"),
    Switch("88/89/8a", 1, "93 94 95 96", "147 148 149 150", "97", "98", "8c 8d 8e 8f",
           "140 141 142 143"),
    Switch("99/9a/9b", 1, "a4 a5 a6 a7", "164 165 166 167", "a8", "a9", "9c 9d 9e 9f",
           "156 157 158 159"),
    Switch("aa/ab/ac", 1, "b5 b6 b7 b8", "181 182 183 184", "b9", "ba", "ad ae af b0",
           "173 174 175 176"),
    Switch("bb/bc/bd", 1, "c6 c7 c8 c9", "198 199 200 201", "ca", "cb", "be bf c0 c1",
           "190 191 192 193"),
)
P5EN = (
    Switch("44/45/46", 0, "55 56 57 58", "85 86 87 88", "59 5a", "5b 5c", "47 48 49 4a",
           "71 72 73 74"),
    Switch("5d/5e/5f", 0, "6e 6f 70 71", "110 111 112 113", "72 73", "74 75", "60 61 62 63",
           "96 97 98 99"),
    Switch("76/77/78", 1, "87 88 89 8a", "135 136 137 138", "8b 8c", "8d 8e", "7a 7b 7c 7d",
           "122 123 124 125"),
    Switch("8f/90/91", 1, "a0 a1 a2 a3", "160 161 162 163", "a4 a5", "a6 a7", "92 93 94 95",
           "146 147 148 149"),
)
P6_B200 = (
    Switch("44/45/46", 0, "4f 50", "79 80", "51 52", "53 54", "47 48", "71 72"),
    Switch("55/56/57", 0, "60 61", "96 97", "62 63", "64 65", "58 59", "88 89"),
    Switch("66/67/68", 1, "71 72", "113 114", "75 76", "77 78", "6a 6b", "106 107", "73 74",
           "ibp115s0f0 ibp116s0f0"),
    Switch("79/7a/7b", 1, "84 85", "132 133", "86 87", "88 89", "7c 7d", "124 125"),
)
P6_B300 = (
    Switch("44/45/46", 0, "", "", "", "", "47", "71"),
    Switch("4b/4c/4d", 0, "56 57", "86 87", "58", "59", "", ""),
    Switch("5a/5b/5c", 0, "65 66", "101 102", "67", "68", "", ""),
    Switch("69/6a/6b", 0, "74 75", "116 117", "76", "77", "", ""),
    Switch("78/79/7a", 0, "83 84", "131 132", "85", "86", "", ""),
    Switch("87/88/89", 1, "92 93", "146 147", "94", "95", "", ""),
    Switch("96/97/98", 1, "a1 a2", "161 162", "a3", "a4", "", ""),
    Switch("a5/a6/a7", 1, "b0 b1", "176 177", "b2", "b3", "", ""),
    Switch("b4/b5/b6", 1, "bf c0", "191 192", "c1", "c2", "", ""),
    Switch("c3/c4/c5", 1, "", "", "", "", "", "", "c6 c7", "ibp198s0f0 ibp199s0f0"),
)
P4D = (
    Root("10", 0, "1b.0", "rdmap16s27", "1c.0 1d.0", "1e.0 1f.0", "00.0", "ens32"),
    Root("20", 0, "1b.0", "rdmap32s27", "1c.0 1d.0", "1e.0 1f.0", "01.0", "ens65"),
    Root("90", 1, "1b.0", "rdmap144s27", "1c.0 1d.0", "1e.0 1f.0", "01.0", "ens129"),
    Root("a0", 1, "1b.0", "rdmap160s27", "1c.0 1d.0", "1e.0 1f.0", "01.0", "ens161"),
)
NEURON = "1b.0 1c.0 1d.0 1e.0"
TRN1 = (
    Root("10", 0, "19.0 1a.0", "rdmap16s25 rdmap16s26", NEURON, "1f.0", "00.0 01.0", "ens32 ens33"),
    Root("20", 0, "19.0 1a.0", "rdmap32s25 rdmap32s26", NEURON, "1f.0", "00.0 01.0", "ens64 ens65"),
    Root("90", 1, "19.0 1a.0", "rdmap144s25 rdmap144s26", NEURON, "1f.0", "01.0 02.0",
         "ens97 ens98"),
    Root("a0", 1, "19.0 1a.0", "rdmap160s25 rdmap160s26", NEURON, "1f.0", "00.0 01.0",
         "ens128 ens129"),
)
EIGHT_GPUS = "16.0 17.0 18.0 19.0 1a.0 1b.0 1c.0 1d.0"
G5 = (Root("00", -1, "15.0", "rdmap0s21", EIGHT_GPUS, "1e.0 1f.0", "05.0", "ens5"),)
C5N = (Root("00", -1, "1f.0", "rdmap0s31", "", "", "05.0", "ens5"),)
# EFA buses, names, Neuron buses, NUMA node.
TRN2 = (
    ("56 57", "86 87", "58 59", 0), ("6c 6d", "108 109", "6e 6f", 0),
    ("82 83", "130 131", "84 85", 0), ("98 99", "152 153", "9a 9b", 0),
    ("b3 b4", "179 180", "b5 b6", 1), ("c9 ca", "201 202", "cb cc", 1),
    ("df e0", "223 224", "e1 e2", 1), ("f5 f6", "245 246", "f7 f8", 1),
)
