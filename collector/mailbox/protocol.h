/*
 * What is said between the collector and the process that serves a mailbox.
 *
 *	collector                      worker
 *	SETTINGS            ->
 *	                    <- CONFINED, TOKEN?, OPENED
 *	START, KNOWN..., GO ->
 *	                    <- COUNT, GONE...
 *	                    <- OFFER                   what failed before, last
 *	TAKE or PASS        ->
 *	                    <- DATA..., END or LOST
 *	DONE                ->                    when its reports are stored
 *	                    <- MARKED                  at once, or
 *	                       MAILBOX_MARKED_LATER, and MARKED before OVER
 *	                    <- OVER               after the last
 *	IDLE or STOP        ->
 *	                    <- NO_IDLE?, NEWS     then START again, or STOP
 *
 * In place of any of its own the worker may say ERROR, and ends.
 */
#ifndef COLLECTOR_MAILBOX_PROTOCOL_H
#define COLLECTOR_MAILBOX_PROTOCOL_H

/* Messages whose DONE a worker may wait for. */
#define MAILBOX_WINDOW 128U

enum mailbox_frame {
	/* to the worker */
	MAILBOX_FRAME_SETTINGS =
		1, /* mailbox_settings_put(), token, whether to send STATE */
	MAILBOX_FRAME_START, /* done_to */
	MAILBOX_FRAME_KNOWN, /* count, then message, whether to leave it, tries */
	MAILBOX_FRAME_GO,
	MAILBOX_FRAME_TAKE,
	MAILBOX_FRAME_PASS,
	MAILBOX_FRAME_DONE, /* message, enum mailbox_mark, where a copy is */
	MAILBOX_FRAME_IDLE, /* for milliseconds */
	MAILBOX_FRAME_STOP,
	/* from it */
	MAILBOX_FRAME_CONFINED, /* what the kernel lacks */
	MAILBOX_FRAME_STATE,    /* its name, for the log; at any time */
	MAILBOX_FRAME_TOKEN,    /* token, seconds that it lives (0: unknown) */
	MAILBOX_FRAME_OPENED,   /* validity, whether it can idle */
	MAILBOX_FRAME_RESCAN,   /* what was known does not fit any more */
	MAILBOX_FRAME_COUNT,    /* messages that wait */
	MAILBOX_FRAME_GONE,     /* count, known messages that are not there */
	MAILBOX_FRAME_OFFER, /* message, size, when it came (0: unknown), label */
	MAILBOX_FRAME_DATA,
	MAILBOX_FRAME_END,    /* message */
	MAILBOX_FRAME_LOST,   /* message, enum mailbox_loss, reply, sentence */
	MAILBOX_FRAME_MARKED, /* message, enum mailbox_marked, where a copy
	                   is, reply, sentence */
	MAILBOX_FRAME_BUSY,   /* one of many commands is done, others follow */
	MAILBOX_FRAME_OVER, /* the highest message, 0 where they have no order */
	MAILBOX_FRAME_NO_IDLE, /* sentence; it looks again when the time is over
	                        */
	MAILBOX_FRAME_NEWS,
	MAILBOX_FRAME_ERROR, /* enum err_code, reply, sentence, whether the
	                    token is bad */
};

/* What to do with a message. */
enum mailbox_mark {
	MAILBOX_MARK_NONE,
	MAILBOX_MARK_AFTER,
	MAILBOX_MARK_FAILED,
};

/* Why a message that was taken does not come. */
enum mailbox_loss {
	MAILBOX_LOSS_GONE,    /* it is not there any more */
	MAILBOX_LOSS_REFUSED, /* the server, or the file system, does not give
	                         it */
	MAILBOX_LOSS_EMPTY,   /* the server gives it without a byte, and says it
	                         has some */
};

/* What a server did that is no good answer; the label of a counter. */
enum mailbox_reply {
	MAILBOX_REPLY_NONE,
	MAILBOX_REPLY_NO, /* -ERR in POP3 */
	MAILBOX_REPLY_BAD,
	MAILBOX_REPLY_BYE,
	MAILBOX_REPLY_TIMEOUT,
	MAILBOX_REPLY_CLOSED,
	MAILBOX_REPLY_EMPTY,
	MAILBOX_REPLY_WRONG, /* the body of another message, or two */
	MAILBOX_REPLIES,
};

/* Whether that was done. */
enum mailbox_marked {
	MAILBOX_MARKED_NO,
	MAILBOX_MARKED_YES,
	/* It is sure when the session has ended well: MARKED follows then. */
	MAILBOX_MARKED_LATER,
};

#endif
