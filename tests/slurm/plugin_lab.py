# SPDX-License-Identifier: Apache-2.0
"""A lab with the plugin in it, a prolog that notes what it is told, and the node map of a p5."""

from __future__ import annotations

import os
import subprocess
import unittest
from collections.abc import Mapping
from pathlib import Path

from lab import Lab

TOP = Path(__file__).resolve().parents[2]
REFUSED_HERE = 2  # a client's exit status
REFUSED_THERE = 78  # a task's

_PROLOG = """#!/bin/sh
# Root's own test of what arrives: one file per job, made by nobody else.
/usr/bin/env > {base}/prolog/$SLURM_JOB_ID
"""


class PluginLab(Lab):
    """keyword is that of the plugstack line; the other arguments are the lab's."""

    def __init__(self, *, keyword: str = "optional", arguments: str | None = None,
                 **settings: object) -> None:  # fmt: skip
        super().__init__(**settings)  # type: ignore[arg-type]
        plugin = self.install(os.environ["EFA_LAYOUT_PLUGIN"])
        for name in ("data", "site", "run", "prolog"):
            (self.path / name).mkdir(mode=0o755)
        for name in ("layouts.json", "instance-types.json"):
            self.write(f"data/{name}", (TOP / "etc" / name).read_text())
        self.map()
        if arguments is None:
            names = ("data", "site", "run")
            arguments = " ".join(f"{name}_dir={self.path}/{name}" for name in names)
        self.plugstack = f"{keyword} {plugin} {arguments}"
        script = self.write("prolog.sh", _PROLOG.format(base=self.path), 0o755)
        self.settings.setdefault("Prolog", str(script))

    def map(self, layout: str = "efa-only", verdict: str = "healthy", rules: Path | None = None,
            default: str = "any") -> None:  # fmt: skip
        """Replace the node map; it carries the shipped environment rules, or those of a file."""
        subprocess.run(
            [os.environ["EFA_LAYOUT_MAKE_MAP"], self.path / "run" / "node.json", layout, verdict,
             rules or TOP / "etc" / "environment.json", default],
            check=True,
        )  # fmt: skip

    def no_map(self) -> None:
        (self.path / "run" / "node.json").unlink(missing_ok=True)

    def told(self, job: int | str) -> Mapping[str, str]:
        """The job's variables in the prolog, those that begin with SPANK_."""
        text = (self.path / "prolog" / str(job)).read_text()
        pairs = (line.split("=", 1) for line in text.splitlines() if line.startswith("SPANK_"))
        return dict(pairs)

    def request(self, job: int | str) -> str | None:
        return self.told(job).get("SPANK_EFA_LAYOUT_REQUEST")


class PluginCase(unittest.TestCase):
    """One lab per class of cases; the map is that of a sound efa-only node before each."""

    lab: PluginLab

    @classmethod
    def make(cls) -> PluginLab:
        return PluginLab()

    @classmethod
    def setUpClass(cls) -> None:
        cls.lab = cls.make()
        cls.enterClassContext(cls.lab)

    def setUp(self) -> None:
        self.lab.map()
        (self.lab.path / "site" / "policy.json").unlink(missing_ok=True)

    def assert_idle(self, name: str = "n1") -> None:
        """The node takes jobs: neither drained nor down, once the last job has left it."""
        node = self.lab.wait_node(name, {"IDLE", "IDLE+DRAIN", "DOWN", "DOWN+DRAIN"})
        self.assertEqual(node["State"], "IDLE", node.get("Reason"))

    def jobs(self) -> int:
        """How many jobs there have been."""
        return int(self.lab.last_job().get("JobId", "0"))
