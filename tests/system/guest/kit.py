# SPDX-License-Identifier: Apache-2.0
"""What tests inside a virtual node share: installing, acting on the node, asking efa-layout, reporting."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

VNODE = Path(__file__).resolve().parents[2] / "virtual-node"
sys.path.insert(0, str(VNODE))

from vnodelib.machine import Machine, machine_load  # noqa: E402

PROLOG = "/usr/libexec/efa-layout/efa-layout-prolog"
FACTS = Path("/run/efa-layout/enis.json")
POLICY = Path("/etc/efa-layout/policy.json")
LIMIT_S = 120  # of one command, on a busy machine

failed = 0
_root: Path | None = None


def use_root(root: Path | None) -> None:
    """From now on efa-layout is installed, set up and run in another root: its libraries on this node's devices, by this node's kernel. None: in
    the node's own root again."""
    global _root
    for name in ("dev", "proc", "run", "sys") if root else ():
        if root and not os.path.ismount(root / name):
            act("mount", "--rbind", f"/{name}", f"{root / name}")
    _root = root


def _place(path: Path) -> Path:
    return _root / path.relative_to("/") if _root else path


def enter() -> None:
    """This process, which is to become a command, goes into the root that is in use."""
    if _root:
        os.chroot(_root)
        os.chdir("/")


def run(argv: Sequence[str], env: Mapping[str, str] | None = None, limit_s: float = LIMIT_S) -> subprocess.CompletedProcess[str]:
    """A command in the root that is in use."""
    return subprocess.run(argv, env=env, capture_output=True, text=True, timeout=limit_s, preexec_fn=enter if _root else None)


def start(argv: Sequence[str], env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    """The same, running, with one pipe for both streams."""
    return subprocess.Popen(argv, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            preexec_fn=enter if _root else None)


def machine() -> Machine:
    """What this node was built from."""
    return machine_load(VNODE / "machines" / f"{os.environ['VNODE']}.json", VNODE / "machines/types")


def install(stage: str) -> None:
    subprocess.run(["cp", "-a", f"{stage}/.", _place(Path("/"))], check=True)


def policy(declared: str = "auto", **check: int) -> None:
    """The site's settings: the layout that nodes should have, and those of group "check"; others are the shipped ones."""
    _place(POLICY).write_text(json.dumps({"check": {"cache_ttl_s": 0, **check}, "layout": {"declared": declared}}),
                      encoding="ascii")


def facts(known: bool) -> None:
    """With or without what the metadata service knows."""
    FACTS.unlink(missing_ok=True)
    # The node's metadata service starts with the first request, which takes longer than that waits on a busy machine.
    for last in (False, False, True) if known else ():
        done = run(["efa-layout", "facts", "--write"])
        if done.returncode == 0:
            return
        if last:
            raise SystemExit(f"efa-layout facts --write: {done.stderr}")


def act(*argv: str) -> str:
    """A step of a test, which must succeed."""
    done = subprocess.run(argv, capture_output=True, text=True, timeout=LIMIT_S)
    if done.returncode:
        raise SystemExit(f"{' '.join(argv)}: exit status {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout


def node_of(rdma_name: str) -> Path:
    """The device node of a rail."""
    return next(Path("/dev/infiniband") / p.name for p in Path("/sys/class/infiniband_verbs").glob("uverbs*")
                if (p / "ibdev").read_text(encoding="ascii").strip() == rdma_name)


def fault_states() -> dict[str, str]:
    """What vctl says of each rail, by PCI address: "healthy", "missing", "pcie-width=2", ..."""
    lines = [line.split(None, 5) for line in act("vctl", "rails").splitlines()[1:]]
    return {words[1]: words[5] for words in lines}


def report(ok: bool, what: str, detail: object = "") -> None:
    global failed
    failed += not ok
    print(f"{'ok' if ok else 'not ok'} - {what}", flush=True)
    if not ok:
        for line in str(detail).splitlines():
            print(f"    {line}", flush=True)


def same(what: str, found: object, expected: object) -> None:
    report(found == expected, what, f"expected {expected!r}\nfound    {found!r}")


def differences(found: Any, expected: Any, where: str = "") -> list[str]:
    """Where found is not as expected. Of objects only the keys that are expected count."""
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        return [line for key, value in expected.items()
                for line in differences(found.get(key, "no such key"), value, f"{where}.{key}".lstrip("."))]
    if isinstance(expected, Sequence) and isinstance(found, Sequence) and not isinstance(expected, str):
        if len(found) != len(expected):
            return [f"{where}: expected {len(expected)} entries, found {len(found)}"]
        return [line for n, value in enumerate(expected) for line in differences(found[n], value, f"{where}[{n}]")]
    return [] if found == expected else [f"{where}: expected {expected!r}, found {found!r}"]


@dataclass(frozen=True)
class Check:
    """An answer of `efa-layout check --json`."""

    seconds: float
    document: dict[str, Any]

    @property
    def outcome(self) -> str:
        return str(self.document["outcome"])

    @property
    def findings(self) -> list[dict[str, Any]]:
        """Without those that say only what was left out of the check itself."""
        return [f for f in self.document["findings"] if f["owner"] != "check" or f["severity"] == "error"]

    @property
    def codes(self) -> list[str]:
        return [f["code"] for f in self.findings]

    @property
    def passed(self) -> set[str]:
        probe = self.document["probe"]
        return {rail["rdma_name"] for rail in probe["rails"] if rail["state"] == "pass"} if probe else set()

    def __str__(self) -> str:
        return f"{self.outcome} after {self.seconds:.1f} s: " + json.dumps(self.document["findings"], indent=1)


def _document(text: str, errors: str) -> dict[str, Any]:
    if not text:
        raise SystemExit(f"efa-layout wrote nothing: {errors}")
    value: dict[str, Any] = json.loads(text)
    return value


def show() -> dict[str, Any]:
    done = run(["efa-layout", "show", "--json"])
    return _document(done.stdout, done.stderr)


def check(*options: str, under: Sequence[str] = ()) -> Check:
    """under: a program that runs it, with its arguments."""
    start = time.monotonic()
    done = run([*under, "efa-layout", "check", "--json", *options])
    return Check(time.monotonic() - start, _document(done.stdout, done.stderr))


class Prolog:
    """One run of the prolog, as slurmd starts it, with further options. Nobody can be told to drain the node.
    under: a program that runs it, with its arguments."""

    def __init__(self, *options: str, under: Sequence[str] = ()) -> None:
        self._argv = (*under, PROLOG, *options)
        self.status = -1
        self.said = ""
        self.seconds = 0.0

    def run(self) -> "Prolog":
        env = {"SLURM_JOB_ID": "1", "SLURM_JOB_UID": "0", "SLURMD_NODENAME": "node-1"}
        start = time.monotonic()
        done = run(self._argv, env)
        self.seconds = time.monotonic() - start
        self.status, self.said = done.returncode, (done.stdout + done.stderr).strip()
        return self

    def __str__(self) -> str:
        return f"exit status {self.status} after {self.seconds:.1f} s: {self.said}"
