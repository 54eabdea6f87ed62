# SPDX-License-Identifier: Apache-2.0
"""A folder that looks like a host on which everything is installed rightly, for efa-layout doctor to look at."""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ["EFA_LAYOUT_BUILD"])
TOOL = BUILD / "prolog" / "tool" / "efa-layout"
PLUGIN = BUILD / "spank" / "spank_efa_layout.so"
HELPER = BUILD / "prolog" / "slurm" / "efa-layout-slurm"

BOOT = "8d3f5b7a-1c42-4e8e-9d55-0f6a7b8c9d0e"
LIB = "usr/lib/x86_64-linux-gnu"
PLUGINS = f"{LIB}/slurm-wlm"
LIBEXEC = "usr/libexec/efa-layout"
DEVICE = "sys/devices/pci0000:00/0000:00:1d.0"

SLURM_CONF = f"""\
# A small cluster
ClusterName=well
SlurmctldHost=head(10.0.0.1)
SlurmUser=slurm
ProctrackType=proctrack/cgroup
SchedulerParameters=nohold_on_prolog_fail
Prolog=/{LIBEXEC}/efa-layout-prolog
PrologFlags=Alloc,DeferBatch
Epilog=/{LIBEXEC}/efa-layout-epilog
HealthCheckProgram=/{LIBEXEC}/efa-layout-health
HealthCheckInterval=60
HealthCheckNodeState=ANY
PropagateResourceLimitsExcept=MEMLOCK
NodeName=node-[1-4] CPUs=8
PartitionName=p Nodes=ALL Default=YES
"""
LIMITS = "Limit                     Soft Limit           Hard Limit           Units\nMax locked memory         {0}            {0}            bytes\n"


@functools.cache
def _library(name: str, code: str, *flags: str) -> bytes:
    """A shared object out of a line of C."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / name
        command = [os.environ.get("CC", "cc"), "-shared", "-fPIC", "-x", "c", "-o", str(out), "-", "-x", "none", *flags]
        subprocess.run(command, input=code, text=True, check=True, cwd=folder)
        return out.read_bytes()


def plugin(release: str = "", more: str = "") -> bytes:
    """A plugin of Slurm's: of this release ("24.11"), else of the one whose headers are here."""
    number = "SLURM_VERSION_NUMBER"
    if release:
        major, minor = release.split(".")
        number = f"({int(major)} << 16 | {int(minor)} << 8 | 5)"
    include = os.environ.get("EFA_LAYOUT_SLURM_INCLUDE", "/usr/include")
    code = f"#include <slurm/slurm.h>\nconst unsigned int plugin_version = {number};\n{more}\n"
    return _library("plugin.so", code, f"-I{include}")


def helper(library: str) -> bytes:
    """A program that needs this libslurm."""
    with tempfile.TemporaryDirectory() as folder:
        slurm = Path(folder) / library
        slurm.write_bytes(_library(library, "int slurm;", f"-Wl,-soname,{library}"))
        return _library("helper", "int helper;", "-Wl,--no-as-needed", str(slurm))


def libfabric(with_efa: bool = True) -> bytes:
    """A libfabric that is linked with libefa, as one with the provider is, or not."""
    with tempfile.TemporaryDirectory() as folder:
        efa = Path(folder) / "libefa.so.1"
        efa.write_bytes(_library("libefa.so.1", "int efa;", "-Wl,-soname,libefa.so.1"))
        flags = ["-Wl,--no-as-needed", str(efa)] if with_efa else []
        return _library("libfabric.so.1", "int fabric;", *flags)


@dataclass
class Installation:
    """The folder, and short ways to change it."""

    path: Path

    def at(self, name: str) -> Path:
        return self.path / name

    def put(self, name: str, what: str | bytes, mode: int = 0o644) -> Path:
        path = self.at(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.write_bytes(what.encode() if isinstance(what, str) else what)
        path.chmod(mode)
        return path

    def link(self, name: str, to: str) -> None:
        path = self.at(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.symlink_to(to)

    def remove(self, name: str) -> None:
        self.at(name).unlink()

    def edit(self, name: str, old: str, new: str) -> None:
        path = self.at(name)
        text = path.read_text()
        assert old in text, f"{name} has no {old!r}"
        path.write_text(text.replace(old, new, 1))

    def conf(self, old: str, new: str) -> None:
        self.edit("etc/slurm/slurm.conf", old, new)

    def copy(self, to: Path) -> Installation:
        subprocess.run(["cp", "-a", self.path, to], check=True)
        return Installation(to)


def _slurm(host: Installation) -> None:
    host.put("etc/slurm/slurm.conf", SLURM_CONF)
    host.put("etc/slurm/plugstack.conf", "include plugstack.conf.d/*.conf\n")
    host.put("etc/slurm/plugstack.conf.d/50-pyxis.conf", f"required /{PLUGINS}/spank_pyxis.so\n")
    host.put("etc/slurm/plugstack.conf.d/zz-efa-layout.conf", f"# ours\noptional /{PLUGINS}/spank_efa_layout.so\n")
    host.put(f"{PLUGINS}/auth_munge.so", plugin())
    host.put(f"{PLUGINS}/spank_pyxis.so", plugin())
    host.put(f"{PLUGINS}/spank_efa_layout.so", PLUGIN.read_bytes())


def _ours(host: Installation) -> None:
    host.put(f"{LIBEXEC}/efa-layout-prolog", "a program\n", 0o755)
    for name in ("efa-layout-epilog", "efa-layout-health"):
        host.link(f"{LIBEXEC}/{name}", "efa-layout-prolog")
    host.put(f"{LIBEXEC}/efa-layout-probe", "a program\n", 0o755)
    if HELPER.exists():
        host.put(f"{LIBEXEC}/efa-layout-slurm", HELPER.read_bytes(), 0o755)
    for name in ("layouts", "instance-types", "environment"):
        host.put(f"usr/share/efa-layout/{name}.json", (TOP / "etc" / f"{name}.json").read_bytes())
    host.put("etc/efa-layout/policy.json", (TOP / "etc" / "policy.json").read_bytes())
    mac = "06:4e:fa:10:00:00"
    facts = {"boot_id": BOOT, "instance_type": "g4dn.8xlarge", "instance_id": "i-01234567", "primary": mac,
             "interfaces": [{"mac": mac, "id": "eni-01234567", "card": 0, "device": 0, "ip": True}]}
    host.put("run/efa-layout/enis.json", json.dumps(facts))
    host.at("var/lib/efa-layout").mkdir(parents=True)
    host.put("usr/lib/systemd/system/efa-layout-facts.service", "[Service]\n")
    host.link("etc/systemd/system/multi-user.target.wants/efa-layout-facts.service", "/usr/lib/systemd/system/efa-layout-facts.service")


def _machine(host: Installation) -> None:
    host.put("proc/sys/kernel/hostname", "node-1\n")
    host.put("proc/sys/kernel/random/boot_id", f"{BOOT}\n")
    host.put("proc/700/comm", "slurmd\n")
    host.put("proc/700/limits", LIMITS.format("unlimited"))
    host.put("sys/module/efa/version", "3.1.0g\n")
    host.at("sys/module/ib_uverbs").mkdir(parents=True)
    host.put(f"{DEVICE}/vendor", "0x1d0f\n")
    host.put(f"{DEVICE}/device", "0xefa0\n")
    host.at("sys/bus/pci/drivers/efa").mkdir(parents=True)
    host.link(f"{DEVICE}/driver", "../../../bus/pci/drivers/efa")
    host.link("sys/bus/pci/devices/0000:00:1d.0", "../../../devices/pci0000:00/0000:00:1d.0")
    host.link("sys/class/infiniband_verbs/uverbs0/device", "../../../devices/pci0000:00/0000:00:1d.0")
    host.put("dev/infiniband/uverbs0", "", 0o666)
    host.put(f"{LIB}/libfabric.so.1", libfabric())
    for line in subprocess.run(["readelf", "-d", HELPER], capture_output=True, text=True).stdout.splitlines():
        if "libslurm.so" in line:
            host.put(f"{LIB}/{line.split('[')[1].rstrip(']')}", "a library\n")


def node(path: Path) -> Installation:
    """A compute node that has nothing wrong."""
    host = Installation(path)
    path.mkdir(mode=0o755)
    os.umask(0o022)
    _slurm(host)
    _ours(host)
    _machine(host)
    return host


def doctor(host: Installation, *words: str) -> tuple[int, dict[str, dict[str, str]], dict[str, object]]:
    """Exit status, the checks by their names, and the whole document."""
    done = subprocess.run([TOOL, "doctor", "--json", "--root", host.path, *words], capture_output=True, text=True, timeout=20)
    assert done.returncode != 3 and done.stdout, f"{done.returncode}: {done.stderr}"
    document = json.loads(done.stdout)
    return done.returncode, {check["name"]: check for check in document["checks"]}, document


def have_compiler() -> bool:
    return shutil.which(os.environ.get("CC", "cc")) is not None and shutil.which("readelf") is not None
