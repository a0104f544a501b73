#include "base/httpd/httpd_framing.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* More than the header of a request can hold. */
#define FORWARDED_MAX (64U * 1024U)

struct framing {
	unsigned int lengths;
	unsigned int codings;
	unsigned int hosts;
	unsigned int expectations;
	bool no_content; /* the length is 0 */
	bool bad_coding;
	bool bad_field;
};

/* A token (RFC 9110 section 5.6.2). The library lets blanks and control
   characters into a name, and a lone CR into a value, where others may see the
   end of a line (RFC 9112 sections 2.2 and 5.1). */
static bool httpd_framing_is_field(const char *name, const char *value)
{
	static const char others[] = "!#$%&'*+-.^_`|~";
	size_t i;

	for (i = 0; name[i] != '\0'; i++) {
		if (!isalnum((unsigned char)name[i]) &&
		    strchr(others, name[i]) == NULL)
			return false;
	}
	return i > 0 && (value == NULL || strchr(value, '\r') == NULL);
}

static enum MHD_Result httpd_framing_on_header(void *cls,
                                               enum MHD_ValueKind kind,
                                               const char *name,
                                               const char *value)
{
	struct framing *framing = cls;

	(void)kind;
	if (!httpd_framing_is_field(name, value))
		framing->bad_field = true;
	if (strcasecmp(name, "Content-Length") == 0) {
		framing->lengths++;
		framing->no_content = value == NULL ||
		                      value[strspn(value, "0")] == '\0';
	} else if (strcasecmp(name, "Expect") == 0) {
		framing->expectations++;
	} else if (strcasecmp(name, "Transfer-Encoding") == 0) {
		framing->codings++;
		if (value == NULL || strcasecmp(value, "chunked") != 0)
			framing->bad_coding = true;
	} else if (strcasecmp(name, "Host") == 0) {
		framing->hosts++;
	}
	return MHD_YES;
}

static bool httpd_framing_is_sound(const struct framing *framing,
                                   const char *version)
{
	bool has_body = framing->codings > 0 ||
	                (framing->lengths > 0 && !framing->no_content);

	if (framing->bad_field || framing->bad_coding ||
	    framing->lengths + framing->codings > 1 || framing->hosts > 1)
		return false;
	if (framing->hosts == 0 && strcmp(version, MHD_HTTP_VERSION_1_1) == 0)
		return false;
	/* The library would call the handler twice. */
	return framing->expectations == 0 || has_body;
}

unsigned int httpd_framing_check(struct MHD_Connection *connection,
                                 const char *version, bool wants_body)
{
	struct framing framing = {0};

	(void)MHD_get_connection_values(connection, MHD_HEADER_KIND,
	                                httpd_framing_on_header, &framing);
	if (!httpd_framing_is_sound(&framing, version))
		return MHD_HTTP_BAD_REQUEST;
	if (wants_body && framing.lengths == 0 && framing.codings == 0)
		return MHD_HTTP_LENGTH_REQUIRED;
	return 0;
}

uint64_t httpd_framing_length(struct MHD_Connection *connection)
{
	const char *value = MHD_lookup_connection_value(
		connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
	int64_t length;

	if (value == NULL)
		return 0;
	/* What does not fit an int64_t is too large for anyone. */
	if (!text_integer(text_of(value), &length) || length < 0)
		return UINT64_MAX;
	return (uint64_t)length;
}

bool httpd_framing_is_proxy(const struct httpd_options *options,
                            const struct address *address)
{
	size_t i;

	for (i = 0; i < options->proxy_count; i++) {
		if (address_network_contains(&options->proxies[i], address))
			return true;
	}
	return false;
}

/* Several fields of one name are one list (RFC 9110 section 5.3). */
static enum MHD_Result httpd_framing_on_forwarded(void *cls,
                                                  enum MHD_ValueKind kind,
                                                  const char *name,
                                                  const char *value)
{
	struct buf *list = cls;

	(void)kind;
	if (strcasecmp(name, "X-Forwarded-For") == 0 && value != NULL) {
		buf_add_text(list, value);
		buf_add_char(list, ',');
	}
	return MHD_YES;
}

/* Takes the last element off a list; false when there is none. */
static bool httpd_framing_take_last(struct text *list, struct text *element)
{
	size_t start = list->len;

	if (list->len == 0)
		return false;
	while (start > 0 && list->data[start - 1] != ',')
		start--;
	*element =
		text_trim((struct text){list->data + start, list->len - start});
	list->len = start > 0 ? start - 1 : 0;
	return true;
}

/* Walks from the proxy that is connected to us outwards. What a proxy of ours
   wrote is believed, and nothing beyond an address that is none of them. An
   element that cannot be read ends the walk: what stands left of it may come
   from the client itself, so the proxy that wrote it counts. Empty elements
   mean nothing (RFC 9110 section 5.6.1). */
static void httpd_framing_walk_forwarded(const struct httpd_options *options,
                                         struct text list,
                                         struct address *client)
{
	struct address address;
	struct text element;

	while (httpd_framing_is_proxy(options, client) &&
	       httpd_framing_take_last(&list, &element)) {
		if (element.len == 0)
			continue;
		if (!address_parse_forwarded(element, &address))
			return;
		*client = address;
	}
}

struct address httpd_framing_client(struct MHD_Connection *connection,
                                    const struct httpd_options *options,
                                    bool *passed_on)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	struct address client = address_of_socket(info->client_addr);
	struct buf list = BUF_INIT(FORWARDED_MAX);

	*passed_on = httpd_framing_is_proxy(options, &client);
	if (!*passed_on)
		return client;
	(void)MHD_get_connection_values(connection, MHD_HEADER_KIND,
	                                httpd_framing_on_forwarded, &list);
	/* The server's bound of a header is lower: then nothing is believed. */
	if (list.len > 0 && !list.full)
		httpd_framing_walk_forwarded(
			options, (struct text){buf_text(&list), list.len},
			&client);
	buf_free(&list);
	return client;
}
