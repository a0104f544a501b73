/*
 * Ceilings: what a report is refused for.
 */
#include <stdio.h>

#include "schema/limits.h"
#include "schema/series.h"
#include "schema/store/conflict.h"
#include "schema/store/handle.h"
#include "schema/store/statement.h"
#include "schema/store/store_add_private.h"
#include "schema/store/store_usage.h"

int store_add_limits_refuse(struct store_add_state *a, enum refusal refusal,
                            const char *sentence)
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
	struct engine_statement *s = engine_prepare(
		a->store->engine, STATEMENT_QUOTA,
		"SELECT coalesce(sum(reports), 0) FROM day_sum WHERE day = ?1 "
		"AND domain_id = ?2 AND policy_type BETWEEN 0 AND 3 AND "
		"reporter_id = ?3 AND CASE WHEN count_as IN (2, 3) "
		"THEN 1 ELSE 0 END = ?4",
		err);

	if (s == NULL)
		return -1;
	engine_bind_int(s, 1, a->day);
	engine_bind_int(s, 2, domain_id);
	engine_bind_int(s, 3, a->reporter_id);
	engine_bind_int(s, 4, trust_is_proof(a->entry->trust) ? 1 : 0);
	if (engine_next(s, err) < 0)
		return -1;
	*count = engine_column_int(s, 0);
	engine_reset(s);
	return 0;
}

int store_add_limits_check_budget(struct store_add_state *a, struct err *err)
{
	int64_t rows, bytes;

	if (trust_is_proof(a->entry->trust))
		return 0;
	if (store_usage_read(a->store, SERIES_USAGE_ANONYMOUS, &rows, &bytes,
	                     err) < 0)
		return -1;
	if (bytes + a->bytes <= a->entry->anonymous_bytes)
		return 0;
	return store_add_limits_refuse(
		a, REFUSAL_OVER_QUOTA,
		"the budget for reports whose origin is not proved "
		"(anonymous_bytes) is used up");
}

int store_add_limits_check_copies(struct store_add_state *a, size_t *victim)
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

int store_add_limits_check_quota(struct store_add_state *a, struct err *err)
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
