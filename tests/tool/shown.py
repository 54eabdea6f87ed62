# SPDX-License-Identifier: Apache-2.0
"""What the tests of `efa-layout show` share: nodes, the program on a terminal, and a table read back."""

from __future__ import annotations

import os
import pty
import sys
from collections.abc import Mapping
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "prolog"))

from kit import TOP, Node, Run, main, runner  # noqa: E402

__all__ = ["Node", "Run", "TOP", "main", "on_terminal", "runner", "show", "table"]

PLAIN = {"PATH": "/usr/bin:/bin"}


def show(node: Node, *words: str | Path, env: Mapping[str, str] | None = None) -> Run:
    """Run `efa-layout show` with its output in a pipe."""
    return runner.run([runner.TOOL, "show", *node.options(), *words], {**PLAIN, **(env or {})})


def on_terminal(node: Node, *words: str, env: Mapping[str, str]) -> str:
    """The same with its output on a pseudo terminal."""
    argv = [os.fspath(word) for word in (runner.TOOL, "show", *node.options(), *words)]
    child, master = pty.fork()
    if child == 0:
        try:
            os.execve(argv[0], argv, {**PLAIN, **env})
        finally:
            os._exit(127)
    parts = []
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        parts.append(part)
    os.close(master)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0, b"".join(parts)
    return b"".join(parts).decode().replace("\r\n", "\n")


def table(out: str) -> list[dict[str, str]]:
    """The rows of the interface table by heading; no cell is empty, MARK has no heading."""
    lines = out.splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith("interfaces (")) + 1
    heads = lines[first].split()
    if "EXPECTED" in heads:
        heads.insert(0, "MARK")
    rows = []
    for line in lines[first + 1 :]:
        if not line:
            break
        cells = line.split()
        assert len(cells) == len(heads), line
        rows.append(dict(zip(heads, cells)))
    return rows
