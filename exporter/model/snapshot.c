#include "exporter/model/snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "exporter/model/snapshot_private.h"

/* --- making -------------------------------------------------------------- */

struct snapshot *snapshot_new(struct config *config,
                              struct reporters *reporters)
{
	struct snapshot *snapshot = memory_zero(1, sizeof(*snapshot));

	atomic_init(&snapshot->references, 1);
	snapshot->config = config != NULL ? config_ref(config) : NULL;
	snapshot->reporters = reporters_ref(reporters);
	snapshot->domains = model_domains_new();
	snapshot->named = model_named_new();
	snapshot->oldest_day = INT64_MAX;
	return snapshot;
}

struct snapshot *snapshot_follow(const struct snapshot *before,
                                 struct config *config,
                                 struct reporters *reporters)
{
	struct snapshot *snapshot = memory_zero(1, sizeof(*snapshot));

	atomic_init(&snapshot->references, 1);
	snapshot->config = config != NULL ? config_ref(config) : NULL;
	snapshot->reporters = reporters_ref(reporters);
	snapshot->domains = model_domains_ref(before->domains);
	snapshot->named = model_named_ref(before->named);
	snapshot->loaded = before->loaded;
	snapshot->times_missing = before->times_missing;
	snapshot->last_day = before->last_day;
	snapshot->today = before->today;
	snapshot->seq = before->seq;
	snapshot->oldest_day = before->oldest_day;
	snapshot->file_size = before->file_size;
	snapshot->wal_size = before->wal_size;
	memcpy(snapshot->states, before->states, sizeof(snapshot->states));
	snapshot->version = before->version;
	return snapshot;
}

void snapshot_unref(struct snapshot **out)
{
	struct snapshot *snapshot = *out;

	*out = NULL;
	if (snapshot == NULL || atomic_fetch_sub(&snapshot->references, 1) != 1)
		return;
	model_domains_unref(&snapshot->domains);
	model_named_unref(&snapshot->named);
	reporters_unref(&snapshot->reporters);
	if (snapshot->config != NULL)
		config_unref(&snapshot->config);
	free(snapshot);
}

void snapshot_clear_domains(struct snapshot *snapshot)
{
	model_domains_unref(&snapshot->domains);
	snapshot->domains = model_domains_new();
	snapshot->times_missing = false;
	memset(snapshot->states, 0, sizeof(snapshot->states));
}

void snapshot_sum_states(struct snapshot *snapshot)
{
	size_t i;

	memset(snapshot->states, 0, sizeof(snapshot->states));
	for (i = 0; i < snapshot->domains->count; i++)
		snapshot->states[snapshot->domains->by_name[i]->verdict.state]++;
}

struct figures_scope snapshot_scope(const struct snapshot *snapshot)
{
	return (struct figures_scope){
		.first_day =
			snapshot->last_day - snapshot->config->window_days + 1,
		.last_day = snapshot->last_day,
		.reporters = snapshot->reporters,
		.reporters_max = (size_t)snapshot->config->top_reporters,
	};
}

/* --- reading ------------------------------------------------------------- */

uint64_t snapshot_version(const struct snapshot *snapshot)
{
	return snapshot->version;
}

bool snapshot_times_missing(const struct snapshot *snapshot)
{
	return snapshot->times_missing;
}

int64_t snapshot_last_day(const struct snapshot *snapshot)
{
	return snapshot->last_day;
}

int64_t snapshot_window_days(const struct snapshot *snapshot)
{
	return snapshot->config->window_days;
}

const struct domain_figures *const *
snapshot_domains(const struct snapshot *snapshot, size_t *count)
{
	*count = snapshot->domains->count;
	return (const struct domain_figures *const *)snapshot->domains->by_name;
}

bool snapshot_is_exported(const struct snapshot *snapshot, size_t i)
{
	return snapshot->domains->by_name[i]->exported;
}

const struct domain_figures *snapshot_find(const struct snapshot *snapshot,
                                           struct text name)
{
	return model_domains_find(snapshot->domains, name);
}

const char *snapshot_reporter_name(const struct snapshot *snapshot, int64_t id)
{
	return reporters_name(snapshot->reporters, id);
}

struct text snapshot_group_name(const struct snapshot *snapshot, uint32_t group)
{
	return reporters_group_name(snapshot->reporters, group);
}

void snapshot_count_states(const struct snapshot *snapshot,
                           int64_t counts[VERDICT_STATES])
{
	memcpy(counts, snapshot->states, sizeof(snapshot->states));
}

static const struct named_figure *
snapshot_find_named(const struct snapshot *snapshot,
                    enum store_sample_kind kind, const char *const names[3])
{
	const struct named_figure *figure;
	size_t i;

	for (i = 0; i < snapshot->named->count; i++) {
		figure = &snapshot->named->figures[i];
		if (figure->kind == kind &&
		    strcmp(figure->name, names[0]) == 0 &&
		    strcmp(figure->first, names[1]) == 0 &&
		    strcmp(figure->other, names[2]) == 0)
			return figure;
	}
	return NULL;
}

double snapshot_named(const struct snapshot *snapshot,
                      enum store_sample_kind kind, const char *name,
                      const char *first, const char *other)
{
	const char *const names[3] = {name, first, other};
	const struct named_figure *figure =
		snapshot_find_named(snapshot, kind, names);

	return figure != NULL ? figure->value : 0;
}

int64_t snapshot_usage_bytes(const struct snapshot *snapshot, const char *name)
{
	const char *const names[3] = {name, "", ""};
	const struct named_figure *figure =
		snapshot_find_named(snapshot, STORE_SAMPLE_USAGE, names);

	return figure != NULL ? figure->bytes : 0;
}

const struct named_figure *
snapshot_named_figures(const struct snapshot *snapshot, size_t *count)
{
	*count = snapshot->named->count;
	return snapshot->named->figures;
}

int64_t snapshot_oldest_day(const struct snapshot *snapshot)
{
	return snapshot->oldest_day;
}

void snapshot_sizes(const struct snapshot *snapshot, int64_t *file,
                    int64_t *wal)
{
	*file = snapshot->file_size;
	*wal = snapshot->wal_size;
}
