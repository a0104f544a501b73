/* What a scraper asks for: Accept, Accept-Encoding and the query. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "base/text.h"
#include "exporter/http/metrics_query.h"
#include "exporter/http/negotiate.h"
#include "exporter/metrics/metric_group.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct metrics_query query = {.arena = arena_new(0)};
	char *text = arena_copy(query.arena, (const char *)data, size);
	struct text rest = {text, size}, line, key;
	unsigned int groups;
	struct err err;

	(void)negotiate_openmetrics(text);
	(void)negotiate_gzip(text);
	while (size > 0 && text_next(&rest, '&', &line)) {
		if (!text_next(&line, '=', &key))
			continue;
		metrics_query_add(
			&query, arena_copy(query.arena, key.data, key.len),
			line.data == NULL
				? NULL
				: arena_copy(query.arena, line.data, line.len));
	}
	if (metrics_query_groups(&query, &groups, &err) < 0)
		MUST(err.text[0] != '\0');
	else
		MUST((groups >> METRIC_GROUPS) == 0);
	MUST(query.domain_count <= METRICS_QUERY_DOMAINS_MAX);
	arena_free(&query.arena);
	return 0;
}
