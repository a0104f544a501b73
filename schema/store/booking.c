/*
 * How large a report is, and what it proves.
 */
#include "schema/store/booking.h"

#include "base/timestamp.h"

/* Roughly. */
#define BYTES_REPORT 200
#define BYTES_POLICY 80
#define BYTES_DETAIL 60

/* Texts that repeat are stored once. Here each counts in full: whoever sends
   ever new ones pays for them. */
static int64_t booking_bytes_of_list(const struct text_list *list)
{
	int64_t bytes = 0;
	size_t i;

	for (i = 0; i < list->count; i++)
		bytes += (int64_t)list->items[i].len;
	return bytes;
}

static int64_t booking_bytes_of_detail(const struct report_detail *detail)
{
	return BYTES_DETAIL +
	       (int64_t)(detail->additional.len + detail->reason.len +
	                 detail->receiving_mx.len + detail->helo.len);
}

int64_t booking_bytes(const struct store_entry *entry)
{
	const struct report *report = entry->report;
	int64_t bytes = BYTES_REPORT + (int64_t)report->id.len +
	                (int64_t)entry->raw_len;
	size_t i, k;

	bytes += (int64_t)(report->organization.len + report->contact.len);
	for (i = 0; i < report->policy_count; i++) {
		bytes += BYTES_POLICY +
		         booking_bytes_of_list(
				 &report->policies[i].policy_string) +
		         booking_bytes_of_list(&report->policies[i].mx_hosts);
		for (k = 0; k < report->policies[i].detail_count; k++)
			bytes += booking_bytes_of_detail(
				&report->policies[i].details[k]);
	}
	return bytes;
}

enum policy_seen_as booking_seen_as(const struct store_entry *entry)
{
	if (!evidence_is_admissible(entry->report->begin, entry->report->end,
	                            entry->received, entry->trust))
		return POLICY_SEEN_ONLY;
	return trust_is_proof(entry->trust) ? POLICY_SEEN_PROVED
	                                    : POLICY_SEEN_ANONYMOUS;
}

/* A report is of yesterday, and its sender tries for a day (RFC 8460 sections
   4.1 and 5.5). */
#define DAYS_LATE 3

int64_t booking_seen_from(const struct store_entry *entry)
{
	int64_t day = report_day(entry->report);
	int64_t earliest = timestamp_day(entry->received) - DAYS_LATE;

	return day > earliest ? day : earliest;
}

bool booking_has_domain(const struct report *report)
{
	size_t i;

	for (i = 0; i < report->policy_count; i++) {
		if (report->policies[i].domain.len > 0)
			return true;
	}
	return false;
}

bool booking_is_better_proved(const struct store_entry *entry,
                              const struct store_copy *twin)
{
	return entry->identity->rank != twin->rank
	               ? entry->identity->rank > twin->rank
	               : entry->trust > twin->trust;
}

int64_t booking_arrived(const struct store_copy *copy)
{
	return timestamp_day(trust_is_proof(copy->trust) ? copy->proved
	                                                 : copy->received);
}
