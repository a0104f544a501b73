/*
 * What each stage costs, beside the least that its library can do, in one run
 * and one thread: CPU microseconds a report.
 *
 *	bench_stages PACK [ROUNDS]
 *
 * Floors: inflate with a reused stream; jansson into an arena; SQLite inserts
 * of a row a report, an element and a detail, and of the sums, without looking
 * anything up, in transactions of the same size, durable. Raw bytes are not
 *kept.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>
#include <sqlite3.h>
#include <zlib.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/digest.h"
#include "base/memory.h"
#include "base/timestamp.h"
#include "collector/config/config.h"
#include "collector/intake/decode.h"
#include "collector/intake/intake.h"
#include "collector/intake/writer.h"
#include "schema/limits.h"
#include "schema/report/report.h"
#include "schema/store/store.h"
#include "tests/bench/pack.h"

#define ROUNDS_MOST 21
#define BATCH       LIMIT_BATCH

enum stage {
	FLOOR_INFLATE,
	OUR_DECODE,
	FLOOR_JANSSON,
	OUR_PARSE,
	OUR_PREPARE,
	FLOOR_SQLITE,
	OUR_STORE,
	STAGES,
};

static const char *const names[] = {
	"floor: inflate",
	"decode",
	"floor: jansson",
	"report_parse",
	"decode + parse + check",
	"floor: SQLite inserts",
	"store",
};

struct bench {
	struct pack pack;
	struct config *config;
	char folder[64];
	char **plain;            /* texts of the pack */
	struct report **reports; /* parsed, for the floor of SQLite */
	struct arena *arena;
	double cpu[STAGES][ROUNDS_MOST];
};

static void die(const char *why)
{
	(void)fprintf(stderr, "bench_stages: %s\n", why);
	exit(1);
}

/* --- floors -------------------------------------------------------------- */

static void floor_inflate(struct bench *b)
{
	unsigned char *out = memory_alloc(LIMIT_JSON);
	z_stream zs = {0};
	size_t i;

	if (inflateInit2(&zs, 31) != Z_OK)
		die("zlib");
	for (i = 0; i < b->pack.count; i++) {
		union {
			const uint8_t *constant;
			Bytef *plain;
		} input = {.constant = b->pack.items[i].gzip};

		(void)inflateReset(&zs);
		zs.next_in = input.plain;
		zs.avail_in = b->pack.items[i].gzip_len;
		zs.next_out = out;
		zs.avail_out = LIMIT_JSON;
		if (inflate(&zs, Z_FINISH) != Z_STREAM_END)
			die("inflate");
	}
	(void)inflateEnd(&zs);
	free(out);
}

/* jansson's allocator is the process's: a bump pointer of its own here. */
static char *bump, *bump_start;

static void *bump_alloc(size_t size)
{
	void *memory = bump;

	bump += (size + 15) & ~(size_t)15;
	return memory;
}

static void bump_free(void *memory)
{
	(void)memory;
}

static void floor_jansson(struct bench *b)
{
	json_error_t error;
	size_t i;

	json_set_alloc_funcs(bump_alloc, bump_free);
	for (i = 0; i < b->pack.count; i++) {
		bump = bump_start;
		if (json_loadb(b->plain[i], b->pack.items[i].plain_len,
		               JSON_REJECT_DUPLICATES, &error) == NULL)
			die(error.text);
	}
	report_json_init();
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *statement;

	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
		die(sqlite3_errmsg(db));
	return statement;
}

static void run(sqlite3 *db, sqlite3_stmt *statement)
{
	int code = sqlite3_step(statement);

	if (code != SQLITE_DONE && code != SQLITE_ROW)
		die(sqlite3_errmsg(db));
	(void)sqlite3_reset(statement);
}

/* The floor's own tables: plain rows, one an element and one a detail. */
static const char floor_sql[] =
	"CREATE TABLE report ( id INTEGER PRIMARY KEY, day INTEGER NOT "
	"NULL, key INTEGER NOT NULL, copy INTEGER NOT NULL, digest BLOB NOT"
	" NULL, reporter_id INTEGER NOT NULL, sender_id INTEGER NOT NULL, "
	"report_id TEXT NOT NULL, begin INTEGER NOT NULL, end INTEGER NOT "
	"NULL, received INTEGER NOT NULL, channel INTEGER NOT NULL, trust "
	"INTEGER NOT NULL, rank INTEGER NOT NULL, standing INTEGER NOT "
	"NULL, quirks INTEGER NOT NULL, bytes INTEGER NOT NULL, "
	"authentication INTEGER NOT NULL DEFAULT 0, proved INTEGER ) "
	"STRICT; "
	"CREATE UNIQUE INDEX report_key ON report (day, key, copy); "
	"CREATE TABLE policy_result ( report_id INTEGER NOT NULL, seq "
	"INTEGER NOT NULL, day INTEGER NOT NULL, domain_id INTEGER, "
	"policy_type INTEGER NOT NULL, type_text TEXT, policy_id INTEGER, "
	"successes INTEGER NOT NULL, failures INTEGER NOT NULL, details "
	"INTEGER NOT NULL, origin INTEGER NOT NULL DEFAULT 0, PRIMARY KEY "
	"(report_id, seq) ) STRICT, WITHOUT ROWID; "
	"CREATE INDEX policy_result_failed ON policy_result (day, "
	"domain_id) WHERE failures > 0 OR details > 0; "
	"CREATE TABLE failure_detail ( report_id INTEGER NOT NULL, "
	"policy_seq INTEGER NOT NULL, seq INTEGER NOT NULL, result_type "
	"INTEGER NOT NULL, type_text TEXT, sessions INTEGER NOT NULL, "
	"sending_ip BLOB, receiving_ip BLOB, mx_id INTEGER, helo_id "
	"INTEGER, reason_id INTEGER, additional TEXT, PRIMARY KEY "
	"(report_id, policy_seq, seq) ) STRICT, WITHOUT ROWID; "
	"CREATE TABLE day_sum ( day INTEGER NOT NULL, domain_id INTEGER NOT"
	" NULL, policy_type INTEGER NOT NULL, reporter_id INTEGER NOT NULL,"
	" standing INTEGER NOT NULL, policy_id INTEGER NOT NULL, arrived "
	"INTEGER NOT NULL, reports INTEGER NOT NULL, successes INTEGER NOT "
	"NULL, failures INTEGER NOT NULL, trials INTEGER NOT NULL, refused "
	"INTEGER NOT NULL, unusable INTEGER NOT NULL, dane INTEGER NOT "
	"NULL, refused_starttls INTEGER NOT NULL, refused_certificate "
	"INTEGER NOT NULL, refused_other INTEGER NOT NULL, "
	"predicted_starttls INTEGER NOT NULL, predicted_certificate INTEGER"
	" NOT NULL, predicted_other INTEGER NOT NULL, elements INTEGER NOT "
	"NULL, untested INTEGER NOT NULL, PRIMARY KEY (day, domain_id, "
	"policy_type, reporter_id, standing, policy_id, arrived) ) STRICT, "
	"WITHOUT ROWID; ";

/* Only the inserts of detail rows and one sum a policy, with made-up ids. */
struct inserts {
	sqlite3 *db;
	sqlite3_stmt *begin, *commit, *report, *result, *detail, *sum;
};

static void insert_one(struct inserts *ins, const struct report *report,
                       int64_t id)
{
	static const uint8_t digest[DIGEST_SIZE] = {1};
	const struct report_policy *policy;
	int64_t day = report_day(report);
	size_t i, k;

	(void)sqlite3_bind_int64(ins->report, 1, id);
	(void)sqlite3_bind_int64(ins->report, 2, day);
	(void)sqlite3_bind_int64(ins->report, 3,
	                         (int64_t)((uint64_t)id * 0x9e3779b97f4a7c15U >>
	                                   1));
	(void)sqlite3_bind_blob(ins->report, 4, digest, DIGEST_SIZE,
	                        SQLITE_STATIC);
	(void)sqlite3_bind_text(ins->report, 5, report->id.data,
	                        (int)report->id.len, SQLITE_STATIC);
	(void)sqlite3_bind_int64(ins->report, 6, report->begin);
	run(ins->db, ins->report);
	for (i = 0; i < report->policy_count; i++) {
		policy = &report->policies[i];
		(void)sqlite3_bind_int64(ins->result, 1, id);
		(void)sqlite3_bind_int64(ins->result, 2, (int64_t)i);
		(void)sqlite3_bind_int64(ins->result, 3, day);
		(void)sqlite3_bind_int64(ins->result, 4, id % 10000 + 1);
		(void)sqlite3_bind_int64(ins->result, 5, policy->successes);
		(void)sqlite3_bind_int64(ins->result, 6, policy->failures);
		(void)sqlite3_bind_int64(ins->result, 7,
		                         (int64_t)policy->detail_count);
		run(ins->db, ins->result);
		(void)sqlite3_bind_int64(ins->sum, 1, day);
		(void)sqlite3_bind_int64(ins->sum, 2, id % 10000 + 1);
		(void)sqlite3_bind_int64(ins->sum, 3, (int64_t)i + 1);
		(void)sqlite3_bind_int64(ins->sum, 4, policy->successes);
		run(ins->db, ins->sum);
		for (k = 0; k < policy->detail_count; k++) {
			(void)sqlite3_bind_int64(ins->detail, 1, id);
			(void)sqlite3_bind_int64(ins->detail, 2, (int64_t)i);
			(void)sqlite3_bind_int64(ins->detail, 3, (int64_t)k);
			(void)sqlite3_bind_int64(ins->detail, 4,
			                         policy->details[k].sessions);
			(void)sqlite3_bind_blob(
				ins->detail, 5,
				policy->details[k].sending_ip.bytes,
				policy->details[k].sending_ip.len,
				SQLITE_STATIC);
			run(ins->db, ins->detail);
		}
	}
}

static void floor_open(struct bench *b, struct inserts *ins, int round)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/floor%d.db", b->folder, round);
	if (sqlite3_open(path, &ins->db) != SQLITE_OK ||
	    sqlite3_exec(ins->db,
	                 "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
	                 "PRAGMA foreign_keys = OFF; PRAGMA cache_size = -2048;"
	                 "PRAGMA wal_autocheckpoint = 4000",
	                 NULL, NULL, NULL) != SQLITE_OK ||
	    sqlite3_exec(ins->db, floor_sql, NULL, NULL, NULL) != SQLITE_OK)
		die(sqlite3_errmsg(ins->db));
	ins->begin = prepare(ins->db, "BEGIN IMMEDIATE");
	ins->commit = prepare(ins->db, "COMMIT");
	ins->report = prepare(
		ins->db,
		"INSERT INTO report VALUES (?1, ?2, ?3, 0, ?4, 1, 1, "
		"?5, ?6, ?6 + 86400, ?6 + 100000, 0, 1, 1, 1, 0, 300, 0, "
		"NULL)");
	ins->result = prepare(
		ins->db, "INSERT INTO policy_result VALUES (?1, ?2, ?3, ?4, 1, "
			 "NULL, 1, ?5, ?6, ?7, 0)");
	ins->detail = prepare(
		ins->db, "INSERT INTO failure_detail VALUES (?1, ?2, ?3, 1, "
			 "NULL, ?4, ?5, ?5, 1, NULL, 1, NULL)");
	ins->sum = prepare(
		ins->db,
		"INSERT INTO day_sum VALUES (?1, ?2, 1, 1, 1, ?3, ?1 + 1, 1, "
		"?4, 0, ?4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0) ON CONFLICT DO "
		"UPDATE SET reports = reports + 1, successes = successes + ?4");
}

static void floor_sqlite(struct bench *b, int round)
{
	struct inserts ins;
	double start;
	size_t i;

	floor_open(b, &ins, round);
	start = pack_cpu();
	for (i = 0; i < b->pack.count; i++) {
		if (i % BATCH == 0)
			run(ins.db, ins.begin);
		insert_one(&ins, b->reports[i], (int64_t)i + 1);
		if (i % BATCH == BATCH - 1 || i + 1 == b->pack.count)
			run(ins.db, ins.commit);
	}
	b->cpu[FLOOR_SQLITE][round] = pack_cpu() - start;
	(void)sqlite3_finalize(ins.begin);
	(void)sqlite3_finalize(ins.commit);
	(void)sqlite3_finalize(ins.report);
	(void)sqlite3_finalize(ins.result);
	(void)sqlite3_finalize(ins.detail);
	(void)sqlite3_finalize(ins.sum);
	(void)sqlite3_close(ins.db);
}

/* --- ours ---------------------------------------------------------------- */

static void our_decode(struct bench *b)
{
	struct buf out = BUF_INIT(LIMIT_JSON + 65536);
	enum refusal refusal;
	uint64_t quirks;
	struct err err;
	size_t i;

	for (i = 0; i < b->pack.count; i++) {
		const struct decode_input input = {
			.data = b->pack.items[i].gzip,
			.len = b->pack.items[i].gzip_len,
			.max_json = LIMIT_JSON};

		buf_reset(&out);
		if (decode(&input, &out, &quirks, &refusal, &err) < 0)
			die(err.text);
	}
	buf_free(&out);
}

static void our_parse(struct bench *b)
{
	struct arena *arena = arena_new(0);
	struct report *report;
	struct err err;
	size_t i, len;

	for (i = 0; i < b->pack.count; i++) {
		len = b->pack.items[i].plain_len;
		arena_reset(arena, report_parse_memory(len));
		if (report_parse(arena, b->plain[i], len, &report, NULL, &err) <
		    0)
			die(err.text);
	}
	arena_free(&arena);
}

/* As `import` does it: a batch is prepared, written, and forgotten. */
static void our_batch(struct bench *b, struct store *store, size_t from,
                      size_t count, int round)
{
	struct intake *all[BATCH];
	int64_t now = timestamp_now();
	double start = pack_cpu(), prepared;
	size_t i;

	for (i = 0; i < count; i++) {
		all[i] = intake_new(b->config, CHANNEL_IMPORT,
		                    b->pack.items[from + i].gzip,
		                    b->pack.items[from + i].gzip_len);
		intake_prepare(all[i], now);
		if (all[i]->stage != INTAKE_CHECKED)
			die(all[i]->sentence);
		if (i > 0)
			all[i - 1]->next = all[i];
	}
	prepared = pack_cpu();
	writer_commit_batch(store, all[0]);
	b->cpu[OUR_PREPARE][round] += prepared - start;
	b->cpu[OUR_STORE][round] += pack_cpu() - prepared;
	for (i = 0; i < count; i++) {
		if (all[i]->stage != INTAKE_COMMITTED ||
		    all[i]->outcome != OUTCOME_STORED)
			die(all[i]->sentence);
		intake_free(&all[i]);
	}
}

static void ours(struct bench *b, int round)
{
	struct store *store;
	char path[128];
	struct err err;
	size_t i, left;

	(void)snprintf(path, sizeof(path), "%s/ours%d.db", b->folder, round);
	if (store_open(path, STORE_WRITE, &store, &err) < 0)
		die(err.text);
	for (i = 0; i < b->pack.count; i += BATCH) {
		left = b->pack.count - i;
		our_batch(b, store, i, left < BATCH ? left : BATCH, round);
	}
	store_close(&store);
}

/* --- the whole ----------------------------------------------------------- */

static void measure(struct bench *b, enum stage stage, int round,
                    void (*stage_run)(struct bench *))
{
	double start = pack_cpu();

	stage_run(b);
	b->cpu[stage][round] = pack_cpu() - start;
}

static void one_round(struct bench *b, int round)
{
	measure(b, FLOOR_INFLATE, round, floor_inflate);
	measure(b, OUR_DECODE, round, our_decode);
	measure(b, FLOOR_JANSSON, round, floor_jansson);
	measure(b, OUR_PARSE, round, our_parse);
	floor_sqlite(b, round);
	ours(b, round);
}

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double median(struct bench *b, enum stage stage, int rounds)
{
	qsort(b->cpu[stage], (size_t)rounds, sizeof(double), compare);
	return b->cpu[stage][rounds / 2] / (double)b->pack.count;
}

static void print(struct bench *b, int rounds)
{
	double m[STAGES], floor, ours;
	int stage;

	for (stage = 0; stage < STAGES; stage++) {
		m[stage] = median(b, (enum stage)stage, rounds);
		(void)printf("%-26s %8.2f us  (%.2f-%.2f)\n", names[stage],
		             m[stage], b->cpu[stage][0] / (double)b->pack.count,
		             b->cpu[stage][rounds - 1] / (double)b->pack.count);
	}
	floor = m[FLOOR_INFLATE] + m[FLOOR_JANSSON] + m[FLOOR_SQLITE];
	ours = m[OUR_PREPARE] + m[OUR_STORE];
	(void)printf("%-26s %8.2f us\n%-26s %8.2f us\nratio %.2f\n",
	             "floors together", floor, "ours together", ours,
	             ours / floor);
}

static void expand_all(struct bench *b)
{
	size_t i;

	b->plain = memory_zero(b->pack.count, sizeof(*b->plain));
	b->reports = memory_zero(b->pack.count, sizeof(struct report *));
	b->arena = arena_new(SIZE_MAX / 2);
	for (i = 0; i < b->pack.count; i++) {
		const struct decode_input input = {
			.data = b->pack.items[i].gzip,
			.len = b->pack.items[i].gzip_len,
			.max_json = LIMIT_JSON};
		struct buf out = BUF_INIT(LIMIT_JSON + 65536);
		enum refusal refusal;
		uint64_t quirks;
		struct err err;

		if (decode(&input, &out, &quirks, &refusal, &err) < 0)
			die(err.text);
		b->plain[i] = out.data;
		if (report_parse(b->arena, out.data, out.len, &b->reports[i],
		                 NULL, &err) < 0)
			die(err.text);
	}
}

static void free_all(struct bench *b)
{
	size_t i;

	for (i = 0; i < b->pack.count; i++)
		free(b->plain[i]);
	free(b->plain);
	free(b->reports);
	arena_free(&b->arena);
	pack_free(&b->pack);
	config_unref(&b->config);
	free(bump_start);
}

int main(int argc, char *argv[])
{
	struct bench b = {0};
	char path[128];
	struct err err;
	FILE *file;
	int rounds = 5, round;

	if (argc < 2)
		die("usage: bench_stages PACK [ROUNDS]");
	if (argc > 2)
		rounds = (int)strtol(argv[2], NULL, 10);
	if (rounds < 1 || rounds > ROUNDS_MOST)
		die("1 to 21 rounds");
	/* As in the program. */
	(void)mallopt(M_MMAP_THRESHOLD, 1024 * 1024);
	(void)mallopt(M_TRIM_THRESHOLD, 8 * 1024 * 1024);
	report_json_init();
	bump_start = memory_alloc((size_t)64 << 20);
	pack_read(argv[1], &b.pack);
	(void)snprintf(b.folder, sizeof(b.folder), "./bench.XXXXXX");
	if (mkdtemp(b.folder) == NULL)
		die("no folder");
	(void)snprintf(path, sizeof(path), "%s/conf", b.folder);
	file = fopen(path, "we");
	if (file == NULL)
		die(path);
	(void)fputs("domains = *\nraw_keep_days = 0\n"
	            "max_admitted_domains = 1000000\n",
	            file);
	(void)fclose(file);
	if (config_read(path, false, &b.config, &err) < 0)
		die(err.text);
	expand_all(&b);
	for (round = 0; round < rounds; round++)
		one_round(&b, round);
	print(&b, rounds);
	(void)printf("stores are in %s\n", b.folder);
	free_all(&b);
	return 0;
}
