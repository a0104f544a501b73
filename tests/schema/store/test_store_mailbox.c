#include <string.h>

#include "tests/support/cmocka_all.h"
#include "tests/support/fixture.h"

static void must(int result, const struct err *err)
{
	if (result < 0)
		fail_msg("%s", err->text);
}

static int64_t declare(struct fixture *f, const char *name)
{
	struct store_mailbox_position position;
	struct err err;

	must(store_begin(f->store, FIXTURE_NOW, &err), &err);
	must(store_mailbox_declare(f->store, name, &err), &err);
	must(store_commit(f->store, &err), &err);
	must(store_mailbox_read(f->store, name, &position, &err), &err);
	assert_true(position.id > 0);
	return position.id;
}

static void note(struct fixture *f, int64_t mailbox, int64_t message,
                 enum store_message_state state)
{
	const struct store_mailbox_message row = {
		message, state, 1, FIXTURE_NOW, false, 0, 0, 0};
	struct err err;

	must(store_begin(f->store, FIXTURE_NOW, &err), &err);
	must(store_mailbox_note(f->store, mailbox, &row, &err), &err);
	must(store_commit(f->store, &err), &err);
}

static void what_is_done_is_forgotten_below_the_mark(void **state)
{
	struct fixture *f = *state;
	struct store_mailbox_message items[8], one;
	struct store_mailbox_messages all = {items, 8, 0};
	struct store_mailbox_position position;
	struct store_mailbox_left left;
	int64_t id = declare(f, "main");
	struct err err;

	note(f, id, 3, STORE_MESSAGE_DONE);
	note(f, id, 5, STORE_MESSAGE_WAITS);
	note(f, id, 6, STORE_MESSAGE_STORED);
	note(f, id, 7, STORE_MESSAGE_GIVEN_UP);
	note(f, id, 9, STORE_MESSAGE_WAITS);
	note(f, id, 9, STORE_MESSAGE_DONE);
	must(store_begin(f->store, FIXTURE_NOW, &err), &err);
	must(store_mailbox_advance(f->store, id, 7, &err), &err);
	must(store_commit(f->store, &err), &err);
	must(store_mailbox_messages(f->store, id, INT64_MIN, &all, &err), &err);
	assert_int_equal(all.count, 4);
	assert_int_equal(items[0].message, 5);
	assert_int_equal(items[0].state, STORE_MESSAGE_WAITS);
	assert_int_equal(items[1].state, STORE_MESSAGE_STORED);
	assert_int_equal(items[2].state, STORE_MESSAGE_GIVEN_UP);
	must(store_mailbox_left(f->store, "main", &left, &err), &err);
	assert_int_equal(left.unmarked, 1);
	assert_int_equal(left.given_up, 1);
	assert_int_equal(items[3].message, 9);
	assert_int_equal(items[3].state, STORE_MESSAGE_DONE);
	must(store_mailbox_read(f->store, "main", &position, &err), &err);
	assert_int_equal(position.done_to, 7);
	/* In pieces. */
	all.max = 1;
	must(store_mailbox_messages(f->store, id, 7, &all, &err), &err);
	assert_int_equal(all.count, 1);
	assert_int_equal(items[0].message, 9);
	assert_int_equal(store_mailbox_find(f->store, id, 5, &one, &err), 1);
	assert_int_equal(one.tries, 1);
	assert_int_equal(one.since, FIXTURE_NOW);
	assert_int_equal(store_mailbox_find(f->store, id, 8, &one, &err), 0);
}

static void another_validity_begins_anew(void **state)
{
	struct fixture *f = *state;
	struct store_mailbox_position position;
	int64_t id = declare(f, "anew");
	struct err err;

	note(f, id, 3, STORE_MESSAGE_DONE);
	note(f, id, 4, STORE_MESSAGE_WAITS);
	must(store_begin(f->store, FIXTURE_NOW, &err), &err);
	must(store_mailbox_reset(f->store, id, 77, &err), &err);
	must(store_commit(f->store, &err), &err);
	must(store_mailbox_read(f->store, "anew", &position, &err), &err);
	assert_int_equal(position.validity, 77);
	assert_int_equal(position.done_to, 0);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM "
	                                   "mailbox_message JOIN mailbox ON id "
	                                   "= mailbox_id WHERE name = 'anew'"),
	                 0);
}

static void rounds_are_counted(void **state)
{
	struct fixture *f = *state;
	const struct store_mailbox_round good = {false, FIXTURE_NOW, 4, 120, 3};
	const struct store_mailbox_round bad = {true, FIXTURE_NOW + 9, 0, 10,
	                                        2};
	int64_t id = declare(f, "rounds");
	struct err err;

	must(store_begin(f->store, FIXTURE_NOW, &err), &err);
	must(store_mailbox_round(f->store, id, &good, &err), &err);
	must(store_mailbox_round(f->store, id, &bad, &err), &err);
	must(store_commit(f->store, &err), &err);
	assert_int_equal(
		fixture_number(f, "SELECT polls * 1000 + poll_failures * 100 + "
	                          "pending FROM mailbox WHERE name = 'rounds'"),
		2104);
	assert_int_equal(fixture_number(f,
	                                "SELECT last_poll - last_success FROM "
	                                "mailbox WHERE name = 'rounds'"),
	                 9);
}

static void what_is_not_configured_goes(void **state)
{
	static const char *const names[] = {"main"};
	struct fixture *f = *state;
	struct store_mailbox_position position;
	struct err err;

	note(f, declare(f, "old"), 1, STORE_MESSAGE_DONE);
	must(store_begin(f->store, FIXTURE_NOW, &err), &err);
	must(store_mailbox_delete_others(f->store, names, 1, &err), &err);
	must(store_commit(f->store, &err), &err);
	must(store_mailbox_read(f->store, "old", &position, &err), &err);
	assert_int_equal(position.id, 0);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM mailbox"), 1);
	assert_int_equal(fixture_number(f,
	                                "SELECT count(*) FROM mailbox_message "
	                                "WHERE mailbox_id NOT IN (SELECT id "
	                                "FROM mailbox)"),
	                 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_done_is_forgotten_below_the_mark),
		cmocka_unit_test(another_validity_begins_anew),
		cmocka_unit_test(rounds_are_counted),
		cmocka_unit_test(what_is_not_configured_goes),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
