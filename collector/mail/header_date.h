/*
 * Dates of mail (RFC 5322 section 3.3).
 */
#ifndef COLLECTOR_MAIL_HEADER_DATE_H
#define COLLECTOR_MAIL_HEADER_DATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

/* The moment of an RFC 5322 date-time ("Wed, 25 Nov 2026 10:02:00 +0100"). */
bool header_date(struct text value, int64_t *seconds);

#endif
