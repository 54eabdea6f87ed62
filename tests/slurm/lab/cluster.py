# SPDX-License-Identifier: Apache-2.0
"""One cluster from start to end."""

from __future__ import annotations

import functools
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType

from . import config
from .commands import Result, begin, fields, run
from .processes import Daemon, adopt_orphans, kill_descendants

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_ENDED = frozenset(
    {
        "BOOT_FAIL", "CANCELLED", "COMPLETED", "DEADLINE", "FAILED", "NODE_FAIL", "OUT_OF_MEMORY",
        "PREEMPTED", "TIMEOUT",
    }
)  # fmt: skip


class LabError(Exception):
    """The lab itself does not work; never a result of what is tested."""


class Lab:
    """munged, slurmctld and some slurmd in a private temporary directory.

    nodes are named n1, n2, ...; cpus and gpus are per node (the GPUs are character devices that
    lead nowhere). prolog and epilog are paths; plugstack is the text of plugstack.conf; config
    replaces settings of slurm.conf ("" removes one); node_config is put at the end of each node's
    line, or of the lines of the nodes that it names; more_conf is put at the end of slurm.conf (further partitions, nodes without a slurmd);
    files are written into the directory as they are (such as "cgroup.conf"). slurmd_env is added to
    the environment of slurmd. Commands run as user.

    The directory exists from the beginning, so that what has to name it (plugstack, settings) can
    still be set before the start.
    """

    def __init__(
        self,
        *,
        nodes: int = 1,
        cpus: int = 2,
        gpus: int = 0,
        prolog: str | os.PathLike[str] | None = None,
        epilog: str | os.PathLike[str] | None = None,
        plugstack: str = "",
        config: Mapping[str, str] | None = None,
        node_config: str | Mapping[str, str] = "",
        more_conf: str = "",
        files: Mapping[str, str] | None = None,
        slurmd_env: Mapping[str, str] | None = None,
        user: str = "nobody",
    ) -> None:
        self.user = user
        self.names = [f"n{i + 1}" for i in range(nodes)]
        self._cpus = cpus
        self._gpus = gpus
        self.plugstack = plugstack
        self.settings = dict(config or {})
        for key, path in (("Prolog", prolog), ("Epilog", epilog)):
            if path is not None:
                self.settings[key] = os.fspath(path)
        self.node_config = node_config
        self._more_conf = more_conf
        self._files = dict(files or {})
        self._slurmd_env = dict(slurmd_env or {})
        self._daemons: list[Daemon] = []
        self._jobs = 0
        self.path = Path(tempfile.mkdtemp(prefix="efa-layout-lab."))
        # Also of a lab that a signal keeps from being entered.
        weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)
        self.path.chmod(0o755)
        self.work = self.path / "work"
        self.work.mkdir()
        # Like /tmp: jobs of every user write their output here.
        self.work.chmod(0o1777)

    # Start and end

    def __enter__(self) -> Lab:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Write the configuration, start the daemons, wait until every node is idle."""
        adopt_orphans()
        self._configure()
        self._start_munged()
        self.start_slurmctld()
        for name in self.names:
            self.start_slurmd(name)
        self.wait_idle()

    def stop(self) -> None:
        """End everything that belongs to the lab and remove its directory. Safe to call twice."""
        for daemon in reversed(self._daemons):
            daemon.stop(3.0)
        self._daemons.clear()
        left = kill_descendants(str(self.path))
        shutil.rmtree(self.path, ignore_errors=True)
        if left:
            raise LabError(f"processes would not end: {sorted(left)}")

    def _configure(self) -> None:
        for name in ("state", "spool", "log", "pid", "dev"):
            (self.path / name).mkdir(mode=0o755, exist_ok=True)
        ports = config.free_ports(1 + len(self.names))
        settings = config.base_settings(self.path, ports[0])
        node = f"CPUs={self._cpus}"
        if self._gpus:
            settings["GresTypes"] = "gpu"
            node += f" Gres=gpu:{self._gpus}"
            self._make_gpus()
        if self._cpus > len(os.sched_getaffinity(0)):
            # Tasks cannot be bound to CPUs that the machine does not have.
            settings["TaskPlugin"] = ""
        settings |= self.settings
        more = self.node_config
        nodes = {
            name: f"{node} {more if isinstance(more, str) else more.get(name, '')}".strip()
            for name in self.names
        }
        conf = config.slurm_conf(settings, self.names, ports[1:], nodes)
        self.write("slurm.conf", conf + self._more_conf)
        self.write("plugstack.conf", self.plugstack + "\n")
        # Nothing here uses cgroups. An old Slurm cannot do without a plugin for them; named, it does not look for what
        # the machine has mounted.
        plugin = "disabled" if self.release >= (23, 11) else "cgroup/v1"
        self.write("cgroup.conf", f"CgroupPlugin={plugin}\n")
        for name, text in self._files.items():
            self.write(name, text)

    def _make_gpus(self) -> None:
        for i in range(self._gpus):
            device = self.path / "dev" / f"nvidia{i}"
            # Numbers that no driver has: a device cgroup tells GPUs apart by them.
            os.mknod(device, stat.S_IFCHR, os.makedev(120, i))
            device.chmod(0o666)
        last = self._gpus - 1
        span = f"[0-{last}]" if last else "0"
        self.write("gres.conf", f"Name=gpu File={self.path}/dev/nvidia{span}\n")

    def _start_munged(self) -> None:
        base = self.path / "munge"
        base.mkdir(mode=0o755)
        key = base / "key"
        key.touch(mode=0o600)
        key.write_bytes(os.urandom(128))
        options = {"key": "key-file", "socket": "socket", "pid": "pid-file", "log": "log-file",
                   "seed": "seed-file"}  # fmt: skip
        argv = ["munged", "--foreground", "--num-threads=4"]
        argv += [f"--{option}={base}/{name}" for name, option in options.items()]
        munged = self._start("munged", argv, {})
        self._wait(10, "munged", lambda: (base / "socket").exists(), munged)

    def start_slurmctld(self) -> None:
        """Start the controller (again) and wait until it answers."""
        daemon = self._start("slurmctld", ["slurmctld", "-D"], {})
        self._wait(20, "slurmctld", lambda: self.run("scontrol", "ping").rc == 0, daemon)

    def start_slurmd(self, name: str) -> None:
        """Start the slurmd of one node (again)."""
        self._start(f"slurmd.{name}", ["slurmd", "-D", "-N", name], self._slurmd_env)

    def stop_daemon(self, name: str) -> None:
        """End "slurmctld" or "slurmd.n1" alone."""
        for daemon in [one for one in self._daemons if one.name == name]:
            daemon.stop(5.0)
            self._daemons.remove(daemon)

    def _start(self, name: str, argv: Sequence[str], env: Mapping[str, str]) -> Daemon:
        log = self.path / f"{name}.out"
        daemon = Daemon(name, argv, self.environment() | dict(env), log)
        self._daemons.append(daemon)
        return daemon

    def _wait(
        self, seconds: float, what: str, is_done: Callable[[], bool], daemon: Daemon | None = None
    ) -> None:
        deadline = time.monotonic() + seconds
        pause = 0.01
        while not is_done():
            if daemon is not None and not daemon.is_running():
                raise LabError(f"{what} ended:\n{daemon.output()}{self.logs()}")
            if time.monotonic() > deadline:
                raise LabError(f"{what}: not ready after {seconds:.0f} s\n{self.logs()}")
            time.sleep(pause)
            pause = min(pause * 1.5, 0.2)

    # Files

    def write(self, name: str, text: str, mode: int = 0o644) -> Path:
        """A root-owned file in the lab's directory."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)
        return path

    def install(self, source: str | os.PathLike[str], name: str | None = None) -> Path:
        """A copy where every user can read it: the build tree may be in somebody's home."""
        path = self.path / (name or Path(source).name)
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, path)
        path.chmod(0o755)
        return path

    def logs(self) -> str:
        """All daemons' logs, for a failing test's message."""
        texts = []
        for path in sorted([*self.path.glob("*.out"), *self.path.glob("log/*.log")]):
            tail = path.read_text(errors="replace").splitlines()[-40:]
            texts.append("\n".join([f"--- {path.name}", *tail]))
        return "\n".join(texts)

    def slurmd_log(self, name: str = "n1") -> str:
        path = self.path / "log" / f"slurmd.{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    # Commands

    @functools.cached_property
    def release(self) -> tuple[int, int]:
        """Slurm's own, such as (22, 5)."""
        said = self.run("slurmd", "-V")
        major, minor = said.out.split()[-1].split(".")[:2]
        return int(major), int(minor)

    def environment(self) -> dict[str, str]:
        """What commands and daemons start from: nothing of the caller's own."""
        return {
            "PATH": _PATH,
            "SLURM_CONF": f"{self.path}/slurm.conf",
            "LANG": "C",
            "TZ": "UTC",
            "HOME": "/nonexistent",
        }

    def run(
        self,
        *argv: str | os.PathLike[str],
        user: str | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float = 60.0,
        stdin: str | None = None,
    ) -> Result:
        """A command in the lab as user ("root" is the default here)."""
        words = [os.fspath(word) for word in argv]
        if user is not None and user != "root":
            entry = pwd.getpwnam(user)
            words = [
                "setpriv", f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups",
                *words,
            ]  # fmt: skip
        return run(
            words,
            env=self.environment() | dict(env or {}),
            cwd=str(self.work),
            timeout=timeout,
            stdin=stdin,
        )

    def begin(self, *argv: str | os.PathLike[str]) -> subprocess.Popen[str]:
        """A command of root's in the lab, beside others."""
        return begin([os.fspath(word) for word in argv], env=self.environment(), cwd="/")

    def srun(self, *argv: str, user: str | None = None, env: Mapping[str, str] | None = None,
             timeout: float = 60.0) -> Result:  # fmt: skip
        return self.run("srun", *argv, user=user or self.user, env=env, timeout=timeout)

    def salloc(self, *argv: str, user: str | None = None, env: Mapping[str, str] | None = None,
               timeout: float = 60.0) -> Result:  # fmt: skip
        return self.run("salloc", *argv, user=user or self.user, env=env, timeout=timeout)

    def try_sbatch(
        self,
        *argv: str,
        script: str,
        user: str | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float = 60.0,
    ) -> Result:
        """sbatch as it ends; the job writes into job-<id>.out in the lab's work directory."""
        self._jobs += 1
        path = self.write(f"scripts/{self._jobs}.sh", script, 0o755)
        return self.run(
            "sbatch", "--parsable", f"--output={self.work}/job-%j.out", *argv, path,
            user=user or self.user, env=env, timeout=timeout,
        )  # fmt: skip

    def sbatch(self, *argv: str, script: str, user: str | None = None,
               env: Mapping[str, str] | None = None) -> int:  # fmt: skip
        """Submit what must be accepted; returns the job's id."""
        result = self.try_sbatch(*argv, script=script, user=user, env=env)
        if result.rc != 0:
            raise LabError(str(result))
        return int(result.out.strip().split(";")[0])

    def output(self, job: int) -> str:
        """What the batch job wrote."""
        path = self.work / f"job-{job}.out"
        return path.read_text(errors="replace") if path.exists() else ""

    # State

    def job(self, job: int) -> dict[str, str]:
        """Fields of `scontrol show job`."""
        result = self.run("scontrol", "show", "job", str(job))
        if result.rc != 0:
            raise LabError(str(result))
        return fields(result.out)

    def last_job(self) -> dict[str, str]:
        """The job with the highest id; {} when there was none."""
        records = self.run("scontrol", "show", "job").out.split("\n\n")
        jobs = [one for one in map(fields, records) if "JobId" in one]
        return max(jobs, key=lambda one: int(one["JobId"].split()[0]), default={})

    def node(self, name: str = "n1") -> dict[str, str]:
        """Fields of `scontrol show node`."""
        result = self.run("scontrol", "show", "node", name)
        if result.rc != 0:
            raise LabError(str(result))
        return fields(result.out)

    def wait_job(
        self, job: int, states: frozenset[str] | set[str] = _ENDED, timeout: float = 60.0
    ) -> dict[str, str]:
        """Wait for one of these states (by default, for the end); returns the job's fields."""
        found: dict[str, str] = {}

        def is_there() -> bool:
            found.clear()
            found.update(self.job(job))
            return found["JobState"] in states

        try:
            self._wait(timeout, f"job {job}", is_there)
        except LabError as error:
            raise LabError(f"job {job} is {found}\n{error}") from error
        return found

    def wait_node(self, name: str, states: set[str], timeout: float = 60.0) -> dict[str, str]:
        """Wait until the node's state ("IDLE", "IDLE+DRAIN", ...) is one of these."""
        self._wait(timeout, f"node {name} in {states}",
                   lambda: self.node(name)["State"] in states)  # fmt: skip
        return self.node(name)

    def wait_idle(self, timeout: float = 60.0) -> None:
        """Wait until every node is idle and responding."""

        def are_idle() -> bool:
            lines = self.run("sinfo", "-h", "-N", "-o", "%N %T").out.splitlines()
            states = dict(line.split() for line in lines)
            return all(states.get(name) == "idle" for name in self.names)

        self._wait(timeout, "idle nodes", are_idle)

    def resume(self, name: str = "n1") -> None:
        """Bring a drained node back."""
        self.run("scontrol", "update", f"NodeName={name}", "State=RESUME")
        self.wait_idle()
