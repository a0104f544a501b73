/*
 * The verbs of tlsrpt-exporter that end by themselves. Each returns an exit
 * status and has said on standard error why it is not 0.
 */
#ifndef EXPORTER_VERBS_VERBS_H
#define EXPORTER_VERBS_VERBS_H

#include "exporter/verbs/arguments.h"

/* 0 ready or enforce_ok, 1 not yet, 2 needs action, of the worst domain; above
   63 as in sysexits.h. */
int verdict_verb_run(const struct arguments *arguments);

int backfill_run(const struct arguments *arguments);

#endif
