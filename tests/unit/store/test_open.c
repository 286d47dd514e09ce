/* Opening: modes, and each thing that can be wrong says what to do. */
#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "store/db.h"
#include "tests/unit/store/fixture.h"

static void
make_file(const char *content, size_t len)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(content, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static void
sql(const char *text)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

/* Opening fails, with all of these in the text. */
static void
refused(enum err_code code, const char *what, const char *todo)
{
	struct err err = {0};

	assert_null(journal_open(&config, -1, &err));
	if (strstr(err.text, what) == NULL || strstr(err.text, todo) == NULL ||
	    strstr(err.text, config.path) == NULL || err.code != code)
		fail_msg("not \"%s\" and \"%s\": %d: %s", what, todo, err.code,
		    err.text);
}

static void
create(void)
{
	struct pen p;

	open_journal();
	pen_open(&p, "aaaaaaaaaaaaaaaa");
	assert_true(durable(pen_batch(&p, "x", "{}")));
	close_journal();
}

static unsigned
mode(const char *suffix)
{
	char name[160];
	struct stat st;

	snprintf(name, sizeof(name), "%s%s", path, suffix);
	assert_int_equal(stat(name, &st), 0);
	return (unsigned)st.st_mode & 07777;
}

static void
test_modes(void **state)
{
	mode_t old = umask(0);
	struct pen p;

	(void)state;
	open_journal();
	umask(old);
	pen_open(&p, "aaaaaaaaaaaaaaaa");
	assert_true(durable(pen_batch(&p, "x", "{}")));
	assert_int_equal(mode(""), 0600);
	assert_int_equal(mode("-wal"), 0600);
	assert_int_equal(mode("-shm"), 0600);
	assert_int_equal(mode(".lock"), 0600);
}

static void
test_settings(void **state)
{
	sqlite3 *db;
	static const char *const pragmas[][2] = {
	    {"PRAGMA synchronous", "2"},
	    {"PRAGMA secure_delete", "1"},
	    {"PRAGMA wal_autocheckpoint", "0"},
	    {"PRAGMA temp_store", "2"},
	    {"PRAGMA journal_mode", "wal"},
	    {"PRAGMA application_id", "1128355139"},
	    {"PRAGMA user_version", "1"},
	};
	sqlite3_stmt *st;
	size_t i;

	(void)state;
	create();
	assert_int_equal(db_open(&config, true, &db), SQLITE_OK);
	for (i = 0; i < sizeof(pragmas) / sizeof(pragmas[0]); i++) {
		assert_int_equal(
		    sqlite3_prepare_v2(db, pragmas[i][0], -1, &st, NULL),
		    SQLITE_OK);
		assert_int_equal(sqlite3_step(st), SQLITE_ROW);
		assert_string_equal(
		    (const char *)sqlite3_column_text(st, 0), pragmas[i][1]);
		sqlite3_finalize(st);
	}
	sqlite3_close(db);
}

static void
test_no_folder(void **state)
{
	char missing[160], under[160];

	(void)state;
	snprintf(missing, sizeof(missing), "%s/none/j.db", dir);
	config.path = missing;
	refused(ERR_FILE, "No such file", "make its folder");
	config.path = path;
	make_file("x", 1);
	snprintf(under, sizeof(under), "%s/j", path);
	config.path = under;
	refused(ERR_FILE, "Not a directory", "correct it");
	snprintf(under, sizeof(under), "%s/folder", dir);
	assert_int_equal(mkdir(under, 0700), 0);
	config.path = under;
	refused(ERR_FILE, "cannot be opened", "check that the file");
	config.path = path;
}

static void
test_no_permission(void **state)
{
	bool root = geteuid() == 0;

	(void)state;
	if (root) { /* to whom nothing is refused: be nobody for a while */
		assert_int_equal(chown(dir, 65534, (gid_t)-1), 0);
		assert_int_equal(seteuid(65534), 0);
	}
	create();
	assert_int_equal(chmod(path, 0400), 0);
	refused(ERR_FILE, "read-only", "let caucusd write");
	assert_int_equal(chmod(path, 0), 0);
	refused(ERR_FILE, "cannot be opened", "may write");
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(chmod(dir, 0500), 0);
	refused(ERR_FILE, "read-only", "let caucusd write");
	assert_int_equal(chmod(dir, 0700), 0);
	if (root)
		assert_int_equal(seteuid(0), 0);
}

static void
test_not_ours(void **state)
{
	char text[4096];

	(void)state;
	memset(text, 'x', sizeof(text));
	make_file(text, sizeof(text));
	refused(ERR_BROKEN, "not an SQLite database", "name another file");
	assert_int_equal(unlink(path), 0);
	sql("CREATE TABLE theirs (x); PRAGMA application_id = 1234");
	refused(ERR_BROKEN, "another program", "name another file");
	assert_int_equal(unlink(path), 0);
	sql("CREATE TABLE theirs (x)");
	refused(ERR_BROKEN, "another program", "name another file");
	/* and it was left as it was */
	sql("INSERT INTO theirs VALUES (1)");
}

static void
test_other_schema(void **state)
{
	(void)state;
	create();
	sql("PRAGMA user_version = 2");
	refused(ERR_BROKEN, "newer caucusd", "install that version");
	sql("PRAGMA user_version = 0");
	refused(ERR_BROKEN, "schema 0", "backup");
	sql("PRAGMA user_version = 1; DROP TABLE sealed");
	refused(ERR_BROKEN, "lacks", "backup");
}

static void
test_empty_file(void **state)
{
	(void)state;
	make_file("", 0);
	create();
	open_journal();
	assert_int_equal(head_of("aaaaaaaaaaaaaaaa"), 1);
}

static void
test_damaged(void **state)
{
	struct stat st;
	char junk[512];
	int fd;

	(void)state;
	create();
	memset(junk, 0x5a, sizeof(junk));
	assert_int_equal(stat(path, &st), 0);
	fd = open(path, O_WRONLY);
	/* the first page keeps its header and loses its schema */
	assert_int_equal(pwrite(fd, junk, sizeof(junk), 100), sizeof(junk));
	close(fd);
	refused(ERR_BROKEN, "damaged", "restore a backup");
	assert_int_equal(truncate(path, st.st_size / 2), 0);
	refused(ERR_BROKEN, "damaged", "restore a backup");
}

static void
test_two_daemons(void **state)
{
	char pid[32];

	(void)state;
	open_journal();
	snprintf(pid, sizeof(pid), "process %ld", (long)getpid());
	refused(ERR_FILE, "in use by another caucusd", pid);
	refused(ERR_FILE, "in use", "stop that one");
	close_journal();
	open_journal();
}

/* The path may be relative, and the daemon may change its folder after. */
static void
test_relative_path(void **state)
{
	char *here = getcwd(NULL, 0);
	struct pen p;

	(void)state;
	assert_int_equal(chdir(dir), 0);
	config.path = "j.db";
	open_journal();
	assert_int_equal(chdir("/"), 0);
	pen_open(&p, "aaaaaaaaaaaaaaaa");
	assert_true(durable(pen_batch(&p, "x", NULL)));
	assert_int_equal(head_of("aaaaaaaaaaaaaaaa"), 1);
	close_journal();
	assert_int_equal(access(path, F_OK), 0);
	assert_int_equal(chdir(here), 0);
	free(here);
}

int
main(void)
{
	/* clang-format off */
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_modes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_settings, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_folder, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_permission, setup, teardown),
		cmocka_unit_test_setup_teardown(test_not_ours, setup, teardown),
		cmocka_unit_test_setup_teardown(test_other_schema, setup, teardown),
		cmocka_unit_test_setup_teardown(test_empty_file, setup, teardown),
		cmocka_unit_test_setup_teardown(test_damaged, setup, teardown),
		cmocka_unit_test_setup_teardown(test_two_daemons, setup, teardown),
		cmocka_unit_test_setup_teardown(test_relative_path, setup, teardown),
	};
	/* clang-format on */

	return cmocka_run_group_tests_name("open", tests, NULL, NULL);
}
