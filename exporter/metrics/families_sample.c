#include <stdio.h>
#include <string.h>

#include "exporter/metrics/families_private.h"

/* Bytes of a sample's name with a label's value at its end. */
#define JOINED_SIZE 64U

static double families_sample_sum(const struct family_point *at)
{
	const struct family_sample *sample = &at->family->sample;
	const struct named_figure *figures;
	double sum = 0;
	size_t count, i;

	figures = snapshot_named_figures(at->render->snapshot, &count);
	for (i = 0; i < count; i++) {
		if (figures[i].kind == sample->kind &&
		    strcmp(figures[i].name, sample->name) == 0)
			sum += figures[i].value;
	}
	return sum;
}

static const char *families_sample_label(const struct family_point *at,
                                         size_t i)
{
	enum family_label label = at->family->labels[i];

	return label == LABEL_NONE
	               ? ""
	               : families_label_value(at->render, label, at->index[i]);
}

double families_sample_number(const struct family_point *at)
{
	const struct family_sample *sample = &at->family->sample;
	const char *name = sample->name;
	const char *first = families_sample_label(at, 0);
	const char *other = families_sample_label(at, 1);
	char joined[JOINED_SIZE];
	int64_t bytes;

	if (sample->sum)
		return families_sample_sum(at);
	if (sample->joined) {
		(void)snprintf(joined, sizeof(joined), "%s%s", name, first);
		name = joined;
		first = "";
	}
	if (sample->bytes) {
		bytes = snapshot_usage_bytes(at->render->snapshot, name);
		return (double)bytes;
	}
	return snapshot_named(at->render->snapshot, sample->kind, name, first,
	                      other);
}

bool families_sample_is_listed(const struct family *family,
                               const struct named_figure *figure)
{
	return figure->kind == family->sample.kind &&
	       strcmp(figure->name, family->sample.name) == 0;
}
