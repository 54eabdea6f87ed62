#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""efa-layout policy validate, diff and generate, and show --origin."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import unittest
from pathlib import Path
from typing import Any

from kit import Node, main, runner
from kit.runner import TOP, Run

ENV = {"PATH": "/usr/bin:/bin"}


def policy(*args: str | Path) -> Run:
    return runner.run([runner.TOOL, "policy", *args], ENV, 60.0)


class Case(unittest.TestCase):
    """A p4d node with a site of its own."""

    def setUp(self) -> None:
        self.node = self.another("p4d.24xlarge", "efa-only")

    def another(self, *args: str) -> Node:
        node = Node(*args)
        self.addCleanup(node.__exit__, None, None, None)
        return node

    def policy(self, command: str, *args: str | Path, node: Node | None = None) -> Run:
        return policy(command, *(node or self.node).options(), *args)


class Usage(unittest.TestCase):
    def test_refusals(self) -> None:
        for args in (("validate",), ("validate", "x", "--kind"), ("validate", "x", "--kind", "policies"), ("validate", "--bogus", "x"),
                     ("generate", "--provider", "a b"), ("generate", "--bogus"), ("generate", "--root", "/", "/"),
                     ("generate", *("/x",) * 65), ("show", "--origin", "--json"), ("show", "--origin", "--env")):  # fmt: skip
            with self.subTest(args[:3]):
                run = policy(*args)
                self.assertEqual((run.rc, run.out), (3, ""))
                self.assertIn(f'try "efa-layout policy {args[0]} --help"', run.err)
        for args in (("diff",), ("diff", "default"), ("diff", "default", "default", "default"), ("diff", "--bogus", "a", "b")):
            with self.subTest(args):
                run = policy(*args)
                self.assertEqual((run.rc, run.out), (2, ""), "trouble, as diff(1) has it")
        self.assertIn('there is no kind of file "polcy"; did you mean "policy"?', policy("validate", "x", "--kind", "polcy").err)

    def test_help(self) -> None:
        out = policy("--help").out
        for command in ("validate", "diff", "generate", "show"):
            self.assertIn(f"\n  {command} ", out)
            run = policy(command, "--help")
            self.assertEqual((run.rc, run.err), (0, ""))
            self.assertIn(f"usage: efa-layout policy {command} ", run.out)


class SiteCase(Case):
    """One node for all tests, which leave it alone; each has folders of its own."""

    shared: Node

    @classmethod
    def setUpClass(cls) -> None:
        cls.shared = Node("p4d.24xlarge", "efa-only")
        cls.addClassCleanup(cls.shared.__exit__, None, None, None)

    def setUp(self) -> None:
        self.node = self.shared
        self.path = self.node.path / self._testMethodName
        self.path.mkdir(mode=0o755)
        for entry in self.node.site.iterdir():
            entry.unlink()

    def file(self, name: str, text: str) -> Path:
        path = self.path / name
        path.parent.mkdir(exist_ok=True, mode=0o755)
        path.write_text(text)
        return path


class Validate(SiteCase):
    def test_goes_on_with_the_next(self) -> None:
        bad = self.file("x/bad.json", '{"check": {"late_ms": -1}}')
        good = self.file("x/good", '{"check": {"late_ms": 1}}')
        gone = self.path / "gone"
        run = self.policy("validate", bad, good, gone, good)
        self.assertEqual((run.rc, run.err), (1, ""))
        lines = run.out.splitlines()
        self.assertEqual(len(lines), 4, lines)
        self.assertEqual(lines[0], f"{bad}:1: check.late_ms: expected an integer from 0 to 60000, found -1")
        self.assertTrue(lines[1].startswith(f"{good}: ok (1 setting, 0 rules for jobs, hash "))
        self.assertEqual(lines[2:], [f"{gone}: No such file or directory", lines[1]])
        self.assertEqual(self.policy("validate", good, good).rc, 0)

    def test_kinds(self) -> None:
        """By the name, or as it is said."""
        layouts = '{"layouts": [{"name": "ours", "extends": "single"}, {"name": "more", "extends": "ours"}]}'
        types = '{"types": [{"name": "a.b", "extends": "p5.48xlarge"}]}'
        env = '{"environment": [{"name": "A", "mode": "force", "value": "1"}]}'
        for name, kind, text, summary in (
            ("layouts.json", "layouts", layouts, "2 layouts"),
            ("instance-types.json", "instance-types", types, "1 instance type"),
            ("environment.json", "environment", env, "1 environment rule"),
        ):
            with self.subTest(name):
                path = self.file(f"y/{name}", text)
                self.assertEqual(self.policy("validate", path).out, f"{path}: ok ({summary})\n")
                other = self.file("y/other.json", text)
                self.assertEqual(self.policy("validate", other).rc, 1, "a policy has no such key")
                self.assertEqual(self.policy("validate", other, "--kind", kind).out, f"{other}: ok ({summary})\n")
        self.file("y/other.json", '{"layout": {"default": "more"}}')
        (self.path / "y/other.json").rename(self.path / "y/policy.json")
        run = self.policy("validate", self.path / "y")
        self.assertRegex(run.out, r"/y: ok \(1 setting, 0 rules for jobs, hash [0-9a-f]{16}, 2 layouts, 1 instance type, 1 environment rule\)\n$")

    def test_layouts_of_the_site(self) -> None:
        """A policy alone is held against the layouts of --site-dir, a folder against its own."""
        path = self.file("x/p.json", '{"layout": {"default": "ours"}}')
        said = f'{path}:1: layout.default: there is no layout "ours"\n'
        self.assertEqual(self.policy("validate", path).out, said)
        (self.node.site / "layouts.json").write_text('{"layouts": [{"name": "ours", "extends": "single"}]}')
        self.assertEqual(self.policy("validate", path).rc, 0)
        path.rename(path.with_name("policy.json"))
        self.assertEqual(self.policy("validate", path.parent).rc, 1)

    def test_shipped_data_that_is_not_there(self) -> None:
        run = policy("validate", self.file("p.json", "{}"), "--data-dir", "/nonexistent")
        self.assertEqual((run.rc, run.out), (1, "/nonexistent/layouts.json: No such file or directory\n"))
        self.file("site/policy.json", "{")
        path = self.file("site/environment.json", "{}")
        for what in (path, path.parent):
            run = policy("validate", what, "--data-dir", "/nonexistent")
            self.assertIn("shipped data: /nonexistent/environment.json: No such file or directory\n", run.out)

    def test_json(self) -> None:
        bad = self.file("bad.json", '{"check":\n{"late_ms": -1, "budget": 1}}')
        hint = self.file("hint.json", '{\n"check": {"cache_ttl_s": 0}}')
        run = self.policy("validate", bad, hint, "/gone", "--json")
        self.assertEqual((run.rc, run.err), (1, ""))
        first, second, third = json.loads(run.out)["files"]
        self.assertEqual((first["ok"], first["kind"], first["summary"], first["hash"]), (False, "policy", None, None))
        self.assertEqual([(one["file"], one["line"]) for one in first["complaints"]], [(str(bad), 2)] * 2)
        self.assertEqual((second["ok"], second["complaints"], len(second["hash"])), (True, [], 16))
        self.assertEqual([(one["file"], one["line"]) for one in second["hints"]], [(str(hint), 2)])
        self.assertEqual(third["complaints"], [{"file": None, "line": None, "text": "/gone: No such file or directory"}])

    def test_as_anybody(self) -> None:
        """No owner matters, and nothing of a node or of Slurm is needed."""
        path = self.file("p.json", '{"layout": {"declared": "efa-only"}}')
        path.chmod(0o666)
        os.chown(path, 4321, 4321)
        tool = self.path / "efa-layout"
        shutil.copy(runner.TOOL, tool)
        argv = [tool, "policy", "validate", path, "--data-dir", self.node.data, "--site-dir", self.node.site]
        done = subprocess.run(argv, capture_output=True, text=True, env={}, user=1234, group=1234, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)


class Origin(SiteCase):
    def test_lines(self) -> None:
        path = self.node.site / "policy.json"
        path.write_text('{"check":\n{"workers": 2},\n"jobs": [{"when": {"user": ["a", "b"]}, "check":\n{"floor": "full"}}]}')
        run = self.policy("show", "--origin")
        self.assertEqual(run.rc, 0, run)
        lines = run.out.splitlines()
        self.assertIn(f"check.workers = 2  {path}:2", lines)
        self.assertIn("layout.declared = auto  default", lines)
        self.assertEqual(lines[-2:], [f"jobs[0].when = user a|b  {path}:3", f"jobs[0].check.floor = full  {path}:4"])
        self.assertEqual(len(lines), 2 + len(json.loads(self.policy("show", "--json").out)["settings"]))


class Diff(SiteCase):
    A = '{"check": {"workers": 2, "late_ms": 5},\n"jobs": [{"when": {"user": "u", "qos": "q"}, "check": {"floor": "full"}, "layout": {"rails": 2}}]}'

    def test_same(self) -> None:
        a = self.file("a.json", self.A)
        b = self.file("b.json", '\n{"jobs": [{"layout": {"rails": "2"}, "check": {"floor": "full"}, "when": {"qos": ["q"], "user": "u"}}],\n'
                      '"check": {"late_ms": 5, "workers": 2, "budget_ms": 10000}}')  # fmt: skip
        run = self.policy("diff", a, b)
        self.assertEqual((run.rc, run.err), (0, ""))
        self.assertRegex(run.out, r"^--- \S+ \(hash ([0-9a-f]{16})\)\n\+\+\+ \S+ \(hash \1\)\n$")
        self.assertTrue(json.loads(self.policy("diff", a, b, "--json").out)["same"])
        self.assertEqual(self.policy("diff", "default", self.file("c.json", "{}")).rc, 0)

    def test_settings(self) -> None:
        a = self.file("a.json", self.A)
        b = self.file("s/policy.json", '{"check": {"workers": 2}}')
        drop = self.file("s/policy.d/1.json", '{"check":\n{"workers": 3}}')
        run = self.policy("diff", a, b.parent)
        self.assertEqual((run.rc, run.err), (1, ""))
        self.assertEqual(run.out.splitlines()[2:], [
            f"-check.late_ms = 5  {a}:1", "+check.late_ms = 0  default",
            f"-check.workers = 2  {a}:1", f"+check.workers = 3  {drop}:2",
            f"-jobs for qos q, user u: layout.rails = 2, check.floor = full  {a}:2",
        ])  # fmt: skip
        back = self.policy("diff", b.parent, a).out.splitlines()[2:]
        turned = [{"-": "+", "+": "-"}[line[0]] + line[1:] for line in run.out.splitlines()[2:]]
        self.assertEqual(sorted(back), sorted(turned))
        document = json.loads(self.policy("diff", a, b.parent, "--json").out)
        self.assertFalse(document["same"])
        self.assertEqual(document["settings"][1], {"name": "check.workers", "a": {"value": "2", "file": str(a), "line": 1},
                                                   "b": {"value": "3", "file": str(drop), "line": 2}})  # fmt: skip
        self.assertEqual(document["settings"][0]["b"], {"value": "0", "file": None, "line": None})
        self.assertEqual((len(document["jobs_only_in_a"]), document["jobs_only_in_b"]), (1, []))

    def test_rules(self) -> None:
        """Only those that are not there, or not in this order."""

        def jobs(*users: str) -> str:
            return json.dumps({"jobs": [{"when": {"user": user}, "check": {"floor": "full"}} for user in users]})

        a = self.file("a.json", jobs("a", "b", "c", "d"))
        for others, rc, said in (("abcd", 0, []), ("acd", 1, ["-b"]), ("abxcd", 1, ["+x"]), ("bcda", 1, ["-a", "+a"]),
                                 ("", 1, ["-a", "-b", "-c", "-d"]), ("axcd", 1, ["-b", "+x"]), ("aabcd", 1, ["+a"])):  # fmt: skip
            with self.subTest(others):
                run = self.policy("diff", a, self.file("b.json", jobs(*others)))
                found = [line[0] + line.split("user ")[1][0] for line in run.out.splitlines()[2:]]
                self.assertEqual((run.rc, found), (rc, said))

    def test_words(self) -> None:
        run = self.policy("diff", "last-good", "default")
        self.assertEqual((run.rc, run.out), (2, ""))
        self.assertIn("policy.good: No such file or directory", run.err)
        path = self.node.site / "policy.json"
        path.write_text('{"recover": {"strikes": 4}}')
        self.assertEqual(self.node.gate().rc, 0)
        self.assertEqual(self.policy("diff", "installed", "last-good").rc, 0)
        path.write_text('{"recover": {"strikes": 5}}')
        run = self.policy("diff", "last-good", "installed")
        self.assertEqual(run.out.splitlines()[2:], [f"-recover.strikes = 4  {path} (last good):1", f"+recover.strikes = 5  {path}:1"])
        path.write_text("{")
        run = self.policy("diff", "installed", "default")
        self.assertEqual((run.rc, run.out), (2, ""))
        self.assertIn("policy.json:1: not valid JSON", run.err)
        empty = self.path / "empty"
        empty.mkdir()
        run = self.policy("diff", empty, "default")
        self.assertEqual(run.rc, 2)
        self.assertIn(f"{empty}: neither policy.json nor policy.d/*.json is there", run.err)
        self.assertEqual(self.policy("diff", "/gone", "default").rc, 2)


class Generate(Case):
    def generate(self, *args: str | Path, node: Node | None = None) -> tuple[dict[str, Any], str]:
        run = self.policy("generate", *args, node=node)
        self.assertEqual(run.rc, 0, run)
        document = json.loads(run.out)
        self.assertRegex(document.pop("$schema"), "^file:///.*/schema/policy[.]schema[.]json$")
        return document, run.err

    def refused(self, *said: str, args: tuple[str | Path, ...] = (), node: Node | None = None) -> None:
        run = self.policy("generate", *args, node=node)
        self.assertEqual((run.rc, run.out), (1, ""), run)
        for one in said:
            self.assertIn(one, run.err)

    def test_not_healthy(self) -> None:
        missing = self.another("p4d.24xlarge", "efa-only", "--missing", "2")
        self.refused("this node is not healthy, so what it has is no model for others: faulty: E106", node=missing)
        self.refused("has no layout that is known", args=("--force",), node=missing)
        rail = self.node.rails()[2]
        self.node.probe(rails={rail: "fail transfer 5 0 lost"})
        self.refused(f"faulty: E208 rail {rail}")
        document, said = self.generate("--force")
        self.assertEqual(document["layout"], {"declared": "efa-only"})
        self.assertIn("this node is faulty, and taken all the same: E208", said)

    def test_nothing_to_go_by(self) -> None:
        (self.node.site / "layouts.json").write_text("{")
        self.refused("unknown: E304", "layouts.json:1: not valid JSON")

    def test_the_site_s_own_policy_does_not_matter(self) -> None:
        (self.node.site / "policy.json").write_text("{")
        self.assertEqual(self.generate()[0], {"layout": {"declared": "efa-only"}})

    def test_round(self) -> None:
        """What is printed is right, the node is healthy by it, and another one or a dead rail is not."""
        path = self.node.site / "policy.json"
        for kind, layout in (("p4d.24xlarge", "efa-only"), ("p5en.48xlarge", "all-efa"), ("hpc7a.96xlarge", "all-efa")):
            with self.subTest(kind):
                self.node.make(kind, layout)
                self.node.run_dir.mkdir(parents=True, exist_ok=True)
                run = self.policy("generate")
                self.assertEqual(run.rc, 0, run)
                self.assertEqual(json.loads(run.out)["layout"]["declared"], layout)
                path.write_text(run.out)
                self.assertEqual(self.policy("validate", path, "--trust").rc, 0)
                self.assertEqual(self.outcome(), (0, "healthy"))
                rail = self.node.rails()[-1]
                self.node.probe(rails={rail: "fail transfer 5 0 lost"})
                self.assertEqual(self.outcome(), (2, "faulty"))
                self.node.probe()
        path.write_text('{"layout": {"declared": "all-efa"}}')
        self.node.make("p4d.24xlarge", "efa-only")
        self.assertEqual(self.outcome(), (2, "faulty"), "another layout than the one that was generated")

    def outcome(self) -> tuple[int, str]:
        run = self.node.tool("check", "--json")
        return run.rc, json.loads(run.out)["outcome"]

    def test_gate(self) -> None:
        """The prolog by it lets jobs in, and drains a node that was launched otherwise."""
        path = self.node.site / "policy.json"
        path.write_text(self.policy("generate").out)
        run = self.node.gate()
        self.assertEqual((run.rc, self.node.controller_calls()), (0, []), run)
        self.node.make("p4d.24xlarge", "all-efa")
        run = self.node.gate()
        self.assertIn("E114", run.err)
        self.assertTrue(any("efa-layout: E114" in word for call in self.node.controller_calls() for word in call), self.node.controller_calls())

    def test_times(self) -> None:
        """What is measured, times four, where the default is less; and devices that come late."""
        self.node.probe(delay_s=2.4)
        document, said = self.generate()
        budget = document["check"]["budget_ms"]
        self.assertEqual(budget % 1000, 0)
        self.assertTrue(11000 <= budget <= 20000, budget)
        self.assertIn(f"check.budget_ms = {budget}: {budget} ms for the test, which took ", said)
        self.node.make("p5en.48xlarge", "all-efa")
        self.node.probe()
        document, said = self.generate()
        self.assertEqual(document["check"], {"budget_ms": 20000, "late_ms": 15000})
        self.assertIn("check.late_ms = 15000: devices of p5en.48xlarge may come up that late", said)
        self.assertIn("check.budget_ms = 20000: 15000 ms for devices that are late, and 5000 ms for the test, which took ", said)

    def test_provider(self) -> None:
        self.assertEqual(self.generate("--provider", "tcp")[0]["check"], {"provider": "tcp"})
        self.assertEqual(self.node.probe_calls()[-1]["argv"].count("tcp"), 1)

    def test_several(self) -> None:
        """By folders as they are after a snapshot: not tested without a probe."""
        folders = []
        for name, kind, layout in (("a", "p4d.24xlarge", "efa-only"), ("b", "p5.48xlarge", "efa-only"),
                                   ("c", "p4d.24xlarge", "all-efa")):  # fmt: skip
            folder = self.node.path / name
            subprocess.run([sys.executable, TOP / "tests/nodes/make-node", kind, layout, folder], check=True)
            folders.append(folder)
        where = ("--data-dir", self.node.data, "--site-dir", self.node.site)
        run = policy("generate", *folders[:2], *where)
        self.assertEqual((run.rc, json.loads(run.out)["layout"]), (0, {"declared": "efa-only"}), run)
        self.assertNotIn("check", json.loads(run.out))
        self.assertIn("layout.declared = efa-only: all of the nodes have it", run.err)
        self.assertIn("the rails were not tested, so times of the test stay", run.err)
        run = policy("generate", *folders, *where)
        self.assertEqual((run.rc, run.out), (1, ""))
        self.assertIn("the nodes have no layout in common", run.err)
        self.assertIn(f"{folders[2]} (p4d.24xlarge) has all-efa", run.err)
        self.assertIn('{"jobs": [{"when": {"partition": "NAME"}, "layout": {"default": "efa-only"}}]}', run.err)
        self.assertIn('"efa-layout nodes" prints the node features', run.err)
        run = policy("generate", folders[0], self.node.path / "gone", *where)
        self.assertEqual((run.rc, run.out), (1, ""))


if __name__ == "__main__":
    main()
