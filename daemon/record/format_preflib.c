/*
 * Elections as PrefLib's files, both ways: "# KEY: value" lines, then a line an
 * order, "count: 1, {2, 3}", with ties in braces (N. Mattei and T. Walsh,
 * "PrefLib: a library for preferences", ADT 2013; the format of 2022).
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "record/contest.h"
#include "record/format_own.h"
#include "record/preflib.h"

#define COUNT_MAX 1000000

/* ---- import ---- */

static const char *
skip(const char *s)
{
	return s + strspn(s, " \t");
}

static int
check_order(const char *line, struct err *err)
{
	struct preflib_order o;
	int64_t count, number;
	int32_t rank;
	int got;

	if (preflib_order_begin(&o, line, strlen(line), &count, err) == -1)
		return -1;
	if (count < 1 || count > COUNT_MAX)
		return err_set(err, ERR_BROKEN, NULL,
		    "an order is that of 1 to %d voters", COUNT_MAX);
	do
		got = preflib_order_next(&o, &number, &rank, err);
	while (got == 1);
	return got;
}

static int
check_line(const struct sheet_head *h, const json_t *row, struct err *err)
{
	const char *line = json_string_value(row);

	(void)h;
	if (line == NULL)
		return err_set(err, ERR_BROKEN, NULL, "it is no line");
	line = skip(line);
	return *line == '#' ? 0 : check_order(line, err);
}

/* The file's name without its ending. */
static void
session_of(const struct sheet_head *h, char name[80])
{
	snprintf(name, 80, "%s", h->file[0] != '\0' ? h->file : h->table);
	name[strcspn(name, ".")] = '\0';
	if (name[0] == '\0')
		snprintf(name, 80, "preflib");
}

static void
tell_remark(struct tables *t, const char *session, const char *line)
{
	static const char name[] = "ALTERNATIVE NAME ", title[] = "TITLE:";
	json_t *row;
	char id[24], key[128], *colon;

	line = skip(line + 1);
	if (strncmp(line, title, strlen(title)) == 0) {
		row = tables_row(t, TABLE_SESSIONS, session);
		row_set_str(row, "question", skip(line + strlen(title)));
		return;
	}
	if (strncmp(line, name, strlen(name)) != 0 ||
	    (colon = strchr(line, ':')) == NULL)
		return;
	snprintf(id, sizeof id, "%lld", strtoll(line + strlen(name), NULL, 10));
	snprintf(key, sizeof key, "%s/%s", session, id);
	row = tables_row(t, TABLE_STATEMENTS, key);
	row_set_str(row, "session", session);
	row_set_str(row, "statement", id);
	row_set_int(row, "round", 0);
	row_set_str(row, "text", skip(colon + 1));
}

static void
tell_order(struct tables *t, const char *session, const char *line)
{
	char voter[32], statement[24];
	struct preflib_order o;
	int64_t count, id;
	int32_t rank;
	json_t *row;

	if (preflib_order_begin(&o, line, strlen(line), &count, NULL) == -1)
		return;
	snprintf(voter, sizeof voter, "order %zu",
	    json_array_size(t->rows[TABLE_PARTICIPANTS]) + 1);
	row = tables_add(t, TABLE_PARTICIPANTS);
	row_set_str(row, "session", session);
	row_set_str(row, "participant", voter);
	row_set_int(row, "count", count);
	while (preflib_order_next(&o, &id, &rank, NULL) == 1) {
		snprintf(statement, sizeof statement, "%" PRId64, id);
		row = tables_add(t, TABLE_BALLOTS);
		row_set_str(row, "session", session);
		row_set_int(row, "round", 0);
		row_set_str(row, "participant", voter);
		row_set_str(row, "kind", "cast");
		row_set_str(row, "status", "counted");
		row_set_str(row, "statement", statement);
		row_set_int(row, "rank", rank);
		row_set_int(row, "count", count);
	}
}

static void
tell_line(struct tables *t, const struct sheet_head *h, const json_t *row)
{
	const char *line = skip(json_string_value(row));
	char session[80];
	json_t *s;

	session_of(h, session);
	s = tables_row(t, TABLE_SESSIONS, session);
	row_set_str(s, "session", session);
	row_set_str(s, "imported", "preflib");
	if (*line == '#')
		tell_remark(t, session, line);
	else
		tell_order(t, session, line);
}

const struct format_sheet preflib_sheets[] = {
    {"orders", NULL, NULL, true, check_line, tell_line},
    {.name = NULL},
};

/* ---- export ---- */

/* The ranks of a vote by place, dense; -1 where there is none.  How many. */
static size_t
ranks_of(const struct contest *c, const json_t *vote, int32_t *ranks)
{
	size_t n = json_object_size(c->places), i, groups;
	const json_t *rank;
	const char *id;
	json_t *place;
	bool *ranked = xcalloc(n + 1, sizeof *ranked);

	json_object_foreach(c->places, id, place) {
		i = (size_t)json_integer_value(place);
		rank = json_object_get(vote, id);
		ranked[i] = rank != NULL;
		ranks[i] =
		    rank != NULL ? (int32_t)json_integer_value(rank) : -1;
	}
	groups = ranks_densify(ranks, n);
	for (i = 0; i < n; i++)
		if (!ranked[i])
			ranks[i] = -1;
	free(ranked);
	return groups;
}

/* An order in PrefLib's form; what is not ranked is left out. */
static char *
order_of(const struct contest *c, const json_t *vote, bool *ties, bool *all)
{
	size_t n = json_object_size(c->places), groups, g, i, here;
	int32_t *ranks = xcalloc(n + 1, sizeof *ranks);
	struct buf b = {0}, group = {0};

	*all &= json_object_size(vote) == n;
	groups = ranks_of(c, vote, ranks);
	buf_adds(&b, "");
	for (g = 0; g < groups; g++) {
		buf_reset(&group);
		here = 0;
		for (i = 0; i < n; i++)
			if (ranks[i] == (int32_t)g)
				buf_addf(&group, "%s%zu", here++ > 0 ? "," : "",
				    i + 1);
		*ties |= here > 1;
		if (here > 0)
			buf_addf(&b, "%s%s%s%s", b.len > 0 ? "," : "",
			    here > 1 ? "{" : "", group.data,
			    here > 1 ? "}" : "");
	}
	buf_free(&group);
	free(ranks);
	return buf_take(&b);
}

/* Equal orders together, in the order of their first. */
static json_t *
orders_of(const struct contest *c, bool *ties, bool *all, int64_t *voters)
{
	json_t *orders = json_object(), *vote, *n;
	const char *who;
	int64_t count;
	char *order;

	json_object_foreach(c->votes, who, vote) {
		n = json_object_get(c->counts, who);
		count = n != NULL ? json_integer_value(n) : 1;
		order = order_of(c, vote, ties, all);
		*voters += count;
		row_set_int(orders, order,
		    json_integer_value(json_object_get(orders, order)) + count);
		free(order);
	}
	return orders;
}

/* One line: a newline would begin another. */
static void
add_name(struct buf *b, const struct tables *t, const struct contest *c,
    const char *id, int64_t number)
{
	char key[200];
	const char *s;

	snprintf(key, sizeof key, "%s/%s", c->session, id);
	s = cell_str(tables_find(t, TABLE_STATEMENTS, key), "text");
	buf_addf(b, "# ALTERNATIVE NAME %" PRId64 ": ", number);
	for (s = s != NULL ? s : id; *s != '\0'; s++)
		buf_addc(b, *s == '\n' ? ' ' : *s);
	buf_addc(b, '\n');
}

static int
write_contest(const struct tables *t, const struct contest *c,
    const struct outlet *out, struct err *err)
{
	bool ties = false, all = true;
	json_t *orders, *n, *place;
	int64_t voters = 0;
	struct buf b = {0};
	const char *key;
	char *name;
	int r;

	orders = orders_of(c, &ties, &all, &voters);
	name = xasprintf("%s-%" PRId64 ".%s", c->session, c->round,
	    ties ? (all ? "toc" : "toi") : (all ? "soc" : "soi"));
	buf_addf(&b,
	    "# FILE NAME: %s\n# TITLE: session %s, round %" PRId64
	    "\n# DATA TYPE: %s\n# MODIFICATION TYPE: original\n"
	    "# NUMBER ALTERNATIVES: %zu\n# NUMBER VOTERS: %" PRId64
	    "\n# NUMBER UNIQUE ORDERS: %zu\n",
	    name, c->session, c->round, strrchr(name, '.') + 1,
	    json_object_size(c->places), voters, json_object_size(orders));
	json_object_foreach(c->places, key, place)
		add_name(&b, t, c, key, json_integer_value(place) + 1);
	json_object_foreach(orders, key, n)
		buf_addf(&b, "%" JSON_INTEGER_FORMAT ": %s\n",
		    json_integer_value(n), key);
	r = out->file(out->arg, name, b.data, b.len, err);
	free(name);
	json_decref(orders);
	buf_free(&b);
	return r;
}

int
write_preflib(const struct tables *t, const struct outlet *out, struct err *err)
{
	struct contests c;
	size_t i, n = 0;
	int r = 0;

	contests_read(&c, t);
	for (i = 0; i < c.n && r == 0; i++) {
		if (json_object_size(c.v[i].votes) == 0)
			continue;
		r = write_contest(t, &c.v[i], out, err);
		n++;
	}
	contests_free(&c);
	if (r == 0 && n == 0)
		r = err_set(err, ERR_BROKEN, NULL,
		    "there is no ballot in it that somebody cast");
	return r;
}
