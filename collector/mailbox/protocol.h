/*
 * What is said between the collector and the process that serves a mailbox.
 *
 *	collector                      child
 *	SETTINGS            ->
 *	                    <- CONFINED, TOKEN?, OPENED
 *	START, KNOWN..., GO ->
 *	                    <- COUNT, GONE...
 *	                    <- OFFER                   what failed before, last
 *	TAKE or PASS        ->
 *	                    <- DATA..., END or LOST
 *	DONE                ->                    when its reports are stored
 *	                    <- MARKED                  at once, or
 *	                       MARKED_LATER, and MARKED before OVER
 *	                    <- OVER               after the last
 *	IDLE or STOP        ->
 *	                    <- NO_IDLE?, NEWS     then START anew, or STOP
 *
 * In place of any of its own the child may say TROUBLE, and ends.
 */
#ifndef COLLECTOR_MAILBOX_PROTOCOL_H
#define COLLECTOR_MAILBOX_PROTOCOL_H

#define VERB_MAILBOX "child-mailbox"

/* Messages whose DONE a child may wait for. */
#define MAILBOX_WINDOW 128U

enum mailbox_frame {
	/* to the child */
	MAILBOX_SETTINGS = 1, /* mailbox_settings_put(), token */
	MAILBOX_START,        /* done_to */
	MAILBOX_KNOWN, /* count, then message, whether to leave it, tries */
	MAILBOX_GO,
	MAILBOX_TAKE,
	MAILBOX_PASS,
	MAILBOX_DONE, /* message, enum mailbox_mark, where a copy is */
	MAILBOX_IDLE, /* for milliseconds */
	MAILBOX_STOP,
	/* from it */
	MAILBOX_CONFINED, /* what the kernel lacks */
	MAILBOX_TOKEN,    /* token, seconds that it lives (0: unknown) */
	MAILBOX_OPENED,   /* validity, whether it can idle */
	MAILBOX_RESCAN,   /* what was known does not fit any more */
	MAILBOX_COUNT,    /* messages that wait */
	MAILBOX_GONE,     /* count, known messages that are not there */
	MAILBOX_OFFER,    /* message, size, when it came (0: unknown), label */
	MAILBOX_DATA,
	MAILBOX_END,    /* message */
	MAILBOX_LOST,   /* message, enum mailbox_loss, reply, sentence */
	MAILBOX_MARKED, /* message, enum mailbox_marked, where a copy is, reply,
	                   sentence */
	MAILBOX_BUSY,   /* one of many commands is done, others follow */
	MAILBOX_OVER,   /* the highest message, 0 where they have no order */
	MAILBOX_NO_IDLE, /* sentence; it looks again when the time is over */
	MAILBOX_NEWS,
	MAILBOX_TROUBLE, /* enum err_code, reply, sentence, whether the token is
	                    bad */
};

/* What to do with a message. */
enum mailbox_mark {
	MARK_LEAVE,
	MARK_AFTER,
	MARK_FAILED,
};

/* Why a message that was taken does not come. */
enum mailbox_loss {
	LOSS_GONE,    /* it is not there any more */
	LOSS_REFUSED, /* the server, or the file system, does not give it */
	LOSS_EMPTY, /* the server gives it without a byte, and says it has some */
};

/* What a server did that is no good answer; the label of a counter. */
enum mailbox_reply {
	REPLY_NONE,
	REPLY_NO, /* -ERR in POP3 */
	REPLY_BAD,
	REPLY_BYE,
	REPLY_TIMEOUT,
	REPLY_CLOSED,
	REPLY_EMPTY,
	REPLY_WRONG, /* the body of another message, or two */
	REPLIES,
};

/* Whether that was done. */
enum mailbox_marked {
	MARKED_NOT,
	MARKED,
	/* It is sure when the session has ended well: MARKED follows then. */
	MARKED_LATER,
};

#endif
