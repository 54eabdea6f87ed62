# SPDX-License-Identifier: Apache-2.0
"""Settings, requests, and files of ours: what is in them, whose they are, and what happens to them."""

import contextlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from gate import Gate
from guest import kit
from guest.kit import act
from scene import RUN_DIR, STATE_DIR, Given, Make, Rail, Scene


def policy(text: str | None, change: Callable[[Path], None] | None = None) -> Make:
    """The policy file has this text, None: is not there; and then this happens to it."""

    @contextlib.contextmanager
    def make(_scene: Scene, _rail: Rail, given: Given) -> Iterator[None]:
        given.policy_is_theirs = True
        kit.POLICY.unlink(missing_ok=True)
        if text is not None:
            kit.POLICY.write_text(text, encoding="utf-8")
            kit.POLICY.chmod(0o644)
        if change:
            change(kit.POLICY)
        yield
        kit.POLICY.unlink(missing_ok=True)

    return make


def as_symlink(path: Path) -> None:
    """To a file that a user may write."""
    target = Path("/tmp/policy.json")
    shutil.move(path, target)
    target.chmod(0o666)
    path.symlink_to(target)


def setting(group: str, **values: object) -> Make:
    @contextlib.contextmanager
    def make(_scene: Scene, _rail: Rail, given: Given) -> Iterator[None]:
        given.setting(group, **values)
        yield

    return make


def directories(kind: str) -> Make:
    """Those of results and of states are full, read-only or another's."""

    @contextlib.contextmanager
    def make(_scene: Scene, _rail: Rail, _given: Given) -> Iterator[None]:
        facts = kit.FACTS.read_bytes() if kit.FACTS.exists() else None
        STATE_DIR.mkdir(parents=True, exist_ok=True)
        for path in (RUN_DIR, STATE_DIR):
            act("mount", "-t", "tmpfs", "-o", "size=64k,mode=0755", "none", str(path))
            if facts is not None and path == RUN_DIR:
                (path / "enis.json").write_bytes(facts)
            if kind == "full":
                with contextlib.suppress(OSError), (path / "ballast").open("wb", buffering=0) as ballast:
                    while True:
                        ballast.write(bytes(4096))
            elif kind == "read-only":
                act("mount", "-o", "remount,ro", str(path))
            else:
                os.chown(path, 65534, 65534)
        yield
        for path in (RUN_DIR, STATE_DIR):
            act("umount", str(path))

    return make


def node_map(change: Callable[[Path], None]) -> Make:
    """The map of an earlier test, still good by the settings, to which this happens."""

    @contextlib.contextmanager
    def make(scene: Scene, _rail: Rail, given: Given) -> Iterator[None]:
        given.setting("check", cache_ttl_s=3600)
        scene.usual_policy(given)
        Gate([], {}, job=902).wait()
        change(RUN_DIR / "node.json")
        yield

    return make


def with_nonsense(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40] + b"\xff\x00}")


def of_somebody(path: Path) -> None:
    """All rails pass, says one who is not root."""
    os.chown(path, 65534, 65534)


def of_another_boot(path: Path) -> None:
    document = json.loads(path.read_text())
    (key,) = [key for key in document if key.replace("-", "_") == "boot_id"]
    document[key] = "00000000-0000-4000-8000-000000000000"
    path.write_text(json.dumps(document))


@contextlib.contextmanager
def clock_jumps(scene: Scene, _rail: Rail, given: Given) -> Iterator[None]:
    """A day back, between the test and the use of its result."""
    given.setting("check", cache_ttl_s=3600)
    scene.usual_policy(given)
    Gate([], {}, job=903).wait()
    now = time.time()
    begun = time.monotonic()
    time.clock_settime(time.CLOCK_REALTIME, now - 86400)
    yield
    time.clock_settime(time.CLOCK_REALTIME, now + time.monotonic() - begun)


def asks(layout: str) -> Make:
    """The job's request."""

    @contextlib.contextmanager
    def make(_scene: Scene, _rail: Rail, given: Given) -> Iterator[None]:
        given.env["SPANK__SLURM_SPANK_OPTION_efa_layout_efa_layout"] = layout
        yield

    return make
