#include "collector/intake/lane.h"

#include <string.h>
#include <sys/random.h>

#include "base/timestamp.h"

/* Of what a lane may hold, a whole. */
#define WHOLE (1U << 20U)

uint64_t lane_seed(void)
{
	uint64_t seed;

	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) < 0)
		seed = (uintptr_t)&seed ^ (uint64_t)timestamp_monotonic_ms();
	return seed;
}

void lane_init(struct lane *lane, const struct lane_load *most)
{
	memset(lane, 0, sizeof(*lane));
	lane->most = *most;
	lane->last = &lane->first;
	lane->seed = lane_seed();
}

/* --- where a source is counted ------------------------------------------- */

static bool is_nobodys(const struct intake *intake)
{
	return intake->places[0] == LANE_PLACES;
}

ATTR_WRAPS unsigned int lane_place(uint64_t seed, const struct address *source,
                                   unsigned int scope)
{
	size_t len = address_scope(source, scope), i;
	uint64_t hash = seed ^ (len << 8U | scope);

	for (i = 0; i < len; i++) {
		hash ^= source->bytes[i];
		hash *= UINT64_C(0x100000001b3);
		hash ^= hash >> 29U;
	}
	return (unsigned int)(hash % LANE_PLACES);
}

static void find_places(const struct lane *lane, struct intake *intake)
{
	static const struct address none;
	bool nobodys = memcmp(&intake->source, &none, sizeof(none)) == 0;
	unsigned int scope;

	for (scope = 0; scope < ADDRESS_SCOPES; scope++)
		intake->places[scope] = nobodys ? LANE_PLACES
		                                : lane_place(lane->seed,
		                                             &intake->source,
		                                             scope);
}

/* --- what is in it ------------------------------------------------------- */

static void add(struct lane_load *load, const struct intake *intake)
{
	load->count++;
	load->memory += intake->memory;
	load->cost += intake->cost;
}

static void subtract(struct lane_load *load, const struct intake *intake)
{
	load->count--;
	load->memory -= intake->memory;
	load->cost -= intake->cost;
}

static void weigh(struct lane *lane, const struct intake *intake,
                  void (*change)(struct lane_load *, const struct intake *))
{
	unsigned int scope;

	change(&lane->all, intake);
	for (scope = 0; scope < ADDRESS_SCOPES; scope++)
		change(&lane->of[scope][intake->places[scope]], intake);
}

static void append(struct lane *lane, struct intake *intake)
{
	intake->next = NULL;
	*lane->last = intake;
	lane->last = &intake->next;
	lane->waiting++;
	weigh(lane, intake, add);
}

static void take_out(struct lane *lane, struct intake **link)
{
	struct intake *intake = *link;

	*link = intake->next;
	if (*link == NULL)
		lane->last = link;
	lane->waiting--;
	weigh(lane, intake, subtract);
}

static struct lane_load load_in(const struct lane *lane,
                                const struct intake *intake, unsigned int scope)
{
	return lane->of[scope][intake->places[scope]];
}

/* What a load is of the lane, by what it has most of. */
static uint64_t share_of(const struct lane *lane, struct lane_load load)
{
	const struct lane_load *most = &lane->most;
	uint64_t count = (uint64_t)load.count * WHOLE / most->count;
	uint64_t memory = (uint64_t)load.memory * WHOLE / most->memory;
	uint64_t cost = (uint64_t)load.cost * WHOLE / (uint64_t)most->cost;
	uint64_t share = count > memory ? count : memory;

	return share > cost ? share : cost;
}

/* --- who gets a place ---------------------------------------------------- */

static bool fits(struct lane_load load, const struct intake *intake,
                 const struct lane_load *most, unsigned int parts)
{
	return load.memory + intake->memory <= most->memory / parts &&
	       load.cost + intake->cost <= most->cost / parts;
}

static enum lane_room room_for(const struct lane *lane,
                               const struct intake *intake)
{
	struct lane_load load = load_in(lane, intake, 0);

	if (!is_nobodys(intake) && load.count > 0 &&
	    !fits(load, intake, &lane->most, 2))
		return LANE_SOURCE_FULL;
	if (lane->waiting >= lane->most.count ||
	    (lane->all.count > 0 && !fits(lane->all, intake, &lane->most, 1)))
		return LANE_FULL;
	return LANE_ROOM;
}

/* Whether a is of networks that have at least as much as those of b: the
   widest scope in which they differ says so. */
static bool has_more(const struct lane *lane, const struct intake *a,
                     const struct intake *b)
{
	unsigned int scope;
	uint64_t of_a, of_b;

	for (scope = 0; scope < ADDRESS_SCOPES; scope++) {
		if (a->places[scope] == b->places[scope])
			continue;
		of_a = share_of(lane, load_in(lane, a, scope));
		of_b = share_of(lane, load_in(lane, b, scope));
		if (of_a != of_b)
			return of_a > of_b;
	}
	return true;
}

/* Whether it is fair that the one takes the other's place. */
static bool may_displace(const struct lane *lane, const struct intake *intake,
                         const struct intake *victim)
{
	struct lane_load load;
	unsigned int scope;

	for (scope = 0; scope < ADDRESS_SCOPES; scope++) {
		if (intake->places[scope] == victim->places[scope])
			continue;
		load = load_in(lane, intake, scope);
		add(&load, intake);
		return share_of(lane, load) <
		       share_of(lane, load_in(lane, victim, scope));
	}
	return false;
}

/* Whose place it may take, of its own network alone or of all; NULL: nobody's. */
static struct intake **find_victim(struct lane *lane,
                                   const struct intake *intake, bool own)
{
	struct intake **link, **victim = NULL;

	for (link = &lane->first; *link != NULL; link = &(*link)->next) {
		if (is_nobodys(*link) ||
		    (own && (*link)->places[0] != intake->places[0]))
			continue;
		if (victim == NULL || has_more(lane, *link, *victim))
			victim = link;
	}
	return victim != NULL && may_displace(lane, intake, *victim) ? victim
	                                                             : NULL;
}

/* What was displaced for nothing is back; the oldest of a network stands first
   in the list. */
static void put_back(struct lane *lane, struct intake **displaced)
{
	struct intake *intake, *next;

	for (intake = *displaced; intake != NULL; intake = next) {
		next = intake->next;
		append(lane, intake);
	}
	*displaced = NULL;
}

enum lane_room lane_put(struct lane *lane, struct intake *intake,
                        struct intake **displaced)
{
	struct intake **link, *victim;
	enum lane_room room;

	*displaced = NULL;
	find_places(lane, intake);
	while ((room = room_for(lane, intake)) != LANE_ROOM) {
		link = find_victim(lane, intake, room == LANE_SOURCE_FULL);
		if (link == NULL) {
			put_back(lane, displaced);
			return room;
		}
		victim = *link;
		take_out(lane, link);
		victim->next = *displaced;
		*displaced = victim;
	}
	append(lane, intake);
	return LANE_ROOM;
}

bool lane_admits(struct lane *lane, const struct address *source)
{
	struct intake least = {.source = *source, .memory = 1, .cost = 1};
	enum lane_room room;

	find_places(lane, &least);
	room = room_for(lane, &least);
	return room == LANE_ROOM ||
	       find_victim(lane, &least, room == LANE_SOURCE_FULL) != NULL;
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
	weigh(lane, intake, subtract);
}
