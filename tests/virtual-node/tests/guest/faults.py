# SPDX-License-Identifier: Apache-2.0
"""Every fault shows what it should on its rail, and is gone after healing."""

import time

from checks import Checks

from .node import NET, PCI, RDMA, driver_write, load, names, opens, pingpong, rails, states, text, vctl
from .traffic import counters


def refusals(c: Checks) -> None:
    rail = rails(load())[0]
    for words, part in ((["fault", "rdmap1s0", "hang"], "no rail"), (["fault", rail, "smoke"], "no fault"),
                        (["fault", rail, "drop", "101"], "0 to 100"), (["fault", rail, "hang", "7"], "on or off"),
                        (["fault", rail, "missing"], "start of a machine"), (["dance", rail], "no request"),
                        (["fault", rail], "number of arguments"), (["unplug", rail], "host bridge")):
        status, output = vctl(*words)
        c.ok(f"vctl {' '.join(words)} is refused", status == 1 and part in output, (status, output))


def data_path(c: Checks) -> None:
    """Four faults on four rails at once, so that one time-out serves them all."""
    link, hang, failing, lossy = rails(load())
    for words in ((link, "link"), (hang, "hang", "on"), (failing, "fail-status", "9"), (lossy, "drop", "30")):
        c.same(f"vctl fault {' '.join(words)}", vctl("fault", *words), (0, ""))
    dropped = counters(lossy)["rx_drops"]
    sick = pingpong([link, failing, lossy], "16384", 240)
    c.ok("link: transfer fails", sick[link] not in (0, None), sick)
    c.ok("fail-status: transfer fails", sick[failing] not in (0, None), sick)
    c.ok("drop: transfer succeeds all the same", sick[lossy] == 0, sick)
    c.ok("drop: receiver counts what was lost", counters(lossy)["rx_drops"] > dropped)
    c.same("hang: transfer never ends", pingpong([hang], "16384", 8), {hang: None})
    c.same("vctl rails shows the faults", list(states().values()),
           ["link", "hang", "fail-status=9", "drop=30"])
    c.same("vctl heal all", vctl("heal", "all"), (0, ""))
    c.same("all rails are well again", pingpong([link, hang, failing, lossy], "16384", 240),
           {link: 0, hang: 0, failing: 0, lossy: 0})


def admin_hang(c: Checks) -> None:
    """The machine is started with a short admin time-out on this rail."""
    machine = load()
    rail, other = rails(machine)[1], rails(machine)[0]
    bdf = next(f.bdf for f in machine.functions if f.name == rail)
    c.same("vctl fault admin-hang", vctl("fault", rail, "admin-hang"), (0, ""))
    c.ok("admin-hang: device cannot be opened", not opens(rail))
    c.ok("admin-hang: another one can", opens(other))
    vctl("heal", rail)
    c.ok("admin-hang: the driver has closed the queue for good", not opens(rail))
    driver_write(bdf, "unbind")
    c.ok("admin-hang: driver binds again", driver_write(bdf, "bind"))
    c.same("vctl names", vctl("names"), (0, ""))
    c.ok("admin-hang: device opens again", opens(rail))


def never_ready(c: Checks) -> None:
    machine = load()
    rail = rails(machine)[2]
    bdf = next(f.bdf for f in machine.functions if f.name == rail)
    vctl("fault", bdf, "never-ready")
    driver_write(bdf, "unbind")
    c.ok("never-ready: driver does not bind", not driver_write(bdf, "bind"))
    c.ok("never-ready: function without driver", not (PCI / bdf / "driver").exists())
    c.ok("never-ready: no RDMA device", rail not in names(RDMA))
    vctl("heal", bdf)
    c.ok("never-ready: driver binds after healing", driver_write(bdf, "bind"))
    vctl("names")
    c.same("never-ready: transfer works again", pingpong([rail], "4096", 120), {rail: 0})


def ena_hang(c: Checks) -> None:
    """The ena driver gives a silent card up after some seconds, and takes it again when bound anew."""
    ena = load().primary.ena
    assert ena is not None
    c.same("vctl fault ENA hang", vctl("fault", ena.name, "hang"), (0, ""))
    c.ok("ENA hang: the driver takes the interface down", _becomes(ena.name, "down", 90))
    c.same("vctl heal ENA", vctl("heal", ena.name), (0, ""))
    driver_write(ena.bdf, "unbind", "ena")
    c.ok("ENA hang: driver binds again", driver_write(ena.bdf, "bind", "ena"))
    c.ok("ENA hang: the interface is up again", _becomes(ena.name, "up", 30))


def _becomes(netdev: str, state: str, limit: float) -> bool:
    end = time.monotonic() + limit
    while time.monotonic() < end:
        path = NET / netdev / "operstate"
        if path.exists() and text(path) == state:
            return True
        time.sleep(0.1)
    return False


PARTS = [refusals, data_path, admin_hang, never_ready, ena_hang]
