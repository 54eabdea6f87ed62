# SPDX-License-Identifier: Apache-2.0
"""Faults of devices and drivers. Each maker takes the scene, a rail and what is given to the gate; leaving its context mends."""

import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Iterator

from guest.kit import act
from scene import PCI, RDMA, Given, Make, Rail, Scene, write

EFA = PCI / "drivers/efa"
ENA = PCI / "drivers/ena"


@contextlib.contextmanager
def nothing(_scene: Scene, _rail: Rail, _given: Given) -> Iterator[None]:
    yield


def fault(name: str, *values: str) -> Make:
    """A fault of the device itself."""

    @contextlib.contextmanager
    def make(_scene: Scene, rail: Rail, _given: Given) -> Iterator[None]:
        act("vctl", "fault", rail.bdf, name, *values)
        yield
        act("vctl", "heal", rail.bdf)

    return make


def fault_on(name: str, share: str) -> Make:
    """The same on half of the rails, or on all."""

    @contextlib.contextmanager
    def make(scene: Scene, _rail: Rail, _given: Given) -> Iterator[None]:
        sick = scene.rails if share == "all" else scene.rails[len(scene.rails) // 2:]
        for rail in sick:
            act("vctl", "fault", rail.bdf, name)
        yield
        act("vctl", "heal", "all")

    return make


def rebind(rail: Rail) -> None:
    """Unbinding waits until an admin command that hangs has timed out."""
    if (EFA / rail.bdf).exists():
        write(EFA / "unbind", rail.bdf)
    write(EFA / "bind", rail.bdf)
    act("vctl", "names")


@contextlib.contextmanager
def unbound(_scene: Scene, rail: Rail, _given: Given) -> Iterator[None]:
    write(EFA / "unbind", rail.bdf)
    yield
    rebind(rail)


@contextlib.contextmanager
def no_driver(scene: Scene, _rail: Rail, _given: Given) -> Iterator[None]:
    for rail in scene.rails:
        write(EFA / "unbind", rail.bdf)
    yield
    for rail in scene.rails:
        write(EFA / "bind", rail.bdf)
    act("vctl", "names")


@contextlib.contextmanager
def never_ready(_scene: Scene, rail: Rail, _given: Given) -> Iterator[None]:
    write(EFA / "unbind", rail.bdf)
    act("vctl", "fault", rail.bdf, "never-ready")
    with contextlib.suppress(OSError):
        write(EFA / "bind", rail.bdf)
    yield
    act("vctl", "heal", rail.bdf)
    rebind(rail)


@contextlib.contextmanager
def admin_hang(_scene: Scene, rail: Rail, given: Given) -> Iterator[None]:
    given.hung = True
    act("vctl", "fault", rail.bdf, "admin-hang")
    yield
    act("vctl", "heal", rail.bdf)
    rebind(rail)


def forget(rail: Rail) -> None:
    write(rail.device / "remove", "1")


def find_again(rail: Rail) -> None:
    write(PCI / "rescan", "1")
    end = time.monotonic() + 30
    while not rail.device.exists() and time.monotonic() < end:
        time.sleep(0.05)
    act("vctl", "names")


@contextlib.contextmanager
def missing(_scene: Scene, rail: Rail, _given: Given) -> Iterator[None]:
    forget(rail)
    yield
    find_again(rail)


@contextlib.contextmanager
def unplugged(_scene: Scene, rail: Rail, _given: Given) -> Iterator[None]:
    """The whole way of a hot-plug slot, where missing lets the kernel forget the function."""
    act("vctl", "unplug", rail.bdf)
    yield
    act("vctl", "replug", rail.bdf)
    act("vctl", "names")


def late(seconds: float, patience_s: float) -> Make:
    @contextlib.contextmanager
    def make(_scene: Scene, rail: Rail, given: Given) -> Iterator[None]:
        given.setting("check", late_ms=int(patience_s * 1000))
        forget(rail)
        timer = threading.Timer(seconds, find_again, [rail])
        timer.start()
        yield
        timer.cancel()
        timer.join()
        if not rail.device.exists():
            find_again(rail)

    return make


@contextlib.contextmanager
def no_node(_scene: Scene, rail: Rail, _given: Given) -> Iterator[None]:
    node = rail.node()
    device = node.stat().st_rdev
    node.unlink()
    yield
    os.mknod(node, 0o20666, device)
    node.chmod(0o666)


@contextlib.contextmanager
def node_mode(_scene: Scene, rail: Rail, _given: Given) -> Iterator[None]:
    rail.node().chmod(0o600)
    yield
    rail.node().chmod(0o666)


@contextlib.contextmanager
def primary_unbound(scene: Scene, _rail: Rail, _given: Given) -> Iterator[None]:
    write(ENA / "unbind", scene.primary.bdf)
    yield
    write(ENA / "bind", scene.primary.bdf)
    act("vctl", "names")


@contextlib.contextmanager
def primary_gone(scene: Scene, rail: Rail, given: Given) -> Iterator[None]:
    with missing(scene, Rail(0, scene.primary.name, scene.primary.bdf), given):
        yield


@contextlib.contextmanager
def foreign(scene: Scene, _rail: Rail, _given: Given) -> Iterator[None]:
    """Another's verbs device that is listed, but cannot be opened."""
    act("rdma", "link", "add", "rxe0", "type", "rxe", "netdev", scene.primary.name)
    node = Rail(-1, "rxe0", "").node()
    node.unlink()
    os.mknod(node, 0o20666, os.makedev(1, 3))  # /dev/null
    yield
    act("rdma", "link", "delete", "rxe0")
    node.unlink(missing_ok=True)


@contextlib.contextmanager
def traffic(_scene: Scene, rail: Rail, _given: Given) -> Iterator[None]:
    """Another job's, without end."""
    env = {"PATH": "/usr/bin:/bin", "FI_EFA_ENABLE_SHM_TRANSFER": "0"}
    command = ["fi_pingpong", "-p", "efa", "-e", "rdm", "-I", "1000000", "-S", "4096", "-d", f"{rail.name}-rdm"]
    null = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    moved = RDMA / rail.name / "ports/1/hw_counters/tx_bytes"
    before = int(moved.read_text())
    with subprocess.Popen(command, env=env, **null) as server:
        client = None
        for _ in range(100):
            if client is None or client.poll() is not None:
                client = subprocess.Popen([*command, "127.0.0.1"], env=env, **null)
            time.sleep(0.2)
            if int(moved.read_text()) > before + 100000:
                break
        else:
            raise SystemExit(f"fi_pingpong moves nothing over {rail.name}")
        yield
        for process in (client, server):
            process.kill()
            process.wait()
