/*
 * tlsrpt-exporter backfill: what each settled day would have shown, as
 * OpenMetrics with the times at which the live exporter would have shown it.
 *
 * promtool wants the samples of a series together and rising in time, and all
 * of a family in one place; the days of one domain are in memory at a time, so
 * each family has a temporary file.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/exit.h"
#include "base/timestamp.h"
#include "exporter/metrics/families.h"
#include "exporter/model/model.h"
#include "exporter/model/model_history.h"
#include "exporter/verbs/verbs.h"
#include "schema/store/read.h"

/* Prometheus's head block may reach so far back; what is written there is
   lost. */
#define HEAD_SECONDS (4 * 3600)

#define FAMILIES_MAX 64U
#define TEXT_MAX     (SIZE_MAX / 2)

/* One sample's line, and how much of it names the series. */
struct line {
	const char *data;
	size_t len;
	size_t series;
};

struct backfill_job {
	const struct arguments *arguments;
	struct config *config;
	struct store *store;
	struct model *model; /* of now */
	int64_t first, last; /* days */
	unsigned int groups; /* bits of enum group */
	struct arena *arena; /* of label names */
	struct label labels[16];
	size_t label_count;
	FILE *parts[FAMILIES_MAX];
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

static int backfill_read_days(struct backfill_job *w, struct err *err)
{
	int64_t newest = model_settled_day(timestamp_now() - HEAD_SECONDS,
	                                   w->config->settle_hours);
	char day[TIMESTAMP_SIZE];

	w->first = snapshot_oldest_day(w->model);
	w->last = newest;
	if (w->arguments->from != NULL &&
	    backfill_read_day(w->arguments->from, "--from", &w->first, err) < 0)
		return -1;
	if (w->arguments->to != NULL &&
	    backfill_read_day(w->arguments->to, "--to", &w->last, err) < 0)
		return -1;
	timestamp_format_day(newest, day, sizeof(day));
	if (w->last > newest)
		return err_set(err, ERR_USAGE,
		               "--to %s is too late: %s is the last day that "
		               "settled at least 4 hours ago; the live scrape "
		               "has the rest",
		               w->arguments->to, day);
	if (w->first > w->last)
		return err_set(err, ERR_NOT_FOUND,
		               "there is no settled day to write");
	return 0;
}

static int backfill_read_families(struct backfill_job *w, struct err *err)
{
	const char *list = w->arguments->families;
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
		w->groups |= 1U << group;
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

static int backfill_read_labels(struct backfill_job *w, struct err *err)
{
	const struct arguments *arguments = w->arguments;
	struct text value, name;
	int i;

	for (i = 0; i < arguments->label_count; i++) {
		value = text_of(arguments->labels[i]);
		if (!text_next(&value, '=', &name) || value.data == NULL ||
		    !backfill_is_label_name(name) || !text_is_utf8(value))
			return err_set(err, ERR_USAGE,
			               "--label %s: write NAME=VALUE, such as "
			               "job=tlsrpt",
			               arguments->labels[i]);
		if (families_has_label(name))
			return err_set(err, ERR_USAGE,
			               "--label %s: the series have that label "
			               "already",
			               arguments->labels[i]);
		w->labels[w->label_count].name =
			arena_copy(w->arena, name.data, name.len);
		w->labels[w->label_count++].value = value;
	}
	return 0;
}

/* --- one domain ---------------------------------------------------------- */

static bool backfill_is_wanted(const struct backfill_job *w, size_t family)
{
	enum metric_group group;

	return families_has_history(family, &group) &&
	       (w->groups & 1U << group) != 0;
}

/* The samples of one moment, at the end of each family's text. */
static void backfill_render_day(const struct backfill_job *w,
                                const struct model *past,
                                const struct families_request *what,
                                int64_t day, struct buf *texts)
{
	const struct families_history_labels labels = {
		.more = w->labels,
		.more_count = w->label_count,
		.time = model_settle_time(day, w->config->settle_hours),
	};
	size_t i;

	for (i = 0; i < families_count(); i++) {
		if (backfill_is_wanted(w, i))
			families_render_history(past, i, what, &labels,
			                        &texts[i]);
	}
}

static int backfill_output_compare_lines(const void *a, const void *b)
{
	const struct line *x = a, *y = b;
	size_t least = x->series < y->series ? x->series : y->series;
	int order = memcmp(x->data, y->data, least);

	if (order == 0)
		order = (x->series > y->series) - (x->series < y->series);
	/* Of one series, in the order in which they were written: by time. */
	return order != 0 ? order : (x->data > y->data) - (x->data < y->data);
}

/* The series ends before the value, which has no blank in it. */
static size_t backfill_output_series_len(const char *line, size_t len)
{
	size_t blanks = 0;

	while (len > 0 && blanks < 2)
		blanks += line[--len] == ' ';
	return len;
}

/* A family's lines, sorted by series, to its file. */
static int backfill_output_write_sorted(struct buf *text, FILE *file,
                                        struct err *err)
{
	struct line *lines = NULL;
	size_t count = 0, room = 0, i, start = 0;

	for (i = 0; i < text->len; i++) {
		if (text->data[i] != '\n')
			continue;
		if (count == room) {
			room = room == 0 ? 256 : room * 2;
			lines = memory_resize(lines, room * sizeof(*lines));
		}
		lines[count++] =
			(struct line){text->data + start, i + 1 - start,
		                      backfill_output_series_len(
					      text->data + start, i - start)};
		start = i + 1;
	}
	if (count > 0)
		qsort(lines, count, sizeof(*lines),
		      backfill_output_compare_lines);
	for (i = 0; i < count; i++) {
		if (fwrite(lines[i].data, 1, lines[i].len, file) !=
		    lines[i].len)
			break;
	}
	free(lines);
	buf_reset(text);
	return i == count ? 0
	                  : err_set_errno(err, errno,
	                                  "a temporary file cannot be written");
}

static int backfill_write_texts(struct backfill_job *w, struct buf *texts,
                                struct err *err)
{
	size_t i;

	for (i = 0; i < families_count(); i++) {
		if (backfill_is_wanted(w, i) &&
		    backfill_output_write_sorted(&texts[i], w->parts[i], err) <
		            0)
			return -1;
	}
	return 0;
}

static int backfill_render_domain(struct backfill_job *w, size_t i,
                                  struct buf *texts, struct err *err)
{
	const struct domain_figures *const *domains, *figures;
	struct model *past = model_history_new(w->model, i);
	struct families_request what = {.domain_count = 1};
	int64_t day;
	size_t count;
	int result = 0;

	domains = snapshot_domains(w->model, &count);
	what.domains = &domains[i]->name;
	for (day = w->first; day <= w->last && result == 0; day++) {
		result = model_history_set(past, w->store, day, err);
		if (result < 0)
			break;
		figures = snapshot_find(past, domains[i]->name);
		w->counts[day - w->first][figures->verdict.state]++;
		if (snapshot_is_exported(w->model, i))
			backfill_render_day(w, past, &what, day, texts);
	}
	model_history_free(&past);
	return result < 0 ? -1 : backfill_write_texts(w, texts, err);
}

static void backfill_show_progress(struct backfill_job *w)
{
	w->done++;
	if (w->shows_progress && (w->done % 16 == 0 || w->done == w->domains))
		(void)fprintf(stderr, "\r%zu of %zu domains%s", w->done,
		              w->domains, w->done == w->domains ? "\n" : "");
}

/* What is no domain's: the ends of the windows, the fleet by verdict. */
static int backfill_render_fleet(struct backfill_job *w, struct buf *texts,
                                 struct err *err)
{
	struct model *past = model_history_new(w->model, SIZE_MAX);
	const struct families_request what = {.domains = NULL};
	int64_t day;
	int result = 0;

	for (day = w->first; day <= w->last && result == 0; day++) {
		model_history_set_counts(past, w->counts[day - w->first]);
		result = model_history_set(past, w->store, day, err);
		if (result == 0)
			backfill_render_day(w, past, &what, day, texts);
	}
	model_history_free(&past);
	return result < 0 ? -1 : backfill_write_texts(w, texts, err);
}

/* --- one file ------------------------------------------------------------ */

static int backfill_output_open(struct backfill_job *w, struct err *err)
{
	size_t i;

	for (i = 0; i < families_count(); i++) {
		if (!backfill_is_wanted(w, i))
			continue;
		w->parts[i] = tmpfile();
		if (w->parts[i] == NULL)
			return err_set_errno(err, errno, "a temporary file");
	}
	return 0;
}

static void backfill_output_close(struct backfill_job *w)
{
	size_t i;

	for (i = 0; i < families_count(); i++) {
		if (w->parts[i] != NULL)
			(void)fclose(w->parts[i]);
		w->parts[i] = NULL;
	}
}

static int backfill_output_copy_part(FILE *part, FILE *out, struct err *err)
{
	char block[65536];
	size_t len;

	rewind(part);
	while ((len = fread(block, 1, sizeof(block), part)) > 0) {
		if (fwrite(block, 1, len, out) != len)
			return err_set_errno(err, errno,
			                     "the output cannot be written");
	}
	return ferror(part) ? err_set_errno(err, errno, "a temporary file") : 0;
}

static int backfill_output_merge(struct backfill_job *w, FILE *out,
                                 struct err *err)
{
	struct buf head = BUF_INIT(65536);
	struct exposition e = {.out = &head, .openmetrics = true};
	int result = 0;
	size_t i;

	for (i = 0; i < families_count() && result == 0; i++) {
		if (w->parts[i] == NULL || ftell(w->parts[i]) == 0)
			continue;
		buf_reset(&head);
		exposition_metric(&e, families_metric(i));
		if (fwrite(head.data, 1, head.len, out) != head.len)
			result = err_set_errno(err, errno,
			                       "the output cannot be written");
		else
			result = backfill_output_copy_part(w->parts[i], out,
			                                   err);
	}
	buf_free(&head);
	if (result == 0 && (fputs("# EOF\n", out) == EOF || fflush(out) != 0))
		result = err_set_errno(err, errno,
		                       "the output cannot be written");
	return result;
}

/* The days from w->first to w->last. */
static int backfill_write_days(struct backfill_job *w, FILE *out,
                               struct err *err)
{
	struct buf texts[FAMILIES_MAX];
	size_t i;
	int result = backfill_output_open(w, err);

	for (i = 0; i < FAMILIES_MAX; i++)
		texts[i] = BUF_INIT(TEXT_MAX);
	(void)snapshot_domains(w->model, &w->domains);
	w->done = 0;
	w->counts = memory_zero((size_t)(w->last - w->first) + 1,
	                        sizeof(*w->counts));
	for (i = 0; i < w->domains && result == 0; i++) {
		result = backfill_render_domain(w, i, texts, err);
		backfill_show_progress(w);
	}
	if (result == 0)
		result = backfill_render_fleet(w, texts, err);
	if (result == 0)
		result = backfill_output_merge(w, out, err);
	free(w->counts);
	backfill_output_close(w);
	for (i = 0; i < FAMILIES_MAX; i++)
		buf_free(&texts[i]);
	return result;
}

/* --- months -------------------------------------------------------------- */

/* "2026-08" of the moment at which a day settles. */
static void backfill_month_of(const struct backfill_job *w, int64_t day,
                              char month[8])
{
	char text[TIMESTAMP_SIZE];

	timestamp_format(model_settle_time(day, w->config->settle_hours), text,
	                 sizeof(text));
	memcpy(month, text, 7);
	month[7] = '\0';
}

static int backfill_write_month(struct backfill_job *w, const char *month,
                                struct err *err)
{
	const char *folder = w->arguments->output != NULL ? w->arguments->output
	                                                  : ".";
	char path[4096];
	FILE *out;
	int result;

	(void)snprintf(path, sizeof(path), "%s/tlsrpt-%s.om", folder, month);
	out = fopen(path, "we");
	if (out == NULL)
		return err_set_errno(err, errno, "%s", path);
	result = backfill_write_days(w, out, err);
	if (fclose(out) != 0 && result == 0)
		result = err_set_errno(err, errno, "%s", path);
	if (result == 0)
		(void)printf("%s\n", path);
	return result;
}

static int backfill_write_months(struct backfill_job *w, struct err *err)
{
	int64_t last = w->last, day = w->first;
	char month[8], next[8];

	while (day <= last) {
		backfill_month_of(w, day, month);
		w->first = day;
		do {
			w->last = day++;
			backfill_month_of(w, day, next);
		} while (day <= last && strcmp(month, next) == 0);
		if (backfill_write_month(w, month, err) < 0)
			return -1;
	}
	return 0;
}

/* --- the whole ----------------------------------------------------------- */

static int backfill_write(struct backfill_job *w, struct err *err)
{
	const char *split = w->arguments->split;
	int result;

	if (backfill_read_families(w, err) < 0 ||
	    backfill_read_labels(w, err) < 0)
		return -1;
	if (split != NULL && strcmp(split, "month") != 0)
		return err_set(err, ERR_USAGE,
		               "--split %s: only \"month\" is known", split);
	if (store_open(w->config->settings.store, STORE_READ, &w->store, err) <
	            0 ||
	    model_refresh(w->model, w->store, w->config, timestamp_now(), err) <
	            0 ||
	    backfill_read_days(w, err) < 0 ||
	    store_read_begin(w->store, err) < 0)
		return -1;
	w->shows_progress = isatty(STDERR_FILENO) == 1;
	result = split != NULL ? backfill_write_months(w, err)
	                       : backfill_write_days(w, stdout, err);
	store_read_end(w->store);
	return result;
}

int backfill_run(const struct arguments *arguments)
{
	struct backfill_job w = {.arguments = arguments};
	struct err err;
	int result;

	if (config_read(arguments->config, &w.config, &err) < 0) {
		(void)fprintf(stderr, "tlsrpt-exporter: %s\n", err.text);
		return exit_status(&err);
	}
	w.arena = arena_new(0);
	w.model = model_new();
	result = backfill_write(&w, &err);
	store_close(&w.store);
	model_free(&w.model);
	config_unref(&w.config);
	arena_free(&w.arena);
	if (result == 0)
		return EX_OK;
	(void)fprintf(stderr, "tlsrpt-exporter: %s\n", err.text);
	return exit_status(&err);
}
