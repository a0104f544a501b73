/*
 * What every driver leaves to us: which one it is, and the statements that are
 * kept.
 */
#include "schema/store/engine.h"

#include "schema/store/engine_sqlite.h"

int engine_open(const char *path, enum engine_mode mode, struct engine **engine,
                struct err *err)
{
	return engine_sqlite_open(path, mode, engine, err);
}

void engine_close(struct engine **out)
{
	struct engine *engine = *out;
	size_t i;

	if (engine == NULL)
		return;
	for (i = 0; i < STATEMENTS; i++)
		engine_finalize(&engine->kept[i]);
	engine->driver->close(engine);
	*out = NULL;
}

const char *engine_library_version(void)
{
	return engine_sqlite_library_version();
}

struct engine_statement *engine_prepare(struct engine *engine,
                                        enum statement_id id, const char *sql,
                                        struct err *err)
{
	if (engine->kept[id] == NULL)
		engine->kept[id] =
			engine->driver->prepare(engine, sql, true, err);
	return engine->kept[id];
}

void engine_finalize(struct engine_statement **s)
{
	if (*s == NULL)
		return;
	(*s)->driver->finalize(*s);
	*s = NULL;
}
