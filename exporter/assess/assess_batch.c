#include "exporter/assess/assess_batch.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

struct assess_batch assess_batch_new(const struct assess_domain *domains,
                                     size_t count)
{
	return (struct assess_batch){
		.domains = domains,
		.count = count,
		.arena = arena_new(0),
	};
}

void assess_batch_free(struct assess_batch *batch)
{
	arena_free(&batch->arena);
	free(batch->rows);
	free(batch->policies);
}

/* Grows an array by doubling. */
static void *assess_batch_grow(void *array, size_t count, size_t *room,
                               size_t size)
{
	if (count < *room)
		return array;
	*room = *room == 0 ? 256 : *room * 2;
	return memory_resize(array, *room * size);
}

/* --- reading ------------------------------------------------------------- */

static int assess_batch_read_rows(struct store *store,
                                  const struct store_day_range *range,
                                  struct assess_batch *batch, struct err *err)
{
	struct store_cursor *rows;
	struct store_sum_row row;
	int result;

	if (store_read_day_sums(store, range, &rows, err) < 0)
		return -1;
	while ((result = store_read_day_sums_next(rows, &row, err)) == 1) {
		batch->rows = assess_batch_grow(batch->rows, batch->row_count,
		                                &batch->row_room,
		                                sizeof(*batch->rows));
		batch->rows[batch->row_count++] = row;
	}
	store_read_close(&rows);
	return result;
}

static int assess_batch_compare_policies(const void *a, const void *b)
{
	const struct stored_policy *x = a, *y = b;

	if (x->domain_id != y->domain_id)
		return x->domain_id < y->domain_id ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

static int assess_batch_read_policies(struct store *store,
                                      const struct store_day_range *range,
                                      struct assess_batch *batch,
                                      struct err *err)
{
	struct store_cursor *rows;
	struct store_policy_row row;
	struct stored_policy *policy;
	int result;

	if (store_read_policies(store, range, &rows, err) < 0)
		return -1;
	while ((result = store_read_policies_next(rows, batch->arena, &row,
	                                          err)) == 1) {
		batch->policies = assess_batch_grow(batch->policies,
		                                    batch->policy_count,
		                                    &batch->policy_room,
		                                    sizeof(*batch->policies));
		policy = &batch->policies[batch->policy_count++];
		*policy = (struct stored_policy){
			.id = row.id,
			.domain_id = row.domain_id,
			.empty = row.lines.count == 0,
			.first_day = row.first_day,
			.first_proved = row.first_proved,
		};
		sts_policy_parse(batch->arena, &row.lines, &policy->policy);
	}
	store_read_close(&rows);
	if (batch->policy_count > 0)
		qsort(batch->policies, batch->policy_count,
		      sizeof(*batch->policies), assess_batch_compare_policies);
	return result;
}

int assess_batch_read(struct store *store, const struct store_day_range *range,
                      struct assess_batch *batch, struct err *err)
{
	batch->first_day = (int32_t)range->first_day;
	if (assess_batch_read_rows(store, range, batch, err) < 0)
		return -1;
	return assess_batch_read_policies(store, range, batch, err);
}

/* --- one domain after the other ------------------------------------------ */

void assess_batch_sort(const struct assess_batch *batch,
                       struct row_index *index)
{
	size_t i, sum = 0, of_id;

	index->first = batch->domains[0].id;
	index->count =
		(size_t)(batch->domains[batch->count - 1].id - index->first) +
		1;
	index->starts = arena_array(batch->arena, index->count + 1,
	                            sizeof(*index->starts));
	index->sorted = arena_array(batch->arena, batch->row_count,
	                            sizeof(*index->sorted));
	for (i = 0; i < batch->row_count; i++)
		index->starts[batch->rows[i].domain_id - index->first]++;
	for (i = 0; i <= index->count; i++) {
		of_id = index->starts[i];
		index->starts[i] = sum;
		sum += of_id;
	}
	for (i = 0; i < batch->row_count; i++)
		index->sorted[index->starts[batch->rows[i].domain_id -
		                            index->first]++] = batch->rows[i];
	/* Each start has moved to its end: the one before is the start. */
	memmove(index->starts + 1, index->starts,
	        index->count * sizeof(*index->starts));
	index->starts[0] = 0;
}

struct domain_rows assess_batch_domain_rows(const struct assess_batch *batch,
                                            const struct row_index *index,
                                            size_t i)
{
	const struct assess_domain *domain = &batch->domains[i];
	struct domain_rows out = {.name = domain->name,
	                          .first_day = batch->first_day};
	size_t at = (size_t)(domain->id - index->first), low = 0, high;

	if (domain->id == 0)
		return out;
	out.rows = index->sorted + index->starts[at];
	out.row_count = index->starts[at + 1] - index->starts[at];
	while (low < batch->policy_count &&
	       batch->policies[low].domain_id < domain->id)
		low++;
	for (high = low; high < batch->policy_count &&
	                 batch->policies[high].domain_id == domain->id;
	     high++)
		;
	out.policies = batch->policies + low;
	out.policy_count = high - low;
	return out;
}
