# SPDX-License-Identifier: Apache-2.0
"""A real Slurm whose Prolog, Epilog and HealthCheckProgram are the gate's program."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from gate_lab import GateLab
from kit import Node, runner

# Quick, so that a test waits for seconds and not for an hour.
POLICY = {
    "check": {"cache_ttl_s": 600},
    "health": {"interval_s": 1},
    "recover": {"strikes": 2},
    "limit": {"partition_percent": 100},
}


class BetweenLab(GateLab):
    """One node; the health check runs every second."""

    def __init__(self) -> None:
        super().__init__()
        self.policy()
        self.settings["Epilog"] = str(self._write_script("epilog.sh", "efa-layout-epilog", ""))
        # slurmd gives it no SLURM_CONF, and this cluster's is not where Slurm looks for one.
        health = self._write_script("health.sh", "efa-layout-health", f"--slurm-conf {self.path}/slurm.conf")
        self.settings["HealthCheckProgram"] = str(health)
        self.settings["HealthCheckInterval"] = "1"

    @property
    def replay(self) -> Node:
        return self.replayed["n1"]

    def policy(self, **groups: dict[str, Any]) -> None:
        settings = {group: dict(values) for group, values in POLICY.items()}
        for group, values in groups.items():
            settings.setdefault(group, {}).update(values)
        # In one step: a health check may be reading it.
        fresh = self.replay.site / "policy.fresh"
        fresh.write_text(json.dumps(settings))
        fresh.rename(self.replay.site / "policy.json")

    def _write_script(self, name: str, program: str, more: str) -> Path:
        """Slurm gives its scripts no arguments. Each notes its environment before it becomes the program."""
        installed = self.install(runner.PROLOG, program)
        options = " ".join(str(word) for word in self.replay.options())
        lines = [
            "#!/bin/bash",
            f"tr '\\0' '\\n' </proc/$$/environ >{self.path}/{program}.$$",
            f"mv {self.path}/{program}.$$ {self.path}/{program}.env",
            f"exec {installed} {options} --slurm-helper {self._helper} {more}",
        ]
        # Without a PATH bash has one of its own, which is no variable of the program's.
        return self.write(name, "\n".join([*lines, ""]), 0o755)

    def environment_of(self, program: str) -> dict[str, str]:
        """What slurmd gave it."""
        lines = (self.path / f"{program}.env").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)

    def n_tests(self) -> int:
        return len([call for call in self.replay.probe_calls() if "--counters" not in call["argv"]])

    def show_steps(self) -> list[int]:
        """Let the replayed node have this cluster's slurmstepd in its /proc."""
        found = []
        for entry in os.listdir("/proc"):
            try:
                is_step = entry.isdigit() and Path("/proc", entry, "comm").read_text() == "slurmstepd\n"
            except OSError:
                continue
            # Not by its environment, of which Slurm 26.05 leaves nothing.
            if not is_step or not _is_descendant(int(entry)):
                continue
            shown = self.replay.root / "proc" / entry
            if not shown.is_symlink():
                shown.symlink_to(Path("/proc", entry))
            found.append(int(entry))
        return found


def _is_descendant(pid: int) -> bool:
    """Of this process, which is also the parent of those that their own parent has left."""
    while pid > 1 and pid != os.getpid():
        try:
            pid = int(Path("/proc", str(pid), "stat").read_text().rpartition(") ")[2].split()[1])
        except OSError:
            return False
    return pid == os.getpid()
