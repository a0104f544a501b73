#include "schema/rules/sts_policy.h"

#include <stdlib.h>
#include <string.h>

#include "base/domain.h"

static const char *const mode_names[STS_MODES] = {"unknown", "none", "testing",
                                                  "enforce"};

const char *sts_policy_mode_name(enum sts_mode mode)
{
	return mode_names[mode];
}

/* --- reading one --------------------------------------------------------- */

/* Sorts the patterns, drops what is there twice, and works out the digest. */
static void sts_policy_finish(struct text *mx, struct sts_policy *policy)
{
	struct buf all = BUF_INIT(SIZE_MAX);
	size_t i, kept = 0;

	if (policy->mx_count > 0)
		qsort(mx, policy->mx_count, sizeof(*mx), text_order_items);
	for (i = 0; i < policy->mx_count; i++) {
		if (kept > 0 && text_equal(mx[i], mx[kept - 1]))
			continue;
		mx[kept++] = mx[i];
		buf_printf(&all, "%zu:", mx[i].len);
		buf_add(&all, mx[i].data, mx[i].len);
	}
	policy->mx = mx;
	policy->mx_count = kept;
	digest_sha256(all.data, all.len, policy->set);
	buf_free(&all);
}

/* Names compare without case and without a dot at the end. What is no name is
   kept as it is: it equals only itself. */
static struct text sts_policy_pattern_normalise(struct arena *arena,
                                                struct text pattern)
{
	struct domain_changes changes = {false, false};
	struct text name = pattern, normal;
	struct err ignored;

	if (text_starts(pattern, "*."))
		name = (struct text){pattern.data + 2, pattern.len - 2};
	if (domain_normalise(arena, name, &normal, &changes, &ignored) < 0)
		return pattern;
	if (name.len == pattern.len)
		return normal;
	return text_of(
		arena_printf(arena, "*.%.*s", (int)normal.len, normal.data));
}

static void sts_policy_parse_line(struct arena *arena, struct text line,
                                  struct sts_policy *policy, struct text *mx)
{
	struct text value = line, key;
	int64_t number;
	int i;

	if (!text_next(&value, ':', &key) || value.data == NULL)
		return;
	key = text_trim(key);
	value = text_trim(value);
	if (text_equal_case(key, "mx")) {
		mx[policy->mx_count++] =
			sts_policy_pattern_normalise(arena, value);
	} else if (text_equal_case(key, "max_age")) {
		if (text_integer(value, &number) && number > 0)
			policy->max_age = number;
	} else if (text_equal_case(key, "mode")) {
		for (i = STS_MODE_NONE; i < STS_MODES; i++) {
			if (text_equal_case(value, mode_names[i]))
				policy->mode = (enum sts_mode)i;
		}
	}
}

/* Some senders put the whole file into one element. */
static size_t sts_policy_count_lines(const struct text_list *lines)
{
	size_t count = 0, i, k;

	for (i = 0; i < lines->count; i++) {
		count++;
		for (k = 0; k < lines->items[i].len; k++)
			count += lines->items[i].data[k] == '\n';
	}
	return count;
}

void sts_policy_parse(struct arena *arena, const struct text_list *lines,
                      struct sts_policy *out)
{
	struct text *mx =
		arena_array(arena, sts_policy_count_lines(lines), sizeof(*mx));
	struct text rest, line;
	size_t i;

	*out = (struct sts_policy){0};
	for (i = 0; i < lines->count; i++) {
		rest = lines->items[i];
		while (text_next(&rest, '\n', &line))
			sts_policy_parse_line(arena, line, out, mx);
	}
	sts_policy_finish(mx, out);
}

void sts_policy_from_patterns(struct arena *arena, const char *const *patterns,
                              size_t count, struct sts_policy *out)
{
	struct text *mx = arena_array(arena, count, sizeof(*mx));
	size_t i;

	*out = (struct sts_policy){.mx_count = count};
	for (i = 0; i < count; i++)
		mx[i] = sts_policy_pattern_normalise(arena,
		                                     text_of(patterns[i]));
	sts_policy_finish(mx, out);
}

/* --- comparing ----------------------------------------------------------- */

int sts_policy_compare(const struct sts_policy *a, const struct sts_policy *b)
{
	int order = memcmp(a->set, b->set, DIGEST_SIZE);

	return order != 0 ? order : (int)a->mode - (int)b->mode;
}

/* --- hosts --------------------------------------------------------------- */

static struct text sts_policy_strip_dot(struct text name)
{
	if (text_ends(name, "."))
		name.len--;
	return name;
}

static bool sts_policy_names_equal(struct text a, struct text b)
{
	size_t i;

	if (a.len != b.len)
		return false;
	for (i = 0; i < a.len; i++) {
		if (text_lower_char(a.data[i]) != text_lower_char(b.data[i]))
			return false;
	}
	return true;
}

bool sts_policy_mx_matches(struct text pattern, struct text host)
{
	const char *dot;
	size_t label;

	pattern = sts_policy_strip_dot(pattern);
	host = sts_policy_strip_dot(host);
	if (!text_starts(pattern, "*."))
		return sts_policy_names_equal(pattern, host);
	dot = host.len > 0 ? memchr(host.data, '.', host.len) : NULL;
	if (dot == NULL || dot == host.data)
		return false;
	label = (size_t)(dot - host.data);
	return sts_policy_names_equal((struct text){pattern.data + 1,
	                                            pattern.len - 1},
	                              (struct text){dot, host.len - label});
}

bool sts_policy_covers(const struct text *mx, size_t count, struct text host)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (sts_policy_mx_matches(mx[i], host))
			return true;
	}
	return false;
}

/* --- printing ------------------------------------------------------------ */

void sts_policy_print(enum sts_mode mode, const struct text *mx, size_t count,
                      int64_t max_age, struct buf *out)
{
	size_t i;

	if (count == 0)
		return;
	buf_printf(out, "version: STSv1\nmode: %s\n",
	           sts_policy_mode_name(mode));
	for (i = 0; i < count; i++) {
		buf_add_text(out, "mx: ");
		buf_add_printable(out, mx[i].data, mx[i].len, 255);
		buf_add_char(out, '\n');
	}
	buf_printf(out, "max_age: %lld\n", (long long)max_age);
}
