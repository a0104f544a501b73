/*
 * What the files of the store bind, read and run besides what engine.h has.
 */
#ifndef SCHEMA_STORE_STATEMENT_H
#define SCHEMA_STORE_STATEMENT_H

#include "base/arena.h"
#include "schema/store/engine.h"

/* Runs a statement that has one number in it; *rows is how many it changed. */
int statement_run_number(struct engine *engine, const char *sql, int64_t number,
                         int64_t *rows, struct err *err) ATTR_MUST_CHECK;

/* The number that a statement without parameters returns, 0 where it returns
   none; of the second, a statement that is not kept. */
int statement_read_number(struct engine *engine, enum statement_id id,
                          const char *sql, int64_t *number, struct err *err)
	ATTR_MUST_CHECK;
int statement_read_once(struct engine *engine, const char *sql, int64_t *number,
                        struct err *err) ATTR_MUST_CHECK;

/* NULL where the text is empty. */
void statement_bind_text_or_null(struct engine_statement *s, int at,
                                 struct text text);
/* NULL where the id is 0. */
void statement_bind_id(struct engine_statement *s, int at, int64_t id);

/* A number of an enum with count values; the last of them for what a damaged
   store may hold. */
unsigned int statement_column_enum(struct engine_statement *s, int at,
                                   unsigned int count);
/* The number of a column, or another where it is NULL. */
int64_t statement_column_or(struct engine_statement *s, int at,
                            int64_t otherwise);
struct text statement_column_copy(struct engine_statement *s, int at,
                                  struct arena *arena);

/* The bytes of a blob, valid until the next row or the reset; NULL is none. */
struct text statement_column_blob(struct engine_statement *s, int at);

/* Copies a blob that has as many bytes as out; leaves out as it is where the
   column has another length. */
void statement_column_bytes(struct engine_statement *s, int at, uint8_t *out,
                            size_t size);

#endif
