#include <stdio.h>
#include <string.h>

#include "base/attr.h"
#include "collector/config/mailbox_settings.h"
#include "tests/support/cmocka_all.h"

/* The process that serves a mailbox has no use for these. */
static bool is_sent(const char *key)
{
	return strcmp(key, "after") != 0 && strcmp(key, "failed") != 0 &&
	       strcmp(key, "trusted_authserv_id") != 0;
}

/* Each member holds something that no other holds. */
static void fill(struct mailbox_settings *settings, struct arena *arena)
{
	char *base = (char *)settings;
	const struct option_spec *option;
	const char *text;
	int64_t number;
	size_t i;

	settings->name = "name of the section";
	for (i = 0; i < mailbox_settings_option_count; i++) {
		option = &mailbox_settings_options[i];
		if (option->type == OPTION_TEXT) {
			text = arena_printf(arena, "text of %s", option->key);
			memcpy(base + option->offset, &text, sizeof(text));
		} else if (option->type == OPTION_BOOL) {
			base[option->offset] = true;
		} else if (option->type != OPTION_LIST) {
			number = 1000 + (int64_t)i;
			memcpy(base + option->offset, &number, sizeof(number));
		}
	}
	settings->after = (struct mailbox_action){MAILBOX_ACTION_MOVE, "Done"};
	settings->failed = (struct mailbox_action){MAILBOX_ACTION_MOVE, "Bad"};
}

static void assert_same(const struct option_spec *option,
                        const struct mailbox_settings *sent,
                        const struct mailbox_settings *received)
{
	const char *one = (const char *)sent + option->offset;
	const char *other = (const char *)received + option->offset;
	const char *texts[2];

	if (option->type == OPTION_TEXT) {
		memcpy(&texts[0], one, sizeof(texts[0]));
		memcpy(&texts[1], other, sizeof(texts[1]));
		if (texts[1] == NULL)
			fail_msg("%s is not sent", option->key);
		assert_string_equal(texts[0], texts[1]);
	} else if (memcmp(one, other,
	                  option->type == OPTION_BOOL ? sizeof(bool)
	                                              : sizeof(int64_t)) != 0) {
		fail_msg("%s is not sent", option->key);
	}
}

static void sends_each_option(void **state)
{
	struct arena *arena = arena_new(0);
	struct mailbox_settings sent = {0}, received;
	struct buf frame = BUF_INIT(65536);
	struct wire_reader reader;
	size_t i;

	(void)state;
	fill(&sent, arena);
	mailbox_settings_put(&frame, &sent);
	reader = (struct wire_reader){{frame.data, frame.len}, false};
	assert_true(mailbox_settings_get(&reader, arena, &received));
	assert_int_equal(reader.rest.len, 0);
	assert_string_equal(received.name, sent.name);
	for (i = 0; i < mailbox_settings_option_count; i++) {
		if (is_sent(mailbox_settings_options[i].key))
			assert_same(&mailbox_settings_options[i], &sent,
			            &received);
	}
	assert_int_equal(received.after.kind, sent.after.kind);
	assert_string_equal(received.after.folder, sent.after.folder);
	assert_int_equal(received.failed.kind, sent.failed.kind);
	assert_string_equal(received.failed.folder, sent.failed.folder);
	buf_free(&frame);
	arena_free(&arena);
}

static void sends_what_is_empty_as_null(void **state)
{
	const struct mailbox_settings sent = {.name = "a"};
	struct arena *arena = arena_new(0);
	struct buf frame = BUF_INIT(65536);
	struct mailbox_settings received;
	struct wire_reader reader;

	(void)state;
	mailbox_settings_put(&frame, &sent);
	reader = (struct wire_reader){{frame.data, frame.len}, false};
	assert_true(mailbox_settings_get(&reader, arena, &received));
	assert_null(received.host);
	assert_null(received.after.folder);
	assert_int_equal(received.after.kind, MAILBOX_ACTION_KEEP);
	/* One that is cut is none. */
	reader = (struct wire_reader){{frame.data, frame.len - 1}, false};
	assert_false(mailbox_settings_get(&reader, arena, &received));
	buf_free(&frame);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sends_each_option),
		cmocka_unit_test(sends_what_is_empty_as_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
