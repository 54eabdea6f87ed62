# SPDX-License-Identifier: Apache-2.0
"""A machine on which a recipe is tried: this one's files, or other folders', below a layer that takes all changes and goes with the test.
Processes, network, mounts and name are its own; several can share a network. Its EFA devices are those of a node tree, its probe is scripted.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
SKIP = 77
# Not in 127/8: Slurm asks for addresses of a kind that the machine has, and loopback's do not count.
ADDRESS = "10.9.9.9"
LIBEXEC = "/usr/libexec/efa-layout"
PROBE = f"{LIBEXEC}/efa-layout-probe"
RAIL = "rdmap32s27"
_UNREACHABLE = "fail transfer 113 4103 Unresponsive receiver"
_STAND_IN = """#!/bin/sh
[ "$*" != --version ] || exec /srv/probe/own --version
exec /srv/probe/probe "$@"
"""
# Notes what a recipe asks of it; where there is no systemd, the test does it.
_SYSTEMCTL = "#!/bin/sh\necho \"$*\" >>/srv/systemctl\n"


class PlaceError(Exception):
    """The place itself does not work; never a result of what is tested."""


class Place:
    """lower: folders, the uppermost first. network: the place whose network this one has, too."""

    MACHINE = (Path("/"),)

    def __init__(self, name: str, lower: Sequence[Path] = MACHINE, network: Place | None = None) -> None:
        self.name, self._lower = name, lower
        self.path = Path(tempfile.mkdtemp(prefix="efa-layout-place."))
        self.path.chmod(0o755)
        self.upper, self._root = self.path / "upper", self.path / "root"
        for folder in self.upper, self._root, self.path / "work", self.upper / "srv" / "probe":
            folder.mkdir(mode=0o755, parents=True)
        self._daemons: dict[str, subprocess.Popen[bytes]] = {}
        self._make_node()
        self._holder, self._inside = self._hold(network)
        self.run("install -d -o munge -g munge /run/munge; install -d -m 1777 /srv/jobs /tmp; mkdir -p /var/spool/slurm/state /var/spool/slurm/d")
        self.write("/etc/hosts", f"127.0.0.1 localhost\n{ADDRESS} head node1\n")
        self.write("/usr/local/sbin/systemctl", _SYSTEMCTL, 0o755)

    def __enter__(self) -> Place:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()
        shutil.rmtree(self.path)

    def end(self) -> None:
        """All of it stops; what was changed is in upper."""
        # The first process of its space takes all others along.
        self._holder.kill()
        self._holder.wait()
        for daemon in self._daemons.values():
            daemon.wait()
        self._daemons.clear()

    def _make_node(self) -> None:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        tree = self.upper / "srv" / "node"
        subprocess.run([sys.executable, TOP / "tests" / "nodes" / "make-node", "p4d.24xlarge", "efa-only", tree, "--boot-id", boot],
                       check=True, stdout=subprocess.DEVNULL)
        shutil.copy(TOP / "tests" / "prolog" / "kit" / "scripted_probe", self.upper / "srv" / "probe" / "probe")
        if Path("/") not in self._lower:
            # Packages that are only unpacked have no users.
            (self.upper / "etc").mkdir()
            for name in "passwd", "group", "nsswitch.conf":
                shutil.copy(f"/etc/{name}", self.upper / "etc")
        self.heal()

    def _hold(self, network: Place | None) -> tuple[subprocess.Popen[bytes], int]:
        own_network = network is None
        script = f"""set -e
mount --make-rprivate /
mount -t overlay overlay -o lowerdir={":".join(map(str, self._lower))},upperdir={self.upper},workdir={self.path}/work {self._root}
cd {self._root}
mount -t proc proc proc
mount -t tmpfs -o mode=755 tmpfs dev
mkdir dev/pts dev/shm dev/infiniband
mount --rbind /dev/pts dev/pts
for one in null zero full random urandom tty; do touch dev/$one; mount --bind /dev/$one dev/$one; done
ln -s /proc/self/fd dev/fd
cp -a srv/node/dev/infiniband/. dev/infiniband/
mount --bind srv/node/sys sys
mount -t tmpfs -o mode=755 tmpfs run
mkdir run/efa-layout
cp srv/node/run/efa-layout/enis.json run/efa-layout/
hostname {self.name}
{f"ip link set lo up; ip address add {ADDRESS}/32 dev lo" if own_network else ""}
echo ready
exec sleep infinity"""
        spaces = ["--mount", "--pid", "--fork", "--kill-child", "--uts", *(["--net"] if own_network else [])]
        outside = [] if network is None else ["nsenter", f"--net=/proc/{network._inside}/ns/net"]
        holder = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *outside, "unshare", *spaces, "sh", "-c", script],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        assert holder.stdout
        with holder.stdout as said:
            is_ready = said.readline() == b"ready\n"
        if not is_ready:
            holder.wait()
            raise PlaceError("no namespaces, or no overlay, on this machine")
        children = Path(f"/proc/{holder.pid}/task/{holder.pid}/children").read_text(encoding="ascii")
        return holder, int(children.split()[0])

    # Commands

    def _words(self, command: str | Sequence[str], env: Mapping[str, str]) -> list[str]:
        words = ["sh", "-ec", command] if isinstance(command, str) else list(command)
        variables = {"PATH": "/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/root",
                     "DEBIAN_FRONTEND": "noninteractive"} | dict(env)
        return ["nsenter", f"--target={self._inside}", "--mount", "--pid", "--uts", "--net", "chroot", str(self._root),
                "/usr/bin/env", "-i", *(f"{name}={value}" for name, value in variables.items()), *words]

    def try_run(self, command: str | Sequence[str], env: Mapping[str, str] = {}, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        """Words, or lines for a shell. Standard output and error are one."""
        return subprocess.run(self._words(command, env), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=timeout, check=False, text=True, errors="replace")

    def run(self, command: str | Sequence[str], env: Mapping[str, str] = {}, timeout: float = 60) -> str:
        done = self.try_run(command, env, timeout)
        if done.returncode != 0:
            raise AssertionError(f"exit status {done.returncode} from: {command}\n{done.stdout}{self.logs()}")
        return done.stdout

    def share(self, outside: Path, inside: str) -> None:
        """A folder of the real machine, at this name here."""
        self.run(["mkdir", "-p", inside])
        # Through a descriptor: the folder's name leads elsewhere in there.
        handle = os.open(outside, os.O_PATH)
        try:
            subprocess.run(["nsenter", f"--target={self._inside}", "--mount", "mount", "--bind", f"/proc/{os.getpid()}/fd/{handle}",
                            f"{self._root}{inside}"], check=True, pass_fds=[handle])
        finally:
            os.close(handle)

    # Files

    def write(self, name: str, text: str, mode: int = 0o644) -> None:
        line = f'mkdir -p "$(dirname {name})"; cat >{name}; chmod {mode:o} {name}'
        subprocess.run(self._words(line, {}), input=text, text=True, check=True, timeout=60)

    def copy(self, outside: Path, name: str) -> None:
        """A file of the real machine's."""
        with outside.open("rb") as file:
            subprocess.run(self._words(f'mkdir -p "$(dirname {name})"; cat >{name}', {}), stdin=file, check=True, timeout=60)

    def read(self, name: str) -> str:
        return self.run(["cat", name])

    def exists(self, name: str) -> bool:
        return self.try_run(["test", "-e", name]).returncode == 0

    def files(self) -> set[str]:
        """What was added to or changed of the folders below, and what is in /run."""
        here = {str(path.relative_to(self.upper)) for path in self.upper.rglob("*") if not path.is_dir() or not any(path.iterdir())}
        return here | set(self.run("find /run -mindepth 1 -printf 'run/%P\\n'").splitlines())

    # Slurm

    def start(self, name: str, *words: str, env: Mapping[str, str] = {}) -> None:
        with (self.path / f"{name}.log").open("ab") as log:
            self._daemons[name] = subprocess.Popen(self._words(words, env), stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)

    def start_munge(self) -> None:
        self.start("munged", "setpriv", "--reuid", "munge", "--regid", "munge", "--clear-groups", "munged", "-F", "--key-file=/srv/munge.key")
        self.wait("munge", lambda: self.exists("/run/munge/munge.socket.2"))

    def stop(self, name: str) -> None:
        daemon = self._daemons.pop(name)
        # To the one child of our nsenter, which waits for it.
        for child in Path(f"/proc/{daemon.pid}/task/{daemon.pid}/children").read_text(encoding="ascii").split():
            os.kill(int(child), signal.SIGTERM)
        try:
            daemon.wait(10)
        except subprocess.TimeoutExpired:
            daemon.kill()
            daemon.wait()

    def log(self, name: str) -> str:
        return (self.path / f"{name}.log").read_text(errors="replace")

    def logs(self) -> str:
        return "".join(f"\n--- {path.stem} on {self.name}\n{path.read_text(errors='replace')[-3000:]}" for path in self.path.glob("*.log"))

    def wait(self, what: str, is_so: Callable[[], bool], timeout: float = 30) -> None:
        end = time.monotonic() + timeout
        while not is_so():
            if time.monotonic() > end:
                raise AssertionError(f"no {what} within {timeout:.0f} s{self.logs()}")
            time.sleep(0.05)

    # The node's devices

    def use_scripted_probe(self) -> None:
        """From now on the installed probe's answers are the script's."""
        self.write("/srv/probe/stand-in", _STAND_IN, 0o755)
        self.run(f"cp {PROBE} /srv/probe/own; mount --bind /srv/probe/stand-in {PROBE}")

    def use_own_probe(self) -> None:
        self.run(["umount", PROBE])

    def heal(self, rails: Mapping[str, str] = {}) -> None:
        text = json.dumps({"rails": dict(rails)})
        if hasattr(self, "_inside"):
            self.write("/srv/probe/script", text)
        else:
            (self.upper / "srv" / "probe" / "script").write_text(text)

    def break_rail(self) -> None:
        """One rail fails from now on."""
        self.heal({RAIL: _UNREACHABLE})
