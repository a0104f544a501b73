/*
 * What failed: the details of the reports that table failed names, added up
 * report by report.
 */
#include <stdlib.h>

#include "schema/store/body.h"
#include "schema/store/contribution.h"
#include "schema/store/read.h"
#include "schema/store/store_known.h"
#include "schema/store/store_load.h"
#include "schema/store/store_read_private.h"

/* Details of one element's type, result type and host. */
struct failed_group {
	enum policy_type type;
	enum result_type result;
	int64_t mx_id;
	int64_t sessions;
	int64_t reason_id; /* of one of them that has any */
};

int store_read_day_failures(struct store *store,
                            const struct store_day_range *range,
                            struct store_cursor **rows, struct err *err)
{
	static const char *const sql[2] = {
		"SELECT f.day, f.domain_id, r.reporter_id, r.count_as, r.body "
		"FROM failed AS f JOIN report AS r ON r.id = f.report_id WHERE "
		"f.day BETWEEN ?1 AND ?2 ORDER BY f.day, f.domain_id, "
		"f.report_id",
		"SELECT f.day, f.domain_id, r.reporter_id, r.count_as, r.body "
		"FROM failed AS f JOIN report AS r ON r.id = f.report_id WHERE "
		"f.day = ?1 AND f.domain_id BETWEEN ?2 AND ?3 ORDER BY "
		"f.domain_id, f.report_id",
	};

	if (range->until != 0) {
		*rows = store_read_new(store);
		if (store_known_open_failures(store, range, &(*rows)->known,
		                              err) == 0)
			return 0;
		store_read_close(rows);
		return -1;
	}
	if (store_read_day_open(store, sql, range, rows, err) < 0)
		return -1;
	(*rows)->arena = arena_new(0);
	return 0;
}

static int store_read_failed_order(const void *first, const void *second)
{
	const struct failed_group *a = first, *b = second;

	if (a->type != b->type)
		return (int)a->type - (int)b->type;
	if (a->result != b->result)
		return (int)a->result - (int)b->result;
	return (a->mx_id > b->mx_id) - (a->mx_id < b->mx_id);
}

static size_t store_read_failed_count_details(const struct body *body)
{
	size_t count = 0, i;

	for (i = 0; i < body->count; i++)
		count += body->elements[i].detail_count;
	return count;
}

static void store_read_failed_add_element(struct store_cursor *rows,
                                          const struct body_element *element)
{
	const struct body_detail *detail;
	size_t i;

	for (i = 0; i < element->detail_count; i++) {
		detail = &element->details[i];
		rows->groups[rows->group_count++] = (struct failed_group){
			element->type, detail->type, detail->mx_id,
			detail->sessions, detail->reason_id};
	}
}

static void store_read_failed_merge(struct store_cursor *rows)
{
	struct failed_group *groups = rows->groups;
	size_t i, kept = 0;

	qsort(groups, rows->group_count, sizeof(*groups),
	      store_read_failed_order);
	for (i = 0; i < rows->group_count; i++) {
		if (kept == 0 || store_read_failed_order(&groups[kept - 1],
		                                         &groups[i]) != 0) {
			groups[kept++] = groups[i];
			continue;
		}
		groups[kept - 1].sessions += groups[i].sessions;
		if (groups[kept - 1].reason_id == 0)
			groups[kept - 1].reason_id = groups[i].reason_id;
	}
	rows->group_count = kept;
}

/* Adds up what failed in the report of the cursor's row. */
static int store_read_failed_take(struct store_cursor *rows, struct err *err)
{
	int64_t domain_id = store_read_number(rows, 1);
	struct body body;
	size_t i;

	arena_reset(rows->arena, 0);
	rows->group_count = 0;
	rows->next_group = 0;
	if (body_decode(statement_column_blob(rows->statement, 4), rows->arena,
	                &body, err) < 0)
		return -1;
	rows->groups = arena_array(rows->arena,
	                           store_read_failed_count_details(&body),
	                           sizeof(*rows->groups));
	for (i = 0; i < body.count; i++) {
		if (body.elements[i].domain_id == domain_id &&
		    (body.elements[i].origin & STORE_ORIGIN_COUNTED) == 0)
			store_read_failed_add_element(rows, &body.elements[i]);
	}
	if (rows->group_count > 0)
		store_read_failed_merge(rows);
	return 0;
}

int store_read_day_failures_next(struct store_cursor *rows,
                                 struct store_failure_row *row, struct err *err)
{
	const struct failed_group *group;
	int result;

	if (rows->known != NULL)
		return store_known_next_failure(rows->known, row, err);
	while (rows->next_group == rows->group_count) {
		result = store_read_day_step(rows, err);
		if (result != 1)
			return result;
		if (store_read_failed_take(rows, err) < 0)
			return -1;
	}
	group = &rows->groups[rows->next_group++];
	row->day = store_read_number(rows, 0);
	row->type = group->type;
	row->result = group->result;
	row->reporter_id = store_read_number(rows, 2);
	row->count_as =
		statement_column_enum(rows->statement, 3, COUNT_AS_KINDS);
	row->sessions = group->sessions;
	if (store_load_host(rows->store, group->mx_id, rows->arena, &row->mx,
	                    err) < 0 ||
	    store_load_reason(rows->store, group->reason_id, rows->arena,
	                      &row->reason, err) < 0)
		return -1;
	return 1;
}
