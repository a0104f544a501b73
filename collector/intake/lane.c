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

void intake_queue_init(struct intake_queue *lane,
                       const struct intake_queue_load *most)
{
	memset(lane, 0, sizeof(*lane));
	lane->max = *most;
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

static void find_places(const struct intake_queue *lane, struct intake *intake)
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

static void add(struct intake_queue_load *load, const struct intake *intake)
{
	load->count++;
	load->memory += intake->memory;
	load->cost += intake->cost;
}

static void subtract(struct intake_queue_load *load,
                     const struct intake *intake)
{
	load->count--;
	load->memory -= intake->memory;
	load->cost -= intake->cost;
}

static void intake_queue_adjust(struct intake_queue *lane,
                                const struct intake *intake,
                                void (*change)(struct intake_queue_load *,
                                               const struct intake *))
{
	unsigned int scope;

	change(&lane->total, intake);
	for (scope = 0; scope < ADDRESS_SCOPES; scope++)
		change(&lane->of[scope][intake->places[scope]], intake);
}

static void append(struct intake_queue *lane, struct intake *intake)
{
	intake->next = NULL;
	*lane->last = intake;
	lane->last = &intake->next;
	lane->waiting++;
	intake_queue_adjust(lane, intake, add);
}

static void take_out(struct intake_queue *lane, struct intake **link)
{
	struct intake *intake = *link;

	*link = intake->next;
	if (*link == NULL)
		lane->last = link;
	lane->waiting--;
	intake_queue_adjust(lane, intake, subtract);
}

static struct intake_queue_load load_in(const struct intake_queue *lane,
                                        const struct intake *intake,
                                        unsigned int scope)
{
	return lane->of[scope][intake->places[scope]];
}

/* What a load is of the lane, by what it has most of. */
static uint64_t share_of(const struct intake_queue *lane,
                         struct intake_queue_load load)
{
	const struct intake_queue_load *most = &lane->max;
	uint64_t count = (uint64_t)load.count * WHOLE / most->count;
	uint64_t memory = (uint64_t)load.memory * WHOLE / most->memory;
	uint64_t cost = (uint64_t)load.cost * WHOLE / (uint64_t)most->cost;
	uint64_t share = count > memory ? count : memory;

	return share > cost ? share : cost;
}

/* --- who gets a place ---------------------------------------------------- */

static bool intake_queue_fits(struct intake_queue_load load,
                              const struct intake *intake,
                              const struct intake_queue_load *most,
                              unsigned int parts)
{
	return load.memory + intake->memory <= most->memory / parts &&
	       load.cost + intake->cost <= most->cost / parts;
}

static enum intake_queue_room room_for(const struct intake_queue *lane,
                                       const struct intake *intake)
{
	struct intake_queue_load load = load_in(lane, intake, 0);

	if (!is_nobodys(intake) && load.count > 0 &&
	    !intake_queue_fits(load, intake, &lane->max, 2))
		return INTAKE_QUEUE_SOURCE_FULL;
	if (lane->waiting >= lane->max.count ||
	    (lane->total.count > 0 &&
	     !intake_queue_fits(lane->total, intake, &lane->max, 1)))
		return INTAKE_QUEUE_FULL;
	return INTAKE_QUEUE_HAS_ROOM;
}

/* Whether a is of networks that have at least as much as those of b: the
   widest scope in which they differ says so. */
static bool has_more(const struct intake_queue *lane, const struct intake *a,
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
static bool may_displace(const struct intake_queue *lane,
                         const struct intake *intake,
                         const struct intake *victim)
{
	struct intake_queue_load load;
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
static struct intake **find_victim(struct intake_queue *lane,
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
static void put_back(struct intake_queue *lane, struct intake **displaced)
{
	struct intake *intake, *next;

	for (intake = *displaced; intake != NULL; intake = next) {
		next = intake->next;
		append(lane, intake);
	}
	*displaced = NULL;
}

enum intake_queue_room lane_put(struct intake_queue *lane,
                                struct intake *intake,
                                struct intake **displaced)
{
	struct intake **link, *victim;
	enum intake_queue_room room;

	*displaced = NULL;
	find_places(lane, intake);
	while ((room = room_for(lane, intake)) != INTAKE_QUEUE_HAS_ROOM) {
		link = find_victim(lane, intake,
		                   room == INTAKE_QUEUE_SOURCE_FULL);
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
	return INTAKE_QUEUE_HAS_ROOM;
}

bool lane_admits(struct intake_queue *lane, const struct address *source)
{
	struct intake least = {.source = *source, .memory = 1, .cost = 1};
	enum intake_queue_room room;

	find_places(lane, &least);
	room = room_for(lane, &least);
	return room == INTAKE_QUEUE_HAS_ROOM ||
	       find_victim(lane, &least, room == INTAKE_QUEUE_SOURCE_FULL) !=
	               NULL;
}

struct intake *intake_queue_take(struct intake_queue *lane, size_t count,
                                 int64_t cost)
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

void intake_queue_release(struct intake_queue *lane,
                          const struct intake *intake)
{
	intake_queue_adjust(lane, intake, subtract);
}
