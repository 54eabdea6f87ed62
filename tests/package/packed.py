# SPDX-License-Identifier: Apache-2.0
"""Packing a build, and looking into packages."""

import shutil
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests" / "debian"))

from unpacked import run  # noqa: E402

NEWER = "9.9.9"


def pack(kind: str, build: Path, out: Path, *settings: str) -> None:
    """kind: DEB or RPM."""
    run(["cpack", "-G", kind, "--config", build / "CPackConfig.cmake", "-B", out, *(word for one in settings for word in ("-D", one))])
    shutil.rmtree(out / "_CPack_Packages")


def control(package: Path) -> dict[str, str]:
    """Fields of a .deb, their first lines."""
    fields = run(["dpkg-deb", "-f", package]).splitlines()
    return {key: value.strip() for key, _, value in (line.partition(":") for line in fields if line[:1] != " ")}


def depends(package: Path) -> set[str]:
    """Names of what a .deb depends on."""
    return {one.split()[0] for one in control(package)["Depends"].split(", ")}


def deb_files(package: Path) -> set[str]:
    """All but folders."""
    return {line.split(maxsplit=5)[5].split(" -> ")[0].lstrip(".") for line in run(["dpkg-deb", "-c", package]).splitlines() if line[0] != "d"}


def rpm_files(package: Path) -> set[str]:
    lines = run(["rpm", "-qp", "--qf", "[%{FILEMODES:perms} %{FILENAMES}\\n]", package]).splitlines()
    return {line.split(maxsplit=1)[1] for line in lines if line[0] != "d"}
