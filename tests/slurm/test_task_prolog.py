#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A site that cannot load plugins: the tool as TaskProlog gives tasks what the plugin does."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import unittest
from collections.abc import Mapping

from lab import Lab, Result, main
from lab.testing import SKIP
from plugin_lab import PluginLab

MARK = re.compile(r"^(\d+): (EFA_LAYOUT|FI_|NCCL_|GLOO_)(\w*)=(.*)$", re.M)


def ours(text: str) -> list[tuple[str, ...]]:
    """The variables that are ours, task by task."""
    return sorted(MARK.findall(text))


class TestTaskProlog(unittest.TestCase):
    plugin: PluginLab
    tool: Lab

    @classmethod
    def setUpClass(cls) -> None:
        cls.plugin = PluginLab(cpus=8, gpus=8)
        cls.enterClassContext(cls.plugin)
        cls.tool = Lab(cpus=8, gpus=8)
        run = cls.plugin.path / "run"
        program = cls.tool.install(os.environ["EFA_LAYOUT_TOOL"])
        cls.tool.settings["TaskProlog"] = str(
            cls.tool.write("task.sh", f"#!/bin/sh\nexec {program} env --task --run-dir {run}\n", 0o755)
        )
        cls.enterClassContext(cls.tool)

    def both(self, *argv: str, env: Mapping[str, str] | None = None) -> tuple[Result, Result]:
        command = ["srun", *argv, "-l", "env"]
        results = tuple(lab.run(*command, user="nobody", env=env or {}) for lab in (self.plugin, self.tool))
        for result in results:
            self.assertEqual(result.rc, 0, result)
        return results[0], results[1]

    def assert_alike(self, *argv: str, env: Mapping[str, str] | None = None) -> list[tuple[str, ...]]:
        first, second = self.both(*argv, env=env)
        self.assertEqual(ours(first.out), ours(second.out))
        return ours(second.out)

    def test_tasks_get_the_same(self) -> None:
        one = self.assert_alike("-n1")
        self.assertIn(("0", "EFA_LAYOUT", "", "efa-only"), one)
        for affinity in ("auto", "gpu", "numa", "spread", "all", "none"):
            found = self.assert_alike("-n4", env={"SLURM_EFA_AFFINITY": affinity})
            rails = {row[3] for row in found if row[2] == "_RAILS"}
            if affinity in ("spread", "all", "none"):
                self.assertEqual(len(rails), {"spread": 4, "all": 1, "none": 0}[affinity])

    def test_gpus(self) -> None:
        found = self.assert_alike("-n4", "--gpus-per-task=1", env={"SLURM_EFA_AFFINITY": "gpu"})
        rails = {row[0]: row[3] for row in found if row[2] == "_RAILS"}
        self.assertEqual(len(set(rails.values())), 4)
        self.assertEqual({len(text.split(",")) for text in rails.values()}, {4})

    def test_wishes(self) -> None:
        self.assertEqual(self.assert_alike("-n2", env={"SLURM_NO_EFA_ENV": "1"}), [])
        self.assertEqual(self.assert_alike("-n1", env={"SLURM_EFA_LAYOUT": "none"}), [])
        found = self.assert_alike("-n1", env={"FI_PROVIDER": "tcp", "FI_EFA_MTU_SIZE": "4096"})
        self.assertIn(("0", "FI_", "PROVIDER", "tcp"), found)
        self.assertNotIn("EFA_MTU_SIZE", [row[2] for row in found])

    def test_says_what_the_plugin_says(self) -> None:
        for env in ({"SLURM_EFA_VERBOSE": "1", "SLURM_EFA_AFFINITY": "spread"}, {"FI_EFA_MTU_SIZE": "4096"}):
            first, second = self.both("-n2", env=env)
            said = [sorted(re.findall(r"efa-layout: .*", result.err + result.out)) for result in (first, second)]
            self.assertTrue(said[0])
            self.assertEqual(*said)

    def test_nonsense_fails_nothing(self) -> None:
        env = {"SLURM_EFA_AFFINITY": "$(id)\n", "SLURM_EFA_LAYOUT_JOB_REQUEST": "v1;x" * 99, "EFA_LAYOUT_SET": "a:b,,:"}
        result = self.tool.srun("-n1", "env", env=env)
        self.assertEqual(result.rc, 0, result)
        self.assertIn("EFA_LAYOUT=efa-only", result.out)
        self.assertIn("warning: SLURM_EFA_AFFINITY: --efa-affinity=$(id)?: expected one of", result.out)

    def test_batch_scripts_and_their_steps(self) -> None:
        script = "#!/bin/sh\nenv | sed 's/^/0: /'\nsrun -n2 -l env | sed 's/^/1/'\n"
        texts = []
        for lab in (self.plugin, self.tool):
            job = lab.sbatch("-n2", script=script, env={"SLURM_EFA_AFFINITY": "spread"})
            self.assertEqual(lab.wait_job(job)["JobState"], "COMPLETED", lab.output(job))
            texts.append(ours(lab.output(job)))
        self.assertEqual(*texts)

    def test_without_a_map(self) -> None:
        self.plugin.no_map()
        self.addCleanup(self.plugin.map)
        self.assertEqual(self.assert_alike("-n1"), [])
        result = self.tool.srun("-n2", "true", env={"SLURM_EFA_LAYOUT": "any"})
        self.assertEqual(result.rc, 0, result)
        self.assertEqual(result.out.count("efa-layout: warning: "), 1, result)

    def test_for_a_shell(self) -> None:
        path = self.plugin.path / "run"
        program = os.environ["EFA_LAYOUT_TOOL"]
        script = f'eval "$({program} env --run-dir {path})"; env'
        env = {"PATH": "/usr/bin:/bin", "EFA_LAYOUT_RAILS": "old", "EFA_LAYOUT_LIBFABRIC": "2.3"}
        result = subprocess.run(["sh", "-c", script], env=env, capture_output=True, text=True, check=True)
        self.assertIn("EFA_LAYOUT_RAIL_COUNT=32\n", result.stdout)
        self.assertNotIn("=old\n", result.stdout)


if __name__ == "__main__":
    if not os.access(os.environ.get("EFA_LAYOUT_TOOL", ""), os.X_OK):
        print("skipped: EFA_LAYOUT_TOOL names no program")
        sys.exit(SKIP)
    main()
