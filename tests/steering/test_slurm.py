#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Nodes of several layouts under a real Slurm: jobs come to those that have what they ask for, and without the job_submit part they are refused."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

sys.dont_write_bytecode = True
TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests" / "prolog"))

from gate_lab import GateCase, GateLab, check_built  # noqa: E402
from kit import runner  # noqa: E402
from lab import main  # noqa: E402

KINDS = {"n1": ("p4d.24xlarge", "all-efa"), "n2": ("p4d.24xlarge", "all-efa"),
         "n3": ("p4d.24xlarge", "efa-only"), "n4": ("p5.48xlarge", "efa-only")}  # fmt: skip
OWN = {"n1": "old", "n2": "new", "n3": "old", "n4": "new,big"}  # features of the site's own
JOBS = 50
ETC = runner.BUILD / "etc"  # as installed


class SteeringLab(GateLab):
    """Four nodes of three kinds, with the features that the tool prints for them; wrong: other ones instead."""

    def __init__(self, *, lua: bool, wrong: Mapping[str, str] | None = None) -> None:
        super().__init__(nodes=len(KINDS), cpus=40, kinds=KINDS)
        self.table = self.path / "nodes.lua"
        features = self.tool() | dict(wrong or {})
        self.node_config = {name: f"Feature={features[name]},{OWN[name]}" for name in self.names}
        if lua:
            self.settings["JobSubmitPlugins"] = "lua"
            self._files["job_submit.lua"] = self.job_submit()
        self.policy()

    def policy(self, **groups: object) -> None:
        """Nodes are tested once, not before every job."""
        super().policy(**{"check": {"cache_ttl_s": 600}} | groups)  # type: ignore[arg-type]

    def tool(self) -> dict[str, str]:
        """What slurm.conf is to say of each node, and the table."""
        first = self.replayed["n1"]
        argv = [runner.TOOL, "nodes", "--json", "--lua", self.table, "--data-dir", first.data, "--site-dir", first.site,
                *(f"{name}={node.root}" for name, node in self.replayed.items())]  # fmt: skip
        said = json.loads(subprocess.run(argv, capture_output=True, text=True, check=True).stdout)
        self.table.chmod(0o644)
        return {node["name"]: ",".join(node["features"]) for node in said["nodes"]}

    def job_submit(self) -> str:
        """The shipped one, and where things are here."""
        module = self.install(ETC / "job_submit_efa_layout.lua")
        text = (ETC / "job_submit.lua").read_text()
        here = f'dofile("{module}")\nefa_layout.table_path = "{self.table}"\nefa_layout.reread = 0'
        text, calls = re.subn(r'dofile\(".*"\)', here, text)
        if calls != 1:
            raise AssertionError("job_submit.lua does not load the module")
        return text

    def constraint(self, job: int) -> str:
        return self.job(job)["Features"]


class Lands(GateCase):
    lab: SteeringLab

    @classmethod
    def make(cls) -> SteeringLab:
        return SteeringLab(lua=True)

    def ended(self) -> dict[str, str]:
        """Of all jobs there have been: state and exit code by id."""
        lines = self.lab.run("squeue", "-h", "-a", "-t", "all", "-r", "-o", "%A|%T").out.split()
        return dict(line.split("|") for line in lines)

    def test_what_no_node_has_is_refused(self) -> None:
        """At once, with the reason; nothing is queued. And what the user got wrong is Slurm's to refuse."""
        before = self.ended()
        layout = "efa-layout: --efa-layout=efa-every-4th: no node of this cluster has this layout; they have all-efa, efa-only; ask for one of these"
        rails = "efa-layout: --efa-rails=5: no node of this cluster has so many usable EFA rails with layout all-efa"
        for words, said in (
            (["srun", "--efa-layout=efa-every-4th", "true"], layout),
            (["salloc", "--efa-layout=efa-every-4th", "true"], layout),
            (["sbatch", "--efa-layout=efa-every-4th", "--wrap=true"], layout),
            (["srun", "--efa-layout=all-efa", "--efa-rails=5", "true"], rails),
            (["srun", "--efa-layout=all-efa", "--constraint=(old", "true"], "Invalid feature specification"),
        ):
            with self.subTest(words):
                found = self.lab.run(*words, user="nobody")
                self.assertNotEqual(found.rc, 0)
                self.assertIn(said, found.err)
                if said.startswith("efa-layout"):
                    self.assertIn("Requested node configuration is not available", found.err)
        self.assertEqual(self.ended(), before)

    def test_fifty_jobs_of_each_request(self) -> None:
        """An array, single jobs and srun: none is refused, none runs where it should not, no node is drained."""
        all_efa, efa_only, everywhere = {"n1", "n2"}, {"n3", "n4"}, set(KINDS)
        requests = (
            ("--efa-layout=all-efa", all_efa), ("--efa-layout=efa-only", efa_only), ("--efa-layout=any", everywhere),
            ("--efa-rails=8", {"n4"}), ("--efa-layout=all-efa --constraint=new", {"n2"}),
            ("--efa-layout=efa-only --constraint=(old|new)", efa_only),
        )  # fmt: skip
        before = self.ended()
        for number, (request, _) in enumerate(requests):
            self.submit(number, request)
        self.until(lambda: not self.lab.run("squeue", "-h", "-o", "%i").out, 60.0)
        for number, (request, allowed) in enumerate(requests):
            with self.subTest(request=request):
                found = Counter((self.lab.work / f"ran-{number}").read_text().split())
                self.assertEqual(found.total(), JOBS, found)
                self.assertLessEqual(set(found), allowed)
        states = Counter(state for job, state in self.ended().items() if job not in before)
        self.assertEqual(states, {"COMPLETED": JOBS * len(requests)})
        self.assertEqual(self.lab.drained(), [])
        for name in self.lab.names:
            report = self.lab.replayed[name].report()
            assert report is not None
            self.assertEqual([one["code"] for one in report["findings"] if one["code"] in ("W105", "I106")], [])

    def submit(self, number: int, request: str) -> None:
        """JOBS jobs; each notes where it ran."""
        ran = self.lab.work / f"ran-{number}"
        ran.touch()
        ran.chmod(0o666)
        words = request.split()
        batch = ["--output=/dev/null", f"--wrap=echo $SLURMD_NODENAME >>{ran}"]
        for array in (["--array=1-44"], [], [], [], []):
            done = self.lab.run("sbatch", *words, *array, *batch, user="nobody")
            self.assertEqual(done.rc, 0, done)
        for client in (["srun", *words], ["salloc", *words, "srun"]):
            done = self.lab.run(*client, "sh", "-c", f"echo $SLURMD_NODENAME >>{ran}", user="nobody")
            self.assertEqual(done.rc, 0, done)

    def test_what_slurm_makes_of_it(self) -> None:
        """The constraint as the controller has it."""
        for words, expected in (
            (["--efa-layout=efa-only"], "efa-layout-efa-only"),
            (["--efa-layout=efa-only", "--efa-rails=8"], "efa-layout-efa-only&efa-rails-32"),
            (["--efa-rails=2", "--constraint=old|new"], "old|new&(efa-rails-4|efa-rails-32)"),
            (["-N2", "--efa-layout=efa-only", "--constraint=[old*1&big*1]"], "[(old&efa-layout-efa-only)*1&(big&efa-layout-efa-only)*1]"),
            (["-N2", "--efa-layout=all-efa", "--constraint=[old*1&new*1]"], "[(old&efa-layout-all-efa)*1&(new&efa-layout-all-efa)*1]"),
        ):
            with self.subTest(words):
                job = self.lab.sbatch(*words, script="#!/bin/sh\nsrun sh -c 'echo ran on $SLURMD_NODENAME'\n")
                self.assertEqual(self.lab.constraint(job), expected)
                self.assertEqual(self.lab.wait_job(job)["JobState"], "COMPLETED")
                ran = set(re.findall(r"^ran on (\w+)$", self.lab.output(job), re.M))
                self.assertLessEqual(ran, {"n1", "n2"} if "all-efa" in expected else {"n3", "n4"} if "only" in expected else set(KINDS))
                self.assertEqual(len(ran), 2 if "-N2" in words else 1)

    def test_site_s_default(self) -> None:
        """A job that asks for nothing, in the partition that it does not name either."""
        for rule, expected in (({"layout": {"default": "all-efa"}}, "efa-layout-all-efa"), ({}, "(null)")):
            self.lab.policy(**({"jobs": [{"when": {"partition": "p"}, **rule}]} if rule else {}))
            self.lab.tool()
            job = self.lab.sbatch(script="#!/bin/sh\ntrue\n")
            self.assertEqual(self.lab.constraint(job), expected)
            self.assertEqual(self.lab.wait_job(job)["JobState"], "COMPLETED")

    def test_heterogeneous_job(self) -> None:
        """Each component for itself."""
        job = self.lab.sbatch("--efa-layout=efa-only", ":", "--efa-layout=all-efa", script="#!/bin/sh\ntrue\n")
        text = self.lab.run("scontrol", "show", "job", str(job)).out
        self.assertEqual(re.findall(r"Features=(\S+)", text), ["efa-layout-efa-only", "efa-layout-all-efa"])
        self.assertEqual(self.lab.wait_job(job)["JobState"], "COMPLETED")
        self.assertEqual(self.lab.drained(), [])


class Unsteered(GateCase):
    """The control: features alone do nothing, and those that lie are found out."""

    lab: SteeringLab

    @classmethod
    def make(cls) -> SteeringLab:
        return SteeringLab(lua=False, wrong={"n2": "efa-layout-efa-only,efa-rails-8"})

    def test_refused_where_it_comes_to_wrong_nodes(self) -> None:
        job = self.lab.sbatch("--array=1-8", "--efa-layout=efa-only", script="#!/bin/sh\ntrue\n")
        self.until(lambda: not self.lab.run("squeue", "-h", "-o", "%i").out)
        states = Counter(self.lab.run("squeue", "-h", "-t", "all", "-r", f"--jobs={job}", "-o", "%T").out.split())
        self.assertEqual(states, {"FAILED": 8}, "Slurm takes n1 first")
        self.assertEqual(self.lab.drained(), [])

    def test_wrong_features(self) -> None:
        done = self.lab.srun("-w", "n2", "true")
        self.assertEqual(done.rc, 0, done)
        report = self.lab.replayed["n2"].report()
        assert report is not None
        found = {one["subject"]: one for one in report["findings"] if one["code"] == "W105"}
        self.assertEqual(set(found), {"feature efa-layout-efa-only", "feature efa-rails-8"})
        layout = found["feature efa-layout-efa-only"]
        self.assertEqual((layout["expected"], layout["found"]), ("layout efa-only", "the node has layout all-efa"))
        line = next(i for i, text in enumerate((self.lab.path / "slurm.conf").read_text().splitlines(), 1) if text.startswith("NodeName=n2 "))
        self.assertEqual(layout["evidence"], f"{self.lab.path}/slurm.conf:{line}")
        said = self.lab.replayed["n2"].tool("explain").out
        self.assertIn("W105 warning (check): feature efa-layout-efa-only: ", said)
        self.assertIn(f"{self.lab.path}/slurm.conf:{line}", said)
        self.assertEqual(self.lab.drained(), [])
        self.lab.wait_node("n2", {"IDLE"})
        self.mend()

    def mend(self) -> None:
        """As the remedy says: the features that the tool prints, and the controller reads them again."""
        conf = self.lab.path / "slurm.conf"
        right = self.lab.tool()["n2"]
        conf.write_text(conf.read_text().replace("Feature=efa-layout-efa-only,efa-rails-8,", f"Feature={right},"))
        self.assertEqual(self.lab.run("scontrol", "reconfigure").rc, 0)
        self.until(lambda: self.lab.run("sinfo", "-h", "-n", "n2", "-o", "%f").out.startswith(right))
        self.lab.wait_idle()
        done = self.lab.srun("-w", "n2", "--efa-check=full", "--constraint=efa-layout-all-efa", "true")
        self.assertEqual(done.rc, 0, done)
        report = self.lab.replayed["n2"].report()
        assert report is not None
        self.assertEqual([one["code"] for one in report["findings"] if one["code"] in ("W105", "I106")], [])


if __name__ == "__main__":
    if reason := check_built():
        print(f"skipped: {reason}")
        sys.exit(runner.SKIP)
    main()
