# SPDX-License-Identifier: Apache-2.0
"""`srun true` in turns with and without plugins, on one lab: as a job of its own, and as a step of a job that is there already."""

from __future__ import annotations

import os
import re
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from lab import LabError
from plugin_lab import PluginLab

BAR, GOAL = 1.05, 1.02

# What plugstack.conf has, and what makes the node's map as it should be.
Variants = dict[str, tuple[str, Callable[[], None]]]
Times = dict[str, list[float]]


def _run(lab: PluginLab, argv: list[str]) -> tuple[float, float]:
    """Milliseconds that passed, and that srun itself computed. As root and without a shell: nothing but srun is to be measured."""
    null = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in (0, 1, 2)]
    begin = time.perf_counter()
    _, status, usage = os.wait4(os.posix_spawnp(argv[0], argv, lab.environment(), file_actions=null), 0)
    elapsed = 1000 * (time.perf_counter() - begin)
    if status:
        raise LabError(f"{' '.join(argv)}: exit status {os.waitstatus_to_exitcode(status)}")
    return elapsed, 1000 * (usage.ru_utime + usage.ru_stime)


def _in_turns(lab: PluginLab, argv: list[str], variants: Variants, rounds: int) -> tuple[Times, Times]:
    """Slurm reads plugstack.conf anew for each command and each step."""
    passed: Times = {name: [] for name in variants}
    computed: Times = {name: [] for name in variants}
    for n in range(rounds + 1):
        names = list(variants)
        first = n % len(names)
        for name in names[first:] + names[:first]:
            text, set_map = variants[name]
            lab.write("plugstack.conf", text + "\n")
            set_map()
            times = _run(lab, argv)
            if n:  # the first round brings programs and libraries into memory
                passed[name].append(times[0])
                computed[name].append(times[1])
    return passed, computed


def _quartiles(values: list[float]) -> str:
    low, middle, high = statistics.quantiles(values, n=4)
    return f"median {middle:7.3f}   quartiles {low:7.3f} to {high:7.3f}"


def _show(what: str, passed: Times, computed: Times) -> None:
    order = list(passed)
    print(what)
    for name in order:
        print(f"  {name:<39} {_quartiles(passed[name])} ms   srun's own CPU {statistics.median(computed[name]):.2f} ms")
    for less, more in zip(order, order[1:]):
        print(f"  {more:<18} less {less:<18}{_quartiles([b - a for a, b in zip(passed[less], passed[more])])} ms")
    ratios = [b / a for a, b in zip(passed[order[0]], passed[order[-1]])]
    middle = statistics.median(ratios)
    print(f"  with / without: {_quartiles(ratios)}")
    print(f"bar of {BAR}: {'met' if middle <= BAR else 'NOT met'}; goal of {GOAL}: {'met' if middle <= GOAL else 'NOT met'}", flush=True)


def measure(lab: PluginLab, empty: Path, rounds: int) -> None:
    """Prints; asserts nothing."""
    ours = lab.plugstack
    variants: Variants = {
        "no plugin": ("", lab.map),
        "an empty plugin": (f"optional {lab.install(empty)}", lab.map),
        "ours, no node map": (ours, lab.no_map),
        "ours": (ours, lab.map),
    }
    _show(f"srun true as a job, {rounds} rounds", *_in_turns(lab, ["srun", "true"], variants, rounds))
    granted = lab.run("salloc", "--no-shell")
    job = re.search(r"Granted job allocation (\d+)", granted.text)
    if not job:
        raise LabError(str(granted))
    _show(f"srun true as a step, {rounds} rounds", *_in_turns(lab, ["srun", f"--jobid={job[1]}", "true"], variants, rounds))
