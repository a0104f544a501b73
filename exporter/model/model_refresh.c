#include "exporter/model/model.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/timestamp.h"
#include "exporter/model/model_private.h"
#include "schema/limits.h"

/* --- reading what is no domain's ----------------------------------------- */

static int model_named_read_kind(struct store *store,
                                 enum store_sample_kind kind,
                                 struct named_figure **figures, size_t *count,
                                 struct err *err)
{
	struct store_cursor *rows;
	struct store_sample_row row;
	struct named_figure *figure;
	int result;

	if (store_read_samples(store, kind, &rows, err) < 0)
		return -1;
	while ((result = store_read_samples_next(rows, &row, err)) == 1) {
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
	store_read_close(&rows);
	return result;
}

/* Whether it is a reason to render anew. What the collector says of itself
   every few seconds is none, nor is the time of a commit. */
static bool model_named_is_news(const struct named_figure *figure)
{
	return figure->kind != STORE_SAMPLE_STATE &&
	       strcmp(figure->name, "newest_commit") != 0;
}

static bool model_named_differs(const struct named_figure *a,
                                const struct named_figure *b)
{
	return a->value < b->value || a->value > b->value ||
	       a->bytes != b->bytes || strcmp(a->name, b->name) != 0 ||
	       strcmp(a->first, b->first) != 0 ||
	       strcmp(a->other, b->other) != 0;
}

/* The kinds follow each other in both, so that one walk finds a difference. */
static bool model_named_has_changed(const struct model *model,
                                    const struct named_figure *figures,
                                    size_t count)
{
	size_t i, k = 0;

	for (i = 0; i < count; i++) {
		if (!model_named_is_news(&figures[i]))
			continue;
		while (k < model->figure_count &&
		       !model_named_is_news(&model->figures[k]))
			k++;
		if (k == model->figure_count ||
		    model_named_differs(&figures[i], &model->figures[k]))
			return true;
		k++;
	}
	return false;
}

static int model_named_read(struct model *model, struct store *store,
                            struct err *err)
{
	struct named_figure *figures = NULL;
	size_t count = 0;
	int kind;

	for (kind = STORE_SAMPLE_COUNTER; kind <= STORE_SAMPLE_MAILBOX;
	     kind++) {
		if (model_named_read_kind(store, (enum store_sample_kind)kind,
		                          &figures, &count, err) < 0) {
			model_named_free(figures, count);
			return -1;
		}
	}
	if (model_named_has_changed(model, figures, count))
		model->version++;
	model_named_free(model->figures, model->figure_count);
	model->figures = figures;
	model->figure_count = count;
	store_sizes(store, &model->file_size, &model->wal_size);
	return store_read_oldest_day(store, &model->oldest_day, err);
}
/* --- which domains are exported ------------------------------------------ */

static int64_t model_export_sessions(const struct domain_figures *domain)
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

/* The verdicts that somebody must see come first. */
static int model_export_urgency(enum verdict_state state)
{
	static const enum verdict_state urgent[] = {
		VERDICT_ENFORCE_ROLLBACK,
		VERDICT_ENFORCE_WARNING,
		VERDICT_POLICY_BROKEN,
		VERDICT_BLOCKED,
		VERDICT_STALE,
	};
	int i;

	for (i = 0; i < (int)ARRAY_LENGTH(urgent); i++) {
		if (urgent[i] == state)
			break;
	}
	return i;
}

static int model_export_compare(const void *a, const void *b)
{
	const struct domain_figures *const *x = a, *const *y = b;
	int first = model_export_urgency((*x)->verdict.state) -
	            model_export_urgency((*y)->verdict.state);
	int64_t left = model_export_sessions(*x),
		right = model_export_sessions(*y);

	if (first != 0)
		return first;
	if (left != right)
		return left < right ? 1 : -1;
	return strcmp((*x)->name.data, (*y)->name.data);
}

/* Chosen when a day settles, so that series do not come and go between
   scrapes. */
static void model_export_choose(struct model *model)
{
	struct domain_figures **heaviest;
	size_t i, most = (size_t)model->config->max_domains;

	if (model->count <= most) {
		for (i = 0; i < model->count; i++)
			model->by_name[i]->exported = true;
		return;
	}
	heaviest = memory_alloc(model->count * sizeof(*heaviest));
	memcpy(heaviest, model->by_name, model->count * sizeof(*heaviest));
	qsort(heaviest, model->count, sizeof(*heaviest), model_export_compare);
	for (i = 0; i < most; i++)
		heaviest[i]->exported = true;
	free(heaviest);
}
/* --- refreshing ---------------------------------------------------------- */

static void model_refresh_add_configured(struct model *model,
                                         const struct settings *settings)
{
	size_t i;

	for (i = 0; i < settings->name_count; i++)
		(void)model_domains_add(model, settings->names[i]);
	model_domains_sort(model);
}

/* A domain of the store belongs in the model when the configuration still
   names or covers it. */
static int model_refresh_add_stored(struct model *model, struct store *store,
                                    const struct settings *settings,
                                    struct err *err)
{
	size_t sorted = model->count;
	struct domain_figures *domain;
	struct store_cursor *rows;
	struct store_domain_row row;
	int result;

	if (store_read_domains(store, &rows, err) < 0)
		return -1;
	while ((result = store_read_domains_next(rows, &row, err)) == 1) {
		if (settings_domains_match(settings, row.name) ==
		    SETTINGS_DOMAIN_FOREIGN)
			continue;
		domain = model_domains_find(model, sorted, row.name);
		if (domain == NULL)
			domain = model_domains_add(model, row.name);
		model_domains_set_id(model, domain, row.id);
		domain->last_end = row.last_end;
		domain->last_received = row.last_received;
	}
	store_read_close(&rows);
	model_domains_sort(model);
	return result;
}

/* When a refresh takes place. */
struct refresh_moment {
	int64_t now;
	int64_t last_day;
	int64_t today;
};

static int model_refresh_load_all(struct model *fresh, const struct model *old,
                                  struct store *store,
                                  const struct refresh_moment *clock,
                                  struct err *err)
{
	int64_t before_first;

	model_refresh_add_configured(fresh, &fresh->config->settings);
	fresh->last_day = clock->last_day;
	fresh->today = clock->today;
	if (store != NULL &&
	    (store_read_change_range(store, &before_first, &fresh->seq, err) <
	             0 ||
	     model_refresh_add_stored(fresh, store, &fresh->config->settings,
	                              err) < 0 ||
	     model_figures_read_results(fresh, store, 0, NULL, err) < 0))
		return -1;
	if (model_assess_all(fresh, old, store, clock->now, err) < 0)
		return -1;
	model_export_choose(fresh);
	return store == NULL ? 0 : model_assess_find_since(fresh, store, err);
}

/* First arrivals may have changed; they matter from day to day. */
static int model_refresh_read_reporters(struct model *model,
                                        struct store *store, bool anew,
                                        struct err *err)
{
	int result;

	(void)pthread_rwlock_wrlock(&model->lock);
	if (anew)
		reporters_clear(model->reporters);
	result = reporters_read(model->reporters, store, err);
	(void)pthread_rwlock_unlock(&model->lock);
	return result;
}

/* Makes the model anew beside the old one, and exchanges them. */
static int model_refresh_all(struct model *model, struct store *store,
                             struct config *config,
                             const struct refresh_moment *clock,
                             struct err *err)
{
	struct model *fresh = model_new();
	struct reporters *unused = fresh->reporters;
	struct model old;
	int result = 0;

	fresh->config = config_ref(config);
	/* The names are common to the old and the new model. */
	fresh->reporters = model->reporters;
	if (store != NULL && model->last_day != clock->last_day)
		result = model_refresh_read_reporters(model, store, true, err);
	if (result == 0)
		result =
			model_refresh_load_all(fresh, model, store, clock, err);
	fresh->reporters = unused;
	if (result < 0) {
		model_free(&fresh);
		return -1;
	}
	(void)pthread_rwlock_wrlock(&model->lock);
	old = *model;
	model->config = fresh->config;
	model->loaded = store != NULL;
	model->last_day = fresh->last_day;
	model->today = fresh->today;
	model->seq = fresh->seq;
	model->by_id = fresh->by_id;
	model->id_room = fresh->id_room;
	model->by_name = fresh->by_name;
	model->count = fresh->count;
	model->room = fresh->room;
	model->version++;
	(void)pthread_rwlock_unlock(&model->lock);
	fresh->config = old.config;
	fresh->by_id = old.by_id;
	fresh->id_room = old.id_room;
	fresh->by_name = old.by_name;
	fresh->count = old.count;
	fresh->room = old.room;
	model_free(&fresh);
	return 0;
}

/* New figures for one domain take the place of the old. Of one that the model
   has not yet: a place is made. */
static void model_refresh_put_figures(struct model *model,
                                      struct domain_figures *domain,
                                      const struct domain_figures *fresh)
{
	struct text name;

	(void)pthread_rwlock_wrlock(&model->lock);
	if (domain == NULL)
		domain = model_domains_insert(model, fresh->name);
	model_domains_set_id(model, domain, fresh->id);
	model_figures_clear(domain);
	name = domain->name;
	*domain = *fresh;
	domain->name = name;
	(void)pthread_rwlock_unlock(&model->lock);
}

static int model_refresh_domain(struct model *model, struct store *store,
                                int64_t now, const struct store_domain_row *row,
                                struct err *err)
{
	struct domain_figures *domain = model_domains_by_id(model, row->id);
	struct domain_figures fresh = {0};

	if (domain == NULL)
		domain = model_domains_find(model, model->count, row->name);
	fresh.name = domain != NULL ? domain->name : row->name;
	fresh.id = row->id;
	fresh.exported = domain != NULL ? domain->exported
	                                : (int64_t)model->count <
	                                          model->config->max_domains;
	if (model_figures_read_results(model, store, row->id, &fresh, err) <
	            0 ||
	    model_assess_one(model, store, now, domain, &fresh, err) < 0) {
		model_figures_clear(&fresh);
		return -1;
	}
	fresh.last_end = row->last_end;
	fresh.last_received = row->last_received;
	model_refresh_put_figures(model, domain, &fresh);
	return 0;
}

/* One domain of the journal. */
static int model_refresh_changed_domain(struct model *model,
                                        struct store *store,
                                        const struct refresh_moment *clock,
                                        int64_t id, struct err *err)
{
	struct arena *arena = arena_new(0);
	struct store_domain_row row;
	int result = store_read_domain(store, id, arena, &row, err);

	if (result == 1 &&
	    (model_domains_by_id(model, id) != NULL ||
	     settings_domains_match(&model->config->settings, row.name) !=
	             SETTINGS_DOMAIN_FOREIGN))
		result = model_refresh_domain(model, store, clock->now, &row,
		                              err);
	arena_free(&arena);
	return result < 0 ? -1 : 0;
}

static int model_refresh_changed_domains(struct model *model,
                                         struct store *store,
                                         const struct refresh_moment *clock,
                                         struct err *err)
{
	struct store_cursor *rows;
	int64_t id;
	int result;

	if (store_read_changes(store, model->seq, &rows, err) < 0)
		return -1;
	while ((result = store_read_changes_next(rows, &id, err)) == 1) {
		if (model_refresh_changed_domain(model, store, clock, id, err) <
		    0) {
			result = -1;
			break;
		}
	}
	store_read_close(&rows);
	return result < 0 ? -1 : 0;
}

static int model_refresh_follow(struct model *model, struct store *store,
                                struct config *config,
                                const struct refresh_moment *clock,
                                struct err *err)
{
	int64_t before_first, last;

	if (!model->loaded || model->config != config ||
	    model->last_day != clock->last_day || model->today != clock->today)
		return model_refresh_all(model, store, config, clock, err);
	if (store_read_change_range(store, &before_first, &last, err) < 0)
		return -1;
	if (last == model->seq)
		return 0;
	if (model->seq < before_first || last < model->seq)
		return model_refresh_all(model, store, config, clock, err);
	if (model_refresh_changed_domains(model, store, clock, err) < 0)
		return -1;
	(void)pthread_rwlock_wrlock(&model->lock);
	model->seq = last;
	model->version++;
	(void)pthread_rwlock_unlock(&model->lock);
	return 0;
}

static int model_refresh_named(struct model *model, struct store *store,
                               struct err *err)
{
	int result;

	(void)pthread_rwlock_wrlock(&model->lock);
	result = model_named_read(model, store, err);
	(void)pthread_rwlock_unlock(&model->lock);
	return result;
}

static int model_refresh_from(struct model *model, struct store *store,
                              struct config *config,
                              const struct refresh_moment *clock,
                              struct err *err)
{
	int result;

	if (store_read_begin(store, err) < 0)
		return -1;
	result = model_refresh_read_reporters(model, store, false, err);
	if (result == 0)
		result = model_refresh_follow(model, store, config, clock, err);
	if (result == 0)
		result = model_refresh_named(model, store, err);
	store_read_end(store);
	return result;
}

/* As of the last reading; that of the store may have been set back since. */
static bool model_refresh_is_clock_behind(const struct model *model,
                                          int64_t now)
{
	double newest = snapshot_named(model, STORE_SAMPLE_TIMESTAMP,
	                               "newest_commit", "", "");

	return newest - (double)now > LIMIT_CLOCK_SECONDS;
}

int model_refresh(struct model *model, struct store *store,
                  struct config *config, int64_t now, struct err *err)
{
	const struct refresh_moment clock = {
		.now = now,
		.last_day = model_settled_day(now, config->settle_hours),
		.today = timestamp_day(now),
	};

	if (store == NULL) {
		if (model->config == config &&
		    model->last_day == clock.last_day)
			return 0;
		return model_refresh_all(model, NULL, config, &clock, err);
	}
	if (model_refresh_is_clock_behind(model, now) &&
	    model_refresh_named(model, store, err) < 0)
		return -1;
	if (model_refresh_is_clock_behind(model, now))
		return err_set(err, ERR_BUSY,
		               "the clock is behind the newest entry of the "
		               "store; nothing is settled until it is right");
	return model_refresh_from(model, store, config, &clock, err);
}
