/*
 * Which domains have series of their own.
 */
#ifndef EXPORTER_MODEL_MODEL_EXPORT_H
#define EXPORTER_MODEL_MODEL_EXPORT_H

#include <stddef.h>

#include "exporter/model/model_domains.h"

/* Chooses at most so many: those with the most urgent verdicts, then those with
   the most sessions. When a day settles, so that series do not come and go
   between scrapes. */
void model_export_choose(struct model_domains *domains, size_t most);

#endif
