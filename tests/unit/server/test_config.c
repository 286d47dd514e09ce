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

/* The manual lists every setting of an endpoint. */
static void
test_manual(void **state)
{
	static char text[65536];
	FILE *f = fopen("config/man/caucusd.conf.5", "r");
	const struct endpoint_setting *row;

	(void)state;
	assert_non_null(f);
	text[fread(text, 1, sizeof text - 1, f)] = '\0';
	fclose(f);
	for (row = endpoint_settings; row->name != NULL; row++)
		if (strstr(text, row->name) == NULL)
			fail_msg("%s is not in caucusd.conf(5)", row->name);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_whole),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_incomplete),
	    cmocka_unit_test(test_many),
	    cmocka_unit_test(test_manual),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
