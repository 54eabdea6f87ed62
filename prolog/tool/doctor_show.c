/* SPDX-License-Identifier: Apache-2.0 */
/* The results, for people and for programs. */
#include <string.h>

#include "doctor.h"
#include "efa_layout_config.h"
#include "json.h"
#include "node_json.h"
#include "term.h"

const char *doctor_role_text(enum doctor_role role)
{
	return role == ROLE_NODE ? "node" : role == ROLE_SUBMIT ? "submit" : "controller";
}

const char *doctor_state_text(enum doctor_state state)
{
	static const char *const words[] = {
		[DOCTOR_SKIPPED] = "skipped", [DOCTOR_OK] = "ok",     [DOCTOR_UNKNOWN] = "unknown",
		[DOCTOR_WARN] = "warn",	      [DOCTOR_FAIL] = "fail",
	};

	return words[state];
}

static enum ink ink_of(enum doctor_state state)
{
	static const enum ink inks[] = {
		[DOCTOR_SKIPPED] = INK_FAINT, [DOCTOR_OK] = INK_GOOD,  [DOCTOR_UNKNOWN] = INK_FAINT,
		[DOCTOR_WARN] = INK_WARN,     [DOCTOR_FAIL] = INK_BAD,
	};

	return inks[state];
}

void doctor_print(const struct doctor *doctor, FILE *to)
{
	unsigned counts[DOCTOR_FAIL + 1] = {0};
	struct term term;

	term_init(&term, TERM_AUTO, to);
	fprintf(to, "host       a %s host (%s)\n",
		doctor->role == ROLE_NODE ? "compute" : doctor_role_text(doctor->role),
		doctor->role_why);
	for (size_t i = 0; i < DOCTOR_CHECKS; i++) {
		const struct doctor_result *result = &doctor->results[i];

		counts[result->state]++;
		if (result->state == DOCTOR_SKIPPED)
			continue;
		fprintf(to, "%s%-7s%s    %-19s  %s\n", term_ink(&term, ink_of(result->state)),
			doctor_state_text(result->state), term_plain(&term, ink_of(result->state)),
			doctor_rows[i].name, result->found);
		if (*result->remedy)
			fprintf(to, "           do                   %s\n", result->remedy);
	}
	fprintf(to, "checks     %u ok, %u wrong, %u to look at, %u unknown\n", counts[DOCTOR_OK],
		counts[DOCTOR_FAIL], counts[DOCTOR_WARN], counts[DOCTOR_UNKNOWN]);
}

int doctor_print_json(const struct doctor *doctor)
{
	struct json_out *out = json_out_new(true);

	json_out_open(out, NULL, '{');
	json_out_string(out, "version", EFA_LAYOUT_VERSION);
	json_out_string(out, "role", doctor_role_text(doctor->role));
	json_out_string(out, "role_why", doctor->role_why);
	json_out_string(out, "slurm_conf", *doctor->conf_path ? doctor->conf_path : NULL);
	json_out_string(out, "state", doctor_state_text(doctor_worst(doctor)));
	json_out_open(out, "checks", '[');
	for (size_t i = 0; i < DOCTOR_CHECKS; i++) {
		const struct doctor_result *result = &doctor->results[i];

		if (result->state == DOCTOR_SKIPPED)
			continue;
		json_out_open(out, NULL, '{');
		json_out_string(out, "name", doctor_rows[i].name);
		json_out_string(out, "what", doctor_rows[i].what);
		json_out_string(out, "state", doctor_state_text(result->state));
		json_out_string(out, "found", result->found);
		json_out_string(out, "remedy", *result->remedy ? result->remedy : NULL);
		json_out_close(out);
	}
	json_out_close(out);
	json_out_close(out);
	return node_json_print(out);
}
