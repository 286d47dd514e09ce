#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "server/config.h"

static char path[] = "/tmp/caucus-config-XXXXXX";

static int
setup(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd == -1 ? -1 : close(fd);
}

static int
teardown(void **state)
{
	(void)state;
	return unlink(path);
}

static int
read_text(struct config *c, const char *text, struct err *err)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	config_default(c);
	memset(err, 0, sizeof *err);
	return config_read(c, path, err);
}

static void
test_whole(void **state)
{
	struct config c;
	struct err err;

	(void)state;
	assert_int_equal(
	    read_text(&c,
		"; a comment\n[daemon]\nsocket = /run/s\nendpoint = b\n"
		"[limits]\nrate = 7\n"
		"[endpoint a]\nurl = https://a.example.org/v1\nmodel = m\n"
		"[endpoint b]\nurl=http://127.0.0.1:8000/v1\nmodel=n ; why\n"
		"window = 4\n",
		&err),
	    0);
	c.server.journal = "/given";
	assert_int_equal(config_ready(&c, &err), 0);
	assert_string_equal(c.server.socket, "/run/s");
	assert_string_equal(c.server.journal, "/given");
	assert_string_equal(c.server.endpoint, "b");
	assert_int_equal(c.limits[LIMIT_RATE], 7);
	assert_int_equal(c.server.nendpoints, 2);
	assert_string_equal(c.endpoints[1]->model, "n");
	assert_int_equal(c.endpoints[1]->window, 4);
	assert_int_equal(c.endpoints[0]->window, 32);
	config_clear(&c);
}

/* Each refusal names the file and the line. */
static void
test_refused(void **state)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
	    {"[daemon]\ncolour = red\n", "line 2: [daemon] has no setting"},
	    {"\n[limits]\nrate = x\n", "line 3: rate takes"},
	    {"[limits]\nspeed = 1\n", "line 2: no setting"},
	    {"[endpoint a]\nwindow = 0\n", "line 2: endpoint a: window"},
	    {"[endpoint offline]\nurl = x\n", "line 2: an endpoint's name"},
	    {"[endpoint]\nurl = x\n", "line 2: there is no section"},
	    {"[endpoints a]\nurl = x\n", "line 2: there is no section"},
	    {"socket = /run/s\n", "line 1: there is no section"},
	    {"[daemon\n", "line 1: neither"},
	    {"[daemon]\nlog_level = loud\n", "line 2: log_level takes one"},
	    {"[limits]\nrate = 7\n  queue = x\n", "line 3: queue takes"},
	    {"[daemon]\nsocket = "
	     "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	     "aaaaaaaaaaaaaaaaa\n",
		"line 2: too long"},
	    {"[daemon]\nsocket =; /s\n", "line 2: the value of socket"},
	    {"[daemon]\nsocket =\n", "line 2: socket is empty"},
	    {"[daemon]\nsocket\n", "line 2: neither"},
	};
	struct config c;
	struct err err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_int_equal(read_text(&c, rows[i].text, &err), -1);
		if (strstr(err.text, path) == NULL ||
		    strstr(err.text, rows[i].says) == NULL)
			fail_msg("%s: %s", rows[i].text, err.text);
		config_clear(&c);
	}
	config_default(&c);
	assert_int_equal(config_read(&c, "/nonexistent", &err), -1);
	assert_non_null(strstr(err.text, "/nonexistent"));
	config_clear(&c);
}

/* What a section leaves out is found when all has been read. */
static void
test_incomplete(void **state)
{
	struct config c;
	struct err err;

	(void)state;
	assert_int_equal(read_text(&c, "[endpoint a]\nmodel = m\n", &err), 0);
	assert_int_equal(config_ready(&c, &err), -1);
	assert_non_null(strstr(err.text, "endpoint a: url"));
	config_clear(&c);
}

static void
test_many(void **state)
{
	struct config c;
	struct err err;
	char name[16];
	int i;

	(void)state;
	config_default(&c);
	for (i = 0; i < ENDPOINTS_MAX; i++) {
		snprintf(name, sizeof name, "e%d", i);
		assert_non_null(config_endpoint(&c, name, &err));
		assert_non_null(config_endpoint(&c, name, &err));
	}
	assert_int_equal(c.server.nendpoints, ENDPOINTS_MAX);
	assert_null(config_endpoint(&c, "more", &err));
	assert_int_equal(err.code, ERR_LIMIT_REACHED);
	config_clear(&c);
}

/* What is shown reads back to the same. */
static void
test_show(void **state)
{
	struct buf first = {0}, second = {0};
	struct config c;
	struct err err;

	(void)state;
	assert_int_equal(
	    read_text(&c,
		"[daemon]\nsocket = /run/s\nlog_level = info\n"
		"[limits]\nrate = 7\n"
		"[endpoint a]\nurl = https://a.example.org/v1\nmodel = m\n"
		"local = yes\nwindow = 4\n"
		"[endpoint b]\nformat = none\n",
		&err),
	    0);
	config_show(&c, &first);
	config_clear(&c);
	assert_non_null(strstr(first.data, "\nlog_level = info\n"));
	assert_non_null(strstr(first.data, "\nrate = 7\n"));
	assert_non_null(strstr(first.data, "\n;queue = 100000\n"));
	assert_non_null(strstr(first.data, "\nlocal = yes\n"));
	assert_non_null(strstr(first.data, "\nformat = none\n"));
	assert_int_equal(read_text(&c, first.data, &err), 0);
	config_show(&c, &second);
	assert_string_equal(first.data, second.data);
	config_clear(&c);
	buf_free(&first);
	buf_free(&second);
}

/* What is fixed stays and is told; the rest is taken. */
static void
test_apply(void **state)
{
	static const struct {
		const char *text;
		int changes;
	} rows[] = {
	    {"[limits]\nrate = 8\n[endpoint a]\nmodel = m\n", 0},
	    {"[limits]\nqueue = 8\n[endpoint a]\nmodel = m\n", 1},
	    {"[limits]\nqueue = 8\n[endpoint a]\nmodel = n\n", 2},
	    {"[daemon]\nsocket = /s\n[endpoint a]\nmodel = m\n", 1},
	};
	int64_t values[LIMITS];
	struct config c;
	struct err err;
	json_t *was;
	size_t i;

	(void)state;
	assert_int_equal(
	    read_text(&c, "[limits]\nrate=7\n[endpoint a]\nmodel=m\n", &err),
	    0);
	was = config_fixed(&c);
	config_clear(&c);
	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		limits_default(values);
		values[LIMIT_RATE] = 7;
		assert_int_equal(read_text(&c, rows[i].text, &err), 0);
		assert_int_equal(
		    config_apply(&c, was, values), rows[i].changes);
		assert_int_equal(values[LIMIT_RATE], c.limits[LIMIT_RATE]);
		assert_int_equal(values[LIMIT_QUEUE], limits[LIMIT_QUEUE].def);
		config_clear(&c);
	}
	/* An endpoint that has gone is told by each of its settings. */
	assert_int_equal(read_text(&c, "", &err), 0);
	assert_true(config_apply(&c, was, values) > 0);
	config_clear(&c);
	json_decref(was);
}

static void
file_text(const char *name, char *text, size_t size)
{
	FILE *f = fopen(name, "r");

	assert_non_null(f);
	text[fread(text, 1, size - 1, f)] = '\0';
	fclose(f);
}

static void
in_manual_cb(const struct config_item *item, void *arg)
{
	char line[80];

	if (strcmp(item->section, "limits") == 0)
		return; /* caucusd(8) has these: tests/system/test_docs.c */
	snprintf(line, sizeof line, " %s\n", item->name);
	if (strstr(arg, line) != NULL)
		return;
	snprintf(line, sizeof line, " %s ,", item->name);
	if (strstr(arg, line) == NULL)
		fail_msg("%s is not in caucusd.conf(5)", item->name);
}

/* The manual lists every setting. */
static void
test_manual(void **state)
{
	static char text[65536];
	struct config c;

	(void)state;
	file_text("config/man/caucusd.conf.5", text, sizeof text);
	config_default(&c);
	config_each(&c, in_manual_cb, text);
	config_clear(&c);
}

/* The sample file is what the tables say: `make sample`. */
static void
test_sample(void **state)
{
	static char text[65536];
	struct buf shown = {0};
	struct config c;

	(void)state;
	file_text("config/caucusd.conf", text, sizeof text);
	config_default(&c);
	config_show(&c, &shown);
	if (strcmp(text, shown.data) != 0)
		fail_msg("config/caucusd.conf is not what the tables of "
			 "settings say; run: make sample");
	config_clear(&c);
	buf_free(&shown);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_whole),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_incomplete),
	    cmocka_unit_test(test_many),
	    cmocka_unit_test(test_show),
	    cmocka_unit_test(test_apply),
	    cmocka_unit_test(test_manual),
	    cmocka_unit_test(test_sample),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
