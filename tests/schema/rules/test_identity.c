#include <string.h>

#include "base/attr.h"
#include "schema/rules/identity.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/fixture.h"

static struct identity identify(struct fixture *f, const struct wish *wish)
{
	static const uint8_t digest[DIGEST_SIZE] = {1};
	struct identity identity;

	identity_of(f->arena, fixture_report(f, wish),
	            wish->trust == TRUST_NONE ? TRUST_ANONYMOUS : wish->trust,
	            text_of(wish->signer != NULL ? wish->signer : ""), digest,
	            &identity);
	return identity;
}

/* Both channels must meet: the key is of the document alone. */
static void signed_and_unsigned_copies_meet(void **state)
{
	const struct wish plain = {.contact = "x@mail.sender.example"};
	const struct wish mailed = {.contact = "x@mail.sender.example",
	                            .trust = TRUST_DKIM,
	                            .signer = "dkim.sender.example"};
	struct identity a = identify(*state, &plain);
	struct identity b = identify(*state, &mailed);

	assert_true(a.key == b.key);
	assert_true(text_is(a.reporter, "sender.example"));
	assert_true(text_is(b.reporter, "dkim.sender.example"));
	assert_int_equal(a.rank, RANK_CLAIMED);
	assert_int_equal(b.rank, RANK_PROVED);
}

static void who_signs_for_others_speaks_for_himself(void **state)
{
	const struct wish real = {.contact = "tlsrpt@google.com"};
	const struct wish forged = {.contact = "tlsrpt@google.com",
	                            .trust = TRUST_DKIM,
	                            .signer = "evil.example"};
	struct identity a = identify(*state, &real);
	struct identity b = identify(*state, &forged);

	assert_true(a.key != b.key);
	assert_true(text_is(b.key_reporter, "evil.example"));
	assert_true(text_is(b.reporter, "evil.example"));
}

static void everything_that_identifies_is_in_the_key(void **state)
{
	static const struct wish wishes[] = {
		{0},
		{.contact = "x@other.example"},
		{.id = "id-2"},
		{.day = FIXTURE_DAY - 1},
		{.domain = "two.example"},
		{.contact = "none", .organization = "A"},
		{.contact = "none", .organization = "B"},
	};
	int64_t keys[ARRAY_LENGTH(wishes)];
	size_t i, k;

	for (i = 0; i < ARRAY_LENGTH(wishes); i++) {
		keys[i] = identify(*state, &wishes[i]).key;
		assert_true(keys[i] >= 0);
		for (k = 0; k < i; k++)
			assert_true(keys[i] != keys[k]);
	}
}

/* A signature may hold for both. */
static void more_blanks_are_the_same_report(void **state)
{
	static const struct wish wishes[] = {
		{.id = "of 25 November"},
		{.id = "of  25   November"},
		{.contact = "none", .organization = "A Company"},
		{.contact = "none", .organization = "A    Company"},
	};

	assert_true(identify(*state, &wishes[0]).key ==
	            identify(*state, &wishes[1]).key);
	assert_true(identify(*state, &wishes[2]).key ==
	            identify(*state, &wishes[3]).key);
}

static void what_names_nobody_is_only_itself(void **state)
{
	const struct wish nameless = {.contact = "none", .organization = ""};
	struct fixture *f = *state;
	const uint8_t one[DIGEST_SIZE] = {1}, two[DIGEST_SIZE] = {2};
	struct report *report = fixture_report(f, &nameless);
	struct identity a, b;

	identity_of(f->arena, report, TRUST_ANONYMOUS, TEXT(""), one, &a);
	identity_of(f->arena, report, TRUST_ANONYMOUS, TEXT(""), two, &b);
	assert_true(a.key != b.key);
	assert_true(text_is(a.reporter, "_unknown"));
}

static void makes_label_values_of_anything(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{"Google Inc.", "Google Inc."},
		{"  a \t  b  ", "a b"},
		{"", "_unknown"},
		{"_other", "x_other"},
		{"a\"} 1\n", "a__ 1"},
		{"\xff\xfe", "x__"},
		{"caf\xc3\xa9", "caf__"},
	};
	struct fixture *f = *state;
	char longest[200];
	struct text out;
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(cases); i++) {
		out = identity_clean_name(f->arena, text_of(cases[i].in));
		if (!text_is(out, cases[i].out))
			fail_msg("\"%s\" -> \"%.*s\"", cases[i].in,
			         (int)out.len, out.data);
	}
	memset(longest, 'a', sizeof(longest));
	out = identity_clean_name(f->arena,
	                          (struct text){longest, sizeof(longest)});
	assert_int_equal(out.len, REPORTER_NAME_MAX);
}

static struct text name_of_signer(struct fixture *f, const char *signer)
{
	const struct wish wish = {.trust = TRUST_DKIM, .signer = signer};

	return identify(f, &wish).reporter;
}

/* Who chooses his name so that its first 64 bytes are another's is still
   himself. */
static void a_long_name_is_nobody_elses(void **state)
{
	struct fixture *f = *state;
	const char *a53 =
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
	struct text one, other;

	one = name_of_signer(
		f, arena_printf(f->arena, "%s.google.com.evil.example", a53));
	assert_true(text_is(one, "google.com.evil.example"));
	one = name_of_signer(f, arena_printf(f->arena, "%s.evil.example", a53));
	assert_true(text_is(one, "evil.example"));
	one = name_of_signer(f,
	                     arena_printf(f->arena, "_%s.x.co.com", a53 + 1));
	assert_int_equal(one.len, REPORTER_NAME_MAX - 1);
	one = name_of_signer(f, arena_printf(f->arena, "_%s.xy.co.com", a53));
	assert_true(text_is(one, "xy.co.com"));
	/* One label that leaves no room for its suffix. */
	one = name_of_signer(f, arena_printf(f->arena, "%saaaaaaa.community",
	                                     a53));
	other = name_of_signer(f, arena_printf(f->arena, "%saaaaaaa.company",
	                                       a53));
	assert_int_equal(one.len, REPORTER_NAME_MAX);
	assert_int_equal(other.len, REPORTER_NAME_MAX);
	assert_false(text_equal(one, other));
	assert_non_null(memchr(one.data, '+', one.len));
	/* An unproved one's contact-info is no label value either. */
	one = identify(f, &(struct wish){.contact = arena_printf(
						 f->arena,
						 "x@%saaaaaaa.community", a53)})
	              .reporter;
	assert_non_null(memchr(one.data, '+', one.len));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signed_and_unsigned_copies_meet),
		cmocka_unit_test(who_signs_for_others_speaks_for_himself),
		cmocka_unit_test(everything_that_identifies_is_in_the_key),
		cmocka_unit_test(more_blanks_are_the_same_report),
		cmocka_unit_test(what_names_nobody_is_only_itself),
		cmocka_unit_test(makes_label_values_of_anything),
		cmocka_unit_test(a_long_name_is_nobody_elses),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
