/*
 * Paragraphs for a terminal of 80 columns, and names that strangers wrote.
 */
#ifndef EXPORTER_EXPLAIN_EXPLANATION_LAYOUT_H
#define EXPORTER_EXPLAIN_EXPLANATION_LAYOUT_H

#include "base/buf.h"
#include "base/text.h"

/* Adds a paragraph, broken between words, with a first and a later indent, and
   empties text. "1 200" and "3.4 %" are one word. */
void explanation_layout_add_paragraph(struct buf *out, const char *first,
                                      const char *later, struct buf *text);

/* Adds a name so that no byte of it reaches a terminal unescaped. */
void explanation_layout_add_name(struct buf *out, struct text name);

#endif
