#include "base/arena.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define FIRST_BLOCK (8U * 1024U)
#define LARGE_BLOCK (256U * 1024U)
#define ALIGNMENT   16U

struct block {
	struct block *next; /* the one before */
	size_t size;        /* of data */
	size_t used;
	_Alignas(ALIGNMENT) char data[];
};

struct arena {
	struct block *newest;
	size_t limit;
	size_t used;
	size_t size; /* of all blocks */
};

static struct block *arena_block_new(size_t size, struct block *next)
{
	struct block *block = memory_alloc(sizeof(*block) + size);

	block->next = next;
	block->size = size;
	block->used = 0;
	return block;
}

struct arena *arena_new(size_t limit)
{
	struct arena *arena = memory_alloc(sizeof(*arena));

	arena->newest = arena_block_new(FIRST_BLOCK, NULL);
	arena->limit = limit;
	arena->used = 0;
	arena->size = FIRST_BLOCK;
	return arena;
}

void arena_free(struct arena **arena)
{
	struct block *block, *next;

	if (*arena == NULL)
		return;
	for (block = (*arena)->newest; block != NULL; block = next) {
		next = block->next;
		free(block);
	}
	free(*arena);
	*arena = NULL;
}

void arena_reset(struct arena *arena, size_t limit)
{
	struct block *next;

	while (arena->newest->next != NULL) {
		next = arena->newest->next;
		free(arena->newest);
		arena->newest = next;
	}
	arena->size = arena->newest->size;
	arena->newest->used = 0;
	arena->limit = limit;
	arena->used = 0;
}

/* The size of the block after the newest one: each twice the last, until
   LARGE_BLOCK, so that small inputs stay small, and no larger than the limit
   leaves room for. */
static size_t arena_next_block_size(const struct arena *arena, size_t wanted)
{
	size_t size = arena->newest->size * 2, room;

	if (size > LARGE_BLOCK)
		size = LARGE_BLOCK;
	room = arena->limit > arena->size ? arena->limit - arena->size : 0;
	if (room >= wanted && size > room)
		size = room & ~(size_t)(ALIGNMENT - 1);
	return wanted > size ? wanted : size;
}

static struct block *arena_add_block(struct arena *arena, size_t wanted)
{
	struct block *newest = arena->newest, *block;

	/* What is large has a block of its own behind the newest, whose rest
	   goes on being used. */
	if (wanted > LARGE_BLOCK / 4 && newest->next != NULL) {
		block = arena_block_new(wanted, newest->next);
		newest->next = block;
	} else {
		block = arena_block_new(arena_next_block_size(arena, wanted),
		                        newest);
		arena->newest = block;
	}
	arena->size += block->size;
	return block;
}

static size_t arena_round_up(size_t size)
{
	if (size > SIZE_MAX - LARGE_BLOCK)
		memory_exhausted();
	return (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
}

static void *arena_take(struct arena *arena, size_t size)
{
	struct block *block = arena->newest;
	size_t rounded = arena_round_up(size);
	void *memory;

	if (rounded > block->size - block->used)
		block = arena_add_block(arena, rounded);
	memory = block->data + block->used;
	block->used += rounded;
	arena->used += rounded;
	return memory;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	return memset(arena_take(arena, size), 0, size);
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		memory_exhausted();
	return arena_alloc(arena, bytes);
}

/* Whether the limit leaves so much, both of what is handed out and of what the
   blocks take from the machine. */
static bool arena_has_room(const struct arena *arena, size_t rounded)
{
	const struct block *block = arena->newest;

	if (arena->used > arena->limit || rounded > arena->limit - arena->used)
		return false;
	return rounded <= block->size - block->used ||
	       (arena->size <= arena->limit &&
	        rounded <= arena->limit - arena->size);
}

void *arena_try(struct arena *arena, size_t size)
{
	if (size > arena->limit || !arena_has_room(arena, arena_round_up(size)))
		return NULL;
	return arena_take(arena, size);
}

void *arena_try_array(struct arena *arena, size_t count, size_t size)
{
	size_t bytes;
	void *memory;

	if (__builtin_mul_overflow(count, size, &bytes))
		return NULL;
	memory = arena_try(arena, bytes);
	return memory == NULL ? NULL : memset(memory, 0, bytes);
}

char *arena_copy(struct arena *arena, const char *data, size_t len)
{
	char *copy = arena_take(arena, len + 1);

	if (len > 0)
		memcpy(copy, data, len);
	copy[len] = '\0';
	return copy;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	va_list args;
	char *text;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (len < 0)
		memory_exhausted();
	text = arena_take(arena, (size_t)len + 1);
	va_start(args, format);
	(void)vsnprintf(text, (size_t)len + 1, format, args);
	va_end(args);
	return text;
}

size_t arena_size(const struct arena *arena)
{
	return arena->size;
}

size_t arena_used(const struct arena *arena)
{
	return arena->used;
}
