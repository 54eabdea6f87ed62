# SPDX-License-Identifier: Apache-2.0
"""Folders of a site's files, and the tool over them."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import unittest
from collections.abc import Mapping
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
TOOL = Path(os.environ.get("EFA_LAYOUT_TOOL", TOP / "build" / "prolog" / "tool" / "efa-layout"))
DATA = ("layouts.json", "instance-types.json", "environment.json")
SKIP = 77


class Folders(unittest.TestCase):
    """Shipped data and a place for a site's files, which belong to whoever runs the test."""

    def setUp(self) -> None:
        self.dir = Path(tempfile.mkdtemp(prefix="efa-layout-policy."))
        self.addCleanup(shutil.rmtree, self.dir)
        self.dir.chmod(0o755)
        self.data = self.dir / "data"
        self.data.mkdir(mode=0o755)
        for name in DATA:
            shutil.copyfile(TOP / "etc" / name, self.data / name)
        self.n_sites = 0

    def site(self, files: Mapping[str, str | bytes]) -> Path:
        """A new folder with these files."""
        self.n_sites += 1
        site = self.dir / f"site{self.n_sites}"
        site.mkdir(mode=0o755)
        for name, text in files.items():
            path = site / name
            path.parent.mkdir(mode=0o755, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
            path.chmod(0o644)
        return site

    def tool(self, *args: str | Path, site: Path | None = None) -> subprocess.CompletedProcess[str]:
        argv = [TOOL, *args, "--data-dir", self.data, "--site-dir", site or self.dir / "none", "--state-dir", self.dir / "state"]
        return subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)

    def validate(self, site: Path, *args: str) -> tuple[int, list[str]]:
        """Exit status, and lines with names inside of the folder."""
        run = self.tool("policy", "validate", site, *args)
        self.assertEqual(run.stderr, "")
        return run.returncode, run.stdout.replace(f"{site}/", "").replace(f"{site}:", "SITE:").splitlines()

    def gate(self, site: Path) -> str:
        """What the loader that the gate has too says of a folder, "" nothing."""
        run = self.tool("check", "--no-probe", "--root", self.dir / "none", "--run-dir", self.dir / "none", site=site)
        first = run.stdout.splitlines()[0]
        return first.partition("settings or data files cannot be used: ")[2].replace(f"{site}/", "").replace(f"{site}:", "SITE:")

    def expect_gate(self, site: Path, said: str) -> None:
        """It says this, as far as its sentence goes."""
        self.assertEqual(self.gate(site)[:100], said[:100])
