#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every option, in every command, from every source, and what arrives in allocator, prolog, step, inner step and task.

One job per cell. It says at each level what it was given: the prolog what Slurm told it (and what it made of it, with the
site's settings, in the job's record), tasks what they find in their environment and what they were told on their terminal.
And "efa-layout policy simulate", asked about the same job, has said the same: what is asked and decided, and what tasks get.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gate_lab import GateCase, GateLab, check_built
from kit import runner
from lab import main

REQUEST = "SPANK_EFA_LAYOUT_REQUEST"
# What a level prints: its name and the variables that an option changes.
SHOW = "echo {level} ${{SLURM_EFA_LAYOUT_JOB_REQUEST:-unasked}} ${{EFA_LAYOUT:-bare}} ${{EFA_LAYOUT_AFFINITY:-bare}}; env | sed s/^/{level}:/"
# Variables that are ours to set.
OURS = {rule["name"] for rule in json.loads((runner.TOP / "etc" / "environment.json").read_text())["environment"]}
# The settings' own values differ from what the programs have by default.
FILLED = "v1;layout={layout};rails={rails};affinity={affinity}{more}"


@dataclass(frozen=True)
class Option:
    name: str
    key: str  # in a request
    value: str | None  # None: takes none
    other: str | None  # another valid value
    setting: Mapping[str, Mapping[str, Any]] | None  # the same, said by the policy; None: cannot be
    layout: str = "efa-only"  # what tasks find in EFA_LAYOUT
    affinity: str = "all"  # ... and EFA_LAYOUT_AFFINITY: one task alone gets everything

    @property
    def argument(self) -> str:
        return f"--{self.name}" if self.value is None else f"--{self.name}={self.value}"

    @property
    def variable(self) -> str:
        return self.name.upper().replace("-", "_")

    @property
    def request(self) -> str:
        return f"v1;{self.key}" if self.value is None else f"v1;{self.key}={self.value}"


OPTIONS = (
    Option("efa-layout", "layout", "none", "any", {"layout": {"default": "none"}}, layout="bare", affinity="bare"),
    Option("efa-rails", "rails", "3", "2", {"layout": {"rails": 3}}),
    Option("efa-affinity", "affinity", "spread", "none", {"environment": {"affinity": "spread"}}, affinity="spread"),
    Option("efa-check", "check", "full", "quick", {"check": {"default": "full"}}),
    Option("efa-verbose", "verbose", None, None, None),
    Option("no-efa-env", "no-env", None, None, {"environment": {"set": False}}, layout="bare", affinity="bare"),
)  # fmt: skip


class MatrixLab(GateLab):
    """The gate, and a note of what it is told."""

    def _write_prolog(self):
        path = super()._write_prolog()
        (self.path / "told").mkdir(mode=0o755)
        first, rest = path.read_text().split("\n", 1)
        path.write_text(f"{first}\n/usr/bin/env > {self.path}/told/$SLURM_JOB_ID\n{rest}")
        return path

    def told(self, job: int) -> str | None:
        lines = (self.path / "told" / str(job)).read_text().splitlines()
        return next((line.split("=", 1)[1] for line in lines if line.startswith(f"{REQUEST}=")), None)

    def simulate(self, text: str) -> dict[str, Any]:
        """By what the node's last test found."""
        node = self.replayed["n1"]
        run = runner.run([runner.TOOL, "policy", "simulate", *node.options(), "--tested", "last", "--json", "--job", text],
                         {"PATH": "/usr/bin:/bin"})  # fmt: skip
        return json.loads(run.out)

    def record(self, job: int) -> str:
        """The request as the gate has filled it in."""
        path = self.replayed["n1"].run_dir / "jobs" / str(job)
        return json.loads(path.read_text())["request"]


class MatrixCase(GateCase):
    lab: MatrixLab

    @classmethod
    def make(cls) -> GateLab:
        return MatrixLab(cpus=16)

    def setUp(self) -> None:
        super().setUp()
        self.lab.policy(check={"cache_ttl_s": 3600})

    def batch(self, argv: list[str], env: Mapping[str, str], header: str = "") -> tuple[int, str]:
        inner = SHOW.format(level="inner")
        script = (
            f"#!/bin/sh\n{header}{SHOW.format(level='batch')}\n"
            f"srun -n1 /bin/sh -c '{SHOW.format(level='step')}; srun --overlap -n1 /bin/sh -c \"{inner.replace('$', chr(92) + '$')}\"'\n"
        )
        job = self.lab.sbatch(*argv, script=script, env=env)
        self.assertEqual(self.lab.wait_job(job)["JobState"], "COMPLETED", self.lab.output(job))
        return job, self.lab.output(job)

    def alloc(self, argv: list[str], env: Mapping[str, str]) -> tuple[int, str]:
        inner = SHOW.format(level="step")
        result = self.lab.salloc(
            *argv, "sh", "-c", f"echo job $SLURM_JOB_ID; {SHOW.format(level='allocator')}; srun -n1 sh -c '{inner}'", env=env
        )  # fmt: skip
        self.assertEqual(result.rc, 0, result)
        return int(re.search(r"^job (\d+)$", result.out, re.M)[1]), result.out + result.err

    def step(self, argv: list[str], env: Mapping[str, str]) -> tuple[int, str]:
        inner = SHOW.format(level="inner")
        result = self.lab.srun(
            "-n1", *argv, "sh", "-c",
            f"echo job $SLURM_JOB_ID; {SHOW.format(level='step')}; srun --overlap -n1 /bin/sh -c '{inner}'", env=env
        )  # fmt: skip
        self.assertEqual(result.rc, 0, result)
        return int(re.search(r"^job (\d+)$", result.out, re.M)[1]), result.out + result.err

    def levels(self, text: str) -> dict[str, list[str]]:
        found = re.findall(r"^(allocator|batch|step|inner) (\S+) (\S+) (\S+)$", text, re.M)
        return {level: list(rest) for level, *rest in found}

    def assert_arrived(self, option: Option, source: str, job: int, text: str, levels: set[str]) -> None:
        asked = source != "policy"
        where = f"{option.name} from {source} in job {job}\n{text}"
        self.assertEqual(self.lab.told(job), option.request if asked else None, where)
        found = self.levels(text)
        self.assertEqual(set(found), levels, where)
        for level, (request, layout, affinity) in found.items():
            self.assertEqual(request, option.request if asked else "unasked", f"{level}: {where}")
            if level != "allocator":  # no task: its environment is that of the submit host
                launcher = level == "batch" and option.affinity == "spread"
                self.assertEqual(
                    (layout, affinity), (option.layout, "all" if launcher else option.affinity), f"{level}: {where}"
                )
        said = text.count("efa-layout: task 0 on n1: ")
        self.assertEqual(said, len(levels - {"allocator", "batch"}) if option.key == "verbose" else 0, where)
        self.assertEqual(self.lab.record(job), self.filled(option), where)
        self.assert_simulated(option.argument if asked else "", job, text, levels)

    def assert_simulated(self, words: str, job: int, text: str, levels: set[str]) -> None:
        found = self.lab.simulate(f"{words} user=nobody")
        verdict = self.lab.replayed["n1"].verdict(job)
        assert verdict is not None
        self.assertTrue(found["submitted"]["accepted"], found)
        self.assertEqual(found["request"], self.lab.record(job))
        self.assertEqual((found["exit_status"], found["decided"]["checked"]), (0, verdict["job"]["checked"]))
        for key in ("outcome", "sentence", "decision", "policy", "findings", "rails_pass"):
            self.assertEqual(found["verdict"][key], verdict[key], f"{key} of job {job}")
        tasks = found["set"]["tasks"]
        expected = {one["name"]: one["value"] for one in tasks[0]["variables"]} if tasks else {}
        for level in levels & {"step", "inner"}:
            variables = dict(line.split("=", 1) for line in re.findall(rf"^{level}:(\w+=.*)$", text, re.M))
            mine = {name: value for name, value in variables.items() if name.startswith("EFA_LAYOUT") or name in OURS}
            self.assertEqual(mine, expected, f"{level} of job {job}")

    def filled(self, option: Option) -> str:
        """The request with every setting in it."""
        parts = {"layout": "any", "rails": "all", "affinity": "auto"}
        if option.key in parts:
            parts[option.key] = str(option.value)
        text = "v1" + "".join(f";{key}={value}" for key, value in parts.items())
        if option.key == "check":
            text += f";check={option.value}" if self.lab_asked else ""
        return text + (f";{option.key}" if option.value is None else "")


class TestCells(MatrixCase):
    def sources(self, prefix: str, option: Option):
        yield "command line", [option.argument], {}
        yield "environment", [], {f"{prefix}_{option.variable}": option.value or "1"}

    def run_all(self, command, prefix: str, levels: set[str]) -> None:
        for option in OPTIONS:
            self.lab_asked = True
            for source, argv, env in self.sources(prefix, option):
                with self.subTest(option=option.name, source=source):
                    job, text = command(argv, env)
                    self.assert_arrived(option, source, job, text, levels)
            if option.setting is None:
                continue
            self.lab_asked = False
            with self.subTest(option=option.name, source="policy"):
                settings = {"check": {"cache_ttl_s": 3600}}
                for group, values in option.setting.items():
                    settings[group] = settings.get(group, {}) | values
                self.lab.policy(**settings)
                job, text = command([], {})
                self.assert_arrived(option, "policy", job, text, levels)
                self.lab.policy(check={"cache_ttl_s": 3600})

    def test_srun(self) -> None:
        self.run_all(self.step, "SLURM", {"step", "inner"})

    def test_salloc(self) -> None:
        self.run_all(self.alloc, "SALLOC", {"allocator", "step"})

    def test_sbatch(self) -> None:
        self.run_all(self.batch, "SBATCH", {"batch", "step", "inner"})

    def test_sbatch_lines(self) -> None:
        self.lab_asked = True
        for option in OPTIONS:
            with self.subTest(option=option.name):
                job, text = self.batch([], {}, header=f"#SBATCH {option.argument}\n")
                self.assert_arrived(option, "#SBATCH", job, text, {"batch", "step", "inner"})


class TestPrecedence(MatrixCase):
    """All options that take a value at once, each said by two sources with different values."""

    def setUp(self) -> None:
        super().setUp()
        self.valued = [option for option in OPTIONS if option.value is not None]
        self.mine = [f"--{option.name}={option.other}" for option in self.valued]
        self.wins = "v1" + "".join(f";{option.key}={option.other}" for option in self.valued)

    def variables(self, prefix: str, value: str) -> dict[str, str]:
        return {f"{prefix}_{option.variable}": getattr(option, value) for option in self.valued}

    def lines(self) -> str:
        return "".join(f"#SBATCH {option.argument}\n" for option in self.valued)

    def test_command_line_over_environment(self) -> None:
        job, _ = self.step(self.mine, self.variables("SLURM", "value"))
        self.assertEqual(self.lab.told(job), self.wins)
        job, _ = self.alloc(self.mine, self.variables("SALLOC", "value"))
        self.assertEqual(self.lab.told(job), self.wins)
        job, _ = self.batch(self.mine, self.variables("SBATCH", "value"))
        self.assertEqual(self.lab.told(job), self.wins)

    def test_command_line_over_script(self) -> None:
        job, _ = self.batch(self.mine, {}, header=self.lines())
        self.assertEqual(self.lab.told(job), self.wins)

    def test_environment_over_script(self) -> None:
        job, _ = self.batch([], self.variables("SBATCH", "other"), header=self.lines())
        self.assertEqual(self.lab.told(job), self.wins)

    def test_flags_that_a_variable_turns_off(self) -> None:
        env = {"SBATCH_EFA_VERBOSE": "0", "SBATCH_NO_EFA_ENV": "no"}
        job, text = self.batch(["--efa-affinity=spread"], env)
        self.assertEqual(self.lab.told(job), "v1;affinity=spread")
        self.assertNotIn("efa-layout: task", text)
        self.assertEqual(self.levels(text)["step"][2], "spread")

    def test_job_over_policy(self) -> None:
        self.lab.policy(layout={"default": "none", "rails": 3}, environment={"affinity": "none"})
        job, text = self.batch(["--efa-layout=any", "--efa-rails=2", "--efa-affinity=spread"], {})
        self.assertEqual(self.lab.record(job), "v1;layout=any;rails=2;affinity=spread")
        self.assertEqual(self.levels(text)["step"][1:], ["efa-only", "spread"])
        self.assert_simulated("--efa-layout=any --efa-rails=2 --efa-affinity=spread", job, text, {"step"})


class TestNesting(MatrixCase):
    """Steps inherit and narrow."""

    def script(self, *lines: str) -> str:
        return "#!/bin/sh\n" + "\n".join(lines) + "\n"

    def run_script(self, *lines: str, argv: tuple[str, ...] = ()) -> str:
        job = self.lab.sbatch(*argv, script=self.script(*lines))
        self.assertEqual(self.lab.wait_job(job)["JobState"], "COMPLETED", self.lab.output(job))
        return self.lab.output(job)

    def show(self, *argv: str) -> str:
        return f"srun -n1 {' '.join(argv)} /bin/sh -c '{SHOW.format(level='step')}'"

    def test_narrows(self) -> None:
        text = self.run_script(
            self.show("--efa-affinity=spread"), self.show("--efa-verbose"), self.show("--no-efa-env"), self.show(),
            argv=("--efa-affinity=none",),
        )  # fmt: skip
        found = re.findall(r"^step \S+ (\S+ \S+)$", text, re.M)
        self.assertEqual(found, ["efa-only spread", "efa-only none", "bare bare", "efa-only none"], text)
        self.assertEqual(text.count("efa-layout: task 0 on n1: "), 1, text)

    def test_a_variable_in_the_script_changes_its_steps(self) -> None:
        text = self.run_script(
            "echo is $SLURM_EFA_AFFINITY", self.show(), "export SLURM_EFA_AFFINITY=spread", self.show(),
            self.show("--efa-affinity=none"), argv=("--efa-affinity=none",),
        )  # fmt: skip
        self.assertIn("is none\n", text)
        self.assertEqual(re.findall(r"^step \S+ \S+ (\S+)$", text, re.M), ["none", "spread", "none"], text)

    def test_steps_cannot_ask_what_the_job_did_not(self) -> None:
        text = self.run_script(
            "srun --efa-check=full true; echo check $?", "srun --efa-rails=5 true; echo rails $?",
            "srun --efa-layout=none true; echo none $?", "srun --efa-check=cached true; echo cached $?",
        )  # fmt: skip
        self.assertIn("--efa-check=full: the nodes were tested before the job started", text)
        self.assertIn("--efa-rails=5: node n1 has 4 EFA rails that can be used; ask for fewer", text)
        for line in ("check 2\n", "rails 78\n", "none 2\n", "cached 0\n"):
            self.assertIn(line, text)

    def test_several_steps_at_once(self) -> None:
        text = self.run_script(
            f"{self.show('--overlap', '--efa-affinity=spread')} &", f"{self.show('--overlap', '--efa-affinity=none')} &",
            f"{self.show('--overlap', '--no-efa-env')} &", "wait",
        )  # fmt: skip
        self.assertEqual(sorted(re.findall(r"^step \S+ (\S+ \S+)$", text, re.M)),
                         ["bare bare", "efa-only none", "efa-only spread"], text)  # fmt: skip

    def test_multi_prog(self) -> None:
        config = self.lab.write("work/multi.conf", "0 sh -c 'echo zero $EFA_LAYOUT_AFFINITY'\n"
                                                   "1 sh -c 'echo one $EFA_LAYOUT_AFFINITY'\n")  # fmt: skip
        result = self.lab.srun("-n2", "--efa-affinity=spread", "--multi-prog", str(config))
        self.assertEqual(sorted(result.out.split("\n")), ["", "one spread", "zero spread"], result)

    def test_arrays(self) -> None:
        job = self.lab.sbatch("--array=1-2", "--efa-rails=3", "--efa-affinity=spread",
                              script=self.script("echo ran", self.show()))  # fmt: skip
        self.lab.wait_job(job)
        self.lab.wait_idle()
        noted = sorted((self.lab.path / "told").iterdir(), key=lambda path: int(path.name))[-2:]
        for path in noted:
            self.assertEqual(self.lab.told(int(path.name)), "v1;rails=3;affinity=spread")

    def test_export_none(self) -> None:
        for export in ("NONE", "PATH"):
            text = self.run_script("export PATH=/usr/bin:/bin", self.show(),
                                   argv=(f"--export={export}", "--efa-affinity=spread", "--efa-verbose"))  # fmt: skip
            self.assertEqual(re.findall(r"^step (\S+) \S+ (\S+)$", text, re.M),
                             [("v1;affinity=spread;verbose", "spread")], text)  # fmt: skip
            self.assertEqual(text.count("efa-layout: task 0 on n1: "), 1, text)

    def test_settings_of_today(self) -> None:
        """The node map is that of a job before the policy changed."""
        self.assertIn("efa-only all", self.run_script(self.show()))
        self.lab.policy(layout={"default": "none"})
        self.assertIn("bare bare", self.run_script(self.show()))
        self.lab.policy(layout={"default": "none"}, jobs=[{"when": {"user": "nobody"}, "layout": {"default": "any"},
                                                           "environment": {"affinity": "spread"}}])  # fmt: skip
        self.assertIn("efa-only spread", self.run_script(self.show()))
        self.lab.policy(check={"cache_ttl_s": 3600})
        self.assertIn("efa-only all", self.run_script(self.show()), "the settings that it was tested with are back")
        self.lab.policy(layout={"default": "any"}, jobs=[{"when": {"group": "nogroup"}, "layout": {"default": "none"}}])
        self.assertIn("bare bare", self.run_script(self.show()))

    def test_jobs_that_ask_nothing(self) -> None:
        text = self.run_script(self.show())
        self.assertEqual(re.findall(r"^step (\S+) (\S+) (\S+)$", text, re.M), [("unasked", "efa-only", "all")])


class TestTwoNodes(MatrixCase):
    @classmethod
    def make(cls) -> GateLab:
        return MatrixLab(nodes=2)

    def test_het_jobs(self) -> None:
        """Each component's prolog is told what the component asks."""
        result = self.lab.srun("-n1", "--efa-rails=3", ":", "-n1", "--efa-rails=2", "--efa-affinity=spread", "true")
        self.assertEqual(result.rc, 0, result)
        self.lab.wait_idle()
        noted = sorted((self.lab.path / "told").iterdir(), key=lambda path: int(path.name))
        self.assertEqual([self.lab.told(int(path.name)) for path in noted[-2:]], ["v1;rails=3", "v1;rails=2;affinity=spread"])


if __name__ == "__main__":
    if reason := check_built():
        print(f"skipped: {reason}")
        sys.exit(runner.SKIP)
    main()
