#include "collector/intake/intake.h"

#include <assert.h>
#include <stdio.h>

#include "base/attr.h"
#include "base/text.h"
#include "collector/config/config.h"
#include "collector/intake/authentication.h"
#include "schema/series.h"
#include "schema/store/write.h"

/* Whether it names a domain of the configuration, not one that only a pattern
   covers. */
static bool intake_store_is_ours(const struct intake *intake)
{
	return intake->domain.len > 0 &&
	       settings_domains_match(&intake->config->settings,
	                              intake->domain) ==
	               SETTINGS_DOMAIN_CONFIGURED;
}

/* Its bytes stay, for a later parser or configuration may well take them. */
static int intake_store_refusal(struct intake *intake, struct store *store,
                                struct err *err)
{
	enum ledger_group group = authentication_ledger_group(
		intake->channel, intake->trust, intake_store_is_ours(intake));
	struct ledger_budget budget =
		config_ledger_budget(intake->config, group);
	const struct ledger_entry entry = {
		.group = group,
		.channel = intake->channel,
		.trust = intake->trust,
		.signer = intake->signer,
		.outcome = intake->outcome,
		.refusal = intake->refusal,
		.sentence = text_of(intake->sentence),
		.peer = text_of(intake->peer),
		.domain = intake->domain,
		.encoding = intake->encoding != NULL ? text_of(intake->encoding)
	                                             : TEXT(""),
		.received = intake->received,
		.data = intake->data,
		.len = intake->len,
	};

	if (intake->outcome == OUTCOME_IGNORED)
		return 0;
	if (intake->ledger_id != 0)
		return store_ledger_amend(store, intake->ledger_id,
		                          intake->refusal,
		                          text_of(intake->sentence), err);
	return store_ledger_add(store, &entry, &budget, err);
}

static int intake_store_report(struct intake *intake, struct store *store,
                               struct err *err)
{
	const struct config *config = intake->config;
	bool keep_raw = config->settings.raw_keep_days > 0;
	struct ledger_budget budgets[LEDGER_GROUPS];
	const struct store_entry entry = {
		.report = intake->report,
		.configured = intake->origins.configured,
		.of_mx = config->settings.mx_count > 0 ? intake->origins.of_mx
	                                               : NULL,
		.identity = &intake->identity,
		.trust = intake->trust,
		.authentication = intake->authentication,
		.channel = intake->channel,
		.received = intake->received,
		.raw = keep_raw ? intake->data : NULL,
		.raw_len = keep_raw ? intake->len : 0,
		.may_admit = authentication_may_admit(intake->channel,
	                                              intake->trust),
		.max_admitted = config->settings.max_admitted,
		.anonymous_bytes = config->anonymous_bytes,
		.readmitted = intake->ledger_id != 0,
		.budgets = budgets,
	};
	struct store_added added;
	int group;

	for (group = 0; group < LEDGER_GROUPS; group++)
		budgets[group] =
			config_ledger_budget(config, (enum ledger_group)group);
	if (store_add(store, &entry, &added, err) < 0)
		return -1;
	intake->outcome = added.outcome;
	intake->refusal = added.refusal;
	intake->report_id = added.report_id;
	(void)snprintf(intake->sentence, sizeof(intake->sentence), "%s",
	               added.sentence);
	if (added.outcome == OUTCOME_REFUSED)
		return intake_store_refusal(intake, store, err);
	if (intake->ledger_id != 0)
		return store_ledger_remove(store, intake->ledger_id, err);
	return 0;
}

/* Upper bounds of tlsrpt_report_delay_seconds, in seconds. */
#define BOUND(seconds) seconds,
static const int64_t intake_store_delay_bounds[] = {
	SERIES_REPORT_DELAY_BOUNDS(BOUND)};

static void intake_store_count_delay(const struct intake *intake,
                                     struct store *store)
{
	int64_t delay = intake->received - intake->report->end;
	char bound[24] = "+Inf";
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(intake_store_delay_bounds); i++) {
		if (delay <= intake_store_delay_bounds[i]) {
			(void)snprintf(bound, sizeof(bound), "%lld.0",
			               (long long)intake_store_delay_bounds[i]);
			break;
		}
	}
	store_counter_add(store, SERIES_REPORT_DELAY_BUCKET, bound, "", 1);
	store_counter_add(store, SERIES_REPORT_DELAY_SUM, "", "",
	                  delay > 0 ? delay : 0);
}

static void intake_store_count_outcome(const struct intake *intake,
                                       struct store *store)
{
	const char *channel = channel_name(intake->channel);
	char key[64];

	/* A second try is the same input: only its success counts. */
	if (intake->ledger_id != 0 && intake->outcome == OUTCOME_REFUSED)
		return;
	store_counter_add(store, SERIES_INPUTS, channel,
	                  outcome_name(intake->outcome), 1);
	if (intake->mail != NULL && intake->part != NULL)
		store_counter_add(
			store, SERIES_MAIL_AUTHENTICATIONS,
			trust_authentication_name(intake->authentication), "",
			1);
	if (intake->outcome == OUTCOME_IGNORED)
		return;
	if (intake->outcome == OUTCOME_REFUSED) {
		store_counter_add(store, SERIES_REFUSALS, channel,
		                  outcome_refusal_name(intake->refusal), 1);
		return;
	}
	if (intake->outcome == OUTCOME_STORED)
		intake_store_count_delay(intake, store);
	(void)snprintf(key, sizeof(key), SERIES_LAST_SUCCESS "%s", channel);
	store_counter_note_time(store, key, intake->received);
}

int intake_store(struct intake *intake, struct store *store, struct err *err)
{
	bool checked = intake->stage == INTAKE_CHECKED;

	if (intake->stage == INTAKE_DEFERRED) {
		store_counter_add(store, SERIES_DEFERRED,
		                  channel_name(intake->channel),
		                  outcome_deferral_name(intake->deferral), 1);
		return 0;
	}
	assert(checked || intake->stage == INTAKE_REFUSED);
	if ((checked ? intake_store_report(intake, store, err)
	             : intake_store_refusal(intake, store, err)) < 0)
		return -1;
	intake_store_count_outcome(intake, store);
	return 0;
}
