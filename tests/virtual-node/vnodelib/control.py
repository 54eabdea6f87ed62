# SPDX-License-Identifier: Apache-2.0
"""Faults, unplugging and replugging on a running node, asked for in words: "fault rdmap79s0 hang"."""

import asyncio
from collections.abc import Awaitable, Callable

from .errors import VnodeError
from .faults import (FAULTS, MISSING, Value, fault_find, fault_healthy, fault_option,
                     fault_value)
from .machine import Function, Machine
from .qemu import Plan, device_options
from .qmp import Qmp

UNPLUG_WAIT = 15  # seconds; a guest takes 5 s to let a device go after its button was pressed


def function_find(machine: Machine, name: str) -> Function:
    """By device name (rdmap79s0, enp71s0), PCI address, or card:N for the card's EFA function."""
    for f in machine.functions:
        if name in (f.name, f.bdf, f.bdf.removeprefix("0000:")) and name:
            return f
        if f.kind == "efa" and name == f"card:{f.card}":
            return f
    rails = [f.name for f in machine.functions if f.kind == "efa"]
    shown = ", ".join(rails[:4]) + (", ..." if len(rails) > 4 else "")
    raise VnodeError(f'no rail "{name}": {"this machine has " + shown if rails else "none here"}')


def plan_faults(machine: Machine, texts: list[str], share: str) -> tuple[Plan, dict[str, dict[str, Value]]]:
    """What --fault RAIL:FAULT[=VALUE] means for a boot, and the faults of each function for control."""
    plan = Plan(share=share)
    state: dict[str, dict[str, Value]] = {}
    for text in texts:
        rail, _, rest = text.rpartition(":")
        name, _, value = rest.partition("=")
        if not rail or not name:
            raise VnodeError(f'--fault: expected RAIL:FAULT[=VALUE], found "{text}"')
        f = function_find(machine, rail)
        if name == MISSING:
            plan.missing.add(f.id)
            continue
        fault = fault_find(name, f.kind)
        if name.startswith("pcie-") and not f.place.hotplug:
            raise VnodeError(f"{name}: {f.name} sits on a host bridge and has no PCIe link")
        wanted = fault_value(name, fault, value)
        plan.sick.setdefault(f.id, []).append(fault_option(fault, wanted))
        state.setdefault(f.id, {})[name] = wanted
    return plan, state


class Control:
    """Carries out requests, one at a time. A reply is lines of text and, last, what to wait for."""

    def __init__(self, machine: Machine, plan: Plan, state: dict[str, dict[str, Value]], qmp: Qmp) -> None:
        self._machine = machine
        self._faults = state
        self._out = set(plan.missing)  # ids of functions that are not in the machine now
        self._missing = frozenset(plan.missing)
        self._gone: dict[str, asyncio.Event] = {}  # of functions that are about to go
        self._qmp = qmp
        qmp.on_deleted = self._deleted
        self._lock = asyncio.Lock()
        self._verbs: dict[str, tuple[int, int, Callable[..., Awaitable[list[str]]]]] = {
            "rails": (0, 0, self._rails), "fault": (2, 3, self._fault), "heal": (1, 1, self._heal),
            "slot": (1, 1, self._slot), "unplug": (1, 1, self._unplug),
            "replug": (1, 1, self._replug)}

    async def request(self, words: list[str]) -> list[str]:
        verb = self._verbs.get(words[0]) if words else None
        if verb is None:
            raise VnodeError(f'no request "{" ".join(words)}": there are {", ".join(self._verbs)}')
        low, high, action = verb
        if not low <= len(words) - 1 <= high:
            raise VnodeError(f"{words[0]}: wrong number of arguments")
        async with self._lock:
            return await action(*words[1:])

    async def _rails(self) -> list[str]:
        lines = [f"{'RAIL':<12}{'PCI':<14}{'CARD':<6}{'DEVICE':<8}{'MAC':<19}STATE"]
        for i in self._machine.interfaces:
            if i.efa:
                lines.append(f"{i.efa.name:<12}{i.efa.bdf:<14}{i.card:<6}{i.device:<8}{i.mac:<19}"
                             f"{self._state(i.efa)}")
        return [*lines, ""]

    def _state(self, f: Function) -> str:
        if f.id in self._out:
            return "missing" if f.id in self._missing else "unplugged"
        words = [n if FAULTS[n].sick is not None else f"{n}={v}"
                 for n, v in self._faults.get(f.id, {}).items() if not FAULTS[n].setting]
        return " ".join(words) or "healthy"

    def _present(self, name: str) -> Function:
        f = function_find(self._machine, name)
        if f.id in self._out:
            raise VnodeError(f"{f.name or f.bdf} is not plugged in")
        return f

    async def _fault(self, name: str, what: str, value: str = "") -> list[str]:
        f = self._present(name)
        if what == MISSING:
            raise VnodeError("missing is for the start of a machine only: use unplug")
        fault = fault_find(what, f.kind)
        if not fault.live:
            raise VnodeError(f"{what} is for the start of a machine only")
        wanted = fault_value(what, fault, value)
        await self._qmp.command("qom-set", path=f"/machine/peripheral/{f.id}", property=fault.prop,
                                value=wanted)
        faults = self._faults.setdefault(f.id, {})
        faults[what] = wanted
        if wanted == fault_healthy(fault):
            del faults[what]
        return [""]

    async def _heal(self, name: str) -> list[str]:
        if name == "all":
            for f in self._machine.functions:
                if f.id not in self._out:
                    await self._heal_one(f)
        else:
            await self._heal_one(self._present(name))
        return [""]

    async def _heal_one(self, f: Function) -> None:
        faults = self._faults.get(f.id, {})
        for what in [n for n in faults if FAULTS[n].live]:
            await self._qmp.command("qom-set", path=f"/machine/peripheral/{f.id}",
                                    property=FAULTS[what].prop, value=fault_healthy(FAULTS[what]))
            del faults[what]

    def _pluggable(self, name: str) -> Function:
        f = function_find(self._machine, name)
        if not f.place.hotplug:
            raise VnodeError(f"{f.name or f.bdf} sits on a host bridge, not in a slot: it cannot be "
                             "unplugged (machines with switches, such as p5, can do that)")
        return f

    def _deleted(self, device: str) -> None:
        """Also when the guest switched a slot off by itself."""
        self._out.add(device)
        self._faults.pop(device, None)
        if device in self._gone:
            self._gone[device].set()

    async def _slot(self, name: str) -> list[str]:
        """For the guest, which can let a device go at once, while after unplug it waits 5 s."""
        f = self._pluggable(name)
        return ["" if f.id in self._out else f"slot {f.bdf.rpartition('.')[0]}"]

    async def _unplug(self, name: str) -> list[str]:
        f = self._pluggable(name)
        gone = self._gone.setdefault(f.id, asyncio.Event())
        try:
            if f.id not in self._out:
                if await self._has(f):  # else the guest has let it go, and QEMU will soon say so
                    await self._qmp.command("device_del", id=f.id)
                await asyncio.wait_for(gone.wait(), UNPLUG_WAIT)
        except asyncio.TimeoutError as e:
            raise VnodeError(f"the guest did not let {f.name or f.bdf} go in {UNPLUG_WAIT} s") from e
        finally:
            del self._gone[f.id]
        return [f"gone /sys/bus/pci/devices/{f.bdf}"]

    async def _has(self, f: Function) -> bool:
        found = await self._qmp.command("qom-list", path="/machine/peripheral")
        return any(entry["name"] == f.id for entry in found)

    async def _replug(self, name: str) -> list[str]:
        f = self._pluggable(name)
        if f.id not in self._out:
            raise VnodeError(f"{f.name or f.bdf} is plugged in")
        await self._qmp.command("device_add", **device_options(f))
        self._out.discard(f.id)
        where = {"efa": f"class/infiniband/{f.name}", "ena": f"class/net/{f.name}",
                 "stub": f"bus/pci/devices/{f.bdf}"}[f.kind]
        return [f"present /sys/{where}"]
