/*
 * The table: a line a question with what came out, and below it what is
 * expected; or the same as comma-separated values, a line a cell.
 */
#ifndef TESTS_BENCH_FLEET_TABLE_H
#define TESTS_BENCH_FLEET_TABLE_H

#include "tests/bench/fleet/answer.h"

/* What differed, until the end. */
struct table;

struct table *table_begin(bool csv);
void table_add(struct table *table, const struct question *question,
               const struct answer answers[WORLD_SIZES]);

/* Says which cells do not agree. Returns how many. Frees the table. */
int table_end(struct table **table);

#endif
