# SPDX-License-Identifier: Apache-2.0
"""Slurm on a place: where it is laid out, its daemons, and what users do with it."""

from __future__ import annotations

import os
import re
import unittest
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from page import recipes
from place import ADDRESS, TOP, Place

# Packages, and a build folder that all recipes share.
PACKAGES = [Path(name) for name in os.environ.get("EFA_LAYOUT_PACKAGES", "").split(":") if name]
BUILT = Path(os.environ.get("EFA_LAYOUT_RECIPES_BUILT", TOP / "build" / "recipes"))
SOURCE = "/usr/src/efa-layout"
LIB = "usr/lib/x86_64-linux-gnu"
CLIENTS = "srun sbatch salloc scancel scontrol sinfo squeue"
KEY = os.urandom(128)
# libslurm is loaded where it belongs, and by a libc that may be newer than the one here. Ninja uses all processors by itself.
BUILD_ENV = {"LDFLAGS": "-Wl,--allow-shlib-undefined", "CMAKE_GENERATOR": "Ninja"}

CONF = f"""ClusterName=test
SlurmctldHost=head({ADDRESS})
SlurmUser=root
StateSaveLocation=/var/spool/slurm/state
SlurmdSpoolDir=/var/spool/slurm/d
SlurmdDebug=debug2
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
NodeName=node1 NodeHostname=node1 NodeAddr={ADDRESS} CPUs=2
PartitionName=p Nodes=ALL Default=YES
"""
JOB = "#!/bin/sh\necho it ran\n"


@dataclass
class Slurm:
    """One on controller and node, which may be one place. home: "/usr", or what it is installed below."""

    home: str
    controller: Place
    node: Place
    conf: str = "/etc/slurm/slurm.conf"
    configless: bool = False
    controller_home: str = ""  # where it is another than home

    def variables(self) -> dict[str, str]:
        path = "/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"
        return {"PATH": path if self.home == "/usr" else f"{self.home}/bin:{path}"}

    def start(self) -> None:
        self.start_controller()
        self.start_node()
        self.wait_state("idle")

    def start_controller(self) -> None:
        self.controller.start("slurmctld", f"{self.controller_home or self.home}/sbin/slurmctld", "-D", "-f", self.conf)

    def start_node(self) -> None:
        where = ["--conf-server", "head"] if self.configless else ["-f", self.conf]
        words = [] if self.home == "/usr" else ["-d", f"{self.home}/sbin/slurmstepd"]
        self.node.start("slurmd", f"{self.home}/sbin/slurmd", "-D", "-N", "node1", *where, *words)

    def restart(self) -> None:
        self.stop()
        self.start()

    def stop(self) -> None:
        self.node.stop("slurmd")
        self.controller.stop("slurmctld")

    # On the node, which has the client's commands as well.

    def state(self) -> str:
        return self.node.try_run(["sinfo", "-h", "-N", "-o", "%T|%E"], self.variables()).stdout.strip()

    def wait_state(self, state: str) -> str:
        """Returns the reason."""
        try:
            self.node.wait(f"{state} node", lambda: self.state().startswith(f"{state}|"))
        except AssertionError as error:
            raise AssertionError(f"{error}{self.controller.logs()}") from error
        return self.state().partition("|")[2]

    def _as_user(self, command: str) -> str:
        return f"cd /srv/jobs && exec setpriv --reuid nobody --regid nogroup --clear-groups {command}"

    def srun(self, *options: str, place: Place | None = None) -> tuple[int, str]:
        """Exit status of a job that says "it ran", and what its user sees. place: where it is submitted, if not on the node."""
        done = (place or self.node).try_run(self._as_user(f"srun {' '.join(options)} sh -c 'echo it ran; env | sed -n /^EFA_LAYOUT/p'"), self.variables())
        return done.returncode, done.stdout

    def last_job(self) -> dict[str, str]:
        shown = self.node.run(["scontrol", "-o", "show", "job"], self.variables())
        jobs = [dict(word.partition("=")[::2] for word in line.split()) for line in shown.splitlines()]
        return max(jobs, key=lambda job: int(job["JobId"]))


class RecipeCase(unittest.TestCase):
    """What holds in every environment when its recipe was followed."""

    @staticmethod
    def recipe(place: Place, name: str, slurm: Slurm | None = None, folder: str = "/", env: Mapping[str, str] = {}) -> str:
        variables = (slurm.variables() if slurm else {}) | dict(env)
        return place.run(f"cd {folder}\n{recipes()[name]}", variables, timeout=300)

    def assert_in_use(self, slurm: Slurm) -> None:
        """Options are known, a wish is refused without harm to the node, a job runs with an environment, and its verdict is kept."""
        place = slurm.node
        rc, said = slurm.srun("--efa-layout=help")
        self.assertIn("efa-only", said)
        self.assertNotIn("it ran", said)
        rc, said = slurm.srun("--efa-layout=all-efa")
        self.assertNotEqual(rc, 0)
        self.assertIn("E150 --efa-layout=all-efa", said)
        self.assertNotIn("it ran", said)
        place.wait("end of the refused job", lambda: slurm.last_job()["JobState"] == "FAILED")
        self.assertEqual(slurm.last_job()["ExitCode"], "78:0", "by the helper: scancel would have left CANCELLED")
        self.assertEqual(slurm.wait_state("idle"), "none")
        rc, said = slurm.srun("--efa-layout=efa-only")
        self.assertEqual(rc, 0, said + place.logs())
        self.assertIn("it ran", said)
        self.assertIn("EFA_LAYOUT_RAILS=", said)
        job = slurm.last_job()["JobId"]
        # Its status is the verdict's, and the machine may bound locked memory.
        explained = place.try_run(["efa-layout", "explain", job]).stdout
        self.assertIn(f"job         {job} of uid 65534, asked for efa-only", explained)
        self.assertIn("4 of 4 rails passed", explained)

    def doctor(self, slurm: Slurm) -> set[str]:
        """What the tool finds wrong, doubtful or cannot find out on the node."""
        said = slurm.node.try_run(["efa-layout", "doctor"], slurm.variables()).stdout
        self.assertRegex(said, r"(?m)^ok +slurm-conf ")
        return set(re.findall(r"^(?:fail|warn|unknown) +([a-z-]+)", said, re.M))

    def assert_doctor_is_content(self, slurm: Slurm, known: set[str]) -> None:
        """known: what it cannot be content with here. Tests may not lift the machine's bound of locked memory."""
        self.assertLessEqual(self.doctor(slurm), known | {"memlock"})

    def assert_fault_drains(self, slurm: Slurm) -> None:
        slurm.node.break_rail()
        rc, said = slurm.srun("--efa-check=full")
        self.assertNotEqual(rc, 0)
        self.assertNotIn("it ran", said)
        self.assertIn("efa-layout: E208 rail", slurm.wait_state("drained"))
        slurm.node.heal()

    def assert_runs_without(self, slurm: Slurm) -> None:
        rc, said = slurm.srun()
        self.assertEqual((rc, said), (0, "it ran\n"))
        rc, said = slurm.srun("--efa-layout=any")
        self.assertNotEqual(rc, 0)
        self.assertIn("unrecognized option", said)


def with_source(place: Place) -> None:
    """The source where recipes are followed, with the packages and the shared build folder in it."""
    place.share(TOP, SOURCE)
    (BUILT / "slurm").mkdir(parents=True, exist_ok=True)
    # What was compiled for another recipe serves this one; what was set for it does not.
    (BUILT / "slurm" / "CMakeCache.txt").unlink(missing_ok=True)
    place.share(BUILT, f"{SOURCE}/build")
    for package in PACKAGES:
        place.copy(package, f"/srv/packages/{package.name}")


def lay_out(place: Place, prefix: str, copy: str = "cp -rs") -> None:
    """The machine's own Slurm as one that was built for prefix: moved, so that nothing of it is where it was but its plugins, which it is
    linked with by their path. copy: "cp -r" where these will not be there later."""
    place.run(f"""mkdir -p {prefix}/bin {prefix}/sbin {prefix}/lib/slurm {prefix}/etc
for one in slurmctld slurmd slurmstepd; do cp /usr/sbin/$one-wlm {prefix}/sbin/$one; rm /usr/sbin/$one*; done
for one in {CLIENTS}; do mv /usr/bin/$one {prefix}/bin/; done
{copy} /{LIB}/slurm-wlm/. {prefix}/lib/slurm/
mkdir {prefix}/include; mv /usr/include/slurm {prefix}/include/
cp -a /{LIB}/libslurm.so* {prefix}/lib/
rm /{LIB}/libslurm.so
rm -rf /etc/slurm; ln -s {prefix}/etc /etc/slurm""")


def prepare(place: Place) -> None:
    """What a machine has before anything of ours: munge, and no index of manual pages that takes long to make."""
    place.run("rm -f /var/lib/man-db/auto-update")
    place.write("/srv/munge.key", "")
    place.run("chmod 600 /srv/munge.key; chown munge /srv/munge.key")
    place.write("/srv/munge.key", KEY.hex(), 0o600)
    place.start_munge()
