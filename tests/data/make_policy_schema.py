#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Print policy.schema.json: what the settings of efa-layout are called, may be, are by default and mean, in the program's own words.

    tests/data/make_policy_schema.py build/prolog/tool/efa-layout > etc/schema/policy.schema.json
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import Any

NAME = "^[A-Za-z0-9][A-Za-z0-9._-]{0,30}$"
RAILS = "([1-9]|[1-5][0-9]|6[0-4])"
GROUPS = {
    "layout": "What nodes have, and what jobs get and may ask for.",
    "check": "How nodes are checked.",
    "action": "What follows from a result.",
    "limit": "How many nodes may be drained by efa-layout at once.",
    "recover": "How nodes come back.",
    "health": "What the health check does between jobs.",
    "receipt": "What is kept of what jobs did.",
    "environment": "What tasks get.",
}
CONDITIONS = {
    "partition": "Partition of the job.",
    "account": "Account of the job.",
    "qos": "Quality of service of the job.",
    "reservation": "Reservation in which the job runs.",
    "user": "User of the job.",
    "group": "Any group of the job's user.",
}
# Names that are layouts nowhere.
NO_LAYOUT = {"declared": ["any", "none"], "default": ["auto", "help"]}


def value(setting: dict[str, Any]) -> dict[str, Any]:
    """The schema of one setting."""
    group, name = setting["name"].split(".")
    words = {"description": setting["text"][0].upper() + setting["text"][1:] + "."}
    if setting["type"] == "boolean":
        return {**words, "type": "boolean"}
    if setting["type"] == "integer":
        return {**words, "type": "integer", "minimum": setting["min"], "maximum": setting["max"]}
    if setting["type"] == "word":
        return {**words, "enum": setting["words"]}
    if setting["type"] == "name":
        refused = NO_LAYOUT.get(name) if group == "layout" else None
        return {**words, "$ref": "#/$defs/name", **({"not": {"enum": refused}} if refused else {})}
    if setting["type"] == "names":
        one = {"$ref": "#/$defs/name", "not": {"const": "none"}}
        return {**words, "anyOf": [one, {"type": "array", "minItems": 1, "maxItems": 16, "items": one}]}
    if setting["type"] == "rails":
        pattern = f"^(all|0*{RAILS}|0*([1-9]|[1-9][0-9]|100)%|per-gpu:0*{RAILS})$"
        text = {"type": "string", "maxLength": 15, "pattern": pattern}
        return {**words, "anyOf": [{"type": "integer", "minimum": 1, "maximum": 64}, text]}
    raise ValueError(f"{setting['name']}: a type without schema: {setting['type']}")


def preset(setting: dict[str, Any]) -> Any:
    text = setting["default"]
    return json.loads(text) if setting["type"] in ("boolean", "integer") else text


def group(settings: list[dict[str, Any]], name: str, of_jobs: bool) -> dict[str, Any]:
    properties = {}
    for setting in settings:
        if setting["name"].split(".")[0] == name and (setting["of_jobs"] or not of_jobs):
            default = {} if of_jobs else {"default": preset(setting)}
            properties[setting["name"].split(".")[1]] = {"$ref": f"#/$defs/{setting['name']}", **default}
    return {"description": GROUPS[name], "type": "object", "additionalProperties": False, "properties": properties}


def rule(settings: list[dict[str, Any]]) -> dict[str, Any]:
    names = [name for name in GROUPS if any(s["of_jobs"] and s["name"].startswith(name + ".") for s in settings)]
    return {
        "title": "Rule",
        "description": "Settings for the jobs that meet all conditions. Where several rules hold, a later one stands over an earlier one.",
        "type": "object",
        "required": ["when"],
        "additionalProperties": False,
        "properties": {"when": {"$ref": "#/$defs/when"}, **{name: group(settings, name, True) for name in names}},
        "anyOf": [{"required": [name], "properties": {name: {"minProperties": 1}}} for name in names],
    }


def schema(settings: list[dict[str, Any]]) -> dict[str, Any]:
    one = {"type": "string", "minLength": 1, "maxLength": 63, "pattern": "^[^,\\u0000-\\u001f\\u007f-\\u009f]*$"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:efa-layout:schema:policy",
        "title": "Policy of efa-layout",
        "description": "What a site's nodes should have, how they are checked and what follows: /etc/efa-layout/policy.json, and "
        "over it each file of /etc/efa-layout/policy.d. See efa-layout-policy(5). Left to the program: repeated keys, names of "
        "layouts that do not exist, and settings that contradict each other.",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "$schema": {"description": "Where this schema is, for editors; the program does not read it.", "type": "string"},
            **{name: group(settings, name, False) for name in GROUPS},
            "jobs": {"title": "Settings for some jobs", "type": "array", "maxItems": 32, "items": {"$ref": "#/$defs/rule"}},
        },
        "examples": [
            {
                "layout": {"declared": "efa-only", "allow_none": False},
                "check": {"budget_ms": 15000, "late_ms": 5000},
                "action": {"fabric": "refuse"},
                "jobs": [{"when": {"partition": ["debug", "build"]}, "layout": {"allow_none": True}}],
            }
        ],
        "$defs": {
            "name": {
                "title": "Name",
                "description": "Letters, digits, dots, dashes and underscores, the first one a letter or digit.",
                "type": "string",
                "pattern": NAME,
            },
            "names": {"title": "Names", "anyOf": [one, {"type": "array", "minItems": 1, "maxItems": 16, "items": one}]},
            "when": {
                "title": "Conditions",
                "description": "All must hold; of a list one name has to fit.",
                "type": "object",
                "minProperties": 1,
                "additionalProperties": False,
                "properties": {name: {"description": text, "$ref": "#/$defs/names"} for name, text in CONDITIONS.items()},
            },
            "rule": rule(settings),
            **{setting["name"]: value(setting) for setting in settings},
        },
    }


def text_of(document: Any) -> str:
    """Indented, but what is short on one line."""
    text = json.dumps(document, indent=2, ensure_ascii=False)
    for _ in range(3):
        text = re.sub(r"([\[{])\n\s*([^\[\]{}\n]*(?:\n[^\[\]{}\n]*)*?)\n\s*([\]}])", short, text)
    return text + "\n"


def short(match: re.Match[str]) -> str:
    inside = re.sub(r"\s*\n\s*", " ", match[2])
    return match[1] + inside + match[3] if len(inside) < 80 else match[0]


def main() -> None:
    empty = "/nonexistent"
    argv = [sys.argv[1], "policy", "show", "--json", "--site-dir", empty]
    run = subprocess.run(argv, capture_output=True, text=True, check=True)
    print(text_of(schema(json.loads(run.stdout)["settings"])), end="")


if __name__ == "__main__":
    main()
