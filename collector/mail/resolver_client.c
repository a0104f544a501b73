#include "collector/mail/resolver_client.h"

#include <stdlib.h>
#include <string.h>

#include "base/child.h"
#include "base/domain.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/timestamp.h"
#include "collector/mail/protocol.h"
#include "collector/mail/resolver_worker.h"

/* A little more than the child's own patience: it probes once, and asks whether
   the servers answer. */
#define ANSWER_MS 14000

/* How long nothing is asked after trouble: of a zone, or of all servers. */
#define PAUSE_MS 30000

/* Zones in trouble that are remembered. */
#define ZONES_MAX 256
#define ZONE_SIZE 256

/* A registrable domain whose servers, or whose answers, are no good: names in
   it are a stranger's to choose. */
struct resolver_client_zone {
	char name[ZONE_SIZE];
	int64_t paused_until; /* until then it is not asked; 0: free */
};

struct resolver_client {
	const struct config *config;
	struct child child;
	struct buf frame;
	int64_t paused_until; /* of all: no server answers */
	int64_t crashes;
	struct resolver_client_zone zones[ZONES_MAX];
};

struct resolver_client *resolver_client_new(const struct config *config)
{
	struct resolver_client *client = memory_zero(1, sizeof(*client));

	client->config = config;
	client->frame = BUF_INIT(WIRE_FRAME_MAX);
	return client;
}

static void resolver_client_end_worker(struct resolver_client *client)
{
	char how[32];

	(void)child_end(&client->child, how, sizeof(how));
}

void resolver_client_free(struct resolver_client **client)
{
	if (*client == NULL)
		return;
	resolver_client_end_worker(*client);
	buf_free(&(*client)->frame);
	free(*client);
	*client = NULL;
}

static int resolver_client_start_worker(struct resolver_client *client,
                                        struct err *err)
{
	const struct config *config = client->config;
	struct buf servers = BUF_INIT(4096);
	size_t i;

	if (child_start(RESOLVER_WORKER_VERB, false, &client->child, err) < 0)
		return -1;
	for (i = 0; i < config->dns_servers.count; i++)
		buf_printf(&servers, "%s ", config->dns_servers.items[i]);
	wire_begin(&client->frame, MAIL_FRAME_RESOLVER_SETTINGS);
	wire_put_text(&client->frame, text_of(buf_text(&servers)));
	wire_put_text(&client->frame, text_of(config->dns_trust_anchor != NULL
	                                              ? config->dns_trust_anchor
	                                              : ""));
	wire_put_integer(&client->frame, config->dnssec);
	buf_free(&servers);
	return wire_send(&client->child.wire, &client->frame,
	                 timestamp_monotonic_ms() + ANSWER_MS, err);
}

static int resolver_client_exchange(struct resolver_client *client,
                                    const char *name, struct wire_frame *frame,
                                    struct err *err)
{
	int64_t deadline = timestamp_monotonic_ms() + ANSWER_MS;
	int result;

	if (client->child.pid == 0 &&
	    resolver_client_start_worker(client, err) < 0)
		return -1;
	wire_begin(&client->frame, MAIL_FRAME_RESOLVE);
	wire_put_text(&client->frame, text_of(name));
	if (wire_send(&client->child.wire, &client->frame, deadline, err) < 0)
		return -1;
	result = wire_receive(&client->child.wire, frame, deadline, err);
	if (result == 0)
		return err_set(err, ERR_SYSTEM, "it ended");
	if (result == 1 && frame->kind != MAIL_FRAME_RESOLVED)
		return err_set(err, ERR_SYSTEM, "protocol error from worker");
	return result < 0 ? -1 : 0;
}

static enum mail_key_state
resolver_client_parse_answer(const struct wire_frame *frame, char *out,
                             size_t size, bool *silent)
{
	struct wire_reader fields = {frame->payload, false};
	int64_t state = wire_get_integer(&fields);
	bool unanswered = wire_get_integer(&fields) != 0;
	struct text record = text_cut(wire_get_text(&fields), size - 1);
	struct text note = wire_get_text(&fields);

	if (note.len > 0)
		log_warning("%.*s", (int)note.len, note.data);
	if (fields.failed || state < MAIL_KEY_FOUND ||
	    state > MAIL_KEY_UNAVAILABLE)
		return MAIL_KEY_UNAVAILABLE;
	*silent = unanswered;
	memcpy(out, record.data, record.len);
	out[record.len] = '\0';
	return (enum mail_key_state)state;
}

/* The registrable domain of "selector._domainkey.domain". */
static struct text resolver_client_find_zone(const char *name)
{
	static const char label[] = "._domainkey.";
	const char *found = strstr(name, label);
	struct text domain =
		text_of(found != NULL ? found + strlen(label) : name);
	struct text registrable = domain_registrable(domain);

	return text_cut(registrable.len > 0 ? registrable : domain,
	                ZONE_SIZE - 1);
}

static bool resolver_client_is_zone_paused(const struct resolver_client *client,
                                           struct text zone, int64_t now)
{
	size_t i;

	for (i = 0; i < ZONES_MAX; i++) {
		if (client->zones[i].paused_until > now &&
		    text_equal_case(zone, client->zones[i].name))
			return true;
	}
	return false;
}

/* In the place of the one whose pause ends first, or has ended. */
static void resolver_client_pause_zone(struct resolver_client *client,
                                       struct text zone, int64_t now)
{
	struct resolver_client_zone *oldest = &client->zones[0];
	size_t i;

	for (i = 1; i < ZONES_MAX; i++) {
		if (client->zones[i].paused_until < oldest->paused_until)
			oldest = &client->zones[i];
	}
	memcpy(oldest->name, zone.data, zone.len);
	oldest->name[zone.len] = '\0';
	oldest->paused_until = now + PAUSE_MS;
}

/* That is no trouble of the DNS, and may be the doing of one domain: its mail
   waits, and a new process asks for that of others. */
static void resolver_client_note_crash(struct resolver_client *client,
                                       const char *name, struct text zone,
                                       const struct err *why)
{
	char how[32];

	if (client->child.pid == 0) {
		log_warning("cannot ask the DNS: %s", why->text);
		return;
	}
	(void)child_end(&client->child, how, sizeof(how));
	client->crashes++;
	resolver_client_pause_zone(client, zone, timestamp_monotonic_ms());
	log_warning("mail worker crashed: the process that asks the DNS (%s), "
	            "at %s: %s; mail that is signed by %.*s waits",
	            how, name, why->text, (int)zone.len, zone.data);
}

int64_t resolver_client_crashes(const struct resolver_client *client)
{
	return client->crashes;
}

enum mail_key_state resolver_client_look_up(void *cls, const char *name,
                                            char *out, size_t size)
{
	struct resolver_client *client = cls;
	enum mail_key_state state = MAIL_KEY_UNAVAILABLE;
	int64_t now = timestamp_monotonic_ms();
	struct text zone = resolver_client_find_zone(name);
	struct wire_frame frame;
	bool silent = false;
	struct err err;

	if (size == 0 || now < client->paused_until ||
	    resolver_client_is_zone_paused(client, zone, now))
		return MAIL_KEY_UNAVAILABLE;
	if (resolver_client_exchange(client, name, &frame, &err) < 0) {
		resolver_client_note_crash(client, name, zone, &err);
		return MAIL_KEY_UNAVAILABLE;
	}
	state = resolver_client_parse_answer(&frame, out, size, &silent);
	if (state != MAIL_KEY_UNAVAILABLE)
		return state;
	now = timestamp_monotonic_ms();
	if (silent) {
		client->paused_until = now + PAUSE_MS;
		log_warning("no DNS server answers; mail that is signed waits");
	} else {
		resolver_client_pause_zone(client, zone, now);
		log_warning("the DNS gives no good answer on %s; mail that is "
		            "signed by %.*s waits",
		            name, (int)zone.len, zone.data);
	}
	return state;
}
