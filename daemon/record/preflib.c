#include "record/preflib.h"

#include <string.h>

void
piece_space(struct piece *p)
{
	while (p->s < p->end && (*p->s == ' ' || *p->s == '\t'))
		p->s++;
}

bool
piece_take(struct piece *p, char c)
{
	piece_space(p);
	if (p->s == p->end || *p->s != c)
		return false;
	p->s++;
	return true;
}

bool
piece_number(struct piece *p, int64_t *out)
{
	const char *from;

	piece_space(p);
	from = p->s;
	*out = 0;
	while (
	    p->s < p->end && *p->s >= '0' && *p->s <= '9' && p->s - from < 16)
		*out = *out * 10 + (*p->s++ - '0');
	return p->s > from && p->s - from < 16;
}

bool
piece_end(struct piece *p)
{
	piece_space(p);
	return p->s == p->end;
}

bool
piece_word(struct piece *p, const char *word)
{
	size_t len = strlen(word);

	piece_space(p);
	if ((size_t)(p->end - p->s) < len || memcmp(p->s, word, len) != 0)
		return false;
	p->s += len;
	return true;
}

int
preflib_order_begin(struct preflib_order *o, const char *line, size_t len,
    int64_t *count, struct err *err)
{
	*o = (struct preflib_order){.p = {line, line + len}};
	if (piece_number(&o->p, count) && piece_take(&o->p, ':'))
		return 0;
	return err_set(
	    err, ERR_BAD_BALLOT, NULL, "expected an order such as \"3: 1, 2\"");
}

/* Between two alternatives: 1 go on, 0 the end, -1. */
static int
next_place(struct preflib_order *o, struct err *err)
{
	if (!o->begun) {
		o->begun = true;
		o->tied = piece_take(&o->p, '{');
		return 1;
	}
	if (o->tied && piece_take(&o->p, ',')) /* within the braces */
		return 1;
	if (o->tied && !piece_take(&o->p, '}'))
		return err_set(
		    err, ERR_BAD_BALLOT, NULL, "a } is missing after a tie");
	o->rank++;
	if (piece_take(&o->p, ',')) {
		o->tied = piece_take(&o->p, '{');
		return 1;
	}
	if (piece_end(&o->p))
		return 0;
	return err_set(
	    err, ERR_BAD_BALLOT, NULL, "expected a comma between alternatives");
}

int
preflib_order_next(
    struct preflib_order *o, int64_t *number, int32_t *rank, struct err *err)
{
	int more = next_place(o, err);

	if (more != 1)
		return more;
	if (!piece_number(&o->p, number))
		return err_set(err, ERR_BAD_BALLOT, NULL,
		    "expected the number of an alternative");
	*rank = o->rank;
	return 1;
}
