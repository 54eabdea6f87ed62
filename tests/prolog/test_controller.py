#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How the controller is asked: by the helper, and by scontrol and scancel where there is none that can run."""

from __future__ import annotations

import tempfile
import unittest

from kit import Node, Run, main, runner

NODE = "NodeName=node-1 Arch=x86_64 State=IDLE ThreadsPerCore=1 Reason=none of yours [root@x]\n"
DRAINED = "NodeName=node-1 State=IDLE+DRAIN ThreadsPerCore=1 Reason={} [root@2026-01-01T00:00:00]\n"
JOB = "JobId=4711 JobName=x UserId=u(1000) JobState=RUNNING\n"
# Neither munged nor slurmctld behind it.
_NO_CLUSTER = """ClusterName=none
SlurmctldHost=none(127.0.0.1)
SlurmctldPort=1
AuthInfo=socket=/nonexistent/munge
MessageTimeout=2
NodeName=n1
PartitionName=p Nodes=ALL
"""
SHOW_NODE = ["scontrol", "--oneliner", "show", "node", "node-1"]
SHOW_JOB = ["scontrol", "--oneliner", "show", "job", "4711"]


class Commands(unittest.TestCase):
    """The helper is not there."""

    def fault(self, answers: dict[str, dict[str, object]]) -> tuple[Run, list[list[str]]]:
        with Node("p4d.24xlarge", "efa-only", "--unbound", "1") as node:
            node.use_commands()
            node.answers(answers)
            return node.gate(), node.controller_calls()

    def refusal(self, answers: dict[str, dict[str, object]]) -> tuple[Run, list[list[str]]]:
        with Node("p4d.24xlarge", "efa-only") as node:
            node.use_commands()
            node.answers(answers)
            return node.gate(request="v1;layout=all-efa"), node.controller_calls()

    def assert_drain(self, calls: list[list[str]], job: str = "4711") -> None:
        self.assertEqual(calls[0], SHOW_NODE)
        self.assertEqual(calls[1][:4], ["scontrol", "update", "NodeName=node-1", "State=DRAIN"])
        self.assertRegex(calls[1][4], "^Reason=efa-layout: E201 ")
        self.assertEqual(calls[2:], [SHOW_JOB, ["scontrol", "requeue", job]])

    def test_node_fault(self) -> None:
        run, calls = self.fault({
            "scontrol --oneliner show node": {"out": NODE},
            "scontrol --oneliner show job": {"out": JOB},
        })
        self.assertEqual(run.rc, 1, run)
        self.assert_drain(calls)

    def test_own_old_reason_is_replaced(self) -> None:
        old = DRAINED.format("efa-layout: E208 rail rdmap16s27: transfer failed")
        _, calls = self.fault({"scontrol --oneliner show node": {"out": old}})
        self.assert_drain(calls)

    def test_somebody_else_s_reason_is_kept(self) -> None:
        for reason in ("bad fan", "not efa-layout: at all", "efa-layoutish"):
            with self.subTest(reason):
                run, calls = self.fault({
                    "scontrol --oneliner show node": {"out": DRAINED.format(reason)},
                })
                self.assertEqual(run.rc, 1)
                self.assertEqual(calls, [SHOW_NODE, SHOW_JOB, ["scontrol", "requeue", "4711"]])

    def test_one_task_of_an_array(self) -> None:
        # The last task that starts has the array's own id: by its number alone, all would go.
        job = ("JobId=4713 ArrayJobId=4711 ArrayTaskId=1 JobState=RUNNING\n"
               "JobId=4711 ArrayJobId=4711 ArrayTaskId=3 JobState=RUNNING\n"
               "JobId=4712 ArrayJobId=4711 ArrayTaskId=0 JobState=RUNNING\n")  # fmt: skip
        _, calls = self.fault({"scontrol --oneliner show job": {"out": job}})
        self.assert_drain(calls, "4711_3")
        _, calls = self.refusal({"scontrol --oneliner show job": {"out": job}})
        self.assertEqual(calls[-1], ["scancel", "4711_3"])

    def test_requeue_that_fails_changes_nothing(self) -> None:
        run, calls = self.fault({"scontrol requeue": {"rc": 1, "out": "Only batch jobs\n"}})
        self.assertEqual(run.rc, 1)
        self.assert_drain(calls)

    def test_drain_that_fails_is_said(self) -> None:
        run, calls = self.fault({"scontrol update": {"rc": 1, "out": "Access\x1b denied\n"}})
        self.assertEqual(run.rc, 1)
        self.assertIn("cannot drain node node-1", run.err)
        self.assertIn("Access? denied", run.err)
        self.assertEqual(calls[-1], ["scontrol", "requeue", "4711"])

    def test_refusal(self) -> None:
        run, calls = self.refusal({"scontrol --oneliner show job": {"out": JOB}})
        self.assertEqual(run.rc, 0, run)
        self.assertEqual(calls[0], SHOW_JOB)
        self.assertEqual(calls[1][:3], ["scontrol", "notify", "4711"])
        self.assertEqual(calls[2][:3], ["scontrol", "update", "JobId=4711"])
        self.assertRegex(calls[2][3], "^AdminComment=efa-layout: E150 ")
        self.assertEqual(calls[3:], [["scancel", "4711"]])

    def test_refusal_ends_the_job_even_when_words_fail(self) -> None:
        run, calls = self.refusal({"scontrol notify": {"rc": 1}, "scontrol update": {"rc": 1}})
        self.assertEqual(run.rc, 0, run)
        self.assertEqual(calls[-1], ["scancel", "4711"])

    def test_neither_helper_nor_commands(self) -> None:
        with Node("p4d.24xlarge", "efa-only", "--unbound", "1") as node:
            (node.path / "controller" / "helper").unlink()
            run = node.gate()
            self.assertEqual(run.rc, 1, "the job must not start here all the same")
            self.assertIn("cannot drain", run.err)


class Helper(unittest.TestCase):
    def test_its_failure_is_said_and_not_tried_otherwise(self) -> None:
        with Node("p4d.24xlarge", "efa-only", "--unbound", "1") as node:
            node.answers({"helper": {"rc": 1, "out": "cannot drain node: Access denied\n"}})
            run = node.gate()
            self.assertEqual(run.rc, 1)
            self.assertIn("exit status 1: cannot drain node: Access denied", run.err)
            self.assertEqual(len(node.controller_calls()), 1)

    def test_one_that_cannot_be_loaded_is_as_good_as_none(self) -> None:
        with Node("p4d.24xlarge", "efa-only", "--unbound", "1") as node:
            helper = node.path / "controller" / "helper"
            text = helper.read_text()
            node.use_commands()
            helper.write_text(text)
            helper.chmod(0o755)
            node.answers({"helper": {"rc": 127}})
            self.assertEqual(node.gate().rc, 1)
            self.assertEqual([call[0] for call in node.controller_calls()], ["helper"] + ["scontrol"] * 4)

    def test_one_that_others_may_write_is_not_run(self) -> None:
        with Node("p4d.24xlarge", "efa-only", "--unbound", "1") as node:
            helper = node.path / "controller" / "helper"
            text = helper.read_text()
            node.use_commands()
            helper.write_text(text)
            for mode in (0o777, 0o644):
                helper.chmod(mode)
                self.assertEqual(node.gate().rc, 1)
            self.assertNotIn("helper", [call[0] for call in node.controller_calls()])

    def test_reason_fits_one_line_of_sinfo(self) -> None:
        with Node("p5.48xlarge", "efa-only") as node:
            node.probe(rails={name: "fail transfer 113 4103 " + "x" * 120 for name in node.rails()[1:]})
            node.gate()
            (call,) = node.controller_calls()
            self.assertLess(len(call[-1]), 300)
            self.assertNotIn('"', call[-1])
            self.assertNotIn("\n", call[-1])


@unittest.skipUnless(runner.SLURM_HELPER.exists(), "efa-layout-slurm is not built")
class Program(unittest.TestCase):
    """efa-layout-slurm itself, as far as no controller is needed."""

    def call(self, *words: str, conf: str = "/nonexistent/slurm.conf") -> Run:
        env = {"SLURM_CONF": conf, "PATH": "/usr/bin:/bin"}
        return runner.run([runner.SLURM_HELPER, *words], env)

    def test_usage(self) -> None:
        fault = ["node-fault", "--node", "n1", "--job", "5", "--reason", "x"]
        refuse = ["refuse", "--job", "5", "--code", "78", "--text", "x"]
        for words in (
            [],
            ["bogus"],
            fault[:-2],
            refuse[:-2],
            [*fault, "more"],
            [*fault, "--bogus"],
            ["node-fault", "--node", "n1 State=DOWN", "--job", "5", "--reason", "x"],
            ["node-fault", "--node", "n1", "--job", "0", "--reason", "x"],
            ["node-fault", "--node", "n1", "--job", "5_1", "--reason", "x"],
            ["node-fault", "--node", "n1", "--job", "5", "--reason", ""],
            ["node-fault", "--node", "n1", "--job", "5", "--reason", "a\nb"],
            ["node-fault", "--node", "n1", "--job", "5", "--reason", "x" * 600],
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
                (["node-fault", "--node", "n1", "--job", "5", "--reason", "x"], "cannot drain node: "),
            ):
                run = self.call(*words, conf=conf.name)
                self.assertEqual(run.rc, 1, run)
                self.assertTrue(run.out.startswith(sentence), run)
                self.assertEqual(run.out.count("\n"), 1, run)


if __name__ == "__main__":
    main()
