/*
 * What the store held at a moment in the past, worked out from the reports that
 * had arrived by then; a cursor of read.h is over these rows where its range
 * has a moment.
 *
 * It is what the sums said then, by the same code, but for what the store does
 * not keep:
 * - reports that were deleted since: by age (store_read_expired_before()), or
 *   because a copy that proves more took their place (they are in the ledger);
 * - what a report was before its proof came. It is taken for what its document
 *   and its channel make of it: an unproved one, in the name of its
 *   contact-info, of mail not counted at all. Who had proved it before somebody
 *   else did, and a signature that came after an Authentication-Results, are
 *   forgotten; so is a policy text beyond the ceiling for unproved reports,
 *   which was `_other` until the proof came;
 * - that a report was refused, and accepted when it was read again: it stands
 *   with its arrival.
 * The first days of policies are those that are known today, where they lie
 * before the moment: a report shows a policy of no more than three days before
 * it arrives, so that only the last days can come from reports that came later.
 */
#ifndef SCHEMA_STORE_STORE_KNOWN_H
#define SCHEMA_STORE_STORE_KNOWN_H

#include "schema/store/read.h"

struct store_known;

/* Rows of store_read_day_sums(), by day, and within a day in the order of the
   table; memory for the rows of one day. */
int store_known_open_sums(struct store *store,
                          const struct store_day_range *range,
                          struct store_known **out, struct err *err)
	ATTR_MUST_CHECK;
int store_known_next_sum(struct store_known *known, struct store_sum_row *row,
                         struct err *err) ATTR_MUST_CHECK;

/* Rows of store_read_day_failures(), a row for each detail; memory for those of
   one report and its copies. */
int store_known_open_failures(struct store *store,
                              const struct store_day_range *range,
                              struct store_known **out, struct err *err)
	ATTR_MUST_CHECK;
int store_known_next_failure(struct store_known *known,
                             struct store_failure_row *row, struct err *err)
	ATTR_MUST_CHECK;

void store_known_close(struct store_known **known);

#endif
