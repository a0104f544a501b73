/*
 * The parts of a multipart body (RFC 2046 section 5.1.1), by its boundary.
 * Used where libetpan finds none, and to see whether a body says by itself how
 * it is to be read.
 */
#ifndef COLLECTOR_MAIL_MULTIPART_H
#define COLLECTOR_MAIL_MULTIPART_H

#include <stdbool.h>

#include "base/text.h"

/* Whether it can be written as a quoted boundary: visible ASCII and blanks
   without quote and backslash, not over 200 bytes (RFC 2046 has 70), with no
   blank at its end. */
bool multipart_is_boundary(struct text boundary);

/* Whether the first line of body that is not empty is the delimiter of
   boundary, and the last one too, with or without the "--" of the last; a
   boundary that a stranger names fits no other body. */
bool multipart_is_framed(struct text body, struct text boundary);

/* Whether a line of body is the last delimiter, "--boundary--". */
bool multipart_is_closed(struct text body, struct text boundary);

/* Cuts the next part off *rest, its header and body without the line end before
   the delimiter; what stands before the first delimiter is passed over. False
   after the last. */
bool multipart_next(struct text *rest, struct text boundary, struct text *part);

#endif
