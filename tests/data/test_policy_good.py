#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Policies that are right: every setting that is in force with the place where it was said, rules, what jobs get, and hints."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import unittest
from pathlib import Path

import policy_good
from policy_kit import SKIP, TOOL, TOP, Folders

JOB = Path(os.environ.get("EFA_LAYOUT_POLICY_JOB", TOP / "build" / "tests" / "data" / "policy_job"))


class Good(Folders):
    def setUp(self) -> None:
        super().setUp()
        settings = json.loads(self.tool("policy", "show", "--json").stdout)["settings"]
        self.presets = {one["name"]: one["default"] for one in settings}
        self.of_jobs = [one["name"] for one in settings if one["of_jobs"]]

    def lines(self, names: list[str], values: policy_good.Values) -> list[str]:
        """As --origin has them."""
        self.assertLessEqual(set(values), set(self.presets))
        said = {name: f"{value}  {place}" for name, (value, place) in values.items()}
        return [f"{name} = {said.get(name, f'{self.presets[name]}  default')}" for name in names]

    def of_job(self, site: Path, facts: str) -> list[str]:
        run = subprocess.run([JOB, site, *facts.split()], capture_output=True, text=True, timeout=60, check=True)
        return run.stdout.replace(f"{site}/", "").splitlines()

    def test_each(self) -> None:
        for good in policy_good.ALL:
            with self.subTest(good.about):
                site = self.site(good.files)
                run = self.tool("policy", "show", "--origin", site=site)
                self.assertEqual((run.returncode, run.stderr), (0, ""))
                shown = run.stdout.replace(f"{site}/", "").splitlines()
                self.assertEqual(shown, self.lines(list(self.presets), good.values) + good.rules)
                for facts, over in good.jobs.items():
                    unknown = [name for name in over if name.startswith("unknown ")]
                    own = {name: value for name, value in over.items() if name not in unknown}
                    self.assertEqual(self.of_job(site, facts), self.lines(self.of_jobs, {**good.values, **own}) + unknown, facts)
                self.expect_valid(good, site)

    def expect_valid(self, good: policy_good.Good, site: Path) -> None:
        rc, lines = self.validate(site, "--trust")
        self.assertEqual((rc, lines[1:]), (0, good.hints))
        rules = len({line.partition(".")[0] for line in good.rules})
        settings = f"{len(good.values)} setting{'s' * (len(good.values) != 1)}, {rules} rule{'s' * (rules != 1)} for jobs, hash "
        self.assertTrue(lines[0].startswith(f"SITE: ok ({settings}"), lines[0])

    def test_enough(self) -> None:
        abouts = [good.about for good in policy_good.ALL]
        self.assertEqual(len(abouts), len(set(abouts)))
        self.assertGreater(len(abouts), 20)
        self.assertGreater(sum(len(good.jobs) for good in policy_good.ALL), 20)

    def test_every_setting_is_set_somewhere(self) -> None:
        """At the least and at the most of what it may be, where those are numbers."""
        settings = json.loads(self.tool("policy", "show", "--json").stdout)["settings"]
        for one in settings:
            values = {good.values[one["name"]][0] for good in policy_good.ALL if one["name"] in good.values}
            self.assertTrue(values, one["name"])
            if one["type"] == "integer":
                self.assertLessEqual({str(one["min"]), str(one["max"])}, values, one["name"])

    def test_shipped_policy(self) -> None:
        """Says what is the default, and everything of it."""
        site = self.site({"policy.json": (TOP / "etc" / "policy.json").read_text()})
        shown = json.loads(self.tool("policy", "show", "--json", site=site).stdout)["settings"]
        for one in shown:
            self.assertEqual(one["value"], one["default"])
            self.assertIsNotNone(one["line"], one["name"])
        self.assertEqual(self.validate(site, "--trust")[1][1:], [])


if __name__ == "__main__":
    for program in (TOOL, JOB):
        if not program.exists():
            print(f"skipped: {program} is not built (EFA_LAYOUT_TOOL and EFA_LAYOUT_POLICY_JOB name them)")
            sys.exit(SKIP)
    unittest.main(verbosity=2)
