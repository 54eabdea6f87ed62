# SPDX-License-Identifier: Apache-2.0
"""Faults of the host: libraries, limits, the environment, the metadata service, the controller."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from guest import kit
from guest.kit import act
from scene import Given, Rail, Scene, quiet, write

LIBRARY = Path("/usr/lib/x86_64-linux-gnu/libfabric.so.1")
EFA_LIBRARY = LIBRARY.with_name("libefa.so.1")


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


@contextlib.contextmanager
def controller_silent(_scene: Scene, _rail: Rail, _given: Given) -> Iterator[None]:
    silent = Path("/run/controller/silent")
    silent.touch()
    yield
    silent.unlink()
