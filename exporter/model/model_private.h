/*
 * What the files of the model share among themselves; nobody else includes it.
 */
#ifndef EXPORTER_MODEL_MODEL_PRIVATE_H
#define EXPORTER_MODEL_MODEL_PRIVATE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/text.h"
#include "exporter/assess/reporters.h"
#include "exporter/config/config.h"
#include "exporter/model/model.h"
#include "schema/store/store.h"

/* One thread refreshes and takes the lock only to exchange what it made; all
   others look, and hold it for reading. */
struct model {
	pthread_rwlock_t lock;
	struct config *config; /* that it was made with */
	uint64_t version;
	bool loaded; /* from a store */
	int64_t last_day;
	int64_t today;
	int64_t seq;                   /* of the journal of changes */
	struct domain_figures **by_id; /* index: id in the store */
	size_t id_room;
	struct domain_figures **by_name;
	size_t count;
	size_t room;
	const int64_t *state_counts; /* of another fleet; NULL: of its own */
	struct reporters *reporters;
	struct named_figure *figures;
	size_t figure_count;
	int64_t oldest_day;
	int64_t file_size, wal_size;
};

/* --- model.c: what is held ----------------------------------------------- */

/* At the end of by_name, with a copy of the name; model_domains_sort() is due. */
struct domain_figures *model_domains_add(struct model *model, struct text name);
/* The same at its place among those that are sorted. */
struct domain_figures *model_domains_insert(struct model *model,
                                            struct text name);
void model_domains_set_id(struct model *model, struct domain_figures *domain,
                          int64_t id);
struct domain_figures *model_domains_by_id(const struct model *model,
                                           int64_t id);
void model_domains_sort(struct model *model);
/* For qsort() over pointers to figures, by name. */
int model_domains_compare_names(const void *a, const void *b);
/* Among the first count of by_name, which are sorted; NULL: none. */
struct domain_figures *model_domains_find(const struct model *model,
                                          size_t count, struct text name);
/* Frees what the figures hold, not themselves nor the name. */
void model_figures_clear(struct domain_figures *domain);
void model_named_free(struct named_figure *figures, size_t count);

/* --- snapshot_named_figures.c: rows of the store into figures
 * --------------------- */

/* Adds up a domain's rows of the days' sums, of any days, into figures that are
   empty. */
void model_figures_add_rows(const struct model *model,
                            struct domain_figures *domain,
                            const struct store_sum_row *rows, size_t count);

/* The results by type of the window, and which there have been: of one domain
   into *only, or with domain_id 0 and NULL of all into theirs. */
int model_figures_read_results(const struct model *model, struct store *store,
                               int64_t domain_id, struct domain_figures *only,
                               struct err *err) ATTR_MUST_CHECK;

/* --- model_assess.c: verdicts --------------------------------------------- */

/* Judges all domains of a model that is being made, and adds up their sums; old
   is what was known before. */
int model_assess_all(struct model *fresh, const struct model *old,
                     struct store *store, int64_t now, struct err *err)
	ATTR_MUST_CHECK;

/* Looks for the beginning of verdicts whose domains are exported. */
int model_assess_find_since(struct model *model, struct store *store,
                            struct err *err) ATTR_MUST_CHECK;

/* The same for one domain; before is what was known of it. */
int model_assess_one(const struct model *model, struct store *store,
                     int64_t now, const struct domain_figures *before,
                     struct domain_figures *figures, struct err *err)
	ATTR_MUST_CHECK;

#endif
