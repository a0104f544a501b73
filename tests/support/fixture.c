#include "tests/support/fixture.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/timestamp.h"
#include "schema/limits.h"
#include "schema/store/admin.h"
#include "tests/support/cmocka_all.h"

static void must(int result, const struct err *err)
{
	if (result < 0)
		fail_msg("%s", err->text);
}

void fixture_open(struct fixture *f)
{
	struct err err;

	memset(f, 0, sizeof(*f));
	report_json_init();
	(void)snprintf(f->folder, sizeof(f->folder), "/tmp/tlsrpt-test.XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	(void)snprintf(f->store_path, sizeof(f->store_path), "%s/store.db",
	               f->folder);
	f->arena = arena_new((size_t)64 * 1024 * 1024);
	must(store_open(f->store_path, STORE_WRITE, &f->store, &err), &err);
}

static int remove_entry(const char *path, const struct stat *st, int flag,
                        struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

void fixture_close(struct fixture *f)
{
	store_close(&f->store);
	arena_free(&f->arena);
	(void)nftw(f->folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

int fixture_setup(void **state)
{
	struct fixture *f = memory_zero(1, sizeof(*f));

	fixture_open(f);
	*state = f;
	return 0;
}

int fixture_teardown(void **state)
{
	struct fixture *f = *state;

	fixture_close(f);
	free(f);
	return 0;
}

static const char *or_else(const char *text, const char *otherwise)
{
	return text != NULL ? text : otherwise;
}

/* Lines as the strings of an array, but for the outermost quotes. */
static const char *fixture_json_lines(struct fixture *f, const char *lines)
{
	struct text rest = text_of(lines), line;
	const char *out = NULL;

	while (text_next(&rest, '\n', &line))
		out = arena_printf(f->arena, "%s%s%.*s", or_else(out, ""),
		                   out != NULL ? "\",\"" : "", (int)line.len,
		                   line.data);
	return or_else(out, "");
}

static const char *json_of(struct fixture *f, const struct wish *wish)
{
	int64_t day = wish->day != 0 ? wish->day : FIXTURE_DAY;
	char date[TIMESTAMP_SIZE];
	const char *details = "";

	timestamp_format_day(day, date, sizeof(date));
	if (wish->result != NULL)
		details = arena_printf(
			f->arena,
			",\"failure-details\":[{\"result-type\":\"%s\","
			"\"receiving-mx-hostname\":\"mx1.example.org\","
			"\"failed-session-count\":%lld%s%s%s}]",
			wish->result, (long long)wish->failures,
			wish->reason != NULL ? ",\"failure-reason-code\":\""
					     : "",
			or_else(wish->reason, ""),
			wish->reason != NULL ? "\"" : "");
	return arena_printf(
		f->arena,
		"{\"organization-name\":\"%s\",\"date-range\":{\"start-"
		"datetime\":\"%sT00:00:00Z\",\"end-datetime\":\"%sT23:59:59Z\"}"
		",\"contact-info\":\"%s\",\"report-id\":\"%s\",\"policies\":[{"
		"\"policy\":{\"policy-type\":\"%s\",\"policy-string\":["
		"\"version: STSv1\",\"%s\"],\"policy-domain\":\"%s\"}"
		",\"summary\":{\"total-successful-session-count\":%lld,"
		"\"total-failure-session-count\":%lld}%s}%s]}",
		or_else(wish->organization, "Sender"), date, date,
		or_else(wish->contact, "tlsrpt@sender.example"),
		or_else(wish->id, "id-1"),
		policy_type_name(wish->tlsa        ? POLICY_TLSA
	                         : wish->type == 0 ? POLICY_STS
	                                           : wish->type),
		fixture_json_lines(f, or_else(wish->policy, "mode: testing")),
		or_else(wish->domain, "example.org"),
		(long long)wish->successes, (long long)wish->failures, details,
		or_else(wish->more, ""));
}

struct report *fixture_report(struct fixture *f, const struct wish *wish)
{
	const char *json = json_of(f, wish);
	struct report *report;
	struct err err;

	must(report_parse(f->arena, json, strlen(json), &report, NULL, &err),
	     &err);
	return report;
}

int fixture_add_open(struct fixture *f, const struct wish *wish,
                     struct store_added *added, struct err *err)
{
	static bool configured[LIMIT_POLICIES];
	const char *json = json_of(f, wish);
	enum trust trust = wish->trust == TRUST_NONE && !wish->unproved
	                           ? TRUST_ANONYMOUS
	                           : wish->trust;
	uint8_t digest[DIGEST_SIZE];
	struct identity identity;
	struct store_entry entry = {
		.report = fixture_report(f, wish),
		.configured = configured,
		.identity = &identity,
		.trust = trust,
		.channel = CHANNEL_HTTPS,
		.received = wish->received != 0 ? wish->received : FIXTURE_NOW,
		.raw = (const uint8_t *)json,
		.raw_len = strlen(json),
		.anonymous_bytes = wish->anonymous_bytes != 0
	                                   ? wish->anonymous_bytes
	                                   : INT64_C(1) << 30,
		.readmitted = wish->again,
	};

	memset(configured, true, sizeof(configured));
	digest_sha256(json, strlen(json), digest);
	identity_of(f->arena, entry.report, trust,
	            text_of(or_else(wish->signer, "")), digest, &identity);
	return store_add(f->store, &entry, added, err);
}

struct store_added fixture_add(struct fixture *f, const struct wish *wish)
{
	struct store_added added;
	struct err err;

	must(store_begin(f->store, FIXTURE_NOW, &err), &err);
	must(fixture_add_open(f, wish, &added, &err), &err);
	must(store_commit(f->store, &err), &err);
	return added;
}

int64_t fixture_number(const struct fixture *f, const char *sql)
{
	sqlite3_stmt *statement;
	int64_t number = -1;
	sqlite3 *db;

	assert_int_equal(sqlite3_open_v2(f->store_path, &db,
	                                 SQLITE_OPEN_READONLY, NULL),
	                 SQLITE_OK);
	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	if (sqlite3_step(statement) == SQLITE_ROW)
		number = sqlite3_column_int64(statement, 0);
	(void)sqlite3_finalize(statement);
	(void)sqlite3_close(db);
	return number;
}

static bool fixture_has_reason(const struct report_detail *detail,
                               const char *reason)
{
	return reason == NULL ? detail->reason.len > 0
	                      : text_is(detail->reason, reason);
}

/* Those of one report. */
static int64_t fixture_count_details_of(const struct fixture *f, int64_t id,
                                        const char *reason)
{
	struct arena *arena = arena_new(0);
	struct report *report;
	int64_t count = 0;
	struct err err;
	size_t i, k;

	if (store_load(f->store, id, arena, &report, &err) < 0)
		fail_msg("%s", err.text);
	for (i = 0; i < report->policy_count; i++) {
		for (k = 0; k < report->policies[i].detail_count; k++)
			count += fixture_has_reason(
				&report->policies[i].details[k], reason);
	}
	arena_free(&arena);
	return count;
}

int64_t fixture_count_details(const struct fixture *f, const char *where,
                              const char *reason)
{
	int64_t id = 0, count = 0;
	char sql[256];

	for (;;) {
		(void)snprintf(sql, sizeof(sql),
		               "SELECT coalesce(min(id), 0) FROM report WHERE "
		               "id > %lld AND (%s)",
		               (long long)id, where);
		id = fixture_number(f, sql);
		if (id == 0)
			return count;
		count += fixture_count_details_of(f, id, reason);
	}
}

const char *fixture_file(struct fixture *f, const char *name,
                         const char *content)
{
	const char *path = arena_printf(f->arena, "%s/%s", f->folder, name);
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	(void)fputs(content, file);
	(void)fclose(file);
	return path;
}

const char *fixture_data(void)
{
	return TESTS_DATA;
}

void fixture_read(const char *name, struct buf *out)
{
	char path[512];
	struct err err;

	(void)snprintf(path, sizeof(path), "%s/%s", TESTS_DATA, name);
	must(file_read(path, out, &err), &err);
}
