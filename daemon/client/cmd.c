#include "client/cmd.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "client/place.h"
#include "client/words.h"

#define TEXT_MAX ((size_t)1 << 20)

void
cmd_clear(struct cmd *c)
{
	link_close(c->link);
	wallet_free(&c->wallet);
	free(c->passes);
	messages_free(c->words);
	free(c->socket);
	free(c->args);
	free(c->given);
}

/* ---- what was asked ---- */

bool
cmd_flag(const struct cmd *c, const char *name)
{
	size_t i;

	for (i = 0; i < c->ngiven; i++)
		if (strcmp(c->given[i].name, name) == 0)
			return true;
	return false;
}

const char *
cmd_option(const struct cmd *c, const char *name, size_t n)
{
	size_t i;

	for (i = 0; i < c->ngiven; i++)
		if (strcmp(c->given[i].name, name) == 0 && n-- == 0)
			return c->given[i].value;
	return NULL;
}

/* One word for the shell. */
static void
add_word(struct buf *out, const char *option, const char *value)
{
	size_t i;

	buf_addf(out, " %s ", option);
	for (i = 0; value[i] != '\0' && (isalnum((unsigned char)value[i]) ||
					    strchr("/._-", value[i]) != NULL);)
		i++;
	if (value[i] == '\0') {
		buf_adds(out, value);
		return;
	}
	buf_addc(out, '\'');
	for (; *value != '\0'; value++)
		if (*value == '\'')
			buf_adds(out, "'\\''");
		else
			buf_addc(out, *value);
	buf_addc(out, '\'');
}

char *
cmd_suffix(const struct cmd *c)
{
	static const struct {
		const char *name, *option;
	} rows[] = {{"socket", "--socket"}, {"session", "-s"}, {"as", "--as"}};
	struct buf b = {0};
	const char *value;
	size_t i;

	for (i = 0; i < sizeof rows / sizeof *rows; i++)
		if ((value = cmd_option(c, rows[i].name, 0)) != NULL)
			add_word(&b, rows[i].option, value);
	return buf_take(&b);
}

static void
say_type(struct cmd *c, const char *what)
{
	char *text = message_text(c->words, MSG_TYPE_TEXT, "what", what, NULL);

	term_say(&c->err, 0, STYLE_DIM, "%s", text);
	free(text);
}

char *
cmd_text(struct cmd *c, size_t n, const char *what, int *code)
{
	struct err err;
	char *text;
	size_t len;

	if (n < c->nargs && strcmp(c->args[n], "-") != 0)
		return xstrdup(c->args[n]);
	if (isatty(STDIN_FILENO))
		say_type(c, what);
	text = place_read("-", TEXT_MAX, &len, &err);
	if (text == NULL) {
		*code = cmd_fail(c, EXIT_FILE, &err);
		return NULL;
	}
	while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r'))
		text[--len] = '\0';
	if (len == 0) {
		free(text);
		*code = cmd_usage(c, "there is no text: give it as an "
				     "argument or on standard input");
		return NULL;
	}
	if (strlen(text) < len || !text_valid(text, len)) {
		free(text);
		*code = cmd_usage(c,
		    "standard input is not a text: it must be UTF-8 without "
		    "NUL bytes");
		return NULL;
	}
	return text;
}

bool
cmd_confirm(struct cmd *c, enum message question)
{
	const char *yes = message(c->words, MSG_CONFIRM_YES);
	char answer[32];
	size_t n;

	if (!isatty(STDIN_FILENO))
		return false;
	fprintf(c->err.f, "%s %s ", message(c->words, question),
	    message(c->words, MSG_CONFIRM_HINT));
	fflush(c->err.f);
	if (fgets(answer, sizeof answer, stdin) == NULL)
		return false;
	answer[strcspn(answer, "\n")] = '\0';
	for (; *yes != '\0'; yes += n + (yes[n] == '|')) {
		n = strcspn(yes, "|");
		if (strlen(answer) == n && strncasecmp(answer, yes, n) == 0)
			return true;
	}
	return false;
}

long long
cmd_seconds(const char *s)
{
	static const char units[] = "smhd";
	static const long long each[] = {1, 60, 3600, 86400};
	const char *unit;
	long long v;
	char *end;

	if (!isdigit((unsigned char)*s))
		return -1;
	errno = 0;
	v = strtoll(s, &end, 10);
	if (errno != 0 || v < 1 || v > 1000000000)
		return -1;
	if (*end == '\0')
		return v;
	unit = strchr(units, *end);
	return unit != NULL && end[1] == '\0' ? v * each[unit - units] : -1;
}

void
cmd_key(char out[33])
{
	struct entropy e = {.left = 0};
	uint8_t bytes[16];

	entropy_fill(&e, bytes, sizeof bytes);
	hex_encode(bytes, sizeof bytes, out);
}

/* ---- saying ---- */

int
cmd_speak(struct cmd *c, const char *session)
{
	struct err err;

	if (c->spoken)
		return EXIT_OK;
	if (words_load(
		cmd_option(c, "language", 0), session, &c->words, &err) == -1)
		return cmd_fail(c, EXIT_FILE, &err);
	c->spoken = true;
	c->out.words = c->err.words = c->words;
	return EXIT_OK;
}

int
cmd_speak_own(struct cmd *c)
{
	const char *env = getenv("CAUCUS_LANGUAGE");

	return cmd_option(c, "language", 0) != NULL ||
		       (env != NULL && *env != '\0')
		   ? cmd_speak(c, NULL)
		   : EXIT_OK;
}

static void
fail_json(const struct err *err)
{
	json_t *o = json_pack("{s:{s:s,s:s}}", "error", "name",
	    err_row(err->code)->name, "message", err->text);
	char *line;

	if (err->field[0] != '\0')
		json_object_set_new(json_object_get(o, "error"), "field",
		    json_string(err->field));
	line = json_dumps(o, JSON_COMPACT);
	fprintf(stderr, "%s\n", line);
	free(line);
	json_decref(o);
}

int
cmd_fail(struct cmd *c, int code, const struct err *err)
{
	struct err said = *err;

	term_live_clear(&c->out);
	/* Until a language is settled the daemon's words stand. */
	if (c->spoken)
		err_translate(&said, c->words);
	if (c->json)
		fail_json(&said);
	else
		term_say(&c->err, 0, STYLE_PLAIN, "caucus %s: %s",
		    c->command->name, said.text);
	return code;
}

int
cmd_usage(struct cmd *c, const char *fmt, ...)
{
	struct err err;
	va_list ap;
	char *why;

	va_start(ap, fmt);
	if (vasprintf(&why, fmt, ap) < 0)
		why = xstrdup("");
	va_end(ap);
	err_set(&err, ERR_INVALID_PARAMS, NULL, "%s", why);
	if (c->json)
		fail_json(&err);
	else {
		term_say(&c->err, 0, STYLE_PLAIN, "caucus %s: %s",
		    c->command->name, why);
		term_say(&c->err, 0, STYLE_DIM, "`caucus %s --help` shows how",
		    c->command->name);
	}
	free(why);
	return EXIT_USAGE;
}

bool
cmd_json(struct cmd *c, const json_t *value)
{
	char *line;

	if (!c->json)
		return false;
	line = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
	fprintf(c->out.f, "%s\n", line);
	free(line);
	return true;
}

void
cmd_say_taken(struct cmd *c, char *text)
{
	term_say(&c->out, 0, STYLE_PLAIN, "%s", text);
	free(text);
}

void
cmd_advise_taken(struct cmd *c, char *text)
{
	const char *lead = message(c->words, MSG_LABEL_NEXT);

	if (!c->json)
		term_text(&c->out, 0, (int)text_width(lead) + 1, STYLE_DIM,
		    lead, text);
	free(text);
}

void
cmd_hint(struct cmd *c, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = xstrdup("");
	va_end(ap);
	cmd_advise_taken(c, text);
}

/* ---- the daemon ---- */

int
cmd_connect(struct cmd *c)
{
	struct err err;

	if (c->link != NULL)
		return EXIT_OK;
	c->socket = place_socket(cmd_option(c, "socket", 0));
	if (wallet_load(c->socket, &c->wallet, &err) == -1)
		return cmd_fail(c, EXIT_FILE, &err);
	c->link = link_open(c->socket, LINK_CONNECT_MS, &err);
	if (c->link == NULL)
		return cmd_fail(c, EXIT_UNREACHABLE, &err);
	return cmd_speak_own(c);
}

enum link_answer
cmd_present(struct cmd *c, const struct pass *p, struct err *err)
{
	enum link_answer r;
	json_t *result;

	r = link_call(c->link, "connection.authenticate",
	    json_pack("{s:s}", "token", p->token), &result, err);
	json_decref(result);
	return r;
}

enum link_answer
cmd_reopen(struct cmd *c, struct err *err)
{
	enum link_answer r = LINK_OK;
	size_t i;

	link_close(c->link);
	c->link = link_open(c->socket, LINK_CONNECT_MS, err);
	if (c->link == NULL)
		return LINK_DOWN;
	for (i = 0; i < c->npasses && r == LINK_OK; i++)
		r = cmd_present(c, c->passes[i], err);
	return r;
}

static bool
may_repeat(const char *method, const json_t *params)
{
	static const char *const reads[] = {"connection.info", "session.get",
	    "session.list", "session.terms", "session.export", NULL};
	size_t i;

	for (i = 0; reads[i] != NULL; i++)
		if (strcmp(reads[i], method) == 0)
			return true;
	return json_object_get(params, "key") != NULL;
}

enum link_answer
cmd_try(struct cmd *c, const char *method, json_t *params, json_t **result,
    struct err *err)
{
	enum link_answer r;
	json_t *unwanted = NULL;

	if (result == NULL)
		result = &unwanted;
	if (params == NULL)
		params = json_object();
	if (c->session[0] != '\0')
		json_object_set_new(params, "session", json_string(c->session));
	r = link_call(c->link, method, json_incref(params), result, err);
	if (r == LINK_DOWN && !c->follows && may_repeat(method, params) &&
	    cmd_reopen(c, err) == LINK_OK)
		r = link_call(
		    c->link, method, json_incref(params), result, err);
	json_decref(params);
	if (result == &unwanted)
		json_decref(unwanted);
	return r;
}

int
cmd_call(struct cmd *c, const char *method, json_t *params, json_t **result)
{
	struct err err;
	enum link_answer r = cmd_try(c, method, params, result, &err);

	if (r == LINK_OK)
		return EXIT_OK;
	return cmd_fail(
	    c, r == LINK_DOWN ? EXIT_UNREACHABLE : EXIT_REFUSED, &err);
}

int
cmd_view(struct cmd *c, json_t **view)
{
	int r = cmd_call(c, "session.get", NULL, view);

	if (r != EXIT_OK)
		return r;
	r = cmd_speak(c, json_string_value(json_object_get(*view, "language")));
	if (r != EXIT_OK)
		json_decref(*view);
	return r;
}
