/* SPDX-License-Identifier: Apache-2.0 */
#include "attribute.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "text.h"

int attribute_read(int dir, const char *name, uint64_t *ret_value, struct err *err)
{
	cleanup_close int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	char text[32];
	ssize_t n;

	if (fd < 0)
		return err_set(err, -errno, "counter %s: %s", name, strerror(errno));
	n = read(fd, text, sizeof(text) - 1);
	if (n <= 0)
		return err_set(err, n < 0 ? -errno : -EIO, "counter %s: %s", name,
			       n < 0 ? strerror(errno) : "empty");
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	/* A full buffer may hold the beginning of something longer. */
	if (n == (ssize_t)sizeof(text) - 1 || text_u64(text, 0, UINT64_MAX, ret_value))
		return err_set(err, -EINVAL, "counter %s is not a number", name);
	return 0;
}
