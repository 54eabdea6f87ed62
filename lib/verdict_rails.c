/* SPDX-License-Identifier: Apache-2.0 */
#include "verdict_impl.h"

#include <errno.h>
#include <string.h>

#include "text.h"

struct finding *verdict_add_rail(struct judge *judge, const char *code, size_t i)
{
	const struct rail *rail = &judge->in->inv->rails[i];
	struct finding *finding = findings_add(&judge->out->findings, code);
	char name[PCI_RDMA_NAME_TEXT], pci[PCI_ADDR_TEXT];

	finding->rail = (int)i;
	finding->card_index = rail->card_index;
	if (rail->rdma_name[0])
		finding_subject(finding, "rail %s", rail->rdma_name);
	else
		finding_subject(finding, "rail %s (%s)", pci_addr_rdma_name(&rail->pci, name),
				pci_addr_format(&rail->pci, pci));
	return finding;
}

static void add_stage(struct judge *judge, size_t i)
{
	const struct rail *rail = &judge->in->inv->rails[i];
	struct finding *finding;
	char pci[PCI_ADDR_TEXT];

	switch (rail->stage) {
	case RAIL_UNBOUND:
		finding = verdict_add_rail(judge, "E201", i);
		text_format(finding->expected, sizeof(finding->expected), "driver efa");
		finding_found(finding, "%s%s", rail->driver[0] ? "driver " : "no driver",
			      rail->driver);
		break;
	case RAIL_NO_RDMA:
		finding = verdict_add_rail(judge, "E202", i);
		text_format(finding->expected, sizeof(finding->expected), "an RDMA device");
		break;
	case RAIL_NO_UVERBS:
		finding = verdict_add_rail(judge, "E203", i);
		text_format(finding->expected, sizeof(finding->expected),
			    "a node in /dev/infiniband");
		break;
	case RAIL_USABLE:
	case RAIL_LISTED:
	default:
		return;
	}
	text_format(finding->evidence, sizeof(finding->evidence), "PCI function %s%s%s%s",
		    pci_addr_format(&rail->pci, pci), rail->eni_id[0] ? ", interface " : "",
		    rail->eni_id,
		    rail->place == PLACE_ELIMINATION ? " by elimination"
		    : rail->place == PLACE_PCI	     ? " by its place in the PCI tree"
						     : "");
}

bool verdict_usable(const struct judge *judge, size_t i)
{
	return i < judge->in->inv->n_rails && judge->in->inv->rails[i].stage == RAIL_USABLE;
}

/* What a rail's result is called. A device that hangs before anything is sent, or when its counters
 * are read, leaves an admin command unanswered. */
static const char *code_of(const struct probe_result *result)
{
	if (result->state == PROBE_CRASHED)
		return "E212";
	if (result->step == PROBE_STEP_READ)
		return "E213";
	if (result->state == PROBE_HUNG)
		return result->step == PROBE_STEP_TRANSFER || result->step == PROBE_STEP_CONTENTS
			       ? "E209"
			       : "E204";
	switch (result->step) {
	case PROBE_STEP_OPEN:
		/* The driver waited for the device, and gave up. */
		return result->fi_error == ETIME || result->fi_error == ETIMEDOUT ? "E204" : "E205";
	case PROBE_STEP_GETINFO:
		return "E206";
	case PROBE_STEP_ENDPOINT:
		return "E207";
	case PROBE_STEP_CONTENTS:
		return "E210";
	case PROBE_STEP_COUNTERS:
		return "E211";
	case PROBE_STEP_READ:
		return "E213";
	case PROBE_STEP_PAIRS:
		return "E214";
	case PROBE_STEP_TRANSFER:
	case PROBE_STEP_DONE:
		break;
	}
	return "E208";
}

static void add_failure(struct judge *judge, size_t i, const struct probe_result *result)
{
	struct finding *finding = verdict_add_rail(judge, code_of(result), i);

	if (result->text[0])
		finding_found(finding, "%s", result->text);
	else if (result->fi_error)
		finding_found(finding, "libfabric error %d", result->fi_error);
	text_format(finding->evidence, sizeof(finding->evidence), "%s at step %s after %u ms",
		    probe_state_text(result->state), probe_step_text(result->step),
		    result->total_ms);
	if (result->fi_error)
		text_append(finding->evidence, sizeof(finding->evidence), ", libfabric error %d",
			    result->fi_error);
	if (result->prov_error)
		text_append(finding->evidence, sizeof(finding->evidence), ", provider error %d",
			    result->prov_error);
	if (result->step == PROBE_STEP_COUNTERS)
		text_append(finding->evidence, sizeof(finding->evidence),
			    ", %llu bytes sent, device counted %llu out and %llu in",
			    (unsigned long long)result->bytes, (unsigned long long)result->tx_bytes,
			    (unsigned long long)result->rx_bytes);
}

/* Ways to fail that have their cause outside the single rail when all rails show them. */
enum alike {
	ALIKE_NO,
	ALIKE_UNREACHABLE,
	ALIKE_UNRESPONSIVE,
	ALIKE_TIMEOUT,
	ALIKE_LISTED,
	ALIKE_COUNTERS,
	ALIKE_READ
};

/*
 * The efa provider's own number comes first: until libfabric 1.18 every one of these completions
 * was plain EIO. 13, 15: EFA completion status "unresponsive" and "unreachable remote"; 4124, 4126:
 * the provider's "established peer unresponsive" and "handshake failed" (libfabric prov/efa
 * efa_errno.h).
 */
static enum alike alike_of_error(const struct probe_result *result)
{
	switch (result->prov_error) {
	case 15:
		return ALIKE_UNREACHABLE;
	case 13:
	case 4124:
	case 4126:
		return ALIKE_UNRESPONSIVE;
	default:
		break;
	}
	switch (result->fi_error) {
	case EHOSTUNREACH:
		return ALIKE_UNREACHABLE;
	case ECONNABORTED:
		return ALIKE_UNRESPONSIVE;
	case ETIMEDOUT:
		return ALIKE_TIMEOUT;
	default:
		return ALIKE_NO;
	}
}

/*
 * A security group without a rule for itself shows as an unreachable or unresponsive peer, or as a
 * transfer without end. A provider that lists no rail, or data that arrives without moving any
 * device's counters (shared memory carried it), says something about the software; and so does an
 * RDMA read that no rail can do though messages pass.
 */
static enum alike alike_of(const struct probe_result *result)
{
	if (result->state == PROBE_HUNG && result->step == PROBE_STEP_TRANSFER)
		return ALIKE_TIMEOUT;
	if (result->step == PROBE_STEP_READ)
		return ALIKE_READ;
	if (result->state != PROBE_FAIL)
		return ALIKE_NO;
	if (result->step == PROBE_STEP_GETINFO)
		return ALIKE_LISTED;
	if (result->step == PROBE_STEP_COUNTERS)
		return ALIKE_COUNTERS;
	if (result->step != PROBE_STEP_TRANSFER)
		return ALIKE_NO;
	return alike_of_error(result);
}

/* Rails without a way to their peer show it as one error or another, depending on load alone. */
static bool is_kin(enum alike a, enum alike b)
{
	bool fabric_a = a == ALIKE_UNREACHABLE || a == ALIKE_UNRESPONSIVE || a == ALIKE_TIMEOUT;
	bool fabric_b = b == ALIKE_UNREACHABLE || b == ALIKE_UNRESPONSIVE || b == ALIKE_TIMEOUT;

	return a == b || (fabric_a && fabric_b);
}

/*
 * The one way in which all rails failed that came as far as libfabric; a device that could not even
 * be opened says nothing about the others. ALIKE_NO when a rail passed, or failed otherwise.
 * *ret_n: how many they are, *ret_first: one of them.
 */
static enum alike all_alike(const struct judge *judge, size_t *ret_n, size_t *ret_first)
{
	const struct probe_report *probe = judge->in->probe;
	enum alike common = ALIKE_NO;
	size_t n = 0;

	for (size_t i = 0; i < probe->n; i++) {
		const struct probe_result *result = &probe->v[i];

		if (!verdict_usable(judge, i) || result->state == PROBE_NOT_TESTED ||
		    (result->step == PROBE_STEP_OPEN && result->state != PROBE_PASS))
			continue;
		if (result->state == PROBE_PASS || alike_of(result) == ALIKE_NO ||
		    (n && !is_kin(alike_of(result), common)))
			return ALIKE_NO;
		if (n++)
			continue;
		common = alike_of(result);
		*ret_first = i;
	}
	*ret_n = n;
	/* One rail alone proves it only where the device was not even involved. */
	return n >= 2 || common == ALIKE_COUNTERS ? common : ALIKE_NO;
}

/* The software is to blame, not the rails. */
static bool is_of_check(enum alike how)
{
	return how == ALIKE_LISTED || how == ALIKE_COUNTERS || how == ALIKE_READ;
}

static void add_alike(struct judge *judge, enum alike how, size_t n, size_t first)
{
	const struct probe_result *result = &judge->in->probe->v[first];
	struct finding *finding = findings_add(&judge->out->findings,
					       is_of_check(how) ? "E307" : "E250");
	static const char *const words[] = {
		[ALIKE_UNREACHABLE] = "unreachable",
		[ALIKE_UNRESPONSIVE] = "unresponsive",
		[ALIKE_TIMEOUT] = "no transfer ends",
		[ALIKE_LISTED] = "the provider lists none of them",
		[ALIKE_COUNTERS] = "data arrives, but not through the device",
		[ALIKE_READ] = "messages pass, but no rail does an RDMA read",
	};

	finding_subject(finding, "%zu rail%s", n, n == 1 ? "" : "s");
	finding_found(finding, "%s", words[how]);
	text_format(finding->evidence, sizeof(finding->evidence), "%s%sstep %s", result->text,
		    result->text[0] ? ", " : "", probe_step_text(result->step));
	if (result->fi_error)
		text_append(finding->evidence, sizeof(finding->evidence), ", libfabric error %d",
			    result->fi_error);
	if (result->prov_error)
		text_append(finding->evidence, sizeof(finding->evidence), ", provider error %d",
			    result->prov_error);
}

/* One finding per failed rail, but one for all that failed alike. Returns how many were tested. */
static size_t add_results(struct judge *judge)
{
	const struct probe_report *probe = judge->in->probe;
	size_t n = 0, first = 0, tested = 0;
	enum alike how = all_alike(judge, &n, &first);

	if (how != ALIKE_NO)
		add_alike(judge, how, n, first);
	for (size_t i = 0; i < probe->n; i++) {
		const struct probe_result *result = &probe->v[i];

		if (!verdict_usable(judge, i))
			continue;
		if (result->state == PROBE_NOT_TESTED) {
			judge->rails_may++;
			continue;
		}
		tested++;
		if (result->state == PROBE_PASS) {
			judge->out->rails_pass++;
			judge->rails_may++;
		} else if (how == ALIKE_NO || !is_kin(alike_of(result), how)) {
			add_failure(judge, i, result);
		} else if (is_of_check(how)) {
			judge->rails_may++;
		}
	}
	return tested;
}

/*
 * A passing test moves some twenty packets, none of which a sound rail loses; beside them there may
 * be a job's, of which a few may be lost without harm.
 */
#define LOST_SHARE 50

static void add_lost(struct judge *judge, size_t i)
{
	const struct probe_result *result = &judge->in->probe->v[i];
	struct finding *finding;

	if (!result->lost || result->packets / LOST_SHARE > result->lost)
		return;
	finding = verdict_add_rail(judge, "W202", i);
	finding_found(finding, "%llu lost or sent again while %llu arrived",
		      (unsigned long long)result->lost, (unsigned long long)result->packets);
}

/* Rails whose turn did not come, and rails that passed with something to remark. */
static void add_remarks(struct judge *judge, size_t tested)
{
	const struct probe_report *probe = judge->in->probe;

	if (!tested) {
		struct finding *finding = findings_add(&judge->out->findings, "E305");

		finding_subject(finding, "check");
		finding_found(finding, "%u ms were used up", probe->elapsed_ms);
		return;
	}
	for (size_t i = 0; i < probe->n; i++) {
		const struct probe_result *result = &probe->v[i];

		if (!verdict_usable(judge, i))
			continue;
		if (result->state == PROBE_NOT_TESTED)
			verdict_add_rail(judge, "W201", i);
		if (result->state == PROBE_PASS && result->retried)
			verdict_add_rail(judge, "I201", i);
		if (result->state == PROBE_PASS)
			add_lost(judge, i);
	}
}

static void add_not_run(struct judge *judge)
{
	const struct probe_report *probe = judge->in->probe;
	const char *code = "E303";
	struct finding *finding;

	if (probe->outcome == PROBE_NO_PROGRAM || probe->outcome == PROBE_NO_LIBRARY)
		code = "E301";
	else if (probe->outcome == PROBE_NO_PROVIDER)
		code = "E302";
	finding = findings_add(&judge->out->findings, code);
	finding_subject(finding, "check");
	finding_found(finding, "%s", probe->text);
}

void verdict_rails(struct judge *judge)
{
	const struct inventory *inv = judge->in->inv;
	size_t n_usable = 0;

	for (size_t i = 0; i < inv->n_rails; i++) {
		add_stage(judge, i);
		n_usable += verdict_usable(judge, i);
	}
	if (!n_usable)
		return;
	if (judge->in->probe && judge->in->probe->outcome == PROBE_RAN) {
		add_remarks(judge, add_results(judge));
		verdict_extras(judge);
		return;
	}
	judge->rails_may = (unsigned)n_usable;
	if (judge->in->probe)
		add_not_run(judge);
	else
		finding_subject(findings_add(&judge->out->findings, "I202"), "check");
}
