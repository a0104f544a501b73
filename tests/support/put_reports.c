/*
 * Puts reports into a store as if they had come by some channel, from standard
 * input: a line each, of trust, signer ("-": none), time of arrival and the
 * JSON, parted by tabs: for worlds of signed reports without a mail for each.
 *
 * Usage: put_reports STORE TIME
 *
 * TIME is what the clock says: no program on the store may have an earlier one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "schema/report/report.h"
#include "schema/rules/identity.h"
#include "schema/store/write.h"

#define POLICIES_MOST 64

struct putting {
	struct store *store;
	struct arena *arena;
	int64_t number;
};

static int fail(const struct putting *p, const char *what)
{
	(void)fprintf(stderr, "line %lld: %s\n", (long long)p->number, what);
	return -1;
}

static int read_trust(struct text word, enum trust *trust)
{
	int i;

	for (i = 0; i < TRUSTS; i++) {
		if (text_is(word, trust_name((enum trust)i))) {
			*trust = (enum trust)i;
			return 0;
		}
	}
	return -1;
}

static int put(struct putting *p, struct text line)
{
	bool configured[POLICIES_MOST];
	struct text trust, signer, received, json = line;
	struct store_added added;
	uint8_t digest[DIGEST_SIZE];
	struct identity identity;
	struct report *report;
	struct store_entry entry = {
		.configured = configured,
		.identity = &identity,
		.channel = CHANNEL_IMPORT,
		.max_admitted = 10000,
		.anonymous_bytes = INT64_C(1) << 40,
	};
	struct err err;

	memset(configured, true, sizeof(configured));
	if (!text_next(&json, '\t', &trust) ||
	    !text_next(&json, '\t', &signer) ||
	    !text_next(&json, '\t', &received) || json.data == NULL ||
	    read_trust(trust, &entry.trust) < 0 ||
	    !text_integer(received, &entry.received))
		return fail(p, "is not TRUST SIGNER TIME JSON");
	if (text_is(signer, "-"))
		signer = TEXT("");
	if (report_parse(p->arena, json.data, json.len, &report, NULL, &err) <
	    0)
		return fail(p, err.text);
	entry.report = report;
	digest_sha256(json.data, json.len, digest);
	identity_of(p->arena, report, entry.trust, signer, digest, &identity);
	if (store_add(p->store, &entry, &added, &err) < 0)
		return fail(p, err.text);
	if (added.outcome == OUTCOME_REFUSED)
		return fail(p, added.sentence);
	return 0;
}

static int put_all(struct putting *p)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t len;
	int result = 0;

	while (result == 0 && (len = getline(&line, &size, stdin)) > 0) {
		p->number++;
		arena_reset(p->arena, SIZE_MAX);
		if (line[len - 1] == '\n')
			len--;
		result = put(p, (struct text){line, (size_t)len});
	}
	free(line);
	return result;
}

int main(int argc, char *argv[])
{
	struct putting p = {0};
	int64_t now;
	struct err err;
	int result;

	if (argc != 3 || !text_integer(text_of(argv[2]), &now))
		return 64;
	report_json_init();
	if (store_open(argv[1], STORE_WRITE, &p.store, &err) < 0 ||
	    store_begin(p.store, now, &err) < 0) {
		(void)fprintf(stderr, "%s\n", err.text);
		store_close(&p.store);
		return 1;
	}
	p.arena = arena_new(SIZE_MAX);
	result = put_all(&p);
	if (result == 0 && store_commit(p.store, &err) < 0) {
		(void)fprintf(stderr, "%s\n", err.text);
		result = -1;
	}
	arena_free(&p.arena);
	store_close(&p.store);
	return result < 0 ? 1 : 0;
}
