/*
 * How the readings of the store and of the configuration went, beside what they
 * found.
 */
#include "exporter/model/model_private.h"

void model_status_set(struct model *model, const struct model_status *status)
{
	struct model_status *now = &model->status;

	(void)pthread_mutex_lock(&model->status_mutex);
	if (status->failed != now->failed || status->loaded != now->loaded ||
	    status->reload_worked != now->reload_worked ||
	    status->reloaded != now->reloaded)
		model->status_changes++;
	*now = *status;
	(void)pthread_mutex_unlock(&model->status_mutex);
}

void model_status_get(struct model *model, struct model_status *status)
{
	(void)pthread_mutex_lock(&model->status_mutex);
	*status = model->status;
	(void)pthread_mutex_unlock(&model->status_mutex);
}

uint64_t model_generation(struct model *model)
{
	uint64_t generation;

	model_lock(model);
	generation = snapshot_version(model);
	model_unlock(model);
	(void)pthread_mutex_lock(&model->status_mutex);
	generation += model->status_changes;
	(void)pthread_mutex_unlock(&model->status_mutex);
	return generation;
}
