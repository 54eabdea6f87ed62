# SPDX-License-Identifier: Apache-2.0
"""The lab's slurm.conf: a set that works on Slurm 22.05 to 26.05 without system services."""

from __future__ import annotations

import random
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path


# Below the range from which the kernel takes ports for whoever asks for any, such as srun.
_PORTS = range(12000, 32000)


# Names that stand for ports of ours until this process ends: labs start side by side, and a daemon listens only some time later.
_reserved: list[socket.socket] = []


def _reserve(port: int) -> bool:
    """Take a port for this process. The name is one in memory: it goes with the process, whatever ends that."""
    name = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        name.bind(f"\0efa-layout-lab-port-{port}")
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as one:
            one.bind(("127.0.0.1", port))
    except OSError:
        name.close()
        return False
    _reserved.append(name)
    return True


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on, and no other lab will."""
    # Processes that are copies of one would draw the same numbers otherwise.
    candidates = random.SystemRandom().sample(_PORTS, 1000)
    found: list[int] = []
    for port in candidates:
        if len(found) == count:
            break
        if _reserve(port):
            found.append(port)
    return found


def base_settings(base: Path, port: int) -> dict[str, str]:
    """Settings every lab starts from; a test replaces what it wants otherwise."""
    return {
        "ClusterName": "lab",
        # Must be the host's own name, whatever it resolves to.
        "SlurmctldHost": f"{socket.gethostname().split('.')[0]}(127.0.0.1)",
        "SlurmctldPort": str(port),
        "SlurmUser": "root",
        "AuthInfo": f"socket={base}/munge/socket",
        "StateSaveLocation": f"{base}/state",
        "SlurmdSpoolDir": f"{base}/spool/%n",
        "SlurmctldPidFile": f"{base}/pid/slurmctld.pid",
        "SlurmdPidFile": f"{base}/pid/slurmd.%n.pid",
        "SlurmctldLogFile": f"{base}/log/slurmctld.log",
        "SlurmdLogFile": f"{base}/log/slurmd.%n.log",
        "SlurmctldDebug": "verbose",
        "SlurmdDebug": "verbose",
        "CommunicationParameters": "NoCtldInAddrAny,NoInAddrAny",
        "ProctrackType": "proctrack/linuxproc",
        "TaskPlugin": "task/affinity",
        "SelectType": "select/cons_tres",
        "MpiDefault": "none",
        "ReturnToService": "2",
        "KillWait": "2",
        # The machine may be busy with other tests.
        "MessageTimeout": "60",
        # With less a batch job starts up to three seconds late, and a heterogeneous one thirty.
        "SchedulerParameters": "batch_sched_delay=0,sched_min_interval=0,bf_interval=1",
        # Nodes may have more CPUs in the lab than the machine has.
        "SlurmdParameters": "config_overrides",
        "PlugStackConfig": f"{base}/plugstack.conf",
        "PrologFlags": "Alloc,DeferBatch",
    }


def slurm_conf(
    settings: Mapping[str, str], names: Sequence[str], ports: Sequence[int], nodes: Mapping[str, str]
) -> str:
    """The file's text: settings, then a line per node with what nodes has for it, then one partition."""
    lines = [f"{key}={value}" for key, value in settings.items() if value]
    lines += [
        f"NodeName={name} NodeHostname={name} NodeAddr=127.0.0.1 Port={port} {nodes[name]}"
        for name, port in zip(names, ports)
    ]
    lines.append("PartitionName=p Nodes=ALL Default=YES MaxTime=60")
    return "\n".join(lines) + "\n"
