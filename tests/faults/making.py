# SPDX-License-Identifier: Apache-2.0
"""How faults are made and mended. Each maker takes the scene, a rail and what is given to the gate; leaving its context mends."""

import contextlib
import json
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import gate
from gate import Gate
from guest import kit
from guest.kit import act
from guest.opens import Opens
from scene import PCI, RDMA, RUN_DIR, STATE_DIR, Given, Rail, Scene, quiet, write

Make = Callable[[Scene, Rail, Given], AbstractContextManager[None]]

EFA = PCI / "drivers/efa"
ENA = PCI / "drivers/ena"
LIBRARY = Path("/usr/lib/x86_64-linux-gnu/libfabric.so.1")
EFA_LIBRARY = LIBRARY.with_name("libefa.so.1")


@contextlib.contextmanager
def nothing(_scene: Scene, _rail: Rail, _given: Given) -> Iterator[None]:
    yield


# Devices and drivers


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


def _rebind(rail: Rail) -> None:
    """Unbinding waits until an admin command that hangs has timed out."""
    if (EFA / rail.bdf).exists():
        write(EFA / "unbind", rail.bdf)
    write(EFA / "bind", rail.bdf)
    act("vctl", "names")


@contextlib.contextmanager
def unbound(_scene: Scene, rail: Rail, _given: Given) -> Iterator[None]:
    write(EFA / "unbind", rail.bdf)
    yield
    _rebind(rail)


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
    _rebind(rail)


@contextlib.contextmanager
def admin_hang(_scene: Scene, rail: Rail, given: Given) -> Iterator[None]:
    given.hung = True
    act("vctl", "fault", rail.bdf, "admin-hang")
    yield
    act("vctl", "heal", rail.bdf)
    _rebind(rail)


def _gone(rail: Rail) -> None:
    write(rail.device / "remove", "1")


def _back(rail: Rail) -> None:
    write(PCI / "rescan", "1")
    end = time.monotonic() + 30
    while not rail.device.exists() and time.monotonic() < end:
        time.sleep(0.05)
    act("vctl", "names")


@contextlib.contextmanager
def missing(_scene: Scene, rail: Rail, _given: Given) -> Iterator[None]:
    _gone(rail)
    yield
    _back(rail)


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
        _gone(rail)
        timer = threading.Timer(seconds, _back, [rail])
        timer.start()
        yield
        timer.cancel()
        timer.join()
        if not rail.device.exists():
            _back(rail)

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


# While the rails are tested


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
    _rebind(rail)


@contextlib.contextmanager
def hang_meanwhile(scene: Scene, rail: Rail, given: Given) -> Iterator[None]:
    scene.sabotage(rail, "slow", 2, 2)
    given.during.append(once_tested(scene, rail, lambda: quiet("vctl", "fault", rail.bdf, "hang")))
    yield
    act("vctl", "heal", rail.bdf)


@contextlib.contextmanager
def gone_meanwhile(scene: Scene, rail: Rail, given: Given) -> Iterator[None]:
    scene.sabotage(rail, "slow", 2, 2)
    given.during.append(once_tested(scene, rail, lambda: _gone(rail)))
    yield
    _back(rail)


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


# The host


@contextlib.contextmanager
def _moved(path: Path) -> Iterator[None]:
    away = path.with_name(f"{path.name}.away")
    path.rename(away)
    yield
    away.rename(path)


@contextlib.contextmanager
def no_libfabric(_scene: Scene, _rail: Rail, _given: Given) -> Iterator[None]:
    with _moved(LIBRARY):
        yield


@contextlib.contextmanager
def no_efa_library(_scene: Scene, _rail: Rail, _given: Given) -> Iterator[None]:
    with _moved(EFA_LIBRARY):
        yield


@contextlib.contextmanager
def no_test_program(_scene: Scene, _rail: Rail, _given: Given) -> Iterator[None]:
    with _moved(Path("/usr/libexec/efa-layout/efa-layout-probe")):
        yield


@contextlib.contextmanager
def low_memlock(_scene: Scene, _rail: Rail, given: Given) -> Iterator[None]:
    given.prefix[:0] = ["prlimit", "--memlock=65536:65536"]
    yield


@contextlib.contextmanager
def no_huge_pages(_scene: Scene, _rail: Rail, _given: Given) -> Iterator[None]:
    number = Path("/proc/sys/vm/nr_hugepages")
    before = number.read_text()
    write(number, "0")
    yield
    write(number, before.strip())


@contextlib.contextmanager
def hostile_environment(_scene: Scene, _rail: Rail, given: Given) -> Iterator[None]:
    given.env.update({
        "FI_PROVIDER": "tcp", "FI_EFA_MTU_SIZE": "1", "FI_EFA_IFACE": "none", "FI_EFA_FORK_SAFE": "1", "FI_EFA_USE_DEVICE_RDMA": "1",
        "FI_LOG_LEVEL": "trace", "FI_HMEM": "cuda", "FI_EFA_ENABLE_SHM_TRANSFER": "1", "FI_PROVIDER_PATH": "/nowhere", "FI_UNIVERSE_SIZE": "-7",
        "RDMAV_FORK_SAFE": "1", "RDMAV_HUGEPAGES_SAFE": "1", "RDMAV_DRIVERS": "/nowhere", "IBV_SHOW_WARNINGS": "1",
        "IBV_DRIVERS": "/nowhere", "MALLOC_PERTURB_": "85", "LD_BIND_NOW": "1", "TMPDIR": "/nowhere",
    })  # fmt: skip
    yield


@contextlib.contextmanager
def metadata_silent(_scene: Scene, _rail: Rail, _given: Given) -> Iterator[None]:
    act("vctl", "imds", "silent")
    kit.FACTS.unlink()
    quiet("efa-layout", "facts", "--write")
    if kit.FACTS.exists():
        raise SystemExit("facts come from a silent service")
    yield
    act("vctl", "imds", "ok")
    kit.facts(True)


# Settings and files


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
        given.results_are_theirs = True
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
    given.results_are_theirs = True
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


@contextlib.contextmanager
def controller_silent(_scene: Scene, _rail: Rail, _given: Given) -> Iterator[None]:
    silent = Path("/run/controller/silent")
    silent.touch()
    yield
    silent.unlink()
