/*
 * The process that asks the DNS for keys (RFC 6376 section 3.6.2): it has the
 * network, and of files what a resolver reads. The door of libunbound.
 */
#include "collector/mail/resolver_worker.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unbound.h>
#include <unistd.h>

#include "base/child.h"
#include "base/confine.h"
#include "base/memory.h"
#include "base/timestamp.h"
#include "collector/config/config.h"
#include "collector/mail/key_record.h"
#include "collector/mail/mail.h"
#include "collector/mail/protocol.h"

#define TYPE_NS  2
#define TYPE_TXT 16
#define CLASS_IN 1

#define NXDOMAIN 3

/* For one question; and for the one that tells whether the servers answer. */
#define ANSWER_MS      5000
#define ROOT_ANSWER_MS 2000

#define PATIENCE_MS (INT64_C(24) * 3600 * 1000)

#define RECORD_SIZE 4096U
#define MEMORY_MAX  (512ULL * 1024 * 1024)

struct resolver_worker {
	struct wire wire;
	struct buf frame;
	struct ub_ctx *context;
	char *servers; /* separated by blanks; "": the system's */
	char *anchor;
	int64_t dnssec;
	bool probed;
	char note[256]; /* to be said with the next answer */
};

/* One question that is under way. */
struct question {
	bool over;
	int error;
	struct ub_result *result;
};

static void resolver_worker_on_result(void *cls, int error,
                                      struct ub_result *result)
{
	struct question *question = cls;

	question->over = true;
	question->error = error;
	question->result = result;
}

/* The answer, or NULL when there is none in time. */
static struct ub_result *resolver_worker_ask(struct ub_ctx *context,
                                             const char *name, int type,
                                             int64_t timeout_ms)
{
	int64_t until = timestamp_monotonic_ms() + timeout_ms, left;
	struct pollfd entry = {.fd = ub_fd(context), .events = POLLIN};
	struct question question = {.over = false};
	int id = 0;

	if (ub_resolve_async(context, name, type, CLASS_IN, &question,
	                     resolver_worker_on_result, &id) != 0)
		return NULL;
	while (!question.over) {
		left = until - timestamp_monotonic_ms();
		if (left <= 0)
			break;
		if (poll(&entry, 1, (int)left) > 0)
			(void)ub_process(context);
	}
	if (!question.over)
		(void)ub_cancel(context, id);
	return question.over && question.error == 0 ? question.result : NULL;
}

static void resolver_worker_set_option(struct ub_ctx *context, const char *name,
                                       const char *value)
{
	char option[64], word[64];

	(void)snprintf(option, sizeof(option), "%s", name);
	(void)snprintf(word, sizeof(word), "%s", value);
	(void)ub_ctx_set_option(context, option, word);
}

/* Zones that the library answers by itself as empty (RFC 6303, RFC 6761), and
   in which a network may well have names of its own, and keys. */
static const char *const resolver_worker_local_zones[] = {"test.",
                                                          "home.arpa."};

static struct ub_ctx *
resolver_worker_open_context(const struct resolver_worker *worker,
                             bool validate)
{
	size_t i;
	struct text rest = text_of(worker->servers), word;
	struct ub_ctx *context = ub_ctx_create();
	int servers = 0;
	char server[128];

	if (context == NULL)
		return NULL;
	/* A resolver on this host is where most keep one. */
	resolver_worker_set_option(context, "do-not-query-localhost:", "no");
	resolver_worker_set_option(context, "qname-minimisation:", "yes");
	resolver_worker_set_option(context, "rrset-cache-size:", "2m");
	resolver_worker_set_option(context, "msg-cache-size:", "2m");
	resolver_worker_set_option(context, "cache-max-negative-ttl:", "300");
	while (text_next(&rest, ' ', &word)) {
		if (word.len == 0)
			continue;
		(void)snprintf(server, sizeof(server), "%.*s", (int)word.len,
		               word.data);
		servers += ub_ctx_set_fwd(context, server) == 0;
	}
	if (servers == 0)
		(void)ub_ctx_resolvconf(context, NULL);
	if (validate)
		(void)ub_ctx_add_ta_file(context, worker->anchor);
	if (ub_ctx_async(context, 1) != 0) {
		ub_ctx_delete(context);
		return NULL;
	}
	/* Last: no option can be set after it. */
	for (i = 0; i < ARRAY_LENGTH(resolver_worker_local_zones); i++)
		(void)ub_ctx_zone_remove(context,
		                         resolver_worker_local_zones[i]);
	return context;
}

/* Whether the root's signatures come through. 1, 0, or -1: no answer at all. */
static int resolver_worker_root_is_secure(const struct resolver_worker *worker)
{
	struct ub_result *result =
		resolver_worker_ask(worker->context, ".", TYPE_NS, ANSWER_MS);
	int through = -1;

	if (result != NULL) {
		through = result->secure;
		ub_resolve_free(result);
	}
	return through;
}

static void resolver_worker_probe_dnssec(struct resolver_worker *worker)
{
	int through;

	if (worker->probed || worker->dnssec != DNSSEC_AUTO ||
	    worker->anchor[0] == '\0') {
		worker->probed = true;
		return;
	}
	through = resolver_worker_root_is_secure(worker);
	worker->probed = through >= 0;
	if (through != 0)
		return;
	ub_ctx_delete(worker->context);
	worker->context = resolver_worker_open_context(worker, false);
	if (worker->context == NULL)
		child_exit(EX_OSERR);
	(void)snprintf(worker->note, sizeof(worker->note),
	               "the DNS servers do not pass on what DNSSEC needs; keys "
	               "are taken without it. Set dns_servers to some that do, "
	               "or dnssec = no");
}

static enum mail_key_state
resolver_worker_parse_result(struct resolver_worker *worker,
                             const struct ub_result *result, const char *name,
                             char *out)
{
	int i;

	if (result->bogus) {
		(void)snprintf(worker->note, sizeof(worker->note),
		               "%s: DNSSEC: %s", name,
		               result->why_bogus != NULL ? result->why_bogus
		                                         : "bogus");
		return MAIL_KEY_UNAVAILABLE;
	}
	for (i = 0; result->havedata && result->data[i] != NULL; i++) {
		(void)key_record_join(
			result->data[i],
			(size_t)(result->len[i] > 0 ? result->len[i] : 0), out,
			RECORD_SIZE);
		/* Another record at that name is no key. */
		if (strstr(out, "p=") != NULL)
			return MAIL_KEY_FOUND;
	}
	out[0] = '\0';
	return result->nxdomain || result->rcode == 0 ||
	                       result->rcode == NXDOMAIN
	               ? MAIL_KEY_MISSING
	               : MAIL_KEY_UNAVAILABLE;
}

/* Whether the servers answer at all, so that a question without an answer is
   trouble of its zone. They know the root; with a memory of its own, so that
   they are really asked. */
static bool resolver_worker_servers_answer(const struct resolver_worker *worker)
{
	struct ub_ctx *context = resolver_worker_open_context(worker, false);
	struct ub_result *result = NULL;
	bool answered;

	if (context != NULL)
		result = resolver_worker_ask(context, ".", TYPE_NS,
		                             ROOT_ANSWER_MS);
	answered = result != NULL && result->rcode == 0;
	if (result != NULL)
		ub_resolve_free(result);
	if (context != NULL)
		ub_ctx_delete(context);
	return answered;
}

static void resolver_worker_resolve(struct resolver_worker *worker,
                                    const char *name)
{
	enum mail_key_state state = MAIL_KEY_UNAVAILABLE;
	bool silent;
	struct ub_result *result;
	char record[RECORD_SIZE] = "";
	struct err ignored;

	worker->note[0] = '\0';
	resolver_worker_probe_dnssec(worker);
	/* Who does not answer on the root does not answer on this. */
	result = worker->probed ? resolver_worker_ask(worker->context, name,
	                                              TYPE_TXT, ANSWER_MS)
	                        : NULL;
	if (result != NULL) {
		state = resolver_worker_parse_result(worker, result, name,
		                                     record);
		ub_resolve_free(result);
	}
	/* What DNSSEC proves false has been answered. */
	silent = state == MAIL_KEY_UNAVAILABLE && worker->note[0] == '\0' &&
	         !resolver_worker_servers_answer(worker);
	wire_begin(&worker->frame, MAIL_FRAME_RESOLVED);
	wire_put_integer(&worker->frame, state);
	wire_put_integer(&worker->frame, silent);
	wire_put_text(&worker->frame, text_of(record));
	wire_put_text(&worker->frame, text_of(worker->note));
	if (wire_send(&worker->wire, &worker->frame,
	              timestamp_monotonic_ms() + PATIENCE_MS, &ignored) < 0)
		child_exit(EX_IOERR);
}

static char *resolver_worker_get_string(struct wire_reader *fields)
{
	struct text text = wire_get_text(fields);
	char *out = memory_zero(1, text.len + 1);

	memcpy(out, text.data, text.len);
	return out;
}

static bool resolver_worker_receive(struct resolver_worker *worker,
                                    struct wire_frame *frame)
{
	struct err ignored;
	int result = wire_receive(&worker->wire, frame,
	                          timestamp_monotonic_ms() + PATIENCE_MS,
	                          &ignored);

	if (result < 0)
		child_exit(EX_PROTOCOL);
	return result == 1;
}

/* What the parent says first. */
static void resolver_worker_set_up(struct resolver_worker *worker)
{
	struct wire_reader fields;
	struct wire_frame frame;
	char missing[CONFINE_MISSING_SIZE];
	struct err err;

	if (!resolver_worker_receive(worker, &frame) ||
	    frame.kind != MAIL_FRAME_RESOLVER_SETTINGS)
		child_exit(EX_PROTOCOL);
	fields = (struct wire_reader){frame.payload, false};
	worker->servers = resolver_worker_get_string(&fields);
	worker->anchor = resolver_worker_get_string(&fields);
	worker->dnssec = wire_get_integer(&fields);
	if (fields.failed)
		child_exit(EX_PROTOCOL);
	if (access(worker->anchor, R_OK) < 0)
		worker->anchor[0] = '\0';

	const char *const paths[] = {
		"/etc/resolv.conf", "/etc/hosts", "/run/systemd/resolve",
		"/dev/urandom",     "/etc/ssl",   "/usr/lib/ssl",
		worker->anchor,     NULL};
	const struct confine_profile profile = {.network = true,
	                                        .threads = true,
	                                        .read_paths = paths,
	                                        .memory = MEMORY_MAX};

	if (confine(&profile, missing, sizeof(missing), &err) < 0)
		child_exit(EX_OSERR);
	worker->context = resolver_worker_open_context(
		worker,
		worker->dnssec != DNSSEC_NO && worker->anchor[0] != '\0');
	if (worker->context == NULL)
		child_exit(EX_OSERR);
}

int resolver_worker_run(void)
{
	struct resolver_worker worker = {.frame = BUF_INIT(WIRE_FRAME_MAX)};
	struct wire_reader fields;
	struct wire_frame frame;
	char *name;

	child_enter(&worker.wire);
	resolver_worker_set_up(&worker);
	while (resolver_worker_receive(&worker, &frame)) {
		if (frame.kind != MAIL_FRAME_RESOLVE)
			return EX_PROTOCOL;
		fields = (struct wire_reader){frame.payload, false};
		name = resolver_worker_get_string(&fields);
		resolver_worker_resolve(&worker, name);
		free(name);
	}
	child_exit(EX_OK);
}
