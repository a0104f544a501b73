/*
 * Domain names as they are compared and stored: lower-case A-labels without a
 * trailing dot. The door of libidn2 and libpsl.
 */
#ifndef BASE_DOMAIN_H
#define BASE_DOMAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/text.h"

#define DOMAIN_MAX 253U

/* What had to be changed to normalise a name. */
struct domain_changes {
	bool spelling; /* upper case or a trailing dot */
	bool u_label;  /* not ASCII */
};

/* Normalises a name of letters, digits, hyphens and underscores in labels of
   1 to 63 bytes, 253 in all. IP addresses are no names. The result belongs to
   arena; it is name itself when nothing had to be changed. Changes are set,
   never cleared. Fails with ERR_MALFORMED. */
int domain_normalise(struct arena *arena, struct text name, struct text *out,
                     struct domain_changes *changes, struct err *err)
	ATTR_MUST_CHECK;

/* The registrable part of a normalised name by the public suffix list
   ("mail.example.co.uk" -> "example.co.uk"), a piece of name itself. A public
   suffix and a name without a dot are their own. */
struct text domain_registrable(struct text name);

/* Whether pattern, a name or "*." and a name, covers a normalised name. With
   any_depth, "*." stands for one label or more, else for exactly one. */
bool domain_matches(const char *pattern, struct text name, bool any_depth);

#endif
