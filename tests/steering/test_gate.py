#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What slurm.conf says of a node's features, as the gate finds it: said, kept, explained, and never a reason to drain."""

from __future__ import annotations

import json
import sys
import time
import unittest
from pathlib import Path
from typing import Any

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "prolog"))

from kit import Node, Run, main, runner  # noqa: E402

RIGHT = "efa-layout-efa-only,efa-rails-4"
LIE = "efa-layout-all-efa,efa-rails-4"


class GateOnFeatures(unittest.TestCase):
    def setUp(self) -> None:
        self.node = self.enterContext(Node("p4d.24xlarge", "efa-only"))
        self.conf = self.node.path / "slurm.conf"

    def say(self, features: str | None, name: str = "node-1") -> None:
        """slurm.conf gives the node these; the line is its third."""
        own = "" if features is None else f" Feature={features}"
        self.conf.write_text(f"ClusterName=x\n# nodes\nNodeName={name} CPUs=2{own}\n")

    def gate(self, request: str | None = None, job: int = 4711, **env: str | None) -> Run:
        return self.node.gate(request=request, job=job, env={"SLURM_CONF": str(self.conf)} | env)

    def codes(self, document: dict[str, Any] | None = None) -> list[str]:
        report = document or self.node.report()
        assert report is not None
        return [one["code"] for one in report["findings"] if one["code"] in ("W105", "I106", "E304")]

    def assert_passes(self, run: Run) -> None:
        self.assertEqual((run.rc, self.node.controller_calls()), (0, []), run)


class Unread(GateOnFeatures):
    """A slurm.conf that is not to be read, or says nothing, is nobody's fault."""

    def test_files(self) -> None:
        self.say(LIE)
        text = self.conf.read_text()
        loop = self.node.path / "loop"
        loop.symlink_to(loop)
        for content in (None, "", "no line of slurm.conf\n", text + "Include slurm.conf\n", text + text, text.replace("node-1", "n[1-"), "\0" * 10,
                        "NodeName=node-1 Feature=" + "x" * (9 << 20)):  # fmt: skip
            with self.subTest(content=content and content[:60]):
                self.conf.unlink(missing_ok=True)
                if content is not None:
                    self.conf.write_text(content)
                self.node.policy(check={"cache_ttl_s": 0})
                self.assert_passes(self.gate())
                self.assertEqual(self.codes(), [])
        for path in (str(loop), "/dev/zero", str(self.node.path), "slurm.conf", "", "/dev/null"):
            with self.subTest(path=path):
                self.assert_passes(self.gate(SLURM_CONF=path))
                self.assertEqual(self.codes(), [])

    def test_other_nodes_and_features(self) -> None:
        self.node.policy(check={"cache_ttl_s": 0})
        for features, name in ((LIE, "node-2"), (LIE, "node-[2-9],node-1x"), ("all-efa,rails-9", "node-1"), ("", "node-1"), (None, "node-1")):
            self.say(features, name)
            self.assert_passes(self.gate())
            self.assertEqual(self.codes(), [], (features, name))

    def test_what_the_user_says_of_it(self) -> None:
        """None of the job's text is a slurm.conf."""
        self.say(LIE)
        self.assert_passes(self.gate(SLURM_CONF=None, SPANK_SLURM_CONF=str(self.conf), SLURM_JOB_COMMENT=str(self.conf)))
        self.assertEqual(self.codes(), [])


class Found(GateOnFeatures):
    def test_right_ones(self) -> None:
        self.say(RIGHT + ",gpu")
        self.assert_passes(self.gate())
        self.assertEqual(self.codes(), [])
        report = self.node.report()
        assert report is not None
        self.assertEqual(report["outcome"], "healthy")

    def test_wrong_ones_everywhere(self) -> None:
        """In the report, to people, to monitoring; the job runs and the node stays, whatever the settings."""
        self.say(LIE)
        for action in ("warn", "drain", "drain-after"):
            self.node.policy(check={"cache_ttl_s": 0}, action={"degraded": action})
            self.assert_passes(self.gate("v1;layout=efa-only"))
        self.assertEqual(self.codes(), ["W105", "I106"])
        report = self.node.report()
        assert report is not None
        found = next(one for one in report["findings"] if one["code"] == "W105")
        self.assertEqual((found["subject"], found["expected"], found["found"], found["evidence"]),
                         ("feature efa-layout-all-efa", "layout all-efa", "the node has layout efa-only", f"{self.conf}:3"))  # fmt: skip
        self.assertEqual(report["outcome"], "degraded")
        said = self.node.tool("explain").out
        for text in ("W105 warning (check): feature efa-layout-all-efa", f"{self.conf}:3", "efa-layout nodes", "I106 info (check)"):
            self.assertIn(text, said)
        self.assertIn("W105", self.node.tool("explain", "4711").out)
        samples = self.node.prometheus()["efa_layout_findings"]
        self.assertEqual(samples.value(code="W105", severity="warning", owner="check"), 1)

    def test_list_checks(self) -> None:
        for code in ("W105", "I106"):
            run = runner.run([runner.TOOL, "list-checks", code], {})
            self.assertEqual(run.rc, 0, run)
            self.assertIn("slurm.conf", run.out)

    def test_cached_gate_does_not_read_it(self) -> None:
        """It has what the test found; what is mended meanwhile is seen with the next test."""
        self.say(LIE)
        self.assert_passes(self.gate())
        self.say(RIGHT)
        run = self.gate(job=4712)
        self.assert_passes(run)
        self.assertIn("cached", run.err)
        of_job = self.node.verdict(4712)
        assert of_job is not None
        self.assertEqual(self.codes(of_job), ["W105", "I106"])
        self.assert_passes(self.gate("v1;check=full", job=4713))
        self.assertEqual(self.codes(), [])

    def test_health_check_reads_it(self) -> None:
        """slurmd gives it SLURMD_NODENAME alone; SLURM_CONF is its own when it has one."""
        self.say(LIE)
        self.node.policy(health={"interval_s": 1})
        run = self.node.health(env={"SLURM_CONF": str(self.conf)})
        self.assertEqual(run.rc, 0, run)
        end = time.monotonic() + 30.0  # it tests in the background
        while self.node.report() is None:
            self.assertLess(time.monotonic(), end)
            time.sleep(0.02)
        self.assertEqual(self.codes(), ["W105", "I106"])

    def test_snapshot_keeps_it(self) -> None:
        self.say(LIE)
        snapshot = self.node.path / "snapshot"
        env = {"SLURM_CONF": str(self.conf), "SLURMD_NODENAME": "node-1"}
        made = runner.run([runner.TOOL, "snapshot", snapshot, *self.node.options()], env)
        self.assertEqual(made.rc, 0, made)
        self.conf.unlink()
        self.assertEqual((snapshot / "run/efa-layout/features").read_text().splitlines()[1:], LIE.split(","))
        options = ["--root", snapshot, "--run-dir", snapshot / "run/efa-layout", "--data-dir", self.node.data, "--site-dir", self.node.site]
        for command in (["check", "--no-probe", "--json"],):
            replayed = json.loads(runner.run([runner.TOOL, *command, *options], {}).out)
            self.assertEqual(self.codes(replayed), ["W105", "I106"])
        for text in ("", "\n", "x" * 5000, "/a:1", "/a:1\nefa-layout-\x1b[2J\n", "/a:1\n" + "efa-rails-1\n" * 999):
            with self.subTest(text[:40]):
                (snapshot / "run/efa-layout/features").write_text(text)
                run = runner.run([runner.TOOL, "check", "--no-probe", *options], {})
                self.assertLess(run.rc, 2, run)
                self.assertTrue(run.out.isascii() and run.out.replace("\n", "").isprintable())

    def test_beside_a_fault(self) -> None:
        """A node that has lost a rail drains for that alone."""
        self.say(LIE)
        self.node.probe(rails={self.node.rails()[1]: "fail transfer 113 4103 unreachable remote"})
        run = self.gate()
        self.assertEqual(run.rc, 1, run)
        self.assertEqual(self.codes(), [])
        self.assertIn("E208", self.node.controller_calls()[0][-1])


if __name__ == "__main__":
    main()
