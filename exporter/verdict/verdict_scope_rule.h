/*
 * Which sessions, of whom, of which days the rule behind each reason looks at.
 * Private to the verdict.
 */
#ifndef EXPORTER_VERDICT_VERDICT_SCOPE_RULE_H
#define EXPORTER_VERDICT_VERDICT_SCOPE_RULE_H

#include "exporter/verdict/verdict.h"

enum verdict_news verdict_scope_rule_news(enum verdict_reason reason);

/* The days that it looks at, both ends included. */
int32_t verdict_scope_rule_first_day(const struct verdict_input *in,
                                     const struct verdict *verdict,
                                     enum verdict_reason reason);
int32_t verdict_scope_rule_last_day(const struct verdict_input *in,
                                    enum verdict_reason reason);

/* Whether it listens to a group. */
bool verdict_scope_rule_listens(const struct verdict_input *in,
                                const struct verdict *verdict,
                                enum verdict_reason reason, size_t group);

#endif
