/*
 * Memory that dies together. One input is one arena: nothing inside it has an
 * owner to argue about, and there is one call that frees it.
 *
 * An arena is used by one thread at a time.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

#include "base/attr.h"

struct arena;

/* A new arena. limit is the number of bytes beyond which arena_try() gives no
   more; what the other functions hand out counts too, but they are not bound
   by it. Never NULL: without memory the program ends. */
struct arena *arena_new(size_t limit) ATTR_RETURNS_NONNULL;

/* Frees the arena and all that came from it. Accepts NULL, leaves NULL. */
void arena_free(struct arena **arena);

/* Forgets all that came from the arena, keeps its first block, and sets a new
   limit. */
void arena_reset(struct arena *arena, size_t limit);

/* size bytes, aligned for any type and set to zero. Never NULL. For what we
   have bounded ourselves. */
void *arena_alloc(struct arena *arena, size_t size) ATTR_RETURNS_NONNULL;

/* The same for an array; the product is checked. */
void *arena_array(struct arena *arena, size_t count, size_t size)
	ATTR_RETURNS_NONNULL;

/* size bytes, not set, or NULL when the arena's limit is reached. For what a
   stranger makes us allocate. */
void *arena_try(struct arena *arena, size_t size);

/* The same for an array, set to zero; NULL too where the product is more than
   a size_t holds. */
void *arena_try_array(struct arena *arena, size_t count, size_t size);

/* A NUL-terminated copy of len bytes. */
char *arena_copy(struct arena *arena, const char *data, size_t len)
	ATTR_RETURNS_NONNULL;

char *arena_printf(struct arena *arena, const char *format, ...)
	ATTR_RETURNS_NONNULL ATTR_PRINTF(2, 3);

/* Bytes handed out since the last reset. */
size_t arena_used(const struct arena *arena);

/* Bytes that its blocks take from the machine. */
size_t arena_size(const struct arena *arena);

#endif
