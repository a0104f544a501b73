/*
 * What is known, in memory: the store's sums per domain over the window, the
 * newest settled day and the days after it, and the named numbers. The page is
 * rendered from here; a scrape runs no SQL.
 *
 * All is in report time. A day is settled when it ended settle_hours ago; the
 * window is the last window_days settled days; days after it are recent.
 *
 * One thread refreshes, any number reads between model_lock() and
 * model_unlock(). A refresh reads the whole window when a day settles, and
 * otherwise only the domains that changed.
 */
#ifndef EXPORTER_MODEL_MODEL_H
#define EXPORTER_MODEL_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/text.h"
#include "exporter/config/config.h"
#include "exporter/model/model_figures.h"
#include "exporter/model/model_named.h"
#include "exporter/verdict/verdict.h"
#include "schema/store/read.h"

struct model;

/* The newest day that is settled at a moment, and the moment at which a day
   settles. */
int64_t model_settled_day(int64_t now, int64_t settle_hours);
int64_t model_settle_time(int64_t day, int64_t settle_hours);

struct model *model_new(void);
void model_free(struct model **model);

/* Brings the model up to the store's last commit. store may be NULL: then only
   the configured domains are there. Fails as the store does; the model is then
   as it was. */
int model_refresh(struct model *model, struct store *store,
                  struct config *config, int64_t now, struct err *err)
	ATTR_MUST_CHECK;

/* How the last readings went, of the store and of the configuration. */
struct model_status {
	bool failed;                 /* the last refresh did */
	bool loaded;                 /* a store has been read */
	char trouble[ERR_TEXT_SIZE]; /* why it failed, or "" */
	double refresh_seconds;
	int64_t read_errors;
	bool reload_worked;
	int64_t reloaded; /* Unix time of the last that did */
};

void model_status_set(struct model *model, const struct model_status *status);
void model_status_get(struct model *model, struct model_status *status);

/* Rises whenever a page would show something else: with snapshot_version(), and
   with what the status says but for numbers. The model is not locked. */
uint64_t model_generation(struct model *model);

/* Forgets what the store said: the file is another one now. */
void model_reset(struct model *model);

void model_lock(struct model *model);
void model_unlock(struct model *model);

/* --- between model_lock() and model_unlock() ---------------------------------
 */

/* Rises with every refresh that changed anything but the collector's state. */
uint64_t snapshot_version(const struct model *model);
int64_t snapshot_last_day(const struct model *model);
int64_t snapshot_window_days(const struct model *model);

/* The domains by name, all of them; and whether one is exported by itself. */
const struct domain_figures *const *snapshot_domains(const struct model *model,
                                                     size_t *count);
bool snapshot_is_exported(const struct model *model, size_t i);

const struct domain_figures *snapshot_find(const struct model *model,
                                           struct text name);
const char *snapshot_reporter_name(const struct model *model, int64_t id);

/* The value of a named number, 0 where there is none. */
double snapshot_named(const struct model *model, enum store_sample_kind kind,
                      const char *name, const char *first, const char *other);
/* How many domains stand in each state, all of them. */
void snapshot_count_states(const struct model *model,
                           int64_t counts[VERDICT_STATES]);
int64_t snapshot_usage_bytes(const struct model *model, const char *name);
const struct named_figure *snapshot_named_figures(const struct model *model,
                                                  size_t *count);
int64_t snapshot_oldest_day(const struct model *model);
void snapshot_sizes(const struct model *model, int64_t *file, int64_t *wal);

#endif
