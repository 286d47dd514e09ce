#include "llm/corpus.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"

/* The squared cosine, in hundredths, of the terms that do not turn the sense
 * from which on two sentences are taken for each other's denial. */
#define DENIAL_LIKENESS 36

/* By how much the question's own words weigh less. */
#define TOPIC 4

void
corpus_init(struct corpus *c, const struct cues *cues)
{
	memset(c, 0, sizeof(*c));
	c->cues = cues;
}

void
corpus_free(struct corpus *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->v[i].terms);
	free(c->v);
	memset(c, 0, sizeof(*c));
}

/* ---- one sentence's terms ---- */

struct reading {
	const struct corpus *corpus;
	struct sentence *s;
	struct buf words; /* for cues_of_sentence */
	size_t cap, pairs, turns;
};

/* The character at s, 0 at the end; the text is valid UTF-8. */
static uint32_t
char_of(const char *s, size_t len, size_t *size)
{
	const unsigned char *p = (const unsigned char *)s;
	uint32_t c;

	*size = len == 0      ? 0
		: p[0] < 0x80 ? 1
		: p[0] < 0xe0 ? 2
		: p[0] < 0xf0 ? 3
			      : 4;
	if (*size > len)
		*size = len;
	if (*size < 2)
		return len > 0 ? p[0] : 0;
	c = p[0] & (0xffu >> (*size + 1));
	for (size_t i = 1; i < *size; i++)
		c = c << 6 | (p[i] & 0x3f);
	return c;
}

/* Written without spaces, so that text_terms gives pairs of characters. */
static bool
is_paired(uint32_t c)
{
	return (c >= 0xe00 && c < 0xf00) || (c >= 0x1000 && c < 0x10a0) ||
	       (c >= 0x1780 && c < 0x1800) || (c >= 0x3000 && c < 0xac00) ||
	       (c >= 0xf900 && c < 0xfb00) || c >= 0x20000;
}

static size_t
chars_in(const char *s, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += ((unsigned char)s[i] & 0xc0) != 0x80;
	return n;
}

/* The word without its ending: a crude stem, but the same in many languages
 * (P. McNamee and J. Mayfield 2004 on truncation). */
static size_t
stem(const char **word, size_t len)
{
	static const char article[] = "ال", with_and[] = "وال";
	size_t keep, size, at = 0;
	uint32_t c;

	if (len > 8 && memcmp(*word, with_and, 6) == 0) {
		*word += 6;
		len -= 6;
	} else if (len > 6 && memcmp(*word, article, 4) == 0) {
		*word += 4;
		len -= 4;
	}
	c = char_of(*word, len, &size);
	if (c >= '0' && c <= '9')
		return len;
	if (len >= 4 && (*word)[len - 1] == 's' && (*word)[len - 2] != 's')
		len--;
	keep = c >= 0xac00 && c < 0xd7b0 ? 2 : 5;
	for (; keep > 0 && at < len; keep--) {
		char_of(*word + at, len - at, &size);
		at += size;
	}
	return at;
}

/*
 * Splits a word at its apostrophe: "don't" is a denial, of "l'avis" the end
 * is the word, of "it's" the beginning.  Returns the cues of what is cut off.
 */
static unsigned
cut_apostrophe(const struct cues *cues, const char **word, size_t *len)
{
	const char *mark = memchr(*word, '\'', *len);
	size_t left, right;

	if (mark == NULL)
		return 0;
	left = (size_t)(mark - *word);
	right = *len - left - 1;
	if (right == 1 && mark[1] == 't') {
		*len = left;
		return CUE_NOT | CUE_STOP;
	}
	if (left > 2 || right < 3) {
		*len = left;
		return cues_of_word(cues, *word, left);
	}
	*word = mark + 1;
	*len = right;
	return cues_of_word(cues, mark - left, left) & CUE_SELF;
}

static void
add_term_cb(const char *word, size_t len, void *arg)
{
	struct reading *r = arg;
	struct sentence *s = r->s;
	unsigned cues, cut;
	struct term *t;
	size_t size;

	if (is_paired(char_of(word, len, &size))) {
		r->pairs++;
		cues = 0;
	} else {
		buf_addc(&r->words, ' ');
		buf_add(&r->words, word, len);
		s->words++;
		cut = cut_apostrophe(r->corpus->cues, &word, &len);
		cues = cut | cues_of_word(r->corpus->cues, word, len);
		if (cues & (CUE_NOT | CUE_TURN))
			r->turns++;
		s->cues |= cues;
		if (cues & CUE_STOP)
			return;
		len = stem(&word, len);
	}
	if (s->nterms >= 4 * CORPUS_TERMS_MAX)
		return;
	s->terms = xgrow(s->terms, s->nterms, &r->cap, sizeof(*s->terms));
	t = &s->terms[s->nterms++];
	t->key = cues_hash(word, len);
	t->weight = 0;
	t->polar = (cues & (CUE_TURN | CUE_PLUS)) != 0;
}

static int
term_cmp(const void *a, const void *b)
{
	const struct term *x = a, *y = b;

	if (x->key != y->key)
		return x->key > y->key ? 1 : -1;
	return (int)x->polar - (int)y->polar;
}

static void
read_terms(struct corpus *c, struct sentence *s)
{
	struct reading r = {.corpus = c, .s = s};
	size_t n = 0, turns;

	text_terms(s->text, s->len, add_term_cb, &r);
	buf_addc(&r.words, ' ');
	s->cues |= cues_of_sentence(r.words.data, s->text, s->len, &turns);
	s->turned = (r.turns + turns) % 2 == 1;
	s->words += (r.pairs + 1) / 2;
	if (s->nterms > 1)
		qsort(s->terms, s->nterms, sizeof(*s->terms), term_cmp);
	for (size_t i = 0; i < s->nterms; i++)
		if (n == 0 || s->terms[n - 1].key != s->terms[i].key)
			s->terms[n++] = s->terms[i];
	s->nterms = n < CORPUS_TERMS_MAX ? n : CORPUS_TERMS_MAX;
	for (size_t i = 0; i < s->nterms; i++)
		s->plain += !s->terms[i].polar;
	buf_free(&r.words);
}

/* ---- texts ---- */

/* Bytes of a bullet or a number with the space after it: "- ", "2) ". */
static size_t
bullet(const char *s, size_t len)
{
	static const char *const marks[] = {
	    "- ", "* ", "+ ", "• ", "– ", "— ", "· ", "・", "●", NULL};
	size_t at = 0, n;

	for (size_t i = 0; marks[i] != NULL; i++) {
		n = strlen(marks[i]);
		if (len > n && memcmp(s, marks[i], n) == 0)
			return n;
	}
	at += len > 0 && s[0] == '(';
	n = at;
	while (at < len && s[at] >= '0' && s[at] <= '9')
		at++;
	if (at == n || at > n + 2 || at + 2 >= len)
		return 0;
	if ((s[at] == '.' || s[at] == ')') && s[at + 1] == ' ')
		return at + 2;
	return 0;
}

static void
add_sentence(struct corpus *c, const char *text, struct span span,
    enum source source, size_t who, size_t nth)
{
	size_t cut = bullet(text + span.at, span.len);
	struct sentence *s;

	while (cut + 1 < span.len && text[span.at + cut] == ' ')
		cut++;

	c->v = xgrow(c->v, c->n, &c->cap, sizeof(*c->v));
	s = &c->v[c->n++];
	memset(s, 0, sizeof(*s));
	s->text = text + span.at + cut;
	s->len = span.len - cut;
	s->chars = chars_in(s->text, s->len);
	s->source = source;
	s->who = who;
	s->nth = nth;
	read_terms(c, s);
}

void
corpus_add(struct corpus *c, const char *text, enum source source, size_t who,
    size_t share, struct stream *draw)
{
	struct span *spans;
	size_t n, from = 0;

	if (text == NULL || share == 0)
		return;
	spans = text_sentences(text, &n);
	if (n > share && draw != NULL)
		from = (size_t)stream_below(draw, n);
	if (share > n)
		share = n;
	for (size_t i = 0; i < share; i++) {
		size_t nth = (i * n + from) / share;

		add_sentence(c, text, spans[nth], source, who, nth);
	}
	free(spans);
}

/* ---- weights ---- */

uint32_t
corpus_log2(uint64_t x)
{
	uint64_t m;
	uint32_t whole = 0, part = 0;

	while (x >> whole > 1)
		whole++;
	m = whole > 31 ? x >> (whole - 31) : x << (31 - whole);
	for (int bit = 0; bit < 8; bit++) { /* m / 2^31 is in [1, 2) */
		m = m * m >> 31;
		part = part << 1 | (uint32_t)(m >> 32);
		m >>= m >> 32;
	}
	return whole << 8 | part;
}

static int
key_cmp(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Where the keys equal to `key` begin, or where they would. */
static size_t
lower(const uint64_t *keys, size_t n, uint64_t key)
{
	size_t from = 0, half;

	while (n > 0) {
		half = n / 2;
		if (keys[from + half] < key) {
			from += half + 1;
			n -= half + 1;
		} else {
			n = half;
		}
	}
	return from;
}

static void
weigh_sentence(struct sentence *s, const uint64_t *keys, size_t n, uint32_t all)
{
	size_t from, df;
	struct term *t;

	for (size_t i = 0; i < s->nterms; i++) {
		t = &s->terms[i];
		from = lower(keys, n, t->key);
		for (df = 0; from + df < n && keys[from + df] == t->key;)
			df++;
		t->weight = all - corpus_log2(df);
		s->norm += (uint64_t)t->weight * t->weight;
	}
}

/* What is asked about is in everybody's mouth: it tells nobody apart. */
static void
weigh_topic(struct sentence *s, const struct sentence *question)
{
	const struct term *q = question->terms;
	size_t k = 0;

	s->norm = 0;
	for (size_t i = 0; i < s->nterms; i++) {
		while (k < question->nterms && q[k].key < s->terms[i].key)
			k++;
		if (k < question->nterms && q[k].key == s->terms[i].key)
			s->terms[i].weight = s->terms[i].weight / TOPIC + 1;
		s->norm += (uint64_t)s->terms[i].weight * s->terms[i].weight;
	}
}

void
corpus_weigh(struct corpus *c)
{
	uint32_t all = corpus_log2(c->n + 1);
	size_t n = 0, at = 0;
	uint64_t *keys;

	for (size_t i = 0; i < c->n; i++)
		n += c->v[i].nterms;
	keys = xcalloc(n + 1, sizeof(*keys));
	for (size_t i = 0; i < c->n; i++)
		for (size_t k = 0; k < c->v[i].nterms; k++)
			keys[at++] = c->v[i].terms[k].key;
	qsort(keys, n, sizeof(*keys), key_cmp);
	for (size_t i = 0; i < c->n; i++)
		weigh_sentence(&c->v[i], keys, n, all);
	free(keys);
	for (size_t q = 0; q < c->n; q++)
		if (c->v[q].source == SOURCE_QUESTION) {
			for (size_t i = 0; i < c->n; i++)
				weigh_topic(&c->v[i], &c->v[q]);
			break;
		}
}

/* ---- comparing ---- */

struct overlap {
	uint64_t squares, weight;
	size_t plain; /* common terms that are not polar */
};

static struct overlap
overlap(const struct sentence *a, const struct sentence *b)
{
	const struct term *x, *y;
	struct overlap o = {0};
	size_t i = 0, k = 0;

	while (i < a->nterms && k < b->nterms) {
		x = &a->terms[i];
		y = &b->terms[k];
		if (x->key == y->key) {
			o.squares += (uint64_t)x->weight * x->weight;
			o.weight += x->weight;
			o.plain += !x->polar;
		}
		i += x->key <= y->key;
		k += y->key <= x->key;
	}
	return o;
}

static uint64_t
square_root(uint64_t x)
{
	uint64_t r = 0, bit = UINT64_C(1) << 62;

	while (bit > x)
		bit >>= 2;
	for (; bit > 0; bit >>= 2) {
		if (x >= r + bit) {
			x -= r + bit;
			r = (r >> 1) + bit;
		} else {
			r >>= 1;
		}
	}
	return r;
}

/* Weights are at most 64 * 256 and terms 120, so that norms fit 35 bits and
 * their products, with the low bits shifted out, 64. */
static unsigned
cosine(uint64_t common, uint64_t a, uint64_t b)
{
	uint64_t root = square_root((a >> 4) * (b >> 4)) << 4;

	if (root == 0)
		return 0;
	common = common * 1000 / root;
	return common > 1000 ? 1000 : (unsigned)common;
}

unsigned
corpus_likeness(const struct sentence *a, const struct sentence *b)
{
	return cosine(overlap(a, b).squares, a->norm, b->norm);
}

unsigned
corpus_covered(const struct sentence *a, const struct sentence *b)
{
	uint64_t all = 0;

	for (size_t i = 0; i < a->nterms; i++)
		all += a->terms[i].weight;
	return all > 0 ? (unsigned)(overlap(a, b).weight * 1000 / all) : 0;
}

bool
corpus_contradict(const struct sentence *a, const struct sentence *b)
{
	size_t common;

	if (a->turned == b->turned)
		return false;
	common = overlap(a, b).plain;
	if (common < 2 && a->plain + b->plain > 2)
		return false; /* one word in common tells nothing */
	return common > 0 &&
	       common * common * 100 >= a->plain * b->plain * DENIAL_LIKENESS;
}
