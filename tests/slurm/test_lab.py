#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The lab itself: what it says when it cannot start, and that nothing of it outlives it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from collections.abc import Callable
from pathlib import Path

from lab import Lab, LabError, main
from lab.commands import fields
from lab.processes import descendants

_INTERRUPTED = """
import signal, sys
sys.path.insert(0, {here!r})
from lab import Lab
signal.signal(signal.SIGTERM, lambda *_: sys.exit(3))
with Lab() as lab:
    lab.sbatch(script="#!/bin/sh\\nsleep 600 & sleep 601\\n")
    print(lab.path, flush=True)
    lab.run("sleep", "602", timeout=700)
"""

_SIDE_BY_SIDE = """
import sys, unittest
sys.path.insert(0, {here!r})
from lab import Lab, main
class One(unittest.TestCase):
    def test(self):
        with Lab() as lab:
            lab.srun("sleep", "603", timeout=700)
class Two(One):
    pass
main()
"""


def _mentions(path: str) -> list[str]:
    """Command lines of living processes that have the lab in their environment."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                if path.encode() in (entry / "environ").read_bytes():
                    found.append((entry / "cmdline").read_text().replace("\0", " "))
            except OSError:
                continue
    return found


class TestRefusals(unittest.TestCase):
    def test_bad_configuration_is_said(self) -> None:
        lab = Lab(config={"SelectType": "select/nonsense"})
        with self.assertRaises(LabError) as caught, lab:
            pass
        self.assertIn("select/nonsense", str(caught.exception))
        self.assertFalse(lab.path.exists())

    def test_refused_submission_is_said(self) -> None:
        with Lab() as lab, self.assertRaises(LabError) as caught:
            lab.sbatch("--partition=none", script="#!/bin/sh\n")
        self.assertIn("--partition=none", str(caught.exception))

    def test_commands_end_at_their_deadline(self) -> None:
        lab = Lab()
        try:
            result = lab.run("sh", "-c", "sleep 60 & sleep 61", timeout=0.5)
        finally:
            lab.stop()
        self.assertEqual(result.rc, 124)
        self.assertLess(result.seconds, 10)


class TestEnd(unittest.TestCase):
    def _start(self) -> tuple[subprocess.Popen[str], str]:
        text = _INTERRUPTED.format(here=str(Path(__file__).parent))
        child = subprocess.Popen([sys.executable, "-c", text], stdout=subprocess.PIPE, text=True,
                                 stderr=subprocess.DEVNULL)  # fmt: skip
        assert child.stdout is not None
        path = child.stdout.readline().strip()
        child.stdout.close()
        self._until(lambda: any("sleep 601" in line for line in _mentions(path)))
        return child, path

    def _until(self, is_true: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 30
        while not is_true():
            self.assertLess(time.monotonic(), deadline, "not in time")
            time.sleep(0.1)

    def test_signals_leave_nothing(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            child, path = self._start()
            child.send_signal(number)
            child.wait(30)
            self.assertEqual(_mentions(path), [])
            self.assertFalse(Path(path).exists())

    def test_cases_side_by_side_end_with_their_file(self) -> None:
        for number in (signal.SIGTERM, signal.SIGKILL):
            with self.subTest(number), tempfile.TemporaryDirectory() as name:
                base = Path(name)
                base.chmod(0o755)
                file = base / "file.py"
                file.write_text(_SIDE_BY_SIDE.format(here=str(Path(__file__).parent)))
                child = subprocess.Popen([sys.executable, file], env=os.environ | {"TMPDIR": name},
                                         stdout=subprocess.DEVNULL)  # fmt: skip
                self.addCleanup(child.terminate)
                self._until(lambda: sum("bin/sleep 603" in line for line in _mentions(name)) == 2)
                child.send_signal(number)
                child.wait(30)
                self._until(lambda: _mentions(name) == [])
                self.assertEqual([path.name for path in base.iterdir()], ["file.py"])

    def test_detached_tasks_end(self) -> None:
        with Lab() as lab:
            path = str(lab.path)
            lab.srun("sh", "-c", "setsid sleep 600 >/dev/null 2>&1 & exit 0")
            self.assertNotEqual(descendants(path), set())
        self.assertEqual(_mentions(path), [])


class TestUse(unittest.TestCase):
    def test_jobs_nodes_and_gpus(self) -> None:
        with Lab(nodes=2, cpus=4, gpus=4) as lab:
            steps = lab.srun("-N2", "sh", "-c", "id -un; echo $SLURMD_NODENAME")
            self.assertEqual(sorted(steps.out.split()), ["n1", "n2", "nobody", "nobody"])
            gpus = lab.srun("-n4", "--gres=gpu:4", "--gpus-per-task=1", "printenv",
                            "SLURM_STEP_GPUS")  # fmt: skip
            self.assertEqual(sorted(gpus.out.split()), ["0", "1", "2", "3"], gpus)
            job = lab.sbatch("--comment=two words", script="#!/bin/sh\necho out\nexit 3\n")
            ended = lab.wait_job(job)
            self.assertEqual((ended["JobState"], ended["ExitCode"]), ("FAILED", "3:0"))
            self.assertEqual(ended["Comment"], "two words")
            self.assertEqual(lab.output(job), "out\n")
            self.assertEqual(lab.last_job()["JobId"], str(job))
            lab.run("scontrol", "update", "NodeName=n2", "State=DRAIN", "Reason=a reason")
            self.assertEqual(lab.wait_node("n2", {"IDLE+DRAIN"})["Reason"].split(" [")[0],
                             "a reason")  # fmt: skip
            lab.resume("n2")

    def test_programs_are_those_asked_for(self) -> None:
        """The controller's release is that of the packages of the folder, if one is named."""
        with Lab() as lab:
            config = lab.run("scontrol", "show", "config").out
            found = re.search(r"(?m)^SLURM_VERSION +=  ?(\d+)\.(\d+)\.", config)
            assert found is not None, config
            release = int(found[1]), int(found[2])
            self.assertEqual(lab.release, release)
        folder = os.environ.get("EFA_LAYOUT_SLURM_ROOT")
        if folder is not None:
            packages = Path(folder, "packages").read_text()
            self.assertIn(f"\nslurmctld {release[0]}.{release[1]}.", packages)
            self.assertGreaterEqual(release, (24, 11))

    def test_daemons_start_again(self) -> None:
        with Lab() as lab:
            lab.stop_daemon("slurmd.n1")
            lab.start_slurmd("n1")
            lab.stop_daemon("slurmctld")
            lab.start_slurmctld()
            lab.wait_idle()
            self.assertEqual(lab.srun("true").rc, 0)

    def test_fields(self) -> None:
        text = "   JobState=FAILED Reason=Not Ready=no Dep=(null)\n   Comment=a b\n"
        self.assertEqual(
            fields(text),
            {"JobState": "FAILED", "Reason": "Not", "Ready": "no", "Dep": "(null)",
             "Comment": "a b"},
        )  # fmt: skip


class TestPorts(unittest.TestCase):
    def test_copies_of_a_process_get_others(self) -> None:
        from lab.config import free_ports

        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            os.write(write, " ".join(map(str, free_ports(200))).encode())
            time.sleep(1)
            os._exit(0)
        mine = free_ports(200)
        theirs = [int(word) for word in os.read(read, 65536).split()]
        os.waitpid(child, 0)
        self.assertEqual((len(set(mine)), len(set(theirs))), (200, 200))
        self.assertFalse(set(mine) & set(theirs))


if __name__ == "__main__":
    main()
