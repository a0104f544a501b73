#include "collector/mailbox/worker_secret.h"

#include <string.h>

/* The beginning of a secret that a sentence ends with, where it is so long. */
#define PREFIX_MIN 4U

static char *worker_secret_base64(struct arena *arena, const char *data,
                                  size_t len)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	struct buf out = BUF_INIT(len / 3 * 4 + 8);
	uint32_t bits;
	size_t i, there;
	char *copy;

	for (i = 0; i < len; i += 3) {
		there = len - i < 3 ? len - i : 3;
		bits = (uint32_t)(unsigned char)data[i] << 16;
		if (there > 1)
			bits |= (uint32_t)(unsigned char)data[i + 1] << 8;
		if (there > 2)
			bits |= (uint32_t)(unsigned char)data[i + 2];
		buf_add_char(&out, digits[bits >> 18 & 0x3f]);
		buf_add_char(&out, digits[bits >> 12 & 0x3f]);
		buf_add(&out, there > 1 ? &digits[bits >> 6 & 0x3f] : "=", 1);
		buf_add(&out, there > 2 ? &digits[bits & 0x3f] : "=", 1);
	}
	copy = arena_copy(arena, buf_text(&out), out.len);
	buf_free(&out);
	return copy;
}

void worker_secret_prepare(struct worker *worker)
{
	const char *secret = worker->secret, *at;
	struct buf quoted = BUF_INIT(2 * strlen(secret) + 1);
	char *words = arena_printf(worker->arena,
	                           "user=%s\001auth=Bearer %s\001\001",
	                           worker->settings.user, secret);

	for (at = secret; *at != '\0'; at++) {
		if (*at == '"' || *at == '\\')
			buf_add_char(&quoted, '\\');
		buf_add_char(&quoted, *at);
	}
	worker->secret_forms[WORKER_SECRET_PLAIN] = worker->secret;
	worker->secret_forms[WORKER_SECRET_QUOTED] =
		arena_copy(worker->arena, buf_text(&quoted), quoted.len);
	worker->secret_forms[WORKER_SECRET_TOKEN] =
		worker_secret_base64(worker->arena, words, strlen(words));
	buf_free(&quoted);
}

static void worker_secret_hide_form(const char *form, char *sentence)
{
	size_t len = strlen(form), all = strlen(sentence), part;
	char *found = sentence;

	if (len == 0)
		return;
	while ((found = strstr(found, form)) != NULL)
		memset(found, '*', len);
	for (part = len < all ? len : all; part >= PREFIX_MIN; part--) {
		found = sentence + all - part;
		if (memcmp(found, form, part) == 0)
			memset(found, '*', part);
	}
}

void worker_secret_hide(const struct worker *worker, char *sentence)
{
	size_t i;

	for (i = 0; i < WORKER_SECRET_FORMS; i++) {
		if (worker->secret_forms[i] != NULL)
			worker_secret_hide_form(worker->secret_forms[i],
			                        sentence);
	}
}
