#include "base/message.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"

#define FIELD_MAX 24

struct row {
	const char *id, *text;
};

static const struct row rows[MESSAGES] = {
#define MESSAGE(name, id, text) [MSG_##name] = {id, text},
#include "base/message.def"
#undef MESSAGE
};

struct plural;

struct messages {
	char *text[MESSAGES];
	const struct plural *plural;
};

/* ---- plurals ---- */

static size_t
form_other(long long n)
{
	(void)n;
	return 0;
}

static size_t
form_one_other(long long n)
{
	return n != 1;
}

/* 1, 21, 31 …; 2 to 4, 22 to 24 …; all else, 11 to 14 among them. */
static size_t
form_one_few_many(long long n)
{
	long long last = n % 10, teen = n % 100;

	if (last == 1 && teen != 11)
		return 0;
	return last >= 2 && last <= 4 && (teen < 12 || teen > 14) ? 1 : 2;
}

/* As Unicode's CLDR has them for whole numbers. */
static const struct plural {
	const char *name;
	size_t forms;
	size_t (*form)(long long n);
} plurals[] = {
    {"one-other", 2, form_one_other},
    {"other", 1, form_other},
    {"one-few-many", 3, form_one_few_many},
    {.name = NULL},
};

static const struct plural *
plural_find(const char *name)
{
	const struct plural *p;

	for (p = plurals; p->name != NULL; p++)
		if (strcmp(p->name, name) == 0)
			return p;
	return NULL;
}

/* ---- fields ---- */

/* {name} or {name:form|form}; forms NULL: a plain one. */
struct field {
	char name[FIELD_MAX];
	const char *open, *forms, *close;
};

/* The next field of a text, *at behind it. */
static bool
next_field(const char **at, struct field *f)
{
	const char *open = strchr(*at, '{');
	const char *close = open != NULL ? strchr(open, '}') : NULL;
	size_t len;

	if (close == NULL)
		return false;
	f->open = open;
	f->close = close;
	f->forms = memchr(open, ':', (size_t)(close - open));
	len = (size_t)((f->forms != NULL ? f->forms : close) - open) - 1;
	if (len >= FIELD_MAX)
		return false;
	memcpy(f->name, open + 1, len);
	f->name[len] = '\0';
	if (f->forms != NULL)
		f->forms++;
	*at = close + 1;
	return true;
}

static size_t
count_forms(const struct field *f)
{
	const char *at;
	size_t n = 1;

	for (at = f->forms; at < f->close; at++)
		n += *at == '|';
	return n;
}

static bool
has_field(const char *text, const char *name)
{
	struct field f;

	while (next_field(&text, &f))
		if (f.forms == NULL && strcmp(f.name, name) == 0)
			return true;
	return false;
}

/* A field of `text` that `other` has not; false: none.  A plural goes by a
 * number that both may show. */
static bool
lacks_field(const char *text, const char *other, bool forms, struct field *f)
{
	while (next_field(&text, f))
		if ((forms || f->forms == NULL) && !has_field(other, f->name))
			return true;
	return false;
}

/* ---- reading ---- */

static int
wrong(struct err *err, const char *file, size_t line, const char *what,
    const char *which)
{
	return err_set(err, ERR_BROKEN, "messages", "%s:%zu: %s%s", file, line,
	    what, which);
}

static char *
unescape(const char *s, size_t len)
{
	char *out = xstrndup(s, len), *to = out;
	size_t i;

	for (i = 0; i < len; i++)
		if (s[i] == '\\' && i + 1 < len && s[i + 1] == 'n') {
			*to++ = '\n';
			i++;
		} else
			*to++ = s[i];
	*to = '\0';
	return out;
}

static int
find_row(const char *id, size_t len)
{
	int i;

	for (i = 0; i < MESSAGES; i++)
		if (strlen(rows[i].id) == len &&
		    strncmp(rows[i].id, id, len) == 0)
			return i;
	return -1;
}

static int
read_line(struct messages *m, const char *at, size_t len, const char *file,
    size_t line, struct err *err)
{
	const char *equals = memchr(at, '=', len), *value;
	struct field field;
	size_t n;
	int row;

	if (len == 0 || at[0] == '#')
		return 0;
	if (equals == NULL || equals - at < 2 || equals[-1] != ' ' ||
	    (size_t)(equals - at) + 2 >= len || equals[1] != ' ')
		return wrong(err, file, line, "a message is `id = text`", "");
	n = (size_t)(equals - at) - 1;
	row = find_row(at, n);
	if (row == -1)
		return wrong(err, file, line, "no message has this id", "");
	if (m->text[row] != NULL)
		return wrong(err, file, line,
		    "this message is there twice: ", rows[row].id);
	value = equals + 2;
	m->text[row] = unescape(value, len - (size_t)(value - at));
	if (lacks_field(rows[row].text, m->text[row], false, &field))
		return wrong(
		    err, file, line, "the text lacks the field ", field.name);
	if (lacks_field(m->text[row], rows[row].text, true, &field))
		return wrong(
		    err, file, line, "the message has no field ", field.name);
	return 0;
}

/* Every message is there, and has as many forms as the language. */
static int
check_whole(struct messages *m, const char *file, size_t line, struct err *err)
{
	struct field field;
	const char *at;
	size_t i;

	for (i = 0; i < MESSAGES; i++)
		if (m->text[i] == NULL)
			return wrong(err, file, line,
			    "the file ends without the message ", rows[i].id);
	m->plural = plural_find(m->text[MSG_PLURAL]);
	if (m->plural == NULL)
		return wrong(err, file, line,
		    "plural is other, one-other or one-few-many, not ",
		    m->text[MSG_PLURAL]);
	for (i = 0; i < MESSAGES; i++)
		for (at = m->text[i]; next_field(&at, &field);)
			if (field.forms != NULL &&
			    count_forms(&field) != m->plural->forms)
				return wrong(err, file, line,
				    "the language's plural has another number "
				    "of forms than the message ",
				    rows[i].id);
	return 0;
}

struct messages *
messages_read(const char *bytes, size_t len, const char *file, struct err *err)
{
	struct messages *m = xcalloc(1, sizeof *m);
	const char *at = bytes, *end = bytes + len, *stop;
	size_t line = 0;

	if (!text_valid(bytes, len)) {
		wrong(err, file, 1, "is not valid UTF-8", "");
		goto fail;
	}
	while (at < end) {
		stop = memchr(at, '\n', (size_t)(end - at));
		if (stop == NULL)
			stop = end;
		if (read_line(m, at, (size_t)(stop - at), file, ++line, err) ==
		    -1)
			goto fail;
		at = stop + 1;
	}
	if (check_whole(m, file, line, err) == 0)
		return m;
fail:
	messages_free(m);
	return NULL;
}

void
messages_free(struct messages *m)
{
	size_t i;

	if (m == NULL)
		return;
	for (i = 0; i < MESSAGES; i++)
		free(m->text[i]);
	free(m);
}

/* ---- saying ---- */

const char *
message(const struct messages *m, enum message id)
{
	return m != NULL ? m->text[id] : rows[id].text;
}

const char *
message_id(enum message id)
{
	return rows[id].id;
}

const char *
message_named(const struct messages *m, const char *group, const char *name,
    const char *fallback)
{
	char id[64];
	int row;

	snprintf(id, sizeof id, "%s.%s", group, name);
	row = find_row(id, strlen(id));
	return row == -1 ? fallback : message(m, (enum message)row);
}

struct pair {
	const char *name, *value;
	char number[24];
};
#define PAIRS_MAX 8

static void
add_form(struct buf *out, const struct messages *m, const struct field *f,
    const char *value)
{
	const struct plural *plural = m != NULL ? m->plural : plurals;
	long long n = strtoll(value, NULL, 10);
	size_t form = plural->form(n < 0 ? -n : n);
	const char *at = f->forms;

	while (form-- > 0)
		at += strcspn(at, "|}") + 1;
	buf_add(out, at, strcspn(at, "|}"));
}

/* "@phase" answers to {phase}. */
static const struct pair *
pair_find(const struct pair *pairs, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(pairs[i].name + (pairs[i].name[0] == '@'), name) ==
		    0)
			return &pairs[i];
	return NULL;
}

static const char *
pair_value(const struct messages *m, const struct pair *pair)
{
	int row;

	if (pair->name[0] != '@')
		return pair->value;
	row = find_row(pair->value, strlen(pair->value));
	return row == -1 ? pair->value : message(m, (enum message)row);
}

static char *
fill(const struct messages *m, const char *text, const struct pair *pairs,
    size_t n)
{
	const struct pair *pair;
	struct buf out = {0};
	const char *at = text;
	struct field f;

	while (next_field(&at, &f)) {
		pair = pair_find(pairs, n, f.name);
		buf_add(&out, text, (size_t)(f.open - text));
		if (pair == NULL)
			buf_add(&out, f.open, (size_t)(at - f.open));
		else if (f.forms != NULL)
			add_form(&out, m, &f, pair->value);
		else
			buf_adds(&out, pair_value(m, pair));
		text = at;
	}
	buf_adds(&out, text);
	return buf_take(&out);
}

static size_t
read_pairs(struct pair pairs[PAIRS_MAX], va_list *ap)
{
	const char *name;
	size_t n = 0;

	while (n < PAIRS_MAX && (name = va_arg(*ap, const char *)) != NULL) {
		pairs[n].name = name;
		if (name[0] == '#') {
			pairs[n].name = name + 1;
			snprintf(pairs[n].number, sizeof pairs[n].number,
			    "%lld", va_arg(*ap, long long));
			pairs[n].value = pairs[n].number;
		} else
			pairs[n].value = va_arg(*ap, const char *);
		n++;
	}
	return n;
}

char *
message_textv(const struct messages *m, enum message id, va_list ap)
{
	struct pair pairs[PAIRS_MAX];
	va_list copy;
	size_t n;

	va_copy(copy, ap);
	n = read_pairs(pairs, &copy);
	va_end(copy);
	return fill(m, message(m, id), pairs, n);
}

char *
message_text(const struct messages *m, enum message id, ...)
{
	va_list ap;
	char *text;

	va_start(ap, id);
	text = message_textv(m, id, ap);
	va_end(ap);
	return text;
}

/* ---- errors ---- */

/* Keeps the fields for another language; false where they do not fit. */
static bool
keep_pairs(struct err *err, const struct pair *pairs, size_t n)
{
	size_t i, len = 0, name, value;

	for (i = 0; i < n; i++) {
		name = strlen(pairs[i].name) + 1;
		value = strlen(pairs[i].value) + 1;
		if (name == 1 || len + name + value + 1 > sizeof err->with)
			return false;
		memcpy(err->with + len, pairs[i].name, name);
		memcpy(err->with + len + name, pairs[i].value, value);
		len += name + value;
	}
	err->with[len] = '\0';
	return true;
}

/* The fields kept, pointing into the error. */
static size_t
kept_pairs(const struct err *err, struct pair pairs[PAIRS_MAX])
{
	const char *at = err->with;
	size_t n;

	for (n = 0; n < PAIRS_MAX && *at != '\0'; n++) {
		pairs[n].name = at;
		pairs[n].value = at + strlen(at) + 1;
		at = pairs[n].value + strlen(pairs[n].value) + 1;
	}
	return n;
}

int
err_say(struct err *err, enum err_code code, const char *field, enum message id,
    ...)
{
	struct pair pairs[PAIRS_MAX];
	char *text;
	size_t n;
	va_list ap;

	if (err == NULL)
		return -1;
	va_start(ap, id);
	n = read_pairs(pairs, &ap);
	va_end(ap);
	text = fill(NULL, rows[id].text, pairs, n);
	err_set(err, code, field, "%s", text);
	free(text);
	if (keep_pairs(err, pairs, n))
		err->sentence = (int)id + 1;
	return -1;
}

void
err_translate(struct err *err, const struct messages *m)
{
	struct pair pairs[PAIRS_MAX];
	int sentence = err->sentence;
	char field[sizeof err->field], *text;

	if (sentence == 0)
		return;
	text = fill(m, message(m, (enum message)(sentence - 1)), pairs,
	    kept_pairs(err, pairs));
	strlcpy(field, err->field, sizeof field);
	err_set(err, err->code, field, "%s", text);
	err->sentence = sentence;
	free(text);
}

const char *
err_sentence(const struct err *err, json_t **with)
{
	struct pair pairs[PAIRS_MAX];
	size_t i, n;

	*with = NULL;
	if (err->sentence == 0)
		return NULL;
	*with = json_object();
	n = kept_pairs(err, pairs);
	for (i = 0; i < n; i++)
		json_object_set_new(
		    *with, pairs[i].name, json_string(pairs[i].value));
	return rows[err->sentence - 1].id;
}

void
err_take_sentence(struct err *err, const char *id, const json_t *with)
{
	struct pair pairs[PAIRS_MAX];
	const char *name;
	json_t *value;
	size_t n = 0;
	int row = find_row(id, strlen(id));

	json_object_foreach((json_t *)with, name, value) {
		if (n == PAIRS_MAX || !json_is_string(value))
			return;
		pairs[n].name = name;
		pairs[n++].value = json_string_value(value);
	}
	if (row != -1 && keep_pairs(err, pairs, n))
		err->sentence = row + 1;
}
