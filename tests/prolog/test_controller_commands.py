#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The controller is asked by scontrol, scancel and sinfo where there is no helper that can run."""

from __future__ import annotations



from controller_lab import HELD, IN_PARTITIONS, JOB, OURS, REQUEUE, SHOW_JOB, SHOW_NODE, ByCommands, groups, is_drain
from kit import Node, main


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

if __name__ == "__main__":
    main()
