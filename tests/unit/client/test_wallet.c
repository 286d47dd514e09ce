#include "client/wallet.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/client/home.h"

static int
add(const char *socket, const char *session, const char *id)
{
	char token[64];
	char role[] = "participant", name[] = "Kim";
	struct pass p = {(char *)session, role, (char *)id, name, token, NULL};
	struct err err;

	snprintf(token, sizeof token, "token-of-%s", id);
	return wallet_add(socket, &p, &err);
}

static void
mode_of(const char *name, mode_t expected)
{
	char path[128];
	struct stat st;

	snprintf(path, sizeof path, "%s%s", home_dir(), name);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, expected);
}

static void
test_modes(void **state)
{
	mode_t before = umask(0); /* even then */

	(void)state;
	assert_int_equal(add("/s", "aaaa", "p-1"), 0);
	umask(before);
	mode_of("/caucus", 0700);
	mode_of("/caucus/tokens.json", 0600);
	mode_of("/caucus/tokens.json.lock", 0600);
}

static void
test_kept(void **state)
{
	struct wallet w;
	struct err err;
	size_t n;

	(void)state;
	add("/s", "aaaa", "p-1");
	add("/s", "aaaa", "p-1"); /* replaced */
	add("/s", "bbbb", "p-2");
	add("/other", "cccc", "p-3");
	assert_int_equal(wallet_load("/s", &w, &err), 0);
	assert_int_equal(w.n, 2);
	assert_string_equal(w.v[1].session, "bbbb");
	assert_string_equal(w.v[1].token, "token-of-p-2");
	assert_null(w.v[1].code);
	wallet_free(&w);
	assert_int_equal(wallet_forget("/s", "aaaa", &n, &err), 0);
	assert_int_equal(n, 1);
	assert_int_equal(wallet_forget("/s", "aaaa", &n, &err), 0);
	assert_int_equal(n, 0);
	assert_int_equal(wallet_load("/s", &w, &err), 0);
	assert_int_equal(w.n, 1);
	wallet_free(&w);
}

static void
test_concurrent(void **state)
{
	enum { WRITERS = 8, EACH = 10 };
	struct wallet w;
	struct err err;
	int i, k, status;
	char id[32];
	pid_t pid;

	(void)state;
	for (i = 0; i < WRITERS; i++) {
		pid = fork();
		if (pid != 0)
			continue;
		for (k = 0; k < EACH; k++) {
			snprintf(id, sizeof id, "p-%d-%d", i, k);
			if (add("/many", "dddd", id) == -1)
				_exit(1);
		}
		_exit(0);
	}
	for (i = 0; i < WRITERS; i++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	assert_int_equal(wallet_load("/many", &w, &err), 0);
	assert_int_equal(w.n, WRITERS * EACH);
	wallet_free(&w);
}

static void
test_refused(void **state)
{
	struct wallet w;
	char path[128];
	struct err err;
	FILE *f;

	(void)state;
	add("/s", "aaaa", "p-1");
	snprintf(path, sizeof path, "%s/caucus/tokens.json", home_dir());
	chmod(path, 0644);
	assert_int_equal(wallet_load("/s", &w, &err), -1);
	assert_int_equal(err.code, ERR_FILE);
	assert_non_null(strstr(err.text, "chmod 600"));
	chmod(path, 0600);
	f = fopen(path, "w");
	fputs("{\"tokens\":", f);
	fclose(f);
	assert_int_equal(wallet_load("/s", &w, &err), -1);
	assert_int_equal(err.code, ERR_BROKEN);
	/* What does not hold is not overwritten. */
	assert_int_equal(add("/s", "aaaa", "p-9"), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_modes),
	    cmocka_unit_test(test_kept),
	    cmocka_unit_test(test_concurrent),
	    cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, home_setup, home_teardown);
}
