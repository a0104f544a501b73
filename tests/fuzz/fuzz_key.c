/*
 * The record of a key as the DNS has it: its strings, what we read of it, and
 * what libopendkim and its cryptography make of it.
 */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "base/arena.h"
#include "collector/mail/dkim_verifier.h"
#include "collector/mail/header.h"
#include "collector/mail/key_record.h"
#include "collector/mail/mail.h"

#define RECORD_MOST 4096U
#define NOW         INT64_C(1795600000)

/* Signed by the keys of the seeds rsa and ed25519. */
static const char message[] =
	"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/simple; d=b.example;\r\n"
	" i=@b.example; q=dns/txt; s=r; t=1795646631; h=from;\r\n"
	" bh=NmN1q9Svd3/wCGUf1hjSbrexaA2WLhjtHbY3eT2qrMg=;\r\n"
	" b=EYyifSUKIvlXPVnhFsr4jXesZopJdTN3qMSoOjKuxFVK66vG5pBgdbNv9LflgYhuWORti\r\n"
	" KVpg5fmeDA1hjh5LVnYxOdG/zrBveBZKd0JgsNpuvFH8U+1FDRbviLIkvec6wei6rzFc3W6\r\n"
	" BFwPmNbPkgLrDzdU0Pvatk4A5h5zqC0=\r\n"
	"DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/simple; d=b.example;\r\n"
	" i=@b.example; q=dns/txt; s=e; t=1795646631; h=from;\r\n"
	" bh=NmN1q9Svd3/wCGUf1hjSbrexaA2WLhjtHbY3eT2qrMg=;\r\n"
	" b=SM2MYHdGxL+VDHAHcvWsy87ogv5NFvvAXAoga+YRjZcl2Wx9hX9/sBV0QMrFvk0XM7x9f\r\n"
	" qWinLb2M2QtLbfpBw==\r\n"
	"From: tlsrpt@b.example\r\n"
	"\r\n"
	"report\r\n";

static enum mail_key_state look_up(void *cls, const char *name, char *out,
                                   size_t size)
{
	const char *record = cls;

	(void)name;
	if (strlen(record) >= size)
		return MAIL_KEY_MISSING;
	memcpy(out, record, strlen(record) + 1);
	return MAIL_KEY_FOUND;
}

/* What we read of it leaves its length, and no s= for the library. */
static void check_record(const char *record)
{
	struct key_record read = {.testing = false}, again = {.testing = false};
	char text[RECORD_MOST];

	memcpy(text, record, strlen(record) + 1);
	key_record_read(text, &read);
	MUST(strlen(text) == strlen(record));
	MUST(!(read.for_reports && read.excludes_reports));
	key_record_read(text, &again);
	MUST(!again.for_reports && !again.excludes_reports);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct dkim_verifier *verifier;
	char record[RECORD_MOST];
	const struct mail_request request = {
		.now = NOW, .dkim = true, .lookup = look_up, .cls = record};
	const struct text text = text_of(message);
	const size_t cut = header_length(text);
	const struct mail_raw parts = {{text.data, cut},
	                               {text.data + cut, text.len - cut}};
	struct mail mail = {.received = NOW};
	struct arena *arena;

	MUST(key_record_join((const char *)data, size, record, sizeof(record)) <
	     sizeof(record));
	check_record(record);
	if (verifier == NULL)
		verifier = dkim_verifier_open();
	arena = arena_new(0);
	dkim_verifier_verify(verifier, arena, &parts, &request, &mail);
	MUST(mail.signature_count == 2);
	arena_free(&arena);
	return 0;
}
