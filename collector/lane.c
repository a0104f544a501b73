#include "collector/lane.h"

#include <string.h>
#include <sys/random.h>

void lane_init(struct lane *lane, size_t memory, int64_t cost)
{
	*lane = (struct lane){.most = {memory, cost}};
	lane->last = &lane->first;
	/* Without it a stranger could choose whose half he fills. */
	if (getrandom(&lane->seed, sizeof(lane->seed), GRND_NONBLOCK) < 0)
		lane->seed = (uintptr_t)lane;
}

/* The slot of its source, NULL where there is none. */
static ATTR_WRAPS const struct lane_load *slot_of(const struct lane *lane,
                                                  const struct intake *intake)
{
	static const struct address none;
	uint64_t hash = lane->seed;
	size_t i;

	if (memcmp(&intake->source, &none, sizeof(none)) == 0)
		return NULL;
	for (i = 0; i < sizeof(intake->source.bytes); i++) {
		hash ^= intake->source.bytes[i];
		hash *= UINT64_C(0x100000001b3);
		hash ^= hash >> 29;
	}
	return &lane->of_source[hash % LANE_SOURCES];
}

static struct lane_load load_of(const struct intake *intake)
{
	return (struct lane_load){intake->memory, intake->cost};
}

static bool fits(struct lane_load load, struct lane_load more, size_t memory,
                 int64_t cost)
{
	return load.memory + more.memory <= memory &&
	       load.cost + more.cost <= cost;
}

enum lane_room lane_room(const struct lane *lane, const struct intake *intake)
{
	const struct lane_load *slot = slot_of(lane, intake);
	struct lane_load load = load_of(intake);

	if (slot != NULL && slot->memory > 0 &&
	    !fits(*slot, load, lane->most.memory / 2, lane->most.cost / 2))
		return LANE_SOURCE_FULL;
	if (lane->all.memory > 0 &&
	    !fits(lane->all, load, lane->most.memory, lane->most.cost))
		return LANE_FULL;
	return LANE_ROOM;
}

static void weigh(struct lane *lane, const struct intake *intake, bool more)
{
	struct lane_load *loads[] = {&lane->all, NULL};
	const struct lane_load *slot = slot_of(lane, intake);
	size_t i;

	if (slot != NULL)
		loads[1] = &lane->of_source[slot - lane->of_source];
	for (i = 0; i < 2 && loads[i] != NULL; i++) {
		loads[i]->memory = more ? loads[i]->memory + intake->memory
		                        : loads[i]->memory - intake->memory;
		loads[i]->cost += more ? intake->cost : -intake->cost;
	}
}

void lane_append(struct lane *lane, struct intake *intake)
{
	intake->next = NULL;
	*lane->last = intake;
	lane->last = &intake->next;
	lane->waiting++;
	weigh(lane, intake, true);
}

struct intake *lane_take(struct lane *lane, size_t count, int64_t cost)
{
	struct intake *first = lane->first, **end = &lane->first;
	size_t taken = 0;
	int64_t spent = 0;

	while (*end != NULL && taken < count && spent < cost) {
		spent += (*end)->cost;
		end = &(*end)->next;
		taken++;
	}
	if (taken == 0)
		return NULL;
	lane->first = *end;
	if (lane->first == NULL)
		lane->last = &lane->first;
	*end = NULL;
	lane->waiting -= taken;
	return first;
}

void lane_done(struct lane *lane, const struct intake *intake)
{
	weigh(lane, intake, false);
}
