#include "exporter/verbs/backfill_output.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "exporter/metrics/families.h"

/* One sample's line, and how much of it names the series. */
struct backfill_line {
	const char *data;
	size_t len;
	size_t series;
};

int backfill_output_open(struct backfill_output *output, const bool wanted[],
                         struct err *err)
{
	size_t i;

	assert(families_count() <= BACKFILL_OUTPUT_MAX);
	for (i = 0; i < families_count(); i++) {
		if (!wanted[i])
			continue;
		output->parts[i] = tmpfile();
		if (output->parts[i] == NULL)
			return err_set_errno(err, errno, "a temporary file");
	}
	return 0;
}

void backfill_output_close(struct backfill_output *output)
{
	size_t i;

	for (i = 0; i < families_count(); i++) {
		if (output->parts[i] != NULL)
			(void)fclose(output->parts[i]);
		output->parts[i] = NULL;
	}
}

static int backfill_output_compare_lines(const void *a, const void *b)
{
	const struct backfill_line *x = a, *y = b;
	size_t least = x->series < y->series ? x->series : y->series;
	int order = memcmp(x->data, y->data, least);

	if (order == 0)
		order = (x->series > y->series) - (x->series < y->series);
	/* Of one series, in the order in which they were written: by time. */
	return order != 0 ? order : (x->data > y->data) - (x->data < y->data);
}

/* The series ends before the value, which has no blank in it. */
static size_t backfill_output_series_len(const char *line, size_t len)
{
	size_t blanks = 0;

	while (len > 0 && blanks < 2)
		blanks += line[--len] == ' ';
	return len;
}

/* A family's lines, sorted by series, to its file. */
static int backfill_output_write_sorted(struct buf *text, FILE *file,
                                        struct err *err)
{
	struct backfill_line *lines = NULL;
	size_t count = 0, room = 0, i, start = 0;

	for (i = 0; i < text->len; i++) {
		if (text->data[i] != '\n')
			continue;
		if (count == room) {
			room = room == 0 ? 256 : room * 2;
			lines = memory_resize(lines, room * sizeof(*lines));
		}
		lines[count++] = (struct backfill_line){
			text->data + start, i + 1 - start,
			backfill_output_series_len(text->data + start,
		                                   i - start)};
		start = i + 1;
	}
	if (count > 0)
		qsort(lines, count, sizeof(*lines),
		      backfill_output_compare_lines);
	for (i = 0; i < count; i++) {
		if (fwrite(lines[i].data, 1, lines[i].len, file) !=
		    lines[i].len)
			break;
	}
	free(lines);
	buf_reset(text);
	return i == count ? 0
	                  : err_set_errno(err, errno,
	                                  "a temporary file cannot be written");
}

int backfill_output_write(struct backfill_output *output, struct buf texts[],
                          struct err *err)
{
	size_t i;

	for (i = 0; i < families_count(); i++) {
		if (output->parts[i] != NULL &&
		    backfill_output_write_sorted(&texts[i], output->parts[i],
		                                 err) < 0)
			return -1;
	}
	return 0;
}

static int backfill_output_copy_part(FILE *part, FILE *out, struct err *err)
{
	char block[65536];
	size_t len;

	rewind(part);
	while ((len = fread(block, 1, sizeof(block), part)) > 0) {
		if (fwrite(block, 1, len, out) != len)
			return err_set_errno(err, errno,
			                     "the output cannot be written");
	}
	return ferror(part) ? err_set_errno(err, errno, "a temporary file") : 0;
}

int backfill_output_merge(struct backfill_output *output, FILE *out,
                          struct err *err)
{
	struct buf head = BUF_INIT(65536);
	struct exposition e = {.out = &head, .openmetrics = true};
	int result = 0;
	size_t i;

	for (i = 0; i < families_count() && result == 0; i++) {
		if (output->parts[i] == NULL || ftell(output->parts[i]) == 0)
			continue;
		buf_reset(&head);
		exposition_metric(&e, families_metric(i));
		if (fwrite(head.data, 1, head.len, out) != head.len)
			result = err_set_errno(err, errno,
			                       "the output cannot be written");
		else
			result = backfill_output_copy_part(output->parts[i],
			                                   out, err);
	}
	buf_free(&head);
	if (result == 0 && (fputs("# EOF\n", out) == EOF || fflush(out) != 0))
		result = err_set_errno(err, errno,
		                       "the output cannot be written");
	return result;
}
