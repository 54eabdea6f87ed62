/* SPDX-License-Identifier: Apache-2.0 */
#include "view.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include <infiniband/verbs.h>

static const char *const *view_names;
static size_t view_n;

void view_set(const char *const *names, size_t n)
{
	view_names = names;
	view_n = n;
}

static bool is_shown(const char *name)
{
	size_t i;

	for (i = 0; i < view_n; i++)
		if (!strcmp(view_names[i], name))
			return true;
	return false;
}

/* verbs.h makes the name a macro in some releases. */
#undef ibv_get_device_list
__attribute__((visibility("default"))) struct ibv_device **ibv_get_device_list(int *ret_n)
{
	struct ibv_device **(*all)(int *);
	struct ibv_device **list;
	int i, n = 0, kept = 0;

	/* A function pointer out of an object pointer: POSIX allows it, ISO C has no word for it.
	 */
	*(void **)&all = dlvsym(RTLD_NEXT, "ibv_get_device_list", "IBVERBS_1.1");
	if (!all) {
		errno = ENOSYS;
		return NULL;
	}
	list = all(&n);
	if (!list)
		return NULL;
	/* The references of what is left out stay taken; the process is short-lived. */
	for (i = 0; i < n; i++)
		if (is_shown(ibv_get_device_name(list[i])))
			list[kept++] = list[i];
	list[kept] = NULL;
	if (ret_n)
		*ret_n = kept;
	/* cppcheck-suppress returnDanglingLifetime ; the list is the library's, n only counts it */
	return list;
}
