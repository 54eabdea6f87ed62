#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""efa-layout-slurm itself, as far as no controller is needed."""

from __future__ import annotations

import tempfile
import unittest

from kit import Run, main, runner

# Neither munged nor slurmctld behind it.
_NO_CLUSTER = """ClusterName=none
SlurmctldHost=none(127.0.0.1)
SlurmctldPort=1
AuthInfo=socket=/nonexistent/munge
MessageTimeout=2
NodeName=n1
PartitionName=p Nodes=ALL
"""


@unittest.skipUnless(runner.SLURM_HELPER.exists(), "efa-layout-slurm is not built")
class Program(unittest.TestCase):
    def call(self, *words: str, conf: str = "/nonexistent/slurm.conf") -> Run:
        env = {"SLURM_CONF": conf, "PATH": "/usr/bin:/bin"}
        return runner.run([runner.SLURM_HELPER, *words], env)

    def test_usage(self) -> None:
        drain = ["drain", "--node", "n1", "--job", "5", "--reason", "efa-layout: x"]
        refuse = ["refuse", "--job", "5", "--code", "78", "--text", "x"]
        for words in (
            [],
            ["bogus"],
            drain[:-2],
            ["drain", *drain[3:]],
            refuse[:-2],
            ["lift"],
            ["lift", "--node", "n1", "more"],
            ["lift", "--node", ""],
            [*drain, "more"],
            [*drain, "--bogus"],
            [*drain, "--after=yes"],
            [*drain, "--cluster-nodes", "65536"],
            [*drain, "--cluster-nodes", "-1"],
            [*drain, "--cluster-percent", "101"],
            [*drain, "--partition-nodes", "x"],
            [*drain, "--partition-percent", ""],
            ["drain", "--node", "n1 State=DOWN", "--reason", "efa-layout: x"],
            ["drain", "--node", "n[1-9]", "--reason", "efa-layout: x"],
            ["drain", "--node", "n1", "--job", "0", "--reason", "efa-layout: x"],
            ["drain", "--node", "n1", "--job", "5_1", "--reason", "efa-layout: x"],
            ["drain", "--node", "n1", "--reason", ""],
            ["drain", "--node", "n1", "--reason", "not ours"],
            ["drain", "--node", "n1", "--reason", "efa-layout: a\nb"],
            ["drain", "--node", "n1", "--reason", "efa-layout: " + "x" * 600],
            ["refuse", "--job", "5", "--code", "0", "--text", "x"],
            ["refuse", "--job", "5", "--code", "256", "--text", "x"],
        ):
            with self.subTest(words):
                run = self.call(*words)
                self.assertEqual(run.rc, 2, run)
                self.assertEqual(run.out.count("\n"), 1, run)

    def test_version_says_for_which_slurm(self) -> None:
        self.assertRegex(self.call("--version").out, r"^efa-layout-slurm \S+ for Slurm \d\d\.\d\d\n$")

    def test_without_a_cluster(self) -> None:
        with tempfile.NamedTemporaryFile("w", suffix=".conf") as conf:
            conf.write(_NO_CLUSTER)
            conf.flush()
            for words, sentence in (
                (["refuse", "--job", "5", "--code", "78", "--text", "x"], "cannot end the job: "),
                (["drain", "--node", "n1", "--job", "5", "--reason", "efa-layout: x"], "cannot drain node: "),
                (["drain", "--node", "n1", "--reason", "efa-layout: x", "--cluster-nodes", "1"], "cannot drain node: "),
                (["lift", "--node", "n1"], "cannot look at the node: "),
            ):
                run = self.call(*words, conf=conf.name)
                self.assertEqual(run.rc, 1, run)
                self.assertTrue(run.out.startswith(sentence), run)
                self.assertEqual(run.out.count("\n"), 1, run)

if __name__ == "__main__":
    main()
