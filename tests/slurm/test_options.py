#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Where options may be given, what is refused before there is a job, what the prolog is told."""

from __future__ import annotations

import re

from lab import Result, main
from plugin_lab import REFUSED_HERE, TOP, PluginCase

RAW = "SPANK__SLURM_SPANK_OPTION_efa_layout_efa_layout"
VARIABLE = "SLURM_SPANK__SLURM_SPANK_OPTION_efa_layout_efa_layout"
TRUE = "#!/bin/sh\nexec /bin/true\n"


class TestRefusals(PluginCase):
    def assert_refused(self, argv: list[str], *sentences: str) -> None:
        """By all three commands, in one or two lines, and nobody has a job."""
        before = self.jobs()
        results: list[Result] = [
            self.lab.srun(*argv, "true"),
            self.lab.try_sbatch(*argv, script=TRUE),
            self.lab.salloc(*argv, "true"),
            self.lab.srun(*argv, "true", user="root"),
        ]
        for result in results:
            self.assertEqual(result.rc, REFUSED_HERE, result)
            lines = result.err.strip().splitlines()
            self.assertLessEqual(len(lines), 2, result)
            self.assertRegex(lines[0], r"^(srun|sbatch|salloc): error: efa-layout: --efa-")
            for sentence in sentences:
                self.assertIn(sentence, result.err)
            self.assertEqual(result.out, "")
        self.assertEqual(self.jobs(), before)

    def test_unknown_name(self) -> None:
        self.assert_refused(
            ["--efa-layout=efa-onyl"], "there is no layout of this name",
            'did you mean "efa-only"?', "--efa-layout=help",
        )  # fmt: skip

    def test_syntax(self) -> None:
        self.assert_refused(["--efa-layout=efa only"], "letters, digits")
        self.assert_refused(["--efa-layout=" + "x" * 3000], "letters, digits")
        self.assert_refused(["--efa-layout="], "the value is empty")
        self.assert_refused(["--efa-rails=0"], "--efa-rails=0: expected all, a number of 1 to 64")
        self.assert_refused(["--efa-check=deep"], "--efa-check=deep: expected one of cached, quick, full")
        self.assert_refused(["--efa-affinity=cpu"], "--efa-affinity=cpu: expected one of",
                            'did you mean "gpu"?')  # fmt: skip

    def test_more_rails_than_any_node_has(self) -> None:
        self.assert_refused(["--efa-rails=64"], "no instance type has so many EFA rails; the most is 32")
        self.assert_refused(["--efa-layout=single", "--efa-rails=2"], "with layout single; the most is 1")
        self.assert_refused(["--efa-rails=per-gpu:5"], "for a GPU; the most is per-gpu:4")

    def test_what_policy_allows(self) -> None:
        self.lab.write("site/policy.json", """{"layout": {"allow": ["efa-only", "any"]}, "jobs": [
            {"when": {"user": "root"}, "layout": {"allow": "all"}},
            {"when": {"group": "nogroup"}, "layout": {"allow_none": false}}]}""")
        result = self.lab.srun("--efa-layout=all-efa", "true")
        self.assertEqual(result.rc, REFUSED_HERE, result)
        self.assertIn("--efa-layout=all-efa: this site does not let you ask for it; ask for efa-only, any", result.err)
        result = self.lab.srun("--efa-layout=none", "true")
        self.assertEqual(result.rc, REFUSED_HERE, result)
        result = self.lab.srun("--efa-layout=none", "true", user="root")
        self.assertEqual(result.rc, 0, result)

    def test_none_where_policy_forbids(self) -> None:
        self.lab.write("site/policy.json", '{"layout": {"allow_none": false}}')
        self.assert_refused(["--efa-layout=none"], "checks the nodes of every job",
                            "--efa-layout=any")  # fmt: skip

    def test_bad_value_in_the_environment(self) -> None:
        result = self.lab.srun("true", env={"SLURM_EFA_LAYOUT": "efa-onyl"})
        self.assertEqual(result.rc, REFUSED_HERE, result)
        self.assertIn("efa-onyl", result.err)

    def test_bad_value_in_the_script(self) -> None:
        result = self.lab.try_sbatch(script="#!/bin/sh\n#SBATCH --efa-affinity=gqu\ntrue\n")
        self.assertEqual(result.rc, REFUSED_HERE, result)
        self.assertIn('did you mean "gpu"?', result.err)


class TestHelp(PluginCase):
    def test_lists_and_submits_nothing(self) -> None:
        before = self.jobs()
        self.lab.write("site/policy.json", '{"layout": {"default": "none"}}')
        for result in (
            self.lab.srun("--efa-layout=help"),
            self.lab.srun("--efa-layout=help", "true"),
            self.lab.srun("true", env={"SLURM_EFA_LAYOUT": "help"}),
            self.lab.run("sbatch", "--efa-layout=help", user="nobody", stdin="#!/bin/sh\n"),
            self.lab.try_sbatch("--efa-layout=help", script=TRUE),
            self.lab.salloc("--efa-layout=help", "true"),
        ):
            self.assertEqual(result.rc, 0, result)
            for name in ("all-efa", "efa-only", "ena-primary", "any", "none"):
                self.assertRegex(result.out, rf"(?m)^  {name} +\S")
            self.assertIn("This site, unless given: --efa-layout=none", result.out)
            self.assertEqual(result.err, "")
        self.assertEqual(self.jobs(), before)

    def test_commands_list_the_options(self) -> None:
        for command in ("srun", "sbatch", "salloc"):
            result = self.lab.run(command, "--help", user="nobody")
            self.assertRegex(result.out, r"--efa-layout=NAME\|any\|none\|help\s+\[efa-layout\]")
            for flag in ("--efa-verbose", "--no-efa-env"):
                self.assertRegex(result.out, rf"{flag}\s+\[efa-layout\]")
            self.assertRegex(result.out, r"--efa-affinity=auto\|gpu\|\S+\s+\[efa-layout\]")


class TestWays(PluginCase):
    """Each way to give an option, and which one wins."""

    def told_by_sbatch(self, *argv: str, script: str = TRUE, **env: str) -> str | None:
        job = self.lab.sbatch(*argv, script=script, env=env)
        self.assertEqual(self.lab.wait_job(job)["JobState"], "COMPLETED", self.lab.output(job))
        return self.lab.request(job)

    def told_by_srun(self, *argv: str, **env: str) -> str | None:
        result = self.lab.srun(*argv, "printenv", "SLURM_JOB_ID", env=env)
        self.assertEqual(result.rc, 0, result)
        return self.lab.request(result.out.strip())

    def told_by_salloc(self, *argv: str, **env: str) -> str | None:
        result = self.lab.salloc(*argv, "printenv", "SLURM_JOB_ID", env=env)
        self.assertEqual(result.rc, 0, result)
        return self.lab.request(result.out.strip())

    def test_command_line(self) -> None:
        for told in (self.told_by_srun, self.told_by_sbatch, self.told_by_salloc):
            self.assertEqual(told("--efa-layout=efa-only"), "v1;layout=efa-only")
            self.assertEqual(
                told("--efa-layout", "any", "--efa-affinity=numa"), "v1;layout=any;affinity=numa"
            )

    def test_abbreviated(self) -> None:
        self.assertEqual(self.told_by_srun("--efa-lay=any"), "v1;layout=any")
        self.assertEqual(self.told_by_sbatch("--efa-aff=all"), "v1;affinity=all")

    def test_unasked(self) -> None:
        for told in (self.told_by_srun, self.told_by_sbatch, self.told_by_salloc):
            self.assertIsNone(told())

    def test_environment(self) -> None:
        self.assertEqual(self.told_by_srun(SLURM_EFA_LAYOUT="any"), "v1;layout=any")
        self.assertEqual(self.told_by_srun(SLURM_EFA_AFFINITY="all"), "v1;affinity=all")
        self.assertEqual(self.told_by_sbatch(SBATCH_EFA_LAYOUT="any"), "v1;layout=any")
        self.assertEqual(self.told_by_salloc(SALLOC_EFA_LAYOUT="any"), "v1;layout=any")
        self.assertIsNone(self.told_by_srun(SBATCH_EFA_LAYOUT="any"))
        self.assertIsNone(self.told_by_sbatch(SALLOC_EFA_LAYOUT="any"))
        self.assertEqual(self.told_by_srun(**{VARIABLE: "any"}), "v1;layout=any")
        self.assertEqual(
            self.told_by_srun(**{VARIABLE: "none"}, SLURM_EFA_LAYOUT="any"), "v1;layout=any"
        )

    def test_precedence(self) -> None:
        script = "#!/bin/sh\n#SBATCH --efa-layout=efa-only\n#SBATCH --efa-affinity=gpu\ntrue\n"
        self.assertEqual(self.told_by_sbatch(script=script), "v1;layout=efa-only;affinity=gpu")
        self.assertEqual(
            self.told_by_sbatch(script=script, SBATCH_EFA_LAYOUT="any"),
            "v1;layout=any;affinity=gpu",
        )
        self.assertEqual(
            self.told_by_sbatch("--efa-affinity=all", script=script, SBATCH_EFA_AFFINITY="numa"),
            "v1;layout=efa-only;affinity=all",
        )

    def test_a_bad_value_that_loses_is_harmless(self) -> None:
        script = "#!/bin/sh\n#SBATCH --efa-layout=wrong\ntrue\n"
        self.assertEqual(
            self.told_by_sbatch("--efa-layout=any", script=script, SBATCH_EFA_LAYOUT="worse!"),
            "v1;layout=any",
        )

    def test_names_of_the_site(self) -> None:
        self.lab.write(
            "site/layouts.json",
            '{"layouts": [{"name": "ours", "summary": "all of it", "cards":'
            ' [{"cards": "all", "efa": true, "ena": "any"}]}]}',
        )
        self.addCleanup((self.lab.path / "site" / "layouts.json").unlink)
        self.lab.map("ours")
        self.assertEqual(self.told_by_srun("--efa-layout=ours"), "v1;layout=ours")


class TestExamples(PluginCase):
    """The job scripts that the manual shows, and those of the README."""

    def scripts(self) -> list[str]:
        page = (TOP / "spank" / "spank_efa_layout.8").read_text()
        shown = re.findall(r"^\.EX\n(#!.*?)^\.EE", page, re.M | re.S)
        self.assertGreaterEqual(len(shown), 5)
        plain = [re.sub(r"\\(-|e|\(aq)", lambda found: {"-": "-", "e": "\\", "(aq": "'"}[found[1]], one) for one in shown]
        return plain + re.findall(r"^```sh\n(#!.*?)^```", (TOP / "README.md").read_text(), re.M | re.S)

    def test_scripts_are_accepted(self) -> None:
        for script in self.scripts():
            self.assertIn("#SBATCH", script)
            # Slurm may want more nodes than there are; the plugin has nothing against them.
            result = self.lab.try_sbatch("--test-only", script=script)
            self.assertNotEqual(result.rc, REFUSED_HERE, result)
            self.assertNotIn("efa-layout:", result.err)
            self.assertNotIn("unrecognized option", result.err)


class TestProlog(PluginCase):
    def test_the_raw_option_arrives_too(self) -> None:
        result = self.lab.srun("--efa-layout=any", "printenv", "SLURM_JOB_ID")
        self.assertEqual(self.lab.told(result.out.strip())[RAW], "any")

    def test_array_elements(self) -> None:
        job = self.lab.sbatch("--array=1-3", "--efa-layout=efa-only", script=TRUE)
        self.lab.wait_job(job)
        self.lab.wait_idle()
        noted = sorted((self.lab.path / "prolog").iterdir(), key=lambda path: int(path.name))[-3:]
        for path in noted:
            self.assertEqual(self.lab.request(path.name), "v1;layout=efa-only")

    def test_export_none(self) -> None:
        job = self.lab.sbatch("--export=NONE", "--efa-layout=efa-only", script=TRUE)
        self.assertEqual(self.lab.wait_job(job)["JobState"], "COMPLETED", self.lab.output(job))
        self.assertEqual(self.lab.request(job), "v1;layout=efa-only")

    def test_nothing_else_is_added(self) -> None:
        result = self.lab.srun("--efa-layout=any", "printenv", "SLURM_JOB_ID")
        names = [name for name in self.lab.told(result.out.strip()) if re.search("efa", name, re.I)]
        self.assertEqual(sorted(names), ["SPANK_EFA_LAYOUT_REQUEST", RAW])


if __name__ == "__main__":
    main()
