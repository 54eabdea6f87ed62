#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The environment that slurmd gives, and what a user can put into it."""

from __future__ import annotations

import unittest

from kit import Node, main

RAW = "SPANK__SLURM_SPANK_OPTION_efa_layout_"
LAYOUT, AFFINITY = RAW + "efa_layout", RAW + "efa_affinity"
RAILS, CHECK, VERBOSE, NO_ENV = RAW + "efa_rails", RAW + "efa_check", RAW + "efa_verbose", RAW + "no_efa_env"
HOSTILE = (
    "A" * 100000, "\n", "x\nSLURM_JOB_UID=0", "\x1b[2J\x07", "\x7f", "\x80\xff", '"', "'", "\"; reboot; '", "$(reboot)", "`reboot`",
    "%n%s", "../../etc/shadow", "all\n", " all", "all ", "-1", ";", "=", "efa-only,any",
)  # fmt: skip
NAMES = ("0x10", "99999999999999999999", "v1")  # that a layout could have


class Environment(unittest.TestCase):
    """One node for all cases: it is sound, so nothing but the environment decides."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.node = Node("p4d.24xlarge", "efa-only")

    @classmethod
    def tearDownClass(cls) -> None:
        cls.node.__exit__(None, None, None)

    def setUp(self) -> None:
        for name in ("probe/calls", "controller/calls"):
            (self.node.path / name).unlink(missing_ok=True)

    def assert_not_checked(self, env: dict[str, str | None], word: str, rc: int = 0) -> None:
        run = self.node.gate(env=env)
        self.assertEqual(run.rc, rc, run)
        self.assertIn(word, run.err)
        self.assertEqual(self.node.controller_calls(), [])
        self.assertEqual(self.node.probe_calls(), [])

    def test_slurmd_s_own_variables_broken(self) -> None:
        for name, value in (
            ("SLURM_JOB_ID", None),
            ("SLURM_JOB_ID", ""),
            ("SLURM_JOB_ID", "0"),
            ("SLURM_JOB_ID", "-1"),
            ("SLURM_JOB_ID", "12abc"),
            ("SLURM_JOB_ID", "4294967295"),
            ("SLURM_JOB_ID", "99999999999999999999999"),
            ("SLURM_JOB_UID", None),
            ("SLURM_JOB_UID", "root"),
            ("SLURMD_NODENAME", None),
            ("SLURMD_NODENAME", ""),
            ("SLURMD_NODENAME", "node 1"),
            ("SLURMD_NODENAME", "../node"),
            ("SLURMD_NODENAME", "-rf"),
            ("SLURMD_NODENAME", "n\nState=DOWN"),
        ):
            with self.subTest(name=name, value=value):
                self.assert_not_checked({name: value}, f"environment: {name}")

    def test_other_contexts_are_left_alone(self) -> None:
        for context in ("prolog_slurmctld", "epilog_slurmctld", "prolog_task", "", "x\ny"):
            with self.subTest(context):
                self.assert_not_checked({"SLURM_SCRIPT_CONTEXT": context}, "nothing is checked")

    def test_by_hand(self) -> None:
        env = {"SLURM_SCRIPT_CONTEXT": None, "SLURM_JOB_ID": None}
        self.assert_not_checked(env, "--dry-run", rc=2)

    def test_context_is_not_needed_inside_a_job(self) -> None:
        run = self.node.gate(env={"SLURM_SCRIPT_CONTEXT": None})
        self.assertEqual(run.rc, 0)
        self.assertIn("healthy", run.err)

    def test_relative_slurm_conf_is_not_passed_on(self) -> None:
        run = self.node.gate(request="v1;layout=all-efa", env={"SLURM_CONF": "slurm.conf"})
        self.assertEqual(run.rc, 0)
        (record,) = self.node.controller_records()
        self.assertNotIn("SLURM_CONF", record["env"])

    def test_malformed_requests_end_the_job_and_leave_the_node(self) -> None:
        for request in (
            "",
            "v2;layout=efa-only",
            "layout=efa-only",
            "v1;layout",
            "v1;layout=",
            "v1;layout=efa-only;layout=any",
            "v1;layout=help",
            "v1;colour=blue",
            "v1;layout=efa-only;",
            "v1;layout=../../etc/passwd",
            "v1;layout=efa only",
            "v1;layout=efa-only\nPATH=/tmp",
            "v1;layout=\x1b[2Jx",
            "v1;layout=\x80\xff",
            "v1;layout=$(reboot)",
            "v1;affinity=gpus",
            "v1;layout=" + "a" * 1000,
            "A" * 100000,
        ):
            with self.subTest(request[:40]):
                self.setUp()
                run = self.node.gate(request=request)
                calls = self.node.controller_calls()
                self.assertEqual(run.rc, 0, run)
                self.assertEqual([call[:2] for call in calls], [["helper", "refuse"]], run)
                text = calls[0][-1]
                self.assertTrue(text.startswith("efa-layout: "), text)
                self.assertTrue(text.isascii() and text.isprintable(), text)
                self.assertLess(len(text), 400)
                self.assertEqual(run.err.count("\n"), 1, "one line in the log: " + run.err)
                self.assertEqual(self.node.probe_calls(), [], "nothing was tested for it")

    def assert_job_refused(self, env: dict[str, str | None]) -> None:
        self.setUp()
        run = self.node.gate(env=env)
        calls = self.node.controller_calls()
        self.assertEqual(run.rc, 0, run)
        self.assertEqual([call[:2] for call in calls], [["helper", "refuse"]], run)
        text = calls[0][-1]
        self.assertTrue(text.startswith("efa-layout: ") and text.isascii() and text.isprintable(), text)
        self.assertLess(len(text), 400)
        self.assertTrue(run.err.isascii() and run.err.count("\n") == 1, run.err)
        self.assertEqual(self.node.probe_calls(), [])

    def test_hostile_values_of_every_option(self) -> None:
        for name in (LAYOUT, AFFINITY, RAILS, CHECK, VERBOSE, NO_ENV):
            for value in HOSTILE + (() if name == LAYOUT else NAMES):
                with self.subTest(name=name, value=value[:20]):
                    self.assert_job_refused({name: value})

    def test_hostile_requests_with_the_new_parts(self) -> None:
        for part in ("rails", "check", "affinity", "verbose", "no-env"):
            for value in HOSTILE + NAMES:
                with self.subTest(part=part, value=value[:20]):
                    self.assert_job_refused({"SPANK_EFA_LAYOUT_REQUEST": f"v1;{part}={value}"})

    def test_hostile_texts_beside_a_policy_with_rules(self) -> None:
        """What slurmd says can be odd as well: then it is unknown, and the job runs."""
        self.node.policy(jobs=[{"when": {"partition": "p", "user": "u"}, "layout": {"allow": ["any"], "default": "any"}}])
        for value in HOSTILE:
            with self.subTest(value[:20]):
                self.setUp()
                run = self.node.gate(request="v1;layout=efa-only", env={
                    "SLURM_JOB_PARTITION": f"p\n{value}", "SLURM_JOB_USER": f"{value}\nu", "SLURM_JOB_ACCOUNT": value})  # fmt: skip
                self.assertEqual((run.rc, self.node.controller_calls()), (0, []), run)
                self.assertTrue(run.err.isascii() and run.err.count("\n") == 2, run.err)
                self.assertLess(len(run.err), 1000)
        for request in ("v1;rails=\n", "A" * 10000):
            self.assert_job_refused({"SPANK_EFA_LAYOUT_REQUEST": request, "SLURM_JOB_PARTITION": "q"})
        (self.node.site / "policy.json").unlink()

    def test_options_of_a_job_without_the_client_s_plugin(self) -> None:
        for env, word in (
            ({LAYOUT: "all-efa"}, "E150"),
            ({LAYOUT: "all-efa", AFFINITY: "gpu"}, "E150"),
            ({AFFINITY: "sideways"}, "sideways"),
            ({LAYOUT: "a b\n"}, "a b?"),
        ):
            with self.subTest(env):
                self.setUp()
                run = self.node.gate(env=env)
                self.assertEqual(run.rc, 0, run)
                (call,) = self.node.controller_calls()
                self.assertEqual(call[1], "refuse")
                self.assertIn(word, call[-1])

    def test_raw_options_that_fit(self) -> None:
        run = self.node.gate(env={LAYOUT: "efa-only", AFFINITY: "numa", RAILS: "50%", CHECK: "full",
                                  VERBOSE: "", NO_ENV: "1"})  # fmt: skip
        self.assertEqual((run.rc, self.node.controller_calls()), (0, []), run)

    def test_request_of_the_plugin_comes_first(self) -> None:
        run = self.node.gate(request="v1;layout=any", env={LAYOUT: "all-efa"})
        self.assertEqual((run.rc, self.node.controller_calls()), (0, []), run)

    def test_usage(self) -> None:
        for extra in ("--bogus", "extra", "--root"):
            with self.subTest(extra):
                self.assertEqual(self.node.gate(extra).rc, 2)
        self.assertEqual(self.node.gate("--help").rc, 0)
        self.assertIn("efa-layout-prolog ", self.node.gate("--version").out)


if __name__ == "__main__":
    main()
