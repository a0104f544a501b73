/*
 * The record of a DKIM key in the DNS (RFC 6376 section 3.6), as far as we read
 * it ourselves.
 */
#ifndef COLLECTOR_MAIL_KEY_RECORD_H
#define COLLECTOR_MAIL_KEY_RECORD_H

#include <stdbool.h>
#include <stddef.h>

struct key_record {
	bool excludes_reports; /* s= has neither "*" nor "tlsrpt" */
	bool for_reports;      /* s= has "tlsrpt" (RFC 8460 section 3) */
	bool testing;          /* t=y */
};

/* Joins the character-strings of a TXT record's data without blanks, as much of
   it as is whole and fits, and ends it; how long it is. size is at least 1. */
size_t key_record_join(const char *data, size_t len, char *out, size_t size);

/* Reads what libopendkim must not see, s=, and writes blanks over it. */
void key_record_read(char *text, struct key_record *record);

#endif
