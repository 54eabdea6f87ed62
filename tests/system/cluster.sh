# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Slurm inside the virtual node: one machine that is controller and compute node, with efa-layout installed as an admin would.
# Sourced by what runs in the guest; everything written here ends with the guest.

node_name=p5-1
# Both set before node_cluster_up: the gate, and further lines of slurm.conf.
node_prolog=/usr/libexec/efa-layout/efa-layout-prolog
node_more_config=

# Put a staged installation (cmake --install with DESTDIR) over the guest's root.
node_install() {
	cp -a "$1/." /
}

# ENI facts from the instance metadata service, as the systemd unit fetches them at boot.
node_facts() {
	efa-layout facts --write
}

# node_policy KEY=VALUE...: the site's policy file; keys as in efa-layout-policy(5), values as JSON.
node_policy() {
	mkdir -p /etc/efa-layout
	python3 - "$@" >/etc/efa-layout/policy.json <<'PY'
import json, sys
policy = {}
for setting in sys.argv[1:]:
    key, value = setting.split("=", 1)
    section, name = key.split(".")
    policy.setdefault(section, {})[name] = json.loads(value)
print(json.dumps(policy, indent=2))
PY
}

node_wait() {
	local deadline=$((SECONDS + $1)) what=$2
	shift 2
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$deadline" ] || {
			echo "timed out waiting for $what" >&2
			return 1
		}
		sleep 0.2
	done
}

node_state() {
	sinfo -h -N -o %t -n "$node_name" | head -n 1
}

node_is() {
	[ "$(node_state)" = "$1" ]
}

node_cluster_config() {
	mkdir -p /etc/slurm/plugstack.conf.d /var/spool/slurmctld /var/spool/slurmd /var/log/slurm
	cat >/etc/slurm/slurm.conf <<-CONF
		ClusterName=virtual
		SlurmctldHost=$node_name(127.0.0.1)
		SlurmUser=root
		StateSaveLocation=/var/spool/slurmctld
		SlurmdSpoolDir=/var/spool/slurmd
		SlurmctldPidFile=/run/slurmctld.pid
		SlurmdPidFile=/run/slurmd.pid
		SlurmctldLogFile=/var/log/slurm/slurmctld.log
		SlurmdLogFile=/var/log/slurm/slurmd.log
		ProctrackType=proctrack/linuxproc
		TaskPlugin=task/none
		SelectType=select/cons_tres
		MpiDefault=none
		ReturnToService=0
		SchedulerParameters=batch_sched_delay=0
		SlurmdParameters=config_overrides
		MessageTimeout=60
		GresTypes=gpu
		Prolog=$node_prolog
		PrologFlags=Alloc,DeferBatch
		PlugStackConfig=/etc/slurm/plugstack.conf
		NodeName=$node_name NodeAddr=127.0.0.1 CPUs=8 Gres=gpu:8
		PartitionName=all Nodes=ALL Default=YES
		${node_more_config:-}
	CONF
	echo "Name=gpu File=/dev/nvidia[0-7]" >/etc/slurm/gres.conf
	# Nothing here uses cgroups; named, the plugin does not look for what the node has mounted.
	echo "CgroupPlugin=cgroup/v1" >/etc/slurm/cgroup.conf
	echo "include /etc/slurm/plugstack.conf.d/*.conf" >/etc/slurm/plugstack.conf
	local i
	for i in 0 1 2 3 4 5 6 7; do
		[ -e "/dev/nvidia$i" ] || mknod -m 666 "/dev/nvidia$i" c 1 3
	done
	grep -q '^user:' /etc/passwd || echo 'user:x:1000:1000::/tmp:/bin/bash' >>/etc/passwd
	grep -q '^user:' /etc/group || echo 'user:x:1000:' >>/etc/group
}

node_cluster_up() {
	hostname "$node_name"
	grep -q " $node_name\$" /etc/hosts || echo "127.0.0.1 $node_name" >>/etc/hosts
	node_cluster_config
	mkdir -p /run/munge /var/log/munge /var/lib/munge
	[ -s /etc/munge/munge.key ] || head -c 1024 /dev/urandom >/etc/munge/munge.key
	chown -R munge:munge /run/munge /var/log/munge /var/lib/munge /etc/munge
	chmod 700 /etc/munge
	chmod 400 /etc/munge/munge.key
	setpriv --reuid munge --regid munge --clear-groups munged --force
	slurmctld
	slurmd
	node_wait 60 "the node to become idle" node_is idle
}

# Run a command as an ordinary user in a directory of its own.
as_user() {
	(cd /tmp && exec setpriv --reuid 1000 --regid 1000 --clear-groups env HOME=/tmp USER=user "$@")
}
