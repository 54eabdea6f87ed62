#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""efa-layout show: table, tree, head lines, colour and options."""

from __future__ import annotations

import json
import os
import re
import unittest
from collections import Counter
from pathlib import Path

from shown import Node, main, on_terminal, runner, show, table

ESCAPE = "\033["
HOSTILE = "6.1\033[31m<script>&\u202e\"'"


def card(rows: list[dict[str, str]], number: int) -> dict[str, str]:
    (row,) = [row for row in rows if row["CARD"] == str(number)]
    return row


class Options(unittest.TestCase):
    def test_refusals(self) -> None:
        for words, hint in (
            (["--table", "--tree"], "exclude each other"),
            (["--json", "--tree"], "exclude each other"),
            (["--svg", "-", "--json"], "exclude each other"),
            (["--color", "yes"], "auto, always or never"),
            (["--color"], "--help"),
            (["--svg"], "--help"),
            (["--nonsense"], "--help"),
            (["argument"], "--help"),
        ):
            with self.subTest(words=words):
                run = runner.run([runner.TOOL, "show", *words], {})
                self.assertEqual(run.rc, 3, run)
                self.assertIn(hint, run.err)
                self.assertEqual(run.out, "")

    def test_table_is_the_default(self) -> None:
        with Node("p4d.24xlarge", "efa-only") as node:
            self.assertEqual(show(node).out, show(node, "--table").out)
            self.assertEqual(show(node, "--tree", "--tree").out, show(node, "--tree").out)

    def test_a_tree_that_cannot_be_read(self) -> None:
        with Node("c5n.18xlarge", "all-efa") as node:
            path = next(node.root.glob("sys/devices/pci0000:00/*/device"))
            path.write_text("no number\n")
            for form in ("--table", "--tree", "--json", "--svg=-"):
                run = show(node, form)
                self.assertEqual((run.rc, run.out), (1, ""))
                self.assertIn(path.name, run.err)


class Table(unittest.TestCase):
    def test_healthy(self) -> None:
        with Node("p5.48xlarge", "efa-only") as node:
            rows = table(show(node).out)
            self.assertEqual([row["CARD"] for row in rows], [str(i) for i in range(32)])
            self.assertEqual({row["MARK"] for row in rows}, {"="})
            self.assertEqual([row["EXPECTED"] for row in rows], ["efa"] + 31 * ["efa-only"])
            self.assertEqual([row["KIND"] for row in rows], [row["EXPECTED"] for row in rows])
            found = node.show()
            for rail in found["rails"]:
                row = card(rows, rail["card_index"])
                self.assertEqual(
                    (row["RDMA"], row["PCI"], row["MAC"], row["ENI"], row["STATE"]),
                    (rail["rdma_name"], rail["pci"], rail["mac"], rail["eni_id"], "usable"),
                )

    def test_missing(self) -> None:
        with Node("p5.48xlarge", "efa-only", "--missing", "3") as node:
            out = show(node).out
            rows = table(out)
            (row,) = [row for row in rows if row["MARK"] != "="]
            self.assertEqual(
                (row["MARK"], row["KIND"], row["EXPECTED"], row["STATE"], row["RDMA"]),
                ("!", "invisible", "efa-only", "absent", "-"),
            )
            # It has a card, an interface and a place.
            self.assertEqual(row["PCI"], "0000:52:00.0")
            self.assertRegex(row["ENI"], r"^eni-")
            self.assertRegex(out, r"(?m)^error +card \d+ .*invisible \[E106\]$")
            self.assertIn("card by card: 1 card differs", out)

    def test_nothing_where_something_belongs(self) -> None:
        with Node("p4d.24xlarge", "efa-only", "--detached", "2") as node:
            row = card(table(show(node).out), 2)
            self.assertEqual(
                (row["MARK"], row["KIND"], row["EXPECTED"], row["STATE"], row["PCI"]),
                ("!", "-", "efa-only", "missing", "0000:90:1b.0"),
            )

    def test_extra(self) -> None:
        with Node("p4d.24xlarge", "efa-only", "--extra-ena", "1") as node:
            rows = table(show(node).out)
            (row,) = [row for row in rows if row["MARK"] == "!"]
            self.assertEqual((row["CARD"], row["KIND"], row["EXPECTED"]), ("1", "interface", "nothing"))

    def test_broken(self) -> None:
        damage = ("--unbound", "0", "--no-uverbs", "2")
        with Node("p4d.24xlarge", "ena-primary", *damage) as node:
            rows = table(show(node).out)
            self.assertEqual(
                Counter((row["MARK"], row["STATE"]) for row in rows),
                {("!", "no-driver"): 1, ("!", "no-uverbs"): 1, ("=", "usable"): 2, ("=", "up"): 1},
            )

    def test_against_what_the_site_declares(self) -> None:
        with Node("p4d.24xlarge", "efa-only") as node:
            node.policy(layout={"declared": "all-efa"})
            out = show(node).out
            rows = table(out)
            self.assertIn("with all-efa", out)
            self.assertEqual([row["MARK"] for row in rows], ["=", "!", "!", "!"])
            self.assertEqual({row["EXPECTED"] for row in rows}, {"efa"})

    def test_by_numbers(self) -> None:
        with Node("p5.48xlarge", "efa-only", "--no-facts", "--missing", "3") as node:
            out = show(node).out
            self.assertIn("by numbers and known addresses: 1 function missing", out)
            rows = table(out)
            self.assertEqual(Counter(row["MARK"] for row in rows), {"-": 31, "!": 1})
            (row,) = [row for row in rows if row["MARK"] == "!"]
            self.assertEqual((row["CARD"], row["EXPECTED"], row["PCI"]), ("-", "efa-only", "0000:52:00.0"))

    def test_not_compared(self) -> None:
        with Node("p4d.24xlarge", "efa-only", "--no-facts") as node:
            (node.site / "policy.json").write_text("{")
            run = show(node)
            self.assertEqual(run.rc, 0, run)
            self.assertIn("not compared: ", run.out)
            self.assertNotIn("EXPECTED", run.out)
            self.assertEqual(len(table(run.out)), 4)

    def test_accelerators_and_others(self) -> None:
        with Node("p6-b300.48xlarge", "ena-primary-only") as node:
            out = show(node).out
            self.assertEqual(len(re.findall(r"(?m)^  \d +nvidia  0000:", out)), 8)
            self.assertRegex(out, r"(?m)^other RDMA device ibp198s0\S* \(mlx5_core\)$")


class Tree(unittest.TestCase):
    def test_everything_once(self) -> None:
        for kind, layout, damage in (
            ("p5.48xlarge", "efa-only", ["--missing", "3"]),
            ("p4d.24xlarge", "all-efa", ["--unbound", "1"]),
            ("p6-b300.48xlarge", "ena-primary-only", []),
            ("c5n.18xlarge", "ena-primary", ["--no-facts"]),
        ):
            with self.subTest(kind=kind), Node(kind, layout, *damage) as node:
                out = show(node, "--tree").out
                found = node.show()
                functions = ("rails", "enas", "accelerators", "foreign")
                for pci in (one["pci"] for part in functions for one in found[part]):
                    self.assertEqual(len(re.findall(rf" {pci} ", out)), 1, pci)
                self.assertEqual(
                    re.findall(r"(?:switch|host bridge) (\S+)$", out, re.M),
                    [group["at"] for group in found["groups"]],
                )

    def test_missing(self) -> None:
        with Node("p5.48xlarge", "efa-only", "--missing", "3") as node:
            lines = show(node, "--tree").out.splitlines()
            (at,) = [i for i, line in enumerate(lines) if "missing" in line and "! EFA" in line]
            self.assertRegex(lines[at], r"! EFA +- +0000:52:00\.0 +card \d+ +expected efa-only, missing$")
            above = [line for line in lines[:at] if "switch" in line]
            self.assertTrue(above[-1].endswith("switch 0000:45:00.0"), above[-1])
            self.assertEqual(sum("= EFA" in line for line in lines), 31)

    def test_two_missing(self) -> None:
        """Their places are known, which is whose is not."""
        with Node("p5.48xlarge", "efa-only", "--missing", "3", "--missing", "30") as node:
            out = show(node, "--tree").out
            self.assertEqual(len(re.findall(r"card \? +expected \?, missing", out)), 2)
            self.assertNotIn("place not known", out)

    def test_place_not_known(self) -> None:
        with Node("p4d.24xlarge", "efa-only", "--detached", "2") as node:
            path = node.data / "instance-types.json"
            types = json.loads(path.read_text())
            (one,) = [one for one in types["types"] if one["name"] == "p4d.24xlarge"]
            one.pop("rails")
            path.write_text(json.dumps(types))
            out = show(node, "--tree").out
            self.assertIn("place not known", out)
            self.assertRegex(out.splitlines()[-1], r"! EFA .* card 2 +expected efa-only, missing")

    def test_numa_nodes(self) -> None:
        with Node("p4d.24xlarge", "efa-only") as node:
            out = show(node, "--tree").out
            self.assertIn("NUMA node 0  CPUs 0-23,48-71", out)
            self.assertNotIn("not known", out)
        with Node("c5n.18xlarge", "all-efa") as node:
            out = show(node, "--tree").out
            self.assertLess(out.index("NUMA node 1"), out.index("NUMA node not known"))


class Head(unittest.TestCase):
    def test_what_the_node_runs(self) -> None:
        with Node("p4d.24xlarge", "efa-only", "--efa-driver", "2.13.0g") as node:
            (node.root / "proc/self").mkdir(parents=True, exist_ok=True)
            limits = "Limit                     Soft Limit           Hard Limit           Units     \n"
            (node.root / "proc/self/limits").write_text(
                limits + "Max locked memory         8388608              8388608              bytes     \n"
            )
            pages = node.root / "sys/kernel/mm/hugepages/hugepages-2048kB"
            pages.mkdir(parents=True, exist_ok=True)
            (pages / "nr_hugepages").write_text("5128\n")
            (pages / "free_hugepages").write_text("12\n")
            head = show(node).out.split("\n\n")[0]
            for line in (
                r"instance type  p4d\.24xlarge",
                r"instance       i-[0-9a-f]+",
                r"kernel         \S+, efa driver 2\.13\.0g",
                r"limits         locked memory 8192 KiB, 5128 huge pages of 2 MiB, 12 free",
                r"ENI facts      4 interfaces",
                r"layout         efa-only",
                r"compared       with efa-only, card by card",
            ):
                self.assertRegex(head, rf"(?m)^{line}$")
            # Nothing is wrong, and that nothing was tested is no finding of a command that tests nothing.
            self.assertNotIn("I202", head)

    def test_nearest_and_declared(self) -> None:
        with Node("p4d.24xlarge", "efa-only", "--detached", "2") as node:
            self.assertIn("with efa-only (the nearest), card by card: 1 card differs", show(node).out)
            node.policy(layout={"declared": "efa-only"})
            self.assertIn("with efa-only (declared by the site)", show(node).out)

    def test_no_known_layout(self) -> None:
        with Node("p4d.24xlarge", "efa-only", "--extra-ena", "1", "--extra-ena", "2") as node:
            out = show(node).out
            self.assertRegex(out, r"(?m)^layout +none that is known$")
            self.assertRegex(out, r"(?m)^warning +node: .* \[W102\]$")


class Terminal(unittest.TestCase):
    def setUp(self) -> None:
        self.node = Node("p4d.24xlarge", "efa-only", "--unbound", "1")
        self.addCleanup(self.node.__exit__, None, None, None)

    def test_colour(self) -> None:
        xterm = {"TERM": "xterm"}
        for form in ("--table", "--tree"):
            for colour, env, words in (
                (True, xterm, []),
                (True, {**xterm, "NO_COLOR": ""}, []),
                (False, {**xterm, "NO_COLOR": "1"}, []),
                (False, {"TERM": "dumb"}, []),
                (False, {}, []),
                (False, xterm, ["--color=never"]),
                (True, {**xterm, "NO_COLOR": "1"}, ["--color=always"]),
            ):
                with self.subTest(form=form, env=env, words=words):
                    out = on_terminal(self.node, form, *words, env=env)
                    self.assertEqual(ESCAPE in out, colour, out)

    def test_no_colour_in_a_pipe(self) -> None:
        for form in ("--table", "--tree"):
            plain = show(self.node, form, env={"TERM": "xterm"}).out
            self.assertNotIn("\033", plain)
            coloured = show(self.node, form, "--color=always").out
            self.assertIn("\033[1;31m", coloured)
            # The same text, and each colour ends.
            self.assertEqual(re.sub(r"\033\[[0-9;]*m", "", coloured), plain)
            lines = coloured.splitlines()
            self.assertTrue(all(line.count(ESCAPE) % 2 == 0 for line in lines))
            # What differs is red, and of the rest nothing is.
            for line in lines[lines.index("") :]:
                self.assertEqual("\033[1;31m" in line, "!" in line, line)

    def test_documents_have_no_colour(self) -> None:
        for form in ("--json", "--svg=-"):
            self.assertNotIn("\033", show(self.node, form, "--color=always").out)

    def test_characters_of_the_locale(self) -> None:
        ascii_only = show(self.node, "--tree", env={"LC_ALL": "C"}).out
        self.assertTrue(ascii_only.isascii())
        self.assertIn("|- ", ascii_only)
        boxes = show(self.node, "--tree", env={"LC_ALL": "C.UTF-8"}).out
        self.assertIn("\u251c\u2500 ", boxes)
        same = str.maketrans({"\u2502": "|", "\u251c": "|", "\u2514": "`", "\u2500": "-"})
        self.assertEqual(boxes.translate(same), ascii_only)
        self.assertTrue(show(self.node, env={"LC_ALL": "C.UTF-8"}).out.isascii(), "the table is ASCII")

    def test_hostile_texts(self) -> None:
        (self.node.root / "proc/sys/kernel/osrelease").write_text(HOSTILE + "\n")
        for form in ("--table", "--tree", "--svg=-"):
            out = show(self.node, form).out
            self.assertIn("6.1?[31m", out)
            self.assertTrue(set(out) - {"\n"} <= {chr(c) for c in range(32, 127)} | set("\u2502\u251c\u2514\u2500"))


class Picture(unittest.TestCase):
    def setUp(self) -> None:
        self.node = Node("c5n.18xlarge", "all-efa")
        self.addCleanup(self.node.__exit__, None, None, None)
        self.file = self.node.path / "picture.svg"

    def refused(self, to: Path, hint: str) -> None:
        run = show(self.node, "--svg", to)
        self.assertEqual((run.rc, run.out), (1, ""), run)
        self.assertIn(hint, run.err)

    def test_what_is_no_file_is_left_alone(self) -> None:
        self.refused(self.node.path, "not a regular file")
        pipe = self.node.path / "pipe"
        os.mkfifo(pipe)
        self.refused(pipe, "not a regular file")
        self.assertTrue(pipe.is_fifo())
        target = self.node.path / "target"
        target.write_text("precious")
        self.file.symlink_to(target)
        self.refused(self.file, "not a regular file")
        self.assertEqual(target.read_text(), "precious")
        self.assertTrue(self.file.is_symlink())

    def test_where_no_file_can_be(self) -> None:
        self.refused(self.node.path / "absent" / "picture.svg", "cannot make a new file")

    def test_a_file_is_replaced_whole(self) -> None:
        self.file.write_text("old")
        self.file.chmod(0o600)
        before = self.file.stat().st_ino
        run = show(self.node, "--svg", self.file)
        self.assertEqual((run.rc, run.out), (0, ""), run)
        self.assertNotEqual(self.file.stat().st_ino, before)
        self.assertEqual(self.file.stat().st_mode & 0o777, 0o644)
        self.assertEqual(self.file.read_text(), show(self.node, "--svg", "-").out)
        self.assertEqual([p.name for p in self.node.path.glob("picture.svg*")], ["picture.svg"])

    def test_two_runs_draw_the_same(self) -> None:
        self.assertEqual(show(self.node, "--svg=-").out, show(self.node, "--svg=-", env={"LC_ALL": "C"}).out)


if __name__ == "__main__":
    main()
