#include <stdio.h>
#include <string.h>

#include "base/attr.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/fixture.h"

static const struct ledger_budget roomy = {1000, 1 << 20};

static void note(struct fixture *f, enum ledger_class class, const char *data,
                 const struct ledger_budget *budget)
{
	const struct ledger_entry entry = {
		.class = class,
		.channel = CHANNEL_HTTPS,
		.trust = TRUST_ANONYMOUS,
		.outcome = OUTCOME_REFUSED,
		.refusal = REFUSAL_JSON,
		.sentence = TEXT("not JSON"),
		.peer = TEXT("192.0.2.1"),
		.received = FIXTURE_NOW,
		.data = (const uint8_t *)data,
		.len = strlen(data),
	};
	struct err err;

	assert_int_equal(store_begin(f->store, FIXTURE_NOW, &err), 0);
	if (store_refuse(f->store, &entry, budget, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(store_commit(f->store, &err), 0);
}

static void the_same_bytes_are_one_row(void **state)
{
	struct fixture *f = *state;
	struct ledger_entry entry;
	struct err err;
	int i;

	for (i = 0; i < 5; i++)
		note(f, LEDGER_REST, "junk", &roomy);
	note(f, LEDGER_REST, "", &roomy);
	assert_int_equal(store_ledger_next(f->store, 0, f->arena, &entry, &err),
	                 1);
	assert_int_equal(entry.times, 5);
	assert_int_equal(entry.len, 4);
	assert_memory_equal(entry.data, "junk", 4);
	assert_int_equal(store_ledger_next(f->store, entry.id, f->arena, &entry,
	                                   &err),
	                 1);
	assert_int_equal(entry.len, 0);
	assert_int_equal(store_ledger_next(f->store, entry.id, f->arena, &entry,
	                                   &err),
	                 0);
}

/* A flood of one class evicts its own oldest, and nobody else's. */
static void each_class_pays_for_itself(void **state)
{
	const struct ledger_budget rows = {10, 1 << 20}, bytes = {1000, 2000};
	struct fixture *f = *state;
	char data[32];
	int i;

	note(f, LEDGER_SIGNED, "precious", &roomy);
	for (i = 0; i < 50; i++) {
		(void)snprintf(data, sizeof(data), "junk %d", i);
		note(f, LEDGER_REST, data, &rows);
		note(f, LEDGER_KNOWN, data, &bytes);
	}
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM ledger WHERE "
	                                   "class = 3"),
	                 10);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM ledger WHERE "
	                                   "class = 3 AND data = x'"
	                                   "6a756e6b203439'"),
	                 1);
	assert_true(fixture_number(f, "SELECT sum(bytes) FROM ledger WHERE "
	                              "class = 2") <= 2000);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM ledger WHERE "
	                                   "class = 0"),
	                 1);
	assert_int_equal(
		fixture_number(f, "SELECT value FROM counter WHERE name = "
	                          "'ledger_evicted' AND first = 'rest'"),
		40);
	assert_int_equal(
		fixture_number(f, "SELECT (SELECT sum(bytes) FROM ledger WHERE "
	                          "class = 2) = bytes FROM stock WHERE name = "
	                          "'ledger:known'"),
		1);
}

static void what_is_taken_in_leaves(void **state)
{
	struct fixture *f = *state;
	struct ledger_entry entry;
	struct err err;

	note(f, LEDGER_REST, "junk", &roomy);
	assert_int_equal(store_ledger_next(f->store, 0, f->arena, &entry, &err),
	                 1);
	assert_int_equal(store_begin(f->store, FIXTURE_NOW, &err), 0);
	assert_int_equal(store_ledger_remove(f->store, entry.id, &err), 0);
	assert_int_equal(store_commit(f->store, &err), 0);
	assert_int_equal(fixture_number(f, "SELECT rows + bytes FROM stock "
	                                   "WHERE name = 'ledger:rest'"),
	                 0);
}

#define TEST(function)                                           \
	cmocka_unit_test_setup_teardown(function, fixture_setup, \
	                                fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_same_bytes_are_one_row),
		TEST(each_class_pays_for_itself),
		TEST(what_is_taken_in_leaves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
