/*
 * The time and the place that a connection has.
 *
 * libmicrohttpd's own timeout is one of inactivity: a client that sends a
 * byte a second never meets it. Here each connection has an absolute
 * deadline, and a thread that shuts down the sockets of those who miss it.
 * The library tells us of a connection's end before it closes the descriptor,
 * so that the descriptor can not be another's by then.
 *
 * Where more connections come than there are places, the library would let
 * the newcomers wait until others end, and strangers who send nothing take
 * their time. Here a newcomer is let in, and another one gives way to it.
 */
#include "base/httpd/httpd_deadlines.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "base/attr.h"
#include "base/memory.h"
#include "base/timestamp.h"

#define LOOK_EVERY_MS 250

/* Who has had an answer so shortly ago may be about to send again. */
#define FRESH_MS 1000

/* Who has come and sent no header yet, or says no more in the middle of a
   request, may have lost a packet, twice. */
#define STALLED_MS 5000

#define CHAINS 1024U

enum phase {
	PHASE_NEW,       /* no complete header yet */
	PHASE_IDLE,      /* none since the answer */
	PHASE_UNDER_WAY, /* a body that comes, an answer that goes */
	PHASE_OURS       /* we are the ones who are working */
};

/* A network that has connections, of one of the scopes. */
struct origin {
	struct origin *next;
	struct address address; /* one of it */
	unsigned int scope;
	unsigned int connections;
};

struct httpd_deadline {
	struct httpd_deadline *prev, *next;
	struct room *room;
	struct origin *origins[ADDRESS_SCOPES];
	int64_t at; /* monotonic milliseconds, 0: none */
	/* When the phase began, or the last piece of a body came. */
	atomic_int_fast64_t since;
	enum phase phase;
	bool idle;
	bool cut; /* its socket is shut down, the library will end it */
	int fd;
};

struct httpd_deadlines {
	pthread_mutex_t mutex;
	pthread_cond_t stop;
	pthread_t thread;
	struct httpd_deadline *first;
	struct room all; /* of all listeners */
	struct origin *chains[CHAINS];
	uint64_t missed;
	uint64_t displaced;
	int64_t starved; /* when descriptors ran out, 0: they did not */
	bool stopping;
};

static void httpd_deadlines_cut(struct httpd_deadlines *deadlines,
                                struct httpd_deadline *d)
{
	(void)shutdown(d->fd, SHUT_RDWR);
	d->at = 0;
	d->cut = true;
	d->room->leaving++;
	deadlines->all.leaving++;
}

static void httpd_deadlines_shut_late(struct httpd_deadlines *deadlines,
                                      int64_t now)
{
	struct httpd_deadline *d;

	for (d = deadlines->first; d != NULL; d = d->next) {
		if (d->at != 0 && now > d->at) {
			httpd_deadlines_cut(deadlines, d);
			deadlines->missed += !d->idle;
		}
	}
}

/* --- who gives way ------------------------------------------------------- */

ATTR_WRAPS static struct origin **
httpd_deadlines_find_origin(struct httpd_deadlines *deadlines,
                            const struct address *address, unsigned int scope)
{
	size_t len = address_scope(address, scope), i;
	uint32_t hash = UINT32_C(2166136261) ^ scope; /* FNV-1a */
	struct origin **at;

	for (i = 0; i < len; i++)
		hash = (hash ^ address->bytes[i]) * UINT32_C(16777619);
	at = &deadlines->chains[hash % CHAINS];
	while (*at != NULL &&
	       ((*at)->scope != scope ||
	        !address_shares_scope(&(*at)->address, address, scope)))
		at = &(*at)->next;
	return at;
}

static void httpd_deadlines_enter_origins(struct httpd_deadlines *deadlines,
                                          struct httpd_deadline *d,
                                          const struct address *address)
{
	struct origin **at;
	unsigned int scope;

	for (scope = 0; scope < ADDRESS_SCOPES; scope++) {
		at = httpd_deadlines_find_origin(deadlines, address, scope);
		if (*at == NULL) {
			*at = memory_zero(1, sizeof(**at));
			(*at)->address = *address;
			(*at)->scope = scope;
		}
		(*at)->connections++;
		d->origins[scope] = *at;
	}
}

static void httpd_deadlines_leave_origins(struct httpd_deadlines *deadlines,
                                          struct httpd_deadline *d)
{
	struct origin *origin, **at;
	unsigned int scope;

	for (scope = 0; scope < ADDRESS_SCOPES; scope++) {
		origin = d->origins[scope];
		if (--origin->connections > 0)
			continue;
		at = httpd_deadlines_find_origin(deadlines, &origin->address,
		                                 scope);
		*at = origin->next;
		free(origin);
	}
}

/* Who has sent no request for a while goes first, then who has stopped in the
   middle of one or takes no answer, and last who was heard of just now. */
static int httpd_deadlines_rank(const struct httpd_deadline *d, int64_t now)
{
	int64_t age = now - atomic_load(&d->since);

	if (d->phase == PHASE_IDLE)
		return age < FRESH_MS ? 2 : 0;
	if (age < STALLED_MS)
		return 2;
	return d->phase == PHASE_NEW ? 0 : 1;
}

/* Where nobody gets in at all, everybody has less time. */
static bool httpd_deadlines_is_idle(const struct httpd_deadline *d, int64_t now)
{
	return (d->phase == PHASE_NEW || d->phase == PHASE_IDLE) &&
	       now - atomic_load(&d->since) >= FRESH_MS;
}

static bool httpd_deadlines_goes_before(const struct httpd_deadline *a,
                                        const struct httpd_deadline *b,
                                        int64_t now)
{
	int rank_a = httpd_deadlines_rank(a, now),
	    rank_b = httpd_deadlines_rank(b, now);
	unsigned int i, many_a, many_b;

	if (rank_a != rank_b)
		return rank_a < rank_b;
	for (i = 0; i < ADDRESS_SCOPES; i++) {
		many_a = a->origins[i]->connections;
		many_b = b->origins[i]->connections;
		if (many_a != many_b)
			return many_a > many_b;
	}
	return atomic_load(&a->since) < atomic_load(&b->since);
}

/* Whether one gave way, in that room or, without one, anywhere. Looks at all of
   them, which is less work than the handshake that a newcomer asks for. */
static bool httpd_deadlines_displace(struct httpd_deadlines *deadlines,
                                     const struct room *room,
                                     const struct httpd_deadline *spared)
{
	struct httpd_deadline *d, *victim = NULL;
	int64_t now = timestamp_monotonic_ms();

	for (d = deadlines->first; d != NULL; d = d->next) {
		if (d == spared || d->cut || d->phase == PHASE_OURS ||
		    (room != NULL && d->room != room))
			continue;
		if (victim == NULL ||
		    httpd_deadlines_goes_before(d, victim, now))
			victim = d;
	}
	if (victim == NULL)
		return false;
	httpd_deadlines_cut(deadlines, victim);
	deadlines->displaced++;
	return true;
}

/* Of the widest network in which they differ, which is none of all. */
static bool httpd_deadlines_has_more(struct httpd_deadlines *deadlines,
                                     const struct httpd_deadline *d,
                                     const struct address *newcomer)
{
	const struct origin *origin;
	unsigned int scope = 1;

	while (scope < ADDRESS_SCOPES &&
	       address_shares_scope(&d->origins[scope]->address, newcomer,
	                            scope))
		scope++;
	if (scope == ADDRESS_SCOPES)
		return false;
	origin = *httpd_deadlines_find_origin(deadlines, newcomer, scope);
	return d->origins[scope]->connections >
	       (origin != NULL ? origin->connections : 0) + 1;
}

/* It matters more here whose it is than what it does: who is idle among
   neighbours that have few may be about to send. */
static bool
httpd_deadlines_neighbour_goes_before(const struct httpd_deadline *a,
                                      const struct httpd_deadline *b,
                                      int64_t now)
{
	unsigned int i;

	for (i = 1; i < ADDRESS_SCOPES; i++) {
		if (a->origins[i]->connections != b->origins[i]->connections)
			return a->origins[i]->connections >
			       b->origins[i]->connections;
	}
	return httpd_deadlines_goes_before(a, b, now);
}

bool httpd_deadlines_displace_neighbour(struct httpd_deadlines *deadlines,
                                        const struct address *newcomer)
{
	struct httpd_deadline *d, *victim = NULL;
	int64_t now = timestamp_monotonic_ms();

	(void)pthread_mutex_lock(&deadlines->mutex);
	for (d = deadlines->first; d != NULL; d = d->next) {
		if (d->cut || d->phase == PHASE_OURS ||
		    !address_shares_scope(&d->origins[0]->address, newcomer,
		                          0) ||
		    !httpd_deadlines_has_more(deadlines, d, newcomer))
			continue;
		if (victim == NULL ||
		    httpd_deadlines_neighbour_goes_before(d, victim, now))
			victim = d;
	}
	if (victim != NULL) {
		httpd_deadlines_cut(deadlines, victim);
		deadlines->displaced++;
	}
	(void)pthread_mutex_unlock(&deadlines->mutex);
	return victim != NULL;
}

static bool httpd_deadlines_is_over(const struct room *room)
{
	return room->taken - room->leaving > room->most;
}

/* Called where a connection comes, and where one can give way that could not
   before: between two of these nothing gets better by trying again. */
static void httpd_deadlines_make_room(struct httpd_deadlines *deadlines,
                                      const struct httpd_deadline *spared)
{
	while (httpd_deadlines_is_over(spared->room) &&
	       httpd_deadlines_displace(deadlines, spared->room, spared))
		;
	while (httpd_deadlines_is_over(&deadlines->all) &&
	       httpd_deadlines_displace(deadlines, NULL, spared))
		;
}

/* Without descriptors no newcomer gets as far as that. What is idle goes, of
   each thread, because a thread asks again after the end of one of its own. */
static void httpd_deadlines_feed(struct httpd_deadlines *deadlines, int64_t now)
{
	struct httpd_deadline *d;

	if (deadlines->starved == 0)
		return;
	for (d = deadlines->first; d != NULL; d = d->next) {
		if (!d->cut && httpd_deadlines_is_idle(d, now)) {
			httpd_deadlines_cut(deadlines, d);
			deadlines->displaced++;
		}
	}
	/* Those that were fresh when it happened have had their turn then. */
	if (now - deadlines->starved > 2 * FRESH_MS)
		deadlines->starved = 0;
}

/* --- the thread ---------------------------------------------------------- */

static void *httpd_deadlines_thread(void *cls)
{
	struct httpd_deadlines *deadlines = cls;
	struct timespec until;
	int64_t now;

	(void)pthread_mutex_lock(&deadlines->mutex);
	while (!deadlines->stopping) {
		now = timestamp_monotonic_ms();
		httpd_deadlines_shut_late(deadlines, now);
		httpd_deadlines_feed(deadlines, now);
		(void)clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_nsec += LOOK_EVERY_MS * 1000000L;
		if (until.tv_nsec >= 1000000000L) {
			until.tv_nsec -= 1000000000L;
			until.tv_sec++;
		}
		(void)pthread_cond_timedwait(&deadlines->stop,
		                             &deadlines->mutex, &until);
	}
	(void)pthread_mutex_unlock(&deadlines->mutex);
	return NULL;
}

struct httpd_deadlines *httpd_deadlines_new(unsigned int most)
{
	struct httpd_deadlines *deadlines = memory_zero(1, sizeof(*deadlines));
	pthread_condattr_t monotonic;

	deadlines->all.most = most;
	(void)pthread_mutex_init(&deadlines->mutex, NULL);
	(void)pthread_condattr_init(&monotonic);
	(void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&deadlines->stop, &monotonic);
	(void)pthread_condattr_destroy(&monotonic);
	if (pthread_create(&deadlines->thread, NULL, httpd_deadlines_thread,
	                   deadlines) != 0)
		abort();
	return deadlines;
}

void httpd_deadlines_free(struct httpd_deadlines **deadlines)
{
	struct httpd_deadlines *d = *deadlines;

	if (d == NULL)
		return;
	(void)pthread_mutex_lock(&d->mutex);
	d->stopping = true;
	(void)pthread_cond_signal(&d->stop);
	(void)pthread_mutex_unlock(&d->mutex);
	(void)pthread_join(d->thread, NULL);
	(void)pthread_cond_destroy(&d->stop);
	(void)pthread_mutex_destroy(&d->mutex);
	free(d);
	*deadlines = NULL;
}

/* --- one connection ------------------------------------------------------ */

struct httpd_deadline *httpd_deadlines_add(struct httpd_deadlines *deadlines,
                                           struct room *room, int fd,
                                           const struct address *address,
                                           unsigned int seconds)
{
	struct httpd_deadline *d = memory_zero(1, sizeof(*d));
	int64_t now = timestamp_monotonic_ms();

	d->room = room;
	d->fd = fd;
	d->at = now + (int64_t)seconds * 1000;
	atomic_init(&d->since, now);
	(void)pthread_mutex_lock(&deadlines->mutex);
	httpd_deadlines_enter_origins(deadlines, d, address);
	d->next = deadlines->first;
	if (d->next != NULL)
		d->next->prev = d;
	deadlines->first = d;
	room->taken++;
	deadlines->all.taken++;
	httpd_deadlines_make_room(deadlines, d);
	(void)pthread_mutex_unlock(&deadlines->mutex);
	return d;
}

void httpd_deadlines_set(struct httpd_deadlines *deadlines,
                         struct httpd_deadline *deadline, unsigned int seconds,
                         bool idle)
{
	int64_t now = timestamp_monotonic_ms();

	(void)pthread_mutex_lock(&deadlines->mutex);
	if (!deadline->cut)
		deadline->at = seconds > 0 ? now + (int64_t)seconds * 1000 : 0;
	atomic_store(&deadline->since, now);
	if (idle)
		deadline->phase = PHASE_IDLE;
	else
		deadline->phase = seconds > 0 ? PHASE_UNDER_WAY : PHASE_OURS;
	deadline->idle = idle;
	httpd_deadlines_make_room(deadlines, deadline);
	(void)pthread_mutex_unlock(&deadlines->mutex);
}

void httpd_deadlines_progress(struct httpd_deadline *deadline)
{
	atomic_store(&deadline->since, timestamp_monotonic_ms());
}

void httpd_deadlines_remove(struct httpd_deadlines *deadlines,
                            struct httpd_deadline **deadline)
{
	struct httpd_deadline *d = *deadline;

	(void)pthread_mutex_lock(&deadlines->mutex);
	if (d->prev != NULL)
		d->prev->next = d->next;
	else
		deadlines->first = d->next;
	if (d->next != NULL)
		d->next->prev = d->prev;
	httpd_deadlines_leave_origins(deadlines, d);
	d->room->taken--;
	d->room->leaving -= d->cut;
	deadlines->all.taken--;
	deadlines->all.leaving -= d->cut;
	(void)pthread_mutex_unlock(&deadlines->mutex);
	free(d);
	*deadline = NULL;
}

void httpd_deadlines_starve(struct httpd_deadlines *deadlines)
{
	(void)pthread_mutex_lock(&deadlines->mutex);
	deadlines->starved = timestamp_monotonic_ms();
	(void)pthread_mutex_unlock(&deadlines->mutex);
}

uint64_t httpd_deadlines_missed(struct httpd_deadlines *deadlines)
{
	uint64_t missed;

	(void)pthread_mutex_lock(&deadlines->mutex);
	missed = deadlines->missed;
	(void)pthread_mutex_unlock(&deadlines->mutex);
	return missed;
}

uint64_t httpd_deadlines_displaced(struct httpd_deadlines *deadlines)
{
	uint64_t displaced;

	(void)pthread_mutex_lock(&deadlines->mutex);
	displaced = deadlines->displaced;
	(void)pthread_mutex_unlock(&deadlines->mutex);
	return displaced;
}

unsigned int httpd_deadlines_count(struct httpd_deadlines *deadlines)
{
	unsigned int count;

	(void)pthread_mutex_lock(&deadlines->mutex);
	count = deadlines->all.taken;
	(void)pthread_mutex_unlock(&deadlines->mutex);
	return count;
}
