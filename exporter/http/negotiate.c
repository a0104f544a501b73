#include "exporter/http/negotiate.h"

#include <stdint.h>
#include <string.h>

#include "base/domain.h"
#include "exporter/metrics/metric_group.h"

/* --- Accept ------------------------------------------------------------------
 */

/* A quality of 0 to 1 in thousandths (RFC 9110 section 12.4.2). */
static int negotiate_read_quality(struct text value)
{
	static const int weight[] = {100, 10, 1};
	int quality;
	size_t i;

	if (value.len == 0 || (value.data[0] != '0' && value.data[0] != '1'))
		return 0;
	quality = (value.data[0] - '0') * 1000;
	if (value.len > 5 || (value.len > 1 && value.data[1] != '.'))
		return 0;
	for (i = 2; i < value.len; i++) {
		if (value.data[i] < '0' || value.data[i] > '9')
			return 0;
		quality += (value.data[i] - '0') * weight[i - 2];
	}
	return quality > 1000 ? 1000 : quality;
}

/* One element of Accept: its type, and what of its parameters matters. */
struct accepted {
	struct text type;
	struct text version;
	int quality;
};

static struct text negotiate_unquote(struct text value)
{
	if (value.len >= 2 && value.data[0] == '"' &&
	    value.data[value.len - 1] == '"')
		return (struct text){value.data + 1, value.len - 2};
	return value;
}

static struct accepted negotiate_read_element(struct text element)
{
	struct accepted accepted = {TEXT(""), TEXT(""), 1000};
	struct text rest = element, part, key, value;

	if (!text_next(&rest, ';', &part))
		return accepted;
	accepted.type = text_trim(part);
	while (text_next(&rest, ';', &part)) {
		value = part;
		if (!text_next(&value, '=', &key) || value.data == NULL)
			continue;
		key = text_trim(key);
		value = negotiate_unquote(text_trim(value));
		if (text_equal_case(key, "q"))
			accepted.quality = negotiate_read_quality(value);
		else if (text_equal_case(key, "version"))
			accepted.version = value;
	}
	return accepted;
}

bool negotiate_openmetrics(const char *accept)
{
	struct text rest = text_of(accept), element;
	struct accepted accepted;
	int openmetrics = 0, plain = 0;

	while (accept != NULL && text_next(&rest, ',', &element)) {
		accepted = negotiate_read_element(element);
		if (text_equal_case(accepted.type,
		                    "application/openmetrics-text") &&
		    (accepted.version.len == 0 ||
		     text_is(accepted.version, "1.0.0") ||
		     text_is(accepted.version, "0.0.1"))) {
			if (accepted.quality > openmetrics)
				openmetrics = accepted.quality;
		} else if (text_equal_case(accepted.type, "text/plain") &&
		           (accepted.version.len == 0 ||
		            text_is(accepted.version, "0.0.4"))) {
			if (accepted.quality > plain)
				plain = accepted.quality;
		}
	}
	return openmetrics > plain;
}

bool negotiate_gzip(const char *accept)
{
	struct text rest = text_of(accept), element;
	struct accepted accepted;
	int gzip = -1, any = 0;

	while (accept != NULL && text_next(&rest, ',', &element)) {
		accepted = negotiate_read_element(element);
		if (text_equal_case(accepted.type, "gzip") ||
		    text_equal_case(accepted.type, "x-gzip"))
			gzip = accepted.quality;
		else if (text_is(accepted.type, "*"))
			any = accepted.quality;
	}
	return gzip < 0 ? any > 0 : gzip > 0;
}

/* --- the query ----------------------------------------------------------- */

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
