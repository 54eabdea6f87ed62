# SPDX-License-Identifier: Apache-2.0
"""Faults that come while rails are tested, and what other processes do."""

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import gate
from devices import find_again, forget, rebind
from gate import Gate
from guest.kit import act
from guest.opens import Opens
from scene import RDMA, Given, Make, Rail, Scene, quiet


def once_tested(scene: Scene, rail: Rail, happen: Callable[[], None]) -> Callable[[], None]:
    """When the rail has been opened once and is about to be tested; the test is held up for as long as that takes."""

    def wait() -> None:
        end = time.monotonic() + 30
        while scene.openings(rail) < 2 and time.monotonic() < end:
            time.sleep(0.02)
        happen()

    return wait


@contextlib.contextmanager
def admin_hang_meanwhile(scene: Scene, rail: Rail, given: Given) -> Iterator[None]:
    given.hung = True
    scene.sabotage(rail, "slow", 2, 2)
    given.during.append(once_tested(scene, rail, lambda: quiet("vctl", "fault", rail.bdf, "admin-hang")))
    yield
    act("vctl", "heal", rail.bdf)
    rebind(rail)


@contextlib.contextmanager
def hang_meanwhile(scene: Scene, rail: Rail, given: Given) -> Iterator[None]:
    scene.sabotage(rail, "slow", 2, 2)
    given.during.append(once_tested(scene, rail, lambda: quiet("vctl", "fault", rail.bdf, "hang")))
    yield
    act("vctl", "heal", rail.bdf)


@contextlib.contextmanager
def gone_meanwhile(scene: Scene, rail: Rail, given: Given) -> Iterator[None]:
    scene.sabotage(rail, "slow", 2, 2)
    given.during.append(once_tested(scene, rail, lambda: forget(rail)))
    yield
    find_again(rail)


def child(action: str, first: int = 1, last: int = 99) -> Make:
    """A child of the test that does this when it opens the device."""

    @contextlib.contextmanager
    def make(scene: Scene, rail: Rail, given: Given) -> Iterator[None]:
        scene.sabotage(rail, action, first, last)

        def complaints() -> list[str]:
            found = [] if scene.openings(rail) else ["the device was not opened"]
            if Path("/run/sabotage/without-limit").exists():
                found.append("no limit of memory holds")
            return found

        given.afterwards.append(complaints)
        yield

    return make


@contextlib.contextmanager
def two_at_once(scene: Scene, _rail: Rail, given: Given) -> Iterator[None]:
    others: list[gate.Run] = []
    opens = Opens(*(rail.node() for rail in scene.rails if (RDMA / rail.name).exists() and rail.node().exists()))

    def second() -> None:
        opens.wait(30)
        others.append(Gate(given.prefix, given.env, job=900).wait())

    def complaints() -> list[str]:
        (other,) = others
        gate.CALLS.write_text("")
        if other.status == 0 and "shared test" in other.said:
            return []
        return [f"the second one: exit status {other.status}: {other.said}"]

    given.during.append(second)
    given.afterwards.append(complaints)
    yield


@contextlib.contextmanager
def killed(scene: Scene, _rail: Rail, given: Given) -> Iterator[None]:
    """An earlier prolog is killed while it tests, as slurmd does after PrologEpilogTimeout: the whole group."""
    opens = Opens(*(rail.node() for rail in scene.rails if (RDMA / rail.name).exists() and rail.node().exists()))
    scene.usual_policy(given)
    first = Gate(given.prefix, given.env, job=901)
    if not opens.wait(30):
        raise SystemExit("the prolog that was to be killed tests no rail")
    first.kill()
    first.wait()
    yield
