#include "exporter/model/model_domains.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

static int model_domains_compare_names(const void *a, const void *b)
{
	const struct domain_figures *const *x = a, *const *y = b;

	return strcmp((*x)->name.data, (*y)->name.data);
}

struct domain_figures *model_domains_add(struct model_domains *domains,
                                         struct text name)
{
	struct domain_figures *domain = memory_zero(1, sizeof(*domain));
	char *copy = memory_alloc(name.len + 1);

	memcpy(copy, name.data, name.len);
	copy[name.len] = '\0';
	domain->name = (struct text){copy, name.len};
	if (domains->count == domains->room) {
		domains->room = domains->room == 0 ? 64 : domains->room * 2;
		domains->by_name = memory_resize(
			domains->by_name,
			domains->room * sizeof(struct domain_figures *));
	}
	domains->by_name[domains->count++] = domain;
	return domain;
}

struct domain_figures *model_domains_insert(struct model_domains *domains,
                                            struct text name)
{
	struct domain_figures *domain = model_domains_add(domains, name);
	size_t i = domains->count - 1;

	while (i > 0 && model_domains_compare_names(&domains->by_name[i - 1],
	                                            &domains->by_name[i]) > 0) {
		domains->by_name[i] = domains->by_name[i - 1];
		domains->by_name[i - 1] = domain;
		i--;
	}
	return domain;
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

struct domain_figures *model_domains_by_id(const struct model_domains *domains,
                                           int64_t id)
{
	if (id <= 0 || (size_t)id >= domains->id_room)
		return NULL;
	return domains->by_id[id];
}

void model_domains_sort(struct model_domains *domains)
{
	if (domains->count > 0)
		qsort(domains->by_name, domains->count,
		      sizeof(struct domain_figures *),
		      model_domains_compare_names);
}

struct domain_figures *model_domains_find(const struct model_domains *domains,
                                          size_t count, struct text name)
{
	size_t low = 0, high = count, middle;
	int order;

	while (low < high) {
		middle = low + (high - low) / 2;
		order = strncmp(domains->by_name[middle]->name.data, name.data,
		                name.len);
		if (order == 0 && domains->by_name[middle]->name.len > name.len)
			order = 1;
		if (order == 0)
			return domains->by_name[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static void model_domains_free_one(struct domain_figures *domain)
{
	union {
		const char *constant;
		char *own;
	} name = {.constant = domain->name.data};

	model_figures_clear(domain);
	free(name.own);
	free(domain);
}

void model_domains_clear(struct model_domains *domains)
{
	size_t i;

	for (i = 0; i < domains->count; i++)
		model_domains_free_one(domains->by_name[i]);
	free(domains->by_name);
	free(domains->by_id);
	*domains = (struct model_domains){0};
}
