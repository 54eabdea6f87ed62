#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reports of verdicts that rest on an earlier test."""

from __future__ import annotations

import json
import os
from pathlib import Path

from kit import NOBODY, OTHER_BOOT, UNREACHABLE, main
from report_lab import DEGRADED, ReportCase


class Shared(ReportCase):
    """What an earlier test found is in the verdict of each job that rests on it."""

    def test_cached(self) -> None:
        node = self.make(*DEGRADED)
        node.gate(job=1)
        first = self.verdict(node, 1)
        self.assertIn("(cached, ", node.gate(job=2).err)
        second = self.verdict(node, 2)
        self.assertEqual((second["source"], second["outcome"]), ("cached", "degraded"))
        for key in ("findings", "rails", "test", "layouts", "sentence", "rails_pass"):
            self.assertEqual(second[key], first[key], key)
        self.assertEqual(self.report(node)["source"], "tested", "the node's own is of the test")
        self.assertEqual(len(node.probe_calls()), 1)

    def test_cached_and_refused(self) -> None:
        node = self.make(*DEGRADED)
        node.gate(job=1)
        run = node.gate(job=2, request="v1;layout=all-efa")
        self.assertIn("job refused (cached, ", run.err)
        second = self.verdict(node, 2)
        self.assertEqual((second["source"], second["outcome"]), ("cached", "refused"))
        self.assertEqual(self.codes(second), ["E150", "W102"])
        self.assertEqual(second["findings"][1], self.verdict(node, 1)["findings"][0])
        self.assertEqual(self.report(node)["outcome"], "degraded")

    def test_at_once(self) -> None:
        node = self.make()
        rail = node.rails()[1]
        node.probe(delay_s=1.0, rails={rail: UNREACHABLE})
        self.assertEqual([run.rc for run in node.gates(3)], [1] * 3)
        self.assertEqual(len(node.probe_calls()), 1)
        found = [self.verdict(node, job) for job in (1, 2, 3)]
        self.assertEqual(sorted(one["source"] for one in found), ["shared", "shared", "tested"])
        for one in found:
            self.assertEqual(one["findings"], found[0]["findings"])
            self.assertEqual(one["findings"][0]["found"], "unreachable remote")
            self.assertEqual(one["rails"][1]["prov_error"], 4103)
            self.assertEqual(one["decision"]["done"], "drain")

    def test_a_report_that_is_not_there(self) -> None:
        """What the node map knows stands in for it, and is kept."""
        def gone(path: Path) -> None:
            path.unlink()

        def cut(path: Path) -> None:
            path.write_text(path.read_text()[:100])

        def foreign(path: Path) -> None:
            os.chown(path, NOBODY, NOBODY)

        def writable(path: Path) -> None:
            path.chmod(0o666)

        def other_test(path: Path) -> None:
            saved = json.loads(path.read_text())
            saved["test"]["at_ms"] -= 1
            saved["at_ms"] = 0
            path.write_text(json.dumps(saved))

        def other_boot(path: Path) -> None:
            path.write_text(json.dumps({**json.loads(path.read_text()), "boot_id": OTHER_BOOT}))

        for spoil in (gone, cut, foreign, writable, other_test, other_boot):
            with self.subTest(spoil.__name__):
                node = self.make(*DEGRADED)
                node.gate(job=1)
                spoil(node.run_dir / "report.json")
                run = node.gate(job=2)
                self.assertEqual(run.rc, 0, run)
                self.assertIn("(cached, ", run.err)
                self.assertEqual("warning: report: " in run.err, spoil in (cut, foreign, writable), run)
                for found in (self.verdict(node, 2), self.report(node)):
                    self.assertEqual((found["source"], found["outcome"]), ("cached", "degraded"))
                    self.assertEqual(self.codes(found), ["W102"])
                    self.assertEqual({rail["state"] for rail in found["rails"]}, {"pass"})
                self.assertEqual(self.report(node)["node"], "node-1")
                self.assertNotIn("report: ", node.gate(job=3).err)

    def test_settings_that_were_broken_meanwhile(self) -> None:
        node = self.make()
        node.gate(job=1)
        (node.site / "policy.json").write_text("{")
        node.gate(job=2)
        self.assertEqual((self.report(node)["outcome"], self.codes(self.report(node))), ("healthy", []))
        found = self.verdict(node, 2)
        self.assertEqual((found["outcome"], found["source"], self.codes(found)), ("degraded", "cached", ["W303"]))
        (node.state_dir / "policy.good").unlink()
        node.gate(job=3)
        self.assertEqual(self.report(node)["outcome"], "unknown")
        (node.site / "policy.json").write_text("{}")
        self.assertIn("(cached, ", node.gate(job=4).err)
        self.assertEqual(self.report(node)["outcome"], "healthy")


if __name__ == "__main__":
    main()
