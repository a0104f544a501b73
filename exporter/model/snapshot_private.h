/*
 * What a snapshot holds, for the files that make one; nobody else includes it.
 */
#ifndef EXPORTER_MODEL_SNAPSHOT_PRIVATE_H
#define EXPORTER_MODEL_SNAPSHOT_PRIVATE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "exporter/assess/reporters.h"
#include "exporter/config/config.h"
#include "exporter/model/model_domains.h"
#include "exporter/model/model_figures.h"
#include "exporter/model/model_named.h"
#include "exporter/model/snapshot.h"

/* Its parts are references: two snapshots may share them. */
struct snapshot {
	atomic_uint references;
	struct config *config; /* NULL: nothing is known yet */
	struct reporters *reporters;
	struct model_domains *domains;
	struct model_named *named;
	bool loaded;        /* from a store */
	bool times_missing; /* snapshot_times_missing() */
	int64_t last_day;
	int64_t today;
	int64_t seq; /* of the journal of changes */
	int64_t oldest_day;
	int64_t file_size, wal_size;
	int64_t states[VERDICT_STATES]; /* how many domains stand in each */
	uint64_t version;
};

/* One without domains. The parts are referenced. */
struct snapshot *snapshot_new(struct config *config,
                              struct reporters *reporters);

/* One that shares what another one knows, made with other parts. */
struct snapshot *snapshot_follow(const struct snapshot *before,
                                 struct config *config,
                                 struct reporters *reporters);

/* Forgets the domains. */
void snapshot_clear_domains(struct snapshot *snapshot);

void snapshot_sum_states(struct snapshot *snapshot);

/* What its figures are made for. */
struct figures_scope snapshot_scope(const struct snapshot *snapshot);

#endif
