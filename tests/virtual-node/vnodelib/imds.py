# SPDX-License-Identifier: Apache-2.0
"""What the node's instance metadata service answers: path below latest/meta-data/ -> text.

Keys as a live listing shows them: no key for the interface type; no local-ipv4s on an interface without
an address (efa-only); no network-card on instance types with a single card.
"""

from .machine import SUBNET, Interface, Machine

REGION = "us-east-1"
ZONE = "us-east-1a"
OWNER = "123456789012"
VPC = "vpc-0a1b2c3d4e5f60718"
VPC_CIDR = "172.31.0.0/16"
SUBNET_ID = "subnet-0f1e2d3c4b5a69788"
SUBNET_CIDR = f"{SUBNET}.0/20"
GROUP_ID = "sg-0123456789abcdef0"


def host_name(machine: Machine) -> str:
    return "ip-" + machine.primary.ip.replace(".", "-")


def imds_data(machine: Machine) -> dict[str, str]:
    primary = machine.primary
    data = {
        "ami-id": "ami-0c2b8ca1dad447f8a",
        "hostname": f"{host_name(machine)}.ec2.internal",
        "instance-id": machine.instance_id,
        "instance-life-cycle": "on-demand",
        "instance-type": machine.type.name,
        "local-hostname": f"{host_name(machine)}.ec2.internal",
        "local-ipv4": primary.ip,
        "mac": primary.mac,
        "placement/availability-zone": ZONE,
        "placement/availability-zone-id": "use1-az1",
        "placement/region": REGION,
        "security-groups": "default",
        "services/domain": "amazonaws.com",
        "services/partition": "aws",
    }
    for i in machine.interfaces:
        for key, value in _interface(i, machine).items():
            data[f"network/interfaces/macs/{i.mac}/{key}"] = value
    return data


def _interface(i: Interface, machine: Machine) -> dict[str, str]:
    data = {
        "device-number": str(i.device),
        "interface-id": i.eni,
        "local-hostname": f"{host_name(machine)}.ec2.internal",
        "mac": i.mac,
        "owner-id": OWNER,
        "security-group-ids": GROUP_ID,
        "security-groups": "default",
        "subnet-id": SUBNET_ID,
        "subnet-ipv4-cidr-block": SUBNET_CIDR,
        "vpc-id": VPC,
        "vpc-ipv4-cidr-block": VPC_CIDR,
        "vpc-ipv4-cidr-blocks": VPC_CIDR,
    }
    if i.ip:
        data["local-ipv4s"] = i.ip
    if machine.type.network_cards > 1:
        data["network-card"] = str(i.card)
    return data
