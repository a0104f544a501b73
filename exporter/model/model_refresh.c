#include "exporter/model/model.h"

#include "base/arena.h"
#include "base/timestamp.h"
#include "exporter/model/model_assess.h"
#include "exporter/model/model_domains.h"
#include "exporter/model/model_export.h"
#include "exporter/model/model_named.h"
#include "exporter/model/model_private.h"
#include "exporter/model/model_results.h"
#include "exporter/model/snapshot_private.h"
#include "schema/limits.h"
#include "schema/series.h"

static void model_refresh_add_configured(struct model_domains *domains,
                                         const struct settings *settings)
{
	size_t i;

	for (i = 0; i < settings->name_count; i++)
		(void)model_domains_add(domains, settings->names[i]);
	model_domains_sort(domains);
}

/* A domain of the store belongs in the model when the configuration still
   names or covers it. */
static int model_refresh_add_stored(struct model_domains *domains,
                                    struct store *store,
                                    const struct settings *settings,
                                    struct err *err)
{
	size_t sorted = domains->count;
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
		domain = model_domains_find_among(domains, sorted, row.name);
		if (domain == NULL)
			domain = model_domains_add(domains, row.name);
		model_domains_set_id(domains, domain, row.id);
		domain->last_end = row.last_end;
		domain->last_received = row.last_received;
	}
	store_read_close(&rows);
	model_domains_sort(domains);
	return result;
}

/* When a refresh takes place. */
struct refresh_moment {
	int64_t now;
	int64_t last_day;
	int64_t today;
};

/* Reads all domains into a snapshot without any. */
static int model_refresh_load_all(struct snapshot *next,
                                  const struct snapshot *old,
                                  struct store *store, int64_t now,
                                  struct err *err)
{
	const struct figures_scope scope = snapshot_scope(next);
	const struct settings *settings = &next->config->settings;

	model_refresh_add_configured(next->domains, settings);
	if (store != NULL &&
	    (model_refresh_add_stored(next->domains, store, settings, err) <
	             0 ||
	     model_results_read_all(&scope, store, next->domains, err) < 0))
		return -1;
	if (model_assess_all(next, old, store, now, err) < 0)
		return -1;
	snapshot_sum_states(next);
	model_export_choose(next->domains, (size_t)next->config->max_domains);
	return store == NULL ? 0
	                     : model_assess_find_since(next, store, now, err);
}

/* --- what changed -------------------------------------------------------- */

static int model_refresh_domain(struct snapshot *next, struct store *store,
                                int64_t now, const struct store_domain_row *row,
                                struct err *err)
{
	const struct domain_figures *before =
		model_domains_find(next->domains, row->name);
	const struct figures_scope scope = snapshot_scope(next);
	struct domain_figures *figures = model_figures_new(row->name);

	figures->id = row->id;
	figures->exported = before != NULL ? before->exported
	                                   : (int64_t)next->domains->count <
	                                             next->config->max_domains;
	if (model_results_read_one(&scope, store, row->id, figures, err) < 0 ||
	    model_assess_one(next, store, now, before, figures, err) < 0) {
		model_figures_free(figures);
		return -1;
	}
	figures->last_end = row->last_end;
	figures->last_received = row->last_received;
	if (before != NULL)
		next->states[before->verdict.state]--;
	next->states[figures->verdict.state]++;
	model_domains_put(next->domains, figures);
	return 0;
}

/* One domain of the journal. */
static int model_refresh_changed_domain(struct snapshot *next,
                                        struct store *store, int64_t now,
                                        int64_t id, struct err *err)
{
	struct arena *arena = arena_new(0);
	struct store_domain_row row;
	int result = store_read_domain(store, id, arena, &row, err);

	if (result == 1 &&
	    (model_domains_by_id(next->domains, id) != NULL ||
	     settings_domains_match(&next->config->settings, row.name) !=
	             SETTINGS_DOMAIN_FOREIGN))
		result = model_refresh_domain(next, store, now, &row, err);
	arena_free(&arena);
	return result < 0 ? -1 : 0;
}

/* The domains of the journal since the old snapshot, in a copy of its part. */
static int model_refresh_changed_domains(struct snapshot *next,
                                         const struct snapshot *old,
                                         struct store *store, int64_t now,
                                         struct err *err)
{
	struct store_cursor *rows;
	int64_t id;
	int result;

	if (store_read_changes(store, old->seq, &rows, err) < 0)
		return -1;
	model_domains_unref(&next->domains);
	next->domains = model_domains_copy(old->domains);
	while ((result = store_read_changes_next(rows, &id, err)) == 1) {
		if (model_refresh_changed_domain(next, store, now, id, err) <
		    0) {
			result = -1;
			break;
		}
	}
	store_read_close(&rows);
	return result;
}

static int model_refresh_named(struct snapshot *next, struct store *store,
                               struct err *err)
{
	struct model_named *named;
	bool changed;

	if (model_named_read(next->named, store, &named, &changed, err) < 0)
		return -1;
	model_named_unref(&next->named);
	next->named = named;
	next->version += changed;
	store_sizes(store, &next->file_size, &next->wal_size);
	return store_read_oldest_day(store, &next->oldest_day, err);
}

/* --- a new snapshot ------------------------------------------------------ */

/* The domains of another moment or configuration, or of the same. */
static int model_refresh_domains(struct snapshot *next,
                                 const struct snapshot *old,
                                 struct store *store,
                                 const struct refresh_moment *clock, bool whole,
                                 struct err *err)
{
	if (!whole && next->seq == old->seq)
		return 0;
	next->version++;
	if (!whole)
		return model_refresh_changed_domains(next, old, store,
		                                     clock->now, err);
	snapshot_clear_domains(next);
	next->last_day = clock->last_day;
	next->today = clock->today;
	next->loaded = store != NULL;
	return model_refresh_load_all(next, old, store, clock->now, err);
}

/* Whether a refresh starts from nothing. */
static bool model_refresh_is_whole(const struct snapshot *old,
                                   const struct config *config,
                                   const struct refresh_moment *clock,
                                   int64_t before_first, int64_t last)
{
	return !old->loaded || old->config != config ||
	       old->last_day != clock->last_day || old->today != clock->today ||
	       old->seq < before_first || last < old->seq;
}

static int model_refresh_read(struct snapshot *old, struct store *store,
                              struct config *config,
                              const struct refresh_moment *clock,
                              struct snapshot **out, struct err *err)
{
	struct reporters *reporters;
	struct snapshot *next;
	int64_t before_first, last;
	bool whole;

	if (reporters_read(old->loaded ? old->reporters : NULL, store,
	                   &reporters, err) < 0)
		return -1;
	next = snapshot_follow(old, config, reporters);
	reporters_unref(&reporters);
	if (store_read_change_range(store, &before_first, &last, err) < 0) {
		snapshot_unref(&next);
		return -1;
	}
	next->seq = last;
	whole = model_refresh_is_whole(old, config, clock, before_first, last);
	if (model_refresh_domains(next, old, store, clock, whole, err) < 0 ||
	    model_refresh_named(next, store, err) < 0) {
		snapshot_unref(&next);
		return -1;
	}
	*out = next;
	return 0;
}

/* All of it from one commit. */
static int model_refresh_from(struct snapshot *old, struct store *store,
                              struct config *config,
                              const struct refresh_moment *clock,
                              struct snapshot **out, struct err *err)
{
	int result;

	if (store_read_begin(store, err) < 0)
		return -1;
	result = model_refresh_read(old, store, config, clock, out, err);
	store_read_end(store);
	return result;
}

/* The configured domains alone. */
static int model_refresh_configured(const struct snapshot *old,
                                    struct config *config,
                                    const struct refresh_moment *clock,
                                    struct snapshot **out, struct err *err)
{
	struct snapshot *next = snapshot_follow(old, config, old->reporters);

	if (model_refresh_domains(next, old, NULL, clock, true, err) < 0) {
		snapshot_unref(&next);
		return -1;
	}
	*out = next;
	return 0;
}

/* --- the clock ----------------------------------------------------------- */

/* As of the last reading; that of the store may have been set back since. */
static bool model_refresh_is_clock_behind(const struct snapshot *snapshot,
                                          int64_t now)
{
	double newest = snapshot_named(snapshot, STORE_SAMPLE_TIMESTAMP,
	                               SERIES_NEWEST_COMMIT, "", "");

	return newest - (double)now > LIMIT_CLOCK_SECONDS;
}

/* Nothing is settled while the clock is wrong. The named numbers are read all
   the same: they say when it is right again. */
static int model_refresh_check_clock(struct model *model, struct snapshot *old,
                                     struct store *store, int64_t now,
                                     struct err *err)
{
	struct snapshot *next;
	bool behind;

	if (!model_refresh_is_clock_behind(old, now))
		return 0;
	next = snapshot_follow(old, old->config, old->reporters);
	if (model_refresh_named(next, store, err) < 0) {
		snapshot_unref(&next);
		return -1;
	}
	behind = model_refresh_is_clock_behind(next, now);
	model_publish(model, next);
	if (behind)
		return err_set(err, ERR_BUSY,
		               "the clock is behind the newest entry of the "
		               "store; nothing is settled until it is right");
	return 0;
}

/* --- the whole ----------------------------------------------------------- */

static int model_refresh_publish(struct model *model, struct store *store,
                                 struct config *config,
                                 const struct refresh_moment *clock,
                                 struct err *err)
{
	struct snapshot *old = model_get(model), *next;
	int result;

	if (store != NULL)
		result = model_refresh_from(old, store, config, clock, &next,
		                            err);
	else
		result = model_refresh_configured(old, config, clock, &next,
		                                  err);
	if (result == 0)
		model_publish(model, next);
	snapshot_unref(&old);
	return result;
}

int model_refresh(struct model *model, struct store *store,
                  struct config *config, int64_t now, struct err *err)
{
	const struct refresh_moment clock = {
		.now = now,
		.last_day = model_settled_day(now, config->settle_hours),
		.today = timestamp_day(now),
	};
	struct snapshot *old = model_get(model);
	bool is_known = store == NULL && old->config == config &&
	                old->last_day == clock.last_day;
	int result = store == NULL ? 0
	                           : model_refresh_check_clock(model, old,
	                                                       store, now, err);

	snapshot_unref(&old);
	if (result < 0 || is_known)
		return result;
	return model_refresh_publish(model, store, config, &clock, err);
}
