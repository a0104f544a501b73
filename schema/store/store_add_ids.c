/*
 * Ids of what a report names, and whether another report counts its sessions.
 */
#include "schema/series.h"
#include "schema/store/body.h"
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

/* Whether a stored report of the reporter counts the same sessions: it names
   the domain, where this one names hosts of it only, or the other way round. */
static bool store_add_ids_is_same(const struct body *body,
                                  const struct report_policy *element,
                                  int64_t domain_id, bool names_itself)
{
	bool itself = false, same = false;
	const struct body_element *other;
	size_t i;

	for (i = 0; i < body->count; i++) {
		other = &body->elements[i];
		if (other->domain_id != domain_id)
			continue;
		if ((other->origin & STORE_ORIGIN_MX) == 0)
			itself = true;
		if (other->type == element->type &&
		    (other->origin & STORE_ORIGIN_COUNTED) == 0 &&
		    other->successes == element->successes &&
		    other->failures == element->failures)
			same = true;
	}
	return same && itself != names_itself;
}

/* The bodies of the day's other reports of the reporter, where one of them can
   be about the domain. */
static struct engine_statement *
store_add_ids_ask_elsewhere(struct store_add_state *a, int64_t domain_id,
                            enum policy_type type, struct err *err)
{
	struct engine_statement *s = engine_prepare(
		a->store->engine, STATEMENT_SAME_SESSIONS,
		"SELECT r.body FROM report AS r WHERE r.day = ?1 AND EXISTS "
		"(SELECT 1 FROM day_sum WHERE day = ?1 AND domain_id = ?2 AND "
		"policy_type = ?3 AND reporter_id = ?4) AND r.reporter_id = ?4 "
		"AND CASE WHEN r.trust IN (2, 3) THEN 1 ELSE 0 END = ?5 AND r.count_as <> 4 AND r.key <> "
		"?6",
		err);

	if (s == NULL)
		return NULL;
	engine_bind_int(s, 1, a->day);
	engine_bind_int(s, 2, domain_id);
	engine_bind_int(s, 3, (int)type);
	engine_bind_int(s, 4, a->reporter_id);
	engine_bind_int(s, 5, trust_is_proof(a->entry->trust) ? 1 : 0);
	engine_bind_int(s, 6, a->entry->identity->key);
	return s;
}

/* Whether the reporter said the same of the domain's MX hosts in another report
   of the day. 1, 0, or -1 on error. */
static int store_add_ids_find_elsewhere(struct store_add_state *a,
                                        size_t policy, struct err *err)
{
	const struct report_policy *element =
		&a->entry->report->policies[policy];
	int64_t domain_id = a->ids.domain_ids[policy];
	bool itself = store_add_ids_has_domain_itself(a, domain_id);
	struct engine_statement *s =
		store_add_ids_ask_elsewhere(a, domain_id, element->type, err);
	struct arena *arena;
	struct body body;
	bool found = false;
	int result = 1;

	if (s == NULL)
		return -1;
	arena = arena_new(0);
	while (!found && (result = engine_next(s, err)) == 1) {
		arena_reset(arena, 0);
		if (body_decode(statement_column_blob(s, 0), arena, &body,
		                err) < 0) {
			result = -1;
			break;
		}
		found = store_add_ids_is_same(&body, element, domain_id,
		                              itself);
	}
	engine_reset(s);
	arena_free(&arena);
	return result < 0 ? -1 : found;
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
