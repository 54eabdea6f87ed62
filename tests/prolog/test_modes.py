#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Which of its modes the one program is run in, and what each does when it cannot know anything."""

from __future__ import annotations

import os
import shutil
import unittest
from pathlib import Path

from kit import Node, Run, main, runner

NOT_MADE_FOR = "nothing is checked"


class Modes(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.node = Node("p4d.24xlarge", "efa-only")

    @classmethod
    def tearDownClass(cls) -> None:
        cls.node.__exit__(None, None, None)

    def run_as(self, program: Path, *extra: str, context: str | None) -> Run:
        env = self.node.environment(None, {"SLURM_SCRIPT_CONTEXT": context}, 7)
        return runner.run(self.node.gate_argv(*extra, program=program), env)

    def assert_mode(self, run: Run, mode: str) -> None:
        """Each says in its log what it is called."""
        self.assertEqual(run.rc, 0, run)
        self.assertTrue(run.err.startswith(f"efa-layout-{mode}: "), run)

    def test_words_that_are_no_mode(self) -> None:
        for word in ("", "Prolog", "prologue", "efa-layout-prolog", "prolog,epilog"):
            with self.subTest(word):
                run = self.run_as(runner.PROLOG, "--mode", word, context="prolog_slurmd")
                self.assertEqual(run.rc, 2, run)
                self.assertIn("expected prolog, epilog or health", run.err)

    def test_other_scripts_are_refused_by_whatever_name(self) -> None:
        for program in (runner.PROLOG, runner.EPILOG, runner.HEALTH):
            for context in ("prolog_slurmctld", "epilog_slurmctld", "prolog_task", "", "PROLOG_SLURMD"):
                with self.subTest(program=program.name, context=context):
                    run = self.run_as(program, context=context)
                    self.assertEqual(run.rc, 0, run)
                    self.assertIn(NOT_MADE_FOR, run.err)

    def test_context_comes_before_name(self) -> None:
        for program in (runner.PROLOG, runner.EPILOG, runner.HEALTH):
            with self.subTest(program.name):
                self.assert_mode(self.run_as(program, "--verbose", context="prolog_slurmd"), "prolog")
                self.assert_mode(self.run_as(program, "--verbose", context="epilog_slurmd"), "epilog")

    def test_name_where_there_is_no_context(self) -> None:
        for program, mode in ((runner.PROLOG, "prolog"), (runner.EPILOG, "epilog"), (runner.HEALTH, "health")):
            with self.subTest(mode):
                self.assert_mode(self.run_as(program, "--verbose", context=None), mode)

    def test_option_comes_before_both(self) -> None:
        for mode in ("prolog", "epilog", "health"):
            for context in (None, "prolog_slurmd", "epilog_slurmd"):
                with self.subTest(mode=mode, context=context):
                    run = self.run_as(runner.HEALTH, "--verbose", "--mode", mode, context=context)
                    self.assert_mode(run, mode)

    def test_a_copy_under_another_name_is_the_prolog(self) -> None:
        copy = self.node.path / "site-prolog"
        shutil.copyfile(runner.PROLOG, copy)
        copy.chmod(0o755)
        self.assert_mode(self.run_as(copy, "--verbose", context=None), "prolog")

    def test_an_epilog_never_fails(self) -> None:
        """Anything but 0 drains the node, job after job."""
        for extra in (["--bogus"], ["word"], ["--root"], ["--budget=x"]):
            with self.subTest(extra):
                self.assertEqual(self.run_as(runner.EPILOG, *extra, context="epilog_slurmd").rc, 0)
                self.assertEqual(self.run_as(runner.EPILOG, *extra, context=None).rc, 0)
                self.assertEqual(self.run_as(runner.PROLOG, "--mode", "epilog", *extra, context=None).rc, 0)
                self.assertEqual(self.run_as(runner.PROLOG, *extra, context="prolog_slurmd").rc, 2)
        for name, value in (("SLURM_JOB_ID", None), ("SLURM_JOB_ID", "x"), ("SLURM_JOB_UID", ""),
                            ("SLURMD_NODENAME", "a b")):  # fmt: skip
            with self.subTest(name=name, value=value):
                run = self.node.epilog(env={name: value})
                self.assertEqual(run.rc, 0, run)
                self.assertIn("no receipt", run.err)

    def test_an_epilog_by_hand(self) -> None:
        run = self.node.epilog(env={"SLURM_SCRIPT_CONTEXT": None, "SLURM_JOB_ID": None})
        self.assertEqual(run.rc, 0, run)
        self.assertIn("not run by slurmd", run.err)

    def test_the_links_are_the_program(self) -> None:
        for link in (runner.EPILOG, runner.HEALTH):
            self.assertEqual(os.readlink(link), runner.PROLOG.name)


if __name__ == "__main__":
    main()
