#include "collector/mail/resolver.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/child.h"
#include "base/log.h"
#include "base/timestamp.h"
#include "collector/mail/children.h"
#include "collector/mail/frames.h"

/* A little more than the child's own patience: it probes once. */
#define ANSWER_MS 12000

/* After two questions in a row without an answer. */
#define SILENT_MOST 2
#define PAUSE_MS    30000

struct resolver {
	const struct config *config;
	struct child child;
	struct buf frame;
	int silent;
	int64_t pause; /* until then nothing is asked */
};

struct resolver *resolver_new(const struct config *config)
{
	struct resolver *resolver = memory_zero(1, sizeof(*resolver));

	resolver->config = config;
	resolver->frame = BUF_INIT(WIRE_FRAME_MOST);
	return resolver;
}

static void end(struct resolver *resolver)
{
	char how[32];

	(void)child_end(&resolver->child, how, sizeof(how));
}

void resolver_free(struct resolver **resolver)
{
	if (*resolver == NULL)
		return;
	end(*resolver);
	buf_free(&(*resolver)->frame);
	free(*resolver);
	*resolver = NULL;
}

static int start(struct resolver *resolver, struct err *err)
{
	const struct config *config = resolver->config;
	struct buf servers = BUF_INIT(4096);
	size_t i;

	if (child_start(VERB_RESOLVE, false, &resolver->child, err) < 0)
		return -1;
	for (i = 0; i < config->dns_servers.count; i++)
		buf_printf(&servers, "%s ", config->dns_servers.items[i]);
	wire_begin(&resolver->frame, FRAME_RESOLVE_BY);
	wire_put_text(&resolver->frame, text_of(buf_text(&servers)));
	wire_put_text(&resolver->frame,
	              text_of(config->dns_trust_anchor != NULL
	                              ? config->dns_trust_anchor
	                              : ""));
	wire_put_integer(&resolver->frame, config->dnssec);
	buf_free(&servers);
	return wire_send(&resolver->child.wire, &resolver->frame,
	                 timestamp_monotonic_ms() + ANSWER_MS, err);
}

static int exchange(struct resolver *resolver, const char *name,
                    struct wire_frame *frame, struct err *err)
{
	int64_t deadline = timestamp_monotonic_ms() + ANSWER_MS;
	int result;

	if (resolver->child.pid == 0 && start(resolver, err) < 0)
		return -1;
	wire_begin(&resolver->frame, FRAME_RESOLVE);
	wire_put_text(&resolver->frame, text_of(name));
	if (wire_send(&resolver->child.wire, &resolver->frame, deadline, err) <
	    0)
		return -1;
	result = wire_receive(&resolver->child.wire, frame, deadline, err);
	if (result == 0)
		return err_set(err, ERR_SYSTEM, "the DNS child has ended");
	if (result == 1 && frame->kind != FRAME_RESOLVED)
		return err_set(err, ERR_SYSTEM, "the DNS child talks nonsense");
	return result < 0 ? -1 : 0;
}

static enum key_state read_answer(const struct wire_frame *frame, char *out,
                                  size_t size)
{
	struct wire_reader fields = {frame->payload, false};
	int64_t state = wire_get_integer(&fields);
	struct text record = text_cut(wire_get_text(&fields), size - 1);
	struct text note = wire_get_text(&fields);

	if (note.len > 0)
		log_warning("%.*s", (int)note.len, note.data);
	if (fields.failed || state < KEY_FOUND || state > KEY_TROUBLE)
		return KEY_TROUBLE;
	memcpy(out, record.data, record.len);
	out[record.len] = '\0';
	return (enum key_state)state;
}

enum key_state resolver_ask(void *cls, const char *name, char *out, size_t size)
{
	struct resolver *resolver = cls;
	enum key_state state = KEY_TROUBLE;
	struct wire_frame frame;
	struct err err;

	if (size == 0 || timestamp_monotonic_ms() < resolver->pause)
		return KEY_TROUBLE;
	if (exchange(resolver, name, &frame, &err) == 0) {
		state = read_answer(&frame, out, size);
	} else {
		log_warning("%s: %s", name, err.text);
		end(resolver);
	}
	resolver->silent = state == KEY_TROUBLE ? resolver->silent + 1 : 0;
	if (resolver->silent < SILENT_MOST)
		return state;
	resolver->silent = 0;
	resolver->pause = timestamp_monotonic_ms() + PAUSE_MS;
	log_warning("the DNS gives no answer on keys such as %s; mail waits",
	            name);
	return state;
}
