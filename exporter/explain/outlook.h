/*
 * What an explanation says beyond the verdict: on whom it rests, what is
 * lacking, and how it will go on.
 */
#ifndef EXPORTER_EXPLAIN_OUTLOOK_H
#define EXPORTER_EXPLAIN_OUTLOOK_H

#include "exporter/explain/explanation.h"

/* Fills in witnesses, conditions and forecast of an explanation; ahead: with
   days to come, as far as there are not too many rows. What is kept belongs to
   arena. */
void outlook_gather(const struct assessment *assessment, bool ahead,
                    struct arena *arena, struct explanation *out);

#endif
