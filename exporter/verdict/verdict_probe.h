/*
 * What the checks from outside amount to at one moment. Private to the verdict.
 */
#ifndef EXPORTER_VERDICT_VERDICT_PROBE_H
#define EXPORTER_VERDICT_VERDICT_PROBE_H

#include "exporter/verdict/verdict.h"

struct verdict_probe {
	enum probe_summary summary;
	bool failing[REFUSAL_CAUSES]; /* some host fails in it */
	bool any_failing, all_failing;
	bool fine;               /* every host is ok and fresh */
	bool unproven;           /* nothing is known of some host */
	int64_t failing_minutes; /* for how long the last host has failed */
	bool policy_broken;      /* cannot be used */
	bool policy_other;       /* is not the one that was meant */
	uint64_t reasons;
};

/* probe may be NULL. */
void verdict_probe_read(const struct thresholds *t, const struct probe *probe,
                        struct verdict_probe *out);

#endif
