/*
 * tlsrpt-exporter backfill: what each settled day would have shown, as
 * OpenMetrics with the times at which the live exporter would have shown it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/memory.h"
#include "base/timestamp.h"
#include "exporter/metrics/families.h"
#include "exporter/model/model.h"
#include "exporter/model/model_history.h"
#include "exporter/verbs/backfill_output.h"
#include "exporter/verbs/verbs.h"
#include "schema/store/read.h"

/* Prometheus's head block may reach so far back; what is written there is
   lost. */
#define HEAD_SECONDS (4 * 3600)

#define LABELS_MAX 16U
#define TEXT_MAX   (SIZE_MAX / 2)

struct backfill_job {
	const struct command_line *line;
	struct config *config;
	struct store *store;
	struct model *model;
	struct snapshot *now;
	int64_t first, last; /* days */
	unsigned int groups; /* bits of enum metric_group */
	struct arena *arena; /* of label names */
	struct label labels[LABELS_MAX];
	size_t label_count;
	struct backfill_output output;
	int64_t (*counts)[VERDICT_STATES]; /* of each day */
	bool shows_progress;               /* progress, on a terminal */
	size_t done, domains;
};

/* --- what is asked for --------------------------------------------------- */

static int backfill_read_day(const char *text, const char *option, int64_t *day,
                             struct err *err)
{
	struct timestamp_oddities odd = {false, false, false};
	char full[64];
	int64_t seconds;

	(void)snprintf(full, sizeof(full), "%sT00:00:00Z", text);
	if (strlen(text) != 10 ||
	    timestamp_parse(text_of(full), &seconds, &odd, err) < 0)
		return err_set(err, ERR_USAGE,
		               "%s %s is no day; write 2026-11-25", option,
		               text);
	*day = timestamp_day(seconds);
	return 0;
}

static int backfill_read_days(struct backfill_job *job, struct err *err)
{
	int64_t newest = model_settled_day(timestamp_now() - HEAD_SECONDS,
	                                   job->config->settle_hours);
	const char *from = command_value(job->line, VERBS_FROM);
	const char *to = command_value(job->line, VERBS_TO);
	char day[TIMESTAMP_SIZE];

	job->first = snapshot_oldest_day(job->now);
	job->last = newest;
	if (from != NULL &&
	    backfill_read_day(from, "--from", &job->first, err) < 0)
		return -1;
	if (to != NULL && backfill_read_day(to, "--to", &job->last, err) < 0)
		return -1;
	timestamp_format_day(newest, day, sizeof(day));
	if (job->last > newest)
		return err_set(err, ERR_USAGE,
		               "--to %s is too late: %s is the last day that "
		               "settled at least 4 hours ago; the live scrape "
		               "has the rest",
		               to, day);
	if (job->first > job->last)
		return err_set(err, ERR_NOT_FOUND,
		               "there is no settled day to write");
	return 0;
}

static int backfill_read_families(struct backfill_job *job, struct err *err)
{
	const char *list = command_value(job->line, VERBS_FAMILIES);
	struct text rest, word;
	int group;

	if (list == NULL)
		list = "day,window,summary,verdict";
	rest = text_of(list);
	while (text_next(&rest, ',', &word)) {
		word = text_trim(word);
		for (group = 0; group < METRIC_GROUP_SELF; group++) {
			if (group != METRIC_GROUP_RECENT &&
			    text_is(word, metric_group_name(
						  (enum metric_group)group)))
				break;
		}
		if (group == METRIC_GROUP_SELF)
			return err_set(err, ERR_USAGE,
			               "--families: there is no history of "
			               "\"%.*s\"; there is one of day, window, "
			               "summary, verdict, domain, reporter",
			               (int)word.len, word.data);
		job->groups |= 1U << group;
	}
	return 0;
}

static bool backfill_is_label_name(struct text name)
{
	size_t i;

	if (name.len == 0 || (name.data[0] >= '0' && name.data[0] <= '9'))
		return false;
	for (i = 0; i < name.len; i++) {
		if (name.data[i] != '_' &&
		    !(name.data[i] >= '0' && name.data[i] <= '9') &&
		    !((name.data[i] | 0x20) >= 'a' &&
		      (name.data[i] | 0x20) <= 'z'))
			return false;
	}
	return true;
}

static int backfill_read_label(struct backfill_job *job, const char *given,
                               struct err *err)
{
	struct text value = text_of(given), name;

	if (!text_next(&value, '=', &name) || value.data == NULL ||
	    !backfill_is_label_name(name) || !text_is_utf8(value))
		return err_set(err, ERR_USAGE,
		               "--label %s: write NAME=VALUE, such as "
		               "job=tlsrpt",
		               given);
	if (families_has_label(name))
		return err_set(err, ERR_USAGE,
		               "--label %s: the series have that label already",
		               given);
	if (job->label_count == LABELS_MAX)
		return err_set(err, ERR_USAGE, "too many labels, one is %s",
		               given);
	job->labels[job->label_count].name =
		arena_copy(job->arena, name.data, name.len);
	job->labels[job->label_count++].value = value;
	return 0;
}

static int backfill_read_labels(struct backfill_job *job, struct err *err)
{
	const char *given;
	size_t i;

	for (i = 0;
	     (given = command_value_at(job->line, VERBS_LABEL, i)) != NULL;
	     i++) {
		if (backfill_read_label(job, given, err) < 0)
			return -1;
	}
	return 0;
}

/* --- one domain ---------------------------------------------------------- */

static bool backfill_is_wanted(const struct backfill_job *job, size_t family)
{
	enum metric_group group;

	return families_has_history(family, &group) &&
	       (job->groups & 1U << group) != 0;
}

/* The samples of one moment, at the end of each family's text. */
static void backfill_render_day(const struct backfill_job *job,
                                const struct snapshot *history,
                                const struct families_request *what,
                                int64_t day, struct buf *texts)
{
	const struct families_history_labels labels = {
		.more = job->labels,
		.more_count = job->label_count,
		.time = model_settle_time(day, job->config->settle_hours),
	};
	size_t i;

	for (i = 0; i < families_count(); i++) {
		if (backfill_is_wanted(job, i))
			families_render_history(history, i, what, &labels,
			                        &texts[i]);
	}
}

static int backfill_render_domain(struct backfill_job *job, size_t i,
                                  struct buf *texts, struct err *err)
{
	const struct domain_figures *const *domains, *figures;
	const struct model_history history = {job->now, i, job->store};
	struct snapshot *before = NULL, *past;
	struct families_request what = {.domain_count = 1};
	int64_t day;
	size_t count;
	int result = 0;

	domains = snapshot_domains(job->now, &count);
	what.domains = &domains[i]->name;
	for (day = job->first; day <= job->last; day++) {
		result =
			model_history_domain(&history, day, before, &past, err);
		if (result < 0)
			break;
		figures = snapshot_find(past, domains[i]->name);
		job->counts[day - job->first][figures->verdict.state]++;
		if (snapshot_is_exported(job->now, i))
			backfill_render_day(job, past, &what, day, texts);
		snapshot_unref(&before);
		before = past;
	}
	snapshot_unref(&before);
	return result < 0 ? -1
	                  : backfill_output_write(&job->output, texts, err);
}

static void backfill_show_progress(struct backfill_job *job)
{
	job->done++;
	if (job->shows_progress &&
	    (job->done % 16 == 0 || job->done == job->domains))
		(void)fprintf(stderr, "\r%zu of %zu domains%s", job->done,
		              job->domains,
		              job->done == job->domains ? "\n" : "");
}

/* What is no domain's: the ends of the windows, the fleet by verdict. */
static int backfill_render_fleet(struct backfill_job *job, struct buf *texts,
                                 struct err *err)
{
	const struct families_request what = {.domains = NULL};
	struct snapshot *history;
	int64_t day;

	for (day = job->first; day <= job->last; day++) {
		history = model_history_fleet(job->now, day,
		                              job->counts[day - job->first]);
		backfill_render_day(job, history, &what, day, texts);
		snapshot_unref(&history);
	}
	return backfill_output_write(&job->output, texts, err);
}

/* --- one file ------------------------------------------------------------ */

/* The days from job->first to job->last. */
static int backfill_write_days(struct backfill_job *job, FILE *out,
                               struct err *err)
{
	struct buf texts[BACKFILL_OUTPUT_MAX];
	size_t i;
	bool wanted[BACKFILL_OUTPUT_MAX];
	int result;

	for (i = 0; i < BACKFILL_OUTPUT_MAX; i++) {
		texts[i] = BUF_INIT(TEXT_MAX);
		wanted[i] = i < families_count() && backfill_is_wanted(job, i);
	}
	result = backfill_output_open(&job->output, wanted, err);
	(void)snapshot_domains(job->now, &job->domains);
	job->done = 0;
	job->counts = memory_zero((size_t)(job->last - job->first) + 1,
	                          sizeof(*job->counts));
	for (i = 0; i < job->domains && result == 0; i++) {
		result = backfill_render_domain(job, i, texts, err);
		backfill_show_progress(job);
	}
	if (result == 0)
		result = backfill_render_fleet(job, texts, err);
	if (result == 0)
		result = backfill_output_merge(&job->output, out, err);
	free(job->counts);
	backfill_output_close(&job->output);
	for (i = 0; i < BACKFILL_OUTPUT_MAX; i++)
		buf_free(&texts[i]);
	return result;
}

/* --- months -------------------------------------------------------------- */

/* "2026-08" of the moment at which a day settles. */
static void backfill_month_of(const struct backfill_job *job, int64_t day,
                              char month[8])
{
	char text[TIMESTAMP_SIZE];

	timestamp_format(model_settle_time(day, job->config->settle_hours),
	                 text, sizeof(text));
	memcpy(month, text, 7);
	month[7] = '\0';
}

static int backfill_write_month(struct backfill_job *job, const char *month,
                                struct err *err)
{
	const char *folder = command_value(job->line, VERBS_OUTPUT);
	char path[4096];
	FILE *out;
	int result;

	(void)snprintf(path, sizeof(path), "%s/tlsrpt-%s.om",
	               folder != NULL ? folder : ".", month);
	out = fopen(path, "we");
	if (out == NULL)
		return err_set_errno(err, errno, "%s", path);
	result = backfill_write_days(job, out, err);
	if (fclose(out) != 0 && result == 0)
		result = err_set_errno(err, errno, "%s", path);
	if (result == 0)
		(void)printf("%s\n", path);
	return result;
}

static int backfill_write_months(struct backfill_job *job, struct err *err)
{
	int64_t last = job->last, day = job->first;
	char month[8], next[8];

	while (day <= last) {
		backfill_month_of(job, day, month);
		job->first = day;
		do {
			job->last = day++;
			backfill_month_of(job, day, next);
		} while (day <= last && strcmp(month, next) == 0);
		if (backfill_write_month(job, month, err) < 0)
			return -1;
	}
	return 0;
}

/* --- the whole ----------------------------------------------------------- */

static int backfill_write(struct backfill_job *job, struct err *err)
{
	const char *split = command_value(job->line, VERBS_SPLIT);
	int result;

	if (backfill_read_families(job, err) < 0 ||
	    backfill_read_labels(job, err) < 0)
		return -1;
	if (split != NULL && strcmp(split, "month") != 0)
		return err_set(err, ERR_USAGE,
		               "--split %s: only \"month\" is known", split);
	if (store_open(job->config->settings.store, STORE_READ, &job->store,
	               err) < 0 ||
	    model_refresh(job->model, job->store, job->config, timestamp_now(),
	                  err) < 0)
		return -1;
	job->now = model_get(job->model);
	if (backfill_read_days(job, err) < 0 ||
	    store_read_begin(job->store, err) < 0)
		return -1;
	job->shows_progress = isatty(STDERR_FILENO) == 1;
	result = split != NULL ? backfill_write_months(job, err)
	                       : backfill_write_days(job, stdout, err);
	store_read_end(job->store);
	return result;
}

int backfill_run(const struct command_line *line)
{
	struct backfill_job job = {.line = line};
	struct err err;
	int result;

	if (config_read(line->config, &job.config, &err) < 0)
		return command_fail(line, &err);
	job.arena = arena_new(0);
	job.model = model_new();
	result = backfill_write(&job, &err);
	store_close(&job.store);
	snapshot_unref(&job.now);
	model_free(&job.model);
	config_unref(&job.config);
	arena_free(&job.arena);
	return result < 0 ? command_fail(line, &err) : EX_OK;
}
