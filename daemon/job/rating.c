#include "job/rating.h"

#include <string.h>

#define DIGITS	  10
#define LN2_MICRO 693147
#define ONE	  ((int64_t)1 << 40) /* fixed point */
#define LEAST	  (-40 * 1000000LL)  /* e^-40: beyond what ONE can hold */

void
alternatives_add(struct alternatives *a, const char *token, double logarithm)
{
	struct alternative *one = &a->v[a->n];

	/* NaN compares false, and so do both infinities. */
	if (a->n == ALTERNATIVES_MAX ||
	    !(logarithm > -100.0 && logarithm < 0.001) ||
	    strlcpy(one->token, token, sizeof(one->token)) >=
		sizeof(one->token))
		return;
	one->micro = logarithm < 0.0 ? (int64_t)(logarithm * 1e6 - 0.5) : 0;
	a->n++;
}

/* e^(micro / 10^6) of ONE: halvings for each ln 2, a series for the rest. */
static int64_t
probability(int64_t micro)
{
	int64_t halvings, rest, term = ONE, sum = ONE;

	if (micro < LEAST)
		return 0;
	halvings = -micro / LN2_MICRO;
	rest = -micro % LN2_MICRO;
	for (int i = 1; i < 16 && term != 0; i++) {
		term = -term * rest / (1000000 * i);
		sum += term;
	}
	return sum >> halvings;
}

/* White space, and what some servers write for it before a word. */
static const char *
skip_blank(const char *s)
{
	static const char *const blanks[] = {
	    " ", "\t", "\n", "\r", "\xe2\x96\x81", "\xc4\xa0", NULL};
	int i = 0;

	while (blanks[i] != NULL)
		if (strncmp(s, blanks[i], strlen(blanks[i])) == 0) {
			s += strlen(blanks[i]);
			i = 0;
		} else
			i++;
	return s;
}

/* 0..9; -1: it is no digit alone. */
static int
digit_of(const char *s, bool stop)
{
	int digit;

	s = skip_blank(s);
	if (*s < '0' || *s > '9')
		return -1;
	digit = *s++ - '0';
	s += stop && *s == '.';
	return *skip_blank(s) == '\0' ? digit : -1;
}

bool
rating_read(
    const struct alternatives *a, const char *said, struct rating_said *out)
{
	int64_t weighed = 0, mass = 0, p;
	int digit;

	for (size_t i = 0; i < a->n; i++) {
		digit = digit_of(a->v[i].token, false);
		p = digit >= 0 ? probability(a->v[i].micro) : 0;
		mass += p;
		weighed += p * digit;
	}
	/* Alternatives that are told twice may come to more than one. */
	out->mass = mass > ONE ? 1000 : mass * 1000 / ONE;
	if (out->mass >= RATING_MASS) {
		out->value = (weighed * 1000 + mass / 2) / mass;
		return true;
	}
	digit = said != NULL ? digit_of(said, true) : -1;
	out->value = digit * INT64_C(1000);
	return digit >= 0;
}
