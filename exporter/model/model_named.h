/*
 * The store's named numbers: what the collector counts and says of itself.
 */
#ifndef EXPORTER_MODEL_MODEL_NAMED_H
#define EXPORTER_MODEL_MODEL_NAMED_H

#include <stdatomic.h>
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
	atomic_uint references;
	struct named_figure *figures;
	size_t count;
};

struct model_named *model_named_new(void);
struct model_named *model_named_ref(struct model_named *named);
void model_named_unref(struct model_named **named);

/* Reads those of the store. changed: whether one differs from the old ones that
   is a reason to render again. */
int model_named_read(const struct model_named *old, struct store *store,
                     struct model_named **out, bool *changed, struct err *err)
	ATTR_MUST_CHECK;

#endif
