# SPDX-License-Identifier: Apache-2.0
"""The initramfs: a part that is built once (modules, busybox, agent) and a part for each boot."""

import json
import shutil
import struct
from collections.abc import Sequence
from pathlib import Path

from .cache import Cache, digest
from .cpio import Archive
from .errors import VnodeError
from .imds import host_name, imds_data
from .machine import Machine
from .proc import run

CFLAGS = ("-std=gnu11", "-Os", "-static", "-Wall", "-Wextra")
AGENT_SOURCES = ("agent.c", "naming.c", "setup.c")


def initramfs_build(cache: Cache, sources: Path, kernel: Path) -> Path:
    """The cached initramfs for this kernel and these guest sources."""
    busybox = shutil.which("busybox")
    if not busybox:
        raise VnodeError("busybox not found: install busybox-static")
    files = sorted(p for p in sources.iterdir() if p.is_file())
    key = digest([*files, Path(busybox), kernel.name, Path(__file__), " ".join(CFLAGS)])
    return cache.make("guest", key, lambda out: _build(out, sources, kernel, Path(busybox))) / "initramfs"


def _build(out: Path, sources: Path, kernel: Path, busybox: Path) -> None:
    if not _is_static(busybox.read_bytes()):
        raise VnodeError(f"{busybox} is not static: install busybox-static")
    cc = ["gcc", *CFLAGS, "-o"]
    run([*cc, out / "agent", *(sources / s for s in AGENT_SOURCES)])
    run([*cc, out / "vctl", sources / "vctl.c"])
    run(["strip", out / "agent", out / "vctl"])
    a = Archive()
    for folder in ("proc", "sys", "dev", "lower", "upper", "new"):
        a.folder(folder)
    a.device("dev/console", 5, 1)
    a.file("init", (sources / "init").read_bytes(), 0o755)
    a.file("bin/busybox", busybox.read_bytes(), 0o755)
    for name in ("agent", "vctl"):
        a.file(f"vnode/{name}", (out / name).read_bytes(), 0o755)
    a.file("vnode/imds-server", (sources / "imds-server").read_bytes(), 0o755)
    for f in sorted([*kernel.glob("*.ko"), *kernel.glob("*.list")]):
        a.file(f"modules/{f.name}", f.read_bytes())
    (out / "initramfs").write_bytes(a.done())


def _is_static(elf: bytes) -> bool:
    """Whether a 64-bit ELF program has no PT_INTERP (3) program header."""
    offset, = struct.unpack_from("<Q", elf, 0x20)
    size, count = struct.unpack_from("<HH", elf, 0x36)
    return all(struct.unpack_from("<I", elf, offset + n * size)[0] != 3 for n in range(count))


def orders(machine: Machine, argv: Sequence[str], env: dict[str, str], cwd: str, share: str,
           modules: Path, terminal: bool) -> bytes:
    """The part of the initramfs that tells the agent what to do in this boot. modules: a tree for modprobe, which
    the node sees as the host does."""
    primary = machine.primary
    assert primary.ena is not None
    a = Archive()
    names = "".join(f"{f.bdf} {f.name}\n" for f in machine.functions if f.name)
    texts = {
        "argv": "".join(f"{word}\0" for word in argv),
        "env": "".join(f"{key}={value}\0" for key, value in env.items()),
        "cwd": cwd,
        "share": share,
        "names": names,
        "modules": str(modules.resolve()),
        # for an efa driver that is older than the device
        "efa-id": f"1d0f {machine.type.efa_device}\n" if machine.type.efa_device else "",
        "primary": f"{primary.ena.name} {primary.ip} 255.255.240.0 {host_name(machine)}\n",
        "imds.json": json.dumps(imds_data(machine)),
    }
    if terminal:
        texts["terminal"] = ""
    for name, text in texts.items():
        a.file(f"vnode/run/{name}", text.encode("utf-8", "surrogateescape"))
    return a.done()
