#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "llm/endpoint.h"
#include "llm/provider.h"

#define SECRET "sk-unit-test-secret"

static char dir[] = "/tmp/caucus-endpoint-XXXXXX";
static char key_path[64];

static int
setup(void **state)
{
	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(key_path, sizeof(key_path), "%s/key", dir);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	unlink(key_path);
	return rmdir(dir);
}

static void
write_key(const char *bytes, mode_t mode)
{
	FILE *f = fopen(key_path, "w");

	assert_non_null(f);
	fputs(bytes, f);
	fclose(f);
	assert_int_equal(chmod(key_path, mode), 0);
}

static struct endpoint *
make(const char *url)
{
	struct err err = {0};
	struct endpoint *e = endpoint_new("one", &err);

	assert_non_null(e);
	assert_int_equal(endpoint_set(e, "url", url, &err), 0);
	assert_int_equal(endpoint_set(e, "model", "m-1", &err), 0);
	return e;
}

static void
test_names(void **state)
{
	static const char *const bad[] = {"", "offline", "Ab", "a b", "a/b",
	    "a\n", "01234567890123456789012345678901"};
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_null(endpoint_new(bad[i], &err));
	endpoint_free(endpoint_new("a.b-c_9", &err));
	endpoint_free(NULL);
}

static void
test_settings(void **state)
{
	static const struct {
		const char *name, *value;
		enum err_code code;
	} rows[] = {
	    {"window", "8", ERR_NONE},
	    {"window", "0", ERR_BAD_SETTING},
	    {"window", "1025", ERR_BAD_SETTING},
	    {"window", "8x", ERR_BAD_SETTING},
	    {"window", "", ERR_BAD_SETTING},
	    {"timeout_ms", "99999999999999999999", ERR_BAD_SETTING},
	    {"local", "yes", ERR_NONE},
	    {"local", "1", ERR_BAD_SETTING},
	    {"format", "json_object", ERR_NONE},
	    {"format", "xml", ERR_BAD_SETTING},
	    {"provider", "openai", ERR_NONE},
	    {"provider", "offline", ERR_BAD_SETTING},
	    {"provider", "acme", ERR_BAD_SETTING},
	    {"colour", "red", ERR_UNKNOWN_SETTING},
	};
	struct endpoint *e = make("https://llm.example.org/v1");
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		memset(&err, 0, sizeof(err));
		endpoint_set(e, rows[i].name, rows[i].value, &err);
		if (err.code != rows[i].code)
			fail_msg("%s = %s: %s", rows[i].name, rows[i].value,
			    err.text);
	}
	assert_int_equal(e->window, 8);
	assert_true(e->local);
	assert_int_equal(e->can.format, FORMAT_OBJECT);
	assert_int_equal(e->timeout_ms, 120000);
	endpoint_free(e);
}

/* Each refusal says what would allow it, or what to write instead. */
static void
test_urls(void **state)
{
	static const struct {
		const char *url, *local, *says;
	} rows[] = {
	    {"https://llm.example.org/v1/", "no", NULL},
	    {"http://127.0.0.1:8000/v1", "no", NULL},
	    {"http://localhost:11434/v1", "no", NULL},
	    {"http://[::1]:8000/v1", "no", NULL},
	    {"http://llm.example.org/v1", "yes", NULL},
	    {"http://llm.example.org/v1", "no", "local = yes"},
	    {"http://localhost.example.org/v1", "no", "local = yes"},
	    {"http://127.0.0.1.example.org/v1", "no", "local = yes"},
	    {"https://10.0.0.5/v1", "no", "addresses = private"},
	    {"https://[fd12::1]/v1", "no", "addresses = private"},
	    {"https://10.0.0.5/v1", "yes", NULL},
	    {"http://192.168.1.9/v1", "yes", NULL},
	    {"http://169.254.169.254/v1", "yes", "addresses = any"},
	    {"https://[fe80::1]/v1", "yes", "addresses = any"},
	    {"https://[::ffff:169.254.169.254]/v1", "no", "addresses = any"},
	    {"https://0.0.0.0/v1", "no", "addresses = any"},
	    {"ftp://llm.example.org/v1", "yes", "https://"},
	    {"file:///etc/passwd", "yes", "url"},
	    {"https://user@llm.example.org/v1", "no", "key_file"},
	    {"https://u:p@llm.example.org/v1", "no", "key_file"},
	    {"https://llm.example.org/v1?key=x", "no", "query"},
	    {"https://llm.example.org/v1#x", "no", "fragment"},
	    {"llm.example.org", "no", "https://"},
	    {"", "no", "missing"},
	};
	struct endpoint *e;
	struct err err;
	int r;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		e = make(rows[i].url);
		endpoint_set(e, "local", rows[i].local, &err);
		memset(&err, 0, sizeof(err));
		r = endpoint_ready(e, &err);
		if ((rows[i].says == NULL) != (r == 0) ||
		    (rows[i].says != NULL &&
			strstr(err.text, rows[i].says) == NULL))
			fail_msg("%s: %d %s", rows[i].url, r, err.text);
		endpoint_free(e);
	}
}

static void
test_words(void **state)
{
	struct endpoint *e = make("https://llm.example.org:8443/v1/"), *off;
	struct err err;
	char *words;

	(void)state;
	assert_int_equal(endpoint_ready(e, &err), 0);
	assert_string_equal(e->url, "https://llm.example.org:8443/v1");
	words = endpoint_words(e, NULL);
	assert_string_equal(
	    words, "the language model m-1 at llm.example.org (endpoint one)");
	free(words);
	endpoint_free(e);
	off = endpoint_offline();
	words = endpoint_words(off, NULL);
	assert_non_null(strstr(words, "no language model"));
	free(words);
	endpoint_free(off);
}

/* ---- keys ---- */

static void
test_key_file(void **state)
{
	static const struct {
		const char *bytes;
		mode_t mode;
		const char *says;
	} rows[] = {
	    {SECRET, 0600, NULL},
	    {SECRET "\n", 0400, NULL},
	    {SECRET "\r\n", 0600, NULL},
	    {SECRET, 0640, "chmod 600"},
	    {SECRET, 0604, "chmod 600"},
	    {"", 0600, "key alone"},
	    {"\n", 0600, "key alone"},
	    {SECRET "\nX-Other: 1\n", 0600, "key alone"},
	    {"Bearer " SECRET, 0600, "key alone"},
	    {"k\xc3\xa4y", 0600, "key alone"},
	};
	struct endpoint *e;
	struct err err;
	int r;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		unlink(key_path);
		write_key(rows[i].bytes, rows[i].mode);
		e = make("https://llm.example.org/v1");
		endpoint_set(e, "key_file", key_path, &err);
		memset(&err, 0, sizeof(err));
		r = endpoint_ready(e, &err);
		if (rows[i].says == NULL) {
			assert_int_equal(r, 0);
			assert_string_equal(e->key, SECRET);
		} else {
			assert_int_equal(r, -1);
			assert_non_null(strstr(err.text, rows[i].says));
			/* An error never quotes it. */
			assert_null(strstr(err.text, SECRET));
		}
		endpoint_free(e);
	}
}

/* A core of a process that has read a key would hold it. */
static void
test_no_core(void **state)
{
	struct endpoint *e = make("https://llm.example.org/v1");
	struct err err;

	(void)state;
#ifdef __SANITIZE_ADDRESS__
	endpoint_free(e);
	skip(); /* the leak checker needs what forbids cores */
#endif
	prctl(PR_SET_DUMPABLE, 1);
	unlink(key_path);
	write_key(SECRET, 0600);
	endpoint_set(e, "key_file", key_path, &err);
	assert_int_equal(endpoint_ready(e, &err), 0);
	assert_int_equal(prctl(PR_GET_DUMPABLE), 0);
	prctl(PR_SET_DUMPABLE, 1);
	endpoint_free(e);
}

static void
test_key_elsewhere(void **state)
{
	struct endpoint *e = make("https://llm.example.org/v1");
	struct err err = {0};

	(void)state;
	endpoint_set(e, "key_env", "CAUCUS_TEST_KEY", &err);
	unsetenv("CAUCUS_TEST_KEY");
	assert_int_equal(endpoint_ready(e, &err), -1);
	endpoint_free(e);

	setenv("CAUCUS_TEST_KEY", SECRET, 1);
	e = make("https://llm.example.org/v1");
	endpoint_set(e, "key_env", "CAUCUS_TEST_KEY", &err);
	assert_int_equal(endpoint_ready(e, &err), 0);
	assert_string_equal(e->key, SECRET);
	endpoint_free(e);

	unlink(key_path);
	write_key(SECRET, 0440); /* as systemd hands them over */
	setenv("CREDENTIALS_DIRECTORY", dir, 1);
	e = make("https://llm.example.org/v1");
	endpoint_set(e, "credential", "key", &err);
	assert_int_equal(endpoint_ready(e, &err), 0);
	assert_string_equal(e->key, SECRET);
	endpoint_free(e);

	e = make("https://llm.example.org/v1");
	endpoint_set(e, "credential", "../key", &err);
	assert_int_equal(endpoint_ready(e, &err), -1);
	endpoint_free(e);

	e = make("https://llm.example.org/v1");
	endpoint_set(e, "credential", "key", &err);
	endpoint_set(e, "key_env", "CAUCUS_TEST_KEY", &err);
	assert_int_equal(endpoint_ready(e, &err), -1);
	assert_non_null(strstr(err.text, "exclude"));
	endpoint_free(e);
	unsetenv("CREDENTIALS_DIRECTORY");
}

static void
test_no_key_file(void **state)
{
	struct endpoint *e = make("https://llm.example.org/v1");
	struct err err = {0};

	(void)state;
	endpoint_set(e, "key_file", "/nonexistent/key", &err);
	assert_int_equal(endpoint_ready(e, &err), -1);
	endpoint_free(e);
	e = make("https://llm.example.org/v1");
	endpoint_set(e, "key_file", dir, &err);
	assert_int_equal(endpoint_ready(e, &err), -1);
	assert_non_null(strstr(err.text, "regular file"));
	endpoint_free(e);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_settings),
	    cmocka_unit_test(test_urls),
	    cmocka_unit_test(test_words),
	    cmocka_unit_test(test_key_file),
	    cmocka_unit_test(test_no_core),
	    cmocka_unit_test(test_key_elsewhere),
	    cmocka_unit_test(test_no_key_file),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
