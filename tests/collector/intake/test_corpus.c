/*
 * Random corpora through the real intake into a real store: late, unproved,
 * conflicting, empty and domainless reports, in any order and again. The sums
 * are those of a count that knows nothing of the store; the store is whole
 * before and after repair and deleting; a copy of it can be made; and what was
 * answered is in the store or in the ledger.
 *
 * TLSRPT_SEED=N repeats one corpus.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/digest.h"
#include "base/memory.h"
#include "collector/config/config.h"
#include "collector/intake/intake.h"
#include "schema/store/admin.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/fixture.h"

#define CORPORA      20
#define CORPORA_LONG 500 /* with TLSRPT_LONG=ON */
#define INPUTS       40

/* One document as the independent count knows it. */
struct document {
	char json[2048];
	uint8_t digest[DIGEST_SIZE];
	int64_t successes, failures; /* for our domain */
};

struct corpus {
	struct fixture f;
	struct config *config;
	uint64_t random;
	struct document documents[INPUTS];
	size_t count;
};

ATTR_WRAPS static unsigned int pick(struct corpus *c, unsigned int below)
{
	c->random = c->random * UINT64_C(6364136223846793005) +
	            UINT64_C(1442695040888963407);
	return (unsigned int)(c->random >> 33) % below;
}

static void write_elements(struct corpus *c, struct document *d,
                           struct buf *out)
{
	static const char *const types[] = {"sts", "tlsa", "no-policy-found"};
	static const char *const domains[] = {"example.org", "example.org",
	                                      "foreign.example", ""};
	unsigned int count = pick(c, 4), i, ours, good, bad;

	for (i = 0; i < count; i++) {
		ours = pick(c, 4);
		good = pick(c, 3) == 0 ? 0 : pick(c, 1000);
		bad = pick(c, 2) == 0 ? 0 : pick(c, 50);
		if (ours < 2) {
			d->successes += good;
			d->failures += bad;
		}
		buf_printf(out,
		           "%s{\"policy\":{\"policy-type\":\"%s\",\"policy-"
		           "domain\":\"%s\"},\"summary\":{\"total-successful-"
		           "session-count\":%u,\"total-failure-session-count\":"
		           "%u}}",
		           i > 0 ? "," : "", types[pick(c, 3)], domains[ours],
		           good, bad);
	}
}

/* Two in three have an id of their own; the others conflict, at times. */
static void make_document(struct corpus *c, struct document *d)
{
	struct buf out = BUF_INIT(sizeof(d->json));
	unsigned int day = 20 + pick(c, 12);

	memset(d, 0, sizeof(*d));
	buf_printf(&out,
	           "{\"organization-name\":\"S%u\",\"contact-info\":\"%s\","
	           "\"report-id\":\"%zu\",\"date-range\":{\"start-datetime\":"
	           "\"2026-05-%uT00:00:00Z\",\"end-datetime\":\"2026-05-%uT23:"
	           "59:59Z\"},\"policies\":[",
	           pick(c, 2), pick(c, 4) == 0 ? "" : "a@sender.example",
	           pick(c, 3) == 0 ? pick(c, 3) : 100 + c->count, day, day);
	write_elements(c, d, &out);
	buf_add_text(&out, "]}");
	(void)snprintf(d->json, sizeof(d->json), "%s", buf_text(&out));
	digest_sha256(d->json, strlen(d->json), d->digest);
	buf_free(&out);
}

static void take(struct corpus *c, struct document *d)
{
	struct intake *intake = intake_new(
		c->config, pick(c, 2) == 0 ? CHANNEL_HTTPS : CHANNEL_IMAP,
		(const uint8_t *)d->json, strlen(d->json));
	unsigned int trust = pick(c, TRUSTS);
	struct err err;

	intake->trust = (enum trust)trust;

	if (trust_is_proof(intake->trust))
		intake->signer = pick(c, 3) == 0 ? TEXT("other.example")
		                                 : TEXT("sender.example");
	intake_prepare(intake, FIXTURE_NOW);
	if (store_begin(c->f.store, FIXTURE_NOW, &err) < 0 ||
	    intake_store(intake, c->f.store, &err) < 0 ||
	    store_commit(c->f.store, &err) < 0)
		fail_msg("%s", err.text);
	assert_true(intake->outcome <= OUTCOME_REFUSED);
	intake_free(&intake);
}

static void print_fault(void *cls, const char *sentence)
{
	(void)cls;
	print_message("%s\n", sentence);
}

static void assert_whole(struct corpus *c)
{
	int64_t faults, reports;
	struct err err;

	if (store_check(c->f.store, print_fault, NULL, &faults, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(faults, 0);
	if (store_backup(c->f.store,
	                 arena_printf(c->f.arena, "%s/copy.db", c->f.folder),
	                 &reports, &err) < 0)
		fail_msg("%s", err.text);
}

/* How many rows of that digest the store and the ledger have. */
static int64_t places_of(struct corpus *c, const struct document *d,
                         const char *table)
{
	char hex[2 * STORE_DIGEST_SIZE + 1];
	size_t i;

	for (i = 0; i < STORE_DIGEST_SIZE; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", d->digest[i]);
	return fixture_number(&c->f,
	                      arena_printf(c->f.arena,
	                                   "SELECT count(*) FROM %s WHERE "
	                                   "digest = x'%s'",
	                                   table, hex));
}

static void assert_sums(struct corpus *c)
{
	int64_t successes = 0, failures = 0, copies;
	size_t i;

	for (i = 0; i < c->count; i++) {
		copies = places_of(c, &c->documents[i], "report");
		assert_true(copies + places_of(c, &c->documents[i], "ledger") >
		            0);
		successes += copies * c->documents[i].successes;
		failures += copies * c->documents[i].failures;
	}
	assert_int_equal(fixture_number(&c->f, "SELECT coalesce(sum(successes),"
	                                       " 0) FROM day_sum"),
	                 successes);
	assert_int_equal(fixture_number(&c->f, "SELECT coalesce(sum(failures), "
	                                       "0) FROM day_sum"),
	                 failures);
}

static void try_corpus(uint64_t seed)
{
	struct corpus *c = memory_zero(1, sizeof(*c));
	bool more = true;
	struct err err;
	size_t i;

	print_message("TLSRPT_SEED=%llu\n", (unsigned long long)seed);
	fixture_open(&c->f);
	c->random = seed;
	if (config_read(fixture_file(&c->f, "x.conf",
	                             "domains = example.org\n"),
	                false, &c->config, &err) < 0)
		fail_msg("%s", err.text);
	while (c->count < INPUTS) {
		make_document(c, &c->documents[c->count]);
		take(c, &c->documents[c->count++]);
		/* And one of those before, perhaps by another way. */
		take(c, &c->documents[pick(c, (unsigned int)c->count)]);
	}
	assert_sums(c);
	assert_whole(c);
	assert_int_equal(store_begin(c->f.store, FIXTURE_NOW, &err), 0);
	assert_int_equal(store_rebuild_sums(c->f.store, &err), 0);
	assert_int_equal(store_commit(c->f.store, &err), 0);
	assert_sums(c);
	assert_whole(c);
	for (i = 0; more && i < 100; i++)
		assert_int_equal(store_expire(c->f.store, FIXTURE_NOW,
		                              FIXTURE_DAY - 5, 0, &more, &err),
		                 0);
	assert_whole(c);
	config_unref(&c->config);
	fixture_close(&c->f);
	free(c);
}

static void every_corpus_adds_up(void **state)
{
	/* NOLINTBEGIN(concurrency-mt-unsafe): there is one thread. */
	const char *seed = getenv("TLSRPT_SEED");
	const char *all = getenv("TLSRPT_LONG");
	/* NOLINTEND(concurrency-mt-unsafe) */
	uint64_t count = CORPORA, i;

	(void)state;
	if (seed != NULL) {
		try_corpus(strtoull(seed, NULL, 10));
		return;
	}
	if (all != NULL && strcmp(all, "ON") == 0)
		count = CORPORA_LONG;
	for (i = 1; i <= count; i++)
		try_corpus(i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_corpus_adds_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
