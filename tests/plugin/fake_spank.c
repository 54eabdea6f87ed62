/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_spank.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct fake_spank *fake;

__attribute__((format(printf, 3, 0))) static void append(char *buf, size_t size, const char *fmt,
							 va_list ap)
{
	size_t n = strlen(buf);

	vsnprintf(buf + n, size - n, fmt, ap);
	n = strlen(buf);
	if (n + 1 < size)
		memcpy(buf + n, "\n", 2);
}

__attribute__((format(printf, 1, 2))) static void trace(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	append(fake->trace, sizeof(fake->trace), fmt, ap);
	va_end(ap);
}

/* Counts a call; true when it is the one that fails. */
static bool fails(void)
{
	return ++fake->calls == fake->fail_at;
}

void fake_reset(enum spank_context context)
{
	if (!fake) {
		fake = mmap(NULL, sizeof(*fake), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			    -1, 0);
		if (fake == MAP_FAILED)
			abort();
	}
	memset(fake, 0, sizeof(*fake));
	fake->context = context;
	fake->local_tasks = 1;
}

static struct fake_var *find(const char *name)
{
	for (size_t i = 0; i < fake->n_vars; i++) {
		if (!strcmp(fake->vars[i].name, name))
			return &fake->vars[i];
	}
	return NULL;
}

void fake_set(const char *name, const char *value)
{
	struct fake_var *var = find(name);

	if (!var && fake->n_vars < FAKE_VARS)
		var = &fake->vars[fake->n_vars++];
	if (!var)
		abort();
	snprintf(var->name, sizeof(var->name), "%s", name);
	snprintf(var->value, sizeof(var->value), "%s", value);
}

const char *fake_get(const char *name)
{
	const struct fake_var *var = find(name);

	return var ? var->value : NULL;
}

int fake_option(const char *name, const char *value)
{
	for (size_t i = 0; i < fake->n_options; i++) {
		if (!strcmp(fake->options[i].name, name))
			return fake->options[i].cb(fake->options[i].val, value,
						   fake->context == S_CTX_REMOTE);
	}
	return -1;
}

static void run_child(void (*act)(void *arg), void *arg, int out)
{
	extern char **environ;

	dup2(out, STDOUT_FILENO);
	/* The test's own handlers would go on with the next test, in this process. */
	signal(SIGSEGV, SIG_DFL);
	signal(SIGBUS, SIG_DFL);
	signal(SIGFPE, SIG_DFL);
	signal(SIGILL, SIG_DFL);
	signal(SIGABRT, SIG_DFL);
	act(arg);
	for (char **entry = environ; entry && *entry; entry++) {
		if (memmem(*entry, strcspn(*entry, "="), "EFA_LAYOUT", 10) ||
		    memmem(*entry, strcspn(*entry, "="), "efa_layout", 10))
			trace("env %s", *entry);
	}
	fflush(stdout);
	_exit(0);
}

int fake_run(void (*act)(void *arg), void *arg)
{
	FILE *out = tmpfile();
	int status;
	pid_t pid;
	size_t n;

	if (!out)
		abort();
	fflush(stdout);
	pid = fork();
	if (!pid)
		run_child(act, arg, fileno(out));
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		abort();
	rewind(out);
	n = fread(fake->out, 1, sizeof(fake->out) - 1, out);
	fake->out[n] = '\0';
	fclose(out);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Slurm's functions */

spank_context_t spank_context(void)
{
	return fake->context;
}

const char *spank_strerror(spank_err_t err)
{
	return err == ESPANK_SUCCESS ? "Success" : "made to fail";
}

spank_err_t spank_option_register(spank_t sp, struct spank_option *opt)
{
	(void)sp;
	trace("register %s %s", opt->name, opt->arginfo ? opt->arginfo : "-");
	if (fails() || fake->n_options == FAKE_OPTIONS)
		return ESPANK_BAD_ARG;
	snprintf(fake->options[fake->n_options].name, sizeof(fake->options[0].name), "%s",
		 opt->name);
	fake->options[fake->n_options].has_arg = opt->has_arg;
	fake->options[fake->n_options].val = opt->val;
	fake->options[fake->n_options++].cb = opt->cb;
	return ESPANK_SUCCESS;
}

spank_err_t spank_get_item(spank_t sp, spank_item_t item, ...)
{
	spank_err_t rc = ESPANK_SUCCESS;
	va_list ap;

	(void)sp;
	trace("item %d", (int)item);
	if (fails())
		return ESPANK_ERROR;
	if (fake->context != S_CTX_REMOTE)
		return ESPANK_NOT_REMOTE;
	va_start(ap, item);
	if (item == S_JOB_ID)
		*va_arg(ap, uint32_t *) = FAKE_JOB;
	else if (item == S_JOB_STEPID)
		*va_arg(ap, uint32_t *) = fake->step_id;
	else if (item == S_JOB_LOCAL_TASK_COUNT)
		*va_arg(ap, uint32_t *) = fake->local_tasks;
	else if (item == S_TASK_ID)
		*va_arg(ap, int *) = fake->local_id;
	else
		rc = ESPANK_BAD_ARG;
	va_end(ap);
	return rc;
}

spank_err_t spank_getenv(spank_t sp, const char *name, char *buf, int len)
{
	const char *value = fake_get(name);

	(void)sp;
	trace("getenv %s", name);
	if (fails())
		return ESPANK_ERROR;
	if (fake->context != S_CTX_REMOTE)
		return ESPANK_NOT_REMOTE;
	if (!value)
		return ESPANK_ENV_NOEXIST;
	return snprintf(buf, (size_t)len, "%s", value) < len ? ESPANK_SUCCESS : ESPANK_NOSPACE;
}

spank_err_t spank_setenv(spank_t sp, const char *name, const char *value, int overwrite)
{
	(void)sp;
	trace("setenv %s=%s", name, value);
	if (fails())
		return ESPANK_ERROR;
	if (fake->context != S_CTX_REMOTE)
		return ESPANK_NOT_REMOTE;
	if (find(name) && !overwrite)
		return ESPANK_ENV_EXISTS;
	fake_set(name, value);
	return ESPANK_SUCCESS;
}

spank_err_t spank_unsetenv(spank_t sp, const char *name)
{
	struct fake_var *var = find(name);

	(void)sp;
	trace("unsetenv %s", name);
	if (fails())
		return ESPANK_ERROR;
	if (fake->context != S_CTX_REMOTE)
		return ESPANK_NOT_REMOTE;
	if (var)
		*var = fake->vars[--fake->n_vars];
	return ESPANK_SUCCESS;
}

spank_err_t spank_job_control_setenv(spank_t sp, const char *name, const char *value, int overwrite)
{
	(void)sp;
	trace("job_control %s=%s overwrite %d", name, value, overwrite);
	if (fails())
		return ESPANK_ERROR;
	return fake->context == S_CTX_REMOTE ? ESPANK_NOT_LOCAL : ESPANK_SUCCESS;
}

#define SAYS(function, prefix)                                                  \
	void function(const char *fmt, ...)                                     \
	{                                                                       \
		va_list ap;                                                     \
		size_t n = strlen(fake->said);                                  \
                                                                                \
		snprintf(fake->said + n, sizeof(fake->said) - n, "%s", prefix); \
		va_start(ap, fmt);                                              \
		append(fake->said, sizeof(fake->said), fmt, ap);                \
		va_end(ap);                                                     \
	}

SAYS(slurm_error, "error: ")
SAYS(slurm_spank_log, "")
SAYS(slurm_info, "info: ")
SAYS(slurm_debug, "debug: ")
