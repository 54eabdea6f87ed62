/* SPDX-License-Identifier: Apache-2.0 */
/* The node map of the machine that this runs on, as it is now. */
#include <errno.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statfs.h>

#include "cleanup.h"
#include "nodemap.h"
#include "text.h"

#define BOOT_ID_PATH "/proc/sys/kernel/random/boot_id"
#define BOOT_ID_LEN  36

static int read_boot_id(char *buf, size_t size, struct err *err)
{
	cleanup_free char *text = NULL;
	size_t n;
	int rc = file_read(BOOT_ID_PATH, 64, FILE_TRUST_ANY, &text, &n, err);

	if (rc)
		return rc;
	if (n < BOOT_ID_LEN || size <= BOOT_ID_LEN)
		return err_set(err, -EINVAL, "%s: expected %d characters", BOOT_ID_PATH,
			       BOOT_ID_LEN);
	memcpy(buf, text, BOOT_ID_LEN);
	buf[BOOT_ID_LEN] = '\0';
	return 0;
}

/* What lies in memory does not outlive the boot: the identity of this one need not be read then. */
static int read_boot_id_unless_memory(const char *run_dir, char *buf, size_t size, struct err *err)
{
	struct statfs fs;

	buf[0] = '\0';
	if (!statfs(run_dir, &fs) && fs.f_type == TMPFS_MAGIC)
		return 0;
	return read_boot_id(buf, size, err);
}

int nodemap_load_here(const char *run_dir, struct nodemap **ret_map, struct err *err)
{
	cleanup_free struct nodemap *map = calloc(1, sizeof(*map));
	char path[PATH_MAX], boot_id[BOOT_ID_LEN + 1];
	int rc;

	if (!map)
		return err_set(err, -ENOMEM, "node map: out of memory");
	if (text_format(path, sizeof(path), "%s/node.json", run_dir))
		return err_set(err, -ENAMETOOLONG, "run_dir: the path is too long");
	rc = read_boot_id_unless_memory(run_dir, boot_id, sizeof(boot_id), err);
	if (!rc)
		rc = nodemap_load(path, FILE_TRUST_OWNER, boot_id, map, err);
	if (rc == -ENOENT)
		return err_set(err, rc, "%s is not there; efa-layout-prolog leaves it", path);
	if (rc)
		return rc;
	*ret_map = map;
	map = NULL;
	return 0;
}
