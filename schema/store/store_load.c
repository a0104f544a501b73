#include "schema/store/store_load.h"

#include <string.h>

#include "schema/store/admin.h"
#include "schema/store/handle.h"
#include "schema/store/lines.h"
#include "schema/store/statement.h"

static int store_load_head(struct store *store, int64_t id, struct arena *arena,
                           struct report *report, struct err *err)
{
	struct engine_statement *s = engine_prepare(
		store->engine, STATEMENT_LOAD_REPORT,
		"SELECT organization, contact, report_id, begin, end, quirks, "
		"(SELECT count(*) FROM policy_result p WHERE p.report_id = "
		"r.id) FROM report r JOIN sender ON sender.id = sender_id "
		"WHERE r.id = ?1",
		err);
	int result;

	if (s == NULL)
		return -1;
	engine_bind_int(s, 1, id);
	result = engine_next(s, err);
	if (result == 0)
		return err_set(err, ERR_NOT_FOUND, "there is no report %lld",
		               (long long)id);
	if (result < 0)
		return -1;
	report->organization = statement_column_copy(s, 0, arena);
	report->contact = statement_column_copy(s, 1, arena);
	report->id = statement_column_copy(s, 2, arena);
	report->begin = engine_column_int(s, 3);
	report->end = engine_column_int(s, 4);
	report->quirks = (uint64_t)engine_column_int(s, 5);
	report->policy_count = (size_t)engine_column_int(s, 6);
	engine_reset(s);
	return 0;
}

static void store_load_read_result(struct engine_statement *s,
                                   struct arena *arena,
                                   struct report_policy *policy)
{
	policy->domain = statement_column_copy(s, 1, arena);
	policy->type = statement_column_enum(s, 2, POLICY_TYPES);
	policy->type_text = statement_column_copy(s, 3, arena);
	lines_decode(statement_column_copy(s, 5, arena), arena,
	             &policy->policy_string);
	lines_decode(statement_column_copy(s, 6, arena), arena,
	             &policy->mx_hosts);
	policy->successes = engine_column_int(s, 7);
	policy->failures = engine_column_int(s, 8);
	policy->detail_count = (size_t)engine_column_int(s, 9);
	policy->details = arena_array(arena, policy->detail_count,
	                              sizeof(*policy->details));
}

static int store_load_results(struct store *store, int64_t id,
                              struct arena *arena, struct store_loaded *loaded,
                              struct err *err)
{
	struct engine_statement *s = engine_prepare(
		store->engine, STATEMENT_LOAD_RESULTS,
		"SELECT r.domain_id, name, policy_type, type_text, policy_id, "
		"policy_string, mx_host, successes, failures, details, origin "
		"FROM policy_result r LEFT JOIN domain ON domain.id = "
		"r.domain_id LEFT JOIN policy_text ON policy_text.id = "
		"policy_id WHERE report_id = ?1 ORDER BY seq",
		err);
	size_t i = 0;
	int result;

	if (s == NULL)
		return -1;
	engine_bind_int(s, 1, id);
	while ((result = engine_next(s, err)) == 1) {
		loaded->domain_ids[i] = engine_column_int(s, 0);
		loaded->policy_ids[i] = engine_column_int(s, 4);
		loaded->origins[i] = (int)engine_column_int(s, 10);
		store_load_read_result(s, arena, &loaded->report->policies[i]);
		i++;
	}
	return result;
}

static struct report_ip store_load_read_ip(struct engine_statement *s, int at)
{
	struct report_ip ip = {{0}, 0};
	size_t len;
	const void *blob = engine_column_blob(s, at, &len);

	if (blob != NULL && len <= sizeof(ip.bytes)) {
		memcpy(ip.bytes, blob, len);
		ip.len = (uint8_t)len;
	}
	return ip;
}

static int store_load_details(struct store *store, int64_t id,
                              struct arena *arena, struct report *report,
                              struct err *err)
{
	struct engine_statement *s = engine_prepare(
		store->engine, STATEMENT_LOAD_DETAILS,
		"SELECT policy_seq, f.seq, result_type, type_text, sessions, "
		"sending_ip, receiving_ip, mx.name, helo.name, reason.text, "
		"additional FROM failure_detail f LEFT JOIN host mx ON mx.id = "
		"mx_id LEFT JOIN host helo ON helo.id = helo_id LEFT JOIN "
		"reason ON reason.id = reason_id WHERE report_id = ?1",
		err);
	struct report_detail *detail;
	int result;

	if (s == NULL)
		return -1;
	engine_bind_int(s, 1, id);
	while ((result = engine_next(s, err)) == 1) {
		detail = &report->policies[engine_column_int(s, 0)]
		                  .details[engine_column_int(s, 1)];
		detail->type = statement_column_enum(s, 2, RESULT_TYPES);
		detail->type_text = statement_column_copy(s, 3, arena);
		detail->sessions = engine_column_int(s, 4);
		detail->sending_ip = store_load_read_ip(s, 5);
		detail->receiving_ip = store_load_read_ip(s, 6);
		detail->receiving_mx = statement_column_copy(s, 7, arena);
		detail->helo = statement_column_copy(s, 8, arena);
		detail->reason = statement_column_copy(s, 9, arena);
		detail->additional = statement_column_copy(s, 10, arena);
	}
	return result;
}

int store_load_report(struct store *store, int64_t report_id,
                      struct arena *arena, struct store_loaded *loaded,
                      struct err *err)
{
	struct report *report = arena_alloc(arena, sizeof(*report));

	if (store_load_head(store, report_id, arena, report, err) < 0)
		return -1;
	loaded->report = report;
	report->policies = arena_array(arena, report->policy_count,
	                               sizeof(*report->policies));
	loaded->domain_ids = arena_array(arena, report->policy_count,
	                                 sizeof(*loaded->domain_ids));
	loaded->policy_ids = arena_array(arena, report->policy_count,
	                                 sizeof(*loaded->policy_ids));
	loaded->origins = arena_array(arena, report->policy_count,
	                              sizeof(*loaded->origins));
	if (store_load_results(store, report_id, arena, loaded, err) < 0)
		return -1;
	return store_load_details(store, report_id, arena, report, err);
}

int store_load(struct store *store, int64_t report_id, struct arena *arena,
               struct report **report, struct err *err)
{
	struct store_loaded loaded;

	if (store_load_report(store, report_id, arena, &loaded, err) < 0)
		return -1;
	*report = loaded.report;
	return 0;
}
