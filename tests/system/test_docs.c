/*
 * The manual says what the tables say: methods and their parameters, errors,
 * events and their seals, notices, settings and limits.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "server/live.h"
#include "session/type.h"

static char *protocol, *daemon8;

static char *
page(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = calloc(1, 1 << 18);
	size_t n;

	assert_non_null(f);
	n = fread(text, 1, (1 << 18) - 1, f);
	assert_true(n > 0 && n < (1 << 18) - 1);
	fclose(f);
	return text;
}

static int
setup(void **state)
{
	(void)state;
	protocol = page("config/man/caucus-protocol.7");
	daemon8 = page("config/man/caucusd.8");
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	free(protocol);
	free(daemon8);
	return 0;
}

static void
needs(const char *text, const char *line)
{
	if (strstr(text, line) == NULL)
		fail_msg("the manual lacks: %s", line);
}

static size_t
count(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strstr(text, what)) != NULL; text++)
		n++;
	return n;
}

/* From `begin` to `end`, which must both be there. */
static char *
part(const char *text, const char *begin, const char *end)
{
	const char *from = strstr(text, begin), *to;

	if (from == NULL)
		fail_msg("the manual lacks: %s", begin);
	to = strstr(from + strlen(begin), end);
	assert_non_null(to);
	return strndup(from, (size_t)(to - from));
}

/* ".It Ic session.get Brq session", brackets aside. */
static void
has_method(const char *section, const struct method *m)
{
	char want[400], got[400], *item;
	size_t k, n = 0;
	const char *p;

	snprintf(want, sizeof(want), ".It Ic %s Brq", m->name);
	item = part(section, want, "\n");
	for (k = 0; m->params[k] != NULL; k++) {
		strlcat(want, k ? ", " : " ", sizeof(want));
		strlcat(want, m->params[k], sizeof(want));
	}
	for (p = item; *p != '\0' && n + 1 < sizeof(got); p++)
		if (*p != '[' && *p != ']')
			got[n++] = *p;
	got[n] = '\0';
	assert_string_equal(got, want);
	free(item);
}

static void
test_methods(void **state)
{
	char *section = part(protocol, ".Sh METHODS", ".Sh SETTINGS");
	const struct method *m;
	size_t n = 0;

	(void)state;
	for (m = methods; m->name != NULL; m++, n++)
		has_method(section, m);
	assert_int_equal(count(section, ".It Ic "), n);
	free(section);
}

static void
test_errors(void **state)
{
	char line[200], *section = part(protocol, ".Sh ERROR CODES", ".El");
	const struct err_row *row;
	int i;

	(void)state;
	for (i = ERR_NONE + 1; i < ERR_CODES; i++) {
		row = err_row((enum err_code)i);
		snprintf(line, sizeof(line), ".It %d Ta %s Ta ", row->number,
		    row->name);
		needs(section, line);
	}
	assert_int_equal(count(section, "\n.It "), ERR_CODES - 1);
	free(section);
}

/* ---- events and what is sealed in them ---- */

/* The text below the item that names this event. */
static char *
event_text(const char *type)
{
	char *section = part(protocol, ".Sh EVENTS", ".Sh RECORDINGS");
	char name[80], *from, *to, *found = NULL;
	const char *at = section;

	snprintf(name, sizeof(name), " Ic %s", type);
	while (found == NULL && (at = strstr(at, name)) != NULL) {
		at += strlen(name);
		if (*at != '\n' && *at != ' ')
			continue;
		from = strchr(at, '\n');
		to = strstr(from, "\n.It ");
		if (strstr(from, "\n.El") < to || to == NULL)
			to = strstr(from, "\n.El");
		found = strndup(from, (size_t)(to - from));
	}
	free(section);
	if (found == NULL)
		fail_msg("the manual lacks the event %s", type);
	return found;
}

static const char *const read_words[] = {[READ_ALL] = "all",
    [READ_AUTHOR] = "author",
    [READ_TEXTS] = "texts",
    [READ_NAMES] = "names",
    [READ_BALLOT] = "ballot",
    [READ_REVIEW] = "review",
    [READ_HOST] = "host",
    [READ_SIGNED] = "signed",
    [READ_END] = "end",
    [READ_NEVER] = "never"};

/* "…; sealed by, key (author), text (ballot)": the name, and the first rule
 * in brackets after it. */
static void
has_seal(const char *text, const struct seal *seal)
{
	const char *name = seal->name[0] == '*' ? "text.s1" : seal->name;
	const char *sealed = strstr(text, "sealed"), *at, *open;
	size_t n = strlen(name);

	for (at = sealed; at != NULL && (at = strstr(at, name)); at += n)
		if (strchr(" \n", at[-1]) != NULL &&
		    strchr(" ,;\n", at[n]) != NULL)
			break;
	open = at != NULL ? strchr(at, '(') : NULL;
	if (open == NULL || strncmp(open + 1, read_words[seal->rule],
				strlen(read_words[seal->rule])) != 0)
		fail_msg("%s: the manual does not say that %s is sealed (%s)",
		    seal->type, name, read_words[seal->rule]);
}

static void
test_events(void **state)
{
	const struct event_type *t;
	const struct seal *seal;
	char *text;

	(void)state;
	for (t = event_types; t->name != NULL; t++) {
		text = event_text(t->name);
		for (seal = procedures[0]->seals; seal->type != NULL; seal++)
			if (strcmp(seal->type, t->name) == 0)
				has_seal(text, seal);
		free(text);
	}
	text = part(protocol, "Who may read a body, and when:", ".El");
	for (size_t i = 0; i < sizeof(read_words) / sizeof(*read_words); i++) {
		char line[40];

		snprintf(line, sizeof(line), ".It %s\n", read_words[i]);
		needs(text, line);
	}
	free(text);
}

/* ---- settings and limits ---- */

static void
setting_line(const struct setting *s, char *line, size_t size)
{
	size_t i;

	snprintf(line, size, ".It Ic %s Pq ", s->name);
	if (s->type == SETTING_INT)
		snprintf(line + strlen(line), size - strlen(line),
		    "%lld; %lld to %lld\n", (long long)s->def,
		    (long long)s->min, (long long)s->max);
	else if (s->type == SETTING_BOOL)
		snprintf(line + strlen(line), size - strlen(line),
		    "%s; true or false\n", s->def ? "true" : "false");
	else if (s->type == SETTING_TAG)
		strlcat(line, "auto; auto or a language tag\n", size);
	else {
		strlcat(line, s->choices[s->def], size);
		for (i = 0; s->choices[i] != NULL; i++) {
			strlcat(line, i ? ", " : "; ", size);
			strlcat(line, s->choices[i], size);
		}
		strlcat(line, "\n", size);
	}
}

static void
test_settings(void **state)
{
	char line[300], *section = part(protocol, ".Sh SETTINGS", ".El");
	const struct setting *s;
	size_t n = 0;
	char *item;

	(void)state;
	for (s = procedures[0]->settings; s->name != NULL; s++, n++) {
		setting_line(s, line, sizeof(line));
		needs(section, line);
		item = part(section, line, s[1].name ? "\n.It" : "\n");
		assert_int_equal(
		    strstr(item, "Named in the terms.") != NULL, s->in_terms);
		assert_int_equal(strstr(item, "Seconds ") != NULL,
		    strcmp(s->unit, "seconds") == 0);
		assert_int_equal(strstr(item, "Characters ") != NULL,
		    strcmp(s->unit, "characters") == 0);
		free(item);
	}
	assert_int_equal(count(section, ".It Ic "), n);
	assert_int_equal(count(section, "Pq "), n);
	free(section);
}

static void
test_limits(void **state)
{
	char line[300], *section = part(daemon8, ".Ss Limits", ".El");
	int i;

	(void)state;
	for (i = 0; i < LIMITS; i++) {
		snprintf(line, sizeof(line), ".It %s Ta %lld Ta ",
		    limits[i].name, (long long)limits[i].def);
		needs(section, line);
		if (strcmp(limits[i].unit, "bytes") == 0) {
			strlcat(line, "bytes ", sizeof(line));
			needs(section, line);
		}
	}
	/* and the heading */
	assert_int_equal(count(section, "\n.It "), LIMITS + 1);
	free(section);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_methods),
	    cmocka_unit_test(test_errors),
	    cmocka_unit_test(test_events),
	    cmocka_unit_test(test_settings),
	    cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
