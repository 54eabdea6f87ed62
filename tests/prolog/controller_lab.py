# SPDX-License-Identifier: Apache-2.0
"""What scontrol and sinfo are asked and answer in tests."""

from __future__ import annotations

import unittest
from typing import Any

from kit import Node, Run

NODE = "NodeName=node-1 Arch=x86_64 State=IDLE ThreadsPerCore=1 Partitions=p\n"
HELD = "NodeName=node-1 State={} ThreadsPerCore=1 Partitions=p Reason={} [root@2026-01-01T00:00:00]\n"
JOB = "JobId=4711 JobName=x UserId=u(1000) JobState=RUNNING\n"
OURS = "efa-layout: E208 rail rdmap16s27: transfer failed"
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
