#include "tests/bench/fleet/table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/bench/fleet/odds.h"

#define TEXT_COLUMN 56
#define CELL_COLUMN 16
#define CELL_SIZE   48
#define DIFFER_MAX  400

struct difference {
	const struct question *head, *question;
	int size;
	struct answer answer;
};

struct table {
	bool csv;
	int compared, count;
	const struct question *head; /* the last that stands for itself */
	struct difference differ[DIFFER_MAX];
};

/* --- cells --------------------------------------------------------------- */

static void table_format(const struct question *question,
                         const struct answer *answer, char out[CELL_SIZE])
{
	int places = question_is_share(question) ? 0 : 1;
	char low[CELL_SIZE / 2] = "", high[CELL_SIZE / 2] = "";

	if (!answer->known) {
		(void)snprintf(out, CELL_SIZE, "-");
		return;
	}
	if (!isinf(answer->low))
		(void)snprintf(low, sizeof(low), "%.*f", places, answer->low);
	if (!isinf(answer->high))
		(void)snprintf(high, sizeof(high), "%.*f", places,
		               answer->high);
	(void)snprintf(out, CELL_SIZE, "%.*f (%.10s-%.10s)", places,
	               answer->value, low, high);
}

static void table_format_expected(const struct question *question,
                                  const struct answer *answer,
                                  char out[CELL_SIZE])
{
	int places = question_is_share(question) ? 0 : 1;

	if (!answer->expects)
		(void)snprintf(out, CELL_SIZE, " ");
	else
		(void)snprintf(out, CELL_SIZE, "%.*f%s", places,
		               answer->expected,
		               answer->differs ? " differs" : "");
}

/* --- lines --------------------------------------------------------------- */

static void table_print_number(bool known, double number)
{
	if (known && !isinf(number))
		(void)printf("%.2f", number);
	(void)printf(",");
}

static void table_print_csv(const struct table *table,
                            const struct question *question,
                            const struct answer answers[WORLD_SIZES])
{
	const struct answer *a;
	int size;

	for (size = 0; size < WORLD_SIZES; size++) {
		a = &answers[size];
		(void)printf("\"%s\",\"%s\",%s,%s,", table->head->text,
		             question == table->head ? "" : question->text,
		             world_sizes[size].name,
		             question_is_share(question) ? "percent" : "days");
		table_print_number(a->known, a->value);
		table_print_number(a->known, a->low);
		table_print_number(a->known, a->high);
		(void)printf("%d,", a->of);
		if (a->expects)
			(void)printf("%.1f,%s\n", a->expected,
			             a->differs ? "differs" : "agrees");
		else
			(void)printf(",\n");
	}
}

static void table_print_lines(const struct question *question,
                              const struct answer answers[WORLD_SIZES])
{
	char cell[CELL_SIZE];
	bool expects = false;
	int size;

	(void)printf("%-*s", TEXT_COLUMN, question->text);
	for (size = 0; size < WORLD_SIZES; size++) {
		table_format(question, &answers[size], cell);
		(void)printf(" %-*s", CELL_COLUMN, cell);
		expects |= answers[size].expects;
	}
	(void)printf("\n");
	if (!expects)
		return;
	(void)printf("%*s", TEXT_COLUMN, "expected");
	for (size = 0; size < WORLD_SIZES; size++) {
		table_format_expected(question, &answers[size], cell);
		(void)printf(" %-*s", CELL_COLUMN, cell);
	}
	(void)printf("\n");
}

/* --- the whole ----------------------------------------------------------- */

struct table *table_begin(bool csv)
{
	struct table *table = calloc(1, sizeof(*table));
	int size;

	if (table == NULL)
		abort();
	table->csv = csv;
	if (csv) {
		(void)printf("question,variant,sessions_a_day,unit,value,low,"
		             "high,domains,expected,agreement\n");
		return table;
	}
	(void)printf("%-*s", TEXT_COLUMN, "sessions a day");
	for (size = 0; size < WORLD_SIZES; size++)
		(void)printf(" %-*s", CELL_COLUMN, world_sizes[size].name);
	(void)printf("\n");
	return table;
}

void table_add(struct table *table, const struct question *question,
               const struct answer answers[WORLD_SIZES])
{
	int size;

	if (!question_goes_on(question))
		table->head = question;
	if (table->csv)
		table_print_csv(table, question, answers);
	else
		table_print_lines(question, answers);
	(void)fflush(stdout);
	for (size = 0; size < WORLD_SIZES; size++) {
		table->compared += answers[size].expects && answers[size].known;
		if (!answers[size].differs || table->count == DIFFER_MAX)
			continue;
		table->differ[table->count++] = (struct difference){
			table->head, question, size, answers[size]};
	}
}

static void table_print_difference(const struct difference *d)
{
	char cell[CELL_SIZE];

	table_format(d->question, &d->answer, cell);
	(void)printf("  %s%s%s, %s a day: %s, expected %g (chance %.5f)\n",
	             d->head->text, d->head == d->question ? "" : " ",
	             d->head == d->question ? "" : d->question->text,
	             world_sizes[d->size].name, cell, d->answer.expected,
	             d->answer.chance);
}

int table_end(struct table **table)
{
	struct table *t = *table;
	int i, count = t->count;

	if (!t->csv) {
		(void)printf("\n%d of %d cells differ from what is expected by "
		             "more than chance gives in %g %% of cells%s\n",
		             count, t->compared, 100 * ODDS_LEVEL,
		             count > 0 ? ":" : "");
		for (i = 0; i < count; i++)
			table_print_difference(&t->differ[i]);
	}
	free(t);
	*table = NULL;
	return count;
}
