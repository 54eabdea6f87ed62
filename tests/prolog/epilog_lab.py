# SPDX-License-Identifier: Apache-2.0
"""What tests of the epilog share."""

from __future__ import annotations

import unittest

from kit import Node, Run

GB = 10**9


class EpilogCase(unittest.TestCase):
    def setUp(self) -> None:
        self.node = Node("p4d.24xlarge", "efa-only")
        self.addCleanup(self.node.__exit__, None, None, None)
        self.names = self.node.rails()

    def start(self, job: int = 4711, request: str | None = None) -> Run:
        run = self.node.gate(job=job, request=request)
        self.assertEqual(run.rc, 0, run)
        return run

    def end(self, *words: str, job: int = 4711, receipt: bool = True) -> Run:
        """The epilog ends with 0, leaves no trace of the job in the run directory, and says these words."""
        run = self.node.epilog(job=job)
        self.assertEqual(run.rc, 0, run)
        for word in words:
            self.assertIn(word, run.err)
        left = [name for name in self.node.job_files() if name.split(".")[0] == str(job)]
        self.assertEqual(left, [])
        self.assertEqual(self.node.receipt(job) is not None, receipt, run)
        self.assertEqual(self.node.controller_calls(), [])
        return run

    def receipt(self, job: int = 4711) -> dict:
        found = self.node.receipt(job)
        assert found is not None
        return found

    def rail(self, name: str, job: int = 4711) -> dict:
        (found,) = [rail for rail in self.receipt(job)["rails"] if rail["name"] == name]
        return found
