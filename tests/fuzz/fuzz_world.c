#include "tests/fuzz/fuzz_world.h"

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzz_world_store.h"
#include "tests/support/verdict_defaults.h"

#define HOUR_MINUTES 60

/* --- bytes ----------------------------------------------------------------- */

unsigned int fuzz_bytes_take(struct fuzz_bytes *bytes)
{
	if (bytes->len == 0)
		return 0;
	bytes->len--;
	return *bytes->data++;
}

int64_t fuzz_bytes_pick(struct fuzz_bytes *bytes, const int32_t *numbers,
                        size_t count)
{
	return numbers[fuzz_bytes_take(bytes) % count];
}

/* --- thresholds ------------------------------------------------------------ */

/* Names that the configuration may list. */
static const char *const google[] = {"google.com"};
static const char *const both_anchors[] = {"google.com", "microsoft.com"};
static const char *const a_and_b[] = {"a.example", "b.example"};
static const char *const c_alone[] = {"c.example"};

static struct option_list list_of(const char *const *items, size_t count)
{
	/* Nobody writes to what a list names. */
	return (struct option_list){(const char **)(uintptr_t)items, count};
}

static void take_lists(struct fuzz_bytes *b, struct thresholds *t)
{
	unsigned int flags = fuzz_bytes_take(b);

	t->anchor_reporters = list_of(both_anchors, 2);
	if (flags % 8 == 1)
		t->anchor_reporters = list_of(google, 1);
	else if (flags % 8 == 2)
		t->anchor_reporters = list_of(a_and_b, 2);
	else if (flags % 8 == 3)
		t->anchor_reporters = (struct option_list){NULL, 0};
	if (flags / 8 % 8 == 1)
		t->accept_reporters = list_of(c_alone, 1);
	else if (flags / 8 % 8 == 2)
		t->accept_reporters = list_of(google, 1);
	if (flags / 64 == 1)
		t->failures_only_reporters = list_of(a_and_b, 2);
}

/* Near what it is by default, or anywhere in its range. */
static int64_t take_value(struct fuzz_bytes *b, const struct option_spec *spec,
                          int64_t now)
{
	switch (fuzz_bytes_take(b) % 8) {
	case 0:
		return spec->min;
	case 1:
		return now > spec->min ? now - 1 : now;
	case 2:
		return now < spec->max ? now + 1 : now;
	case 3:
		return now / 2 > spec->min ? now / 2 : spec->min;
	case 4:
		return now < spec->max / 2 ? now * 2 : spec->max;
	case 5:
		return now < spec->max / 5 ? now * 5 : spec->max;
	case 6:
		return spec->min + (spec->max - spec->min) / 256 *
		                           (int64_t)fuzz_bytes_take(b);
	default:
		return spec->min + (int64_t)fuzz_bytes_take(b) %
		                           (spec->max - spec->min + 1);
	}
}

/* Some of them anywhere, where they may stand beside each other. */
static void take_thresholds(struct fuzz_bytes *b, struct thresholds *t)
{
	const struct option_spec *spec;
	unsigned int changes = fuzz_bytes_take(b);
	struct thresholds before;
	int64_t *field;

	verdict_defaults(t);
	take_lists(b, t);
	changes = changes < 128 ? 0 : 1 + changes % 4;
	for (; changes > 0; changes--) {
		spec = &thresholds_options[fuzz_bytes_take(b) %
		                           THRESHOLDS_COUNT];
		if (spec->type == OPTION_LIST)
			continue;
		before = *t;
		field = (int64_t *)(void *)((char *)t + spec->offset);
		if (spec->type == OPTION_CHOICE)
			*field = fuzz_bytes_take(b) % 2;
		else
			*field = take_value(b, spec, *field);
		if (!fuzz_world_store_allows(t))
			*t = before;
	}
}

/* --- records --------------------------------------------------------------- */

static struct fuzz_span *add_span(struct fuzz_world *world,
                                  const struct fuzz_span *span)
{
	struct fuzz_span *added;

	MUST(world->span_count < FUZZ_WORLD_SPANS);
	added = &world->spans[world->span_count++];
	*added = *span;
	return added;
}

struct fuzz_span fuzz_world_clean_span(enum fuzz_reporter reporter,
                                       int32_t first, int32_t last,
                                       int64_t sessions)
{
	return (struct fuzz_span){
		.first = first,
		.last = last,
		.reporter = reporter,
		.type = POLICY_STS,
		.successes = sessions,
		.count_as = COUNT_AS_DKIM,
	};
}

struct fuzz_span fuzz_world_refused_span(enum fuzz_reporter reporter,
                                         int32_t first, int32_t last,
                                         int64_t sessions,
                                         enum result_type result)
{
	struct fuzz_span span = fuzz_world_clean_span(reporter, first, last, 0);

	span.failures = span.details = sessions;
	span.result = result;
	return span;
}

struct fuzz_world fuzz_world_with(const struct fuzz_world *world,
                                  const struct fuzz_span *span)
{
	struct fuzz_world out = *world;

	(void)add_span(&out, span);
	return out;
}

static enum result_type take_result(struct fuzz_bytes *b)
{
	unsigned int place = fuzz_bytes_take(b) % (RESULT_TYPES + 8);

	/* Refusals mostly. */
	return (enum result_type)(place < RESULT_TYPES ? place : place % 5);
}

/* Bad news of some days, or news of another policy or kind. */
static void take_incident(struct fuzz_bytes *b, enum fuzz_reporter reporter,
                          int32_t volume, struct fuzz_world *world)
{
	unsigned int kind = fuzz_bytes_take(b);
	int32_t day = (int32_t)FUZZ_PICK(b, 0, -1, -1, -2, -3, -4, -5, -9, -14,
	                                 -20, -30, -45, -60, -80);
	int32_t length = (int32_t)FUZZ_PICK(b, 0, 0, 0, 1, 3, 7, 20);
	struct fuzz_span *span = add_span(
		world, &(struct fuzz_span){.first = day - length, .last = day});

	span->reporter = reporter;
	span->type = POLICY_STS;
	span->failures = FUZZ_PICK(b, 1, 1, 1, 2, 3, 5, 10, 30, volume, 0);
	span->successes = FUZZ_PICK(b, 0, 0, 1, 2, 10, volume);
	span->result = take_result(b);
	span->details = kind % 8 == 7 ? span->failures / 2 : span->failures;
	/* As mox counts, details beside successes. */
	if (kind % 8 == 6)
		span->failures = 0;
	span->count_as = COUNT_AS_DKIM;
	if (kind / 8 % 8 == 5)
		span->type = POLICY_TLSA;
	else if (kind / 8 % 8 == 6)
		span->type = POLICY_NOT_FOUND;
	if (kind / 64 == 2)
		span->match = POLICY_MATCH_OLD;
	else if (kind / 64 == 3)
		span->match = POLICY_MATCH_MISSING;
}

/* A reporter with health over some time, and incidents. */
static void take_reporter(struct fuzz_bytes *b, enum fuzz_reporter reporter,
                          int32_t volume, struct fuzz_world *world)
{
	unsigned int flags = fuzz_bytes_take(b), incidents;
	int32_t first = (int32_t)FUZZ_PICK(b, -84, -84, -100, -60, -40, -35,
	                                   -20, -12, -3);
	int32_t last = (int32_t)FUZZ_PICK(b, 0, 0, 0, -1, -2, -4, -9, -25);
	int32_t sessions = volume;
	struct fuzz_span span;

	if (flags % 4 == 1)
		sessions = volume / 2;
	else if (flags % 4 == 2)
		sessions = volume + volume / 2;
	else if (flags % 4 == 3)
		sessions = 1;
	if (last < first)
		last = first;
	span = fuzz_world_clean_span(reporter, first, last, sessions + 1);
	if (flags / 4 % 16 == 1)
		span.type = POLICY_NOT_FOUND;
	if (flags / 4 % 16 == 2)
		span.count_as = COUNT_AS_ANONYMOUS;
	if (flags / 64 == 1)
		span.arrived = -1;
	(void)add_span(world, &span);
	for (incidents = fuzz_bytes_take(b) % 4; incidents > 0; incidents--)
		take_incident(b, reporter, volume, world);
	if (span.count_as == COUNT_AS_ANONYMOUS && world->span_count > 0)
		world->spans[world->span_count - 1].count_as = span.count_as;
}

/* --- checks from outside --------------------------------------------------- */

static struct probe_look take_look(struct fuzz_bytes *b)
{
	return (struct probe_look){
		.bad_checks = FUZZ_PICK(b, 2, 1, 0, 3, 9),
		.bad_minutes = FUZZ_PICK(b, 60, 10, 9, 0, 5, 180, 1440, 1500,
	                                 3000, 9000),
		.age_minutes = HOUR_MINUTES * FUZZ_PICK(b, 0, 1, 1, 26, 27),
	};
}

static void take_probe(struct fuzz_bytes *b, struct fuzz_world *world)
{
	unsigned int flags = fuzz_bytes_take(b);
	struct probe_host *host;
	size_t i;

	world->probed = flags % 4 == 1;
	if (!world->probed)
		return;
	world->reaches_any = flags / 4 % 8 != 1;
	world->policy_checked = flags / 32 % 2 == 1;
	world->host_count = fuzz_bytes_take(b) % (FUZZ_WORLD_HOSTS + 1);
	for (i = 0; i < world->host_count; i++) {
		host = &world->hosts[i];
		host->state = (enum probe_host_state)(fuzz_bytes_take(b) %
		                                      PROBE_HOST_STATES);
		host->look = take_look(b);
		host->not_after_minutes = 1440 * FUZZ_PICK(b, 60, 30, 2, -1);
		host->lifetime_minutes = 1440 * FUZZ_PICK(b, 90, 90, 6);
	}
	if (!world->policy_checked)
		return;
	world->policy = (enum probe_policy_state)(fuzz_bytes_take(b) %
	                                          PROBE_POLICY_STATES);
	world->record = (enum probe_record_state)(fuzz_bytes_take(b) %
	                                          PROBE_RECORD_STATES);
	world->policy_look = take_look(b);
}

/* --- the whole ------------------------------------------------------------- */

static enum sts_mode take_mode(struct fuzz_bytes *b)
{
	unsigned int place = fuzz_bytes_take(b) % 16;

	if (place < 8)
		return STS_MODE_TESTING;
	if (place < 14)
		return STS_MODE_ENFORCE;
	return place == 14 ? STS_MODE_NONE : STS_MODE_UNKNOWN;
}

void fuzz_world_take(struct fuzz_bytes *bytes, struct fuzz_world *world)
{
	unsigned int reporters, i;
	int32_t volume;

	*world = (struct fuzz_world){.previous = VERDICT_NO_DATA};
	take_thresholds(bytes, &world->thresholds);
	world->mode = take_mode(bytes);
	world->last = (int32_t)FUZZ_PICK(bytes, -2, -2, -3, -1, -6);
	world->since = (int32_t)FUZZ_PICK(bytes, VERDICT_NO_DAY, -90, -90, -40,
	                                  -16, -5);
	world->now_minutes =
		HOUR_MINUTES * (int32_t)FUZZ_PICK(bytes, 12, 12, 0, 11, 23);
	if (fuzz_bytes_take(bytes) % 4 == 1)
		world->previous = VERDICT_READY;
	world->listed_count =
		(size_t)FUZZ_PICK(bytes, 0, 0, 0, 0, 0, 1, FUZZ_WORLD_LISTED);
	take_probe(bytes, world);
	volume = (int32_t)FUZZ_PICK(bytes, 20, 1, 2, 4, 9, 12, 30, 40, 100,
	                            1000, 1000000);
	reporters = 1 + fuzz_bytes_take(bytes) % 6;
	for (i = 0; i < reporters; i++)
		take_reporter(
			bytes,
			(enum fuzz_reporter)(FUZZ_GOOGLE +
		                             fuzz_bytes_take(bytes) %
		                                     (FUZZ_NEW - FUZZ_GOOGLE)),
			volume, world);
}

/* Since when somebody must have reported for others to be newcomers. */
#define GROWN_UP_DAYS 40

bool fuzz_world_is_grown_up(const struct fuzz_world *world)
{
	size_t i;

	for (i = 0; i < world->span_count; i++) {
		if (world->spans[i].first <= -GROWN_UP_DAYS)
			return true;
	}
	return false;
}

bool fuzz_world_has_anonymous(const struct fuzz_world *world)
{
	size_t i;

	for (i = 0; i < world->span_count; i++) {
		if (world->spans[i].count_as == COUNT_AS_ANONYMOUS)
			return true;
	}
	return false;
}

bool fuzz_world_has_reported_by(const struct fuzz_world *world,
                                enum fuzz_reporter reporter, int32_t day)
{
	const struct fuzz_span *span;
	size_t i;

	for (i = 0; i < world->span_count; i++) {
		span = &world->spans[i];
		if (span->reporter == reporter && span->first <= day &&
		    (span->successes | span->failures | span->details) != 0)
			return true;
	}
	return false;
}
