/* SPDX-License-Identifier: Apache-2.0 */
#include "assign.h"

#include <string.h>

#include "text.h"

#define TASKS_MAX 65536

static uint64_t bit(size_t i)
{
	return UINT64_C(1) << i;
}

static unsigned count(uint64_t rails)
{
	return (unsigned)__builtin_popcountll(rails);
}

/* The rails from the first-th to the (first + n - 1)-th of a set, counted inside the set. */
static uint64_t slice(uint64_t rails, unsigned first, unsigned n)
{
	uint64_t taken = 0;

	for (unsigned place = 0; rails; place++, rails &= rails - 1)
		if (place >= first && place < first + n)
			taken |= rails & -rails;
	return taken;
}

/*
 * The index-th of `parts` even shares of a set; the first shares get the remainder. With fewer
 * rails than shares, neighbours share one rail.
 */
static uint64_t share(uint64_t rails, unsigned index, unsigned parts)
{
	unsigned n = count(rails), each = n / parts, rest = n % parts;

	if (!n)
		return 0;
	if (!each)
		return slice(rails, index * n / parts, 1);
	return slice(rails, index * each + (index < rest ? index : rest), each + (index < rest));
}

static uint64_t passing(const struct nodemap *map)
{
	uint64_t rails = 0;

	for (size_t i = 0; i < map->n_rails; i++)
		if (map->rails[i].pass)
			rails |= bit(i);
	return rails;
}

/* How near the nearest of these rails is to an accelerator, as pci_path_common counts. */
static unsigned nearest_level(const struct nodemap *map, uint64_t rails, size_t accel)
{
	unsigned best = 0;

	for (size_t i = 0; i < map->n_rails; i++) {
		unsigned level;

		if (!(rails & bit(i)))
			continue;
		level = pci_path_common(&map->rails[i].path, &map->accels[accel].path);
		if (level > best)
			best = level;
	}
	return best;
}

/* Is there an accelerator that is nearer to this rail than `level`? */
static bool claimed_below(const struct nodemap *map, size_t rail, unsigned level)
{
	for (size_t i = 0; i < map->n_accels; i++)
		if (pci_path_common(&map->rails[rail].path, &map->accels[i].path) > level)
			return true;
	return false;
}

/*
 * Rails of one accelerator: the one that is wired to it, where that is known. Else those below its
 * first ancestor that has rails, without those that belong to an accelerator further down, split
 * among all accelerators that have the same first ancestor. That is how aws-ofi-nccl forms its
 * groups. *ret_level: how near they are.
 */
static uint64_t accel_rails(const struct nodemap *map, uint64_t rails, size_t accel,
			    unsigned *ret_level)
{
	const struct pci_path *path = &map->accels[accel].path;
	unsigned level = nearest_level(map, rails, accel), sharers = 0, index = 0;
	uint64_t group = 0;

	*ret_level = level;
	if (map->accels[accel].rail >= 0)
		return rails & bit((size_t)map->accels[accel].rail);
	if (!level)
		return 0;
	for (size_t i = 0; i < map->n_rails; i++)
		if ((rails & bit(i)) && pci_path_common(&map->rails[i].path, path) == level &&
		    !claimed_below(map, i, level))
			group |= bit(i);
	for (size_t i = 0; i < map->n_accels; i++) {
		if (pci_path_common(&map->accels[i].path, path) < level ||
		    nearest_level(map, rails, i) != level)
			continue;
		if (i < accel)
			index++;
		sharers++;
	}
	return share(group, index, sharers);
}

/* Why these rails: n accelerators gave them, the last one and its level are named where n is 1. */
static void say_accels(const struct nodemap *map, unsigned n, unsigned accel, unsigned level,
		       struct rail_choice *choice)
{
	bool is_wired = map->accels[accel].rail >= 0, one = count(choice->rails) == 1;
	char rails[32];

	text_format(rails, sizeof(rails), "%u rail%s", count(choice->rails), one ? "" : "s");
	if (is_wired && n == 1)
		text_format(choice->why, sizeof(choice->why), "%s is wired to Neuron device %u",
			    rails, accel);
	else if (is_wired)
		text_format(choice->why, sizeof(choice->why), "%s %s wired to %u Neuron devices",
			    rails, one ? "is" : "are", n);
	else if (n == 1)
		text_format(choice->why, sizeof(choice->why), "%s share%s a %s with GPU %u", rails,
			    one ? "s" : "", level > 1 ? "switch" : "host bridge", accel);
	else
		text_format(choice->why, sizeof(choice->why), "%s %s nearest to %u GPUs", rails,
			    one ? "is" : "are", n);
}

static bool by_accels(const struct nodemap *map, uint64_t rails, const struct task_place *place,
		      struct rail_choice *choice)
{
	unsigned n = 0, last = 0, last_level = 0, level;

	for (unsigned i = 0; i < place->n_accels && i < NODE_ACCELS_MAX; i++) {
		uint64_t found = 0;

		if (place->accels[i] < map->n_accels)
			found = accel_rails(map, rails, place->accels[i], &level);
		if (!found)
			continue;
		choice->rails |= found;
		last = place->accels[i];
		last_level = level;
		n++;
	}
	if (!n)
		return false;
	choice->used = AFFINITY_GPU;
	say_accels(map, n, last, last_level, choice);
	return true;
}

/* NUMA nodes as a set of places in map->numa. */
static uint32_t numa_of_cpus(const struct nodemap *map, const struct task_place *place)
{
	uint32_t nodes = 0;

	if (!place->has_cpus)
		return 0;
	for (size_t i = 0; i < map->n_numa; i++)
		if (cpu_list_shared(&map->numa[i].cpus, &place->cpus))
			nodes |= UINT32_C(1) << i;
	return nodes;
}

static uint32_t numa_of_accels(const struct nodemap *map, const struct task_place *place)
{
	uint32_t nodes = 0;

	for (unsigned i = 0; i < place->n_accels && i < NODE_ACCELS_MAX; i++)
		for (size_t j = 0; place->accels[i] < map->n_accels && j < map->n_numa; j++)
			if (map->accels[place->accels[i]].numa_node == map->numa[j].node)
				nodes |= UINT32_C(1) << j;
	return nodes;
}

/* Nodes that have CPUs, as a set: some machines have NUMA nodes of memory alone. */
static uint32_t numa_with_cpus(const struct nodemap *map)
{
	uint32_t nodes = 0;

	for (size_t i = 0; i < map->n_numa; i++)
		if (cpu_list_count(&map->numa[i].cpus))
			nodes |= UINT32_C(1) << i;
	return nodes;
}

static unsigned gcd(unsigned a, unsigned b)
{
	while (b) {
		unsigned rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

static unsigned at_least_1(unsigned n)
{
	return n ? n : 1;
}

/* A place among the tasks of the same NUMA nodes. */
struct turn {
	unsigned place, sharers; /* the place-th of so many */
	unsigned groups;	 /* such sets of NUMA nodes on the whole node */
};

/*
 * Only the local id is known, and that Slurm deals the tasks of a step out evenly, the first NUMA
 * nodes getting the remainder: in blocks (0 1 2 3 | 4 5 6), or in turn (0 2 4 6 | 1 3 5). This
 * gives every task of a NUMA node a place of its own in both cases: a block is a run of `sharers`
 * ids, and ids in turn advance by `groups`, which leaves out residues where both have a common
 * divisor, until the shift by one per common multiple fills them. NUMA nodes behind the remainder
 * count as if the remainder were not there: so their blocks too begin at a multiple of `sharers`.
 */
static struct turn find_turn(const struct nodemap *map, const struct task_place *place,
			     uint32_t nodes)
{
	uint32_t with_cpus = numa_with_cpus(map), before = (nodes & -nodes) - 1;
	unsigned width = count(nodes), id = place->local_id, group, rest, multiple;
	struct turn turn;

	turn.groups = at_least_1(count(with_cpus) / width);
	group = count(with_cpus & before) / width;
	rest = place->local_count % turn.groups;
	turn.sharers = at_least_1(place->local_count / turn.groups + (group < rest));
	if (group >= rest && id >= rest)
		id -= rest;
	multiple = turn.sharers / gcd(turn.sharers, turn.groups) * turn.groups;
	turn.place = (id + id / multiple) % turn.sharers;
	return turn;
}

static uint64_t rails_of_numa(const struct nodemap *map, uint64_t rails, uint32_t nodes)
{
	uint64_t near = 0;

	for (size_t i = 0; i < map->n_rails; i++)
		for (size_t j = 0; j < map->n_numa; j++)
			if ((rails & bit(i)) && (nodes >> j & 1) &&
			    map->rails[i].numa_node == map->numa[j].node)
				near |= bit(i);
	return near;
}

static bool by_numa(const struct nodemap *map, uint64_t rails, const struct task_place *place,
		    uint32_t nodes, const char *whose, struct rail_choice *choice)
{
	uint64_t near = rails_of_numa(map, rails, nodes);
	struct turn turn;

	if (!near)
		return false;
	turn = find_turn(map, place, nodes);
	if (turn.sharers > count(near))
		choice->rails = slice(near, turn.place % count(near), 1);
	else
		choice->rails = share(near, turn.place, turn.sharers);
	choice->used = AFFINITY_NUMA;
	text_format(choice->why, sizeof(choice->why), "%u of %u rails on the NUMA node%s of its %s",
		    count(choice->rails), count(near), count(nodes) == 1 ? "" : "s", whose);
	return true;
}

/*
 * Where only some NUMA nodes have rails, the tasks of another may have local ids of one residue
 * alone: dealt out in turn to four nodes, 1 5 9. They count rounds of all nodes instead; nodes
 * without rails begin one after the other.
 */
static unsigned turn_without_rails(const struct nodemap *map, uint64_t rails,
				   const struct task_place *place, uint32_t nodes)
{
	uint32_t with_cpus = numa_with_cpus(map), before = (nodes & -nodes) - 1;
	unsigned without = 0;

	if (!nodes || !rails_of_numa(map, rails, with_cpus))
		return place->local_id;
	for (uint32_t left = with_cpus & before; left; left &= left - 1)
		without += !rails_of_numa(map, rails, left & -left);
	return place->local_id / find_turn(map, place, nodes).groups + without;
}

/* turn: counts as the local id does where there are more tasks than rails. */
static void by_spread(uint64_t rails, const struct task_place *place, unsigned turn,
		      struct rail_choice *choice)
{
	unsigned n = count(rails);

	if (place->local_count > n)
		choice->rails = slice(rails, turn % n, 1);
	else
		choice->rails = share(rails, place->local_id, place->local_count);
	choice->used = AFFINITY_SPREAD;
	text_format(choice->why, sizeof(choice->why), "%u of %u rails, by local task %u of %u",
		    count(choice->rails), n, place->local_id, place->local_count);
}

static void by_all(uint64_t rails, struct rail_choice *choice)
{
	choice->rails = rails;
	choice->used = AFFINITY_ALL;
	text_format(choice->why, sizeof(choice->why), "all %u rails that can be used",
		    count(rails));
}

/* gpu -> numa -> spread, beginning where `mode` says. */
static void by_place(const struct nodemap *map, uint64_t rails, enum affinity mode,
		     const struct task_place *place, struct rail_choice *choice)
{
	unsigned turn = place->local_id;
	uint32_t nodes = 0;

	if (mode == AFFINITY_GPU) {
		if (by_accels(map, rails, place, choice))
			return;
		nodes = numa_of_accels(map, place);
	}
	if (mode != AFFINITY_SPREAD) {
		if (nodes && by_numa(map, rails, place, nodes, "accelerators", choice))
			return;
		nodes = numa_of_cpus(map, place);
		if (nodes && by_numa(map, rails, place, nodes, "CPUs", choice))
			return;
		turn = turn_without_rails(map, rails, place, nodes);
	}
	by_spread(rails, place, turn, choice);
}

/*
 * Never make anything worse: a task with accelerators, or one on a node with accelerators whose own
 * are not known, may run NCCL, which places its traffic itself and wants to see the same rails on
 * every node.
 */
static void by_auto(const struct nodemap *map, uint64_t rails, const struct task_place *place,
		    struct rail_choice *choice)
{
	if (place->n_accels) {
		by_place(map, rails, AFFINITY_GPU, place, choice);
	} else if (place->local_count == 1) {
		by_all(rails, choice);
	} else {
		by_place(map, rails, AFFINITY_NUMA, place, choice);
		choice->narrow = !map->n_accels;
	}
}

/* local_count at least 1 and such that it can be calculated with, local_id below it. */
static struct task_place sane(const struct task_place *place)
{
	struct task_place copy = *place;

	if (!copy.local_count)
		copy.local_count = 1;
	if (copy.local_count > TASKS_MAX)
		copy.local_count = TASKS_MAX;
	copy.local_id %= copy.local_count;
	return copy;
}

void assign_rails(const struct nodemap *map, enum affinity mode, const struct task_place *place,
		  struct rail_choice *ret_choice)
{
	struct task_place task = sane(place);
	struct rail_choice choice = {.used = AFFINITY_NONE};
	uint64_t rails = passing(map);

	if (mode == AFFINITY_NONE) {
		text_format(choice.why, sizeof(choice.why), "no choice was asked for");
	} else if (!rails) {
		text_format(choice.why, sizeof(choice.why), "no rail can be used");
	} else if (mode == AFFINITY_ALL) {
		by_all(rails, &choice);
	} else if (mode == AFFINITY_AUTO) {
		by_auto(map, rails, &task, &choice);
	} else {
		by_place(map, rails, mode, &task, &choice);
		choice.narrow = true;
	}
	*ret_choice = choice;
}
