#include "schema/store/store_load.h"

#include "base/timestamp.h"
#include "schema/store/admin.h"
#include "schema/store/handle.h"
#include "schema/store/lines.h"
#include "schema/store/statement.h"

/* --- texts by their ids -------------------------------------------------- */

/* A statement whose first column is the text of the row with an id. */
struct load_text {
	enum statement_id statement;
	const char *sql;
};

static int store_load_text(struct store *store, const struct load_text *load,
                           int64_t id, struct arena *arena, struct text *text,
                           struct err *err)
{
	struct engine_statement *s;
	int result;

	*text = TEXT("");
	if (id == 0)
		return 0;
	s = engine_prepare(store->engine, load->statement, load->sql, err);
	if (s == NULL)
		return -1;
	engine_bind_int(s, 1, id);
	result = engine_next(s, err);
	if (result == 1)
		*text = statement_column_copy(s, 0, arena);
	engine_reset(s);
	return result < 0 ? -1 : 0;
}

int store_load_host(struct store *store, int64_t id, struct arena *arena,
                    struct text *text, struct err *err)
{
	static const struct load_text load = {
		STATEMENT_LOAD_HOST, "SELECT name FROM host WHERE id = ?1"};

	return store_load_text(store, &load, id, arena, text, err);
}

int store_load_reason(struct store *store, int64_t id, struct arena *arena,
                      struct text *text, struct err *err)
{
	static const struct load_text load = {
		STATEMENT_LOAD_REASON, "SELECT text FROM reason WHERE id = ?1"};

	return store_load_text(store, &load, id, arena, text, err);
}

int store_load_domain(struct store *store, int64_t id, struct arena *arena,
                      struct text *text, struct err *err)
{
	static const struct load_text load = {
		STATEMENT_LOAD_DOMAIN, "SELECT name FROM domain WHERE id = ?1"};

	return store_load_text(store, &load, id, arena, text, err);
}

static int store_load_policy_text(struct store *store, int64_t id,
                                  struct arena *arena,
                                  struct report_policy *policy, struct err *err)
{
	struct engine_statement *s;
	int result;

	if (id == 0)
		return 0;
	s = engine_prepare(store->engine, STATEMENT_LOAD_POLICY,
	                   "SELECT policy_string, mx_host FROM policy_text "
	                   "WHERE id = ?1",
	                   err);
	if (s == NULL)
		return -1;
	engine_bind_int(s, 1, id);
	result = engine_next(s, err);
	if (result == 1) {
		lines_decode(statement_column_copy(s, 0, arena), arena,
		             &policy->policy_string);
		lines_decode(statement_column_copy(s, 1, arena), arena,
		             &policy->mx_hosts);
	}
	engine_reset(s);
	return result < 0 ? -1 : 0;
}

/* --- a report ------------------------------------------------------------ */

static int store_load_row(struct store *store, int64_t id, struct arena *arena,
                          struct report *report, struct body *body,
                          struct err *err)
{
	struct engine_statement *s = engine_prepare(
		store->engine, STATEMENT_LOAD_REPORT,
		"SELECT organization, contact, report_id, day, begin_at, "
		"end_at, quirks, body FROM report AS r JOIN sender ON "
		"sender.id = sender_id WHERE r.id = ?1",
		err);
	int64_t midnight;
	int result;

	if (s == NULL)
		return -1;
	engine_bind_int(s, 1, id);
	result = engine_next(s, err);
	if (result == 0)
		return err_set(err, ERR_NOT_FOUND, "there is no report %lld",
		               (long long)id);
	if (result < 0)
		return -1;
	midnight = engine_column_int(s, 3) * SECONDS_PER_DAY;
	report->organization = statement_column_copy(s, 0, arena);
	report->contact = statement_column_copy(s, 1, arena);
	report->id = statement_column_copy(s, 2, arena);
	report->begin = midnight + engine_column_int(s, 4);
	report->end = midnight + engine_column_int(s, 5);
	report->quirks = (uint64_t)engine_column_int(s, 6);
	result = body_decode(statement_column_blob(s, 7), arena, body, err);
	engine_reset(s);
	return result;
}

static void store_load_fill_detail(const struct body_detail *from,
                                   struct report_detail *detail)
{
	detail->type = from->type;
	detail->type_text = from->type_text;
	detail->sessions = from->sessions;
	detail->sending_ip = from->sending_ip;
	detail->receiving_ip = from->receiving_ip;
	detail->additional = from->additional;
	detail->receiving_mx = TEXT("");
	detail->helo = TEXT("");
	detail->reason = TEXT("");
}

static void store_load_fill_element(const struct body_element *element,
                                    struct arena *arena,
                                    struct report_policy *policy)
{
	size_t i;

	policy->type = element->type;
	policy->type_text = element->type_text;
	policy->domain = TEXT("");
	if (element->has_policy_string) {
		/* That there is one is evidence, whatever it says. */
		policy->policy_string.items =
			arena_array(arena, 1, sizeof(struct text));
		policy->policy_string.items[0] = TEXT("");
		policy->policy_string.count = 1;
	}
	policy->successes = element->successes;
	policy->failures = element->failures;
	policy->detail_count = element->detail_count;
	policy->details = arena_array(arena, policy->detail_count,
	                              sizeof(*policy->details));
	for (i = 0; i < policy->detail_count; i++)
		store_load_fill_detail(&element->details[i],
		                       &policy->details[i]);
}

static void store_load_fill(const struct body *body, struct arena *arena,
                            struct store_loaded *loaded)
{
	struct report *report = loaded->report;
	const struct body_element *element;
	size_t i;

	report->policy_count = body->count;
	report->policies =
		arena_array(arena, body->count, sizeof(*report->policies));
	loaded->domain_ids =
		arena_array(arena, body->count, sizeof(*loaded->domain_ids));
	loaded->policy_ids =
		arena_array(arena, body->count, sizeof(*loaded->policy_ids));
	loaded->origins =
		arena_array(arena, body->count, sizeof(*loaded->origins));
	for (i = 0; i < body->count; i++) {
		element = &body->elements[i];
		loaded->domain_ids[i] = element->domain_id;
		loaded->policy_ids[i] = element->policy_id;
		loaded->origins[i] = element->origin;
		store_load_fill_element(element, arena, &report->policies[i]);
	}
}

static int store_load_body(struct store *store, int64_t report_id,
                           struct arena *arena, struct store_loaded *loaded,
                           struct body *body, struct err *err)
{
	loaded->report = arena_alloc(arena, sizeof(*loaded->report));
	if (store_load_row(store, report_id, arena, loaded->report, body, err) <
	    0)
		return -1;
	store_load_fill(body, arena, loaded);
	return 0;
}

int store_load_numbers(struct store *store, int64_t report_id,
                       struct arena *arena, struct store_loaded *loaded,
                       struct err *err)
{
	struct body body;

	return store_load_body(store, report_id, arena, loaded, &body, err);
}

static int store_load_detail_texts(struct store *store, struct arena *arena,
                                   const struct body_detail *from,
                                   struct report_detail *detail,
                                   struct err *err)
{
	if (store_load_host(store, from->mx_id, arena, &detail->receiving_mx,
	                    err) < 0 ||
	    store_load_host(store, from->helo_id, arena, &detail->helo, err) <
	            0)
		return -1;
	return store_load_reason(store, from->reason_id, arena, &detail->reason,
	                         err);
}

static int store_load_element_texts(struct store *store, struct arena *arena,
                                    const struct body_element *element,
                                    struct report_policy *policy,
                                    struct err *err)
{
	size_t i;

	if (store_load_domain(store, element->domain_id, arena, &policy->domain,
	                      err) < 0 ||
	    store_load_policy_text(store, element->policy_id, arena, policy,
	                           err) < 0)
		return -1;
	for (i = 0; i < element->detail_count; i++) {
		if (store_load_detail_texts(store, arena, &element->details[i],
		                            &policy->details[i], err) < 0)
			return -1;
	}
	return 0;
}

int store_load_report(struct store *store, int64_t report_id,
                      struct arena *arena, struct store_loaded *loaded,
                      struct err *err)
{
	struct body body;
	size_t i;

	if (store_load_body(store, report_id, arena, loaded, &body, err) < 0)
		return -1;
	for (i = 0; i < body.count; i++) {
		if (store_load_element_texts(store, arena, &body.elements[i],
		                             &loaded->report->policies[i],
		                             err) < 0)
			return -1;
	}
	return 0;
}

int store_load(struct store *store, int64_t report_id, struct arena *arena,
               struct report **report, struct err *err)
{
	struct store_loaded loaded;

	if (store_load_report(store, report_id, arena, &loaded, err) < 0)
		return -1;
	*report = loaded.report;
	return 0;
}
