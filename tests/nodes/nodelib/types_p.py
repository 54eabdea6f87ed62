# SPDX-License-Identifier: Apache-2.0
"""P3, P4 and P5: GPUs of NVIDIA. Addresses, names and links as hwloc exports of NIXL and
aws-ofi-nccl show them; p4de after the NCCL topology of aws-ofi-nccl."""
from __future__ import annotations

from nodelib.nodetype import CPUS_96, CPUS_192, SHUFFLE, NodeType
from nodelib.pci import (ENA_ID, LINK_16G, LINK_32G, LINK_63G, NVME_ID, NVSWITCH_ID, Function,
                         RootBus, Switch, efa_id, spare_switch)


def p3dn_24xlarge() -> NodeType:
    """Everything on one root bus, of which the kernel does not know the NUMA node."""
    bus = RootBus(0x00, -1)
    bus.add_legacy()
    bus.add(0x05, "ena", ENA_ID, 0)
    bus.add(0x15, "efa", efa_id(0), 0)
    for slot in range(0x16, 0x1E):
        bus.add(slot, "gpu", (0x10DE, 0x1DB5), where=LINK_16G)
    for slot in (0x1E, 0x1F):
        bus.add(slot, "nvme", NVME_ID)
    return NodeType("p3dn.24xlarge", 1, 15, bus.functions, CPUS_96, "i-03d0000000000000a",
                    cpu="Intel(R) Xeon(R) Platinum 8175M CPU @ 2.50GHz",
                    models={"gpu": "GV100GL [Tesla V100 SXM2 32GB]"})


def _p4(name: str, instance_id: str, gpu: int, model: str) -> NodeType:
    """No switches: every function sits on the root bus of its host bridge."""
    first = RootBus(0x00, -1)
    first.add_legacy()
    functions: list[Function] = list(first.functions)
    for card, (number, slot, base) in enumerate(((0x10, 0, 32), (0x20, 1, 64), (0x90, 1, 128),
                                                 (0xA0, 1, 160))):
        bus = RootBus(number, card // 2, base)
        bus.add(slot, "ena", ENA_ID, card)
        bus.add(0x1B, "efa", efa_id(0), card)
        for slot in (0x1C, 0x1D):
            bus.add(slot, "gpu", (0x10DE, gpu), where=LINK_32G)
        for slot in (0x1E, 0x1F):
            bus.add(slot, "nvme", NVME_ID)
        functions += bus.functions
    switches = RootBus(0x80, 1)
    for slot in range(0x1A, 0x20):
        switches.add(slot, "nvswitch", NVSWITCH_ID)
    return NodeType(name, 4, 15, functions + switches.functions, CPUS_96, instance_id,
                    cpu="Intel(R) Xeon(R) Platinum 8275CL CPU @ 3.00GHz", models={"gpu": model})


def p4d_24xlarge() -> NodeType:
    return _p4("p4d.24xlarge", "i-04d0000000000000c", 0x20B0, "GA100 [A100 SXM4 40GB]")


def p4de_24xlarge() -> NodeType:
    return _p4("p4de.24xlarge", "i-04de000000000000c", 0x20B2, "GA100 [A100 SXM4 80GB]")


def _volumes() -> list[Function]:
    """Bus 0 and the switch for volumes of the machines whose first network bus is 0x44."""
    first = RootBus(0x00, 0)
    first.add_legacy(LINK_16G)
    return first.functions + spare_switch(0x01, 0, 64)


def p5_48xlarge() -> NodeType:
    functions = _volumes()
    for number, root in enumerate((0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xAA, 0xBB)):
        switch = Switch(root, number // 4, 14, LINK_16G)
        shift = 1 if root == 0x88 else 0
        for i in range(4):
            switch.add(i + shift, "ena", ENA_ID, number * 4 + i, LINK_16G)
        for i in range(4):
            switch.add(8 + i, "efa", efa_id(1), number * 4 + SHUFFLE[i], LINK_16G)
        switch.add(12, "gpu", (0x10DE, 0x2330), where=LINK_63G)
        switch.add(13, "nvme", NVME_ID, where=LINK_16G)
        functions += switch.functions()
    return NodeType("p5.48xlarge", 32, 2, functions, CPUS_192, "i-0a50000000000000a",
                    cpu="AMD EPYC 7R13 Processor", models={"gpu": "GH100 [H100 SXM5 80GB]"})


def p5en_48xlarge() -> NodeType:
    functions = _volumes()
    for number, root in enumerate((0x44, 0x5D, 0x76, 0x8F)):
        switch = Switch(root, number // 2, 22, LINK_63G)
        shift = 1 if root == 0x76 else 0
        for i in range(4):
            switch.add(i + shift, "ena", ENA_ID, number * 4 + i, LINK_16G, LINK_63G)
        for i in range(4):
            switch.add(14 + i, "efa", efa_id(2), number * 4 + SHUFFLE[i], LINK_32G)
        for i in range(2):
            switch.add(18 + i, "gpu", (0x10DE, 0x2335), where=LINK_63G)
        for i in range(2):
            switch.add(20 + i, "nvme", NVME_ID, where=LINK_16G, port_link=LINK_63G)
        functions += switch.functions()
    return NodeType("p5en.48xlarge", 16, 4, functions, CPUS_192, "i-0a5e000000000000b",
                    cpu="Intel(R) Xeon(R) Platinum 8488C",
                    models={"gpu": "GH100 [H200 SXM 141GB]"})


TYPES = (p3dn_24xlarge(), p4d_24xlarge(), p4de_24xlarge(), p5_48xlarge(), p5en_48xlarge())
