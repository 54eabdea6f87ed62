#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every display of efa-layout-install(7) is run by a test of recipes, and by such a test alone."""

from __future__ import annotations

import ast
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True

from page import recipes  # noqa: E402

TESTS = sorted(path for path in Path(__file__).parent.glob("test_*.py") if path.name != Path(__file__).name)


def strings(path: Path) -> set[str]:
    return {node.value for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)}


class Page(unittest.TestCase):
    def test_each_recipe_is_run(self) -> None:
        run = set().union(*(strings(path) for path in TESTS))
        self.assertEqual(set(recipes()) - run, set())

    def test_no_recipe_is_empty(self) -> None:
        self.assertGreaterEqual(len(recipes()), 20)
        for name, text in recipes().items():
            self.assertTrue(text.strip(), name)


if __name__ == "__main__":
    unittest.main(verbosity=2)
