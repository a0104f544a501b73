/*
 * Memory that is there or ends the program.
 */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stddef.h>

#include "base/attr.h"

/* malloc(), calloc(), realloc() and strdup() that end the program when there
   is no memory: input is bounded before we allocate for it, so that only the
   machine can be at fault. */
void *memory_alloc(size_t size) ATTR_RETURNS_NONNULL;
void *memory_zero(size_t count, size_t size) ATTR_RETURNS_NONNULL;
void *memory_resize(void *old, size_t size) ATTR_RETURNS_NONNULL;
char *memory_text(const char *text) ATTR_RETURNS_NONNULL;

/* Says so and ends the program. */
void memory_exhausted(void) ATTR_NORETURN;

#endif
