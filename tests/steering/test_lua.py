#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The job_submit part under plain Lua: requests and users' own constraints, and the constraint that comes of both."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

TOP = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
MODULE = Path(os.environ.get("EFA_LAYOUT_BUILD", TOP / "build")) / "etc" / "job_submit_efa_layout.lua"
# Slurm of Debian is built with 5.1, others with newer ones.
INTERPRETERS = ("lua5.1", "lua5.4")
REFUSED = 2014
UNLIMITED = 4294967294  # NO_VAL
ALL, ONLY = "efa-layout-all-efa", "efa-layout-efa-only"
# efa-only with 4, 8 and 32 rails, all-efa with 4, a node of two layouts, one without EFA; and one that has lost a rail.
KINDS = """
    { layouts = { "efa-only" }, rails = 4, of = 4, gpus = 8 },
    { layouts = { "efa-only" }, rails = 8, of = 8, gpus = 0 },
    { layouts = { "efa-only" }, rails = 32, of = 32, gpus = 8 },
    { layouts = { "all-efa" }, rails = 4, of = 4, gpus = 8 },
    { layouts = { "single", "efa.odd_1" }, rails = 1, of = 1, gpus = 1 },
    { layouts = {}, rails = 0, of = 0, gpus = 0 },
    { layouts = { "worn" }, rails = 15, of = 16, gpus = 8 },
    { layouts = { "worn" }, rails = 16, of = 16, gpus = 8 },
"""


def table(default: str = '{ layout = "any", rails = "all" }', partitions: str = "", kinds: str = KINDS, left_out: int = 0) -> str:
    return f"return {{ version = 1, kinds = {{ {kinds} }}, left_out = {left_out}, default = {default}, partitions = {{ {partitions} }} }}\n"


class Job(NamedTuple):
    """What is submitted. env: what the job carries, a text stands for a request of the plugin; None: nothing."""

    env: str | Sequence[str] | None = None
    features: str | None = None
    partition: str | None = None
    max_nodes: int = UNLIMITED

    def lua(self) -> str:
        env = [f"EFA_LAYOUT_REQUEST={self.env}"] if isinstance(self.env, str) else self.env
        fields = [f"max_nodes = {self.max_nodes}"]
        if env is not None:
            # As Slurm gives it: from 0 on.
            fields.append("spank_job_env = { " + ", ".join(f"[{i}] = {quoted(one)}" for i, one in enumerate(env)) + " }")
        for name in ("features", "partition"):
            if (value := getattr(self, name)) is not None:
                fields.append(f"{name} = {quoted(value)}")
        return "{ " + ", ".join(fields) + " }"


def quoted(text: str) -> str:
    return '"' + "".join(f"\\{ord(c):03d}" if c in '"\\\n' or not c.isascii() or not c.isprintable() else c for c in text) + '"'


class Result(NamedTuple):
    rc: int
    features: str
    told: str
    logged: str


class Case(unittest.TestCase):
    interpreter = INTERPRETERS[0]

    def submit(self, jobs: Sequence[Job], data: str | None = None) -> list[Result]:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "nodes.lua").write_text(table() if data is None else data)
            (folder / "cases.lua").write_text("return {\n" + ",\n".join(job.lua() for job in jobs) + "\n}\n")
            argv = [self.interpreter, HERE / "drive.lua", MODULE, folder / "nodes.lua", folder / "cases.lua"]
            done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = [line.split("\t") for line in done.stdout.splitlines()]
        self.assertEqual(len(lines), len(jobs), done.stdout)
        return [Result(int(rc), *rest) for rc, *rest in lines]

    def check(self, cases: Sequence[tuple[Job, str | None]], data: str | None = None) -> None:
        """Each is let in, with this constraint (None: as it was)."""
        for (job, expected), found in zip(cases, self.submit([job for job, _ in cases], data)):
            with self.subTest(job=job):
                self.assertEqual((found.rc, found.features, found.told), (0, expected or job.features or "-", "-"), found.logged)


class Garbage(Case):
    """What is no request is the gate's to refuse: nothing here fails a submission or changes it."""

    def test_requests(self) -> None:
        texts = ["", "v1;", "v2;layout=efa-only", "layout=efa-only", "v1;layout=", "v1;layout=efa-only;", "v1;;layout=efa-only", "v1;layout",
                 "v1;layout=efa only", "v1;layout=efa-only|all-efa", "v1;layout=efa-only\nrails=4", "v1;layout=-x", "v1;layout=help",
                 "v1;layout=efa-only;layout=efa-only", "v1;rails=0", "v1;rails=65", "v1;rails=-1", "v1;rails=4x", "v1;rails=101%", "v1;rails=per-gpu:",
                 "v1;rails=per-gpu:0", "v1;rails=per-gpu:4%", "v1;rails=0x4", "v1;rails= 4", "v1;rails=99999999999999999999", "v1;rails=1e1",
                 "v1;layout=efa-only;mode=fast", "v1;verbose=1;layout=efa-only", "v1;verbose;verbose", "v1;no-env=", "v1;layout=" + "x" * 32,
                 "v1;layout=\u00e9", "v1;layout=" + "x" * 300, "v1" + ";verbose" * 80, "%s%s%n"]  # fmt: skip
        self.check([(Job(text, own), None) for text in texts for own in (None, "a|b")])

    def test_variables(self) -> None:
        option = "_SLURM_SPANK_OPTION_efa_layout_efa_"
        for env in (
            [], ["EFA_LAYOUT_REQUEST"], ["XEFA_LAYOUT_REQUEST=v1;layout=efa-only"], ["EFA_LAYOUT_REQUESTS=v1;layout=efa-only"],
            ["EFA_LAYOUT_REQUEST=v1;layout=efa-only", "EFA_LAYOUT_REQUEST=v1;layout=all-efa"], [option + "layout=no;such"], [option + "rails=many"],
            # A request that cannot be read is not made good by an option.
            ["EFA_LAYOUT_REQUEST=v9", option + "layout=efa-only"], ["", "=", "==", "\n"],
        ):  # fmt: skip
            self.check([(Job(env, "a"), None)])

    def test_tables(self) -> None:
        for data in ("", "return 1", "return {}", "return { version = 2, kinds = {} }", "return { version = 1 }", "syntax error", "error('no')",
                     "os.exit(3)", "return { version = 1, kinds = { 1 } }", "return { version = 1, kinds = { { layouts = 1 } } }",
                     "return { version = 1, kinds = { { layouts = {} } } }",
                     "io.write('no') return { version = 1, kinds = {} }"):  # fmt: skip
            with self.subTest(data=data):
                found, = self.submit([Job("v1;layout=efa-only;rails=4", "a|b")], data)
                self.assertEqual(found.rc, 0)
                self.assertEqual((found.features, found.told), ("a|b", "-"))
                self.assertIn("efa-layout: ", found.logged)

    def test_complains_once(self) -> None:
        found = self.submit([Job("v1;layout=efa-only")] * 3, "return {}")
        self.assertEqual([bool(one.logged) for one in found], [True, False, False])


class Refused(Case):
    """Only what no node has."""

    def test_said_to_the_user(self) -> None:
        cases = {
            "v1;layout=ena-primary": "efa-layout: --efa-layout=ena-primary: no node of this cluster has this layout; they have all-efa, efa-only, "
                                     "efa.odd_1, single, worn; ask for one of these, or for any",
            "v1;layout=all-efa;rails=5": "efa-layout: --efa-rails=5: no node of this cluster has so many usable EFA rails with layout all-efa; "
                                         "ask for fewer",
            "v1;layout=all-efa;rails=per-gpu:1": "efa-layout: --efa-rails=per-gpu:1: no node of this cluster has so many usable EFA rails with "
                                                 "layout all-efa; ask for fewer",
            "v1;rails=33": "efa-layout: --efa-rails=33: no node of this cluster has so many usable EFA rails; ask for fewer",
        }  # fmt: skip
        for (request, told), found in zip(cases.items(), self.submit([Job(request, "a") for request in cases])):
            self.assertEqual((found.rc, found.features, found.told), (REFUSED, "a", told), request)

    def test_not_while_nodes_are_left_out(self) -> None:
        for data in (table(left_out=1), table(kinds="", left_out=2), "return { version = 1, kinds = {} }"):
            for request in ("v1;layout=ena-primary", "v1;rails=33"):
                found, = self.submit([Job(request, "a")], data)
                self.assertEqual((found.rc, found.features, found.told), (0, "a", "-"))
                self.assertIn("efa-layout: not refused, ", found.logged)
        found, = self.submit([Job("v1;layout=efa-only")], table(kinds=""))
        self.assertEqual((found.rc, found.told.split("; ")[1]), (REFUSED, "they have none that is known"))

    def test_not_for_the_site_s_own_default(self) -> None:
        for default in ('{ layout = "ena-primary", rails = "all" }', '{ layout = "all-efa", rails = "9" }'):
            found, = self.submit([Job(None, "a")], table(default))
            self.assertEqual((found.rc, found.features, found.told), (0, "a", "-"))
            self.assertIn("the site's default cannot be met", found.logged)


class Requests(Case):
    def test_layouts_and_rails(self) -> None:
        eight = "(efa-rails-8|efa-rails-32)"
        self.check([
            (Job(), None),
            (Job("v1"), None),
            (Job("v1;affinity=gpu;check=full;verbose;no-env"), None),
            (Job("v1;layout=any"), None),
            (Job("v1;layout=none"), None),
            (Job("v1;layout=none;rails=8"), None),
            (Job("v1;layout=efa-only"), ONLY),
            (Job("v1;layout=all-efa;affinity=gpu;verbose"), ALL),
            (Job("v1;layout=efa.odd_1"), "efa-layout-efa.odd_1"),
            (Job("v1;layout=efa-only;rails=8"), f"{ONLY}&{eight}"),
            (Job("v1;rails=8;layout=efa-only"), f"{ONLY}&{eight}"),
            (Job("v1;layout=efa-only;rails=4"), ONLY),
            (Job("v1;layout=efa-only;rails=9"), f"{ONLY}&efa-rails-32"),
            (Job("v1;layout=efa-only;rails=32"), f"{ONLY}&efa-rails-32"),
            (Job("v1;layout=efa-only;rails=all"), ONLY),
            (Job("v1;layout=efa-only;rails=100%"), ONLY),
            (Job("v1;layout=worn"), "efa-layout-worn"),
            (Job("v1;layout=worn;rails=all"), "efa-layout-worn&efa-rails-16"),
            (Job("v1;layout=worn;rails=90%"), "efa-layout-worn"),
            (Job("v1;layout=worn;rails=95%"), "efa-layout-worn&efa-rails-16"),
            # Each of 8 GPUs with 4 rails, and not the node without.
            (Job("v1;layout=efa-only;rails=per-gpu:4"), f"{ONLY}&efa-rails-32"),
            (Job("v1;rails=32"), "efa-rails-32"),
            (Job("v1;rails=16"), "(efa-rails-16|efa-rails-32)"),
            (Job("v1;rails=1"), "(efa-rails-1|efa-rails-4|efa-rails-8|efa-rails-15|efa-rails-16|efa-rails-32)"),
            (Job("v1;layout=any;rails=20"), "efa-rails-32"),
            (Job("v1;rails=per-gpu:2"), "(efa-rails-16|efa-rails-32)"),
        ])  # fmt: skip

    def test_without_the_plugin_s_client_side(self) -> None:
        layout, rails = ("_SLURM_SPANK_OPTION_efa_layout_efa_" + name for name in ("layout", "rails"))
        self.check([
            (Job([f"{layout}=efa-only"]), ONLY),
            (Job([f"{rails}=20"]), "efa-rails-32"),
            (Job(["A=b", f"{rails}=9", f"{layout}=efa-only", f"{layout}=efa-only"]), f"{ONLY}&efa-rails-32"),
            # As the gate: the request counts.
            (Job([f"{layout}=all-efa", "EFA_LAYOUT_REQUEST=v1;layout=efa-only"]), ONLY),
        ])  # fmt: skip

    def test_defaults(self) -> None:
        data = table('{ layout = "efa-only", rails = "all" }',
                     '["debug"] = { layout = "any", rails = "all" }, ["big"] = { layout = "efa-only", rails = "9" }, ["who"] = {}, '
                     '["off"] = { layout = "none", rails = "all" }')  # fmt: skip
        self.check([
            (Job(), ONLY),
            (Job(None, "a|b"), f"a|b&{ONLY}"),
            (Job("v1;layout=any"), None),
            (Job("v1;layout=all-efa"), ALL),
            (Job("v1;verbose"), ONLY),
            (Job("v1;rails=9"), f"{ONLY}&efa-rails-32"),
            (Job(None, None, "other"), ONLY),
            (Job(None, None, "debug"), None),
            (Job("v1;layout=all-efa", None, "debug"), ALL),
            (Job(None, None, "big"), f"{ONLY}&efa-rails-32"),
            (Job("v1;rails=8", None, "big"), f"{ONLY}&(efa-rails-8|efa-rails-32)"),
            (Job(None, None, "who"), None),
            (Job(None, None, "off"), None),
            # Of several partitions, when all say the same.
            (Job(None, None, "other,main"), ONLY),
            (Job(None, None, "other,debug"), None),
        ], data)  # fmt: skip

    def test_default_of_the_default_partition(self) -> None:
        data = table(partitions='["main"] = { layout = "all-efa", rails = "all" }')
        self.check([(Job(), ALL), (Job(None, None, "first"), None)], data)

    def test_default_that_nobody_knows(self) -> None:
        self.check([(Job(), None), (Job("v1;layout=efa-only"), ONLY)], table("{}"))
        self.check([(Job(), None), (Job("v1;layout=efa-only"), ONLY)], table("nil"))


class Constraints(Case):
    def test_of_the_user_s_own(self) -> None:
        request = "v1;layout=efa-only"
        own = ["a", "a&b", "a,b", "a|b", "a|b&c", "(a|b)", "(a|b)&c", "c&(a|b)", "(a|b)&(c|d)", "[a|b]", "c&[a|b]", "[a|b]&c", "[(a&b)|(c&d)]",
               "x.y:z_1", ONLY, "efa-rails-4|efa-rails-8"]  # fmt: skip
        self.check([(Job(request, one), f"{one}&{ONLY}") for one in own])
        request = "v1;rails=16"
        self.check([(Job(request, one), f"{one}&(efa-rails-16|efa-rails-32)") for one in own])
        self.check([(Job("v1;layout=efa-only;rails=8", one), f"{one}&{ONLY}&(efa-rails-8|efa-rails-32)") for one in own])
        self.check([(Job("v1;layout=any", one), None) for one in own])
        self.check([(Job("v1;layout=efa-only", ""), ONLY)])

    def test_counts(self) -> None:
        one = "v1;layout=efa-only"
        self.check([
            (Job(one, "[a*1&b*2]", None, 3), f"[(a&{ONLY})*1&(b&{ONLY})*2]"),
            (Job(one, "[a*1,b*2]", None, 3), f"[(a&{ONLY})*1&(b&{ONLY})*2]"),
            (Job(one, "[(a&c)*1&b*2]", None, 3), f"[(a&c&{ONLY})*1&(b&{ONLY})*2]"),
            (Job(one, "[a*4]", None, 3), f"[(a&{ONLY})*4]"),
            (Job(one + ";rails=9", "[a*1&b*2]", None, 3), f"[(a&{ONLY}&efa-rails-32)*1&(b&{ONLY}&efa-rails-32)*2]"),
        ])  # fmt: skip

    def test_what_cannot_be_said_is_left_alone(self) -> None:
        one, either = "v1;layout=efa-only", "v1;rails=16"
        jobs = [Job(one, own, None, 3) for own in (
                    "a*3", "a*2&b", "b&a*2", "c&[a*1&b*2]", "[a*1&b*2]&c", "[a*1&b*1]", "[(a|b)*1&c*2]", "[a*1&b]", "[a&b*3]", "[a|b*3]", "[a*x&b*3]",
                    "[a*9999999]", "a|", "a&", "a,", "*", "[*3]", "[]*3", "a" * 5000)]  # fmt: skip
        jobs += [Job(either, "[a*1&b*2]", None, 3), Job(one, "[a*1&b*2]", None, UNLIMITED)]
        for job, found in zip(jobs, self.submit(jobs)):
            with self.subTest(job=job):
                self.assertEqual((found.rc, found.features, found.told), (0, job.features, "-"))
                self.assertIn("efa-layout: a constraint is left as it is: ", found.logged)


def load_tests(loader: unittest.TestLoader, _tests: unittest.TestSuite, _pattern: str | None) -> unittest.TestSuite:
    """All cases under each Lua."""
    suite = unittest.TestSuite()
    for name in INTERPRETERS:
        for case in (Garbage, Refused, Requests, Constraints):
            of_name = type(f"{case.__name__} {name}", (case,), {"interpreter": name})
            suite.addTests(loader.loadTestsFromTestCase(of_name))
    return suite


if __name__ == "__main__":
    if not MODULE.exists():
        print(f"skipped: {MODULE} is not built (EFA_LAYOUT_BUILD names the build directory)")
        sys.exit(77)
    if absent := [name for name in INTERPRETERS if shutil.which(name) is None]:
        print(f"skipped: needs {', '.join(absent)}")
        sys.exit(77)
    unittest.main(verbosity=2)
