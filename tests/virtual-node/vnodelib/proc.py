# SPDX-License-Identifier: Apache-2.0
"""Running build commands: silent when they succeed, with their last words when they do not."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from .errors import VnodeError

LAST_WORDS = 20  # lines of a failed command's output that are shown


def run(argv: Sequence[str | Path], cwd: Path | None = None, timeout: float = 600) -> str:
    """The standard output of a command; VnodeError with the end of its output if it fails."""
    words = [str(a) for a in argv]
    try:
        done = subprocess.run(words, cwd=cwd, timeout=timeout, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                              encoding="utf-8", errors="replace")
    except FileNotFoundError as e:
        raise VnodeError(f"command not found: {words[0]} (install its package)") from e
    except subprocess.TimeoutExpired as e:
        raise VnodeError(f"no end within {timeout:.0f} s: {' '.join(words)}") from e
    if done.returncode != 0:
        lines = (done.stdout + done.stderr).strip().splitlines()[-LAST_WORDS:]
        raise VnodeError(f"exit status {done.returncode} from: {' '.join(words)}\n"
                         + "\n".join(f"    {line}" for line in lines))
    return done.stdout


def pipe(argv: Sequence[Sequence[str | Path]], cwd: Path | None = None) -> None:
    """Runs commands joined by pipes; VnodeError when any of them fails."""
    procs: list[subprocess.Popen[bytes]] = []
    for i, words in enumerate(argv):
        procs.append(subprocess.Popen(
            [str(w) for w in words], cwd=cwd,
            stdin=procs[-1].stdout if procs else subprocess.DEVNULL,
            stdout=subprocess.PIPE if i + 1 < len(argv) else None))
        if i > 0:
            stdout = procs[i - 1].stdout
            assert stdout is not None
            stdout.close()
    for words, proc in zip(argv, procs):
        if proc.wait() != 0:
            raise VnodeError(f"exit status {proc.returncode} from: {' '.join(map(str, words))}")
