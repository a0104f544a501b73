#include "collector/mailbox/driver.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "base/timestamp.h"
#include "collector/mailbox/worker_secret.h"
#include "collector/mailbox/worker_wire.h"

void driver_set_stage(struct worker *worker, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(worker->stage, sizeof(worker->stage), format,
	                arguments);
	va_end(arguments);
}

int64_t driver_deadline(const struct worker *worker)
{
	return timestamp_monotonic_ms() + worker->settings.timeout * 1000;
}

void driver_expect(const struct worker *worker, struct netstream *stream,
                   uint64_t bytes)
{
	netstream_expect(stream, driver_deadline(worker), bytes);
}

int driver_connect(struct worker *worker, int64_t tls_port, int64_t plain_port,
                   struct netstream **stream, struct err *err)
{
	const struct mailbox_settings *settings = &worker->settings;
	bool implicit = settings->tls == MAILBOX_TLS_IMPLICIT;
	int64_t port = settings->port;

	if (port == 0)
		port = implicit ? tls_port : plain_port;
	driver_set_stage(worker, "connecting to %s, port %lld", settings->host,
	                 (long long)port);
	if (netstream_connect(settings->host, port, driver_deadline(worker),
	                      stream, err) < 0)
		return -1;
	if (!implicit)
		return 0;
	if (netstream_start_tls(*stream, worker->trust, settings->host, err) ==
	    0)
		return 0;
	netstream_close(stream);
	return -1;
}

int driver_check_tls(const struct netstream *stream, struct err *err)
{
	return netstream_is_tls(stream)
	               ? 0
	               : err_set(err, ERR_SYSTEM, "there is no TLS");
}

int64_t driver_hash(const char *text, size_t len)
{
	uint8_t digest[DIGEST_SIZE];
	uint64_t number;

	digest_sha256(text, len, digest);
	memcpy(&number, digest, sizeof(number));
	return (int64_t)(number >> 1);
}

void driver_send_no_idle(struct worker *worker, const char *why)
{
	struct err err;

	(void)err_set(&err, ERR_BUSY, "%s", why);
	worker_secret_hide(worker, err.text);
	wire_begin(&worker->frame, MAILBOX_FRAME_NO_IDLE);
	wire_put_text(&worker->frame, text_of(err.text));
	worker_wire_send(worker);
}

void driver_send_busy(struct worker *worker)
{
	wire_begin(&worker->frame, MAILBOX_FRAME_BUSY);
	worker_wire_send(worker);
}
