# SPDX-License-Identifier: Apache-2.0
"""An instance type as a tree of functions, NUMA nodes and network cards."""
from __future__ import annotations

from dataclasses import dataclass, field

from nodelib.pci import Function

# Which network card an EFA function belongs to is published nowhere and does not follow the
# address: the orders used here inside a switch or a root bus are inventions that no program may
# rely on.
SHUFFLE = (0, 2, 1, 3)
SWAPPED = (1, 0)

CPUS_48 = ["0-23", "24-47"]
CPUS_72 = ["0-17,36-53", "18-35,54-71"]
CPUS_96 = ["0-23,48-71", "24-47,72-95"]
CPUS_128 = ["0-31,64-95", "32-63,96-127"]
CPUS_192 = ["0-47,96-143", "48-95,144-191"]


@dataclass
class NodeType:
    """invented: what of the tree is not taken from any published source, for its note file.

    The cards of functions are invented everywhere (see above), and so are MAC addresses, ids and
    IP addresses.
    """

    name: str
    cards: int
    enis_per_card: int
    functions: list[Function]
    numa_cpus: list[str]
    instance_id: str
    primary_efa: bool = True  # network card 0 can carry EFA
    has_efa: bool = True  # the type can
    invented: tuple[str, ...] = ()
    arch: str = "x86_64"
    cpu: str = ""  # model name
    models: dict[str, str] = field(default_factory=dict)  # kind of function -> product name

    @property
    def synthetic(self) -> bool:
        """Are all addresses of its network functions invented?"""
        return "addresses" in self.invented

    @property
    def cpus(self) -> int:
        return sum(len(cpu_list(text)) for text in self.numa_cpus)

    def __post_init__(self) -> None:
        self._on_card = {(f.kind, f.card): f for f in self.functions if f.card >= 0}

    def of_kind(self, kind: str) -> list[Function]:
        return [f for f in self.functions if f.kind == kind]

    def find_on_card(self, kind: str, card: int) -> Function | None:
        return self._on_card.get((kind, card))

    def on_card(self, kind: str, card: int) -> Function:
        function = self.find_on_card(kind, card)
        if not function:
            raise ValueError(f"{self.name}: card {card} has no place for {kind}")
        return function


def cpu_list(text: str) -> list[int]:
    """The CPUs of the kernel's list form."""
    cpus: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        cpus += range(int(first), int(last or first) + 1)
    return cpus
