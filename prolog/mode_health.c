/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HealthCheckProgram: answers at once from the last result, and sees to it that there is a fresh
 * one. slurmd gives it no more than SLURMD_NODENAME, and a minute.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "background.h"
#include "cleanup.h"
#include "gate.h"
#include "health_note.h"
#include "log.h"
#include "mode.h"
#include "recovery.h"
#include "report_store.h"
#include "text.h"

#define CHANGED_MS 60000 /* between two tests of a node that is not the one of the last result */

struct health {
	const struct arguments *args;
	uint64_t start;
	struct gate_view view;
};

/* What Slurm calls it; NULL when that is not known. */
static const char *node_name(void)
{
	const char *node = getenv("SLURMD_NODENAME");

	return node && text_is_name(node, 255) ? node : NULL;
}

static void describe(const struct gate_view *view, char *buf, size_t size)
{
	bool says_so = !view->known && view->can_test; /* "not tested in this boot" */

	if (view->outcome == OUTCOME_HEALTHY || says_so)
		text_format(buf, size, "%s", view->sentence);
	else
		text_format(buf, size, "%s: %s", outcome_text(view->outcome), view->sentence);
}

static enum log_level level_of(const struct gate_view *view)
{
	if (view->outcome == OUTCOME_FAULTY || view->outcome == OUTCOME_FABRIC)
		return LOG_LEVEL_ERROR;
	if (view->outcome == OUTCOME_HEALTHY || (!view->known && view->can_test))
		return LOG_LEVEL_INFO;
	return LOG_LEVEL_WARNING;
}

/* One line when something is new. Where that cannot be remembered it is said every time. */
static void answer(const struct health *health)
{
	const struct gate_view *view = &health->view;
	const char *run_dir = health->args->node.run_dir, *node = node_name();
	char text[HEALTH_SAID_TEXT], said[HEALTH_SAID_TEXT];
	struct err err = {""};
	int rc;

	describe(view, text, sizeof(text));
	if (health->args->dry_run) {
		printf("%s\n", text);
		return;
	}
	rc = health_said_load(run_dir, view->boot_id, said, &err);
	if (rc == 0 && strcmp(said, text) == 0) {
		log_debug("nothing new: %s", text);
		return;
	}
	log_write(level_of(view), "health: %s%s%s%s", text, node ? " (node " : "", node ? node : "",
		  node ? ")" : "");
	if (health_said_save(run_dir, view->boot_id, text, &err))
		log_warning("%s, continuing", err.text);
}

/* Was there a test of this age? A time to come is of another clock. */
static bool is_younger(uint64_t ms, uint64_t now, uint64_t age_ms)
{
	return ms <= now && now - ms < age_ms;
}

static bool is_due(const struct health *health)
{
	const struct gate_view *view = &health->view;
	uint64_t age_ms = (uint64_t)view->policy.health_interval_s * 1000, now = clock_now_ms();
	uint64_t begun_ms;

	if (!age_ms || !view->can_test)
		return false;
	if (view->known && view->current && view->tested_ms &&
	    is_younger(view->tested_ms, now, age_ms))
		return false;
	/* A changed node is tested soon, but a test that comes to no end not at every call. */
	if (view->known && !view->current && age_ms > CHANGED_MS)
		age_ms = CHANGED_MS;
	return health_begun_load(health->args->node.run_dir, view->boot_id, &begun_ms, NULL) != 0 ||
	       !is_younger(begun_ms, now, age_ms);
}

static const char *conf_path(const struct arguments *args)
{
	const char *conf = args->slurm_conf ? args->slurm_conf : getenv("SLURM_CONF");

	return conf && conf[0] == '/' ? conf : NULL;
}

static void act(const struct health *health, struct decision *decision)
{
	const char *node = node_name();
	struct recovery recovery = {
		.options = &health->args->node,
		.policy = &health->view.policy,
		.node = node,
		.conf_path = conf_path(health->args),
	};

	if (node) {
		recovery_act(&recovery, decision);
		return;
	}
	log_warning("SLURMD_NODENAME names no node: it is neither drained nor returned");
	if (decision->wanted != ACTION_ALLOW)
		decision->done = ACTION_WARN;
	text_format(decision->trouble, sizeof(decision->trouble),
		    "SLURMD_NODENAME names no node: it is neither drained nor returned");
}

static void report(const struct node_options *options, const struct decision *decision,
		   struct gate_reports *reports)
{
	const char *node = node_name();

	text_format(reports->node.node, sizeof(reports->node.node), "%s", node ? node : "");
	gate_reports_done(options, decision, reports);
}

static void refresh(const void *arg)
{
	const struct health *health = arg;
	cleanup_free struct gate_reports *reports = calloc(1, sizeof(*reports));
	const struct node_options *options = &health->args->node;
	struct decision decision;
	struct err err = {""};
	int rc = gate_refresh(options, health->start, &decision, reports, &err);

	if (rc == -EBUSY || rc == -EAGAIN)
		log_debug("the node is not tested: %s", err.text);
	else if (rc)
		log_warning("the node is not tested: %s", err.text);
	if (rc)
		return;
	act(health, &decision);
	if (reports)
		report(options, &decision, reports);
}

static void test(struct health *health)
{
	struct err err = {""};

	if (health->args->wait) {
		refresh(health);
		gate_look(&health->args->node, health->start, &health->view);
	} else if (background_run(refresh, health, &err)) {
		log_warning("the node is not tested: %s", err.text);
	}
}

/* What holds of the last report may have changed since then; and one of an earlier boot is none. */
static void tell_prometheus(const struct health *health)
{
	const struct gate_view *view = &health->view;
	struct err err = {""};

	if (report_store_prom(&health->args->node, view->boot_id, view->current, &err))
		log_warning("text for Prometheus: %s, continuing without", err.text);
}

int mode_health_run(const struct arguments *args, uint64_t start)
{
	cleanup_free struct health *health = calloc(1, sizeof(*health));
	enum outcome outcome;
	bool due;

	if (!health) {
		log_error("out of memory; nothing is checked");
		return EXIT_PASS;
	}
	health->args = args;
	health->start = start;
	gate_look(&args->node, start, &health->view);
	due = is_due(health);
	if (due && args->dry_run)
		printf("would test the node%s\n", args->wait ? "" : " in the background");
	if (due && args->wait && !args->dry_run)
		test(health);
	answer(health);
	if (!args->dry_run)
		tell_prometheus(health);
	if (due && !args->wait && !args->dry_run)
		test(health);
	outcome = health->view.outcome;
	return outcome == OUTCOME_FAULTY || outcome == OUTCOME_FABRIC ? EXIT_NODE_FAULT : EXIT_PASS;
}
