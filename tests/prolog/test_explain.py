#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""efa-layout explain: what is refused, what each verdict reads like, and that the documents are those that are kept."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import unittest
from pathlib import Path

from kit import Node, Run, main, runner

NOBODY = 65534
UNREACHABLE = "fail transfer 113 4103 unreachable remote"
OTHER_BOOT = "11111111-2222-4333-8444-555555555555"
LIMIT = 3
DEGRADED = ("--extra-ena", "1", "--extra-ena", "2")


class ExplainCase(unittest.TestCase):
    def make(self, *damage: str, layout: str = "efa-only") -> Node:
        node = Node("p4d.24xlarge", layout, *damage)
        self.addCleanup(node.__exit__, None, None, None)
        return node

    def explain(self, node: Node, *words: str, rc: int, says: tuple[str, ...] = ()) -> Run:
        run = node.tool("explain", *words)
        self.assertEqual((run.rc, run.err), (rc, ""), run)
        for one in says:
            self.assertIn(one, run.out)
        return run

    def break_rail(self, node: Node) -> str:
        rail = node.rails()[1]
        node.probe(rails={rail: UNREACHABLE})
        return rail


class NothingToTell(ExplainCase):
    def test_usage(self) -> None:
        node = self.make()
        for words in (["0"], ["-1"], ["1", "2"], ["4294967296"], ["12_3"], ["12.0"], [""], [" 1"], ["../1"], ["--bogus"],
                      ["--json=x"]):  # fmt: skip
            with self.subTest(words):
                run = node.tool("explain", *words)
                self.assertEqual((run.rc, run.out), (3, ""), run)
                self.assertIn('try "efa-layout explain --help"', run.err)

    def test_no_verdict(self) -> None:
        node = self.make()
        run = self.explain(node, rc=3, says=("unknown: ", "no verdict of this boot", "efa-layout check"))
        self.assertEqual(len(run.out.splitlines()), 1)
        self.explain(node, "17", rc=3, says=("no verdict for job 17 on this node", "receipt: none: "))
        found = json.loads(node.tool("explain", "17", "--json").out)
        self.assertEqual((found["exit_status"], found["verdict"], found["receipt"]), (3, None, None))
        self.assertIn("no verdict for job 17", found["verdict_problem"])

    def test_of_another_boot(self) -> None:
        node = self.make()
        node.gate()
        (node.root / "proc/sys/kernel/random/boot_id").write_text(OTHER_BOOT + "\n")
        self.explain(node, rc=3, says=("no verdict of this boot",))
        # A job's outlives it.
        self.explain(node, "4711", rc=0, says=("before the node's last start",))

    def test_files_that_cannot_be_trusted(self) -> None:
        def foreign(path: Path) -> str:
            os.chown(path, NOBODY, NOBODY)
            return "owned by uid 65534, expected root"

        def writable(path: Path) -> str:
            path.chmod(0o666)
            return "lets others write"

        def cut(path: Path) -> str:
            path.write_text(path.read_text()[:200])
            return "not valid JSON"

        def empty(path: Path) -> str:
            path.write_text("")
            return "not valid JSON"

        def unknown_key(path: Path) -> str:
            path.write_text(json.dumps({**json.loads(path.read_text()), "extra": 1}))
            return "extra: unknown key"

        def later_version(path: Path) -> str:
            path.write_text(json.dumps({**json.loads(path.read_text()), "version": 2}))
            return "version: expected an integer from 1 to 1, found 2"

        def terminal(path: Path) -> str:
            path.write_text(json.dumps({**json.loads(path.read_text()), "sentence": "\x1b[2J"}))
            return "control character"

        def fifo(path: Path) -> str:
            path.unlink()
            os.mkfifo(path, 0o644)
            return "not a regular file"

        def directory_of_others(path: Path) -> str:
            path.parent.chmod(0o777)
            return "lets others write"

        for spoil in (foreign, writable, cut, empty, unknown_key, later_version, terminal, fifo, directory_of_others):
            with self.subTest(spoil.__name__):
                node = self.make()
                node.gate()
                for path, words in ((node.run_dir / "report.json", []),
                                    (node.state_dir / "jobs" / "4711.verdict.json", ["4711"])):  # fmt: skip
                    sentence = spoil(path)
                    run = self.explain(node, *words, rc=3, says=(sentence,))
                    self.assertTrue(run.out.startswith("unknown: "), run.out)
                    self.assertNotIn("\x1b", run.out)

    def test_a_verdict_of_another_job(self) -> None:
        node = self.make()
        node.gate(job=1)
        jobs = node.state_dir / "jobs"
        shutil.copyfile(jobs / "1.verdict.json", jobs / "2.verdict.json")
        self.explain(node, "2", rc=3, says=("of job 1",))

    def test_a_receipt_that_cannot_be_read(self) -> None:
        node = self.make()
        node.gate(job=1)
        node.epilog(job=1)
        (node.state_dir / "jobs" / "1.receipt.json").write_text("{")
        self.explain(node, "1", rc=0, says=("healthy: ", "receipt: none: ", "not valid JSON"))


class Node_(ExplainCase):
    def test_exit_statuses(self) -> None:
        for damage, probe, rc, line in (
            ((), {}, 0, "healthy: layout efa-only, 4 of 4 rails pass"),
            (DEGRADED, {}, 1, "degraded: W102 "),
            ((), {"others": UNREACHABLE}, 1, "fabric: E250 "),
            (("--unbound", "1"), {}, 2, "faulty: E201 "),
            ((), {"mode": "crash"}, 3, "unknown: E303 "),
        ):
            with self.subTest(line):
                node = self.make(*damage)
                node.probe(**probe)
                node.gate()
                for words in ((), ("4711",)):
                    run = self.explain(node, *words, rc=rc)
                    self.assertTrue(run.out.startswith(line), run.out)
                    self.assertEqual(json.loads(node.tool("explain", *words, "--json").out)["exit_status"], rc)
                self.assertEqual(node.tool("check").rc, rc, "as check's")

    def test_evidence(self) -> None:
        node = self.make()
        rail = self.break_rail(node)
        node.gate()
        self.explain(node, rc=2, says=(
            f"faulty: E208 rail {rail}: transfer failed; 3 of 4 rails pass",
            "node        node-1, p4d.24xlarge, layout efa-only",
            ", all rails tested, in ",
            "3 of 4 rails passed",
            "done        node drained, job sent elsewhere",
            "decided by  action.faulty = drain (default)",
            f"rail        {rail} fail in step transfer after ",
            "libfabric 1.17, provider efa",
            f"E208 error (node): rail {rail}: transfer failed\n     found     unreachable remote\n     evidence  fail at step",
            "     remedy    ",
        ))  # fmt: skip

    def test_of_a_health_check(self) -> None:
        node = self.make()
        self.break_rail(node)
        node.health("--wait")
        self.explain(node, rc=2, says=("node        node-1, ", "done        node drained\n"))

    def test_nothing_is_tested_or_written(self) -> None:
        node = self.make()
        node.gate()
        before = {path: path.stat().st_mtime_ns for path in node.run_dir.rglob("*")}
        calls = len(node.probe_calls())
        self.explain(node, rc=0)
        self.assertEqual({path: path.stat().st_mtime_ns for path in node.run_dir.rglob("*")}, before)
        self.assertEqual((len(node.probe_calls()), node.controller_calls()), (calls, []))

    def test_by_another_user(self) -> None:
        node = self.make()
        node.gate()
        tool = node.path / "efa-layout"
        shutil.copyfile(runner.TOOL, tool)
        tool.chmod(0o755)
        for words in ([], ["4711"]):
            done = subprocess.run([tool, "explain", *words, *map(str, node.options())], user=NOBODY, group=NOBODY,
                                  capture_output=True, text=True)  # fmt: skip
            self.assertEqual((done.returncode, done.stderr), (0, ""), done)
            self.assertIn("healthy: ", done.stdout)


class WhatDecided(ExplainCase):
    def test_line_of_the_settings(self) -> None:
        node = self.make()
        path = node.site / "policy.json"
        path.write_text('{\n"action": {\n"faulty":\n"drain-after"\n}\n}\n')
        self.break_rail(node)
        node.gate()
        self.explain(node, "4711", rc=2, says=(
            f"decided by  action.faulty = drain-after ({path} line 4)\n",
            "enforced by action.enforce = true (default)\n",
            "done        job allowed, node drained behind it\n",
        ))  # fmt: skip

    def test_nothing_is_enforced(self) -> None:
        node = self.make()
        path = node.site / "policy.json"
        path.write_text('{"action": {\n"enforce": false}}')
        self.break_rail(node)
        node.gate()
        self.explain(node, "4711", rc=2, says=(
            "done        job allowed, would drain the node and send the job elsewhere if action.enforce were true\n",
            f"enforced by action.enforce = false ({path} line 2): nothing is done, only said\n",
        ))  # fmt: skip

    def test_limit(self) -> None:
        node = self.make()
        node.answers({"helper drain": {"rc": LIMIT, "out": "5 of 10 nodes of partition p are drained\n"}})
        self.break_rail(node)
        node.gate()
        self.explain(node, "4711", rc=2, says=("limit       5 of 10 nodes of partition p are drained",
                                               "done        job allowed with a warning"))  # fmt: skip

    def test_trouble(self) -> None:
        node = self.make()
        node.answers({"helper drain": {"rc": 1, "out": "Unable to contact slurm controller\n"}})
        self.break_rail(node)
        node.gate()
        self.explain(node, "4711", rc=2, says=("trouble     cannot drain node node-1: ", "Unable to contact"))

    def test_warnings_that_are_spared(self) -> None:
        node = self.make()
        node.policy(action={"degraded": "drain"})
        node.probe(rails={node.rails()[3]: "not-tested open 0 0"})
        node.gate()
        self.explain(node, rc=1, says=("degraded: W201", "action.degraded = drain (", "warnings about the check itself are"))

    def test_no_settings(self) -> None:
        node = self.make()
        (node.site / "policy.json").write_text("{")
        node.gate()
        self.explain(node, rc=3, says=("E304", "decided by  no setting: none can be used, so every job is let in"))

    def test_no_check(self) -> None:
        node = self.make()
        node.gate(request="v1;layout=none")
        self.explain(node, "4711", rc=0, says=("not checked: the job asks for no layout",
                                               "decided by  layout.allow_none = true (default)"))  # fmt: skip

    def test_refused(self) -> None:
        node = self.make()
        node.gate(request="v1;layout=all-efa")
        self.explain(node, "4711", rc=1, says=(
            "refused: E150 --efa-layout=all-efa: this node has layout efa-only",
            "job         4711 of uid 1000, asked for all-efa",
            "done        job refused",
            "decided by  no setting: what a sound node cannot give is always refused",
            "     expected  layout all-efa\n",
            "receipt: none: the job did not run here\n",
        ))  # fmt: skip
        self.explain(node, rc=0, says=("healthy: ",))

    def test_refused_from_an_earlier_test(self) -> None:
        node = self.make(*DEGRADED)
        node.gate(job=1)
        node.gate(job=2, request="v1;layout=all-efa")
        self.explain(node, "2", rc=1, says=(", from an earlier test, in ", "E150 error (request)", "W102 warning (node)"))


class Receipts(ExplainCase):
    def test_what_it_moved(self) -> None:
        node = self.make()
        names = node.rails()
        # A counter that the driver does not have before the job says nothing about it.
        for name in names:
            node.count(name, rx_drops=5, retrans_pkts=5)
        node.gate()
        node.count(names[0], tx_bytes=1_500_000_000, rx_bytes=10, rx_drops=3)
        node.count(names[3], tx_bytes=20, rx_bytes=500_000_000, retrans_pkts=2)
        self.explain(node, "4711", rc=0, says=("receipt: none: the job still runs, or no epilog",))
        node.epilog()
        run = self.explain(node, "4711", rc=0, says=("receipt: sent 1.5 GB and received 500.0 MB over 2 of 4 rails",))
        rows = {words[0]: words[1:6] for words in (line.split() for line in run.out.splitlines()) if words[0] in names}
        self.assertEqual(rows[names[0]], ["1500000000", "10", "3", "0", "0"])
        self.assertEqual(rows[names[3]], ["20", "500000000", "0", "2", "0"])

    def test_without_traffic(self) -> None:
        node = self.make()
        node.gate()
        node.epilog()
        self.explain(node, "4711", rc=0, says=("receipt: did not use EFA\n",))

    def test_rails_that_are_not_counted(self) -> None:
        node = self.make()
        node.gate()
        node.set_counters({**node.counters(), node.rails()[2]: "silent no answer within 1900 ms"})
        node.epilog()
        self.explain(node, "4711", rc=0, says=("unread: no answer within 1900 ms",))

    def test_a_receipt_alone(self) -> None:
        node = self.make()
        node.gate()
        node.epilog()
        (node.state_dir / "jobs" / "4711.verdict.json").unlink()
        self.explain(node, "4711", rc=3, says=("unknown: ", "receipt: did not use EFA"))


class Documents(ExplainCase):
    def test_are_the_files(self) -> None:
        node = self.make()
        self.break_rail(node)
        node.policy(action={"faulty": "warn"})
        node.gate()
        node.epilog()
        found = json.loads(node.tool("explain", "4711", "--json").out)
        self.assertEqual(list(found), ["exit_status", "verdict", "verdict_problem", "receipt", "receipt_problem"])
        self.assertEqual((found["verdict"], found["receipt"]), (node.verdict(), node.receipt()))
        self.assertEqual((found["verdict_problem"], found["receipt_problem"]), (None, None))
        own = json.loads(node.tool("explain", "--json").out)
        self.assertEqual((own["verdict"], own["receipt"], own["receipt_problem"]), (node.report(), None, None))

    def measured(self) -> Node:
        """One of which the site wants all that can be had."""
        node = self.make(*DEGRADED)
        node.policy(check={"latency_us": 30, "bandwidth_mib_s": 5000, "rdma_read": True, "pairs": True})
        rails = node.rails()
        node.probe(extras=[f"extra {rail} {what}" for rail in rails
                           for what in ("latency done 21600 -", "bandwidth done 6442450944 -", "rdma-read done 65536 -")]
                   + [f"pair {rails[0]} {rails[1]} done 69656 -"])  # fmt: skip
        return node

    def test_keys_are_in_the_manual(self) -> None:
        """What a report has stands in its manual page, and nothing else does."""
        node = self.measured()
        node.gate(request="v1;layout=all-efa")
        found = node.verdict()
        assert found is not None
        keys = set(found)
        for part in (found["job"], found["job"]["check"], found["test"], found["decision"], found["decision"]["enforce"], found["policy"],
                     found["findings"][0], found["rails"][0], found["pairs"][0]):  # fmt: skip
            keys |= set(part)
        page = (runner.TOP / "prolog" / "efa-layout-prolog.8").read_text()
        text = re.search(r'^\.SH REPORTS$.*?^\.SH "?TEXT FOR PROMETHEUS', page, re.M | re.S)
        assert text
        marked = set(re.findall(r"^\.TP\n\.BR? (.*)$", text[0], re.M))
        words = {word for line in marked for word in re.findall(r"[a-z_]+", line.replace("\\-", "-"))}
        self.assertEqual(words, keys)

    def test_metrics_are_in_the_manual(self) -> None:
        node = self.measured()
        node.gate()
        page = (runner.TOP / "prolog" / "efa-layout-prolog.8").read_text()
        text = re.search(r'^\.SH "?TEXT FOR PROMETHEUS"?$.*?^\.SH', page, re.M | re.S)
        assert text
        self.assertEqual(set(re.findall(r"efa_layout_\w+", text[0])) - {"efa_layout_prom"}, set(node.prometheus()))


if __name__ == "__main__":
    main()
