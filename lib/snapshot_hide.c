/* SPDX-License-Identifier: Apache-2.0 */
/* A snapshot without what is private. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "snapshot.h"

/* Interfaces in the order of cards, so that masks can be told apart by looking at them. */
static int learn_facts(struct mask *mask, const struct eni_facts *facts, struct err *err)
{
	char mac[MAC_TEXT];
	int r = 0;

	for (size_t i = 0; !r && facts->known && i < facts->n_enis; i++) {
		r = mask_learn(mask, CONTENT_MAC, mac_format(&facts->enis[i].mac, mac), err);
		if (!r)
			r = mask_learn(mask, CONTENT_PLAIN, facts->enis[i].id, err);
	}
	return r;
}

static int learn_entry(struct mask *mask, const struct snapshot_entry *entry, struct err *err)
{
	int r = mask_learn(mask, CONTENT_PLAIN, entry->path, err);

	if (r || !entry->text)
		return r;
	return mask_learn(mask, entry->kind == SNAPSHOT_FILE ? entry->content : CONTENT_PLAIN,
			  entry->text, err);
}

static int take_out(struct snapshot *snapshot, size_t i, const char *why)
{
	struct snapshot_entry *entry = &snapshot->v[i];
	int r = snapshot_leave_out(snapshot, entry->path, why);

	if (r)
		return r;
	free(entry->path);
	free(entry->text);
	memmove(entry, entry + 1, (--snapshot->n - i) * sizeof(*entry));
	return 0;
}

static int learn_all(struct snapshot *snapshot, struct mask *mask, struct err *err)
{
	for (size_t i = 0; i < snapshot->n;) {
		struct err why = {""};
		int r = learn_entry(mask, &snapshot->v[i], &why);

		if (!r) {
			i++;
			continue;
		}
		if (r != -EINVAL || take_out(snapshot, i, why.text))
			return err_set(err, r, "%s", why.text);
	}
	for (size_t i = 0; i < snapshot->n_left_out; i++) {
		const struct snapshot_omission *omission = &snapshot->left_out[i];
		int r = mask_learn(mask, CONTENT_PLAIN, omission->path, err);

		if (!r)
			r = mask_learn(mask, CONTENT_PLAIN, omission->why, err);
		if (r)
			return r;
	}
	return 0;
}

static int replace(struct mask *mask, enum mask_content content, char **text, struct err *err)
{
	char *masked;
	int r = mask_apply(mask, content, *text, &masked, err);

	if (r)
		return r;
	free(*text);
	*text = masked;
	return 0;
}

static int hide_entry(struct mask *mask, struct snapshot_entry *entry, struct err *err)
{
	int r = replace(mask, CONTENT_PLAIN, &entry->path, err);

	if (r || !entry->text)
		return r;
	return replace(mask, entry->kind == SNAPSHOT_FILE ? entry->content : CONTENT_PLAIN,
		       &entry->text, err);
}

int snapshot_hide(struct snapshot *snapshot, const struct eni_facts *facts, const char *also,
		  struct mask *mask, struct err *err)
{
	int r = snapshot_settle(snapshot, err);

	if (!r)
		r = learn_facts(mask, facts, err);
	if (!r)
		r = learn_all(snapshot, mask, err);
	if (!r)
		r = mask_learn(mask, CONTENT_PLAIN, also, err);
	if (!r)
		r = mask_settle(mask, err);
	for (size_t i = 0; !r && i < snapshot->n; i++)
		r = hide_entry(mask, &snapshot->v[i], err);
	for (size_t i = 0; !r && i < snapshot->n_left_out; i++) {
		r = replace(mask, CONTENT_PLAIN, &snapshot->left_out[i].path, err);
		if (!r)
			r = replace(mask, CONTENT_PLAIN, &snapshot->left_out[i].why, err);
	}
	return r ? r : snapshot_settle(snapshot, err);
}
