/*
 * Copies of one key: which counts, and what it is worth as evidence. Every
 * case ends by working the sums out anew and finding them the same.
 */
#include <stdio.h>
#include <string.h>

#include "base/attr.h"
#include "schema/limits.h"
#include "schema/store/admin.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/fixture.h"

static const struct wish signed_copy = {.trust = TRUST_DKIM,
                                        .signer = "sender.example"};

static int64_t sum_of(struct fixture *f, const char *column, int count_as)
{
	return fixture_number(
		f, arena_printf(f->arena,
	                        "SELECT coalesce(sum(%s), 0) FROM day_sum "
	                        "WHERE count_as = %d",
	                        column, count_as));
}

/* The sums as one number that any change of any row changes. */
static int64_t fingerprint(struct fixture *f)
{
	return fixture_number(
		       f,
		       "SELECT coalesce(sum((day * 31 + domain_id * 7 + "
		       "policy_type * 1009 + reporter_id * 13 + count_as * "
		       "101 + policy_id * 17 + arrived * 43) % 9973 * (reports * 3 + "
		       "successes * 5 + failures * 7 + trials * 11 + refused "
		       "* 13 + unusable * 17 + dane * 19 + "
		       "refused_certificate * 23 + refused_other * 29 + "
		       "predicted_starttls * 31 + 1)), 0) FROM day_sum") +
	       fixture_number(
		       f, "SELECT coalesce(sum((day * 31 + domain_id * 7 + "
			  "policy_type * 1009 + result_type * 37 + reporter_id "
			  "* 13 + count_as * 101) % 9973 * (sessions + 1)), 0) "
			  "FROM day_result");
}

static void assert_sums_hold(struct fixture *f)
{
	int64_t before = fingerprint(f);
	struct err err;

	assert_int_equal(store_begin(f->store, FIXTURE_NOW, &err), 0);
	if (store_rebuild_sums(f->store, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(store_commit(f->store, &err), 0);
	assert_int_equal(fingerprint(f), before);
}

static void a_duplicate_that_proves_more_raises_trust(void **state)
{
	struct fixture *f = *state;
	struct wish wish = {.successes = 40};
	struct store_added added;

	(void)fixture_add(f, &wish);
	assert_int_equal(sum_of(f, "successes", COUNT_AS_ANONYMOUS), 40);
	wish.trust = TRUST_DKIM;
	wish.signer = "mail.sender.example";
	added = fixture_add(f, &wish);
	assert_int_equal(added.outcome, OUTCOME_DUPLICATE);
	assert_true(added.trust_raised);
	assert_int_equal(sum_of(f, "successes", COUNT_AS_ANONYMOUS), 0);
	assert_int_equal(sum_of(f, "successes", COUNT_AS_DKIM), 40);
	assert_int_equal(sum_of(f, "trials", COUNT_AS_DKIM), 40);
	assert_int_equal(
		fixture_number(f, "SELECT count(*) FROM reporter JOIN report "
	                          "ON reporter.id = reporter_id WHERE name = "
	                          "'mail.sender.example'"),
		1);
	assert_int_equal(fixture_number(f, "SELECT bytes FROM usage WHERE name "
	                                   "= 'anonymous'"),
	                 0);
	assert_sums_hold(f);
	/* And it stays raised. */
	wish.trust = TRUST_ANONYMOUS;
	wish.signer = NULL;
	assert_false(fixture_add(f, &wish).trust_raised);
	assert_int_equal(sum_of(f, "successes", COUNT_AS_DKIM), 40);
}

static void a_signed_copy_displaces_a_forged_one(void **state)
{
	struct fixture *f = *state;
	struct wish forged = {.successes = 1000000};
	struct wish real = signed_copy;

	real.failures = 7;
	real.result = "certificate-expired";
	(void)fixture_add(f, &forged);
	assert_int_equal(fixture_add(f, &real).outcome, OUTCOME_CONFLICT);
	assert_int_equal(sum_of(f, "successes", COUNT_AS_ANONYMOUS), 0);
	assert_int_equal(sum_of(f, "successes", COUNT_AS_DISPLACED), 1000000);
	assert_int_equal(sum_of(f, "trials", COUNT_AS_DISPLACED), 0);
	assert_int_equal(sum_of(f, "refused", COUNT_AS_DKIM), 7);
	assert_int_equal(sum_of(f, "trials", COUNT_AS_DKIM), 7);
	assert_sums_hold(f);
}

static void a_forged_copy_displaces_no_signed_one(void **state)
{
	struct fixture *f = *state;
	struct wish forged = {.successes = 1000000};
	struct wish real = signed_copy;

	real.successes = 40;
	(void)fixture_add(f, &real);
	assert_int_equal(fixture_add(f, &forged).outcome, OUTCOME_CONFLICT);
	assert_int_equal(sum_of(f, "successes", COUNT_AS_DKIM), 40);
	assert_int_equal(sum_of(f, "trials", COUNT_AS_DKIM), 40);
	assert_int_equal(sum_of(f, "successes", COUNT_AS_DISPLACED), 1000000);
	assert_sums_hold(f);
}

/* At equal trust the first is shown, and the worse of both is the evidence. */
static void equal_copies_contest_each_other(void **state)
{
	struct fixture *f = *state;
	struct wish first = {.successes = 100};
	struct wish second = {.successes = 60,
	                      .failures = 9,
	                      .result = "certificate-expired"};
	struct wish third = {.successes = 500, .failures = 1};

	(void)fixture_add(f, &first);
	(void)fixture_add(f, &second);
	assert_int_equal(sum_of(f, "successes", COUNT_AS_ANONYMOUS), 100);
	assert_int_equal(sum_of(f, "failures", COUNT_AS_ANONYMOUS), 0);
	assert_int_equal(sum_of(f, "refused", COUNT_AS_ANONYMOUS), 9);
	assert_int_equal(sum_of(f, "trials", COUNT_AS_ANONYMOUS), 69);
	assert_int_equal(sum_of(f, "successes", COUNT_AS_DISPLACED), 60);
	(void)fixture_add(f, &third);
	assert_int_equal(sum_of(f, "trials", COUNT_AS_ANONYMOUS), 69);
	assert_sums_hold(f);
}

/* Without contact-info no signature is the key's own. A stranger's failures are
   not those of a signer all the same; a signer's are those of a stranger. */
static void an_unproved_copy_contests_no_signed_one(void **state)
{
	struct fixture *f = *state;
	struct wish real = {.trust = TRUST_DKIM,
	                    .contact = "",
	                    .signer = "sender.example",
	                    .successes = 40};
	struct wish posted = {
		.contact = "", .failures = 9, .result = "certificate-expired"};

	(void)fixture_add(f, &real);
	(void)fixture_add(f, &posted);
	assert_int_equal(sum_of(f, "trials", COUNT_AS_DKIM), 40);
	assert_int_equal(sum_of(f, "refused", COUNT_AS_DKIM), 0);
	assert_sums_hold(f);
	real.id = posted.id = "the other way round";
	(void)fixture_add(f, &posted);
	posted.failures = 0;
	real.successes = 0;
	real.failures = 11;
	real.result = "certificate-expired";
	(void)fixture_add(f, &real);
	assert_int_equal(sum_of(f, "refused", COUNT_AS_ANONYMOUS), 11);
	assert_int_equal(sum_of(f, "refused", COUNT_AS_DKIM), 0);
	assert_sums_hold(f);
}

/* Mail that proves nothing came first, and is posted later. It does not take
   the place of what counted meanwhile. */
static void what_counts_later_comes_later(void **state)
{
	struct fixture *f = *state;
	struct wish junk = {.contact = "", .successes = 5, .unproved = true};
	struct wish real = {.trust = TRUST_DKIM,
	                    .contact = "",
	                    .signer = "sender.example",
	                    .successes = 40};

	(void)fixture_add(f, &junk);
	(void)fixture_add(f, &real);
	junk.unproved = false;
	assert_true(fixture_add(f, &junk).trust_raised);
	assert_int_equal(sum_of(f, "successes", COUNT_AS_DKIM), 40);
	assert_int_equal(sum_of(f, "trials", COUNT_AS_DKIM), 40);
	assert_int_equal(sum_of(f, "successes", COUNT_AS_DISPLACED), 5);
	assert_sums_hold(f);
}

/* A contest that ends: the real reporter signs one of the two. */
static void a_signature_ends_a_contest(void **state)
{
	struct fixture *f = *state;
	struct wish first = {.successes = 100};
	struct wish second = {.failures = 9};

	(void)fixture_add(f, &first);
	(void)fixture_add(f, &second);
	first.trust = TRUST_DKIM;
	first.signer = "sender.example";
	assert_true(fixture_add(f, &first).trust_raised);
	assert_int_equal(sum_of(f, "trials", COUNT_AS_DKIM), 100);
	assert_int_equal(sum_of(f, "refused", COUNT_AS_DKIM), 0);
	assert_int_equal(sum_of(f, "trials", COUNT_AS_ANONYMOUS), 0);
	assert_int_equal(sum_of(f, "failures", COUNT_AS_DISPLACED), 9);
	assert_sums_hold(f);
}

static void what_proves_nothing_holds_no_place(void **state)
{
	struct fixture *f = *state;
	struct wish junk = {.successes = 5, .unproved = true};
	struct wish posted = {.successes = 40};

	(void)fixture_add(f, &junk);
	assert_int_equal(sum_of(f, "successes", COUNT_AS_NONE), 5);
	assert_int_equal(sum_of(f, "trials", COUNT_AS_NONE), 0);
	(void)fixture_add(f, &posted);
	assert_int_equal(sum_of(f, "successes", COUNT_AS_ANONYMOUS), 40);
	assert_int_equal(sum_of(f, "trials", COUNT_AS_ANONYMOUS), 40);
	assert_int_equal(sum_of(f, "successes", COUNT_AS_NONE), 5);
	assert_sums_hold(f);
}

static void four_copies_are_kept(void **state)
{
	struct fixture *f = *state;
	struct wish wish = {0};
	struct store_added added;
	int i;

	for (i = 0; i < 7; i++) {
		wish.successes = 10 + i;
		added = fixture_add(f, &wish);
		assert_int_equal(added.outcome, i == 0 ? OUTCOME_STORED
		                                : i < LIMIT_COPIES
		                                        ? OUTCOME_CONFLICT
		                                        : OUTCOME_REFUSED);
		assert_true((added.report_id != 0) == (i < LIMIT_COPIES));
	}
	assert_int_equal(added.refusal, REFUSAL_OVER_QUOTA);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM report"),
	                 LIMIT_COPIES);
	/* The real one still gets in by its signature. */
	wish = signed_copy;
	wish.successes = 12;
	assert_true(fixture_add(f, &wish).trust_raised);
	assert_int_equal(sum_of(f, "successes", COUNT_AS_DKIM), 12);
	assert_sums_hold(f);
}

/* Forged copies that came first, as many as there is room for. */
static void a_signed_copy_always_finds_a_place(void **state)
{
	struct fixture *f = *state;
	struct wish forged = {0}, real = signed_copy;
	struct store_added added;
	int i;

	for (i = 0; i < LIMIT_COPIES; i++) {
		forged.successes = 1000 + i;
		(void)fixture_add(f, &forged);
	}
	real.failures = 7;
	real.result = "certificate-expired";
	added = fixture_add(f, &real);
	assert_int_equal(added.outcome, OUTCOME_CONFLICT);
	assert_true(added.report_id != 0);
	assert_int_equal(sum_of(f, "refused", COUNT_AS_DKIM), 7);
	assert_int_equal(sum_of(f, "successes", COUNT_AS_ANONYMOUS), 0);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM report"),
	                 LIMIT_COPIES + 1);
	assert_sums_hold(f);
}

/* The first counts and stays, the newest of the others goes to the ledger. */
static void of_five_signed_copies_one_goes_to_the_ledger(void **state)
{
	struct fixture *f = *state;
	struct wish real = signed_copy;
	struct ledger_entry entry;
	struct err err;
	int i;

	for (i = 0; i < LIMIT_COPIES + 1; i++) {
		real.successes = 10 + i;
		assert_true(fixture_add(f, &real).report_id != 0);
	}
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM report"),
	                 LIMIT_COPIES);
	assert_int_equal(sum_of(f, "successes", COUNT_AS_DKIM), 10);
	assert_int_equal(sum_of(f, "successes", COUNT_AS_DISPLACED),
	                 11 + 12 + 14);
	assert_int_equal(store_ledger_next(f->store, 0, f->arena, &entry, &err),
	                 1);
	assert_int_equal(entry.group, LEDGER_SIGNED);
	assert_int_equal(entry.refusal, REFUSAL_OVER_QUOTA);
	assert_true(text_is(entry.domain, "example.org"));
	assert_non_null(memmem(entry.data, entry.len, "count\":13,", 10));
	assert_sums_hold(f);
	/* Tried again from there it drives none out. */
	real.successes = 13;
	real.again = true;
	assert_int_equal(fixture_add(f, &real).outcome, OUTCOME_REFUSED);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM report"),
	                 LIMIT_COPIES);
}

/* Domains of a stranger, who signs for a report that names no contact. */
static void signed_strangers_drive_out_their_own(void **state)
{
	struct fixture *f = *state;
	struct wish real = {.trust = TRUST_DKIM,
	                    .contact = "",
	                    .organization = "sender.example",
	                    .signer = "other.example",
	                    .failures = 9,
	                    .result = "certificate-expired"};
	struct wish stranger = real;
	int i;

	stranger.signer = "stranger.example";
	stranger.failures = 0;
	stranger.result = NULL;
	stranger.successes = 1000;
	(void)fixture_add(f, &stranger);
	(void)fixture_add(f, &real);
	for (i = 0; i < 10; i++) {
		stranger.successes++;
		(void)fixture_add(f, &stranger);
	}
	assert_int_equal(sum_of(f, "refused", COUNT_AS_DKIM), 9);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM report"),
	                 LIMIT_COPIES);
	/* The domain that the report is of outranks them all. */
	real.signer = "mail.sender.example";
	real.failures = 3;
	(void)fixture_add(f, &real);
	assert_int_equal(sum_of(f, "refused", COUNT_AS_DKIM), 3);
	assert_int_equal(sum_of(f, "trials", COUNT_AS_DKIM), 3);
	assert_sums_hold(f);
}

/* Its own domain says more than another's signature, by whatever way. */
static void a_twin_of_the_right_signer_raises_the_rank(void **state)
{
	struct fixture *f = *state;
	struct wish wish = {.trust = TRUST_DKIM,
	                    .contact = "",
	                    .organization = "sender.example",
	                    .signer = "stranger.example",
	                    .successes = 5};

	(void)fixture_add(f, &wish);
	wish.signer = "sender.example";
	wish.trust = TRUST_AUTHSERV;
	assert_true(fixture_add(f, &wish).trust_raised);
	assert_int_equal(sum_of(f, "successes", COUNT_AS_AUTHSERV), 5);
	assert_int_equal(sum_of(f, "successes", COUNT_AS_DKIM), 0);
	assert_sums_hold(f);
}

/* Five forged contents, of which the real sender signs one after another. */
static void raising_keeps_the_ceilings_apart(void **state)
{
	struct fixture *f = *state;
	struct wish wish;
	int i;

	for (i = 0; i < 2 * LIMIT_COPIES; i++) {
		wish = (struct wish){.successes = 10 + i};
		(void)fixture_add(f, &wish);
		wish = signed_copy;
		wish.successes = 10 + i;
		assert_true(fixture_add(f, &wish).trust_raised);
	}
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM report"),
	                 LIMIT_COPIES);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM ledger"),
	                 LIMIT_COPIES);
	assert_int_equal(fixture_number(f, "SELECT bytes + rows FROM usage "
	                                   "WHERE name = 'anonymous'"),
	                 0);
	assert_int_equal(sum_of(f, "successes", COUNT_AS_DKIM), 10);
	assert_sums_hold(f);
}

static void late_strangers_are_shown_but_no_evidence(void **state)
{
	struct fixture *f = *state;
	struct wish wish = {.successes = 40, .day = FIXTURE_DAY - 10};

	(void)fixture_add(f, &wish);
	assert_int_equal(sum_of(f, "successes", COUNT_AS_ANONYMOUS), 40);
	assert_int_equal(sum_of(f, "trials", COUNT_AS_ANONYMOUS), 0);
	/* Signed, it is evidence, however late. */
	wish.trust = TRUST_DKIM;
	wish.signer = "sender.example";
	(void)fixture_add(f, &wish);
	assert_int_equal(sum_of(f, "trials", COUNT_AS_DKIM), 40);
	assert_sums_hold(f);
}

/* A walk through many copies in many orders, against the sums made anew. */
static void sums_hold_whatever_comes(void **state)
{
	static const char *const results[] = {NULL, "certificate-expired",
	                                      "sts-policy-fetch-error",
	                                      "starttls-not-supported"};
	struct fixture *f = *state;
	struct wish wish;
	uint64_t random = 12345;
	char id[16];
	int i;

	for (i = 0; i < 400; i++) {
		random = (random * 1103515245U + 12345U) & 0xffffffffU;
		wish = (struct wish){0};
		(void)snprintf(id, sizeof(id), "id-%u",
		               (unsigned int)(random >> 16 & 7U));
		wish.id = id;
		wish.successes = (int64_t)(random >> 8 & 3U);
		wish.failures = (int64_t)(random >> 20 & 3U);
		wish.result = results[random >> 24 & 3U];
		wish.tlsa = (random >> 12 & 7U) == 0;
		wish.unproved = (random >> 5 & 7U) == 1;
		if ((random >> 28 & 3U) == 0) {
			wish.unproved = false;
			wish.trust = (random >> 4 & 1U) != 0 ? TRUST_DKIM
			                                     : TRUST_AUTHSERV;
			wish.signer = "sender.example";
		}
		(void)fixture_add(f, &wish);
		if (i % 50 == 0)
			assert_sums_hold(f);
	}
	assert_sums_hold(f);
}

#define TEST(function)                                           \
	cmocka_unit_test_setup_teardown(function, fixture_setup, \
	                                fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_duplicate_that_proves_more_raises_trust),
		TEST(a_signed_copy_displaces_a_forged_one),
		TEST(a_forged_copy_displaces_no_signed_one),
		TEST(equal_copies_contest_each_other),
		TEST(an_unproved_copy_contests_no_signed_one),
		TEST(what_counts_later_comes_later),
		TEST(a_signature_ends_a_contest),
		TEST(what_proves_nothing_holds_no_place),
		TEST(four_copies_are_kept),
		TEST(a_signed_copy_always_finds_a_place),
		TEST(of_five_signed_copies_one_goes_to_the_ledger),
		TEST(signed_strangers_drive_out_their_own),
		TEST(a_twin_of_the_right_signer_raises_the_rank),
		TEST(raising_keeps_the_ceilings_apart),
		TEST(late_strangers_are_shown_but_no_evidence),
		TEST(sums_hold_whatever_comes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
