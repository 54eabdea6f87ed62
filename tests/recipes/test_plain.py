#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""efa-layout-install(7) on a Debian with its own Slurm: packages, the three steps of the roll-out on a node with a fault, removal."""

from __future__ import annotations

import sys
import unittest

sys.dont_write_bytecode = True

from page import recipes  # noqa: E402
from place import LIBEXEC, Place  # noqa: E402
from slurm import CONF, RecipeCase, Slurm, prepare, with_source  # noqa: E402



class Plain(RecipeCase):
    """In the order of their numbers."""

    place: Place
    slurm: Slurm
    before: set[str]

    @classmethod
    def setUpClass(cls) -> None:
        cls.place = place = cls.enterClassContext(Place("node1"))
        cls.slurm = Slurm("/usr", place, place)
        with_source(place)
        prepare(place)
        place.write("/etc/slurm/slurm.conf", CONF.replace("SlurmctldHost=head", "SlurmctldHost=node1"))
        place.write("/etc/slurm/cgroup.conf", "CgroupPlugin=cgroup/v1\n")
        place.write("/etc/slurm/plugstack.conf", "# SchedMD's packages have none\n")
        cls.slurm.start()
        cls.before = place.files()

    def systemctl(self) -> list[str]:
        """What recipes have asked of systemd since."""
        asked = self.place.read("/srv/systemctl").splitlines()
        self.place.run(["rm", "/srv/systemctl"])
        return asked

    def test_1_install(self) -> None:
        self.recipe(self.place, "plain.host", folder="/srv/packages")
        self.place.use_scripted_probe()
        self.recipe(self.place, "plain.node")
        self.assertEqual(self.systemctl(), ["daemon-reload"])
        self.recipe(self.place, "rollout.report")
        self.recipe(self.place, "plain.slurm.conf")
        self.recipe(self.place, "plain.controller")
        self.recipe(self.place, "plain.restart")
        self.assertEqual(self.systemctl(), ["restart slurmctld", "restart slurmd"])
        self.slurm.restart()

    def test_2_report_only(self) -> None:
        """A fault and a wish that cannot be met change nothing; log and report say what would be done."""
        self.place.break_rail()
        for options in (), ("--efa-layout=all-efa",):
            rc, said = self.slurm.srun("--efa-check=full", *options)
            self.assertEqual(rc, 0, said)
            self.assertIn("it ran", said)
        self.assertEqual(self.slurm.wait_state("idle"), "none")
        self.assertIn("would drain the node and send the job elsewhere if action.enforce were true", self.place.log("slurmd"))
        looked = self.place.try_run("set +e\n" + recipes()["rollout.look"]).stdout
        self.assertIn("faulty: E208", looked)
        self.assertIn("would drain the node", looked)

    def test_3_warn(self) -> None:
        """The node stays, with a warning; the wish is refused."""
        self.recipe(self.place, "rollout.warn")
        rc, said = self.slurm.srun("--efa-check=full")
        self.assertEqual(rc, 0, said)
        self.assertIn("it ran", said)
        self.assertRegex(self.place.log("slurmd"), r"job allowed with a warning .*: faulty: E208 rail")
        self.assertEqual(self.slurm.wait_state("idle"), "none")
        self.place.heal()
        self.assert_in_use(self.slurm)
        self.assert_doctor_is_content(self.slurm, set())

    def test_4_drain(self) -> None:
        self.recipe(self.place, "rollout.drain")
        self.assert_fault_drains(self.slurm)
        self.recipe(self.place, "removal.resume", self.slurm)
        self.assertEqual(self.slurm.wait_state("idle"), "none")

    def test_5_resumes_no_other(self) -> None:
        self.place.run("scontrol update NodeName=node1 State=DRAIN Reason='bad fan, not efa-layout: x'")
        self.recipe(self.place, "removal.resume", self.slurm)
        self.assertEqual(self.slurm.wait_state("drained"), "bad fan, not efa-layout: x")
        self.place.run("scontrol update NodeName=node1 State=RESUME")

    def test_6_remove(self) -> None:
        self.recipe(self.place, "removal.plain.settings")
        self.slurm.restart()
        self.place.use_own_probe()
        self.recipe(self.place, "removal.plain.files")
        self.assert_runs_without(self.slurm)
        left = {name for name in self.place.files() - self.before if "efa" in name}
        self.assertEqual(left, set())
        self.assertNotIn("efa-layout", self.place.read("/etc/slurm/slurm.conf"))
        self.assertFalse(self.place.exists(LIBEXEC))


if __name__ == "__main__":
    unittest.main(verbosity=2)
