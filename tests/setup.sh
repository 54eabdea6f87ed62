# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What tests/run and tests/demo need on a fresh Debian 12, and how they build. Sourced, with $top set to the root of the tree.

packages_build=(
	hwloc-nox libxml2-utils mandoc zsh
	binutils clang clang-format clang-tidy cmake cppcheck gcc git groff libc6-dev libcmocka-dev
	libcurl4-openssl-dev libfabric-dev libhwloc-dev libhwloc-plugins libibverbs-dev libjson-c-dev librsvg2-bin libslurm-dev lua5.1 lua5.4 ninja-build
	pkg-config python3 python3-jsonschema shellcheck strace valgrind
)
packages_slurm=(munge slurm-client slurmctld slurmd slurm-wlm-basic-plugins util-linux)
packages_vnode=(
	busybox-static bzip2 cpio dpkg-dev ibverbs-providers ibverbs-utils iproute2 kmod libelf1 libfabric-bin libglib2.0-dev
	make pciutils procps python3 qemu-system-x86 rdma-core xz-utils
)
packages_sanitize=(libclang-rt-14-dev)
packages_package=(busybox-static iproute2 mmdebstrap rpm)

say() {
	printf '\n==> %s\n' "$*"
}

need_root() {
	[ "$(id -u)" = 0 ] || {
		echo "${0##*/}: must be run as root (it installs packages and starts daemons of its own)" >&2
		exit 1
	}
}

# Install those of the named packages that are missing; daemons that come with them are not started.
install_packages() {
	local missing=() name
	for name in "$@"; do
		dpkg-query -W -f '${db:Status-Status}\n' "$name" 2>/dev/null | grep -qx installed || missing+=("$name")
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	say "installing ${#missing[@]} packages: ${missing[*]}"
	export DEBIAN_FRONTEND=noninteractive
	apt-get -q update >/dev/null
	local policy=/usr/sbin/policy-rc.d mine=
	if [ ! -e "$policy" ]; then
		printf '#!/bin/sh\nexit 101\n' >"$policy"
		chmod 755 "$policy"
		mine=yes
	fi
	local rc=0
	apt-get -q install -y --no-install-recommends "${missing[@]}" >/dev/null || rc=$?
	[ -z "$mine" ] || rm -f "$policy"
	return "$rc"
}

# configure_and_build DIR CMAKE-OPTIONS...
configure_and_build() {
	local dir=$1
	shift
	if ! { cmake -S "$top" -B "$dir" -G Ninja "$@" && cmake --build "$dir"; } >"$dir.log" 2>&1; then
		tail -n 60 "$dir.log"
		echo "build failed; the whole log is in $dir.log" >&2
		return 1
	fi
}

# Prints a folder in memory, if there is one that files can be run from and that has room for several nodes' trees. Those are thousands of files
# that live for a second.
memory_folder() {
	local folder=/dev/shm probe rc=0
	[ "$(df --output=avail -k "$folder" 2>/dev/null | tail -n 1)" -gt 500000 ] 2>/dev/null || return 0
	probe=$(mktemp -p "$folder" efa-layout-probe.XXXXXX) || return 0
	cp /bin/true "$probe"
	chmod 700 "$probe"
	"$probe" 2>/dev/null || rc=$?
	rm -f "$probe"
	[ "$rc" != 0 ] || echo "$folder"
}
