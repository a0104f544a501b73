/*
 * The value of one option: from text to its field, and compared.
 */
#ifndef BASE_OPTIONS_VALUE_H
#define BASE_OPTIONS_VALUE_H

#include "base/options.h"

/* Where the value of an option lies in the struct of its section. */
void *options_value_field(void *target, const struct option_spec *option);

/* Reads a value into its field. */
int options_value_set(struct arena *arena, const struct option_spec *option,
                      void *target, struct text value, struct err *err)
	ATTR_MUST_CHECK;

/* Sets all options of a section to their fallbacks. */
int options_value_set_defaults(struct arena *arena,
                               const struct option_section *section,
                               void *target, struct err *err) ATTR_MUST_CHECK;

/* Whether an option has the same value in two structs of its section. */
bool options_value_equal(const struct option_spec *option, const void *one,
                         const void *other);

#endif
