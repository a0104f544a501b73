/*
 * Writing to the store: reports, the ledger, counters, mailboxes, retention.
 *
 *	store_begin(store, now)
 *	  store_add(), store_ledger_add(), store_counter_add(), ...
 *	store_commit(store)
 *
 * What store_add() refuses has written nothing. After a failure (-1) of any of
 * these the transaction is good for store_rollback() only: a savepoint for each
 * report would copy every page that it touches, on behalf of failures that do
 * not happen. Whoever has a batch tries its members again, each by itself.
 */
#ifndef SCHEMA_STORE_WRITE_H
#define SCHEMA_STORE_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "schema/report/report.h"
#include "schema/rules/identity.h"
#include "schema/rules/outcome.h"
#include "schema/store/store.h"

/* Begins a transaction. Fails with ERR_BUSY; and with ERR_BUSY and a sentence
   about the clock when now is more than LIMIT_CLOCK_SECONDS behind the newest
   commit (store_clock_is_behind() then says so). With ERR_SYSTEM when a file of
   the store was deleted or replaced while it is open, and so does
   store_commit(), of which nobody may say then that it is durable. */
int store_begin(struct store *store, int64_t now, struct err *err)
	ATTR_MUST_CHECK;
int store_commit(struct store *store, struct err *err) ATTR_MUST_CHECK;
void store_rollback(struct store *store);
bool store_clock_is_behind(const struct store *store);

/* --- taking in ----------------------------------------------------------- */

struct store_entry {
	const struct report *report; /* all its domains are the operator's */
	const bool *configured; /* for each policy: named in the configuration,
	                           not only covered by a pattern in it */
	const bool *of_mx; /* for each policy: the report names an MX host of
	                      the domain; NULL: no domain has such hosts */
	const struct identity *identity;
	enum trust trust;
	enum authentication authentication; /* why that trust */
	enum channel channel;
	int64_t received;
	const uint8_t *raw; /* to keep beside it; NULL: not kept */
	size_t raw_len;
	bool may_admit;          /* may make a domain that is only covered */
	int64_t max_admitted;    /* ceiling of admitted domains */
	int64_t anonymous_bytes; /* budget of anonymous input */
	bool readmitted;         /* tried again from the ledger: takes the place
	                       of a copy of lower rank only, or two would
	                       drive each other out for ever */
	const struct ledger_budget *budgets; /* of each ledger_group, for what
	                                        gives way; NULL: no limits */
};

struct store_added {
	enum outcome outcome; /* stored, duplicate, conflict, or refused */
	enum refusal refusal; /* where it is refused */
	int64_t report_id;    /* row of the report or of its twin; 0: none */
	bool trust_raised;    /* a duplicate that proved more */
	char sentence[160];   /* what there is to say, or "" */
};

/* Stores a report, or finds that it is there. A proved one always finds a place
   among the copies of its key: where LIMIT_COPIES proved ones have it, the
   lowest goes to the ledger. An unproved one does where it outranks another
   unproved one. */
int store_add(struct store *store, const struct store_entry *entry,
              struct store_added *added, struct err *err) ATTR_MUST_CHECK;

/* --- the ledger ---------------------------------------------------------- */

struct ledger_budget {
	int64_t rows;
	int64_t bytes;
};

struct ledger_entry {
	int64_t id; /* set by reading */
	enum ledger_group group;
	enum channel channel;
	enum trust trust;
	struct text signer;
	enum outcome outcome; /* refused or ignored */
	enum refusal refusal;
	struct text sentence;
	struct text peer;
	struct text domain;
	struct text encoding;
	int64_t received;
	int64_t newest; /* set by reading, as is times */
	int64_t times;
	const uint8_t *data;
	size_t len;
	const uint8_t *digest; /* what tells it from others where its bytes are
	                          not kept any more: STORE_DIGEST_SIZE bytes;
	                          NULL: those bytes' */
};

/* Notes a refused or ignored input. What was there with the same bytes, trust
   and signer is only counted up. Evicts the group's oldest over its budget. */
int store_ledger_add(struct store *store, const struct ledger_entry *entry,
                     const struct ledger_budget *budget, struct err *err)
	ATTR_MUST_CHECK;

/* The next entry after id, oldest first: 1 an entry (its strings live in
   arena), 0 the end, -1 the error. */
int store_ledger_next(struct store *store, int64_t after, struct arena *arena,
                      struct ledger_entry *entry, struct err *err)
	ATTR_MUST_CHECK;

/* The same, only of what was refused because its domain was not ours. */
int store_ledger_next_foreign(struct store *store, int64_t after,
                              struct arena *arena, struct ledger_entry *entry,
                              struct err *err) ATTR_MUST_CHECK;

/* Deletes an entry, in the open transaction: it was accepted after all. */
int store_ledger_remove(struct store *store, int64_t id, struct err *err)
	ATTR_MUST_CHECK;

/* Changes why an entry is refused. */
int store_ledger_amend(struct store *store, int64_t id, enum refusal refusal,
                       struct text sentence, struct err *err) ATTR_MUST_CHECK;

/* --- counters and facts -------------------------------------------------- */

/* Adds to a counter; written with the next commit. Labels are "" where there
   are none. Outside of a transaction too: a local error is counted when it
   is over. */
void store_counter_add(struct store *store, const char *name, const char *first,
                       const char *other, int64_t by);

/* Sets a number at the next commit; the larger of old and new stays. */
void store_counter_note_time(struct store *store, const char *name,
                             int64_t value);

/* One of the numbers that a running collector says of itself. */
struct store_state_item {
	const char *name;
	const char *first;
	const char *other;
	double value;
};

/* Replaces the collector's state, as a transaction of its own. */
int store_state_write(struct store *store, const struct store_state_item *items,
                      size_t count, int64_t now, struct err *err)
	ATTR_MUST_CHECK;

/* --- mailboxes ----------------------------------------------------------- */

struct store_mailbox_position {
	int64_t id; /* 0: there is none of that name */
	int64_t validity;
	int64_t done_to;
	int64_t fetched; /* messages, in all rounds */
};

/* What is known of a message. They are stored as these numbers. */
enum store_message_state {
	STORE_MESSAGE_WAITS = 0, /* it is to be fetched */
	STORE_MESSAGE_DONE = 1,  /* nothing is left to do */
	STORE_MESSAGE_STORED =
		2, /* its reports are in the store; not marked yet */
	STORE_MESSAGE_REFUSED = 3, /* it is in the ledger; not marked yet */
	STORE_MESSAGE_GIVEN_UP =
		4, /* it cannot be fetched; the ledger names it */
};

struct store_mailbox_message {
	int64_t message;
	enum store_message_state state;
	int64_t tries; /* to fetch it, or to mark it, that failed */
	int64_t since;
	int64_t copied;   /* which folder a copy is in, by a hash; 0: none */
	int64_t faults;   /* tries in which it alone failed */
	int64_t others;   /* what had been fetched at the last of them */
	int64_t next_try; /* not before */
};

/* Messages of a mailbox that are not as they should be. */
struct store_mailbox_left {
	int64_t unmarked;
	int64_t given_up;
};

struct store_mailbox_round {
	bool failed;
	int64_t ended;
	int64_t pending;
	int64_t duration_ms;
	int64_t fetched; /* messages, in this round */
};

/* These change the store in the open transaction. Makes a mailbox known; its
   name is [A-Za-z0-9._-]. */
int store_mailbox_declare(struct store *store, const char *name,
                          struct err *err) ATTR_MUST_CHECK;
/* Deletes those with other names. */
int store_mailbox_delete_others(struct store *store, const char *const *names,
                                size_t count, struct err *err) ATTR_MUST_CHECK;
/* All its messages are new again, and belong to validity. */
int store_mailbox_reset(struct store *store, int64_t mailbox_id,
                        int64_t validity, struct err *err) ATTR_MUST_CHECK;
/* Sets a message; since stays what it was. */
int store_mailbox_note(struct store *store, int64_t mailbox_id,
                       const struct store_mailbox_message *message,
                       struct err *err) ATTR_MUST_CHECK;
int store_mailbox_forget(struct store *store, int64_t mailbox_id,
                         int64_t message, struct err *err) ATTR_MUST_CHECK;
/* All up to done_to are done, but for those that wait. */
int store_mailbox_advance(struct store *store, int64_t mailbox_id,
                          int64_t done_to, struct err *err) ATTR_MUST_CHECK;
int store_mailbox_round(struct store *store, int64_t mailbox_id,
                        const struct store_mailbox_round *round,
                        struct err *err) ATTR_MUST_CHECK;

/* These read. */
int store_mailbox_read(struct store *store, const char *name,
                       struct store_mailbox_position *position, struct err *err)
	ATTR_MUST_CHECK;
/* One message: 1, 0 when nothing is known of it, -1. */
int store_mailbox_find(struct store *store, int64_t mailbox_id, int64_t message,
                       struct store_mailbox_message *out, struct err *err)
	ATTR_MUST_CHECK;
/* What is known of its messages over after, in their order, at most out->most
   of them. */
struct store_mailbox_messages {
	struct store_mailbox_message *items;
	size_t max;
	size_t count;
};
int store_mailbox_messages(struct store *store, int64_t mailbox_id,
                           int64_t after, struct store_mailbox_messages *out,
                           struct err *err) ATTR_MUST_CHECK;
/* How many are left in those states. */
int store_mailbox_left(struct store *store, const char *name,
                       struct store_mailbox_left *left, struct err *err)
	ATTR_MUST_CHECK;

/* --- retention ----------------------------------------------------------- */

/* Deletes a small step of what is older than that: reports, sums and texts of
   days before first_day, and raw bytes received before raw_from; both count
   from two days after the newest report, where the clock is further ahead. A
   transaction of its own. *more is set when there is more to do. */
int store_expire(struct store *store, int64_t now, int64_t first_day,
                 int64_t raw_from, bool *more, struct err *err) ATTR_MUST_CHECK;

#endif
