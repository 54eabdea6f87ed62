#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whose GPU is whose: rails of each task, with and without a device cgroup, however GPUs are given to tasks."""

from __future__ import annotations

import os
import shlex
import unittest
from pathlib import Path

from lab import main
from plugin_lab import PluginCase, PluginLab

# Rails of GPU 0 to 7: four on the GPU's own switch, named after their PCI bus.
RAILS = [[f"rdmap{0x4F + 0x11 * gpu + i}s0" for i in range(4)] for gpu in range(8)]
DEVICES = "/dev/nvidia"
# What each task says: the GPUs that it may open, then the variables. An open device of no driver ends with ENXIO.
TASK = """
import errno, os
may = []
for gpu in range(8):
    try:
        os.open(f"/dev/nvidia{gpu}", os.O_RDWR)
    except OSError as error:
        if error.errno == errno.ENXIO:
            may.append(gpu)
env = os.environ.get
print(may, env("EFA_LAYOUT_AFFINITY"), env("EFA_LAYOUT_RAILS"), env("FI_EFA_IFACE"), env("SLURM_STEP_GPUS"), sep=";")
"""


class GpuLab(PluginLab):
    """A p5's GPUs in a /dev of the slurmd's own, with numbers that no driver has: nothing of the machine's is touched.

    constrained: tasks may open their own GPUs alone.
    """

    def __init__(self, constrained: bool) -> None:
        config = {"SelectTypeParameters": "CR_CPU", "TaskPlugin": ""}
        files = {"gres.conf": f"Name=gpu File={DEVICES}[0-7]\n"}
        if constrained:
            config |= {"ProctrackType": "proctrack/cgroup", "TaskPlugin": "task/cgroup"}
            files["cgroup.conf"] = "CgroupPlugin=cgroup/v1\nConstrainDevices=yes\n"
        super().__init__(nodes=1, cpus=8, gpus=8, config=config, files=files)
        # Cgroups are named after the node, which another lab may have too.
        self.names = [f"gpu{os.getpid()}"]

    def start_slurmd(self, name: str) -> None:
        binds = "".join(
            f"touch {DEVICES}{gpu}; mount --bind {self.path}/dev/nvidia{gpu} {DEVICES}{gpu}\n"
            for gpu in range(8)
        )
        script = f"""set -e
            mount --make-rprivate /
            mkdir {self.path}/real {self.path}/top; mount --rbind /dev {self.path}/real
            mount -t tmpfs -o mode=755 tmpfs /dev
            for one in null zero full random urandom tty; do touch /dev/$one; mount --bind {self.path}/real/$one /dev/$one; done
            for one in pts shm; do mkdir /dev/$one; mount --rbind {self.path}/real/$one /dev/$one; done
            ln -s /proc/self/fd /dev/fd; ln -s pts/ptmx /dev/ptmx
            {binds}
            exec slurmd -D -N {shlex.quote(name)}"""
        self._start(f"slurmd.{name}", ["unshare", "-m", "sh", "-c", script], {})

    def stop(self) -> None:
        super().stop()
        for name in self.names:
            for top in Path("/sys/fs/cgroup").glob(f"*/slurm_{name}"):
                for folder, _, _ in os.walk(top, topdown=False):
                    os.rmdir(folder)


class GpuCase(PluginCase):
    constrained = False

    @classmethod
    def make(cls) -> PluginLab:
        return GpuLab(cls.constrained)

    def tasks(self, *argv: str) -> list[list[str]]:
        """What the tasks said, in order of their ids."""
        result = self.lab.srun("-l", *argv, "python3", "-c", TASK, timeout=20)
        self.assertEqual(result.rc, 0, result)
        lines = dict(line.split(": ", 1) for line in result.out.splitlines())
        self.assertEqual(sorted(lines, key=int), [str(i) for i in range(len(lines))])
        return [lines[task].split(";") for task in sorted(lines, key=int)]

    def assert_rails(self, expected: list[list[int]], *argv: str) -> None:
        """The GPUs that each task may open, and those whose rails it has, narrowed to them."""
        tasks = self.tasks("--efa-affinity=gpu", *argv)
        may = expected if self.constrained else [list(range(8))] * len(expected)
        self.assertEqual([task[0] for task in tasks], [str(gpus) for gpus in may])
        for task, gpus in zip(tasks, expected, strict=True):
            rails = ",".join(rail for gpu in gpus for rail in RAILS[gpu])
            self.assertEqual(task[1:4], ["gpu", rails, rails], tasks)


class Ways:
    """All ways in which tasks come to GPUs; the same rails wherever the numbers come from."""

    def test_all_for_every_task(self) -> None:
        self.assert_rails([list(range(8))] * 2, "-n2", "--gres=gpu:8")

    def test_one_each(self) -> None:
        self.assert_rails([[gpu] for gpu in range(8)], "-n8", "--gpus-per-task=1")

    def test_several_each(self) -> None:
        self.assert_rails([[0, 1], [2, 3], [4, 5]], "-n3", "--gpus-per-task=2")

    def test_bound_by_a_list(self) -> None:
        self.assert_rails([[5], [1], [6]], "-n3", "--gres=gpu:8", "--gpu-bind=map_gpu:5,1,6")

    def test_bound_one_by_one(self) -> None:
        self.assert_rails([[0], [1], [2]], "-n3", "--gres=gpu:3", "--gpu-bind=single:1")

    def test_beside_another_job(self) -> None:
        other = self.lab.sbatch("-n1", "--gres=gpu:3", script="#!/bin/sh\nexec sleep 30\n")
        self.addCleanup(self.lab.wait_job, other)
        self.addCleanup(self.lab.run, "scancel", str(other))
        self.lab.wait_job(other, {"RUNNING"})
        self.assert_rails([[3, 4, 5]] * 2, "-n2", "--gres=gpu:3")
        self.assert_rails([[3], [4]], "-n2", "--gpus-per-task=1")

    def test_auto_narrows_nobody(self) -> None:
        for task in self.tasks("-n2", "--gpus-per-task=1"):
            self.assertEqual(task[3], "None")
            self.assertEqual(task[1], "gpu")
        for task in self.tasks("-n2"):
            self.assertEqual(task[3], "None")

    def test_no_gpus(self) -> None:
        tasks = self.tasks("-n2", "--efa-affinity=gpu")
        self.assertEqual([task[4] for task in tasks], ["None"] * 2)
        for task in tasks:
            self.assertIn(task[1], ("numa", "spread"))


class TestUnconstrained(Ways, GpuCase):
    """Slurm's numbers count as the node does."""


class TestConstrained(Ways, GpuCase):
    """Slurm 22.05 gives all tasks with GPUs of their own the first one's number."""

    constrained = True

    @classmethod
    def setUpClass(cls) -> None:
        missing = [name for name in ("devices", "freezer") if not Path(f"/sys/fs/cgroup/{name}/tasks").exists()]
        if missing:
            raise unittest.SkipTest(f"needs cgroup v1 controllers: {', '.join(missing)}")
        super().setUpClass()


if __name__ == "__main__":
    main()
