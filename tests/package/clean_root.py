# SPDX-License-Identifier: Apache-2.0
"""A clean Debian with a Slurm of its own, as a folder: made once, and used through a layer that takes all changes and goes with the test.

The machine is a node of its own in it: processes, network (loopback alone), mounts and name are apart from ours. apt alone sees our network.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests" / "debian"))

from unpacked import Cache, Unreachable, VnodeError, folder, run, sources  # noqa: E402

SLURM = "slurmctld,slurmd,slurm-client,munge"
NODE = "node1"
# Not in 127/8: Slurm asks for addresses of a kind that the machine has, and loopback's do not count.
ADDRESS = "10.9.9.9"
# What apt, adduser and the linker keep for themselves, and Slurm, and the tests.
BOOKKEEPING = ("var/lib/dpkg", "var/lib/apt", "var/cache", "var/log", "etc/ld.so.cache", "run/adduser", "var/spool/slurm", "srv")


def clean_root(release: str) -> Path:
    """Raises Unreachable where the archive is out of reach."""
    lines = sources(release).splitlines()

    def make(_: Cache, out: Path) -> None:
        options = ("APT::Install-Recommends false", "Acquire::Languages none", "Acquire::Retries 3")
        words = [word for option in options for word in ("--aptopt", option)]
        dpkg = ("force-unsafe-io", "path-exclude=/usr/share/man/*", "path-exclude=/usr/share/locale/*", "path-exclude=/usr/share/doc/*",
                # Ours are what is tested.
                "path-include=/usr/share/doc/efa-layout*", "path-include=/usr/share/man/man?/*efa*")
        words += [word for option in dpkg for word in ("--dpkgopt", option)]
        try:
            # Lists stay: what is installed later comes from the same archive.
            run(["mmdebstrap", "--quiet", "--mode=root", "--format=directory", "--variant=apt", "--skip=cleanup/apt/lists,cleanup/reproducible",
                 f"--include={SLURM}", *words, release, out, *lines])
        except VnodeError as e:
            if re.search(r"E: Failed to fetch|E: apt-get update .* failed", str(e)):
                raise Unreachable(f"the archive of Debian's {release} is out of reach") from e
            raise

    return folder(f"package-root-{release}", [SLURM, release], make)


class Node:
    """release as a running machine. Commands are words, or one line for a shell."""

    def __init__(self, release: str) -> None:
        self.base = clean_root(release)
        self._tmp = Path(tempfile.mkdtemp(prefix="efa-layout-package."))
        for name in "upper", "work", "root":
            (self._tmp / name).mkdir()
        self.upper, self.root = self._tmp / "upper", self._tmp / "root"
        self.upper.chmod(0o755)
        self._daemons: dict[str, subprocess.Popen[bytes]] = {}
        self._holder = self._hold()

    def __enter__(self) -> Node:
        return self

    def __exit__(self, *_: object) -> None:
        # The first process of its space takes all others along.
        self._holder.kill()
        self._holder.wait()
        for daemon in self._daemons.values():
            daemon.wait()
        shutil.rmtree(self._tmp)

    def _hold(self) -> subprocess.Popen[bytes]:
        script = f"""set -e
mount --make-rprivate /
mount -t overlay overlay -o lowerdir={self.base},upperdir={self.upper},workdir={self._tmp}/work {self.root}
mount -t proc proc {self.root}/proc
mount --rbind /dev {self.root}/dev
mount -t sysfs sysfs {self.root}/sys
mount -t tmpfs -o mode=755 tmpfs {self.root}/run
hostname {NODE}
ip link set lo up
ip address add {ADDRESS}/32 dev lo
echo ready
exec sleep infinity"""
        holder = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--pid", "--fork", "--kill-child", "--uts", "--net",
                                   "sh", "-c", script], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        assert holder.stdout
        if holder.stdout.readline() != b"ready\n":
            holder.wait()
            raise VnodeError("no namespaces, or no overlay, on this machine")
        children = Path(f"/proc/{holder.pid}/task/{holder.pid}/children").read_text(encoding="ascii")
        self._inside = int(children.split()[0])
        return holder

    def _words(self, command: str | Sequence[str], network: str) -> list[str]:
        words = ["sh", "-c", command] if isinstance(command, str) else list(command)
        return ["nsenter", f"--target={self._inside}", "--mount", "--pid", "--uts", *([network] if network else []),
                "chroot", str(self.root), "/usr/bin/env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", "HOME=/root", *words]

    def try_run(self, command: str | Sequence[str], timeout: float = 60, network: str = "--net") -> subprocess.CompletedProcess[str]:
        """Standard output and error are one."""
        return subprocess.run(self._words(command, network), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=timeout, check=False, text=True, errors="replace")

    def run(self, command: str | Sequence[str], timeout: float = 60, network: str = "--net") -> str:
        done = self.try_run(command, timeout, network)
        if done.returncode != 0:
            raise AssertionError(f"exit status {done.returncode} from: {command}\n{done.stdout}")
        return done.stdout

    def begin(self, command: str | Sequence[str]) -> subprocess.Popen[str]:
        return subprocess.Popen(self._words(command, "--net"), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def apt(self, *words: str) -> str:
        return self.run(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y", *words], timeout=240, network="")

    # Files of the node, from outside. Where somebody else writes below /run, they are looked at from inside.

    def write(self, name: str, text: str) -> None:
        self.run(["mkdir", "-p", os.path.dirname(name)])
        subprocess.run(self._words(["sh", "-c", 'cat >"$0"', name], "--net"), input=text, text=True, check=True, timeout=60)

    def copy(self, file: Path, name: str) -> None:
        with file.open("rb") as source:
            subprocess.run(self._words(["sh", "-c", 'cat >"$0"', name], "--net"), stdin=source, check=True, timeout=60)

    def scratch(self, name: str) -> Path:
        """A folder beside the node, which goes with it."""
        folder = self._tmp / name
        folder.mkdir()
        return folder

    def seen_from_here(self, name: str) -> Path:
        return Path(f"/proc/{self._inside}/root{self.root}{name}")

    def read(self, name: str) -> str:
        return self.run(["cat", name])

    def exists(self, name: str) -> bool:
        return self.try_run(["test", "-e", name]).returncode == 0

    def files(self) -> set[str]:
        """All there is, but for what others keep."""
        found = self.run("find / /run -xdev -mindepth 1").splitlines()
        found = [name[1:] for name in found]
        return {name for name in found if not any(name == one or name.startswith(f"{one}/") for one in BOOKKEEPING)}

    # Slurm

    def start(self, name: str, *words: str) -> None:
        log = (self._tmp / f"{name}.log").open("ab")
        self._daemons[name] = subprocess.Popen(self._words(words, "--net"), stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        log.close()

    def stop(self, name: str) -> None:
        self._signal(name, signal.SIGTERM)
        try:
            self._daemons[name].wait(10)
        except subprocess.TimeoutExpired:
            self._signal(name, signal.SIGKILL)
            self._daemons[name].wait(10)
        del self._daemons[name]

    def _signal(self, name: str, number: signal.Signals) -> None:
        """To the one child of our nsenter, which waits for it."""
        pid = self._daemons[name].pid
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split():
            os.kill(int(child), number)

    def log(self, name: str) -> str:
        return (self._tmp / f"{name}.log").read_text(errors="replace")

    def wait(self, what: str, is_so: Callable[[], bool], timeout: float = 30) -> None:
        end = time.monotonic() + timeout
        while not is_so():
            if time.monotonic() > end:
                logs = "\n".join(f"--- {name}\n{self.log(name)[-3000:]}" for name in self._daemons)
                raise AssertionError(f"no {what} within {timeout:.0f} s\n{logs}")
            time.sleep(0.1)
