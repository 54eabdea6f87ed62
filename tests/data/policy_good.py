# SPDX-License-Identifier: Apache-2.0
"""Policies that are right, each with what is in force by it, where that was said, and what jobs get."""

from __future__ import annotations

from dataclasses import dataclass, field

# A setting's value and where it stands, "policy.json:3".
Values = dict[str, tuple[str, str]]


@dataclass(frozen=True)
class Good:
    """What is not in values has its default. jobs: facts of a job, and what differs for it from values; hints: as validate has them."""

    about: str
    files: dict[str, str]
    values: Values = field(default_factory=dict)
    rules: list[str] = field(default_factory=list)
    jobs: dict[str, Values] = field(default_factory=dict)
    hints: list[str] = field(default_factory=list)


MAIN = "policy.json"

ALL = (
    Good("nothing at all", {}, hints=["SITE: files: hint: nothing of a site's settings is in this folder"]),
    Good("an empty object", {MAIN: "{}"}),
    Good("empty groups", {MAIN: '{"layout": {}, "check": {}, "action": {}, "limit": {}, "recover": {}, "health": {},\n'
                                '"receipt": {}, "environment": {}, "jobs": []}'}),
    Good("the place of a schema", {MAIN: '{"$schema": "file:///usr/share/efa-layout/schema/policy.schema.json"}'}),
    Good("one setting", {MAIN: '{"layout": {"declared": "efa-only"}}'}, {"layout.declared": ("efa-only", "policy.json:1")}),
    Good("the default said", {MAIN: '{\n\n"check":\n{"budget_ms":\n10000}}'}, {"check.budget_ms": ("10000", "policy.json:5")}),
    Good("Windows line ends, tabs, no line end", {MAIN: '{\r\n\t"check": {\r\n\t\t"workers": 4\r\n\t}\r\n}'},
         {"check.workers": ("4", "policy.json:3")}),
    Good("every setting at its least", {MAIN: """{
  "layout": {"declared": "auto", "default": "none", "allow": "any", "allow_none": true, "rails": 1},
  "check": {
    "budget_ms": 500,
    "open_ms": 10,
    "rail_ms": 10,
    "late_ms": 0,
    "workers": 0,
    "cache_ttl_s": 0,
    "provider": "e",
    "default": "cached", "floor": "cached", "ceiling": "cached", "latency_us": 0, "bandwidth_mib_s": 0, "rdma_read": false, "pairs": false
  },
  "action": {"faulty": "allow", "degraded": "allow", "fabric": "allow", "unknown": "allow", "enforce": false},
  "limit": {"cluster_nodes": 0, "cluster_percent": 1, "partition_nodes": 0, "partition_percent": 1},
  "recover": {"lift": false, "strikes": 1},
  "health": {"interval_s": 0, "under_jobs": false},
  "receipt": {"write": false, "keep": 1},
  "environment": {"affinity": "none", "set": false}
}
"""},
         {"layout.declared": ("auto", "policy.json:2"), "layout.default": ("none", "policy.json:2"),
          "layout.allow": ("any", "policy.json:2"), "layout.allow_none": ("true", "policy.json:2"),
          "layout.rails": ("1", "policy.json:2"), "check.budget_ms": ("500", "policy.json:4"),
          "check.open_ms": ("10", "policy.json:5"), "check.rail_ms": ("10", "policy.json:6"),
          "check.late_ms": ("0", "policy.json:7"), "check.workers": ("0", "policy.json:8"),
          "check.cache_ttl_s": ("0", "policy.json:9"), "check.provider": ("e", "policy.json:10"),
          "check.default": ("cached", "policy.json:11"), "check.floor": ("cached", "policy.json:11"),
          "check.ceiling": ("cached", "policy.json:11"), "check.latency_us": ("0", "policy.json:11"),
          "check.bandwidth_mib_s": ("0", "policy.json:11"), "check.rdma_read": ("false", "policy.json:11"),
          "check.pairs": ("false", "policy.json:11"), "action.faulty": ("allow", "policy.json:13"),
          "action.degraded": ("allow", "policy.json:13"), "action.fabric": ("allow", "policy.json:13"),
          "action.unknown": ("allow", "policy.json:13"), "action.enforce": ("false", "policy.json:13"),
          "limit.cluster_nodes": ("0", "policy.json:14"), "limit.cluster_percent": ("1", "policy.json:14"),
          "limit.partition_nodes": ("0", "policy.json:14"), "limit.partition_percent": ("1", "policy.json:14"),
          "recover.lift": ("false", "policy.json:15"), "recover.strikes": ("1", "policy.json:15"),
          "health.interval_s": ("0", "policy.json:16"), "health.under_jobs": ("false", "policy.json:16"),
          "receipt.write": ("false", "policy.json:17"), "receipt.keep": ("1", "policy.json:17"),
          "environment.affinity": ("none", "policy.json:18"), "environment.set": ("false", "policy.json:18")},
         hints=["policy.json:2: layout.default: hint: none: jobs that say nothing are let in without any check of their nodes",
                "policy.json:13: action.enforce: hint: false: nothing is done about any verdict, so that limit.cluster_nodes, "
                "limit.cluster_percent, limit.partition_nodes, limit.partition_percent, action.faulty, action.degraded, "
                "action.fabric, action.unknown, recover.strikes only show in the log"]),
    Good("every setting at its most", {MAIN: """{
  "environment": {"affinity": "spread", "set": true},
  "receipt": {"write": true, "keep": 100000},
  "health": {"interval_s": 604800, "under_jobs": true},
  "recover": {"lift": true, "strikes": 1000},
  "limit": {"cluster_nodes": 65535, "cluster_percent": 100, "partition_nodes": 65535, "partition_percent": 100},
  "action": {"faulty": "drain-after", "degraded": "drain-after", "fabric": "refuse", "unknown": "refuse", "enforce": true},
  "check": {"budget_ms": 600000, "open_ms": 600000, "rail_ms": 600000, "late_ms": 60000, "workers": 256,
            "cache_ttl_s": 604800, "provider": "pppppppppppppppppppppppppppppp_", "default": "full", "floor": "full",
            "ceiling": "full", "latency_us": 1000000, "bandwidth_mib_s": 1000000, "rdma_read": true, "pairs": true},
  "layout": {"declared": "all-efa", "default": "all-efa",
             "allow": ["all-efa", "efa-only", "ena-primary", "ena-primary-only", "efa-every-4th", "ena-every-4th",
                       "gb200-alternating", "single", "any"],
             "allow_none": false, "rails": "all"}
}
"""},
         {"environment.affinity": ("spread", "policy.json:2"), "environment.set": ("true", "policy.json:2"),
          "receipt.write": ("true", "policy.json:3"), "receipt.keep": ("100000", "policy.json:3"),
          "health.interval_s": ("604800", "policy.json:4"), "health.under_jobs": ("true", "policy.json:4"),
          "recover.lift": ("true", "policy.json:5"), "recover.strikes": ("1000", "policy.json:5"),
          "limit.cluster_nodes": ("65535", "policy.json:6"), "limit.cluster_percent": ("100", "policy.json:6"),
          "limit.partition_nodes": ("65535", "policy.json:6"), "limit.partition_percent": ("100", "policy.json:6"),
          "action.faulty": ("drain-after", "policy.json:7"), "action.degraded": ("drain-after", "policy.json:7"),
          "action.fabric": ("refuse", "policy.json:7"), "action.unknown": ("refuse", "policy.json:7"),
          "action.enforce": ("true", "policy.json:7"), "check.budget_ms": ("600000", "policy.json:8"),
          "check.open_ms": ("600000", "policy.json:8"), "check.rail_ms": ("600000", "policy.json:8"),
          "check.late_ms": ("60000", "policy.json:8"), "check.workers": ("256", "policy.json:8"),
          "check.cache_ttl_s": ("604800", "policy.json:9"), "check.provider": ("pppppppppppppppppppppppppppppp_", "policy.json:9"),
          "check.default": ("full", "policy.json:9"), "check.floor": ("full", "policy.json:9"),
          "check.ceiling": ("full", "policy.json:10"), "check.latency_us": ("1000000", "policy.json:10"),
          "check.bandwidth_mib_s": ("1000000", "policy.json:10"), "check.rdma_read": ("true", "policy.json:10"),
          "check.pairs": ("true", "policy.json:10"), "layout.declared": ("all-efa", "policy.json:11"),
          "layout.default": ("all-efa", "policy.json:11"),
          "layout.allow": ("all-efa,efa-only,ena-primary,ena-primary-only,efa-every-4th,ena-every-4th,gb200-alternating,single,any",
                           "policy.json:12"),
          "layout.allow_none": ("false", "policy.json:14"), "layout.rails": ("all", "policy.json:14")},
         hints=["policy.json:8: check.budget_ms: hint: 600000 is more than Slurm's MessageTimeout, which is 10000 unless "
                "slurm.conf says otherwise: without PrologFlags=Alloc srun gives up on a longer prolog; and PrologTimeout, "
                "where it is set, must be more",
                "policy.json:8: check.late_ms: hint: 60000 of check.budget_ms, which is 600000, may be waited for a device: "
                "less is left than check.open_ms and check.rail_ms give to one rail"]),
    Good("rails in each of their forms", {MAIN: '{"layout": {"rails": "08"}}', "policy.d/1.json": '{"layout": {"rails": "per-gpu:2"}}',
                                          "policy.d/2.json": '\n{"layout": {"rails": "90%"}}'},
         {"layout.rails": ("90%", "policy.d/2.json:2")},
         hints=["policy.d/1.json:1: layout.rails: hint: stands over policy.json:1, where it is 8",
                "policy.d/2.json:2: layout.rails: hint: stands over policy.d/1.json:1, where it is per-gpu:2"]),
    Good("rails that no node has", {MAIN: '{"layout": {"rails": "64"}}'}, {"layout.rails": ("64", "policy.json:1")},
         hints=["policy.json:1: layout.rails: hint: no instance type can offer 64: the most is 32"]),
    Good("a drop-in without a main file", {"policy.d/10-site.json": '{"recover": {"strikes": 5}}'},
         {"recover.strikes": ("5", "policy.d/10-site.json:1")}),
    Good("drop-ins in the order of bytes", {
        MAIN: '{"check": {"workers": 1}}',
        "policy.d/a.json": '{"check": {"workers": 3}}',
        "policy.d/B.json": '{"check": {"workers": 2, "late_ms": 7}}',
        "policy.d/10.json": '{"check": {"workers": 5}}',
        "policy.d/9.json": '{"check": {"workers": 6}}',
    }, {"check.workers": ("3", "policy.d/a.json:1"), "check.late_ms": ("7", "policy.d/B.json:1")},
         hints=["policy.d/10.json:1: check.workers: hint: stands over policy.json:1, where it is 1",
                "policy.d/9.json:1: check.workers: hint: stands over policy.d/10.json:1, where it is 5",
                "policy.d/B.json:1: check.workers: hint: stands over policy.d/9.json:1, where it is 6",
                "policy.d/a.json:1: check.workers: hint: stands over policy.d/B.json:1, where it is 2"]),
    Good("what editors and package managers leave", {
        MAIN: '{"check": {"workers": 1}}',
        "policy.d/.a.json": "{",
        "policy.d/a.json~": "{",
        "policy.d/a.json.rpmnew": "{",
        "policy.d/a.txt": "{",
        "policy.d/.json": "{",
        "policy.d/README": "ours",
    }, {"check.workers": ("1", "policy.json:1")}),
    Good("16 drop-ins", {MAIN: "{}", **{f"policy.d/{i:02}.json": "{}" for i in range(15)},
                         "policy.d/99.json": '{"receipt": {"keep": 16}}'}, {"receipt.keep": ("16", "policy.d/99.json:1")}),
    Good("a drop-in that makes the main file fit", {MAIN: '{"check": {"budget_ms": 900}}',
                                                    "policy.d/a.json": '{"check": {"open_ms": 500, "rail_ms": 800}}'},
         {"check.budget_ms": ("900", "policy.json:1"), "check.open_ms": ("500", "policy.d/a.json:1"),
          "check.rail_ms": ("800", "policy.d/a.json:1")}),
    Good("a drop-in that says the same", {MAIN: '{"recover": {"lift": true}}', "policy.d/a.json": '{"recover": {"lift": true}}'},
         {"recover.lift": ("true", "policy.d/a.json:1")},
         hints=["policy.d/a.json:1: recover.lift: hint: says what policy.json:1 says"]),
    Good("no limit", {MAIN: '{"limit": {"partition_percent": 100}}'}, {"limit.partition_percent": ("100", "policy.json:1")},
         hints=["policy.json:1: limit.partition_percent: hint: no limit bounds what action.faulty = drain may take away: a mistake in "
                "a policy could drain every node"]),
    Good("no limit, and no drain", {MAIN: '{"limit": {"partition_percent": 100}, "action": {"faulty": "warn"}}'},
         {"limit.partition_percent": ("100", "policy.json:1"), "action.faulty": ("warn", "policy.json:1")}),
    Good("no health check", {MAIN: '{"health": {"interval_s": 0}, "check": {"cache_ttl_s": 0}}'},
         {"health.interval_s": ("0", "policy.json:1"), "check.cache_ttl_s": ("0", "policy.json:1")},
         hints=["policy.json:1: health.interval_s: hint: 0: the health check tests nothing, so that recover.lift returns no node",
                "policy.json:1: check.cache_ttl_s: hint: 0: every job waits for a test of all rails, also one that follows another "
                "at once"]),
    Good("a dry run", {MAIN: '{"action": {"enforce": false}}'}, {"action.enforce": ("false", "policy.json:1")}),
    Good("a dry run of limits", {MAIN: '{"action": {"enforce": false},\n"limit": {"cluster_nodes": 4}}'},
         {"action.enforce": ("false", "policy.json:1"), "limit.cluster_nodes": ("4", "policy.json:2")},
         hints=["policy.json:1: action.enforce: hint: false: nothing is done about any verdict, so that limit.cluster_nodes only shows "
                "in the log"]),
    Good("a layout of the site's own", {MAIN: '{"layout": {"declared": "ours", "default": "ours", "allow": ["ours", "any"]}}',
                                        "layouts.json": '{"$schema": "x", "layouts": [{"name": "ours", "extends": "efa-only"}]}',
                                        "instance-types.json": '{"$schema": "x", "types": [{"name": "a.b", "extends": "p5.48xlarge"}]}',
                                        "environment.json": '{"$schema": "x", "environment": []}'},
         {"layout.declared": ("ours", "policy.json:1"), "layout.default": ("ours", "policy.json:1"),
          "layout.allow": ("ours,any", "policy.json:1")}),
    Good("a rule for a partition", {MAIN: """{
  "layout": {"default": "efa-only", "allow_none": false},
  "jobs": [
    {"when": {"partition": ["debug", "build"]},
     "layout": {"default": "any"}, "check": {"ceiling": "quick"}},
    {"when": {"group": "fabric-admins"},
     "layout": {"allow_none": true}},
    {"when": {"account": "climate", "qos": "urgent"},
     "check": {"floor": "full"}}
  ]
}
"""},
         {"layout.default": ("efa-only", "policy.json:2"), "layout.allow_none": ("false", "policy.json:2")},
         rules=["jobs[0].when = partition debug|build  policy.json:4", "jobs[0].layout.default = any  policy.json:5",
                "jobs[0].check.ceiling = quick  policy.json:5", "jobs[1].when = group fabric-admins  policy.json:6",
                "jobs[1].layout.allow_none = true  policy.json:7", "jobs[2].when = account climate, qos urgent  policy.json:8",
                "jobs[2].check.floor = full  policy.json:9"],
         jobs={"": {}, "partition=gpu user=debug": {},
               "partition=build": {"layout.default": ("any", "policy.json:5"), "check.ceiling": ("quick", "policy.json:5")},
               "partition=builds": {}, "account=climate": {}, "account=climate qos=normal": {},
               "account=climate qos=urgent": {"check.floor": ("full", "policy.json:9")},
               "group=users,fabric-admins": {"layout.allow_none": ("true", "policy.json:7")},
               "group=fabric-admins2": {},
               "partition=debug group=fabric-admins account=climate qos=urgent": {
                   "layout.default": ("any", "policy.json:5"), "check.ceiling": ("quick", "policy.json:5"),
                   "layout.allow_none": ("true", "policy.json:7"), "check.floor": ("full", "policy.json:9")}},
         hints=["policy.json:8: jobs[2]: hint: contradicts jobs[0] for jobs for which both hold: policy.json:9: check.floor: full is "
                "more than check.ceiling, which is quick"]),
    Good("a later rule stands over an earlier one", {MAIN: """{"jobs": [
{"when": {"partition": ["a", "b"]}, "check": {"floor": "quick", "default": "quick"}},
{"when": {"partition": "b"}, "check": {"floor": "full"}},
{"when": {"partition": "b", "user": ["root", "u"]}, "check": {"floor": "cached"}, "environment": {"set": false}}]}
"""},
         rules=["jobs[0].when = partition a|b  policy.json:2", "jobs[0].check.default = quick  policy.json:2",
                "jobs[0].check.floor = quick  policy.json:2", "jobs[1].when = partition b  policy.json:3",
                "jobs[1].check.floor = full  policy.json:3", "jobs[2].when = partition b, user root|u  policy.json:4",
                "jobs[2].check.floor = cached  policy.json:4", "jobs[2].environment.set = false  policy.json:4"],
         jobs={"partition=a user=u": {"check.default": ("quick", "policy.json:2"), "check.floor": ("quick", "policy.json:2")},
               "partition=b": {"check.default": ("quick", "policy.json:2"), "check.floor": ("full", "policy.json:3")},
               "partition=b user=u": {"check.default": ("quick", "policy.json:2"), "check.floor": ("cached", "policy.json:4"),
                                      "environment.set": ("false", "policy.json:4")},
               "user=u": {}}),
    Good("rules of several files", {
        MAIN: '{"jobs": [{"when": {"user": "u"}, "environment": {"affinity": "numa"}}]}',
        "policy.d/1.json": '{"layout": {"rails": "50%"}}',
        "policy.d/2.json": '{"jobs": [{"when": {"user": "u"},\n"environment": {"affinity": "gpu", "set": false}}]}',
    }, {"layout.rails": ("50%", "policy.d/1.json:1")},
         rules=["jobs[0].when = user u  policy.json:1", "jobs[0].environment.affinity = numa  policy.json:1",
                "jobs[1].when = user u  policy.d/2.json:1", "jobs[1].environment.affinity = gpu  policy.d/2.json:2",
                "jobs[1].environment.set = false  policy.d/2.json:2"],
         jobs={"user=u": {"environment.affinity": ("gpu", "policy.d/2.json:2"), "environment.set": ("false", "policy.d/2.json:2")},
               "user=v": {}},
         hints=["policy.json:1: jobs[0]: hint: never decides: jobs[1], in line 1, holds for the same jobs and stands over it; the more "
                "special rule has to come last"]),
    Good("rules that are not known to hold", {MAIN: '{"jobs": [{"when": {"qos": "high", "reservation": "r"}, "layout": {"rails": 2}}]}'},
         rules=["jobs[0].when = qos high, reservation r  policy.json:1", "jobs[0].layout.rails = 2  policy.json:1"],
         jobs={"qos=? reservation=r": {"unknown qos": ("", "")}, "qos=? reservation=": {}, "qos=high reservation=?": {"unknown reservation": ("", "")},
               "qos=high reservation=r": {"layout.rails": ("2", "policy.json:1")}}),
    Good("rules that contradict each other", {MAIN: """{"jobs": [
{"when": {"user": "u"}, "layout": {"allow": ["efa-only", "any"]}},
{"when": {"partition": "p"}, "layout": {"default": "all-efa"}},
{"when": {"user": "v"}, "layout": {"default": "all-efa", "allow": ["all-efa"]}},
{"when": {"account": "a"}, "layout": {"default": "any"}}]}
"""},
         rules=["jobs[0].when = user u  policy.json:2", "jobs[0].layout.allow = efa-only,any  policy.json:2",
                "jobs[1].when = partition p  policy.json:3", "jobs[1].layout.default = all-efa  policy.json:3",
                "jobs[2].when = user v  policy.json:4", "jobs[2].layout.default = all-efa  policy.json:4",
                "jobs[2].layout.allow = all-efa  policy.json:4", "jobs[3].when = account a  policy.json:5",
                "jobs[3].layout.default = any  policy.json:5"],
         jobs={"user=u partition=p": {"layout.allow": ("efa-only,any", "policy.json:2"), "layout.default": ("all-efa", "policy.json:3")}},
         hints=["policy.json:3: jobs[1]: hint: contradicts jobs[0] for jobs for which both hold: policy.json:3: layout.default: all-efa "
                "is not among layout.allow, which is efa-only,any; every job that asks for nothing would be refused",
                "policy.json:5: jobs[3]: hint: contradicts jobs[2] for jobs for which both hold: policy.json:5: layout.default: any is "
                "not among layout.allow, which is all-efa; every job that asks for nothing would be refused"]),
    Good("a rule that changes nothing", {MAIN: '{"jobs": [{"when": {"user": "u"}, "check": {"floor": "cached"}},\n'
                                               '{"when": {"user": "u"}, "layout": {"rails": "per-gpu:9"}}]}'},
         rules=["jobs[0].when = user u  policy.json:1", "jobs[0].check.floor = cached  policy.json:1",
                "jobs[1].when = user u  policy.json:2", "jobs[1].layout.rails = per-gpu:9  policy.json:2"],
         jobs={"user=u": {"check.floor": ("cached", "policy.json:1"), "layout.rails": ("per-gpu:9", "policy.json:2")}},
         hints=["policy.json:1: jobs[0]: hint: sets only what holds for every job without it",
                "policy.json:2: layout.rails: hint: no instance type can offer per-gpu:9: the most is 4 for each accelerator"]),
)  # fmt: skip
