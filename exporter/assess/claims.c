#include "exporter/assess/claims.h"

#include <string.h>

/* A reporter who signs so many of his last days is the only one to speak in
   his name. */
#define SIGNER_DAYS    7
#define SIGNED_OF_THEM 3

/* A reporter's last report days, newest last. */
struct last_days {
	int32_t days[SIGNER_DAYS];
	bool was_signed[SIGNER_DAYS];
	size_t count;
};

static void claims_note_day(struct last_days *last, int32_t day, bool proved)
{
	size_t at = last->count > 0 ? last->count - 1 : 0;

	if (last->count == 0 || last->days[at] != day) {
		if (last->count == SIGNER_DAYS) {
			memmove(last->days, last->days + 1,
			        (SIGNER_DAYS - 1) * sizeof(last->days[0]));
			memmove(last->was_signed, last->was_signed + 1,
			        (SIGNER_DAYS - 1) *
			                sizeof(last->was_signed[0]));
			last->count--;
		}
		at = last->count++;
		last->days[at] = day;
		last->was_signed[at] = false;
	}
	last->was_signed[at] |= proved;
}

static bool claims_is_signer(const struct last_days *last)
{
	size_t i, count = 0;

	for (i = 0; i < last->count; i++)
		count += last->was_signed[i];
	return count >= SIGNED_OF_THEM;
}

/* All rows of a day are noted before any of them is decided on. */
void claims_find(struct arena *arena, struct verdict_row *rows, size_t count,
                 const struct verdict_reporter_group *groups,
                 const uint32_t *speakers, size_t group_count)
{
	struct last_days *all = arena_array(arena, group_count, sizeof(*all));
	struct verdict_row *row;
	size_t first, i;

	for (first = 0; first < count; first = i) {
		for (i = first; i < count && rows[i].day == rows[first].day;
		     i++)
			claims_note_day(&all[speakers[rows[i].group]],
			                rows[i].day,
			                !groups[rows[i].group].anonymous);
		for (i = first; i < count && rows[i].day == rows[first].day;
		     i++) {
			row = &rows[i];
			row->against_only =
				groups[row->group].anonymous &&
				claims_is_signer(&all[speakers[row->group]]);
		}
	}
}
