#include "collector/intake/intake.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/log.h"
#include "base/memory.h"
#include "collector/intake/authentication.h"
#include "collector/intake/decode.h"
#include "schema/limits.h"

/* --- stages -------------------------------------------------------------- */

static const char *const intake_stage_names[] = {
	[INTAKE_RECEIVED] = "received", [INTAKE_DECODED] = "decoded",
	[INTAKE_PARSED] = "parsed",     [INTAKE_CHECKED] = "checked",
	[INTAKE_REFUSED] = "refused",   [INTAKE_COMMITTED] = "committed",
	[INTAKE_DEFERRED] = "deferred",
};

static_assert(ARRAY_LENGTH(intake_stage_names) == INTAKE_STAGES,
              "every stage has a name");

const char *intake_stage_name(enum intake_stage stage)
{
	return intake_stage_names[stage];
}

#define INTAKE_BIT(stage) (1U << (stage))

/* The arrows of the header. */
static const unsigned int intake_next[INTAKE_STAGES] = {
	[INTAKE_RECEIVED] = INTAKE_BIT(INTAKE_DECODED) |
                            INTAKE_BIT(INTAKE_REFUSED) |
                            INTAKE_BIT(INTAKE_DEFERRED),
	[INTAKE_DECODED] = INTAKE_BIT(INTAKE_PARSED) |
                           INTAKE_BIT(INTAKE_REFUSED),
	[INTAKE_PARSED] = INTAKE_BIT(INTAKE_CHECKED) |
                          INTAKE_BIT(INTAKE_REFUSED) |
                          INTAKE_BIT(INTAKE_DEFERRED),
	[INTAKE_CHECKED] = INTAKE_BIT(INTAKE_COMMITTED) |
                           INTAKE_BIT(INTAKE_DEFERRED),
	[INTAKE_REFUSED] = INTAKE_BIT(INTAKE_COMMITTED) |
                           INTAKE_BIT(INTAKE_DEFERRED),
	/* A batch that fails defers all of it, what was deferred before too. */
	[INTAKE_DEFERRED] = INTAKE_BIT(INTAKE_DEFERRED),
};

bool intake_may_enter(enum intake_stage from, enum intake_stage to)
{
	return (intake_next[from] & INTAKE_BIT(to)) != 0;
}

static void intake_enter(struct intake *intake, enum intake_stage stage)
{
	/* A fault of ours that one input meets must not end all others. */
	if (!intake_may_enter(intake->stage, stage))
		log_error("intake %s %s: unexpected transition from %s to %s",
		          channel_name(intake->channel), intake->peer,
		          intake_stage_name(intake->stage),
		          intake_stage_name(stage));
	if (log_is_shown(LOG_LEVEL_DEBUG))
		log_debug("intake %s %s: %s -> %s",
		          channel_name(intake->channel), intake->peer,
		          intake_stage_name(intake->stage),
		          intake_stage_name(stage));
	intake->stage = stage;
}

/* --- its life ------------------------------------------------------------ */

struct intake *intake_new(struct config *config, enum channel channel,
                          const uint8_t *data, size_t len)
{
	struct intake *intake = memory_zero(1, sizeof(*intake));

	intake->config = config_ref(config);
	intake->arena = arena_new(0);
	intake->channel = channel;
	intake->data = data;
	intake->len = len;
	intake->peer = "";
	intake->trust = authentication_trust_unsigned(channel);
	intake->signer = TEXT("");
	intake->domain = TEXT("");
	return intake;
}

void intake_free(struct intake **intake)
{
	if (*intake == NULL)
		return;
	config_unref(&(*intake)->config);
	arena_free(&(*intake)->arena);
	arena_free(&(*intake)->document);
	free(*intake);
	*intake = NULL;
}

/* --- how it ends --------------------------------------------------------- */

void intake_refuse(struct intake *intake, enum refusal refusal,
                   const char *sentence)
{
	(void)snprintf(intake->sentence, sizeof(intake->sentence), "%s",
	               sentence);
	intake->outcome = OUTCOME_REFUSED;
	intake->refusal = refusal;
	intake_enter(intake, INTAKE_REFUSED);
}

void intake_ignore(struct intake *intake, const char *sentence)
{
	intake_refuse(intake, REFUSAL_MIME, sentence);
	intake->outcome = OUTCOME_IGNORED;
}

void intake_defer(struct intake *intake, enum deferral why,
                  const char *sentence)
{
	intake->deferral = why;
	(void)snprintf(intake->sentence, sizeof(intake->sentence), "%s",
	               sentence);
	intake_enter(intake, INTAKE_DEFERRED);
}

void intake_commit(struct intake *intake)
{
	if (intake->stage != INTAKE_DEFERRED)
		intake_enter(intake, INTAKE_COMMITTED);
}

/* --- before the store ---------------------------------------------------- */

static size_t intake_max_json(const struct intake *intake)
{
	size_t max = (size_t)intake->config->max_json;

	return intake->small_json != 0 && intake->small_json < max
	               ? intake->small_json
	               : max;
}

/* Too large for now: the caller tries again where it holds up nobody. */
static void intake_postpone_large(struct intake *intake)
{
	intake->small_json = 0;
	intake->quirks = 0;
}

static bool intake_decode(struct intake *intake, struct buf *json)
{
	const struct decode_input input = {
		.data = intake->data,
		.len = intake->len,
		.content_type = intake->content_type,
		.encoding = intake->encoding,
		.name = intake->name,
		.max_json = intake_max_json(intake),
	};
	enum refusal refusal = REFUSAL_DECOMPRESSION;
	struct err err;

	if (decode(&input, json, &intake->quirks, &refusal, &err) < 0) {
		if (refusal == REFUSAL_TOO_LARGE && intake->small_json != 0)
			intake_postpone_large(intake);
		else
			intake_refuse(intake, refusal, err.text);
		return false;
	}
	intake_enter(intake, INTAKE_DECODED);
	return true;
}

/* By what the parser says of a document that is no report. */
static const enum refusal intake_refusals[REPORT_FAULTS] = {
	[REPORT_NOT_JSON] = REFUSAL_JSON,
	[REPORT_BAD_DATE_RANGE] = REFUSAL_DATE_RANGE,
	[REPORT_BAD_SCHEMA] = REFUSAL_SCHEMA,
};

/* The report's strings lie in the JSON text, so that it moves to the arena of
   the document; json is empty afterwards. What a refused document took is given
   back at once, for it may wait long for the writer. */
static bool intake_parse(struct intake *intake, struct buf *json,
                         uint8_t digest[DIGEST_SIZE])
{
	const size_t len = json->len;
	enum report_fault fault;
	const char *text;
	struct err err;

	intake->document = arena_new(report_parse_memory(len));
	text = arena_copy(intake->document, json->data, len);
	buf_free(json);
	digest_sha256(text, len, digest);
	if (report_parse(intake->document, text, len, &intake->report, &fault,
	                 &err) < 0) {
		intake_refuse(intake, intake_refusals[fault], err.text);
		arena_free(&intake->document);
		return false;
	}
	intake->report->quirks |= intake->quirks;
	if (intake->report->policy_count > 0)
		intake->domain = intake->report->policies[0].domain;
	intake_enter(intake, INTAKE_PARSED);
	return true;
}

/* Who sent the mail, as far as that is proved. */
static void intake_authenticate(struct intake *intake, int64_t now,
                                struct authentication_result *result)
{
	const struct authentication_input input = {intake->mail, intake->part,
	                                           intake->report};

	authentication_assess(intake->arena, intake->config, &input, now,
	                      result);
	intake->trust = result->trust;
	intake->signer = result->signer;
	intake->authentication = result->authentication;
}

/* For the DNS. A mail pipe knows no earlier try, but when its mail came. */
static bool intake_has_waited_for_dns(const struct intake *intake, int64_t now)
{
	return intake->dns_wait_over ||
	       ((intake->channel == CHANNEL_IMPORT ||
	         intake->channel == CHANNEL_SUBMIT) &&
	        now - intake->mail->received > intake->config->dkim_wait);
}

/* The mail around a report: whose it is, and what it says beside it; *missing
   is the domain that the report lacks. False when that has to be asked again
   later. */
static bool intake_apply_mail(struct intake *intake, int64_t now,
                              struct text *missing)
{
	struct report *report = intake->report;
	struct authentication_result result;
	bool covered;

	intake_authenticate(intake, now, &result);
	if (result.dns_pending && !intake_has_waited_for_dns(intake, now)) {
		intake_defer(intake, DEFERRAL_DNS,
		             "the DNS gives no answer on a key that its "
		             "signature names");
		return false;
	}
	report->quirks |= intake->mail->quirks;
	*missing = authentication_read_hints(intake->arena, report,
	                                     intake->mail, intake->part,
	                                     result.signature, &covered);
	if (!covered && intake->trust > TRUST_ANONYMOUS) {
		intake->trust = TRUST_ANONYMOUS;
		intake->signer = TEXT("");
		intake->authentication = AUTH_UNSIGNED_HINT;
	}
	return true;
}

/* The key is of the document alone: before anything is filled in from around
   it, or left out of it. */
static void intake_identify(struct intake *intake,
                            const uint8_t digest[DIGEST_SIZE],
                            struct text missing)
{
	struct report *report = intake->report;

	identity_of(intake->arena, report, intake->trust, intake->signer,
	            digest, &intake->identity);
	authentication_fill_domain(report, missing);
	if (report->policy_count > 0)
		intake->domain = report->policies[0].domain;
}

static void intake_check(struct intake *intake, int64_t now)
{
	const struct settings *settings = &intake->config->settings;
	enum refusal refusal = REFUSAL_DATE_RANGE;
	struct text foreign = TEXT("");
	struct err err;

	if (plausibility_check_range(intake->report, settings, now, &refusal,
	                             &err) < 0) {
		intake_refuse(intake, refusal, err.text);
		return;
	}
	if (plausibility_check_domains(intake->report, settings, intake->arena,
	                               &intake->origins, &foreign, &err) < 0) {
		if (err.code == ERR_TOO_LARGE) {
			intake_refuse(intake, REFUSAL_TOO_LARGE, err.text);
			return;
		}
		intake->domain = foreign;
		intake_refuse(intake, REFUSAL_UNKNOWN_DOMAIN, err.text);
		return;
	}
	intake_enter(intake, INTAKE_CHECKED);
}

void intake_prepare(struct intake *intake, int64_t now)
{
	struct buf json = BUF_INIT((size_t)intake->config->max_json + 65536U);
	uint8_t digest[DIGEST_SIZE];
	struct text missing = TEXT("");
	struct authentication_result result;
	bool parsed = false;

	assert(intake->stage == INTAKE_RECEIVED);
	if (intake->received == 0)
		intake->received = now;
	/* Input refused before parsing is charged to the sender of the mail;
	   what is parsed is assessed again with what it says. */
	if (intake->mail != NULL)
		intake_authenticate(intake, now, &result);
	if (intake_decode(intake, &json))
		parsed = intake_parse(intake, &json, digest);
	buf_free(&json);
	if (parsed && intake->mail != NULL)
		parsed = intake_apply_mail(intake, now, &missing);
	if (parsed) {
		intake_identify(intake, digest, missing);
		intake_check(intake, now);
	}
}

size_t intake_memory(const struct intake *intake)
{
	size_t memory = sizeof(*intake) + arena_size(intake->arena);

	if (intake->document != NULL)
		memory += arena_size(intake->document);
	return memory;
}

/* On the high side, for a sender waits for it on a machine that may have other
   work. Measured in the writer, release build, where names are known and where
   each is new, in CPU microseconds: 17 to 42 for a small report of a full
   batch, 5 to 24 for a policy, 1 to 6 for a failure detail; elapsed, with twice
   as many busy processes as cores: 42 to 105, 12 to 42 and 4 to 25. What is
   refused is written as it is. */
int64_t intake_cost(const struct intake *intake)
{
	const struct report *report = intake->report;
	int64_t cost = 150 + (int64_t)(intake->len / 256);
	size_t i;

	if (intake->stage != INTAKE_CHECKED || report == NULL)
		return cost;
	cost += 50 * (int64_t)report->policy_count;
	for (i = 0; i < report->policy_count; i++)
		cost += 25 * (int64_t)report->policies[i].detail_count;
	return cost;
}
