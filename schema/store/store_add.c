/*
 * Takes one report in, or finds that it is there.
 */
#include <stdio.h>
#include <string.h>

#include "schema/series.h"
#include "schema/store/booking.h"
#include "schema/store/conflict.h"
#include "schema/store/contribution.h"
#include "schema/store/dictionary.h"
#include "schema/store/store_add_private.h"
#include "schema/store/store_copy.h"
#include "schema/store/store_evict.h"
#include "schema/store/store_sum.h"
#include "schema/store/store_usage.h"
#include "schema/store/write.h"

/* --- one copy more ------------------------------------------------------- */

static struct store_copy *store_add_new_copy(struct store_add_state *a)
{
	const struct store_entry *entry = a->entry;
	struct store_copy *copy = &a->copies.items[a->copies.count];

	*copy = (struct store_copy){0};
	copy->number = a->copies.count == 0 ? 0 : copy[-1].number + 1;
	memcpy(copy->digest, entry->identity->digest, sizeof(copy->digest));
	copy->reporter_id = a->reporter_id;
	copy->begin = entry->report->begin;
	copy->end = entry->report->end;
	copy->received = entry->received;
	copy->proved = entry->received;
	copy->bytes = a->bytes;
	copy->trust = entry->trust;
	copy->rank = entry->identity->rank;
	copy->count_as = (enum count_as)entry->trust;
	return copy;
}

/* Its reporter is proved from now on, if it was not before. */
static int store_add_note_proof(struct store_add_state *a, struct err *err)
{
	return trust_is_proof(a->entry->trust)
	               ? dictionary_reporter_prove(a->store,
	                                           a->entry->identity->reporter,
	                                           a->entry->received, err)
	               : 0;
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

/* Takes what the stored copies are worth out of the sums. */
static int store_add_take_out(struct store_add_state *a, struct err *err)
{
	if (store_copy_load(a->store, a->arena, &a->copies, err) < 0)
		return -1;
	sums_add_copies(&a->sums, &a->copies, a->arena, -1);
	return 0;
}

/* Which of the copies count now; what they are worth goes into the sums. */
static int store_add_put_back(struct store_add_state *a, struct err *err)
{
	conflict_resolve(&a->copies);
	if (store_copy_write(a->store, &a->copies, err) < 0)
		return -1;
	sums_add_copies(&a->sums, &a->copies, a->arena, 1);
	return 0;
}

static int store_add_copy(struct store_add_state *a, size_t victim,
                          struct err *err)
{
	bool alone = a->copies.count == 0;
	struct store_copy *copy;

	if (store_add_ids_make_domains(a, err) < 0 ||
	    store_add_ids_find_policies(a, err) < 0 ||
	    store_add_ids_find_origins(a, err) < 0 ||
	    store_add_note_proof(a, err) < 0)
		return -1;
	if (!alone && (store_add_take_out(a, err) < 0 ||
	               store_add_evict(a, victim, err) < 0))
		return -1;
	copy = store_add_new_copy(a);
	contribution_list(&a->ids, a->arena, &copy->contributions);
	a->copies.count++;
	if (!alone && store_add_put_back(a, err) < 0)
		return -1;
	if (alone)
		sums_add_copies(&a->sums, &a->copies, a->arena, 1);
	if (store_add_rows_all(a, copy, err) < 0 ||
	    store_add_rows_touch_domains(a, &copy->contributions, err) < 0)
		return -1;
	a->added->report_id = copy->id;
	a->added->outcome = alone ? OUTCOME_STORED : OUTCOME_CONFLICT;
	if (!alone)
		(void)snprintf(
			a->added->sentence, sizeof(a->added->sentence),
			"report %lld has the same reporter, report-id, range "
			"and domains, and another content",
			(long long)a->copies.items[0].id);
	return 0;
}

/* --- the same again ------------------------------------------------------ */

static struct store_copy *store_add_find_twin(struct store_add_state *a)
{
	size_t i;

	for (i = 0; i < a->copies.count; i++) {
		if (memcmp(a->copies.items[i].digest,
		           a->entry->identity->digest,
		           sizeof(a->copies.items[i].digest)) == 0)
			return &a->copies.items[i];
	}
	return NULL;
}

/* The rows of a twin written again with the texts that a proved report may
   have: strangers may have used up those of unproved ones when it came. */
static int store_add_rewrite_twin(struct store_add_state *a,
                                  struct store_copy *twin, struct err *err)
{
	if (store_add_ids_make_domains(a, err) < 0 ||
	    store_add_ids_find_policies(a, err) < 0 ||
	    store_add_ids_find_origins(a, err) < 0 ||
	    store_add_rows_rewrite(a, twin->id, err) < 0)
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
	/* Who had proved it before has not proved it anew. */
	if (!trust_is_proof(twin->trust) || twin->reporter_id != a->reporter_id)
		twin->proved = a->entry->received;
	twin->trust = a->entry->trust;
	twin->rank = a->entry->identity->rank;
	twin->reporter_id = a->reporter_id;
	twin->raised = true;
	a->added->trust_raised = true;
	if (store_add_note_proof(a, err) < 0 ||
	    store_add_rows_authentication(a, twin->id, err) < 0)
		return -1;
	if (now_proved && (store_usage_add(a->store, SERIES_USAGE_ANONYMOUS, -1,
	                                   -twin->bytes, err) < 0 ||
	                   store_add_rewrite_twin(a, twin, err) < 0))
		return -1;
	return store_add_put_back(a, err);
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
	if (store_add_take_out(a, err) < 0 ||
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
	store_counter_add(a->store, SERIES_INGESTED_SESSIONS, "", "", sessions);
	store_counter_add(a->store, SERIES_INGESTED_FAILED_SESSIONS, "", "",
	                  failed);
	store_counter_add(a->store, SERIES_UNKNOWN_RESULT_TYPES, "", "",
	                  unknown);
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
	if (result == 0) {
		sums_merge(&a.sums);
		result = store_sum_write(store, &a.sums, err);
	}
	sums_free(&a.sums);
	if (result == 0 && added->outcome == OUTCOME_STORED)
		store_add_count_sessions(&a);
	arena_free(&a.arena);
	return result;
}
