#include "collector/trust.h"

enum trust trust_unsigned(enum channel channel)
{
	return channel_is_mail(channel) ? TRUST_NONE : TRUST_ANONYMOUS;
}

enum ledger_class trust_ledger_class(enum channel channel, enum trust trust,
                                     bool known)
{
	if (trust_is_proof(trust))
		return LEDGER_SIGNED;
	if (channel_is_mail(channel))
		return LEDGER_MAIL;
	return known ? LEDGER_KNOWN : LEDGER_REST;
}

bool trust_may_admit(enum channel channel, enum trust trust)
{
	return channel == CHANNEL_IMPORT || trust_is_proof(trust);
}
