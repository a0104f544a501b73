#include "collector/mailbox/poller_pending.h"

#include "collector/mailbox/poller_checkpoint.h"

struct poller_pending *poller_pending_find(struct poller_mailbox *mailbox,
                                           int64_t message)
{
	size_t i;

	for (i = 0; i < mailbox->pending_count; i++) {
		if (mailbox->pending[i].known.message == message)
			return &mailbox->pending[i];
	}
	return NULL;
}

void poller_pending_remove(struct poller_mailbox *mailbox,
                           struct poller_pending *pending)
{
	*pending = mailbox->pending[--mailbox->pending_count];
}

void poller_pending_checkpoint(struct poller *poller,
                               struct poller_mailbox *mailbox)
{
	size_t i;

	for (i = 0; i < mailbox->pending_count; i++) {
		if (mailbox->pending[i].done_sent)
			poller_checkpoint_message(poller, mailbox,
			                          &mailbox->pending[i].known);
	}
}
