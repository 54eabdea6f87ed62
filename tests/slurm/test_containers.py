#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tasks in a container as pyxis makes one: the image's variables are put over those of each task."""

from __future__ import annotations

import os
import subprocess
import sys

from lab import Result, main, missing
from lab.testing import SKIP
from plugin_lab import REFUSED_THERE, TOP, PluginCase, PluginLab
from test_environment import ALL, RAILS, environments

SHIPPED = next((TOP / "etc" / "plugstack.conf.d").glob("*.conf.in"))
# The image hands on what the task has that starts the container.
REFERENCE = "FI_EFA_IFACE=${FI_EFA_IFACE}"
Tasks = dict[int, dict[str, str]]


class ContainerLab(PluginLab):
    """Our shipped line in a file of this name, beside pyxis.conf."""

    def __init__(self, name: str = SHIPPED.stem) -> None:
        super().__init__(nodes=1, cpus=8, gpus=8)
        line = SHIPPED.read_text().replace("@SLURM_PLUGIN_DIR@", str(self.path)).rstrip()
        arguments = self.plugstack.split(maxsplit=2)[2]
        self.write(f"plugstack.conf.d/{name}", f"{line} {arguments}\n")
        plugin = self.install(os.environ["EFA_LAYOUT_CONTAINER_PLUGIN"])
        self.write("plugstack.conf.d/pyxis.conf", f"required {plugin} {self.path}\n")
        self.plugstack = "include plugstack.conf.d/*.conf"


class ContainerCase(PluginCase):
    def inside(self, *argv: str, image: str, env: dict[str, str]) -> tuple[Tasks, Result]:
        """What the tasks have; each of them has looked for the node's files."""
        script = f"env; for f in {self.lab.path}/*; do echo SEEN=$f; done"
        result = self.lab.srun("-l", *argv, f"--container-image=IMAGE=1;{image}",
                               "sh", "-c", script, env=env)  # fmt: skip
        self.assertEqual(result.rc, 0, result)
        tasks = environments(result.out)
        self.assertIn(1, tasks, result)
        for task in tasks.values():
            self.assertEqual((task["IMAGE"], task["SEEN"]), ("1", f"{self.lab.path}/*"))
        return tasks, result

    def tasks(self, *argv: str, image: str = "LANG=C", **env: str) -> Tasks:
        return self.inside(*argv, image=image, env=env)[0]


class TestAfterPyxis(ContainerCase):
    """The line as it is shipped."""

    @classmethod
    def make(cls) -> PluginLab:
        return ContainerLab()

    def test_refused_like_any_other(self) -> None:
        result = self.lab.srun("-n2", "--efa-layout=all-efa", "--container-image=IMAGE=1", "env")
        self.assertEqual(result.rc, REFUSED_THERE, result)
        self.assertEqual(result.err.count("node n1 has another layout (efa-only)"), 1, result)
        self.assertEqual(result.out, "")
        self.assert_idle()

    def test_each_task_keeps_its_rails(self) -> None:
        tasks = self.tasks("-n8", "--efa-affinity=spread")
        self.assertEqual(sorted(tasks), list(range(8)))
        rails = [rail for task in tasks.values() for rail in task["EFA_LAYOUT_RAILS"].split(",")]
        self.assertEqual(sorted(rails), sorted(ALL))
        for task in tasks.values():
            self.assertEqual(task["FI_EFA_IFACE"], task["EFA_LAYOUT_RAILS"])

    def test_each_gpu_has_its_own(self) -> None:
        tasks = self.tasks("-n8", "--gres=gpu:8", "--gpus-per-task=1", "--efa-affinity=gpu")
        self.assertEqual({task["SLURM_STEP_GPUS"] for task in tasks.values()}, set("01234567"))
        for task in tasks.values():
            self.assertEqual(task["FI_EFA_IFACE"].split(","), RAILS[int(task["SLURM_STEP_GPUS"])])
            self.assertEqual(task["FI_EFA_IFACE"], task["EFA_LAYOUT_RAILS"])

    def test_steps_of_a_batch_job(self) -> None:
        """What the batch script was given is neither a wish of the user's nor one of the image's."""
        script = "#!/bin/sh\nsrun -l --container-image='FI_PROVIDER=tcp' env\n"
        job = self.lab.sbatch("-n2", "--efa-affinity=spread", script=script)
        self.assertEqual(self.lab.wait_job(job)["JobState"], "COMPLETED", self.lab.output(job))
        tasks = environments(self.lab.output(job))
        for task, rails in ((0, ALL[:16]), (1, ALL[16:])):
            self.assertEqual(sorted(tasks[task]["FI_EFA_IFACE"].split(",")), sorted(rails))
            self.assertEqual(tasks[task]["FI_PROVIDER"], "tcp")

    def test_defaults_are_the_images(self) -> None:
        image = "FI_PROVIDER=tcp;NCCL_SOCKET_IFNAME=eth9;FI_EFA_IFACE=rdmap79s0"
        tasks = self.tasks("-n2", "--efa-affinity=spread", image=image, FI_PROVIDER="sockets")
        for task in tasks.values():
            self.assertEqual(task["FI_PROVIDER"], "tcp")
            self.assertEqual(task["NCCL_SOCKET_IFNAME"], "eth9")
            self.assertEqual(task["FI_EFA_IFACE"], "rdmap79s0")
            self.assertEqual(task["GLOO_SOCKET_IFNAME"], "enp71s0")
            self.assertEqual(task["EFA_LAYOUT_RAIL_COUNT"], "16")

    def test_the_users_own_if_kept(self) -> None:
        for task in self.tasks("-n2", "--container-env=FI_PROVIDER", image="FI_PROVIDER=tcp",
                               FI_PROVIDER="sockets").values():  # fmt: skip
            self.assertEqual(task["FI_PROVIDER"], "sockets")

    def test_all_else_stands_over_the_image(self) -> None:
        rules = self.lab.write("rules.json", '{"environment": ['
                               '{"name": "FI_PROVIDER", "value": "efa", "mode": "force"},'
                               '{"name": "FI_EFA_MTU_SIZE", "mode": "unset"}]}')  # fmt: skip
        self.lab.map(rules=rules)
        image = "FI_PROVIDER=tcp;FI_EFA_MTU_SIZE=4096;EFA_LAYOUT_RAILS=x"
        tasks, result = self.inside("-n2", "--efa-affinity=spread", image=image, env={})
        for task in tasks.values():
            self.assertEqual(task["FI_PROVIDER"], "efa")
            self.assertEqual(len(task["EFA_LAYOUT_RAILS"].split(",")), 16)
            self.assertNotIn("FI_EFA_MTU_SIZE", task)
        self.assertEqual(result.err.count("FI_EFA_MTU_SIZE is removed"), 1, result)

    def test_image_that_refers_to_the_first_task(self) -> None:
        """Nobody has set it yet when the container starts."""
        tasks = self.tasks("-n4", "--efa-affinity=spread", image=REFERENCE)
        self.assertEqual(len({task["FI_EFA_IFACE"] for task in tasks.values()}), 4)
        for task in tasks.values():
            self.assertEqual(task["FI_EFA_IFACE"], task["EFA_LAYOUT_RAILS"])

    def test_libfabric_of_the_image(self) -> None:
        """The node's can be narrowed, one before 2.0 cannot; the image says so, or the job."""
        name = "EFA_LAYOUT_LIBFABRIC"
        for image, env in ((f"{name}=1.22", {}), ("LANG=C", {name: "1.22"})):
            for task in self.tasks("-n2", "--efa-affinity=spread", image=image, **env).values():
                self.assertEqual(task[name], "1.22")
                self.assertEqual(task["EFA_LAYOUT_RAIL_COUNT"], "16")
                self.assertNotIn("FI_EFA_IFACE", task)


class TestBeforePyxis(ContainerCase):
    """Why the file's name begins with zz."""

    @classmethod
    def make(cls) -> PluginLab:
        return ContainerLab(SHIPPED.stem.removeprefix("zz-"))

    def test_what_harms_comes_back(self) -> None:
        for task in self.tasks("-n2", image="FI_EFA_MTU_SIZE=4096").values():
            self.assertEqual(task["FI_EFA_MTU_SIZE"], "4096")

    def test_all_tasks_get_the_first_ones(self) -> None:
        tasks = self.tasks("-n4", "--efa-affinity=spread", image=REFERENCE)
        self.assertEqual(len({task["EFA_LAYOUT_RAILS"] for task in tasks.values()}), 4)
        self.assertEqual(len({task["FI_EFA_IFACE"] for task in tasks.values()}), 1)

    def test_libfabric_of_the_image_does_not_count(self) -> None:
        for task in self.tasks("-n2", "--efa-affinity=spread",
                               image="EFA_LAYOUT_LIBFABRIC=1.22").values():  # fmt: skip
            self.assertIn("FI_EFA_IFACE", task)


def no_namespaces() -> bool:
    """May users not make namespaces of their own here, such as where a container forbids it?"""
    argv = ["setpriv", "--reuid=nobody", "--clear-groups", "unshare", "--user", "--mount", "true"]
    return missing() is None and subprocess.run(argv, capture_output=True).returncode != 0


if __name__ == "__main__":
    if no_namespaces():
        print("skipped: needs user namespaces for every user")
        sys.exit(SKIP)
    main()
