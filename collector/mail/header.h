/*
 * The fields of a header (RFC 5322 section 2.2) and what stands in those that
 * matter to us. All of it is a stranger's: nothing here copies more than the
 * field, and nothing fails on nonsense: it finds less.
 */
#ifndef COLLECTOR_MAIL_HEADER_H
#define COLLECTOR_MAIL_HEADER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"

struct header_field {
	struct text name;
	struct text value; /* folded as it came, without the last line end */
};

/* White space of a header (RFC 5322 section 2.2). */
bool header_is_blank(char c);

/* Cuts the next field off *rest; false at the empty line that ends the header,
   or at the end. Lines that are no field are passed over. */
bool header_next(struct text *rest, struct header_field *field);

/* The number of fields of that name, and the first of them unfolded: a line
   end with the blanks after it becomes one blank. Empty when there is none. */
size_t header_find(struct text header, const char *name, struct arena *arena,
                   struct text *value);

/* Where the body begins: after the first empty line. The one place that cuts
   header and body apart. */
size_t header_length(struct text message);

/* What stands before the first ";" of an unfolded value, without comments and
   blanks: a media type. */
struct text header_main_value(struct text value);

/* Whether an unfolded Content-Type is one of several parts. */
bool header_is_multipart(struct text value);

/* A parameter of an unfolded value (RFC 2045 section 5.1), with the
   continuations and the percent encoding of RFC 2231. False: it has none. */
bool header_parameter(struct text value, const char *name, struct arena *arena,
                      struct text *out);

/* The address in a field such as From (the last in angle brackets, else all of
   it), in lower case; empty when it is none, and when there are several. */
struct text header_address(struct text value, struct arena *arena);

/* Of a subject as RFC 8460 section 5.3 has it, "Report Domain: D Submitter: S
   Report-ID: I": D and S. S is empty unless all of the subject is that, for
   what stands before, between or after may be a stranger's; D is a hint, and is
   there when the subject begins with it. No comment may follow, which the RFC
   allows and no reporter writes. */
void header_subject(struct text value, struct text *domain,
                    struct text *submitter);

/* Of a file name as RFC 8460 section 5.1 has it, "S!D!begin!end[!id].json.gz":
   D; empty when it is none. */
struct text header_filename_domain(struct text name);

#endif
