# SPDX-License-Identifier: Apache-2.0
"""A verbs device that is not EFA: soft RoCE on the primary interface, loaded and made as on any node."""

import re

from checks import Checks

from .node import RDMA, load, names, rails, run, text, vctl

NAME = "rxe0"


def soft_roce(c: Checks) -> None:
    machine = load()
    primary = machine.primary.ena
    assert primary is not None
    before = names(RDMA)
    c.same("rdma link add", run("rdma", "link", "add", NAME, "type", "rxe", "netdev", primary.name), (0, ""))
    c.same("one RDMA device more", names(RDMA) - before, {NAME})
    c.same("it keeps its name", vctl("names"), (0, ""))
    c.same("it is nobody's function", (RDMA / NAME / "device").exists(), False)
    c.same("its GID is that of its network device", text(RDMA / NAME / "ports/1/gids/0"), machine.primary.gid)
    c.ok("ibv_devinfo opens it", run("ibv_devinfo", "-d", NAME)[0] == 0)
    c.same("rails are as before", set(rails(machine)) & names(RDMA), before)
    c.same("rdma link delete", run("rdma", "link", "delete", NAME), (0, ""))
    c.same("it is gone", names(RDMA), before)
    status, output = run("fi_info", "-p", "efa", "-t", "FI_EP_RDM")
    c.same("fi_info shows every rail again", (status, set(re.findall(r"domain:\s*(\S+)-rdm", output))), (0, before))


PARTS = [soft_roce]
