# SPDX-License-Identifier: Apache-2.0
"""A case is a row or a pair of rows. What is expected of a pair follows from its rows; playing a case compares."""

import contextlib
import itertools
import json
import threading
import time
from dataclasses import dataclass
from typing import Any

import gate
from gate import Gate, Run
from guest.kit import check
from rows import ROWS, Row
from simulated import simulate
from scene import STATE_DIR, Given, Rail, Scene, ours

OUTCOMES = ("healthy", "degraded", "unknown", "refused", "fabric", "faulty")  # the later one prevails
ACTIONS = {"healthy": "allow", "degraded": "warn", "unknown": "allow", "refused": "refuse", "fabric": "drain", "faulty": "drain"}
BEFORE_TEST = ("E1", "E201", "E202", "E203", "I10", "I3", "W1", "W3")  # found without a test, by the beginning of the code

NEUTRAL = ("I201", "I202")  # a rail needed a second try, as on a busy machine any may; rails were not tested


@dataclass(frozen=True)
class Finding:
    """One that must be there, or may: its codes, and the rail that it must name."""

    codes: tuple[str, ...]
    rail: Rail | None
    may_lack: bool

    def fits(self, found: dict[str, Any]) -> bool:
        if found["code"] not in self.codes:
            return False
        return self.rail is None or self.rail.name in found["subject"] or f"card {self.rail.card}" in found["subject"]

    def __str__(self) -> str:
        return "|".join(self.codes) + ("?" if self.may_lack else "") + (f" {self.rail.name}" if self.rail else "")


def expected_findings(row: Row, rail: Rail) -> list[Finding]:
    found = []
    for text in row.findings:
        codes, _, where = text.partition(" ")
        found.append(Finding(tuple(codes.rstrip("?").split("|")), rail if where else None, codes.endswith("?")))
    return found


@dataclass(frozen=True)
class Case:
    rows: tuple[Row, ...]

    @property
    def name(self) -> str:
        return " + ".join(row.name for row in self.rows)

    @property
    def untested(self) -> bool:
        return any(row.fails == "untested" for row in self.rows)

    @property
    def seen(self) -> tuple[Row, ...]:
        """The rows that the gate comes to see: with settings that cannot be used it looks at nothing, and without libfabric rails are
        not tested."""
        unusable = tuple(row for row in self.rows if "E304" in row.findings)
        if unusable:
            return unusable
        if self.untested:
            return tuple(row for row in self.rows if not (row.findings and _by_test(row)))
        return self.rows

    @property
    def ends(self) -> tuple[str, str, str]:
        return max((row.ends for row in self.seen), key=lambda ends: OUTCOMES.index(ends[0]))


def _by_test(row: Row) -> bool:
    return not any(finding.startswith((*BEFORE_TEST, "E30")) for finding in row.findings)


def combinable(a: Row, b: Row) -> bool:
    """Rows that are on a rail each get one of their own, but rows that are on many rails leave none."""
    shared, either = a.uses & b.uses - {"rail"}, a.uses | b.uses
    return not shared and "alone" not in either and not ("rails" in either and (a.on_rail or b.on_rail))


def cases_of(machine: str, pairs: str) -> list[Case]:
    """All rows of the machine, then each with at least as many others as pairs says, or all that can be combined."""
    rows = [row for row in ROWS if machine in row.machines]
    found = [(a, b) for a, b in itertools.combinations(rows[1:], 2) if combinable(a, b)]
    # By their distance in the table, so that a row meets others than its neighbours, which are alike.
    found.sort(key=lambda pair: (rows.index(pair[1]) - rows.index(pair[0])) * 7 % len(rows))
    chosen = found if pairs == "all" else few_pairs(found, int(pairs))
    return [Case((row,)) for row in rows] + [Case(pair) for pair in chosen]


def few_pairs(found: list[tuple[Row, Row]], number: int) -> list[tuple[Row, Row]]:
    """Those where both rows have too few first, then for what is left those where one has."""
    seen = {row.name: 0 for pair in found for row in pair}
    chosen: list[tuple[Row, Row]] = []
    for lacking in (max, min):
        for pair in found:
            if pair not in chosen and lacking(seen[row.name] for row in pair) < number:
                chosen.append(pair)
                for row in pair:
                    seen[row.name] += 1
    return chosen


@dataclass
class Result:
    case: Case
    run: Run | None
    outcome: str
    findings: list[str]
    complaints: list[str]
    seconds: float  # with making and mending
    limit_s: float
    simulated: list[str]  # the ways in which efa-layout policy simulate was asked, and agrees
    simulate_s: float

    def line(self) -> str:
        return json.dumps({
            "case": self.case.name, "outcome": self.outcome, "findings": self.findings, "complaints": self.complaints,
            "action": self.run.action if self.run else "", "gate_s": round(self.run.seconds, 2) if self.run else 0,
            "limit_s": self.limit_s, "all_s": round(self.seconds, 1), "simulated": self.simulated,
            "simulate_s": round(self.simulate_s, 2),
        })  # fmt: skip


def places(scene: Scene, case: Case) -> list[Rail]:
    """The rail that each row's fault is on: its own card, else the next one that is free."""
    taken = {row.card for row in case.rows if row.card is not None}
    free = [rail for rail in scene.rails if rail.card not in taken | {0}]
    found = []
    for row in case.rows:
        if row.card is not None:
            found.append(next(rail for rail in scene.rails if rail.card == row.card))
        else:
            found.append(free.pop(len(free) // 2))
    return found


def run_gate(given: Given, job: int) -> Run:
    gate.CALLS.write_text("")
    running = Gate(given.prefix, given.env, job)
    others = [threading.Thread(target=happen) for happen in given.during]
    for other in others:
        other.start()
    run = running.wait()
    for other in others:
        other.join()
    run.calls = gate.CALLS.read_text().split()
    return run


def leftovers(given: Given) -> list[str]:
    """A child that the kernel keeps is let be, and nothing else."""
    end = time.monotonic() + 1
    while True:
        left = [process for process in ours() if not (given.hung and process[-1] in "DZ")]
        if not left or time.monotonic() > end:
            return [f"left behind: {process}" for process in left]
        time.sleep(0.1)


def compare_findings(case: Case, rails: list[Rail], document: dict[str, Any]) -> list[str]:
    expected = [finding for row, rail in zip(case.rows, rails) if row in case.seen for finding in expected_findings(row, rail)]
    found = list(document["findings"])
    complaints = []
    for finding in expected:
        match = next((f for f in found if finding.fits(f)), None)
        if match:
            found.remove(match)
        elif not finding.may_lack:
            complaints.append(f"no {finding}")
    complaints += [f"{f['code']} {f['subject']}: {f['found']}" for f in found if f["code"] not in NEUTRAL]
    return complaints


def play(scene: Scene, case: Case, number: int) -> Result:
    """Make, run, compare, mend."""
    begin = time.monotonic()
    rails = places(scene, case)
    complaints: list[str] = []
    scene.forget()
    with contextlib.ExitStack() as stack:
        given = Given()
        stack.callback(scene.end_sabotage)
        for row, rail in zip(case.rows, rails):
            stack.enter_context(row.make(scene, rail, given))
        if not given.policy_is_theirs:
            scene.usual_policy(given)
        run = run_gate(given, number)
        complaints += leftovers(given)
        verdict = STATE_DIR / f"jobs/{number}.verdict.json"
        document = json.loads(verdict.read_text()) if verdict.exists() else check().document
        asked = time.monotonic()
        simulated, disagree = [], []
        if len(case.rows) == 1:  # pairs say nothing new about it
            simulated, disagree = simulate(given, run, document, number % scene.snapshot_each == 1 % scene.snapshot_each)
        simulate_s = time.monotonic() - asked
        complaints += disagree
        if not case.untested:
            complaints += [complaint for complain in given.afterwards for complaint in complain()]
    complaints += compare(case, rails, run, document, scene.limit_s)
    complaints += compare_rails(scene, case, rails, document)
    if complaints:
        complaints.append(run.said)
    findings = [f"{f['code']} {f['subject']}" for f in document["findings"]]
    return Result(case, run, document["outcome"], findings, complaints, time.monotonic() - begin, scene.limit_s, simulated,
                  simulate_s)


def passing(document: dict[str, Any]) -> set[str]:
    """Of a job's verdict, or of a check."""
    rails = document["rails"] if "rails" in document else (document["probe"] or {"rails": []})["rails"]
    return {rail.get("name", rail.get("rdma_name")) for rail in rails if rail["state"] == "pass"}


def compare_rails(scene: Scene, case: Case, rails: list[Rail], document: dict[str, Any]) -> list[str]:
    """All pass but those that a fault is on."""
    everything = [rail.name for rail in scene.rails]
    failing: set[str] = set()
    for row, rail in zip(case.rows, rails):
        if row.fails == "untested":
            failing.update(everything)
        failing.update({"one": [rail.name], "half": everything[len(everything) // 2:], "all": everything}.get(row.fails, []))
    found, expected = passing(document), set(everything) - failing
    return [] if found == expected else [f"{', '.join(sorted(found)) or 'none'} pass, instead of {', '.join(sorted(expected)) or 'none'}"]


def compare(case: Case, rails: list[Rail], run: Run, document: dict[str, Any], limit_s: float) -> list[str]:
    outcome, owner, action = case.ends
    complaints = compare_findings(case, rails, document)
    findings = [f for f in document["findings"] if f["severity"] != "info"]
    maybe = not findings and all("?" in finding for row in case.seen for finding in row.findings)
    if maybe:
        outcome, owner, action = "healthy", "-", "allow"
    if document["outcome"] != outcome:
        complaints.append(f"outcome {document['outcome']} instead of {outcome}")
    if (findings[0]["owner"] if findings else "-") != owner:
        complaints.append(f"the first finding is not {owner}'s")
    if run.action != action:
        complaints.append(f"action {run.action} instead of {action}")
    if run.seconds > limit_s:
        complaints.append(f"{run.seconds:.1f} s, later than {limit_s:.0f} s")
    complaints += [f'does not say "{row.says}"' for row in case.seen if row.says not in run.said + json.dumps(document)]
    return complaints
