/*
 * What was known at one moment: the store's sums per domain over the window,
 * the newest settled day and the days after it, and the named numbers. It never
 * changes once model_get() gives it out, so that readers hold no lock, but a
 * reference.
 *
 * All is in report time. A day is settled when it ended settle_hours ago; the
 * window is the last window_days settled days; days after it are recent.
 */
#ifndef EXPORTER_MODEL_SNAPSHOT_H
#define EXPORTER_MODEL_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "exporter/model/model_figures.h"
#include "exporter/model/model_named.h"
#include "exporter/verdict/verdict.h"
#include "schema/store/read.h"

struct snapshot;

/* Drops a reference. Accepts NULL, leaves NULL. */
void snapshot_unref(struct snapshot **snapshot);

/* Rises with every refresh that changed anything but the collector's state. */
uint64_t snapshot_version(const struct snapshot *snapshot);
/* Whether the store does not know when some reporter was proved, or when some
   reports arrived. */
bool snapshot_times_missing(const struct snapshot *snapshot);
int64_t snapshot_last_day(const struct snapshot *snapshot);
int64_t snapshot_window_days(const struct snapshot *snapshot);

/* The domains by name, all of them; and whether one is exported by itself. */
const struct domain_figures *const *
snapshot_domains(const struct snapshot *snapshot, size_t *count);
bool snapshot_is_exported(const struct snapshot *snapshot, size_t i);

const struct domain_figures *snapshot_find(const struct snapshot *snapshot,
                                           struct text name);
const char *snapshot_reporter_name(const struct snapshot *snapshot, int64_t id);
struct text snapshot_group_name(const struct snapshot *snapshot,
                                uint32_t group);

/* The value of a named number, 0 where there is none. */
double snapshot_named(const struct snapshot *snapshot,
                      enum store_sample_kind kind, const char *name,
                      const char *first, const char *other);
/* How many domains stand in each state, all of them. */
void snapshot_count_states(const struct snapshot *snapshot,
                           int64_t counts[VERDICT_STATES]);
int64_t snapshot_usage_bytes(const struct snapshot *snapshot, const char *name);
const struct named_figure *
snapshot_named_figures(const struct snapshot *snapshot, size_t *count);
int64_t snapshot_oldest_day(const struct snapshot *snapshot);
void snapshot_sizes(const struct snapshot *snapshot, int64_t *file,
                    int64_t *wal);

#endif
