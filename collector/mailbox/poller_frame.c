#include "collector/mailbox/poller_frame.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/timestamp.h"
#include "collector/mailbox/poller_checkpoint.h"
#include "collector/mailbox/poller_failure.h"
#include "collector/mailbox/poller_message.h"
#include "collector/mailbox/poller_pause.h"
#include "collector/mailbox/poller_session.h"
#include "collector/mailbox/poller_state.h"

/* Servers end a connection that idles, sooner or later. After this it is no
   failure: it is made again at once. */
#define IDLE_MIN_MS 10000

/* A token is not used in its last seconds. */
#define TOKEN_MARGIN 60

static void poller_frame_on_confined(struct poller *poller,
                                     struct poller_mailbox *mailbox,
                                     struct wire_reader *fields)
{
	struct text missing = wire_get_text(fields);

	(void)poller;
	if (missing.len > 0 && !mailbox->missing_logged)
		log_warning("mailbox %s: it is read with less confinement: "
		            "%.*s",
		            mailbox->settings->name, (int)missing.len,
		            missing.data);
	mailbox->missing_logged = true;
}

static void poller_frame_on_state(struct poller *poller,
                                  struct poller_mailbox *mailbox,
                                  struct wire_reader *fields)
{
	struct text name = wire_get_text(fields);

	(void)poller;
	log_debug("mailbox %s: its process is %.*s", mailbox->settings->name,
	          (int)(name.len < 32 ? name.len : 32), name.data);
}

static void poller_frame_on_token(struct poller *poller,
                                  struct poller_mailbox *mailbox,
                                  struct wire_reader *fields)
{
	struct text token = wire_get_text(fields);
	int64_t seconds = wire_get_integer(fields);

	(void)poller;
	poller_session_forget_token(mailbox);
	mailbox->token = memory_zero(1, token.len + 1);
	memcpy(mailbox->token, token.data, token.len);
	mailbox->token_until =
		seconds > 0 ? timestamp_now() + seconds - TOKEN_MARGIN : 0;
}

static void poller_frame_on_gone(struct poller *poller,
                                 struct poller_mailbox *mailbox,
                                 struct wire_reader *fields)
{
	int64_t count = wire_get_integer(fields), i;

	for (i = 0; i < count && !fields->failed; i++)
		(void)poller_checkpoint_add(
			poller, mailbox,
			(struct checkpoint){.kind = CHECKPOINT_FORGET,
		                            .value = wire_get_integer(fields)});
}

static void poller_frame_on_over(struct poller *poller,
                                 struct poller_mailbox *mailbox,
                                 struct wire_reader *fields)
{
	int64_t highest = wire_get_integer(fields);

	poller_failure_charge_alone(poller, mailbox);
	if (highest > 0)
		(void)poller_checkpoint_add(
			poller, mailbox,
			(struct checkpoint){.kind = CHECKPOINT_ADVANCE,
		                            .value = highest});
	poller_checkpoint_round(poller, mailbox, false);
	mailbox->fetched = 0;
	mailbox->failures = 0;
	if (poller->once || !mailbox->can_idle || !mailbox->settings->idle ||
	    atomic_load(&poller->stopping)) {
		poller_session_send_stop(poller, mailbox);
		return;
	}
	poller_state_enter(mailbox, POLLER_IDLING, "the round is over");
	mailbox->idle_began = timestamp_monotonic_ms();
	mailbox->news = false;
	wire_begin(&poller->frame, MAILBOX_FRAME_IDLE);
	wire_put_integer(&poller->frame, mailbox->settings->interval * 1000);
	(void)poller_session_send(poller, mailbox);
}

/* Whether a connection that has done its work has only come to its end. */
static bool poller_frame_is_end_of_idle(const struct poller_mailbox *mailbox)
{
	return mailbox->state == POLLER_IDLING &&
	       timestamp_monotonic_ms() - mailbox->idle_began >= IDLE_MIN_MS;
}

static void poller_frame_on_error(struct poller *poller,
                                  struct poller_mailbox *mailbox,
                                  struct wire_reader *fields)
{
	int64_t code = wire_get_integer(fields);
	int64_t reply = wire_get_integer(fields);
	struct text why = wire_get_text(fields);
	bool token_refused = wire_get_integer(fields) != 0;
	bool retry = token_refused && mailbox->token_used;
	char sentence[ERR_TEXT_SIZE];

	(void)snprintf(sentence, sizeof(sentence), "%.*s",
	               (int)(why.len < 500 ? why.len : 500), why.data);
	if (token_refused)
		poller_session_forget_token(mailbox);
	if (poller_frame_is_end_of_idle(mailbox)) {
		log_info("mailbox %s: %s; connecting again",
		         mailbox->settings->name, sentence);
		(void)poller_session_end_worker(poller, mailbox, sentence,
		                                sizeof(sentence));
		poller_session_rest(poller, mailbox,
		                    poller_pause_after_idle(mailbox),
		                    "the server ended its waiting");
		return;
	}
	poller_checkpoint_reply(poller, mailbox, reply);
	(void)code;
	poller_session_fail(poller, mailbox, ERR_SYSTEM, sentence);
	/* With a token that has just been made it may work. */
	if (retry) {
		poller_state_enter(mailbox, POLLER_RESTING,
		                   "a new token is made");
		mailbox->next = 0;
	}
}

/* Whether a frame may come in this state. */
static bool poller_frame_is_expected(const struct poller_mailbox *mailbox,
                                     uint8_t kind)
{
	switch (kind) {
	case MAILBOX_FRAME_STATE:
		return true;
	case MAILBOX_FRAME_CONFINED:
	case MAILBOX_FRAME_TOKEN:
	case MAILBOX_FRAME_OPENED:
		return mailbox->state == POLLER_STARTING;
	case MAILBOX_FRAME_NO_IDLE:
	case MAILBOX_FRAME_NEWS:
		return mailbox->state == POLLER_IDLING;
	case MAILBOX_FRAME_ERROR:
		return mailbox->state != POLLER_ENDING;
	case MAILBOX_FRAME_DATA:
	case MAILBOX_FRAME_END:
	case MAILBOX_FRAME_LOST:
	case MAILBOX_FRAME_MARKED:
	case MAILBOX_FRAME_BUSY:
		/* Told to stop, it ends what it has begun. */
		return mailbox->state == POLLER_READING ||
		       mailbox->state == POLLER_ENDING;
	default:
		return mailbox->state == POLLER_READING;
	}
}

static void poller_frame_on_opened(struct poller *poller,
                                   struct poller_mailbox *mailbox,
                                   struct wire_reader *fields)
{
	(void)poller;
	mailbox->validity = wire_get_integer(fields);
	mailbox->can_idle = wire_get_integer(fields) != 0;
	poller_state_enter(mailbox, POLLER_WRITING, "it is open");
}

static void poller_frame_on_news(struct poller *poller,
                                 struct poller_mailbox *mailbox,
                                 struct wire_reader *fields)
{
	(void)poller;
	(void)fields;
	/* An IDLE that came to its end by time is no haste. */
	if (mailbox->total > 0 ||
	    timestamp_monotonic_ms() - mailbox->idle_began >= IDLE_MIN_MS)
		mailbox->empty_news = 0;
	mailbox->news = true;
	mailbox->next =
		timestamp_monotonic_ms() + poller_pause_after_news(mailbox);
	mailbox->empty_news++;
}

/* That it is heard of is all. */
static void poller_frame_on_busy(struct poller *poller,
                                 struct poller_mailbox *mailbox,
                                 struct wire_reader *fields)
{
	(void)poller;
	(void)mailbox;
	(void)fields;
}

static void poller_frame_on_no_idle(struct poller *poller,
                                    struct poller_mailbox *mailbox,
                                    struct wire_reader *fields)
{
	struct text why = wire_get_text(fields);

	(void)poller;
	if (!mailbox->said_no_idle)
		log_notice("mailbox %s: it is looked at every interval, for "
		           "the server does not let us wait for news: %.*s",
		           mailbox->settings->name,
		           (int)(why.len < 500 ? why.len : 500), why.data);
	mailbox->said_no_idle = true;
}

static void poller_frame_on_rescan(struct poller *poller,
                                   struct poller_mailbox *mailbox,
                                   struct wire_reader *fields)
{
	(void)fields;
	(void)poller_checkpoint_add(
		poller, mailbox,
		(struct checkpoint){.kind = CHECKPOINT_RESET,
	                            .value = mailbox->validity});
}

static void poller_frame_on_count(struct poller *poller,
                                  struct poller_mailbox *mailbox,
                                  struct wire_reader *fields)
{
	(void)poller;
	mailbox->total = wire_get_integer(fields);
	mailbox->result.listed = mailbox->total;
}

typedef void poller_frame_handler(struct poller *poller,
                                  struct poller_mailbox *mailbox,
                                  struct wire_reader *fields);

static poller_frame_handler *const poller_frame_handlers[] = {
	[MAILBOX_FRAME_CONFINED] = poller_frame_on_confined,
	[MAILBOX_FRAME_STATE] = poller_frame_on_state,
	[MAILBOX_FRAME_TOKEN] = poller_frame_on_token,
	[MAILBOX_FRAME_OPENED] = poller_frame_on_opened,
	[MAILBOX_FRAME_RESCAN] = poller_frame_on_rescan,
	[MAILBOX_FRAME_COUNT] = poller_frame_on_count,
	[MAILBOX_FRAME_GONE] = poller_frame_on_gone,
	[MAILBOX_FRAME_OFFER] = poller_message_on_offer,
	[MAILBOX_FRAME_DATA] = poller_message_on_data,
	[MAILBOX_FRAME_END] = poller_message_on_end,
	[MAILBOX_FRAME_LOST] = poller_message_on_lost,
	[MAILBOX_FRAME_MARKED] = poller_message_on_marked,
	[MAILBOX_FRAME_BUSY] = poller_frame_on_busy,
	[MAILBOX_FRAME_OVER] = poller_frame_on_over,
	[MAILBOX_FRAME_NO_IDLE] = poller_frame_on_no_idle,
	[MAILBOX_FRAME_NEWS] = poller_frame_on_news,
	[MAILBOX_FRAME_ERROR] = poller_frame_on_error,
};

static void poller_frame_dispatch(struct poller *poller,
                                  struct poller_mailbox *mailbox,
                                  const struct wire_frame *frame)
{
	struct wire_reader fields = {frame->payload, false};

	if (frame->kind >= ARRAY_LENGTH(poller_frame_handlers) ||
	    poller_frame_handlers[frame->kind] == NULL ||
	    !poller_frame_is_expected(mailbox, frame->kind)) {
		if (mailbox->state != POLLER_ENDING)
			poller_session_fail_protocol(poller, mailbox);
		return;
	}
	poller_frame_handlers[frame->kind](poller, mailbox, &fields);
	poller_state_watchdog_reset(mailbox);
}

/* It has closed its socket: it is ending, or has ended. */
static void poller_frame_on_close(struct poller *poller,
                                  struct poller_mailbox *mailbox)
{
	int64_t pause = mailbox->settings->interval * 1000;
	char how[32];

	if (mailbox->state != POLLER_ENDING) {
		poller_session_fail(
			poller, mailbox, ERR_SYSTEM,
			"its process ended in the middle of the work");
		return;
	}
	(void)poller_session_end_worker(poller, mailbox, how, sizeof(how));
	poller_session_rest(poller, mailbox,
	                    pause + poller_pause_random_below(pause / 10 + 1),
	                    "its process has ended");
}

void poller_frame_receive(struct poller *poller, struct poller_mailbox *mailbox)
{
	int64_t session = mailbox->session;
	struct wire_frame frame;
	struct err err;
	int there = wire_fill(&mailbox->child.wire, &err), result = 0;

	while (there >= 0 && session == mailbox->session &&
	       mailbox->child.pid != 0 &&
	       (result = wire_next(&mailbox->child.wire, &frame, &err)) == 1)
		poller_frame_dispatch(poller, mailbox, &frame);
	if (session != mailbox->session || mailbox->child.pid == 0)
		return;
	if (result < 0)
		poller_session_fail_protocol(poller, mailbox);
	else if (there <= 0)
		poller_frame_on_close(poller, mailbox);
}
