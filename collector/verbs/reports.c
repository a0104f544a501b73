#include <stdio.h>
#include <sysexits.h>

#include "base/buf.h"
#include "base/text.h"
#include "base/timestamp.h"
#include "collector/verbs/verbs.h"
#include "collector/verbs/verbs_private.h"
#include "schema/report/quirk.h"
#include "schema/store/read.h"

#define REPORTS_MAX 100

static void reports_add_cell(struct buf *line, struct text text, size_t width)
{
	size_t start = line->len;

	buf_add_printable(line, text.data, text.len, 64);
	while (line->len - start < width)
		buf_add_char(line, ' ');
	buf_add_text(line, "  ");
}

static void reports_print_row(const struct store_report_row *row)
{
	char received[TIMESTAMP_SIZE], day[TIMESTAMP_SIZE];
	struct buf line = BUF_INIT(16384);

	timestamp_format(row->received, received, sizeof(received));
	timestamp_format_day(row->day, day, sizeof(day));
	buf_printf(&line, "%s %s %-7s %-9s %-14s %9lld %9lld  ", received, day,
	           channel_name(row->channel),
	           trust_count_as_name(row->count_as),
	           trust_authentication_name(row->authentication),
	           (long long)row->successes, (long long)row->failures);
	reports_add_cell(&line, row->reporter, 24);
	reports_add_cell(&line, row->domains, 20);
	reports_add_cell(&line, row->report_id, 0);
	quirk_print_names(row->quirks, &line);
	(void)printf("%s\n", buf_text(&line));
	buf_free(&line);
}

static int reports_list(struct store *store, struct text domain,
                        struct err *err)
{
	struct store_cursor *rows;
	struct store_report_row row;
	int result;

	if (store_read_reports(store, domain, REPORTS_MAX, &rows, err) < 0)
		return -1;
	(void)printf("%-20s %-10s %-7s %-9s %-14s %9s %9s  %-24s  %-20s  %s\n",
	             "received", "day", "channel", "counts as", "because",
	             "success", "failure", "reporter", "domain",
	             "report-id, and what is odd");
	while ((result = store_read_reports_next(rows, &row, err)) == 1)
		reports_print_row(&row);
	store_read_close(&rows);
	return result;
}

int reports_run(const struct command_line *line)
{
	struct text domain = TEXT("");
	struct config *config;
	struct store *store;
	struct err err;
	int result;

	if (verbs_open_to_read(line, &config, &store, &err) < 0)
		return command_fail(line, &err);
	if (line->count > 0)
		domain = text_of(line->rest[0]);
	result = reports_list(store, domain, &err);
	store_close(&store);
	config_unref(&config);
	return result < 0 ? command_fail(line, &err) : EX_OK;
}
