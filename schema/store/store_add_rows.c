/*
 * The rows of a report.
 */
#include "base/timestamp.h"
#include "schema/limits.h"
#include "schema/series.h"
#include "schema/store/body.h"
#include "schema/store/conflict.h"
#include "schema/store/contribution.h"
#include "schema/store/dictionary.h"
#include "schema/store/dictionary_text.h"
#include "schema/store/handle.h"
#include "schema/store/statement.h"
#include "schema/store/store_add_private.h"
#include "schema/store/store_usage.h"

/* The row of a report; sets the id of the copy. */
static int store_add_rows_report(struct store_add_state *a,
                                 struct store_copy *copy, int64_t sender_id,
                                 const struct buf *body, struct err *err)
{
	const struct report *report = a->entry->report;
	const int64_t midnight = a->day * SECONDS_PER_DAY;
	struct engine_statement *s = engine_prepare(
		a->store->engine, STATEMENT_REPORT_ADD,
		"INSERT INTO report (day, key, copy, digest, reporter_id, "
		"sender_id, report_id, begin_at, end_at, received_at, "
		"proved_at, channel, trust, rank, count_as, quirks, bytes, "
		"authentication, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, "
		"?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)",
		err);

	if (s == NULL)
		return -1;
	engine_bind_int(s, 1, a->day);
	engine_bind_int(s, 2, a->entry->identity->key);
	engine_bind_int(s, 3, copy->number);
	engine_bind_blob(s, 4, copy->digest, sizeof(copy->digest));
	engine_bind_int(s, 5, copy->reporter_id);
	engine_bind_int(s, 6, sender_id);
	engine_bind_text(s, 7, report->id);
	engine_bind_int(s, 8, report->begin - midnight);
	engine_bind_int(s, 9, report->end - midnight);
	engine_bind_int(s, 10, copy->received - midnight);
	if (trust_is_proof(copy->trust))
		engine_bind_int(s, 11, copy->proved - midnight);
	else
		engine_bind_null(s, 11);
	engine_bind_int(s, 12, (int)a->entry->channel);
	engine_bind_int(s, 13, (int)copy->trust);
	engine_bind_int(s, 14, (int)copy->rank);
	engine_bind_int(s, 15, (int)copy->count_as);
	engine_bind_int(s, 16, (int64_t)report->quirks);
	engine_bind_int(s, 17, copy->bytes);
	engine_bind_int(s, 18, (int)a->entry->authentication);
	engine_bind_blob(s, 19, body->data, body->len);
	return engine_insert(s, &copy->id, err);
}

/* The ids of a detail's texts. */
static int store_add_rows_detail(struct store_add_state *a, int64_t domain_id,
                                 const struct report_detail *detail,
                                 struct body_detail *out, struct err *err)
{
	const struct policy_seen seen = store_add_ids_policy_seen(a, domain_id);

	*out = (struct body_detail){
		.type = detail->type,
		.type_text = detail->type_text,
		.sessions = detail->sessions,
		.sending_ip = detail->sending_ip,
		.receiving_ip = detail->receiving_ip,
		.additional = detail->additional,
	};
	if (domain_id == 0)
		return 0;
	if (dictionary_text_host(a->store, &seen, detail->receiving_mx,
	                         &out->mx_id, err) < 0 ||
	    dictionary_text_host(a->store, &seen, detail->helo, &out->helo_id,
	                         err) < 0)
		return -1;
	return dictionary_text_reason(a->store, &seen, detail->reason,
	                              &out->reason_id, err);
}

static int store_add_rows_element(struct store_add_state *a, size_t i,
                                  struct body_element *out, struct err *err)
{
	const struct report_policy *policy = &a->entry->report->policies[i];
	size_t k;

	*out = (struct body_element){
		.domain_id = a->ids.domain_ids[i],
		.type = policy->type,
		.type_text = policy->type_text,
		.policy_id = a->ids.policy_ids[i],
		.has_policy_string = policy->policy_string.count > 0,
		.origin = a->ids.origins[i],
		.successes = policy->successes,
		.failures = policy->failures,
		.details = arena_array(a->arena, policy->detail_count,
	                               sizeof(*out->details)),
		.detail_count = policy->detail_count,
	};
	for (k = 0; k < policy->detail_count; k++) {
		if (store_add_rows_detail(a, out->domain_id,
		                          &policy->details[k], &out->details[k],
		                          err) < 0)
			return -1;
	}
	return 0;
}

int store_add_rows_body(struct store_add_state *a, struct buf *packed,
                        struct err *err)
{
	const struct report *report = a->entry->report;
	struct body body = {arena_array(a->arena, report->policy_count,
	                                sizeof(*body.elements)),
	                    report->policy_count};
	size_t i;

	for (i = 0; i < body.count; i++) {
		if (store_add_rows_element(a, i, &body.elements[i], err) < 0)
			return -1;
	}
	body_encode(&body, packed);
	return packed->full ? err_set(err, ERR_TOO_LARGE,
	                              "the report has too much in it")
	                    : 0;
}

/* A row for each domain of which it says that something failed. */
static int store_add_rows_failed(struct store_add_state *a, int64_t report_id,
                                 struct err *err)
{
	const struct report *report = a->entry->report;
	struct engine_statement *s;
	size_t i;

	for (i = 0; i < report->policy_count; i++) {
		if (a->ids.domain_ids[i] == 0 ||
		    (report->policies[i].failures == 0 &&
		     report->policies[i].detail_count == 0))
			continue;
		s = engine_prepare(a->store->engine, STATEMENT_FAILED_ADD,
		                   "INSERT INTO failed (day, domain_id, "
		                   "report_id) VALUES (?1, ?2, ?3) ON CONFLICT "
		                   "DO NOTHING",
		                   err);
		if (s == NULL)
			return -1;
		engine_bind_int(s, 1, a->day);
		engine_bind_int(s, 2, a->ids.domain_ids[i]);
		engine_bind_int(s, 3, report_id);
		if (engine_queue(s, err) < 0)
			return -1;
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
	struct buf body = BUF_INIT(LIMIT_BODY);
	int64_t sender_id;
	int result = -1;

	if (dictionary_sender_id(a->store, report->organization,
	                         report->contact, &sender_id, err) == 0 &&
	    store_add_rows_body(a, &body, err) == 0 &&
	    store_add_rows_report(a, copy, sender_id, &body, err) == 0 &&
	    store_add_rows_failed(a, copy->id, err) == 0 &&
	    store_add_rows_raw(a, copy->id, err) == 0)
		result = store_add_rows_count_usage(a, copy, err);
	buf_free(&body);
	return result;
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
	engine_bind_int(s, 2, (int)a->entry->authentication);
	return engine_queue(s, err);
}

int store_add_rows_rewrite(struct store_add_state *a, int64_t report_id,
                           struct err *err)
{
	struct buf body = BUF_INIT(LIMIT_BODY);
	struct engine_statement *s = engine_prepare(
		a->store->engine, STATEMENT_REPORT_BODY,
		"UPDATE report SET body = ?2 WHERE id = ?1", err);
	int result = -1;

	if (s != NULL && store_add_rows_body(a, &body, err) == 0) {
		engine_bind_int(s, 1, report_id);
		engine_bind_blob(s, 2, body.data, body.len);
		result = engine_queue(s, err);
	}
	buf_free(&body);
	return result;
}
