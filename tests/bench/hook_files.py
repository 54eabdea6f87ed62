# SPDX-License-Identifier: Apache-2.0
"""Files that are opened, or tried, for `srun true` with the plugin and not without it: by srun, and by slurmstepd and its tasks."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from lab import LabError
from plugin_lab import PluginLab

STRACE = ("strace", "-f", "-y", "-s", "4096", "-e", "trace=open,openat,openat2,execve,clone,clone3,fork,vfork", "-e", "signal=none")
RUNS = 3  # what Slurm opens differs from run to run
LOADING = re.compile(r"\.so(\.[0-9.]+)?$|^/etc/ld\.so\.(cache|preload)$")
WAIT_S = 20.0


class NotTraced(Exception):
    """Nothing can be traced here."""


Files = dict[str, str]  # path with its numbers (of jobs, processes) left out -> path


def _steps(text: str) -> set[str]:
    """Processes that became slurmstepd, and all that they started. Others of slurmd's look at files when they please."""
    steps = set(re.findall(r"^(\d+) +execve\(\"[^\"]*/slurmstepd\"", text, re.M))
    started = re.findall(r"^(\d+) +(?:<\.\.\. )?(?:clone3?|v?fork)\b.* = (\d+)$", text, re.M)
    while more := {child for parent, child in started if parent in steps} - steps:
        steps |= more
    return steps


def _ended(text: str, processes: set[str]) -> bool:
    return bool(processes) and all(re.search(rf"^{pid} +\+\+\+ ", text, re.M) for pid in processes)


def _opened(text: str, processes: set[str] | None = None) -> Files:
    """Of these processes; None: of all."""
    found: Files = {}
    call = r"^(\d+) +open(?:at2?)?\((?:AT_FDCWD|\d+)?(?:<(.*?)>)?(?:, )?\"(.*?)\""
    for pid, folder, name in re.findall(call, text, re.M):
        if processes is None or pid in processes:
            path = os.path.normpath(os.path.join(folder, name))
            found.setdefault(re.sub(r"\d+", "#", path), path)
    return found


def _trace(lab: PluginLab, options: tuple[str, ...]) -> tuple[Files, Files]:
    """Of srun, and of slurmstepd."""
    client, node = lab.path / "srun.trace", lab.path / "slurmd.trace"
    slurmd = (lab.path / "pid" / "slurmd.n1.pid").read_text().strip()
    tracer = subprocess.Popen([*STRACE, "-o", node, "-p", slurmd], stderr=subprocess.PIPE, text=True)
    assert tracer.stderr
    try:
        said = tracer.stderr.readline()
        if "attached" not in said:
            raise NotTraced(said.strip())
        done = lab.run(*STRACE, "-o", client, "srun", *options, "true")
        if done.rc:
            raise LabError(str(done))
        deadline = time.monotonic() + WAIT_S
        while not _ended(text := node.read_text(errors="replace"), steps := _steps(text)):
            if time.monotonic() > deadline:
                raise LabError(f"slurmstepd has not ended after {WAIT_S:.0f} s")
            time.sleep(0.02)
    finally:
        tracer.terminate()
        tracer.communicate()
    return _opened(client.read_text(errors="replace")), _opened(text, steps)


def _union(lab: PluginLab, plugstack: str, runs: int, *options: str) -> tuple[Files, Files]:
    lab.write("plugstack.conf", plugstack + "\n")
    client: Files = {}
    node: Files = {}
    for _ in range(runs):
        one, other = _trace(lab, options)
        client |= one
        node |= other
    return client, node


def _added(with_plugin: Files, without: Files) -> tuple[list[str], list[str]]:
    """Those of the loading, and all others."""
    paths = [path for key, path in sorted(with_plugin.items()) if key not in without]
    return [p for p in paths if LOADING.search(p)], [p for p in paths if not LOADING.search(p)]


def look(lab: PluginLab) -> Iterator[tuple[bool, str, object]]:
    """Results: good or not, what, why not. The site has a policy: nothing is left out because it is not there."""
    lab.write("site/policy.json", '{"layout": {"allow_none": false}}\n')
    ours = lab.plugstack
    without = _union(lab, "", RUNS)
    client, node = _union(lab, ours, RUNS)
    asked, _ = _union(lab, ours, 1, "--efa-layout=efa-only")
    (lab.path / "site" / "policy.json").unlink()
    run = lab.path / "run" / "node.json"
    for name, loaded in (("srun", _added(client, without[0])[0]), ("slurmstepd", _added(node, without[1])[0])):
        print(f"# {name} loads: {', '.join(os.path.basename(path) for path in loaded)}", flush=True)
        yield "spank_efa_layout.so" in map(os.path.basename, loaded), f"{name}: the plugin is seen to be loaded", loaded
    others = _added(client, without[0])[1]
    yield not others, "srun without options: the plugin opens nothing", others
    others = _added(node, without[1])[1]
    yield others == [str(run)], f"slurmstepd: the plugin opens {run.name} and nothing else", others
    others = _added(asked, without[0])[1]
    yield str(lab.path / "data" / "layouts.json") in others, "srun with --efa-layout: what it reads is seen", others
