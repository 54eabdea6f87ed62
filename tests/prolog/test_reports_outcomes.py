#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The report of each outcome, and what it says of what followed."""

from __future__ import annotations

import time
from typing import Any

from kit import Node, UNREACHABLE, main
from report_lab import DEGRADED, LIMIT, OTHERS, ReportCase


class Outcomes(ReportCase):
    def assert_outcome(self, node: Node, outcome: str, source: str, codes: list[str]) -> None:
        """The node's report and the job's, which are the same where the job asks for nothing."""
        own, job = self.report(node), self.verdict(node)
        for found in (own, job):
            self.assertEqual((found["outcome"], found["source"], self.codes(found)), (outcome, source, codes))
        self.assertIsNone(own.pop("job"))
        about = job.pop("job")
        check = about.pop("check")
        self.assertEqual(about, {"id": 4711, "uid": 1000, "asked": None, "checked": True})
        self.assertEqual((check["asked"], check["done"]), (None, "full" if source == "tested" else None))
        if check["wanted"]:
            self.assertEqual((check["wanted"], check["setting"]["name"]), ("full", "check.cache_ttl_s"))
        for found in (own, job):
            for key in ("at", "at_ms", "took_ms"):
                self.assertGreaterEqual(found.pop(key), 0)
        self.assertEqual(own, job)

    def test_healthy(self) -> None:
        node = self.make()
        begin = int(time.time())
        node.gate()
        self.assert_outcome(node, "healthy", "tested", [])
        found = self.report(node)
        self.assertEqual(list(found), [
            "version", "efa_layout", "node", "instance_type", "boot_id", "kernel", "efa_driver", "job", "source", "at",
            "at_ms", "took_ms", "test", "outcome", "sentence", "layouts", "declared", "rails_want", "rails_pass", "decision",
            "policy", "findings", "findings_dropped", "rails", "pairs"])  # fmt: skip
        self.assertEqual((found["node"], found["instance_type"]), ("node-1", "p4d.24xlarge"))
        self.assertEqual((found["layouts"], found["declared"]), (["efa-only"], "efa-only"))
        self.assertEqual((found["rails_want"], found["rails_pass"]), (4, 4))
        self.assertEqual(found["boot_id"], (node.root / "proc/sys/kernel/random/boot_id").read_text().strip())
        self.assertEqual((found["test"]["libfabric"], found["test"]["provider"]), ("1.17", "efa"))
        self.assertLessEqual(begin, found["test"]["at"])
        self.assertLessEqual(found["test"]["at"], found["at"])
        saved = node.map()
        assert saved is not None
        self.assertEqual((found["test"]["key"], found["test"]["at_ms"]), (saved["key"], saved["tested_ms"]))
        self.assertEqual([rail["state"] for rail in found["rails"]], ["pass"] * 4)
        self.assertEqual([rail["name"] for rail in found["rails"]], node.rails())
        self.assertEqual([rail["card_index"] for rail in found["rails"]], [0, 1, 2, 3])
        self.assertGreater(found["rails"][0]["bytes"], 0)
        self.assertEqual(found["decision"]["did"], "job allowed")
        self.assertIsNone(found["decision"]["setting"])

    def test_degraded(self) -> None:
        node = self.make(*DEGRADED)
        node.gate()
        self.assert_outcome(node, "degraded", "tested", ["W102"])
        self.assertEqual(self.report(node)["decision"]["setting"],
                         {"name": "action.degraded", "value": "warn", "file": None, "line": None})  # fmt: skip

    def test_faulty(self) -> None:
        node = self.make()
        rail = self.break_rail(node)
        self.assertEqual(node.gate().rc, 1)
        self.assert_outcome(node, "faulty", "tested", ["E208"])
        found = self.report(node)
        (finding,) = found["findings"]
        self.assertEqual((finding["severity"], finding["owner"], finding["title"]), ("error", "node", "transfer failed"))
        self.assertEqual((finding["subject"], finding["rail"], finding["card_index"]), (f"rail {rail}", 1, 1))
        self.assertEqual(finding["found"], "unreachable remote")
        self.assertIn("libfabric error 113, provider error 4103", finding["evidence"])
        self.assertIn("reboot the node", finding["remedy"])
        self.assertEqual((found["rails"][1]["state"], found["rails"][1]["step"]), ("fail", "transfer"))
        self.assertEqual((found["rails"][1]["fi_error"], found["rails"][1]["prov_error"]), (113, 4103))
        self.assertEqual(found["rails"][1]["text"], "unreachable remote")
        self.assertEqual(found["decision"]["did"], "node drained, job sent elsewhere")

    def test_a_rail_that_comes_to_no_test(self) -> None:
        node = self.make("--unbound", "2")
        node.gate()
        self.assert_outcome(node, "faulty", "tested", ["E201"])
        rails = self.report(node)["rails"]
        self.assertEqual([rail["state"] for rail in rails], ["pass", "pass", "unusable", "pass"])
        self.assertIsNone(rails[2]["step"])

    def test_fabric(self) -> None:
        node = self.make()
        node.probe(others=UNREACHABLE)
        node.gate()
        self.assert_outcome(node, "fabric", "tested", ["E250"])
        self.assertEqual(self.report(node)["decision"]["setting"]["name"], "action.fabric")

    def test_unknown(self) -> None:
        for mode, source, code in (("crash", "not-tested", "E303"), ("loader", "not-tested", "E301"),
                                   ("outcome no-provider none here", "not-tested", "E302")):  # fmt: skip
            with self.subTest(mode):
                node = self.make()
                node.probe(mode=mode, others="not-tested open 0 0")
                node.gate()
                self.assert_outcome(node, "unknown", source, [code])
                found = self.report(node)
                self.assertIsNotNone(found["test"]["problem"])
                self.assertIsNone(found["test"]["at"])
                self.assertEqual({rail["state"] for rail in found["rails"]}, {"not-tested"})

    def test_settings_that_cannot_be_used(self) -> None:
        node = self.make()
        (node.site / "policy.json").write_text("{")
        self.assertEqual(node.gate().rc, 0)
        self.assert_outcome(node, "unknown", "none", ["E304"])
        found = self.report(node)
        self.assertEqual(found["boot_id"], (node.root / "proc/sys/kernel/random/boot_id").read_text().strip())
        self.assertEqual((found["policy"]["hash"], found["decision"]["enforce"]), (None, None))
        self.assertEqual(node.prometheus()["efa_layout_result_current"].value(), 0)
        # It does not stand in the way of the next one.
        (node.site / "policy.json").write_text("{}")
        node.gate()
        self.assert_outcome(node, "healthy", "tested", [])

    def test_devices_that_cannot_be_read(self) -> None:
        node = self.make()
        (node.root / "sys/class/infiniband" / node.rails()[1] / "ports/1/gids/0").write_text("x" * 5000)
        self.assertEqual(node.gate().rc, 0)
        self.assert_outcome(node, "unknown", "none", ["E306"])

    def test_a_node_without_rails(self) -> None:
        node = self.make(kind="c6i.4xlarge", layout="none")
        node.gate()
        self.assert_outcome(node, "healthy", "not-tested", ["I102"])
        found = self.report(node)
        self.assertEqual((found["rails"], found["test"]["at"]), ([], None))
        before = (node.run_dir / "report.json").stat().st_ino
        node.gate(job=2)
        self.assertEqual(self.verdict(node, 2)["source"], "cached")
        self.assertEqual((node.run_dir / "report.json").stat().st_ino, before, "it is the report of this result")

    def test_refused(self) -> None:
        """The node's own report speaks of the node alone."""
        node = self.make()
        node.gate(request="v1;layout=all-efa;affinity=gpu")
        own, job = self.report(node), self.verdict(node)
        self.assertEqual((own["outcome"], self.codes(own), own["decision"]["wanted"]), ("healthy", [], "allow"))
        self.assertEqual((job["outcome"], self.codes(job), job["job"]["asked"]), ("refused", ["E150"], "all-efa"))
        self.assertEqual((job["decision"]["wanted"], job["decision"]["done"]), ("refuse", "refuse"))
        self.assertIsNone(job["decision"]["setting"])

    def test_refused_for_the_site_s_wish(self) -> None:
        node = self.make()
        (node.site / "policy.json").write_text('{"layout":\n{"default":\n"all-efa"}}')
        node.gate()
        setting = self.verdict(node)["decision"]["setting"]
        self.assertEqual(setting, {"name": "layout.default", "value": "all-efa", "file": str(node.site / "policy.json"),
                                   "line": 3})  # fmt: skip

    def test_without_a_look(self) -> None:
        """A job that asks for no check, and one that nobody can read, say nothing about the node."""
        node = self.make()
        node.gate(request="v1;layout=none", job=1)
        node.gate(request="v1;layout=\x01;rm -rf", job=2)
        self.assertIsNone(node.report())
        none, broken = self.verdict(node, 1), self.verdict(node, 2)
        self.assertEqual((none["outcome"], none["source"], none["job"]["checked"]), ("healthy", "none", False))
        self.assertEqual(none["decision"]["setting"]["name"], "layout.allow_none")
        self.assertEqual((broken["outcome"], broken["decision"]["wanted"]), ("refused", "refuse"))
        self.assertTrue(broken["sentence"])


class WhatFollows(ReportCase):
    def decision(self, node: Node, rc: int) -> dict[str, Any]:
        self.break_rail(node)
        run = node.gate()
        self.assertEqual(run.rc, rc, run)
        found = self.verdict(node)["decision"]
        self.assertEqual(found, self.report(node)["decision"])
        return found

    def test_file_and_line(self) -> None:
        node = self.make()
        path = node.site / "policy.json"
        path.write_text('{\n  "action": {\n    "enforce": true,\n    "faulty": "drain"\n  }\n}\n')
        found = self.decision(node, 1)
        self.assertEqual(found["setting"], {"name": "action.faulty", "value": "drain", "file": str(path), "line": 4})
        self.assertEqual(found["enforce"], {"name": "action.enforce", "value": "true", "file": str(path), "line": 3})
        self.assertEqual(self.report(node)["policy"]["file"], str(path))

    def test_report_only(self) -> None:
        node = self.make()
        node.policy(action={"enforce": False})
        found = self.decision(node, 0)
        self.assertEqual((found["wanted"], found["done"], found["enforce"]["value"]), ("drain", "allow", "false"))
        self.assertIn("would drain the node", found["did"])

    def test_limit(self) -> None:
        node = self.make()
        node.answers({"helper drain": {"rc": LIMIT, "out": "5 of 10 nodes of partition p are drained\n"}})
        found = self.decision(node, 0)
        self.assertEqual((found["wanted"], found["done"]), ("drain", "warn"))
        self.assertIn("5 of 10 nodes", found["limited"])

    def test_somebody_else_s_reason(self) -> None:
        node = self.make()
        node.answers({"helper drain": {"rc": OTHERS, "out": 'drained as "bad fan"\n'}})
        found = self.decision(node, 1)
        self.assertIn("bad fan", found["trouble"])
        self.assertEqual(found["did"], "job sent elsewhere")

    def test_drain_after(self) -> None:
        node = self.make()
        node.policy(action={"faulty": "drain-after"})
        found = self.decision(node, 0)
        self.assertEqual((found["done"], found["did"]), ("drain-after", "job allowed, node drained behind it"))


if __name__ == "__main__":
    main()
