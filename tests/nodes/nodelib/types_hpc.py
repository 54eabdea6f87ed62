# SPDX-License-Identifier: Apache-2.0
"""HPC types. Their cards, CPUs and numbers of interfaces are known; no PCI address of theirs is
published, so all of them are invented."""
from __future__ import annotations

from nodelib.nodetype import NodeType
from nodelib.pci import ENA_ID, NVME_ID, Function, RootBus, efa_id

INVENTED = ("addresses", "EFA device ids", "NUMA nodes of functions")


def _one_bus(name: str, instance_id: str, cpus: list[str], cards: int, enis: int, generation: int,
             cpu: str, arch: str = "x86_64", disks: int = 0) -> NodeType:
    bus = RootBus(0x00, -1)
    bus.add_legacy()
    for card in range(cards):
        bus.add(0x05 + card, "ena", ENA_ID, card)
        bus.add(0x1C + card, "efa", efa_id(generation), card)
    for disk in range(disks):
        bus.add(0x10 + disk, "nvme", NVME_ID)
    return NodeType(name, cards, enis, bus.functions, cpus, instance_id, invented=INVENTED, cpu=cpu,
                    arch=arch)


def _two_buses(name: str, instance_id: str, cpus: list[str], generation: int, cpu: str) -> NodeType:
    """A network card at each socket."""
    first = RootBus(0x00, -1)
    first.add_legacy()
    functions: list[Function] = list(first.functions)
    for card, root in enumerate((0x10, 0x80)):
        bus = RootBus(root, card * (len(cpus) // 2), 32 * (card + 1))
        bus.add(0x00, "ena", ENA_ID, card)
        bus.add(0x1B, "efa", efa_id(generation), card)
        functions += bus.functions
    return NodeType(name, 2, 2, functions, cpus, instance_id, invented=INVENTED, cpu=cpu)


def quarters(cpus: int) -> list[str]:
    each = cpus // 4
    return [f"{i * each}-{i * each + each - 1}" for i in range(4)]


TYPES = (
    _one_bus("hpc6a.48xlarge", "i-0460000000000000a", quarters(96), 1, 2, 0,
             "AMD EPYC 7R13 Processor"),
    _one_bus("hpc6id.32xlarge", "i-0460000000000000d", ["0-31", "32-63"], 2, 1, 1,
             "Intel(R) Xeon(R) Platinum 8375C CPU @ 2.90GHz", disks=4),
    _two_buses("hpc7a.96xlarge", "i-0470000000000000a", quarters(192), 2, "AMD EPYC 9R14"),
    _one_bus("hpc7g.16xlarge", "i-0470000000000000b", ["0-63"], 1, 4, 1, "", arch="aarch64"),
    _two_buses("hpc8a.96xlarge", "i-0480000000000000a", quarters(192), 3, "AMD EPYC 9R45"),
)
