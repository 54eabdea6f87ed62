#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""efa-layout nodes: which features and lines nodes come to, and which nodes are left out."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests" / "prolog"))

from kit import Node, Run, main, runner  # noqa: E402

TREES = {"p4-1": ("p4d.24xlarge", "efa-only"), "p4-3": ("p4d.24xlarge", "all-efa"), "p5-1": ("p5.48xlarge", "efa-only"),
         "bad-1": ("p4d.24xlarge", "efa-only", "--missing", "2"), "cpu-1": ("p4d.24xlarge", "none")}  # fmt: skip


class Nodes(unittest.TestCase):
    """Trees of several kinds; each may be given under any name."""

    node: Node
    trees: dict[str, Path]

    @classmethod
    def setUpClass(cls) -> None:
        cls.node = cls.enterClassContext(Node("p4d.24xlarge", "efa-only"))
        cls.trees = {name: cls.node.path / name for name in TREES}
        for name, words in TREES.items():
            subprocess.run([sys.executable, TOP / "tests" / "nodes" / "make-node", words[0], words[1], cls.trees[name], *words[2:]], check=True)

    def setUp(self) -> None:
        self.node.policy()

    def nodes(self, *words: str | Path) -> Run:
        return runner.run([runner.TOOL, "nodes", "--data-dir", self.node.data, "--site-dir", self.node.site, *words], {})

    def lines(self, *words: str | Path, rc: int = 0) -> list[str]:
        run = self.nodes(*words)
        self.assertEqual((run.rc, run.err), (rc, ""), run)
        return run.out.splitlines()[1:]


class Refused(Nodes):
    def test_arguments(self) -> None:
        good = self.trees["p4-1"]
        for words, said in (
            (["/nonexistent/n1"], "n1: /nonexistent/n1 is not the folder of a snapshot"),
            ([f"n1={good}/SYNTHETIC"], "is not the folder of a snapshot"),
            (["."], 'is no name of a node; give NAME=SNAPSHOT'),
            ([f"={good}"], "is no name of a node"),
            ([f"n[1-2]={good}"], '"n[1-2]" is no name of a node'),
            ([f"a,b={good}"], "is no name of a node"),
            ([f"{'n' * 64}={good}"], "is no name of a node"),
            ([f"n1={good}", f"n1={self.trees['p4-3']}"], "there are two nodes of this name"),
            ([good, "--lua", "/nonexistent/table.lua"], "/nonexistent"),
        ):
            with self.subTest(words):
                run = self.nodes(*words)
                self.assertEqual((run.rc, run.out), (1, ""), run)
                self.assertIn(said, run.err)

    def test_options(self) -> None:
        for words in (["--bogus"], ["--json", "--gres"], ["--json", "--lua", "-"], ["--lua"]):
            self.assertEqual(self.nodes(*words).rc, 3, words)

    def test_settings_that_cannot_be_used(self) -> None:
        (self.node.site / "policy.json").write_text("{")
        run = self.nodes(self.trees["p4-1"], "--state-dir", "/nonexistent")
        self.assertEqual((run.rc, run.out), (1, ""), run)
        self.assertIn("policy.json", run.err)


class Lines(Nodes):
    def test_features_are_folded(self) -> None:
        one, three = self.trees["p4-1"], self.trees["p4-3"]
        self.assertEqual(self.lines(f"p4-1={one}", three, f"p4-2={one}", self.trees["p5-1"], f"other={one}"), [
            "NodeName=other,p4-[1-2] Feature=efa-layout-efa-only,efa-rails-4",
            "NodeName=p4-3 Feature=efa-layout-all-efa,efa-rails-4",
            "NodeName=p5-1 Feature=efa-layout-efa-only,efa-rails-32",
        ])  # fmt: skip

    def test_this_node(self) -> None:
        """The host's own name, and what is live here."""
        name = socket.gethostname().split(".")[0]
        run = runner.run([runner.TOOL, "nodes", *self.node.options()], {})
        self.assertEqual((run.rc, run.out.splitlines()[1:]), (0, [f"NodeName={name} Feature=efa-layout-efa-only,efa-rails-4"]), run)

    def test_gres(self) -> None:
        said = self.lines("--gres", self.trees["p4-1"], self.trees["p4-3"], self.trees["p5-1"])
        self.assertEqual([line for line in said if line and line[0] != "#"], [
            "NodeName=p4-1 Feature=efa-layout-efa-only,efa-rails-4 Gres=efa:4",
            "NodeName=p4-3 Feature=efa-layout-all-efa,efa-rails-4 Gres=efa:4",
            "NodeName=p5-1 Feature=efa-layout-efa-only,efa-rails-32 Gres=efa:32",
            "GresTypes=efa",
            "NodeName=p4-[1,3] Name=efa Count=4 Flags=CountOnly",
            "NodeName=p5-1 Name=efa Count=32 Flags=CountOnly",
        ])  # fmt: skip

    def test_nodes_at_fault(self) -> None:
        """Listed only where the site declares what they should have."""
        words = (self.trees["p4-1"], self.trees["bad-1"], self.trees["cpu-1"])
        said = self.lines(*words, rc=1)
        self.assertEqual(said[-1], "NodeName=p4-1 Feature=efa-layout-efa-only,efa-rails-4")
        self.assertTrue(said[0].startswith("# bad-1 is left out: E106 card 2"), said)
        self.assertEqual(said[1], "# cpu-1 has no feature: no EFA function")
        self.node.policy(layout={"declared": "efa-only"})
        said = self.lines(self.trees["p4-1"], self.trees["bad-1"], rc=1)
        self.assertTrue(said[0].startswith("# bad-1 is at fault, listed as declared: E106 card 2"), said)
        self.assertEqual(said[1:], ["NodeName=bad-1,p4-1 Feature=efa-layout-efa-only,efa-rails-4"])

    def test_tolerated_rails_are_not_counted(self) -> None:
        self.node.policy(layout={"rails": 3})
        self.assertEqual(self.lines(self.trees["bad-1"]), ["NodeName=bad-1 Feature=efa-layout-efa-only,efa-rails-3"])

    def test_same_judgement_as_the_gate(self) -> None:
        """What is printed for a node is what the gate finds right there."""
        said = json.loads(self.nodes("--json", self.trees["p4-1"], self.trees["bad-1"]).out)
        features = {node["name"]: ",".join(node["features"]) for node in said["nodes"]}
        self.assertEqual(features["bad-1"], "")
        self.assertEqual(said["lines"], [{"nodes": "p4-1", "features": features["p4-1"]}])
        conf = self.node.path / "slurm.conf"
        conf.write_text(f"NodeName=node-1 Feature={features['p4-1']}\n")
        run = self.node.gate(env={"SLURM_CONF": str(conf)})
        self.assertEqual(run.rc, 0, run)
        report = self.node.report()
        assert report is not None
        self.assertEqual(report["outcome"], "healthy")

    def test_snapshot(self) -> None:
        snapshot = self.node.path / "p4-9"
        self.addCleanup(shutil.rmtree, snapshot)
        self.assertEqual(self.node.tool("snapshot", snapshot).rc, 0)
        self.assertEqual(self.lines(f"{snapshot}/"), ["NodeName=p4-9 Feature=efa-layout-efa-only,efa-rails-4"])


class Table(Nodes):
    """What the job_submit part reads."""

    def read(self, text: str) -> str:
        """As Lua sees it."""
        path = self.node.path / "table.lua"
        path.write_text(text)
        show = """
            local function show(v)
                if type(v) ~= "table" then return type(v) == "string" and string.format("%q", v) or tostring(v) end
                local keys, out = {}, {}
                for k in pairs(v) do keys[#keys + 1] = k end
                table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
                for _, k in ipairs(keys) do out[#out + 1] = tostring(k) .. "=" .. show(v[k]) end
                return "{" .. table.concat(out, " ") .. "}"
            end
            print(show(dofile(arg[1])))
        """
        (self.node.path / "show.lua").write_text(show)
        done = subprocess.run(["lua5.4", self.node.path / "show.lua", path], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.strip()

    def test_kinds_and_defaults(self) -> None:
        one = self.trees["p4-1"]
        run = self.nodes("--lua", "-", one, f"p4-2={one}", self.trees["p5-1"])
        self.assertIn("-- p4-[1-2]\n", run.out)
        self.assertEqual(self.read(run.out),
            '{default={layout="any" rails="all"} kinds={1={gpus=8 layouts={1="efa-only"} of=4 rails=4} '
            '2={gpus=8 layouts={1="efa-only"} of=32 rails=32}} left_out=0 partitions={} version=1}')  # fmt: skip

    def test_left_out(self) -> None:
        """A node at fault is no kind, and counted: what it has is not known."""
        run = self.nodes("--lua", "-", self.trees["bad-1"])
        self.assertEqual(run.rc, 1, run)
        self.assertIn("kinds={} left_out=1 ", self.read(run.out))

    def test_rules_of_the_policy(self) -> None:
        self.node.policy(layout={"default": "efa-only", "rails": 3}, jobs=[
            {"when": {"partition": ["debug", 'o"dd\\']}, "layout": {"default": "any"}},
            {"when": {"partition": "debug", "account": "x"}, "check": {"default": "full"}},
            {"when": {"partition": "mine", "account": "x"}, "layout": {"rails": 2}},
        ])  # fmt: skip
        said = self.read(self.nodes("--lua", "-", self.trees["p4-1"]).out)
        self.assertIn('default={layout="efa-only" rails="3"}', said)
        self.assertIn('partitions={debug={layout="any" rails="3"} mine={} o"dd\\={layout="any" rails="3"}}', said)
        self.node.policy(jobs=[{"when": {"account": "x"}, "layout": {"default": "efa-only"}}])
        self.assertIn("{default={} ", self.read(self.nodes("--lua", "-", self.trees["p4-1"]).out))

    def test_file(self) -> None:
        path = self.node.path / "nodes.lua"
        said = self.lines("--lua", path, self.trees["p4-1"])
        self.assertEqual(said, ["NodeName=p4-1 Feature=efa-layout-efa-only,efa-rails-4"])
        self.assertEqual(path.read_text(), self.nodes("--lua", "-", self.trees["p4-1"]).out)


if __name__ == "__main__":
    if shutil.which("lua5.4") is None:
        print("skipped: needs lua5.4")
        sys.exit(runner.SKIP)
    main()
