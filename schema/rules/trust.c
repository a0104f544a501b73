#include "schema/rules/trust.h"

#include <assert.h>

#include "base/attr.h"

static const char *const authentication_names[] = {
	[AUTH_NOT_ASKED] = "not_asked",
	[AUTH_PASS] = "pass",
	[AUTH_AUTHSERV] = "authserv",
	[AUTH_UNSIGNED] = "unsigned",
	[AUTH_FAILED] = "failed",
	[AUTH_UNALIGNED] = "unaligned",
	[AUTH_SHARED_SIGNER] = "shared_signer",
	[AUTH_LENGTH_LIMITED] = "length_limited",
	[AUTH_SERVICE] = "service",
	[AUTH_WEAK] = "weak",
	[AUTH_TESTING] = "testing",
	[AUTH_EXPIRED] = "expired",
	[AUTH_KEY_MISSING] = "key_missing",
	[AUTH_KEY_GONE] = "key_gone",
	[AUTH_TROUBLE] = "trouble",
	[AUTH_AMBIGUOUS] = "ambiguous",
	[AUTH_UNCOVERED] = "uncovered",
	[AUTH_UNSIGNED_HINT] = "unsigned_hint",
};

static const char *const count_as_names[] = {
	[COUNT_AS_NONE] = "none",           [COUNT_AS_ANONYMOUS] = "anonymous",
	[COUNT_AS_AUTHSERV] = "authserv",   [COUNT_AS_DKIM] = "dkim",
	[COUNT_AS_DISPLACED] = "displaced",
};

static_assert(ARRAY_LENGTH(authentication_names) == AUTHENTICATIONS,
              "authentications");
static_assert(ARRAY_LENGTH(count_as_names) == COUNT_AS_KINDS, "count_as");

const char *trust_name(enum trust trust)
{
	return count_as_names[trust];
}

const char *trust_authentication_name(enum authentication authentication)
{
	return authentication_names[authentication];
}

const char *trust_count_as_name(enum count_as count_as)
{
	return count_as_names[count_as];
}

bool trust_is_proof(enum trust trust)
{
	return trust == TRUST_DKIM || trust == TRUST_AUTHSERV;
}
