#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What tasks get: rails by GPU and by CPU, rules, launchers, and nodes without a node map."""

from __future__ import annotations

import json
from pathlib import Path

from lab import Result, main
from plugin_lab import PluginCase, PluginLab

# Rails of GPU 0 to 7: four on the GPU's own switch, named after their PCI bus.
RAILS = [[f"rdmap{0x4F + 0x11 * gpu + i}s0" for i in range(4)] for gpu in range(8)]
ALL = [rail for rails in RAILS for rail in rails]
OURS = ("EFA_", "FI_", "NCCL_", "GLOO_")


def environments(text: str) -> dict[int, dict[str, str]]:
    """SLURM_LOCALID -> environment, from tasks that ran `srun -l env`."""
    result: dict[int, dict[str, str]] = {}
    for line in text.splitlines():
        task, _, pair = line.partition(": ")
        name, _, value = pair.partition("=")
        result.setdefault(int(task), {})[name] = value
    return result


def ours(environment: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(OURS)}


class EnvironmentCase(PluginCase):
    def tasks(self, *argv: str, env: dict[str, str] | None = None) -> dict[int, dict[str, str]]:
        result = self.lab.srun("-l", *argv, "env", env=env)
        self.assertEqual(result.rc, 0, result)
        return environments(result.out)

    def task(self, *argv: str, **env: str) -> dict[str, str]:
        return self.tasks(*argv, env=env)[0]

    def assert_warned(self, result: Result, sentence: str, times: int = 1) -> None:
        self.assertEqual(result.rc, 0, result)
        self.assertEqual(result.err.count("efa-layout: warning: "), times, result)
        self.assertEqual(result.err.count(sentence), times, result)


class TestRails(EnvironmentCase):
    @classmethod
    def make(cls) -> PluginLab:
        return PluginLab(nodes=1, cpus=8, gpus=8)

    def test_each_gpu_has_its_own(self) -> None:
        tasks = self.tasks("-n8", "--gres=gpu:8", "--gpus-per-task=1", "--efa-affinity=gpu",
                           "--efa-layout=efa-only")  # fmt: skip
        self.assertEqual(sorted(tasks), list(range(8)))
        seen = set()
        for task in tasks.values():
            gpu = int(task["SLURM_STEP_GPUS"])
            seen.add(gpu)
            self.assertEqual(task["EFA_LAYOUT_RAILS"].split(","), RAILS[gpu])
            self.assertEqual(task["FI_EFA_IFACE"].split(","), RAILS[gpu])
            self.assertEqual(task["EFA_LAYOUT_RAIL_COUNT"], "4")
            self.assertEqual(task["EFA_LAYOUT_AFFINITY"], "gpu")
        self.assertEqual(seen, set(range(8)))

    def test_several_gpus_of_one_task(self) -> None:
        for task in self.tasks("-n4", "--gres=gpu:8", "--gpus-per-task=2",
                               "--efa-affinity=gpu").values():  # fmt: skip
            gpus = [int(gpu) for gpu in task["SLURM_STEP_GPUS"].split(",")]
            self.assertEqual(len(gpus), 2)
            expected = sorted(rail for gpu in gpus for rail in RAILS[gpu])
            self.assertEqual(sorted(task["EFA_LAYOUT_RAILS"].split(",")), expected)

    def test_auto_does_not_narrow_gpu_tasks(self) -> None:
        for task in self.tasks("-n8", "--gres=gpu:8", "--gpus-per-task=1").values():
            self.assertEqual(
                task["EFA_LAYOUT_RAILS"].split(","), RAILS[int(task["SLURM_STEP_GPUS"])]
            )
            self.assertNotIn("FI_EFA_IFACE", task)

    def test_tasks_share_rails_evenly(self) -> None:
        tasks = self.tasks("-n8", "--efa-affinity=spread")
        rails = [rail for task in tasks.values() for rail in task["EFA_LAYOUT_RAILS"].split(",")]
        self.assertEqual(sorted(rails), sorted(ALL))
        self.assertEqual({task["EFA_LAYOUT_RAIL_COUNT"] for task in tasks.values()}, {"4"})

    def test_numa_by_cpus(self) -> None:
        # Whatever the machine, its first CPUs are on the map's first NUMA node.
        for task in self.tasks("-n2", "--efa-affinity=numa").values():
            self.assertEqual(task["EFA_LAYOUT_AFFINITY"], "numa")
            self.assertLessEqual(set(task["EFA_LAYOUT_RAILS"].split(",")), set(ALL[:16]))

    def test_all_and_none(self) -> None:
        task = self.task("--efa-affinity=all")
        self.assertEqual(task["EFA_LAYOUT_RAILS"].split(","), ALL)
        self.assertNotIn("FI_EFA_IFACE", task)
        task = self.task("--efa-affinity=none")
        self.assertEqual(task["EFA_LAYOUT_RAIL_COUNT"], "0")
        self.assertNotIn("EFA_LAYOUT_RAILS", task)
        self.assertEqual(task["FI_PROVIDER"], "efa")


class TestVariables(EnvironmentCase):
    @classmethod
    def make(cls) -> PluginLab:
        return PluginLab(
            config={
                "LaunchParameters": "use_interactive_step",
                "InteractiveStepOptions": '"--interactive --preserve-env env"',
            }
        )

    def test_without_options(self) -> None:
        task = self.task()
        self.assertEqual(task["EFA_LAYOUT"], "efa-only")
        self.assertEqual(task["EFA_LAYOUT_VERDICT"], "healthy")
        self.assertEqual(task["EFA_LAYOUT_PRIMARY_NETDEV"], "enp71s0")
        self.assertEqual(task["NCCL_SOCKET_IFNAME"], "enp71s0")
        self.assertEqual(task["FI_PROVIDER"], "efa")

    def test_the_same_for_root(self) -> None:
        result = self.lab.srun("-l", "env", user="root")
        self.assertEqual(ours(environments(result.out)[0]), ours(self.task()))

    def test_what_the_user_set_stays(self) -> None:
        task = self.task("--efa-affinity=spread", FI_PROVIDER="tcp", FI_EFA_IFACE="rdmap79s0")
        self.assertEqual(task["FI_PROVIDER"], "tcp")
        self.assertEqual(task["FI_EFA_IFACE"], "rdmap79s0")

    def test_what_harms_is_removed_and_said(self) -> None:
        result = self.lab.srun("-n2", "-l", "env", env={"FI_EFA_MTU_SIZE": "4096"})
        for task in environments(result.out).values():
            self.assertNotIn("FI_EFA_MTU_SIZE", task)
        self.assert_warned(result, "FI_EFA_MTU_SIZE is removed")

    def test_mpi_as_slurm_says_it(self) -> None:
        rules = [{"name": f"FI_FOR_{mpi}", "mode": "force", "value": "yes", "when": {"mpi": mpi}}
                 for mpi in ("none", "pmi2", "pmix")]  # fmt: skip
        self.addCleanup(self.lab.map)
        self.lab.map(rules=self.lab.write("rules.json", json.dumps({"environment": rules})))
        for option, expected in ("--mpi=none", "FI_FOR_none"), ("--mpi=pmi2", "FI_FOR_pmi2"):
            self.assertEqual([name for name in self.task(option) if name.startswith("FI_")], [expected])

    def test_libfabric_of_the_job(self) -> None:
        script = "".join(f"{words} srun -n1 -l env | sed 's/^/{step}/'\n" for step, words in (
            (1, "EFA_LAYOUT_LIBFABRIC=1.17"), (2, ""), (3, "EFA_LAYOUT_LIBFABRIC=2.3-rc")))  # fmt: skip
        tasks = environments(
            "\n".join(line for line in self.batch("--efa-affinity=spread", script=script).splitlines()
                      if "efa-layout: warning" not in line)
        )  # fmt: skip
        used = [tasks[step]["EFA_LAYOUT_LIBFABRIC"] for step in (10, 20, 30)]
        self.assertEqual(used, ["1.17", "2.1", "2.1"])
        self.assertEqual(["FI_EFA_IFACE" in tasks[step] for step in (10, 20, 30)], [False, True, True])

    def test_none_leaves_everything(self) -> None:
        self.assertEqual(ours(self.task("--efa-layout=none")), {})

    def test_policy_leaves_everything(self) -> None:
        self.lab.map(default="none")
        self.assertEqual(ours(self.task()), {})
        self.assertEqual(self.task("--efa-layout=any")["EFA_LAYOUT"], "efa-only")

    def batch(self, *argv: str, script: str) -> str:
        job = self.lab.sbatch(*argv, script="#!/bin/sh\n" + script)
        self.assertEqual(self.lab.wait_job(job)["JobState"], "COMPLETED", self.lab.output(job))
        return self.lab.output(job)

    def test_batch_scripts_are_launchers(self) -> None:
        script = "env | sed 's/^/0: /'\nsrun -n2 -l env | sed 's/^/1/'\n"
        text = self.batch("-n2", "--efa-affinity=spread", script=script)
        tasks = environments(text)
        self.assertEqual(tasks[0]["EFA_LAYOUT_RAILS"].split(","), ALL)
        self.assertEqual(tasks[0]["EFA_LAYOUT_AFFINITY"], "all")
        self.assertNotIn("FI_EFA_IFACE", tasks[0])
        for task, rails in ((10, ALL[:16]), (11, ALL[16:])):
            self.assertEqual(tasks[task]["EFA_LAYOUT_AFFINITY"], "spread")
            self.assertEqual(tasks[task]["EFA_LAYOUT_RAIL_COUNT"], "16")
            self.assertEqual(tasks[task]["FI_EFA_IFACE"], tasks[task]["EFA_LAYOUT_RAILS"])

    def test_export_none(self) -> None:
        script = "/usr/bin/env | /usr/bin/sed 's/^/0: /'\n"
        text = self.batch("--export=NONE", "--efa-layout=any", "--efa-affinity=none", script=script)
        task = environments(text)[0]
        self.assertEqual(task["EFA_LAYOUT_RAIL_COUNT"], "0")
        self.assertEqual(task["FI_PROVIDER"], "efa")

    def test_interactive_step_is_a_launcher(self) -> None:
        result = self.lab.salloc("--efa-affinity=spread")
        self.assertEqual(result.rc, 0, result)
        self.assertIn("EFA_LAYOUT_AFFINITY=all\n", result.out)


class TestNoMap(EnvironmentCase):
    @classmethod
    def make(cls) -> PluginLab:
        return PluginLab(nodes=2)

    def setUp(self) -> None:
        super().setUp()
        self.lab.no_map()

    def test_runs_and_says_so_once_a_node(self) -> None:
        result = self.lab.srun("--efa-layout=any", "-N2", "-n4", "env")
        self.assert_warned(result, "get no EFA environment: ", times=2)
        for node in ("n1", "n2"):
            self.assertEqual(result.err.count(f"on node {node}"), 1, result)
        self.assertNotIn("EFA_LAYOUT_RAILS", result.out)

    def test_says_that_nothing_was_checked(self) -> None:
        result = self.lab.srun("-w", "n1", "--efa-layout=all-efa", "true")
        self.assert_warned(result, "--efa-layout=all-efa: nothing was checked on node n1")
        job = self.lab.sbatch("-w", "n1", "--efa-layout=all-efa", script="#!/bin/sh\ntrue\n")
        self.assertEqual(self.lab.wait_job(job)["JobState"], "COMPLETED")
        self.assertIn("nothing was checked on node n1", self.lab.output(job))

    def test_silent_where_nothing_was_asked(self) -> None:
        for options in ([], ["--efa-layout=none"]):
            result = self.lab.srun(*options, "true")
            self.assertEqual((result.rc, result.err), (0, ""), result)

    def test_map_of_another_boot(self) -> None:
        self.lab.map()
        path = self.lab.path / "run" / "node.json"
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        text = path.read_text().replace(boot, "00000000-0000-0000-0000-000000000000")
        self.lab.write("run/node.json", text)
        self.assert_warned(self.lab.srun("--efa-layout=efa-only", "true"), "nothing was checked")

    def test_map_that_others_may_write(self) -> None:
        self.lab.map()
        (self.lab.path / "run" / "node.json").chmod(0o666)
        self.assert_warned(self.lab.srun("true"), "not trusted")

    def test_map_cut_short(self) -> None:
        self.lab.map()
        path = self.lab.path / "run" / "node.json"
        self.lab.write("run/node.json", path.read_text()[:1000])
        self.assert_warned(self.lab.srun("true"), "node.json")


if __name__ == "__main__":
    main()
