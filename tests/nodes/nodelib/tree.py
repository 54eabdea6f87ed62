# SPDX-License-Identifier: Apache-2.0
"""A tree of files in memory: written whole, or turned into another one in place."""
from __future__ import annotations

import os
from dataclasses import dataclass, field

# ("file", text, mode), ("link", target) or ("dir",)
Entry = tuple


@dataclass
class Tree:
    entries: dict[str, Entry] = field(default_factory=dict)

    def file(self, path: str, text: str, mode: int = 0o644) -> None:
        """Text without its last newline; empty files stay empty."""
        self.entries[path] = ("file", text + "\n" if text else "", mode)

    def link(self, path: str, to: str) -> None:
        """A relative link from path to another path of the tree."""
        here, there = path.split("/")[:-1], to.split("/")
        same = 0
        while same < min(len(here), len(there)) and here[same] == there[same]:
            same += 1
        self.entries[path] = ("link", "../" * (len(here) - same) + "/".join(there[same:]))

    def raw_link(self, path: str, target: str) -> None:
        self.entries[path] = ("link", target)

    def directory(self, path: str) -> None:
        self.entries[path] = ("dir",)

    def write(self, root: str) -> None:
        """Into an empty directory."""
        made: set[str] = set()
        for path, entry in self.entries.items():
            _write(root, path, entry, made)

    def become(self, other: Tree, root: str) -> None:
        """Change what write left at root so that it is as if other had written it."""
        mine, theirs = self.entries, other.entries
        for path, entry in mine.items():
            if theirs.get(path) != entry and entry[0] != "dir":
                os.unlink(f"{root}/{path}")
        for path, entry in mine.items():
            if path not in theirs:
                _prune(root, f"{path}/" if entry[0] == "dir" else path)
        made: set[str] = set()
        for path, entry in theirs.items():
            if mine.get(path) != entry or entry[0] == "dir":
                _write(root, path, entry, made)


def _write(root: str, path: str, entry: Entry, made: set[str]) -> None:
    full = f"{root}/{path}"
    parent = full if entry[0] == "dir" else full.rpartition("/")[0]
    if parent not in made:
        os.makedirs(parent, 0o755, exist_ok=True)
        made.add(parent)
    if entry[0] == "link":
        os.symlink(entry[1], full)
    elif entry[0] == "file":
        fd = os.open(full, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, entry[2])
        try:
            os.write(fd, entry[1].encode("ascii"))
            os.fchmod(fd, entry[2])
        finally:
            os.close(fd)


def _prune(root: str, path: str) -> None:
    """Directories that nothing is left in, above a path."""
    parent = path.rpartition("/")[0]
    while parent:
        try:
            os.rmdir(f"{root}/{parent}")
        except OSError:
            return
        parent = parent.rpartition("/")[0]
