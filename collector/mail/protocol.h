/*
 * What is said between the collector and the processes that parse messages and
 * ask the DNS. One question is answered before the next.
 */
#ifndef COLLECTOR_MAIL_PROTOCOL_H
#define COLLECTOR_MAIL_PROTOCOL_H

enum mail_frame {
	/* to the process that parses messages */
	MAIL_FRAME_MESSAGE = 1, /* now, received, part_max, ids, dkim, length,
	                      message_max */
	MAIL_FRAME_DATA, /* a piece of a message or of a part, as a text */
	MAIL_FRAME_KEY_RESULT, /* state, record */
	/* from it */
	MAIL_FRAME_CONFINED,   /* what the kernel lacks */
	MAIL_FRAME_KEY_LOOKUP, /* name of a key's record */
	MAIL_FRAME_PARSED,     /* mail_put(); the parts' data follow */
	/* to the process that asks the DNS */
	MAIL_FRAME_RESOLVER_SETTINGS, /* servers, trust anchor, enum dnssec */
	MAIL_FRAME_RESOLVE,           /* name */
	/* from it */
	MAIL_FRAME_RESOLVED, /* state, whether no server answers, record, note */
};

#endif
