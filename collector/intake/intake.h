/*
 * One input on its way from bytes to the store.
 *
 *   RECEIVED -> DECODED -> PARSED -> CHECKED -> COMMITTED
 *      | |         |        | |        |           ^
 *      | +---------+--------+-|--> REFUSED --------+ (in the ledger)
 *      |                      |        |
 *      +----------------------+--------+-----> DEFERRED (a local error)
 *
 * CHECKED may become DEFERRED too. intake_prepare() goes as far as CHECKED,
 * REFUSED or, where the DNS does not answer, DEFERRED, in the thread that has
 * the bytes and without the store; what is too large for that thread it leaves
 * RECEIVED. intake_store() does the rest, in the writer's transaction; only
 * after its commit may the sender hear of it. Only intake_enter() changes the
 * stage; each transition is logged at the level debug.
 */
#ifndef COLLECTOR_INTAKE_INTAKE_H
#define COLLECTOR_INTAKE_INTAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/address.h"
#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/text.h"
#include "collector/config/config.h"
#include "collector/intake/plausibility.h"
#include "collector/mail/mail.h"
#include "schema/report/report.h"
#include "schema/rules/identity.h"
#include "schema/rules/outcome.h"
#include "schema/store/write.h"

enum intake_stage {
	INTAKE_RECEIVED,
	INTAKE_DECODED,
	INTAKE_PARSED,
	INTAKE_CHECKED,
	INTAKE_REFUSED,
	INTAKE_COMMITTED,
	INTAKE_DEFERRED,
	INTAKE_STAGES,
};

struct intake {
	struct intake *next; /* in a queue */
	enum intake_stage stage;
	struct config *config; /* a reference */
	struct arena *arena;   /* owns what is made on the way */
	/* owns the JSON text and the report, under the limit of the parser;
	   NULL where there is no report */
	struct arena *document;

	/* what came, and how; the bytes belong to the caller */
	enum channel channel;
	const uint8_t *data;
	size_t len;
	const char *peer; /* address, file or message, for people */
	const char *content_type;
	const char *encoding;
	const char *name;
	enum trust trust;
	struct text signer;
	enum authentication authentication;
	/* of a mail: what is around the part, which is data; both outlive it */
	const struct mail *mail;
	const struct mail_part *part;
	bool dns_wait_over; /* for the DNS */
	/* Longer JSON is left RECEIVED by intake_prepare(); 0: max_json holds,
	   and what is longer is refused. */
	size_t small_json;
	/* Whose share of a queue it takes; all zeros: nobody's. */
	struct address source;
	int64_t received;
	int64_t ledger_id; /* of the row that is tried again, or 0 */

	/* what was found */
	struct report *report;
	struct plausibility_origins origins;
	struct identity identity;
	struct text domain; /* the first that it names, as far as known */
	uint64_t quirks;

	/* how it ended */
	enum outcome outcome;
	enum refusal refusal;
	enum deferral deferral;
	int64_t report_id;
	char sentence[ERR_TEXT_SIZE]; /* what there is to say, or "" */

	/* in the queue of large ones: when its turn is */
	uint64_t turn;

	/* in the writer's queue: what it holds and costs there, and where its
	   source's networks are counted */
	size_t memory;
	int64_t cost;
	unsigned int places[ADDRESS_SCOPES];

	/* called by the writer when it is COMMITTED or DEFERRED */
	void (*on_done)(struct intake *intake);
	void *cls;
};

/* A new input with its own arena, and a reference of its own to config. Bytes
   and strings are the caller's and must outlive it. */
struct intake *intake_new(struct config *config, enum channel channel,
                          const uint8_t *data, size_t len);
void intake_free(struct intake **intake);

/* Decodes, parses and checks. */
void intake_prepare(struct intake *intake, int64_t now);

/* What it takes until it is committed: bytes of memory, without those of the
   caller, and microseconds in the writer, by a rough estimate. */
size_t intake_memory(const struct intake *intake);
int64_t intake_cost(const struct intake *intake);

/* intake_store.c: stores the report or notes the refusal, in the open
   transaction. On failure the intake is as before and err says why. */
int intake_store(struct intake *intake, struct store *store, struct err *err)
	ATTR_MUST_CHECK;

/* It is refused as a whole before it is decoded: what is in a mail cannot be
   found, or nothing is. Then intake_store() as usual. */
void intake_refuse(struct intake *intake, enum refusal refusal,
                   const char *sentence);
void intake_ignore(struct intake *intake, const char *sentence);

/* It could not be stored; say why. Then intake_store() counts it. */
void intake_defer(struct intake *intake, enum deferral why,
                  const char *sentence);

/* What intake_store() did is committed. One that is deferred stays so. */
void intake_commit(struct intake *intake);

/* Whether the one stage may follow the other. */
bool intake_may_enter(enum intake_stage from, enum intake_stage to);

const char *intake_stage_name(enum intake_stage stage);

#endif
