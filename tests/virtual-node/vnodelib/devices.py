# SPDX-License-Identifier: Apache-2.0
"""The shared object with the emulated devices, built by device/build for the installed QEMU."""

import json
import os
from pathlib import Path

from .cache import Cache, digest
from .errors import VnodeError
from .proc import run
from .qemu import qemu_find


def devices_build(cache: Cache, folder: Path) -> Path:
    """Path of the shared object. device/build is asked again only if its sources or QEMU changed."""
    build = folder / "build"
    if not build.is_file():
        raise VnodeError(f"{build} is missing")
    qemu = os.stat(qemu_find())
    sources = sorted(p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    key = digest([*sources, f"{qemu.st_size} {qemu.st_mtime_ns}"])
    note = cache.root / "device.json"
    known = _read_note(note)
    if known.get("key") == key and Path(known.get("path", "")).is_file():
        return Path(known["path"])
    (cache.root / "device").mkdir(exist_ok=True)
    lines = run([build, "--cache", cache.root / "device"]).splitlines()
    if not lines or not Path(lines[-1]).is_file():
        raise VnodeError(f"{build} did not print the path of a shared object")
    new = note.with_suffix(f".{os.getpid()}")
    new.write_text(json.dumps({"key": key, "path": lines[-1]}), encoding="utf-8")
    new.rename(note)
    return Path(lines[-1])


def _read_note(note: Path) -> dict[str, str]:
    try:
        found = json.loads(note.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
