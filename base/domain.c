#include "base/domain.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include <idn2.h>
#include <libpsl.h>

#define LABEL_MAX 63U

/* A name in any script is at most this long before it is converted. */
#define INPUT_MAX 1024U

static bool domain_is_name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
	       c == '_';
}

/* Lower-case letters, digits, hyphens and underscores in good labels. */
static bool domain_is_normal(struct text name)
{
	struct text rest = name, label;
	size_t i;

	if (name.len == 0 || name.len > DOMAIN_MAX)
		return false;
	while (text_next(&rest, '.', &label)) {
		if (label.len == 0 || label.len > LABEL_MAX)
			return false;
		for (i = 0; i < label.len; i++) {
			if (!domain_is_name_byte(label.data[i]))
				return false;
		}
	}
	return true;
}

static bool domain_is_address(struct text name)
{
	char copy[DOMAIN_MAX + 1];
	unsigned char bytes[sizeof(struct in6_addr)];

	memcpy(copy, name.data, name.len);
	copy[name.len] = '\0';
	return inet_pton(AF_INET, copy, bytes) == 1;
}

/* The three characters of RFC 3490 section 3.1 that are dots, and the dot. */
static bool domain_is_dot(uint32_t c)
{
	return c == '.' || c == 0x3002 || c == 0xff0e || c == 0xff61;
}

/* Whether its labels can be A-labels at all: Punycode has at least a byte for
   each character. Looked at first, because a conversion takes much longer. */
static bool domain_is_convertible(struct text name)
{
	size_t at = 0, in_label = 0, all = 0, n;
	uint32_t c;

	while (at < name.len) {
		n = text_utf8(name.data + at, name.len - at, &c);
		in_label = n == 0 || domain_is_dot(c) ? 0 : in_label + 1;
		if (n == 0 || in_label > LABEL_MAX || ++all > DOMAIN_MAX)
			return false;
		at += n;
	}
	return true;
}

/* IDNA2008 non-transitional. IDN2_USE_STD3_ASCII_RULES must stay away:
   2.3.3 deletes characters with it. */
static int domain_to_a_labels(struct arena *arena, struct text name,
                              struct text *out, struct err *err)
{
	char copy[INPUT_MAX + 1];
	uint8_t *converted = NULL;
	int status;

	if (!domain_is_convertible(name))
		return err_set(err, ERR_MALFORMED, "not a domain name");
	memcpy(copy, name.data, name.len);
	copy[name.len] = '\0';
	status = idn2_lookup_u8((const uint8_t *)copy, &converted,
	                        IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
	if (status != IDN2_OK)
		return err_set(err, ERR_MALFORMED, "not a domain name (%s)",
		               idn2_strerror(status));
	out->len = strlen((const char *)converted);
	out->data = arena_copy(arena, (const char *)converted, out->len);
	idn2_free(converted);
	return 0;
}

int domain_normalise(struct arena *arena, struct text name, struct text *out,
                     struct domain_changes *changes, struct err *err)
{
	bool dotted = name.len > 1 && name.data[name.len - 1] == '.';
	struct text result = name;

	if (name.len == 0)
		return err_set(err, ERR_MALFORMED, "an empty domain name");
	if (name.len > INPUT_MAX || memchr(name.data, '\0', name.len) != NULL)
		return err_set(err, ERR_MALFORMED, "not a domain name");
	if (dotted)
		result.len--;
	if (!text_is_ascii(result)) {
		changes->u_label = true;
		if (domain_to_a_labels(arena, result, &result, err) < 0)
			return -1;
	} else if (result.len > DOMAIN_MAX) {
		return err_set(err, ERR_MALFORMED, "not a domain name");
	} else if (!domain_is_normal(result)) {
		result = text_lower(arena, result);
		changes->spelling = true;
	}
	if (!domain_is_normal(result) || domain_is_address(result))
		return err_set(err, ERR_MALFORMED, "not a domain name");
	if (dotted)
		changes->spelling = true;
	*out = result;
	return 0;
}

struct text domain_registrable(struct text name)
{
	char copy[DOMAIN_MAX + 1];
	const char *found;
	size_t skipped;

	if (name.len == 0 || name.len > DOMAIN_MAX)
		return name;
	memcpy(copy, name.data, name.len);
	copy[name.len] = '\0';
	found = psl_registrable_domain(psl_builtin(), copy);
	if (found == NULL)
		return name;
	skipped = (size_t)(found - copy);
	return (struct text){name.data + skipped, name.len - skipped};
}

bool domain_matches(const char *pattern, struct text name, bool any_depth)
{
	const char *dot;
	struct text parent;

	if (strncmp(pattern, "*.", 2) != 0)
		return text_is(name, pattern);
	if (!text_ends(name, pattern + 1) || name.len == strlen(pattern + 1))
		return false;
	if (any_depth)
		return true;
	dot = memchr(name.data, '.', name.len);
	parent.data = dot + 1;
	parent.len = name.len - (size_t)(dot + 1 - name.data);
	return text_is(parent, pattern + 2);
}
