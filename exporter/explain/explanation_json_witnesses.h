/*
 * On whom a verdict rests, as JSON.
 */
#ifndef EXPORTER_EXPLAIN_EXPLANATION_JSON_WITNESSES_H
#define EXPORTER_EXPLAIN_EXPLANATION_JSON_WITNESSES_H

#include <jansson.h>

#include "exporter/explain/explanation.h"

/* An object, or null where nothing is known; a new reference. */
json_t *explanation_json_witnesses(const struct explanation *explanation);

#endif
