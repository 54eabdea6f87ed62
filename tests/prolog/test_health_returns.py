#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Nodes that we drained come back after good tests in a row."""

from __future__ import annotations

import json
import os
import shutil

from health_lab import OTHERS, HealthCase
from kit import NOBODY, OTHER_BOOT, edit_json, main


class Returns(HealthCase):
    def setUp(self) -> None:
        super().setUp()
        self.break_rail()
        self.assertEqual(self.node.gate().rc, 1)
        self.assertEqual(self.healthy(), 0)
        self.node.probe()

    def healthy(self) -> int | None:
        record = self.node.drain_record()
        return None if record is None else record["healthy"]

    def lifts(self) -> int:
        for call in self.helper_calls("lift"):
            self.assertEqual(call[1:], ["lift", "--node", "node-1"])
        return len(self.helper_calls("lift"))

    def test_after_so_many_good_tests_in_a_row(self) -> None:
        self.policy(recover={"strikes": 3})
        for count in (1, 2):
            run = self.check_old()
            self.assertIn(f"good test {count} of 3", run.err)
            self.assertEqual((self.healthy(), self.lifts()), (count, 0))
        run = self.check_old()
        self.assertIn("node node-1: returned to the scheduler after 3 good tests in a row", run.err)
        self.assertEqual((self.healthy(), self.lifts()), (None, 1))
        self.check_old()
        self.assertEqual(self.lifts(), 1, "once")

    def test_an_answer_without_a_test_is_none(self) -> None:
        self.policy(health={"interval_s": 600})
        self.check_old()
        for _ in range(4):
            self.check()
        self.assertEqual((self.healthy(), self.lifts()), (1, 0))

    def test_one_that_fails_in_between_begins_again(self) -> None:
        self.check_old()
        self.assertEqual(self.healthy(), 1)
        self.break_rail()
        self.check_old(rc=1)
        self.assertEqual((self.healthy(), self.lifts()), (0, 0))
        self.assertEqual(len(self.helper_calls("drain")), 2, "and an admin's resume does not last")
        self.node.probe()
        self.check_old()
        self.assertEqual((self.healthy(), self.lifts()), (1, 0))
        self.check_old()
        self.assertEqual((self.healthy(), self.lifts()), (None, 1))

    def test_what_is_not_known_counts_neither_way(self) -> None:
        self.check_old()
        for probe in ({"mode": "crash"}, {"rails": {self.names[0]: "not-tested open 0 0"}}):
            self.node.probe(**probe)
            self.check_old()
            self.assertEqual((self.healthy(), self.lifts()), (1, 0))
        self.node.probe()
        self.check_old()
        self.assertEqual((self.healthy(), self.lifts()), (None, 1))

    def test_a_fault_that_does_not_drain_begins_again_too(self) -> None:
        self.policy(action={"faulty": "warn"})
        self.check_old()
        self.break_rail()
        self.check_old(rc=1)
        self.assertEqual((self.healthy(), self.lifts()), (0, 0))

    def test_a_node_that_has_lost_all_rails_is_not_sound(self) -> None:
        """What is wrong with no rail at all is not known to be mended."""
        kept = self.node.path / "kept"
        shutil.copytree(self.node.run_dir, kept)
        shutil.rmtree(self.node.root / "sys/bus/pci/devices", ignore_errors=True)
        shutil.rmtree(self.node.root / "sys/class/infiniband", ignore_errors=True)
        (self.node.run_dir / "enis.json").unlink()
        for _ in range(3):
            self.age()
            run = self.check()
            self.assertNotIn("returned", run.err)
        self.assertEqual((self.healthy(), self.lifts()), (0, 0))

    def test_not_when_the_site_does_not_want_it(self) -> None:
        self.policy(recover={"lift": False})
        for _ in range(3):
            self.check_old()
        self.assertEqual((self.healthy(), self.lifts()), (0, 0))

    def test_only_said_when_nothing_is_to_be_done(self) -> None:
        self.policy(action={"enforce": False})
        self.check_old()
        self.assertIn("would be returned", self.check_old().err)
        self.assertEqual((self.healthy(), self.lifts()), (2, 0))
        self.policy(action={"enforce": True})
        self.check_old()
        self.assertEqual((self.healthy(), self.lifts()), (None, 1))

    def test_reason_that_is_not_ours_any_more(self) -> None:
        self.node.answers({"helper lift": {"rc": OTHERS, "out": "drained as \"bad fan\"\n"}})
        self.check_old()
        self.assertIn("not returned: drained as", self.check_old().err)
        self.assertEqual((self.healthy(), self.lifts()), (None, 1))
        for _ in range(3):
            self.check_old()
        self.assertEqual(self.lifts(), 1, "forgotten")

    def test_drained_for_somebody_else_s_reason_while_at_fault(self) -> None:
        self.break_rail()
        self.node.answers({"helper drain": {"rc": OTHERS, "out": "drained as \"bad fan\"\n"}})
        self.check_old(rc=1)
        self.assertIsNone(self.healthy())

    def test_controller_that_does_not_answer_is_asked_again(self) -> None:
        self.node.answers({"helper lift": {"rc": 1, "out": "Unable to contact slurm controller\n"}})
        self.check_old()
        self.assertIn("cannot be returned: ", self.check_old().err)
        self.assertEqual((self.healthy(), self.lifts()), (2, 1))
        self.node.answers({})
        self.check_old()
        self.assertEqual((self.healthy(), self.lifts()), (None, 2))

    def test_record_of_another_node(self) -> None:
        """The state directory came with an image."""
        edit_json(self.node.state_dir / "drain.json", node="node-9")
        self.assertIn("it is of node node-9", self.check_old().err)
        self.check_old()
        self.assertEqual((self.healthy(), self.lifts()), (None, 0))

    def test_records_that_cannot_be_trusted(self) -> None:
        path = self.node.state_dir / "drain.json"
        whole = path.read_text()

        def foreign() -> None:
            os.chown(path, NOBODY, NOBODY)

        def writable() -> None:
            path.chmod(0o666)

        def cut() -> None:
            path.write_text(whole[:30])

        def not_ours() -> None:
            path.write_text(json.dumps({**json.loads(whole), "reason": "bad fan"}))

        for spoil in (foreign, writable, cut, not_ours):
            with self.subTest(spoil.__name__):
                path.unlink()
                path.write_text(whole)
                path.chmod(0o644)
                spoil()
                for _ in range(3):
                    self.assertIn("warning: drain record: ", self.check_old().err)
                self.assertEqual(self.lifts(), 0)

    def test_state_directory_that_cannot_be_written(self) -> None:
        """Without a count nobody is returned: an immutable record stays at what it was."""
        self.policy(recover={"strikes": 2})
        self.node.state_dir.chmod(0o777)
        for _ in range(3):
            self.assertIn("warning: drain record: ", self.check_old().err)
        self.assertEqual(self.lifts(), 0)

    def test_a_reboot_does_not_return_it_by_itself(self) -> None:
        self.node.boot(OTHER_BOOT)
        for name in ("node.json", "counters.json", "refresh.json", "health.json"):
            (self.node.run_dir / name).unlink(missing_ok=True)
        run = self.check()
        self.assertEqual((run.rc, self.healthy(), self.lifts()), (0, 1, 0), run)
        self.check_old()
        self.assertEqual((self.healthy(), self.lifts()), (None, 1))

if __name__ == "__main__":
    main()
