# SPDX-License-Identifier: Apache-2.0
"""One replayed node with everything around it in a private directory."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from . import exposition, runner
from .runner import TOP, Run

_KIT = Path(__file__).resolve().parent
_DATA = ("layouts.json", "instance-types.json", "environment.json")


class Node:
    """make-node's tree, the shipped data, a site without settings, and scripted programs.

    damage: further arguments of tests/nodes/make-node, such as "--missing", "3".
    """

    def __init__(self, kind: str = "p4d.24xlarge", layout: str = "efa-only", *damage: str) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="efa-layout-gate."))
        self.path.chmod(0o755)
        self.root = self.path / "root"
        self.make(kind, layout, *damage)
        self.run_dir = self.root / "run" / "efa-layout"
        self.run_dir.mkdir(parents=True, exist_ok=True)
        self.state_dir = self.path / "state"
        self.data = self._dir("data")
        self.site = self._dir("site")
        for name in _DATA:
            shutil.copyfile(TOP / "etc" / name, self.data / name)
        self._install("scripted_probe", self._dir("probe") / "probe")
        self._install("recorder", self._dir("controller") / "helper")
        self.answers({})
        self.probe()

    def __enter__(self) -> Node:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        shutil.rmtree(self.path)

    def _dir(self, name: str) -> Path:
        path = self.path / name
        path.mkdir(mode=0o755)
        return path

    def _install(self, name: str, to: Path) -> None:
        shutil.copyfile(_KIT / name, to)
        to.chmod(0o755)

    def make(self, kind: str, layout: str, *damage: str) -> None:
        """Write the node's tree anew; run directory and all."""
        if self.root.exists():
            shutil.rmtree(self.root)
        subprocess.run(
            [sys.executable, TOP / "tests" / "nodes" / "make-node", kind, layout, self.root,
             *damage],
            check=True,
        )  # fmt: skip

    # What surrounds the node

    def boot(self, boot_id: str) -> None:
        """Another boot of the node, or what should be a boot's id and is none."""
        (self.root / "proc/sys/kernel/random/boot_id").write_text(boot_id + "\n")

    def policy(self, **groups: Mapping[str, Any]) -> None:
        """The site's policy: policy(check={"budget_ms": 2000})."""
        (self.site / "policy.json").write_text(json.dumps(groups))

    def probe(
        self,
        *,
        mode: str = "answer",
        delay_s: float = 0.0,
        others: str = "pass done 0 0",
        rails: Mapping[str, str] | None = None,
        renames: Mapping[str, str] | None = None,
        removes: Sequence[str] = (),
        counters_mode: str = "answer",
        counters_delay_s: float = 0.0,
        rdma_read: str = "",
        extras: Sequence[str] = (),
    ) -> None:
        """How the next tests go: rails by name as "STATE STEP FI_ERROR PROV_ERROR TEXT"; RDMA devices that get
        another name meanwhile, or go away with their PCI functions; what all devices can do: "yes", "no";
        lines about optional tests."""
        rdma = self.root / "sys/class/infiniband"
        functions = {r["rdma_name"]: r["pci"] for r in self.show()["rails"]} if removes else {}
        gone = [self.root / "sys/bus/pci/devices" / functions[name] for name in removes] + [rdma / name for name in removes]
        script = {
            "mode": mode, "delay_s": delay_s, "others": others, "rails": dict(rails or {}),
            "renames": {str(rdma / old): str(rdma / new) for old, new in (renames or {}).items()},
            "removes": [str(path) for path in gone],
            "counters_mode": counters_mode, "counters_delay_s": counters_delay_s,
            "rdma_read": rdma_read, "extras": list(extras),
        }  # fmt: skip
        fresh = self.path / "probe" / "script.fresh"
        fresh.write_text(json.dumps(script))
        fresh.rename(self.path / "probe" / "script")

    def counters(self) -> dict[str, Any]:
        """What the devices have counted, by rail."""
        path = self.path / "probe" / "counters"
        return json.loads(path.read_text()) if path.exists() else {}

    def count(self, rail: str, **moved: int) -> None:
        """A job's traffic: add to what a device has counted."""
        counters = self.counters()
        mine = counters.setdefault(rail, {"tx_bytes": 0, "rx_bytes": 0})
        for name, number in moved.items():
            mine[name] = mine.get(name, 0) + number
        self.set_counters(counters)

    def set_counters(self, counters: Mapping[str, Any]) -> None:
        (self.path / "probe" / "counters").write_text(json.dumps(counters))

    def answers(self, answers: Mapping[str, Any]) -> None:
        """How the controller's programs answer, by the beginning of their command line."""
        (self.path / "controller" / "answers").write_text(json.dumps(answers))

    def use_commands(self) -> None:
        """Take the helper away; scontrol, scancel and sinfo are there instead."""
        helper = self.path / "controller" / "helper"
        for name in ("scontrol", "scancel", "sinfo"):
            shutil.copyfile(helper, helper.with_name(name))
            helper.with_name(name).chmod(0o755)
        helper.unlink()

    def use_squeue(self, **answer: Any) -> None:
        """squeue is there, and answers this way: use_squeue(out="high\\n")."""
        squeue = self.path / "controller" / "squeue"
        if not squeue.exists():
            self._install("recorder", squeue)
        self.answers({"squeue": answer})

    # What was done

    def probe_calls(self) -> list[dict[str, Any]]:
        return _calls(self.path / "probe" / "calls")

    def controller_records(self) -> list[dict[str, Any]]:
        return _calls(self.path / "controller" / "calls")

    def controller_calls(self) -> list[list[str]]:
        """Command lines of the helper, scontrol, scancel, sinfo and squeue, in order."""
        return [record["argv"] for record in self.controller_records()]

    def map(self) -> dict[str, Any] | None:
        """The node map, None when there is none."""
        path = self.run_dir / "node.json"
        return json.loads(path.read_text()) if path.exists() else None

    def drain_record(self) -> dict[str, Any] | None:
        """The drain that is remembered, None when there is none."""
        path = self.state_dir / "drain.json"
        return json.loads(path.read_text()) if path.exists() else None

    def reading(self) -> dict[str, Any] | None:
        """The last reading of the counters, None when there is none."""
        path = self.run_dir / "counters.json"
        return json.loads(path.read_text()) if path.exists() else None

    def job_files(self) -> list[str]:
        """Names of what is noted of jobs that are here."""
        path = self.run_dir / "jobs"
        return sorted(entry.name for entry in path.iterdir()) if path.exists() else []

    def receipt(self, job: int = 4711) -> dict[str, Any] | None:
        path = self.state_dir / "jobs" / f"{job}.receipt.json"
        return json.loads(path.read_text()) if path.exists() else None

    def report(self) -> dict[str, Any] | None:
        """The node's own report, None when there is none."""
        path = self.run_dir / "report.json"
        return json.loads(path.read_text()) if path.exists() else None

    def verdict(self, job: int = 4711) -> dict[str, Any] | None:
        """What is kept of the job's start, None when nothing is."""
        path = self.state_dir / "jobs" / f"{job}.verdict.json"
        return json.loads(path.read_text()) if path.exists() else None

    def verdicts(self) -> list[int]:
        """Jobs that have one."""
        found = (self.state_dir / "jobs").glob("*.verdict.json")
        return sorted(int(path.name.split(".")[0]) for path in found)

    def prometheus(self) -> dict[str, exposition.Family]:
        """What the textfile collector reads, {} when there is nothing."""
        path = self.run_dir / "efa_layout.prom"
        return exposition.parse(path.read_text()) if path.exists() else {}

    def receipts(self) -> list[int]:
        """Jobs that have one."""
        found = (self.state_dir / "jobs").glob("*.receipt.json")
        return sorted(int(path.name.split(".")[0]) for path in found)

    def rails(self) -> list[str]:
        """RDMA names in order of PCI address."""
        return [rail["rdma_name"] for rail in self.show()["rails"]]

    def show(self) -> dict[str, Any]:
        return json.loads(self.tool("show", "--json").out)

    # Runs

    def options(self) -> list[str | Path]:
        return [
            "--root", self.root, "--data-dir", self.data, "--site-dir", self.site,
            "--run-dir", self.run_dir, "--state-dir", self.state_dir,
            "--probe", self.path / "probe" / "probe",
        ]  # fmt: skip

    def gate_argv(self, *extra: str | Path, program: Path = runner.PROLOG) -> list[str | Path]:
        controller = self.path / "controller"
        return [
            program, *self.options(), "--slurm-helper", controller / "helper",
            "--slurm-bin", controller, *extra,
        ]  # fmt: skip

    def environment(
        self, request: str | None, env: Mapping[str, str | None] | None, job: int
    ) -> dict[str, str]:
        """What slurmd gives its Prolog; None in env removes a variable."""
        variables: dict[str, str | None] = {
            "SLURM_JOB_ID": str(job),
            "SLURM_JOBID": str(job),
            "SLURM_JOB_UID": "1000",
            "SLURM_JOB_USER": "user",
            "SLURMD_NODENAME": "node-1",
            "SLURM_SCRIPT_CONTEXT": "prolog_slurmd",
            "SLURM_CONF": "/etc/slurm/elsewhere.conf",
            "SPANK_EFA_LAYOUT_REQUEST": request,
        }
        variables.update(env or {})
        return {name: value for name, value in variables.items() if value is not None}

    def gate(
        self,
        *extra: str | Path,
        request: str | None = None,
        env: Mapping[str, str | None] | None = None,
        job: int = 4711,
        timeout: float = 60.0,
    ) -> Run:
        """Run the prolog for one job."""
        return runner.run(self.gate_argv(*extra), self.environment(request, env, job), timeout)

    def epilog(
        self,
        *extra: str | Path,
        env: Mapping[str, str | None] | None = None,
        job: int = 4711,
        timeout: float = 60.0,
    ) -> Run:
        """Run the epilog of one job."""
        variables = {"SLURM_SCRIPT_CONTEXT": "epilog_slurmd", **(env or {})}
        argv = self.gate_argv(*extra, program=runner.EPILOG)
        return runner.run(argv, self.environment(None, variables, job), timeout)

    def health(
        self,
        *extra: str | Path,
        env: Mapping[str, str] | None = None,
        timeout: float = 60.0,
    ) -> Run:
        """Run the health check, with the little that slurmd gives it."""
        argv = self.gate_argv(*extra, program=runner.HEALTH)
        return runner.run(argv, {"SLURMD_NODENAME": "node-1", **(env or {})}, timeout)

    def gates(self, count: int, timeout: float = 60.0) -> list[Run]:
        """Run the prologs of several jobs at the same time; jobs are 1, 2, ..."""
        begin = time.monotonic()
        started = [
            runner.start(self.gate_argv(), self.environment(None, None, job + 1))
            for job in range(count)
        ]
        return [runner.finish(process, begin, timeout) for process in started]

    def tool(self, command: str, *extra: str | Path, timeout: float = 60.0) -> Run:
        """Run one command of efa-layout."""
        argv = [runner.TOOL, command, *self.options(), *extra]
        return runner.run(argv, {"PATH": os.environ.get("PATH", "/usr/bin:/bin")}, timeout)


def _calls(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text().splitlines()]
