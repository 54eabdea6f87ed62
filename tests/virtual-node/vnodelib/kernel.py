# SPDX-License-Identifier: Apache-2.0
"""The guest kernel: Debian's current 6.1, the modules a node needs, and the efa driver.

Debian builds no efa module for any kernel, so it is built out of tree from the same version's source
package against the same version's headers, all unpacked into a scratch folder and not installed.
"""

import lzma
import re
import shutil
import struct
from collections.abc import Iterable
from pathlib import Path

from .cache import Cache, digest
from .errors import VnodeError
from .proc import pipe, run

META_PACKAGE = "linux-image-amd64"
SOURCE_PACKAGE = "linux-source-6.1"

# What the guest loads before its root file system is there, and beside it. Dependencies are added.
BOOT_MODULES = ("virtio_pci", "9pnet_virtio", "9p", "overlay")
LATE_MODULES = ("virtio_console",)
EFA_MODULES = ("ib_uverbs",)  # efa itself comes from our own build
ENA_MODULES = ("ena",)
# What a command in the node may load with modprobe, or by what it does (rdma link add ... type rxe).
EXTRA_MODULES = ("rdma_rxe", "crc32_generic")
EXTRA = "extra"  # folder of these, a module tree of its own


def kernel_build(cache: Cache) -> Path:
    """Directory with vmlinux, *.ko, load order files and further modules; what is there is used, whatever its
    version.

    The guest's kernel need not be the newest one, and asking apt costs more than the rest of a start.
    """
    recipe = digest([Path(__file__)])
    found = cache.newest("linux", recipe)
    if found:
        return found
    abi, version = _current()
    return cache.make("linux", f"{recipe}-{version}", lambda out: _build(cache, abi, version, out))


def _current() -> tuple[str, str]:
    """ABI name (6.1.0-NN-amd64) and package version of the newest kernel that apt offers."""
    text = run(["apt-cache", "show", "--no-all-versions", META_PACKAGE])
    m = re.search(r"^Depends:.*\blinux-image-(6\.1\.\S+) \(= (\S+)\)", text, re.M)
    if not m:
        raise VnodeError(f"apt offers no {META_PACKAGE} 6.1: needs Debian 12 (bookworm) and a recent "
                         "'apt-get update'")
    return m[1], m[2]


def _build(cache: Cache, abi: str, version: str, out: Path) -> None:
    with cache.scratch() as tmp:
        _download(tmp, abi, version)
        run(["dpkg-deb", "-x", _deb(tmp, f"linux-image-{abi}"), tmp / "image"])
        tree = tmp / "image"
        run(["depmod", "-b", tree, abi])
        _extract_vmlinux(tree / "boot" / f"vmlinuz-{abi}", out / "vmlinux")
        _collect_modules(tree / "lib/modules" / abi, out)
        shutil.copyfile(_build_efa(tmp, abi), out / "efa.ko")
        run(["strip", "--strip-debug", out / "efa.ko"])
        _collect_extra(tmp, tree / "lib/modules" / abi, out / EXTRA)
        (out / "version").write_text(f"{abi} {version}\n", encoding="ascii")


def _download(tmp: Path, abi: str, version: str) -> None:
    flavour = abi.rsplit("-", 1)[0]
    names = [f"linux-image-{abi}={version}", f"linux-headers-{abi}={version}",
             f"linux-headers-{flavour}-common={version}", f"linux-kbuild-6.1={version}",
             f"{SOURCE_PACKAGE}={version}"]
    try:
        run(["apt-get", "-q", "download", *names], cwd=tmp)
    except VnodeError as e:
        raise VnodeError(f"cannot download the kernel packages (is 'apt-get update' recent?): {e}") from e


def _deb(tmp: Path, package: str) -> Path:
    found = list(tmp.glob(f"{package}_*.deb"))
    if len(found) != 1:
        raise VnodeError(f"expected one {package}_*.deb in {tmp}, found {len(found)}")
    return found[0]


def _extract_vmlinux(bzimage: Path, out: Path) -> None:
    """Unpacks the ELF kernel, which QEMU starts directly (PVH); this saves the guest 3 s of XZ.

    Offsets: Linux Documentation/x86/boot.rst, setup_sects 0x1f1, payload_offset 0x248.
    """
    data = bzimage.read_bytes()
    setup_sects = data[0x1f1] or 4
    offset, length = struct.unpack_from("<II", data, 0x248)
    start = (setup_sects + 1) * 512 + offset
    payload = data[start:start + length]
    if not payload.startswith(b"\xfd7zXZ\0"):
        raise VnodeError(f"{bzimage.name}: payload is not XZ")
    out.write_bytes(lzma.LZMADecompressor(format=lzma.FORMAT_XZ).decompress(payload))


def _collect_modules(moddir: Path, out: Path) -> None:
    """Copies modules and writes boot.list, late.list, efa.list and ena.list in load order."""
    by_name, deps = _module_index(moddir)
    done: set[str] = set()
    for group, names in (("boot", BOOT_MODULES), ("late", LATE_MODULES), ("efa", EFA_MODULES),
                         ("ena", ENA_MODULES)):
        order = [p for p in _load_order(names, by_name, deps) if p not in done]
        done.update(order)
        for path in order:
            shutil.copyfile(moddir / path, out / Path(path).name)
        files = [Path(p).name for p in order] + (["efa.ko"] if group == "efa" else [])
        (out / f"{group}.list").write_text("".join(f"{f}\n" for f in files), encoding="ascii")


def _collect_extra(tmp: Path, moddir: Path, out: Path) -> None:
    """A module tree, as modprobe reads it, of the extra modules and all that they need."""
    tree = tmp / "extra" / "lib/modules" / moddir.name
    tree.mkdir(parents=True)
    for path in _load_order(EXTRA_MODULES, *_module_index(moddir)):
        shutil.copyfile(moddir / path, tree / Path(path).name)
    for name in ("modules.builtin", "modules.builtin.modinfo", "modules.order"):
        shutil.copyfile(moddir / name, tree / name)
    run(["depmod", "-b", tmp / "extra", moddir.name])
    shutil.copytree(tree, out)


def _module_index(moddir: Path) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Path of each module by name, and the paths of what each needs, the deepest last."""
    deps: dict[str, list[str]] = {}
    for line in (moddir / "modules.dep").read_text(encoding="ascii").splitlines():
        path, _, rest = line.partition(":")
        deps[path] = rest.split()
    return {Path(p).stem.replace("-", "_"): p for p in deps}, deps


def _load_order(names: Iterable[str], by_name: dict[str, str], deps: dict[str, list[str]]) -> list[str]:
    order: list[str] = []
    for name in names:
        path = by_name.get(name.replace("-", "_"))
        if path is None:
            raise VnodeError(f"the kernel package has no module {name}")
        for p in [*reversed(deps[path]), path]:  # modules.dep lists the deepest dependency last
            if p not in order:
                order.append(p)
    return order


def _build_efa(tmp: Path, abi: str) -> Path:
    flavour = abi.rsplit("-", 1)[0]
    root = tmp / "headers"
    for package in (f"linux-headers-{abi}", f"linux-headers-{flavour}-common", "linux-kbuild-6.1"):
        run(["dpkg-deb", "-x", _deb(tmp, package), root])
    build = root / "usr/src" / f"linux-headers-{abi}"
    makefile = build / "Makefile"  # one line: include /usr/src/linux-headers-...-common/Makefile
    makefile.write_text(makefile.read_text(encoding="ascii").replace("/usr/src/", f"{root}/usr/src/"),
                        encoding="ascii")
    driver = f"{SOURCE_PACKAGE}/drivers/infiniband/hw/efa"
    pipe([["dpkg-deb", "--fsys-tarfile", _deb(tmp, SOURCE_PACKAGE)],
          ["tar", "-xO", f"./usr/src/{SOURCE_PACKAGE}.tar.xz"],
          ["tar", "-xJ", driver]], cwd=tmp)
    run(["make", "-s", "-C", build, f"M={tmp / driver}", "CONFIG_INFINIBAND_EFA=m", "modules"])
    return tmp / driver / "efa.ko"
