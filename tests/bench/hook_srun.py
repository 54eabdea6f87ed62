# SPDX-License-Identifier: Apache-2.0
"""`srun true` in turns with and without plugins, on one lab."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from plugin_lab import PluginLab

BAR, GOAL = 1.05, 1.02
ARGV = ["srun", "true"]


def _run(lab: PluginLab) -> tuple[float, float]:
    """Milliseconds that passed, and that srun itself computed. As root and without a shell: nothing but srun is to be measured."""
    null = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in (0, 1, 2)]
    begin = time.perf_counter()
    _, status, usage = os.wait4(os.posix_spawnp(ARGV[0], ARGV, lab.environment(), file_actions=null), 0)
    elapsed = 1000 * (time.perf_counter() - begin)
    if status:
        raise SystemExit(f"hook: srun true: exit status {os.waitstatus_to_exitcode(status)}")
    return elapsed, 1000 * (usage.ru_utime + usage.ru_stime)


def _quartiles(values: list[float]) -> str:
    low, middle, high = statistics.quantiles(values, n=4)
    return f"median {middle:7.3f}   quartiles {low:7.3f} to {high:7.3f}"


def measure(lab: PluginLab, empty: Path, rounds: int) -> None:
    """Prints; Slurm reads plugstack.conf anew for each command and each step."""
    ours = lab.plugstack
    installed = lab.install(empty)
    variants: dict[str, tuple[str, Callable[[], None]]] = {
        "no plugin": ("", lab.map),
        "an empty plugin": (f"optional {installed}", lab.map),
        "ours, no node map": (ours, lab.no_map),
        "ours": (ours, lab.map),
    }
    times: dict[str, list[float]] = {name: [] for name in variants}
    own: dict[str, list[float]] = {name: [] for name in variants}
    for n in range(rounds + 1):
        names = list(variants)
        turn = n % len(names)
        for name in names[turn:] + names[:turn]:
            text, set_map = variants[name]
            lab.write("plugstack.conf", text + "\n")
            set_map()
            elapsed, computed = _run(lab)
            if n:  # the first round brings programs and libraries into memory
                times[name].append(elapsed)
                own[name].append(computed)
    print(f"srun true, {rounds} rounds, {os.cpu_count()} CPUs")
    for name, values in times.items():
        print(f"  {name:<39} {_quartiles(values)} ms   srun's own CPU {statistics.median(own[name]):.2f} ms")
    order = list(times)
    for less, more in zip(order, order[1:]):
        print(f"  {more:<18} less {less:<18} {_quartiles([b - a for a, b in zip(times[less], times[more])])} ms")
    ratios = [b / a for a, b in zip(times["no plugin"], times["ours"])]
    middle = statistics.median(ratios)
    print(f"  with / without: {_quartiles(ratios)}")
    print(f"bar of {BAR}: {'met' if middle <= BAR else 'NOT met'}; goal of {GOAL}: {'met' if middle <= GOAL else 'NOT met'}")
