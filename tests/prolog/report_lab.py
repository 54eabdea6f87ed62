# SPDX-License-Identifier: Apache-2.0
"""What tests of reports share."""

from __future__ import annotations

import unittest
from typing import Any

from kit import Node, UNREACHABLE

OTHERS = 4  # how the helper says that the reason is somebody else's
LIMIT = 3
DEGRADED = ("--extra-ena", "1", "--extra-ena", "2")


class ReportCase(unittest.TestCase):
    def make(self, *damage: str, kind: str = "p4d.24xlarge", layout: str = "efa-only") -> Node:
        node = Node(kind, layout, *damage)
        self.addCleanup(node.__exit__, None, None, None)
        return node

    def report(self, node: Node) -> dict[str, Any]:
        found = node.report()
        assert found is not None
        return found

    def verdict(self, node: Node, job: int = 4711) -> dict[str, Any]:
        found = node.verdict(job)
        assert found is not None
        return found

    def codes(self, report: dict[str, Any]) -> list[str]:
        return [finding["code"] for finding in report["findings"]]

    def break_rail(self, node: Node) -> str:
        rail = node.rails()[1]
        node.probe(rails={rail: UNREACHABLE})
        return rail
