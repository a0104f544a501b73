/*
 * On whom a verdict rests, as text for a terminal of 80 columns.
 */
#ifndef EXPORTER_EXPLAIN_WITNESSES_TEXT_H
#define EXPORTER_EXPLAIN_WITNESSES_TEXT_H

#include "base/buf.h"
#include "exporter/explain/witnesses.h"

/* The names of those that count, that count against the domain only, and of
   newcomers with their days: a few lines below the evidence. */
void witnesses_text_write_short(const struct witnesses *witnesses,
                                struct buf *out);

/* A section with all of them, and what each still lacks. */
void witnesses_text_write(const struct witnesses *witnesses, struct buf *out);

#endif
