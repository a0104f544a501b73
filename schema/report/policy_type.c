#include "schema/report/policy_type.h"

#include <assert.h>

#include "base/attr.h"

static const char *const policy_type_names[] = {
	[POLICY_TLSA] = "tlsa",
	[POLICY_STS] = "sts",
	[POLICY_NOT_FOUND] = "no-policy-found",
	[POLICY_OTHER] = "other",
};

static_assert(ARRAY_LENGTH(policy_type_names) == POLICY_TYPES,
              "every policy type has a name");

const char *policy_type_name(enum policy_type type)
{
	return policy_type_names[type];
}

enum policy_type policy_type_of(struct text name)
{
	int type;

	for (type = 0; type < POLICY_OTHER; type++) {
		if (text_is(name, policy_type_names[type]))
			break;
	}
	return (enum policy_type)type;
}
