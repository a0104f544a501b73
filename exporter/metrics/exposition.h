/*
 * The two text formats: Prometheus 0.0.4 and OpenMetrics 1.0. Knows how a
 * sample is written, not what is measured.
 */
#ifndef EXPORTER_METRICS_EXPOSITION_H
#define EXPORTER_METRICS_EXPOSITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/text.h"

enum metric_type {
	METRIC_GAUGE,
	METRIC_COUNTER,
	METRIC_HISTOGRAM
};

struct metric {
	const char *name; /* a counter's ends in _total */
	enum metric_type type;
	const char *unit; /* that the name ends in, or NULL */
	const char *help;
};

struct label {
	const char *name;
	struct text value;
};

struct exposition {
	struct buf *out;
	bool openmetrics;
	/* For history: labels that a scrape would add, and the time in
	   seconds; 0: none. */
	const struct label *more;
	size_t more_count;
	int64_t time;
};

/* HELP, TYPE and, where there is one, UNIT. All samples of the metric follow,
   and nothing else until the next. */
void exposition_metric(struct exposition *e, const struct metric *metric);

/* One sample; suffix is that of a histogram's parts ("_bucket") or "". */
void exposition_integer(struct exposition *e, const struct metric *metric,
                        const char *suffix, const struct label *labels,
                        size_t count, int64_t value);
void exposition_number(struct exposition *e, const struct metric *metric,
                       const struct label *labels, size_t count, double value);

/* A number from 0 to 1 with nine decimals, much faster. */
void exposition_ratio(struct exposition *e, const struct metric *metric,
                      const struct label *labels, size_t count, double value);

/* What OpenMetrics wants at the end. */
void exposition_end(struct exposition *e);

#endif
