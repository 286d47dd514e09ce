#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>
#include <uniwidth.h>

#include "base/buf.h"
#include "base/mem.h"

#define NONE ((ucs4_t)0xffffffff) /* before the first, after the last */

/* One character at s + at; an invalid byte reads as U+FFFD of length 1. */
static size_t
char_at(const char *s, size_t len, size_t at, ucs4_t *c)
{
	int n;

	if (at >= len) {
		*c = NONE;
		return 0;
	}
	if ((unsigned char)s[at] < 0x80) {
		*c = (unsigned char)s[at];
		return 1;
	}
	n = u8_mbtoucr(c, (const uint8_t *)s + at, len - at);
	if (n > 0)
		return (size_t)n;
	*c = 0xfffd;
	return 1;
}

size_t
text_next(const char *s, size_t len, size_t at, uint32_t *c)
{
	return char_at(s, len, at, c);
}

static ucs4_t
peek(const char *s, size_t len, size_t at)
{
	ucs4_t c;

	char_at(s, len, at, &c);
	return c;
}

size_t
text_ascii(const char *s, size_t len)
{
	uint64_t w;
	size_t i;

	for (i = 0; len - i >= 8; i += 8) {
		memcpy(&w, s + i, sizeof w);
		if (((w | (w - EIGHT_OF(1))) & EIGHT_OF(0x80)) != 0)
			break;
	}
	while (i < len && (unsigned char)(s[i] - 1) < 0x7f)
		i++;
	return i;
}

static bool
is_space(ucs4_t c)
{
	if (c < 0x80)
		return c == ' ' || (c >= '\t' && c <= '\r');
	return c != NONE && uc_is_property_white_space(c);
}

static bool
is_invisible(ucs4_t c)
{
	if (c < 0x80)
		return c < 0x20 || c == 0x7f;
	return uc_is_property_default_ignorable_code_point(c) ||
	       uc_is_general_category_withtable(c, UC_CATEGORY_MASK_Cc) ||
	       (c >= 0xfff9 && c <= 0xfffb) || /* interlinear annotation */
	       c == 0x2800;		       /* an empty Braille cell */
}

bool
text_valid(const char *s, size_t len)
{
	size_t plain = text_ascii(s, len);

	return plain == len ||
	       (memchr(s + plain, '\0', len - plain) == NULL &&
		   u8_check((const uint8_t *)s + plain, len - plain) == NULL);
}

size_t
text_visible(const char *s)
{
	size_t len = strlen(s), at = 0, n = 0;
	ucs4_t c;

	while (at < len) {
		if ((unsigned char)(s[at] - '!') < 0x7f - '!') {
			at++;
			n++;
			continue;
		}
		at += char_at(s, len, at, &c);
		if (!is_space(c) && !is_invisible(c))
			n++;
	}
	return n;
}

size_t
text_chars(const char *s)
{
	size_t len = strlen(s), at = 0, n = 0, run;
	ucs4_t c;

	while (at < len) {
		run = text_ascii(s + at, len - at);
		at += run;
		n += run;
		if (at < len) {
			at += char_at(s, len, at, &c);
			n++;
		}
	}
	return n;
}

/* Printable ASCII, which stays as it is: most of most texts. */
static size_t
plain_run(const char *s, size_t len, size_t at)
{
	size_t n = at;

	while (n < len && s[n] >= 0x20 && (unsigned char)s[n] < 0x80)
		n++;
	return n - at;
}

/* A copy with line ends as \n, without other controls, invalid bytes made
 * U+FFFD: what libunistring's normalisers accept. */
static void
add_clean(struct buf *out, const char *s, size_t len)
{
	size_t at, n;
	ucs4_t c;

	for (at = 0; at < len; at += n) {
		n = plain_run(s, len, at);
		if (n > 0) {
			buf_add(out, s + at, n);
			continue;
		}
		n = char_at(s, len, at, &c);
		if (c == '\r') {
			if (peek(s, len, at + 1) != '\n')
				buf_addc(out, '\n');
		} else if (c == 0xfffd) {
			buf_adds(out, "\xef\xbf\xbd");
		} else if (c >= 0x20 || c == '\n' || c == '\t') {
			buf_add(out, s + at, n);
		}
	}
}

static struct span
trimmed(const char *s, size_t from, size_t to)
{
	size_t n;
	ucs4_t c;

	while (from < to) {
		n = char_at(s, to, from, &c);
		if (!is_space(c))
			break;
		from += n;
	}
	while (to > from) {
		n = to - 1;
		while (n > from && ((unsigned char)s[n] & 0xc0) == 0x80)
			n--;
		char_at(s, to, n, &c);
		if (!is_space(c))
			break;
		to = n;
	}
	return (struct span){from, to - from};
}

char *
text_normal(const char *s, size_t len)
{
	struct buf clean = {0};
	uint8_t *nfc = NULL;
	const char *from;
	struct span in;
	size_t n;
	char *out;

	add_clean(&clean, s, len);
	from = clean.data == NULL ? "" : clean.data;
	n = clean.len;
	if (text_ascii(from, n) < n) {
		nfc = u8_normalize(
		    UNINORM_NFC, (const uint8_t *)from, n, NULL, &n);
		if (nfc == NULL) /* the text is valid, so it is memory */
			abort();
		from = (const char *)nfc;
	}
	in = trimmed(from, 0, n);
	out = xmalloc(in.len + 1);
	memcpy(out, from + in.at, in.len);
	out[in.len] = '\0';
	free(nfc);
	buf_free(&clean);
	return out;
}

static bool
is_newline(ucs4_t c)
{
	return (c >= '\n' && c <= '\r') || c == 0x85 || c == 0x2028 ||
	       c == 0x2029;
}

static bool
has_script(ucs4_t c, const char *const *names)
{
	const uc_script_t *script = c == NONE ? NULL : uc_script(c);

	for (; script != NULL && *names != NULL; names++) {
		if (strcmp(script->name, *names) == 0)
			return true;
	}
	return false;
}

/* Scripts that set no space between words and often no full stop. */
static bool
is_spaceless(ucs4_t c)
{
	static const char *const names[] = {
	    "Thai", "Lao", "Khmer", "Myanmar", NULL};

	return c >= 0xe00 && has_script(c, names);
}

/* A stop that is also used inside sentences, unlike ! or the CJK full stop. */
static bool
is_weak_stop(ucs4_t c)
{
	return c == '.' || c == 0x2024 || c == 0x2026 || c == 0xfe52 ||
	       c == 0xff0e;
}

/*
 * Sentence_Terminal, and what it lacks: the ellipsis, which ends sentences as
 * three dots do, and the Khmer stops, which got the property only in Unicode
 * 15.1, later than libunistring 1.0.
 */
static bool
is_terminal(ucs4_t c)
{
	if (c < 0x80)
		return c == '.' || c == '!' || c == '?';
	return c != NONE && (c == 0x2026 || c == 0x17d4 || c == 0x17d5 ||
				uc_is_property_sentence_terminal(c));
}

/*
 * U+201C and U+2018 close German quotations but open English and Chinese
 * ones, and " and ' do both, so what follows decides.
 */
static bool
is_closer(ucs4_t c, ucs4_t next)
{
	if (c == NONE)
		return false;
	if (c == '"' || c == '\'' || c == 0x201c || c == 0x2018)
		return next == NONE || is_space(next) || is_terminal(next) ||
		       uc_is_general_category_withtable(
			   next, UC_CATEGORY_MASK_Pe | UC_CATEGORY_MASK_Pf);
	return uc_is_general_category_withtable(
	    c, UC_CATEGORY_MASK_Pe | UC_CATEGORY_MASK_Pf);
}

static bool
is_title(const char *word, size_t len)
{
	static const char *const titles[] = {"Dr", "Mr", "Mrs", "Ms", "Prof",
	    "St", "Hr", "Fr", "Nr", "bzw", "ca", "cf", "vs", NULL};
	int i;

	for (i = 0; titles[i] != NULL; i++) {
		if (strlen(titles[i]) == len &&
		    memcmp(titles[i], word, len) == 0)
			return true;
	}
	return false;
}

/*
 * Whether the word before the stop at `stop` makes it an abbreviation: a
 * letter alone ("e.g.", "z. B.", "J. Doe"), a title, or the number of a list
 * ("1. First").
 */
static bool
is_abbreviated(const char *s, size_t start, size_t stop)
{
	size_t from = stop, letters;
	bool digits = true;

	while (from > start && !strchr(" \t\n.([\"'", s[from - 1]))
		from--;
	letters = stop - from;
	if (letters == 0)
		return false;
	for (size_t i = from; i < stop; i++)
		digits = digits && s[i] >= '0' && s[i] <= '9';
	if (digits)
		return letters <= 2 && from == start;
	if (letters == 1 && s[from] != 'I')
		return true;
	return is_title(s + from, letters);
}

/* After a weak stop the sentence goes on in lower case. */
static bool
goes_on(const char *s, size_t len, size_t at)
{
	ucs4_t c;
	size_t n;

	while ((n = char_at(s, len, at, &c)) > 0 && is_space(c)) {
		if (is_newline(c))
			return false;
		at += n;
	}
	return c != NONE && uc_is_property_lowercase(c);
}

/*
 * The end of the sentence whose first terminal stands at `at`, behind all
 * terminals and closers that follow; 0 if the sentence goes on.
 */
static size_t
sentence_end(const char *s, size_t len, size_t start, size_t at)
{
	size_t first = at, n;
	bool spaced = true;
	int stops = 0;
	ucs4_t c;

	while ((n = char_at(s, len, at, &c)) > 0 && is_terminal(c)) {
		spaced = spaced && (c < 0x80 || is_weak_stop(c));
		stops += is_weak_stop(c) ? 1 : 2;
		at += n;
	}
	while ((n = char_at(s, len, at, &c)) > 0 &&
	       is_closer(c, peek(s, len, at + n)))
		at += n;
	if (!spaced || c == NONE)
		return at;
	if (!is_space(c) && !(c >= 0x2e80 && stops > 1))
		return 0; /* 3.5, example.org, ?q=1 */
	if (stops == 1 && is_abbreviated(s, start, first))
		return 0;
	if (is_weak_stop(peek(s, len, first)) && goes_on(s, len, at))
		return 0;
	return at;
}

struct spans {
	struct span *v;
	size_t n, cap;
};

static void
add_span(struct spans *out, const char *s, size_t from, size_t to)
{
	struct span sp = trimmed(s, from, to);
	size_t at = sp.at, n;
	ucs4_t c;

	while (at < sp.at + sp.len) {
		n = char_at(s, sp.at + sp.len, at, &c);
		if (!is_space(c) && !is_invisible(c))
			break;
		at += n;
	}
	if (at == sp.at + sp.len)
		return;
	out->v = xgrow(out->v, out->n, &out->cap, sizeof(*out->v));
	out->v[out->n++] = sp;
}

struct span *
text_sentences(const char *s, size_t *n)
{
	struct spans out = {xmalloc(sizeof(struct span)), 0, 1};
	size_t len = strlen(s), start = 0, at = 0, end, step;
	ucs4_t c, last = NONE;

	while ((step = char_at(s, len, at, &c)) > 0) {
		end = 0;
		if (is_newline(c))
			end = at + step;
		else if (c == ' ' && is_spaceless(last) &&
			 is_space(peek(s, len, at + 1)))
			end = at + step;
		else if (is_terminal(c))
			end = sentence_end(s, len, start, at);
		last = c;
		at += step;
		if (end > 0) {
			add_span(&out, s, start, end);
			start = at = end;
			last = NONE;
			while ((step = char_at(s, len, start, &c)) > 0 &&
			       is_space(c))
				start = at = start + step;
		}
	}
	add_span(&out, s, start, len);
	*n = out.n;
	return out.v;
}

enum term_kind { TERM_NONE, TERM_WORD, TERM_PAIR };

static enum term_kind
kind_of(ucs4_t c, enum term_kind before)
{
	static const char *const paired[] = {"Han", "Hiragana", "Katakana",
	    "Bopomofo", "Yi", "Thai", "Lao", "Khmer", "Myanmar", NULL};

	if (c == NONE)
		return TERM_NONE;
	if (c < 0x80)
		return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
			       (c >= 'A' && c <= 'Z')
			   ? TERM_WORD
			   : TERM_NONE;
	if (uc_is_general_category_withtable(c, UC_CATEGORY_MASK_N))
		return c == 0x3007 ? TERM_PAIR : TERM_WORD; /* Han zero */
	if (uc_is_general_category_withtable(c, UC_CATEGORY_MASK_L))
		/* The Kana length mark belongs to no one script. */
		return c == 0x30fc || (c >= 0xe00 && has_script(c, paired))
			   ? TERM_PAIR
			   : TERM_WORD;
	if (uc_is_general_category_withtable(c, UC_CATEGORY_MASK_M))
		return before;
	return TERM_NONE;
}

static bool
is_digit(ucs4_t c)
{
	return c >= '0' && c <= '9';
}

/* Marks inside a word: don't, l'avis, 3.5, 1,000. */
static bool
joins(ucs4_t before, ucs4_t c, ucs4_t after)
{
	if (c == '\'' || c == 0x2019)
		return kind_of(before, TERM_NONE) == TERM_WORD &&
		       kind_of(after, TERM_NONE) == TERM_WORD;
	return (c == '.' || c == ',') && is_digit(before) && is_digit(after);
}

struct run {
	struct buf word;
	enum term_kind kind;
	size_t pairs;	/* characters of a paired run so far */
	size_t lastlen; /* bytes of its last character */
	text_term_fn *fn;
	void *arg;
};

/* Ends a run: a word is given whole, a lone paired character by itself. */
static void
run_end(struct run *r)
{
	if (r->kind == TERM_WORD || (r->kind == TERM_PAIR && r->pairs == 1))
		r->fn(r->word.data, r->word.len, r->arg);
	buf_reset(&r->word);
	r->kind = TERM_NONE;
	r->pairs = 0;
}

static void
run_add(struct run *r, const char *p, size_t n, enum term_kind kind)
{
	if (kind != r->kind)
		run_end(r);
	r->kind = kind;
	if (kind == TERM_NONE)
		return;
	buf_add(&r->word, p, n);
	if (kind == TERM_WORD)
		return;
	if (++r->pairs > 1) {
		r->fn(r->word.data + r->word.len - n - r->lastlen,
		    n + r->lastlen, r->arg);
	}
	r->lastlen = n;
}

char *
text_folded(const char *s, size_t len, size_t *n)
{
	struct buf clean = {0};
	uint8_t *out;
	size_t i;

	add_clean(&clean, s, len);
	if (text_ascii(clean.data, clean.len) == clean.len) {
		for (i = 0; i < clean.len; i++) {
			if (clean.data[i] >= 'A' && clean.data[i] <= 'Z')
				clean.data[i] |= 0x20;
		}
		*n = clean.len;
		return buf_take(&clean);
	}
	out = u8_casefold((const uint8_t *)clean.data, clean.len, NULL,
	    UNINORM_NFKC, NULL, n);
	if (out == NULL)
		abort();
	buf_free(&clean);
	return (char *)out;
}

void
text_terms(const char *s, size_t len, text_term_fn *fn, void *arg)
{
	struct run run = {.fn = fn, .arg = arg};
	size_t n, flen, at;
	ucs4_t c, before = NONE;
	char *f = text_folded(s, len, &flen);

	for (at = 0; at < flen; at += n) {
		n = char_at(f, flen, at, &c);
		if (c >= 0x80 && uc_is_property_default_ignorable_code_point(c))
			continue;
		if (run.kind == TERM_WORD &&
		    joins(before, c, peek(f, flen, at + n)))
			run_add(&run, c == 0x2019 ? "'" : f + at,
			    c == 0x2019 ? 1 : n, TERM_WORD);
		else
			run_add(&run, f + at, n, kind_of(c, run.kind));
		before = c;
	}
	run_end(&run);
	buf_free(&run.word);
	free(f);
}

struct hashes {
	uint64_t *v;
	size_t n, cap;
};

static uint64_t
mix(uint64_t h, uint64_t x)
{
	h = (h ^ x) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ h >> 29;
}

static void
hash_term(const char *term, size_t len, void *arg)
{
	struct hashes *h = arg;
	uint64_t x = len;
	size_t i;

	for (i = 0; i < len; i++)
		x = mix(x, (unsigned char)term[i]);
	h->v = xgrow(h->v, h->n, &h->cap, sizeof(*h->v));
	h->v[h->n++] = x;
}

static int
u64_cmp(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Makes terms a sorted set of shingles of `size` terms; there are as many. */
static void
make_set(struct hashes *h, size_t size)
{
	size_t i, k, n = 0;

	for (i = 0; i + size <= h->n; i++)
		for (k = 1; k < size; k++)
			h->v[i] = mix(h->v[i], h->v[i + k]);
	h->n -= size - 1;
	qsort(h->v, h->n, sizeof(*h->v), u64_cmp);
	for (i = 0; i < h->n; i++) {
		if (n == 0 || h->v[i] != h->v[n - 1])
			h->v[n++] = h->v[i];
	}
	h->n = n;
}

static size_t
common(const struct hashes *a, const struct hashes *b)
{
	size_t i = 0, j = 0, n = 0;

	while (i < a->n && j < b->n) {
		if (a->v[i] == b->v[j]) {
			i++;
			j++;
			n++;
		} else if (a->v[i] < b->v[j]) {
			i++;
		} else {
			j++;
		}
	}
	return n;
}

int
text_likeness(const char *a, const char *b)
{
	struct hashes x = {0}, y = {0};
	size_t size, both;
	int likeness;

	text_terms(a, strlen(a), hash_term, &x);
	text_terms(b, strlen(b), hash_term, &y);
	if (x.n == 0 || y.n == 0) {
		/* No words at all: only the same text is alike. */
		likeness = strcmp(a, b) == 0 ? 1000 : 0;
	} else {
		size = x.n < 3 || y.n < 3 ? 1 : 3;
		make_set(&x, size);
		make_set(&y, size);
		both = common(&x, &y);
		likeness = (int)(both * 1000 / (x.n + y.n - both));
	}
	free(x.v);
	free(y.v);
	return likeness;
}

/* The shingles of a text; none where it has fewer terms. */
static struct hashes
shingles(const char *text, size_t size)
{
	struct hashes h = {0};

	text_terms(text, strlen(text), hash_term, &h);
	if (h.n < size)
		h.n = 0;
	else
		make_set(&h, size);
	return h;
}

static bool
holds(const struct hashes *h, uint64_t x)
{
	return h->n > 0 &&
	       bsearch(&x, h->v, h->n, sizeof(*h->v), u64_cmp) != NULL;
}

static size_t
count_terms(const char *text)
{
	struct hashes h = {0};

	text_terms(text, strlen(text), hash_term, &h);
	free(h.v);
	return h.n;
}

/* A text's shingles of each size that was asked for: a source may have
 * thousands of sentences, and each would read it again. */
struct shingled {
	const char *text;
	struct hashes of[QUOTE_TERMS + 1];
	bool read[QUOTE_TERMS + 1];
};

static const struct hashes *
shingled_of(struct shingled *s, size_t size)
{
	if (!s->read[size] && s->text != NULL)
		s->of[size] = shingles(s->text, size);
	s->read[size] = true;
	return &s->of[size];
}

static void
shingled_free(struct shingled *s)
{
	for (size_t i = 0; i <= QUOTE_TERMS; i++)
		free(s->of[i].v);
}

/* Whether `text` repeats all of a part, or QUOTE_TERMS in a row of a longer. */
static bool
repeats(struct shingled *text, const char *part, struct shingled *common)
{
	size_t i, n = count_terms(part);
	const struct hashes *a, *c;
	struct hashes b;
	bool found = false;

	if (n < QUOTE_LEAST)
		return false;
	if (n > QUOTE_TERMS)
		n = QUOTE_TERMS;
	a = shingled_of(text, n);
	c = shingled_of(common, n);
	b = shingles(part, n);
	for (i = 0; i < b.n && !found; i++)
		found = holds(a, b.v[i]) && !holds(c, b.v[i]);
	free(b.v);
	return found;
}

bool
text_quotes(const char *text, const char *source, const char *common)
{
	struct shingled in = {.text = text}, known = {.text = common};
	struct span *spans;
	bool found = repeats(&in, source, &known);
	char *sentence;
	size_t i, n;

	spans = text_sentences(source, &n);
	for (i = 0; i < n && !found; i++) {
		sentence = xstrndup(source + spans[i].at, spans[i].len);
		found = repeats(&in, sentence, &known);
		free(sentence);
	}
	free(spans);
	shingled_free(&in);
	shingled_free(&known);
	return found;
}

/* Reorders or hides what stands around it. */
static bool
is_deceptive(ucs4_t c)
{
	return (c >= 0x80 && c < 0xa0) || c == 0x61c || c == 0x200e ||
	       c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069) || c == 0xfeff ||
	       (c >= 0xe0000 && c < 0xe0080);
}

char *
text_printable(const char *s, size_t len)
{
	struct buf out = {0};
	size_t at, n;
	ucs4_t c;
	int got;

	for (at = 0; at < len; at += n) {
		got = u8_mbtoucr(&c, (const uint8_t *)s + at, len - at);
		n = got > 0 ? (size_t)got : 1;
		if (got < 0 || c < 0x20 || c == 0x7f)
			buf_addf(&out, "\\x%02x", (unsigned char)s[at]);
		else if (is_deceptive(c))
			buf_addf(&out, "\\u{%x}", (unsigned)c);
		else
			buf_add(&out, s + at, n);
	}
	return buf_take(&out);
}

size_t
text_width(const char *s)
{
	size_t len = strlen(s), at = 0, width = 0;
	ucs4_t c;
	int w;

	while (at < len) {
		at += char_at(s, len, at, &c);
		w = uc_width(c, "UTF-8");
		if (w > 0)
			width += (size_t)w;
	}
	return width;
}
