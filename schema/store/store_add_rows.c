/*
 * The rows of a report.
 */
#include "base/digest.h"
#include "schema/series.h"
#include "schema/store/conflict.h"
#include "schema/store/contribution.h"
#include "schema/store/dictionary.h"
#include "schema/store/dictionary_text.h"
#include "schema/store/handle.h"
#include "schema/store/statement.h"
#include "schema/store/store_add_private.h"
#include "schema/store/store_usage.h"

/* Where a detail belongs. */
struct store_add_position {
	int64_t report_id;
	int64_t domain_id;
	size_t policy;
	size_t detail;
};

/* Sets the id of the copy. */
static int store_add_rows_report(struct store_add_state *a,
                                 struct store_copy *copy, int64_t sender_id,
                                 struct err *err)
{
	const struct report *report = a->entry->report;
	struct engine_statement *s = engine_prepare(
		a->store->engine, STATEMENT_REPORT_ADD,
		"INSERT INTO report (day, key, copy, digest, reporter_id, "
		"sender_id, report_id, begin, end, received, channel, trust, "
		"rank, standing, quirks, bytes, authentication, proved) VALUES "
		"(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, "
		"?15, ?16, ?17, ?18)",
		err);

	if (s == NULL)
		return -1;
	engine_bind_int(s, 1, a->day);
	engine_bind_int(s, 2, a->entry->identity->key);
	engine_bind_int(s, 3, copy->number);
	engine_bind_blob(s, 4, copy->digest, DIGEST_SIZE);
	engine_bind_int(s, 5, copy->reporter_id);
	engine_bind_int(s, 6, sender_id);
	engine_bind_text(s, 7, report->id);
	engine_bind_int(s, 8, report->begin);
	engine_bind_int(s, 9, report->end);
	engine_bind_int(s, 10, copy->received);
	engine_bind_int(s, 11, a->entry->channel);
	engine_bind_int(s, 12, copy->trust);
	engine_bind_int(s, 13, copy->rank);
	engine_bind_int(s, 14, copy->count_as);
	engine_bind_int(s, 15, (int64_t)report->quirks);
	engine_bind_int(s, 16, copy->bytes);
	engine_bind_int(s, 17, a->entry->authentication);
	if (trust_is_proof(copy->trust))
		engine_bind_int(s, 18, copy->proved);
	else
		engine_bind_null(s, 18);
	return engine_insert(s, &copy->id, err);
}

static void store_add_rows_bind_ip(struct engine_statement *s, int at,
                                   const struct report_ip *ip)
{
	if (ip->len == 0)
		engine_bind_null(s, at);
	else
		engine_bind_blob(s, at, ip->bytes, ip->len);
}

static int store_add_rows_detail(struct store_add_state *a,
                                 const struct store_add_position *position,
                                 const struct report_detail *detail,
                                 struct err *err)
{
	const struct policy_seen seen =
		store_add_ids_policy_seen(a, position->domain_id);
	int64_t mx = 0, helo = 0, reason = 0;
	struct engine_statement *s;

	if (position->domain_id != 0 &&
	    (dictionary_text_host(a->store, &seen, detail->receiving_mx, &mx,
	                          err) < 0 ||
	     dictionary_text_host(a->store, &seen, detail->helo, &helo, err) <
	             0 ||
	     dictionary_text_reason(a->store, &seen, detail->reason, &reason,
	                            err) < 0))
		return -1;
	s = engine_prepare(a->store->engine, STATEMENT_DETAIL_ADD,
	                   "INSERT INTO failure_detail VALUES (?1, ?2, ?3, "
	                   "?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
	                   err);
	if (s == NULL)
		return -1;
	engine_bind_int(s, 1, position->report_id);
	engine_bind_int(s, 2, (int64_t)position->policy);
	engine_bind_int(s, 3, (int64_t)position->detail);
	engine_bind_int(s, 4, detail->type);
	statement_bind_text_or_null(s, 5, detail->type_text);
	engine_bind_int(s, 6, detail->sessions);
	store_add_rows_bind_ip(s, 7, &detail->sending_ip);
	store_add_rows_bind_ip(s, 8, &detail->receiving_ip);
	statement_bind_id(s, 9, mx);
	statement_bind_id(s, 10, helo);
	statement_bind_id(s, 11, reason);
	statement_bind_text_or_null(s, 12, detail->additional);
	return engine_queue(s, err);
}

static int store_add_rows_result(struct store_add_state *a,
                                 const struct store_add_position *position,
                                 struct err *err)
{
	const struct report_policy *policy =
		&a->entry->report->policies[position->policy];
	struct engine_statement *s = engine_prepare(
		a->store->engine, STATEMENT_RESULT_ADD,
		"INSERT INTO policy_result VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, "
		"?8, ?9, ?10, ?11)",
		err);

	if (s == NULL)
		return -1;
	engine_bind_int(s, 1, position->report_id);
	engine_bind_int(s, 2, (int64_t)position->policy);
	engine_bind_int(s, 3, a->day);
	statement_bind_id(s, 4, position->domain_id);
	engine_bind_int(s, 5, policy->type);
	statement_bind_text_or_null(s, 6, policy->type_text);
	statement_bind_id(s, 7, a->ids.policy_ids[position->policy]);
	engine_bind_int(s, 8, policy->successes);
	engine_bind_int(s, 9, policy->failures);
	engine_bind_int(s, 10, (int64_t)policy->detail_count);
	engine_bind_int(s, 11, a->ids.origins[position->policy]);
	return engine_queue(s, err);
}

int store_add_rows_results(struct store_add_state *a, int64_t report_id,
                           struct err *err)
{
	const struct report *report = a->entry->report;
	const struct report_policy *policy;
	struct store_add_position position = {.report_id = report_id};

	for (position.policy = 0; position.policy < report->policy_count;
	     position.policy++) {
		policy = &report->policies[position.policy];
		position.domain_id = a->ids.domain_ids[position.policy];
		if (store_add_rows_result(a, &position, err) < 0)
			return -1;
		for (position.detail = 0;
		     position.detail < policy->detail_count;
		     position.detail++) {
			if (store_add_rows_detail(
				    a, &position,
				    &policy->details[position.detail], err) < 0)
				return -1;
		}
	}
	return 0;
}

static int store_add_rows_raw(struct store_add_state *a, int64_t report_id,
                              struct err *err)
{
	struct engine_statement *s;

	if (a->entry->raw == NULL)
		return 0;
	s = engine_prepare(a->store->engine, STATEMENT_RAW_ADD,
	                   "INSERT INTO raw VALUES (?1, ?2, ?3)", err);
	if (s == NULL)
		return -1;
	engine_bind_int(s, 1, report_id);
	engine_bind_int(s, 2, a->entry->received);
	engine_bind_blob(s, 3, a->entry->raw, a->entry->raw_len);
	return engine_queue(s, err);
}

int store_add_rows_touch_domains(struct store_add_state *a,
                                 const struct contributions *contributions,
                                 struct err *err)
{
	const struct contribution *contribution;
	struct engine_statement *s;
	size_t i;
	int type;

	for (i = 0; i < contributions->count; i++) {
		contribution = &contributions->items[i];
		if (dictionary_series_note(a->store, contribution->domain_id,
		                           contribution->type, -1, a->day,
		                           err) < 0)
			return -1;
		for (type = 0; type < RESULT_TYPES; type++) {
			if (contribution->by_result[type] != 0 &&
			    dictionary_series_note(
				    a->store, contribution->domain_id,
				    contribution->type, type, a->day, err) < 0)
				return -1;
		}
		if (!contribution->first)
			continue;
		s = engine_prepare(
			a->store->engine, STATEMENT_DOMAIN_TOUCH,
			"UPDATE domain SET last_end = CASE "
			"WHEN last_end < ?2 THEN ?2 ELSE last_end END, last_received "
			"= CASE WHEN last_received < ?3 THEN ?3 ELSE last_received "
			"END WHERE id = ?1",
			err);
		if (s == NULL)
			return -1;
		engine_bind_int(s, 1, contribution->domain_id);
		engine_bind_int(s, 2, a->entry->report->end);
		engine_bind_int(s, 3, a->entry->received);
		if (engine_queue(s, err) < 0)
			return -1;
	}
	return 0;
}

static int store_add_rows_count_usage(struct store_add_state *a,
                                      const struct store_copy *copy,
                                      struct err *err)
{
	if (store_usage_add(a->store, SERIES_USAGE_REPORTS, 1, copy->bytes,
	                    err) < 0)
		return -1;
	if (trust_is_proof(copy->trust))
		return 0;
	return store_usage_add(a->store, SERIES_USAGE_ANONYMOUS, 1, copy->bytes,
	                       err);
}

int store_add_rows_all(struct store_add_state *a, struct store_copy *copy,
                       struct err *err)
{
	const struct report *report = a->entry->report;
	int64_t sender_id;

	if (dictionary_sender_id(a->store, report->organization,
	                         report->contact, &sender_id, err) < 0 ||
	    store_add_rows_report(a, copy, sender_id, err) < 0 ||
	    store_add_rows_results(a, copy->id, err) < 0 ||
	    store_add_rows_raw(a, copy->id, err) < 0 ||
	    store_add_rows_count_usage(a, copy, err) < 0)
		return -1;
	return 0;
}

int store_add_rows_authentication(struct store_add_state *a, int64_t report_id,
                                  struct err *err)
{
	struct engine_statement *s = engine_prepare(
		a->store->engine, STATEMENT_REPORT_RAISE,
		"UPDATE report SET authentication = ?2 WHERE id = ?1", err);

	if (s == NULL)
		return -1;
	engine_bind_int(s, 1, report_id);
	engine_bind_int(s, 2, a->entry->authentication);
	return engine_queue(s, err);
}

int store_add_rows_delete_results(struct store_add_state *a, int64_t report_id,
                                  struct err *err)
{
	struct engine_statement *s = engine_prepare(
		a->store->engine, STATEMENT_RESULTS_DELETE,
		"DELETE FROM policy_result WHERE report_id = ?1", err);

	if (s == NULL)
		return -1;
	engine_bind_int(s, 1, report_id);
	return engine_queue(s, err);
}
