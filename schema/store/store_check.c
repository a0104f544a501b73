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

/* Groups of one day whose sums are not what the reports add up to. A group of
   nothing but zeros may have a row or none: evidence may stand in it. */
static const char sums_sql[] =
	"WITH result AS (SELECT p.report_id, p.seq, p.domain_id, "
	"p.policy_type, p.policy_id, p.origin, r.reporter_id, r.standing, "
	"coalesce(r.proved, r.received) / 86400 AS arrived, "
	"CASE WHEN p.origin & 2 = 0 THEN p.successes ELSE 0 END AS successes, "
	"CASE WHEN p.origin & 2 = 0 THEN p.failures ELSE 0 END AS failures, "
	"CASE p.seq WHEN min(p.seq) OVER (PARTITION BY p.report_id, "
	"p.domain_id) THEN 1 ELSE 0 END AS first FROM report AS r JOIN "
	"policy_result AS p ON p.report_id = r.id WHERE r.day = ?1 AND "
	"p.domain_id IS NOT NULL), "
	"wanted AS (SELECT domain_id, policy_type, reporter_id, standing, "
	"coalesce(policy_id, 0), arrived, sum(first) AS n, sum(successes) AS "
	"ok, sum(failures) AS bad FROM result GROUP BY 1, 2, 3, 4, 5, 6 "
	"HAVING sum(first) <> 0 OR sum(successes) <> 0 OR sum(failures) <> 0), "
	"had AS (SELECT domain_id, policy_type, reporter_id, standing, "
	"policy_id, arrived, reports, successes, failures FROM day_sum WHERE "
	"day = ?1 AND (reports <> 0 OR successes <> 0 OR failures <> 0)), "
	"wanted_result AS (SELECT domain_id, policy_type, result_type, "
	"reporter_id, standing, sum(d.sessions) AS n FROM result JOIN "
	"failure_detail AS d ON d.report_id = result.report_id AND "
	"d.policy_seq = result.seq WHERE result.origin & 2 = 0 GROUP BY 1, 2, "
	"3, 4, 5 HAVING sum(d.sessions) <> 0), "
	"had_result AS (SELECT domain_id, policy_type, result_type, "
	"reporter_id, standing, sessions FROM day_result WHERE day = ?1 AND "
	"sessions <> 0) "
	"SELECT (SELECT count(*) FROM (SELECT * FROM wanted EXCEPT SELECT * "
	"FROM had) AS a) + (SELECT count(*) FROM (SELECT * FROM had EXCEPT "
	"SELECT * FROM wanted) AS b) + (SELECT count(*) FROM (SELECT * FROM "
	"wanted_result EXCEPT SELECT * FROM had_result) AS c) + (SELECT "
	"count(*) FROM (SELECT * FROM had_result EXCEPT SELECT * FROM wanted_result) AS d)";

/* Rows whose time of a proof is missing, or later than what proves it. */
static const struct {
	const char *what;
	const char *sql;
} proofs[] = {
	{"reports have no time of their proof, or one without a proof",
         "SELECT count(*) FROM report WHERE (trust IN (2, 3)) <> (proved IS "
         "NOT NULL)"},
	{"reporters were proved before their first time of it",
         "SELECT count(*) FROM reporter AS w JOIN (SELECT reporter_id, "
         "min(proved) AS first FROM report WHERE proved IS NOT NULL GROUP BY "
         "reporter_id) AS r ON r.reporter_id = w.id WHERE "
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

static int store_check_day(struct checking *c, struct engine_statement *s,
                           int64_t day, struct err *err)
{
	char name[TIMESTAMP_SIZE], sentence[128];
	int64_t groups;

	engine_reset(s);
	engine_bind_int(s, 1, day);
	if (engine_next(s, err) < 0)
		return -1;
	groups = engine_column_int(s, 0);
	if (groups == 0)
		return 0;
	timestamp_format_day(day, name, sizeof(name));
	(void)snprintf(sentence, sizeof(sentence),
	               "sums of %s: %lld differ from the reports; run "
	               "check-store --repair",
	               name, (long long)groups);
	store_check_report(c, sentence);
	return 0;
}

static int store_check_days(struct checking *c, struct engine_statement *days,
                            struct err *err)
{
	struct engine_statement *s;
	int result;

	s = engine_prepare_once(c->store->engine, sums_sql, err);
	if (s == NULL)
		return -1;
	while ((result = engine_next(days, err)) == 1) {
		if (store_check_day(c, s, engine_column_int(days, 0), err) <
		    0) {
			result = -1;
			break;
		}
	}
	engine_finalize(&s);
	return result;
}

/* Days that are being deleted, their reports and their sums in steps of their
   own, are left out. */
static int store_check_sums(struct checking *c, struct err *err)
{
	struct engine_statement *days;
	int result;

	days = engine_prepare_once(
		c->store->engine,
		"SELECT day FROM (SELECT day FROM report UNION "
		"SELECT day FROM day_sum UNION SELECT day FROM "
		"day_result) AS days WHERE day >= coalesce((SELECT "
		"value FROM fact WHERE name = '" SERIES_EXPIRED_BEFORE
		"'), 0) ORDER BY 1",
		err);
	if (days == NULL)
		return -1;
	result = store_check_days(c, days, err);
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
