#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""efa-layout doctor beside real daemons: what the controller runs with against slurm.conf, the locked memory of the slurmd that runs, and
a plugin for another Slurm, which Slurm itself refuses."""

from __future__ import annotations

import json
import os
import re
import resource
import socket
import subprocess
import sys
import unittest
from collections.abc import Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "slurm"))

from installation import TOOL, plugin  # noqa: E402
from lab import Lab, main  # noqa: E402

# Every setting that is compared, in forms that scontrol prints differently.
SETTINGS = {
    "Prolog": "/usr/bin/true", "Epilog": "/usr/bin/true", "PrologFlags": "DeferBatch,contain", "PrologEpilogTimeout": "INFINITE",
    "HealthCheckProgram": "/usr/bin/true", "HealthCheckInterval": "60", "HealthCheckNodeState": "IDLE,ALLOC", "TaskProlog": "/usr/bin/true",
    "SchedulerParameters": "nohold_on_prolog_fail,bf_interval=1", "PropagateResourceLimitsExcept": "MEMLOCK,NOFILE", "JobRequeue": "1",
}
OTHER = os.environ["EFA_LAYOUT_OTHER_RELEASE"]


def doctor(lab: Lab, *words: str) -> dict[str, dict[str, str]]:
    """The checks by their names, as root on this machine; scontrol is the lab's."""
    programs = lab.path / "programs"
    programs.mkdir(exist_ok=True)
    folder = os.environ.get("EFA_LAYOUT_SLURM_ROOT")
    enter = f"chroot {Path(folder).resolve()}/tmp" if folder else ""
    lab.write("programs/scontrol", f'#!/bin/sh\nPATH=/usr/sbin:/usr/bin\nexec {enter} scontrol "$@"\n', 0o755)
    command = [TOOL, "doctor", "--json", "--role", "node", "--slurm-conf", lab.path / "slurm.conf", "--slurm-bin", programs, *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, env={"PATH": "/usr/bin"})
    assert done.stdout, done.stderr
    return {check["name"]: check for check in json.loads(done.stdout)["checks"]}


def in_force(lab: Lab) -> tuple[str, str]:
    check = doctor(lab)["config-in-force"]
    return check["state"], check["found"]


class TestDaemons(unittest.TestCase):
    def lab(self, **words: object) -> Lab:
        settings: Mapping[str, str] = {"SlurmdPidFile": "", **dict(words.pop("config", {}))}  # type: ignore[call-overload]
        lab = Lab(config=dict(settings), **words)  # type: ignore[arg-type]
        # This host is no node by its name: the file is the one that slurmd without a name has.
        lab.settings["SlurmdPidFile"] = f"{lab.path}/pid/slurmd.pid"
        folder = os.environ.get("EFA_LAYOUT_SLURM_ROOT")
        if folder:
            plugins, = Path(folder).resolve().glob("usr/lib/*/slurm-wlm")
            lab.settings["PluginDir"] = str(plugins)
        return lab

    def test_a_change_that_is_not_in_force(self) -> None:
        with self.lab(config=SETTINGS) as lab:
            self.assertEqual(in_force(lab), ("ok", "slurmctld runs with what the file says"), lab.run("scontrol", "show", "config").out)
            conf = lab.path / "slurm.conf"
            before = conf.read_text()
            for old, new, said in (
                ("Prolog=/usr/bin/true", "Prolog=/usr/bin/false", "Prolog=/usr/bin/false in "),
                ("Epilog=/usr/bin/true\n", "", "Epilog=(nothing) in "),
                ("PrologFlags=DeferBatch,contain", "PrologFlags=Contain", "slurmctld runs with Alloc,Contain,DeferBatch"),
                ("HealthCheckInterval=60", "HealthCheckInterval=30", "slurmctld runs with 60"),
                ("nohold_on_prolog_fail,", "", "SchedulerParameters=bf_interval=1 in "),
                ("MEMLOCK,NOFILE", "NOFILE", "slurmctld runs with MEMLOCK,NOFILE"),
            ):
                with self.subTest(new or old):
                    self.assertIn(old, before)
                    conf.write_text(before.replace(old, new))
                    state, found = in_force(lab)
                    self.assertEqual(state, "warn")
                    self.assertIn(said, found)
            conf.write_text(before.replace("HealthCheckInterval=60", "HealthCheckInterval=30"))
            lab.run("scontrol", "reconfigure")
            self.assertEqual(in_force(lab)[0], "ok")
            if os.environ.get("EFA_LAYOUT_SLURM_ROOT"):
                return  # once is enough: it takes as long as scontrol is given
            lab.stop_daemon("slurmctld")
            state, found = in_force(lab)
            self.assertEqual(state, "unknown")
            self.assertIn("scontrol: ", found)

    def test_the_file_is_read_as_slurm_reads_it(self) -> None:
        lab = self.lab(
            config={"ClusterName": "lab", "PrologFlags": "Serial"},
            files={"more-lab.conf": "healthCheckInterval = 30\nINCLUDE last.conf\n", "last.conf": "HealthCheckNodeState=IDLE"},
            more_conf="PROLOGFLAGS=contain,\\\n  # a comment ends a line that goes on\n"
            "epilog=/usr/bin/tr\\ue  # c\nhealthcheckinterval=60\n"
            'Include more-%c.conf  \nHealthCheckProgram="/usr/bin/true"\t\nTaskProlog=/a\\#b\n#Prolog=/none \\\n\n',
        )
        with lab:
            said = dict(re.findall(r"^(\w+) *= (.*?) *$", lab.run("scontrol", "show", "config").out, re.M))
            self.assertEqual({key: said[key] for key in ("PrologFlags", "HealthCheckInterval", "HealthCheckNodeState", "TaskProlog")},
                             {"PrologFlags": "Alloc,Contain", "HealthCheckInterval": "30 sec", "HealthCheckNodeState": "IDLE", "TaskProlog": "/a#b"})
            self.assertEqual(in_force(lab)[0], "ok", in_force(lab))

    def test_the_file_is_refused_where_slurm_refuses_it(self) -> None:
        lab = self.lab()
        good = f"ClusterName=lab\nSlurmctldHost={socket.gethostname()}\n"
        for text, refused in (
            ("Prolog", True), ("Prolog=", True), ("=/x", True), ("Prolog=/x y", True), ('Prolog="/x" "y"', True), ("Prolog /x", True),
            ("Prolog=/x \\\ny", True), ("Prolog=/x # y", False), ('Prolog="/x y"', False), ("\\\n\\\n# x", False),
            ("Prolog=\nEpilog=/y", True), ("\t \r", False), ("prolog=/x\tEPILOG=/y", True), ("prolog=/x\nEPILOG=/y", False), ("NodeName=n[1-2] CPUs=2\nNodeName=n3 x", True),
        ):
            with self.subTest(text):
                lab.write("slurm.conf", f"{good}{text}\n")
                done = lab.run("scontrol", "show", "hostnames", "n1")
                self.assertEqual(done.rc != 0, refused, done)
                self.assertEqual(doctor(lab, "--slurm-bin", "/none")["slurm-conf"]["state"], "fail" if refused else "ok")

    def test_locked_memory_of_the_slurmd_that_runs(self) -> None:
        soft, hard = resource.getrlimit(resource.RLIMIT_MEMLOCK)
        resource.setrlimit(resource.RLIMIT_MEMLOCK, (8 << 20, hard))
        try:
            with self.lab() as lab:
                resource.setrlimit(resource.RLIMIT_MEMLOCK, (soft, hard))
                check = doctor(lab)["memlock"]
                self.assertEqual(check["state"], "fail", check)
                self.assertRegex(check["found"], r"^slurmd \(process \d+\) and its tasks may lock 8192 KiB")
                self.assertIn("LimitMEMLOCK=infinity", check["remedy"])
                pid = (lab.path / "pid" / "slurmd.pid").read_text().strip()
                subprocess.run(["prlimit", "--pid", pid, f"--memlock={4 << 20}:"], check=True)
                self.assertIn("may lock 4096 KiB", doctor(lab)["memlock"]["found"])
        finally:
            resource.setrlimit(resource.RLIMIT_MEMLOCK, (soft, hard))

    def configless(self, plugstack: str) -> tuple[bool, dict[str, str]]:
        """A node that has its files from the controller: does srun know the option there, and what does the doctor say?"""
        lab = self.lab(config={"SlurmctldParameters": "enable_configless", "PlugStackConfig": ""})
        so = lab.install(os.environ["EFA_LAYOUT_PLUGIN"])
        lab.plugstack = plugstack.format(so)
        with lab:
            lab.write("plugstack.conf.d/zz.conf", f"optional {so}\n")
            self.assertIn("--efa-layout=", lab.srun("--help").out)
            port, = re.findall(r"^SlurmctldPort=(\d+)", (lab.path / "slurm.conf").read_text(), re.M)
            lab.stop_daemon("slurmd.n1")
            # Its own /run: nobody's Slurm is to find this one.
            done = lab.run("unshare", "-m", "sh", "-c", f"""
                unset SLURM_CONF
                mount -t tmpfs tmpfs /run && mkdir /run/munge /run/slurm && ln -s {lab.path}/munge/socket /run/munge/munge.socket.2 || exit 9
                slurmd -D -N n1 --conf-server localhost:{port} >{lab.path}/configless.out 2>&1 &
                i=0
                while [ ! -e /run/slurm/conf/plugstack.conf ] && [ $i -lt 200 ]; do i=$((i + 1)); sleep 0.05; done
                srun --help
                kill -9 $!""")
            self.assertIn("--help", done.out, lab.logs())
            cache, = lab.path.glob("spool/n1/conf-cache/slurm.conf")
            return "--efa-layout=" in done.out, doctor(lab, "--slurm-bin", "/none", "--slurm-conf", str(cache))["configless-includes"]

    def test_configless(self) -> None:
        known, check = self.configless("include plugstack.conf.d/*.conf")
        self.assertEqual((known, check["state"]), (False, "fail"))
        self.assertIn("write into the controller's plugstack.conf itself: optional ", check["remedy"])
        known, check = self.configless("optional {}")
        self.assertEqual((known, check["state"]), (True, "ok"))

    def test_a_plugin_for_another_slurm(self) -> None:
        lab = self.lab()
        named = lab.path / "spank_efa_layout.so"
        other = os.environ.get("EFA_LAYOUT_OTHER_PLUGIN")
        named.write_bytes(Path(other).read_bytes() if other else plugin(OTHER, 'const char plugin_name[] = "x", plugin_type[] = "spank";'))
        named.chmod(0o755)
        lab.plugstack = f"optional {named}"
        with lab:
            done = lab.srun("--efa-layout=any", "true")
            self.assertIn("ncompatible", done.err)
            self.assertIn("unrecognized option '--efa-layout=any'", done.err)
            checks = doctor(lab)
            here = ".".join(f"{number:02d}" for number in lab.release)
            self.assertEqual(checks["plugin-release"]["state"], "fail")
            self.assertIn(f"was built for Slurm {OTHER}, installed is {here}", checks["plugin-release"]["found"])
            self.assertEqual(checks["plugin-file"]["state"], "ok")

    def test_the_plugin_for_this_slurm(self) -> None:
        lab = self.lab()
        so = lab.install(os.environ["EFA_LAYOUT_PLUGIN"])
        lab.plugstack = f"optional {so}"
        with lab:
            for text, more, known in (
                (f"OPTIONAL {so}", "", False), (f'optional "{so}"', "", False), (f"optional \\\n{so}", "", False), (f"# optional {so}", "", False),
                ("Include a/*.x", f"optional {so}", False), ("include a/*.z", f"optional {so}", False), ("include a/*.x", "include a/*.y", False),
                ("include a/*.x", "include *.y", True), ("include a/*.x", f"required {so}", True), (f"  optional\t{so} # c", "", True),
            ):
                with self.subTest(text, more=more):
                    lab.write("plugstack.conf", f"{text}\n")
                    lab.write("a/b.x", f"{more}\n")
                    lab.write("a/c.y", f"optional {so}\n")
                    self.assertEqual("--efa-layout=" in lab.srun("--help").out, known)
                    self.assertEqual(doctor(lab, "--slurm-bin", "/none")["plugstack-line"]["state"], "ok" if known else "fail")
            check = doctor(lab)["plugin-release"]
            here = ".".join(f"{number:02d}" for number in lab.release)
            self.assertEqual((check["state"], check["found"]), ("ok", f"built for Slurm {here}"))


if __name__ == "__main__":
    main()
