#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""test_root.py RELEASE PROGRAMS.deb SLURM.deb [OTHER-SLURM.deb]: the packages' life on a clean Debian with a Slurm of its own: installed
by apt, set up as the README says, asked by jobs, upgraded under one, removed, purged; and nothing is left behind.

With OTHER-SLURM, which is built for a Slurm in a place of its own: the gate takes what belongs to the slurmd that has started it.
"""

from __future__ import annotations

import json
import re
import sys
import threading
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

from clean_root import ADDRESS, NODE, TOP, Node, Unreachable, run  # noqa: E402

SKIP = 77
PREFIX = "/opt/aws/pcs/scheduler/slurm-24.11"
LIBEXEC = "/usr/libexec/efa-layout"
POLICY = "/etc/efa-layout/policy.json"
LINE = "/etc/slurm/plugstack.conf.d/zz-efa-layout.conf"
WANTED = "/etc/systemd/system/multi-user.target.wants/efa-layout-facts.service"
SLURM_CONF = f"""ClusterName=test
SlurmctldHost={NODE}
SlurmUser=root
StateSaveLocation=/var/spool/slurm/state
SlurmdSpoolDir=/var/spool/slurm/d
SlurmdDebug=debug
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
ReturnToService=2
SchedulerParameters=batch_sched_delay=0
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
NodeName={NODE} CPUs=2
PartitionName=p Nodes=ALL Default=YES
"""
FIVE_LINES = """{
  "layout": { "declared": "efa-only" },
  "check": { "budget_ms": 5000 },
  "action": { "faulty": "drain" }
}
"""


def readme_settings() -> str:
    """Lines for slurm.conf that the README has."""
    text = (TOP / "README.md").read_text(encoding="utf-8")
    lines = re.findall(r"^    ((?:Prolog|PrologFlags|Epilog|HealthCheck\w+)=.*)$", text, re.M)
    assert len(lines) == 6, lines
    return "".join(f"{line}\n" for line in lines)


def facts(boot: str) -> str:
    """What the unit writes on a p4d.24xlarge: four interfaces. That this machine has no such device is the node's fault."""
    rows = [{"mac": f"06:4e:fa:10:00:0{card}", "id": f"eni-0000000{card}", "card": card, "device": min(card, 1), "ip": card == 0}
            for card in range(4)]
    return json.dumps({"boot_id": boot, "instance_type": "p4d.24xlarge", "instance_id": "i-00000001", "primary": rows[0]["mac"],
                       "interfaces": rows})


def version_of(package: Path) -> str:
    return package.name.split("_")[1]


def name_of(package: Path) -> str:
    return package.name.split("_")[0]


def newer_version(old: str) -> str:
    """As long as the old one, and higher."""
    return re.sub(r"\d", "9", old)


def newer(package: Path, out: Path, name: str = "") -> Path:
    """The same package as one of a higher version, or of another name: its programs and its control file say so."""
    old = version_of(package)
    new = newer_version(old)
    tree = out / package.stem
    run(["dpkg-deb", "-R", package, tree])
    (tree / "DEBIAN" / "md5sums").unlink()
    control = tree / "DEBIAN" / "control"
    programs = [path for path in tree.rglob("*efa*layout*") if path.is_file() and path.read_bytes()[:4] == b"\x7fELF"]
    changed = [path for path in (control, *programs) if old.encode() in path.read_bytes()]
    assert len(changed) >= 2, changed
    for path in changed:
        mode = path.stat().st_mode
        path.write_bytes(path.read_bytes().replace(old.encode(), new.encode()))
        path.chmod(mode)
    if name:
        control.write_text(control.read_text(encoding="utf-8").replace(f"Package: {name_of(package)}\n", f"Package: {name}\n"), encoding="utf-8")
    made = out / f"{name or name_of(package)}_{new}_{package.name.split('_')[2]}"
    run(["dpkg-deb", "--root-owner-group", "-Zgzip", "-z1", "-b", tree, made])
    return made


class Life(unittest.TestCase):
    """In the order of their numbers; what one leaves is where the next begins."""

    release: str
    packages: list[Path]
    other: Path | None
    node: Node
    before: set[str]
    plugin: str
    upgrades: list[Path]

    @classmethod
    def setUpClass(cls) -> None:
        node = cls.node
        node.write("/etc/hosts", f"127.0.0.1 localhost\n{ADDRESS} {NODE}\n")
        node.write("/etc/resolv.conf", Path("/etc/resolv.conf").read_text(encoding="utf-8"))
        node.write("/etc/slurm/slurm.conf", SLURM_CONF)
        # Nothing here uses cgroups; an old Slurm cannot do without a plugin for them.
        node.write("/etc/slurm/cgroup.conf", f"CgroupPlugin={'cgroup/v1' if cls.release == 'bookworm' else 'disabled'}\n")
        node.write("/etc/slurm/plugstack.conf", "# of the site\n")
        node.run("mkdir -p /var/spool/slurm/d /srv/packages; install -d -m 1777 /srv/jobs; install -d -o munge /run/munge")
        node.start("munged", "setpriv", "--reuid", "munge", "--regid", "munge", "--clear-groups", "munged", "-F")
        node.wait("munge", lambda: node.exists("/run/munge/munge.socket.2"))
        node.start("slurmctld", "slurmctld", "-D")
        node.start("slurmd", "slurmd", "-D")
        cls.wait_idle()
        for package in cls.packages:
            node.copy(package, f"/srv/packages/{package.name}")

    @classmethod
    def wait_idle(cls) -> None:
        cls.node.wait("idle node", lambda: cls.node.try_run(["sinfo", "-h", "-N", "-o", "%T"]).stdout.strip() == "idle")

    def restart(self, slurmd: str = "slurmd") -> None:
        for name in "slurmd", "slurmctld":
            self.node.stop(name)
        self.node.start("slurmctld", "slurmctld", "-D")
        self.node.start("slurmd", slurmd, "-D")
        self.wait_idle()

    def as_user(self, command: str) -> list[str]:
        return ["sh", "-c", f"cd /srv/jobs && exec setpriv --reuid nobody --regid nogroup --clear-groups {command}"]

    def srun(self, *options: str, rc: int | None = 0) -> str:
        """What the job's user sees of it. rc: None for any failure."""
        done = self.node.try_run(self.as_user(f"srun {' '.join(options)} sh -c 'echo it ran'"))
        said = re.sub(r"^srun: job \d+ (queued and waiting for|has been allocated) resources\n", "", done.stdout, flags=re.M)
        self.assertTrue(done.returncode == rc or (rc is None and done.returncode != 0), f"{done.returncode}: {said}")
        self.assertEqual("it ran" in said, rc == 0, said)
        return said

    def last_job(self) -> dict[str, str]:
        jobs = [dict(word.partition("=")[::2] for word in line.split()) for line in self.node.run("scontrol -o show job").splitlines()]
        return max(jobs, key=lambda job: int(job["JobId"]))

    def expect_refused(self, layout: str) -> None:
        said = self.srun(f"--efa-layout={layout}", rc=1)
        self.assertIn(f"efa-layout: E150 --efa-layout={layout}: this node has no EFA function", said)
        self.wait_idle()
        job = self.last_job()
        # The exit code is what only the helper can give.
        self.assertEqual((job["JobState"], job["ExitCode"]), ("FAILED", "78:0"))
        self.assertEqual(self.node_state(), "idle|none")

    def node_state(self) -> str:
        return self.node.run(["sinfo", "-h", "-N", "-o", "%T|%E"]).strip()

    def explain(self) -> str:
        return self.node.try_run(["efa-layout", "explain", self.last_job()["JobId"]]).stdout

    def verdict(self) -> dict[str, object]:
        found: dict[str, object] = json.loads(self.node.read(f"/var/lib/efa-layout/jobs/{self.last_job()['JobId']}.verdict.json"))
        return found

    def test_01_slurm_alone(self) -> None:
        self.assertEqual(self.srun(), "it ran\n")
        type(self).before = self.node.files()

    def test_02_install(self) -> None:
        self.node.apt("install", *(f"/srv/packages/{package.name}" for package in self.packages))
        self.assertTrue(self.node.try_run(["test", "-L", WANTED]).returncode == 0, "the unit is enabled")
        self.assertFalse(self.node.exists(POLICY), "settings are the admin's")
        for program in "efa-layout --version", "efa-layout types p5.48xlarge", f"{LIBEXEC}/efa-layout-slurm --version", \
                f"ldd {LIBEXEC}/efa-layout-probe":
            self.assertNotIn("not found", self.node.run(program))
        line = [words for words in map(str.split, self.node.read(LINE).splitlines()) if words and words[0] == "optional"]
        type(self).plugin = line[0][1]
        self.assertTrue(self.node.exists(self.plugin))
        # Nothing is said of it before the site wants it.
        self.assertEqual(self.srun(), "it ran\n")

    def test_03_set_up(self) -> None:
        self.node.write("/etc/slurm/slurm.conf", SLURM_CONF + readme_settings())
        self.node.write("/etc/slurm/plugstack.conf", "include plugstack.conf.d/*.conf\n")
        self.restart()
        self.assertEqual(self.srun(), "it ran\n")
        self.assertIn("all-efa", self.node.run(["srun", "--efa-layout=help"]))
        self.assertEqual(self.srun("--efa-layout=any"), "it ran\n")
        said = self.explain()
        self.assertIn("asked for any", said)
        self.assertIn("done        job allowed", said)

    def test_04_refused_at_submission(self) -> None:
        said = self.srun("--efa-layout=efa-onyl", rc=2)
        self.assertIn('did you mean "efa-only"', said)

    def test_05_refused_on_the_node(self) -> None:
        self.expect_refused("efa-only")
        self.assertIn("done        job refused", self.explain())

    def test_06_node_at_fault(self) -> None:
        self.node.write(POLICY, FIVE_LINES)
        self.node.run(["chmod", "644", POLICY])
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        self.node.write("/run/efa-layout/enis.json", facts(boot))
        # How srun ends depends on how far its step had come.
        self.assertIn("efa-layout: the job cannot start on node", self.srun(rc=None))
        state = self.node_state()
        self.assertRegex(state, r"^drain(ed|ing)\|efa-layout: E1\d\d card 0")
        said = self.explain()
        self.assertIn("done        node drained", said)
        self.assertIn(f"decided by  action.faulty = drain ({POLICY} line 4)", said)
        self.node.run(["rm", "/run/efa-layout/enis.json"])
        self.node.run(["scontrol", "update", f"NodeName={NODE}", "State=RESUME"])
        self.wait_idle()
        self.srun()

    def test_07_upgrade_under_a_job(self) -> None:
        old = version_of(self.packages[0])
        self.assertEqual(self.verdict()["efa_layout"], old)
        self.node.run(f"echo '# a remark of the admin' >>{LINE}; rm {WANTED}")
        kept = self.node.read(LINE), self.node.read(POLICY)
        out = self.node.scratch("newer")
        type(self).upgrades = [newer(package, out) for package in self.packages]
        for package in self.upgrades:
            self.node.copy(package, f"/srv/packages/{package.name}")
        job = self.node.begin(self.as_user("srun -Q sh -c 'until [ -e go ]; do sleep 0.1; done; echo it ran'"))
        self.node.wait("running job", lambda: self.last_job()["JobState"] == "RUNNING")
        watched = [self.plugin, f"{LIBEXEC}/efa-layout-prolog", f"{LIBEXEC}/efa-layout-epilog", f"{LIBEXEC}/efa-layout-slurm"]
        with Watch([self.node.seen_from_here(name) for name in watched]) as watch:
            self.node.apt("install", *(f"/srv/packages/{package.name}" for package in self.upgrades))
        self.assertEqual(self.last_job()["JobState"], "RUNNING")
        self.assertEqual(self.srun("--efa-layout=any"), "it ran\n")
        self.assertEqual(self.verdict()["efa_layout"], newer_version(old))
        self.assertGreater(watch.looks, 100)
        self.assertEqual(watch.missing, {})
        self.node.write("/srv/jobs/go", "")
        self.assertEqual(job.communicate(timeout=30)[0], "it ran\n")
        self.assertEqual((self.node.read(LINE), self.node.read(POLICY)), kept)
        self.assertFalse(self.node.exists(WANTED), "a unit that the admin has disabled stays so")
        self.expect_refused("all-efa")

    def test_08_another_place(self) -> None:
        """A slurmd from a place of its own: its helper, its line, beside the system's or without that."""
        if self.other is None:
            self.skipTest("for one Slurm is enough")
        self.node.run(f"mkdir -p {PREFIX}/sbin && cp -a $(readlink -f /usr/sbin/slurmd) {PREFIX}/sbin/slurmd")
        before = self.node.files()
        self.node.apt("purge", name_of(self.packages[1]))
        made = newer(self.other, self.node.scratch("other"))
        self.node.copy(made, "/srv/packages/other.deb")
        self.node.apt("install", "/srv/packages/other.deb")
        mine = self.node.files() - before
        self.node.write("/etc/slurm/plugstack.conf", f"include /etc{PREFIX.removeprefix('/opt')}/plugstack.conf.d/*.conf\n")
        self.restart(f"{PREFIX}/sbin/slurmd")
        self.assertFalse(self.node.exists(f"{LIBEXEC}/efa-layout-slurm"))
        self.expect_refused("efa-only")
        self.node.apt("purge", name_of(self.other))
        left = mine & self.node.files()
        self.assertEqual(left, set())
        self.node.write("/etc/slurm/plugstack.conf", "include plugstack.conf.d/*.conf\n")
        self.node.apt("install", f"/srv/packages/{self.upgrades[1].name}")
        self.node.run(["rm", "-r", "/opt/aws"])
        self.restart()
        self.assertEqual(self.srun("--efa-layout=any"), "it ran\n")

    def test_08_another_release(self) -> None:
        """A package for another release of the system's Slurm takes this one's place, and its line."""
        line = self.node.read(LINE)
        made = newer(self.packages[1], self.node.scratch("sibling"), "efa-layout-slurm99.05")
        self.node.copy(made, f"/srv/packages/{made.name}")
        self.node.apt("install", f"/srv/packages/{made.name}")
        self.assertEqual(self.node.read(LINE), line)
        self.assertNotIn("install ok installed", self.node.run(["dpkg-query", "-W", "-f", "${Status}", name_of(self.packages[1])]))
        self.node.apt("purge", name_of(self.packages[1]))
        self.assertEqual(self.node.read(LINE), line)
        self.assertEqual(self.srun("--efa-layout=any"), "it ran\n")
        self.node.apt("install", f"/srv/packages/{self.upgrades[1].name}")
        self.node.apt("purge", name_of(made))
        self.assertEqual(self.node.read(LINE), line)
        self.expect_refused("efa-only")

    def test_09_remove(self) -> None:
        self.node.run(f"echo '# another remark' >>{LINE}")
        line = self.node.read(LINE)
        self.node.write("/etc/slurm/slurm.conf", SLURM_CONF)
        self.node.run(["scontrol", "reconfigure"])
        said = self.node.apt("remove", *map(name_of, self.packages))
        self.assertIn("slurm.conf", said)
        for name in self.plugin, LIBEXEC, "/usr/bin/efa-layout", LINE:
            self.assertFalse(self.node.exists(name), name)
        self.assertEqual(self.node.read(POLICY), FIVE_LINES)
        # plugstack.conf still includes what is there.
        self.restart()
        self.assertEqual(self.srun(), "it ran\n")
        self.assertIn("unrecognized option", self.srun("--efa-layout=any", rc=255))
        self.node.apt("install", *(f"/srv/packages/{package.name}" for package in self.packages))
        self.assertEqual(self.node.read(LINE), line)
        self.assertEqual(self.srun("--efa-layout=any"), "it ran\n")

    def test_10_purge_from_here(self) -> None:
        # With what came along, also where others would have liked it.
        liked = [word for kind in ("Recommends", "Suggests") for word in ("-o", f"APT::AutoRemove::{kind}Important=false")]
        self.node.apt("purge", "--autoremove", *liked, *map(name_of, self.packages))
        self.assertEqual(self.srun(), "it ran\n")
        after = self.node.files()
        self.assertEqual(sorted(after - self.before), [])
        self.assertEqual(sorted(self.before - after), [])


class Watch:
    """Whether files are there at every moment, by looking as often as can be."""

    def __init__(self, paths: list[Path]) -> None:
        self.looks, self.missing = 0, dict[str, int]()
        self._paths, self._end = paths, threading.Event()
        self._thread = threading.Thread(target=self._look)

    def _look(self) -> None:
        while not self._end.is_set():
            self.looks += 1
            for path in self._paths:
                if not path.exists():
                    self.missing[path.name] = self.missing.get(path.name, 0) + 1

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()


def main() -> int:
    Life.release = sys.argv[1]
    files = [Path(name) for name in sys.argv[2:]]
    Life.packages, Life.other = files[:2], files[2] if len(files) > 2 else None
    try:
        node = Node(Life.release)
    except Unreachable as e:
        print(f"skipped: {e}")
        return SKIP
    with node:
        Life.node = node
        done = unittest.main(argv=[sys.argv[0], "-v"], exit=False, failfast=True)
        if not done.result.wasSuccessful():
            print(node.log("slurmctld")[-2000:], node.log("slurmd")[-4000:], sep="\n---\n")
    return 0 if done.result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
