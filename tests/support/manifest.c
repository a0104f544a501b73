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
