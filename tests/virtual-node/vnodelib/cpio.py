# SPDX-License-Identifier: Apache-2.0
"""Archives for the kernel's initramfs (newc format, Linux Documentation/driver-api/early-userspace)."""

import stat


class Archive:
    """Collects entries; archives of this kind may follow one another in one initramfs."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._count = 0
        self._folders: set[str] = set()

    def folder(self, path: str) -> None:
        """A folder and those above it, once each."""
        parts = path.split("/")
        for n in range(1, len(parts) + 1):
            name = "/".join(parts[:n])
            if name not in self._folders:
                self._folders.add(name)
                self._entry(name, stat.S_IFDIR | 0o755, b"")

    def file(self, path: str, data: bytes, mode: int = 0o644) -> None:
        if "/" in path:
            self.folder(path.rpartition("/")[0])
        self._entry(path, stat.S_IFREG | mode, data)

    def device(self, path: str, major: int, minor: int) -> None:
        self.folder(path.rpartition("/")[0])
        self._entry(path, stat.S_IFCHR | 0o600, b"", (major, minor))

    def done(self) -> bytes:
        self._entry("TRAILER!!!", 0, b"")
        return bytes(self._data)

    def _entry(self, name: str, mode: int, data: bytes, device: tuple[int, int] = (0, 0)) -> None:
        self._count += 1
        path = name.encode() + b"\0"
        fields = (self._count, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(path), 0)
        self._data += b"070701" + b"".join(b"%08x" % f for f in fields) + path
        self._pad()
        self._data += data
        self._pad()

    def _pad(self) -> None:
        self._data += bytes(-len(self._data) % 4)
