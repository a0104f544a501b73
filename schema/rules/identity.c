#include "schema/rules/identity.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/domain.h"

#define KEY_MAX (64U * 1024U * 1024U)

struct text identity_contact_domain(struct arena *arena, struct text contact)
{
	struct domain_changes changes = {false, false};
	const char *at = NULL;
	struct text name, normal;
	struct err ignored;

	if (contact.len > 0)
		at = memrchr(contact.data, '@', contact.len);
	if (at == NULL)
		return TEXT("");
	name.data = at + 1;
	name.len = contact.len - (size_t)(at + 1 - contact.data);
	if (text_ends(name, ">"))
		name.len--;
	if (domain_normalise(arena, name, &normal, &changes, &ignored) < 0)
		return TEXT("");
	return normal;
}

static bool identity_is_label_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr(" ._@&+()/-", c) != NULL);
}

struct text identity_clean_name(struct arena *arena, struct text name)
{
	char *out = arena_alloc(arena, REPORTER_NAME_MAX + 1);
	size_t len = 0, i;
	char c;

	name = text_trim(name);
	if (name.len == 0)
		return TEXT("_unknown");
	if (name.data[0] == '_' || !identity_is_label_byte(name.data[0]))
		out[len++] = 'x';
	for (i = 0; i < name.len && len < REPORTER_NAME_MAX; i++) {
		c = name.data[i];
		if (c == '\t')
			c = ' ';
		if (!identity_is_label_byte(c))
			c = '_';
		if (c != ' ' || out[len - 1] != ' ')
			out[len++] = c;
	}
	return text_trim((struct text){out, len});
}

/* Ends a name whose end is not there with what no domain has. */
#define MARK_DIGITS 12

/* A domain that is too long for a label value loses labels in front: what is
   left is of the same owner. Cut at its end, it would be somebody else's. */
static struct text identity_domain_name(struct arena *arena, struct text domain)
{
	struct text registrable = domain_registrable(domain), label;
	uint8_t digest[DIGEST_SIZE];
	uint64_t mark;

	/* With room for an "x" in front of it. */
	while (domain.len >= REPORTER_NAME_MAX && domain.len > registrable.len)
		(void)text_next(&domain, '.', &label);
	if (domain.len < REPORTER_NAME_MAX)
		return identity_clean_name(arena, domain);
	digest_sha256(domain.data, domain.len, digest);
	memcpy(&mark, digest, sizeof(mark));
	return identity_clean_name(
		arena,
		text_of(arena_printf(
			arena, "%.*s+%0*llx",
			(int)(REPORTER_NAME_MAX - MARK_DIGITS - 1), domain.data,
			MARK_DIGITS,
			(unsigned long long)(mark >> (64 - 4 * MARK_DIGITS)))));
}

/* --- the key ------------------------------------------------------------- */

static void identity_add_field(struct buf *buf, struct text field)
{
	buf_printf(buf, "%zu:", field.len);
	buf_add(buf, field.data, field.len);
}

/* The same without telling one blank from several: a signature with relaxed
   canonicalization (RFC 6376 section 3.4.4) does not, so that whoever has the
   mail may write more of them, and it is the same report. */
static void identity_add_words(struct arena *arena, struct buf *buf,
                               struct text field)
{
	char *out = arena_alloc(arena, field.len + 1);
	size_t len = 0, i;

	for (i = 0; i < field.len; i++) {
		if (field.data[i] != ' ' || len == 0 || out[len - 1] != ' ')
			out[len++] = field.data[i];
	}
	identity_add_field(buf, (struct text){out, len});
}

/* The sorted set of the policy domains. */
static void identity_add_domains(struct arena *arena,
                                 const struct report *report, struct buf *buf)
{
	struct text *domains =
		arena_array(arena, report->policy_count, sizeof(*domains));
	size_t i;

	for (i = 0; i < report->policy_count; i++)
		domains[i] = report->policies[i].domain;
	qsort(domains, report->policy_count, sizeof(*domains),
	      text_order_items);
	for (i = 0; i < report->policy_count; i++) {
		if (i == 0 || !text_equal(domains[i], domains[i - 1]))
			identity_add_field(buf, domains[i]);
	}
}

static int64_t identity_hash_key(struct arena *arena,
                                 const struct report *report,
                                 const struct identity *identity)
{
	uint8_t digest[DIGEST_SIZE];
	struct buf buf = BUF_INIT(KEY_MAX);
	uint64_t key;

	identity_add_words(arena, &buf, identity->key_reporter);
	identity_add_words(arena, &buf, report->id);
	buf_printf(&buf, "%lld:%lld:", (long long)report->begin,
	           (long long)report->end);
	identity_add_domains(arena, report, &buf);
	/* What names neither its author nor itself is only itself. */
	if (identity->key_reporter.len == 0 || report->id.len == 0)
		buf_add(&buf, identity->digest, DIGEST_SIZE);
	digest_sha256(buf.data, buf.len, digest);
	buf_free(&buf);
	memcpy(&key, digest, sizeof(key));
	return (int64_t)(key >> 1);
}

static enum rank identity_rank_of(enum trust trust, struct text signer_domain,
                                  struct text reporter)
{
	if (trust == TRUST_NONE)
		return RANK_UNCOUNTED;
	if (trust_is_proof(trust) && text_equal(signer_domain, reporter))
		return RANK_PROVED;
	return RANK_CLAIMED;
}

void identity_of(struct arena *arena, const struct report *report,
                 enum trust trust, struct text signer,
                 const uint8_t digest[DIGEST_SIZE], struct identity *identity)
{
	struct text contact = identity_contact_domain(arena, report->contact);
	struct text signer_domain = domain_registrable(signer);
	struct text organization =
		identity_clean_name(arena, report->organization);

	contact = domain_registrable(contact);
	memcpy(identity->digest, digest, DIGEST_SIZE);
	/* Who signs for another's contact-info speaks for himself. */
	if (trust_is_proof(trust) && contact.len > 0 &&
	    !text_equal(contact, signer_domain))
		identity->key_reporter = signer_domain;
	else if (contact.len > 0)
		identity->key_reporter = contact;
	else
		identity->key_reporter = report->organization;
	if (trust_is_proof(trust))
		identity->reporter = identity_domain_name(arena, signer);
	else
		identity->reporter =
			contact.len > 0 ? identity_domain_name(arena, contact)
					: organization;
	identity->rank =
		identity_rank_of(trust, signer_domain, identity->key_reporter);
	identity->key = identity_hash_key(arena, report, identity);
}
