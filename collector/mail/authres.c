/*
 * Authentication-Results (RFC 8601) of our own mail server, for mailboxes
 * behind a provider that checks signatures and rewrites messages.
 */
#include "collector/mail/authres.h"

#include <string.h>
#include <strings.h>

#include "collector/mail/header.h"

static bool authres_is_trusted(struct text ids, struct text id)
{
	struct text word;

	while (text_next(&ids, ' ', &word)) {
		if (word.len > 0 && word.len == id.len &&
		    strncasecmp(word.data, id.data, id.len) == 0)
			return true;
	}
	return false;
}

/* Without comments, which may hold anything (RFC 8601 section 2.2). Quoted
   strings lose their quotes with what is in them. */
static struct text authres_strip_comments(struct text value,
                                          struct arena *arena)
{
	char *out = arena_alloc(arena, value.len + 1);
	size_t len = 0, i;
	bool quoted = false;
	int depth = 0;

	for (i = 0; i < value.len; i++) {
		char c = value.data[i];

		if (c == '\\' && (depth > 0 || quoted)) {
			i++;
		} else if (quoted) {
			quoted = c != '"';
		} else if (c == '"' && depth == 0) {
			quoted = true;
		} else if (c == '(') {
			depth++;
		} else if (c == ')' && depth > 0) {
			depth--;
		} else if (depth == 0) {
			out[len++] = c;
		}
	}
	return (struct text){out, len};
}

/* "header.d=X" or "header.i=@X" in the words of one result. */
static struct text authres_domain(struct text words)
{
	struct text word, domain = TEXT("");

	while (text_next(&words, ' ', &word)) {
		word = text_trim(word);
		if (text_starts(word, "header.d="))
			return (struct text){word.data + 9, word.len - 9};
		if (text_starts(word, "header.i=") && domain.len == 0) {
			const char *at = memchr(word.data, '@', word.len);

			if (at != NULL)
				domain = (struct text){
					at + 1, word.len - (size_t)(at + 1 -
				                                    word.data)};
		}
	}
	return domain;
}

static bool authres_is_dkim_pass(struct text result)
{
	struct text method, rest = text_trim(result);

	if (!text_next(&rest, '=', &method) ||
	    !text_equal_case(text_trim(method), "dkim"))
		return false;
	rest = text_trim(rest);
	return rest.len >= 4 &&
	       text_equal_case((struct text){rest.data, 4}, "pass") &&
	       (rest.len == 4 || rest.data[4] == ' ');
}

static void authres_parse_results(struct text results, struct mail *mail)
{
	struct text result, domain;

	while (text_next(&results, ';', &result)) {
		if (!authres_is_dkim_pass(result))
			continue;
		domain = authres_domain(result);
		if (domain.len > 0 &&
		    mail->authserv_pass_count < MAIL_SIGNATURES_MAX)
			mail->authserv_passes[mail->authserv_pass_count++] =
				domain;
	}
}

void authres_parse(struct arena *arena, struct text header,
                   const struct mail_request *request, struct mail *mail)
{
	struct text value, id, word, rest = header;
	struct header_field field;

	if (request->authserv_ids.len == 0)
		return;
	while (header_next(&rest, &field)) {
		if (!text_equal_case(field.name, "Authentication-Results"))
			continue;
		/* Unfolded by looking for this one field. */
		(void)header_find((struct text){field.name.data,
		                                (size_t)(field.value.data +
		                                         field.value.len -
		                                         field.name.data)},
		                  "Authentication-Results", arena, &value);
		value = authres_strip_comments(value, arena);
		if (!text_next(&value, ';', &id))
			return;
		/* A version may follow the id. */
		id = text_trim(id);
		if (!text_next(&id, ' ', &word) ||
		    !authres_is_trusted(request->authserv_ids, word))
			continue;
		/* What stands below it came with the message. */
		authres_parse_results(value, mail);
		return;
	}
}
