#include "collector/intake/intake_queue.h"

#include <string.h>
#include <sys/random.h>

#include "base/timestamp.h"

/* Of what a queue may hold, a whole. */
#define INTAKE_QUEUE_WHOLE (1U << 20U)

uint64_t intake_queue_seed(void)
{
	uint64_t seed;

	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) < 0)
		seed = (uintptr_t)&seed ^ (uint64_t)timestamp_monotonic_ms();
	return seed;
}

void intake_queue_init(struct intake_queue *queue,
                       const struct intake_queue_load *max)
{
	memset(queue, 0, sizeof(*queue));
	queue->max = *max;
	queue->last = &queue->first;
	queue->seed = intake_queue_seed();
}

/* --- where a source is counted ------------------------------------------- */

static bool intake_queue_is_nobodys(const struct intake *intake)
{
	return intake->places[0] == INTAKE_QUEUE_PLACES;
}

ATTR_WRAPS unsigned int intake_queue_place(uint64_t seed,
                                           const struct address *source,
                                           unsigned int scope)
{
	size_t len = address_scope(source, scope), i;
	uint64_t hash = seed ^ (len << 8U | scope);

	for (i = 0; i < len; i++) {
		hash ^= source->bytes[i];
		hash *= UINT64_C(0x100000001b3);
		hash ^= hash >> 29U;
	}
	return (unsigned int)(hash % INTAKE_QUEUE_PLACES);
}

static void intake_queue_find_places(const struct intake_queue *queue,
                                     struct intake *intake)
{
	static const struct address none;
	bool nobodys = memcmp(&intake->source, &none, sizeof(none)) == 0;
	unsigned int scope;

	for (scope = 0; scope < ADDRESS_SCOPES; scope++)
		intake->places[scope] =
			nobodys ? INTAKE_QUEUE_PLACES
				: intake_queue_place(queue->seed,
		                                     &intake->source, scope);
}

/* --- what is in it ------------------------------------------------------- */

static void intake_queue_add(struct intake_queue_load *load,
                             const struct intake *intake)
{
	load->count++;
	load->memory += intake->memory;
	load->cost += intake->cost;
}

static void intake_queue_subtract(struct intake_queue_load *load,
                                  const struct intake *intake)
{
	load->count--;
	load->memory -= intake->memory;
	load->cost -= intake->cost;
}

static void intake_queue_adjust(struct intake_queue *queue,
                                const struct intake *intake,
                                void (*change)(struct intake_queue_load *,
                                               const struct intake *))
{
	unsigned int scope;

	change(&queue->total, intake);
	for (scope = 0; scope < ADDRESS_SCOPES; scope++)
		change(&queue->per_scope[scope][intake->places[scope]], intake);
}

static void intake_queue_append(struct intake_queue *queue,
                                struct intake *intake)
{
	intake->next = NULL;
	*queue->last = intake;
	queue->last = &intake->next;
	queue->waiting++;
	intake_queue_adjust(queue, intake, intake_queue_add);
}

static void intake_queue_remove(struct intake_queue *queue,
                                struct intake **link)
{
	struct intake *intake = *link;

	*link = intake->next;
	if (*link == NULL)
		queue->last = link;
	queue->waiting--;
	intake_queue_adjust(queue, intake, intake_queue_subtract);
}

static struct intake_queue_load
intake_queue_load_in(const struct intake_queue *queue,
                     const struct intake *intake, unsigned int scope)
{
	return queue->per_scope[scope][intake->places[scope]];
}

/* What a load is of the queue, by what it has most of. */
static uint64_t intake_queue_share(const struct intake_queue *queue,
                                   struct intake_queue_load load)
{
	const struct intake_queue_load *max = &queue->max;
	uint64_t count = (uint64_t)load.count * INTAKE_QUEUE_WHOLE / max->count;
	uint64_t memory =
		(uint64_t)load.memory * INTAKE_QUEUE_WHOLE / max->memory;
	uint64_t cost =
		(uint64_t)load.cost * INTAKE_QUEUE_WHOLE / (uint64_t)max->cost;
	uint64_t share = count > memory ? count : memory;

	return share > cost ? share : cost;
}

/* --- who gets a place ---------------------------------------------------- */

static bool intake_queue_fits(struct intake_queue_load load,
                              const struct intake *intake,
                              const struct intake_queue_load *max,
                              unsigned int parts)
{
	return load.memory + intake->memory <= max->memory / parts &&
	       load.cost + intake->cost <= max->cost / parts;
}

static enum intake_queue_room
intake_queue_room_for(const struct intake_queue *queue,
                      const struct intake *intake)
{
	struct intake_queue_load load = intake_queue_load_in(queue, intake, 0);

	if (!intake_queue_is_nobodys(intake) && load.count > 0 &&
	    !intake_queue_fits(load, intake, &queue->max, 2))
		return INTAKE_QUEUE_SOURCE_FULL;
	if (queue->waiting >= queue->max.count ||
	    (queue->total.count > 0 &&
	     !intake_queue_fits(queue->total, intake, &queue->max, 1)))
		return INTAKE_QUEUE_FULL;
	return INTAKE_QUEUE_HAS_ROOM;
}

/* Whether a is of networks that have at least as much as those of b: the
   widest scope in which they differ says so. */
static bool intake_queue_has_more(const struct intake_queue *queue,
                                  const struct intake *a,
                                  const struct intake *b)
{
	unsigned int scope;
	uint64_t of_a, of_b;

	for (scope = 0; scope < ADDRESS_SCOPES; scope++) {
		if (a->places[scope] == b->places[scope])
			continue;
		of_a = intake_queue_share(queue, intake_queue_load_in(queue, a,
		                                                      scope));
		of_b = intake_queue_share(queue, intake_queue_load_in(queue, b,
		                                                      scope));
		if (of_a != of_b)
			return of_a > of_b;
	}
	return true;
}

/* Whether it is fair that the one takes the other's place. */
static bool intake_queue_may_displace(const struct intake_queue *queue,
                                      const struct intake *intake,
                                      const struct intake *victim)
{
	struct intake_queue_load load;
	unsigned int scope;

	for (scope = 0; scope < ADDRESS_SCOPES; scope++) {
		if (intake->places[scope] == victim->places[scope])
			continue;
		load = intake_queue_load_in(queue, intake, scope);
		intake_queue_add(&load, intake);
		return intake_queue_share(queue, load) <
		       intake_queue_share(queue, intake_queue_load_in(
							 queue, victim, scope));
	}
	return false;
}

/* Whose place it may take, of its own network alone or of all; NULL: nobody's. */
static struct intake **intake_queue_find_victim(struct intake_queue *queue,
                                                const struct intake *intake,
                                                bool own)
{
	struct intake **link, **victim = NULL;

	for (link = &queue->first; *link != NULL; link = &(*link)->next) {
		if (intake_queue_is_nobodys(*link) ||
		    (own && (*link)->places[0] != intake->places[0]))
			continue;
		if (victim == NULL ||
		    intake_queue_has_more(queue, *link, *victim))
			victim = link;
	}
	return victim != NULL &&
	                       intake_queue_may_displace(queue, intake, *victim)
	               ? victim
	               : NULL;
}

/* What was displaced for nothing is back; the oldest of a network stands first
   in the list. */
static void intake_queue_put_back(struct intake_queue *queue,
                                  struct intake **displaced)
{
	struct intake *intake, *next;

	for (intake = *displaced; intake != NULL; intake = next) {
		next = intake->next;
		intake_queue_append(queue, intake);
	}
	*displaced = NULL;
}

enum intake_queue_room intake_queue_put(struct intake_queue *queue,
                                        struct intake *intake,
                                        struct intake **displaced)
{
	struct intake **link, *victim;
	enum intake_queue_room room;

	*displaced = NULL;
	intake_queue_find_places(queue, intake);
	while ((room = intake_queue_room_for(queue, intake)) !=
	       INTAKE_QUEUE_HAS_ROOM) {
		link = intake_queue_find_victim(
			queue, intake, room == INTAKE_QUEUE_SOURCE_FULL);
		if (link == NULL) {
			intake_queue_put_back(queue, displaced);
			return room;
		}
		victim = *link;
		intake_queue_remove(queue, link);
		victim->next = *displaced;
		*displaced = victim;
	}
	intake_queue_append(queue, intake);
	return INTAKE_QUEUE_HAS_ROOM;
}

bool intake_queue_admits(struct intake_queue *queue,
                         const struct address *source)
{
	struct intake least = {.source = *source, .memory = 1, .cost = 1};
	enum intake_queue_room room;

	intake_queue_find_places(queue, &least);
	room = intake_queue_room_for(queue, &least);
	return room == INTAKE_QUEUE_HAS_ROOM ||
	       intake_queue_find_victim(
		       queue, &least, room == INTAKE_QUEUE_SOURCE_FULL) != NULL;
}

struct intake *intake_queue_take(struct intake_queue *queue, size_t count,
                                 int64_t cost)
{
	struct intake *first = queue->first, **end = &queue->first;
	size_t taken = 0;
	int64_t spent = 0;

	while (*end != NULL && taken < count && spent < cost) {
		spent += (*end)->cost;
		end = &(*end)->next;
		taken++;
	}
	if (taken == 0)
		return NULL;
	queue->first = *end;
	if (queue->first == NULL)
		queue->last = &queue->first;
	*end = NULL;
	queue->waiting -= taken;
	return first;
}

void intake_queue_release(struct intake_queue *queue,
                          const struct intake *intake)
{
	intake_queue_adjust(queue, intake, intake_queue_subtract);
}
