/*
 * Stored reports in short, the newest first.
 */
#include "base/buf.h"
#include "base/timestamp.h"
#include "schema/limits.h"
#include "schema/store/body.h"
#include "schema/store/dictionary.h"
#include "schema/store/read.h"
#include "schema/store/store_load.h"
#include "schema/store/store_read_private.h"

int store_read_reports(struct store *store, struct text domain, int64_t max,
                       struct store_cursor **rows, struct err *err)
{
	int64_t id = -1;

	if (domain.len > 0 &&
	    dictionary_domain_find(store, domain, &id, err) < 0)
		return -1;
	if (store_read_open(store,
	                    "SELECT r.id, r.day, r.received_at, w.name, "
	                    "r.report_id, r.channel, r.authentication, "
	                    "r.count_as, r.quirks, r.body FROM report AS r "
	                    "JOIN reporter AS w ON w.id = r.reporter_id ORDER "
	                    "BY r.id DESC",
	                    rows, err) < 0)
		return -1;
	(*rows)->arena = arena_new(0);
	(*rows)->domain_id = id;
	/* A domain that the store does not know has none. */
	(*rows)->left = id == 0 ? 0 : max;
	return 0;
}

static bool store_read_reports_has(const struct body *body, int64_t domain_id,
                                   size_t before)
{
	size_t i;

	for (i = 0; i < before; i++) {
		if (body->elements[i].domain_id == domain_id)
			return true;
	}
	return false;
}

/* The names of the domains, once each, with commas between them. */
static int store_read_reports_domains(struct store_cursor *rows,
                                      const struct body *body,
                                      struct text *domains, struct err *err)
{
	struct buf names = BUF_INIT(LIMIT_BODY);
	struct text name;
	int result = 0;
	int64_t id;
	size_t i;

	for (i = 0; i < body->count && result == 0; i++) {
		id = body->elements[i].domain_id;
		if (id == 0 || store_read_reports_has(body, id, i))
			continue;
		result = store_load_domain(rows->store, id, rows->arena, &name,
		                           err);
		if (result == 0 && names.len > 0)
			buf_add_char(&names, ',');
		if (result == 0)
			buf_add(&names, name.data, name.len);
	}
	*domains = (struct text){arena_copy(rows->arena, buf_text(&names),
	                                    names.len),
	                         names.len};
	buf_free(&names);
	return result;
}

/* Steps to the next report that is asked for. */
static int store_read_reports_step(struct store_cursor *rows, struct body *body,
                                   struct err *err)
{
	int result;

	if (rows->left <= 0)
		return 0;
	do {
		result = store_read_step(rows, err);
		if (result != 1)
			return result;
		arena_reset(rows->arena, 0);
		if (body_decode(statement_column_blob(rows->statement, 9),
		                rows->arena, body, err) < 0)
			return -1;
	} while (rows->domain_id != -1 &&
	         !store_read_reports_has(body, rows->domain_id, body->count));
	rows->left--;
	return 1;
}

int store_read_reports_next(struct store_cursor *rows,
                            struct store_report_row *row, struct err *err)
{
	struct body body;
	int result = store_read_reports_step(rows, &body, err);
	size_t i;

	if (result != 1)
		return result;
	row->id = store_read_number(rows, 0);
	row->day = store_read_number(rows, 1);
	row->received = row->day * SECONDS_PER_DAY + store_read_number(rows, 2);
	row->reporter = engine_column_text(rows->statement, 3);
	row->report_id = engine_column_text(rows->statement, 4);
	row->channel = statement_column_enum(rows->statement, 5, CHANNELS);
	row->authentication =
		statement_column_enum(rows->statement, 6, AUTHENTICATIONS);
	row->count_as =
		statement_column_enum(rows->statement, 7, COUNT_AS_KINDS);
	row->quirks = (uint64_t)store_read_number(rows, 8);
	row->successes = 0;
	row->failures = 0;
	for (i = 0; i < body.count; i++) {
		row->successes += body.elements[i].successes;
		row->failures += body.elements[i].failures;
	}
	return store_read_reports_domains(rows, &body, &row->domains, err) < 0
	               ? -1
	               : 1;
}
