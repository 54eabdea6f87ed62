#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reports of the health check, and the text for Prometheus."""

from __future__ import annotations

import json
from typing import Any

from kit import OTHER_BOOT, UNREACHABLE, exposition, main
from report_lab import DEGRADED, LIMIT, OTHERS, ReportCase


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


if __name__ == "__main__":
    main()
