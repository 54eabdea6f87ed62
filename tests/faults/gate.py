# SPDX-License-Identifier: Apache-2.0
"""The gate as slurmd runs it: one program in a group of its own whose output is read to its end, and a controller that notes what it is
asked."""

import os
import select
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from guest import kit

HELPER = Path("/run/controller/helper")
CALLS = Path("/run/controller/calls")
LIMIT_S = 90.0  # after which a run counts as one without end

_HELPER = """#!/bin/sh
echo "$1" >>/run/controller/calls
[ ! -e /run/controller/silent ] || exec sleep 60
"""


def install_controller() -> None:
    HELPER.parent.mkdir(mode=0o755)
    HELPER.write_text(_HELPER)
    HELPER.chmod(0o755)
    CALLS.touch()


@dataclass
class Run:
    """What came of it."""

    status: int
    said: str
    seconds: float  # until both the program and everybody who holds its output had ended
    calls: list[str] = field(default_factory=list)

    @property
    def action(self) -> str:
        """Told from what slurmd and the controller saw."""
        if self.calls == ["drain"] and self.status == 1:
            return "drain"
        if self.calls == ["refuse"] and self.status == 0:
            return "refuse"
        if not self.calls and self.status == 0:
            return "warn" if "job allowed with a warning" in self.said else "allow"
        return f"exit status {self.status}, {'+'.join(self.calls) or 'nothing asked'}"


class Gate:
    """A prolog that runs."""

    def __init__(self, prefix: list[str], env: Mapping[str, str], job: int = 1) -> None:
        slurm = {"SLURM_JOB_ID": str(job), "SLURM_JOB_UID": "1000", "SLURMD_NODENAME": "node-1", "SLURM_SCRIPT_CONTEXT": "prolog_slurmd",
                 "PATH": "/usr/bin:/bin"}
        ours, theirs = os.pipe()
        self.start = time.monotonic()
        self.output = ours
        self.process = subprocess.Popen([*prefix, kit.PROLOG, "--slurm-helper", str(HELPER)], stdin=subprocess.DEVNULL, stdout=theirs,
                                        stderr=theirs, env=slurm | dict(env), process_group=0)
        os.close(theirs)

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)

    def wait(self) -> Run:
        said = b""
        while True:
            left = self.start + LIMIT_S - time.monotonic()
            if left <= 0 or not select.select([self.output], [], [], left)[0]:
                self.kill()
                raise SystemExit(f"the gate has come to no end in {LIMIT_S:.0f} s: {said.decode(errors='replace')}")
            more = os.read(self.output, 65536)
            if not more:
                break
            said += more
        os.close(self.output)
        status = self.process.wait()
        return Run(status, said.decode(errors="replace").strip(), time.monotonic() - self.start)
