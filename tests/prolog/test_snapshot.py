#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""efa-layout snapshot: where it refuses to write, what it refuses to read, and this machine."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
import unittest
from collections.abc import Iterator
from pathlib import Path

from kit import NOBODY, TOP, Node, Run, main, runner
from kit.snapshots import MAC, Translation, document, files, leaks, replay


def as_nobody(argv: list[str | Path]) -> Run:
    done = subprocess.run([os.fspath(word) for word in argv], user=NOBODY, group=NOBODY,
                          extra_groups=[], capture_output=True, text=True, cwd="/",
                          env={"PATH": "/usr/bin:/bin"})  # fmt: skip
    return Run(done.returncode, done.stdout, done.stderr, 0.0)


class Case(unittest.TestCase):
    def setUp(self) -> None:
        self.node = Node("p4d.24xlarge", "efa-only")
        self.addCleanup(self.node.__exit__, None, None, None)
        self.dir = self.node.path / "snapshot"

    def argv(self, to: str | Path, *extra: str | Path) -> list[str | Path]:
        return [runner.TOOL, "snapshot", *self.node.options(), *extra, to]

    def take(self, to: str | Path, *extra: str | Path) -> Run:
        return runner.run(self.argv(to, *extra), {})

    def notes(self) -> dict[str, object]:
        return json.loads((self.dir / "snapshot.json").read_text())

    def left_out(self) -> dict[str, str]:
        return {one["path"]: one["why"] for one in self.notes()["left_out"]}  # type: ignore[attr-defined]


class WhereItIsNotWritten(Case):
    def refused(self, run: Run, sentence: str) -> None:
        self.assertEqual((run.rc, run.out), (1, ""), run)
        self.assertRegex(run.err, f"^efa-layout: error: .*{sentence}")
        self.assertEqual(len(run.err.splitlines()), 1, run.err)

    def test_usage(self) -> None:
        for words in ([], [self.dir, self.node.path / "second"], ["--bogus", self.dir]):
            run = self.node.tool("snapshot", *words)
            self.assertEqual((run.rc, run.out), (3, ""), run)
        self.assertFalse(self.dir.exists())

    def test_not_empty(self) -> None:
        self.dir.mkdir()
        (self.dir / ".hidden").write_text("x")
        self.refused(self.take(self.dir), "snapshot: not empty; name a directory")
        self.assertEqual(os.listdir(self.dir), [".hidden"])

    def test_not_a_directory(self) -> None:
        self.dir.write_text("x")
        self.refused(self.take(self.dir), "snapshot: not a directory")
        self.assertEqual(self.dir.read_text(), "x")

    def test_links(self) -> None:
        (self.node.path / "empty").mkdir()
        for target in ("nowhere", "empty"):
            self.dir.symlink_to(target)
            self.refused(self.take(self.dir), "links are not followed")
            self.refused(self.take(f"{self.dir}/"), "links are not followed")
            self.assertEqual(os.readlink(self.dir), target)
            self.dir.unlink()
        self.assertEqual(os.listdir(self.node.path / "empty"), [])
        self.assertFalse((self.node.path / "nowhere").exists())

    def test_no_parent(self) -> None:
        self.refused(self.take(self.dir / "a"), r"No such file or directory \(.*/snapshot/ must be")
        self.assertFalse(self.dir.exists())

    def test_no_name(self) -> None:
        self.refused(self.take(""), "expected the name of a directory, found an empty one")
        self.refused(self.take("x" * 5000), "one that is too long")
        self.refused(self.take(self.node.path / ("x" * 300)), "File name too long")

    def test_directory_of_others(self) -> None:
        self.dir.mkdir()
        os.chown(self.dir, NOBODY, NOBODY)
        self.refused(self.take(self.dir), "owned by uid 65534, mode 0755; expected a directory that nobody")
        os.chown(self.dir, 0, 0)
        self.dir.chmod(0o1777)
        self.refused(self.take(self.dir), "owned by uid 0, mode 1777; expected a directory that nobody")
        self.assertEqual(os.listdir(self.dir), [])

    def test_no_permission(self) -> None:
        self.refused(as_nobody(self.argv(self.dir)), "snapshot: Permission denied")
        self.assertFalse(self.dir.exists())

    @contextlib.contextmanager
    def small(self, options: str) -> Iterator[Path]:
        path = self.node.path / "small"
        path.mkdir(exist_ok=True)
        mount = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", path], capture_output=True)
        if mount.returncode:
            self.skipTest("cannot mount a tmpfs")
        try:
            yield path
        finally:
            subprocess.run(["umount", path], check=True)

    def test_no_space(self) -> None:
        for options in ("nr_inodes=60", "size=64k"):
            with self.subTest(options=options), self.small(options) as path:
                self.refused(self.take(path / "snapshot"), "No space left on device")
                self.assertEqual(os.listdir(path), [], "something of it was left behind")
                (path / "empty").mkdir()
                self.refused(self.take(path / "empty"), "No space left on device")
                self.assertEqual(os.listdir(path / "empty"), [])

    def test_unreadable_tree(self) -> None:
        for root in (self.node.path / "absent", self.node.root / "proc/net/route"):
            self.refused(self.take(self.dir, "--root", root), "node tree .*(No such file|Not a directory)")
            self.assertFalse(self.dir.exists())

    def test_link_put_there_meanwhile(self) -> None:
        """Between making the folder and filling it, somebody puts a link where a directory goes."""
        if not shutil.which("strace"):
            self.skipTest("no strace")
        victim = self.node.path / "victim"
        victim.mkdir()
        process = subprocess.Popen(
            ["strace", "-o", self.node.path / "trace", "-e", "trace=mkdirat", "-e",
             "inject=mkdirat:delay_exit=3000000:when=1", *self.argv(self.dir)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # fmt: skip
        deadline = time.monotonic() + 60
        while not self.dir.exists() and process.poll() is None:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)
        if process.poll() is not None:
            self.skipTest("strace cannot trace here")
        (self.dir / "sys").symlink_to("../victim")
        out, err = process.communicate(timeout=60)
        self.assertEqual((process.returncode, out), (1, ""), err)
        self.assertIn("snapshot/sys: somebody else put it there meanwhile", err)
        self.assertEqual(os.listdir(victim), [])
        self.assertEqual(os.listdir(self.dir), ["sys"], "what others put there stays, ours does not")


class WhatIsNotRead(Case):
    def test_files_outside_of_the_tree(self) -> None:
        """A tree that somebody made up does not get at files that root alone may read."""
        secret = self.node.path / "secret"
        secret.mkdir(mode=0o700)
        (secret / "shadow").write_text("topsecret\n")
        (secret / "ens9").mkdir()
        (secret / "ens9/address").write_text("02:99:99:99:99:99\n")
        root = self.node.root
        for path in ("sys/class/dmi/id/product_name", "run/efa-layout/enis.json", "proc/self/limits",
                     "run/efa-layout/topology.xml", "run/efa-layout/addresses"):  # fmt: skip
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).unlink(missing_ok=True)
            (root / path).symlink_to(secret / "shadow")
        (root / "sys/class/infiniband/evil").symlink_to(secret)
        (root / "sys/class/infiniband/climb").symlink_to("../../../../secret")
        shutil.rmtree((root / "sys/class/net/ens32").resolve().parent)
        (root / "sys/bus/pci/devices/0000:10:00.0").resolve().joinpath("net").symlink_to(secret)
        for extra in ([], ["--unmasked"]):
            run = self.take(self.dir, *extra)
            self.assertEqual(run.rc, 0, run)
            self.assertEqual(leaks(self.dir, {"topsecret", "02:99:99", "shadow"}), [])
            left = self.left_out()
            for path in ("sys/class/dmi/id/product_name", "run/efa-layout/enis.json",
                         "run/efa-layout/topology.xml", "run/efa-layout/addresses",
                         "proc/self/limits", "sys/class/infiniband/evil",
                         "sys/class/infiniband/climb"):  # fmt: skip
                self.assertEqual(left[path], "leads out of the tree", path)
                self.assertFalse(os.path.lexists(self.dir / path), path)
            self.assertIn("0000:10:00.0/net", "".join(left))
            shutil.rmtree(self.dir)

    def test_what_is_no_file(self) -> None:
        (self.node.root / "sys/module/efa").mkdir(parents=True)
        os.mkfifo(self.node.root / "sys/module/efa/version")
        (self.node.root / "sys/class/dmi/id/sys_vendor").unlink()
        (self.node.root / "sys/class/dmi/id/sys_vendor").mkdir()
        (self.node.root / "proc/self").mkdir(exist_ok=True)
        (self.node.root / "proc/self/limits").write_text("x" * 8193)
        (self.node.root / "sys/class/dmi/id/product_name").write_bytes(b"p4d\0x\n")
        self.assertEqual(self.take(self.dir).rc, 0)
        left = self.left_out()
        self.assertEqual(left["sys/module/efa/version"], "not what it should be")
        self.assertEqual(left["sys/class/dmi/id/sys_vendor"], "not what it should be")
        self.assertEqual(left["proc/self/limits"], "too large")
        self.assertEqual(left["sys/class/dmi/id/product_name"], "not what it should be")
        self.assertEqual(len(left), 4)

    def test_no_permission(self) -> None:
        for path in ("sys/class/dmi/id/board_asset_tag", "run/efa-layout/enis.json"):
            (self.node.root / path).chmod(0)
        to = self.node.path / "nobodys"
        to.mkdir()
        os.chown(to, NOBODY, NOBODY)
        self.dir = to / "snapshot"
        run = as_nobody(self.argv(self.dir))
        self.assertEqual(run.rc, 0, run)
        self.assertEqual(self.left_out(), {"sys/class/dmi/id/board_asset_tag": "Permission denied",
                                           "run/efa-layout/enis.json": "Permission denied"})  # fmt: skip
        self.assertIn("left out: run/efa-layout/enis.json: Permission denied\n", run.out)
        self.assertEqual(len(json.loads(replay(self.dir, self.node, "show", "--json").out)["rails"]), 4)

    def test_counters(self) -> None:
        """Those of a sick device answer late or never."""
        for name in ("ports/1/hw_counters/tx_bytes", "hw_counters/lifespan", "ports/1/state"):
            path = self.node.root / "sys/class/infiniband/rdmap16s27" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)
            os.mkfifo(path)
        self.assertEqual(self.take(self.dir).rc, 0)
        self.assertEqual([p for p in files(self.dir) if "counters" in str(p)], [])
        self.assertEqual(self.left_out(), {})

    def test_settings_that_cannot_be_used(self) -> None:
        (self.node.site / "policy.json").write_text("{")
        self.assertEqual(self.take(self.dir).rc, 0)
        notes = self.notes()
        self.assertIn("policy.json", str(notes["settings_problem"]))
        self.assertEqual(len(notes["show"]["rails"]), 4)  # type: ignore[index]


class Notes(Case):
    def test_document(self) -> None:
        (self.node.run_dir / "addresses").write_text("ens32 10.0.0.5/20\nens32 fd00::5/128\n")
        (self.node.root / "proc/net/route").write_text(
            "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n"
            "ens32\t00000000\t0100000A\t0003\t0\t0\t512\t00000000\n")  # fmt: skip
        run = self.take(self.dir)
        functions = len(os.listdir(self.node.root / "sys/bus/pci/devices"))
        self.assertEqual(
            (run.rc, run.out, run.err),
            (0, f"{self.dir}: PCI functions {functions}, RDMA devices 4, ENA netdevs 1; addresses "
             "and serial numbers are masked\n", ""),
        )  # fmt: skip
        notes = self.notes()
        self.assertEqual(
            list(notes),
            ["format", "program", "taken", "masked", "masks", "counts", "left_out",
             "settings_problem", "inventory_problem", "show"],
        )  # fmt: skip
        version = runner.run([runner.TOOL, "--version"], {}).out.strip()
        self.assertEqual((notes["format"], notes["program"], notes["masked"]), (1, version, True))
        self.assertRegex(str(notes["taken"]), r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertEqual(notes["masks"], {
            "mac_addresses": 4, "guids": 0, "ipv4_addresses": 2, "ipv6_addresses": 1, "eni_ids": 4,
            "instance_ids": 1, "uuids": 1, "other": 0})  # fmt: skip
        self.assertEqual(notes["counts"]["pci_functions"], functions)  # type: ignore[index]
        self.assertEqual(document(self.node.tool("show", "--json"), self.node.root)["origins"],
                         notes["show"]["origins"])  # type: ignore[index] # fmt: skip

    def test_readme_s_commands_work(self) -> None:
        self.take(self.dir)
        text = (self.dir / "README").read_text()
        commands = re.findall(r"^    efa-layout (\w+) +(.*)$", text, re.M)
        self.assertEqual([name for name, _ in commands], ["show", "check"])
        for name, words in commands:
            argv = [word.replace("DIR", str(self.dir)) for word in words.split()]
            run = runner.run([runner.TOOL, name, *argv, "--data-dir", self.node.data,
                              "--site-dir", self.node.site], {})  # fmt: skip
            self.assertEqual(run.rc, 0, run)
            self.assertIn("rdmap16s27" if name == "show" else "healthy", run.out)


class ThisMachine(unittest.TestCase):
    """A snapshot of the running node, with and without root."""

    def setUp(self) -> None:
        self.top = Path(tempfile.mkdtemp(prefix="efa-layout-snapshot."))
        self.addCleanup(shutil.rmtree, self.top)
        self.top.chmod(0o755)
        (self.top / "nobody").mkdir()
        os.chown(self.top / "nobody", NOBODY, NOBODY)

    def show(self, *extra: str | Path) -> dict[str, dict[str, object]]:
        found = json.loads(runner.run([runner.TOOL, "show", "--json", "--data-dir", TOP / "etc", *extra], {}).out)
        for part in ("addresses", "libfabric"):  # come from the kernel and from the probe here
            del found["origins"][part]
        del found["node"]["libfabric"]
        return found

    def forbidden(self) -> set[str]:
        found = {Path("/proc/sys/kernel/random/boot_id").read_text().strip()}
        for path in Path("/sys/class/net").glob("*/address"):
            found.update(mac for mac in MAC.findall(path.read_text()) if set(mac) - {"0", ":"})
        for line in Path("/proc/net/route").read_text().splitlines()[1:]:
            found.update(field for field in line.split()[1:3] if field.strip("0"))
        if len(socket.gethostname()) > 6:
            found.add(socket.gethostname())
        return found

    def test_snapshot(self) -> None:
        for name, run in (("root", lambda argv: runner.run(argv, {})), ("nobody/own", as_nobody)):
            for extra in ([], ["--unmasked"]):
                with self.subTest(user=name, extra=extra):
                    to = self.top / (name + "".join(extra))
                    done = run([runner.TOOL, "snapshot", "--data-dir", TOP / "etc", *extra, to])
                    self.assertEqual(done.rc, 0, done)
                    here = self.show()
                    there = self.show("--root", to, "--run-dir", to / "run/efa-layout")
                    there = json.loads(json.dumps(there).replace(f"{to}/", "/"))
                    if extra:
                        self.assertEqual(here, there)
                        continue
                    Translation().compare(here, there)
                    self.assertEqual(leaks(to, self.forbidden()), [])


if __name__ == "__main__":
    if os.access("/dev/shm", os.W_OK):  # in memory: a large node has two thousand files
        os.environ.setdefault("TMPDIR", "/dev/shm")
    main()
