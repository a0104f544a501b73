#include "collector/intake/mail_job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/gzip.h"
#include "base/timestamp.h"
#include "collector/mail/compression.h"
#include "collector/mail/mbox.h"

/* Of a field's name; the longest registered one has 35. */
#define NAME_MOST 128U

struct delivery *delivery_new(size_t message_most)
{
	struct delivery *delivery = memory_zero(1, sizeof(*delivery));

	delivery->message = BUF_INIT(message_most);
	delivery->arena = arena_new(0);
	delivery->peer = "";
	delivery->authserv_ids = TEXT("");
	return delivery;
}

void delivery_free(struct delivery **delivery)
{
	if (*delivery == NULL)
		return;
	buf_free(&(*delivery)->message);
	arena_free(&(*delivery)->arena);
	free(*delivery);
	*delivery = NULL;
}

static enum delivery_end end_of(const struct intake *intake)
{
	if (intake->stage == INTAKE_DEFERRED)
		return DELIVERY_DEFERRED;
	if (intake->outcome == OUTCOME_REFUSED)
		return DELIVERY_REFUSED;
	return intake->outcome == OUTCOME_IGNORED ? DELIVERY_IGNORED
	                                          : DELIVERY_KEPT;
}

static void one_done(struct intake *intake)
{
	struct delivery *delivery = intake->cls;
	enum delivery_end end = end_of(intake);

	if (end == DELIVERY_KEPT && intake->outcome != OUTCOME_DUPLICATE)
		delivery->fresh++;
	if (delivery->report != NULL)
		delivery->report(delivery, intake);
	if (end > delivery->end || delivery->sentence[0] == '\0') {
		delivery->outcome = intake->outcome;
		delivery->refusal = intake->refusal;
		delivery->deferral = intake->deferral;
		(void)snprintf(delivery->sentence, sizeof(delivery->sentence),
		               "%s", intake->sentence);
	}
	if (end > delivery->end)
		delivery->end = end;
	intake_free(&intake);
	if (--delivery->waiting == 0)
		delivery->done(delivery);
}

/* Where inputs go. */
struct outlet {
	struct config *config;
	struct writer *writer;
	struct store *store;
};

static struct intake *new_intake(const struct outlet *outlet,
                                 struct delivery *delivery, struct text data)
{
	struct intake *intake = intake_new(outlet->config, delivery->channel,
	                                   (const uint8_t *)data.data,
	                                   data.len);

	intake->peer = delivery->peer;
	intake->trust = TRUST_NONE;
	intake->received = delivery->arrived;
	intake->ledger_id = delivery->ledger_id;
	intake->wait_no_longer = delivery->wait_no_longer;
	intake->mail = &delivery->mail;
	intake->done = one_done;
	intake->cls = delivery;
	return intake;
}

static void hand_over(const struct outlet *outlet, struct intake *intake)
{
	intake->received = intake->received != 0 ? intake->received
	                                         : timestamp_now();
	if (outlet->writer != NULL) {
		writer_put_wait(outlet->writer, intake);
	} else {
		writer_commit_batch(outlet->store, intake);
		intake->done(intake);
	}
}

/* The message as a whole: there is nothing in it to look at. */
static struct intake *whole(const struct outlet *outlet,
                            struct delivery *delivery)
{
	const struct text message = {delivery->message.data,
	                             delivery->message.len};

	delivery->waiting = 1;
	return new_intake(outlet, delivery, message);
}

static void take_part(const struct outlet *outlet, struct delivery *delivery,
                      struct mail_part *part)
{
	struct intake *intake = new_intake(outlet, delivery, part->data);
	char *type = arena_copy(intake->arena, part->type.data, part->type.len);

	intake->part = part;
	intake->content_type = type;
	/* The message's row in the ledger is not that of one of several parts:
	   a part that is refused has a row of its own, and what becomes of
	   another says nothing about it. */
	if (delivery->mail.more_parts || delivery->mail.part_count > 1)
		intake->ledger_id = 0;
	if (part->too_large)
		intake_refuse(intake, REFUSAL_TOO_LARGE,
		              "the report in the message is over the limit "
		              "(max_json, max_gzip_body)");
	else
		intake_prepare(intake, timestamp_now());
	hand_over(outlet, intake);
}

/* What is left over is refused with the message, so that the ledger has it. */
static void refuse_the_rest(const struct outlet *outlet,
                            struct delivery *delivery)
{
	const struct text message = {delivery->message.data,
	                             delivery->message.len};
	struct intake *intake = new_intake(outlet, delivery, message);
	char sentence[80];

	(void)snprintf(sentence, sizeof(sentence),
	               "it holds more than %u reports, and the first are taken",
	               MAIL_PARTS_MOST);
	intake_refuse(intake, REFUSAL_MIME, sentence);
	hand_over(outlet, intake);
}

static void take_nothing(const struct outlet *outlet, struct delivery *delivery)
{
	const struct mail *mail = &delivery->mail;
	struct intake *intake = whole(outlet, delivery);

	if (mail->forwards)
		intake_refuse(
			intake, REFUSAL_MIME,
			"the report lies in a forwarded message "
			"(message/rfc822), which proves nothing of who sent "
			"it");
	else if (mail->claims)
		intake_refuse(
			intake, REFUSAL_MIME,
			"the message says that it is a TLS report, but no "
			"part of it is one");
	else
		intake_ignore(intake, "not a TLS report");
	hand_over(outlet, intake);
}

/* It lies compressed, and not so that it could be read. */
static void take_compressed(const struct outlet *outlet,
                            struct delivery *delivery)
{
	const struct mail *mail = &delivery->mail;
	struct intake *intake = whole(outlet, delivery);
	const char *why = arena_copy(intake->arena, mail->unreadable.data,
	                             mail->unreadable.len);

	intake_refuse(intake,
	              mail->over_limit ? REFUSAL_TOO_LARGE : REFUSAL_MIME, why);
	hand_over(outlet, intake);
}

static void take_unreadable(const struct outlet *outlet,
                            struct delivery *delivery, const struct err *err)
{
	struct intake *intake = whole(outlet, delivery);
	char sentence[ERR_TEXT_SIZE];

	if (err->code == ERR_MALFORMED) {
		(void)snprintf(sentence, sizeof(sentence),
		               "cannot be taken apart: %.400s", err->text);
		intake_refuse(intake, REFUSAL_MIME, sentence);
	} else {
		intake_defer(intake, DEFERRAL_SYSTEM, err->text);
	}
	hand_over(outlet, intake);
}

void from_mail_take(struct config *config, struct reader *reader,
                    struct writer *writer, struct store *store,
                    struct delivery *delivery)
{
	const struct outlet outlet = {config, writer, store};
	const struct reader_message message = {{delivery->message.data,
	                                        delivery->message.len},
	                                       delivery->received,
	                                       delivery->authserv_ids};
	size_t i, count;
	struct err err;
	bool more;

	if (reader_read(reader, delivery->arena, &message, &delivery->mail,
	                &err) < 0) {
		take_unreadable(&outlet, delivery, &err);
		return;
	}
	if (delivery->mail.unreadable.len > 0) {
		take_compressed(&outlet, delivery);
		return;
	}
	count = delivery->mail.part_count;
	if (count == 0) {
		take_nothing(&outlet, delivery);
		return;
	}
	more = delivery->mail.more_parts;
	delivery->waiting = count + (more ? 1 : 0);
	/* After the last of them it may be gone. */
	if (more)
		refuse_the_rest(&outlet, delivery);
	for (i = 0; i < count; i++)
		take_part(&outlet, delivery, &delivery->mail.parts[i]);
}

void from_mail_refuse(struct config *config, struct writer *writer,
                      struct delivery *delivery, enum refusal refusal,
                      const char *sentence)
{
	const struct outlet outlet = {config, writer, NULL};
	struct intake *intake = whole(&outlet, delivery);

	intake_refuse(intake, refusal, sentence);
	hand_over(&outlet, intake);
}

bool from_mail_is_message(const uint8_t *data, size_t len)
{
	static const char mark[] = MAIL_BYTE_ORDER_MARK;
	const size_t mark_len = sizeof(mark) - 1;
	size_t i;

	if (len >= mark_len && memcmp(data, mark, mark_len) == 0) {
		data += mark_len;
		len -= mark_len;
	}
	/* The first line decides: letters and hyphens, then a colon. JSON
	   begins with a brace. */
	for (i = 0; i < len && i < NAME_MOST; i++) {
		if (data[i] == ':')
			return i > 0;
		if (!(data[i] >= 'a' && data[i] <= 'z') &&
		    !(data[i] >= 'A' && data[i] <= 'Z') &&
		    !(data[i] >= '0' && data[i] <= '9') && data[i] != '-' &&
		    data[i] != '_' && data[i] != '.')
			return false;
	}
	return false;
}

bool from_mail_is_packed(const uint8_t *data, size_t len)
{
	/* gzip is the one format whose files may be reports as well as
	   messages. No more is expanded than tells them apart: all of it is
	   later. */
	uint8_t start[NAME_MOST + 4];
	size_t count;

	if (!gzip_is(data, len))
		return compression_name(data, len) != NULL;
	count = gzip_peek(data, len, start, sizeof(start));
	return from_mail_is_message(start, count) || mbox_is(start, count);
}
