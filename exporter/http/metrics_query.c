#include "exporter/http/metrics_query.h"

#include <string.h>

#include "base/domain.h"
#include "exporter/metrics/metric_group.h"

static void metrics_query_fail(struct metrics_query *query, const char *what,
                               const char *value)
{
	if (query->failed)
		return;
	query->failed = true;
	(void)err_set(&query->err, ERR_USAGE, "%s \"%.60s\"", what,
	              value == NULL ? "" : value);
}

static void metrics_query_add_group(struct metrics_query *query,
                                    unsigned int *bits, const char *value)
{
	int group;

	for (group = 0; group < METRIC_GROUPS; group++) {
		if (value != NULL &&
		    strcmp(value,
		           metric_group_name((enum metric_group)group)) == 0) {
			*bits |= 1U << group;
			return;
		}
	}
	metrics_query_fail(query, "there is no collector", value);
}

/* A domain is named once, however often: its series must be unique. What is no
   name matches nothing, as an unknown one. */
static void metrics_query_add_domain(struct metrics_query *query,
                                     const char *value)
{
	struct domain_changes changes = {false, false};
	struct text name;
	struct err ignored;
	size_t i;

	query->filtered = true;
	if (value == NULL || domain_normalise(query->arena, text_of(value),
	                                      &name, &changes, &ignored) < 0)
		return;
	for (i = 0; i < query->domain_count; i++) {
		if (text_equal(query->domains[i], name))
			return;
	}
	if (query->domain_count == METRICS_QUERY_DOMAINS_MAX) {
		metrics_query_fail(query, "too many domains, one is", value);
		return;
	}
	name.data = arena_copy(query->arena, name.data, name.len);
	query->domains[query->domain_count++] = name;
}

void metrics_query_add(struct metrics_query *query, const char *key,
                       const char *value)
{
	if (strcmp(key, "collect[]") == 0)
		metrics_query_add_group(query, &query->collect, value);
	else if (strcmp(key, "exclude[]") == 0)
		metrics_query_add_group(query, &query->exclude, value);
	else if (strcmp(key, "domain") == 0)
		metrics_query_add_domain(query, value);
}

int metrics_query_groups(const struct metrics_query *query,
                         unsigned int *groups, struct err *err)
{
	const unsigned int all = (1U << METRIC_GROUPS) - 1;

	if (query->failed) {
		*err = query->err;
		return -1;
	}
	if (query->collect != 0 && query->exclude != 0)
		return err_set(err, ERR_USAGE,
		               "collect[] and exclude[] do not go together");
	*groups = query->collect != 0 ? query->collect : all & ~query->exclude;
	return 0;
}
