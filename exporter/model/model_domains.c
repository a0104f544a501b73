#include "exporter/model/model_domains.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* --- looking ------------------------------------------------------------- */

/* Where a name is among the first count, or belongs. */
static bool model_domains_search(const struct model_domains *domains,
                                 size_t count, struct text name, size_t *place)
{
	size_t low = 0, high = count, middle;
	int order;

	while (low < high) {
		middle = low + (high - low) / 2;
		order = strncmp(domains->by_name[middle]->name.data, name.data,
		                name.len);
		if (order == 0 && domains->by_name[middle]->name.len > name.len)
			order = 1;
		if (order == 0) {
			*place = middle;
			return true;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*place = low;
	return false;
}

struct domain_figures *
model_domains_find_among(const struct model_domains *domains, size_t count,
                         struct text name)
{
	size_t place;

	return model_domains_search(domains, count, name, &place)
	               ? domains->by_name[place]
	               : NULL;
}

struct domain_figures *model_domains_find(const struct model_domains *domains,
                                          struct text name)
{
	return model_domains_find_among(domains, domains->count, name);
}

struct domain_figures *model_domains_by_id(const struct model_domains *domains,
                                           int64_t id)
{
	if (id <= 0 || (size_t)id >= domains->id_room)
		return NULL;
	return domains->by_id[id];
}

/* --- memory -------------------------------------------------------------- */

struct model_domains *model_domains_new(void)
{
	struct model_domains *domains = memory_zero(1, sizeof(*domains));

	atomic_init(&domains->references, 1);
	return domains;
}

struct model_domains *model_domains_ref(struct model_domains *domains)
{
	(void)atomic_fetch_add(&domains->references, 1);
	return domains;
}

/* Frees the figures that no other part has: those that the next one replaced;
   without a next one all, but for those that a copy shares. */
static void model_domains_free_figures(struct model_domains *domains)
{
	const struct model_domains *next = domains->next;
	struct domain_figures *figures;
	size_t i;

	for (i = 0; next != NULL && i < next->replaced_count; i++)
		model_figures_free(next->replaced[i]);
	for (i = 0; next == NULL && i < domains->count; i++) {
		figures = domains->by_name[i];
		if (domains->before == NULL ||
		    model_domains_find(domains->before, figures->name) !=
		            figures)
			model_figures_free(figures);
	}
}

void model_domains_unref(struct model_domains **out)
{
	struct model_domains *domains = *out, *next;

	*out = NULL;
	while (domains != NULL &&
	       atomic_fetch_sub(&domains->references, 1) == 1) {
		next = domains->next;
		model_domains_free_figures(domains);
		free(domains->by_name);
		free(domains->by_id);
		free(domains->replaced);
		free(domains);
		domains = next;
	}
}

/* --- a part that is made new --------------------------------------------- */

static void model_domains_grow(struct model_domains *domains)
{
	if (domains->count < domains->room)
		return;
	domains->room = domains->room == 0 ? 64 : domains->room * 2;
	domains->by_name =
		memory_resize(domains->by_name,
	                      domains->room * sizeof(struct domain_figures *));
}

struct domain_figures *model_domains_add(struct model_domains *domains,
                                         struct text name)
{
	struct domain_figures *figures = model_figures_new(name);

	model_domains_grow(domains);
	domains->by_name[domains->count++] = figures;
	return figures;
}

void model_domains_set_id(struct model_domains *domains,
                          struct domain_figures *domain, int64_t id)
{
	size_t room = domains->id_room;

	if ((size_t)id >= room) {
		room = (size_t)id * 2 + 64;
		domains->by_id = memory_resize(
			domains->by_id, room * sizeof(struct domain_figures *));
		memset(domains->by_id + domains->id_room, 0,
		       (room - domains->id_room) *
		               sizeof(struct domain_figures *));
		domains->id_room = room;
	}
	domain->id = id;
	domains->by_id[id] = domain;
}

static int model_domains_compare_names(const void *a, const void *b)
{
	const struct domain_figures *const *x = a, *const *y = b;

	return strcmp((*x)->name.data, (*y)->name.data);
}

void model_domains_sort(struct model_domains *domains)
{
	if (domains->count > 0)
		qsort(domains->by_name, domains->count,
		      sizeof(struct domain_figures *),
		      model_domains_compare_names);
}

/* --- a copy that takes new figures --------------------------------------- */

struct model_domains *model_domains_copy(struct model_domains *before)
{
	struct model_domains *copy = model_domains_new();
	const size_t size = sizeof(struct domain_figures *);

	copy->before = before;
	copy->count = before->count;
	copy->room = before->count + 1;
	copy->by_name = memory_alloc(copy->room * size);
	if (before->count > 0)
		memcpy(copy->by_name, before->by_name, before->count * size);
	if (before->id_room == 0)
		return copy;
	copy->id_room = before->id_room;
	copy->by_id = memory_alloc(copy->id_room * size);
	memcpy(copy->by_id, before->by_id, copy->id_room * size);
	return copy;
}

static void model_domains_drop(struct model_domains *copy,
                               struct domain_figures *old)
{
	/* It may have been put into this copy before. */
	if (model_domains_find(copy->before, old->name) != old) {
		model_figures_free(old);
		return;
	}
	if (copy->replaced_count == copy->replaced_room) {
		copy->replaced_room = copy->replaced_room * 2 + 16;
		copy->replaced = memory_resize(
			copy->replaced,
			copy->replaced_room * sizeof(struct domain_figures *));
	}
	copy->replaced[copy->replaced_count++] = old;
}

void model_domains_put(struct model_domains *copy,
                       struct domain_figures *figures)
{
	struct domain_figures *old = NULL;
	size_t place;

	if (model_domains_search(copy, copy->count, figures->name, &place)) {
		old = copy->by_name[place];
	} else {
		model_domains_grow(copy);
		memmove(copy->by_name + place + 1, copy->by_name + place,
		        (copy->count - place) * sizeof(old));
		copy->count++;
	}
	copy->by_name[place] = figures;
	model_domains_set_id(copy, figures, figures->id);
	if (old != NULL)
		model_domains_drop(copy, old);
}

void model_domains_seal(struct model_domains *domains)
{
	if (domains->before == NULL)
		return;
	domains->before->next = model_domains_ref(domains);
	domains->before = NULL;
}
