# SPDX-License-Identifier: Apache-2.0
"""Built artifacts: one directory each, named by a hash of what they were built from.

A directory appears under its final name only when it is complete (built beside it, then renamed), and
one lock keeps two builders apart, so a start that finds the name may use it without looking further.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from .errors import VnodeError

KEEP = 3  # newest directories of a kind that stay after a build


def digest(parts: Iterable[str | bytes | Path]) -> str:
    """Short hash of texts, bytes and the contents of files, in order, each with its length."""
    h = hashlib.sha256()
    for part in parts:
        if isinstance(part, Path):
            data = part.read_bytes()
        elif isinstance(part, str):
            data = part.encode()
        else:
            data = part
        h.update(len(data).to_bytes(8, "little"))
        h.update(data)
    return h.hexdigest()[:16]


class Cache:
    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Exclusive among all processes that build into this cache."""
        with open(self.root / "lock", "w", encoding="ascii") as f:
            try:
                fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                print("vnode: waiting for another build to finish", file=sys.stderr, flush=True)
                fcntl.flock(f, fcntl.LOCK_EX)
            yield

    def newest(self, kind: str, key_prefix: str = "") -> Path | None:
        """The most recently built directory of a kind whose key starts with key_prefix."""
        found = list(self.root.glob(f"{kind}-{key_prefix}*"))
        return max(found, key=lambda p: p.stat().st_mtime) if found else None

    def make(self, kind: str, key: str, build: Callable[[Path], None]) -> Path:
        """The directory of this kind and key; calls build(empty directory) when there is none yet."""
        final = self.root / f"{kind}-{key}"
        if final.is_dir():
            return final
        with self.lock():
            if final.is_dir():
                return final
            for left in self.root.glob(".tmp-*"):  # of a builder that was killed: we hold the lock
                shutil.rmtree(left, ignore_errors=True)
            with self.scratch() as tmp:
                out = tmp / "out"
                out.mkdir()
                build(out)
                os.utime(out)
                os.rename(out, final)
            self._prune(kind)
        return final

    @contextlib.contextmanager
    def scratch(self) -> Iterator[Path]:
        """A private directory on the cache's file system, removed at the end whatever happens."""
        try:
            path = Path(tempfile.mkdtemp(prefix=".tmp-", dir=self.root))
        except OSError as e:
            raise VnodeError(f"cannot create a folder in {self.root}: {e.strerror}") from e
        try:
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)

    def _prune(self, kind: str) -> None:
        found = sorted(self.root.glob(f"{kind}-*"), key=lambda p: p.stat().st_mtime, reverse=True)
        for old in found[KEEP:]:
            shutil.rmtree(old, ignore_errors=True)
