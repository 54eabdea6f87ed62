#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Settings for some jobs at the gate: which jobs they hold for, what is asked to know it, and what follows."""

from __future__ import annotations

import grp
import json
import os
import pwd
import unittest
from typing import Any

from kit import UNREACHABLE, Node, Run, main

SQUEUE = ["squeue", "--noheader", "--format=%q", "--jobs=4711"]
FORBID = {"layout": {"default": "any", "allow": ["any"]}}  # what the job of these tests asks is not in it
REFUSED = ["helper", "refuse"]


class Rules(unittest.TestCase):
    """One node for all: it is sound, so nothing but the rules decides."""

    node: Node

    @classmethod
    def setUpClass(cls) -> None:
        cls.node = cls.enterClassContext(Node("p4d.24xlarge", "efa-only"))
        cls.node.use_squeue(out="high\n")

    def gate(self, when: dict[str, Any] | None, then: dict[str, Any] | None = None, *, request: str = "v1;layout=efa-only",
             env: dict[str, str | None] | None = None, **groups: Any) -> Run:  # fmt: skip
        (self.node.path / "controller" / "calls").unlink(missing_ok=True)
        rules = [{"when": when, **(then or FORBID)}] if when else []
        text = json.dumps({**groups, "jobs": rules}, indent=1)
        (self.node.site / "policy.json").write_text(text)
        return self.node.gate(request=request, env=env)

    def assert_holds(self, holds: bool, run: Run) -> None:
        done = [call[:2] for call in self.node.controller_calls() if call[0] == "helper"]
        self.assertEqual((run.rc, done), (0, [REFUSED] if holds else []), run)
        self.assertEqual("refused: E154" in run.err, holds, run)

    def asked(self) -> list[list[str]]:
        return [call for call in self.node.controller_calls() if call[0] == "squeue"]


class Unknown(Rules):
    def assert_unknown(self, run: Run, *words: str) -> None:
        """The rule does not hold, one line says why, and the job runs."""
        self.assert_holds(False, run)
        lines = [line for line in run.err.splitlines() if "unknown, so that rules of the policy" in line]
        self.assertEqual(len(lines), 1, run.err)
        for word in words:
            self.assertIn(word, lines[0])
        self.assertTrue(run.err.isascii() and run.err.replace("\n", "").isprintable(), run.err)

    def test_what_slurmd_does_not_say(self) -> None:
        for fact in ("partition", "account", "user"):
            name = f"SLURM_JOB_{fact.upper()}"
            for value in (None, "", "p\nq", "p\n", "p,q", " p", "p ", "\x1b[2J", "p\u00e9", "p\x7f", "x" * 300, "p\t"):
                with self.subTest(name=name, value=value):
                    run = self.gate({fact: ["p", "q", "p\u00e9"]}, env={name: value})
                    self.assert_unknown(run, fact, name)

    def test_several_reservations(self) -> None:
        run = self.gate({"reservation": "r"}, env={"SLURM_JOB_RESERVATION": "q,r"})
        self.assert_unknown(run, "reservation", "is not one name")

    def test_squeue_that_does_not_answer_so(self) -> None:
        for answer, word in (
            ({"rc": 1, "out": "slurm_load_jobs error\n"}, "exit status 1: slurm_load_jobs error?"),
            ({"out": ""}, "did not answer with one QOS"),
            ({"out": "high"}, "did not answer with one QOS"),
            ({"out": "high\nlow\n"}, "did not answer with one QOS"),
            ({"out": "high\n\n"}, "did not answer with one QOS"),
            ({"out": "high,low\n"}, "did not answer with one QOS"),
            ({"out": "hi\x1bgh\n"}, "did not answer with one QOS"),
            ({"out": "high " * 1000 + "\n"}, "did not answer with one QOS"),
        ):
            with self.subTest(answer):
                self.node.use_squeue(**answer)
                self.assert_unknown(self.gate({"qos": "high"}), "qos", word)

    def test_squeue_that_is_silent(self) -> None:
        self.node.use_squeue(hang=True)
        run = self.gate({"qos": "high"}, check={"budget_ms": 3000})
        self.assert_unknown(run, "no answer from the controller in time")
        self.assertLess(run.seconds, 3.0)

    def test_squeue_that_anybody_could_have_written(self) -> None:
        self.node.use_squeue(out="high\n")
        (self.node.path / "controller" / "squeue").chmod(0o777)
        run = self.gate({"qos": "high"})
        (self.node.path / "controller" / "squeue").chmod(0o755)
        self.assert_unknown(run, "expected owner root")
        self.assertEqual(self.asked(), [])

    def test_no_squeue(self) -> None:
        (self.node.path / "controller" / "squeue").unlink()
        self.assert_unknown(self.gate({"qos": "high"}), "qos", "squeue")

    def test_users_that_the_system_does_not_know(self) -> None:
        for user, uid in (("no-such-user-here", "1000"), ("-z", "1000"), (None, "3999999999")):
            with self.subTest(user):
                run = self.gate({"group": "root"}, env={"SLURM_JOB_USER": user, "SLURM_JOB_UID": uid})
                self.assert_unknown(run, "group", "/usr/bin/id could not tell")

    def test_outside_a_job(self) -> None:
        self.gate({"qos": "q", "partition": "p"})
        run = self.node.gate("--dry-run", env={"SLURM_JOB_ID": None, "SLURM_SCRIPT_CONTEXT": None})
        self.assertEqual(run.rc, 0, run)
        self.assertIn("would let the job run", run.out)


class Holds(Rules):
    def setUp(self) -> None:
        self.node.use_squeue(out="high\n")

    def test_by_what_slurmd_says(self) -> None:
        for fact in ("partition", "account", "reservation", "user", "qos"):
            for value, holds in (("p", True), ("q r", True), ("pp", False), ("q", False), ("P", False)):
                with self.subTest(fact=fact, value=value):
                    run = self.gate({fact: ["p", "q r"]}, env={f"SLURM_JOB_{fact.upper()}": value})
                    self.assert_holds(holds, run)
                    self.assertNotIn("unknown", run.err)
                    self.assertEqual(self.asked(), [])

    def test_no_reservation(self) -> None:
        for value in (None, ""):
            run = self.gate({"reservation": "r"}, env={"SLURM_JOB_RESERVATION": value})
            self.assert_holds(False, run)
            self.assertNotIn("unknown", run.err)

    def test_qos_by_squeue(self) -> None:
        for out, holds in (("high\n", True), ("high\nhigh\n", True), ("low\n", False), ("N/A\n", False), ("\n", False)):
            with self.subTest(out):
                self.node.use_squeue(out=out)
                run = self.gate({"qos": "high"})
                self.assert_holds(holds, run)
                self.assertNotIn("unknown", run.err)
                self.assertEqual(self.asked(), [SQUEUE])
                record = next(one for one in self.node.controller_records() if one["argv"] == SQUEUE)
                self.assertEqual(record["env"].get("SLURM_CONF"), "/etc/slurm/elsewhere.conf")
                self.assertNotIn("SPANK_EFA_LAYOUT_REQUEST", record["env"])

    def test_groups_by_id(self) -> None:
        root = pwd.getpwuid(0)
        groups = [name for name in self.group_names(root) if "," not in name]
        for user in (root.pw_name, None):
            for group, holds in ((groups[-1], True), ("no-such-group-here", False)):
                with self.subTest(user=user, group=group):
                    run = self.gate({"group": ["x", group]}, env={"SLURM_JOB_USER": user, "SLURM_JOB_UID": "0"})
                    self.assert_holds(holds, run)
                    self.assertNotIn("unknown", run.err)

    @staticmethod
    def group_names(user: pwd.struct_passwd) -> list[str]:
        return [grp.getgrgid(gid).gr_name for gid in os.getgrouplist(user.pw_name, user.pw_gid)]

    def test_all_conditions(self) -> None:
        env = {"SLURM_JOB_PARTITION": "p"}
        self.assert_holds(True, self.gate({"partition": "p", "qos": "high"}, env=env))
        self.assert_holds(False, self.gate({"partition": "p", "qos": "low"}, env=env))

    def test_nothing_is_asked_for_nothing(self) -> None:
        env = {"SLURM_JOB_PARTITION": "p", "SLURM_JOB_USER": "no-such-user-here"}
        for when in (None, {"partition": "p"}, {"partition": "other", "qos": "high", "group": "root"}):
            with self.subTest(when):
                run = self.gate(when, env=env)
                self.assertEqual(self.asked(), [])
                # id would have failed for this user, and been told of
                self.assertNotIn("unknown", run.err)

    def test_text_of_the_user_is_no_fact(self) -> None:
        env = {"SLURM_JOB_NAME": "p", "SPANK_SLURM_JOB_PARTITION": "p", "SLURM_JOB_COMMENT": "SLURM_JOB_PARTITION=p",
               "SPANK_NL": "x\nSLURM_JOB_PARTITION=p", "SLURM_JOB_PARTITION": "q"}  # fmt: skip
        self.assert_holds(False, self.gate({"partition": "p"}, env=env))


class Follows(Rules):
    """What a rule changes, by partition, and which line says so."""

    IN = {"partition": "p"}
    ENV = {"SLURM_JOB_PARTITION": "p"}

    def setUp(self) -> None:
        self.node.probe()

    def decided(self, setting: str) -> None:
        """By this setting, in the line of the rule."""
        found = self.node.verdict()
        assert found is not None
        text = (self.node.site / "policy.json").read_text().splitlines()
        said = found["decision"]["setting"]
        self.assertEqual(said["name"], setting)
        rule = next(number for number, line in enumerate(text, 1) if '"jobs"' in line)
        self.assertGreater(said["line"], rule)
        self.assertIn(f'"{setting.split(".")[1]}"', text[said["line"] - 1])
        self.assertIn(f'{setting} = {said["value"]} ({self.node.site}/policy.json line {said["line"]})',
                      self.node.tool("explain", "4711").out)  # fmt: skip

    def test_refusals(self) -> None:
        for then, request, code, setting in (
            ({"layout": {"default": "any", "allow": ["any"]}}, "v1;layout=efa-only", "E154", "layout.allow"),
            ({"layout": {"default": "efa-only", "allow": ["efa-only", "all-efa"]}}, "v1;layout=any", "E154", "layout.allow"),
            ({"layout": {"default": "all-efa"}}, None, "E150", "layout.default"),
            ({"layout": {"allow_none": False}}, "v1;layout=none", "E152", "layout.allow_none"),
            ({"layout": {"rails": 5}}, None, "E153", "layout.rails"),
            ({"layout": {"rails": "per-gpu:2"}}, None, "E153", "layout.rails"),
        ):  # fmt: skip
            with self.subTest(then=then):
                run = self.gate(self.IN, then, request=request, env=self.ENV)
                self.assertEqual(run.rc, 0, run)
                self.assertIn(f"refused: {code}", run.err)
                self.decided(setting)
                other = self.gate(self.IN, then, request=request, env={"SLURM_JOB_PARTITION": "q"})
                self.assertEqual((other.rc, self.node.controller_calls()), (0, []), other)

    def test_grants(self) -> None:
        then = {"layout": {"allow_none": True, "allow": "all"}}
        site = {"layout": {"allow_none": False, "allow": ["any"]}}
        for request in ("v1;layout=none", "v1;layout=efa-only"):
            run = self.gate(self.IN, then, request=request, env=self.ENV, **site)
            self.assertEqual((run.rc, self.node.controller_calls()), (0, []), run)
            run = self.gate(self.IN, then, request=request, env={"SLURM_JOB_PARTITION": "q"}, **site)
            self.assertIn("refused: E15", run.err)

    def test_no_rule_makes_a_node_good(self) -> None:
        self.node.probe(rails={self.node.rails()[1]: UNREACHABLE})
        for request in (None, "v1;rails=1"):
            run = self.gate(self.IN, {"layout": {"rails": 1}}, request=request, env=self.ENV)
            self.assertEqual(run.rc, 1, run)
            self.assertIn("faulty: E208", run.err)

    def test_a_rule_s_wish_for_rails(self) -> None:
        """The site can do without one rail, the jobs of a partition cannot."""
        self.node.probe(rails={self.node.rails()[1]: UNREACHABLE})
        run = self.gate(self.IN, {"layout": {"rails": "all"}}, request=None, env=self.ENV, layout={"rails": 3})
        self.assertEqual(run.rc, 0, run)
        self.assertIn("refused: E153 the site's layout.rails all: that is 4, and 3 of this node's 4 are healthy", run.err)
        self.decided("layout.rails")
        own = self.node.report()
        assert own is not None
        self.assertEqual((own["outcome"], own["decision"]["setting"]["name"]), ("degraded", "action.degraded"))
        run = self.gate(self.IN, {"layout": {"rails": "all"}}, request=None, layout={"rails": 3}, action={"degraded": "drain"})
        self.assertEqual(run.rc, 1, run)
        self.assertEqual(self.node.controller_calls()[0][1], "drain")
        self.assertIn("3 of 4 rails pass, the site asks for 3", self.node.controller_calls()[0][-1])

    def test_depth(self) -> None:
        for then, depth, how, setting in (
            ({"check": {"ceiling": "quick"}}, "full", "(quick, ", "check.ceiling"),
            ({"check": {"floor": "full"}}, "cached", "(tested, ", "check.floor"),
            ({"check": {"default": "quick"}}, None, "(quick, ", "check.default"),
        ):
            for when, env in ((self.IN, self.ENV), ({"qos": "high"}, {}), ({"group": "root"}, {"SLURM_JOB_USER": "root"})):
                with self.subTest(then=then, when=when):
                    self.node.use_squeue(out="high\n")
                    request = f"v1;check={depth}" if depth else None
                    self.gate(when, then, request="v1;check=full", env=env)
                    run = self.gate(when, then, request=request, env=env)
                    self.assertEqual(run.rc, 0, run)
                    self.assertIn(how, run.err)
                    found = self.node.verdict()
                    assert found is not None
                    said = found["job"]["check"]["setting"]
                    self.assertEqual(said["name"], setting)
                    self.assertGreater(said["line"], 1)

    def test_record_has_what_came_of_it(self) -> None:
        rule = {"layout": {"default": "efa-only", "rails": 2}, "environment": {"affinity": "numa", "set": False}}
        for env, request, expected in (
            (self.ENV, None, "v1;layout=efa-only;rails=2;affinity=numa;no-env"),
            (self.ENV, "v1;layout=any;rails=3;affinity=gpu;check=full;verbose",
             "v1;layout=any;rails=3;affinity=gpu;check=full;verbose;no-env"),
            (self.ENV, "v1;layout=none", "v1;layout=none;rails=2;affinity=numa;no-env"),
            ({}, None, "v1;layout=any;rails=all;affinity=auto"),
        ):  # fmt: skip
            with self.subTest(request=request, env=env):
                run = self.gate(self.IN, rule, request=request, env=env)
                self.assertEqual((run.rc, self.node.controller_calls()), (0, []), run)
                record = json.loads((self.node.run_dir / "jobs" / "4711").read_text())
                self.assertEqual(record["request"], expected)


if __name__ == "__main__":
    main()
