#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Host lists as Slurm's own scontrol expands them, against our look-up that expands nothing: of all names that any of the lists has, and
names near them, each list has the same ones."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

LISTS = (
    "n1", "n1,n2", "n[1-3]", "n[01-03]", "n[001-010,20]-x[1-2],m3", "n[8-11]", "n[08-11]", "n[008-11]", "n[9-011]", "n[000-001]", "n[0-1]",
    "n[1,1,2]", "n1,,n2", " n1 n2", "n[1-2],", "n[1-2][3-4]", "n[1-22][3-4]", "a[1-2]b[03-04]c[5]", "[1-2]", "[01-2]x[9-10]", "N[1-2]",
    "queue-1-dy-p5-[1-12],queue-1-st-p5-[1-2]", "ip-10-0-[0-3]-[250-255]", "n[99-101]", "n[099-101]", "n[5]", "n[05]", "a.b-c[1-2]",
    "n[1-2,10-12,100]", "x", "x1y2z3", "n[18446744-18446746]",
)
# Refused by Slurm; and what it takes for something that nobody can mean.
REFUSED = ("n[3-1]", "n[]", "n[a-b]", "n[1,a]", "n[1-2-3]", "n[-2]", "n[0x1]", "n[1,]", "n[,1]", "n[1-2]]", "a[1-2]b", "n[0-1]7")
SURPRISING = ("n[1", "n1]", "n[ 1-2]", "n[1-]", "n[+1-2]", "n[[1-2]", "n[99999999999999999999]")


def scontrol(conf: Path, text: str) -> list[str]:
    """What Slurm expands it to; empty for what it refuses."""
    done = subprocess.run(["scontrol", "show", "hostnames", text], capture_output=True, text=True, timeout=20,
                          env={**os.environ, "SLURM_CONF": str(conf)})
    return [] if "Invalid" in done.stdout + done.stderr else done.stdout.split()


def ours(text: str, names: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run([os.environ["EFA_LAYOUT_HOSTLIST_NAMES"], text], input="\n".join(names), capture_output=True, text=True, timeout=20)


def near(name: str) -> set[str]:
    """A name, with and without leading zeros, and with a number more."""
    return {name, name + "0", name[:-1], "0" + name, re.sub(r"\d+", lambda m: "0" + m[0], name), re.sub(r"\b0+(?=\d)", "", name),
            re.sub(r"0+(\d)", r"\1", name), re.sub(r"\d+$", lambda m: str(int(m[0]) + 1), name)} - {""}


class TestHostLists(unittest.TestCase):
    def setUp(self) -> None:
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.conf = folder / "slurm.conf"
        self.conf.write_text("ClusterName=lists\nSlurmctldHost=localhost\n")

    def test_refused(self) -> None:
        for text in REFUSED:
            self.assertEqual(scontrol(self.conf, text), [], text)
            self.assertEqual(ours(text, ["n1"]).returncode, 1, text)
        for text in SURPRISING:
            self.assertNotEqual(scontrol(self.conf, text), [], text)
            self.assertEqual(ours(text, ["n1"]).returncode, 1, text)

    def test_same_names(self) -> None:
        expanded = {text: set(scontrol(self.conf, text)) for text in LISTS}
        names = sorted(set().union(*(near(name) for some in expanded.values() for name in some)))
        self.assertGreater(len(names), 300)
        for text, expected in expanded.items():
            self.assertTrue(expected, text)
            done = ours(text, names)
            self.assertEqual((done.stderr, set(done.stdout.split())), ("", expected), text)


if __name__ == "__main__":
    if not shutil.which("scontrol"):
        print("skipped: needs scontrol (package slurm-client)")
        sys.exit(77)
    unittest.main()
