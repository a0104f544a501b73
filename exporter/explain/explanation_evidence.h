/*
 * What each reason of a verdict rests on: who says it, of how many sessions,
 * at which MX hosts, since when. Gathered once, for all sentences.
 */
#ifndef EXPORTER_EXPLAIN_EXPLANATION_EVIDENCE_H
#define EXPORTER_EXPLAIN_EXPLANATION_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"
#include "exporter/assess/assess.h"
#include "exporter/verdict/verdict.h"
#include "schema/store/read.h"

/* A reporter group's part in it. */
struct evidence_reporter {
	struct text name; /* a stranger's text */
	bool accepted;    /* the owner accepts to lose its mail */
	struct verdict_part part;
};

/* An MX host. */
struct evidence_host {
	struct text name; /* a stranger's text */
	int64_t sessions; /* in which failures name it */
	bool checked;     /* from outside; the rest is known */
	enum probe_host_state state;
	int64_t since; /* Unix time since which it has been in that state; 0:
	                  not known */
	int64_t ends;  /* Unix time at which its certificate does; 0: not
	                  known */
};

/* The most that are kept. */
#define EVIDENCE_REPORTERS_MAX 32U
#define EVIDENCE_HOSTS_MAX     32U

/* Failures of one result type. */
struct evidence_failures {
	int64_t sessions;
	struct text code; /* a failure-reason-code of them, or empty */
};

struct explanation_evidence {
	struct verdict_scope scope; /* without its parts and others */
	/* The reporters of its parts, and of its others: at most so many of
	   them. */
	struct evidence_reporter *reporters, *others;
	size_t reporters_kept, others_kept;
	struct evidence_host *hosts; /* most failures first */
	size_t host_count;
	bool hosts_cut; /* there are more */
	struct evidence_failures failures[RESULT_TYPES];
	uint64_t *group_keys; /* of the parts, sorted */
	/* Where the checks from outside give the reason. */
	enum probe_record_state record;
	int64_t seen_since; /* Unix time; 0: not known */
	int64_t checked;    /* Unix time of the newest check; 0: not known */
};

/* Of the reasons that hold, by number; the others are empty. *first_day becomes
   the first day on which failures are asked for, if that is earlier. */
struct explanation_evidence *
explanation_evidence_gather(const struct assessment *assessment, int64_t now,
                            struct arena *arena, int32_t *first_day);

/* Adds a row of failures to the reasons that speak of it; group_key as in
   struct assessment. */
void explanation_evidence_add_failure(struct explanation_evidence *evidence,
                                      const struct store_failure_row *row,
                                      uint64_t group_key, struct arena *arena);

/* Sorts the hosts, after the last failure. */
void explanation_evidence_finish(struct explanation_evidence *evidence);

/* The commonest result type of the failures, -1: none (enum result_type). */
int explanation_evidence_result(const struct explanation_evidence *evidence);

/* What a reason rests on; empty where nothing was gathered. */
struct explanation;
const struct explanation_evidence *
explanation_evidence_of(const struct explanation *explanation,
                        enum verdict_reason reason);

#endif
