#include "tests/bench/fleet/world.h"

#include <math.h>

/* A day of the past, and any weekday at first. */
#define FIRST_DAY     20000
#define DAYS_PER_WEEK 7

/* One sender, and as many more as chance gives. */
#define MORE_SENDERS 3.0

/* The n-th sender has 1 / n^e of the first's sessions. */
#define SKEW_MIN 0.8
#define SKEW_MAX 1.6

/* Standard deviation of the logarithm of a day's volume. */
#define VOLUME_SPREAD 0.25

/* Minutes after the end of a day: in the mails that people have published,
   Google's reports were sent 10 to 16 hours after it, Microsoft's 21. */
#define ANCHOR_DELAY_MIN 600
#define ANCHOR_DELAY_MAX 960
#define DELAY_MIN        60
#define DELAY_MAX        1320
#define DELAY_JITTER     60

#define RETRIED     0.03 /* of the reports come days later */
#define RETRY_DAYS  2
#define NEVER_COMES 0.01

#define BAD_DAY_CHANCE 0.05

#define MENDED_MIN 0.5 /* days */
#define MENDED_MAX 4.0

const struct world_size world_sizes[WORLD_SIZES] = {
	{"1-5", 1, 5},         {"5-20", 5, 20},           {"20-100", 20, 100},
	{"100-1k", 100, 1000}, {"1k-100k", 1000, 100000},
};

/* Monday first; the mean is 1. */
static const double weekdays[DAYS_PER_WEEK] = {1.2, 1.2, 1.2, 1.2,
                                               1.2, 0.6, 0.4};

/* --- what it is made of -------------------------------------------------- */

static void world_draw_senders(struct world *w)
{
	const struct truth *truth = w->truth;
	double skew = dice_between(&w->dice, SKEW_MIN, SKEW_MAX), sum = 0;
	int64_t count = 1 + dice_poisson(&w->dice, MORE_SENDERS);
	uint32_t i;

	if (count < truth->senders_min)
		count = truth->senders_min;
	if (count > WORLD_HONEST_MAX)
		count = WORLD_HONEST_MAX;
	w->honest = (uint32_t)count;
	w->sender_count = w->honest + (uint32_t)dice_whole(&w->dice,
	                                                   truth->forgers.min,
	                                                   truth->forgers.max);
	for (i = 0; i < w->honest; i++) {
		w->senders[i].share = pow((double)i + 1, -skew);
		sum += w->senders[i].share;
	}
	for (i = 0; i < w->sender_count; i++) {
		w->senders[i].share /= sum;
		w->senders[i].delay =
			i == 0 ? dice_whole(&w->dice, ANCHOR_DELAY_MIN,
		                            ANCHOR_DELAY_MAX)
			       : dice_whole(&w->dice, DELAY_MIN, DELAY_MAX);
		w->senders[i].forger = i >= w->honest;
	}
	w->faulty_sender =
		(uint32_t)dice_whole(&w->dice, 0, (int64_t)w->honest - 1);
}

/* Any but the first may be one that does not test, and some sender is. */
static void world_draw_untested(struct world *w)
{
	uint32_t i;

	if (w->truth->fault != FAULT_UNTESTED)
		return;
	for (i = 1; i < w->honest; i++)
		w->senders[i].untested = dice_uniform(&w->dice) < 0.5;
	i = (uint32_t)dice_whole(&w->dice, 1, (int64_t)w->honest - 1);
	w->senders[i].untested = true;
}

/* Which hosts there are, and which of them a check finds at fault. */
static void world_draw_hosts(struct world *w)
{
	w->host_count = (int)dice_whole(&w->dice, 1, WORLD_HOSTS_MAX);
	w->bad_hosts = 0;
	switch (w->truth->fault) {
	case FAULT_SOME_SESSIONS:
		/* A host that always refuses its part does not refuse it in
		   bursts. */
		w->bad_hosts = dice_uniform(&w->dice) < 0.5 &&
		               w->truth->correlation < TRUTH_CORRELATION_BURSTS;
		break;
	case FAULT_ONE_HOST:
		w->bad_hosts = 1;
		break;
	case FAULT_TOTAL:
	case FAULT_EXPIRED:
		w->bad_hosts = w->host_count;
		return;
	case FAULT_NONE:
	case FAULT_SOME_DAYS:
	case FAULT_ONE_SENDER:
	case FAULT_UNTESTED:
		break;
	}
	if (w->bad_hosts > 0 && w->host_count == 1)
		w->host_count = 2;
}

static void world_draw_fault(struct world *w)
{
	const struct truth *truth = w->truth;
	double begins = dice_uniform(&w->dice);
	double lasts = dice_between(&w->dice, MENDED_MIN, MENDED_MAX);

	w->share = dice_between(&w->dice, truth->share_min, truth->share_max);
	w->check_minute = dice_whole(&w->dice, 0, HOUR_MINUTES - 1);
	w->fault_from = 0;
	w->fault_to = INT64_MAX;
	if (truth_turns(truth))
		w->fault_from = TRUTH_TURN_DAY * DAY_MINUTES;
	if (truth->fault != FAULT_UNTESTED && truth_turns(truth))
		w->fault_from += (int64_t)(begins * DAY_MINUTES);
	if (truth->fault == FAULT_EXPIRED)
		w->fault_to = w->fault_from + (int64_t)(lasts * DAY_MINUTES);
}

static void world_draw_days(struct world *w)
{
	const struct truth *truth = w->truth;
	int weekday, day;

	for (day = 0; day < WORLD_DAYS; day++) {
		/* 1970-01-01 was a Thursday. */
		weekday = (w->first_day + day + 3) % DAYS_PER_WEEK;
		w->volume[day] = weekdays[weekday] *
		                 exp(VOLUME_SPREAD * dice_normal(&w->dice) -
		                     VOLUME_SPREAD * VOLUME_SPREAD / 2);
		w->bad[day] = 0;
		if (truth->fault == FAULT_SOME_DAYS &&
		    dice_uniform(&w->dice) < BAD_DAY_CHANCE)
			w->bad[day] = dice_between(&w->dice, truth->share_min,
			                           truth->share_max);
	}
}

/* --- its mail ------------------------------------------------------------ */

/* The part of a day in which the fault is there. */
static double world_fault_part(const struct world *w, int32_t day)
{
	int64_t begin = (int64_t)day * DAY_MINUTES, end = begin + DAY_MINUTES;
	int64_t from = w->fault_from > begin ? w->fault_from : begin;
	int64_t to = w->fault_to < end ? w->fault_to : end;

	return from < to ? (double)(to - from) / DAY_MINUTES : 0;
}

static int64_t world_refuse(struct world *w, uint32_t sender, int32_t day,
                            int64_t sessions)
{
	double part = world_fault_part(w, day);

	switch (w->truth->fault) {
	case FAULT_NONE:
		return 0;
	case FAULT_SOME_SESSIONS:
	case FAULT_ONE_HOST:
		return dice_binomial_together(&w->dice, sessions, w->share,
		                              w->truth->correlation);
	case FAULT_SOME_DAYS:
		return dice_binomial(&w->dice, sessions, w->bad[day]);
	case FAULT_ONE_SENDER:
		part = sender == w->faulty_sender ? part : 0;
		break;
	case FAULT_UNTESTED:
		part = w->senders[sender].untested && truth_turns(w->truth)
		               ? part
		               : 0;
		break;
	case FAULT_TOTAL:
	case FAULT_EXPIRED:
		break;
	}
	return dice_binomial(&w->dice, sessions, part);
}

/* A day of a forger: what he reports happened nowhere. */
static void world_forge(const struct world *w, struct world_report *report)
{
	const struct truth_forgers *forgers = &w->truth->forgers;

	if (report->day >= forgers->from && report->day < forgers->until)
		report->sessions = forgers->sessions;
	if (report->day >= forgers->attack)
		report->refused = report->sessions / 2;
}

static void world_send(struct world *w, struct world_report *report)
{
	const struct world_sender *sender = &w->senders[report->sender];
	int32_t day = report->day;

	report->sessions = dice_poisson(
		&w->dice, w->sessions_a_day * sender->share * w->volume[day]);
	report->refused =
		world_refuse(w, report->sender, day, report->sessions);
	report->untested = sender->untested && (!truth_turns(w->truth) ||
	                                        world_fault_part(w, day) <= 0);
	w->sessions[day] += report->sessions;
	w->refused[day] += report->refused;
}

/* Whether the report of a day comes at all. */
static bool world_deliver(struct world *w, struct world_report *report)
{
	const struct world_sender *sender = &w->senders[report->sender];
	int64_t delay = sender->delay + dice_whole(&w->dice, 0, DELAY_JITTER);
	double luck = dice_uniform(&w->dice);

	if (luck < NEVER_COMES)
		return false;
	if (luck < NEVER_COMES + RETRIED)
		delay += dice_whole(&w->dice, 1, RETRY_DAYS * DAY_MINUTES);
	report->arrival = ((int64_t)report->day + 1) * DAY_MINUTES + delay;
	return report->sessions > 0;
}

static void world_draw_reports(struct world *w, struct arena *arena)
{
	struct world_report report;
	uint32_t sender;
	int32_t day;

	w->reports = arena_array(arena, (size_t)w->sender_count * WORLD_DAYS,
	                         sizeof(*w->reports));
	for (sender = 0; sender < w->sender_count; sender++) {
		for (day = 0; day < WORLD_DAYS; day++) {
			report = (struct world_report){.day = day,
			                               .sender = sender};
			if (w->senders[sender].forger)
				world_forge(w, &report);
			else
				world_send(w, &report);
			if (world_deliver(w, &report))
				w->reports[w->report_count++] = report;
		}
	}
}

void world_draw(const struct truth *truth, uint64_t seed, int size,
                uint64_t number, struct arena *arena, struct world *out)
{
	const struct world_size *between = &world_sizes[size];

	*out = (struct world){.truth = truth};
	out->dice = dice_of(seed, truth->name, (uint64_t)size, number);
	out->first_day = FIRST_DAY +
	                 (int32_t)dice_whole(&out->dice, 0, DAYS_PER_WEEK - 1);
	out->sessions_a_day =
		dice_between_log(&out->dice, between->low, between->high);
	world_draw_senders(out);
	world_draw_untested(out);
	world_draw_hosts(out);
	world_draw_fault(out);
	world_draw_days(out);
	world_draw_reports(out, arena);
}
