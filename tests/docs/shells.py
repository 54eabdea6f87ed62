# SPDX-License-Identifier: Apache-2.0
"""What bash and zsh offer for a line, as somebody would get it who types it and presses the key."""

from __future__ import annotations

import os
import pty
import re
import select
import shlex
import shutil
import signal
import subprocess
import time
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
COMPLETION = TOP / "etc" / "completion"

# Sets the words as bash does, which parts them at "=" too, and prints what is offered between marks.
BASH = r"""
set -u
source "$1"
while IFS= read -r line; do
    eval "COMP_WORDS=($line)"
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMPREPLY=()
    _efa_layout
    printf '%s\n' "${COMPREPLY[@]}" "<END>"
done
"""

# What would be offered is collected and printed; the line is emptied again.
ZSH = r"""
PROMPT= RPROMPT= LISTMAX=100000 # or it asks
unsetopt zle_bracketed_paste prompt_cr prompt_sp
fpath=(COMPLETION $fpath)
path=(PROGRAM $path)
autoload -U compinit
compinit -u -D
zstyle ':completion:*' completer _complete
compadd() {
    local -a hits
    [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]] || { builtin compadd -A hits "$@"; offered_words+=("$hits[@]") }
    builtin compadd "$@"
}
offered() { offered_words=(); zle -Rc; zle complete-word; BUFFER=; print -r -- "<<<${(F)offered_words}>>>"; zle reset-prompt }
zle -C complete-word complete-word _main_complete
zle -N offered
bindkey '^T' offered
print READY
"""


def parted(word: str) -> list[str]:
    """As bash parts it: at "=", and nothing behind that is no word of its own."""
    return [part for part in re.split("(=)", word, maxsplit=1) if part] if word.startswith("--") else [word]


class Bash:
    """A bash that has read the completion."""

    def __init__(self, program: Path, folder: Path) -> None:
        self.program, self.folder = program, folder

    def offers(self, lines: list[list[str]]) -> list[list[str]]:
        """For each line, in words of which the last one is at the cursor."""
        typed = [" ".join(shlex.quote(part) for part in [str(self.program), *(part for word in line for part in parted(word))]) for line in lines]
        run = subprocess.run(
            ["bash", "--norc", "-c", BASH, "bash", COMPLETION / "efa-layout.bash"],
            input="\n".join(typed) + "\n", capture_output=True, text=True, timeout=60, check=True, cwd=self.folder)  # fmt: skip
        assert not run.stderr, run.stderr
        found = [[word for word in part.split("\n") if word] for part in run.stdout.split("<END>\n")[:-1]]
        assert len(found) == len(lines), (len(found), len(lines))
        return found


class Zsh:
    """A zsh on a terminal of its own."""

    def __init__(self, program: Path, folder: Path) -> None:
        (folder / ".setup").write_text(ZSH.replace("COMPLETION", str(COMPLETION)).replace("PROGRAM", str(program.parent)))
        zsh = shutil.which("zsh")
        assert zsh
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execve(zsh, ["zsh", "-f", "-i"], {"PATH": os.environ["PATH"], "TERM": "dumb", "HOME": str(folder), "LC_ALL": "C.UTF-8"})
        os.write(self.fd, b"source ./.setup\n")
        self._read(rb"\nREADY\r?\n")
        (folder / ".setup").unlink()

    def _read(self, until: bytes) -> str:
        said, end = b"", time.monotonic() + 20
        while time.monotonic() < end:
            if select.select([self.fd], [], [], 0.5)[0]:
                said += os.read(self.fd, 1 << 16)
            if re.search(until, said, re.S):
                return said.decode(errors="replace")
        raise AssertionError(f"zsh did not answer: {said[-2000:]!r}")

    def offers(self, lines: list[list[str]]) -> list[list[str]]:
        """For each line, in words of which the last one is at the cursor."""
        found = []
        for line in lines:
            words = [shlex.quote(word) if word else "" for word in line]
            os.write(self.fd, f"efa-layout {' '.join(words)}\x14".encode())
            said = self._read(rb"<<<.*>>>")
            found.append(sorted(set(re.search(r"<<<(.*)>>>", said, re.S)[1].split())))  # type: ignore[index]
        return found

    def listing(self, line: str) -> str:
        """What the terminal shows below a line when the key is pressed, with descriptions."""
        os.write(self.fd, f"efa-layout {line}\x14".encode())
        return self._read(rb"<<<.*>>>.*\n \r")

    def close(self) -> None:
        os.close(self.fd)
        try:
            os.kill(self.pid, signal.SIGHUP)
        except ProcessLookupError:
            pass
        os.waitpid(self.pid, 0)
