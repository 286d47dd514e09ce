#include "base/language.h"

#include <endian.h>
#include <stdint.h>
#include <string.h>

#include <unictype.h>
#include <unistr.h>

#include "base/text.h"

/* A script that settles the language by itself; Kana before Han, for Japanese
 * is written with both. */
static const struct {
	const char *script, *tag;
} scripts[] = {
    {"Hiragana", "ja"},
    {"Katakana", "ja"},
    {"Han", "zh"},
    {"Hangul", "ko"},
    {"Arabic", "ar"},
    {"Devanagari", "hi"},
    {"Bengali", "bn"},
    {"Gurmukhi", "pa"},
    {"Tamil", "ta"},
    {"Telugu", "te"},
    {"Cyrillic", "ru"},
    {"Greek", "el"},
    {"Hebrew", "he"},
    {"Thai", "th"},
    {"Georgian", "ka"},
    {"Armenian", "hy"},
    {"Ethiopic", "am"},
    {"Latin", "und"},
};
#define SCRIPTS (sizeof scripts / sizeof *scripts)
enum { HIRAGANA, KATAKANA, HAN, LATIN = SCRIPTS - 1 };

/* Letters that only a neighbour of the script's first language has. */
static const struct {
	const char *tag, *of, *letters;
} marks[] = {
    {"uk", "ru", "іїєґІЇЄҐ"},
    {"ur", "ar", "ٹڈڑںے"},
    {"fa", "ar", "پچژگ"},
};

/* Languages in the Latin script; of equals the first is taken. */
static const char *const latin[] = {
    "en", "de", "fr", "es", "pt", "it", "nl", "pl", "tr", "id", "vi", "sv"};
#define LATINS (sizeof latin / sizeof *latin)

enum {
	EN = 1 << 0,
	DE = 1 << 1,
	FR = 1 << 2,
	ES = 1 << 3,
	PT = 1 << 4,
	IT = 1 << 5,
	NL = 1 << 6,
	PL = 1 << 7,
	TR = 1 << 8,
	ID = 1 << 9,
	VI = 1 << 10,
	SV = 1 << 11,
};

/* Their commonest words, in the order of their bytes: each word of a text is
 * looked for among them. */
#define LONGEST 8 /* bytes: a word is compared as one number */
struct common {
	char word[LONGEST]; /* zeros behind it */
	unsigned in;	    /* which languages */
};
/* clang-format off */
static const struct common commons[] = {
	{ "akan", ID }, { "ale", PL }, { "ama", TR }, { "anche", IT }, { "and", EN }, { "are", EN },
	{ "att", SV }, { "auch", DE }, { "av", SV }, { "avec", FR }, { "be", EN }, { "bir", TR },
	{ "bu", TR }, { "che", IT }, { "cho", VI }, { "com", PT }, { "como", ES|PT }, { "con", ES|IT },
	{ "czy", PL }, { "các", VI }, { "có", VI }, { "của", VI }, { "da", PT|TR }, { "daha", TR },
	{ "dan", ID }, { "dans", FR }, { "dari", ID }, { "das", DE }, { "dat", NL }, { "de", NL|TR },
	{ "del", ES }, { "della", IT }, { "den", DE|SV }, { "dengan", ID }, { "der", DE }, { "des", FR },
	{ "det", SV }, { "değil", TR }, { "di", IT|ID }, { "die", DE }, { "dla", PL }, { "do", PT|PL },
	{ "een", NL }, { "ein", DE }, { "eine", DE }, { "el", ES }, { "em", PT }, { "en", NL|SV },
	{ "es", ES }, { "est", FR }, { "et", FR }, { "for", EN }, { "för", SV }, { "gibi", TR },
	{ "gli", IT }, { "het", NL }, { "il", FR|IT }, { "ile", TR }, { "ini", ID }, { "inte", SV },
	{ "is", EN }, { "ist", DE }, { "it", EN }, { "itu", ID }, { "için", TR }, { "jag", SV },
	{ "jak", PL }, { "jest", PL }, { "juga", ID }, { "không", VI }, { "las", ES }, { "le", FR },
	{ "les", FR }, { "los", ES }, { "là", VI }, { "ma", IT }, { "maar", NL }, { "mas", PT },
	{ "med", SV }, { "met", NL }, { "mit", DE }, { "một", VI }, { "na", PL }, { "nel", IT },
	{ "những", VI }, { "nicht", DE }, { "nie", PL }, { "niet", NL }, { "no", ES }, { "non", IT },
	{ "not", EN }, { "nous", FR }, { "não", PT }, { "o", PT }, { "och", SV }, { "of", EN },
	{ "olarak", TR }, { "ook", NL }, { "op", NL }, { "oraz", PL }, { "os", PT }, { "pada", ID },
	{ "para", ES|PT }, { "pas", FR }, { "per", IT }, { "pero", ES }, { "por", ES|PT }, { "pour", FR },
	{ "przez", PL }, { "på", SV }, { "que", FR|ES|PT }, { "se", ES }, { "should", EN }, { "si", IT },
	{ "sie", DE }, { "się", PL }, { "som", SV }, { "sono", IT }, { "sur", FR }, { "są", PL },
	{ "that", EN }, { "the", EN }, { "they", EN }, { "tidak", ID }, { "to", EN|PL }, { "uma", PT },
	{ "una", ES|IT }, { "und", DE }, { "une", FR }, { "untuk", ID }, { "van", NL }, { "ve", TR },
	{ "vi", SV }, { "voor", NL }, { "và", VI }, { "với", VI }, { "we", EN }, { "wij", NL },
	{ "wir", DE }, { "with", EN }, { "yang", ID }, { "zijn", NL }, { "zu", DE }, { "är", SV },
	{ "çok", TR }, { "é", PT }, { "được", VI }, { "để", VI }, { "że", PL },
};
/* clang-format on */

static void
count_scripts(const char *text, size_t count[SCRIPTS])
{
	const uint8_t *at = (const uint8_t *)text;
	const uc_script_t *script;
	ucs4_t c;
	size_t i;

	for (;;) {
		for (; *at < 0x80 && *at != '\0'; at++) /* most of most texts */
			count[LATIN] +=
			    (*at | 0x20) >= 'a' && (*at | 0x20) <= 'z';
		if ((at = u8_next(&c, at)) == NULL)
			return;
		script = uc_is_property_alphabetic(c) ? uc_script(c) : NULL;
		for (i = 0; script != NULL && i < SCRIPTS; i++)
			if (strcmp(scripts[i].script, script->name) == 0)
				count[i]++;
	}
}

struct words {
	size_t seen[LATINS];
	bool any; /* there are words at all */
};

/* In the order of the words' bytes. */
static uint64_t
row_key(const struct common *row)
{
	uint64_t key;

	memcpy(&key, row->word, sizeof key);
	return be64toh(key);
}

/* A search that always takes as many steps, for nobody can guess which way
 * the next one goes. */
static void
count_word(struct words *w, uint64_t key)
{
	const struct common *row = commons;
	size_t n = sizeof commons / sizeof *commons, half;
	unsigned in;
	size_t i;

	for (; n > 1; n -= half) {
		half = n / 2;
		row += row_key(row + half) <= key ? half : 0;
	}
	if (row_key(row) != key)
		return;
	for (in = row->in, i = 0; in != 0; i++, in >>= 1)
		w->seen[i] += in & 1;
}

static void
word_cb(const char *term, size_t len, void *arg)
{
	struct common word = {.word = ""};

	if (len > LONGEST)
		return;
	memcpy(word.word, term, len);
	count_word(arg, row_key(&word));
}

/* The words of a text in ASCII; false where there is more, and only text_terms
 * knows what a word is. */
static bool
plain_words(const char *text, struct words *w)
{
	uint64_t key = 0;
	size_t n = 0;

	*w = (struct words){.any = false};
	for (;; text++) {
		unsigned char c = (unsigned char)*text, low = c | 0x20;

		if (c >= 0x80)
			return false;
		if (low >= 'a' && low <= 'z') {
			key = key << 8 | low;
			n++;
			continue;
		}
		w->any = w->any || n > 0;
		if (n > 0 && n <= LONGEST)
			count_word(w, key << 8 * (LONGEST - n));
		key = n = 0;
		if (c == '\0')
			return true;
	}
}

static const char *
commonest(const struct words *w)
{
	size_t i, best = 0;

	for (i = 1; i < LATINS; i++)
		if (w->seen[i] > w->seen[best])
			best = i;
	return w->seen[best] > 0 ? latin[best] : "und";
}

static const char *
latin_language(const char *text)
{
	struct words w = {.any = false};

	text_terms(text, strlen(text), word_cb, &w);
	return commonest(&w);
}

static bool
has_any(const char *text, const char *letters)
{
	const uint8_t *at = (const uint8_t *)letters;
	ucs4_t c;

	while ((at = u8_next(&c, at)) != NULL)
		if (u8_strchr((const uint8_t *)text, c) != NULL)
			return true;
	return false;
}

static const char *
neighbour(const char *text, const char *tag)
{
	size_t i;

	for (i = 0; i < sizeof marks / sizeof *marks; i++)
		if (strcmp(marks[i].of, tag) == 0 &&
		    has_any(text, marks[i].letters))
			return marks[i].tag;
	return tag;
}

bool
language_of(const char *text, char out[LANGUAGE_TAG_MAX + 1])
{
	size_t count[SCRIPTS] = {0}, i, best = 0;
	struct words plain;
	const char *tag;

	if (plain_words(text, &plain)) {
		if (plain.any)
			strlcpy(out, commonest(&plain), LANGUAGE_TAG_MAX + 1);
		return plain.any;
	}
	count_scripts(text, count);
	/* Kana among Han makes it Japanese. */
	if (count[HIRAGANA] + count[KATAKANA] > 0)
		count[HIRAGANA] += count[KATAKANA] + count[HAN];
	for (i = 1; i < SCRIPTS; i++)
		if (count[i] > count[best])
			best = i;
	if (count[best] == 0)
		return false;
	tag = best == LATIN ? latin_language(text)
			    : neighbour(text, scripts[best].tag);
	strlcpy(out, tag, LANGUAGE_TAG_MAX + 1);
	return true;
}
