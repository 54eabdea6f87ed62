#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Counters that cannot be read behind a job."""

from __future__ import annotations

from epilog_lab import GB, EpilogCase
from kit import main


class Unread(EpilogCase):
    """Counters that cannot be read: said so, and in time."""

    def assert_nothing_known(self, word: str) -> None:
        found = self.receipt()
        self.assertEqual(found["efa"], "unknown")
        self.assertIn("4 rails are not counted", found["sentence"])
        for rail in found["rails"]:
            self.assertEqual(rail["state"], "unread")
            self.assertIn(word, rail["text"])
            self.assertEqual(rail["counts"], {})

    def test_reader_that_hangs_costs_its_deadline(self) -> None:
        for budget_ms, least, most in ((10000, 3.0, 4.0), (1000, 0.9, 2.0)):
            with self.subTest(budget_ms=budget_ms):
                self.node.policy(check={"budget_ms": budget_ms, "open_ms": 500, "rail_ms": 500})
                self.start()
                self.node.probe(counters_mode="hang")
                run = self.end()
                self.assertGreater(run.seconds, least)
                self.assertLess(run.seconds, most + 0.5)
                self.assert_nothing_known("did not end in its time")
                self.node.probe()

    def test_reader_that_breaks(self) -> None:
        self.node.policy(check={"cache_ttl_s": 0})
        for mode, word in (("crash", "signal 11"), ("loader", "cannot be loaded"), ("garbage", "one release")):
            with self.subTest(mode):
                self.start()
                self.node.probe(counters_mode=mode)
                self.end()
                self.assert_nothing_known(word)
                self.node.probe()

    def test_reader_that_others_may_write(self) -> None:
        self.start()
        program = self.node.path / "probe" / "probe"
        program.chmod(0o777)
        calls = len(self.node.probe_calls())
        self.end()
        self.assert_nothing_known("no write permission")
        self.assertEqual(len(self.node.probe_calls()), calls)

    def test_one_rail_that_does_not_answer(self) -> None:
        self.start()
        self.node.count(self.names[0], tx_bytes=GB, rx_bytes=2 * GB)
        counters = self.node.counters()
        counters[self.names[2]] = "silent no answer within 1900 ms"
        self.node.set_counters(counters)
        self.end("sent 1.0 GB and received 2.0 GB over 1 of 4 rails; 1 rail is not counted")
        self.assertEqual(self.receipt()["efa"], "used")
        self.assertEqual(self.rail(self.names[2])["state"], "unread")
        self.assertEqual(self.rail(self.names[2])["text"], "no answer within 1900 ms")
        # The next job begins without a reading of it, too.
        self.start(4712)
        self.node.set_counters({**counters, self.names[2]: {"tx_bytes": 9 * GB, "rx_bytes": 9 * GB}})
        self.end("whether it used EFA is not known; 1 rail is not counted", job=4712)
        self.assertEqual(self.rail(self.names[2], 4712)["state"], "no-base")

    def test_readings_that_make_no_sense(self) -> None:
        self.start()
        (self.node.run_dir / "jobs" / "4711.counters").unlink()
        (self.node.run_dir / "jobs" / "4711.counters").write_text("{")
        (self.node.run_dir / "counters.json").write_text("[]")
        self.end("warning: counters: ")
        self.assertEqual(self.receipt()["efa"], "unknown")
        self.assertEqual({rail["state"] for rail in self.receipt()["rails"]}, {"no-base"})
        # The broken one was replaced: the next job is counted.
        self.start(4712)
        self.node.count(self.names[0], tx_bytes=5, rx_bytes=0)
        self.end("sent 5 B", job=4712)

    def test_rail_that_hung_in_the_test(self) -> None:
        self.node.policy(action={"faulty": "warn"})
        self.node.probe(rails={self.names[1]: "hung transfer 110 0 no answer"})
        counters = {self.names[1]: "not-read it hung or crashed in the test"}
        self.node.set_counters(counters)
        self.start()
        self.end("1 rail is not counted")
        self.assertIn("hung", self.rail(self.names[1])["text"])

if __name__ == "__main__":
    main()
