# SPDX-License-Identifier: Apache-2.0
"""efa-layout policy simulate about a node with a fault: the same outcome, action, deciding setting and sentence as the gate."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from gate import Run
from scene import RUN_DIR, Given

OPTION = "SPANK__SLURM_SPANK_OPTION_efa_layout_efa_layout"
SNAPSHOT = Path("/run/snapshot")


def job_of(given: Given) -> str:
    return f"--efa-layout={given.env[OPTION]}" if OPTION in given.env else ""


def ask(given: Given, *args: str) -> dict[str, Any]:
    """As started by slurmd, whose limits are part of the node."""
    env = {"PATH": "/usr/bin:/bin", "SLURMD_NODENAME": "node-1"} | given.env
    done = subprocess.run([*given.prefix, "efa-layout", "policy", "simulate", "--job", job_of(given), "--json", *args], env=env,
                          capture_output=True, text=True, errors="replace", check=False)
    try:
        return json.loads(done.stdout)
    except json.JSONDecodeError:
        return {"said": f"exit status {done.returncode}: {done.stderr.strip()}"}


def told(run: Run, document: dict[str, Any]) -> dict[str, Any]:
    """What the gate did, and said; where it could keep no verdict only what was seen of it."""
    decision = document.get("decision")
    return {"outcome": document["outcome"], "action": run.action, "sentence": document["sentence"]} | (
        {"setting": decision["setting"]} if decision else {})


def compare(how: str, found: dict[str, Any], expected: dict[str, Any]) -> list[str]:
    if "said" in found:
        return [f"simulate, {how}: {found['said']}"]
    mine = {"outcome": found["decided"]["outcome"], "action": found["decided"]["done"], "sentence": found["decided"]["sentence"],
            "setting": found["verdict"]["decision"]["setting"]}
    return [f"simulate, {how}: {key} {mine[key]} instead of {expected[key]}" for key in expected if mine[key] != expected[key]]


def snapshot(given: Given) -> list[str]:
    """Words that stand for one; nothing that a prefix changes is in it."""
    shutil.rmtree(SNAPSHOT, ignore_errors=True)
    subprocess.run(["efa-layout", "snapshot", str(SNAPSHOT)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return ["--node", str(SNAPSHOT)]


def simulate(given: Given, run: Run, document: dict[str, Any], with_snapshot: bool) -> tuple[list[str], list[str]]:
    """Ways in which it was asked and agrees, and complaints. What the gate's test found is taken where it could be kept; else all is
    tested once more."""
    has_report = (RUN_DIR / "report.json").exists() and os.stat(RUN_DIR).st_uid == 0
    expected = told(run, document)
    complaints = {"node": compare("node", ask(given, "--tested", "last" if has_report else "now"), expected)}
    if with_snapshot and has_report and not given.prefix:
        complaints["snapshot"] = compare("snapshot", ask(given, *snapshot(given)), expected)
    return [how for how, found in complaints.items() if not found], [one for found in complaints.values() for one in found]
