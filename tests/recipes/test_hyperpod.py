#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""efa-layout-install(7) on machines laid out like HyperPod's: Slurm below /opt/slurm, a node that has no configuration of its own and gets
that of the controller, and what is not handed out."""

from __future__ import annotations

import sys
import unittest

sys.dont_write_bytecode = True

from place import Place  # noqa: E402
from slurm import BUILD_ENV, CONF, SOURCE, RecipeCase, Slurm, lay_out, prepare, with_source  # noqa: E402

HOME = "/opt/slurm"
STACK = f"{HOME}/etc/plugstack.conf"
SHIPPED = f"{CONF}PluginDir={HOME}/lib/slurm\nSlurmctldParameters=enable_configless\n"
LINES = f"{HOME}/etc/plugstack.conf.d"


class HyperPod(RecipeCase):
    """In the order of their numbers."""

    head: Place
    node: Place
    slurm: Slurm
    before: dict[Place, set[str]]

    @classmethod
    def setUpClass(cls) -> None:
        # What every instance is when its lifecycle script has run.
        instance = cls.enterClassContext(Place("instance"))
        with_source(instance)
        lay_out(instance, HOME)
        instance.run("rm -f /var/lib/man-db/auto-update")
        cls.recipe(instance, "hyperpod.build", folder=SOURCE, env=BUILD_ENV)
        instance.run(f"mkdir /srv/lifecycle; cp /srv/packages/efa-layout_*.deb {SOURCE}/build/packages/*.deb /srv/lifecycle")
        cls.recipe(instance, "hyperpod.instance", folder="/srv/lifecycle")
        cls.recipe(instance, "rollout.drain")
        instance.end()
        lower = (instance.upper, *Place.MACHINE)
        cls.head = cls.enterClassContext(Place("head", lower))
        cls.node = cls.enterClassContext(Place("node1", lower, network=cls.head))
        cls.slurm = Slurm(HOME, cls.head, cls.node, configless=True)
        for place in cls.head, cls.node:
            prepare(place)
        cls.node.use_scripted_probe()
        cls.head.write(f"{HOME}/etc/slurm.conf", SHIPPED)
        cls.head.write(f"{HOME}/etc/cgroup.conf", "CgroupPlugin=cgroup/v1\n")
        cls.head.write(STACK, "# pyxis would be here\n")
        cls.slurm.start()

    def with_stack(self, text: str) -> None:
        """Have the node fetch this plugstack.conf."""
        self.head.write(STACK, text)
        self.head.run("scontrol reconfigure", self.slurm.variables())
        self.node.wait("new plugstack.conf", lambda: self.node.read("/run/slurm/conf/plugstack.conf") == text)

    def assert_ignored(self) -> None:
        """The plugin is not there on the node: nobody says so, and the option is unknown."""
        rc, said = self.slurm.srun()
        self.assertEqual((rc, said), (0, "it ran\n"))
        rc, said = self.slurm.srun("--efa-layout=any")
        self.assertNotEqual(rc, 0)
        self.assertIn("unrecognized option", said)
        self.assertIn("configless-includes", self.doctor(self.slurm))

    def test_1_includes_are_not_handed_out(self) -> None:
        """The control: the line is on the controller, in a file that plugstack.conf includes."""
        self.head.run(f"mkdir -p {LINES}; cp {HOME}/share/efa-layout/zz-efa-layout.conf {LINES}/")
        for include in "plugstack.conf.d/*.conf", f"{LINES}/*", f"{LINES}/zz-efa-layout.conf":
            with self.subTest(include):
                self.with_stack(f"include {include}\n")
                self.assert_ignored()
        # Where the file is, the option is taken; and on the node nothing comes of it.
        rc, said = self.slurm.srun("--efa-layout=all-efa", place=self.head)
        self.assertEqual((rc, said), (0, "it ran\n"))

    def test_2_a_whole_path_is_read_where_it_leads(self) -> None:
        """And a pattern relative to plugstack.conf never is: it is one of slurmd's own folder."""
        self.node.run(f"mkdir -p {LINES}; cp {HOME}/share/efa-layout/zz-efa-layout.conf {LINES}/")
        self.with_stack("include plugstack.conf.d/*.conf\n")
        self.assert_ignored()
        self.with_stack(f"include {LINES}/*\n")
        self.assertIn("efa-only", self.slurm.srun("--efa-layout=help")[1])
        for place in self.head, self.node:
            place.run(["rm", "-r", LINES])
        self.with_stack("# pyxis would be here\n")

    def test_3_install(self) -> None:
        self.recipe(self.head, "hyperpod.controller")
        self.assertEqual(self.head.read("/srv/systemctl"), "restart slurmctld\n")
        self.slurm.restart()
        self.assertIn("\noptional /opt/slurm/lib/slurm/spank_efa_layout.so\n", self.node.read("/run/slurm/conf/plugstack.conf"))
        self.assertFalse(self.node.exists(f"{HOME}/etc/slurm.conf"))
        self.assert_in_use(self.slurm)
        self.assert_doctor_is_content(self.slurm, set())

    def test_4_drain_and_replace(self) -> None:
        """HyperPod's own reason takes the place of ours."""
        self.assert_fault_drains(self.slurm)
        self.recipe(self.node, "hyperpod.replace", self.slurm, env={"NODE": "node1"})
        self.assertEqual(self.slurm.wait_state("fail"), "Action:Replace")
        self.node.run("scontrol update NodeName=node1 State=RESUME", self.slurm.variables())
        self.slurm.wait_state("idle")

    def test_5_remove(self) -> None:
        self.recipe(self.head, "removal.hyperpod.controller")
        self.slurm.restart()
        self.node.use_own_probe()
        self.recipe(self.node, "removal.hyperpod.instance")
        self.assert_runs_without(self.slurm)
        self.assertEqual(self.head.read(STACK), "# pyxis would be here\n")
        self.assertEqual(self.head.read(f"{HOME}/etc/slurm.conf"), SHIPPED)
        left = self.node.run("find /etc /opt /run /usr /var/lib -xdev -path /usr/src -prune -o -name '*efa*layout*' -print")
        self.assertEqual(left, "")


if __name__ == "__main__":
    unittest.main(verbosity=2)
