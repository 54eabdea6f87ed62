# SPDX-License-Identifier: Apache-2.0
"""Whose programs the lab runs: the machine's, or those of another Debian in the folder that EFA_LAYOUT_SLURM_ROOT names.

They see the machine as it is, under its own paths, but for /usr, which is the folder's.
"""

from __future__ import annotations

import ctypes
import functools
import os
import shutil
from collections.abc import Callable
from pathlib import Path

_CLONE_NEWNS = 0x00020000
_MS_BIND, _MS_REC, _MS_PRIVATE = 0x1000, 0x4000, 0x40000
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"


def _folder() -> Path | None:
    name = os.environ.get("EFA_LAYOUT_SLURM_ROOT")
    return Path(name) if name else None


def _check(rc: int, what: str) -> None:
    if rc != 0:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")


def _bind(source: str, target: Path, flags: int = 0) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    rc = libc.mount(source.encode(), os.fsencode(target), None, ctypes.c_ulong(flags), None)
    _check(rc, f"mount {source} at {target}")


@functools.cache
def _mounted() -> Path | None:
    """Where the machine is to be seen with the folder's /usr: in a mount namespace of this process, with which it goes."""
    folder = _folder()
    if folder is None:
        return None
    folder = folder.resolve(strict=True)
    _check(ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWNS), "unshare")
    _bind("none", Path("/"), _MS_REC | _MS_PRIVATE)
    _bind("/", folder / "tmp", _MS_BIND | _MS_REC)
    _bind(str(folder / "usr"), folder / "tmp" / "usr", _MS_BIND)
    return folder / "tmp"


def missing(programs: tuple[str, ...]) -> str | None:
    """Why these programs cannot be run, or None."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    folder = _folder()
    if folder is not None:
        if not folder.exists():
            return f"needs {folder}, with another Slurm in it"
        path = ":".join(f"{folder}{one}" for one in _PATH.split(":"))
    absent = [name for name in programs if shutil.which(name, path=path) is None]
    if absent:
        return "needs " + ", ".join(absent)
    try:
        _mounted()
    except OSError as error:
        return f"needs a mount namespace: {error}"
    return None


def entrance(cwd: str) -> Callable[[], None] | None:
    """What a child does before it becomes a program, if anything."""
    mounted = _mounted()
    if mounted is None:
        return None

    def enter() -> None:
        os.chroot(mounted)
        os.chdir(cwd)

    return enter
