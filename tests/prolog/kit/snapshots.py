# SPDX-License-Identifier: Apache-2.0
"""Snapshots of nodes: what is private on a node, and how a masked document compares with its original.

What is private is worked out here from the node's own files, not from what the program says.
"""

from __future__ import annotations

import ipaddress
import json
import os
import re
import socket
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from . import runner
from .node import Node
from .runner import Run

MAC = re.compile(r"(?<![0-9a-fA-F:])[0-9a-fA-F]{2}(?::[0-9a-fA-F]{2}){5}(?![0-9a-fA-F:])")
GID = re.compile(r"(?<![0-9a-fA-F:])[0-9a-fA-F]{4}(?::[0-9a-fA-F]{4}){7}(?![0-9a-fA-F:])")
GUID = re.compile(r"(?<![0-9a-fA-F:])[0-9a-fA-F]{4}(?::[0-9a-fA-F]{4}){3}(?![0-9a-fA-F:])")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
ENI = re.compile(r"eni-[0-9a-f]{8,17}")
INSTANCE = re.compile(r"(?<![a-z0-9])i-[0-9a-f]{8,17}")
ADDRESS = re.compile(r"(?<![0-9a-fA-F:.])[0-9a-fA-F:.]+(?=/[0-9]+)")
TOKEN = re.compile("|".join(f"(?:{one.pattern})" for one in (GID, MAC, GUID, UUID, ENI, INSTANCE, ADDRESS)))


def replay(snapshot: Path, node: Node, command: str, *extra: str | Path) -> Run:
    """Run a command of the tool on a snapshot, with the node's own settings."""
    return runner.run(
        [runner.TOOL, command, "--root", snapshot, "--run-dir", snapshot / "run/efa-layout",
         "--data-dir", node.data, "--site-dir", node.site, *extra], {},
    )  # fmt: skip


def document(run: Run, root: Path) -> Any:
    """A command's document, with paths as on the node itself."""
    return json.loads(run.out.replace(f"{root}/", "/"))


def _mac_forms(mac: str) -> set[str]:
    b = mac.lower().split(":")
    eui = [f"{int(b[0], 16) ^ 2:02x}", b[1], b[2], "ff", "fe", b[3], b[4], b[5]]
    groups = ["".join(eui[i : i + 2]) for i in range(0, 8, 2)]
    low = b[5] + b[4], b[3] + b[2]  # as node_guid has it
    return {":".join(b), "-".join(b), "".join(b), ":".join(groups), "".join(groups),
            ":".join(f"{int(one, 16):x}" for one in groups), ":".join(low), "".join(low)}  # fmt: skip


def _ip_forms(text: str) -> set[str]:
    ip = ipaddress.ip_address(text)
    if ip.is_unspecified or ip.is_loopback or ip.is_multicast or text.startswith("169.254.169."):
        return set()
    forms = {str(ip), ip.exploded}
    if isinstance(ip, ipaddress.IPv4Address):
        forms.add(f"{struct.unpack('=I', ip.packed)[0]:08x}")
    return forms


def _private_in(path: Path, text: str) -> Iterator[str]:
    for mac in MAC.findall(text):
        if set(mac) - {"0", ":"} and set(mac.lower()) - {"f", ":"}:
            yield from _mac_forms(mac)
    for gid in GID.findall(text):
        if set(gid[20:]) - {"0", ":"}:
            yield from (gid.lower()[20:], gid.lower()[20:].replace(":", ""))
            parts = gid.lower().replace(":", "")[16:]
            if parts[6:10] == "fffe":
                head = f"{int(parts[:2], 16) ^ 2:02x}"
                raw = head + parts[2:6] + parts[10:]
                yield from _mac_forms(":".join(raw[i : i + 2] for i in range(0, 12, 2)))
    for guid in GUID.findall(text):
        if set(guid) - {"0", ":"}:
            yield guid.lower()
    for form in (UUID, ENI, INSTANCE):
        yield from form.findall(text)
    if path.name == "addresses":
        for line in text.split("\n"):
            if line:
                yield from _ip_forms(line.split()[1].split("/")[0])
    if path.name == "route":
        for line in text.splitlines()[1:]:
            for digits in line.split()[1:3]:
                yield from _ip_forms(socket.inet_ntoa(struct.pack("=I", int(digits, 16))))


def private(root: Path) -> set[str]:
    """Everything of a node's tree that may not be in a masked snapshot of it, in all its forms."""
    found: set[str] = set()
    for path in files(root):
        found.update(_private_in(path, path.read_text(errors="replace")))
    return found


def files(root: Path) -> list[Path]:
    return sorted(Path(top) / name for top, _, names in os.walk(root) for name in names
                  if not (Path(top) / name).is_symlink())  # fmt: skip


def leaks(snapshot: Path, forbidden: set[str]) -> list[str]:
    """Where something forbidden stands: in contents, names or targets of links."""
    found = []
    for top, dirs, names in os.walk(snapshot):
        for name in dirs + names:
            path = Path(top) / name
            text = str(path.relative_to(snapshot))
            if path.is_symlink():
                text += "\n" + os.readlink(path)
            elif path.is_file():
                text += "\n" + path.read_text(errors="replace")
            text = text.lower()
            found += [f"{path.relative_to(snapshot)}: {one}" for one in forbidden if one.lower() in text]
    return found


class Translation:
    """Compares documents while learning which mask stands for which original, one for one."""

    def __init__(self) -> None:
        self.masks: dict[str, str] = {}
        self.originals: dict[str, str] = {}

    def _token(self, original: str, mask: str, where: str) -> None:
        for form in (MAC, GID, GUID, UUID, ENI, INSTANCE):
            if bool(form.fullmatch(original)) != bool(form.fullmatch(mask)):
                raise AssertionError(f"{where}: {original} became {mask}")
        if len(original) != len(mask) and not ADDRESS.match(original + "/0"):
            raise AssertionError(f"{where}: {original} became {mask}: another length")
        if self.masks.setdefault(original, mask) != mask:
            raise AssertionError(f"{where}: {original} is {mask} and {self.masks[original]}")
        if self.originals.setdefault(mask, original) != original:
            raise AssertionError(f"{where}: {mask} is {original} and {self.originals[mask]}")

    def text(self, original: str, masked: str, where: str) -> None:
        if TOKEN.split(original) != TOKEN.split(masked):
            raise AssertionError(f"{where}: {original!r} became {masked!r}")
        for one, other in zip(TOKEN.findall(original), TOKEN.findall(masked), strict=True):
            self._token(one, other, where)

    def compare(self, original: Any, masked: Any, where: str = "") -> None:
        if type(original) is not type(masked):
            raise AssertionError(f"{where}: {original!r} became {masked!r}")
        if isinstance(original, dict):
            if list(original) != list(masked):
                raise AssertionError(f"{where}: {list(original)} became {list(masked)}")
            for key in original:
                self.compare(original[key], masked[key], f"{where}.{key}")
        elif isinstance(original, list):
            if len(original) != len(masked):
                raise AssertionError(f"{where}: {len(original)} became {len(masked)}")
            for i, (one, other) in enumerate(zip(original, masked, strict=True)):
                self.compare(one, other, f"{where}[{i}]")
        elif isinstance(original, str):
            self.text(original, masked, where)
        elif original != masked:
            raise AssertionError(f"{where}: {original!r} became {masked!r}")
