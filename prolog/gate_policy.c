/* SPDX-License-Identifier: Apache-2.0 */
/* What the policy means for the job at the gate. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "gate_impl.h"
#include "gate_lock.h"
#include "gate_trial.h"
#include "inventory.h"
#include "job_facts.h"
#include "log.h"
#include "text.h"

/* For each question; more would be missing where the rails are tested. */
#define ASK_MS	 2000
#define ASK_PART 4 /* of the time that is left */

static unsigned time_to_ask(const struct gate *gate)
{
	unsigned left = deadline_left(&gate->check->deadline) / ASK_PART;

	return left < ASK_MS ? left : ASK_MS;
}

/* Only what a rule depends on when all else is known. */
static void ask(const struct gate *gate, unsigned facts, struct job_knowledge *know)
{
	uint64_t now = clock_now_ms();
	const struct controller controller = {
		.slurm_bin = gate->options->slurm_bin,
		.conf_path = gate->job->conf_path,
		.deadline = {now, now + time_to_ask(gate)},
	};

	if (facts & 1u << JOB_QOS)
		job_facts_ask_qos(&controller, gate->job, know);
	if (facts & 1u << JOB_GROUP) {
		/* Of a job that is only supposed, its user may be known all the same. */
		struct job job = *gate->job;

		job.known |= gate->trial && know->facts.v[JOB_USER];
		job_facts_ask_groups(&job, time_to_ask(gate), know);
	}
}

static void warn(const struct gate *gate, unsigned facts, const struct job_knowledge *know)
{
	char text[512] = "", name[32] = "the job";

	if (gate->job->known)
		text_format(name, sizeof(name), "job %u", gate->job->id);
	for (size_t fact = 0; fact < JOB_FACTS; fact++)
		if (facts & 1u << fact)
			text_append(text, sizeof(text), "%s%s (%s)", text[0] ? ", " : "",
				    job_fact_words[fact], know->why[fact]);
	log_warning("%s: unknown, so that rules of the policy that ask for it do not hold: %s",
		    name, text);
}

static void read_facts(const struct gate *gate, struct job_knowledge *know)
{
	if (!gate->trial) {
		job_facts_read(know);
		return;
	}
	for (size_t fact = 0; fact < JOB_FACTS; fact++) {
		if (gate->trial->facts.v[fact])
			know->facts.v[fact] = gate->trial->facts.v[fact];
		else
			text_format(know->why[fact], sizeof(know->why[fact]), "not said");
	}
}

static void apply_rules(struct gate *gate)
{
	cleanup_free struct job_knowledge *know = calloc(1, sizeof(*know));
	const unsigned can_ask = 1u << JOB_QOS | 1u << JOB_GROUP;
	const struct policy *policy = &gate->check->site.policy;
	unsigned unknown;

	if (!know) {
		log_warning("job %u: out of memory for the policy's rules; none holds",
			    gate->job->id);
		return;
	}
	read_facts(gate, know);
	unknown = policy_for_job(policy, &know->facts, &gate->job_policy);
	if (unknown & can_ask) {
		ask(gate, unknown, know);
		unknown = policy_for_job(policy, &know->facts, &gate->job_policy);
	}
	if (unknown)
		warn(gate, unknown, know);
}

enum step_result gate_policy(struct gate *gate)
{
	const struct policy *policy = &gate->check->site.policy;

	gate->job_policy = *policy;
	if (policy->jobs.n)
		apply_rules(gate);
	gate->check->job_policy = &gate->job_policy;
	policy_fill_request(&gate->job_policy, &gate->job->request, &gate->decision->request);
	return STEP_NEXT;
}

/* Whoever tests at this moment will write the map anew, with the settings that are in force. */
static int lock_now(const struct gate *gate)
{
	const struct deadline now = {clock_now_ms(), clock_now_ms()};
	struct err err;

	return gate_lock_take(gate->options->run_dir, &now, &err);
}

void gate_refresh_settings(struct gate *gate)
{
	const struct policy *policy = &gate->check->site.policy;
	struct nodemap *map = &gate->map;
	char boot_id[40];
	struct err err = {""};
	int lock;

	if (gate->dry_run || inventory_boot_id(gate->options->root, boot_id, &err) ||
	    nodemap_load(gate->map_path, FILE_TRUST_OWNER, boot_id, map, &err) ||
	    !nodemap_take_policy(map, policy))
		return;
	lock = lock_now(gate);
	if (lock < 0)
		return;
	/* As it is now that nobody else writes it. The key goes: what was found under other
	 * settings counts no more, should they come back. */
	if (!nodemap_load(gate->map_path, FILE_TRUST_OWNER, boot_id, map, &err) &&
	    nodemap_take_policy(map, policy)) {
		map->key[0] = '\0';
		if (nodemap_save(gate->map_path, map, &err))
			log_warning("node map: %s, continuing", err.text);
	}
	close(lock);
}
