#include "collector/intake/shared_signer.h"

#include "base/attr.h"
#include "base/domain.h"
#include "schema/rules/identity.h"

/* Services that nobody else can sign for, on which a verdict may rest alone.
   They also sign invitations and notices with a stranger's text; reports come
   from one address. */
static const struct {
	const char *domain; /* and all below it */
	const char *address;
} shared_signer_services[] = {
	{"google.com", "noreply-smtp-tls-reporting@google.com"},
	{"microsoft.com", "tlsrpt-noreply@microsoft.com"},
};

/* NULL: it is no such service's. */
static const char *shared_signer_find_address(struct text registrable)
{
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(shared_signer_services); i++) {
		if (text_is(registrable, shared_signer_services[i].domain))
			return shared_signer_services[i].address;
	}
	return NULL;
}

static bool shared_signer_is_listed(const struct option_list *list,
                                    struct text word)
{
	size_t i;

	for (i = 0; i < list->count; i++) {
		if (text_equal_case(word, list->items[i]))
			return true;
	}
	return false;
}

bool shared_signer_proves_mailbox(struct arena *arena,
                                  const struct config *config,
                                  struct text domain, struct text from)
{
	struct text registrable = domain_registrable(domain);
	const char *address = shared_signer_find_address(registrable);

	if (address == NULL &&
	    !shared_signer_is_listed(&config->shared_signers, domain))
		return false;
	if (from.len == 0 ||
	    !text_equal(registrable, domain_registrable(identity_contact_domain(
					     arena, from))))
		return true;
	return !(address != NULL && text_is(from, address)) &&
	       !shared_signer_is_listed(&config->reporter_addresses, from);
}
