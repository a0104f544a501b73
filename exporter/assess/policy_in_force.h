/*
 * Which MTA-STS policy is in force. Reports are what senders applied, some days
 * ago and as far as they are to be believed; the configuration knows better
 * where it says anything. Reporters that came lately, however many they are and
 * however old the days of which they tell, neither change a policy nor its age.
 */
#ifndef EXPORTER_ASSESS_POLICY_IN_FORCE_H
#define EXPORTER_ASSESS_POLICY_IN_FORCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "exporter/verdict/verdict.h"
#include "schema/rules/sts_policy.h"
#include "schema/settings/settings.h"

/* A policy of the store. */
struct stored_policy {
	int64_t id;
	int64_t domain_id;
	bool empty; /* no policy-string: the record names no policy */
	struct sts_policy policy;
	int64_t first_day;    /* INT64_MAX: never as evidence */
	int64_t first_proved; /* INT64_MAX: never by a proved reporter */
};

/* That a reporter group showed it, and the days on which it did. */
struct policy_use {
	uint32_t policy; /* its index among the policies */
	uint32_t group;
	int32_t newest, oldest;
	bool proved;
	bool standing; /* verdict_find_standing() */
};

/* Who says so. */
enum policy_source {
	POLICY_SOURCE_NONE,
	POLICY_SOURCE_CONFIGURATION,
	POLICY_SOURCE_REPORTS,  /* any, where all are believed */
	POLICY_SOURCE_SIGNED,   /* proved reporters */
	POLICY_SOURCE_UNSIGNED, /* nobody proved has shown one */
};

struct policy_in_force {
	struct sts_policy policy;
	enum policy_source mode_from;
	enum policy_source mx_from;
	int32_t since;          /* first day of the patterns; VERDICT_NO_DAY */
	int32_t enforced_since; /* first day in mode enforce; VERDICT_NO_DAY */
	/* A newer policy that is not obeyed: one reporter alone shows it, or
	   newcomers, only unsigned ones do, or the configuration says
	   otherwise. */
	const struct stored_policy *other; /* NULL: none */
	int32_t other_newest;
	uint32_t other_group;
};

/* Finds it. All belong to one domain; uses are reordered, and of one group and
   policy there may be several; section may be NULL. With all_proved, unsigned
   reports are as good as signed ones. */
struct policy_in_force_query {
	const struct stored_policy *policies;
	size_t policy_count;
	struct policy_use *uses;
	size_t use_count;
	const struct verdict_reporter_group *groups;
	const struct settings_section *section;
	bool all_proved;
	bool signed_sts;   /* a signed report of type sts came lately, with or
	                      without a policy */
	int32_t first_day; /* from which on there are uses */
};

void policy_in_force(struct policy_in_force_query *query, struct arena *arena,
                     struct policy_in_force *out);

#endif
