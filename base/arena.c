#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
	size_t tried;
};

static void out_of_memory(void) ATTR_NORETURN;

static void out_of_memory(void)
{
	(void)fputs("<2>out of memory\n", stderr);
	abort();
}

void *memory_alloc(size_t size)
{
	void *memory = malloc(size == 0 ? 1 : size);

	if (memory == NULL)
		out_of_memory();
	return memory;
}

void *memory_zero(size_t count, size_t size)
{
	void *memory = calloc(count == 0 ? 1 : count, size == 0 ? 1 : size);

	if (memory == NULL)
		out_of_memory();
	return memory;
}

void *memory_resize(void *old, size_t size)
{
	void *memory = realloc(old, size == 0 ? 1 : size);

	if (memory == NULL)
		out_of_memory();
	return memory;
}

char *memory_text(const char *text)
{
	size_t size = strlen(text) + 1;

	return memcpy(memory_alloc(size), text, size);
}

static struct block *block_new(size_t size, struct block *next)
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

	arena->newest = block_new(FIRST_BLOCK, NULL);
	arena->limit = limit;
	arena->tried = 0;
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
	arena->newest->used = 0;
	arena->limit = limit;
	arena->tried = 0;
}

/* The size of the block after the newest one: each twice the last, until
   LARGE_BLOCK, so that small inputs stay small. */
static size_t next_block_size(const struct arena *arena, size_t wanted)
{
	size_t size = arena->newest->size * 2;

	if (size > LARGE_BLOCK)
		size = LARGE_BLOCK;
	return wanted > size ? wanted : size;
}

static void *take(struct arena *arena, size_t size)
{
	struct block *block = arena->newest;
	size_t rounded;
	void *memory;

	if (size > SIZE_MAX - LARGE_BLOCK)
		out_of_memory();
	rounded = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
	if (rounded > block->size - block->used) {
		block = block_new(next_block_size(arena, rounded), block);
		arena->newest = block;
	}
	memory = block->data + block->used;
	block->used += rounded;
	return memory;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	return memset(take(arena, size), 0, size);
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		out_of_memory();
	return arena_alloc(arena, bytes);
}

void *arena_try(struct arena *arena, size_t size)
{
	if (size > arena->limit - arena->tried)
		return NULL;
	arena->tried += size;
	return take(arena, size);
}

char *arena_copy(struct arena *arena, const char *data, size_t len)
{
	char *copy = take(arena, len + 1);

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
		out_of_memory();
	text = take(arena, (size_t)len + 1);
	va_start(args, format);
	(void)vsnprintf(text, (size_t)len + 1, format, args);
	va_end(args);
	return text;
}

size_t arena_used(const struct arena *arena)
{
	return arena->tried;
}
