#include "collector/mailbox/poller_checkpoint.h"

#include "base/timestamp.h"

int64_t poller_checkpoint_add(struct poller *poller,
                              struct poller_mailbox *mailbox,
                              struct checkpoint checkpoint)
{
	checkpoint.mailbox = mailbox->settings->name;
	mailbox->last_checkpoint =
		checkpoints_add(poller->checkpoints, &checkpoint);
	return mailbox->last_checkpoint;
}

void poller_checkpoint_message(struct poller *poller,
                               struct poller_mailbox *mailbox,
                               const struct store_mailbox_message *message)
{
	(void)poller_checkpoint_add(
		poller, mailbox,
		(struct checkpoint){.kind = CHECKPOINT_MESSAGE,
	                            .message = *message});
}

void poller_checkpoint_reply(struct poller *poller,
                             struct poller_mailbox *mailbox, int64_t reply)
{
	static const char *const names[MAILBOX_REPLIES] = {
		[MAILBOX_REPLY_NO] = "no",
		[MAILBOX_REPLY_BAD] = "bad",
		[MAILBOX_REPLY_BYE] = "bye",
		[MAILBOX_REPLY_TIMEOUT] = "timeout",
		[MAILBOX_REPLY_CLOSED] = "closed",
		[MAILBOX_REPLY_EMPTY] = "empty",
		[MAILBOX_REPLY_WRONG] = "wrong",
	};

	if (reply > MAILBOX_REPLY_NONE && reply < MAILBOX_REPLIES)
		(void)poller_checkpoint_add(
			poller, mailbox,
			(struct checkpoint){.kind = CHECKPOINT_REPLY,
		                            .reply = names[reply]});
}

void poller_checkpoint_round(struct poller *poller,
                             struct poller_mailbox *mailbox, bool failed)
{
	(void)poller_checkpoint_add(
		poller, mailbox,
		(struct checkpoint){.kind = CHECKPOINT_ROUND,
	                            .round = {
					    .failed = failed,
					    .ended = timestamp_now(),
					    .pending = mailbox->remaining,
					    .fetched = mailbox->fetched,
					    .duration_ms =
						    timestamp_monotonic_ms() -
						    mailbox->round_began,
				    }});
}
