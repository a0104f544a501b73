/*
 * The domains of the model, by name and by their id in the store.
 */
#ifndef EXPORTER_MODEL_MODEL_DOMAINS_H
#define EXPORTER_MODEL_MODEL_DOMAINS_H

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "exporter/model/model_figures.h"

struct model_domains {
	struct domain_figures **by_name;
	size_t count;
	size_t room;
	struct domain_figures **by_id; /* index: id in the store */
	size_t id_room;
};

/* Appends one to by_name, with a copy of the name; model_domains_sort() is due.
 */
struct domain_figures *model_domains_add(struct model_domains *domains,
                                         struct text name);
/* The same at its place among those that are sorted. */
struct domain_figures *model_domains_insert(struct model_domains *domains,
                                            struct text name);
void model_domains_set_id(struct model_domains *domains,
                          struct domain_figures *domain, int64_t id);
struct domain_figures *model_domains_by_id(const struct model_domains *domains,
                                           int64_t id);
void model_domains_sort(struct model_domains *domains);
/* Among the first count of by_name, which are sorted; NULL: none. */
struct domain_figures *model_domains_find(const struct model_domains *domains,
                                          size_t count, struct text name);
/* Frees all. */
void model_domains_clear(struct model_domains *domains);

#endif
