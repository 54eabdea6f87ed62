#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Drains under a real Slurm: how many there may be, behind a job, only reported, taken back."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import unittest
from pathlib import Path

from gate_lab import GateCase, GateLab, check_built
from kit import runner
from lab import Lab, main
from lab.config import free_ports

SCRIPT = "#!/bin/sh\necho ran\n"
CALLER = Path(os.environ.get("EFA_LAYOUT_CALL_CONTROLLER", runner.TOP / "absent"))
# Overlapping: n3 and n4 are in both.
PARTITIONS = "PartitionName=q Nodes=n[1-4]\nPartitionName=r Nodes=n[3-6] Hidden=YES\n"


class Limit:
    """Six nodes, all at fault; by whatever way the controller is asked."""

    def assert_runs(self: GateCase, name: str, sentence: str) -> None:
        """The job runs on the faulty node, and slurmd's log says why the node stays."""
        result = self.lab.srun("-w", name, "echo", "ran")
        self.assertEqual((result.rc, result.out), (0, "ran\n"), result)
        warning = f"on node {name}: job allowed with a warning, node not drained: {sentence} ("
        self.until(lambda: warning in self.lab.slurmd_log(name))

    def assert_drains(self: GateCase, name: str) -> None:
        result = self.lab.srun("-w", name, "echo", "ran")
        self.assertNotEqual(result.rc, 0)
        self.assertNotIn("ran", result.out)
        self.assertIn("efa-layout: ", self.until_drained(name))

    def test_policy_error_in_overlapping_partitions(self: GateCase) -> None:
        self.lab.policy(layout={"declared": "all-efa"})
        self.assert_drains("n1")
        self.assert_drains("n2")
        self.assert_runs("n3", "2 of 4 nodes of partition q are drained, limit.partition_percent is 50")
        self.assert_runs("n4", "2 of 4 nodes of partition q are drained, limit.partition_percent is 50")
        self.assert_drains("n5")
        self.assert_runs("n6", "3 of 6 nodes of partition p are drained, limit.partition_percent is 50")
        self.assertEqual(self.lab.drained(), ["n1", "n2", "n5"])
        self.assertIn("efa-layout: E114 node: another layout than the site declares", self.lab.reason("n5"))
        remembered = [name for name, node in self.lab.replayed.items() if node.drain_record()]
        self.assertEqual(remembered, ["n1", "n2", "n5"])


class LimitByHelper(Limit, GateCase):
    @classmethod
    def make(cls) -> GateLab:
        return GateLab(nodes=6, cpus=1, more_conf=PARTITIONS)

    def test_fabric_outage_at_once(self) -> None:
        self.lab.policy(limit={"cluster_nodes": 2, "partition_percent": 100})
        self.lab.break_fabric()
        jobs = {name: self.lab.sbatch("-w", name, script=SCRIPT) for name in self.lab.names}
        for name, job in jobs.items():
            self.until(lambda job=job: self.lab.job(job)["JobState"] == "COMPLETED" or self.is_back(job))
        drained = self.lab.drained()
        self.assertLessEqual(len(drained), 2)
        for name, job in jobs.items():
            self.assertEqual(self.lab.output(job), "" if name in drained else "ran\n", name)
        # One after the other they come up to the limit, and not beyond.
        for name in self.lab.names:
            if name not in drained:
                self.lab.wait_node(name, {"IDLE", "IDLE+DRAIN"})
                self.lab.srun("-w", name, "true")
        self.assertEqual(len(self.lab.drained()), 2)

    def is_back(self, job: int) -> bool:
        found = self.lab.job(job)
        return found["JobState"] == "PENDING" and found["Restarts"] != "0"


class LimitByCommands(Limit, GateCase):
    @classmethod
    def make(cls) -> GateLab:
        return GateLab(helper=None, nodes=6, cpus=1, more_conf=PARTITIONS)


class Behind:
    """action.faulty is drain-after."""

    def setUp(self: GateCase) -> None:
        super().setUp()
        self.lab.policy(action={"faulty": "drain-after"})
        self.rail = self.lab.break_rail()

    def assert_drained(self: GateCase) -> None:
        self.lab.wait_node("n1", {"IDLE+DRAIN"})
        self.assertTrue(self.lab.reason().startswith(f"efa-layout: E208 rail {self.rail}: "))

    def test_batch_job_runs_to_its_end(self: GateCase) -> None:
        job = self.lab.sbatch(script="#!/bin/sh\nsrun echo step\nsleep 1\necho end\n")
        self.lab.wait_node("n1", {"MIXED+DRAIN", "ALLOCATED+DRAIN"})
        self.assertEqual(self.lab.job(job)["JobState"], "RUNNING")
        behind = self.lab.sbatch(script=SCRIPT)
        self.assertEqual(self.lab.wait_job(job)["JobState"], "COMPLETED")
        self.assertEqual(self.lab.output(job), "step\nend\n")
        self.assert_drained()
        self.assertEqual(self.lab.job(behind)["JobState"], "PENDING", "no other comes behind it")

    def test_srun(self: GateCase) -> None:
        result = self.lab.srun("echo", "ran")
        self.assertEqual((result.rc, result.out), (0, "ran\n"), result)
        self.assert_drained()


class BehindByHelper(Behind, GateCase):
    pass


class BehindByCommands(Behind, GateCase):
    @classmethod
    def make(cls) -> GateLab:
        return GateLab(helper=None)


class ReportOnly(GateCase):
    def setUp(self) -> None:
        super().setUp()
        self.lab.policy(action={"enforce": False})

    def assert_ran(self, *options: str, would: str) -> None:
        result = self.lab.srun(*options, "echo", "ran")
        self.assertEqual((result.rc, result.out), (0, "ran\n"), result)
        said = f"job allowed, would {would} if action.enforce were true"
        self.until(lambda: said in self.lab.slurmd_log())
        self.lab.wait_node("n1", {"IDLE"})
        self.assertEqual(self.lab.drained(), [])

    def test_node_at_fault(self) -> None:
        self.lab.break_rail()
        self.assert_ran(would="drain the node and send the job elsewhere")

    def test_refused_job(self) -> None:
        self.assert_ran("--efa-layout=all-efa", would="refuse the job")


class Crowd(Lab):
    """One slurmd, and many nodes without: enough to be drained. Half of them are in a second partition."""

    COUNT = 24

    def __init__(self) -> None:
        port = free_ports(1)[0]
        names = f"g[1-{self.COUNT}]"
        super().__init__(
            more_conf=f"NodeName={names} NodeHostname={names} NodeAddr=127.0.0.1 Port={port}\n"
            f"PartitionName=half Nodes=g[1-{self.COUNT // 2}]\n"
        )
        self.crowd = [f"g{i + 1}" for i in range(self.COUNT)]
        self.half = set(self.crowd[: self.COUNT // 2])
        self.helper = self.install(runner.SLURM_HELPER)
        self.caller = self.install(CALLER)

    def start(self) -> None:
        super().start()
        # A node that never registered has no state that it could come back to.
        names = ",".join(self.crowd)
        self.run("scontrol", "update", f"NodeName={names}", "State=DOWN", "Reason=new")
        self.run("scontrol", "update", f"NodeName={names}", "State=RESUME")

    def reasons(self) -> dict[str, str]:
        """Of the nodes that are drained."""
        lines = self.run("sinfo", "-h", "-N", "-o", "%N|%T|%E").out.splitlines()
        found = [line.split("|", 2) for line in lines]
        return {name: reason for name, state, reason in found if state.startswith("drain")}

    def free(self) -> None:
        for name in self.reasons():
            self.run("scontrol", "update", f"NodeName={name}", "State=RESUME")


class ByHelper:
    """The helper program itself."""

    LIMIT, OTHERS = 3, 4

    def start_drain(self: CrowdCase, node: str, limit: dict[str, int]) -> subprocess.Popen[str]:
        words: list[str | Path] = [self.lab.helper, "drain", "--node", node, "--reason", "efa-layout: x"]
        for name, value in limit.items():
            words += [f"--{name.replace('_', '-')}", str(value)]
        return self.lab.begin(*words)

    def start_lift(self: CrowdCase, node: str) -> subprocess.Popen[str]:
        return self.lab.begin(self.lab.helper, "lift", "--node", node)


class ByCommands:
    """The interface, on a node without the helper."""

    LIMIT, OTHERS = errno.EDQUOT, errno.EEXIST

    def start(self: CrowdCase, *words: str) -> subprocess.Popen[str]:
        conf = self.lab.path / "slurm.conf"
        return self.lab.begin(self.lab.caller, self.lab.path / "absent", conf, *words)

    def start_drain(self: CrowdCase, node: str, limit: dict[str, int]) -> subprocess.Popen[str]:
        keys = ("cluster_nodes", "cluster_percent", "partition_nodes", "partition_percent")
        return self.start("drain", node, "efa-layout: x", *(str(limit.get(key, 0)) for key in keys))

    def start_lift(self: CrowdCase, node: str) -> subprocess.Popen[str]:
        return self.start("lift", node)


class CrowdCase(unittest.TestCase):
    lab: Crowd
    LIMIT: int
    OTHERS: int

    @classmethod
    def setUpClass(cls) -> None:
        cls.lab = Crowd()
        cls.enterClassContext(cls.lab)

    def tearDown(self) -> None:
        self.lab.free()

    def drain(self, node: str, limit: dict[str, int] | None = None) -> tuple[int, str]:
        return self.finish(self.start_drain(node, limit or {}))[:2]

    def lift(self, node: str) -> tuple[int, str]:
        return self.finish(self.start_lift(node))[:2]

    def finish(self, process: subprocess.Popen[str]) -> tuple[int, str, str]:
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err


class Race:
    """Many drains at the same time, as when a fabric fails: never more stay than the limit."""

    def race(self: CrowdCase, limit: dict[str, int], allowed: int, in_half: int) -> int:
        """How many took their drain back."""
        started = {node: self.start_drain(node, limit) for node in self.lab.crowd}
        ended = {node: self.finish(process) for node, process in started.items()}
        drained = set(self.lab.reasons())
        self.assertLessEqual(len(drained), allowed)
        self.assertLessEqual(len(drained & self.lab.half), in_half)
        for node, (rc, out, _) in ended.items():
            self.assertEqual(rc, 0 if node in drained else self.LIMIT, (node, ended[node]))
            self.assertEqual(out == "", node in drained)
        # What ties have left free is taken when they come one by one.
        for node in self.lab.crowd:
            if node not in drained:
                self.drain(node, limit)
        self.assertEqual(len(self.lab.reasons()), allowed)
        self.assertLessEqual(len(set(self.lab.reasons()) & self.lab.half), in_half)
        return sum("taken back" in err for _, _, err in ended.values())

    def races(self: CrowdCase) -> int:
        # 25 nodes in the cluster and in its first partition, 12 in the second.
        back = 0
        for limit, allowed, in_half in (
            ({"cluster_nodes": 3}, 3, 3),
            ({"cluster_percent": 15}, 3, 3),
            ({"partition_nodes": 2}, 2, 2),
            ({"partition_percent": 25}, 6, 3),
            ({"partition_percent": 1}, 1, 1),
        ):
            with self.subTest(limit):
                self.lab.free()
                back += self.race(limit, allowed, in_half)
        return back

    def test_limits(self: CrowdCase) -> None:
        # On a busy machine all of them may come one after the other.
        met = any(self.races() for _ in range(4))
        self.assertTrue(met, "nothing was put to the test: no two drains met")


class Lift:
    """Our drains, and nobody else's."""

    def test_ours(self: CrowdCase) -> None:
        self.assertEqual(self.drain("g1"), (0, ""))
        self.assertEqual(self.lab.reasons(), {"g1": "efa-layout: x"})
        self.assertEqual(self.lift("g1"), (0, ""))
        self.assertEqual(self.lab.reasons(), {})

    def test_others(self: CrowdCase) -> None:
        self.lab.run("scontrol", "update", "NodeName=g1", "State=DRAIN", "Reason=bad fan")
        sentence = "node g1 is drained or down for another reason: bad fan"
        rc, out = self.lift("g1")
        self.assertEqual((rc, out.strip()), (self.OTHERS, sentence))
        rc, out = self.drain("g1")
        self.assertEqual((rc, out.strip()), (self.OTHERS, sentence))
        self.assertEqual(self.lab.reasons(), {"g1": "bad fan"})

    def test_put_over_ours_meanwhile(self: CrowdCase) -> None:
        for words in (["Reason=bad fan"], ["State=DRAIN", "Reason=bad fan"], ["State=DOWN", "Reason=bad fan"]):
            with self.subTest(words):
                self.assertEqual(self.drain("g2"), (0, ""))
                self.lab.run("scontrol", "update", "NodeName=g2", *words)
                self.assertEqual(self.lift("g2")[0], self.OTHERS)
                self.assertEqual(self.lab.reasons(), {"g2": "bad fan"})
                self.lab.free()

    def test_not_drained(self: CrowdCase) -> None:
        rc, out = self.lift("g3")
        self.assertEqual((rc, out.strip()), (self.OTHERS, "node g3 is not drained"))

    def test_down_is_not_ours_to_end(self: CrowdCase) -> None:
        self.assertEqual(self.drain("g4"), (0, ""))
        self.lab.run("scontrol", "update", "NodeName=g4", "State=DOWN", "Reason=efa-layout: x")
        self.assertEqual(self.lift("g4"), (0, ""))
        self.assertIn("DOWN", self.lab.node("g4")["State"])
        self.assertNotIn("DRAIN", self.lab.node("g4")["State"])
        self.assertEqual(self.lift("g4")[0], self.OTHERS)
        self.lab.run("scontrol", "update", "NodeName=g4", "State=RESUME")


class RaceByHelper(Race, ByHelper, CrowdCase):
    pass


class RaceByCommands(Race, ByCommands, CrowdCase):
    pass


class LiftByHelper(Lift, ByHelper, CrowdCase):
    pass


class LiftByCommands(Lift, ByCommands, CrowdCase):
    pass


if __name__ == "__main__":
    if reason := check_built():
        print(f"skipped: {reason}")
        sys.exit(runner.SKIP)
    main()
