# SPDX-License-Identifier: Apache-2.0
"""Folders with programs and libraries of other releases of Debian, for tests on Debian 12.

The packages come from the archive that apt has for Debian 12, are checked against Debian's own keys, and are unpacked, not installed: no
script of theirs runs. A folder is made once, in the virtual node's cache. What is there is used, whatever its version.
"""

import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

VNODE = Path(__file__).resolve().parents[1] / "virtual-node"
sys.path.insert(0, str(VNODE))

from vnodelib.cache import Cache, digest  # noqa: E402
from vnodelib.errors import VnodeError  # noqa: E402
from vnodelib.proc import run  # noqa: E402

HERE = "bookworm"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
TIMEOUT_S = 300


class Unreachable(VnodeError):
    """That release of Debian cannot be had here."""


def sources(release: str) -> str:
    """A release of Debian ("trixie", "sid") from where this machine has its Debian 12."""
    try:
        known = run(["apt-get", "indextargets", "--format", "$(REPO_URI) $(CODENAME)", "Created-By: Packages", "Origin: Debian"])
    except VnodeError as e:
        raise Unreachable(str(e)) from e
    # sid has no updates, and what is archived may have lost them.
    parts = ("", "-updates", "-security") if release in (HERE, "trixie") else ("",)
    lines = sorted({f"deb [signed-by={KEYRING}] {uri} {release}{part} main"
                    for uri, suite in (line.split() for line in known.splitlines()) for part in parts if suite == HERE + part})
    if not any(f" {release} main" in line for line in lines):
        raise Unreachable(f"apt knows no archive of Debian 12 ({HERE}): needs its sources and a recent 'apt-get update'")
    return "".join(f"{line}\n" for line in lines)


class Archive:
    """apt with lists, status and downloads of its own, in tmp: an empty system of another release."""

    def __init__(self, tmp: Path, release: str) -> None:
        self.tmp, self.release = tmp, release
        for folder in ("lists/partial", "archives/partial"):
            (tmp / folder).mkdir(parents=True)
        (tmp / "status").touch()
        (tmp / "sources.list").write_text(sources(release), encoding="ascii")
        places = {"State": tmp, "State::status": tmp / "status", "Cache": tmp, "Etc::sourcelist": tmp / "sources.list",
                  "Etc::sourceparts": "/dev/null", "Etc::preferences": "/dev/null", "Etc::preferencesparts": "/dev/null"}
        settings = {"APT::Sandbox::User": "root", "APT::Install-Recommends": "false", "APT::Update::Error-Mode": "any",
                    "Acquire::Languages": "none", "Acquire::Retries": "3"}
        settings |= {f"Dir::{name}": str(path) for name, path in places.items()}
        self._options = [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]
        self.run("apt-get", "-q", "update")

    def run(self, program: str, *words: str, cwd: Path | None = None) -> str:
        try:
            return run([program, *self._options, *words], cwd=cwd, timeout=TIMEOUT_S)
        except VnodeError as e:
            failed = [line.strip() for line in str(e).splitlines() if "E: Failed to fetch" in line]
            if failed:
                raise Unreachable(f"the archive of Debian's {self.release} is out of reach: {failed[0]}") from e
            raise

    def download(self, packages: Sequence[str]) -> list[Path]:
        """Files of the packages and of all that they depend on."""
        self.run("apt-get", "-q", "-y", "--download-only", "install", *packages)
        return list((self.tmp / "archives").glob("*.deb"))

    def download_alone(self, packages: Sequence[str]) -> list[Path]:
        """Files of the packages, and of those that are built with them and that they depend on."""
        known = self.run("apt-cache", "show", "--no-all-versions", *packages)
        fellows = {found[1] for line in known.splitlines() if line.startswith("Depends: ")
                   for word in line.removeprefix("Depends: ").split(",") if (found := re.fullmatch(r" *(\S+) \(= [^)]*\) *", word))}
        folder = self.tmp / "archives"
        self.run("apt-get", "-q", "download", *{*packages, *fellows}, cwd=folder)
        return list(folder.glob("*.deb"))


def unpack(files: Sequence[Path], out: Path) -> dict[str, str]:
    """Unpacks packages into out; returns the version of each."""
    # base-files has the links that make /lib one with /usr/lib: before all that has something there.
    files = sorted(files, key=lambda p: (not p.name.startswith("base-files_"), p.name))
    for file in files:
        run(["dpkg-deb", "-x", file, out])
    out.chmod(0o755)
    found = {p.name.split("_")[0]: p.name.split("_")[1] for p in files}
    (out / "packages").write_text("".join(f"{name} {version}\n" for name, version in sorted(found.items())), encoding="ascii")
    return found


def folder(kind: str, recipe: Sequence[str | Path], make: Callable[[Cache, Path], None]) -> Path:
    cache = Cache(Path(os.environ.get("VNODE_CACHE") or VNODE / "cache"))
    key = digest([Path(__file__), *recipe])
    return cache.newest(kind, key) or cache.make(kind, key, lambda out: make(cache, out))


def unpacked(kind: str, packages: Sequence[str], package: str, version: str, links: Mapping[str, str] = {}) -> Path:
    """The folder with these packages of Debian 13, and all that they depend on; package has this version. links are made in it, as packages'
    scripts would. Raises Unreachable, VnodeError."""

    def make(cache: Cache, out: Path) -> None:
        with cache.scratch() as tmp:
            found = unpack(Archive(tmp, "trixie").download(("base-files", *packages)), out)
        if not re.match(rf"{re.escape(version)}\b", found.get(package, "")):
            raise VnodeError(f"expected {package} {version} in Debian 13, found {found.get(package)}")
        for name in ("dev", "proc", "run", "sys", "tmp"):
            (out / name).mkdir(exist_ok=True)
        for name, target in links.items():
            (out / name).symlink_to(target)

    return folder(kind, [*packages, package, version, *links, *links.values()], make)


def unpacked_alone(kind: str, release: str, packages: Sequence[str]) -> Path:
    """The folder with these packages of a release and what is built with them, but nothing else that they depend on: to look at, and to
    build for. Raises Unreachable, VnodeError."""

    def make(cache: Cache, out: Path) -> None:
        with cache.scratch() as tmp:
            unpack(Archive(tmp, release).download_alone(packages), out)

    return folder(f"{kind}-{release}", packages, make)
