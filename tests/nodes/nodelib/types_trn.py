# SPDX-License-Identifier: Apache-2.0
"""Trainium. trn1.32xlarge as a hwloc export of NIXL shows it; the EFA functions of trn1n and trn2
as the device maps of AWS Neuron list them."""
from __future__ import annotations

from nodelib.nodetype import CPUS_128, CPUS_192, SHUFFLE, SWAPPED, NodeType
from nodelib.pci import (ENA_ID, LINK_16G, LINK_32G, LINK_63G, NEURON1_ID, NEURON2_ID, NVME_ID,
                         Function, RootBus, Switch, efa_id, spare_switch)

ROOTS = ((0x10, 32), (0x20, 64), (0x90, 96), (0xA0, 128))


def _trn1(name: str, instance_id: str, first_ena: tuple[int, ...], efas: range,
          order: tuple[int, ...], invented: tuple[str, ...]) -> NodeType:
    """All functions on the root buses of four host bridges."""
    first = RootBus(0x00, -1)
    first.add_legacy()
    functions: list[Function] = list(first.functions)
    each = len(efas)
    for number, (root, base) in enumerate(ROOTS):
        bus = RootBus(root, number // 2, base)
        for i in range(each):
            bus.add(first_ena[number] + i, "ena", ENA_ID, number * each + i)
            bus.add(efas[i], "efa", efa_id(1), number * each + order[i])
        for slot in range(0x1B, 0x1F):
            bus.add(slot, "neuron", NEURON1_ID, where=LINK_16G)
        bus.add(0x1F, "nvme", NVME_ID)
        functions += bus.functions
    return NodeType(name, 4 * each, 5, functions, CPUS_128, instance_id, invented=invented,
                    cpu="Intel(R) Xeon(R) Platinum 8375C CPU @ 2.90GHz",
                    models={"neuron": "NeuronDevice (Trainium)"})


def trn1_32xlarge() -> NodeType:
    return _trn1("trn1.32xlarge", "i-0710000000000000c", (0, 0, 1, 0), range(0x19, 0x1B), SWAPPED, ())


def trn1n_32xlarge() -> NodeType:
    return _trn1("trn1n.32xlarge", "i-071e000000000000c", (0, 0, 0, 0), range(0x17, 0x1B), SHUFFLE,
                 ("addresses of ENA functions", "EFA device id"))


def trn2_48xlarge() -> NodeType:
    first = RootBus(0x00, 0)
    first.add_legacy()
    functions = first.functions + spare_switch(0x01, 0, 64)
    for number, root in enumerate((0x44, 0x5A, 0x70, 0x86, 0xA1, 0xB7, 0xCD, 0xE3)):
        switch = Switch(root, number // 4, 19, LINK_63G)
        for i in range(2):
            switch.add(i, "ena", ENA_ID, number * 2 + i, LINK_16G)
            switch.add(15 + i, "efa", efa_id(2), number * 2 + SWAPPED[i], LINK_32G)
            switch.add(17 + i, "neuron", NEURON2_ID, where=LINK_16G)
        functions += switch.functions()
        if number % 4 == 3:
            disks = Switch(root + 0x16, number // 4, 2, LINK_16G)
            for port in range(2):
                disks.add(port, "nvme", NVME_ID, where=LINK_16G)
            functions += disks.functions()
    return NodeType("trn2.48xlarge", 16, 2, functions, CPUS_192, "i-0720000000000000c",
                    cpu="Intel(R) Xeon(R) Platinum 8488C",
                    models={"neuron": "NeuronDevice (Trainium2)"},
                    invented=("bridges (as in trn2.3xlarge, with the buses that the listed "
                              "functions leave)", "addresses of ENA and NVMe functions",
                              "link speeds"))


TYPES = (trn1_32xlarge(), trn1n_32xlarge(), trn2_48xlarge())
