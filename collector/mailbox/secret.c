#include "collector/mailbox/secret.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/file.h"
#include "base/memory.h"
#include "collector/mailbox/secret_command.h"

#define SECRET_SIZE_MAX 65536U

/* Without the line end that editors leave; refused with any other control
   character, which would be a command of its own in a protocol. */
static int secret_take_line(struct buf *text, const char *from, char **secret,
                            struct err *err)
{
	struct text value =
		text_trim(text_skip_bom((struct text){text->data, text->len}));
	size_t i;

	if (value.len == 0)
		return err_set(err, ERR_CONFIG, "%s is empty", from);
	for (i = 0; i < value.len; i++) {
		if ((unsigned char)value.data[i] < ' ' || value.data[i] == 0x7f)
			return err_set(err, ERR_CONFIG,
			               "%s holds more than one line", from);
	}
	*secret = memory_zero(1, value.len + 1);
	memcpy(*secret, value.data, value.len);
	return 0;
}

static int secret_read_file(const char *path, char **secret, struct err *err)
{
	struct buf text = BUF_INIT(SECRET_SIZE_MAX);
	int result = file_read(path, &text, err);

	if (result == 0)
		result = secret_take_line(&text, path, secret, err);
	if (text.data != NULL)
		explicit_bzero(text.data, text.size);
	buf_free(&text);
	return result;
}

static int secret_read_credential(const char *name, char **secret,
                                  struct err *err)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	struct buf path = BUF_INIT(4096);
	int result;

	if (folder == NULL)
		return err_set(err, ERR_CONFIG,
		               "no credential \"%s\": only a systemd unit with "
		               "LoadCredential=%s:PATH has it. At a shell: "
		               "systemd-run --pipe --wait -p User=tlsrpt "
		               "-p Group=tlsrpt -p LoadCredential=%s:PATH "
		               "tlsrpt-collector poll",
		               name, name, name);
	buf_printf(&path, "%s/%s", folder, name);
	result = secret_read_file(buf_text(&path), secret, err);
	buf_free(&path);
	return result;
}

int secret_password(const struct mailbox_settings *settings, char **secret,
                    struct err *err)
{
	const char *value;

	if (settings->password_file != NULL)
		return secret_read_file(settings->password_file, secret, err);
	if (settings->password_credential != NULL)
		return secret_read_credential(settings->password_credential,
		                              secret, err);
	value = settings->password_env != NULL ? getenv(settings->password_env)
	                                       : NULL;
	if (value == NULL)
		return err_set(err, ERR_CONFIG,
		               "the environment has no variable %s",
		               settings->password_env != NULL
		                       ? settings->password_env
		                       : "");
	*secret = memory_text(value);
	return 0;
}

/* --- tokens -------------------------------------------------------------- */

/* What an OAuth token endpoint answers (RFC 6749 section 5.1). */
static int secret_take_json(struct buf *text, char **secret, int64_t *seconds,
                            struct err *err)
{
	json_t *root = json_loadb(text->data, text->len, 0, NULL);
	const char *token =
		json_string_value(json_object_get(root, "access_token"));
	json_int_t lives =
		json_integer_value(json_object_get(root, "expires_in"));
	struct buf copy = BUF_INIT(SECRET_SIZE_MAX);
	int result;

	if (token == NULL) {
		json_decref(root);
		return err_set(err, ERR_CONFIG,
		               "token_command prints JSON without an "
		               "access_token");
	}
	*seconds = lives > 0 ? lives : 0;
	buf_add_text(&copy, token);
	result = secret_take_line(&copy, "the token", secret, err);
	buf_free(&copy);
	json_decref(root);
	return result;
}

int secret_token(const struct mailbox_settings *settings, int collector,
                 char **secret, int64_t *seconds, struct err *err)
{
	struct buf text = BUF_INIT(SECRET_SIZE_MAX);
	int result = secret_command_run(settings->token_command, collector,
	                                &text, err);

	*seconds = 0;
	if (result == 0 &&
	    text_starts(text_trim((struct text){text.data, text.len}), "{"))
		result = secret_take_json(&text, secret, seconds, err);
	else if (result == 0)
		result = secret_take_line(&text, "what token_command prints",
		                          secret, err);
	buf_free(&text);
	return result;
}
