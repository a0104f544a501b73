#include "exporter/http/negotiate.h"

#include <stddef.h>

#include "base/text.h"

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
