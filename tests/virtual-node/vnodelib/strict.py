# SPDX-License-Identifier: Apache-2.0
"""Reading JSON strictly: every refusal names the file, the place and what was expected."""

import json
from pathlib import Path
from typing import Any

from .errors import VnodeError

MAX_BYTES = 256 * 1024


class Node:
    """A JSON object with its place in a file; keys that nobody asked for are refused by done()."""

    def __init__(self, value: Any, where: str) -> None:
        if not isinstance(value, dict):
            raise VnodeError(f"{where}: expected an object, found {_kind(value)}")
        self.where = where
        self._left: dict[str, Any] = dict(value)

    def _take(self, key: str, default: Any, kind: type, what: str) -> Any:
        if key not in self._left:
            if default is None:
                raise VnodeError(f'{self.where}: key "{key}" is missing')
            return default
        value = self._left.pop(key)
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise VnodeError(f'{self.where}: "{key}": expected {what}, found {_kind(value)}')
        return value

    def text(self, key: str, default: str | None = None) -> str:
        value: str = self._take(key, default, str, "a string")
        return value

    def number(self, key: str, low: int, high: int, default: int | None = None) -> int:
        value: int = self._take(key, default, int, "a whole number")
        if not low <= value <= high:
            raise VnodeError(f'{self.where}: "{key}": {value} is not in {low} to {high}')
        return value

    def flag(self, key: str, default: bool) -> bool:
        value: bool = self._take(key, default, bool, "true or false")
        return value

    def items(self, key: str, default: list[Any] | None = None) -> list[Any]:
        value: list[Any] = self._take(key, default, list, "a list")
        return value

    def texts(self, key: str) -> list[str]:
        found = self.items(key, [])
        for value in found:
            if not isinstance(value, str):
                raise VnodeError(f'{self.where}: "{key}": expected strings, found {_kind(value)}')
        return found

    def table(self, key: str) -> dict[str, Any]:
        value: dict[str, Any] = self._take(key, {}, dict, "an object")
        return value

    def child(self, key: str) -> "Node | None":
        return Node(self._left.pop(key), f"{self.where}: {key}") if key in self._left else None

    def done(self) -> None:
        for key in self._left:
            raise VnodeError(f'{self.where}: unknown key "{key}"')


def load(path: Path) -> Node:
    """The object in a JSON file; duplicate keys, odd encodings and huge files are refused."""
    try:
        with open(path, "rb") as f:
            data = f.read(MAX_BYTES + 1)
    except OSError as e:
        raise VnodeError(f"{path}: {e.strerror}") from e
    if len(data) > MAX_BYTES:
        raise VnodeError(f"{path}: more than {MAX_BYTES} bytes")
    try:
        return Node(json.loads(data.decode("utf-8"), object_pairs_hook=_no_duplicates), str(path))
    except (ValueError, RecursionError) as e:
        raise VnodeError(f"{path}: not valid JSON: {e}") from e


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f'key "{key}" stands twice')
        found[key] = value
    return found


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "true or false"
    names = {dict: "an object", list: "a list", str: f'"{value}"', type(None): "null"}
    return names.get(type(value), str(value))
