# SPDX-License-Identifier: Apache-2.0
"""The metadata service answers as the real one does, and its faults are there when asked for."""

import time
import urllib.error
import urllib.request

from checks import Checks
from vnodelib.machine import Interface

from .node import load, vctl

BASE = "http://169.254.169.254/latest/"
MACS = "meta-data/network/interfaces/macs/"


def ask(path: str, method: str = "GET", timeout: float = 20, **headers: str) -> tuple[int, str]:
    """HTTP status and text; status 0 when there was no answer."""
    request = urllib.request.Request(BASE + path, method=method,
                                     headers={k.replace("_", "-"): v for k, v in headers.items()})
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as e:
        return e.code, ""
    except OSError as e:
        return 0, str(e)


def token(ttl: str = "60") -> str:
    return ask("api/token", "PUT", X_aws_ec2_metadata_token_ttl_seconds=ttl)[1]


def get(path: str, timeout: float = 20) -> tuple[int, str]:
    return ask(path, timeout=timeout, X_aws_ec2_metadata_token=get.token)  # type: ignore[attr-defined]


def access(c: Checks) -> None:
    c.same("no answer without a token", ask("meta-data/mac")[0], 401)
    c.same("no answer with a wrong token", ask("meta-data/mac", X_aws_ec2_metadata_token="x")[0], 401)
    c.same("no token without a lifetime", ask("api/token", "PUT")[0], 400)
    c.same("no token for a day", ask("api/token", "PUT",
                                     X_aws_ec2_metadata_token_ttl_seconds="86400")[0], 400)
    short = token("1")
    c.same("a token works", ask("meta-data/mac", X_aws_ec2_metadata_token=short)[0], 200)
    time.sleep(1.1)
    c.same("an old token does not", ask("meta-data/mac", X_aws_ec2_metadata_token=short)[0], 401)


def contents(c: Checks) -> None:
    machine = load()
    get.token = token()  # type: ignore[attr-defined]
    expected = {"instance-type": machine.type.name, "instance-id": machine.instance_id,
                "mac": machine.primary.mac, "placement/region": "us-east-1"}
    c.same("keys of the instance", {k: get(f"meta-data/{k}")[1] for k in expected}, expected)
    c.same("no such key", get("meta-data/nothing")[0], 404)
    macs = get(MACS)[1].split("\n")
    c.same(f"{len(machine.interfaces)} MACs, also of what is missing", sorted(macs),
           sorted(f"{i.mac}/" for i in machine.interfaces))
    several = machine.type.network_cards > 1
    wrong = [(i.mac, found) for i in machine.interfaces
             if (found := _keys(i)) != _expected(i, several)]
    c.same("keys of each interface", wrong, [])


def _keys(i: Interface) -> tuple[object, ...]:
    keys = ("device-number", "interface-id", "mac", "network-card", "local-ipv4s")
    return tuple(get(f"{MACS}{i.mac}/{key}") for key in keys)


def _expected(i: Interface, several: bool) -> tuple[object, ...]:
    absent = (404, "")
    return ((200, str(i.device)), (200, i.eni), (200, i.mac),
            (200, str(i.card)) if several else absent,
            absent if i.type == "efa-only" else (200, i.ip))


def faults(c: Checks) -> None:
    get.token = token()  # type: ignore[attr-defined]
    c.same("vctl refuses a mode that does not exist", vctl("imds", "gone")[0], 2)
    vctl("imds", "404")
    c.same("mode 404", get("meta-data/mac")[0], 404)
    vctl("imds", "slow=1")
    start = time.monotonic()
    c.same("mode slow answers", get("meta-data/mac")[0], 200)
    c.ok("mode slow is slow", time.monotonic() - start >= 1)
    vctl("imds", "silent")
    c.same("mode silent", get("meta-data/mac", timeout=1)[0], 0)
    vctl("imds", "absent")
    start = time.monotonic()
    c.same("mode absent", get("meta-data/mac")[0], 0)
    c.ok("mode absent fails at once", time.monotonic() - start < 5)
    vctl("imds", "ok")
    c.same("well again", get("meta-data/mac")[0], 200)


PARTS = [access, contents]
FAULTS = [faults]
