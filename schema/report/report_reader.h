/*
 * Members of a report's JSON, and what becomes of those that are not as the RFC
 * wants them: nothing, report_reader_note() a quirk, report_reader_fail() with
 * the member's path. The first failure sticks and ends everything.
 */
#ifndef SCHEMA_REPORT_REPORT_READER_H
#define SCHEMA_REPORT_REPORT_READER_H

#include <jansson.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/text.h"
#include "schema/report/quirk.h"
#include "schema/report/report.h"

/* Where we are in the document, from the inside out; only read on failure. */
struct report_path {
	const struct report_path *up;
	const char *key; /* NULL: an element */
	size_t index;
};

struct report_reader {
	struct arena *arena;
	struct err *err;
	uint64_t quirks;
	size_t details; /* in the whole report */
	int64_t sessions, detail_sessions;
	size_t u_labels;
	struct text mx_written, mx_normal; /* the last receiving MX */
	bool failed;
	enum report_fault fault; /* where it failed */
};

void report_reader_note(struct report_reader *rd, enum quirk quirk);

/* The report is refused: the member key of up, or up itself. */
void report_reader_fail(struct report_reader *rd, const struct report_path *up,
                        const char *key, const char *sentence);

/* The same with another code than ERR_MALFORMED. */
void report_reader_fail_with(struct report_reader *rd, enum err_code code,
                             const struct report_path *up, const char *key,
                             const char *sentence);

/* An array of zeros in the arena, or NULL and a failure where that is over its
   limit: how many elements there are is the sender's word. */
void *report_reader_array(struct report_reader *rd, size_t count, size_t size,
                          const struct report_path *up);

/* A member, or NULL when it is absent or null: null is absence everywhere. */
json_t *report_reader_member(struct report_reader *rd, const json_t *object,
                             const char *key);

/* A string, cut at LIMIT_STRING. */
struct text report_reader_string(struct report_reader *rd, const json_t *value);

/* An optional string; anything else is left out with a flag. */
struct text report_reader_text(struct report_reader *rd, const json_t *object,
                               const char *key);

/* A string under its own name or, with a flag, a draft's. */
struct text report_reader_text_or_alias(struct report_reader *rd,
                                        const json_t *object, const char *key,
                                        const char *alias);

/* A host or address: an empty string is an absent one. */
struct text report_reader_name(struct report_reader *rd, const json_t *object,
                               const char *key);

/* A count, from a whole number in any JSON form; -1 when it failed. */
int64_t report_reader_count_value(struct report_reader *rd, const json_t *value,
                                  const struct report_path *up,
                                  const char *key);

/* A count that is no larger than we take; 0 where it is absent. */
int64_t report_reader_count(struct report_reader *rd, const json_t *object,
                            const struct report_path *up, const char *key);

/* Adds to the sum of all of a report, so that sums of reports do not overflow. */
void report_reader_add_sessions(struct report_reader *rd, int64_t *sum,
                                int64_t sessions, const struct report_path *up);

#endif
