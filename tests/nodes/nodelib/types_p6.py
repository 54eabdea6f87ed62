# SPDX-License-Identifier: Apache-2.0
"""P6: Blackwell GPUs, EFA of the third generation, ConnectX for the GPUs' own network. Addresses,
names and links as hwloc exports of NIXL and aws-ofi-nccl show them."""
from __future__ import annotations

from nodelib.nodetype import CPUS_192, SWAPPED, NodeType
from nodelib.pci import (CONNECTX_ID, ENA_ID, LINK_16G, LINK_32G, LINK_63G, LINK_126G, NVME_ID,
                         Function, RootBus, Switch, efa_id, link, spare_switch)

CONNECTX_LINK = link("8.0", 4)


def _first_bus(numa: int) -> list[Function]:
    first = RootBus(0x00, numa)
    first.add_legacy(LINK_16G)
    return first.functions


def p6_b200_48xlarge() -> NodeType:
    functions = _first_bus(0) + spare_switch(0x01, 0, 64)
    for number, root in enumerate((0x44, 0x55, 0x66, 0x79)):
        third = root == 0x66  # ENA one port further, and two ConnectX before the GPUs
        gpu = 12 if third else 10
        switch = Switch(root, number // 2, gpu + 4, LINK_63G)
        for i in range(2):
            switch.add(i + third, "ena", ENA_ID, number * 2 + i, LINK_63G)
            switch.add(8 + i, "efa", efa_id(3), number * 2 + SWAPPED[i], LINK_63G)
            if third:
                switch.add(10 + i, "connectx", CONNECTX_ID, where=CONNECTX_LINK, port_link=LINK_63G)
            switch.add(gpu + i, "gpu", (0x10DE, 0x2901), where=LINK_63G)
            switch.add(gpu + 2 + i, "nvme", NVME_ID, where=LINK_32G, port_link=LINK_63G)
        functions += switch.functions()
    return NodeType("p6-b200.48xlarge", 8, 4, functions, CPUS_192, "i-0b200000000000000",
                    cpu="Intel(R) Xeon(R) Platinum 8559C", models={"gpu": "GB100 [B200]"})


def p6_b300_48xlarge() -> NodeType:
    """17 cards; the first carries ENA alone. The capture has no other ENA function attached."""
    functions = _first_bus(0) + spare_switch(0x01, 0, 64)
    first = Switch(0x44, 0, 4, LINK_63G)
    first.add(0, "ena", ENA_ID, 0, LINK_63G)
    functions += first.functions()
    for number, root in enumerate((0x4B, 0x5A, 0x69, 0x78, 0x87, 0x96, 0xA5, 0xB4)):
        switch = Switch(root, number // 4, 12, LINK_63G)
        for i in range(2):
            switch.add(i, "ena", ENA_ID, 1 + number * 2 + i, LINK_63G)
            switch.add(8 + i, "efa", efa_id(3), 1 + number * 2 + i, LINK_63G)
        switch.add(10, "gpu", (0x10DE, 0x3182), where=LINK_126G)
        switch.add(11, "nvme", NVME_ID, where=LINK_63G)
        functions += switch.functions()
    last = Switch(0xC3, 1, 2, LINK_63G)
    for i in range(2):
        last.add(i, "connectx", CONNECTX_ID, where=CONNECTX_LINK, port_link=LINK_63G)
    functions += last.functions()
    return NodeType("p6-b300.48xlarge", 17, 4, functions, CPUS_192, "i-0b300000000000000",
                    primary_efa=False, cpu="Intel(R) Xeon(R) Platinum 8559C",
                    models={"gpu": "GB110 [B300 SXM6 AC]"},
                    invented=("addresses of ENA functions of cards 1 to 16 (the ports are real)",))


def p6e_gb200_36xlarge() -> NodeType:
    """17 cards; the first carries ENA alone. Odd cards sit beside the GPUs and have EFA alone,
    even cards sit at the CPUs."""
    functions = _first_bus(-1)
    first = Switch(0x01, 0, 32, LINK_32G)
    first.add(0, "ena", ENA_ID, 0, LINK_32G)
    for port in (29, 30, 31):
        first.add(port, "nvme", NVME_ID, where=LINK_32G)
    functions += first.functions()
    for number, (root, near_cpu, slots) in enumerate(((0x24, 0x2F, (45, 46)), (0x3A, 0x45, (54, 55)),
                                                      (0x97, 0xA2, (127, 128)),
                                                      (0xAD, 0xB8, (136, 137)))):
        numa = number // 2
        if root == 0x97:
            functions += spare_switch(0x54, 1, 64)
        switch = Switch(root, numa, 3, link("16.0", 1))
        for i in range(2):
            switch.add(i, "efa", efa_id(3), 1 + number * 4 + i * 2, LINK_63G)
        switch.add(2, "gpu", (0x10DE, 0x2941), where=LINK_63G)
        functions += switch.functions()
        switch = Switch(near_cpu, numa, 6, LINK_63G)
        for i in range(2):
            card = 2 + number * 4 + i * 2
            switch.add(i, "ena", ENA_ID, card, LINK_32G, netdev=f"ens{slots[i]}")
            switch.add(4 + i, "efa", efa_id(3), card, LINK_32G)
        functions += switch.functions()
    return NodeType("p6e-gb200.36xlarge", 17, 1, functions, ["0-71", "72-143"],
                    "i-0b2000000000000ab", primary_efa=False, arch="aarch64",
                    models={"gpu": "GB200"})


TYPES = (p6_b200_48xlarge(), p6_b300_48xlarge(), p6e_gb200_36xlarge())
