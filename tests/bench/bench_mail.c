/*
 * What parsing one message costs: in this process, and in the one that can do
 * nothing else. Reading the same bytes is the floor.
 *
 * Usage: bench_mail CONFIGURATION FOLDER SECONDS
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/attr.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "base/timestamp.h"
#include "collector/mail/parser_client.h"
#include "collector/mail/parser_worker.h"

#define FILES_MOST 1000

struct files {
	char *paths[FILES_MOST];
	struct buf bytes[FILES_MOST];
	size_t count;
};

static void read_folder(struct files *files, const char *folder)
{
	DIR *stream = opendir(folder);
	const struct dirent *item;
	struct buf path = BUF_INIT(4096);
	struct err err;

	while (stream != NULL && files->count < FILES_MOST &&
	       (item = readdir(stream)) != NULL) {
		if (item->d_name[0] == '.')
			continue;
		buf_reset(&path);
		buf_printf(&path, "%s/%s", folder, item->d_name);
		files->paths[files->count] = memory_text(buf_text(&path));
		files->bytes[files->count] = BUF_INIT(1U << 26);
		if (file_read(buf_text(&path), &files->bytes[files->count],
		              &err) < 0)
			continue;
		(void)buf_reserve(&files->bytes[files->count], MAIL_PADDING);
		memset(files->bytes[files->count].data +
		               files->bytes[files->count].len,
		       0, MAIL_PADDING);
		files->count++;
	}
	if (stream != NULL)
		(void)closedir(stream);
	buf_free(&path);
}

typedef void work(void *cls, const struct files *files, size_t i);

static void read_again(void *cls, const struct files *files, size_t i)
{
	struct buf bytes = BUF_INIT(1U << 26);
	struct err err;

	(void)cls;
	if (file_read(files->paths[i], &bytes, &err) < 0)
		abort();
	buf_free(&bytes);
}

static void here(void *cls, const struct files *files, size_t i)
{
	const struct mail_request request = {.now = timestamp_now(),
	                                     .part_max = 1U << 23};
	struct arena *arena = arena_new(0);
	struct mail mail;

	mail_parse(cls, arena,
	           (struct text){files->bytes[i].data, files->bytes[i].len},
	           &request, &mail);
	if (mail.part_count == 0)
		abort();
	arena_free(&arena);
}

static void there(void *cls, const struct files *files, size_t i)
{
	const struct parser_client_message message = {
		{files->bytes[i].data, files->bytes[i].len}, 0, TEXT("")};
	struct arena *arena = arena_new(0);
	struct mail mail;
	struct err err;

	if (parser_client_parse(cls, arena, &message, &mail, &err) < 0)
		abort();
	arena_free(&arena);
}

static double measure(work *one, void *cls, const struct files *files,
                      int64_t seconds)
{
	int64_t start = timestamp_monotonic_ms(), now = start;
	int64_t count = 0;
	size_t i;

	while (now - start < seconds * 1000) {
		for (i = 0; i < files->count; i++)
			one(cls, files, i);
		count += (int64_t)files->count;
		now = timestamp_monotonic_ms();
	}
	return (double)count * 1000 / (double)(now - start);
}

int main(int argc, char *argv[])
{
	static struct files files;
	struct mail_parser *local;
	struct config *config;
	struct parser_client *client;
	int64_t seconds;
	struct err err;

	if (argc == 2 && strcmp(argv[1], PARSER_WORKER_VERB) == 0)
		return parser_worker_run();
	if (argc != 4 || !text_integer(text_of(argv[3]), &seconds))
		return 64;
	if (config_read(argv[1], false, &config, &err) < 0) {
		(void)fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	read_folder(&files, argv[2]);
	if (files.count == 0)
		return 1;
	local = mail_parser_open();
	client = parser_client_new(config);
	(void)printf("reading the files: %.0f messages/s\n",
	             measure(read_again, NULL, &files, seconds));
	(void)printf("parsed in this process: %.0f messages/s\n",
	             measure(here, local, &files, seconds));
	(void)printf("in the child: %.0f messages/s\n",
	             measure(there, client, &files, seconds));
	parser_client_free(&client);
	mail_parser_close(&local);
	config_unref(&config);
	return 0;
}
