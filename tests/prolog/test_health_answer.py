#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the health check answers, at once, and says once."""

from __future__ import annotations

import os

from health_lab import HealthCase, now_ms
from kit import NOBODY, OTHER_BOOT, UNREACHABLE, edit_json, main


class Answer(HealthCase):
    def test_one_line_when_something_is_new(self) -> None:
        self.policy(health={"interval_s": 0})
        first, second = self.node.health(), self.node.health()
        self.assertEqual(first.err, "efa-layout-health: health: not tested in this boot (node node-1)\n")
        self.assertEqual((first.rc, second.rc, second.err), (0, 0, ""))
        self.assertEqual(self.node.gate().rc, 0)
        lines = [self.node.health().err for _ in range(3)]
        self.assertRegex(lines[0], r"\Aefa-layout-health: health: .*4 of 4 rails pass.*\n\Z")
        self.assertEqual(lines[1:], ["", ""])
        self.break_rail()
        self.policy(check={"cache_ttl_s": 0})
        self.assertEqual(self.node.gate().rc, 1)
        third = self.node.health()
        self.assertEqual(third.rc, 1)
        self.assertIn("error: health: faulty: E208", third.err)
        self.assertEqual((self.node.health().rc, self.node.health().err), (1, ""))

    def test_statuses(self) -> None:
        for probe, settings, rc in (
            ({}, {}, 0),
            ({"rails": {self.names[0]: UNREACHABLE}}, {"action": {"faulty": "warn"}}, 1),
            ({"others": UNREACHABLE}, {"action": {"fabric": "allow"}}, 1),
            ({"mode": "crash"}, {}, 0),
            ({"rails": {self.names[0]: "not-tested open 0 0"}}, {}, 0),
        ):
            with self.subTest(probe):
                self.node.probe(**probe)
                self.policy(**settings)
                self.check_old(rc=rc)

    def test_where_it_cannot_be_remembered_it_is_said_again(self) -> None:
        self.policy(health={"interval_s": 0})
        os.chown(self.node.run_dir, NOBODY, NOBODY)
        for _ in range(2):
            run = self.node.health()
            self.assertEqual(run.rc, 0)
            self.assertIn("not tested in this boot", run.err)

    def test_what_was_said_in_another_boot_is_said_again(self) -> None:
        self.policy(health={"interval_s": 0})
        self.node.health()
        self.node.boot(OTHER_BOOT)
        self.assertIn("not tested in this boot", self.node.health().err)

    def test_a_changed_node_is_tested_before_its_time(self) -> None:
        self.policy(health={"interval_s": 3600})
        self.check_old()
        self.policy(check={"rail_ms": 1999})
        # But not at every call: the last one began just now.
        before = self.n_tests()
        self.check()
        self.assertEqual(self.n_tests(), before)
        edit_json(self.node.run_dir / "refresh.json", begun_ms=max(now_ms() - 61000, 0))
        self.check()
        self.assertEqual(self.n_tests(), before + 1)

if __name__ == "__main__":
    main()
