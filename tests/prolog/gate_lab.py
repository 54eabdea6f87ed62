# SPDX-License-Identifier: Apache-2.0
"""A real Slurm whose Prolog is the gate, each node replayed from a tree of its own."""

from __future__ import annotations

import os
import re
import signal
import sys
import time
import unittest
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from kit import TOP, UNREACHABLE, Node, runner

sys.path.insert(0, str(TOP / "tests" / "slurm"))

from lab import Lab  # noqa: E402


def check_built() -> str | None:
    """What real daemons need and is not there, None nothing."""
    if "EFA_LAYOUT_PLUGIN" not in os.environ:
        return "EFA_LAYOUT_PLUGIN names no plugin"
    for program in (runner.PROLOG, runner.SLURM_HELPER, Path(os.environ["EFA_LAYOUT_PLUGIN"])):
        if not program.exists():
            return f"{program} is not built"
    return None


class GateLab(Lab):
    """helper: the program that talks to the controller; None: scontrol and scancel do.

    kinds are instance type and layout of nodes that are another than the others. The plugin is in it for its options.
    """

    def __init__(self, *, helper: Path | None = runner.SLURM_HELPER, nodes: int = 1,
                 cpus: int = 2, more_conf: str = "", kinds: Mapping[str, tuple[str, str]] | None = None) -> None:  # fmt: skip
        super().__init__(nodes=nodes, cpus=cpus, more_conf=more_conf)
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        self.replayed = {
            name: Node(*(kinds or {}).get(name, ("p4d.24xlarge", "efa-only")), "--boot-id", boot) for name in self.names
        }
        self._helper = self.path / "absent" if helper is None else self.install(helper)
        self.policy()
        plugin = self.install(os.environ["EFA_LAYOUT_PLUGIN"])
        first = self.replayed["n1"]
        # One line for all nodes: where there are several, their tasks find no map.
        run_dir = first.run_dir if nodes == 1 else self.path / "run"
        self.plugstack = (
            f"optional {plugin} data_dir={first.data} site_dir={first.site} run_dir={run_dir}"
        )
        # Memory is no resource here: two jobs fit on a node.
        self.settings["SelectTypeParameters"] = "CR_CPU"
        self.settings["Prolog"] = str(self._write_prolog())
        # What a prolog says that succeeds is noted from this level on.
        self.settings["SlurmdDebug"] = "debug2"

    def _write_prolog(self) -> Path:
        """Slurm gives a Prolog no arguments."""
        program = self.install(runner.PROLOG)
        lines = ["#!/bin/bash", "case $SLURMD_NODENAME in"]
        for name, node in self.replayed.items():
            options = " ".join(str(word) for word in node.options())
            lines.append(f"{name}) exec {program} {options} --slurm-helper {self._helper} ;;")
        return self.write("prolog.sh", "\n".join([*lines, "esac", ""]), 0o755)

    def stop(self) -> None:
        super().stop()
        while self.replayed:
            self.replayed.popitem()[1].__exit__(None, None, None)

    def break_rail(self, name: str = "n1", delay_s: float = 0.0) -> str:
        """One rail of the node fails from now on; returns its name."""
        node = self.replayed[name]
        rail = node.rails()[1]
        node.probe(rails={rail: UNREACHABLE}, delay_s=delay_s)
        return rail

    def break_fabric(self) -> None:
        """All rails of all nodes fail alike from now on."""
        for node in self.replayed.values():
            node.probe(others=UNREACHABLE)

    def heal(self, name: str = "n1") -> None:
        self.replayed[name].probe()

    def policy(self, **groups: Mapping[str, Any]) -> None:
        """Of all nodes; tests before every job, so that what a test changes is seen at once."""
        for node in self.replayed.values():
            node.policy(**{"check": {"cache_ttl_s": 0}} | groups)

    def drained(self) -> list[str]:
        """Nodes that are drained for a reason of ours."""
        lines = self.run("sinfo", "-h", "-N", "-o", "%N|%T|%E").out.splitlines()
        found = [line.split("|", 2) for line in lines]
        return sorted({name for name, state, reason in found
                       if state.startswith("drain") and reason.startswith("efa-layout: ")})  # fmt: skip

    def reason(self, name: str = "n1") -> str:
        """The node's reason, without who and when."""
        return self.node(name).get("Reason", "").split(" [")[0]

    def signal_controller(self, number: signal.Signals) -> None:
        for daemon in self._daemons:
            if daemon.name == "slurmctld":
                daemon.signal(number)


class GateCase(unittest.TestCase):
    """One lab per class; sound and idle nodes before each case."""

    lab: GateLab

    @classmethod
    def make(cls) -> GateLab:
        return GateLab()

    @classmethod
    def setUpClass(cls) -> None:
        cls.lab = cls.make()
        cls.enterClassContext(cls.lab)

    def setUp(self) -> None:
        self.lab.policy()
        for name in self.lab.names:
            self.lab.heal(name)
            (self.lab.replayed[name].state_dir / "drain.json").unlink(missing_ok=True)

    def tearDown(self) -> None:
        # By number: Slurm 26.05 takes "nobody" for no user.
        if jobs := self.lab.run("squeue", "-h", "-o", "%A").out.split():
            self.lab.run("scancel", *sorted(set(jobs)))
        for name in self.lab.names:
            if "DRAIN" in self.lab.node(name)["State"]:
                self.lab.run("scontrol", "update", f"NodeName={name}", "State=RESUME")
        self.lab.wait_idle()

    def until(self, is_true: Callable[[], bool], seconds: float = 30.0) -> None:
        end = time.monotonic() + seconds
        while not is_true():
            self.assertLess(time.monotonic(), end, "not in time\n" + self.lab.logs())
            time.sleep(0.05)

    def until_requeued(self, job: int) -> dict[str, str]:
        """Wait until the job waits again after its first start, and Slurm has said for what.

        And until the failed start is over: Slurm lets the job wait for two minutes for that, and a test that starts it at
        once would have the old start's end taken for the new one's.
        """

        def is_back() -> bool:
            found = self.lab.job(job)
            waits = found["JobState"] == "PENDING" and found["Restarts"] != "0"
            return waits and found["Reason"] != "None"

        self.until(is_back)
        # "[job 5]", since Slurm 25.11 "JobId=5 SLUID=...".
        failed = re.compile(rf"(\[job {job}\]|JobId={job} .*) prolog failed")
        self.until(lambda: any(failed.search(self.lab.slurmd_log(name)) for name in self.lab.names))
        time.sleep(1.0)
        return self.lab.job(job)

    def until_drained(self, name: str = "n1") -> str:
        """Wait for the drain; returns the reason."""
        self.lab.wait_node(name, {"IDLE+DRAIN", "MIXED+DRAIN", "ALLOCATED+DRAIN"})
        return self.lab.reason(name)
