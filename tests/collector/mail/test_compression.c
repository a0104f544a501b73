#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/file.h"
#include "base/gzip.h"
#include "collector/mail/compression.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/fixture.h"

#define MOST (1024U * 1024U)
#define ROOM (128U * 1024U)

/* What a tool of the command line makes of content. */
static void pack(struct fixture *f, const char *tool, const char *content,
                 struct buf *out)
{
	const char *path = fixture_file(f, "plain", content);
	FILE *pipe;
	char chunk[4096];
	size_t count;

	pipe = popen(arena_printf(f->arena, "%s <%s", tool, path), "r");
	assert_non_null(pipe);
	while ((count = fread(chunk, 1, sizeof(chunk), pipe)) > 0)
		buf_add(out, chunk, count);
	if (pclose(pipe) != 0) {
		print_message("%s is missing\n", tool);
		skip();
	}
}

static int expand(const struct buf *packed, struct buf *out, struct err *err)
{
	*out = BUF_INIT(MOST + ROOM);
	return compression_expand((const uint8_t *)packed->data, packed->len,
	                          MOST, out, err);
}

static void gzip_and_zstd_are_read(void **state)
{
	static const char *const tools[] = {"gzip -c", "gzip -9c", "zstd -qc",
	                                    "zstd -19qc",
	                                    "zstd -1qc --no-check"};
	const char *message = "From: a@example.org\nSubject: x\n\nbody\n";
	struct buf packed = BUF_INIT(MOST), out;
	struct err err;
	size_t i;

	for (i = 0; i < sizeof(tools) / sizeof(tools[0]); i++) {
		buf_reset(&packed);
		pack(*state, tools[i], message, &packed);
		if (expand(&packed, &out, &err) < 0)
			fail_msg("%s: %s", tools[i], err.text);
		assert_string_equal(buf_text(&out), message);
		buf_free(&out);
	}
	buf_free(&packed);
}

/* Frames and members may follow each other, as a file that was appended to. */
static void pieces_are_one_message(void **state)
{
	static const char *const tools[] = {"gzip -c", "zstd -qc"};
	struct buf packed = BUF_INIT(MOST), out;
	struct err err;
	size_t i;

	for (i = 0; i < sizeof(tools) / sizeof(tools[0]); i++) {
		buf_reset(&packed);
		pack(*state, tools[i], "Subject: x\n\n", &packed);
		pack(*state, tools[i], "more\n", &packed);
		assert_int_equal(expand(&packed, &out, &err), 0);
		assert_string_equal(buf_text(&out), "Subject: x\n\nmore\n");
		buf_free(&out);
	}
	buf_free(&packed);
}

static void other_formats_are_named(void **state)
{
	static const struct {
		const char *tool, *name;
	} tools[] = {
		{"bzip2 -c", "bzip2"},
		{"xz -c", "xz"},
		{"lz4 -qc", "lz4"},
		{"sh -c \"printf 'Dovecot-LZ4\\r\\052\\233\\305x'\"", "lz4"},
		{"sh -c \"printf 'CRYPTED\\003\\007x'\"", "mail_crypt"},
	};
	struct buf packed = BUF_INIT(MOST), out;
	struct err err;
	size_t i;

	for (i = 0; i < sizeof(tools) / sizeof(tools[0]); i++) {
		buf_reset(&packed);
		pack(*state, tools[i].tool, "Subject: x\n\n", &packed);
		assert_int_equal(expand(&packed, &out, &err), -1);
		assert_int_equal(err.code, ERR_MALFORMED);
		if (strstr(err.text, tools[i].name) == NULL ||
		    strstr(err.text, "only gzip and zstd are read") == NULL)
			fail_msg("%s: %s", tools[i].tool, err.text);
		buf_free(&out);
	}
	buf_free(&packed);
	assert_null(compression_name((const uint8_t *)"Subject: x", 10));
	assert_null(compression_name((const uint8_t *)"BZ", 2));
	assert_null(compression_name((const uint8_t *)"", 0));
}

/* Whatever is cut or changed is an error, and never more than the limit. */
static void damage_is_found(void **state)
{
	static const char *const tools[] = {"gzip -c", "zstd -qc"};
	struct buf packed = BUF_INIT(MOST), out;
	struct err err;
	size_t i, len, whole;

	for (i = 0; i < sizeof(tools) / sizeof(tools[0]); i++) {
		buf_reset(&packed);
		pack(*state, tools[i], "Subject: x\n\nbody of some length\n",
		     &packed);
		whole = packed.len;
		for (len = 4; len < whole; len++) {
			packed.len = len;
			assert_int_equal(expand(&packed, &out, &err), -1);
			assert_int_equal(err.code, ERR_MALFORMED);
			buf_free(&out);
		}
		packed.len = whole;
		for (len = 4; len < whole; len++) {
			packed.data[len] ^= 0x55;
			(void)expand(&packed, &out, &err);
			packed.data[len] ^= 0x55;
			assert_true(out.len <= MOST + ROOM);
			buf_free(&out);
		}
	}
	buf_free(&packed);
}

/* Kilobytes that would become gigabytes, and windows that only memory bounds. */
static void bombs_are_refused(void **state)
{
	static const char *const tools[] = {
		"sh -c \"head -c 300M /dev/zero | gzip -9c\"",
		"sh -c \"head -c 300M /dev/zero | zstd -qc\"",
		"sh -c \"head -c 300M /dev/zero | zstd -qc --ultra -22 "
		"--long=31\"",
		"sh -c \"(echo Subject: x; echo; head -c 2M /dev/urandom) | "
		"zstd -qc\"",
	};
	struct buf packed = BUF_INIT(4 * MOST), out;
	struct rusage before, after;
	struct err err;
	size_t i;

	(void)getrusage(RUSAGE_SELF, &before);
	for (i = 0; i < sizeof(tools) / sizeof(tools[0]); i++) {
		buf_reset(&packed);
		pack(*state, tools[i], "", &packed);
		assert_int_equal(expand(&packed, &out, &err), -1);
		assert_true(err.code == ERR_TOO_LARGE ||
		            err.code == ERR_MALFORMED);
		assert_true(out.len <= MOST + ROOM);
		buf_free(&out);
	}
	(void)getrusage(RUSAGE_SELF, &after);
	/* In KiB; the sanitizers keep what was freed for a while. */
	assert_true(after.ru_maxrss - before.ru_maxrss < 300 * 1024);
	buf_free(&packed);
}

static void what_is_no_message_is_said(void **state)
{
	static const struct {
		const char *content, *why;
	} cases[] = {
		{"From a@b Wed Nov 25 10:00:00 2026\nSubject: 1\n\n",
	         "an mbox file packed with zstd"},
		{"{\"organization-name\": 1}", "a report packed with zstd"},
	};
	struct buf packed = BUF_INIT(MOST), out;
	struct err err;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_reset(&packed);
		pack(*state, "zstd -qc", cases[i].content, &packed);
		assert_int_equal(expand(&packed, &out, &err), -1);
		if (strstr(err.text, cases[i].why) == NULL)
			fail_msg("%s", err.text);
		buf_free(&out);
	}
	buf_free(&packed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gzip_and_zstd_are_read),
		cmocka_unit_test(pieces_are_one_message),
		cmocka_unit_test(other_formats_are_named),
		cmocka_unit_test(damage_is_found),
		cmocka_unit_test(bombs_are_refused),
		cmocka_unit_test(what_is_no_message_is_said),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
