/*
 * The columns of day_sum, once: what says whose row it is, and what is added up
 * in it. Each column of the second kind stands with its member, of whatever has
 * reports, successes, failures and evidence.
 */
#ifndef SCHEMA_STORE_STORE_SUM_COLUMNS_H
#define SCHEMA_STORE_STORE_SUM_COLUMNS_H

#define SUM_KEY                                                \
	"day, domain_id, policy_type, reporter_id, count_as, " \
	"policy_id, arrived"
#define SUM_KEY_COLUMNS 7

/* The first is apart, for what stands between the others. */
#define SUM_FIRST(X) X(reports, reports)

#define SUM_OTHERS(X)                  \
	X(successes, successes)        \
	X(failures, failures)          \
	X(trials, evidence.trials)     \
	X(refused, evidence.refused)   \
	X(unusable, evidence.unusable) \
	X(dane, evidence.dane)         \
	X(elements, evidence.elements) \
	X(untested, evidence.untested)

/* Most rows are of sessions that succeeded: these are 0. */
#define SUM_CAUSES(X)                                                   \
	X(refused_starttls, evidence.by_cause[CAUSE_STARTTLS])          \
	X(refused_certificate, evidence.by_cause[CAUSE_CERTIFICATE])    \
	X(refused_other, evidence.by_cause[CAUSE_OTHER])                \
	X(predicted_starttls, evidence.predicted[CAUSE_STARTTLS])       \
	X(predicted_certificate, evidence.predicted[CAUSE_CERTIFICATE]) \
	X(predicted_other, evidence.predicted[CAUSE_OTHER])

#define SUM_ALL(X) SUM_FIRST(X) SUM_OTHERS(X) SUM_CAUSES(X)

/* ", successes, failures, ..." behind the first. */
#define SUM_NAME(name, member)      #name
#define SUM_NEXT_NAME(name, member) ", " #name
#define SUM_NAMES \
	SUM_FIRST(SUM_NAME) SUM_OTHERS(SUM_NEXT_NAME) SUM_CAUSES(SUM_NEXT_NAME)

#endif
