#include <stdio.h>
#include <sysexits.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"
#include "base/timestamp.h"
#include "collector/verbs/verbs.h"
#include "collector/verbs/verbs_private.h"
#include "schema/store/write.h"

#define REFUSED_TEXT_MAX 200U

static void refused_add_text(struct buf *out, struct text text)
{
	buf_add_printable(out, text.data, text.len, REFUSED_TEXT_MAX);
}

static const char *refused_reason(const struct ledger_entry *entry)
{
	return entry->outcome == OUTCOME_REFUSED
	               ? outcome_refusal_name(entry->refusal)
	               : outcome_name(entry->outcome);
}

static void refused_print_row(const struct ledger_entry *entry)
{
	char moment[TIMESTAMP_SIZE];
	struct buf line = BUF_INIT(8192);

	timestamp_format(entry->newest, moment, sizeof(moment));
	buf_printf(&line, "%-7lld %s %5lld %-7s %-15s ", (long long)entry->id,
	           moment, (long long)entry->times,
	           channel_name(entry->channel), refused_reason(entry));
	refused_add_text(&line, entry->peer);
	buf_add_text(&line, "  ");
	refused_add_text(&line, entry->sentence);
	(void)printf("%s\n", buf_text(&line));
	buf_free(&line);
}

static int refused_list(struct store *store, struct err *err)
{
	struct arena *arena = arena_new(0);
	struct ledger_entry entry;
	int64_t after = 0;
	int result;

	(void)printf("%-7s %-20s %5s %-7s %-15s from, and why\n", "id",
	             "last time", "times", "channel", "reason");
	while ((result = store_ledger_next(store, after, arena, &entry, err)) ==
	       1) {
		refused_print_row(&entry);
		after = entry.id;
		arena_reset(arena, 0);
	}
	arena_free(&arena);
	return result;
}

static void refused_print_entry(const struct ledger_entry *entry)
{
	char first[TIMESTAMP_SIZE], last[TIMESTAMP_SIZE];
	struct buf text = BUF_INIT(16384);

	timestamp_format(entry->received, first, sizeof(first));
	timestamp_format(entry->newest, last, sizeof(last));
	buf_printf(&text, "id        %lld\nreason    %s\nsentence  ",
	           (long long)entry->id, refused_reason(entry));
	refused_add_text(&text, entry->sentence);
	buf_printf(&text, "\nchannel   %s\nfrom      ",
	           channel_name(entry->channel));
	refused_add_text(&text, entry->peer);
	buf_printf(&text, "\ntrust     %s\ndomain    ",
	           trust_name(entry->trust));
	refused_add_text(&text, entry->domain);
	buf_printf(
		&text,
		"\nclass     %s\nfirst     %s\nlast      %s\ntimes     %lld\n"
		"bytes     %zu\n",
		outcome_ledger_group_name(entry->group), first, last,
		(long long)entry->times, entry->len);
	(void)fwrite(text.data, 1, text.len, stdout);
	buf_free(&text);
}

static int refused_show(struct store *store, int64_t id, bool raw,
                        struct err *err)
{
	struct arena *arena = arena_new(0);
	struct ledger_entry entry;
	int result = store_ledger_next(store, id - 1, arena, &entry, err);

	if (result == 1 && entry.id == id) {
		if (raw)
			(void)fwrite(entry.data, 1, entry.len, stdout);
		else
			refused_print_entry(&entry);
		result = 0;
	} else if (result >= 0) {
		result = err_set(err, ERR_NOT_FOUND,
		                 "there is no entry %lld in the ledger",
		                 (long long)id);
	}
	arena_free(&arena);
	return result;
}

int refused_run(const struct command_line *line)
{
	struct config *config;
	struct store *store;
	struct err err;
	int64_t id = 0;
	int result;

	if (line->count > 0 && !text_integer(text_of(line->rest[0]), &id)) {
		(void)err_set(&err, ERR_USAGE,
		              "\"%s\" is no number of an entry", line->rest[0]);
		return command_fail(line, &err);
	}
	if (verbs_open_to_write(line, &config, &store, &err) < 0)
		return command_fail(line, &err);
	result = line->count > 0
	                 ? refused_show(store, id, command_has(line, VERBS_RAW),
	                                &err)
	                 : refused_list(store, &err);
	store_close(&store);
	config_unref(&config);
	return result < 0 ? command_fail(line, &err) : EX_OK;
}
