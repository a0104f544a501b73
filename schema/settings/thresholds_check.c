#include "schema/settings/thresholds_check.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/domain.h"

/* Bytes of a number as it is written in the file. */
#define NUMBER_SIZE 32U

/* Bytes of a reporter's name that a sentence shows. */
#define NAME_SHOWN 80

/* Where it is checked. */
struct thresholds_place {
	const struct thresholds *thresholds;
	const struct options *options;
	const char *section;
	const char *title; /* NULL: [verdict] itself */
};

/* --- pairs ---------------------------------------------------------------- */

/* low <= factor * high; strict: low < factor * high. */
struct thresholds_pair {
	const char *low, *high;
	int64_t factor; /* high is in hours, and low in minutes */
	bool strict;
	const char *why;
};

static const struct thresholds_pair pairs[] = {
	{"window_days", "max_window_days", 1, false, "the window only grows"},
	{"recent_days", "window_days", 1, false,
         "recent days are days of the window"},
	{"min_covered_days", "max_window_days", 1, false,
         "no window has more days"},
	{"exit_covered_days", "min_covered_days", 1, false,
         "a domain that is ready must not need more than to become so"},
	{"max_refusal", "exit_refusal", 1, false,
         "a domain that is ready must not need more than to become so"},
	{"limited_days", "max_window_days", 1, false,
         "no more days are looked at"},
	{"limited_covered_days", "limited_days", 1, false,
         "no more of them can have reports"},
	{"agreed_ratio", "active_ratio", 1, false,
         "two reporters that agree need less than one"},
	{"active_ratio", "bad_day_ratio", 1, false,
         "one day needs more than several together"},
	{"recur_gap_days", "recur_days", 1, true,
         "the days are looked for in that time"},
	{"recur_days", "max_window_days", 1, false,
         "no more days are looked at"},
	{"stale_days", "stale_days_max", 1, false,
         "the one is the least and the other the most"},
	{"warn_ratio", "rollback_ratio", 1, false,
         "a rollback needs more than a warning"},
	{"warn_min", "rollback_min", 1, false,
         "a rollback needs more than a warning"},
	{"rollback_ratio", "total_ratio", 1, false,
         "few refusals are a rollback only where most is refused"},
	{"total_min", "rollback_min", 1, false,
         "where most is refused, fewer are enough"},
	{"enforce_recent_days", "few_days", 1, false,
         "few accusers must go uncontradicted for longer"},
	{"standing_report_days", "standing_days", 1, false,
         "a reporter cannot report on more days than it is known"},
	{"probe_minutes", "probe_stale_hours", 60, true,
         "a check would be too old before it is a fault"},
	{"rollout_minutes", "probe_stale_hours", 60, true,
         "a check would be too old before it is a fault"},
};

static const struct option_spec *thresholds_check_option(const char *key)
{
	const struct option_spec *option = thresholds_options;

	while (strcmp(option->key, key) != 0)
		option++;
	return option;
}

static int64_t thresholds_check_value(const struct thresholds *thresholds,
                                      const char *key)
{
	const void *field =
		(const char *)thresholds + thresholds_check_option(key)->offset;

	return *(const int64_t *)field;
}

/* As one writes it. */
static const char *thresholds_check_print(const char *key, int64_t value,
                                          char out[NUMBER_SIZE])
{
	if (thresholds_check_option(key)->type == OPTION_RATIO)
		(void)snprintf(out, NUMBER_SIZE, "%.6g", (double)value / 1e6);
	else
		(void)snprintf(out, NUMBER_SIZE, "%lld", (long long)value);
	return out;
}

/* err_set() about a key, where the file sets it. */
static int thresholds_check_fail(const struct thresholds_place *at,
                                 const char *key, const char *sentence,
                                 struct err *err)
{
	if (at->title != NULL &&
	    !options_is_set(at->options, at->section, at->title, key))
		return options_error(at->options, "verdict", NULL, key, err,
		                     "%s", sentence);
	return options_error(at->options, at->section, at->title, key, err,
	                     "%s", sentence);
}

static bool thresholds_check_is_set(const struct thresholds_place *at,
                                    const char *key)
{
	return options_is_set(at->options, at->section, at->title, key) ||
	       (at->title != NULL &&
	        options_is_set(at->options, "verdict", NULL, key));
}

static int thresholds_check_pair(const struct thresholds_place *at,
                                 const struct thresholds_pair *pair,
                                 struct err *err)
{
	int64_t low = thresholds_check_value(at->thresholds, pair->low);
	int64_t high = thresholds_check_value(at->thresholds, pair->high);
	char low_text[NUMBER_SIZE], high_text[NUMBER_SIZE];
	const char *times = pair->factor == 60 ? "60 times " : "";
	char sentence[ERR_TEXT_SIZE];

	if (low < pair->factor * high ||
	    (!pair->strict && low == pair->factor * high))
		return 0;
	(void)thresholds_check_print(pair->low, low, low_text);
	(void)thresholds_check_print(pair->high, high, high_text);
	/* Named is the one that somebody has set. */
	if (thresholds_check_is_set(at, pair->low)) {
		(void)snprintf(sentence, sizeof(sentence),
		               "%s is %s %s%s, %s: %s; lower %s or raise %s",
		               low_text,
		               pair->strict ? "not less than" : "more than",
		               times, pair->high, high_text, pair->why,
		               pair->low, pair->high);
		return thresholds_check_fail(at, pair->low, sentence, err);
	}
	(void)snprintf(sentence, sizeof(sentence),
	               "%s%s is %s %s, %s: %s; raise %s or lower %s", times,
	               high_text, pair->strict ? "not more than" : "less than",
	               pair->low, low_text, pair->why, pair->high, pair->low);
	return thresholds_check_fail(at, pair->high, sentence, err);
}

/* --- names ---------------------------------------------------------------- */

/* What is wrong with a word that should name a reporter, or NULL. */
static const char *thresholds_check_name(struct text word)
{
	if (memchr(word.data, '@', word.len) != NULL)
		return "is an address; write its domain";
	if (memchr(word.data, '*', word.len) != NULL)
		return "is a pattern; write example.org, which stands for all "
		       "names below it";
	if (memchr(word.data, '/', word.len) != NULL ||
	    memchr(word.data, ':', word.len) != NULL)
		return "is a URL; write the reporter's domain";
	if (text_is(word, "any"))
		return "stands alone, and under \"reporters\" only; remove it "
		       "or the other names";
	return NULL;
}

/* Only a domain can be signed for. */
static const char *thresholds_check_domain(struct text word)
{
	struct domain_changes changes = {false, false};
	struct arena *arena = arena_new(0);
	const char *why = thresholds_check_name(word);
	struct text normal;
	struct err ignored;

	if (why == NULL &&
	    (domain_normalise(arena, word, &normal, &changes, &ignored) < 0 ||
	     memchr(normal.data, '.', normal.len) == NULL))
		why = "is no domain name; write the domain that the reporter "
		      "signs with, such as example.org";
	arena_free(&arena);
	return why;
}

static int thresholds_check_names(const struct thresholds_place *at,
                                  const char *key,
                                  const struct option_list *list,
                                  const char *(*check)(struct text word),
                                  struct err *err)
{
	char sentence[ERR_TEXT_SIZE];
	const char *why;
	size_t i;

	for (i = 0; i < list->count; i++) {
		why = check(text_of(list->items[i]));
		if (why == NULL)
			continue;
		(void)snprintf(sentence, sizeof(sentence), "\"%.*s\" %s",
		               NAME_SHOWN, list->items[i], why);
		return thresholds_check_fail(at, key, sentence, err);
	}
	return 0;
}

static int thresholds_check_lists(const struct thresholds_place *at,
                                  struct err *err)
{
	const struct thresholds *t = at->thresholds;
	bool is_any = t->reporters.count == 1 &&
	              strcmp(t->reporters.items[0], "any") == 0;

	if (!is_any && thresholds_check_names(at, "reporters", &t->reporters,
	                                      thresholds_check_name, err) < 0)
		return -1;
	if (thresholds_check_names(at, "anchor_reporters", &t->anchor_reporters,
	                           thresholds_check_domain, err) < 0 ||
	    thresholds_check_names(at, "accept_reporters", &t->accept_reporters,
	                           thresholds_check_name, err) < 0)
		return -1;
	return thresholds_check_names(at, "failures_only_reporters",
	                              &t->failures_only_reporters,
	                              thresholds_check_name, err);
}

/* --- all of it ------------------------------------------------------------ */

int thresholds_check(const struct thresholds *thresholds,
                     const struct options *options, const char *section,
                     const char *title, struct err *err)
{
	const struct thresholds_place at = {thresholds, options, section,
	                                    title};
	size_t i;

	if (thresholds->window_days % 7 != 0)
		return thresholds_check_fail(
			&at, "window_days",
			"is not a multiple of 7: each window has equal "
			"weekdays; write 14, 21 or 28",
			err);
	for (i = 0; i < ARRAY_LENGTH(pairs); i++) {
		if (thresholds_check_pair(&at, &pairs[i], err) < 0)
			return -1;
	}
	return thresholds_check_lists(&at, err);
}
