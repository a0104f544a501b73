#include "exporter/model/model.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/timestamp.h"
#include "exporter/model/model_assess.h"
#include "exporter/model/model_domains.h"
#include "exporter/model/model_export.h"
#include "exporter/model/model_named.h"
#include "exporter/model/model_private.h"
#include "exporter/model/model_results.h"
#include "schema/limits.h"

static void model_refresh_add_configured(struct model *model,
                                         const struct settings *settings)
{
	size_t i;

	for (i = 0; i < settings->name_count; i++)
		(void)model_domains_add(&model->domains, settings->names[i]);
	model_domains_sort(&model->domains);
}

/* A domain of the store belongs in the model when the configuration still
   names or covers it. */
static int model_refresh_add_stored(struct model *model, struct store *store,
                                    const struct settings *settings,
                                    struct err *err)
{
	size_t sorted = model->domains.count;
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
		domain = model_domains_find(&model->domains, sorted, row.name);
		if (domain == NULL)
			domain = model_domains_add(&model->domains, row.name);
		model_domains_set_id(&model->domains, domain, row.id);
		domain->last_end = row.last_end;
		domain->last_received = row.last_received;
	}
	store_read_close(&rows);
	model_domains_sort(&model->domains);
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
	struct figures_scope scope;
	int64_t before_first;

	model_refresh_add_configured(fresh, &fresh->config->settings);
	fresh->last_day = clock->last_day;
	fresh->today = clock->today;
	scope = model_figures_scope(fresh);
	if (store != NULL &&
	    (store_read_change_range(store, &before_first, &fresh->seq, err) <
	             0 ||
	     model_refresh_add_stored(fresh, store, &fresh->config->settings,
	                              err) < 0 ||
	     model_results_read_all(&scope, store, &fresh->domains, err) < 0))
		return -1;
	if (model_assess_all(fresh, old, store, clock->now, err) < 0)
		return -1;
	model_export_choose(&fresh->domains,
	                    (size_t)fresh->config->max_domains);
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
	model->domains = fresh->domains;
	model->version++;
	(void)pthread_rwlock_unlock(&model->lock);
	fresh->config = old.config;
	fresh->domains = old.domains;
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
		domain = model_domains_insert(&model->domains, fresh->name);
	model_domains_set_id(&model->domains, domain, fresh->id);
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
	struct domain_figures *domain =
		model_domains_by_id(&model->domains, row->id);
	const struct figures_scope scope = model_figures_scope(model);
	struct domain_figures fresh = {0};

	if (domain == NULL)
		domain = model_domains_find(&model->domains,
		                            model->domains.count, row->name);
	fresh.name = domain != NULL ? domain->name : row->name;
	fresh.id = row->id;
	fresh.exported = domain != NULL ? domain->exported
	                                : (int64_t)model->domains.count <
	                                          model->config->max_domains;
	if (model_results_read_one(&scope, store, row->id, &fresh, err) < 0 ||
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
	    (model_domains_by_id(&model->domains, id) != NULL ||
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
	bool changed = false;
	int result;

	(void)pthread_rwlock_wrlock(&model->lock);
	result = model_named_read(&model->named, store, &changed, err);
	model->version += changed;
	if (result == 0) {
		store_sizes(store, &model->file_size, &model->wal_size);
		result = store_read_oldest_day(store, &model->oldest_day, err);
	}
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
