/*
 * What the families*.c files share among themselves; nobody else includes it.
 */
#ifndef EXPORTER_FAMILIES_PARTS_H
#define EXPORTER_FAMILIES_PARTS_H

#include "exporter/families.h"

struct render {
	struct exposition e;
	const struct model *model;
	const struct page_request *what;
	const struct self_figures *self;
};

struct family {
	enum group group;
	struct metric metric;
	void (*write)(struct render *r, const struct metric *metric);
};

extern const struct family domain_families[];
extern const size_t domain_family_count;
extern const struct family self_families[];
extern const size_t self_family_count;

#endif
