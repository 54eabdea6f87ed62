# SPDX-License-Identifier: Apache-2.0
"""Folders with programs and libraries of Debian 13, for tests on Debian 12.

The packages come from the archive that apt has for Debian 12, are checked against Debian's own keys, and are unpacked, not installed: no
script of theirs runs. A folder is made once, in the virtual node's cache. What is there is used, whatever its version.
"""

import os
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

VNODE = Path(__file__).resolve().parents[1] / "virtual-node"
sys.path.insert(0, str(VNODE))

from vnodelib.cache import Cache, digest  # noqa: E402
from vnodelib.errors import VnodeError  # noqa: E402
from vnodelib.proc import run  # noqa: E402

SUITES = {"bookworm": "trixie", "bookworm-updates": "trixie-updates", "bookworm-security": "trixie-security"}
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
TIMEOUT_S = 300


class Unreachable(VnodeError):
    """Debian 13 cannot be had here."""


def sources() -> str:
    """Debian 13 from where this machine has its Debian 12."""
    try:
        known = run(["apt-get", "indextargets", "--format", "$(REPO_URI) $(CODENAME)", "Created-By: Packages", "Origin: Debian"])
    except VnodeError as e:
        raise Unreachable(str(e)) from e
    lines = sorted({f"deb [signed-by={KEYRING}] {uri} {SUITES[suite]} main"
                    for uri, suite in (line.split() for line in known.splitlines()) if suite in SUITES})
    if not any(" trixie main" in line for line in lines):
        raise Unreachable("apt knows no archive of Debian 12 (bookworm): needs its sources and a recent 'apt-get update'")
    return "".join(f"{line}\n" for line in lines)


def apt(tmp: Path, *words: str) -> None:
    """apt-get with lists, status and downloads of its own: an empty system of another release."""
    places = {"State": tmp, "State::status": tmp / "status", "Cache": tmp, "Etc::sourcelist": tmp / "sources.list",
              "Etc::sourceparts": "/dev/null", "Etc::preferences": "/dev/null", "Etc::preferencesparts": "/dev/null"}
    options = [word for name, path in places.items() for word in ("-o", f"Dir::{name}={path}")]
    settings = {"Sandbox::User": "root", "Install-Recommends": "false", "Update::Error-Mode": "any"}
    options += [word for name, value in settings.items() for word in ("-o", f"APT::{name}={value}")]
    run(["apt-get", "-q", "-y", "-o", "Acquire::Retries=3", *options, *words], timeout=TIMEOUT_S)


def update(tmp: Path) -> None:
    (tmp / "status").touch()
    (tmp / "sources.list").write_text(sources(), encoding="ascii")
    try:
        apt(tmp, "update")
    except VnodeError as e:
        raise Unreachable(f"the archive of Debian 13 is not to be had: {e}") from e


def build(cache: Cache, out: Path, packages: Sequence[str]) -> dict[str, str]:
    """Unpacks packages and what they depend on into out; returns the version of each."""
    with cache.scratch() as tmp:
        for folder in ("lists/partial", "archives/partial"):
            (tmp / folder).mkdir(parents=True)
        update(tmp)
        apt(tmp, "--download-only", "install", *packages)
        # base-files has the links that make /lib one with /usr/lib: before all that has something there.
        files = sorted((tmp / "archives").glob("*.deb"), key=lambda p: (not p.name.startswith("base-files_"), p.name))
        for file in files:
            run(["dpkg-deb", "-x", file, out])
    out.chmod(0o755)
    found = {p.name.split("_")[0]: p.name.split("_")[1] for p in files}
    (out / "packages").write_text("".join(f"{name} {version}\n" for name, version in sorted(found.items())), encoding="ascii")
    return found


def unpacked(kind: str, packages: Sequence[str], package: str, version: str, links: Mapping[str, str] = {}) -> Path:
    """The folder with these packages, and all that they depend on; package has this version. links are made in it, as packages' scripts
    would. Raises Unreachable, VnodeError."""

    def make(out: Path) -> None:
        found = build(cache, out, ("base-files", *packages))
        if not re.match(rf"{re.escape(version)}\b", found.get(package, "")):
            raise VnodeError(f"expected {package} {version} in Debian 13, found {found.get(package)}")
        for name in ("dev", "proc", "run", "sys", "tmp"):
            (out / name).mkdir(exist_ok=True)
        for name, target in links.items():
            (out / name).symlink_to(target)

    cache = Cache(Path(os.environ.get("VNODE_CACHE") or VNODE / "cache"))
    recipe = digest([Path(__file__), *packages, package, version, *links, *links.values()])
    return cache.newest(kind, recipe) or cache.make(kind, recipe, make)
