/*
 * Ids of what a report names, and whether another report counts its sessions.
 */
#include "schema/series.h"
#include "schema/store/booking.h"
#include "schema/store/contribution.h"
#include "schema/store/dictionary.h"
#include "schema/store/dictionary_text.h"
#include "schema/store/handle.h"
#include "schema/store/statement.h"
#include "schema/store/store_add_private.h"
#include "schema/store/store_usage.h"

/* Whether a domain that the store does not know may come in: 1 when the report
   is refused for it. */
static int store_add_ids_check_domain(struct store_add_state *a, size_t policy,
                                      int64_t newcomers, struct err *err)
{
	int64_t admitted, bytes;

	if (a->entry->configured[policy])
		return 0;
	if (store_usage_read(a->store, SERIES_USAGE_ADMITTED, &admitted, &bytes,
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

int store_add_ids_find_domains(struct store_add_state *a, struct err *err)
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

int store_add_ids_make_domains(struct store_add_state *a, struct err *err)
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
	struct engine_statement *s = engine_prepare(
		a->store->engine, STATEMENT_SAME_SESSIONS,
		"SELECT 1 FROM report AS r JOIN policy_result AS p ON "
		"p.report_id = r.id WHERE r.day = ?1 AND EXISTS (SELECT 1 FROM "
		"day_sum WHERE day = ?1 AND domain_id = ?2 AND policy_type = "
		"?3 AND reporter_id = ?4) AND r.reporter_id = ?4 AND "
		"CASE WHEN r.trust IN (2, 3) THEN 1 ELSE 0 END = ?5 AND "
		"r.standing <> 4 AND r.key <> ?6 AND p.domain_id = ?2 AND "
		"p.policy_type = ?3 AND p.origin < 2 AND p.successes = ?7 "
		"AND p.failures = ?8 AND "
		"CASE WHEN EXISTS (SELECT 1 FROM policy_result AS q WHERE "
		"q.report_id = r.id AND q.domain_id = ?2 AND q.origin & 1 = 0) "
		"THEN 1 ELSE 0 END <> ?9 LIMIT 1",
		err);
	int result;

	if (s == NULL)
		return -1;
	engine_bind_int(s, 1, a->day);
	engine_bind_int(s, 2, domain_id);
	engine_bind_int(s, 3, element->type);
	engine_bind_int(s, 4, a->reporter_id);
	engine_bind_int(s, 5, trust_is_proof(a->entry->trust) ? 1 : 0);
	engine_bind_int(s, 6, a->entry->identity->key);
	engine_bind_int(s, 7, element->successes);
	engine_bind_int(s, 8, element->failures);
	engine_bind_int(s, 9,
	                store_add_ids_has_domain_itself(a, domain_id) ? 1 : 0);
	result = engine_next(s, err);
	engine_reset(s);
	return result;
}

int store_add_ids_find_origins(struct store_add_state *a, struct err *err)
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

struct policy_seen store_add_ids_policy_seen(const struct store_add_state *a,
                                             int64_t domain_id)
{
	return (struct policy_seen){domain_id,
	                            a->day,
	                            booking_seen_from(a->entry),
	                            booking_seen_as(a->entry),
	                            trust_is_proof(a->entry->trust),
	                            NULL};
}

int store_add_ids_find_policies(struct store_add_state *a, struct err *err)
{
	const struct report *report = a->entry->report;
	struct policy_quota quota = {.reporter_id = a->reporter_id};
	struct policy_seen seen = store_add_ids_policy_seen(a, 0);
	size_t i;

	if (seen.proved)
		seen.quota = &quota;
	for (i = 0; i < report->policy_count; i++) {
		a->ids.policy_ids[i] = 0;
		seen.domain_id = a->ids.domain_ids[i];
		if (a->ids.domain_ids[i] != 0 &&
		    dictionary_text_policy(a->store, &seen,
		                           &report->policies[i],
		                           &a->ids.policy_ids[i], err) < 0)
			return -1;
	}
	return 0;
}
