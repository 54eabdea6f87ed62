# SPDX-License-Identifier: Apache-2.0
"""The faults a device can have: names, values, and the device property behind each."""

from dataclasses import dataclass

from .errors import VnodeError

Value = bool | int


@dataclass(frozen=True)
class Fault:
    """A property of a device. For on/off faults, sick is the property's value while the fault is on."""

    prop: str
    kinds: tuple[str, ...] = ("efa",)
    sick: bool | None = None
    low: int = 0  # of faults with a number
    high: int = 0
    usual: int = 0  # number that "on" stands for
    well: int = 0  # number that a healthy device has
    live: bool = True  # can change while the machine runs
    setting: bool = False  # how long something takes; no fault by itself


FAULTS = {
    "link": Fault("link", sick=False),
    "hang": Fault("hang", kinds=("efa", "ena"), sick=True),
    "admin-hang": Fault("admin-hang", sick=True),
    "never-ready": Fault("dev-ready", sick=False),
    "drop": Fault("drop", low=0, high=100, usual=30),
    "fail-status": Fault("fail-status", low=0, high=255, usual=9),
    "island": Fault("island", sick=True),
    "slow-us": Fault("slow-us", low=0, high=100000, usual=2000),
    "unresp-ms": Fault("unresp-ms", low=1, high=600000, usual=5000, well=1000, setting=True),
    "pcie-width": Fault("link-width", low=1, high=16, usual=1, live=False),
    "pcie-gen": Fault("link-gen", low=1, high=5, usual=1, live=False),
    # the driver's patience with admin-hang; 0 is its own, 30 s
    "admin-timeout-100ms": Fault("admin-timeout-100ms", low=0, high=15, usual=10, live=False,
                                 setting=True),
}
MISSING = "missing"  # not a property: the function is left out of the machine


def fault_healthy(fault: Fault) -> Value:
    return fault.well if fault.sick is None else not fault.sick


def fault_find(name: str, kind: str) -> Fault:
    fault = FAULTS.get(name)
    if fault is None or kind not in fault.kinds:
        known = [n for n, f in FAULTS.items() if kind in f.kinds]
        raise VnodeError(f'no fault "{name}" for a function of kind {kind}: there are '
                         f"{', '.join([*known, MISSING])}")
    return fault


def fault_value(name: str, fault: Fault, text: str) -> Value:
    """The property's value for on, off, or a number; "" counts as on."""
    if fault.sick is not None:
        if text in ("", "on"):
            return fault.sick
        if text == "off":
            return not fault.sick
        raise VnodeError(f'{name}: expected on or off, found "{text}"')
    if text in ("", "on"):
        return fault.usual
    if text == "off" and fault.low == 0:
        return 0
    if text.isascii() and text.isdigit() and fault.low <= int(text) <= fault.high:
        return int(text)
    raise VnodeError(f'{name}: expected a number from {fault.low} to {fault.high}, found "{text}"')


def fault_option(fault: Fault, value: Value) -> str:
    """The same as an option of QEMU's -device."""
    if isinstance(value, bool):
        return f"{fault.prop}={'on' if value else 'off'}"
    return f"{fault.prop}={value}"
