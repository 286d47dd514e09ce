#include "job/hostile.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"

/* clang-format off */
static const struct {
	enum hostile_done given, replied;
} kinds[HOSTILE_KINDS] = {
	[HOSTILE_CONTROL] = { HOSTILE_NEUTRALISED, HOSTILE_NEUTRALISED },
	[HOSTILE_INVISIBLE] = { HOSTILE_NEUTRALISED, HOSTILE_NEUTRALISED },
	[HOSTILE_BIDI] = { HOSTILE_NEUTRALISED, HOSTILE_NEUTRALISED },
	[HOSTILE_TOKEN] = { HOSTILE_NEUTRALISED, HOSTILE_DROPPED },
	[HOSTILE_DELIMITER] = { HOSTILE_NEUTRALISED, HOSTILE_DROPPED },
	[HOSTILE_ORDER] = { HOSTILE_FLAGGED, HOSTILE_FLAGGED },
	[HOSTILE_PLEA] = { HOSTILE_FLAGGED, HOSTILE_DROPPED },
	[HOSTILE_CANARY] = { HOSTILE_FLAGGED, HOSTILE_DROPPED },
	[HOSTILE_BOUNDARY] = { HOSTILE_FLAGGED, HOSTILE_DROPPED },
};

const char *const hostile_names[HOSTILE_KINDS] = {
	"control", "invisible", "bidi", "token", "delimiter", "order", "plea",
	"canary", "boundary",
};
const char *const hostile_done_names[HOSTILE_DONE] = {
	"nothing", "flagged", "neutralised", "dropped",
};
/* clang-format on */

/* ---- characters that nobody sees ---- */

struct range {
	uint32_t from, to;
};

static bool
within(uint32_t c, const struct range *r, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (c >= r[i].from && c <= r[i].to)
			return true;
	return false;
}
#define WITHIN(c, ranges)                                                      \
	within(c, (ranges), sizeof(ranges) / sizeof(*(ranges)))

/* Scripts that are written from right to left. */
static const struct range rtl[] = {{0x590, 0x8ff}, {0xfb1d, 0xfdff},
    {0xfe70, 0xfefe}, {0x10800, 0x10fff}, {0x1e800, 0x1efff}};
/* Whose letters are told to join or not: Arabic to Sinhala, Mongolian. */
static const struct range joined[] = {
    {0x600, 0x8ff}, {0x900, 0xdff}, {0x1800, 0x18af}, {0xfb50, 0xfdff}};
/* That set no spaces between words. */
static const struct range spaceless[] = {{0xe00, 0xeff}, {0x1000, 0x109f},
    {0x1780, 0x17ff}, {0x3040, 0x30ff}, {0x3400, 0x9fff}};
static const struct range han[] = {
    {0x3400, 0x9fff}, {0xf900, 0xfaff}, {0x20000, 0x3ffff}};
/* Of which emoji are put together. */
static const struct range emoji[] = {{0x2190, 0x27bf}, {0x2900, 0x2bff},
    {0xfe0f, 0xfe0f}, {0x20e3, 0x20e3}, {0x1f000, 0x1faff}};
static const struct range selectors[] = {
    {0xfe00, 0xfe0f}, {0xe0100, 0xe01ef}, {0x180b, 0x180d}};
static const struct range always[] = {{0x115f, 0x1160}, {0x17b4, 0x17b5},
    {0x180e, 0x180e}, {0x2060, 0x2065}, {0x206a, 0x206f}, {0x3164, 0x3164},
    {0xffa0, 0xffa0}, {0xfff0, 0xfff8}, {0x1d173, 0x1d17a}, {0xe0080, 0xe00ff},
    {0xe01f0, 0xe0fff}};

/* The text as far as it has been read. */
struct seen {
	uint32_t before; /* the last character kept */
	bool rtl;	 /* somewhere in the text */
	bool balanced;	 /* embeddings and isolates are closed */
	bool flag;	 /* a flag's tags may follow */
	size_t at;
};

/* An invisible character that does what it is there for. */
static bool
has_use(uint32_t c, const struct seen *s)
{
	uint32_t b = s->before;

	if (c == 0x200b)
		return WITHIN(b, spaceless);
	if (c == 0x200c)
		return WITHIN(b, joined);
	if (c == 0x200d)
		return WITHIN(b, joined) || WITHIN(b, emoji);
	if (c == 0xfeff)
		return s->at == 0;
	if (c == 0x34f)
		return (b >= 0x300 && b <= 0x36f) || (b >= 0x590 && b <= 0x5ff);
	if (c == 0x2800)
		return b > 0x2800 && b <= 0x28ff;
	if (WITHIN(c, selectors))
		return b > ' ' && !WITHIN(b, selectors) &&
		       (c < 0xe0100 || WITHIN(b, han));
	return s->flag; /* a tag */
}

static bool
is_invisible(uint32_t c)
{
	return c == 0x200b || c == 0x200c || c == 0x200d || c == 0xfeff ||
	       c == 0x34f || c == 0x2800 || WITHIN(c, selectors) ||
	       (c >= 0xe0000 && c <= 0xe007f);
}

/* The kind of a character that does not belong; HOSTILE_KINDS: it does. */
static enum hostile_kind
kind_of(uint32_t c, const struct seen *s)
{
	if (c < 0x80)
		return HOSTILE_KINDS;
	if (c < 0xa0 || (c >= 0xfff9 && c <= 0xfffb))
		return HOSTILE_CONTROL;
	if (c == 0x202d || c == 0x202e)
		return HOSTILE_BIDI;
	if (c == 0x61c || c == 0x200e || c == 0x200f)
		return s->rtl ? HOSTILE_KINDS : HOSTILE_BIDI;
	if ((c >= 0x202a && c <= 0x202c) || (c >= 0x2066 && c <= 0x2069))
		return s->rtl && s->balanced ? HOSTILE_KINDS : HOSTILE_BIDI;
	if (WITHIN(c, always) || (is_invisible(c) && !has_use(c, s)))
		return HOSTILE_INVISIBLE;
	return HOSTILE_KINDS;
}

static void
look_ahead(const char *s, size_t len, struct seen *seen)
{
	int embedded = 0, isolated = 0;
	bool ever_negative = false;
	uint32_t c;
	size_t at;

	for (at = 0; at < len; at += text_next(s, len, at, &c)) {
		text_next(s, len, at, &c);
		seen->rtl = seen->rtl || WITHIN(c, rtl);
		embedded += (c == 0x202a || c == 0x202b) - (c == 0x202c);
		isolated += (c >= 0x2066 && c <= 0x2068) - (c == 0x2069);
		ever_negative = ever_negative || embedded < 0 || isolated < 0;
	}
	seen->balanced = embedded == 0 && isolated == 0 && !ever_negative;
}

static bool
is_plain(const char *s)
{
	size_t len = strlen(s);

	return text_ascii(s, len) == len;
}

/* Without what nobody sees. */
static char *
strip(const char *s, struct hostile *found)
{
	size_t len = strlen(s), n;
	struct seen seen = {0};
	struct buf out = {0};
	enum hostile_kind kind;
	uint32_t c;

	if (is_plain(s))
		return xstrdup(s);
	look_ahead(s, len, &seen);
	for (; seen.at < len; seen.at += n) {
		n = text_next(s, len, seen.at, &c);
		kind = kind_of(c, &seen);
		if (kind != HOSTILE_KINDS) {
			found->n[kind]++;
			continue;
		}
		buf_add(&out, s + seen.at, n);
		seen.flag =
		    c == 0x1f3f4 || (seen.flag && c >= 0xe0020 && c < 0xe007f);
		seen.before = c;
	}
	return out.data != NULL ? buf_take(&out) : xstrdup("");
}

/* ---- marks ---- */

/* The text as it is compared: one unit a character, in lower case, full-width
 * forms as ASCII, the block that some templates write for a space as _. */
struct unit {
	uint32_t c;
	size_t at;
};
struct units {
	struct unit *v; /* one more than n, whose c is 0 */
	size_t n;
};

static uint32_t
plain(uint32_t c)
{
	if (c >= 0xff01 && c <= 0xff5e)
		c -= 0xfee0;
	if (c == 0x2581)
		return '_';
	if (c >= 0x410 && c <= 0x42f)
		return c + 0x20;
	return c < 0x80 ? (uint32_t)tolower((int)c) : c;
}

static void
units_read(const char *s, struct units *u)
{
	size_t len = strlen(s), at, step;
	uint32_t c;

	u->v = xcalloc(len + 1, sizeof(*u->v));
	u->n = 0;
	for (at = 0; at < len; at += step) {
		step = text_next(s, len, at, &c);
		u->v[u->n++] = (struct unit){plain(c), at};
	}
	u->v[u->n].at = len;
}

/* How many units the word takes at i; 0 if it is not there.  words: UTF-8,
 * lower case. */
static size_t
word_at(const struct units *u, size_t i, const char *word)
{
	size_t len = strlen(word), at = 0, n = 0;
	uint32_t c;

	while (at < len) {
		at += text_next(word, len, at, &c);
		if (i + n >= u->n || u->v[i + n].c != c)
			return 0;
		n++;
	}
	return n;
}

static size_t
one_of(const struct units *u, size_t i, const char *const *words)
{
	size_t n = 0;

	for (; n == 0 && *words != NULL; words++)
		n = word_at(u, i, *words);
	return n;
}

/* A mark found at i: where a space breaks it (a unit), 0: there is none. */
struct mark {
	enum hostile_kind kind;
	size_t cut, end;
};

/* <|name|>: ChatML, Llama 3, Qwen, Phi, Command, DeepSeek, Harmony, GPT. */
static bool
piped(const struct units *u, size_t i, struct mark *m)
{
	size_t k = i + 2;

	if (word_at(u, i, "<|") == 0)
		return false;
	while (k < u->n && k < i + 48 && u->v[k].c < 0x80 &&
	       (isalnum((int)u->v[k].c) || strchr("_- /", (int)u->v[k].c)))
		k++;
	if (k == i + 2 || word_at(u, k, "|>") == 0)
		return false;
	*m = (struct mark){HOSTILE_TOKEN, i + 1, k + 2};
	return true;
}

/* Words between a pair of marks that a template gives a meaning to. */
static const char *const tokens[] = {"[inst]", "[/inst]", "<<sys>>", "<</sys>>",
    "<s>", "</s>", "<bos>", "<eos>", "<pad>", "<unk>", "<start_of_turn>",
    "<end_of_turn>", "[system_prompt]", "[/system_prompt]", "[available_tools]",
    "[/available_tools]", "[tool_calls]", "[tool_results]", "[/tool_results]",
    "[gmask]", "<sop>", "<eop>", "<think>", "</think>", "<tool_call>",
    "</tool_call>", "<tool_response>", "<start_of_image>", "<extra_id_0>",
    "<extra_id_1>", "<reserved_106>", "<reserved_107>", "<unused0>",
    "<unused1>", NULL};
/* What our own prompts, or others', put around texts. */
static const char *const tags[] = {"<system>", "</system>", "<user>", "</user>",
    "<assistant>", "</assistant>", "<instructions>", "</instructions>",
    "<instruction>", "</instruction>", "<prompt>", "</prompt>", "<answer>",
    "</answer>", "<sep>", "<opinion>", "</opinion>", "<opinions>",
    "</opinions>", "<critique>", "</critique>", "<statement>", "</statement>",
    "<statements>", "</statements>", "<data>", "</data>", "<document>",
    "</document>", "<input>", "</input>", "<context>", "</context>",
    "<untrusted>", "</untrusted>", NULL};
static const char *const members[] = {"person\"", "opinion\"", "critique\"",
    "statement\"", "winner\"", "question\"", "ranking\"", "reasoning\"",
    "role\"", "rating\"", NULL};
static const char *const roles[] = {
    "system:", "assistant:", "human:", "developer:", "系统:", "助手:",
    "система:", "ассистент:", "النظام:", "المساعد:", NULL};
static const char *const headings[] = {"system", "user", "assistant",
    "instruction", "instructions", "response", "human", "input", "系统", "用户",
    "指令", "система", "пользователь", "инструкция", "инструкции", "النظام",
    "التعليمات", NULL};

static bool
bracketed(const struct units *u, size_t i, struct mark *m)
{
	size_t n = one_of(u, i, tokens);

	if (n > 0)
		*m = (struct mark){HOSTILE_TOKEN, i + 1, i + n};
	else if ((n = one_of(u, i, tags)) > 0)
		*m = (struct mark){HOSTILE_DELIMITER, i + 1, i + n};
	return n > 0;
}

static size_t
blanks(const struct units *u, size_t i)
{
	while (i < u->n && (u->v[i].c == ' ' || u->v[i].c == '\t'))
		i++;
	return i;
}

/* {"opinion": as a line of the prompt begins, or a reply. */
static bool
forged_line(const struct units *u, size_t i, struct mark *m)
{
	size_t k = blanks(u, i + 1), n, end;

	if (u->v[i].c != '{' || u->v[k].c != '"')
		return false;
	n = one_of(u, k + 1, members);
	end = blanks(u, k + 1 + n);
	if (n == 0 || u->v[end].c != ':')
		return false;
	*m = (struct mark){HOSTILE_DELIMITER, k + 1, end + 1};
	return true;
}

/* == system ==, ### Instruction: */
static bool
forged_heading(const struct units *u, size_t i, struct mark *m)
{
	uint32_t sign = u->v[i].c;
	size_t k = i, n;

	if (sign != '=' && sign != '#')
		return false;
	while (u->v[k].c == sign)
		k++;
	n = one_of(u, blanks(u, k), headings);
	if (k < i + 2 || n == 0)
		return false;
	n = blanks(u, blanks(u, k) + n);
	if (u->v[n].c != (sign == '#' ? ':' : '='))
		return false;
	*m = (struct mark){HOSTILE_DELIMITER, i + 1, n + 1};
	return true;
}

static bool
forged_role(const struct units *u, size_t i, struct mark *m)
{
	size_t n = one_of(u, i, roles);

	if (n == 0)
		return false;
	*m = (struct mark){HOSTILE_DELIMITER, i + n - 1, i + n};
	return true;
}

/* 32 hexadecimal digits alone on a line, as a boundary stands. */
static bool
forged_boundary(const struct units *u, size_t i, struct mark *m)
{
	size_t k = i;

	while (k < u->n && u->v[k].c < 0x80 && isxdigit((int)u->v[k].c))
		k++;
	if (k != i + 32 ||
	    (k < u->n && u->v[blanks(u, k)].c != '\n' && blanks(u, k) < u->n))
		return false;
	*m = (struct mark){HOSTILE_DELIMITER, i + 16, k};
	return true;
}

typedef bool mark_fn(const struct units *u, size_t i, struct mark *m);
static mark_fn *const anywhere[] = {piped, bracketed, forged_line};
static mark_fn *const lines[] = {forged_heading, forged_role, forged_boundary};
#define COUNT(table) (sizeof(table) / sizeof(*(table)))

static bool
first_of(mark_fn *const *fns, size_t n, const struct units *u, size_t i,
    struct mark *m)
{
	for (size_t k = 0; k < n; k++)
		if (fns[k](u, i, m))
			return true;
	return false;
}

static bool
mark_at(const struct units *u, size_t i, bool begins, struct mark *m)
{
	uint32_t c = u->v[i].c;

	if ((c == '<' || c == '[' || c == '{') &&
	    first_of(anywhere, COUNT(anywhere), u, i, m))
		return true;
	return begins && first_of(lines, COUNT(lines), u, i, m);
}

/* Whether a text could hold a mark: what each begins with or holds, and a full
 * boundary's length of hexadecimal digits. */
static bool
may_hold_marks(const char *s)
{
	/* clang-format off */
	static const uint8_t told[256] = { ['0'] = 1, ['1'] = 1, ['2'] = 1,
	    ['3'] = 1, ['4'] = 1, ['5'] = 1, ['6'] = 1, ['7'] = 1, ['8'] = 1,
	    ['9'] = 1, ['a'] = 1, ['b'] = 1, ['c'] = 1, ['d'] = 1, ['e'] = 1,
	    ['f'] = 1, ['A'] = 1, ['B'] = 1, ['C'] = 1, ['D'] = 1, ['E'] = 1,
	    ['F'] = 1, [0xef] = 32, ['<'] = 32, ['['] = 32, ['{'] = 32,
	    ['='] = 32, ['#'] = 32, [':'] = 32 };
	/* clang-format on */
	unsigned digits = 0, one;

	for (; *s != '\0'; s++) {
		one = told[(unsigned char)*s];
		digits = one != 0 ? digits + one : 0;
		if (digits >= 32)
			return true;
	}
	return false;
}

/* Breaks the marks of a text; NULL where nothing need be written. */
static void
find_marks(const char *s, struct buf *out, struct hostile *found)
{
	bool begins = true;
	struct units u;
	struct mark m;
	size_t i, from = 0;

	if (!may_hold_marks(s)) {
		if (out != NULL)
			buf_adds(out, s);
		return;
	}
	units_read(s, &u);
	for (i = 0; i < u.n; i++) {
		if (mark_at(&u, i, begins, &m)) {
			found->n[m.kind]++;
			if (out != NULL) {
				buf_add(out, s + from, u.v[m.cut].at - from);
				buf_addc(out, ' ');
			}
			from = u.v[m.cut].at;
			i = m.end - 1;
			begins = false;
			continue;
		}
		begins = u.v[i].c == '\n' ||
			 (begins && (u.v[i].c == ' ' || u.v[i].c == '\t'));
	}
	if (out != NULL)
		buf_adds(out, s + from);
	free(u.v);
}

/* ---- the whole ---- */

void
hostile_read(const char *text, struct hostile *found)
{
	char *stripped = is_plain(text) ? NULL : strip(text, found);
	const char *seen = stripped != NULL ? stripped : text;

	find_marks(seen, NULL, found);
	speech_read(seen, found);
	free(stripped);
}

char *
hostile_cleaned(const char *text)
{
	struct hostile found = {{0}};

	return strip(text, &found);
}

char *
hostile_neutral(const char *text)
{
	struct hostile found = {{0}};
	char *stripped = strip(text, &found);
	struct buf out = {0};

	find_marks(stripped, &out, &found);
	free(stripped);
	return out.data != NULL ? buf_take(&out) : xstrdup("");
}

bool
hostile_any(const struct hostile *found)
{
	for (int i = 0; i < HOSTILE_KINDS; i++)
		if (found->n[i] > 0)
			return true;
	return false;
}

enum hostile_done
hostile_given(const struct hostile *found)
{
	enum hostile_done done = HOSTILE_NOTHING;

	for (int i = 0; i < HOSTILE_KINDS; i++)
		if (found->n[i] > 0 && kinds[i].given > done)
			done = kinds[i].given;
	return done;
}

enum hostile_done
hostile_replied(const struct hostile *found)
{
	enum hostile_done done = HOSTILE_NOTHING;

	for (int i = 0; i < HOSTILE_KINDS; i++)
		if (found->n[i] > 0 && kinds[i].replied > done)
			done = kinds[i].replied;
	return done;
}

enum hostile_kind
hostile_drops(const struct hostile *found)
{
	int i = HOSTILE_KINDS - 1;

	while (
	    i >= 0 && (found->n[i] == 0 || kinds[i].replied != HOSTILE_DROPPED))
		i--;
	return i >= 0 ? (enum hostile_kind)i : HOSTILE_KINDS;
}

json_t *
hostile_json(const struct hostile *found)
{
	json_t *o = json_object();

	for (int i = 0; i < HOSTILE_KINDS; i++)
		if (found->n[i] > 0)
			json_object_set_new(
			    o, hostile_names[i], json_integer(found->n[i]));
	return o;
}

void
hostile_of(const json_t *o, struct hostile *found)
{
	json_int_t n;

	for (int i = 0; i < HOSTILE_KINDS; i++) {
		n = json_integer_value(json_object_get(o, hostile_names[i]));
		found->n[i] = n > 0 && n < INT32_MAX ? (int)n : 0;
	}
}
