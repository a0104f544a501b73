#include "exporter/model/model_export.h"

#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "base/memory.h"

static int64_t model_export_sessions(const struct domain_figures *domain)
{
	int64_t most = 0;
	int type;

	/* The same session may be counted under two types: the largest. */
	for (type = 0; type < POLICY_TYPES; type++) {
		if (domain->window[type].sessions > most)
			most = domain->window[type].sessions;
	}
	return most;
}

/* The verdicts that somebody must see come first. */
static int model_export_urgency(enum verdict_state state)
{
	static const enum verdict_state urgent[] = {
		VERDICT_ENFORCE_ROLLBACK,
		VERDICT_ENFORCE_WARNING,
		VERDICT_POLICY_BROKEN,
		VERDICT_BLOCKED,
		VERDICT_STALE,
	};
	int i;

	for (i = 0; i < (int)ARRAY_LENGTH(urgent); i++) {
		if (urgent[i] == state)
			break;
	}
	return i;
}

static int model_export_compare(const void *a, const void *b)
{
	const struct domain_figures *const *x = a, *const *y = b;
	int first = model_export_urgency((*x)->verdict.state) -
	            model_export_urgency((*y)->verdict.state);
	int64_t left = model_export_sessions(*x),
		right = model_export_sessions(*y);

	if (first != 0)
		return first;
	if (left != right)
		return left < right ? 1 : -1;
	return strcmp((*x)->name.data, (*y)->name.data);
}

void model_export_choose(struct model_domains *domains, size_t most)
{
	struct domain_figures **heaviest;
	size_t i;

	if (domains->count <= most) {
		for (i = 0; i < domains->count; i++)
			domains->by_name[i]->exported = true;
		return;
	}
	heaviest = memory_alloc(domains->count * sizeof(*heaviest));
	memcpy(heaviest, domains->by_name, domains->count * sizeof(*heaviest));
	qsort(heaviest, domains->count, sizeof(*heaviest),
	      model_export_compare);
	for (i = 0; i < most; i++)
		heaviest[i]->exported = true;
	free(heaviest);
}
