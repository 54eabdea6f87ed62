# SPDX-License-Identifier: Apache-2.0
"""Small things that many tests need."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

NOBODY = 65534
OTHER_BOOT = "11111111-2222-4333-8444-555555555555"
UNREACHABLE = "fail transfer 113 4103 unreachable remote"  # a rail's result, as Node.probe takes it


def wait_for(is_true: Callable[[], bool], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not is_true():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.02)


def edit_json(path: Path, **values: Any) -> None:
    """Give some members of the object in a file other values."""
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))
