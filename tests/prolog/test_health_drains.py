#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The health check drains a node at fault that nobody uses."""

from __future__ import annotations



from health_lab import LIMIT, OTHERS, HealthCase
from kit import main


class Drains(HealthCase):
    def test_a_node_at_fault_with_nobody_on_it(self) -> None:
        self.break_rail()
        run = self.check_old(rc=1)
        (call,) = self.node.controller_calls()
        self.assertEqual(call[1:4], ["drain", "--node", "node-1"])
        self.assertNotIn("--job", call)
        self.assertNotIn("--after", call)
        self.assertTrue(call[-1].startswith(f"efa-layout: E208 rail {self.names[1]}: "), call)
        self.assertIn("--partition-percent", call)
        self.assertIn("error: node node-1: drained as", run.err)
        record = self.node.drain_record()
        assert record is not None
        self.assertEqual((record["node"], record["healthy"], record["reason"]), ("node-1", 0, call[-1]))

    def test_only_where_the_policy_drains(self) -> None:
        self.break_rail()
        for action in ("warn", "allow", "refuse"):
            with self.subTest(action):
                self.policy(action={"faulty": action})
                self.check_old(rc=1)
                self.assertEqual(self.node.controller_calls(), [])
        self.policy(action={"faulty": "drain", "enforce": False})
        self.assertIn("would be drained if action.enforce were true", self.check_old(rc=1).err)
        self.assertEqual(self.node.controller_calls(), [])
        self.assertIsNone(self.node.drain_record())
        self.policy(action={"faulty": "drain-after", "enforce": True})
        self.check_old(rc=1)
        self.assertEqual(len(self.helper_calls("drain")), 1)

    def test_never_for_what_is_not_known(self) -> None:
        for probe in ({"mode": "crash"}, {"mode": "loader"}, {"others": "not-tested open 0 0"},
                      {"mode": "outcome no-provider no efa"}):  # fmt: skip
            with self.subTest(probe):
                self.node.probe(**probe)
                self.check_old()
                self.assertEqual(self.node.controller_calls(), [])

    def test_within_limits(self) -> None:
        self.break_rail()
        self.node.answers({"helper drain": {"rc": LIMIT, "out": "5 of 10 nodes of partition p are drained\n"}})
        run = self.check_old(rc=1)
        self.assertIn("warning: node node-1: not drained: 5 of 10 nodes", run.err)
        self.assertIsNone(self.node.drain_record())

    def test_not_for_somebody_else_s_reason(self) -> None:
        self.break_rail()
        self.node.answers({"helper drain": {"rc": OTHERS, "out": "drained as \"bad fan\"\n"}})
        self.assertIn("not drained: drained as", self.check_old(rc=1).err)
        self.assertIsNone(self.node.drain_record())

    def test_not_under_a_job(self) -> None:
        self.policy(health={"under_jobs": True}, check={"cache_ttl_s": 0})
        self.assertEqual(self.node.gate(job=17).rc, 0)
        self.break_rail()
        run = self.check_old(rc=1)
        self.assertIn("not drained while job 17 runs", run.err)
        self.assertEqual(self.node.controller_calls(), [])
        self.node.epilog(job=17)
        self.check_old(rc=1)
        self.assertEqual(len(self.helper_calls("drain")), 1)

    def test_without_the_node_s_name(self) -> None:
        self.break_rail()
        for name in ("", "a b", "-rf", "n\nState=DOWN"):
            with self.subTest(name):
                self.age()
                run = self.check(env={"SLURMD_NODENAME": name})
                self.assertIn("names no node", run.err)
                self.assertEqual(self.node.controller_calls(), [])

    def test_controller_that_is_silent_is_asked_again(self) -> None:
        self.break_rail()
        self.node.answers({"helper drain": {"rc": 1, "out": "Unable to contact slurm controller\n"}})
        self.assertIn("warning: node node-1: not drained: ", self.check_old(rc=1).err)
        self.assertIsNone(self.node.drain_record())
        self.node.answers({})
        self.check_old(rc=1)
        self.assertIsNotNone(self.node.drain_record())

    def test_slurm_conf_is_passed_on(self) -> None:
        self.break_rail()
        self.check_old(rc=1)
        self.age()
        self.check("--slurm-conf", "/etc/slurm/one.conf")
        self.age()
        self.check(env={"SLURM_CONF": "/etc/slurm/two.conf"})
        self.age()
        self.check(env={"SLURM_CONF": "three.conf"})
        found = [record["env"].get("SLURM_CONF") for record in self.node.controller_records()]
        self.assertEqual(found, [None, "/etc/slurm/one.conf", "/etc/slurm/two.conf", None])

    def test_without_the_helper(self) -> None:
        self.node.use_commands()
        self.node.answers({"scontrol --oneliner show node": {"out": "NodeName=node-1 State=IDLE Partitions=p\n"}})
        self.policy(limit={"partition_percent": 100})
        self.break_rail()
        self.check_old(rc=1)
        updates = [call for call in self.node.controller_calls() if call[:2] == ["scontrol", "update"]]
        self.assertEqual(updates[0][2:4], ["NodeName=node-1", "State=DRAIN"])
        self.assertNotIn("requeue", [call[1] for call in self.node.controller_calls()])

if __name__ == "__main__":
    main()
