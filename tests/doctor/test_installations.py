#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""efa-layout doctor on installations that are wrong in one point each: that point is found, with its remedy, and nothing else is; and on
ones that have nothing wrong."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from installation import BUILD, DEVICE, LIB, LIBEXEC, LIMITS, PLUGINS, TOOL, TOP, Installation, doctor, have_compiler, helper, libfabric, node, plugin

OURS = "etc/slurm/plugstack.conf.d/zz-efa-layout.conf"
LINE = f"optional /{PLUGINS}/spank_efa_layout.so"
VERSION = 'const char efa_layout_version[] = "{}";'
OWN = subprocess.run([TOOL, "--version"], capture_output=True, text=True, check=True).stdout.split()[1]


@dataclass
class Wrong:
    """What is changed, which check has to see it and how badly, and what the remedy says."""

    name: str
    change: Callable[[Installation], object]
    check: str
    state: str
    remedy: str
    found: str = ""


def conf(old: str, new: str) -> Callable[[Installation], object]:
    return lambda host: host.conf(old, new)


def mode(name: str, bits: int) -> Callable[[Installation], object]:
    return lambda host: host.at(name).chmod(bits)


def remove(name: str) -> Callable[[Installation], object]:
    return lambda host: host.remove(name)


def put(name: str, what: str | bytes, bits: int = 0o644) -> Callable[[Installation], object]:
    return lambda host: host.put(name, what, bits)


def others_prolog(host: Installation) -> None:
    host.put("usr/local/sbin/prolog.sh", "#!/bin/sh\nexit 0\n", 0o755)
    host.conf(f"Prolog=/{LIBEXEC}/efa-layout-prolog", "Prolog=/usr/local/sbin/prolog.sh")


def folder_without_ours(host: Installation) -> None:
    host.put("opt/slurm/etc/scripts/prolog.d/90_health", "#!/bin/sh\nexit 0\n", 0o755)
    host.conf(f"Prolog=/{LIBEXEC}/efa-layout-prolog", "Prolog=/opt/slurm/etc/scripts/prolog.d/*")


def listed_first(host: Installation) -> None:
    host.at(OURS).rename(host.at("etc/slurm/plugstack.conf.d/10-efa-layout.conf"))


def masked(host: Installation) -> None:
    host.put("dev/null", "")
    host.link("etc/systemd/system/efa-layout-facts.service", "/dev/null")


def configless(host: Installation) -> None:
    """Only slurm.conf and plugstack.conf are handed out."""
    host.at("run/slurm").mkdir(parents=True)
    host.at("etc/slurm").rename(host.at("run/slurm/conf"))
    for path in host.at("run/slurm/conf/plugstack.conf.d").iterdir():
        path.unlink()


CASES = (
    Wrong("no slurm.conf that can be parsed", conf("ClusterName=well", "ClusterName well"), "slurm-conf", "fail", "correct that line",
          "/etc/slurm/slurm.conf:2: expected Key=Value"),
    Wrong("slurm.conf for everybody", mode("etc/slurm/slurm.conf", 0o666), "slurm-conf", "fail", "chmod go-w /etc/slurm/slurm.conf", "0666"),
    Wrong("not listed", remove(OURS), "plugstack-line", "fail", f"write into /etc/slurm/plugstack.conf: {LINE}"),
    Wrong("not included", put("etc/slurm/plugstack.conf", f"required /{PLUGINS}/spank_pyxis.so\n"), "plugstack-line", "fail",
          "include plugstack.conf.d/*.conf", "zz-efa-layout.conf has the line"),
    Wrong("commented out", put(OURS, f"# {LINE}\n"), "plugstack-line", "fail", LINE),
    Wrong("an include that leads nowhere", put("etc/slurm/plugstack.conf", "include /etc/plugstack.d/*\n"), "plugstack-line", "fail", "include"),
    Wrong("listed twice", put("etc/slurm/plugstack.conf", f"{LINE}\ninclude plugstack.conf.d/*.conf\n"), "plugstack-line", "fail",
          "take the line out of /etc/slurm/plugstack.conf line 1", "line 1 and"),
    Wrong("required", put(OURS, LINE.replace("optional", "required")), "plugstack-optional", "warn",
          f"write in /etc/slurm/plugstack.conf.d/zz-efa-layout.conf line 1: {LINE}"),
    Wrong("before pyxis", listed_first, "plugstack-order", "fail", "10-efa-layout.conf line 2 behind that of", "spank_pyxis.so"),
    Wrong("configless with include", configless, "configless-includes", "fail",
          f"write into the controller's plugstack.conf itself: {LINE}"),
    Wrong("plugin not installed", remove(f"{PLUGINS}/spank_efa_layout.so"), "plugin-file", "fail", f"install the plugin as /{PLUGINS}"),
    Wrong("plugin for everybody", mode(f"{PLUGINS}/spank_efa_layout.so", 0o666), "plugin-file", "fail", "chmod go-w"),
    Wrong("folder of plugins for everybody", mode(PLUGINS, 0o777), "plugin-file", "fail", "chmod go-w", "0777"),
    Wrong("plugin for another Slurm", put(f"{PLUGINS}/spank_efa_layout.so", plugin("21.08", VERSION.format(OWN))), "plugin-release", "fail",
          "install the plugin that was built for Slurm", "was built for Slurm 21.08, installed is"),
    Wrong("helper for another Slurm", lambda host: (host.put(f"{LIBEXEC}/efa-layout-slurm", helper("libslurm.so.40"), 0o755),
                                                    host.put(f"{LIB}/libslurm.so.40", "a library\n")),
          "controller-helper", "warn", "install the efa-layout-slurm", "was built for Slurm 23.11 (libslurm.so.40), installed is"),
    Wrong("plugin is damaged", put(f"{PLUGINS}/spank_efa_layout.so", b"\x7fELF" + bytes(60)), "plugin-file", "fail", "install the plugin"),
    Wrong("a plugin that hides options", put(f"{PLUGINS}/spank_pyxis.so", plugin(more="int slurm_spank_job_prolog(void) { return 0; }")),
          "spank-job-prolog", "warn", "50-pyxis.conf line 1", "slurm_spank_job_prolog"),
    Wrong("no Prolog", conf(f"Prolog=/{LIBEXEC}/efa-layout-prolog\n", ""), "prolog", "fail",
          f"write in /etc/slurm/slurm.conf, as a new line: Prolog=/{LIBEXEC}/efa-layout-prolog"),
    Wrong("Prolog of others", others_prolog, "prolog", "fail", "have /usr/local/sbin/prolog.sh call"),
    Wrong("folder of prologs without ours", folder_without_ours, "prolog", "fail",
          f"ln -s /{LIBEXEC}/efa-layout-prolog /opt/slurm/etc/scripts/prolog.d/50-efa-layout"),
    Wrong("Prolog elsewhere", conf(f"Prolog=/{LIBEXEC}", "Prolog=/usr/local/libexec"), "prolog-file", "fail", "install efa-layout on this node",
          "is not there"),
    Wrong("Prolog not executable", mode(f"{LIBEXEC}/efa-layout-prolog", 0o644), "prolog-file", "fail", "chmod 755"),
    Wrong("Prolog for everybody", mode(f"{LIBEXEC}/efa-layout-prolog", 0o777), "prolog-file", "fail", "chmod go-w", "root runs it"),
    Wrong("no PrologFlags", conf("PrologFlags=Alloc,DeferBatch\n", ""), "prolog-flags", "fail", "as a new line: PrologFlags=Alloc,DeferBatch"),
    Wrong("no Alloc", conf("PrologFlags=Alloc,DeferBatch", "PrologFlags=Serial"), "prolog-flags", "fail", "PrologFlags=Serial,Alloc,DeferBatch"),
    Wrong("no DeferBatch", conf("PrologFlags=Alloc,DeferBatch", "PrologFlags=Contain"), "prolog-flags", "fail",
          "slurm.conf line 8: PrologFlags=Contain,DeferBatch"),
    Wrong("NoHold", conf("Alloc,DeferBatch", "Alloc,DeferBatch,NoHold"), "prolog-flags", "warn", "take NoHold out"),
    Wrong("short timeout", conf("ClusterName=well", "ClusterName=well\nPrologEpilogTimeout=10"), "prolog-timeout", "fail",
          "slurm.conf line 3: PrologEpilogTimeout=11", "check.budget_ms is 10000"),
    Wrong("long budget", lambda host: (host.conf("ClusterName=well", "ClusterName=well\nPrologEpilogTimeout=60"),
                                       host.edit("etc/efa-layout/policy.json", "10000", "90000")),
          "prolog-timeout", "fail", "PrologEpilogTimeout=91", "90000"),
    Wrong("held jobs", conf("SchedulerParameters=nohold_on_prolog_fail", "SchedulerParameters=bf_continue"), "prolog-hold", "warn",
          "slurm.conf line 6: SchedulerParameters=bf_continue,nohold_on_prolog_fail"),
    Wrong("no requeue", conf("SlurmUser=slurm", "JobRequeue=0"), "job-requeue", "warn", "slurm.conf line 4: JobRequeue=1"),
    Wrong("no Epilog", conf(f"Epilog=/{LIBEXEC}/efa-layout-epilog\n", ""), "epilog", "warn", f"Epilog=/{LIBEXEC}/efa-layout-epilog"),
    Wrong("Epilog elsewhere", conf(f"Epilog=/{LIBEXEC}", "Epilog=/none"), "epilog", "fail", "correct the path"),
    Wrong("no health check", conf("HealthCheckProgram=", "#"), "health-check", "warn", f"HealthCheckProgram=/{LIBEXEC}/efa-layout-health"),
    Wrong("health check by another name", conf("efa-layout-health", "efa-layout-prolog"), "health-check", "fail",
          f"slurm.conf line 10: HealthCheckProgram=/{LIBEXEC}/efa-layout-health", "by this name it is the prolog"),
    Wrong("health check never", conf("HealthCheckInterval=60\n", ""), "health-check", "warn", "HealthCheckInterval=60"),
    Wrong("health check of busy nodes", conf("HealthCheckNodeState=ANY", "HealthCheckNodeState=ALLOC,MIXED"), "health-check", "warn",
          "HealthCheckNodeState=ANY"),
    Wrong("variables twice", lambda host: (host.link(f"{LIBEXEC}/efa-layout-task-prolog", "/usr/bin/efa-layout"),
                                           host.conf("SlurmUser=slurm", f"TaskProlog=/{LIBEXEC}/efa-layout-task-prolog")),
          "task-prolog", "warn", "take TaskProlog out in /etc/slurm/slurm.conf line 4"),
    Wrong("slurmd of a user", conf("SlurmUser=slurm", "SlurmdUser=slurm"), "slurmd-user", "fail", "slurm.conf line 4: SlurmdUser=root"),
    Wrong("no helper", remove(f"{LIBEXEC}/efa-layout-slurm"), "controller-helper", "warn", "install the efa-layout-slurm"),
    Wrong("helper's library is gone", lambda host: [one.unlink() for one in host.at(LIB).glob("libslurm.so.*")], "controller-helper", "warn",
          "install the efa-layout-slurm", "which is not there"),
    Wrong("little locked memory", put("proc/700/limits", LIMITS.format("8388608")), "memlock", "fail", "LimitMEMLOCK=infinity", "8192 KiB"),
    Wrong("limits of the submitter", conf("PropagateResourceLimitsExcept=MEMLOCK\n", ""), "memlock-propagated", "warn",
          "PropagateResourceLimitsExcept=MEMLOCK"),
    Wrong("other limits kept", conf("LimitsExcept=MEMLOCK", "LimitsExcept=NOFILE"), "memlock-propagated", "warn",
          "slurm.conf line 13: PropagateResourceLimitsExcept=NOFILE,MEMLOCK"),
    Wrong("policy with a typing error", lambda host: host.edit("etc/efa-layout/policy.json", '"budget_ms"', '"buget_ms"'), "settings", "fail",
          "correct it", "buget_ms"),
    Wrong("drop-in that is no JSON", put("etc/efa-layout/policy.d/50-site.json", "{"), "settings", "fail", "correct it", "50-site.json"),
    Wrong("no shipped data", remove("usr/share/efa-layout/layouts.json"), "settings", "fail", "install efa-layout's shipped data", "layouts.json"),
    Wrong("policy for everybody", mode("etc/efa-layout/policy.json", 0o666), "settings-trusted", "fail", "chmod go-w /etc/efa-layout/policy.json"),
    Wrong("folder of settings for everybody", mode("etc/efa-layout", 0o777), "settings-trusted", "fail", "chmod go-w", "0777"),
    Wrong("run directory for everybody", mode("run/efa-layout", 0o777), "directories", "fail", "chmod 755 /run/efa-layout"),
    Wrong("no facts", remove("run/efa-layout/enis.json"), "eni-facts", "warn", "efa-layout facts --write"),
    Wrong("facts of another boot", put("proc/sys/kernel/random/boot_id", "11111111-2222-4333-8444-555555555555\n"), "eni-facts", "warn",
          "efa-layout facts --write", "boot"),
    Wrong("service not enabled", remove("etc/systemd/system/multi-user.target.wants/efa-layout-facts.service"), "facts-service", "warn",
          "systemctl enable --now efa-layout-facts"),
    Wrong("service masked", masked, "facts-service", "warn", "systemctl unmask"),
    Wrong("no driver", lambda host: subprocess.run(["rm", "-r", host.at("sys/module/efa"), host.at("sys/bus/pci/drivers/efa")], check=True),
          "efa-driver", "fail", "modprobe efa"),
    Wrong("driver not bound", remove(f"{DEVICE}/driver"), "efa-driver", "fail", "dmesg", "0 of 1"),
    Wrong("devices for root", mode("dev/infiniband/uverbs0", 0o600), "device-modes", "fail", 'MODE="0666"', "has mode 0600"),
    Wrong("no libfabric", remove(f"{LIB}/libfabric.so.1"), "libfabric", "fail", "install libfabric"),
    Wrong("libfabric without efa", put(f"{LIB}/libfabric.so.1", libfabric(with_efa=False)), "libfabric", "fail", "efa provider"),
    Wrong("plugin of another version", lambda host: host.put(f"{PLUGINS}/spank_efa_layout.so", plugin(more=VERSION.format("0.0.9"))),
        "versions", "warn", "install all of efa-layout's packages", "0.0.9"),
)
# What cannot be known of a folder.
OFFLINE = {"config-in-force", "versions"}
# One fault makes others unknown, and hides what cannot be judged without it.
STATES = {"ok", "unknown"}


class TestInstallations(unittest.TestCase):
    folder: Path
    right: Installation

    @classmethod
    def setUpClass(cls) -> None:
        # Hundreds of small files, written once for each fault.
        memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory(dir=memory)))
        cls.folder.chmod(0o755)
        cls.right = node(cls.folder / "right")

    def test_each_fault_and_nothing_else(self) -> None:
        for number, case in enumerate(CASES):
            with self.subTest(case.name):
                host = self.right.copy(self.folder / str(number))
                case.change(host)
                rc, checks, document = doctor(host)
                wrong = {name: check["state"] for name, check in checks.items() if check["state"] not in STATES}
                self.assertEqual(wrong, {case.check: case.state}, json.dumps(checks, indent=1))
                self.assertIn(case.remedy, checks[case.check]["remedy"])
                self.assertIn(case.found, checks[case.check]["found"])
                self.assertEqual((rc, document["state"]), ({"warn": 1, "fail": 2}[case.state], case.state))
                shutil.rmtree(host.path)
        self.assertEqual(len({case.name for case in CASES}), len(CASES))

    def test_slurm_was_upgraded(self) -> None:
        """What is built for one release is wrong all at once."""
        host = self.right.copy(self.folder / "upgraded")
        host.put(f"{PLUGINS}/auth_munge.so", plugin("26.05"))
        rc, checks, _ = doctor(host)
        wrong = {name: check["remedy"] for name, check in checks.items() if check["state"] not in STATES}
        self.assertEqual((rc, wrong), (2, {
            "plugin-release": f"install the plugin that was built for Slurm 26.05 as /{PLUGINS}/spank_efa_layout.so",
            "controller-helper": "install the efa-layout-slurm that was built for Slurm 26.05"}))

    def test_every_check_finds_something(self) -> None:
        """The table above has a case for every check but those that only a running controller shows."""
        listed = subprocess.run([TOOL, "doctor", "--list"], capture_output=True, text=True, check=True).stdout
        names = {line for line in listed.splitlines() if line and not line.startswith(" ")}
        self.assertEqual(names - {case.check for case in CASES}, {"config-in-force"})

    def test_manual(self) -> None:
        listed = subprocess.run([TOOL, "doctor", "--list"], capture_output=True, text=True, check=True).stdout
        rows = re.findall(r"^(\S+)\n {4}(.*)\n {4}made on: (.*)$", listed, re.M)
        self.assertGreater(len(rows), 25)
        page = (TOP / "prolog" / "tool" / "efa-layout.1").read_text().replace("\\-", "-")
        for name, what, roles in rows:
            hosts = "".join(role[0].upper() for role in roles.split(", "))
            self.assertIn(f"\n{name}\tT{{\n{what}\nT}}\t{hosts}\n", page)

    def test_what_is_installed(self) -> None:
        """The build's own installation, with the lines of the README: the doctor has nothing to say of it."""
        host = self.right.copy(self.folder / "installed")
        for folder in (f"{LIBEXEC}", "usr/share/efa-layout", "etc/efa-layout", "usr/lib/systemd/system", "etc/slurm/plugstack.conf.d"):
            shutil.rmtree(host.at(folder))
        (host.at(PLUGINS) / "spank_efa_layout.so").unlink()
        done = subprocess.run(["cmake", "--install", BUILD], capture_output=True, text=True, env={**os.environ, "DESTDIR": str(host.path)})
        self.assertEqual(done.returncode, 0, done.stderr)
        readme = (TOP / "README.md").read_text()
        lines = [line.strip() for line in readme.split("\n\n    Prolog=")[1].split("\n\n")[0].splitlines()]
        self.assertGreater(len(lines), 6)
        host.put("etc/slurm/slurm.conf", "\n".join(["ClusterName=well", "SlurmctldHost=head", "NodeName=node-1", f"Prolog={lines[0]}", *lines[1:]]))
        rc, checks, _ = doctor(host)
        self.assertEqual({name for name, check in checks.items() if check["state"] != "ok"}, OFFLINE, json.dumps(checks, indent=1))
        self.assertEqual(rc, 0)

    def test_right(self) -> None:
        rc, checks, document = doctor(self.right)
        self.assertEqual({name for name, check in checks.items() if check["state"] != "ok"}, OFFLINE, json.dumps(checks, indent=1))
        self.assertEqual((rc, document["state"], document["role"]), (0, "unknown", "node"))
        self.assertEqual(document["slurm_conf"], "/etc/slurm/slurm.conf")
        for check in checks.values():
            self.assertIsNone(check["remedy"])

    def test_right_in_other_ways(self) -> None:
        def dispatcher(host: Installation) -> None:
            host.put("etc/slurm/prolog.sh", f"#!/bin/sh\n/{LIBEXEC}/efa-layout-prolog || exit 1\n", 0o755)
            host.conf(f"Prolog=/{LIBEXEC}/efa-layout-prolog", "Prolog=/etc/slurm/prolog.sh")

        def linked(host: Installation) -> None:
            host.link("opt/slurm/etc/scripts/prolog.d/50_efa", f"/{LIBEXEC}/efa-layout-prolog")
            host.conf(f"Prolog=/{LIBEXEC}/efa-layout-prolog", "Prolog=/opt/slurm/etc/scripts/prolog.d/*")

        def another_place(host: Installation) -> None:
            host.at("opt/slurm").mkdir(parents=True)
            host.at("etc/slurm").rename(host.at("opt/slurm/etc"))

        def configless_literal(host: Installation) -> None:
            configless(host)
            host.put("run/slurm/conf/plugstack.conf", f"include plugstack.conf.d/*.conf\n{LINE}\n")

        def split(host: Installation) -> None:
            host.put("etc/slurm/gate.conf", "prologflags=X11,deferbatch\n")
            host.conf("PrologFlags=Alloc,DeferBatch", "Include gate.conf")

        def bare_name(host: Installation) -> None:
            host.put(OURS, "optional spank_efa_layout.so # in PluginDir\n")
            host.conf("SlurmUser=slurm", f"PluginDir=/{PLUGINS}")

        def absolute_link(host: Installation) -> None:
            host.at("etc/slurm").rename(host.at("conf"))
            host.link("etc/slurm", "/conf")

        def named_by_slurmd(host: Installation) -> None:
            host.at("etc/slurm").rename(host.at("srv"))
            host.put("etc/slurm/slurm.conf", "ClusterName=another\n")
            host.put("proc/700/cmdline", "/usr/sbin/slurmd\0-D\0-f\0/srv/slurm.conf\0")

        def beside_slurm_conf(host: Installation) -> None:
            host.put("etc/slurm/gate.sh", f"#!/bin/sh\nexec /{LIBEXEC}/efa-layout-prolog\n", 0o755)
            host.conf(f"Prolog=/{LIBEXEC}/efa-layout-prolog", "Prolog=gate.sh")

        def old_pid_file(host: Installation) -> None:
            host.put("var/run/slurmd.pid", "701\n")
            host.put("proc/701/comm", "cron\n")
            host.put("proc/701/limits", LIMITS.format("65536"))

        for number, change in enumerate((dispatcher, linked, another_place, configless_literal, split, bare_name, absolute_link,
                                         named_by_slurmd, beside_slurm_conf, old_pid_file)):
            with self.subTest(change.__name__):
                host = self.right.copy(self.folder / f"way{number}")
                change(host)
                rc, checks, _ = doctor(host)
                self.assertEqual({name for name, check in checks.items() if check["state"] != "ok"}, OFFLINE, json.dumps(checks, indent=1))
                self.assertEqual(rc, 0)

    def test_roles(self) -> None:
        host = self.right.copy(self.folder / "roles")
        host.remove("proc/700/comm")
        self.assertEqual(doctor(host)[2]["role_why"], "slurm.conf has node-1 as a node")
        host.put("proc/sys/kernel/hostname", "head.example.org\n")
        rc, checks, document = doctor(host)
        self.assertEqual((rc, document["role"]), (0, "controller"))
        self.assertIn("prolog-flags", checks)
        self.assertNotIn("libfabric", checks)
        host.put("proc/sys/kernel/hostname", "login\n")
        rc, checks, document = doctor(host)
        self.assertEqual((rc, document["role"]), (0, "submit"))
        self.assertNotIn("prolog-flags", checks)
        self.assertEqual(doctor(host, "--role", "node")[2]["role_why"], "by --role")
        # A submit host needs the plugin (and without it knows no --efa-layout).
        host.remove(OURS)
        self.assertEqual((doctor(host)[0], doctor(host)[1]["plugstack-line"]["state"]), (2, "fail"))

    def test_where_plugins_cannot_be_loaded(self) -> None:
        host = self.right.copy(self.folder / "taskprolog")
        host.remove(OURS)
        host.link(f"{LIBEXEC}/efa-layout-task-prolog", "/usr/bin/efa-layout")
        host.conf("SlurmUser=slurm", f"TaskProlog=/{LIBEXEC}/efa-layout-task-prolog")
        rc, checks, _ = doctor(host)
        self.assertEqual((rc, {check["state"] for check in checks.values()}), (0, {"ok", "unknown"}), json.dumps(checks, indent=1))
        self.assertEqual(doctor(host, "--role", "submit")[0], 2)

    def test_prologs_of_nodes_only(self) -> None:
        """The controller does not have what is on the nodes."""
        host = self.right.copy(self.folder / "folder")
        host.conf(f"Prolog=/{LIBEXEC}/efa-layout-prolog", "Prolog=/opt/slurm/etc/scripts/prolog.d/*")
        self.assertEqual(doctor(host)[1]["prolog"]["state"], "fail")
        rc, checks, _ = doctor(host, "--role", "controller")
        self.assertEqual((rc, checks["prolog"]["state"]), (0, "unknown"))

    def test_configless_controller(self) -> None:
        host = self.right.copy(self.folder / "configless")
        host.conf("SlurmUser=slurm", "SlurmctldParameters=enable_configless")
        rc, checks, _ = doctor(host, "--role", "controller")
        self.assertEqual((rc, checks["configless-includes"]["state"]), (2, "fail"))
        host.put("etc/slurm/plugstack.conf", f"{LINE}\ninclude other.d/*\n")
        rc, checks, _ = doctor(host, "--role", "controller")
        self.assertEqual((rc, checks["configless-includes"]["state"]), (0, "ok"))

    @unittest.skipIf(os.geteuid() != 0, "needs root to become somebody else")
    def test_what_cannot_be_read_is_unknown(self) -> None:
        host = self.right.copy(self.folder / "hidden")
        for name in ("etc/slurm/slurm.conf", "proc/700/limits", "run/efa-layout/enis.json"):
            host.at(name).chmod(0o600)
        for path in (host.path, *host.path.rglob("*")):
            if path.is_dir() and not path.is_symlink():
                path.chmod(0o755)
        done = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", TOOL, "doctor", "--json", "--root", host.path],
                              capture_output=True, text=True)
        checks = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
        self.assertEqual(done.returncode, 0, done.stdout)
        for name in ("slurm-conf", "prolog", "memlock", "eni-facts"):
            self.assertEqual(checks[name]["state"], "unknown", name)
        self.assertIn("as root", checks["slurm-conf"]["remedy"])

    def test_usage(self) -> None:
        for words, hint in ((["--role", "cloud"], "node, submit or controller"), (["--nonsense"], "--help"), (["argument"], "--help"),
                            (["--root", "/nonexistent"], "No such file")):
            done = subprocess.run([TOOL, "doctor", *words], capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stdout), (3, ""))
            self.assertIn(hint, done.stderr)

    def test_text(self) -> None:
        host = self.right.copy(self.folder / "text")
        host.remove(f"{LIB}/libfabric.so.1")
        done = subprocess.run([TOOL, "doctor", "--root", host.path], capture_output=True, text=True)
        lines = done.stdout.splitlines()
        self.assertEqual(lines[0], "host       a compute host (slurmd runs here)")
        self.assertEqual(lines[-1], "checks     28 ok, 1 wrong, 0 to look at, 2 unknown")
        at = next(number for number, line in enumerate(lines) if line.startswith("fail       libfabric "))
        self.assertRegex(lines[at + 1], r"^ {11}do +install libfabric")


if __name__ == "__main__":
    if not have_compiler():
        print("skipped: needs a C compiler and readelf (packages gcc and binutils)")
        sys.exit(77)
    unittest.main()
