#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""efa-layout facts --write: ENI facts from the metadata, and the topology of this machine, each whatever becomes of the other."""

from __future__ import annotations

import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path

from exportlab import READERS, TOP, main, runner, show, tool
from test_tool import MAC, Metadata

# A plugin that crashes hwloc when it is loaded, or keeps it waiting.
PLUGINS = runner.TOOL.parents[2] / "tests" / "unit" / "plugins" / "crashing"
NOBODY = "http://127.0.0.1:1"


def processes(word: str) -> list[int]:
    """Those that run now with this word in their command line."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_text().split("\0")
        except OSError:
            continue
        if word in words:
            found.append(int(path.parent.name))
    return found


class Write(unittest.TestCase):
    def setUp(self) -> None:
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Metadata)
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}"
        thread = threading.Thread(target=self.server.serve_forever)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.path = Path(tempfile.mkdtemp(prefix="efa-layout-facts."))
        self.path.chmod(0o755)
        self.addCleanup(shutil.rmtree, self.path)
        self.run_dir = self.path / "run"
        self.enis, self.topology = self.run_dir / "enis.json", self.run_dir / "topology.xml"

    def write(self, endpoint: str, env: dict[str, str] | None = None, *words: str | Path) -> runner.Run:
        return tool("facts", "--write", "--endpoint", endpoint, "--run-dir", self.run_dir, *words, env=env)

    def check_facts(self) -> None:
        self.assertEqual([one["mac"] for one in json.loads(self.enis.read_text())["interfaces"]], [MAC])

    def test_without_metadata(self) -> None:
        run = self.write(NOBODY)
        self.assertEqual(run.rc, 1, run)
        self.assertIn("instance metadata", run.err)
        self.assertFalse(self.enis.exists())
        self.assertTrue(self.topology.exists())

    def test_hwloc_crashes(self) -> None:
        self.run_dir.mkdir(mode=0o755)
        self.topology.write_text("of yesterday")
        run = self.write(self.endpoint, {"HWLOC_PLUGINS_PATH": os.fspath(PLUGINS)})
        self.assertEqual(run.rc, 2, run)
        self.assertEqual(run.err, "efa-layout: error: topology: hwloc ended with signal 6 on this machine\n")
        self.check_facts()
        self.assertEqual(self.topology.read_text(), "of yesterday")

    def test_hwloc_hangs(self) -> None:
        run = self.write(self.endpoint, {"HWLOC_PLUGINS_PATH": os.fspath(PLUGINS), "TEST_HWLOC_HANG": "1"})
        self.assertEqual(run.rc, 2, run)
        self.assertEqual(run.err, "efa-layout: error: topology: hwloc did not get done with this machine within 20 s\n")
        self.assertGreaterEqual(run.seconds, 20)
        self.check_facts()
        self.assertFalse(self.topology.exists())
        self.assertEqual(processes(os.fspath(self.run_dir)), [], "it is killed")

    def test_both_fail(self) -> None:
        run = self.write(NOBODY, {"HWLOC_PLUGINS_PATH": os.fspath(PLUGINS)})
        self.assertEqual(run.rc, 1, run)
        self.assertEqual(len(run.err.splitlines()), 2, run.err)
        self.assertEqual(list(self.run_dir.iterdir()), [])

    def test_run_directory_that_others_may_write(self) -> None:
        self.run_dir.mkdir()
        self.run_dir.chmod(0o777)
        run = self.write(self.endpoint)
        self.assertEqual(run.rc, 1, run)
        self.assertEqual(list(self.run_dir.iterdir()), [])

    def test_only_of_the_running_machine(self) -> None:
        root = self.path / "root" / "proc" / "sys" / "kernel" / "random"
        root.mkdir(parents=True)
        shutil.copyfile("/proc/sys/kernel/random/boot_id", root / "boot_id")
        run = self.write(self.endpoint, None, "--root", self.path / "root")
        self.assertEqual(run.rc, 0, run)
        self.assertEqual(list(self.run_dir.iterdir()), [self.enis])

    def test_printing_writes_nothing(self) -> None:
        run = tool("facts", "--endpoint", self.endpoint, "--run-dir", self.run_dir)
        self.assertEqual(run.rc, 0, run)
        self.assertFalse(self.run_dir.exists())

    def test_both(self) -> None:
        run = self.write(self.endpoint)
        self.assertEqual((run.rc, run.out, run.err), (0, "", ""))
        self.check_facts()
        self.assertEqual(self.topology.stat().st_mode & 0o7777, 0o644)
        self.assertEqual(sorted(self.run_dir.iterdir()), [self.enis, self.topology], "nothing is left over")
        self.check_topology()

    def check_topology(self) -> None:
        """Loaded again, it is this machine."""
        if not list(Path("/sys/bus/pci/devices").glob("*")):
            self.skipTest("a machine without PCI functions")
        here = json.loads(tool("show", "--json").out)
        for reader, env in READERS.items():
            with self.subTest(reader=reader):
                found = show(self.topology, env=env)
                self.assertEqual(found["node"]["kernel"], here["node"]["kernel"])
                for key in ("rails", "enas", "accelerators", "empty_ports"):
                    self.assertEqual([one["pci"] for one in found[key]], [one["pci"] for one in here[key]], key)
                if here["numa"]:
                    self.assertEqual(found["numa"], here["numa"])

    def test_as_the_unit_runs_it(self) -> None:
        """Root without capabilities, as the systemd unit has it."""
        if not shutil.which("setpriv") or os.geteuid() != 0:
            self.skipTest("needs root and setpriv")
        argv = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs", runner.TOOL, "facts", "--write", "--endpoint",
                self.endpoint, "--run-dir", self.run_dir]  # fmt: skip
        done = subprocess.run(argv, capture_output=True, text=True, env={"PATH": os.environ["PATH"]}, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.check_facts()
        self.check_topology()


class Unit(unittest.TestCase):
    def test_time_for_both(self) -> None:
        """What the unit allows covers the deadlines of the two, and what cannot be helped is not tried for ever."""
        unit = (TOP / "etc" / "efa-layout-facts.service.in").read_text().splitlines()
        allowed = [int(line.partition("=")[2]) for line in unit if line.startswith("TimeoutStartSec=")]
        needed = [re.search(rf"#define {name}\s+(\d+)", (TOP / path).read_text()) for name, path in
                  (("TOTAL_MS", "prolog/tool/cmd_facts.c"), ("TOPOLOGY_DEADLINE_MS", "lib/topology.h"))]  # fmt: skip
        self.assertLess(sum(int(one[1]) for one in needed if one) / 1000 + 5, allowed[0])
        self.assertTrue(all(needed))
        self.assertIn("RestartPreventExitStatus=2", unit)


if __name__ == "__main__":
    if not (PLUGINS / "hwloc_crash.so").exists():
        print(f"skipped: {PLUGINS / 'hwloc_crash.so'} is not built")
        sys.exit(77)
    main()
