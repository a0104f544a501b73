/*
 * Whether the store is still whole.
 */
#include <stdio.h>

#include "base/attr.h"
#include "base/timestamp.h"
#include "schema/series.h"
#include "schema/store/admin.h"
#include "schema/store/engine_sqlite.h"
#include "schema/store/handle.h"
#include "schema/store/read.h"
#include "schema/store/statement.h"
#include "schema/store/store_sum_check.h"

struct checking {
	struct store *store;
	store_check_fault *on_fault;
	void *cls;
	int64_t faults;
};

static void store_check_report(struct checking *c, const char *sentence)
{
	c->faults++;
	c->on_fault(c->cls, sentence);
}

struct checking_part {
	struct checking *c;
	const char *what;
};

static void store_check_on_fault(void *cls, struct text fault)
{
	const struct checking_part *part = cls;
	char sentence[512];

	(void)snprintf(sentence, sizeof(sentence), "%s: %.*s", part->what,
	               (int)fault.len, fault.data);
	store_check_report(part->c, sentence);
}

static int store_check_file(struct checking *c, struct err *err)
{
	struct checking_part pages = {c, "pages"};
	struct checking_part rows = {c, "rows without their parent"};
	struct engine *engine = c->store->engine;

	if (engine_sqlite_check_pages(engine, store_check_on_fault, &pages,
	                              err) < 0)
		return -1;
	return engine_sqlite_check_references(engine, store_check_on_fault,
	                                      &rows, err);
}

/* Rows whose time of a proof is missing, or later than what proves it. */
static const struct {
	const char *what;
	const char *sql;
} proofs[] = {
	{"reports have no time of their proof, or one without a proof",
         "SELECT count(*) FROM report WHERE (trust IN (2, 3)) <> (proved_at "
         "IS NOT NULL)"},
	{"reporters were proved before their first time of it",
         "SELECT count(*) FROM reporter AS w JOIN (SELECT reporter_id, "
         "min(day * 86400 + proved_at) AS first FROM report WHERE proved_at IS "
         "NOT NULL GROUP BY reporter_id) AS r ON r.reporter_id = w.id WHERE "
         "coalesce(w.first_proved > r.first, true)"},
};

static int store_check_proofs(struct checking *c, struct err *err)
{
	char sentence[128];
	struct engine_statement *s;
	int64_t count;
	int result = 1;
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(proofs) && result == 1; i++) {
		s = engine_prepare_once(c->store->engine, proofs[i].sql, err);
		if (s == NULL)
			return -1;
		result = engine_next(s, err);
		count = result == 1 ? engine_column_int(s, 0) : 0;
		engine_finalize(&s);
		if (count == 0)
			continue;
		(void)snprintf(sentence, sizeof(sentence),
		               "%lld %s; run check-store --repair",
		               (long long)count, proofs[i].what);
		store_check_report(c, sentence);
	}
	return result < 0 ? -1 : 0;
}

static int store_check_day(struct checking *c, int64_t day, struct err *err)
{
	char name[TIMESTAMP_SIZE], sentence[160];
	struct store_sum_check found;

	if (store_sum_check_day(c->store, day, &found, err) < 0)
		return -1;
	timestamp_format_day(day, name, sizeof(name));
	if (found.damaged > 0) {
		(void)snprintf(sentence, sizeof(sentence),
		               "reports of %s: %lld cannot be read; restore a "
		               "backup",
		               name, (long long)found.damaged);
		store_check_report(c, sentence);
		return 0;
	}
	if (found.differing == 0)
		return 0;
	(void)snprintf(sentence, sizeof(sentence),
	               "sums of %s: those of %lld domains or more differ from "
	               "the reports; run check-store --repair",
	               name, (long long)found.differing);
	store_check_report(c, sentence);
	return 0;
}

/* Days that are being deleted, their reports and their sums in steps of their
   own, are left out. */
static int store_check_sums(struct checking *c, struct err *err)
{
	struct engine_statement *days = engine_prepare_once(
		c->store->engine,
		"SELECT day FROM (SELECT day FROM report UNION SELECT day FROM "
		"day_sum UNION SELECT day FROM day_result) AS d WHERE day >= "
		"coalesce((SELECT value FROM timestamp WHERE name = "
		"'" SERIES_EXPIRED_BEFORE "'), 0) ORDER BY 1",
		err);
	int result;

	if (days == NULL)
		return -1;
	while ((result = engine_next(days, err)) == 1) {
		if (store_check_day(c, engine_column_int(days, 0), err) < 0) {
			result = -1;
			break;
		}
	}
	engine_finalize(&days);
	return result;
}

int store_check(struct store *store, store_check_fault *on_fault, void *cls,
                int64_t *faults, struct err *err)
{
	struct checking c = {store, on_fault, cls, 0};
	int result;

	if (store_read_begin(store, err) < 0)
		return -1;
	result = store_check_file(&c, err);
	/* Of pages that are damaged no sum can be asked for. */
	if (result == 0 && c.faults == 0)
		result = store_check_proofs(&c, err);
	if (result == 0 && c.faults == 0)
		result = store_check_sums(&c, err);
	store_read_end(store);
	*faults = c.faults;
	return result;
}
