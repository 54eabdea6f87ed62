# SPDX-License-Identifier: Apache-2.0
"""Lines "ok - what" and "not ok - what", on the host and in the guest alike."""

import sys
from collections.abc import Callable, Sequence


class Checks:
    def __init__(self, prefix: str = "") -> None:
        self.prefix = prefix
        self.failed = 0

    def ok(self, what: str, passed: bool, detail: object = "") -> bool:
        print(f"{'ok' if passed else 'not ok'} - {self.prefix}{what}", flush=True)
        if not passed:
            self.failed += 1
            for line in str(detail).splitlines():
                print(f"#   {line}", flush=True)
        return passed

    def same(self, what: str, found: object, expected: object) -> bool:
        return self.ok(what, found == expected, f"expected {expected!r}\nfound    {found!r}")

    def run(self, parts: Sequence[Callable[["Checks"], None]]) -> int:
        """Runs every part, also after one that raised; the exit status."""
        for part in parts:
            try:
                part(self)
            except Exception as e:  # a part that stops in the middle is a failure, not the end
                self.ok(f"{part.__module__}.{part.__name__} reaches its end", False, repr(e))
        sys.stdout.flush()
        return 1 if self.failed else 0
