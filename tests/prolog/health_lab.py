# SPDX-License-Identifier: Apache-2.0
"""What tests of the health check share."""

from __future__ import annotations

import time
import unittest
from typing import Any

from kit import UNREACHABLE, Node, Run, edit_json

OTHERS = 4  # how the helper says that the reason is somebody else's
LIMIT = 3


def now_ms() -> int:
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1000000


class HealthCase(unittest.TestCase):
    damage: tuple[str, ...] = ()

    def setUp(self) -> None:
        self.node = Node("p4d.24xlarge", "efa-only", *self.damage)
        self.addCleanup(self.node.__exit__, None, None, None)
        self.names = self.node.rails()
        self.settings: dict[str, dict[str, Any]] = {}
        self.policy(health={"interval_s": 1}, recover={"strikes": 2})

    def policy(self, **groups: dict[str, Any]) -> None:
        """Change some settings and keep the others."""
        for group, values in groups.items():
            self.settings[group] = {**self.settings.get(group, {}), **values}
        self.node.policy(**self.settings)

    def n_tests(self) -> int:
        return len([call for call in self.node.probe_calls() if "--counters" not in call["argv"]])

    def age(self) -> None:
        """Let the last result and the last try be too old, whatever the interval and however young the machine."""
        (self.node.run_dir / "refresh.json").unlink(missing_ok=True)
        path = self.node.run_dir / "node.json"
        if path.exists():
            edit_json(path, tested_ms=0)

    def check(self, *extra: str, env: dict[str, str] | None = None) -> Run:
        """One health check whose test, if it makes one, is over when it answers."""
        return self.node.health("--wait", *extra, env=env)

    def check_old(self, *extra: str, rc: int = 0) -> Run:
        """The same when it is time for a test; there must be one."""
        self.age()
        before = self.n_tests()
        run = self.check(*extra)
        self.assertEqual(run.rc, rc, run)
        self.assertEqual(self.n_tests(), before + 1, run)
        return run

    def break_rail(self) -> None:
        self.node.probe(rails={self.names[1]: UNREACHABLE})

    def helper_calls(self, command: str) -> list[list[str]]:
        return [call for call in self.node.controller_calls() if call[1] == command]
