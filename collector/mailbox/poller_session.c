#include "collector/mailbox/poller_session.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/log.h"
#include "base/timestamp.h"
#include "collector/mailbox/poller_checkpoint.h"
#include "collector/mailbox/poller_failure.h"
#include "collector/mailbox/poller_job.h"
#include "collector/mailbox/poller_pause.h"
#include "collector/mailbox/poller_pending.h"
#include "collector/mailbox/poller_state.h"
#include "collector/mailbox/worker.h"

#define SEND_MS 5000

/* Known messages in a frame. */
#define KNOWN_BATCH 1000U

/* --- ending ------------------------------------------------------------- */

static void poller_session_unlock(struct poller_mailbox *mailbox)
{
	if (mailbox->lock >= 0)
		(void)close(mailbox->lock);
	mailbox->lock = -1;
}

bool poller_session_end_worker(struct poller *poller,
                               struct poller_mailbox *mailbox, char *how,
                               size_t size)
{
	bool crashed = child_end(&mailbox->child, how, size);

	poller_pending_checkpoint(poller, mailbox);
	mailbox->session++;
	mailbox->pending_count = 0;
	mailbox->offer.open = false;
	poller_job_release(poller, &mailbox->receiving);
	poller_session_unlock(mailbox);
	return crashed;
}

void poller_session_rest(struct poller *poller, struct poller_mailbox *mailbox,
                         int64_t milliseconds, const char *why)
{
	poller_state_enter(mailbox, poller->once ? POLLER_OVER : POLLER_RESTING,
	                   why);
	mailbox->next = timestamp_monotonic_ms() + milliseconds;
}

void poller_session_fail(struct poller *poller, struct poller_mailbox *mailbox,
                         enum err_code code, const char *sentence)
{
	char how[32];
	bool crashed = child_end(&mailbox->child, how, sizeof(how));

	if (crashed) {
		(void)poller_checkpoint_add(
			poller, mailbox,
			(struct checkpoint){.kind = CHECKPOINT_CRASH,
		                            .value = 1});
		log_warning("mailbox %s: its process ended by %s",
		            mailbox->settings->name, how);
	}
	if (code != ERR_BUSY)
		poller_failure_charge_current(poller, mailbox, crashed);
	(void)poller_session_end_worker(poller, mailbox, how, sizeof(how));
	poller_checkpoint_round(poller, mailbox, true);
	mailbox->fetched = 0;
	mailbox->failures++;
	mailbox->result.failed = true;
	(void)snprintf(mailbox->result.sentence,
	               sizeof(mailbox->result.sentence), "%s", sentence);
	poller_session_rest(poller, mailbox,
	                    poller_pause_after_failure(mailbox),
	                    "the round has failed");
	log_warning("mailbox %s: %s%s", mailbox->settings->name, sentence,
	            poller->once ? "" : "; trying again later");
}

void poller_session_fail_protocol(struct poller *poller,
                                  struct poller_mailbox *mailbox)
{
	poller_session_fail(poller, mailbox, ERR_SYSTEM,
	                    "protocol error from worker");
}

void poller_session_drop(struct poller *poller, struct poller_mailbox *mailbox)
{
	char how[32];

	if (mailbox->child.pid == 0)
		return;
	(void)poller_session_end_worker(poller, mailbox, how, sizeof(how));
	poller_session_rest(poller, mailbox, 0, "the collector stops");
}

bool poller_session_send(struct poller *poller, struct poller_mailbox *mailbox)
{
	struct err err;

	if (wire_send(&mailbox->child.wire, &poller->frame,
	              timestamp_monotonic_ms() + SEND_MS, &err) == 0)
		return true;
	if (mailbox->state != POLLER_ENDING)
		poller_session_fail(poller, mailbox, ERR_SYSTEM,
		                    "its process does not listen");
	return false;
}

void poller_session_send_stop(struct poller *poller,
                              struct poller_mailbox *mailbox)
{
	poller_state_enter(mailbox, POLLER_ENDING, "it is told to end");
	wire_begin(&poller->frame, MAILBOX_FRAME_STOP);
	(void)poller_session_send(poller, mailbox);
}

/* --- beginning ----------------------------------------------------------- */

/* A kernel lock goes with the process that has it. 1, 0 when another one has
   it, or -1. */
static int poller_session_lock(struct poller_mailbox *mailbox, struct err *err)
{
	mailbox->lock =
		open(mailbox->lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	if (mailbox->lock < 0)
		return err_set_errno(err, errno, "lock file %s",
		                     mailbox->lock_path);
	if (flock(mailbox->lock, LOCK_EX | LOCK_NB) == 0)
		return 1;
	poller_session_unlock(mailbox);
	return 0;
}

static void poller_session_on_locked(struct poller *poller,
                                     struct poller_mailbox *mailbox)
{
	mailbox->result.busy = true;
	if (!mailbox->busy_logged)
		log_notice("mailbox %s is read by another tlsrpt-collector",
		           mailbox->settings->name);
	mailbox->busy_logged = true;
	mailbox->failures++;
	poller_session_rest(poller, mailbox,
	                    poller_pause_after_failure(mailbox),
	                    "another process has it");
}

static bool poller_session_has_token(const struct poller_mailbox *mailbox)
{
	return mailbox->token != NULL &&
	       (mailbox->token_until == 0 ||
	        timestamp_now() < mailbox->token_until);
}

void poller_session_forget_token(struct poller_mailbox *mailbox)
{
	if (mailbox->token != NULL)
		explicit_bzero(mailbox->token, strlen(mailbox->token));
	free(mailbox->token);
	mailbox->token = NULL;
}

void poller_session_begin(struct poller *poller, struct poller_mailbox *mailbox)
{
	struct err err;
	int locked;

	mailbox->result.failed = false;
	mailbox->round_began = timestamp_monotonic_ms();
	mailbox->remaining = 0;
	mailbox->store_failures = 0;
	mailbox->lost_count = 0;
	mailbox->fetched = 0;
	locked = poller_session_lock(mailbox, &err);
	if (locked == 0) {
		poller_session_on_locked(poller, mailbox);
		return;
	}
	mailbox->busy_logged = false;
	if (locked < 0 ||
	    child_start(WORKER_VERB, true, &mailbox->child, &err) < 0) {
		poller_session_fail(poller, mailbox, ERR_SYSTEM, err.text);
		return;
	}
	poller_state_enter(mailbox, POLLER_STARTING, "its process is started");
	mailbox->token_used = poller_session_has_token(mailbox);
	wire_begin(&poller->frame, MAILBOX_FRAME_SETTINGS);
	mailbox_settings_put(&poller->frame, mailbox->settings);
	wire_put_text(&poller->frame,
	              text_of(mailbox->token_used ? mailbox->token : ""));
	wire_put_integer(&poller->frame, log_is_shown(LOG_LEVEL_DEBUG));
	(void)poller_session_send(poller, mailbox);
}

/* Whether nothing is to be done with a message in this round. Who asks for one
   round wants all that waits to be tried. */
static bool
poller_session_is_skipped(const struct poller *poller,
                          const struct store_mailbox_message *message,
                          int64_t now)
{
	if (message->state == STORE_MESSAGE_DONE)
		return true;
	if (message->state == STORE_MESSAGE_GIVEN_UP && poller->retry_given_up)
		return false;
	if (message->state != STORE_MESSAGE_GIVEN_UP && poller->once)
		return false;
	return now < message->next_try;
}

/* What is known of its messages, in as many frames as it takes. */
static bool poller_session_send_known(struct poller *poller,
                                      struct poller_mailbox *mailbox)
{
	struct store_mailbox_message items[KNOWN_BATCH];
	struct store_mailbox_messages batch = {items, KNOWN_BATCH, 0};
	int64_t after = INT64_MIN, now = timestamp_now();
	struct err err;
	size_t i;

	do {
		if (store_mailbox_messages(poller->store, mailbox->id, after,
		                           &batch, &err) < 0) {
			poller_session_fail(poller, mailbox, ERR_BUSY,
			                    err.text);
			return false;
		}
		if (batch.count == 0)
			break;
		wire_begin(&poller->frame, MAILBOX_FRAME_KNOWN);
		wire_put_integer(&poller->frame, (int64_t)batch.count);
		for (i = 0; i < batch.count; i++) {
			wire_put_integer(&poller->frame, items[i].message);
			wire_put_integer(&poller->frame,
			                 poller_session_is_skipped(
						 poller, &items[i], now));
			wire_put_integer(&poller->frame, items[i].tries);
		}
		after = items[batch.count - 1].message;
		if (!poller_session_send(poller, mailbox))
			return false;
	} while (batch.count == KNOWN_BATCH);
	return true;
}

void poller_session_start_round(struct poller *poller,
                                struct poller_mailbox *mailbox)
{
	struct store_mailbox_position position;
	struct err err;

	if (store_mailbox_read(poller->store, mailbox->settings->name,
	                       &position, &err) < 0) {
		poller_session_fail(poller, mailbox, ERR_BUSY, err.text);
		return;
	}
	mailbox->id = position.id;
	if (position.validity != mailbox->validity) {
		(void)poller_checkpoint_add(
			poller, mailbox,
			(struct checkpoint){.kind = CHECKPOINT_RESET,
		                            .value = mailbox->validity});
		return;
	}
	mailbox->fetched_before = position.fetched;
	mailbox->lost_count = 0;
	mailbox->unmarked = 0;
	mailbox->remaining = 0;
	mailbox->offered = 0;
	mailbox->total = 0;
	mailbox->round_began = timestamp_monotonic_ms();
	poller_state_enter(mailbox, POLLER_READING, "all is written");
	wire_begin(&poller->frame, MAILBOX_FRAME_START);
	wire_put_integer(&poller->frame, position.done_to);
	if (!poller_session_send(poller, mailbox) ||
	    !poller_session_send_known(poller, mailbox))
		return;
	wire_begin(&poller->frame, MAILBOX_FRAME_GO);
	(void)poller_session_send(poller, mailbox);
}
