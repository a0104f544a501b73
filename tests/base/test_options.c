#include <string.h>

#include "base/options.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/fixture.h"

struct sample {
	const char *text;
	bool flag;
	int64_t number;
	int64_t bytes;
	int64_t seconds;
	int64_t ratio;
	int64_t choice;
	struct option_list list;
	struct option_list bare;
};

static const char *const colours[] = {"red", "green", NULL};

#define FIELD(name) offsetof(struct sample, name)

static const struct option_spec specs[] = {
	{"text", OPTION_TEXT, FIELD(text), "fallback", 0, 0, NULL},
	{"flag", OPTION_BOOL, FIELD(flag), "no", 0, 0, NULL},
	{"number", OPTION_NUMBER, FIELD(number), "5", 1, 10, NULL},
	{"bytes", OPTION_BYTES, FIELD(bytes), "4K", 1, 1 << 30, NULL},
	{"seconds", OPTION_SECONDS, FIELD(seconds), "90", 1, 1 << 30, NULL},
	{"ratio", OPTION_RATIO, FIELD(ratio), "0.01", 1, 1000000, NULL},
	{"choice", OPTION_CHOICE, FIELD(choice), "red", 0, 0, colours},
	{"list", OPTION_LIST, FIELD(list), "one two", 0, 0, NULL},
	{"bare", OPTION_LIST, FIELD(bare), NULL, 0, 0, NULL},
	{"numbers", OPTION_REMOVED, 0, "number", 0, 0, NULL},
};

static int read_options(struct fixture *f, const char *text,
                        struct sample *sample, struct options **options,
                        struct err *err)
{
	const struct option_section sections[] = {
		{"", specs, ARRAY_LENGTH(specs), sample, NULL, NULL},
		{"other", NULL, 0, NULL, NULL, NULL},
	};
	const char *path = fixture_file(f, "x.conf", text);

	memset(sample, 0, sizeof(*sample));
	return options_read(path, f->arena, sections, 2, options, err);
}

static int read_text(struct fixture *f, const char *text, struct sample *sample,
                     struct err *err)
{
	struct options *options;

	return read_options(f, text, sample, &options, err);
}

static void reads_ratios_exactly(void **state)
{
	static const struct {
		const char *text;
		int64_t millionths; /* 0: refused */
	} cases[] = {
		{"0.015", 15000}, {"1.5%", 15000},    {"1.5 %", 15000},
		{"1", 1000000},   {"100 %", 1000000}, {"0.000001", 1},
		{"0.1", 100000},  {"0.0000001", 0},   {"0", 0},
		{"1.000001", 0},  {"-0.1", 0},        {"0.-1", 0},
		{"0.1x", 0},      {"%", 0},           {"", 0},
		{".5", 0},        {"1e-3", 0},        {"0.1.2", 0},
		{"101%", 0},      {"0.00001%", 0},
	};
	struct fixture *f = *state;
	struct sample sample;
	struct err err;
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(cases); i++) {
		int result = read_text(f,
		                       arena_printf(f->arena, "ratio = %s\n",
		                                    cases[i].text),
		                       &sample, &err);

		if (result != (cases[i].millionths == 0 ? -1 : 0) ||
		    (result == 0 && sample.ratio != cases[i].millionths))
			fail_msg("\"%s\": %d, %lld", cases[i].text, result,
			         (long long)sample.ratio);
	}
}

static void reads_every_kind(void **state)
{
	struct sample sample;
	struct err err;

	assert_int_equal(read_text(*state,
	                           "# comment\n; another\n\n"
	                           "text = a ; b # c\n flag=YES\nnumber = 10\n"
	                           "bytes = 2M\nseconds = 36h\nchoice = green\n"
	                           "list = a, b\nlist = c\r\n"
	                           "[other]\nanything = goes\n",
	                           &sample, &err),
	                 0);
	assert_string_equal(sample.text, "a ; b # c");
	assert_true(sample.flag);
	assert_int_equal(sample.number, 10);
	assert_int_equal(sample.bytes, 2 * 1024 * 1024);
	assert_int_equal(sample.seconds, 36 * 3600);
	assert_int_equal(sample.choice, 1);
	assert_int_equal(sample.list.count, 3);
	assert_string_equal(sample.list.items[2], "c");
}

static void has_defaults(void **state)
{
	struct sample sample;
	struct err err;

	assert_int_equal(read_text(*state, "", &sample, &err), 0);
	assert_string_equal(sample.text, "fallback");
	assert_int_equal(sample.bytes, 4096);
	assert_int_equal(sample.list.count, 2);
	assert_int_equal(read_text(*state, "list =\n", &sample, &err), 0);
	assert_int_equal(sample.list.count, 0);
	/* A mark that an editor writes first, unseen. */
	assert_int_equal(read_text(*state,
	                           "\xef\xbb\xbf"
	                           "number = 7\n",
	                           &sample, &err),
	                 0);
	assert_int_equal(sample.number, 7);
}

/* Each names the line, the value and what would be right. */
static void says_what_is_wrong(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{"\nnumer = 1\n",
	         "x.conf:2: unknown key \"numer\"; did you mean \"number\"?"},
		{"zzzzzzzzz = 1\n", "x.conf:1: unknown key \"zzzzzzzzz\""},
		{"number = 11\n",
	         "number: \"11\" is out of range; 1 to 10 is right"},
		{"number = ten\n", "number: \"ten\" is not a whole number"},
		{"bytes = 3X\n",
	         "is not a size such as 8388608, 512K, 8M or 1G"},
		{"seconds = soon\n", "is not a time such as 90, 90s, 15m"},
		{"flag = maybe\n", "flag: \"maybe\" is not yes or no"},
		{"choice = blue\n", "\"blue\" is not one of red, green"},
		{"number = 1\nnumber = 2\n",
	         "x.conf:2: \"number\" is set already in line 1"},
		{"text = \"quoted\"\n",
	         "x.conf:1: text: write the value without quotes"},
		{"list = 'a'\n", "list: write the value without quotes"},
		{"num = 1\n", "unknown key \"num\"; there are number"},
		{"nonsense\n", "expected \"key = value\" or \"[section]\""},
		{"[nowhere]\n", "unknown section [nowhere]; there are [other]"},
		{"[other\n", "a section ends with \"]\""},
	};
	struct sample sample;
	struct err err;
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(cases); i++) {
		if (read_text(*state, cases[i].text, &sample, &err) == 0)
			fail_msg("taken: %s", cases[i].text);
		if (strstr(err.text, cases[i].says) == NULL)
			fail_msg("%s\nsays %s", cases[i].text, err.text);
	}
}

/* --- afterwards ---------------------------------------------------------- */

static void add_sentence(void *cls, const char *sentence)
{
	buf_printf(cls, "%s\n", sentence);
}

static void a_removed_key_is_said_and_read_past(void **state)
{
	struct buf said = BUF_INIT(4096);
	struct options *options;
	struct sample sample;
	struct err err;

	assert_int_equal(read_options(*state, "flag = yes\nnumbers = a lot\n",
	                              &sample, &options, &err),
	                 0);
	assert_true(sample.flag);
	assert_int_equal(sample.number, 5);
	options_each_removed(options, add_sentence, &said);
	assert_non_null(strstr(buf_text(&said),
	                       "x.conf:2: numbers has no effect any more; "
	                       "remove this line, and see number\n"));
	/* It is suggested to nobody. */
	assert_int_equal(read_text(*state, "num = 1\n", &sample, &err), -1);
	assert_null(strstr(err.text, "numbers"));
	assert_int_equal(read_text(*state, "numberz = 1\n", &sample, &err), -1);
	assert_non_null(strstr(err.text, "did you mean \"number\"?"));
	buf_free(&said);
}

static void add_change(void *cls, const struct option_change *change)
{
	buf_printf(cls, "[%s] %s = %s (%s)\n", change->section, change->key,
	           change->value,
	           change->fallback != NULL ? change->fallback : "none");
}

static void names_what_is_not_the_default(void **state)
{
	static const struct {
		const char *text, *changes;
	} cases[] = {
		{"", ""},
		{"number = 5\nratio = 1 %\nbytes = 4096\ntext = fallback\n"
	         "flag = off\nlist = one, two\nbare =\nchoice = red\n"
	         "seconds = 90s\nnumbers = 7\n",
	         ""},
		{"ratio = 2 %\nnumber = 6\n",
	         "[] ratio = 2 % (0.01)\n[] number = 6 (5)\n"},
		{"list = one\nflag = on\nlist = three\n",
	         "[] list = one three (one two)\n[] flag = on (no)\n"},
		{"bare = x\ntext = y\nchoice = green\n",
	         "[] bare = x (none)\n[] text = y (fallback)\n"
	         "[] choice = green (red)\n"},
	};
	struct fixture *f = *state;
	struct buf said = BUF_INIT(4096);
	struct options *options;
	struct sample sample;
	struct err err;
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(cases); i++) {
		assert_int_equal(read_options(f, cases[i].text, &sample,
		                              &options, &err),
		                 0);
		buf_reset(&said);
		options_each_change(options, f->arena, add_change, &said);
		assert_string_equal(buf_text(&said), cases[i].changes);
	}
	buf_free(&said);
}

static void knows_which_keys_were_set(void **state)
{
	struct options *options;
	struct sample sample;
	struct err err;

	assert_int_equal(read_options(*state, "number = 5\n", &sample, &options,
	                              &err),
	                 0);
	assert_true(options_is_set(options, "", NULL, "number"));
	assert_false(options_is_set(options, "", NULL, "bytes"));
	assert_false(options_is_set(options, "other", NULL, "number"));
	assert_false(options_is_set(options, "", "title", "number"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(reads_every_kind, fixture_setup,
	                                        fixture_teardown),
		cmocka_unit_test_setup_teardown(
			reads_ratios_exactly, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(has_defaults, fixture_setup,
	                                        fixture_teardown),
		cmocka_unit_test_setup_teardown(
			says_what_is_wrong, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(
			a_removed_key_is_said_and_read_past, fixture_setup,
			fixture_teardown),
		cmocka_unit_test_setup_teardown(names_what_is_not_the_default,
	                                        fixture_setup,
	                                        fixture_teardown),
		cmocka_unit_test_setup_teardown(knows_which_keys_were_set,
	                                        fixture_setup,
	                                        fixture_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
