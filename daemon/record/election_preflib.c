/*
 * Elections in PrefLib's format: lines "# KEY: value", then one line an order,
 * "count: 1, 2, {3, 4}" with ties in braces.  An alternative has a number,
 * which the lines "# ALTERNATIVE NAME 1: …" give; without them they are 1..m.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "record/election.h"
#include "record/preflib.h"

struct reading {
	const struct election_format *format;
	struct election *e;
	int64_t alternatives, voters, orders; /* as the header says; -1 */
	int64_t *number;		      /* of each name's line */
	char **name;
	size_t nnames, capnumber, capname;
	int32_t *rank;
	size_t read; /* orders read */
};

/* ---- the header ---- */

static int
read_name(struct reading *in, struct piece p, struct err *err)
{
	int64_t number;

	if (!piece_number(&p, &number) || !piece_take(&p, ':'))
		return err_set(err, ERR_BROKEN, NULL,
		    "expected \"# ALTERNATIVE NAME 1: name\"");
	for (size_t i = 0; i < in->nnames; i++)
		if (in->number[i] == number)
			return err_set(err, ERR_BROKEN, NULL,
			    "alternative %lld is named twice",
			    (long long)number);
	if (in->nnames == CANDIDATES_LIMIT)
		return election_size(CANDIDATES_LIMIT + 1, err);
	piece_space(&p);
	in->number =
	    xgrow(in->number, in->nnames, &in->capnumber, sizeof(*in->number));
	in->name = xgrow(in->name, in->nnames, &in->capname, sizeof(*in->name));
	in->number[in->nnames] = number;
	in->name[in->nnames++] = xstrndup(p.s, (size_t)(p.end - p.s));
	return 0;
}

static int
read_type(struct reading *in, struct piece p, struct err *err)
{
	if (piece_word(&p, in->format->name) && piece_end(&p))
		return 0;
	return err_set(err, ERR_BROKEN, NULL,
	    "the data type is not %s, as which the file is read: give the "
	    "file the ending of its type",
	    in->format->name);
}

static int
read_header(struct reading *in, struct piece p, struct err *err)
{
	struct {
		const char *key;
		int64_t *value;
	} numbers[] = {{"NUMBER ALTERNATIVES:", &in->alternatives},
	    {"NUMBER VOTERS:", &in->voters},
	    {"NUMBER UNIQUE ORDERS:", &in->orders}};

	if (piece_word(&p, "ALTERNATIVE NAME "))
		return read_name(in, p, err);
	if (piece_word(&p, "DATA TYPE:"))
		return read_type(in, p, err);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (piece_word(&p, numbers[i].key) &&
		    (!piece_number(&p, numbers[i].value) || !piece_end(&p)))
			return err_set(err, ERR_BROKEN, NULL,
			    "expected a whole number after \"# %s\"",
			    numbers[i].key);
	return 0;
}

/* PrefLib's names are anybody's: two may be equal, or have signs in them that
 * a ranking uses.  Then the alternatives are called by their numbers. */
static int
name_candidates(struct reading *in, struct err *err)
{
	char **number;
	int r;

	if (in->nnames == 0)
		return 0;
	if (labels_names(&in->e->labels, (const char *const *)in->name,
		in->nnames, NULL) == 0)
		return 0;
	number = xcalloc(in->nnames, sizeof(*number));
	for (size_t i = 0; i < in->nnames; i++)
		number[i] = xasprintf("%lld", (long long)in->number[i]);
	r = labels_names(
	    &in->e->labels, (const char *const *)number, in->nnames, err);
	for (size_t i = 0; i < in->nnames; i++)
		free(number[i]);
	free(number);
	return r;
}

static int
end_header(struct reading *in, struct err *err)
{
	size_t n;

	if (in->alternatives < 0)
		return err_set(err, ERR_BROKEN, NULL,
		    "there is no line \"# NUMBER ALTERNATIVES: …\" before the "
		    "orders: is this the format of before 2022?");
	if (election_size(in->alternatives, err) != 0)
		return -1;
	n = (size_t)in->alternatives;
	if (in->nnames != 0 && in->nnames != n)
		return err_set(err, ERR_BROKEN, NULL,
		    "there are %zu alternatives and %zu names", n, in->nnames);
	labels_init(&in->e->labels, n);
	if (name_candidates(in, err) != 0)
		return -1;
	profile_init(&in->e->profile, n);
	in->rank = xcalloc(n, sizeof(*in->rank));
	return 0;
}

/* ---- orders ---- */

static size_t
find_number(const struct reading *in, int64_t number)
{
	size_t n = in->e->labels.n;

	if (in->nnames == 0)
		return number >= 1 && number <= (int64_t)n
			   ? (size_t)(number - 1)
			   : n;
	/* They mostly run on from the first. */
	if (number >= in->number[0] && number - in->number[0] < (int64_t)n &&
	    in->number[number - in->number[0]] == number)
		return (size_t)(number - in->number[0]);
	for (size_t i = 0; i < n; i++)
		if (in->number[i] == number)
			return i;
	return n;
}

static int
place_alternative(
    struct reading *in, int64_t number, int32_t rank, struct err *err)
{
	size_t x = find_number(in, number);

	if (x == in->e->labels.n)
		return err_set(err, ERR_BAD_BALLOT, NULL,
		    "there is no alternative %lld", (long long)number);
	if (in->rank[x] >= 0)
		return err_set(err, ERR_BAD_BALLOT, NULL,
		    "alternative %lld stands twice in the order",
		    (long long)number);
	in->rank[x] = rank;
	return 0;
}

static int
check_tie(const struct reading *in, bool tied, struct err *err)
{
	if (!tied || in->format->name[0] == 't')
		return 0;
	return err_set(err, ERR_BAD_BALLOT, NULL,
	    "there is a tie, and %s has none: call the file .to%c",
	    in->format->name, in->format->name[2]);
}

static int
check_complete(const struct reading *in, struct err *err)
{
	if (in->format->name[2] != 'c')
		return 0;
	for (size_t x = 0; x < in->e->labels.n; x++)
		if (in->rank[x] < 0)
			return err_set(err, ERR_BAD_BALLOT, NULL,
			    "alternative %lld is missing, and orders of %s "
			    "are complete: call the file .%.2si",
			    (long long)(in->nnames > 0 ? in->number[x]
						       : (int64_t)x + 1),
			    in->format->name, in->format->name);
	return 0;
}

static int
read_order(struct reading *in, struct piece p, struct err *err)
{
	int64_t count, number;
	struct preflib_order o;
	int32_t rank;
	int got;

	if (preflib_order_begin(&o, p.s, (size_t)(p.end - p.s), &count, err) ==
	    -1)
		return -1;
	for (size_t x = 0; x < in->e->labels.n; x++)
		in->rank[x] = RANK_UNRANKED;
	while ((got = preflib_order_next(&o, &number, &rank, err)) == 1)
		if (check_tie(in, o.tied, err) == -1 ||
		    place_alternative(in, number, rank, err) == -1)
			return -1;
	if (got == -1)
		return -1;
	in->read++;
	if (check_complete(in, err) != 0)
		return -1;
	return profile_add_weighted(&in->e->profile, in->rank, count, err);
}

/* ---- the file ---- */

static int
read_line(struct reading *in, struct piece p, struct err *err)
{
	if (piece_end(&p))
		return 0;
	if (piece_take(&p, '#')) {
		if (in->rank != NULL)
			return 0; /* a remark among the orders */
		return read_header(in, p, err);
	}
	if (in->rank == NULL && end_header(in, err) != 0)
		return -1;
	return in->rank != NULL ? read_order(in, p, err) : -1;
}

static int
read_lines(struct reading *in, const char *text, size_t len, struct err *err)
{
	const char *end = text + len, *newline;
	struct piece p;
	size_t line = 1;

	for (; text < end; text = newline + 1, line++) {
		newline = memchr(text, '\n', (size_t)(end - text));
		if (newline == NULL)
			newline = end;
		p = (struct piece){text, newline};
		while (p.end > p.s && p.end[-1] == '\r')
			p.end--;
		if (read_line(in, p, err) != 0)
			return election_at(err, "line", line);
		if (newline == end)
			break;
	}
	if (in->rank == NULL)
		return end_header(in, err);
	return 0;
}

static int
check_sums(const struct reading *in, struct err *err)
{
	int64_t votes = in->e->profile.votes;

	if (in->voters >= 0 && in->voters != votes)
		return err_set(err, ERR_BROKEN, NULL,
		    "the header says %lld voters, the orders have %lld: is "
		    "the file whole?",
		    (long long)in->voters, (long long)votes);
	if (in->orders >= 0 && in->orders != (int64_t)in->read)
		return err_set(err, ERR_BROKEN, NULL,
		    "the header says %lld orders, there are %zu: is the file "
		    "whole?",
		    (long long)in->orders, in->read);
	return 0;
}

int
election_read_preflib(const struct election_format *f, const char *text,
    size_t len, struct election *e, struct err *err)
{
	struct reading in = {.format = f,
	    .e = e,
	    .alternatives = -1,
	    .voters = -1,
	    .orders = -1};
	int r;

	if (memchr(text, '\0', len) != NULL)
		return err_set(err, ERR_BROKEN, NULL,
		    "there is a NUL in the file: it is no text");
	r = read_lines(&in, text, len, err);
	if (r == 0)
		r = check_sums(&in, err);
	for (size_t i = 0; i < in.nnames; i++)
		free(in.name[i]);
	free(in.name);
	free(in.number);
	free(in.rank);
	return r;
}
