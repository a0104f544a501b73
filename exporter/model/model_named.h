/*
 * The store's named numbers: what the collector counts and says of itself.
 */
#ifndef EXPORTER_MODEL_MODEL_NAMED_H
#define EXPORTER_MODEL_MODEL_NAMED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "schema/store/read.h"

/* One row of the store's named numbers. */
struct named_figure {
	enum store_sample_kind kind;
	char *name;
	char *first;
	char *other;
	double value;
	int64_t bytes;
};

struct model_named {
	struct named_figure *figures;
	size_t count;
};

/* Replaces them by those of the store. changed: whether one differs that is a
   reason to render again. */
int model_named_read(struct model_named *named, struct store *store,
                     bool *changed, struct err *err) ATTR_MUST_CHECK;
void model_named_free(struct model_named *named);

#endif
