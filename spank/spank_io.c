/* SPDX-License-Identifier: Apache-2.0 */
#include "spank_io.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <slurm/spank.h>

#include "log.h"

static int complain(struct err *err, const char *call, const char *name, spank_err_t rc)
{
	return err_set(err, -EIO, "%s %s: %s", call, name, spank_strerror(rc));
}

int spank_io_register(struct spank_handle *sp, const struct spank_io_option *option,
		      struct err *err)
{
	/* Slurm's structure is not const, but all of it is copied. */
	struct spank_option opt = {
		.name = (char *)option->name,
		.arginfo = (char *)option->argument,
		.usage = (char *)option->usage,
		.has_arg = option->argument != NULL,
		.val = option->id,
		.cb = option->fn,
	};
	spank_err_t rc = spank_option_register(sp, &opt);

	return rc == ESPANK_SUCCESS ? 0 : complain(err, "option", option->name, rc);
}

int spank_io_job_setenv(struct spank_handle *sp, const char *name, const char *value,
			struct err *err)
{
	spank_err_t rc = spank_job_control_setenv(sp, name, value, 1);

	return rc == ESPANK_SUCCESS ? 0 : complain(err, "job control variable", name, rc);
}

int spank_io_getenv(struct spank_handle *sp, const char *name, char *buf, size_t size)
{
	spank_err_t rc = spank_getenv(sp, name, buf, size > INT_MAX ? INT_MAX : (int)size);

	if (rc == ESPANK_SUCCESS)
		return 0;
	if (rc == ESPANK_ENV_NOEXIST)
		return -ENOENT;
	return rc == ESPANK_NOSPACE ? -ENOSPC : -EIO;
}

int spank_io_setenv(struct spank_handle *sp, const char *name, const char *value, struct err *err)
{
	spank_err_t rc = spank_setenv(sp, name, value, 1);

	return rc == ESPANK_SUCCESS ? 0 : complain(err, "variable", name, rc);
}

int spank_io_unsetenv(struct spank_handle *sp, const char *name, struct err *err)
{
	spank_err_t rc = spank_unsetenv(sp, name);

	return rc == ESPANK_SUCCESS ? 0 : complain(err, "variable", name, rc);
}

static int get_number(struct spank_handle *sp, spank_item_t item, const char *name,
		      uint32_t *ret_number, struct err *err)
{
	uint32_t number;
	spank_err_t rc = spank_get_item(sp, item, &number);

	if (rc != ESPANK_SUCCESS)
		return complain(err, "item", name, rc);
	*ret_number = number;
	return 0;
}

int spank_io_step_id(struct spank_handle *sp, uint32_t *ret_id, struct err *err)
{
	return get_number(sp, S_JOB_STEPID, "S_JOB_STEPID", ret_id, err);
}

int spank_io_job_id(struct spank_handle *sp, uint32_t *ret_id, struct err *err)
{
	return get_number(sp, S_JOB_ID, "S_JOB_ID", ret_id, err);
}

int spank_io_local_tasks(struct spank_handle *sp, unsigned *ret_n, struct err *err)
{
	return get_number(sp, S_JOB_LOCAL_TASK_COUNT, "S_JOB_LOCAL_TASK_COUNT", ret_n, err);
}

int spank_io_local_id(struct spank_handle *sp, unsigned *ret_id, struct err *err)
{
	int id;
	spank_err_t rc = spank_get_item(sp, S_TASK_ID, &id);

	if (rc != ESPANK_SUCCESS)
		return complain(err, "item", "S_TASK_ID", rc);
	if (id < 0)
		return err_set(err, -ERANGE, "item S_TASK_ID: %d", id);
	*ret_id = (unsigned)id;
	return 0;
}

static void write_log(enum log_level level, const char *text, void *arg)
{
	(void)arg;
	switch (level) {
	case LOG_LEVEL_ERROR:
		slurm_error("efa-layout: %s", text);
		break;
	case LOG_LEVEL_WARNING:
		slurm_spank_log("efa-layout: warning: %s", text);
		break;
	case LOG_LEVEL_INFO:
		slurm_info("efa-layout: %s", text);
		break;
	case LOG_LEVEL_DEBUG:
		slurm_debug("efa-layout: %s", text);
		break;
	}
}

void spank_io_tell(const char *fmt, ...)
{
	char text[4608];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	slurm_spank_log("efa-layout: %s", text);
}

void spank_io_log(void)
{
	log_set_sink(write_log, NULL, LOG_LEVEL_DEBUG);
}
