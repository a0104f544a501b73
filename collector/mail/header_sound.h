/*
 * Headers that everybody reads alike.
 */
#ifndef COLLECTOR_MAIL_HEADER_SOUND_H
#define COLLECTOR_MAIL_HEADER_SOUND_H

#include <stdbool.h>

#include "base/text.h"

/* Whether everybody reads that header alike: it ends with an empty line, all of
   its lines end in the same way (CR LF, or LF as in a Maildir), each is a field
   without a blank before its colon, or continues one with more than blanks (RFC
   5322 sections 2.2 and 3.2.2; its obsolete forms are none here), there is no
   NUL, lone CR or other control character in it, and fields that may stand once
   (section 3.6; RFC 2045 section 3; RFC 8460 section 5.3) stand once. */
bool mail_header_is_sound(struct text header);

#endif
