#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Limits of drains, counted with scontrol and sinfo."""

from __future__ import annotations



from controller_lab import CLUSTER, HELD, IN_CLUSTER, IN_PARTITIONS, NODE, OURS, PARTITIONS, REQUEUE, SHOW_JOB, SHOW_NODE, UNDRAIN, ByCommands, groups, is_drain
from kit import Run, main


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

if __name__ == "__main__":
    main()
