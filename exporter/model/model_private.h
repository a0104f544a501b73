/*
 * What the model holds, for its own files; nobody else includes it.
 */
#ifndef EXPORTER_MODEL_MODEL_PRIVATE_H
#define EXPORTER_MODEL_MODEL_PRIVATE_H

#include <pthread.h>
#include <stdint.h>

#include "exporter/model/model.h"
#include "exporter/model/snapshot.h"

struct model {
	pthread_mutex_t mutex; /* of all below; held for an instant only */
	struct snapshot *current;
	struct model_status status;
	uint64_t status_changes;
};

/* Makes a snapshot the current one; its reference is the model's now. Only the
   thread that refreshes does so. */
void model_publish(struct model *model, struct snapshot *next);

#endif
