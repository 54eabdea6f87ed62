# SPDX-License-Identifier: Apache-2.0
"""Types with one network card: G4 to G6 and C5n. Addresses as hwloc exports of NIXL show them;
g4dn.8xlarge and g5.8xlarge after single names in reports (libfabric 11256, HyperPod)."""
from __future__ import annotations

from nodelib.nodetype import CPUS_72, CPUS_192, NodeType
from nodelib.pci import (ENA_ID, LINK_32G, LINK_IDLE_GPU, NVME_ID, Function, RootBus, Switch, efa_id,
                         link, spare_switch)


def _one_bus(name: str, instance_id: str, cpus: list[str], enis: int, efa: int, gpus: list[int],
             gpu: int, model: str, nvmes: list[int], cpu: str,
             invented: tuple[str, ...] = ()) -> NodeType:
    """Everything on root bus 0, of which the kernel does not know the NUMA node."""
    bus = RootBus(0x00, -1)
    bus.add_legacy()
    bus.add(0x05, "ena", ENA_ID, 0)
    bus.add(efa, "efa", efa_id(0), 0)
    for slot in gpus:
        bus.add(slot, "gpu", (0x10DE, gpu), where=LINK_IDLE_GPU)
    for slot in nvmes:
        bus.add(slot, "nvme", NVME_ID)
    return NodeType(name, 1, enis, bus.functions, cpus, instance_id, invented=invented, cpu=cpu,
                    models={"gpu": model})


def g4dn_8xlarge() -> NodeType:
    return _one_bus("g4dn.8xlarge", "i-04d8000000000000c", ["0-31"], 4, 0x1D, [0x1E], 0x1EB8,
                    "TU104GL [Tesla T4]", [0x1F], "Intel(R) Xeon(R) Platinum 8259CL CPU @ 2.50GHz",
                    ("addresses of all functions but EFA",))


def g5_8xlarge() -> NodeType:
    return _one_bus("g5.8xlarge", "i-0580000000000000c", ["0-31"], 8, 0x1D, [0x1E], 0x2237,
                    "GA102GL [A10G]", [0x1F], "AMD EPYC 7R32",
                    ("addresses of all functions but EFA",))


def g5_48xlarge() -> NodeType:
    return _one_bus("g5.48xlarge", "i-0548000000000000c", CPUS_192, 7, 0x15,
                    list(range(0x16, 0x1E)), 0x2237, "GA102GL [A10G]", [0x1E, 0x1F], "AMD EPYC 7R32")


def g6_48xlarge() -> NodeType:
    """EFA and ENA share a switch; each GPU has a root port of its own."""
    first = RootBus(0x00, 0)
    first.add_legacy()
    functions = first.functions + spare_switch(0x01, 0, 128)
    network = Switch(0x84, 0, 16, LINK_32G)
    network.add(0, "ena", ENA_ID, 0, port_link=LINK_32G)
    network.add(15, "efa", efa_id(1), 0, port_link=LINK_32G)
    functions += network.functions()
    for numa, disks, gpus in ((0, 0x97, (0x9E, 0xA0, 0xA2, 0xA4)),
                              (1, 0xA6, (0xAD, 0xAF, 0xB1, 0xB3))):
        switch = Switch(disks, numa, 4, link("16.0", 8))
        for port in range(4):
            switch.add(port, "nvme", NVME_ID, port_link=link("16.0", 8))
        functions += switch.functions()
        for root in gpus:
            functions += _behind_root_port(root, numa)
    return NodeType("g6.48xlarge", 1, 15, functions, CPUS_192, "i-0648000000000000c",
                    cpu="AMD EPYC 7R13 Processor", models={"gpu": "AD104GL [L4]"})


def _behind_root_port(root: int, numa: int) -> list[Function]:
    """A GPU directly behind a root port."""
    switch = Switch(root, numa, 1, link("16.0", 8))
    port, gpu = switch.functions()[0], RootBus(root + 1, numa)
    gpu.add(0, "gpu", (0x10DE, 0x27B8), where=LINK_IDLE_GPU)
    endpoint = gpu.functions[0]
    return [
        Function(port.address, "bridge", port.ids, port.pci_class, port.host_bridge, (), numa,
                 link=port.link, bus=root + 1, last_bus=root + 1),
        Function(endpoint.address, "gpu", endpoint.ids, endpoint.pci_class, port.host_bridge,
                 (port.address,), numa, link=endpoint.link),
    ]


def c5n_18xlarge() -> NodeType:
    bus = RootBus(0x00, -1)
    bus.add_legacy()
    bus.add(0x05, "ena", ENA_ID, 0)
    bus.add(0x1F, "efa", efa_id(0), 0)
    return NodeType("c5n.18xlarge", 1, 15, bus.functions, CPUS_72, "i-0c50000000000000d",
                    cpu="Intel(R) Xeon(R) Platinum 8124M CPU @ 3.00GHz")


def c6i_4xlarge() -> NodeType:
    """A node that cannot have EFA."""
    bus = RootBus(0x00, -1)
    bus.add_legacy()
    bus.add(0x05, "ena", ENA_ID, 0)
    return NodeType("c6i.4xlarge", 1, 8, bus.functions, ["0-15"], "i-0c60000000000000e",
                    has_efa=False, cpu="Intel(R) Xeon(R) Platinum 8375C CPU @ 2.90GHz")


TYPES = (g4dn_8xlarge(), g5_8xlarge(), g5_48xlarge(), g6_48xlarge(), c5n_18xlarge(), c6i_4xlarge())
