/* What stands in the fields of a header: parameters, addresses, dates, hints. */
#include "tests/fuzz/fuzz.h"

#include "collector/mail/authres.h"
#include "collector/mail/header.h"
#include "collector/mail/header_date.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct text all = {(const char *)data, size};
	const struct mail_request request = {
		.authserv_ids = TEXT("mx.example mx2.example")};
	struct arena *arena = arena_new(0);
	struct text value, out, other, rest = all;
	struct header_field field;
	struct mail mail = {0};
	int64_t seconds;

	MUST(header_length(all) <= size);
	while (header_next(&rest, &field)) {
		MUST(field.name.len > 0);
		MUST(field.value.data >= field.name.data);
		(void)header_parameter(field.value, "filename", arena, &out);
		(void)header_parameter(field.value, "boundary", arena, &out);
		(void)header_main_value(field.value);
		out = header_address(field.value, arena);
		MUST(out.len <= field.value.len);
		(void)header_date(field.value, &seconds);
		header_subject(field.value, &out, &other);
		(void)header_filename_domain(field.value);
	}
	(void)header_find(all, "Subject", arena, &value);
	authres_parse(arena, all, &request, &mail);
	MUST(mail.authserv_pass_count <= MAIL_SIGNATURES_MAX);
	arena_free(&arena);
	return 0;
}
