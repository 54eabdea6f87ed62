/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which Slurm runs this program. Several releases may be installed side by side, each below a
 * directory of its own (/opt/slurm, /opt/aws/pcs/scheduler/slurm-24.11), and what talks to the
 * controller has to be that of the slurmd that has started us.
 */
#ifndef EFA_LAYOUT_SLURM_HOME_H
#define EFA_LAYOUT_SLURM_HOME_H

#include <limits.h>
#include <stddef.h>
#include <sys/types.h>

struct slurm_home {
	char helper[PATH_MAX]; /* efa-layout-slurm; "": where the system's Slurm has it */
	char bin[PATH_MAX];    /* directory of scontrol and others; "": one of the usual ones */
};

/*
 * The directory below which the slurmd or slurmstepd is installed that process pid descends from:
 * "/opt/slurm" for /opt/slurm/sbin/slurmd. A script of the site may stand between. proc: "/proc".
 * 0 or -ENOENT.
 */
int slurm_home_find(const char *proc, pid_t pid, char *buf, size_t size);

/* The same of process pid itself, if that is a slurmd or slurmstepd. */
int slurm_home_of(const char *proc, pid_t pid, char *buf, size_t size);

/* What belongs to it; all "" for NULL. A home of its own never gets the system's helper. */
void slurm_home_places(const char *home, struct slurm_home *ret_home);

#endif
