/*
 * What is decided about a report without the tables: its size, what it proves.
 */
#ifndef SCHEMA_STORE_BOOKING_H
#define SCHEMA_STORE_BOOKING_H

#include "schema/store/conflict.h"
#include "schema/store/dictionary_text.h"
#include "schema/store/write.h"

/* What the rows of a report take, roughly; of use for budgets only. */
int64_t booking_bytes(const struct store_entry *entry);

/* What it shows of a policy: as evidence, and of whom. */
enum policy_seen_as booking_seen_as(const struct store_entry *entry);

/* The first day of which it shows the policy: its own, but no more than some
   days before it arrived. Whoever dates a report back shows nothing of then. */
int64_t booking_seen_from(const struct store_entry *entry);

/* A report that names no domain counts nowhere. */
bool booking_has_domain(const struct report *report);

/* Whether it says more of whose report it is: a signature of the key's own
   reporter more than any other, else the higher trust. */
bool booking_is_better_proved(const struct store_entry *entry,
                              const struct store_copy *twin);

/* The day on which it arrived, or its proof if it is proved: what came unproved
   long ago is believed from the day of the proof on. */
int64_t booking_arrived(const struct store_copy *copy);

#endif
