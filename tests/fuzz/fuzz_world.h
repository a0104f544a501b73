/*
 * A domain for fuzzing the verdict, from the fuzzer's bytes: what some
 * reporters said of it on some days, which checks were made from outside, and
 * by which thresholds it is judged. It takes the exporter's own way to a
 * verdict, from the rows of the store on.
 */
#ifndef TESTS_FUZZ_FUZZ_WORLD_H
#define TESTS_FUZZ_FUZZ_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exporter/assess/verdict_inputs.h"
#include "exporter/verdict/verdict.h"

#define FUZZ_WORLD_TODAY  20600
#define FUZZ_WORLD_SPANS  48
#define FUZZ_WORLD_HOSTS  3
#define FUZZ_WORLD_LISTED 2

/* How early the first day of a span can be, and how late the last, relative to
   today. */
#define FUZZ_WORLD_FIRST (-120)
#define FUZZ_WORLD_LAST  3

/* Takes bytes off the input; zeros at its end. */
struct fuzz_bytes {
	const uint8_t *data;
	size_t len;
};

unsigned int fuzz_bytes_take(struct fuzz_bytes *bytes);

/* One of some numbers. */
int64_t fuzz_bytes_pick(struct fuzz_bytes *bytes, const int32_t *numbers,
                        size_t count);
#define FUZZ_PICK(bytes, ...)                                    \
	fuzz_bytes_pick(bytes, (const int32_t[]){__VA_ARGS__},   \
	                sizeof((const int32_t[]){__VA_ARGS__}) / \
	                        sizeof(int32_t))

/* The reporters by their ids in the store. A and its second name are one
   group. */
enum fuzz_reporter {
	FUZZ_GOOGLE = 1, /* an anchor, known for long */
	FUZZ_MICROSOFT,  /* an anchor that came lately */
	FUZZ_A,
	FUZZ_B,
	FUZZ_C,
	FUZZ_D,
	FUZZ_E,
	FUZZ_F,       /* came two days ago */
	FUZZ_A_AGAIN, /* another name of A */
	FUZZ_UNTIMED, /* nobody knows when its first report came */
	FUZZ_NEW,     /* no world has it before a property adds it */
	FUZZ_REPORTERS,
};

/* One record of a reporter on each of some days, both ends included, relative
   to today. */
struct fuzz_span {
	int32_t first, last;
	enum fuzz_reporter reporter;
	enum policy_type type;
	enum policy_match match;
	int64_t successes, failures;
	enum result_type result; /* of its failure detail */
	int64_t details;         /* sessions of that; 0: there is none */
	enum count_as count_as;
	int32_t arrived; /* relative to today, on all of its days; 0: each day
	                    on the next */
};

struct fuzz_world {
	struct thresholds thresholds;
	enum sts_mode mode;
	int32_t last;  /* the newest settled day, relative to today */
	int32_t since; /* of the policy, relative to today, or VERDICT_NO_DAY */
	int32_t now_minutes;
	enum verdict_state previous; /* no fold */
	struct fuzz_span spans[FUZZ_WORLD_SPANS];
	size_t span_count;
	bool probed;
	bool reaches_any;
	struct probe_host hosts[FUZZ_WORLD_HOSTS];
	size_t host_count;
	bool policy_checked;
	enum probe_policy_state policy;
	enum probe_record_state record;
	struct probe_look policy_look;
	size_t listed_count; /* of MX hosts as DNS lists them */
};

void fuzz_world_take(struct fuzz_bytes *bytes, struct fuzz_world *world);

/* A clean record of a reporter, for a property to add. */
struct fuzz_span fuzz_world_clean_span(enum fuzz_reporter reporter,
                                       int32_t first, int32_t last,
                                       int64_t sessions);

/* The same of refusals. */
struct fuzz_span fuzz_world_refused_span(enum fuzz_reporter reporter,
                                         int32_t first, int32_t last,
                                         int64_t sessions,
                                         enum result_type result);

/* The world with one more record. */
struct fuzz_world fuzz_world_with(const struct fuzz_world *world,
                                  const struct fuzz_span *span);

/* What is known of it, and the verdict by it. Lives in arena. */
struct fuzz_answer {
	struct verdict_inputs inputs;
	struct verdict verdict;
};

/* previous as of verdict_decide(). */
void fuzz_world_decide(const struct fuzz_world *world,
                       enum verdict_state previous, struct arena *arena,
                       struct fuzz_answer *out);

/* To stderr, in the words of tests/data/verdict-vectors.json, so that the
   reference can be asked. */
void fuzz_world_print(const struct fuzz_world *world);

/* Whether somebody has reported for so long that others are newcomers. */
bool fuzz_world_is_grown_up(const struct fuzz_world *world);

bool fuzz_world_has_anonymous(const struct fuzz_world *world);

/* Whether the reporter has reported by that day: one that reports earlier than
   ever has observed for longer. */
bool fuzz_world_has_reported_by(const struct fuzz_world *world,
                                enum fuzz_reporter reporter, int32_t day);

#endif
