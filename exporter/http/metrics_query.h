/*
 * What part of the page a scraper asks for by its query. Pure functions.
 */
#ifndef EXPORTER_HTTP_METRICS_QUERY_H
#define EXPORTER_HTTP_METRICS_QUERY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/text.h"

/* The most domains that one request may name. */
#define METRICS_QUERY_DOMAINS_MAX 100U

/* A query as it comes in, argument by argument. */
struct metrics_query {
	struct arena *arena;
	unsigned int collect; /* bits of enum metric_group */
	unsigned int exclude;
	struct text domains[METRICS_QUERY_DOMAINS_MAX]; /* each once */
	size_t domain_count;
	bool filtered; /* there was a domain argument */
	struct err err;
	bool failed;
};

/* Takes one argument; the first that is wrong sticks. Unknown arguments are
   left alone. */
void metrics_query_add(struct metrics_query *query, const char *key,
                       const char *value);

/* The groups that are asked for, as bits; fails with ERR_USAGE when an argument
   was wrong, or collect[] and exclude[] came together. */
int metrics_query_groups(const struct metrics_query *query,
                         unsigned int *groups, struct err *err) ATTR_MUST_CHECK;

#endif
