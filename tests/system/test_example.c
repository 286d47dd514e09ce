/*
 * The deliberation that caucus-protocol(7) shows line by line, played against
 * a daemon: what is typed is sent, what is answered must be true.
 */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "harness.h"

static struct daemon d;
static struct client c;
static json_t *words; /* SESSION and so on: what they stand for */

static int
setup(void **state)
{
	(void)state;
	words = json_object();
	return daemon_start(&d) == 0 ? client_open(&c, &d) : -1;
}

static int
teardown(void **state)
{
	(void)state;
	json_decref(words);
	client_close(&c);
	daemon_clear(&d);
	return 0;
}

static bool
is_word(const char *s)
{
	return *s != '\0' &&
	       strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == strlen(s);
}

/* What the page writes, with words replaced by what they stand for. */
static json_t *
filled(const json_t *v)
{
	json_t *out, *o, *known;
	const char *key;
	size_t i;

	if (json_is_array(v)) {
		out = json_array();
		json_array_foreach(v, i, o)
			json_array_append_new(out, filled(o));
		return out;
	}
	if (json_is_object(v)) {
		out = json_object();
		json_object_foreach((json_t *)v, key, o) {
			known = json_object_get(words, key);
			json_object_set_new(out,
			    known != NULL ? json_string_value(known) : key,
			    filled(o));
		}
		return out;
	}
	known = json_is_string(v) ? json_object_get(words, json_string_value(v))
				  : NULL;
	return known != NULL ? json_incref(known) : json_deep_copy(v);
}

/* Whether all that the page shows stands in `got`; new words are noted in
 * `found`. */
static bool
shows(const json_t *page, const json_t *got, json_t *found)
{
	const char *key, *s = json_string_value(page);
	json_t *o;
	size_t i;

	if (got == NULL)
		return false;
	if (s != NULL && strcmp(s, "...") == 0)
		return true;
	if (s != NULL && is_word(s) && json_is_string(got)) {
		o = json_object_get(found, s);
		if (o == NULL)
			json_object_set(found, s, (json_t *)got);
		return o == NULL || json_equal(o, got);
	}
	if (json_is_array(page)) {
		if (json_array_size(page) != json_array_size(got))
			return false;
		json_array_foreach(page, i, o)
			if (!shows(o, json_array_get(got, i), found))
				return false;
		return true;
	}
	if (!json_is_object(page))
		return json_equal(page, got);
	json_object_foreach((json_t *)page, key, o)
		if (!shows(o, json_object_get(got, key), found))
			return false;
	return true;
}

static bool
true_of(const json_t *page, const json_t *got)
{
	json_t *want = filled(page), *found = json_deep_copy(words);
	bool yes = shows(want, got, found);

	if (yes)
		json_object_update(words, found);
	json_decref(found);
	json_decref(want);
	return yes;
}

/* A notification that says this comes, within 10 s. */
static void
hear(const json_t *page, const char *line)
{
	json_t *note;
	size_t i;
	int tries;

	for (tries = 0; tries < 1000; tries++) {
		json_array_foreach(c.notes, i, note)
			if (true_of(page, note))
				return;
		json_decref(client_call(&c, "connection.ping", json_object()));
		poll(NULL, 0, 10);
	}
	fail_msg("the daemon never said: %s", line);
}

static json_t *
type(const json_t *page)
{
	json_t *m = filled(page), *answer;
	char *text = json_dumps(m, JSON_COMPACT);

	assert_int_equal(client_send(&c, text, strlen(text)), 0);
	assert_int_equal(client_send(&c, "\n", 1), 0);
	answer = client_answer(&c);
	assert_non_null(answer);
	free(text);
	json_decref(m);
	return answer;
}

static void
play(const char *line, json_t **answer)
{
	json_t *page = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
	char *got;

	if (page == NULL)
		fail_msg("not JSON: %s", line);
	if (json_object_get(page, "method") == NULL) {
		if (!true_of(page, *answer)) {
			got = json_dumps(*answer, 0);
			fail_msg("the page shows:\n%s\nthe daemon said:\n%s",
			    line, got);
		}
	} else if (json_object_get(page, "id") != NULL) {
		json_decref(*answer);
		*answer = type(page);
	} else
		hear(page, line);
	json_decref(page);
}

static void
test_example(void **state)
{
	FILE *f = fopen("config/man/caucus-protocol.7", "r");
	bool inside = false;
	char line[2000];
	json_t *answer = NULL;
	int n = 0;

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, ".Sh ", 4) == 0)
			inside = strcmp(line, ".Sh EXAMPLES") == 0;
		if (inside && line[0] == '{') {
			play(line, &answer);
			n++;
		}
	}
	fclose(f);
	json_decref(answer);
	assert_true(n > 30);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_example),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
