/*
 * What is said between the collector and the children that take messages apart
 * and ask the DNS. One question is answered before the next.
 */
#ifndef COLLECTOR_MAIL_PROTOCOL_H
#define COLLECTOR_MAIL_PROTOCOL_H

enum mail_frame {
	/* to the child that takes messages apart */
	FRAME_MESSAGE = 1, /* now, received, part_most, ids, dkim, length,
	                      message_most */
	FRAME_DATA,        /* a piece of a message or of a part, as a text */
	FRAME_ANSWER,      /* state, record */
	/* from it */
	FRAME_CONFINED, /* what the kernel lacks */
	FRAME_QUESTION, /* name of a key's record */
	FRAME_MAIL,     /* mail_put(); the parts' data follow */
	/* to the child that asks the DNS */
	FRAME_RESOLVE_BY, /* servers, trust anchor, enum dnssec */
	FRAME_RESOLVE,    /* name */
	/* from it */
	FRAME_RESOLVED, /* state, whether no server answers, record, note */
};

#endif
