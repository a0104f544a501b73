/*
 * The reasons of a verdict as JSON, with what each rests on.
 */
#ifndef EXPORTER_EXPLAIN_EXPLANATION_JSON_REASONS_H
#define EXPORTER_EXPLAIN_EXPLANATION_JSON_REASONS_H

#include <jansson.h>

#include "exporter/explain/explanation.h"

/* An array of objects; a new reference. */
json_t *explanation_json_reasons(const struct explanation *explanation);

#endif
