/* The report, one vote: pairs, chains, ballots, ratings. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "choice/ballot.h"
#include "client/html.h"
#include "client/letters.h"
#include "client/report_parts.h"

/* The ids of the statements voted on; their letters are those of `shown`. */
static const json_t *
candidates(const struct report *r)
{
	return json_object_get(
	    json_object_get(r->round, "tally"), "candidates");
}

static const char *
id_at(const json_t *list, size_t i)
{
	const char *id = json_string_value(json_array_get(list, i));

	return id != NULL ? id : "";
}

static const char *
letter(const struct report *r, const char *id, char out[8])
{
	return letter_of(id, json_object_get(r->round, "shown"), out);
}

static long
votes(const struct report *r, size_t x, size_t y)
{
	const json_t *m =
	    json_object_get(json_object_get(r->round, "tally"), "matrix");

	return (long)json_integer_value(
	    json_array_get(json_array_get(m, x), y));
}

/* ---- pair by pair ---- */

static void
pairs_head(struct report *r)
{
	const json_t *ids = candidates(r);
	char out[8];
	size_t i;

	buf_adds(r->out, "<div class=\"wide\"><table class=\"pairs\"><thead>"
			 "<tr><td></td>");
	for (i = 0; i < json_array_size(ids); i++)
		buf_addf(r->out, "<th scope=\"col\">%s</th>",
		    letter(r, id_at(ids, i), out));
	buf_adds(r->out, "</tr></thead><tbody>\n");
}

static void
pairs_table(struct report *r)
{
	const json_t *ids = candidates(r);
	size_t i, k, n = json_array_size(ids);
	char out[8];

	pairs_head(r);
	for (i = 0; i < n; i++) {
		buf_addf(r->out, "<tr><th scope=\"row\">%s</th>",
		    letter(r, id_at(ids, i), out));
		for (k = 0; k < n; k++)
			if (i == k)
				buf_adds(r->out, "<td class=\"self\">–</td>");
			else
				buf_addf(r->out, "<td%s>%ld</td>",
				    votes(r, i, k) > votes(r, k, i)
					? " class=\"won\""
					: "",
				    votes(r, i, k));
		buf_adds(r->out, "</tr>\n");
	}
	buf_adds(r->out, "</tbody></table></div>\n");
}

/* Strongest chains of victories (choice/schulze.h), with the way they go. */
struct chains {
	size_t n;
	long *strength;
	size_t *next; /* after the first, on the way to the second */
};

static void
chains_find(const struct report *r, struct chains *c)
{
	size_t n = c->n, x, y, z;
	long through;

	for (x = 0; x < n; x++)
		for (y = 0; y < n; y++) {
			c->next[x * n + y] = y;
			if (x != y && votes(r, x, y) > votes(r, y, x))
				c->strength[x * n + y] = votes(r, x, y);
		}
	for (z = 0; z < n; z++)
		for (x = 0; x < n; x++)
			for (y = 0; y < n; y++) {
				if (x == y || x == z || y == z)
					continue;
				through = c->strength[x * n + z];
				if (c->strength[z * n + y] < through)
					through = c->strength[z * n + y];
				if (through <= c->strength[x * n + y])
					continue;
				c->strength[x * n + y] = through;
				c->next[x * n + y] = c->next[x * n + z];
			}
}

static void
say_chain(struct report *r, const struct chains *c, size_t from, size_t to)
{
	const json_t *ids = candidates(r);
	struct buf way = {0};
	char a[8], b[8], out[8];
	size_t at = from;

	buf_adds(&way, letter(r, id_at(ids, from), out));
	while (at != to) {
		at = c->next[at * c->n + to];
		buf_addf(&way, " > %s", letter(r, id_at(ids, at), out));
	}
	report_say(r, NULL,
	    message_text(r->m, MSG_REPORT_CHAIN, "winner",
		letter(r, id_at(ids, from), a), "other",
		letter(r, id_at(ids, to), b), "chain", way.data, "#strength",
		(long long)c->strength[from * c->n + to], "#back",
		(long long)c->strength[to * c->n + from], NULL));
	buf_free(&way);
}

/* Those that the winner does not beat by itself. */
static void
say_chains(struct report *r)
{
	const json_t *tally = json_object_get(r->round, "tally");
	struct chains c = {.n = json_array_size(candidates(r))};
	const char *winner = json_str(tally, "winner");
	size_t w = 0, i;
	bool told = false;

	while (w < c.n && strcmp(id_at(candidates(r), w), winner) != 0)
		w++;
	if (json_object_get(tally, "paths") == NULL || w == c.n ||
	    c.n > CANDIDATES_MAX)
		return;
	c.strength = xcalloc(c.n * c.n, sizeof *c.strength);
	c.next = xcalloc(c.n * c.n, sizeof *c.next);
	chains_find(r, &c);
	for (i = 0; i < c.n; i++) {
		if (i == w || votes(r, w, i) > votes(r, i, w) ||
		    c.strength[w * c.n + i] <= c.strength[i * c.n + w])
			continue;
		if (!told)
			report_say(r, "help",
			    xstrdup(message(r->m, MSG_REPORT_CHAIN_HELP)));
		told = true;
		say_chain(r, &c, w, i);
	}
	free(c.strength);
	free(c.next);
}

void
report_pairs(struct report *r)
{
	if (json_array_size(candidates(r)) < 2 ||
	    json_array_size(json_object_get(json_object_get(r->round, "tally"),
		"matrix")) != json_array_size(candidates(r)))
		return;
	html_element(r->out, "h3", NULL, message(r->m, MSG_REPORT_PAIRS));
	report_say(r, "help", xstrdup(message(r->m, MSG_REPORT_PAIRS_HELP)));
	pairs_table(r);
	say_chains(r);
}

/* ---- the ballots, without whose ---- */

struct sheet {
	size_t rows, columns;
	int *place; /* 1.. */
};

/* The place that a ballot gives: what it leaves out stands last. */
static int
place_of(const json_t *ranking, const char *id)
{
	const json_t *group, *v;
	size_t i, k;
	int place = 1;

	json_array_foreach(ranking, i, group) {
		json_array_foreach(group, k, v) {
			if (strcmp(json_string_value(v) != NULL
				       ? json_string_value(v)
				       : "",
				id) == 0)
				return place;
		}
		place += (int)json_array_size(group);
	}
	return place;
}

static int
row_cmp(const void *a, const void *b, void *arg)
{
	const int *x = a, *y = b;
	size_t i, n = *(const size_t *)arg;

	for (i = 0; i < n; i++)
		if (x[i] != y[i])
			return x[i] < y[i] ? -1 : 1;
	return 0;
}

/* Whether the copy holds every ballot counted, and they are enough. */
static bool
all_ballots(const struct report *r)
{
	const json_t *ballots = json_object_get(r->round, "ballots"), *b;
	long counted = json_num(json_object_get(r->round, "tally"), "ballots");
	size_t i;

	json_array_foreach(ballots, i, b)
		if (!json_is_array(json_object_get(b, "ranking")))
			return false;
	return counted >= REPORT_SMALLEST &&
	       (size_t)counted == json_array_size(ballots);
}

static void
sheet_fill(struct sheet *s, const struct report *r)
{
	const json_t *ballots = json_object_get(r->round, "ballots"), *b;
	const json_t *shown = json_object_get(r->round, "shown");
	size_t i, k;

	s->rows = json_array_size(ballots);
	s->columns = json_array_size(shown);
	s->place = xcalloc(s->rows * s->columns + 1, sizeof *s->place);
	json_array_foreach(ballots, i, b)
		for (k = 0; k < s->columns; k++)
			s->place[i * s->columns + k] = place_of(
			    json_object_get(b, "ranking"), id_at(shown, k));
	qsort_r(s->place, s->rows, s->columns * sizeof *s->place, row_cmp,
	    &s->columns);
}

static void
sheet_write(struct report *r, const struct sheet *s)
{
	const json_t *shown = json_object_get(r->round, "shown");
	size_t i, k;
	char out[8];
	int place;

	buf_adds(r->out, "<div class=\"wide\"><table class=\"heat\"><thead>"
			 "<tr>");
	for (k = 0; k < s->columns; k++)
		buf_addf(r->out, "<th scope=\"col\">%s</th>",
		    letter(r, id_at(shown, k), out));
	buf_adds(r->out, "</tr></thead><tbody>\n");
	for (i = 0; i < s->rows; i++) {
		buf_adds(r->out, "<tr>");
		for (k = 0; k < s->columns; k++) {
			place = s->place[i * s->columns + k];
			buf_addf(r->out, "<td class=\"p%d\">%d</td>",
			    place < 6 ? place : 6, place);
		}
		buf_adds(r->out, "</tr>\n");
	}
	buf_adds(r->out, "</tbody></table></div>\n");
}

void
report_ballots(struct report *r)
{
	struct sheet s = {0};

	html_element(r->out, "h3", NULL, message(r->m, MSG_REPORT_BALLOTS));
	if (!all_ballots(r)) {
		report_say(r, "help",
		    message_text(r->m, MSG_REPORT_BALLOTS_FEW, "#smallest",
			(long long)REPORT_SMALLEST, NULL));
		return;
	}
	report_say(r, "help", xstrdup(message(r->m, MSG_REPORT_BALLOTS_HELP)));
	sheet_fill(&s, r);
	sheet_write(r, &s);
	free(s.place);
}

/* ---- ratings ---- */

static long
rating_counts(const struct report *r, const char *id, long counts[7])
{
	const json_t *ballots = json_object_get(r->round, "ballots"), *b;
	json_int_t v;
	long n = 0;
	size_t i;

	memset(counts, 0, 7 * sizeof *counts);
	json_array_foreach(ballots, i, b) {
		v = json_integer_value(
		    json_object_get(json_object_get(b, "agreement"), id));
		if (v < 1 || v > 7)
			continue;
		counts[v - 1]++;
		n++;
	}
	return n;
}

/* The tally knows how many rated: a copy that lacks some shows none. */
static bool
ratings_shown(const struct report *r, const char *id, long counts[7])
{
	const json_t *all =
	    json_object_get(json_object_get(r->round, "tally"), "agreement");
	long n = rating_counts(r, id, counts);

	return n >= REPORT_SMALLEST &&
	       n == json_num(json_object_get(all, id), "n");
}

void
report_chart(struct report *r, const char *title, const long counts[7])
{
	const int high = 60, wide = 20;
	long most = 1;
	int i, h;

	for (i = 0; i < 7; i++)
		most = counts[i] > most ? counts[i] : most;
	buf_adds(r->out, "<figure><figcaption>");
	html_text(r->out, title);
	buf_adds(r->out, "</figcaption><svg role=\"img\" viewBox=\"0 0 140 "
			 "92\" aria-label=\"");
	html_text(r->out, title);
	for (i = 0; i < 7; i++)
		buf_addf(
		    r->out, "%s %d: %ld", i == 0 ? ":" : ",", i + 1, counts[i]);
	buf_adds(r->out, "\">");
	for (i = 0; i < 7; i++) {
		h = (int)(counts[i] * high / most);
		buf_addf(r->out,
		    "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" "
		    "height=\"%d\"/>",
		    i < 3    ? "low"
		    : i == 3 ? "mid"
			     : "high",
		    i * wide + 2, 14 + high - h, wide - 4, h > 0 ? h : 1);
		if (counts[i] > 0)
			buf_addf(r->out, "<text x=\"%d\" y=\"%d\">%ld</text>",
			    i * wide + wide / 2, 11 + high - h, counts[i]);
		buf_addf(r->out,
		    "<text class=\"axis\" x=\"%d\" y=\"88\">%d</text>",
		    i * wide + wide / 2, i + 1);
	}
	buf_adds(r->out, "</svg></figure>\n");
}

void
report_ratings(struct report *r)
{
	const json_t *shown = json_object_get(r->round, "shown");
	bool told = false;
	long counts[7];
	char out[8];
	size_t i;

	for (i = 0; i < json_array_size(shown); i++) {
		if (!ratings_shown(r, id_at(shown, i), counts))
			continue;
		if (!told) {
			html_element(r->out, "h3", NULL,
			    message(r->m, MSG_REPORT_RATINGS));
			report_say(r, "help",
			    xstrdup(message(r->m, MSG_REPORT_RATINGS_HELP)));
			buf_adds(r->out, "<div class=\"charts\">\n");
		}
		told = true;
		report_chart(r, letter(r, id_at(shown, i), out), counts);
	}
	if (told)
		buf_adds(r->out, "</div>\n");
}
