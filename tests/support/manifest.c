#include "tests/support/manifest.h"

#include <string.h>

#include "base/file.h"
#include "tests/support/cmocka_all.h"

void manifest_split(struct text line, struct text fields[MANIFEST_FIELDS])
{
	size_t i;

	for (i = 0; i < MANIFEST_FIELDS; i++) {
		if (!text_next(&line, '\t', &fields[i]))
			fields[i] = TEXT("");
	}
}

void manifest_add_up(const struct report *report, struct manifest_sums *sums)
{
	size_t i;

	*sums = (struct manifest_sums){(int64_t)report->policy_count, 0, 0, 0};
	for (i = 0; i < report->policy_count; i++) {
		sums->successes += report->policies[i].successes;
		sums->failures += report->policies[i].failures;
		sums->details += (int64_t)report->policies[i].detail_count;
	}
}

struct intake *manifest_run(struct config *config, const char *path,
                            int64_t now, struct buf *bytes)
{
	struct intake *intake;
	struct err err;

	*bytes = BUF_INIT((size_t)32 * 1024 * 1024);
	if (file_read(path, bytes, &err) < 0)
		fail_msg("%s", err.text);
	intake = intake_new(config, CHANNEL_IMPORT,
	                    (const uint8_t *)bytes->data, bytes->len);
	intake->name = path;
	intake_prepare(intake, now);
	return intake;
}

static enum mail_key_state no_key(void *cls, const char *name, char *out,
                                  size_t size)
{
	(void)cls;
	(void)name;
	(void)out;
	(void)size;
	return MAIL_KEY_MISSING;
}

void manifest_run_mail(struct config *config, const char *path, int64_t now,
                       struct manifest_mail *out)
{
	const struct mail_request request = {
		.now = now,
		.part_max = (size_t)config->max_json,
		.dkim = true,
		.lookup = no_key,
	};
	struct mail_parser *parser = mail_parser_open();
	struct mail_part *part = &out->mail.parts[0];
	struct err err;
	size_t len;

	*out = (struct manifest_mail){.arena = arena_new(0)};
	out->bytes = BUF_INIT((size_t)32 * 1024 * 1024);
	if (file_read(path, &out->bytes, &err) < 0)
		fail_msg("%s", err.text);
	len = out->bytes.len;
	memset(buf_reserve(&out->bytes, MAIL_PADDING), 0, MAIL_PADDING);
	mail_parse(parser, out->arena, (struct text){out->bytes.data, len},
	           &request, &out->mail);
	mail_parser_close(&parser);
	if (out->mail.part_count == 0)
		return;
	out->intake = intake_new(config, CHANNEL_IMPORT,
	                         (const uint8_t *)part->data.data,
	                         part->data.len);
	out->intake->mail = &out->mail;
	out->intake->part = part;
	intake_prepare(out->intake, now);
}

void manifest_free_mail(struct manifest_mail *mail)
{
	intake_free(&mail->intake);
	arena_free(&mail->arena);
	buf_free(&mail->bytes);
}
