/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A drain of ours, kept across boots: what the health check needs to lift it again. One file,
 * <state_dir>/drain.json.
 */
#ifndef EFA_LAYOUT_DRAIN_RECORD_H
#define EFA_LAYOUT_DRAIN_RECORD_H

#include <stdint.h>

#include "drain_limit.h"
#include "err.h"

struct drain_record {
	char node[256];			/* Slurm's name of this node */
	char reason[DRAIN_REASON_TEXT]; /* as the controller has it */
	char boot_id[40];		/* of the boot in which it was drained, "" unknown */
	int64_t drained_at;		/* seconds since 1970 */
	unsigned healthy;		/* good tests in a row since then */
};

/*
 * 0; -ENOENT: there is none; -EPERM, -EINVAL and others with a sentence: there is one that cannot
 * be used. Nothing is written into ret_record on failure.
 */
int drain_record_load(const char *state_dir, struct drain_record *ret_record, struct err *err);
/* Replace it in one step; the directory is made if it is not there (one level). */
int drain_record_save(const char *state_dir, const struct drain_record *record, struct err *err);
/* 0 also when there is none. */
int drain_record_remove(const char *state_dir, struct err *err);

#endif
