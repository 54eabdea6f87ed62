#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A new policy that cannot be used: the last good one stays in force, and everybody is told. And drop-ins, as the gate sees them."""

from __future__ import annotations

import json
import unittest
from typing import Any

from kit import Node, Run, main, runner


class LastGood(unittest.TestCase):
    """A p4d node whose faults are only warned about: with the defaults it would be drained."""

    def setUp(self) -> None:
        self.node = Node("p4d.24xlarge", "efa-only")
        self.addCleanup(self.node.__exit__, None, None, None)
        self.node.policy(action={"faulty": "warn"})
        self.policy = self.node.site / "policy.json"

    def break_rail(self) -> None:
        self.node.probe(rails={self.node.rails()[3]: "fail transfer 113 4103"})

    def codes(self, found: dict[str, Any]) -> list[str]:
        """Without what is only good to know: a node that has booted has no ENI facts at first."""
        return [finding["code"] for finding in found["findings"] if finding["severity"] != "info"]

    def assert_in_force(self, run: Run, job: int, *codes: str) -> dict[str, Any]:
        """The old policy decided, and log, verdict and report say what is wrong with the new one."""
        self.assertEqual(run.rc, 0, run)
        self.assertRegex(run.err, r"error: .*/policy\.json:1: check: .*; the last good policy is in force")
        found = self.node.verdict(job)
        self.assertEqual(self.codes(found), [*codes, "W303"])
        note = next(finding for finding in found["findings"] if finding["code"] == "W303")
        self.assertEqual((note["owner"], note["severity"], note["subject"]), ("check", "warning", "settings"))
        self.assertIn("/policy.json:1: check: ", note["found"])
        self.assertIn("efa-layout policy validate", note["remedy"])
        self.assertEqual(found["policy"]["file"], f"{self.policy} (last good)")
        return found

    def test_decides_about_faults(self) -> None:
        self.node.policy(action={"faulty": "warn"}, check={"cache_ttl_s": 0})
        self.node.gate(job=1)
        before = self.node.verdict(1)
        self.policy.write_text('{"check": 5}')
        self.break_rail()
        run = self.node.gate(job=2)
        found = self.assert_in_force(run, 2, "E208")
        self.assertEqual(self.node.controller_calls(), [])
        self.assertEqual(found["decision"]["setting"]["value"], "warn")
        self.assertEqual(found["decision"]["setting"]["file"], f"{self.policy} (last good)")
        self.assertEqual(found["policy"]["hash"], before["policy"]["hash"])
        self.assertIn(f"settings {before['policy']['hash']}", run.err)

    def test_a_healthy_node_stays_cached(self) -> None:
        self.node.gate(job=1)
        self.policy.write_text('{"check": 5}')
        run = self.node.gate(job=2)
        self.assertIn("(cached, ", run.err)
        found = self.assert_in_force(run, 2)
        self.assertEqual((found["outcome"], found["decision"]["done"]), ("degraded", "warn"))
        self.assertIn("degraded: W303 settings: the settings cannot be used, the last good ones are in force", run.err)
        self.policy.write_text("{}")
        run = self.node.gate(job=3)
        self.assertNotIn("(cached, ", run.err, "other settings end what was found under the old ones")
        self.assertEqual(self.codes(self.node.verdict(3)), [])

    def test_a_drain_for_warnings_is_none_for_this_one(self) -> None:
        self.node.policy(action={"degraded": "drain"})
        self.node.gate(job=1)
        self.policy.write_text('{"check": 5}')
        self.node.gate(job=2)
        self.assertEqual(self.node.controller_calls(), [])
        self.assertEqual(self.node.verdict(2)["decision"]["done"], "warn")

    def test_stays_through_several_bad_ones_and_a_reboot(self) -> None:
        self.node.gate(job=1)
        for job, text in ((2, '{"check": 5}'), (3, '{"check": "x"}')):
            self.policy.write_text(text)
            self.assert_in_force(self.node.gate(job=job), job)
        self.node.boot("11111111-2222-3333-4444-555555555555")
        self.assert_in_force(self.node.gate(job=4), 4)

    def test_a_dry_run_keeps_nothing(self) -> None:
        self.node.gate("--dry-run")
        self.policy.write_text('{"check": 5}')
        run = self.node.gate(job=2)
        self.assertIn("unknown: E304", run.err)

    def test_the_tool_says_it(self) -> None:
        self.node.gate(job=1)
        self.policy.write_text('{"check": 5}')
        argv = [runner.TOOL, "check", "--no-probe", *self.node.options()]
        run = runner.run(argv, {"PATH": "/usr/bin:/bin"}, 60.0)
        self.assertEqual(run.rc, 1, run)
        self.assertIn("W303 warning (check): settings: ", run.out)
        self.assertIn("/policy.json:1: check: expected an object with settings", run.out)

    def test_layouts_that_are_gone(self) -> None:
        """The files are right one by one, and wrong together: the policy names a layout that is described no more."""
        layouts = self.node.site / "layouts.json"
        own = json.loads((self.node.data / "layouts.json").read_text())["layouts"]
        mine = next(entry for entry in own if entry["name"] == "efa-only") | {"name": "mine"}
        layouts.write_text(json.dumps({"layouts": [mine]}))
        self.node.policy(layout={"allow": ["any", "mine"]})
        self.assertEqual(self.node.gate(job=1).rc, 0)
        self.assertEqual(self.codes(self.node.verdict(1)), [])
        layouts.unlink()
        run = self.node.gate(job=2)
        self.assertRegex(run.err, r'policy\.json:\d+: layout\.allow: there is no layout "mine"')
        self.assertIn("unknown: E304", run.err)

    def test_a_drop_in_decides(self) -> None:
        dropins = self.node.site / "policy.d"
        dropins.mkdir(mode=0o755)
        (dropins / "50-calm.json").write_text('{"action":\n{"faulty": "drain-after"}}')
        self.break_rail()
        self.assertEqual(self.node.gate(job=1).rc, 0)
        setting = self.node.verdict(1)["decision"]["setting"]
        self.assertEqual((setting["name"], setting["value"], setting["line"]), ("action.faulty", "drain-after", 2))
        self.assertEqual(setting["file"], str(dropins / "50-calm.json"))
        self.assertEqual(self.node.verdict(1)["policy"]["file"], f"{self.policy}, {dropins / '50-calm.json'}")

    def test_the_epilog_goes_by_it(self) -> None:
        self.node.policy(receipt={"write": False})
        self.node.gate(job=1)
        self.policy.write_text('{"check": 5}')
        run = self.node.epilog(job=1)
        self.assertEqual(run.rc, 0, run)
        self.assertNotIn("settings: ", run.err)
        self.assertEqual(self.node.receipts(), [])


if __name__ == "__main__":
    main()
