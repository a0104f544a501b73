/*
 * Takes one report in, or finds that it is there.
 */
#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "schema/limits.h"
#include "schema/store/conflict.h"
#include "schema/store/contribution.h"
#include "schema/store/dictionary.h"
#include "schema/store/dictionary_text.h"
#include "schema/store/handle.h"
#include "schema/store/statement.h"
#include "schema/store/store_copy.h"
#include "schema/store/store_evict.h"
#include "schema/store/store_sum.h"
#include "schema/store/store_usage.h"
#include "schema/store/write.h"

/* What the rows of a report take, roughly; of use for budgets only. */
#define BYTES_REPORT 200
#define BYTES_POLICY 80
#define BYTES_DETAIL 60

struct store_add_state {
	struct store *store;
	const struct store_entry *entry;
	struct store_added *added;
	struct arena *arena; /* for this call */
	int64_t day;
	int64_t bytes;
	int64_t reporter_id;
	struct store_loaded ids; /* of the entry's report */
	struct store_copies copies;
};

/* --- ceilings ------------------------------------------------------------ */

/* Texts that repeat are stored once. Here each counts in full: whoever sends
   ever new ones pays for them. */
static int64_t booking_bytes_of_list(const struct text_list *list)
{
	int64_t bytes = 0;
	size_t i;

	for (i = 0; i < list->count; i++)
		bytes += (int64_t)list->items[i].len;
	return bytes;
}

static int64_t booking_bytes_of_detail(const struct report_detail *detail)
{
	return BYTES_DETAIL +
	       (int64_t)(detail->additional.len + detail->reason.len +
	                 detail->receiving_mx.len + detail->helo.len);
}

static int64_t booking_bytes(const struct store_entry *entry)
{
	const struct report *report = entry->report;
	int64_t bytes = BYTES_REPORT + (int64_t)report->id.len +
	                (int64_t)entry->raw_len;
	size_t i, k;

	bytes += (int64_t)(report->organization.len + report->contact.len);
	for (i = 0; i < report->policy_count; i++) {
		bytes += BYTES_POLICY +
		         booking_bytes_of_list(
				 &report->policies[i].policy_string) +
		         booking_bytes_of_list(&report->policies[i].mx_hosts);
		for (k = 0; k < report->policies[i].detail_count; k++)
			bytes += booking_bytes_of_detail(
				&report->policies[i].details[k]);
	}
	return bytes;
}

static int store_add_limits_refuse(struct store_add_state *a,
                                   enum refusal refusal, const char *sentence)
{
	a->added->outcome = OUTCOME_REFUSED;
	a->added->refusal = refusal;
	(void)snprintf(a->added->sentence, sizeof(a->added->sentence), "%s",
	               sentence);
	return 1;
}

/* Reports that a reporter has for a domain on the day, proved ones and others
   apart, so that nobody fills another's place. */
static int store_add_limits_count_reports(struct store_add_state *a,
                                          int64_t domain_id, int64_t *count,
                                          struct err *err)
{
	sqlite3_stmt *s = statement_get(
		a->store, STATEMENT_QUOTA,
		"SELECT coalesce(sum(reports), 0) FROM day_sum WHERE day = ?1 "
		"AND domain_id = ?2 AND policy_type BETWEEN 0 AND 3 AND "
		"reporter_id = ?3 AND (standing IN (2, 3)) = ?4",
		err);

	if (s == NULL)
		return -1;
	(void)sqlite3_bind_int64(s, 1, a->day);
	(void)sqlite3_bind_int64(s, 2, domain_id);
	(void)sqlite3_bind_int64(s, 3, a->reporter_id);
	(void)sqlite3_bind_int(s, 4, trust_is_proof(a->entry->trust) ? 1 : 0);
	if (statement_step(a->store, s, err) < 0)
		return -1;
	*count = sqlite3_column_int64(s, 0);
	(void)sqlite3_reset(s);
	return 0;
}

/* 1 when the report is refused, 0 when there is room, -1 on error. */
static int store_add_limits_check_budget(struct store_add_state *a,
                                         struct err *err)
{
	int64_t rows, bytes;

	if (trust_is_proof(a->entry->trust))
		return 0;
	if (store_usage_read(a->store, STORE_USAGE_ANONYMOUS, &rows, &bytes,
	                     err) < 0)
		return -1;
	if (bytes + a->bytes <= a->entry->anonymous_bytes)
		return 0;
	return store_add_limits_refuse(
		a, REFUSAL_OVER_QUOTA,
		"the budget for reports whose origin is not proved "
		"(anonymous_bytes) is used up");
}

/* Whether there is a place among the copies of the key, or one that gives way:
   then its number in *victim, else STORE_COPIES_MAX. */
static int store_add_limits_check_copies(struct store_add_state *a,
                                         size_t *victim)
{
	bool proved = trust_is_proof(a->entry->trust);
	enum rank rank = a->entry->identity->rank;
	const struct store_copy *lowest =
		conflict_lowest(&a->copies, proved, a->reporter_id);

	*victim = STORE_COPIES_MAX;
	if (lowest == NULL)
		return 0;
	if (rank <= lowest->rank && (!proved || a->entry->readmitted))
		return store_add_limits_refuse(
			a, REFUSAL_OVER_QUOTA,
			"one more content for a report of which enough "
			"copies are kept");
	*victim = (size_t)(lowest - a->copies.items);
	return 0;
}

static int store_add_limits_check_quota(struct store_add_state *a,
                                        struct err *err)
{
	const struct report *report = a->entry->report;
	int64_t count;
	size_t i;

	for (i = 0; i < report->policy_count; i++) {
		if (a->ids.domain_ids[i] == 0)
			continue;
		if (store_add_limits_count_reports(a, a->ids.domain_ids[i],
		                                   &count, err) < 0)
			return -1;
		if (count >= LIMIT_REPORTS_A_DAY)
			return store_add_limits_refuse(
				a, REFUSAL_OVER_QUOTA,
				"the reporter has its number of reports "
				"for this domain and day");
	}
	return 0;
}

/* --- ids ----------------------------------------------------------------- */

/* Whether a domain that the store does not know may come in: 1 when the report
   is refused for it. */
static int store_add_ids_check_domain(struct store_add_state *a, size_t policy,
                                      int64_t newcomers, struct err *err)
{
	int64_t admitted, bytes;

	if (a->entry->configured[policy])
		return 0;
	if (store_usage_read(a->store, STORE_USAGE_ADMITTED, &admitted, &bytes,
	                     err) < 0)
		return -1;
	if (a->entry->may_admit &&
	    admitted + newcomers < a->entry->max_admitted)
		return 0;
	return store_add_limits_refuse(
		a, REFUSAL_UNKNOWN_DOMAIN,
		"the policy domain is not configured, and nothing admits "
		"it");
}

/* Looks the domains up; those that are new are made when nothing speaks
   against the report any more. */
static int store_add_ids_find_domains(struct store_add_state *a,
                                      struct err *err)
{
	const struct report *report = a->entry->report;
	int64_t newcomers = 0;
	int refused = 0;
	size_t i;

	for (i = 0; i < report->policy_count && refused == 0; i++) {
		a->ids.domain_ids[i] = 0;
		if (report->policies[i].domain.len == 0)
			continue;
		if (dictionary_domain_find(a->store, report->policies[i].domain,
		                           &a->ids.domain_ids[i], err) < 0)
			return -1;
		if (a->ids.domain_ids[i] == 0)
			refused = store_add_ids_check_domain(a, i, newcomers++,
			                                     err);
	}
	return refused;
}

static int store_add_ids_make_domains(struct store_add_state *a,
                                      struct err *err)
{
	const struct report *report = a->entry->report;
	struct text name;
	int64_t *id;
	size_t i;

	for (i = 0; i < report->policy_count; i++) {
		id = &a->ids.domain_ids[i];
		name = report->policies[i].domain;
		if (*id != 0 || name.len == 0)
			continue;
		/* An element before may have made it. */
		if (dictionary_domain_find(a->store, name, id, err) < 0 ||
		    (*id == 0 && dictionary_domain_add(a->store, name,
		                                       !a->entry->configured[i],
		                                       id, err) < 0))
			return -1;
	}
	return 0;
}

static bool store_add_ids_is_of_mx(const struct store_add_state *a,
                                   size_t policy)
{
	return a->entry->of_mx != NULL && a->entry->of_mx[policy];
}

/* Whether the report names the domain itself, in any element. */
static bool store_add_ids_has_domain_itself(const struct store_add_state *a,
                                            int64_t domain_id)
{
	size_t i;

	for (i = 0; i < a->entry->report->policy_count; i++) {
		if (a->ids.domain_ids[i] == domain_id &&
		    !store_add_ids_is_of_mx(a, i))
			return true;
	}
	return false;
}

/* Whether the reporter said the same of the domain's MX hosts in another report
   of the day: in one that names the domain, where this one names hosts only, or
   the other way round. 1, 0, or -1 on error. */
static int store_add_ids_find_elsewhere(struct store_add_state *a,
                                        size_t policy, struct err *err)
{
	const struct report_policy *element =
		&a->entry->report->policies[policy];
	int64_t domain_id = a->ids.domain_ids[policy];
	sqlite3_stmt *s = statement_get(
		a->store, STATEMENT_SAME_SESSIONS,
		"SELECT 1 FROM report AS r JOIN policy_result AS p ON "
		"p.report_id = r.id WHERE r.day = ?1 AND EXISTS (SELECT 1 FROM "
		"day_sum WHERE day = ?1 AND domain_id = ?2 AND policy_type = "
		"?3 AND reporter_id = ?4) AND r.reporter_id = ?4 AND (r.trust "
		"IN (2, 3)) = ?5 AND r.standing <> 4 AND r.key <> ?6 AND "
		"p.domain_id = ?2 AND p.policy_type = ?3 AND p.origin < 2 AND "
		"p.successes = ?7 AND p.failures = ?8 AND "
		"(EXISTS (SELECT 1 FROM policy_result AS q WHERE q.report_id = "
		"r.id AND q.domain_id = ?2 AND q.origin & 1 = 0)) <> ?9 LIMIT "
		"1",
		err);
	int result;

	if (s == NULL)
		return -1;
	(void)sqlite3_bind_int64(s, 1, a->day);
	(void)sqlite3_bind_int64(s, 2, domain_id);
	(void)sqlite3_bind_int(s, 3, (int)element->type);
	(void)sqlite3_bind_int64(s, 4, a->reporter_id);
	(void)sqlite3_bind_int(s, 5, trust_is_proof(a->entry->trust) ? 1 : 0);
	(void)sqlite3_bind_int64(s, 6, a->entry->identity->key);
	(void)sqlite3_bind_int64(s, 7, element->successes);
	(void)sqlite3_bind_int64(s, 8, element->failures);
	(void)sqlite3_bind_int(
		s, 9, store_add_ids_has_domain_itself(a, domain_id) ? 1 : 0);
	result = statement_step(a->store, s, err);
	(void)sqlite3_reset(s);
	return result;
}

/* A sender may report the sessions of an MX host (RFC 8460 section 4.4:
   policy-domain is the host's name for DANE) to the domain and to the host. */
static int store_add_ids_find_origins(struct store_add_state *a,
                                      struct err *err)
{
	const struct report *report = a->entry->report;
	int elsewhere;
	size_t i;

	for (i = 0; i < report->policy_count; i++) {
		a->ids.origins[i] =
			store_add_ids_is_of_mx(a, i) ? STORE_ORIGIN_MX : 0;
		if (a->entry->of_mx == NULL || a->ids.domain_ids[i] == 0 ||
		    report->policies[i].type != POLICY_TLSA)
			continue;
		elsewhere = store_add_ids_find_elsewhere(a, i, err);
		if (elsewhere < 0)
			return -1;
		if (elsewhere == 1)
			a->ids.origins[i] |= STORE_ORIGIN_COUNTED;
	}
	return 0;
}

static enum policy_seen_as booking_seen_as(const struct store_entry *entry)
{
	if (!evidence_is_admissible(entry->report->begin, entry->report->end,
	                            entry->received, entry->trust))
		return POLICY_SEEN_ONLY;
	return trust_is_proof(entry->trust) ? POLICY_SEEN_PROVED
	                                    : POLICY_SEEN_ANONYMOUS;
}

static struct policy_seen
store_add_ids_policy_seen(const struct store_add_state *a, int64_t domain_id)
{
	return (struct policy_seen){domain_id, a->day,
	                            booking_seen_as(a->entry),
	                            trust_is_proof(a->entry->trust), NULL};
}

static int store_add_ids_find_policies(struct store_add_state *a,
                                       struct err *err)
{
	const struct report *report = a->entry->report;
	struct policy_quota share = {.reporter_id = a->reporter_id};
	struct policy_seen sighting = store_add_ids_policy_seen(a, 0);
	size_t i;

	if (sighting.proved)
		sighting.quota = &share;
	for (i = 0; i < report->policy_count; i++) {
		a->ids.policy_ids[i] = 0;
		sighting.domain_id = a->ids.domain_ids[i];
		if (a->ids.domain_ids[i] != 0 &&
		    dictionary_text_policy(a->store, &sighting,
		                           &report->policies[i],
		                           &a->ids.policy_ids[i], err) < 0)
			return -1;
	}
	return 0;
}

/* --- rows ---------------------------------------------------------------- */

static int store_add_rows_report(struct store_add_state *a,
                                 const struct store_copy *copy,
                                 int64_t sender_id, struct err *err)
{
	const struct report *report = a->entry->report;
	sqlite3_stmt *s = statement_get(
		a->store, STATEMENT_REPORT_ADD,
		"INSERT INTO report (day, key, copy, digest, reporter_id, "
		"sender_id, report_id, begin, end, received, channel, trust, "
		"rank, standing, quirks, bytes, authentication) VALUES (?1, "
		"?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, "
		"?16, ?17)",
		err);

	if (s == NULL)
		return -1;
	(void)sqlite3_bind_int64(s, 1, a->day);
	(void)sqlite3_bind_int64(s, 2, a->entry->identity->key);
	(void)sqlite3_bind_int64(s, 3, copy->number);
	(void)sqlite3_bind_blob(s, 4, copy->digest, DIGEST_SIZE, SQLITE_STATIC);
	(void)sqlite3_bind_int64(s, 5, copy->reporter_id);
	(void)sqlite3_bind_int64(s, 6, sender_id);
	statement_bind_text(s, 7, report->id);
	(void)sqlite3_bind_int64(s, 8, report->begin);
	(void)sqlite3_bind_int64(s, 9, report->end);
	(void)sqlite3_bind_int64(s, 10, copy->received);
	(void)sqlite3_bind_int(s, 11, (int)a->entry->channel);
	(void)sqlite3_bind_int(s, 12, (int)copy->trust);
	(void)sqlite3_bind_int(s, 13, (int)copy->rank);
	(void)sqlite3_bind_int(s, 14, (int)copy->count_as);
	(void)sqlite3_bind_int64(s, 15, (int64_t)report->quirks);
	(void)sqlite3_bind_int64(s, 16, copy->bytes);
	(void)sqlite3_bind_int(s, 17, (int)a->entry->authentication);
	return statement_run(a->store, s, err);
}

static void store_add_rows_bind_ip(sqlite3_stmt *s, int at,
                                   const struct report_ip *ip)
{
	if (ip->len == 0)
		(void)sqlite3_bind_null(s, at);
	else
		(void)sqlite3_bind_blob(s, at, ip->bytes, ip->len,
		                        SQLITE_STATIC);
}

/* Where a detail belongs. */
struct store_add_position {
	int64_t report_id;
	int64_t domain_id;
	size_t policy;
	size_t detail;
};

static int store_add_rows_detail(struct store_add_state *a,
                                 const struct store_add_position *spot,
                                 const struct report_detail *detail,
                                 struct err *err)
{
	const struct policy_seen sighting =
		store_add_ids_policy_seen(a, spot->domain_id);
	int64_t mx = 0, helo = 0, reason = 0;
	sqlite3_stmt *s;

	if (spot->domain_id != 0 &&
	    (dictionary_text_host(a->store, &sighting, detail->receiving_mx,
	                          &mx, err) < 0 ||
	     dictionary_text_host(a->store, &sighting, detail->helo, &helo,
	                          err) < 0 ||
	     dictionary_text_reason(a->store, &sighting, detail->reason,
	                            &reason, err) < 0))
		return -1;
	s = statement_get(a->store, STATEMENT_DETAIL_ADD,
	                  "INSERT INTO failure_detail VALUES (?1, ?2, ?3, "
	                  "?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
	                  err);
	if (s == NULL)
		return -1;
	(void)sqlite3_bind_int64(s, 1, spot->report_id);
	(void)sqlite3_bind_int64(s, 2, (int64_t)spot->policy);
	(void)sqlite3_bind_int64(s, 3, (int64_t)spot->detail);
	(void)sqlite3_bind_int(s, 4, (int)detail->type);
	statement_bind_text_or_null(s, 5, detail->type_text);
	(void)sqlite3_bind_int64(s, 6, detail->sessions);
	store_add_rows_bind_ip(s, 7, &detail->sending_ip);
	store_add_rows_bind_ip(s, 8, &detail->receiving_ip);
	statement_bind_id(s, 9, mx);
	statement_bind_id(s, 10, helo);
	statement_bind_id(s, 11, reason);
	statement_bind_text_or_null(s, 12, detail->additional);
	return statement_run(a->store, s, err);
}

static int store_add_rows_result(struct store_add_state *a,
                                 const struct store_add_position *spot,
                                 struct err *err)
{
	const struct report_policy *policy =
		&a->entry->report->policies[spot->policy];
	sqlite3_stmt *s = statement_get(
		a->store, STATEMENT_RESULT_ADD,
		"INSERT INTO policy_result VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, "
		"?8, ?9, ?10, ?11)",
		err);

	if (s == NULL)
		return -1;
	(void)sqlite3_bind_int64(s, 1, spot->report_id);
	(void)sqlite3_bind_int64(s, 2, (int64_t)spot->policy);
	(void)sqlite3_bind_int64(s, 3, a->day);
	statement_bind_id(s, 4, spot->domain_id);
	(void)sqlite3_bind_int(s, 5, (int)policy->type);
	statement_bind_text_or_null(s, 6, policy->type_text);
	statement_bind_id(s, 7, a->ids.policy_ids[spot->policy]);
	(void)sqlite3_bind_int64(s, 8, policy->successes);
	(void)sqlite3_bind_int64(s, 9, policy->failures);
	(void)sqlite3_bind_int64(s, 10, (int64_t)policy->detail_count);
	(void)sqlite3_bind_int(s, 11, a->ids.origins[spot->policy]);
	return statement_run(a->store, s, err);
}

static int store_add_rows_results(struct store_add_state *a, int64_t report_id,
                                  struct err *err)
{
	const struct report *report = a->entry->report;
	const struct report_policy *policy;
	struct store_add_position spot = {.report_id = report_id};

	for (spot.policy = 0; spot.policy < report->policy_count;
	     spot.policy++) {
		policy = &report->policies[spot.policy];
		spot.domain_id = a->ids.domain_ids[spot.policy];
		if (store_add_rows_result(a, &spot, err) < 0)
			return -1;
		for (spot.detail = 0; spot.detail < policy->detail_count;
		     spot.detail++) {
			if (store_add_rows_detail(a, &spot,
			                          &policy->details[spot.detail],
			                          err) < 0)
				return -1;
		}
	}
	return 0;
}

static int store_add_rows_raw(struct store_add_state *a, int64_t report_id,
                              struct err *err)
{
	sqlite3_stmt *s;

	if (a->entry->raw == NULL)
		return 0;
	s = statement_get(a->store, STATEMENT_RAW_ADD,
	                  "INSERT INTO raw VALUES (?1, ?2, ?3)", err);
	if (s == NULL)
		return -1;
	(void)sqlite3_bind_int64(s, 1, report_id);
	(void)sqlite3_bind_int64(s, 2, a->entry->received);
	(void)sqlite3_bind_blob(s, 3, a->entry->raw, (int)a->entry->raw_len,
	                        SQLITE_STATIC);
	return statement_run(a->store, s, err);
}

static int store_add_rows_touch_domains(struct store_add_state *a,
                                        const struct contributions *parts,
                                        struct err *err)
{
	const struct contribution *part;
	sqlite3_stmt *s;
	size_t i;
	int type;

	for (i = 0; i < parts->count; i++) {
		part = &parts->items[i];
		if (dictionary_series_note(a->store, part->domain_id,
		                           part->type, -1, a->day, err) < 0)
			return -1;
		for (type = 0; type < RESULT_TYPES; type++) {
			if (part->by_result[type] != 0 &&
			    dictionary_series_note(a->store, part->domain_id,
			                           part->type, type, a->day,
			                           err) < 0)
				return -1;
		}
		if (!part->first)
			continue;
		s = statement_get(a->store, STATEMENT_DOMAIN_TOUCH,
		                  "UPDATE domain SET last_end = "
		                  "max(last_end, ?2), last_received = "
		                  "max(last_received, ?3) WHERE id = ?1",
		                  err);
		if (s == NULL)
			return -1;
		(void)sqlite3_bind_int64(s, 1, part->domain_id);
		(void)sqlite3_bind_int64(s, 2, a->entry->report->end);
		(void)sqlite3_bind_int64(s, 3, a->entry->received);
		if (statement_run(a->store, s, err) < 0)
			return -1;
	}
	return 0;
}

/* --- one copy more ------------------------------------------------------- */

static struct store_copy *store_add_new_copy(struct store_add_state *a)
{
	const struct store_entry *entry = a->entry;
	struct store_copy *copy = &a->copies.items[a->copies.count];

	*copy = (struct store_copy){0};
	copy->number = a->copies.count == 0 ? 0 : copy[-1].number + 1;
	memcpy(copy->digest, entry->identity->digest, DIGEST_SIZE);
	copy->reporter_id = a->reporter_id;
	copy->begin = entry->report->begin;
	copy->end = entry->report->end;
	copy->received = entry->received;
	copy->bytes = a->bytes;
	copy->trust = entry->trust;
	copy->rank = entry->identity->rank;
	copy->count_as = (enum count_as)entry->trust;
	return copy;
}

static int store_add_rows_count_usage(struct store_add_state *a,
                                      const struct store_copy *copy,
                                      struct err *err)
{
	if (store_usage_add(a->store, STORE_USAGE_REPORTS, 1, copy->bytes,
	                    err) < 0)
		return -1;
	if (trust_is_proof(copy->trust))
		return 0;
	return store_usage_add(a->store, STORE_USAGE_ANONYMOUS, 1, copy->bytes,
	                       err);
}

static int store_add_rows_all(struct store_add_state *a,
                              struct store_copy *copy, struct err *err)
{
	const struct report *report = a->entry->report;
	int64_t sender_id;

	if (dictionary_sender_id(a->store, report->organization,
	                         report->contact, &sender_id, err) < 0 ||
	    store_add_rows_report(a, copy, sender_id, err) < 0)
		return -1;
	copy->id = sqlite3_last_insert_rowid(a->store->db);
	if (store_add_rows_results(a, copy->id, err) < 0 ||
	    store_add_rows_raw(a, copy->id, err) < 0 ||
	    store_add_rows_count_usage(a, copy, err) < 0)
		return -1;
	return 0;
}

/* The usual case: nothing else has this key. */
static int store_add_book_alone(struct store_add_state *a,
                                const struct store_copy *copy, struct err *err)
{
	struct sum_key place = {a->day, copy->reporter_id, copy->count_as};

	if (evidence_is_admissible(copy->begin, copy->end, copy->received,
	                           copy->trust))
		return store_sum_apply_both(a->store, &place,
		                            &copy->contributions, err);
	return store_sum_apply_counts(a->store, &place, &copy->contributions, 1,
	                              err);
}

static int store_add_evict(struct store_add_state *a, size_t victim,
                           struct err *err)
{
	if (victim == STORE_COPIES_MAX)
		return 0;
	if (store_evict(a->store, a->copies.items[victim].id, a->entry->budgets,
	                err) < 0)
		return -1;
	return store_copy_remove(a->store, &a->copies, &a->copies.items[victim],
	                         err);
}

static int store_add_copy(struct store_add_state *a, size_t victim,
                          struct err *err)
{
	bool alone = a->copies.count == 0;
	struct store_copy *copy;

	if (store_add_ids_make_domains(a, err) < 0 ||
	    store_add_ids_find_policies(a, err) < 0 ||
	    store_add_ids_find_origins(a, err) < 0)
		return -1;
	if (!alone &&
	    (store_copy_open(a->store, a->arena, &a->copies, err) < 0 ||
	     store_add_evict(a, victim, err) < 0))
		return -1;
	copy = store_add_new_copy(a);
	if (store_add_rows_all(a, copy, err) < 0)
		return -1;
	contribution_list(&a->ids, a->arena, &copy->contributions);
	if (store_add_rows_touch_domains(a, &copy->contributions, err) < 0)
		return -1;
	a->copies.count++;
	a->added->report_id = copy->id;
	a->added->outcome = alone ? OUTCOME_STORED : OUTCOME_CONFLICT;
	if (alone)
		return store_add_book_alone(a, copy, err);
	(void)snprintf(a->added->sentence, sizeof(a->added->sentence),
	               "report %lld has the same reporter, report-id, range "
	               "and domains, and another content",
	               (long long)a->copies.items[0].id);
	return store_copy_settle(a->store, a->arena, &a->copies, err);
}

/* --- the same again ------------------------------------------------------ */

static struct store_copy *store_add_find_twin(struct store_add_state *a)
{
	size_t i;

	for (i = 0; i < a->copies.count; i++) {
		if (memcmp(a->copies.items[i].digest,
		           a->entry->identity->digest, DIGEST_SIZE) == 0)
			return &a->copies.items[i];
	}
	return NULL;
}

static int store_add_rows_authentication(struct store_add_state *a,
                                         int64_t report_id, struct err *err)
{
	sqlite3_stmt *s = statement_get(
		a->store, STATEMENT_REPORT_RAISE,
		"UPDATE report SET authentication = ?2 WHERE id = ?1", err);

	if (s == NULL)
		return -1;
	(void)sqlite3_bind_int64(s, 1, report_id);
	(void)sqlite3_bind_int(s, 2, (int)a->entry->authentication);
	return statement_run(a->store, s, err);
}

static int store_add_rows_delete_results(struct store_add_state *a,
                                         int64_t report_id, struct err *err)
{
	sqlite3_stmt *s = statement_get(
		a->store, STATEMENT_RESULTS_DELETE,
		"DELETE FROM policy_result WHERE report_id = ?1", err);

	if (s == NULL)
		return -1;
	(void)sqlite3_bind_int64(s, 1, report_id);
	return statement_run(a->store, s, err);
}

/* The rows of a twin written again with the texts that a proved report may
   have: strangers may have used up those of unproved ones when it came. */
static int store_add_rewrite_twin(struct store_add_state *a,
                                  struct store_copy *twin, struct err *err)
{
	if (store_add_ids_make_domains(a, err) < 0 ||
	    store_add_ids_find_policies(a, err) < 0 ||
	    store_add_ids_find_origins(a, err) < 0 ||
	    store_copy_unbook(a->store, &a->copies, twin, err) < 0 ||
	    store_add_rows_delete_results(a, twin->id, err) < 0 ||
	    store_add_rows_results(a, twin->id, err) < 0)
		return -1;
	contribution_list(&a->ids, a->arena, &twin->contributions);
	return store_add_rows_touch_domains(a, &twin->contributions, err);
}

/* A twin that proves more raises what is stored. */
static int store_add_raise_trust(struct store_add_state *a,
                                 struct store_copy *twin, struct err *err)
{
	bool now_proved = !trust_is_proof(twin->trust) &&
	                  trust_is_proof(a->entry->trust);

	if (twin->rank == RANK_UNCOUNTED) {
		twin = store_copy_move_last(a->store, &a->copies, twin, err);
		if (twin == NULL)
			return -1;
	}
	twin->trust = a->entry->trust;
	twin->rank = a->entry->identity->rank;
	twin->reporter_id = a->reporter_id;
	a->added->trust_raised = true;
	if (store_add_rows_authentication(a, twin->id, err) < 0)
		return -1;
	if (now_proved && (store_usage_add(a->store, STORE_USAGE_ANONYMOUS, -1,
	                                   -twin->bytes, err) < 0 ||
	                   store_add_rewrite_twin(a, twin, err) < 0))
		return -1;
	return store_copy_settle(a->store, a->arena, &a->copies, err);
}

/* Whether it says more of whose report it is: a signature of the key's own
   reporter more than any other, else the higher trust. */
static bool booking_is_better_proved(const struct store_entry *entry,
                                     const struct store_copy *twin)
{
	return entry->identity->rank != twin->rank
	               ? entry->identity->rank > twin->rank
	               : entry->trust > twin->trust;
}

static int store_add_book_twin(struct store_add_state *a,
                               struct store_copy *twin, struct err *err)
{
	int64_t id = twin->id;
	size_t victim = STORE_COPIES_MAX;
	int refused = 0;

	a->added->report_id = id;
	if (booking_is_better_proved(a->entry, twin)) {
		if (dictionary_reporter_id(
			    a->store, a->entry->identity->reporter,
			    a->entry->received, &a->reporter_id, err) < 0)
			return -1;
		refused = store_add_ids_find_domains(a, err);
		if (refused == 0 && trust_is_proof(a->entry->trust) !=
		                            trust_is_proof(twin->trust))
			refused = store_add_limits_check_copies(a, &victim);
		if (refused < 0)
			return -1;
	}
	/* Whatever speaks against raising it: it is there. */
	a->added->outcome = OUTCOME_DUPLICATE;
	a->added->sentence[0] = '\0';
	if (!booking_is_better_proved(a->entry, twin) || refused != 0)
		return 0;
	if (store_copy_open(a->store, a->arena, &a->copies, err) < 0 ||
	    store_add_evict(a, victim, err) < 0)
		return -1;
	/* Another copy went, not this one: the victim is none of its own. The
	   others may have moved. */
	twin = store_add_find_twin(a);
	if (twin == NULL)
		return err_set(err, ERR_SYSTEM, "the copy to raise is gone");
	return store_add_raise_trust(a, twin, err);
}

/* --- the whole ----------------------------------------------------------- */

/* A report that names no domain counts nowhere. */
static bool booking_has_domain(const struct report *report)
{
	size_t i;

	for (i = 0; i < report->policy_count; i++) {
		if (report->policies[i].domain.len > 0)
			return true;
	}
	return false;
}

static int store_add_find_or_add(struct store_add_state *a, struct err *err)
{
	struct store_copy *twin;
	size_t victim = STORE_COPIES_MAX;
	int refused;

	if (store_copy_find(a->store, a->day, a->entry->identity->key,
	                    &a->copies, err) < 0)
		return -1;
	twin = store_add_find_twin(a);
	if (twin != NULL)
		return store_add_book_twin(a, twin, err);
	if (!booking_has_domain(a->entry->report)) {
		(void)store_add_limits_refuse(a, REFUSAL_UNKNOWN_DOMAIN,
		                              "it names no policy domain");
		return 0;
	}
	refused = store_add_limits_check_budget(a, err);
	if (refused == 0)
		refused = store_add_ids_find_domains(a, err);
	if (refused == 0)
		refused = dictionary_reporter_id(a->store,
		                                 a->entry->identity->reporter,
		                                 a->entry->received,
		                                 &a->reporter_id, err);
	if (refused == 0)
		refused = store_add_limits_check_copies(a, &victim);
	if (refused == 0)
		refused = store_add_limits_check_quota(a, err);
	if (refused != 0)
		return refused < 0 ? -1 : 0;
	return store_add_copy(a, victim, err);
}

static void store_add_count_sessions(const struct store_add_state *a)
{
	const struct report *report = a->entry->report;
	int64_t sessions = 0, failed = 0, unknown = 0;
	size_t i, k;

	for (i = 0; i < report->policy_count; i++) {
		sessions += report->policies[i].successes +
		            report->policies[i].failures;
		failed += report->policies[i].failures;
		for (k = 0; k < report->policies[i].detail_count; k++)
			unknown += report->policies[i].details[k].type ==
			           RESULT_OTHER;
	}
	store_counter_add(a->store, "ingested_sessions", "", "", sessions);
	store_counter_add(a->store, "ingested_failed_sessions", "", "", failed);
	store_counter_add(a->store, "unknown_result_types", "", "", unknown);
}

int store_add(struct store *store, const struct store_entry *entry,
              struct store_added *added, struct err *err)
{
	struct store_add_state a = {
		.store = store, .entry = entry, .added = added};
	const struct report *report = entry->report;
	int result;

	*added = (struct store_added){0};
	a.day = report_day(report);
	a.bytes = booking_bytes(entry);
	a.arena = arena_new(0);
	a.ids.report = memcpy(arena_alloc(a.arena, sizeof(*report)), report,
	                      sizeof(*report));
	a.ids.domain_ids =
		arena_array(a.arena, report->policy_count, sizeof(int64_t));
	a.ids.policy_ids =
		arena_array(a.arena, report->policy_count, sizeof(int64_t));
	a.ids.origins = arena_array(a.arena, report->policy_count, sizeof(int));
	result = store_add_find_or_add(&a, err);
	if (result == 0 && added->outcome == OUTCOME_STORED)
		store_add_count_sessions(&a);
	arena_free(&a.arena);
	return result;
}
