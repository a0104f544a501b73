#include "exporter/model/model.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/timestamp.h"
#include "exporter/model/model_private.h"

int64_t model_settled_day(int64_t now, int64_t settle_hours)
{
	return timestamp_day(now - settle_hours * 3600) - 1;
}

int64_t model_settle_time(int64_t day, int64_t settle_hours)
{
	return (day + 1) * SECONDS_PER_DAY + settle_hours * 3600;
}

/* --- memory -------------------------------------------------------------- */

struct model *model_new(void)
{
	struct model *model = memory_zero(1, sizeof(*model));

	(void)pthread_rwlock_init(&model->lock, NULL);
	(void)pthread_mutex_init(&model->status_mutex, NULL);
	model->oldest_day = INT64_MAX;
	model->reporters = reporters_new();
	return model;
}

void model_free(struct model **out)
{
	struct model *model = *out;

	if (model == NULL)
		return;
	model_domains_clear(&model->domains);
	reporters_free(&model->reporters);
	model_named_free(&model->named);
	if (model->config != NULL)
		config_unref(&model->config);
	(void)pthread_rwlock_destroy(&model->lock);
	(void)pthread_mutex_destroy(&model->status_mutex);
	free(model);
	*out = NULL;
}

void model_reset(struct model *model)
{
	(void)pthread_rwlock_wrlock(&model->lock);
	model->loaded = false;
	reporters_clear(model->reporters);
	(void)pthread_rwlock_unlock(&model->lock);
}

/* --- looking ------------------------------------------------------------- */

void model_lock(struct model *model)
{
	(void)pthread_rwlock_rdlock(&model->lock);
}

void model_unlock(struct model *model)
{
	(void)pthread_rwlock_unlock(&model->lock);
}

uint64_t snapshot_version(const struct model *model)
{
	return model->version;
}

int64_t snapshot_last_day(const struct model *model)
{
	return model->last_day;
}

int64_t snapshot_window_days(const struct model *model)
{
	return model->config->window_days;
}

const struct domain_figures *const *snapshot_domains(const struct model *model,
                                                     size_t *count)
{
	*count = model->domains.count;
	return (const struct domain_figures *const *)model->domains.by_name;
}

bool snapshot_is_exported(const struct model *model, size_t i)
{
	return model->domains.by_name[i]->exported;
}

const struct domain_figures *snapshot_find(const struct model *model,
                                           struct text name)
{
	return model_domains_find(&model->domains, model->domains.count, name);
}

const char *snapshot_reporter_name(const struct model *model, int64_t id)
{
	return reporters_name(model->reporters, id);
}

void snapshot_count_states(const struct model *model,
                           int64_t counts[VERDICT_STATES])
{
	size_t i;

	memset(counts, 0, VERDICT_STATES * sizeof(counts[0]));
	if (model->state_counts != NULL) {
		memcpy(counts, model->state_counts,
		       VERDICT_STATES * sizeof(counts[0]));
		return;
	}
	for (i = 0; i < model->domains.count; i++)
		counts[model->domains.by_name[i]->verdict.state]++;
}

static const struct named_figure *
snapshot_find_named(const struct model *model, enum store_sample_kind kind,
                    const char *const names[3])
{
	const struct named_figure *figure;
	size_t i;

	for (i = 0; i < model->named.count; i++) {
		figure = &model->named.figures[i];
		if (figure->kind == kind &&
		    strcmp(figure->name, names[0]) == 0 &&
		    strcmp(figure->first, names[1]) == 0 &&
		    strcmp(figure->other, names[2]) == 0)
			return figure;
	}
	return NULL;
}

double snapshot_named(const struct model *model, enum store_sample_kind kind,
                      const char *name, const char *first, const char *other)
{
	const char *const names[3] = {name, first, other};
	const struct named_figure *figure =
		snapshot_find_named(model, kind, names);

	return figure != NULL ? figure->value : 0;
}

int64_t snapshot_usage_bytes(const struct model *model, const char *name)
{
	const char *const names[3] = {name, "", ""};
	const struct named_figure *figure =
		snapshot_find_named(model, STORE_SAMPLE_USAGE, names);

	return figure != NULL ? figure->bytes : 0;
}

const struct named_figure *snapshot_named_figures(const struct model *model,
                                                  size_t *count)
{
	*count = model->named.count;
	return model->named.figures;
}

int64_t snapshot_oldest_day(const struct model *model)
{
	return model->oldest_day;
}

void snapshot_sizes(const struct model *model, int64_t *file, int64_t *wal)
{
	*file = model->file_size;
	*wal = model->wal_size;
}
