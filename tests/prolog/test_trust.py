#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Files that others could have written, and files that make no sense: never a drain, never believed."""

from __future__ import annotations

import os
import subprocess
import unittest
from pathlib import Path

from kit import NOBODY, Node, Run, main


class Trust(unittest.TestCase):
    def assert_unknown(self, node: Node, run: Run, *words: str) -> None:
        """Loud, allowed, nothing tested: without settings nobody knows what to do."""
        self.assertEqual(run.rc, 0, run)
        self.assertEqual(node.controller_calls(), [])
        self.assertEqual(node.probe_calls(), [])
        for word in ("error: ", "unknown: E304", *words):
            self.assertIn(word, run.err)

    def test_settings_that_cannot_be_used(self) -> None:
        cases = {
            "not json": ("{", "policy.json:1"),
            "unknown key": ('{"check": {"budgt_ms": 5000}}', "budget_ms"),
            "out of range": ('{"check": {"budget_ms": 5}}', "budget_ms"),
            "wrong type": ('{"layout": {"declared": 7}}', "declared"),
            "unknown layout": ('{"layout": {"declared": "efa-onyl"}}', "did you mean"),
            "drain for unknown": ('{"action": {"unknown": "drain"}}', "unknown"),
            "contradiction": ('{"layout": {"default": "none", "allow_none": false}}', "none"),
            "empty": ("", "policy.json"),
        }
        # The node is at fault as well: without settings that must not matter.
        with Node("p4d.24xlarge", "efa-only", "--unbound", "1") as node:
            for name, (text, word) in cases.items():
                with self.subTest(name):
                    (node.site / "policy.json").write_text(text)
                    self.assert_unknown(node, node.gate(), word)

    def test_data_that_cannot_be_used(self) -> None:
        with Node("p4d.24xlarge", "efa-only", "--unbound", "1") as node:
            self.assert_unknown(node, node.gate("--data-dir", node.path / "absent"), "layouts.json")
            for name in ("layouts.json", "instance-types.json", "environment.json"):
                for where in (node.site, node.data):
                    path = where / name
                    before = path.read_text() if path.exists() else None
                    with self.subTest(path):
                        path.write_text('{"layouts": 1}')
                        self.assert_unknown(node, node.gate(), name)
                    if before is None:
                        path.unlink()
                    else:
                        path.write_text(before)

    def test_settings_that_others_may_write(self) -> None:
        with Node("p4d.24xlarge", "efa-only", "--unbound", "1") as node:
            policy = node.site / "policy.json"
            node.policy()

            def by_nobody(path: Path) -> None:
                os.chown(path, NOBODY, NOBODY)

            def by_all(path: Path) -> None:
                path.chmod(path.stat().st_mode | 0o002)

            def by_group(path: Path) -> None:
                path.chmod(path.stat().st_mode | 0o020)

            for path in (policy, node.site, node.data / "layouts.json", node.data):
                for spoil in (by_nobody, by_all, by_group):
                    before = path.stat()
                    with self.subTest(path=path.name, spoil=spoil.__name__):
                        spoil(path)
                        self.assert_unknown(node, node.gate(), "not trusted")
                    os.chown(path, before.st_uid, before.st_gid)
                    path.chmod(before.st_mode & 0o7777)

    def test_policy_that_is_no_file(self) -> None:
        with Node("p4d.24xlarge", "efa-only", "--unbound", "1") as node:
            policy = node.site / "policy.json"
            os.mkfifo(policy)
            self.assert_unknown(node, node.gate(timeout=10))
            policy.unlink()
            policy.mkdir()
            self.assert_unknown(node, node.gate())

    def test_facts_that_cannot_be_used(self) -> None:
        def spoil_text(path: Path) -> None:
            path.write_text("{")

        def spoil_boot(path: Path) -> None:
            path.write_text(path.read_text().replace("8d3f5b7a", "00000000"))

        def spoil_owner(path: Path) -> None:
            os.chown(path, NOBODY, NOBODY)

        for spoil in (spoil_text, spoil_boot, spoil_owner):
            with self.subTest(spoil.__name__), Node("p4d.24xlarge", "efa-only") as node:
                spoil(node.run_dir / "enis.json")
                run = node.gate()
                self.assertEqual(run.rc, 0, run)
                self.assertEqual(node.controller_calls(), [])
                self.assertIn("warning: ENI facts: ", run.err)
                self.assertIn("4 of 4 rails pass", run.err)

    def test_probe_that_others_may_write(self) -> None:
        with Node("p4d.24xlarge", "efa-only") as node:
            (node.path / "probe" / "probe").chmod(0o757)
            run = node.gate()
            self.assertEqual((run.rc, node.probe_calls()), (0, []), run)
            self.assertIn("unknown: E301", run.err)

    def test_run_directory_of_somebody_else(self) -> None:
        with Node("p4d.24xlarge", "efa-only", "--unbound", "1") as node:
            os.chown(node.run_dir, NOBODY, NOBODY)
            run = node.gate()
            self.assertEqual(run.rc, 1, "the node is at fault all the same")
            self.assertIn("warning: lock: ", run.err)
            self.assertEqual(len(node.controller_calls()), 1)

    def test_lock_that_others_can_open(self) -> None:
        with Node("p4d.24xlarge", "efa-only") as node:
            lock = node.run_dir / "lock"
            lock.touch()
            lock.chmod(0o644)
            run = node.gate()
            self.assertEqual(run.rc, 0)
            self.assertIn("warning: lock: ", run.err)

    def test_lock_that_leads_elsewhere(self) -> None:
        with Node("p4d.24xlarge", "efa-only") as node:
            target = node.path / "target"
            target.write_text("keep")
            target.chmod(0o600)
            (node.run_dir / "lock").symlink_to(target)
            run = node.gate()
            self.assertEqual(run.rc, 0)
            self.assertIn("warning: lock: ", run.err)
            self.assertEqual(target.read_text(), "keep")

    def test_map_and_lock_are_root_s_alone(self) -> None:
        with Node("p4d.24xlarge", "efa-only") as node:
            old = os.umask(0)
            try:
                node.gate()
            finally:
                os.umask(old)
            self.assertEqual((node.run_dir / "lock").stat().st_mode & 0o777, 0o600)
            self.assertEqual((node.run_dir / "node.json").stat().st_mode & 0o777, 0o644)

    def test_closed_streams_write_into_no_file(self) -> None:
        with Node("p4d.24xlarge", "efa-only") as node:
            argv = [str(word) for word in node.gate_argv()]
            script = 'exec "$@" <&- >&- 2>&-'
            done = subprocess.run(
                ["/bin/sh", "-c", script, "sh", *argv], env=node.environment(None, None, 1)
            )
            self.assertEqual(done.returncode, 0)
            self.assertEqual((node.run_dir / "lock").read_text(), "")
            saved = node.map()
            assert saved is not None
            self.assertEqual(saved["outcome"], "healthy")

    def test_run_directory_is_made(self) -> None:
        with Node("p4d.24xlarge", "efa-only") as node:
            fresh = node.path / "fresh"
            old = os.umask(0o077)
            try:
                run = node.gate("--run-dir", fresh)
            finally:
                os.umask(old)
            self.assertEqual(run.rc, 0, run)
            self.assertEqual(fresh.stat().st_mode & 0o777, 0o755)
            self.assertTrue((fresh / "node.json").exists())

    def test_tree_that_cannot_be_read(self) -> None:
        with Node("p4d.24xlarge", "efa-only") as node:
            node.boot("not a boot id")
            run = node.gate()
            self.assertEqual((run.rc, node.controller_calls()), (0, []), run)
            self.assertIn("unknown: E306", run.err)


if __name__ == "__main__":
    main()
