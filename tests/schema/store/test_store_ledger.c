#include <stdio.h>
#include <string.h>

#include "base/attr.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/fixture.h"

static const struct ledger_budget roomy = {1000, 1 << 20};

static void note_from(struct fixture *f, enum ledger_group class,
                      enum trust trust, struct text signer, const char *data,
                      const struct ledger_budget *budget)
{
	const struct ledger_entry entry = {
		.group = class,
		.channel = CHANNEL_HTTPS,
		.trust = trust,
		.signer = signer,
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
	if (store_ledger_add(f->store, &entry, budget, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(store_commit(f->store, &err), 0);
}

static void note(struct fixture *f, enum ledger_group class, const char *data,
                 const struct ledger_budget *budget)
{
	note_from(f, class, TRUST_ANONYMOUS, TEXT(""), data, budget);
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

/* When it is tried again it counts for whoever is proved to have sent it, not
   for who was the first to send these bytes. */
static void the_same_bytes_of_another_are_another_row(void **state)
{
	static const struct {
		enum ledger_group class;
		enum trust trust;
		const char *signer;
	} senders[] = {
		{LEDGER_REST, TRUST_NONE, ""},
		{LEDGER_REST, TRUST_ANONYMOUS, ""},
		{LEDGER_SIGNED, TRUST_DKIM, "stranger.example"},
		{LEDGER_SIGNED, TRUST_DKIM, "sender.example"},
		{LEDGER_SIGNED, TRUST_AUTHSERV, "sender.example"},
	};
	struct fixture *f = *state;
	struct ledger_entry entry = {.id = 0};
	struct err err;
	size_t i;

	for (i = 0; i < 2 * ARRAY_LENGTH(senders); i++)
		note_from(f, senders[i % ARRAY_LENGTH(senders)].class,
		          senders[i % ARRAY_LENGTH(senders)].trust,
		          text_of(senders[i % ARRAY_LENGTH(senders)].signer),
		          "report", &roomy);
	for (i = 0; i < ARRAY_LENGTH(senders); i++) {
		assert_int_equal(store_ledger_next(f->store, entry.id, f->arena,
		                                   &entry, &err),
		                 1);
		assert_int_equal(entry.trust, senders[i].trust);
		assert_true(text_is(entry.signer, senders[i].signer));
		assert_int_equal(entry.times, 2);
	}
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
	                          "class = 2) = bytes FROM usage WHERE name = "
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
	assert_int_equal(fixture_number(f, "SELECT rows + bytes FROM usage "
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
		TEST(the_same_bytes_of_another_are_another_row),
		TEST(each_class_pays_for_itself),
		TEST(what_is_taken_in_leaves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
