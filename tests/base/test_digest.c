#include "base/digest.h"
#include "tests/support/cmocka_all.h"

/* FIPS 180-4, the examples of NIST. */
static void is_the_sha_256_of_the_standard(void **state)
{
	static const uint8_t abc[DIGEST_SIZE] = {
		0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea,
		0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23,
		0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c,
		0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad};
	uint8_t out[DIGEST_SIZE];

	(void)state;
	digest_sha256("abc", 3, out);
	assert_memory_equal(out, abc, DIGEST_SIZE);
	digest_sha256("abd", 3, out);
	assert_memory_not_equal(out, abc, DIGEST_SIZE);
}

static void nothing_has_a_digest_too(void **state)
{
	uint8_t out[DIGEST_SIZE] = {0};

	(void)state;
	digest_sha256("", 0, out);
	assert_memory_equal(out, "\xe3\xb0\xc4\x42", 4);
}

static void the_library_has_a_version(void **state)
{
	(void)state;
	assert_int_equal(digest_library_version()[0], '3');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_the_sha_256_of_the_standard),
		cmocka_unit_test(nothing_has_a_digest_too),
		cmocka_unit_test(the_library_has_a_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
