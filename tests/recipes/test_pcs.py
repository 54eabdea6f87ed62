#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""efa-layout-install(7) on machines laid out like those of AWS PCS: an image with two releases of Slurm side by side, made on one machine and
started as another; a controller that only its service changes, with the settings that it lets pass; nodes without configuration."""

from __future__ import annotations

import json
import os
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True

from place import SKIP, Place  # noqa: E402
from slurm import BUILD_ENV, CLIENTS, CONF, LIB, SOURCE, RecipeCase, Slurm, lay_out, prepare, with_source  # noqa: E402

SCHEDULER = "/opt/aws/pcs/scheduler"
OLD, NEW = f"{SCHEDULER}/slurm-22.05", f"{SCHEDULER}/slurm-24.11"
NEWER = Path(os.environ.get("EFA_LAYOUT_SLURM_ROOT", "/nonexistent"))
SETTINGS = "/etc/slurm/custom.conf"
# Of a cluster, from the documentation; those that concern jobs' starts.
ALLOWED = {"Prolog", "PrologFlags", "Epilog", "TaskProlog", "TaskEpilog", "HealthCheckProgram", "HealthCheckInterval", "HealthCheckNodeState",
           "JobRequeue", "LaunchParameters", "SchedulerParameters"}
AWS = "#!/bin/sh\nprintf '%s\\0' \"$@\" >/srv/aws\n"


def lay_out_newer(place: Place) -> None:
    """The other Debian's Slurm below a prefix; its plugins are where the image has them."""
    place.share(NEWER.resolve(), "/srv/newer")
    place.run(f"""mkdir -p {NEW}/bin {NEW}/sbin {NEW}/lib/slurm {NEW}/include
cd /srv/newer/usr
for one in slurmctld slurmd slurmstepd; do cp sbin/$one-wlm {NEW}/sbin/$one; done
for one in {CLIENTS}; do cp bin/$one {NEW}/bin/; done
for one in lib/*/slurm-wlm/*; do ln -s /usr/$one {NEW}/lib/slurm/; done
cp -r include/slurm {NEW}/include/
cp -a lib/*/libslurm.so* {NEW}/lib/""")


class Pcs(RecipeCase):
    """In the order of their numbers."""

    image: list[Path]
    settings: str

    @classmethod
    def setUpClass(cls) -> None:
        builder = cls.enterClassContext(Place("builder"))
        with_source(builder)
        lay_out(builder, OLD, "cp -r")
        lay_out_newer(builder)
        builder.run("rm -f /var/lib/man-db/auto-update; rm /etc/slurm")
        cls.recipe(builder, "pcs.image", folder="/srv/packages", env=BUILD_ENV | {"SOURCE": SOURCE})
        cls.recipe(builder, "rollout.drain")
        builder.write("/usr/local/sbin/aws", AWS, 0o755)
        cls.recipe(builder, "pcs.settings", env={"CLUSTER": "mine"})
        cls.settings = builder.read("/srv/aws")
        builder.end()
        cls.image = [builder.upper, NEWER.resolve()]

    def test_1_settings_are_on_the_list(self) -> None:
        words = self.settings.split("\0")
        self.assertEqual(words[:5], ["pcs", "update-cluster", "--cluster-identifier", "mine", "--slurm-configuration"])
        self.assertLessEqual({name for name, _ in self.custom()}, ALLOWED)

    def custom(self) -> list[tuple[str, str]]:
        settings = json.loads(self.settings.split("\0")[5])["slurmCustomSettings"]
        return [(one["parameterName"], one["parameterValue"]) for one in settings]

    def controller(self, head: Place, release: str) -> None:
        """As the service has it."""
        conf = CONF + f"PluginDir={SCHEDULER}/slurm-{release}/lib/slurm\n"
        head.run(f"mkdir -p {SCHEDULER}/slurm-{release}/lib; ln -s /{LIB}/slurm-wlm {SCHEDULER}/slurm-{release}/lib/slurm")
        conf += "SlurmctldParameters=enable_configless\n" + "".join(f"{name}={value}\n" for name, value in self.custom())
        head.write("/etc/slurm/slurm.conf", conf)
        head.write("/etc/slurm/cgroup.conf", f"CgroupPlugin={'cgroup/v1' if release == '22.05' else 'disabled'}\n")
        head.write("/etc/slurm/plugstack.conf", f"include /etc/aws/pcs/scheduler/slurm-{release}/plugstack.conf.d/*\n")

    def assert_release_in_use(self, home: str, lower: tuple[Path, ...]) -> None:
        release = home.rpartition("-")[2]
        with Place("head", lower) as head, Place("node1", self.image, network=head) as node:
            for place in head, node:
                prepare(place)
            node.use_scripted_probe()
            if home == OLD:
                # Until it has its configuration, it looks for its plugins at a path that another release has here.
                node.run(["mount", "--bind", f"{OLD}/lib/slurm", f"/{LIB}/slurm-wlm"])
            self.controller(head, release)
            slurm = Slurm(home, head, node, configless=True, controller_home="/usr")
            slurm.start()
            self.assert_in_use(slurm)
            # Not to be set on PCS; and this folder has no libfabric, without which the probe does not say its version.
            self.assert_doctor_is_content(slurm, {"memlock-propagated", "libfabric", "versions"})
            self.assert_fault_drains(slurm)
            node.run("scontrol update NodeName=node1 State=RESUME", slurm.variables())
            if home == NEW:
                self.assert_file_beside_is_handed_out(slurm)
            else:
                self.assert_other_release_is_survived(slurm)

    def assert_file_beside_is_handed_out(self, slurm: Slurm) -> None:
        slurm.node.run(["rm", "-r", f"/etc{NEW.removeprefix('/opt')}"])
        slurm.controller.write("/etc/slurm/beside.conf", f"optional {NEW}/lib/slurm/spank_efa_layout.so\n")
        slurm.controller.write("/etc/slurm/plugstack.conf", "include beside.conf\n")
        slurm.restart()
        self.assertIn("efa-only", slurm.srun("--efa-layout=help")[1])

    def assert_other_release_is_survived(self, slurm: Slurm) -> None:
        """A plugin that was not built anew for another Slurm: jobs run without it, and no node drains."""
        slurm.node.run(["cp", f"{NEW}/lib/slurm/spank_efa_layout.so", f"/{LIB}/slurm-wlm/"])
        rc, said = slurm.srun()
        self.assertEqual(rc, 0, said)
        self.assertIn("Incompatible", said)
        self.assertIn("it ran", said)
        slurm.node.run("cd /srv/jobs; printf '#!/bin/sh\\necho it ran\\n' >job; sbatch -o out job", slurm.variables())
        slurm.node.wait("end of the job", lambda: slurm.last_job()["JobState"] == "COMPLETED")
        self.assertEqual(slurm.node.read("/srv/jobs/out"), "it ran\n")
        self.assertEqual(slurm.wait_state("idle"), "none")

    def test_2_newer(self) -> None:
        self.assert_release_in_use(NEW, (NEWER.resolve(),))

    def test_3_older_of_the_same_image(self) -> None:
        self.assert_release_in_use(OLD, Place.MACHINE)


if __name__ == "__main__":
    if not NEWER.exists():
        why = NEWER.with_name(f"{NEWER.name}.missing")
        print(f"skipped: {why.read_text(encoding='utf-8').strip() if why.exists() else 'EFA_LAYOUT_SLURM_ROOT names no folder with a newer Slurm'}")
        sys.exit(SKIP)
    unittest.main(verbosity=2)
