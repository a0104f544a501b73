/*
 * Why adding clean sessions may make a verdict worse all the same, and adding
 * refusals may make it better: the exceptions that the rules make, each
 * recognised by what it changes on the way to the verdict.
 */
#ifndef TESTS_FUZZ_FUZZ_EXCEPTIONS_H
#define TESTS_FUZZ_FUZZ_EXCEPTIONS_H

#include <stdbool.h>

#include "tests/fuzz/fuzz_world.h"

enum fuzz_exception {
	/* Fewer clean sessions make it clearer that a lone reporter is itself
	   at fault. */
	EXCEPTION_ATTRIBUTION,
	/* A bad day between two others joins two faults, a good one parts
	   them. */
	EXCEPTION_RECURRING,
	/* A report on a new day ends `stale`; a shorter rhythm of reports
	   shortens the patience. */
	EXCEPTION_FRESHNESS,
	/* Report days make a name count, and others newcomers beside it. */
	EXCEPTION_STANDING,
	/* With an anchor's first session two others no longer carry the
	   bound. */
	EXCEPTION_ANCHOR,
	/* Refusals are reports too: they make a day or a reporter of those that
	   are waited for. */
	EXCEPTION_COVERAGE,
	/* Where more evidence lets a narrower window suffice, it may have fewer
	   reporters. */
	EXCEPTION_WINDOW,
	EXCEPTIONS,
	EXCEPTION_NONE = EXCEPTIONS,
};

extern const char *const fuzz_exception_names[EXCEPTIONS];

/* The first that was met between two answers, of which the second is worse or
   better than the first. */
enum fuzz_exception fuzz_exceptions_find(const struct fuzz_answer *before,
                                         const struct fuzz_answer *after,
                                         bool is_worse, bool was_ready,
                                         struct arena *arena);

#endif
