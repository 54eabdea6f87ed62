#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""efa-layout policy simulate: what it refuses, and that it says what the gate then does and the tasks then get."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import unittest
from pathlib import Path
from typing import Any

from kit import NOBODY, UNREACHABLE, Node, main, runner
from kit.runner import Run

RAIL = "rdmap32s27"


class Case(unittest.TestCase):
    """A p4d node."""

    kind, layout = "p4d.24xlarge", "efa-only"

    def setUp(self) -> None:
        self.node = self.make(self.kind, self.layout)

    def make(self, *words: str) -> Node:
        node = Node(*words)
        self.addCleanup(node.__exit__, None, None, None)
        return node

    def run_simulate(self, *args: str | Path, node: Node | None = None) -> Run:
        argv = [runner.TOOL, "policy", "simulate", *(node or self.node).options(), *args]
        return runner.run(argv, {"PATH": "/usr/bin:/bin"}, 60.0)

    def simulate(self, job: str, *args: str | Path, rc: int = 0) -> dict[str, Any]:
        run = self.run_simulate("--job", job, "--json", *args)
        self.assertEqual(run.rc, rc, run)
        found = json.loads(run.out)
        self.assertEqual(found["exit_status"], rc)
        return found

    def replay(self, snapshot: Path, job: str, *args: str | Path, rc: int = 0) -> dict[str, Any]:
        argv = [runner.TOOL, "policy", "simulate", "--node", snapshot, "--data-dir", self.node.data, "--site-dir", self.node.site,
                "--state-dir", self.node.state_dir, "--job", job, "--json", *args]  # fmt: skip
        run = runner.run(argv, {}, 60.0)
        self.assertEqual(run.rc, rc, run)
        return json.loads(run.out)

    def site(self, name: str, text: str) -> str:
        path = self.node.site / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return str(path)

    def refused(self, sentence: str, *args: str | Path) -> None:
        run = self.run_simulate(*args)
        self.assertEqual((run.rc, run.out), (3, ""), run)
        self.assertIn(sentence, run.err)


class Refusals(Case):
    def test_usage(self) -> None:
        for args in ((), ("--job",), ("--job", "", "more"), ("--job", "", "--bogus")):
            with self.subTest(args=args):
                self.assertEqual(self.run_simulate(*args).rc, 3)
        self.refused("--job '' is one that asks nothing", "--json")
        self.assertEqual(self.run_simulate("--help").rc, 0)
        for option, value, sentence in (
            ("--tested", "lats", 'no value of --tested "lats"; did you mean "last"?'),
            ("--rail", "rdmap32s27", "expected NAME=STEP"),
            ("--rail", "=open", "expected NAME=STEP"),
            ("--rail", f"{RAIL}=done", 'no step of a test "done"'),
            ("--rail", f"{RAIL}=tranfser", 'did you mean "transfer"?'),
            ("--tasks", "0", "from 1 to 512"),
            ("--tasks", "513", "from 1 to 512"),
            ("--tasks", "-1", "from 1 to 512"),
            ("--gpus-per-task", "65", "from 0 to 64"),
            ("--env", "NAME", "expected NAME=VALUE"),
            ("--env", "A B=1", "expected NAME=VALUE"),
            ("--env", "=1", "expected NAME=VALUE"),
        ):
            with self.subTest(option=option, value=value):
                self.refused(sentence, "--job", "", option, value)

    def test_job(self) -> None:
        for job, sentence in (
            ("--efa-layuot=any", '"--efa-layuot" is neither an option of efa-layout nor a fact about a job; did you mean "--efa-layout"?'),
            ("partitoin=debug", 'did you mean "partition"?'),
            ("efa-layout=any", 'did you mean "--efa-layout"?'),
            ("--user=root", '"--user" is neither'),
            ("-N2", '"-N2" is neither'),
            ("any", '"any" is neither'),
            ("partition=a partition=b", "partition is given twice"),
            ("partition=a,b", 'partition=: a job has one partition, found "a,b"'),
            ("partition", "partition: the value is missing; give partition=NAME"),
            ("user=", ""),
            ("--efa-rails", "--efa-rails: the value is missing; give all|N|N%|per-gpu:N"),
            ("--efa-verbose=1", "--efa-verbose takes no value"),
            ("--efa-layout='any'", "byte 14 is a ': words are between blanks, and no shell reads them"),
            ("user=a\\ b", "byte 7 is a \\"),
            ("user=\x1b[2J", "byte 6 is no printable ASCII"),
            ("user=m\xe4x", "is no printable ASCII"),
            ("v1;rails=2 --efa-rails=3", 'both "v1;rails=2" and options'),
            ("v1;rails=2 v1", '"v1" is a second request'),
            ("user=" + "a" * 1024, "longer than the 1023 bytes"),
            (" " * 4097, "longer than the 4096 bytes"),
        ):
            with self.subTest(job=job[:40]):
                if sentence:
                    self.refused(sentence, "--job", job)
                else:
                    self.assertEqual(self.simulate(job)["job"]["user"], "")

    def test_snapshot(self) -> None:
        def refused(sentence: str, *args: str | Path) -> None:
            run = runner.run([runner.TOOL, "policy", "simulate", "--data-dir", self.node.data, "--site-dir", self.node.site,
                              "--job", "", *args], {}, 60.0)  # fmt: skip
            self.assertEqual((run.rc, run.out), (3, ""), run)
            self.assertIn(sentence, run.err)

        empty = self.node.path / "empty"
        empty.mkdir()
        refused("absent: no snapshot, for there is no directory sys in it", "--node", self.node.path / "absent")
        refused("empty: no snapshot", "--node", empty)
        refused("leave out --root, --run-dir and --probe", "--node", empty, "--root", "/")
        refused("--tested now: these devices are not of the running node", "--node", self.node.root, "--tested", "now")
        refused("report.json", "--node", self.node.root, "--tested", "last")
        (empty / "sys").mkdir()
        (empty / "sys" / "bus").write_text("no directory")
        refused("E306", "--node", empty)

    def test_rails_that_are_not_there(self) -> None:
        self.refused('there is no rail "rdmap32s72"; did you mean "rdmap32s27"?', "--job", "", "--rail", "rdmap32s72=open")
        sick = self.make("p4d.24xlarge", "efa-only", "--no-uverbs", "1")
        run = self.run_simulate("--job", "", "--rail", f"{RAIL}=open", node=sick)
        self.assertEqual((run.rc, run.out), (3, ""), run)
        self.assertIn(f"rail {RAIL} is not usable, so that it comes to no test", run.err)
        self.refused("--tasks 3 --gpus-per-task 4: the node has 8 accelerators", "--job", "", "--tasks", "3", "--gpus-per-task", "4")

    def test_policy_that_cannot_be_used(self) -> None:
        """One that is tried has to be right; nothing stands in for it."""
        self.assertEqual(self.node.gate().rc, 0)  # there is a last good policy
        path = self.node.path / "new.json"
        for text, sentence in (
            ('{\n "check": {"budgets_ms": 5}}', f'{path}:2: check.budgets_ms: unknown key; did you mean "budget_ms"?'),
            ('{"layout": {"default": "efa-onyl"}}', f'{path}:1: layout.default: there is no layout "efa-onyl"; did you mean "efa-only"?'),
            ('{"jobs": [{"when": {"partition": "a"}, "layout": {"default": "none", "allow_none": false}}]}', f"{path}:1: layout.default"),
            ("{", str(path)),
        ):
            path.write_text(text)
            self.refused(sentence, "--job", "", "--policy", path)
        self.refused("absent.json: No such file", "--job", "", "--policy", self.node.path / "absent.json")
        folder = self.node.path / "new"
        (folder / "policy.d").mkdir(parents=True)
        (folder / "policy.d" / "10.json").write_text('{"action": {"faulty": "dran"}}')
        self.refused('policy.d/10.json:1: action.faulty: ', "--job", "", "--policy", folder)

    def test_installed_policy_that_cannot_be_used(self) -> None:
        """As at the gate: without one everybody is let in, and the last good one stands in."""
        self.site("policy.json", '{"check": {"budgets_ms": 5}}')
        found = self.simulate("--efa-layout=efa-onyl", rc=1)
        self.assertIn('did you mean "efa-only"?', found["submitted"]["sentence"], "layouts can be read")
        self.assertIn('did you mean "budget_ms"?', found["submitted"]["unknown"])
        self.assertEqual((found["decided"]["outcome"], found["decided"]["done"]), ("unknown", "allow"))
        self.assertIn("E304", found["decided"]["sentence"])
        self.assertIsNone(found["policy"]["hash"])
        self.site("policy.json", '{"layout": {"default": "efa-only"}}')
        self.assertEqual(self.node.gate().rc, 0)
        self.site("policy.json", '{"check": {"budgets_ms": 5}}')
        found = self.simulate("")
        self.assertIn("budgets_ms", found["policy"]["problem"])
        self.assertIn("(last good)", found["asked"][0]["setting"]["file"])
        self.assertEqual([one["code"] for one in found["verdict"]["findings"]], ["W303"])


class Nothing(Case):
    def tree(self) -> dict[str, tuple[int, bytes]]:
        return {str(path): (path.stat().st_mtime_ns, path.read_bytes()) for top in (self.node.root, self.node.site, self.node.path / "probe")
                for path in sorted(top.rglob("*"))
                if path.is_file() and path.name not in ("calls", "counters", "counters.json", "lock", "counters.lock")}  # fmt: skip

    def test_is_done(self) -> None:
        self.node.probe(rails={RAIL: UNREACHABLE})
        before = self.tree()
        for tested in ("now", "pass", "none"):
            self.simulate("", "--tested", tested, rc=2 if tested == "now" else 0)
        self.assertEqual(self.tree(), before)
        self.assertEqual((self.node.map(), self.node.report(), self.node.verdicts(), self.node.drain_record(), self.node.job_files()),
                         (None, None, [], None, []))  # fmt: skip
        self.assertEqual(self.node.controller_calls(), [])
        self.assertFalse(self.node.state_dir.exists())
        self.assertTrue(self.node.probe_calls())

    def test_of_another_user_s(self) -> None:
        """An ordinary user has what the last test found."""
        self.node.policy(action={"enforce": False})
        self.assertEqual(self.node.gate().rc, 0)
        calls = len(self.node.probe_calls())
        argv = [str(word) for word in [runner.TOOL, "policy", "simulate", *self.node.options(), "--job", "", "--json"]]
        run = runner.run(["/usr/bin/setpriv", "--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups", *argv], {}, 60.0)
        self.assertEqual(run.rc, 0, run)
        self.assertEqual(json.loads(run.out)["tested"], "last")
        self.assertEqual(len(self.node.probe_calls()), calls)
        self.node.boot("0f0e0d0c-1111-2222-3333-444455556666")
        run = runner.run(["/usr/bin/setpriv", "--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups", *argv], {}, 60.0)
        self.assertEqual((run.rc, json.loads(run.out)["tested"]), (0, "none"), "that was in another boot")
        self.refused("of another boot", "--job", "", "--tested", "last")


class GateCase(Case):
    """What the gate does for the same job."""

    ENV = {"partition": "SLURM_JOB_PARTITION", "account": "SLURM_JOB_ACCOUNT", "qos": "SLURM_JOB_QOS", "user": "SLURM_JOB_USER",
           "reservation": "SLURM_JOB_RESERVATION"}  # fmt: skip

    def gate(self, job: str) -> dict[str, Any]:
        """The gate's verdict about it."""
        options = [word[2:].split("=", 1) for word in job.split() if word.startswith("--")]
        facts = dict(word.split("=", 1) for word in job.split() if not word.startswith("--"))
        env: dict[str, str | None] = {"SPANK__SLURM_SPANK_OPTION_efa_layout_" + name.replace("-", "_"): (value or [""])[0]
                                      for name, *value in options}  # fmt: skip
        env |= {self.ENV[name]: value for name, value in facts.items() if name in self.ENV}
        run = self.node.gate(request=None, env=env)
        found = self.node.verdict()
        assert found is not None, run
        return found

    def agree(self, job: str, *args: str | Path, rc: int) -> dict[str, Any]:
        for name in ("node.json", "report.json"):
            (self.node.run_dir / name).unlink(missing_ok=True)
        found = self.simulate(job, *args, rc=rc)
        verdict = self.gate(job)
        (self.node.run_dir / "jobs/4711").unlink(missing_ok=True)
        self.compare(found, verdict)
        if self.node.report():  # with what that test found, here and from a snapshot
            self.compare(self.simulate(job, "--tested", "last", rc=rc), verdict)
        return found

    def compare(self, found: dict[str, Any], verdict: dict[str, Any]) -> None:
        mine, decision = found["verdict"], verdict["decision"]
        self.assertEqual(found["decided"]["outcome"], verdict["outcome"])
        self.assertEqual((found["decided"]["wanted"], found["decided"]["done"], mine["decision"]["did"], mine["decision"]["setting"]),
                         (decision["wanted"], decision["done"], decision["did"], decision["setting"]))  # fmt: skip
        for key in ("sentence", "findings", "layouts", "declared", "rails_want", "rails_pass", "policy"):
            self.assertEqual(mine[key], verdict[key], key)
        self.assertEqual([(rail["name"], rail["state"]) for rail in mine["rails"]],
                         [(rail["name"], rail["state"]) for rail in verdict["rails"]])  # fmt: skip


class AsTheGate(GateCase):
    """The same in all that is said, then done by the gate."""

    def test_healthy(self) -> None:
        found = self.agree("", rc=0)
        self.assertTrue(found["submitted"]["accepted"])
        self.assertEqual({one["from"] for one in found["asked"]}, {"default"})
        self.assertEqual(found["decided"]["plan"], "would let the job run")

    def test_faults(self) -> None:
        for rails, setting, rc in (
            ({"rails": {RAIL: UNREACHABLE}}, "action.faulty", 2),
            ({"others": UNREACHABLE}, "action.fabric", 2),
            ({"mode": "crash"}, "action.unknown", 0),
        ):
            with self.subTest(rails):
                self.node.probe(**rails)
                found = self.agree("", rc=rc)
                self.assertEqual(found["verdict"]["decision"]["setting"]["name"], setting)
                self.assertEqual(found["set"]["why_not"], "the job does not run here" if rc else None)

    def test_optional_tests(self) -> None:
        """What was measured is remembered."""
        rails = self.node.rails()
        extras = [f"extra {rail} {what}" for rail in rails
                  for what in ("latency done 21600 -", "bandwidth done 6442450944 -", "rdma-read done 65536 -")]  # fmt: skip
        extras[3] = extras[3].replace("21600", "30001")
        self.node.policy(check={"latency_us": 30, "bandwidth_mib_s": 5000, "rdma_read": True, "pairs": True})
        self.node.probe(extras=[*extras, *(f"pair {a} {b} done 69656 -" for a, b in zip(rails, rails[1:] + rails[:1], strict=True))])
        found = self.agree("", rc=0)
        self.assertEqual([one["code"] for one in found["verdict"]["findings"]], ["W203"])

    def test_actions(self) -> None:
        """Each from its line."""
        self.node.probe(rails={RAIL: UNREACHABLE})
        for action, done, rc, plan in (
            ("drain", "drain", 2, "would drain node of the job with reason"),
            ("drain-after", "drain-after", 0, "would let the job run and drain node of the job behind it"),
            ("warn", "warn", 0, "would let the job run with a warning"),
            ("allow", "allow", 0, "would let the job run"),
        ):
            path = self.site("policy.json", '{\n "action": {\n  "faulty": "%s"}}' % action)
            found = self.agree("", rc=rc)
            self.assertEqual((found["decided"]["done"], found["verdict"]["decision"]["setting"]["line"]), (done, 3))
            self.assertEqual(found["verdict"]["decision"]["setting"]["file"], path)
            self.assertIn(plan, found["decided"]["plan"])
        self.site("policy.d/90-off.json", '{"action": {"faulty": "drain", "enforce": false}}')
        found = self.agree("", rc=0)
        self.assertEqual((found["decided"]["wanted"], found["decided"]["done"]), ("drain", "allow"))
        self.assertTrue(found["verdict"]["decision"]["enforce"]["file"].endswith("policy.d/90-off.json"))
        self.assertIn("because action.enforce is false; else: drain", found["decided"]["plan"])

    def test_requests_that_are_refused(self) -> None:
        for job, code, accepted in (
            ("--efa-layout=all-efa", "E150", True),
            ("--efa-layout=efa-onyl", "E151", False),
            ("--efa-layout=none", "E152", False),
            ("--efa-rails=5", "E153", True),
            ("--efa-rails=50", None, False),
            ("--efa-rails=0", None, False),
            ("--efa-affinity=gqu", None, False),
            ("--efa-layout=ena-primary", "E154", False),
        ):
            with self.subTest(job):
                self.node.policy(layout={"allow_none": False, "allow": ["efa-only", "all-efa", "any"]})
                found = self.agree(job, rc=1)
                self.assertEqual(found["submitted"]["accepted"], accepted, found["submitted"])
                if code:
                    self.assertIn(code, [one["code"] for one in found["verdict"]["findings"]])
                    self.assertIn(f"tell its user \"efa-layout: {code} ", found["decided"]["plan"])

    def test_no_check(self) -> None:
        self.node.probe(others=UNREACHABLE)
        found = self.agree("--efa-layout=none", rc=0)
        self.assertEqual((found["decided"]["checked"], found["set"]["why_not"]), (False, "the job asks for no layout"))
        self.assertEqual(self.agree("--efa-layout=any", rc=2)["decided"]["checked"], True)

    def test_settings_for_some_jobs(self) -> None:
        when = {"partition": "debug", "account": "climate", "qos": "urgent", "user": "alice", "reservation": "today"}
        rule = {"layout": {"default": "all-efa"}, "environment": {"affinity": "spread"}}
        for fact, name in when.items():
            with self.subTest(fact):
                path = self.site("policy.json", json.dumps({"jobs": [{"when": {fact: [name, "other"]}, **rule}]}, indent=1))
                found = self.agree(f"{fact}={name}", rc=1)
                self.assertEqual([one["value"] for one in found["asked"][:3]], ["all-efa", "all", "spread"])
                self.assertEqual((found["asked"][0]["from"], found["asked"][0]["setting"]["file"]), ("setting", path))
                self.assertGreater(found["asked"][0]["setting"]["line"], 5)
                self.agree(f"{fact}=another", rc=0)
                self.assertEqual(self.agree(f"--efa-layout=any --efa-affinity=none {fact}={name}", rc=0)["request"],
                                 "v1;layout=any;rails=all;affinity=none")  # fmt: skip
                asks = self.simulate(f"--efa-layout=any {fact}={name}")["submitted"]["unknown"]
                self.assertEqual(asks is None, fact == "user", "what a submit host knows")

    def test_groups(self) -> None:
        self.node.policy(jobs=[{"when": {"group": ["hpc", "root"]}, "layout": {"allow": ["all-efa"], "default": "all-efa"}}])
        refused = self.simulate("--efa-layout=efa-only group=users,hpc", rc=1)["submitted"]
        self.assertIn("this site does not let you ask for it; ask for all-efa", refused["sentence"])
        self.assertTrue(self.simulate("--efa-layout=efa-only group=users")["submitted"]["accepted"])
        self.agree("--efa-layout=efa-only user=root", rc=1)  # whose groups can be looked up
        run = self.run_simulate("--job", "--efa-layout=efa-only")
        self.assertEqual(run.rc, 0, run)
        self.assertIn("the job: unknown, so that rules of the policy that ask for it do not hold: group", run.err)

    def test_wire_form(self) -> None:
        one, other = self.simulate("v1;layout=efa-only;rails=3"), self.simulate("--efa-layout efa-only --efa-rails=2 --efa-rails 3")
        self.assertEqual((one["asked"], one["request"]), (other["asked"], other["request"]))
        found = self.simulate("v1;layout=efa-only;colour=red", rc=1)
        self.assertIn('request of the job: "colour=red"', found["decided"]["sentence"])

    def test_depth(self) -> None:
        self.site("policy.json", '{"check": {"ceiling": "quick"}}')
        found = self.simulate("--efa-check=full")
        self.assertIn("this site tests no deeper than quick", found["submitted"]["notice"])
        self.assertEqual((found["asked"][3]["value"], found["asked"][3]["setting"]["name"]), ("quick", "check.ceiling"))
        self.site("policy.json", "{}")
        self.assertEqual(self.simulate("--efa-check=full")["asked"][3]["from"], "job")

    def test_supposed_rails(self) -> None:
        """As if the probe had found it."""
        for step, code in (("open", "E205"), ("getinfo", "E206"), ("endpoint", "E207"), ("transfer", "E208"), ("contents", "E210"),
                           ("counters", "E211"), ("rdma-read", "E213"), ("pairs", "E214")):  # fmt: skip
            found = self.simulate("", "--tested", "pass", "--rail", f"{RAIL}={step}", rc=2)
            self.assertEqual([(one["code"], one["subject"]) for one in found["verdict"]["findings"]], [(code, f"rail {RAIL}")])
            self.assertEqual((found["tested"], found["supposed"]), ("supposed", [RAIL]))
            self.assertEqual(found["verdict"]["rails_pass"], 3)
        self.node.policy(layout={"rails": 3})
        self.assertEqual(self.simulate("", "--tested", "pass", "--rail", f"{RAIL}=transfer")["decided"]["outcome"], "degraded")
        self.simulate("--efa-rails=4", "--tested", "pass", "--rail", f"{RAIL}=transfer", rc=1)

    def test_policy_that_is_tried(self) -> None:
        self.node.probe(rails={RAIL: UNREACHABLE})
        self.assertEqual(self.node.gate().rc, 1)
        path = self.node.path / "new.json"
        path.write_text('{"action": {"faulty": "warn"}}')
        os.chown(path, NOBODY, NOBODY)
        tried = self.simulate("", "--policy", path, "--tested", "last")
        self.assertEqual((tried["decided"]["done"], tried["policy"]["tried"], tried["policy"]["file"]), ("warn", str(path), str(path)))
        self.assertEqual(self.simulate("", "--tested", "last", rc=2)["decided"]["done"], "drain")
        self.node.policy(action={"faulty": "warn"})
        self.assertEqual(self.gate("")["policy"]["hash"], tried["policy"]["hash"])
        folder = self.node.path / "new"
        folder.mkdir()
        (folder / "policy.json").write_text('{"check": {"provider": "tcp"}, "action": {"faulty": "allow"}}')
        run = self.run_simulate("--job", "", "--policy", folder, "--tested", "last")
        self.assertIn("its results do not count", run.err)


class Snapshots(GateCase):
    """What the last test found goes with a snapshot."""

    def test_has_the_last_test(self) -> None:
        for words, probe in (
            (("p5.48xlarge", "efa-only"), {}),
            (("p5.48xlarge", "all-efa", "--missing", "3"), {}),
            (("p5en.48xlarge", "ena-primary"), {"rdma_read": "yes"}),
            (("p6-b300.48xlarge", "ena-primary-only"), {"mode": "crash"}),
            (("c5n.18xlarge", "all-efa"), {"others": "pass done 0 0"}),
            (("trn1.32xlarge", "efa-only"), {"others": "hung transfer 0 0"}),
        ):
            for unmasked in ((), ("--unmasked",)):
                with self.subTest(words=words, unmasked=unmasked):
                    self.node = self.make(*words)
                    self.node.policy(check={"late_ms": 0})
                    rails = self.node.rails()
                    self.node.probe(**probe, **({} if probe else {"rails": {rails[-1]: UNREACHABLE}}))  # type: ignore[arg-type]
                    verdict = self.gate("")
                    snapshot = self.node.path / "snapshot"
                    self.assertEqual(self.node.tool("snapshot", snapshot, *unmasked).rc, 0)
                    rc = 2 if verdict["decision"]["done"] == "drain" else 0
                    found = self.replay(snapshot, "", rc=rc)
                    self.assertEqual(found["tested"], "last")
                    if unmasked:
                        self.compare(found, verdict)
                    self.assertEqual((found["decided"]["outcome"], found["decided"]["done"]),
                                     (verdict["outcome"], verdict["decision"]["done"]))  # fmt: skip
                    live = self.simulate("", "--tested", "last", rc=rc)
                    self.assertEqual(found["set"], live["set"])
                    self.assertEqual(found["verdict"]["test"]["at"], live["verdict"]["test"]["at"])
                    self.replay(snapshot, "", "--tested", "pass", rc=2 if "--missing" in words else 0)

    def test_names_of_nodes_are_masked(self) -> None:
        self.assertEqual(self.node.gate(env={"SLURMD_NODENAME": "ip-10-1-2-3"}).rc, 0)
        snapshot = self.node.path / "snapshot"
        self.assertEqual(self.node.tool("snapshot", snapshot).rc, 0)
        text = (snapshot / "run/efa-layout/report.json").read_text()
        self.assertNotIn("ip-10-1-2-3", text)
        self.assertIsNone(json.loads(text)["node"])

    def test_reports_that_cannot_be_read(self) -> None:
        (self.node.run_dir / "report.json").write_text('{"secret": "eni-0123456789abcdef0"}')
        snapshot = self.node.path / "snapshot"
        self.assertEqual(self.node.tool("snapshot", snapshot).rc, 0)
        notes = json.loads((snapshot / "snapshot.json").read_text())
        self.assertEqual(notes["left_out"], [{"path": "run/efa-layout/report.json", "why": "not a report of this release"}])
        self.assertEqual(self.replay(snapshot, "")["tested"], "none")

    def test_without_a_test(self) -> None:
        snapshot = self.node.path / "snapshot"
        self.assertEqual(self.node.tool("snapshot", snapshot).rc, 0)
        found = self.replay(snapshot, "")
        self.assertEqual((found["tested"], found["decided"]["sentence"]), ("none", "healthy: layout efa-only, rails not tested"))
        self.assertEqual(self.replay(snapshot, "--efa-rails=5", rc=1)["decided"]["outcome"], "refused")


class Tasks(Case):
    def variables(self, found: dict[str, Any], task: int = 0) -> dict[str, dict[str, Any]]:
        return {one["name"]: one for one in found["set"]["tasks"][task]["variables"]}

    def test_each_has_its_line(self) -> None:
        path = self.site("environment.json", '{"environment": [\n'
                         '  {"name": "OURS", "value": "{rail_count}", "mode": "force", "when": {"affinity": "spread"}},\n'
                         '  {"name": "OURS", "value": "many", "mode": "default"}]}')  # fmt: skip
        one = self.variables(self.simulate("--efa-affinity=spread", "--tasks", "2"))
        self.assertEqual((one["OURS"]["value"], one["OURS"]["rule"]["file"], one["OURS"]["rule"]["line"]), ("2", path, 2))
        one = self.variables(self.simulate("", "--tasks", "2"))
        self.assertEqual((one["OURS"]["value"], one["OURS"]["rule"]["line"]), ("many", 3))
        self.assertIsNone(one["EFA_LAYOUT"]["rule"])
        out = self.run_simulate("--job", "--efa-affinity=spread").out
        self.assertIn(f"            OURS=4\n              {path}:2 (force), because ", out)

    def test_places(self) -> None:
        found = self.simulate("--efa-affinity=numa", "--tasks", "4")
        rails = [self.variables(found, task)["EFA_LAYOUT_RAILS"]["value"] for task in range(4)]
        self.assertEqual(sorted(rails), sorted(self.node.rails()), "one each")
        found = self.simulate("--efa-affinity=gpu", "--tasks", "8", "--gpus-per-task", "1")
        self.assertEqual({self.variables(found, task)["EFA_LAYOUT_AFFINITY"]["value"] for task in range(8)}, {"gpu"})
        self.assertIn("GPU 7;", found["set"]["tasks"][7]["text"])

    def test_variables_that_tasks_have(self) -> None:
        found = self.simulate("", "--env", "FI_PROVIDER=tcp", "--env", "FI_EFA_MTU_SIZE=1")
        self.assertNotIn("FI_PROVIDER", self.variables(found))
        self.assertIn("FI_EFA_MTU_SIZE is set", "".join(found["set"]["tasks"][0]["warnings"]))

    def test_none(self) -> None:
        for job, site in (("--no-efa-env", {}), ("", {"environment": {"set": False}})):
            self.node.policy(**site)
            found = self.simulate(job)
            self.assertEqual((found["set"]["why_not"], self.variables(found)), (None, {}))
            self.assertIn("environment left alone", found["set"]["tasks"][0]["text"])


class Manual(Case):
    def test_example(self) -> None:
        """The example of the manual page is what comes out; but for what other changes of settings and rules change."""

        def plain(text: str) -> str:
            text = re.sub(r"hash [0-9a-f]{16}", "hash", text).replace(f"{self.node.data}/", "/usr/share/efa-layout/")
            return re.sub(r"(json:\d+|:[0-9a-f]{8}\b)", "", text)

        page = (runner.TOP / "prolog/tool/efa-layout.1").read_text().replace("\\-", "-").replace("\\(aq", "'").replace("\\e\n", "\\\n")
        found = re.search(r"^\.EX\n\$ cat new\.json\n(.*?)\$ (efa-layout policy simulate .*?)\n(job .*?)^\.EE", page, re.M | re.S)
        assert found
        (self.node.path / "new.json").write_text(found[1])
        self.node.root.rename(self.node.path / "p4d")
        words = shlex.split(found[2].replace("\\\n", " "))
        where = ["--data-dir", str(self.node.data), "--site-dir", str(self.node.site)]
        run = subprocess.run([runner.TOOL, *words[1:], *where], cwd=self.node.path, env={}, capture_output=True, text=True, check=True)
        self.assertEqual(plain(run.stdout), plain(found[3]))


if __name__ == "__main__":
    main()
