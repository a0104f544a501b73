/*
 * Certificates by the name that the client asks for (SNI). A table of them is
 * never changed: a reload makes a new one and keeps the old for as long as a
 * handshake that began with it can last.
 */
#include "base/httpd/httpd_tls.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/timestamp.h"

/* Bytes of a certificate's or a key's file. */
#define PEM_MAX (1024U * 1024U)

#define CHAIN_MAX 16U
#define NAME_SIZE 256U

/* How long after the longest handshake an old table is freed: its names may be
   being written to the store as well. */
#define OLD_TABLE_SLACK_MS (60 * 1000)

struct certificate {
	gnutls_pcert_st chain[CHAIN_MAX];
	unsigned int chain_len;
	gnutls_x509_crt_t leaf;
	gnutls_privkey_t key;
	int64_t not_after;
	char *file;
};

struct table {
	struct table *older;
	int64_t replaced; /* monotonic milliseconds */
	size_t count;
	struct certificate certificates[];
};

struct httpd_tls {
	pthread_mutex_t mutex;
	int64_t handshake_ms; /* the longest that one can take */
	struct table *current;
};

/* libmicrohttpd hands its callback no argument of ours. One server with
   certificates a process is all that we need. */
static struct httpd_tls *httpd_tls_in_use;

static void httpd_tls_certificate_clear(struct certificate *c)
{
	unsigned int i;

	for (i = 0; i < c->chain_len; i++)
		gnutls_pcert_deinit(&c->chain[i]);
	if (c->leaf != NULL)
		gnutls_x509_crt_deinit(c->leaf);
	if (c->key != NULL)
		gnutls_privkey_deinit(c->key);
	free(c->file);
}

static void httpd_tls_table_free(struct table *table)
{
	size_t i;

	if (table == NULL)
		return;
	for (i = 0; i < table->count; i++)
		httpd_tls_certificate_clear(&table->certificates[i]);
	free(table);
}

/* Says beside the system's reason who has to be able to read it. */
static int httpd_tls_read_pem(const char *what, const char *path,
                              struct buf *pem, struct err *err)
{
	size_t used;

	if (file_read(path, pem, err) == 0)
		return 0;
	(void)err_prefix(err, "%s", what);
	used = strlen(err->text);
	if (access(path, R_OK) < 0 && errno == EACCES)
		(void)snprintf(
			err->text + used, sizeof(err->text) - used,
			"; the user with uid %u, whom this runs as, must "
			"be able to read it and to enter its folders",
			(unsigned int)geteuid());
	return -1;
}

static int httpd_tls_load_chain(struct certificate *c, const char *path,
                                struct err *err)
{
	struct buf pem = BUF_INIT(PEM_MAX);
	gnutls_datum_t datum;
	unsigned int len = CHAIN_MAX;
	int status;

	if (httpd_tls_read_pem("certificate", path, &pem, err) < 0) {
		buf_free(&pem);
		return -1;
	}
	datum = (gnutls_datum_t){(unsigned char *)pem.data,
	                         (unsigned int)pem.len};
	status = gnutls_pcert_list_import_x509_raw(c->chain, &len, &datum,
	                                           GNUTLS_X509_FMT_PEM, 0);
	if (status >= 0) {
		c->chain_len = len;
		status = gnutls_x509_crt_init(&c->leaf);
	}
	if (status >= 0)
		status = gnutls_x509_crt_import(c->leaf, &datum,
		                                GNUTLS_X509_FMT_PEM);
	buf_free(&pem);
	if (status < 0)
		return err_set(err, ERR_SYSTEM, "certificate %s: %s", path,
		               gnutls_strerror(status));
	c->not_after = (int64_t)gnutls_x509_crt_get_expiration_time(c->leaf);
	return 0;
}

static int httpd_tls_load_key(struct certificate *c, const char *path,
                              struct err *err)
{
	struct buf pem = BUF_INIT(PEM_MAX);
	gnutls_datum_t datum;
	int status = -1, result = httpd_tls_read_pem("key", path, &pem, err);

	if (result == 0) {
		datum = (gnutls_datum_t){(unsigned char *)pem.data,
		                         (unsigned int)pem.len};
		status = gnutls_privkey_init(&c->key);
		if (status >= 0)
			status = gnutls_privkey_import_x509_raw(
				c->key, &datum, GNUTLS_X509_FMT_PEM, NULL, 0);
	}
	if (pem.data != NULL)
		explicit_bzero(pem.data, pem.size);
	buf_free(&pem);
	if (result == 0 && status < 0)
		result = err_set(err, ERR_SYSTEM, "key %s: %s", path,
		                 gnutls_strerror(status));
	return result;
}

/* A certificate whose key is another's would only fail at each handshake. */
static int httpd_tls_check_pair(const struct certificate *c, const char *file,
                                const char *key, struct err *err)
{
	uint8_t of_key[64], of_certificate[64];
	size_t key_len = sizeof(of_key),
	       certificate_len = sizeof(of_certificate);
	gnutls_pubkey_t public_key;
	bool same = false;

	if (gnutls_pubkey_init(&public_key) < 0)
		return err_set(err, ERR_SYSTEM, "GnuTLS is out of memory");
	if (gnutls_pubkey_import_privkey(public_key, c->key, 0, 0) >= 0 &&
	    gnutls_pubkey_get_key_id(public_key, GNUTLS_KEYID_USE_SHA256,
	                             of_key, &key_len) >= 0 &&
	    gnutls_x509_crt_get_key_id(c->leaf, GNUTLS_KEYID_USE_SHA256,
	                               of_certificate, &certificate_len) >= 0)
		same = key_len == certificate_len &&
		       memcmp(of_key, of_certificate, key_len) == 0;
	gnutls_pubkey_deinit(public_key);
	if (!same)
		return err_set(err, ERR_SYSTEM,
		               "the key in %s is not that of the certificate "
		               "in %s",
		               key, file);
	return 0;
}

static int httpd_tls_load_table(const char *const *files,
                                const char *const *keys, size_t count,
                                struct table **out, struct err *err)
{
	struct table *table;
	size_t i;

	table = memory_zero(1, sizeof(*table) +
	                               count * sizeof(table->certificates[0]));
	table->count = count;
	for (i = 0; i < count; i++) {
		table->certificates[i].file = memory_text(files[i]);
		if (httpd_tls_load_chain(&table->certificates[i], files[i],
		                         err) < 0 ||
		    httpd_tls_load_key(&table->certificates[i], keys[i], err) <
		            0 ||
		    httpd_tls_check_pair(&table->certificates[i], files[i],
		                         keys[i], err) < 0) {
			httpd_tls_table_free(table);
			return -1;
		}
	}
	*out = table;
	return 0;
}

int httpd_tls_check_certificates(const char *const *files,
                                 const char *const *keys, size_t count,
                                 struct err *err)
{
	struct table *table;

	if (httpd_tls_load_table(files, keys, count, &table, err) < 0)
		return -1;
	httpd_tls_table_free(table);
	return 0;
}

int httpd_tls_new(const struct httpd_options *options, struct httpd_tls **out,
                  struct err *err)
{
	struct httpd_tls *tls = memory_zero(1, sizeof(*tls));

	tls->handshake_ms = (int64_t)options->request_time * 1000;
	if (httpd_tls_load_table(options->certificates, options->keys,
	                         options->certificate_count, &tls->current,
	                         err) < 0) {
		free(tls);
		return -1;
	}
	(void)pthread_mutex_init(&tls->mutex, NULL);
	httpd_tls_in_use = tls;
	*out = tls;
	return 0;
}

static void httpd_tls_free_old_tables(struct httpd_tls *tls, int64_t now)
{
	struct table **at = &tls->current->older, *old;

	while (*at != NULL) {
		old = *at;
		if (now - old->replaced >
		    tls->handshake_ms + OLD_TABLE_SLACK_MS) {
			*at = old->older;
			httpd_tls_table_free(old);
		} else {
			at = &old->older;
		}
	}
}

int httpd_tls_reload(struct httpd_tls *tls, const char *const *files,
                     const char *const *keys, size_t count, struct err *err)
{
	int64_t now = timestamp_monotonic_ms();
	struct table *table;

	if (count == 0)
		return err_set(err, ERR_CONFIG,
		               "no certificate is configured, and HTTPS is "
		               "served");
	if (httpd_tls_load_table(files, keys, count, &table, err) < 0)
		return -1;
	(void)pthread_mutex_lock(&tls->mutex);
	table->older = tls->current;
	table->older->replaced = now;
	tls->current = table;
	httpd_tls_free_old_tables(tls, now);
	(void)pthread_mutex_unlock(&tls->mutex);
	return 0;
}

void httpd_tls_free(struct httpd_tls **tls)
{
	struct table *table, *older;

	if (*tls == NULL)
		return;
	for (table = (*tls)->current; table != NULL; table = older) {
		older = table->older;
		httpd_tls_table_free(table);
	}
	(void)pthread_mutex_destroy(&(*tls)->mutex);
	if (httpd_tls_in_use == *tls)
		httpd_tls_in_use = NULL;
	free(*tls);
	*tls = NULL;
}

bool httpd_tls_certificate(struct httpd_tls *tls, size_t i, const char **file,
                           int64_t *not_after)
{
	bool there;

	(void)pthread_mutex_lock(&tls->mutex);
	there = i < tls->current->count;
	if (there) {
		*file = tls->current->certificates[i].file;
		*not_after = tls->current->certificates[i].not_after;
	}
	(void)pthread_mutex_unlock(&tls->mutex);
	return there;
}

static struct certificate *httpd_tls_choose(struct table *table,
                                            const char *name)
{
	size_t i;

	for (i = 0; i < table->count; i++) {
		if (gnutls_x509_crt_check_hostname(table->certificates[i].leaf,
		                                   name) != 0)
			return &table->certificates[i];
	}
	return &table->certificates[0];
}

/* NOLINTBEGIN(readability-function-size): the signature is GnuTLS's. */
static int httpd_tls_on_retrieve(gnutls_session_t session,
                                 const gnutls_datum_t *issuers,
                                 int issuer_count,
                                 const gnutls_pk_algorithm_t *algorithms,
                                 int algorithm_count, gnutls_pcert_st **chain,
                                 unsigned int *chain_len, gnutls_privkey_t *key)
{
	struct certificate *certificate;
	char name[NAME_SIZE];
	size_t len = sizeof(name) - 1;
	unsigned int type;
	struct table *table;

	(void)issuers;
	(void)issuer_count;
	(void)algorithms;
	(void)algorithm_count;
	(void)pthread_mutex_lock(&httpd_tls_in_use->mutex);
	table = httpd_tls_in_use->current;
	(void)pthread_mutex_unlock(&httpd_tls_in_use->mutex);
	if (gnutls_server_name_get(session, name, &len, &type, 0) == 0 &&
	    type == GNUTLS_NAME_DNS) {
		name[len] = '\0';
		certificate = httpd_tls_choose(table, name);
	} else {
		certificate = &table->certificates[0];
	}
	*chain = certificate->chain;
	*chain_len = certificate->chain_len;
	*key = certificate->key;
	return 0;
}
/* NOLINTEND(readability-function-size) */

void *httpd_tls_callback(void)
{
	gnutls_certificate_retrieve_function2 *function = httpd_tls_on_retrieve;
	void *pointer;

	/* ISO C has no conversion between these two; POSIX has. */
	memcpy(&pointer, &function, sizeof(pointer));
	return pointer;
}
