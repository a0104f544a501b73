#include "collector/sandbox.h"

#include <string.h>

#include "base/confine.h"
#include "base/file.h"
#include "base/log.h"
#include "base/service.h"

static bool sandbox_runs_programs(const struct config *config)
{
	const struct mailbox_settings *mailbox = config->mailboxes.first;

	while (mailbox != NULL && mailbox->token_command == NULL)
		mailbox = mailbox->next;
	return mailbox != NULL;
}

/* A Maildir that is marked; other kinds change no file. */
static const char *sandbox_writable_path(const struct mailbox_settings *mailbox)
{
	return mailbox_settings_changes_files(mailbox) ? mailbox->path : NULL;
}

static const char *const *sandbox_writable_paths(const struct config *config,
                                                 struct arena *arena)
{
	const struct mailbox_settings *mailbox = config->mailboxes.first;
	const char **paths =
		arena_array(arena, config->mailboxes.count + 3, sizeof(*paths));
	size_t count = 0;

	paths[count++] = file_folder(arena, config->settings.store);
	/* Of the processes that it starts. */
	paths[count++] = "/dev/null";
	for (; mailbox != NULL; mailbox = mailbox->next) {
		if (sandbox_writable_path(mailbox) != NULL)
			paths[count++] = sandbox_writable_path(mailbox);
	}
	paths[count] = NULL;
	return paths;
}

int sandbox_enter(const struct config *config, struct err *err)
{
	static const char *const all[] = {"/", NULL};
	const char *const ours[] = {"/proc/self/exe", confine_loader(), NULL};
	struct confine_profile profile = {
		.network = true,
		.listens = true,
		.threads = true,
		.starts = true,
		.stores = true,
		.returns = true,
		.logs = true,
		.read_paths = all,
		.run_paths = ours,
	};
	struct arena *arena;

	if (service_confine(err) < 0)
		return -1;
	if (sandbox_runs_programs(config)) {
		log_notice("token_command runs programs that need what they "
		           "need: the collector itself is less confined");
		return 0;
	}
	arena = arena_new(0);
	profile.write_paths = sandbox_writable_paths(config, arena);
	confine_and_log(&profile);
	arena_free(&arena);
	return 0;
}

/* Whether a path may be changed as it was entered; NULL needs nothing. */
static bool sandbox_is_writable(const struct config *initial, const char *path)
{
	const struct mailbox_settings *mailbox = initial->mailboxes.first;
	const char *kept;

	for (; mailbox != NULL && path != NULL; mailbox = mailbox->next) {
		kept = sandbox_writable_path(mailbox);
		if (kept != NULL && strcmp(kept, path) == 0)
			return true;
	}
	return path == NULL;
}

const struct mailbox_settings *
sandbox_find_lacking(const struct config *initial, const struct config *config)
{
	const struct mailbox_settings *mailbox = config->mailboxes.first;

	if (sandbox_runs_programs(initial))
		return NULL;
	for (; mailbox != NULL; mailbox = mailbox->next) {
		if (mailbox->token_command != NULL ||
		    !sandbox_is_writable(initial,
		                         sandbox_writable_path(mailbox)))
			return mailbox;
	}
	return NULL;
}
