/*
 * Lists of files with what must become of them, one a line, fields parted by
 * tabs.
 */
#ifndef TESTS_SUPPORT_MANIFEST_H
#define TESTS_SUPPORT_MANIFEST_H

#include <stdint.h>

#include "base/text.h"
#include "collector/intake/intake.h"
#include "collector/mail/mail.h"

#define MANIFEST_FIELDS 12U

/* The fields of a line; those that are missing are empty. */
void manifest_split(struct text line, struct text fields[MANIFEST_FIELDS]);

struct manifest_sums {
	int64_t policies, successes, failures, details;
};

void manifest_add_up(const struct report *report, struct manifest_sums *sums);

/* Runs one file as far as CHECKED or REFUSED. The caller frees the intake and
   then bytes. */
struct intake *manifest_run(struct config *config, const char *path,
                            int64_t now, struct buf *bytes);

/* A mail that was parsed in this process, and its first report. */
struct manifest_mail {
	struct arena *arena;
	struct mail mail;
	struct intake *intake; /* NULL: it holds none */
	struct buf bytes;
};

/* The same for a message; no key is found. */
void manifest_run_mail(struct config *config, const char *path, int64_t now,
                       struct manifest_mail *out);
void manifest_free_mail(struct manifest_mail *mail);

#endif
