#include "schema/store/statement.h"

#include <string.h>

int statement_run_number(struct engine *engine, const char *sql, int64_t number,
                         int64_t *rows, struct err *err)
{
	struct engine_statement *s = engine_prepare_once(engine, sql, err);
	int result;

	if (s == NULL)
		return -1;
	engine_bind_int(s, 1, number);
	result = engine_run(s, rows, err);
	engine_finalize(&s);
	return result;
}

static int statement_read_first(struct engine_statement *s, int64_t *number,
                                struct err *err)
{
	int result = engine_next(s, err);

	if (result < 0)
		return -1;
	*number = result == 1 ? engine_column_int(s, 0) : 0;
	engine_reset(s);
	return 0;
}

int statement_read_number(struct engine *engine, enum statement_id id,
                          const char *sql, int64_t *number, struct err *err)
{
	struct engine_statement *s = engine_prepare(engine, id, sql, err);

	return s == NULL ? -1 : statement_read_first(s, number, err);
}

int statement_read_once(struct engine *engine, const char *sql, int64_t *number,
                        struct err *err)
{
	struct engine_statement *s = engine_prepare_once(engine, sql, err);
	int result;

	if (s == NULL)
		return -1;
	result = statement_read_first(s, number, err);
	engine_finalize(&s);
	return result;
}

void statement_bind_text_or_null(struct engine_statement *s, int at,
                                 struct text text)
{
	if (text.len == 0)
		engine_bind_null(s, at);
	else
		engine_bind_text(s, at, text);
}

void statement_bind_id(struct engine_statement *s, int at, int64_t id)
{
	if (id == 0)
		engine_bind_null(s, at);
	else
		engine_bind_int(s, at, id);
}

unsigned int statement_column_enum(struct engine_statement *s, int at,
                                   unsigned int count)
{
	int64_t value = engine_column_int(s, at);

	return value < 0 || value >= count ? count - 1 : (unsigned int)value;
}

int64_t statement_column_or(struct engine_statement *s, int at,
                            int64_t otherwise)
{
	return engine_column_is_null(s, at) ? otherwise
	                                    : engine_column_int(s, at);
}

struct text statement_column_copy(struct engine_statement *s, int at,
                                  struct arena *arena)
{
	struct text text = engine_column_text(s, at);

	text.data = arena_copy(arena, text.data, text.len);
	return text;
}

struct text statement_column_blob(struct engine_statement *s, int at)
{
	struct text bytes = TEXT("");
	const void *data = engine_column_blob(s, at, &bytes.len);

	if (data != NULL)
		bytes.data = data;
	return bytes;
}

void statement_column_bytes(struct engine_statement *s, int at, uint8_t *out,
                            size_t size)
{
	size_t len;
	const void *blob = engine_column_blob(s, at, &len);

	if (blob != NULL && len == size)
		memcpy(out, blob, size);
}
