# SPDX-License-Identifier: Apache-2.0
"""Policies that are wrong, each with what is said about it, word for word."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Bad:
    """A site's files by their names; said: all complaints; schema: a JSON Schema can say so, too."""

    about: str
    files: dict[str, str | bytes]
    said: list[str]
    schema: bool = field(default=False)


def bad(about: str, text: str | bytes, *said: str, schema: bool = False) -> Bad:
    """One policy.json."""
    return Bad(about, {"policy.json": text}, [f"policy.json:{line}" for line in said], schema)


def shape(about: str, text: str, *said: str) -> Bad:
    """One that a schema refuses, too."""
    return bad(about, text, *said, schema=True)


def several(about: str, *said: str, **files: str) -> Bad:
    """main= for policy.json, a= and so on for policy.d/a.json."""
    return Bad(about, {"policy.json" if name == "main" else f"policy.d/{name}.json": text for name, text in files.items()}, list(said))


def rule(when: Any = None, **groups: Any) -> dict[str, Any]:
    return {"when": {"user": "u"} if when is None else when, **groups}


def jobs(*rules: Any) -> str:
    return json.dumps({"jobs": rules})


QUICK = {"check": {"floor": "quick"}}

SYNTAX = (
    bad("an empty file", "",
        "1: not valid JSON: the text ends too early, nothing is in it"),
    bad("blanks alone", "\n\n  \n",
        "4: not valid JSON: the text ends too early, nothing is in it"),
    bad("an object that is not closed", '{"check": {"late_ms": 0}\n',
        "2: not valid JSON: the text ends too early, a bracket or quote is not closed"),
    bad("a string that is not closed", '{"check": {"provider": "efa}}\n',
        "2: not valid JSON: the text ends too early, a bracket or quote is not closed"),
    bad("a comma too many in an object", '{\n  "check": {\n    "late_ms": 0,\n  }\n}\n',
        "3: not valid JSON: a comma before the closing bracket; remove it"),
    bad("a comma too many in a list", '{"layout": {"allow": ["any",]}}',
        "1: not valid JSON: a comma before the closing bracket; remove it"),
    bad("a missing comma", '{\n  "check": {"late_ms": 0}\n  "health": {}\n}',
        "2: not valid JSON: a comma is missing behind this"),
    bad("a missing colon", '{"check" {"late_ms": 0}}',
        "1: not valid JSON: object property name separator ':' expected, at \"{\"late_ms\": 0}}\""),
    bad("a key alone", '{"check"}',
        "1: not valid JSON: object property name separator ':' expected, at \"}\""),
    bad("a bracket of the other kind", '{"layout": {"allow": ["any"}}',
        "1: not valid JSON: array value separator ',' expected, at \"}}\""),
    bad("a comment", '{\n  // late devices\n  "check": {"late_ms": 5000}\n}',
        "2: not valid JSON: JSON has no comments; remove this one"),
    bad("a comment of a shell", '# ours\n{"check": {"late_ms": 5000}}',
        "1: not valid JSON: JSON has no comments; remove this one"),
    bad("a comment behind a value", '{"check": {"workers": 3 /* half */}}',
        "1: not valid JSON: JSON has no comments; remove this one"),
    bad("a key without quotes", '{check: {"late_ms": 0}}',
        "1: not valid JSON: a word that is none of true, false and null; keys and strings stand in double quotes"),
    bad("a key in single quotes", "{'check': {\"late_ms\": 0}}",
        "1: keys stand in double quotes"),
    bad("a string in single quotes", "{\"check\": {\"provider\": 'efa'}}",
        "1: not valid JSON: keys and strings stand in double quotes"),
    bad("a word that is cut", '{"recover": {"lift": tru}}',
        "1: not valid JSON: a word that is none of true, false and null; keys and strings stand in double quotes"),
    bad("a word of another language", '{"recover": {"lift": True}}',
        "1: not valid JSON: a word that is none of true, false and null; keys and strings stand in double quotes"),
    bad("no number", '{"check": {"late_ms": NaN}}',
        "1: check.late_ms: not a JSON value"),
    bad("a number with a zero before it", '{"check": {"budget_ms": 09000}}',
        "1: not valid JSON: a number with a zero before it"),
    bad("a number with a plus", '{"check": {"late_ms": +5}}',
        '1: not valid JSON: unexpected character, at "+5}}"'),
    bad("a backslash in front of a letter", '{"check": {"provider": "e\\fa\\q"}}',
        "1: not valid JSON: a backslash that begins no escape of JSON"),
    bad("a string over two lines", '{"check": {"provider": "e\nfa"}}',
        "1: check.provider: a string with a control character"),
    bad("a second document", '{"check": {"late_ms": 0}}\n{"check": {"late_ms": 1}}\n',
        '2: not valid JSON: unexpected character, at "{"check": {"late"'),
    bad("a bracket too many", '{"check": {"late_ms": 0}}}',
        '1: not valid JSON: unexpected character, at "}"'),
    bad("no JSON at all", "check.late_ms = 5000\n",
        "1: not valid JSON: a word that is none of true, false and null; keys and strings stand in double quotes"),
    bad("nested too deep", "[" * 40,
        '1: not valid JSON: nesting too deep, at "[[[[[[[[[[[[[["'),
)

ENCODING = (
    bad("a byte order mark", b"\xef\xbb\xbf{}",
        "1: not valid JSON: it begins with a byte order mark; save it as UTF-8 without one"),
    bad("Latin-1", b'{"check": {\n"provider": "\xe9fa"}}',
        "2: not valid JSON: a byte that is no UTF-8"),
    bad("UTF-16", '{"check": {}}'.encode("utf-16-le"),
        "1: contains a NUL byte"),
    bad("a NUL byte", b'{"check":\n{"late_ms": 0\0}}',
        "2: contains a NUL byte"),
    shape("a NUL in a string", '{"check": {"provider": "efa\\u0000x"}}',
        "1: check.provider: a string with a NUL character"),
    shape("a terminal's escape in a string", '{"check": {"provider": "efa\\u001b[2J"}}',
        "1: check.provider: a string with a control character"),
    bad("a key with an escape", '{"ch\\u0065ck": {"late_ms": 0}}',
        "1: a key must be plain text of 1 to 63 characters"),
    bad("larger than a policy may be", '{"check": {"late_ms": 0}}' + " " * (1 << 20),
        " larger than 1048576 bytes"),
)

SHAPE = (
    shape("a list", "[]",
        "1: expected an object, found a list"),
    shape("a text", '"efa-only"',
        '1: expected an object, found "efa-only"'),
    shape("a group that is a list", '{"check": []}',
        "1: check: expected an object with settings, found a list"),
    shape("a group that is nothing", '{"check": null}',
        "1: check: expected an object with settings, found null"),
    shape("a number as a text", '{"check": {\n"budget_ms": "9000"}}',
        '2: check.budget_ms: expected an integer from 500 to 600000, found "9000"'),
    shape("a fraction", '{"check": {"budget_ms": 9000.5}}',
        "1: check.budget_ms: expected an integer from 500 to 600000, found 9000.5"),
    bad("a number with an exponent", '{"check": {"budget_ms": 9e3}}',
        "1: check.budget_ms: expected an integer from 500 to 600000, found 9e3"),
    shape("truth as a text", '{"layout": {"allow_none": "no"}}',
        '1: layout.allow_none: expected true or false, found "no"'),
    shape("truth as a number", '{"action": {"enforce": 0}}',
        "1: action.enforce: expected true or false, found 0"),
    shape("a layout that is a list", '{"layout": {"declared": ["efa-only"]}}',
        "1: layout.declared: expected a string, found a list"),
    shape("a name with a blank", '{"layout": {"declared": "efa only"}}',
        '1: layout.declared: expected a name of letters, digits, dots, dashes and underscores, found "efa only"'),
    shape("a name too long", json.dumps({"layout": {"default": "e" * 32}}),
        "1: layout.default: expected 1 to 31 characters, found 32"),
    shape("an empty name", '{"check": {"provider": ""}}',
        "1: check.provider: expected 1 to 31 characters, found 0"),
    shape("the place of a schema that is a number", '{"$schema": 1}',
        "1: $schema: expected a string, the place of a JSON Schema"),
    shape("the place of a schema inside of a group", '{"check": {"$schema": "x"}}',
        "1: check.$schema: unknown key; there are budget_ms, open_ms, rail_ms, late_ms, workers, "
        "cache_ttl_s, provider, default, floor, ceiling, latency_us, bandwidth_mib_s, rdma_read, pairs"),
)

RANGE = (
    shape("a budget too small", '{"check": {"budget_ms": 499}}',
        "1: check.budget_ms: expected an integer from 500 to 600000, found 499"),
    shape("a budget too large", '{"check": {"budget_ms": 600001}}',
        "1: check.budget_ms: expected an integer from 500 to 600000, found 600001"),
    shape("a budget below zero", '{"check": {"budget_ms": -1}}',
        "1: check.budget_ms: expected an integer from 500 to 600000, found -1"),
    shape("a number larger than any", '{"check": {"budget_ms": 99999999999999999999}}',
        "1: check.budget_ms: expected an integer from 500 to 600000, found 99999999999999999999"),
    shape("no strike", '{"recover": {"strikes": 0}}',
        "1: recover.strikes: expected an integer from 1 to 1000, found 0"),
    shape("a share of nothing", '{"limit": {"cluster_percent": 0}}',
        "1: limit.cluster_percent: expected an integer from 1 to 100, found 0"),
    shape("no rail", '{"layout": {"rails": 0}}',
        "1: layout.rails: expected an integer from 1 to 64, found 0"),
    shape("too many rails", '{"layout": {"rails": 65}}',
        "1: layout.rails: expected an integer from 1 to 64, found 65"),
    shape("a share above all", '{"layout": {"rails": "101%"}}',
        '1: layout.rails: expected all, a number of rails, a share such as 50% or per-gpu: and a number, found "101%"'),
    shape("a wish in other words", '{"layout": {"rails": "per-card:2"}}',
        '1: layout.rails: expected all, a number of rails, a share such as 50% or per-gpu: and a number, found "per-card:2"'),
    shape("an empty list of layouts", '{"layout": {"allow": []}}',
        '1: layout.allow: an empty list allows nothing; for everything say "all"'),
    shape("more layouts than a list may have", json.dumps({"layout": {"allow": [f"l{i}" for i in range(17)]}}),
        "1: layout.allow: 17 entries, at most 16 are allowed"),
    bad("layouts that are too long together", json.dumps({"layout": {"allow": ["l" * 29 + f"{i:02}" for i in range(9)]}}),
        "1: layout.allow: the names are too long together"),
    shape("none among the layouts", '{"layout": {"allow": ["any", "none"]}}',
        "1: layout.allow[1]: none is layout.allow_none's to allow"),
)

WORDS = (
    shape("an action that is none", '{"action": {"faulty": "drian"}}',
        '1: action.faulty: expected one of allow, warn, drain, refuse, drain-after, found "drian"; did you mean "drain"?'),
    shape("an action far from all", '{"action": {"faulty": "reboot"}}',
        '1: action.faulty: expected one of allow, warn, drain, refuse, drain-after, found "reboot"'),
    shape("drain where nothing could be tested", '{"action": {"unknown": "drain"}}',
        '1: action.unknown: expected one of allow, warn, refuse, found "drain"'),
    shape("refuse where there are warnings", '{"action": {"degraded": "refuse"}}',
        '1: action.degraded: expected one of allow, warn, drain, drain-after, found "refuse"'),
    shape("a depth that is none", '{"check": {"floor": "ful"}}',
        '1: check.floor: expected one of cached, quick, full, found "ful"; did you mean "full"?'),
    shape("auto as a floor", '{"check": {"floor": "auto"}}',
        '1: check.floor: expected one of cached, quick, full, found "auto"'),
    shape("an affinity that is none", '{"environment": {"affinity": "gpus"}}',
        '1: environment.affinity: expected one of auto, gpu, numa, spread, all, none, found "gpus"; did you mean "gpu"?'),
)

KEYS = (
    shape("a group misspelled", '{"layuot": {"default": "any"}}',
        '1: layuot: unknown key; did you mean "layout"?'),
    shape("a group far from all", '{"nodes": {}}',
        "1: nodes: unknown key; there are layout, check, action, limit, recover, health, receipt, environment, jobs"),
    shape("a setting misspelled", '{"check": {"budgets_ms": 9000}}',
        '1: check.budgets_ms: unknown key; did you mean "budget_ms"?'),
    shape("a setting without its unit", '{"check": {"cache_ttl": 60}}',
        '1: check.cache_ttl: unknown key; did you mean "cache_ttl_s"?'),
    shape("a setting of another group", '{"layout": {"budget_ms": 9000}}',
        '1: layout.budget_ms: unknown key; there is one in "check"'),
    shape("a setting without its group", '{"declared": "efa-only"}',
        '1: declared: unknown key; there is one in "layout"'),
    shape("a setting by its full name", '{"check.budget_ms": 9000}',
        '1: check.budget_ms: unknown key; it is "budget_ms" inside of "check"'),
    bad("a group twice", '{\n"check": {"late_ms": 0},\n"check": {"workers": 1}\n}',
        "3: check: this key was given before, in line 2; remove one"),
    bad("a setting twice", '{"check": {"late_ms": 0,\n"late_ms": 1}}',
        "2: check.late_ms: this key was given before, in line 1; remove one"),
    bad("all that is wrong", '{\n"check": {"budget_ms": "x"},\n"recover": {"late": 1},\n"action": {"faulty": "drian"},\n"limits": {}\n}',
        '5: limits: unknown key; did you mean "limit"?',
        '2: check.budget_ms: expected an integer from 500 to 600000, found "x"',
        '4: action.faulty: expected one of allow, warn, drain, refuse, drain-after, found "drian"; did you mean "drain"?',
        "3: recover.late: unknown key; there are lift, strikes", schema=True),
)

TOGETHER = (
    bad("a device that opens longer than the budget", '{"check": {"budget_ms": 900,\n"open_ms": 1000, "rail_ms": 100}}',
        "2: check.open_ms: 1000 is more than check.budget_ms, which is 900; a device must open inside the budget"),
    bad("a budget below what a device has by default", '{"check": {"budget_ms": 900}}',
        "1: check.open_ms: 1000 is more than check.budget_ms, which is 900; a device must open inside the budget"),
    bad("a rail that takes longer than the budget", '{"check": {"budget_ms": 1500}}',
        "1: check.rail_ms: 2000 is more than check.budget_ms, which is 1500; a rail must be tested inside the budget"),
    bad("late devices that use up the budget", '{"check": {"late_ms": 10000}}',
        "1: check.late_ms: 10000 leaves no time for a test inside check.budget_ms, which is 10000"),
    bad("none by default, and not allowed", '{"layout": {"default": "none",\n"allow_none": false}}',
        "1: layout.default: none contradicts layout.allow_none, which is false; allow none, or choose another default"),
    bad("a default that is not allowed", '{"layout": {"default": "any",\n"allow": ["efa-only"]}}',
        "1: layout.default: any is not among layout.allow, which is efa-only; every job that asks for nothing would be refused"),
    bad("all layouts and a default that is help", '{"layout": {"default": "help"}}',
        "1: layout.default: \"help\" is no layout; choose any, none or a layout's name", schema=True),
    bad("auto as a default", '{"layout": {"default": "auto"}}',
        "1: layout.default: \"auto\" is no layout; choose any, none or a layout's name", schema=True),
    bad("any as what nodes have", '{"layout": {"declared": "any"}}',
        "1: layout.declared: \"any\" is no layout; choose auto or a layout's name", schema=True),
    bad("a floor above the ceiling", '{"check": {"ceiling": "quick",\n"floor": "full"}}',
        "2: check.floor: full is more than check.ceiling, which is quick"),
)

NAMES = (
    bad("a layout that does not exist, near one", '{"layout": {"declared": "efa-onyl"}}',
        '1: layout.declared: there is no layout "efa-onyl"; did you mean "efa-only"?'),
    bad("a layout that does not exist, far from all", '{"layout": {"declared": "ours"}}',
        '1: layout.declared: there is no layout "ours"'),
    bad("a default that does not exist", '{"layout": {"default": "single2"}}',
        '1: layout.default: there is no layout "single2"; did you mean "single"?'),
    bad("one of several that does not exist", '{"layout": {"allow": ["any",\n"efa-only", "al-efa"]}}',
        '1: layout.allow: there is no layout "al-efa"; did you mean "all-efa"?'),
    bad("a layout of a rule that does not exist", '{"jobs": [{"when": {"user": "u"},\n"layout": {"default": "efa_only"}}]}',
        '2: layout.default: there is no layout "efa_only"; did you mean "efa-only"?'),
)

RULES = (
    shape("rules that are an object", '{"jobs": {}}',
        "1: jobs: expected a list, found an object"),
    shape("a rule that is a text", jobs("x"),
        '1: jobs[0]: expected an object, a rule, found "x"'),
    shape("a rule without conditions", jobs(QUICK),
        '1: jobs[0]: the key "when" is missing'),
    shape("conditions that are a list", jobs(rule([], **QUICK)),
        "1: jobs[0].when: expected an object with conditions, found a list"),
    shape("no condition", jobs(rule({}, **QUICK)),
        '1: jobs[0].when: no condition; what holds for every job stands outside of "jobs"'),
    shape("a condition misspelled", jobs(rule({"partitoin": "p"}, **QUICK)),
        '1: jobs[0].when.partitoin: unknown key; did you mean "partition"?'),
    shape("an empty list of names", jobs(rule({"user": []}, **QUICK)),
        "1: jobs[0].when.user: an empty list holds for no job"),
    shape("a name with a comma", jobs(rule({"user": "a,b"}, **QUICK)),
        "1: jobs[0].when.user: a name with a comma; several names are a list"),
    shape("an empty name in a condition", jobs(rule({"user": ""}, **QUICK)),
        "1: jobs[0].when.user: expected 1 to 63 characters, found 0"),
    shape("a number as a user", jobs(rule({"user": 1000}, **QUICK)),
        "1: jobs[0].when.user: expected a string, found 1000"),
    shape("a name of 64 characters", jobs(rule({"account": "a" * 64}, **QUICK)),
        "1: jobs[0].when.account: expected 1 to 63 characters, found 64"),
    shape("17 names", jobs(rule({"user": [f"u{i}" for i in range(17)]}, **QUICK)),
        "1: jobs[0].when.user: 17 entries, at most 16 are allowed"),
    shape("a rule that sets nothing", jobs(rule()),
        "1: jobs[0]: the rule sets nothing"),
    shape("a rule with an empty group", jobs(rule(check={})),
        "1: jobs[0]: the rule sets nothing"),
    shape("a rule with another group", jobs(rule(action={"faulty": "warn"})),
        "1: jobs[0].action: unknown key; there are when, layout, check, environment"),
    shape("a rule with a setting of nodes", jobs(rule(check={"budget_ms": 9000})),
        '1: jobs[0].check.budget_ms: unknown key: it is for nodes, not for some jobs; it stands outside of "jobs"'),
    shape("a rule that declares a layout", jobs(rule(layout={"declared": "efa-only"})),
        '1: jobs[0].layout.declared: unknown key: it is for nodes, not for some jobs; it stands outside of "jobs"'),
    shape("a rule with a wrong word", jobs(rule(check={"ceiling": "fast"})),
        '1: jobs[0].check.ceiling: expected one of cached, quick, full, found "fast"'),
    bad("a rule that contradicts the site", '{"layout": {"allow_none": false},\n"jobs": [{"when": {"user": "u"},\n"layout": {"default": "none"}}]}',
        "3: layout.default: none contradicts layout.allow_none, which is false; allow none, or choose another default (with the rule for jobs at policy.json:2)"),
    bad("a rule that contradicts itself", '{"jobs": [\n{"when": {"user": "u"}, "check": {"floor": "full", "ceiling": "quick"}}]}',
        "2: check.floor: full is more than check.ceiling, which is quick (with the rule for jobs at policy.json:2)"),
    shape("33 rules", jobs(*(rule(**QUICK) for _ in range(33))),
        "1: jobs: 33 entries, at most 32 are allowed"),
    bad("names that are too long together", jobs(*(rule({"user": [f"{i:02}" + "u" * 55 for i in range(16)]}, **QUICK) for _ in range(9))),
        "1: jobs[8].when.user: the rules for jobs have more than 8192 bytes"),
    shape("several rules that are wrong", '{"jobs": [{"when": {"usr": "u"}, "check": {"floor": "quick"}},\n{"when": {"user": "u"}, "check": {"floor": 1}},\n7]}',
        '1: jobs[0].when.usr: unknown key; did you mean "user"?',
        "2: jobs[1].check.floor: expected one of cached, quick, full, found 1",
        "3: jobs[2]: expected an object, a rule, found 7"),
)

FILES = (
    several("a drop-in that is wrong",
            'policy.d/a.json:1: recover.strike: unknown key; did you mean "strikes"?',
            "policy.d/a.json:1: recover.late: unknown key; there are lift, strikes", main="{}", a='{"recover": {"strike": 1, "late": 1}}'),
    several("several files that are wrong",
            "policy.json:1: recover.late: unknown key; there are lift, strikes",
            "policy.d/a.json:1: not valid JSON: the text ends too early, a bracket or quote is not closed",
            "policy.d/b.json:1: layout: expected an object with settings, found 1", main='{"recover": {"late": 1}}', a="{", b='{"layout": 1}'),
    several("a drop-in that contradicts the main file",
            "policy.d/a.json:2: check.floor: full is more than check.ceiling, which is quick", main='{"check": {"ceiling": "quick"}}', a='\n{"check": {"floor": "full"}}'),
    several("a drop-in that another contradicts",
            "policy.d/b.json:1: layout.default: none contradicts layout.allow_none, which is false; allow none, or choose another default", a='{"layout": {"allow_none": false}}', b='{"layout": {"default": "none"}}'),
    several("a rule of a drop-in that the main file contradicts",
            "policy.d/a.json:2: layout.default: efa-only is not among layout.allow, which is any; every job that asks for nothing would be refused (with the rule for jobs at policy.d/a.json:2)", main='{"layout": {"allow": ["any"]}}',
            a='{"jobs": [\n{"when": {"group": "g"}, "layout": {"default": "efa-only"}}]}'),
    several("33 rules of several files",
            "policy.d/b.json:1: jobs[12]: more than 32 rules for jobs", a=jobs(*(rule(**QUICK) for _ in range(20))), b=jobs(*(rule(**QUICK) for _ in range(13)))),
    several("too many files",
            "policy.d/f17.json: more than 17 files of settings", **{f"f{i:02}": "{}" for i in range(18)}),
    Bad("a layout that is wrong beside a policy that is right", {"policy.json": "{}", "layouts.json": '{"layouts": [{"name": "any"}]}'}, ['layouts.json:1: layouts[0].name: "any" has a meaning of its own in requests and settings, choose another name']),
    Bad("environment rules that are wrong", {"environment.json": '{"environment": [{"name": "A", "mode": "set"}]}'}, ['environment.json:1: environment[0].mode: expected one of default, force, unset, warn, found "set"; did you mean "unset"?']),
    Bad("a type that is wrong", {"instance-types.json": '{"types": [{"nam": "a.b"}]}'}, ['instance-types.json:1: types[0].nam: unknown key; did you mean "name"?']),
)  # fmt: skip

ALL = (*SYNTAX, *ENCODING, *SHAPE, *RANGE, *WORDS, *KEYS, *TOGETHER, *NAMES, *RULES, *FILES)
