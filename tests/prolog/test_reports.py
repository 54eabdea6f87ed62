#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What is left of each verdict: the node's report, one for each job, and the text for Prometheus."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
import unittest
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kit import Node, Run, exposition, main, runner

NOBODY = 65534
UNREACHABLE = "fail transfer 113 4103 unreachable remote"
OTHER_BOOT = "11111111-2222-4333-8444-555555555555"
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


class NotWritten(ReportCase):
    """A report that cannot be written is a warning, and changes nothing of what is done."""

    @contextmanager
    def mounted(self, at: Path, *options: str) -> Iterator[None]:
        at.mkdir(exist_ok=True)
        argv = ["mount", "-t", "tmpfs", "-o", ",".join(["mode=0755", *options]), "none", str(at)]
        if subprocess.run(argv, capture_output=True).returncode:
            self.skipTest("needs a mount")
        try:
            yield
        finally:
            subprocess.run(["umount", at], check=True)

    def fill(self, directory: Path) -> None:
        with open(directory / "filler", "wb") as filler:
            try:
                filler.write(b"x" * 65536)
                filler.flush()
            except OSError:
                pass

    def assert_same(self, node: Node, run: Run, rc: int, *warnings: str) -> None:
        """What is done is what would be done with a disk."""
        self.assertEqual(run.rc, rc, run)
        calls = [call[1] for call in node.controller_calls()]
        self.assertEqual(calls, ["drain"] if rc else [], run)
        for warning in warnings:
            self.assertIn(f"warning: {warning}", run.err)

    def test_a_dry_run(self) -> None:
        for damage in ((), ("--unbound", "1")):
            node = self.make(*damage)
            node.gate("--dry-run")
            node.gate("--dry-run", request="v1;layout=all-efa")
            node.health("--dry-run", "--wait")
            node.epilog("--dry-run")
            self.assertEqual((node.report(), node.verdicts(), node.prometheus()), (None, [], {}))
            self.assertFalse((node.run_dir / "efa_layout.prom").exists())

    def test_state_directory_full(self) -> None:
        for damage, rc in (((), 0), (("--unbound", "1"), 1)):
            node = self.make(*damage)
            with self.mounted(node.state_dir, "size=16k"):
                self.fill(node.state_dir)
                self.assert_same(node, node.gate(), rc, "job 4711: its verdict: ")
                self.assertEqual(node.verdicts(), [])
            self.assertIsNotNone(node.report())

    def test_state_directory_read_only(self) -> None:
        for damage, rc in (((), 0), (("--unbound", "1"), 1)):
            node = self.make(*damage)
            with self.mounted(node.state_dir, "ro"):
                self.assert_same(node, node.gate(), rc, "job 4711: its verdict: ")

    def test_state_directory_of_somebody_else(self) -> None:
        node = self.make("--unbound", "1")
        node.state_dir.mkdir()
        os.chown(node.state_dir, NOBODY, NOBODY)
        self.assert_same(node, node.gate(), 1, "job 4711: its verdict: ")
        self.assertEqual(node.verdicts(), [])

    def test_directory_of_jobs_of_somebody_else(self) -> None:
        node = self.make()
        (node.state_dir / "jobs").mkdir(parents=True)
        (node.state_dir / "jobs").chmod(0o777)
        self.assert_same(node, node.gate(), 0, "job 4711: its verdict: ")

    def test_no_directory(self) -> None:
        node = self.make()
        node.state_dir.write_text("a file")
        self.assert_same(node, node.gate(), 0, "job 4711: its verdict: ")

    def test_run_directory_full(self) -> None:
        for damage, rc in (((), 0), (("--unbound", "1"), 1)):
            node = self.make(*damage)
            with self.mounted(node.run_dir, "size=16k"):
                self.fill(node.run_dir)
                self.assert_same(node, node.gate(), rc, "report: ")
            self.assertEqual(self.verdict(node)["outcome"], "faulty" if rc else "healthy")

    def test_run_directory_read_only(self) -> None:
        for damage, rc in (((), 0), (("--unbound", "1"), 1)):
            node = self.make(*damage)
            with self.mounted(node.run_dir, "ro"):
                self.assert_same(node, node.gate(), rc, "report: ")
                self.assertIn("text for Prometheus: ", node.health().err)
            self.assertEqual(self.verdict(node)["outcome"], "faulty" if rc else "healthy")

    def test_run_directory_of_somebody_else(self) -> None:
        node = self.make()
        os.chown(node.run_dir, NOBODY, NOBODY)
        self.assert_same(node, node.gate(), 0, "report: ")
        self.assertIsNone(node.report())

    def test_nothing_follows_links(self) -> None:
        """Names that somebody has put there before are replaced, not written into."""
        node = self.make()
        (node.state_dir / "jobs").mkdir(parents=True)
        victim = node.path / "victim"
        victim.write_text("whole")
        for link in (node.run_dir / "report.json", node.run_dir / "efa_layout.prom",
                     node.state_dir / "jobs" / "4711.verdict.json"):  # fmt: skip
            link.symlink_to(victim)
        self.assertEqual(node.gate().rc, 0)
        self.assertEqual(victim.read_text(), "whole")
        self.assertEqual((self.report(node)["outcome"], self.verdict(node)["outcome"]), ("healthy", "healthy"))


class Outcomes(ReportCase):
    def assert_outcome(self, node: Node, outcome: str, source: str, codes: list[str]) -> None:
        """The node's report and the job's, which are the same where the job asks for nothing."""
        own, job = self.report(node), self.verdict(node)
        for found in (own, job):
            self.assertEqual((found["outcome"], found["source"], self.codes(found)), (outcome, source, codes))
        self.assertIsNone(own.pop("job"))
        self.assertEqual(job.pop("job"), {"id": 4711, "uid": 1000, "asked": None, "checked": True})
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
            "policy", "findings", "findings_dropped", "rails"])  # fmt: skip
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
        self.assertEqual(self.report(node)["outcome"], "unknown")
        (node.site / "policy.json").write_text("{}")
        self.assertIn("(cached, ", node.gate(job=3).err)
        self.assertEqual(self.report(node)["outcome"], "healthy")


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


class Health(ReportCase):
    def setUp(self) -> None:
        self.node = self.make()
        self.settings: dict[str, dict[str, Any]] = {"health": {"interval_s": 1}, "recover": {"strikes": 2}}
        self.node.policy(**self.settings)

    def check(self) -> dict[str, Any]:
        """The report after one health check that tests."""
        (self.node.run_dir / "refresh.json").unlink(missing_ok=True)
        path = self.node.run_dir / "node.json"
        if path.exists():
            path.write_text(json.dumps({**json.loads(path.read_text()), "tested_ms": 0}))
        run = self.node.health("--wait")
        self.assertIn(run.rc, (0, 1), run)
        found = self.report(self.node)
        self.assertEqual((found["source"], found["job"], found["node"]), ("tested", None, "node-1"))
        return found

    def test_a_verdict_says_whose_it_is(self) -> None:
        self.assertIn("health: healthy: layout efa-only, 4 of 4 rails pass (node node-1)", self.node.health("--wait").err)

    def test_drained_and_returned(self) -> None:
        self.break_rail(self.node)
        found = self.check()
        self.assertEqual((found["outcome"], found["decision"]["done"]), ("faulty", "drain"))
        self.assertEqual(found["decision"]["did"], "node drained")
        self.assertEqual(self.node.prometheus()["efa_layout_drain_recorded"].value(), 1)
        self.node.probe()
        self.assertIn("good test 1 of 2", self.check()["decision"]["did"])
        self.assertEqual(self.node.prometheus()["efa_layout_drain_recorded"].value(), 1)
        self.assertEqual(self.check()["decision"]["did"], "node returned to the scheduler after 2 good tests in a row")
        self.assertEqual(self.node.prometheus()["efa_layout_drain_recorded"].value(), 0)

    def test_not_drained(self) -> None:
        self.break_rail(self.node)
        self.node.answers({"helper drain": {"rc": LIMIT, "out": "5 of 10 nodes\n"}})
        found = self.check()["decision"]
        self.assertEqual((found["done"], found["did"]), ("warn", "node not drained"))
        self.assertIn("5 of 10 nodes", found["limited"])
        self.node.answers({"helper drain": {"rc": OTHERS, "out": 'drained as "bad fan"\n'}})
        self.assertIn("bad fan", self.check()["decision"]["trouble"])
        self.node.policy(action={"enforce": False}, **self.settings)
        found = self.check()["decision"]
        self.assertEqual((found["done"], found["did"]), ("allow", "node would be drained if action.enforce were true"))

    def test_nobody_to_refuse(self) -> None:
        self.break_rail(self.node)
        self.node.policy(action={"faulty": "refuse"}, **self.settings)
        found = self.check()["decision"]
        self.assertEqual((found["wanted"], found["done"], found["did"]), ("refuse", "warn", None))

    def test_without_the_node_s_name(self) -> None:
        self.break_rail(self.node)
        self.node.health("--wait", env={"SLURMD_NODENAME": "a b"})
        found = self.report(self.node)
        self.assertEqual((found["node"], found["decision"]["wanted"], found["decision"]["done"]), (None, "drain", "warn"))
        self.assertIn("names no node", found["decision"]["trouble"])

    def test_under_a_job(self) -> None:
        self.node.policy(health={"interval_s": 1, "under_jobs": True})
        self.assertEqual(self.node.gate(job=17).rc, 0)
        self.break_rail(self.node)
        self.assertEqual(self.check()["decision"]["trouble"], "job 17 runs on it")

    def test_not_current_any_more(self) -> None:
        self.check()
        self.assertEqual(self.node.prometheus()["efa_layout_result_current"].value(), 1)
        self.node.policy(health={"interval_s": 0}, check={"rail_ms": 1999})
        self.node.health()
        self.assertEqual(self.node.prometheus()["efa_layout_result_current"].value(), 0)
        self.assertEqual(self.node.prometheus()["efa_layout_outcome"].value(outcome="healthy"), 1)

    def test_nothing_of_an_earlier_boot(self) -> None:
        self.break_rail(self.node)
        self.check()
        (self.node.root / "proc/sys/kernel/random/boot_id").write_text(OTHER_BOOT + "\n")
        self.node.policy(health={"interval_s": 0})
        self.node.health()
        found = self.node.prometheus()
        self.assertEqual(sorted(found), ["efa_layout_drain_recorded", "efa_layout_info", "efa_layout_result_current"])
        self.assertEqual(found["efa_layout_info"].value(boot_id=OTHER_BOOT), 1)
        self.assertEqual(found["efa_layout_result_current"].value(), 0)


class Prometheus(ReportCase):
    def test_the_parser_is_strict(self) -> None:
        good = '# HELP a x\n# TYPE a gauge\na{b="c\\"d"} 1\n'
        self.assertEqual(exposition.parse(good)["a"].value(b='c"d'), 1)
        for bad in (good[:-1], "a 1\n", good + good, good + 'a{b="c\\"d"} 2\n', good + "a 1 5\n", good + "b 1\n",
                    good.replace("gauge", "guage"), good.replace("a x", "a"), good.replace("} 1", "} one"),
                    good.replace('c\\"', 'c"'), good.replace("\n", "\r\n"), good.replace("# TYPE a gauge\n", ""),
                    good.replace('d"', 'd",'), good.replace("a{b", "a{b,b"), good + "\n", good + "# a comment\n"):  # fmt: skip
            with self.subTest(bad), self.assertRaises(ValueError):
                exposition.parse(bad)

    def test_numbers_are_those_of_the_report(self) -> None:
        for damage, probe in (((), {}), (DEGRADED, {}), (("--unbound", "2"), {}), ((), {"others": UNREACHABLE}),
                              ((), {"mode": "crash"}), ((), {"others": "not-tested open 0 0"})):  # fmt: skip
            with self.subTest(damage=damage, probe=probe):
                node = self.make(*damage)
                node.probe(**probe)
                node.gate()
                self.compare(self.report(node), node.prometheus())

    def compare(self, report: dict[str, Any], found: dict[str, exposition.Family]) -> None:
        self.assertEqual({family.type for family in found.values()}, {"gauge"})
        self.assertEqual(found["efa_layout_info"].value(boot_id=report["boot_id"], instance_type="p4d.24xlarge"), 1)
        outcomes = {dict(labels)["outcome"]: value for labels, value in found["efa_layout_outcome"].samples.items()}
        self.assertEqual({name for name, value in outcomes.items() if value}, {report["outcome"]})
        self.assertEqual(set(outcomes), {"healthy", "degraded", "refused", "unknown", "fabric", "faulty"})
        states = [rail["state"] for rail in report["rails"]]
        for labels, value in found["efa_layout_rails"].samples.items():
            self.assertEqual(value, states.count(dict(labels)["state"]))
        self.assertEqual(sum(found["efa_layout_rails"].samples.values()), len(states))
        good = {dict(labels)["pci"]: value for labels, value in found["efa_layout_rail_ok"].samples.items()}
        self.assertEqual(good, {rail["pci"]: int(rail["state"] == "pass") for rail in report["rails"]
                                if rail["state"] != "not-tested"})  # fmt: skip
        codes = {dict(labels)["code"]: value for labels, value in found["efa_layout_findings"].samples.items()}
        self.assertEqual(codes, {code: self.codes(report).count(code) for code in self.codes(report)})
        for finding in report["findings"]:
            labels = {key: finding[key] for key in ("code", "severity", "owner")}
            self.assertGreaterEqual(found["efa_layout_findings"].value(**labels), 1)
        self.assertEqual(found["efa_layout_verdict_timestamp_seconds"].value(), report["at"])
        self.assertEqual("efa_layout_test_timestamp_seconds" in found, report["test"]["at"] is not None)
        self.assertEqual(found["efa_layout_action"].value(action=report["decision"]["done"]), 1)
        self.assertEqual(found["efa_layout_action_wanted"].value(action=report["decision"]["wanted"]), 1)
        self.assertEqual(found["efa_layout_enforced"].value(), 1)
        drained = report["decision"]["did"].startswith("node drained")
        self.assertEqual(found["efa_layout_drain_recorded"].value(), int(drained))


class Files(ReportCase):
    def test_are_root_s_and_readable(self) -> None:
        node = self.make()
        old = os.umask(0)
        try:
            node.gate()
        finally:
            os.umask(old)
        for path, mode in ((node.run_dir / "report.json", 0o644), (node.run_dir / "efa_layout.prom", 0o644),
                           (node.run_dir / "report.lock", 0o600), (node.state_dir / "jobs", 0o755),
                           (node.state_dir / "jobs" / "4711.verdict.json", 0o644)):  # fmt: skip
            self.assertEqual((path.stat().st_mode & 0o777, path.stat().st_uid), (mode, 0), path)

    def test_are_never_half_written(self) -> None:
        node = self.make(kind="p5.48xlarge")
        node.policy(check={"cache_ttl_s": 0})
        node.gate()
        over, seen = threading.Event(), set()
        failed: list[str] = []

        def read() -> None:
            while not over.is_set():
                try:
                    seen.add(self.report(node)["at_ms"])
                    assert node.prometheus()
                except Exception as why:  # noqa: BLE001
                    failed.append(repr(why))

        reader = threading.Thread(target=read)
        reader.start()
        for job in range(1, 9):
            node.gate(job=job)
        over.set()
        reader.join()
        self.assertEqual(failed, [])
        self.assertGreater(len(seen), 1)

    def test_of_jobs_are_bounded(self) -> None:
        node = self.make()
        node.policy(receipt={"keep": 3})
        for job in range(1, 6):
            self.assertEqual(node.gate(job=job).rc, 0)
            time.sleep(0.02)
        node.epilog(job=5)
        self.assertEqual(node.verdicts(), [3, 4, 5])
        # Where no receipts are wanted, too; and other files stay.
        (node.state_dir / "jobs" / "notes.verdict.json").write_text("mine")
        node.policy(receipt={"keep": 1, "write": False})
        node.epilog(job=4)
        self.assertEqual([path.name for path in (node.state_dir / "jobs").glob("*.verdict.json") if path.name[0].isdigit()],
                         ["5.verdict.json"])  # fmt: skip
        self.assertTrue((node.state_dir / "jobs" / "notes.verdict.json").exists())

    def test_of_jobs_are_bounded_without_an_epilog(self) -> None:
        node = self.make()
        node.policy(receipt={"keep": 2}, check={"cache_ttl_s": 0})
        for job in range(1, 6):
            node.gate(job=job)
            time.sleep(0.02)
        self.assertEqual(node.verdicts(), [4, 5])

    def test_a_job_that_starts_again(self) -> None:
        node = self.make()
        self.break_rail(node)
        node.gate()
        self.assertEqual(self.verdict(node)["outcome"], "faulty")
        node.probe()
        node.gate()
        self.assertEqual(self.verdict(node)["outcome"], "healthy")

    def test_a_report_of_a_later_test_stays(self) -> None:
        """A gate that was slow to act has nothing to say any more."""
        node = self.make()
        node.gate()
        later = json.dumps({**self.report(node), "at_ms": 2**62, "took_ms": 7})
        (node.run_dir / "report.json").write_text(later)
        node.policy(check={"rail_ms": 1999})
        node.gate()
        self.assertEqual(self.report(node)["took_ms"], 7)


if __name__ == "__main__":
    main()
