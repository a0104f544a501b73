/*
 * What the files of the settings share among themselves.
 */
#ifndef SCHEMA_SETTINGS_SETTINGS_PRIVATE_H
#define SCHEMA_SETTINGS_SETTINGS_PRIVATE_H

#include "schema/settings/settings.h"

/* A domain name as it is compared; fails with what one may write. */
int settings_domains_normalise(struct arena *arena, struct text name,
                               struct text *out, struct err *err)
	ATTR_MUST_CHECK;

/* Names, patterns and MX hosts of all places where they may stand. */
int settings_domains_gather(struct settings *settings, struct arena *arena,
                            struct err *err) ATTR_MUST_CHECK;

#endif
