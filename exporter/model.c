#include "exporter/model.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/timestamp.h"
#include "schema/limits.h"

/* Recent days: up to tomorrow, which a report of 25 h ahead can touch. */
#define DAYS_AHEAD 2

static const char *const uncounted_names[] = {
	[UNCOUNTED_UNAUTHENTICATED] = "unauthenticated",
	[UNCOUNTED_CONFLICT] = "conflict",
};

struct model {
	pthread_rwlock_t lock;
	struct config *config; /* that it was made with */
	uint64_t version;
	bool loaded; /* from a store */
	int64_t last_day;
	int64_t seq;                   /* of the journal of changes */
	struct domain_figures **by_id; /* index: id in the store */
	size_t id_room;
	struct domain_figures **by_name;
	bool *exported; /* same order */
	size_t count;
	size_t room;
	char **reporters; /* index: id in the store */
	size_t reporter_room;
	int64_t newest_reporter;
	struct named_figure *figures;
	size_t figure_count;
	int64_t oldest_day;
	int64_t file_size, wal_size;
};

const char *uncounted_name(enum uncounted why)
{
	return uncounted_names[why];
}

int64_t model_settled_day(int64_t now, int64_t settle_hours)
{
	return timestamp_day(now - settle_hours * 3600) - 1;
}

/* --- memory ------------------------------------------------------------------
 */

struct model *model_new(void)
{
	struct model *model = memory_zero(1, sizeof(*model));

	(void)pthread_rwlock_init(&model->lock, NULL);
	model->oldest_day = INT64_MAX;
	return model;
}

static void figures_clear(struct domain_figures *domain)
{
	free(domain->result_sessions);
	free(domain->reporters);
}

static void domain_free(struct domain_figures *domain)
{
	union {
		const char *constant;
		char *own;
	} name = {.constant = domain->name.data};

	figures_clear(domain);
	free(name.own);
	free(domain);
}

static void free_named(struct named_figure *figures, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		free(figures[i].name);
		free(figures[i].first);
		free(figures[i].other);
	}
	free(figures);
}

static void forget_domains(struct model *model)
{
	size_t i;

	for (i = 0; i < model->count; i++)
		domain_free(model->by_name[i]);
	free(model->by_name);
	free(model->by_id);
	free(model->exported);
	model->by_name = NULL;
	model->by_id = NULL;
	model->exported = NULL;
	model->count = 0;
	model->room = 0;
	model->id_room = 0;
}

void model_free(struct model **out)
{
	struct model *model = *out;
	size_t i;

	if (model == NULL)
		return;
	forget_domains(model);
	for (i = 0; i < model->reporter_room; i++)
		free(model->reporters[i]);
	free(model->reporters);
	free_named(model->figures, model->figure_count);
	if (model->config != NULL)
		config_unref(&model->config);
	(void)pthread_rwlock_destroy(&model->lock);
	free(model);
	*out = NULL;
}

/* --- domains ------------------------------------------------------------- */

static int compare_names(const void *a, const void *b)
{
	const struct domain_figures *const *x = a, *const *y = b;

	return strcmp((*x)->name.data, (*y)->name.data);
}

static struct domain_figures *add_domain(struct model *model, struct text name)
{
	struct domain_figures *domain = memory_zero(1, sizeof(*domain));
	char *copy = memory_alloc(name.len + 1);

	memcpy(copy, name.data, name.len);
	copy[name.len] = '\0';
	domain->name = (struct text){copy, name.len};
	if (model->count == model->room) {
		model->room = model->room == 0 ? 64 : model->room * 2;
		model->by_name = memory_resize(
			model->by_name,
			model->room * sizeof(struct domain_figures *));
	}
	model->by_name[model->count++] = domain;
	return domain;
}

static void set_id(struct model *model, struct domain_figures *domain,
                   int64_t id)
{
	size_t room = model->id_room;

	if ((size_t)id >= room) {
		room = (size_t)id * 2 + 64;
		model->by_id = memory_resize(
			model->by_id, room * sizeof(struct domain_figures *));
		memset(model->by_id + model->id_room, 0,
		       (room - model->id_room) *
		               sizeof(struct domain_figures *));
		model->id_room = room;
	}
	domain->id = id;
	model->by_id[id] = domain;
}

static struct domain_figures *by_id(const struct model *model, int64_t id)
{
	if (id <= 0 || (size_t)id >= model->id_room)
		return NULL;
	return model->by_id[id];
}

static void sort_domains(struct model *model)
{
	if (model->count > 0)
		qsort(model->by_name, model->count,
		      sizeof(struct domain_figures *), compare_names);
}

static struct domain_figures *find_sorted(const struct model *model,
                                          size_t count, struct text name)
{
	size_t low = 0, high = count, middle;
	int order;

	while (low < high) {
		middle = low + (high - low) / 2;
		order = strncmp(model->by_name[middle]->name.data, name.data,
		                name.len);
		if (order == 0 && model->by_name[middle]->name.len > name.len)
			order = 1;
		if (order == 0)
			return model->by_name[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* --- rows into figures --------------------------------------------------- */

/* The days that figures are made for. */
struct span {
	int64_t first; /* of the window */
	int64_t last;  /* settled */
};

static struct span span_of(const struct config *config, int64_t last_day)
{
	return (struct span){last_day - config->window_days + 1, last_day};
}

static bool standing_counts(enum standing standing)
{
	return standing == STANDING_ANONYMOUS ||
	       standing == STANDING_AUTHSERV || standing == STANDING_DKIM;
}

static void add_counts(struct session_counts *counts, const struct sum_row *row)
{
	counts->sessions += row->successes + row->failures;
	counts->failed += row->failures;
}

static struct reporter_figures *reporter_of(struct domain_figures *domain,
                                            const struct sum_row *row)
{
	bool proved = trust_is_proof((enum trust)row->standing);
	struct reporter_figures *reporter;
	size_t i;

	for (i = 0; i < domain->reporter_count; i++) {
		reporter = &domain->reporters[i];
		if (reporter->id == row->reporter_id &&
		    reporter->proved == proved)
			return reporter;
	}
	/* Grows by doubling, at powers of two. */
	if ((domain->reporter_count & (domain->reporter_count - 1)) == 0)
		domain->reporters =
			memory_resize(domain->reporters,
		                      (domain->reporter_count == 0
		                               ? 1
		                               : domain->reporter_count * 2) *
		                              sizeof(*domain->reporters));
	reporter = &domain->reporters[domain->reporter_count++];
	*reporter = (struct reporter_figures){.id = row->reporter_id,
	                                      .proved = proved};
	return reporter;
}

static void add_to_window(struct domain_figures *domain,
                          const struct span *span, const struct sum_row *row)
{
	struct reporter_figures *reporter = reporter_of(domain, row);

	domain->covered |= UINT64_C(1) << (row->day - span->first);
	domain->window_reports += row->reports;
	add_counts(&domain->window[row->type], row);
	if (row->successes + row->failures > 0)
		reporter->in_window = true;
	if (row->type == POLICY_STS)
		add_counts(&reporter->window, row);
	if (row->day != span->last)
		return;
	reporter->in_day = true;
	domain->day_refused += row->refused;
	add_counts(&domain->day[row->type], row);
	if (row->type == POLICY_STS)
		add_counts(&reporter->day, row);
}

static void add_sum(struct domain_figures *domain, const struct span *span,
                    const struct sum_row *row)
{
	enum uncounted why = row->standing == STANDING_DISPLACED
	                             ? UNCOUNTED_CONFLICT
	                             : UNCOUNTED_UNAUTHENTICATED;

	if (!standing_counts(row->standing)) {
		if (row->day <= span->last)
			domain->uncounted[why] +=
				row->successes + row->failures;
	} else if (row->day > span->last) {
		add_counts(&domain->recent[row->type], row);
	} else {
		add_to_window(domain, span, row);
	}
}

static void add_result(struct domain_figures *domain, const struct span *span,
                       const struct result_row *row)
{
	if (row->day > span->last || !standing_counts(row->standing))
		return;
	if (domain->result_sessions == NULL)
		domain->result_sessions = memory_zero(
			(size_t)POLICY_TYPES * RESULT_TYPES, sizeof(int64_t));
	domain->result_sessions[row->type * RESULT_TYPES + row->result] +=
		row->sessions;
}

static void add_seen(struct domain_figures *domain, const struct seen_row *row)
{
	if (row->result < 0)
		domain->types |= 1U << row->type;
	else
		domain->results[row->type] |= 1U << row->result;
}

void model_reset(struct model *model)
{
	size_t i;

	(void)pthread_rwlock_wrlock(&model->lock);
	model->loaded = false;
	for (i = 0; i < model->reporter_room; i++)
		free(model->reporters[i]);
	free(model->reporters);
	model->reporters = NULL;
	model->reporter_room = 0;
	model->newest_reporter = 0;
	(void)pthread_rwlock_unlock(&model->lock);
}

/* --- reading ------------------------------------------------------------- */

/* Where rows go: one domain's new figures, or each to its own. */
struct target {
	struct model *model;
	struct domain_figures *only;
	struct span span;
};

static struct domain_figures *target_of(const struct target *target, int64_t id)
{
	return target->only != NULL ? target->only : by_id(target->model, id);
}

static int read_sums(const struct target *target, struct store *store,
                     int64_t domain_id, struct err *err)
{
	struct domain_figures *domain;
	struct store_rows *rows;
	struct sum_row row;
	int result;

	if (store_sums(store, target->span.first,
	               target->span.last + DAYS_AHEAD + 3, domain_id, &rows,
	               err) < 0)
		return -1;
	while ((result = store_sums_next(rows, &row, err)) == 1) {
		domain = target_of(target, row.domain_id);
		if (domain != NULL)
			add_sum(domain, &target->span, &row);
	}
	store_rows_close(&rows);
	return result;
}

static int read_results(const struct target *target, struct store *store,
                        int64_t domain_id, struct err *err)
{
	struct domain_figures *domain;
	struct store_rows *rows;
	struct result_row row;
	int result;

	if (store_results(store, target->span.first, target->span.last,
	                  domain_id, &rows, err) < 0)
		return -1;
	while ((result = store_results_next(rows, &row, err)) == 1) {
		domain = target_of(target, row.domain_id);
		if (domain != NULL)
			add_result(domain, &target->span, &row);
	}
	store_rows_close(&rows);
	return result;
}

static int read_seen(const struct target *target, struct store *store,
                     int64_t domain_id, struct err *err)
{
	struct domain_figures *domain;
	struct store_rows *rows;
	struct seen_row row;
	int result;

	if (store_seen(store, domain_id, &rows, err) < 0)
		return -1;
	while ((result = store_seen_next(rows, &row, err)) == 1) {
		domain = target_of(target, row.domain_id);
		if (domain != NULL)
			add_seen(domain, &row);
	}
	store_rows_close(&rows);
	return result;
}

static int read_figures(const struct target *target, struct store *store,
                        int64_t domain_id, struct err *err)
{
	if (read_sums(target, store, domain_id, err) < 0 ||
	    read_results(target, store, domain_id, err) < 0)
		return -1;
	return read_seen(target, store, domain_id, err);
}

static int read_reporters(struct model *model, struct store *store,
                          struct err *err)
{
	struct store_rows *rows;
	struct reporter_row row;
	size_t room;
	int result;

	if (store_reporters(store, model->newest_reporter, &rows, err) < 0)
		return -1;
	while ((result = store_reporters_next(rows, &row, err)) == 1) {
		room = model->reporter_room;
		if ((size_t)row.id >= room) {
			room = (size_t)row.id * 2 + 64;
			model->reporters = memory_resize(model->reporters,
			                                 room * sizeof(char *));
			memset(model->reporters + model->reporter_room, 0,
			       (room - model->reporter_room) * sizeof(char *));
			model->reporter_room = room;
		}
		free(model->reporters[row.id]);
		model->reporters[row.id] = memory_text(row.name.data);
		if (row.id > model->newest_reporter)
			model->newest_reporter = row.id;
	}
	store_rows_close(&rows);
	return result;
}

static int read_named_kind(struct store *store, enum named_kind kind,
                           struct named_figure **figures, size_t *count,
                           struct err *err)
{
	struct store_rows *rows;
	struct named_row row;
	struct named_figure *figure;
	int result;

	if (store_named(store, kind, &rows, err) < 0)
		return -1;
	while ((result = store_named_next(rows, &row, err)) == 1) {
		*figures = memory_resize(*figures,
		                         (*count + 1) * sizeof(**figures));
		figure = &(*figures)[(*count)++];
		figure->kind = kind;
		figure->name = memory_text(row.name.data);
		figure->first = memory_text(row.first.data);
		figure->other = memory_text(row.other.data);
		figure->value = row.value;
		figure->bytes = row.bytes;
	}
	store_rows_close(&rows);
	return result;
}

static int read_named(struct model *model, struct store *store, struct err *err)
{
	struct named_figure *figures = NULL;
	size_t count = 0;
	int kind;

	for (kind = NAMED_COUNTER; kind <= NAMED_STATE; kind++) {
		if (read_named_kind(store, (enum named_kind)kind, &figures,
		                    &count, err) < 0) {
			free_named(figures, count);
			return -1;
		}
	}
	free_named(model->figures, model->figure_count);
	model->figures = figures;
	model->figure_count = count;
	store_sizes(store, &model->file_size, &model->wal_size);
	return store_oldest_day(store, &model->oldest_day, err);
}

/* --- which domains are exported ------------------------------------------ */

static int64_t window_sessions(const struct domain_figures *domain)
{
	int64_t most = 0;
	int type;

	/* The same session may be counted under two types: the largest. */
	for (type = 0; type < POLICY_TYPES; type++) {
		if (domain->window[type].sessions > most)
			most = domain->window[type].sessions;
	}
	return most;
}

static int compare_weight(const void *a, const void *b)
{
	const struct domain_figures *const *x = a, *const *y = b;
	int64_t left = window_sessions(*x), right = window_sessions(*y);

	if (left != right)
		return left < right ? 1 : -1;
	return strcmp((*x)->name.data, (*y)->name.data);
}

/* Chosen when a day settles or the domains change, so that series do not come
   and go between scrapes. */
static void choose_exported(struct model *model)
{
	struct domain_figures **heaviest;
	size_t i, most = (size_t)model->config->max_domains;

	free(model->exported);
	model->exported = memory_zero(model->count, sizeof(bool));
	if (model->count <= most) {
		for (i = 0; i < model->count; i++)
			model->exported[i] = true;
		return;
	}
	heaviest = memory_alloc(model->count * sizeof(*heaviest));
	memcpy(heaviest, model->by_name, model->count * sizeof(*heaviest));
	qsort(heaviest, model->count, sizeof(*heaviest), compare_weight);
	/* The weight's order, then by name again, to mark them in one walk. */
	qsort(heaviest, most, sizeof(*heaviest), compare_names);
	for (i = 0, most = 0;
	     i < model->count && most < (size_t)model->config->max_domains;
	     i++) {
		if (model->by_name[i] == heaviest[most]) {
			model->exported[i] = true;
			most++;
		}
	}
	free(heaviest);
}

/* --- refreshing ---------------------------------------------------------- */

static void add_configured(struct model *model, const struct settings *settings)
{
	size_t i;

	for (i = 0; i < settings->name_count; i++)
		(void)add_domain(model, settings->names[i]);
	sort_domains(model);
}

/* A domain of the store belongs in the model when the configuration still
   names or covers it. */
static int add_stored(struct model *model, struct store *store,
                      const struct settings *settings, struct err *err)
{
	size_t sorted = model->count;
	struct domain_figures *domain;
	struct store_rows *rows;
	struct domain_row row;
	int result;

	if (store_domains(store, &rows, err) < 0)
		return -1;
	while ((result = store_domains_next(rows, &row, err)) == 1) {
		if (settings_claim(settings, row.name) == DOMAIN_FOREIGN)
			continue;
		domain = find_sorted(model, sorted, row.name);
		if (domain == NULL)
			domain = add_domain(model, row.name);
		set_id(model, domain, row.id);
		domain->last_end = row.last_end;
		domain->last_received = row.last_received;
	}
	store_rows_close(&rows);
	sort_domains(model);
	return result;
}

static int load_all(struct model *fresh, struct store *store, int64_t last_day,
                    struct err *err)
{
	struct target target = {fresh, NULL, span_of(fresh->config, last_day)};
	int64_t before_first;

	add_configured(fresh, &fresh->config->settings);
	fresh->last_day = last_day;
	if (store == NULL)
		return 0;
	if (store_change_range(store, &before_first, &fresh->seq, err) < 0 ||
	    add_stored(fresh, store, &fresh->config->settings, err) < 0)
		return -1;
	return read_figures(&target, store, 0, err);
}

/* Makes the model anew beside the old one, and exchanges them. */
static int reload(struct model *model, struct store *store,
                  struct config *config, int64_t last_day, struct err *err)
{
	struct model *fresh = model_new();
	struct model old;

	fresh->config = config_ref(config);
	if (load_all(fresh, store, last_day, err) < 0) {
		model_free(&fresh);
		return -1;
	}
	choose_exported(fresh);
	(void)pthread_rwlock_wrlock(&model->lock);
	old = *model;
	model->config = fresh->config;
	model->loaded = store != NULL;
	model->last_day = fresh->last_day;
	model->seq = fresh->seq;
	model->by_id = fresh->by_id;
	model->id_room = fresh->id_room;
	model->by_name = fresh->by_name;
	model->exported = fresh->exported;
	model->count = fresh->count;
	model->room = fresh->room;
	model->version++;
	(void)pthread_rwlock_unlock(&model->lock);
	fresh->config = old.config;
	fresh->by_id = old.by_id;
	fresh->id_room = old.id_room;
	fresh->by_name = old.by_name;
	fresh->exported = old.exported;
	fresh->count = old.count;
	fresh->room = old.room;
	model_free(&fresh);
	return 0;
}

/* New figures for one domain take the place of the old. */
static int reload_domain(struct model *model, struct store *store,
                         const struct domain_row *row, struct err *err)
{
	struct domain_figures *domain = by_id(model, row->id), fresh = {0};
	struct target target = {model, &fresh,
	                        span_of(model->config, model->last_day)};

	if (read_figures(&target, store, row->id, err) < 0) {
		figures_clear(&fresh);
		return -1;
	}
	fresh.name = domain->name;
	fresh.id = row->id;
	fresh.last_end = row->last_end;
	fresh.last_received = row->last_received;
	(void)pthread_rwlock_wrlock(&model->lock);
	figures_clear(domain);
	*domain = fresh;
	(void)pthread_rwlock_unlock(&model->lock);
	return 0;
}

/* One domain of the journal. *new is set when the model should have it and has
   not: then all is read anew, which happens once a domain. */
static int follow_domain(struct model *model, struct store *store, int64_t id,
                         struct arena *arena, bool *new, struct err *err)
{
	struct domain_row row;
	int result;

	arena_reset(arena, 0);
	result = store_domain(store, id, arena, &row, err);
	if (result != 1)
		return result;
	if (by_id(model, id) != NULL)
		return reload_domain(model, store, &row, err);
	if (settings_claim(&model->config->settings, row.name) !=
	    DOMAIN_FOREIGN)
		*new = true;
	return 0;
}

static int follow_changes(struct model *model, struct store *store, bool *new,
                          struct err *err)
{
	struct arena *arena;
	struct store_rows *rows;
	int64_t id;
	int result;

	if (store_changes(store, model->seq, &rows, err) < 0)
		return -1;
	arena = arena_new(0);
	while ((result = store_changes_next(rows, &id, err)) == 1 && !*new) {
		if (follow_domain(model, store, id, arena, new, err) < 0) {
			result = -1;
			break;
		}
	}
	arena_free(&arena);
	store_rows_close(&rows);
	return result < 0 ? -1 : 0;
}

static int follow(struct model *model, struct store *store,
                  struct config *config, int64_t last_day, struct err *err)
{
	int64_t before_first, last;
	bool new = false;

	if (!model->loaded || model->config != config ||
	    model->last_day != last_day)
		return reload(model, store, config, last_day, err);
	if (store_change_range(store, &before_first, &last, err) < 0)
		return -1;
	if (last == model->seq)
		return 0;
	if (model->seq < before_first || last < model->seq)
		return reload(model, store, config, last_day, err);
	if (follow_changes(model, store, &new, err) < 0)
		return -1;
	if (new)
		return reload(model, store, config, last_day, err);
	(void)pthread_rwlock_wrlock(&model->lock);
	model->seq = last;
	model->version++;
	(void)pthread_rwlock_unlock(&model->lock);
	return 0;
}

static int refresh_from(struct model *model, struct store *store,
                        struct config *config, int64_t last_day,
                        struct err *err)
{
	int result;

	if (store_read_begin(store, err) < 0)
		return -1;
	result = follow(model, store, config, last_day, err);
	if (result == 0) {
		(void)pthread_rwlock_wrlock(&model->lock);
		result = read_reporters(model, store, err);
		if (result == 0)
			result = read_named(model, store, err);
		(void)pthread_rwlock_unlock(&model->lock);
	}
	store_read_end(store);
	return result;
}

static bool clock_is_behind(const struct model *model, int64_t now)
{
	double newest = model_named(model, NAMED_FACT, "newest_commit", "", "");

	return newest - (double)now > LIMIT_CLOCK_SECONDS;
}

int model_refresh(struct model *model, struct store *store,
                  struct config *config, int64_t now, struct err *err)
{
	int64_t last_day = model_settled_day(now, config->settle_hours);

	if (store == NULL) {
		if (model->config == config && model->last_day == last_day)
			return 0;
		return reload(model, NULL, config, last_day, err);
	}
	if (clock_is_behind(model, now))
		return err_set(err, ERR_BUSY,
		               "the clock is behind the newest entry of the "
		               "store; nothing is settled until it is right");
	return refresh_from(model, store, config, last_day, err);
}

/* --- looking
 * -------------------------------------------------------------------------------
 */

void model_lock(struct model *model)
{
	(void)pthread_rwlock_rdlock(&model->lock);
}

void model_unlock(struct model *model)
{
	(void)pthread_rwlock_unlock(&model->lock);
}

uint64_t model_version(const struct model *model)
{
	return model->version;
}

int64_t model_last_day(const struct model *model)
{
	return model->last_day;
}

int64_t model_window_days(const struct model *model)
{
	return model->config->window_days;
}

size_t model_top_reporters(const struct model *model)
{
	return (size_t)model->config->top_reporters;
}

const struct domain_figures *const *model_domains(const struct model *model,
                                                  size_t *count)
{
	*count = model->count;
	return (const struct domain_figures *const *)model->by_name;
}

bool model_is_exported(const struct model *model, size_t i)
{
	return model->exported[i];
}

const struct domain_figures *model_find(const struct model *model,
                                        struct text name)
{
	return find_sorted(model, model->count, name);
}

const char *model_reporter_name(const struct model *model, int64_t id)
{
	if (id <= 0 || (size_t)id >= model->reporter_room ||
	    model->reporters[id] == NULL)
		return "_unknown";
	return model->reporters[id];
}

static const struct named_figure *find_named(const struct model *model,
                                             enum named_kind kind,
                                             const char *const names[3])
{
	const struct named_figure *figure;
	size_t i;

	for (i = 0; i < model->figure_count; i++) {
		figure = &model->figures[i];
		if (figure->kind == kind &&
		    strcmp(figure->name, names[0]) == 0 &&
		    strcmp(figure->first, names[1]) == 0 &&
		    strcmp(figure->other, names[2]) == 0)
			return figure;
	}
	return NULL;
}

double model_named(const struct model *model, enum named_kind kind,
                   const char *name, const char *first, const char *other)
{
	const char *const names[3] = {name, first, other};
	const struct named_figure *figure = find_named(model, kind, names);

	return figure != NULL ? figure->value : 0;
}

int64_t model_stock_bytes(const struct model *model, const char *name)
{
	const char *const names[3] = {name, "", ""};
	const struct named_figure *figure =
		find_named(model, NAMED_STOCK, names);

	return figure != NULL ? figure->bytes : 0;
}

const struct named_figure *model_figures(const struct model *model,
                                         size_t *count)
{
	*count = model->figure_count;
	return model->figures;
}

int64_t model_oldest_day(const struct model *model)
{
	return model->oldest_day;
}

void model_sizes(const struct model *model, int64_t *file, int64_t *wal)
{
	*file = model->file_size;
	*wal = model->wal_size;
}
