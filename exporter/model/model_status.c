/*
 * How the readings of the store and of the configuration went, beside what they
 * found.
 */
#include "exporter/model/model_private.h"
#include "exporter/model/snapshot_private.h"

void model_status_set(struct model *model, const struct model_status *status)
{
	struct model_status *now = &model->status;

	(void)pthread_mutex_lock(&model->mutex);
	if (status->failed != now->failed || status->loaded != now->loaded ||
	    status->reload_worked != now->reload_worked ||
	    status->reloaded != now->reloaded)
		model->status_changes++;
	*now = *status;
	(void)pthread_mutex_unlock(&model->mutex);
}

void model_status_get(struct model *model, struct model_status *status)
{
	(void)pthread_mutex_lock(&model->mutex);
	*status = model->status;
	(void)pthread_mutex_unlock(&model->mutex);
}

uint64_t model_generation(struct model *model)
{
	uint64_t generation;

	(void)pthread_mutex_lock(&model->mutex);
	generation = model->current->version + model->status_changes;
	(void)pthread_mutex_unlock(&model->mutex);
	return generation;
}
