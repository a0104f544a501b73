/*
 * What many tests need: a folder of their own, a store in it, reports made
 * from a few words, and the fixtures in tests/data.
 */
#ifndef TESTS_SUPPORT_FIXTURE_H
#define TESTS_SUPPORT_FIXTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"
#include "schema/report/report.h"
#include "schema/rules/identity.h"
#include "schema/rules/outcome.h"
#include "schema/store/write.h"

/* The clock of the tests: 2026-06-02T12:00:00Z. */
#define FIXTURE_NOW INT64_C(1780401600)
#define FIXTURE_DAY INT64_C(20605) /* 2026-06-01 */

struct fixture {
	char folder[128];
	char store_path[160];
	struct arena *arena;
	struct store *store;
};

/* A temporary folder with an empty store; fails the test when it cannot. */
void fixture_open(struct fixture *f);
/* Closes the store and removes the folder. */
void fixture_close(struct fixture *f);

/* cmocka's set-up and tear-down around them; *state is the fixture. */
int fixture_setup(void **state);
int fixture_teardown(void **state);

/* A report to be stored. What is 0 or NULL has a sensible value. */
struct wish {
	const char *contact;      /* "tlsrpt@sender.example" */
	const char *organization; /* "Sender" */
	const char *id;           /* "id-1" */
	const char *domain;       /* "example.org" */
	int64_t day;              /* FIXTURE_DAY */
	int64_t successes;
	int64_t failures;
	const char *result; /* one detail with all failures */
	const char *reason;
	const char *more;   /* further elements of policies[], with a comma */
	const char *policy; /* "mode: testing"; lines, parted by \n */
	enum policy_type type; /* 0 is tlsa: POLICY_STS where not `tlsa` */
	bool tlsa;
	enum trust trust; /* 0 is none: anonymous where not `unproved` */
	bool unproved;
	const char *signer;
	int64_t received; /* FIXTURE_NOW */
	int64_t anonymous_bytes;
	bool again; /* tried again from the ledger */
};

/* Parses the wished report and adds it in a transaction of its own. */
struct store_added fixture_add(struct fixture *f, const struct wish *wish);
/* The same in an open transaction; -1 when the store fails. */
int fixture_add_open(struct fixture *f, const struct wish *wish,
                     struct store_added *added, struct err *err);
struct report *fixture_report(struct fixture *f, const struct wish *wish);

/* Runs a query that returns one number. */
int64_t fixture_number(const struct fixture *f, const char *sql);

/* Failure details of the stored reports that the condition where selects, with
   that reason; NULL: with any. */
int64_t fixture_count_details(const struct fixture *f, const char *where,
                              const char *reason);

/* A file of the folder with that content; its path. */
const char *fixture_file(struct fixture *f, const char *name,
                         const char *content);

/* tests/data/NAME, read whole. */
void fixture_read(const char *name, struct buf *out);
const char *fixture_data(void);

#endif
