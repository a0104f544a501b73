/*
 * What is known, in memory. The page is rendered from here; a scrape runs no
 * SQL.
 *
 * One thread refreshes: it makes a new snapshot beside the current one, sharing
 * what did not change, and swaps the pointer. Any number of threads read, each
 * with a reference to the snapshot that was current when it asked. A refresh
 * reads the whole window when a day settles, and otherwise only the domains
 * that changed.
 */
#ifndef EXPORTER_MODEL_MODEL_H
#define EXPORTER_MODEL_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "exporter/config/config.h"
#include "exporter/model/snapshot.h"
#include "schema/store/read.h"

struct model;

/* The newest day that is settled at a moment, and the moment at which a day
   settles. */
int64_t model_settled_day(int64_t now, int64_t settle_hours);
int64_t model_settle_time(int64_t day, int64_t settle_hours);

struct model *model_new(void);
void model_free(struct model **model);

/* The current snapshot, with a reference. */
struct snapshot *model_get(struct model *model);

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
   with what the status says but for numbers. */
uint64_t model_generation(struct model *model);

/* Trusts nothing of the store any more: the file is another one now. The next
   refresh reads it whole. */
void model_reset(struct model *model);

#endif
