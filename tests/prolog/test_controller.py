#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How the controller is asked: by the helper, and by scontrol, scancel and sinfo where there is none that can run."""

from __future__ import annotations

import os
import tempfile
import time
import unittest
from typing import Any

from kit import Node, Run, main, runner

NODE = "NodeName=node-1 Arch=x86_64 State=IDLE ThreadsPerCore=1 Partitions=p\n"
HELD = "NodeName=node-1 State={} ThreadsPerCore=1 Partitions=p Reason={} [root@2026-01-01T00:00:00]\n"
JOB = "JobId=4711 JobName=x UserId=u(1000) JobState=RUNNING\n"
OURS = "efa-layout: E208 rail rdmap16s27: transfer failed"
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
REQUEUE = ["scontrol", "requeue", "4711"]
PARTITIONS = ["sinfo", "--noheader", "--all", "--local", "--format=%R|%D|%T|%E"]
CLUSTER = ["sinfo", "--noheader", "--all", "--local", "--format=%D|%T|%E"]
IN_PARTITIONS, IN_CLUSTER = " ".join(PARTITIONS), " ".join(CLUSTER)
UNDRAIN = ["scontrol", "update", "NodeName=node-1", "State=UNDRAIN"]


def groups(drained: int, of: int = 4, partition: str | None = "p", state: str = "drained", reason: str = OURS) -> str:
    """What sinfo says of the nodes of a partition or, without one, of the cluster."""
    start = f"{partition}|" if partition else ""
    return f"{start}{of - drained}|idle|none\n" + (f"{start}{drained}|{state}|{reason}\n" if drained else "")


def is_drain(call: list[str]) -> bool:
    return call[:4] == ["scontrol", "update", "NodeName=node-1", "State=DRAIN"]


class ByCommands(unittest.TestCase):
    """The helper is not there."""

    def fault(
        self, answers: dict[str, Any], policy: dict[str, Any] | None = None
    ) -> tuple[Run, list[list[str]]]:
        with Node("p4d.24xlarge", "efa-only", "--unbound", "1") as node:
            node.use_commands()
            node.answers({"scontrol --oneliner show node": {"out": NODE}, IN_PARTITIONS: {"out": groups(0)}} | answers)
            node.policy(**(policy or {}))
            run = node.gate()
            self.record = node.drain_record()
            return run, node.controller_calls()

    def refusal(self, answers: dict[str, dict[str, object]]) -> tuple[Run, list[list[str]]]:
        with Node("p4d.24xlarge", "efa-only") as node:
            node.use_commands()
            node.answers(answers)
            return node.gate(request="v1;layout=all-efa"), node.controller_calls()

    def assert_drain(self, calls: list[list[str]], job: str = "4711") -> None:
        self.assertEqual(calls[:2], [SHOW_NODE, PARTITIONS])
        self.assertTrue(is_drain(calls[2]), calls)
        self.assertRegex(calls[2][4], "^Reason=efa-layout: E201 ")
        self.assertEqual(calls[3:], [PARTITIONS, SHOW_JOB, ["scontrol", "requeue", job]])


class Commands(ByCommands):
    def test_node_fault(self) -> None:
        run, calls = self.fault({"scontrol --oneliner show job": {"out": JOB}})
        self.assertEqual(run.rc, 1, run)
        self.assert_drain(calls)

    def test_nothing_is_counted_without_a_limit(self) -> None:
        _, calls = self.fault({}, {"limit": {"partition_percent": 100}})
        self.assertEqual(calls[0], SHOW_NODE)
        self.assertTrue(is_drain(calls[1]), calls)
        self.assertEqual(calls[2:], [SHOW_JOB, REQUEUE])

    def test_own_old_reason_is_replaced_whatever_the_limit(self) -> None:
        for state in ("IDLE+DRAIN", "MIXED+DRAIN", "DOWN", "DOWN*+DRAIN"):
            with self.subTest(state):
                run, calls = self.fault(
                    {
                        "scontrol --oneliner show node": {"out": HELD.format(state, OURS)},
                        IN_PARTITIONS: {"out": groups(4)},
                    }
                )
                self.assertEqual(run.rc, 1, run)
                self.assertEqual(calls[0], SHOW_NODE)
                self.assertTrue(is_drain(calls[1]), calls)
                self.assertEqual(calls[2:], [SHOW_JOB, REQUEUE])

    def test_somebody_else_s_reason_is_kept(self) -> None:
        for state, reason in (
            ("IDLE+DRAIN", "bad fan"),
            ("MIXED+DRAIN", "not efa-layout: at all"),
            ("DOWN", "efa-layoutish"),
            ("IDLE+FAIL", "bad fan"),
        ):
            with self.subTest(reason):
                run, calls = self.fault({
                    "scontrol --oneliner show node": {"out": HELD.format(state, reason)},
                })
                self.assertEqual(run.rc, 1)
                self.assertEqual(calls, [SHOW_NODE, SHOW_JOB, REQUEUE])
                self.assertIn(f"node node-1 is drained or down for another reason: {reason}", run.err)
                self.assertIsNone(self.record)

    def test_reason_that_nobody_holds_the_node_for_is_replaced(self) -> None:
        _, calls = self.fault({"scontrol --oneliner show node": {"out": HELD.format("IDLE", "long ago")}})
        self.assert_drain(calls)

    def test_one_task_of_an_array(self) -> None:
        # The last task that starts has the array's own id: by its number alone, all would go.
        job = ("JobId=4713 ArrayJobId=4711 ArrayTaskId=1 JobState=RUNNING\n"
               "JobId=4711 ArrayJobId=4711 ArrayTaskId=3 JobState=RUNNING\n"
               "JobId=4712 ArrayJobId=4711 ArrayTaskId=0 JobState=RUNNING\n")  # fmt: skip
        _, calls = self.fault({"scontrol --oneliner show job": {"out": job}})
        self.assert_drain(calls, "4711_3")
        _, calls = self.refusal({"scontrol --oneliner show job": {"out": job}})
        self.assertEqual(calls[-1], ["scancel", "4711_3"])

    def test_job_that_cannot_go_back_is_told(self) -> None:
        for flag, batch in (("BatchFlag=0", False), ("BatchFlag=1", True), ("BatchFlag=2", True)):
            with self.subTest(flag):
                job = JOB.replace(" JobState", f" {flag} JobState")
                run, calls = self.fault({"scontrol --oneliner show job": {"out": job}})
                self.assertEqual(run.rc, 1, run)
                self.assertEqual(calls[4], SHOW_JOB)
                if batch:
                    self.assertEqual(calls[5:], [REQUEUE])
                    continue
                self.assertEqual([call[:3] for call in calls[5:]], [["scontrol", "notify", "4711"]])
                self.assertRegex(calls[5][3], "^efa-layout: the job cannot start on node node-1, start it again: E201 rail ")

    def test_requeue_that_fails_changes_nothing(self) -> None:
        run, calls = self.fault({"scontrol requeue": {"rc": 1, "out": "Only batch jobs\n"}})
        self.assertEqual(run.rc, 1)
        self.assert_drain(calls)

    def test_drain_that_fails_is_said(self) -> None:
        run, calls = self.fault({"scontrol update": {"rc": 1, "out": "Access\x1b denied\n"}})
        self.assertIsNone(self.record)
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


class CommandsAtALimit(ByCommands):
    """At a limit the node stays, and so does the job."""

    def assert_stays(self, run: Run, sentence: str) -> None:
        self.assertEqual(run.rc, 0, run)
        self.assertIn(f"job allowed with a warning, node not drained: {sentence}", run.err)
        self.assertIsNone(self.record)

    def test_limits(self) -> None:
        for limit, partitions, cluster, sentence in (
            ({"partition_percent": 50}, groups(2), "", "2 of 4 nodes of partition p are drained, limit.partition_percent is 50"),
            ({"partition_percent": 1}, groups(1), "", "1 of 4 nodes of partition p are drained, limit.partition_percent is 1"),
            ({"partition_nodes": 1}, groups(1), "", "1 of 4 nodes of partition p are drained, limit.partition_nodes is 1"),
            ({"cluster_nodes": 2}, "", groups(2, 5, None), "2 of 5 nodes of the cluster are drained, limit.cluster_nodes is 2"),
            ({"cluster_percent": 26}, "", groups(1, 4, None), "1 of 4 nodes of the cluster are drained, limit.cluster_percent is 26"),
            (
                {"partition_percent": 50},
                groups(1, 4) + groups(1, 2, "q", "down*"),
                "",
                "1 of 2 nodes of partition q are drained, limit.partition_percent is 50",
            ),
            (
                {"partition_percent": 50, "cluster_nodes": 3},
                groups(1, 4) + groups(0, 4, "q"),
                groups(3, 9, None, "draining@") + "1|fail|" + OURS + "\n",
                "4 of 10 nodes of the cluster are drained, limit.cluster_nodes is 3",
            ),
        ):
            with self.subTest(sentence):
                answers = {
                    "scontrol --oneliner show node": {"out": NODE.replace("=p\n", "=p,q\n" if "q|" in partitions else "=p\n")},
                    IN_PARTITIONS: {"out": partitions},
                    IN_CLUSTER: {"out": cluster},
                }
                run, calls = self.fault(answers, {"limit": {"partition_percent": 100} | limit})
                self.assert_stays(run, sentence)
                self.assertEqual(calls[0], SHOW_NODE)
                self.assertEqual(calls[1:], [PARTITIONS] * bool(partitions) + [CLUSTER] * bool(cluster))

    def test_below_the_limit(self) -> None:
        for limit, partitions, cluster in (
            ({"partition_percent": 50}, groups(1), ""),
            ({"partition_percent": 50}, groups(3, reason="bad fan"), ""),
            ({"partition_percent": 50}, groups(3, state="idle"), ""),
            ({"partition_percent": 50}, groups(3, 4, "q") + groups(0, 4, "pp") + groups(1), ""),
            ({"partition_percent": 50}, groups(0) + "1|down|" + OURS + "\n", ""),
            ({"partition_nodes": 3}, groups(2), ""),
            ({"cluster_nodes": 3}, "", groups(2, 4, None)),
            ({"cluster_percent": 75}, "", groups(2, 4, None)),
            ({"cluster_percent": 75, "partition_nodes": 3}, groups(2), groups(2, 4, None)),
        ):
            with self.subTest(limit, partitions=partitions, cluster=cluster):
                answers = {IN_PARTITIONS: {"out": partitions}, IN_CLUSTER: {"out": cluster}}
                run, calls = self.fault(answers, {"limit": {"partition_percent": 100} | limit})
                self.assertEqual(run.rc, 1, run)
                count = [PARTITIONS] * bool(partitions) + [CLUSTER] * bool(cluster)
                self.assertEqual(calls[: 1 + len(count)], [SHOW_NODE, *count])
                self.assertTrue(is_drain(calls[1 + len(count)]))
                self.assertEqual(calls[2 + len(count) :], [*count, SHOW_JOB, REQUEUE])

    def test_one_too_many_is_taken_back(self) -> None:
        run, calls = self.fault({
            "scontrol --oneliner show node": [{"out": NODE}, {"out": HELD.format("MIXED+DRAIN", OURS)}],
            IN_PARTITIONS: [{"out": groups(1)}, {"out": groups(3)}],
        })
        self.assert_stays(run, "2 of 4 nodes of partition p are drained, limit.partition_percent is 50")
        self.assertTrue(is_drain(calls[2]))
        self.assertEqual(calls[3:], [PARTITIONS, SHOW_NODE, UNDRAIN])

    def test_the_last_that_fits_is_kept(self) -> None:
        run, calls = self.fault({IN_PARTITIONS: [{"out": groups(1)}, {"out": groups(2)}]})
        self.assertEqual(run.rc, 1, run)
        self.assert_drain(calls)

    def test_what_somebody_else_made_of_it_is_not_taken_back(self) -> None:
        run, calls = self.fault({
            "scontrol --oneliner show node": [{"out": NODE}, {"out": HELD.format("MIXED+DRAIN", "bad fan")}],
            IN_PARTITIONS: [{"out": groups(1)}, {"out": groups(3)}],
        })
        self.assertEqual(run.rc, 1, run)
        self.assertIn("for another reason: bad fan", run.err)
        self.assertEqual(calls[3:], [PARTITIONS, SHOW_NODE, SHOW_JOB, REQUEUE])
        self.assertIsNone(self.record)

    def test_count_that_cannot_be_read(self) -> None:
        for answer in ({"rc": 1, "out": "down\n"}, {"out": ""}, {"out": "p|4|idle\n"}, {"out": "p|x|idle|none\n"},
                       {"out": groups(0, 4, "q")}):  # fmt: skip
            with self.subTest(answer):
                run, calls = self.fault({IN_PARTITIONS: answer})
                self.assertEqual(run.rc, 1, run)
                self.assertIn("cannot drain node node-1: ", run.err)
                self.assertEqual(calls, [SHOW_NODE, PARTITIONS, SHOW_JOB, REQUEUE])

    def test_second_count_that_cannot_be_read(self) -> None:
        run, calls = self.fault({
            "scontrol --oneliner show node": [{"out": NODE}, {"out": HELD.format("MIXED+DRAIN", OURS)}],
            IN_PARTITIONS: [{"out": groups(1)}, {"rc": 1, "out": "busy\n"}],
        })
        self.assertEqual(run.rc, 0, run)
        self.assertEqual(calls[3:], [PARTITIONS, SHOW_NODE, UNDRAIN])


class Helper(unittest.TestCase):
    def answer(self, answer: dict[str, Any], **policy: Any) -> tuple[Run, list[list[str]], Any]:
        with Node("p4d.24xlarge", "efa-only", "--unbound", "1") as node:
            node.answers({"helper": answer})
            node.policy(**policy)
            return node.gate(), node.controller_calls(), node.drain_record()

    def test_limit(self) -> None:
        sentence = "5 of 10 nodes of partition p are drained, limit.partition_percent is 50"
        run, calls, record = self.answer({"rc": 3, "out": sentence + "\nmore\n"})
        self.assertEqual(run.rc, 0, run)
        self.assertIn(f"warning: job 4711 of uid 1000 on node node-1: job allowed with a warning, node not drained: {sentence} (", run.err)
        self.assertIn("faulty: E201", run.err)
        self.assertNotIn("more", run.err)
        self.assertEqual((len(calls), record), (1, None))

    def test_somebody_else_s_reason(self) -> None:
        run, _, record = self.answer({"rc": 4, "out": "node node-1 is drained or down for another reason: bad fan\n"})
        self.assertEqual((run.rc, record), (1, None), run)
        self.assertIn("job sent elsewhere, node node-1 is drained or down for another reason: bad fan (", run.err)

    def test_limits_are_passed_on(self) -> None:
        limit = {"cluster_nodes": 7, "cluster_percent": 8, "partition_nodes": 9, "partition_percent": 10}
        _, calls, _ = self.answer({}, limit=limit)
        self.assertEqual(
            calls[0][6:-2],
            ["--cluster-nodes", "7", "--cluster-percent", "8", "--partition-nodes", "9", "--partition-percent", "10"],
        )
        _, calls, _ = self.answer({}, limit={"partition_percent": 100})
        self.assertEqual(calls[0][:-1], ["helper", "drain", "--node", "node-1", "--job", "4711", "--reason"])

    def test_drain_behind_the_job(self) -> None:
        action = {"faulty": "drain-after"}
        run, calls, record = self.answer({}, action=action)
        self.assertEqual(run.rc, 0, run)
        self.assertIn("error" if run.rc else "job allowed, node drained behind it", run.err)
        self.assertEqual(calls[0][:5], ["helper", "drain", "--node", "node-1", "--after"])
        self.assertEqual(record["reason"], calls[0][-1])
        run, _, record = self.answer({"rc": 1, "out": "down\n"}, action=action)
        self.assertEqual((run.rc, record), (0, None), run)
        self.assertIn("job allowed with a warning, cannot drain node node-1: ", run.err)
        run, _, record = self.answer({"rc": 4, "out": "node node-1 is drained: bad fan\n"}, action=action)
        self.assertEqual((run.rc, record), (0, None), run)
        self.assertIn("job allowed, node node-1 is drained: bad fan (", run.err)
        run, _, record = self.answer({"rc": 3, "out": "5 of 10\n"}, action=action)
        self.assertEqual((run.rc, record), (0, None), run)
        self.assertIn("job allowed with a warning, node not drained: 5 of 10 (", run.err)

    def test_report_only(self) -> None:
        for action, words in (
            ("drain", "would drain the node and send the job elsewhere"),
            ("drain-after", "would drain the node behind the job"),
            ("refuse", "would refuse the job"),
        ):
            with self.subTest(action):
                run, calls, record = self.answer({}, action={"faulty": action, "enforce": False})
                self.assertEqual((run.rc, calls, record), (0, [], None), run)
                self.assertIn(f"warning: job 4711 of uid 1000 on node node-1: job allowed, {words} if action.enforce were true (", run.err)
        run, calls, _ = self.answer({}, action={"faulty": "warn", "enforce": False})
        self.assertEqual((run.rc, calls), (0, []), run)
        self.assertIn("job allowed with a warning (", run.err)

    def test_report_only_and_a_request_that_makes_no_sense(self) -> None:
        with Node("p4d.24xlarge", "efa-only") as node:
            node.policy(action={"enforce": False})
            run = node.gate(request="v1;layout=all-efa;bogus=1")
            self.assertEqual((run.rc, node.controller_calls()), (0, []), run)
            self.assertIn("would refuse the job", run.err)

    def test_drain_is_remembered(self) -> None:
        began = int(time.time())
        with Node("p4d.24xlarge", "efa-only", "--unbound", "1") as node:
            self.assertEqual(node.gate().rc, 1)
            record = node.drain_record()
            assert record is not None
            self.assertEqual(sorted(record), ["boot_id", "drained_at", "healthy", "node", "reason"])
            self.assertEqual((record["node"], record["healthy"]), ("node-1", 0))
            self.assertEqual(record["reason"], node.controller_calls()[0][-1])
            boot_id = (node.root / "proc/sys/kernel/random/boot_id").read_text().strip()
            self.assertEqual(record["boot_id"], boot_id)
            self.assertTrue(began <= record["drained_at"] <= time.time(), record)
            self.assertEqual(node.state_dir.stat().st_mode & 0o777, 0o755)

    def test_drain_lock_that_cannot_be_had_is_no_obstacle(self) -> None:
        with Node("p4d.24xlarge", "efa-only", "--unbound", "1") as node:
            (node.run_dir / "drain.lock").mkdir()
            run = node.gate()
            self.assertEqual((run.rc, len(node.controller_calls())), (1, 1), run)
            self.assertIn("drain.lock", run.err)
            self.assertIn("continuing without", run.err)
            self.assertIn("node drained, job sent elsewhere", run.err)

    def test_drain_that_cannot_be_remembered_is_a_drain(self) -> None:
        with Node("p4d.24xlarge", "efa-only", "--unbound", "1") as node:
            node.state_dir.mkdir(mode=0o755)
            os.chown(node.state_dir, 1, 1)
            run = node.gate()
            self.assertEqual(run.rc, 1, run)
            self.assertIn("warning: drain of node node-1 will not be lifted: ", run.err)
            self.assertIn("node drained, job sent elsewhere", run.err)

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
            node.answers({"helper": {"rc": 127}, "scontrol --oneliner show node": {"out": NODE}, IN_PARTITIONS: {"out": groups(0)}})
            self.assertEqual(node.gate().rc, 1)
            self.assertEqual([call[0] for call in node.controller_calls()], ["helper", "scontrol", "sinfo", "scontrol", "sinfo", "scontrol", "scontrol"])

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
            node.probe(rails={name: "fail getinfo 61 0 " + "x" * 120 for name in node.rails()[1:]})
            node.gate()
            (call,) = node.controller_calls()
            self.assertEqual(len(call[-1]), 200)
            # What there is room for is what counts.
            self.assertRegex(
                call[-1],
                r"^efa-layout: E206 rail \w+: provider does not list the rail; 1 of 32 rails pass; and 30 more; found: x+$",
            )
            self.assertNotIn('"', call[-1])
            self.assertNotIn("\n", call[-1])


@unittest.skipUnless(runner.SLURM_HELPER.exists(), "efa-layout-slurm is not built")
class Program(unittest.TestCase):
    """efa-layout-slurm itself, as far as no controller is needed."""

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
