# SPDX-License-Identifier: Apache-2.0
"""Data through the rails, and counters that say which rail it was."""

from checks import Checks

from .node import RDMA, load, pingpong, rails, text

COUNTED = ("send_wrs", "recv_wrs", "tx_bytes", "rx_bytes", "tx_pkts", "rx_pkts", "send_bytes", "recv_bytes")
SIZE = 65536  # of a message; 3 iterations and a warm-up each way


def counters(rail: str) -> dict[str, int]:
    return {p.name: int(text(p)) for p in (RDMA / rail / "ports/1/hw_counters").iterdir()
            if p.name != "lifespan"}


def every_rail(c: Checks) -> None:
    names = rails(load())
    c.same("fi_pingpong with data check on each rail at once",
           pingpong(names, "262144", 240), {rail: 0 for rail in names})
    c.same("fi_pingpong with data check, all sizes", pingpong(names[:1], "all", 240), {names[0]: 0})


def one_rail(c: Checks) -> None:
    names = [n for n in rails(load()) if (RDMA / n).exists()]
    used = names[-1]
    before = {n: counters(n) for n in names}
    c.same("fi_pingpong on one rail", pingpong([used], str(SIZE), 120), {used: 0})
    after = {n: counters(n) for n in names}
    c.same("no counter of another rail moves", [n for n in names if n != used and after[n] != before[n]],
           [])
    moved = {k: after[used][k] - before[used][k] for k in COUNTED}
    c.ok("its counters move", all(moved.values()) and moved["tx_bytes"] >= 6 * SIZE, moved)
    c.same("nothing is dropped", after[used]["rx_drops"] - before[used]["rx_drops"], 0)


def some_rails(c: Checks) -> None:
    """First, last and one in between: on the big machines."""
    names = [n for n in rails(load()) if (RDMA / n).exists()]
    some = [names[0], names[len(names) // 2], names[-1]]
    c.same("fi_pingpong with data check on three rails", pingpong(some, "8192", 240),
           {rail: 0 for rail in some})


PARTS = [every_rail, one_rail]
SOME = [some_rails, one_rail]
