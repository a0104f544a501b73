/*
 * The domains of a snapshot, by name and by their id in the store.
 *
 * Snapshots that follow each other share the figures that did not change. A
 * copy takes new figures in place of old ones; sealed, it is the next of the
 * part that it was copied from, which holds a reference to it. So they are
 * freed in their order, and each frees the figures that its next one no longer
 * has: no figures need a count of their own.
 */
#ifndef EXPORTER_MODEL_MODEL_DOMAINS_H
#define EXPORTER_MODEL_MODEL_DOMAINS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "exporter/model/model_figures.h"

struct model_domains {
	atomic_uint references;
	struct domain_figures **by_name;
	size_t count;
	size_t room;
	struct domain_figures **by_id; /* index: id in the store */
	size_t id_room;
	struct model_domains *before; /* of a copy that is not sealed */
	struct model_domains *next;   /* the sealed copy of it: a reference */
	struct domain_figures **replaced; /* figures that a copy no longer has */
	size_t replaced_count;
	size_t replaced_room;
};

struct model_domains *model_domains_new(void);
struct model_domains *model_domains_ref(struct model_domains *domains);
void model_domains_unref(struct model_domains **domains);

/* Appends one to by_name; model_domains_sort() is due. */
struct domain_figures *model_domains_add(struct model_domains *domains,
                                         struct text name);
void model_domains_set_id(struct model_domains *domains,
                          struct domain_figures *domain, int64_t id);
void model_domains_sort(struct model_domains *domains);

struct domain_figures *model_domains_by_id(const struct model_domains *domains,
                                           int64_t id);
/* By name, NULL: none. The other one looks among the first count. */
struct domain_figures *model_domains_find(const struct model_domains *domains,
                                          struct text name);
struct domain_figures *
model_domains_find_among(const struct model_domains *domains, size_t count,
                         struct text name);

/* A copy that shares all figures. before must live until it is sealed, or
   dropped. */
struct model_domains *model_domains_copy(struct model_domains *before);
/* Takes figures, whose id is known, in place of those of that name. */
void model_domains_put(struct model_domains *copy,
                       struct domain_figures *figures);
/* Nothing is put any more. Only the newest part may have a copy that is sealed.
   Does nothing with a part that is no copy. */
void model_domains_seal(struct model_domains *domains);

#endif
