#include "exporter/model/model.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/timestamp.h"
#include "exporter/model/model_private.h"
#include "exporter/model/snapshot_private.h"

int64_t model_settled_day(int64_t now, int64_t settle_hours)
{
	return timestamp_day(now - settle_hours * 3600) - 1;
}

int64_t model_settle_time(int64_t day, int64_t settle_hours)
{
	return (day + 1) * SECONDS_PER_DAY + settle_hours * 3600;
}

/* --- the current snapshot ------------------------------------------------ */

struct model *model_new(void)
{
	struct model *model = memory_zero(1, sizeof(*model));
	struct reporters *reporters = reporters_new();

	(void)pthread_mutex_init(&model->mutex, NULL);
	model->current = snapshot_new(NULL, reporters);
	reporters_unref(&reporters);
	return model;
}

void model_free(struct model **out)
{
	struct model *model = *out;

	if (model == NULL)
		return;
	snapshot_unref(&model->current);
	(void)pthread_mutex_destroy(&model->mutex);
	free(model);
	*out = NULL;
}

struct snapshot *model_get(struct model *model)
{
	struct snapshot *snapshot;

	(void)pthread_mutex_lock(&model->mutex);
	snapshot = model->current;
	(void)atomic_fetch_add(&snapshot->references, 1);
	(void)pthread_mutex_unlock(&model->mutex);
	return snapshot;
}

void model_publish(struct model *model, struct snapshot *next)
{
	struct snapshot *old;

	model_domains_seal(next->domains);
	(void)pthread_mutex_lock(&model->mutex);
	old = model->current;
	model->current = next;
	(void)pthread_mutex_unlock(&model->mutex);
	snapshot_unref(&old);
}

void model_reset(struct model *model)
{
	struct snapshot *old = model_get(model), *next;

	next = snapshot_follow(old, old->config, old->reporters);
	next->loaded = false;
	model_publish(model, next);
	snapshot_unref(&old);
}
