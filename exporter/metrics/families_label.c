#include "base/attr.h"
#include "base/digest.h"
#include "exporter/metrics/families_private.h"
#include "schema/series.h"

static const char *const codes[FAMILIES_STATUS_CLASSES] = {"2xx", "3xx", "4xx",
                                                           "5xx"};
static const char *const operations[FAMILY_OPERATIONS] = {
	[FAMILY_OPERATION_READ] = "read", [FAMILY_OPERATION_WRITE] = "write"};
static const char *const collector_handlers[] = {"reports", "other"};
static const char *const collector_limits[] = {"connections_per_address",
                                               "rate_per_minute", "body_memory",
                                               "connections"};

/* Bounds are written as floats in both formats: otherwise the series would
   change whenever the negotiation does. */
#define BOUND(seconds) #seconds ".0",
static const char *const delays[] = {SERIES_REPORT_DELAY_BOUNDS(BOUND) "+Inf"};

static const char *families_label_policy_type(unsigned int i)
{
	return policy_type_name((enum policy_type)i);
}

static const char *families_label_result_type(unsigned int i)
{
	return result_type_name((enum result_type)i);
}

static const char *families_label_uncounted(unsigned int i)
{
	return model_figures_uncounted_name((enum uncounted)i);
}

static const char *families_label_verdict(unsigned int i)
{
	return verdict_state_name((enum verdict_state)i);
}

static const char *families_label_reason(unsigned int i)
{
	return verdict_reason_name((enum verdict_reason)i);
}

static const char *families_label_probe(unsigned int i)
{
	return verdict_probe_name((enum probe_summary)i);
}

static const char *families_label_mode(unsigned int i)
{
	return sts_policy_mode_name((enum sts_mode)i);
}

static const char *families_label_channel(unsigned int i)
{
	return channel_name((enum channel)i);
}

static const char *families_label_outcome(unsigned int i)
{
	return outcome_name((enum outcome)i);
}

static const char *families_label_refusal(unsigned int i)
{
	return outcome_refusal_name((enum refusal)i);
}

static const char *families_label_deferral(unsigned int i)
{
	return outcome_deferral_name((enum deferral)i);
}

static const char *families_label_ledger_group(unsigned int i)
{
	return outcome_ledger_group_name((enum ledger_group)i);
}

static const char *families_label_authentication(unsigned int i)
{
	return trust_authentication_name((enum authentication)i);
}

static const char *families_label_group(unsigned int i)
{
	return metric_group_name((enum metric_group)i);
}

static const char *families_label_version(unsigned int i)
{
	(void)i;
	return TLSRPT_VERSION;
}

static const char *families_label_revision(unsigned int i)
{
	(void)i;
	return TLSRPT_REVISION;
}

static const char *families_label_sqlite(unsigned int i)
{
	(void)i;
	return store_library_version();
}

static const char *families_label_tls(unsigned int i)
{
	(void)i;
	return digest_library_version();
}

#define WORDS(words) .end = ARRAY_LENGTH(words), .values = (words)

static const struct {
	const char *name;
	unsigned int first, end;
	const char *const *values;
	const char *(*value)(unsigned int i); /* where there is no list */
} labels[FAMILY_LABELS] = {
	[LABEL_POLICY_TYPE] = {.name = "policy_type",
                               .end = POLICY_TYPES,
                               .value = families_label_policy_type},
	[LABEL_RESULT_TYPE] = {.name = "result_type",
                               .end = RESULT_TYPES,
                               .value = families_label_result_type},
	[LABEL_UNCOUNTED] = {.name = "why",
                             .end = UNCOUNTED_REASONS,
                             .value = families_label_uncounted},
	[LABEL_VERDICT] = {.name = "verdict",
                           .end = VERDICT_STATES,
                           .value = families_label_verdict},
	[LABEL_REASON] = {.name = "reason",
                          .end = VERDICT_REASONS,
                          .value = families_label_reason},
	[LABEL_MODE] = {.name = "mode",
                        .end = STS_MODES,
                        .value = families_label_mode},
	/* Without checks there is no series. */
	[LABEL_PROBE] = {.name = "probe",
                         .first = PROBE_ABSENT + 1,
                         .end = PROBE_SUMMARIES,
                         .value = families_label_probe},
	[LABEL_CHANNEL] = {.name = "channel",
                           .end = CHANNELS,
                           .value = families_label_channel},
	[LABEL_OUTCOME] = {.name = "outcome",
                           .end = OUTCOMES,
                           .value = families_label_outcome},
	[LABEL_REFUSAL] = {.name = "reason",
                           .end = REFUSALS,
                           .value = families_label_refusal},
	[LABEL_DEFERRAL] = {.name = "cause",
                            .end = DEFERRALS,
                            .value = families_label_deferral},
	[LABEL_LEDGER_GROUP] = {.name = "class",
                                .end = LEDGER_GROUPS,
                                .value = families_label_ledger_group},
	[LABEL_AUTHENTICATION] = {.name = "result",
                                  .first = AUTH_PASS,
                                  .end = AUTHENTICATIONS,
                                  .value = families_label_authentication},
	[LABEL_DELAY] = {.name = "le", WORDS(delays)},
	[LABEL_COLLECTOR_HANDLER] = {.name = "handler",
                                     WORDS(collector_handlers)},
	[LABEL_COLLECTOR_LIMIT] = {.name = "limit", WORDS(collector_limits)},
	[LABEL_HANDLER] = {.name = "handler"}, /* self_figures has the values */
	[LABEL_CODE] = {.name = "code", WORDS(codes)},
	[LABEL_OPERATION] = {.name = "operation", WORDS(operations)},
	[LABEL_GROUP] = {.name = "collector",
                         .end = METRIC_GROUPS,
                         .value = families_label_group},
	[LABEL_VERSION] = {.name = "version",
                           .end = 1,
                           .value = families_label_version},
	[LABEL_REVISION] = {.name = "revision",
                            .end = 1,
                            .value = families_label_revision},
	[LABEL_SQLITE] = {.name = "sqlite",
                          .end = 1,
                          .value = families_label_sqlite},
	[LABEL_TLS] = {.name = "tls", .end = 1, .value = families_label_tls},
	[LABEL_MAILBOX] = {.name = "mailbox"},
	[LABEL_REPLY] = {.name = "reply"},
	[LABEL_CERTIFICATE] = {.name = "certificate"},
};

const char *families_label_name(enum family_label label)
{
	return labels[label].name;
}

unsigned int families_label_first(enum family_label label)
{
	return labels[label].first;
}

unsigned int families_label_end(const struct render *r, enum family_label label)
{
	return label == LABEL_HANDLER ? (unsigned int)r->self->handler_count
	                              : labels[label].end;
}

const char *families_label_value(const struct render *r,
                                 enum family_label label, unsigned int i)
{
	if (label == LABEL_HANDLER)
		return r->self->handlers[i];
	if (labels[label].values != NULL)
		return labels[label].values[i];
	return labels[label].value(i);
}
