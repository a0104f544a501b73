#include "collector/verbs/import_input.h"

#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "collector/intake/intake.h"
#include "collector/intake/mail_job.h"

/* Lines of what is in one message; each is bounded itself. */
#define IMPORT_INPUT_LINES_MAX ((size_t)1024 * 1024)

static const char *const import_input_stage_names[] = {
	[IMPORT_INPUT_WAITING] = "waiting", [IMPORT_INPUT_IN_WORK] = "in work",
	[IMPORT_INPUT_READY] = "ready",     [IMPORT_INPUT_OFFERED] = "offered",
	[IMPORT_INPUT_DONE] = "done",
};

static_assert(ARRAY_LENGTH(import_input_stage_names) == IMPORT_INPUT_STAGES,
              "every stage has a name");

const char *import_input_stage_name(enum import_input_stage stage)
{
	return import_input_stage_names[stage];
}

#define IMPORT_INPUT_BIT(stage) (1U << (stage))

/* The arrows of the header. */
static const unsigned int import_input_next[IMPORT_INPUT_STAGES] = {
	[IMPORT_INPUT_WAITING] = IMPORT_INPUT_BIT(IMPORT_INPUT_IN_WORK) |
                                 IMPORT_INPUT_BIT(IMPORT_INPUT_DONE),
	[IMPORT_INPUT_IN_WORK] = IMPORT_INPUT_BIT(IMPORT_INPUT_READY) |
                                 IMPORT_INPUT_BIT(IMPORT_INPUT_DONE),
	[IMPORT_INPUT_READY] = IMPORT_INPUT_BIT(IMPORT_INPUT_OFFERED),
	[IMPORT_INPUT_OFFERED] = IMPORT_INPUT_BIT(IMPORT_INPUT_DONE),
};

bool import_input_may_enter(enum import_input_stage from,
                            enum import_input_stage to)
{
	return (import_input_next[from] & IMPORT_INPUT_BIT(to)) != 0;
}

void import_input_enter(struct import_input *input,
                        enum import_input_stage stage)
{
	/* A fault of ours that one input meets must not end all others. */
	if (!import_input_may_enter(input->stage, stage))
		log_error("import %s: unexpected transition from %s to %s",
		          input->path, import_input_stage_name(input->stage),
		          import_input_stage_name(stage));
	if (log_is_shown(LOG_LEVEL_DEBUG))
		log_debug("import %s: %s -> %s", input->path,
		          import_input_stage_name(input->stage),
		          import_input_stage_name(stage));
	input->stage = stage;
}

struct import_input *import_input_new(struct import *import, const char *path,
                                      bool named)
{
	struct import_input *input = memory_zero(1, sizeof(*input));

	input->import = import;
	input->path = memory_text(path);
	input->named = named;
	input->fd = -1;
	input->lines = BUF_INIT(IMPORT_INPUT_LINES_MAX);
	return input;
}

void import_input_free(struct import_input **out)
{
	struct import_input *input = *out;

	if (input == NULL)
		return;
	import_input_close(input);
	intake_free(&input->intake);
	mail_job_free(&input->job);
	buf_free(&input->bytes);
	buf_free(&input->lines);
	free(input->path);
	free(input);
	*out = NULL;
}

int import_input_open(struct import_input *input, struct err *err)
{
	if (file_open(input->path, &input->fd, &input->opened, err) < 0)
		return -1;
	(void)posix_fadvise(input->fd, 0, 0, POSIX_FADV_WILLNEED);
	return 0;
}

void import_input_close(struct import_input *input)
{
	if (input->fd >= 0)
		(void)close(input->fd);
	input->fd = -1;
}
