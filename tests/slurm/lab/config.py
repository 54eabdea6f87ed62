# SPDX-License-Identifier: Apache-2.0
"""The lab's slurm.conf: a set that works on Slurm 22.05 to 26.05 without system services."""

from __future__ import annotations

import random
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path


# Below the range from which the kernel takes ports for whoever asks for any, such as srun.
_PORTS = range(12000, 32000)


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on. All are held open until all are known, so that none comes twice."""
    held: list[socket.socket] = []
    try:
        for port in random.sample(_PORTS, 1000):
            if len(held) == count:
                break
            one = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            try:
                one.bind(("127.0.0.1", port))
            except OSError:
                one.close()
                continue
            held.append(one)
        return [one.getsockname()[1] for one in held]
    finally:
        for one in held:
            one.close()


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
    settings: Mapping[str, str], names: Sequence[str], ports: Sequence[int], node: str
) -> str:
    """The file's text: settings, then a line per node, then one partition."""
    lines = [f"{key}={value}" for key, value in settings.items() if value]
    lines += [
        f"NodeName={name} NodeHostname={name} NodeAddr=127.0.0.1 Port={port} {node}"
        for name, port in zip(names, ports)
    ]
    lines.append("PartitionName=p Nodes=ALL Default=YES MaxTime=60")
    return "\n".join(lines) + "\n"
