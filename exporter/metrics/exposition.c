#include "exporter/metrics/exposition.h"

#include <math.h>
#include <string.h>

static const char *const type_names[] = {
	[METRIC_GAUGE] = "gauge",
	[METRIC_COUNTER] = "counter",
	[METRIC_HISTOGRAM] = "histogram",
};

/* Label values escape backslash, quote and line feed; HELP has no quotes in
   0.0.4 and has them in OpenMetrics. One bad byte would fail the scrape. */
static void exposition_add_escaped(struct buf *out, const char *data,
                                   size_t len, bool quotes)
{
	size_t start = 0, i;
	const char *escape;

	for (i = 0; i < len; i++) {
		if (data[i] == '\\')
			escape = "\\\\";
		else if (data[i] == '\n')
			escape = "\\n";
		else if (data[i] == '"' && quotes)
			escape = "\\\"";
		else
			continue;
		buf_add(out, data + start, i - start);
		buf_add_text(out, escape);
		start = i + 1;
	}
	buf_add(out, data + start, len - start);
}

/* OpenMetrics names a counter's family without the suffix of its samples. */
static size_t exposition_family_name_len(const struct exposition *e,
                                         const struct metric *metric)
{
	size_t len = strlen(metric->name);

	if (e->openmetrics && metric->type == METRIC_COUNTER)
		return len - strlen("_total");
	return len;
}

static void exposition_add_line(struct exposition *e, const char *keyword,
                                const struct metric *metric, const char *rest,
                                bool help)
{
	buf_add_text(e->out, keyword);
	buf_add(e->out, metric->name, exposition_family_name_len(e, metric));
	buf_add_char(e->out, ' ');
	if (help)
		exposition_add_escaped(e->out, rest, strlen(rest),
		                       e->openmetrics);
	else
		buf_add_text(e->out, rest);
	buf_add_char(e->out, '\n');
}

void exposition_metric(struct exposition *e, const struct metric *metric)
{
	exposition_add_line(e, "# HELP ", metric, metric->help, true);
	exposition_add_line(e, "# TYPE ", metric, type_names[metric->type],
	                    false);
	if (e->openmetrics && metric->unit != NULL)
		exposition_add_line(e, "# UNIT ", metric, metric->unit, false);
}

static void exposition_add_label(struct exposition *e,
                                 const struct label *label, bool first)
{
	buf_add_char(e->out, first ? '{' : ',');
	buf_add_text(e->out, label->name);
	buf_add(e->out, "=\"", 2);
	exposition_add_escaped(e->out, label->value.data, label->value.len,
	                       true);
	buf_add_char(e->out, '"');
}

static void exposition_add_head(struct exposition *e,
                                const struct metric *metric, const char *suffix,
                                const struct label *labels, size_t count)
{
	size_t i;

	buf_add_text(e->out, metric->name);
	buf_add_text(e->out, suffix);
	for (i = 0; i < count; i++)
		exposition_add_label(e, &labels[i], i == 0);
	for (i = 0; i < e->more_count; i++)
		exposition_add_label(e, &e->more[i], count == 0 && i == 0);
	if (count + e->more_count > 0)
		buf_add_char(e->out, '}');
	buf_add_char(e->out, ' ');
}

static void exposition_add_end(struct exposition *e)
{
	if (e->time != 0) {
		buf_add_char(e->out, ' ');
		buf_add_integer(e->out, e->time);
	}
	buf_add_char(e->out, '\n');
}

void exposition_integer(struct exposition *e, const struct metric *metric,
                        const char *suffix, const struct label *labels,
                        size_t count, int64_t value)
{
	exposition_add_head(e, metric, suffix, labels, count);
	buf_add_integer(e->out, value);
	exposition_add_end(e);
}

void exposition_number(struct exposition *e, const struct metric *metric,
                       const struct label *labels, size_t count, double value)
{
	/* To here every whole number is exact, and shorter as an integer. */
	static const double exact = 9007199254740992.0;

	if (fabs(value) < exact && floor(value) >= value) {
		exposition_integer(e, metric, "", labels, count,
		                   (int64_t)value);
		return;
	}
	exposition_add_head(e, metric, "", labels, count);
	buf_printf(e->out, "%.15g", value);
	exposition_add_end(e);
}

void exposition_ratio(struct exposition *e, const struct metric *metric,
                      const struct label *labels, size_t count, double value)
{
	int64_t rest = lrint(value * 1e9);
	char digits[] = "0.000000000";
	size_t i;

	exposition_add_head(e, metric, "", labels, count);
	digits[0] = (char)('0' + rest / 1000000000);
	rest %= 1000000000;
	for (i = sizeof(digits) - 2; i >= 2; i--) {
		digits[i] = (char)('0' + rest % 10);
		rest /= 10;
	}
	buf_add(e->out, digits, sizeof(digits) - 1);
	exposition_add_end(e);
}

void exposition_end(struct exposition *e)
{
	if (e->openmetrics)
		buf_add_text(e->out, "# EOF\n");
}
