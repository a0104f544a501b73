#include "tests/bench/fleet/answer.h"

#include <math.h>
#include <stdlib.h>

#include "tests/bench/fleet/odds.h"

#define PERCENT 100

static int answer_expected_of(const struct question *question, int size)
{
	int of = question->expected_of[size];

	return of > 0 ? of : QUESTION_EXPECTED_OF;
}

static void answer_find_share(const struct question *question, int size,
                              const struct replay_result *results, int count,
                              struct answer *out)
{
	int other_of = answer_expected_of(question, size), other, i;
	struct odds_range range;

	for (i = 0; i < count; i++)
		out->hits += question_holds(question, &results[i]);
	range = odds_share(out->hits, count);
	out->known = true;
	out->of = count;
	out->value = PERCENT * (double)out->hits / count;
	out->low = PERCENT * range.low;
	out->high = PERCENT * range.high;
	if (!out->expects)
		return;
	other = (int)lrint(out->expected * other_of / PERCENT);
	out->chance = odds_same_share(out->hits, count, other, other_of);
	out->differs = out->chance < ODDS_LEVEL;
}

/* Days that are rounded may be half a unit of their last place away. */
#define ROUNDED 0.05

/* Compares how many are below the expected figure with how many were of those
   that it is a quantile of. */
static void answer_compare_days(double quantile, const double *days,
                                int other_of, struct answer *out)
{
	int other = (int)lrint(quantile * other_of), least = 0, most = 0, hits;

	while (least < out->of && days[least] < out->expected - ROUNDED)
		least++;
	while (most < out->of && days[most] <= out->expected + ROUNDED)
		most++;
	hits = (int)lrint(quantile * out->of);
	hits = hits < least ? least : hits;
	hits = hits > most ? most : hits;
	out->chance = odds_same_share(hits, out->of, other, other_of);
	out->differs = out->chance < ODDS_LEVEL;
}

static void answer_find_days(const struct question *question, int size,
                             const struct replay_result *results, int count,
                             struct answer *out)
{
	double *days = calloc((size_t)count, sizeof(*days));
	double quantile = question_quantile(question);
	struct odds_range ranks;

	if (days == NULL)
		abort();
	out->of = question_days(question, results, count, days);
	out->known = out->of > 0;
	if (out->known) {
		ranks = odds_ranks(quantile, out->of);
		out->value = days[(int)(quantile * (out->of - 1) + 0.5)];
		out->low = ranks.low < 0 ? -HUGE_VAL : days[(int)ranks.low];
		out->high = ranks.high >= out->of ? HUGE_VAL
		                                  : days[(int)ranks.high];
		if (out->expects)
			answer_compare_days(quantile, days,
			                    answer_expected_of(question, size),
			                    out);
	}
	free(days);
}

void answer_find(const struct question *question, int size,
                 const struct replay_result *results, int count,
                 struct answer *out)
{
	*out = (struct answer){.expected = question->expected[size]};
	out->expects = out->expected >= 0;
	if (question_is_share(question))
		answer_find_share(question, size, results, count, out);
	else
		answer_find_days(question, size, results, count, out);
}
