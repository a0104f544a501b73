#include "tests/bench/fleet/truth.h"

#define TESTING .mode = STS_MODE_TESTING
#define ENFORCE .mode = STS_MODE_ENFORCE

/* Of all sessions, at any time. */
#define REFUSES(share)                                      \
	.fault = FAULT_SOME_SESSIONS, .share_min = (share), \
	.share_max = (share), .correlation = TRUTH_CORRELATION

/* Names that report so much health a day from a day on, and never more. */
#define FORGED_HEALTH(names, day, a_day)   \
	.forgers = {.min = (names),        \
	            .max = (names),        \
	            .from = (day),         \
	            .attack = TRUTH_NEVER, \
	            .until = TRUTH_NEVER,  \
	            .sessions = (a_day)}

/* Names that report half of their sessions as refused from TRUTH_TURN_DAY on,
   and all of them as clean before. */
#define FORGED_REFUSALS(least, most, day, end) \
	.forgers = {.min = (least),            \
	            .max = (most),             \
	            .from = (day),             \
	            .attack = TRUTH_TURN_DAY,  \
	            .until = (end),            \
	            .sessions = TRUTH_ATTACK}

const struct truth truths[TRUTH_KINDS] = {
	[TRUTH_GOOD] = {"good", TESTING},
	[TRUTH_RARELY] = {"rarely", TESTING, REFUSES(0.0005)},
	[TRUTH_HALF_PERCENT] = {"half percent", TESTING, REFUSES(0.005)},
	[TRUTH_ONE_PERCENT] = {"one percent", TESTING, REFUSES(0.01)},
	[TRUTH_TWO_PERCENT] = {"two percent", TESTING, REFUSES(0.02)},
	[TRUTH_ONE_HOST] = {"one host", TESTING, .fault = FAULT_ONE_HOST,
                            .share_min = 0.01, .share_max = 0.05,
                            .correlation = TRUTH_CORRELATION},
	[TRUTH_BAD_DAYS] = {"bad days", TESTING, .fault = FAULT_SOME_DAYS,
                            .share_min = 0.5, .share_max = 1},
	[TRUTH_UNTESTED] = {"untested", TESTING, .fault = FAULT_UNTESTED,
                            .senders_min = 2},

	[TRUTH_ENFORCED_GOOD] = {"enforced good", ENFORCE},
	[TRUTH_ENFORCED_BURSTS] = {"enforced bursts", ENFORCE,
                                   .fault = FAULT_SOME_SESSIONS,
                                   .share_min = 0.0005, .share_max = 0.0005,
                                   .correlation = TRUTH_CORRELATION_BURSTS},
	[TRUTH_ENFORCED_HALF_PERCENT] = {"enforced half percent", ENFORCE,
                                         REFUSES(0.005)},
	[TRUTH_ENFORCED_SENDER] = {"enforced sender", ENFORCE,
                                   .fault = FAULT_ONE_SENDER},
	[TRUTH_ENFORCED_TOTAL] = {"enforced total", ENFORCE,
                                  .fault = FAULT_TOTAL},
	[TRUTH_ENFORCED_EXPIRED] = {"enforced expired", ENFORCE,
                                    .fault = FAULT_EXPIRED},
	[TRUTH_ENFORCED_UNTESTED] = {"enforced untested", ENFORCE,
                                     .fault = FAULT_UNTESTED, .senders_min = 2},

	[TRUTH_FORGED_READY_ONE] = {"forged ready, one", TESTING, REFUSES(0.05),
                                    FORGED_HEALTH(1, 0, TRUTH_FEW)},
	[TRUTH_FORGED_READY_FLOOD] = {"forged ready, flood", TESTING,
                                      REFUSES(0.05),
                                      FORGED_HEALTH(1, TRUTH_LATE_DAY,
                                                    TRUTH_MANY)},
	[TRUTH_FORGED_READY_TWO] = {"forged ready, two", TESTING, REFUSES(0.05),
                                    FORGED_HEALTH(2, 0, TRUTH_FEW)},
	[TRUTH_FORGED_READY_ONE_OF_2] = {"forged ready, one, 2 %", TESTING,
                                         REFUSES(0.02),
                                         FORGED_HEALTH(1, 0, TRUTH_FEW)},
	[TRUTH_FORGED_READY_TWO_OF_2] = {"forged ready, two, 2 %", TESTING,
                                         REFUSES(0.02),
                                         FORGED_HEALTH(2, 0, TRUTH_FEW)},
	[TRUTH_FORGED_FAULT_NEW] = {"forged fault, new", ENFORCE,
                                    FORGED_REFUSALS(1, 2, TRUTH_TURN_DAY,
                                                    TRUTH_WEEKS_LATER)},
	[TRUTH_FORGED_FAULT_LASTING] = {"forged fault, lasting", ENFORCE,
                                        FORGED_REFUSALS(1, 2, TRUTH_TURN_DAY,
                                                        TRUTH_NEVER)},
	[TRUTH_FORGED_FAULT_ONE] = {"forged fault, one", ENFORCE,
                                    FORGED_REFUSALS(1, 1, TRUTH_PATIENT_DAY,
                                                    TRUTH_NEVER)},
	[TRUTH_FORGED_FAULT_TWO] = {"forged fault, two", ENFORCE,
                                    FORGED_REFUSALS(2, 2, TRUTH_PATIENT_DAY,
                                                    TRUTH_NEVER)},
	[TRUTH_FORGED_FAULT_THREE_HONEST] =
		{"forged fault, three honest", ENFORCE, .senders_min = 3,
                 FORGED_REFUSALS(2, 2, TRUTH_PATIENT_DAY, TRUTH_NEVER)},
	[TRUTH_FORGED_HEALTH] = {"forged health", ENFORCE, .fault = FAULT_TOTAL,
                                 .forgers = {.min = 1,
                                             .max = 2,
                                             .from = TRUTH_PATIENT_DAY,
                                             .attack = TRUTH_NEVER,
                                             .until = TRUTH_NEVER,
                                             .sessions = TRUTH_MANY}},
};

bool truth_turns(const struct truth *truth)
{
	const struct truth_forgers *forgers = &truth->forgers;

	return truth->mode == STS_MODE_ENFORCE &&
	       (truth->fault >= FAULT_ONE_SENDER ||
	        (forgers->max > 0 && forgers->attack != TRUTH_NEVER));
}
