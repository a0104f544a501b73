/*
 * What the files of the model share among themselves; nobody else includes it.
 */
#ifndef EXPORTER_MODEL_MODEL_PRIVATE_H
#define EXPORTER_MODEL_MODEL_PRIVATE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exporter/assess/reporters.h"
#include "exporter/config/config.h"
#include "exporter/model/model.h"
#include "exporter/model/model_domains.h"
#include "exporter/model/model_figures.h"
#include "exporter/model/model_named.h"

/* One thread refreshes and takes the lock only to exchange what it made; all
   others look, and hold it for reading. */
struct model {
	pthread_rwlock_t lock;
	struct config *config; /* that it was made with */
	uint64_t version;
	bool loaded; /* from a store */
	int64_t last_day;
	int64_t today;
	int64_t seq; /* of the journal of changes */
	struct model_domains domains;
	const int64_t *state_counts; /* of another fleet; NULL: of its own */
	struct reporters *reporters;
	struct model_named named;
	int64_t oldest_day;
	int64_t file_size, wal_size;

	pthread_mutex_t status_mutex; /* of what follows */
	struct model_status status;
	uint64_t status_changes;
};

/* What its figures are made for. */
static inline struct figures_scope
model_figures_scope(const struct model *model)
{
	return (struct figures_scope){
		.first_day = model->last_day - model->config->window_days + 1,
		.last_day = model->last_day,
		.reporters = model->reporters,
		.reporters_max = (size_t)model->config->top_reporters,
	};
}

#endif
