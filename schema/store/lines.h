/*
 * Lists of texts as lines, as the tables have them.
 */
#ifndef SCHEMA_STORE_LINES_H
#define SCHEMA_STORE_LINES_H

#include "base/buf.h"
#include "schema/report/report.h"

/* Lists as lines: a backslash and a line feed in an item are escaped. */
void lines_encode(const struct text_list *list, struct buf *out);
void lines_decode(struct text lines, struct arena *arena,
                  struct text_list *list);

#endif
