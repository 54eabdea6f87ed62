# SPDX-License-Identifier: Apache-2.0
"""The table: one row a fault. How it is made, what the gate must find and do, and what it cannot be combined with.

A finding is "CODE rail" (its subject names the rail or card that the fault is on) or "CODE" (of the node or the check);
"E204|E209 rail" leaves open which of them, "W202? rail" whether there is one. What follows from them is written down once more
as owner (of the first finding, "-" for none) and action, so that a code cannot change its meaning unseen.
"""

from dataclasses import dataclass

import devices
import host
import meanwhile
import settings
from devices import fault, fault_on, late
from meanwhile import child
from scene import Make
from settings import asks, directories, node_map, policy, setting

HEALTHY = ("healthy", "-", "allow")
DEGRADED = ("degraded", "node", "warn")
FAULTY = ("faulty", "node", "drain")
FABRIC = ("fabric", "fabric", "drain")
REFUSED = ("refused", "request", "refuse")
UNKNOWN = ("unknown", "check", "allow")

SMALL, LARGE, EXTRA_ENA, SWAPPED = "p4d-efa-only", "p5-efa-only", "p4d-extra-ena", "p4d-wrong-card"


@dataclass(frozen=True)
class Row:
    name: str
    make: Make
    findings: tuple[str, ...] = ()
    ends: tuple[str, str, str] = HEALTHY  # outcome, owner, action
    says: str = ""  # the gate's output has this in it
    machines: tuple[str, ...] = (SMALL,)
    uses: frozenset[str] = frozenset()  # two rows that use the same thing cannot be combined, nor "alone" with any
    card: int | None = None  # the fault is on the rail of this card, where the place matters
    fails: str = "one"  # rails that do not pass: none, one, half, all; or untested: nothing is said of any

    @property
    def on_rail(self) -> bool:
        return any(finding.endswith(" rail") for finding in self.findings) or "rail" in self.uses


def row(name: str, make: Make, findings: str = "", ends: tuple[str, str, str] = HEALTHY, uses: str = "", **more: object) -> Row:
    found = tuple(part.strip() for part in findings.split(",") if part.strip())
    if "fails" not in more:
        more["fails"] = "one" if any(f.endswith(" rail") and f[0] == "E" for f in found) else "none"
    return Row(name, make, found, ends, uses=frozenset(uses.split()), **more)  # type: ignore[arg-type]


BOTH = {"machines": (SMALL, LARGE)}
UNTESTED = {"fails": "untested"}

ROWS = (
    row("nothing", devices.nothing, machines=(SMALL, LARGE)),
    # The device is there, or not
    row("missing", devices.missing, "E106 rail", FAULTY, uses="layout"),
    row("unplugged", devices.unplugged, "E106 rail", FAULTY, machines=(LARGE,), uses="layout"),
    row("unplugged during the test", meanwhile.gone_meanwhile, "E106|E201|E202 rail", FAULTY, uses="layout"),
    row("late by 5 s", late(5, 9), uses="rail time layout"),
    row("later than the site waits", late(60, 1), "E106 rail", FAULTY, uses="time layout"),
    row("driver unbound", devices.unbound, "E201 rail", FAULTY, **BOTH),
    row("driver unbound from all", devices.no_driver, "E201, E201, E201, E201", FAULTY, uses="rails", fails="all"),
    row("never ready", devices.never_ready, "E201 rail", FAULTY, **BOTH),
    row("no uverbs node", devices.no_node, "E203 rail", FAULTY),
    row("uverbs node for root alone", devices.node_mode, "W302", DEGRADED, uses="rail"),
    # It does not answer
    row("admin hang", devices.admin_hang, "E204|E205 rail", FAULTY, card=3, uses="slow"),
    row("admin hang during the test", meanwhile.admin_hang_meanwhile, "E204|E205|E207|E209 rail", FAULTY, card=3, uses="slow"),
    row("admin hang, 30 s", devices.admin_hang, "E204 rail", FAULTY, machines=(LARGE,), uses="slow"),
    # Its data path
    row("data path hang", fault("hang"), "E209 rail", FAULTY, **BOTH),
    row("data path hang during the test", meanwhile.hang_meanwhile, "E209 rail", FAULTY),
    row("link off on one", fault("link"), "E208 rail", FAULTY, **BOTH),
    row("link off on half", fault_on("link", "half"), "E208, E208", FAULTY, uses="rails", fails="half"),
    row("link off on all", fault_on("link", "all"), "E250", FABRIC, uses="rails", fails="all"),
    row("5 % of packets dropped", fault("drop", "5"), "W202? rail", DEGRADED, uses="rail"),
    row("50 % of packets dropped", fault("drop", "50"), "W202 rail", DEGRADED),
    row("wrong completion status", fault("fail-status"), "E208 rail", FAULTY, **BOTH),
    row("another job's traffic", devices.traffic, uses="rail"),
    # The layout
    row("primary's ENA unbound", devices.primary_unbound, "E113", FAULTY, uses="primary layout"),
    row("primary's ENA missing", devices.primary_gone, "E111", FAULTY, uses="primary layout"),
    row("an ENA function too many", devices.nothing, "E104", FAULTY, machines=(EXTRA_ENA,)),
    row("rail on the wrong card", devices.nothing, "E101, E104", FAULTY, machines=(SWAPPED,)),
    row("another layout declared", setting("layout", declared="all-efa"), "E114", FAULTY, uses="layout"),
    row("another layout asked for", asks("all-efa"), "E150", REFUSED, uses="request"),
    row("no such layout asked for", asks("efa-onyl"), "E151", REFUSED, uses="request"),
    # The host
    row("foreign verbs device that does not open", devices.foreign, "I105", uses="primary"),
    row("no libfabric", host.no_libfabric, "E301", UNKNOWN, uses="libfabric", **UNTESTED),
    row("no test program", host.no_test_program, "E301", UNKNOWN, uses="libfabric", **UNTESTED),
    row("no such provider", setting("check", provider="efb"), "E302", UNKNOWN, uses="libfabric", **UNTESTED),
    row("libfabric that cannot be loaded", host.no_efa_library, "E301", UNKNOWN, uses="libfabric", says="cannot be loaded", **UNTESTED),
    row("memory lock limit of 64 KiB", host.low_memlock, "W301", DEGRADED),
    row("no huge pages", host.no_huge_pages, "I301"),
    row("hostile environment", host.hostile_environment),
    row("metadata silent", host.metadata_silent, "I101", uses="facts layout"),
    # Settings
    row("no policy file", policy(None), uses="policy time layout libfabric"),
    row("policy malformed", policy('{"check": {"budget_ms": "soon"}}'), "E304", UNKNOWN, uses="policy", says="budget_ms", **UNTESTED),
    row("policy cut off", policy('{"check": {'), "E304", UNKNOWN, uses="policy", says="policy.json", **UNTESTED),
    row("policy that all may write", policy("{}", lambda path: path.chmod(0o666)), "E304", UNKNOWN, uses="policy", says="policy.json",
        **UNTESTED),
    row("policy is a link to a user's file", policy("{}", settings.as_symlink), "E304", UNKNOWN, uses="policy", says="policy.json", **UNTESTED),
    # Files of ours
    row("directories full", directories("full"), uses="state", says="continuing"),
    row("directories read-only", directories("read-only"), uses="state", says="continuing"),
    row("directories of somebody else", directories("foreign"), "I101", uses="state facts layout", says="continuing"),
    row("node map with nonsense", node_map(settings.with_nonsense), uses="state policy", says="testing the node anew"),
    row("node map of somebody else", node_map(settings.of_somebody), uses="state policy", says="testing the node anew"),
    row("node map of another boot", node_map(settings.of_another_boot), uses="state policy libfabric", says="(tested"),
    row("clock jumps a day back", settings.clock_jumps, uses="alone", says="(cached"),
    # Other processes
    row("two prologs at once", meanwhile.two_at_once, uses="alone"),
    row("prolog killed before", meanwhile.killed, uses="state policy time"),
    row("child crashes", child("crash"), "E212 rail", FAULTY),
    row("child crashes when first tested", child("crash", 2, 2), uses="rail"),
    row("child writes garbage", child("garbage"), "E212 rail", FAULTY),
    row("child eats memory", child("memory"), "E212 rail", FAULTY),
    row("child comes to no end", child("stop"), "E204 rail", FAULTY),
    row("controller silent", host.controller_silent),
)
