/* SPDX-License-Identifier: Apache-2.0 */
#include "finding.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define NODE_ERROR    SEVERITY_ERROR, OWNER_NODE
#define FABRIC_ERROR  SEVERITY_ERROR, OWNER_FABRIC
#define REQUEST_ERROR SEVERITY_ERROR, OWNER_REQUEST
#define CHECK_ERROR   SEVERITY_ERROR, OWNER_CHECK
#define NODE_WARNING  SEVERITY_WARNING, OWNER_NODE
#define CHECK_WARNING SEVERITY_WARNING, OWNER_CHECK
#define NODE_INFO     SEVERITY_INFO, OWNER_NODE
#define CHECK_INFO    SEVERITY_INFO, OWNER_CHECK

/* An interface cannot be attached to or detached from a running instance, hence this remedy. */
#define RELAUNCH "stop and start the instance, or replace it, with the layout that is wanted"
#define RESTART	 "reboot the node; if it stays, replace the instance"

const struct finding_code finding_codes[] = {
	{"E101", NODE_ERROR, "EFA function missing", RELAUNCH},
	{"E102", NODE_ERROR, "EFA function where the layout has none", RELAUNCH},
	{"E103", NODE_ERROR, "ENA function missing", RELAUNCH},
	{"E104", NODE_ERROR, "ENA function where the layout has none", RELAUNCH},
	{"E105", NODE_ERROR, "wrong device index", RELAUNCH},
	{"E106", NODE_ERROR, "interface attached but invisible", RESTART},
	{"E107", NODE_ERROR, "wrong number of EFA functions", RELAUNCH},
	{"E108", NODE_ERROR, "wrong number of ENA functions", RELAUNCH},
	{"E109", NODE_ERROR, "EFA and ENA functions are paired otherwise than the layout has it",
	 RELAUNCH},
	{"E110", NODE_ERROR, "two cards have each other's interfaces", RELAUNCH},
	{"E111", NODE_ERROR, "primary interface without ENA function", RESTART},
	{"E112", NODE_ERROR, "wrong kind of interface", RELAUNCH},
	{"E113", NODE_ERROR, "ENA function without driver or netdev",
	 "load the ena driver and look into the kernel log for its probe error; " RESTART},
	{"E114", NODE_ERROR, "another layout than the site declares",
	 "correct layout.declared if these nodes are meant to be so; else " RELAUNCH},
	{"E150", REQUEST_ERROR, "the node has another layout than the job asks for",
	 "ask for a layout that these nodes have (--efa-layout=help lists them), or for any"},
	{"E151", REQUEST_ERROR, "the job asks for a layout that cannot be here",
	 "ask for one of --efa-layout=help, or for any"},
	{"E152", REQUEST_ERROR, "the job asks to go without a check",
	 "submit it without --efa-layout=none"},
	{"E153", REQUEST_ERROR, "the node offers fewer rails than the job asks for",
	 "ask for fewer (--efa-rails), or submit it again for other nodes"},
	{"E154", REQUEST_ERROR, "the site does not allow this layout",
	 "ask for one that is allowed"},

	{"E201", NODE_ERROR, "not bound to the efa driver",
	 "load the efa driver and look into the kernel log for its probe error; " RESTART},
	{"E202", NODE_ERROR, "no RDMA device",
	 "look into the kernel log for the efa driver's probe error; " RESTART},
	{"E203", NODE_ERROR, "no uverbs device node",
	 "load ib_uverbs and check the udev rules for /dev/infiniband"},
	{"E204", NODE_ERROR, "device does not answer", RESTART},
	{"E205", NODE_ERROR, "device cannot be opened",
	 "check the rights of /dev/infiniband and the kernel log; " RESTART},
	{"E206", NODE_ERROR, "provider does not list the rail",
	 "compare fi_info with ibv_devices; check that libfabric and the efa driver fit together"},
	{"E207", NODE_ERROR, "endpoint cannot be made",
	 "check the memory lock limit and free huge pages; " RESTART},
	{"E208", NODE_ERROR, "transfer failed",
	 "with a single rail check the security group first (see E250); " RESTART},
	{"E209", NODE_ERROR, "transfer hung", RESTART},
	{"E210", NODE_ERROR, "data arrived damaged", "replace the instance and report it"},
	{"E211", NODE_ERROR, "device counters did not move",
	 "make sure that libfabric sends through the device and not through shared memory"},
	{"E212", NODE_ERROR, "test crashed on this rail", RESTART},
	{"E213", NODE_ERROR, "RDMA read failed", RESTART},
	{"E214", NODE_ERROR, "rail reaches no other rail of the node", RESTART},
	{"E250", FABRIC_ERROR, "all rails fail alike, check the security group",
	 "let the security group allow all traffic from and to itself, inbound and outbound (an "
	 "address range does not cover EFA), and check the subnet"},
	{"E251", FABRIC_ERROR, "rails that work do not reach each other",
	 "let the security group allow all traffic from and to itself, and compare the subnets of "
	 "the two interfaces; if it is this pair alone and stays, replace the instance"},

	{"E301", CHECK_ERROR, "no libfabric or no test program",
	 "install libfabric (the EFA installer has it) and the whole of efa-layout on the node"},
	{"E302", CHECK_ERROR, "libfabric lacks the provider",
	 "install a libfabric that has the provider of check.provider"},
	{"E303", CHECK_ERROR, "the test itself broke", "run efa-layout check on the node"},
	{"E304", CHECK_ERROR, "settings or data files cannot be used",
	 "correct the file that is named"},
	{"E305", CHECK_ERROR, "no rail was tested inside the time budget",
	 "raise check.budget_ms or check.workers"},
	{"E306", CHECK_ERROR, "the node's devices cannot be read",
	 "run efa-layout show on the node"},
	{"E307", CHECK_ERROR, "the same step fails for all rails before a device can be blamed",
	 "run efa-layout check on the node; look for settings in the way of libfabric"},

	{"W101", CHECK_WARNING, "unknown instance type",
	 "describe the type in instance-types.json, or update efa-layout"},
	{"W102", NODE_WARNING, "the interfaces follow no known layout",
	 "describe the layout in layouts.json, or name in layout.declared what nodes should have"},
	{"W103", CHECK_WARNING, "the layout cannot be judged",
	 "let efa-layout facts --write run at boot, or describe the instance type"},
	{"W104", NODE_WARNING, "no EFA function on a type that can have them",
	 "launch the instance with EFA interfaces, or leave it out of EFA partitions"},
	{"W105", CHECK_WARNING, "node feature in slurm.conf that the node does not meet",
	 "correct Feature= of the node there (efa-layout nodes prints what it should say) and let "
	 "the controller read it again: scontrol reconfigure"},
	{"W201", CHECK_WARNING, "not tested inside the time budget",
	 "raise check.budget_ms or check.workers"},
	{"W202", NODE_WARNING, "packets were lost in the test",
	 "compare with the rail's other tests and with other nodes; jobs that use the rail at the "
	 "same time can be the cause; if it is often so without them, replace the instance"},
	{"W203", NODE_WARNING, "latency above the site's bound",
	 "compare with other nodes of the type; jobs on the node at the same time can be the "
	 "cause; "
	 "if it stays without them, replace the instance, or correct check.latency_us"},
	{"W204", NODE_WARNING, "bandwidth below the site's bound",
	 "compare with other nodes of the type; jobs on the node at the same time can be the "
	 "cause; "
	 "if it stays without them, replace the instance, or correct check.bandwidth_mib_s"},
	{"W205", CHECK_WARNING, "an optional test was not done",
	 "raise check.budget_ms, or do not ask for it"},
	{"W301", NODE_WARNING, "memory lock limit too low for libfabric",
	 "set LimitMEMLOCK=infinity in the unit of slurmd and restart it (limits.d does not apply "
	 "to it); PropagateResourceLimitsExcept=MEMLOCK in slurm.conf has tasks keep it"},
	{"W302", NODE_WARNING, "uverbs device node not open to all users",
	 "chmod 0666 /dev/infiniband/uverbs*, and look for the udev rule that says otherwise "
	 "(without one the kernel gives them this mode)"},

	{"W303", CHECK_WARNING, "the settings cannot be used, the last good ones are in force",
	 "correct the file that is named; efa-layout policy validate says whether it is right"},

	{"I101", CHECK_INFO, "cards are unknown, functions were only counted",
	 "let efa-layout facts --write run at boot"},
	{"I102", NODE_INFO, "no EFA function", "nothing, unless the node should have EFA"},
	{"I103", NODE_INFO, "GID does not name the interface",
	 "look into the kernel log; if the rail fails as well, reboot the node"},
	{"I104", NODE_INFO, "PCIe link below what both ends can do",
	 "compare with other nodes of the type; if it is slower than they are, replace the "
	 "instance"},
	{"I105", NODE_INFO, "RDMA device of another vendor, left out",
	 "nothing for the node; where applications get no EFA at all, their libfabric stops at "
	 "such a "
	 "device: hide it from jobs, or update libfabric"},
	{"I106", CHECK_INFO, "node feature of the node's layout is missing in slurm.conf",
	 "add it to Feature= of the node: jobs that ask for the layout are not sent here without"},
	{"I201", CHECK_INFO, "passed only when tried again alone",
	 "nothing; if it is often so, raise check.rail_ms"},
	{"I202", CHECK_INFO, "rails were not tested", "nothing"},
	{"I203", NODE_INFO, "RDMA read cannot be done, and was not tested",
	 "nothing; where devices should have it, compare with other nodes of the type"},
	{"I301", NODE_INFO, "no free huge pages of 2 MiB",
	 "libfabric takes ordinary pages instead; to have huge ones set vm.nr_hugepages (the EFA "
	 "installer does: 110 for each CPU, and one more)"},
	{NULL, SEVERITY_INFO, OWNER_CHECK, NULL, NULL},
};

const struct finding_code *finding_code(const char *code)
{
	const struct finding_code *row = finding_codes;

	while (row->code && strcmp(row->code, code) != 0)
		row++;
	assert(row->code);
	return row->code ? row : finding_code("E303");
}

struct finding *findings_add(struct findings *findings, const char *code)
{
	struct finding *finding;

	if (findings->n < FINDINGS_MAX) {
		finding = &findings->v[findings->n++];
	} else {
		finding = &findings->spare;
		findings->dropped++;
	}
	memset(finding, 0, sizeof(*finding));
	finding->code = finding_code(code);
	finding->rail = -1;
	finding->card_index = -1;
	return finding;
}

static int compare(const void *pa, const void *pb)
{
	const struct finding *a = pa, *b = pb;
	int order = (int)a->code->severity - (int)b->code->severity;

	if (!order)
		order = (int)a->code->owner - (int)b->code->owner;
	if (!order)
		order = strcmp(a->code->code, b->code->code);
	if (!order)
		order = a->card_index - b->card_index;
	return order ? order : a->rail - b->rail;
}

void findings_sort(struct findings *findings)
{
	qsort(findings->v, findings->n, sizeof(findings->v[0]), compare);
}

const char *finding_owner_text(enum finding_owner owner)
{
	switch (owner) {
	case OWNER_NODE:
		return "node";
	case OWNER_FABRIC:
		return "fabric";
	case OWNER_REQUEST:
		return "request";
	case OWNER_CHECK:
		return "check";
	}
	return "?";
}

const char *finding_severity_text(enum finding_severity severity)
{
	switch (severity) {
	case SEVERITY_ERROR:
		return "error";
	case SEVERITY_WARNING:
		return "warning";
	case SEVERITY_INFO:
		return "info";
	}
	return "?";
}
