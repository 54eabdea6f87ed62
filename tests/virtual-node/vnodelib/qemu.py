# SPDX-License-Identifier: Apache-2.0
"""From a machine description to the arguments of QEMU."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field

from .errors import VnodeError
from .machine import Function, Machine
from .topology import Bridge

QEMU = "qemu-system-x86_64"
# A model without AVX: libfabric is 4 to 5 times slower with emulated AVX2. rdrand seeds the guest's
# random numbers at once.
CPU = "Nehalem,+rdrand"
# A few huge pages, as the EFA installer reserves many: fewer than one endpoint of libfabric would like.
HUGE_PAGES = 16
KERNEL_OPTIONS = f"console=ttyS0 quiet panic=-1 mitigations=off tsc=reliable log_buf_len=4M hugepages={HUGE_PAGES}"


@dataclass(frozen=True)
class Channels:
    """File descriptors of our ends' peers, which QEMU inherits."""

    qmp: int
    agent: int
    ctl: int
    out: int
    console: int
    initrd: int
    terminal: int = -1

    @property
    def fds(self) -> list[int]:
        return [fd for fd in vars(self).values() if fd >= 0]


@dataclass(frozen=True)
class Plan:
    """One boot: functions that are left out, options that make others sick, the shared folder."""

    missing: set[str] = field(default_factory=set)  # ids
    sick: dict[str, list[str]] = field(default_factory=dict)  # id -> options
    share: str = ""


def qemu_find() -> str:
    found = shutil.which(QEMU)
    if not found:
        raise VnodeError(f"{QEMU} not found: install qemu-system-x86")
    return found


def device_options(f: Function, sick: Sequence[str] = ()) -> dict[str, str]:
    """The device of a function as options of -device or arguments of device_add."""
    driver = {"efa": "efa", "ena": "ena", "stub": "pci-stub"}[f.kind]
    pairs = [f"bus={f.place.qemu_bus}", f"addr={f.place.qemu_addr}"]
    pairs += [f"mac={f.mac}"] if f.mac else []
    options = {"driver": driver, "id": f.id}
    for pair in [*pairs, *f.options, *sick]:  # a later one replaces an earlier one
        key, _, value = pair.partition("=")
        options[key] = value
    return options


def qemu_arguments(machine: Machine, plan: Plan, channels: Channels, vmlinux: str) -> list[str]:
    args = ["-nodefaults", "-no-user-config", "-no-reboot", "-display", "none",
            "-machine", "q35,smm=off,hpet=off,vmport=off,sata=off,smbus=off", "-accel", "tcg,thread=multi", "-cpu", CPU,
            "-kernel", vmlinux, "-initrd", f"/proc/self/fd/{channels.initrd}",
            "-append", KERNEL_OPTIONS]
    args += _memory(machine) + _identity(machine) + _channels(channels) + _folders(plan)
    # pxb host bridges are found in reverse order of creation
    for bridge in sorted(machine.type.bridges, key=lambda b: -b.bus):
        args += _bridge(bridge, machine)
    for f in machine.functions:
        if f.id not in plan.missing:
            args += ["-device", _device(device_options(f, plan.sick.get(f.id, ())))]
    return args


def _device(options: dict[str, str]) -> str:
    rest = "".join(f",{key}={value}" for key, value in options.items() if key != "driver")
    return options["driver"] + rest


def _memory(machine: Machine) -> list[str]:
    nodes = machine.type.numa_nodes
    size = machine.type.memory_mib // nodes
    args = ["-m", f"{size * nodes}M", "-smp", f"2,sockets={nodes},cores={2 // nodes}"]
    for n in range(nodes):
        cpus = f"cpus={n}" if nodes > 1 else "cpus=0-1"
        args += ["-object", f"memory-backend-ram,id=mem{n},size={size}M",
                 "-numa", f"node,nodeid={n},memdev=mem{n},{cpus}"]
    return args


def _identity(machine: Machine) -> list[str]:
    return ["-smbios", "type=0,vendor=Amazon EC2,version=1.0",
            "-smbios", f"type=1,manufacturer=Amazon EC2,product={machine.type.name}",
            "-smbios", f"type=2,manufacturer=Amazon EC2,asset={machine.instance_id}",
            "-smbios", "type=3,manufacturer=Amazon EC2,asset=Amazon EC2"]


def _channels(channels: Channels) -> list[str]:
    args = []
    for name, fd in vars(channels).items():
        if fd >= 0 and name != "initrd":
            args += ["-chardev", f"socket,id={name},fd={fd}"]
    args += ["-mon", "chardev=qmp,mode=control", "-serial", "chardev:console",
             "-device", "virtio-serial-pci,id=ports,addr=0x12"]
    if channels.terminal >= 0:
        args += ["-device", "virtconsole,chardev=terminal"]
    for name in ("agent", "ctl", "out"):
        args += ["-device", f"virtserialport,chardev={name},name=vnode.{name}"]
    return args


def _folders(plan: Plan) -> list[str]:
    args = ["-fsdev", "local,id=root,path=/,security_model=none,readonly=on,multidevs=remap",
            "-device", "virtio-9p-pci,fsdev=root,mount_tag=vnode.root,addr=0x10"]
    if plan.share:
        share = plan.share.replace(",", ",,")
        args += ["-fsdev", f"local,id=share,path={share},security_model=none,multidevs=remap",
                 "-device", "virtio-9p-pci,fsdev=share,mount_tag=vnode.share,addr=0x11"]
    return args


def _bridge(bridge: Bridge, machine: Machine) -> list[str]:
    if bridge.bus == 0:
        return []  # the machine's own root bus
    node = f",numa_node={bridge.numa}" if bridge.numa >= 0 else ""
    args = ["-device", f"pxb-pcie,id=pxb{bridge.id},bus_nr={bridge.bus},bus=pcie.0{node}"]
    if not bridge.switch:
        return args
    chassis = machine.type.bridges.index(bridge) + 1
    # unique numbers make plain names in the guest
    slot = 1 + sum(len(b.ports) for b in machine.type.bridges[:chassis - 1])
    args += ["-device", f"pcie-root-port,id=root{bridge.id},bus=pxb{bridge.id},addr=0,"
             f"chassis={chassis},slot=0,hotplug=off,io-reserve=0,x-speed=16,x-width=16",
             "-device", f"x3130-upstream,id=up{bridge.id},bus=root{bridge.id}"]
    used = {f.place.qemu_bus for f in machine.functions}
    for n, port in enumerate(bridge.ports):
        bus = f"port{bridge.port_bus(port):02x}"
        # ports that cannot change cost no interrupt vector
        hotplug = "on" if bus in used else "off"
        args += ["-device", f"xio3130-downstream,id={bus},bus=up{bridge.id},chassis={chassis},"
                 f"slot={slot + n},addr={port},multifunction=on,hotplug={hotplug}"]
    return args
