#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""efa-layout-install(7) on a machine laid out like ParallelCluster's: Slurm below /opt/slurm, folders of prologs and epilogs, settings that
come from the cluster configuration."""

from __future__ import annotations

import re
import sys
import unittest

sys.dont_write_bytecode = True

from page import recipes  # noqa: E402
from place import LIBEXEC, Place  # noqa: E402
from slurm import BUILD_ENV, CONF, SOURCE, RecipeCase, Slurm, lay_out, prepare, with_source  # noqa: E402

HOME = "/opt/slurm"
# As ParallelCluster 3.6.0 and newer has it; PluginDir is what its Slurm is built with.
SHIPPED = f"""{CONF}PluginDir={HOME}/lib/slurm
Prolog={HOME}/etc/scripts/prolog.d/*
Epilog={HOME}/etc/scripts/epilog.d/*
SchedulerParameters=nohold_on_prolog_fail
BatchStartTimeout=180
MessageTimeout=60
include pcluster/custom.conf
""".replace("SlurmctldHost=head", "SlurmctldHost=node1")
# Says whether ours has been here before.
NOTE = """#!/bin/sh
[ ! -e /var/lib/efa-layout/jobs/$SLURM_JOB_ID.{trace}.json ] || echo too late >>/srv/{kind}.order
echo ran >>/srv/{kind}.order
"""
SETTINGS = f"{HOME}/etc/pcluster/custom.conf"
# Cluster level, from the documentation of 3.6.0.
DENIED = set("""communicationparameters epilog grestypes launchparameters prolog reconfigflags resumefailprogram resumeprogram resumetimeout
slurmctldhost slurmctldlogfile slurmctldparameters slurmdlogfile slurmuser suspendexcnodes suspendprogram suspendtime taskplugin
treewidth""".split())


class ParallelCluster(RecipeCase):
    """In the order of their numbers."""

    place: Place
    slurm: Slurm
    before: set[str]

    @classmethod
    def setUpClass(cls) -> None:
        cls.place = place = cls.enterClassContext(Place("node1"))
        cls.slurm = Slurm(HOME, place, place)
        with_source(place)
        lay_out(place, HOME)
        prepare(place)
        place.write(f"{HOME}/etc/slurm.conf", SHIPPED)
        place.write(SETTINGS, "# none\n")
        place.write(f"{HOME}/etc/cgroup.conf", "CgroupPlugin=cgroup/v1\n")
        for kind, trace in ("prolog", "verdict"), ("epilog", "receipt"):
            place.write(f"{HOME}/etc/scripts/{kind}.d/90_pcluster", NOTE.format(kind=kind, trace=trace), 0o755)
        cls.slurm.start()
        cls.before = place.files()

    def update_cluster(self, configuration: str) -> None:
        """As pcluster does it: custom settings are refused by their names, or written into a file that slurm.conf includes."""
        settings = re.findall(r"^      - (\w+): (\S+)$", configuration, re.M)
        self.assertEqual(len(settings), len(configuration.splitlines()) - 3, configuration)
        self.assertEqual({name for name, _ in settings if name.lower() in DENIED}, set())
        self.place.write(SETTINGS, "# custom\n" + "".join(f"{name}={value}\n" for name, value in settings))
        self.slurm.restart()

    def test_1_install(self) -> None:
        self.recipe(self.place, "parallelcluster.node", folder="/srv/packages")
        self.place.use_scripted_probe()
        for _ in range(2):
            self.recipe(self.place, "parallelcluster.head", self.slurm, SOURCE, BUILD_ENV)
        self.assertEqual(self.place.read(f"{HOME}/etc/plugstack.conf").count("include"), 1, "once, though followed twice")
        self.recipe(self.place, "rollout.drain")
        self.recipe(self.place, "parallelcluster.links")
        self.update_cluster(recipes()["parallelcluster.settings"])
        self.assertFalse(self.place.exists(f"{LIBEXEC}/efa-layout-slurm"), "the helper is that of the Slurm below its prefix")

    def test_2_use(self) -> None:
        self.assert_in_use(self.slurm)
        self.assert_doctor_is_content(self.slurm, set())

    def test_3_order(self) -> None:
        """The shipped scripts run, and before ours."""
        job = self.slurm.last_job()["JobId"]
        self.place.wait("receipt", lambda: self.place.exists(f"/var/lib/efa-layout/jobs/{job}.receipt.json"))
        for kind in "prolog", "epilog":
            self.assertEqual(set(self.place.read(f"/srv/{kind}.order").splitlines()), {"ran"}, kind)

    def test_4_drain(self) -> None:
        self.assert_fault_drains(self.slurm)
        self.recipe(self.place, "removal.resume", self.slurm)
        self.assertEqual(self.slurm.wait_state("idle"), "none")

    def test_5_remove(self) -> None:
        self.update_cluster("\n\n\n")
        self.recipe(self.place, "removal.parallelcluster.head", self.slurm, SOURCE)
        self.place.use_own_probe()
        self.recipe(self.place, "removal.programs")
        self.assert_runs_without(self.slurm)
        self.assertEqual({name for name in self.place.files() - self.before if "efa" in name}, set())


if __name__ == "__main__":
    unittest.main(verbosity=2)
