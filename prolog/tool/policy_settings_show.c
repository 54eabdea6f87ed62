/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "commands.h"
#include "json.h"
#include "node_json.h"
#include "policy_settings.h"
#include "policy_show.h"
#include "text.h"

#define LINE_TEXT 512

static void get(const struct policy *policy, const struct setting *setting,
		struct policy_value *ret_value)
{
	char name[sizeof(ret_value->name)];

	text_format(name, sizeof(name), "%s.%s", setting->group, setting->name);
	policy_value(policy, name, ret_value);
}

static int show_json(const struct policy *policy)
{
	struct json_out *out = json_out_new(true);
	struct policy_value value;

	json_out_open(out, NULL, '{');
	json_out_open(out, "settings", '[');
	for (size_t i = 0; i < policy_settings_n; i++) {
		get(policy, &policy_settings[i], &value);
		json_out_open(out, NULL, '{');
		json_out_string(out, "name", value.name);
		json_out_string(out, "value", value.value);
		json_out_string(out, "default", policy_settings[i].preset);
		json_out_string(out, "file", value.line ? value.file : NULL);
		if (value.line)
			json_out_int(out, "line", value.line);
		else
			json_out_null(out, "line");
		json_out_string(out, "text", policy_settings[i].sentence);
		json_out_close(out);
	}
	json_out_close(out);
	json_out_close(out);
	return node_json_print(out) ? EXIT_FAILED : EXIT_OK;
}

int policy_settings_show(const struct policy *policy, bool json)
{
	struct policy_value value;
	char text[LINE_TEXT];

	if (json)
		return show_json(policy);
	for (size_t i = 0; i < policy_settings_n; i++) {
		get(policy, &policy_settings[i], &value);
		policy_value_text(&value, text, sizeof(text));
		printf("%s\n", text);
		if (value.line)
			printf("  default %s\n", policy_settings[i].preset);
		printf("  %s\n", policy_settings[i].sentence);
	}
	return EXIT_OK;
}
