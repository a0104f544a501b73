/*
 * What is true of a domain, which its reports show by chance only: the share of
 * its sessions that an enforced policy would refuse, whose fault that is, and
 * who forges reports about it.
 */
#ifndef TESTS_BENCH_FLEET_TRUTH_H
#define TESTS_BENCH_FLEET_TRUTH_H

#include <stdbool.h>
#include <stdint.h>

#include "schema/rules/sts_policy.h"

/* Days since the policy was published, on which a fault or an attack begins
   that others were clean before: five weeks of patience end then. */
#define TRUTH_TURN_DAY           45
#define TRUTH_PATIENT_DAY        10
#define TRUTH_LATE_DAY           30
#define TRUTH_WEEKS_LATER        (TRUTH_TURN_DAY + 21)
#define TRUTH_NEVER              INT32_MAX
#define TRUTH_FEW                INT64_C(200)
#define TRUTH_MANY               INT64_C(10000000)
#define TRUTH_ATTACK             INT64_C(1000) /* sessions a day, half refused */
#define TRUTH_CORRELATION        0.02 /* correlation of one reporter's refusals */
#define TRUTH_CORRELATION_BURSTS 0.2

enum truth_fault {
	FAULT_NONE,
	FAULT_SOME_SESSIONS, /* on every day; at even odds by one of several MX
	                        hosts, which a check sees, or by none in
	                        particular, which it does not */
	FAULT_ONE_HOST,      /* one of several MX hosts, always */
	FAULT_SOME_DAYS,     /* one day in twenty, most of its sessions */
	FAULT_ONE_SENDER,    /* from a moment on, all that one sender sends */
	FAULT_TOTAL,         /* from a moment on, everything */
	FAULT_EXPIRED,       /* the same, and mended days later */
	FAULT_UNTESTED,      /* what senders send that do not test, from the day
	                        on which the policy is enforced */
};

/* Names that were bought to sign reports: clean sessions from one day on, half
   of them refused from another. Days since the policy was published. */
struct truth_forgers {
	int min, max; /* how many */
	int32_t from, attack, until;
	int64_t sessions; /* a day, of each */
};

struct truth {
	const char *name; /* a world is drawn by it */
	enum sts_mode mode;
	enum truth_fault fault;
	double share_min, share_max; /* of the sessions */
	double correlation;
	int senders_min;
	struct truth_forgers forgers;
};

enum truth_kind {
	TRUTH_GOOD,
	TRUTH_RARELY,
	TRUTH_HALF_PERCENT,
	TRUTH_ONE_PERCENT,
	TRUTH_TWO_PERCENT,
	TRUTH_ONE_HOST,
	TRUTH_BAD_DAYS,
	TRUTH_UNTESTED,
	TRUTH_ENFORCED_GOOD,
	TRUTH_ENFORCED_BURSTS,
	TRUTH_ENFORCED_HALF_PERCENT,
	TRUTH_ENFORCED_SENDER,
	TRUTH_ENFORCED_TOTAL,
	TRUTH_ENFORCED_EXPIRED,
	TRUTH_ENFORCED_UNTESTED,
	TRUTH_FORGED_READY_ONE,
	TRUTH_FORGED_READY_FLOOD,
	TRUTH_FORGED_READY_TWO,
	TRUTH_FORGED_READY_ONE_OF_2,
	TRUTH_FORGED_READY_TWO_OF_2,
	TRUTH_FORGED_FAULT_NEW,
	TRUTH_FORGED_FAULT_LASTING,
	TRUTH_FORGED_FAULT_ONE,
	TRUTH_FORGED_FAULT_TWO,
	TRUTH_FORGED_FAULT_THREE_HONEST,
	TRUTH_FORGED_HEALTH,
	TRUTH_KINDS,
};

extern const struct truth truths[TRUTH_KINDS];

/* Whether it begins on TRUTH_TURN_DAY: what was before is no answer. */
bool truth_turns(const struct truth *truth);

#endif
