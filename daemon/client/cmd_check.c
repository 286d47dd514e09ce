/* caucus verify, replay, receipt: what a recording is worth. */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "client/cmd.h"
#include "client/place.h"
#include "client/pool.h"
#include "client/redraw.h"
#include "client/view.h"
#include "record/receipt.h"
#include "record/replay.h"
#include "record/verify.h"

#define BAR	    30	 /* columns */
#define BAR_WAIT_MS 1000 /* shorter work needs none */

/* One way of checking a file: 0, or -1 and err; its account as text, or as
 * JSON (the caller decrefs).  A file that cannot be read has none. */
struct check {
	const char *good; /* what a file is for which it returns 0 */
	int (*run)(const char *path, bool json, struct buf *text,
	    json_t **value, struct err *err);
};

struct checking {
	struct cmd *cmd;
	const struct check *check;
	size_t told, good;
	int code;
	long long began; /* ms */
};

static int
run_verify(const char *path, bool json, struct buf *text, json_t **value,
    struct err *err)
{
	struct verify_report report;
	int r = verify_file(path, &report, err);

	if (json)
		*value = verify_json(&report);
	else
		verify_text(&report, path, text);
	return r;
}

static int
run_replay(const char *path, bool json, struct buf *text, json_t **value,
    struct err *err)
{
	struct replay_report report;
	int r = replay_file(path, &report, err);

	if (json)
		*value = replay_json(&report);
	else
		replay_text(&report, path, text);
	replay_report_clear(&report);
	return r;
}

static const struct check verifying = {"hold", run_verify};
static const struct check replaying = {"identical", run_replay};

/* ---- many files ---- */

static int
code_of(int r, const struct err *err)
{
	if (r == 0)
		return EXIT_OK;
	return err->code == ERR_FILE ? EXIT_FILE : EXIT_DIFFERS;
}

/* The exit code as a byte, then the account, or why there is none. */
static void
work(size_t i, struct buf *result, void *arg)
{
	struct checking *k = arg;
	const char *path = k->cmd->args[i];
	bool json = k->cmd->json;
	struct buf text = {0};
	json_t *value = NULL;
	struct err err = {0};
	char *line;
	int code;

	code = code_of(k->check->run(path, json, &text, &value, &err), &err);
	buf_addc(result, (char)('0' + code));
	if (code == EXIT_FILE)
		buf_adds(result, err.text);
	else if (json) {
		json_object_set_new(value, "file", json_string(path));
		line = json_dumps(value, JSON_COMPACT);
		buf_adds(result, line);
		free(line);
	} else
		buf_add(result, text.data, text.len);
	json_decref(value);
	buf_free(&text);
}

/* Only a terminal gets it, and only for long work. */
static void
show_bar(struct checking *k)
{
	size_t n = k->cmd->nargs, full = k->told * BAR / n;
	char bar[BAR + 1], line[160];

	if (!k->cmd->err.tty || k->told == n ||
	    now_ms() - k->began < BAR_WAIT_MS)
		return;
	memset(bar, ' ', BAR);
	memset(bar, '=', full);
	bar[BAR] = '\0';
	snprintf(line, sizeof line, "[%s] %zu of %zu%s", bar, k->told, n,
	    k->code == EXIT_OK ? "" : ", not all is well");
	term_live(&k->cmd->err, line);
}

static void
say_account(struct checking *k, const char *account, size_t len)
{
	FILE *out = k->cmd->out.f;

	if (k->cmd->err.live)
		term_live_clear(&k->cmd->err);
	/* Several are a list, which begins with the first that there is. */
	if (k->cmd->json && k->cmd->nargs > 1)
		fputs(k->told == 0 ? "[" : ",\n", out);
	fwrite(account, 1, len, out);
	if (k->cmd->json && k->cmd->nargs == 1)
		fputc('\n', out);
}

/* One that cannot be read has a place in the list as well. */
static void
say_unreadable(struct checking *k, size_t i, const char *why)
{
	struct err err;
	json_t *o;
	char *line;

	err_set(&err, ERR_FILE, NULL, "%s", why);
	cmd_fail(k->cmd, EXIT_FILE, &err);
	if (!k->cmd->json || k->cmd->nargs == 1)
		return;
	o = json_pack("{s:s,s:s}", "file", k->cmd->args[i], "error", why);
	line = json_dumps(o, JSON_COMPACT);
	say_account(k, line, strlen(line));
	free(line);
	json_decref(o);
}

static bool
done(size_t i, const char *result, size_t len, void *arg)
{
	static const char died[] =
	    "the process that read it died; please report it";
	struct checking *k = arg;
	int code = result != NULL ? result[0] - '0' : EXIT_FILE;
	char *why;

	k->code = code > k->code ? code : k->code;
	k->good += code == EXIT_OK;
	if (code == EXIT_FILE) {
		why = result != NULL
			  ? xstrndup(result + 1, len - 1)
			  : xasprintf("%s: %s", k->cmd->args[i], died);
		say_unreadable(k, i, why);
		free(why);
	} else
		say_account(k, result + 1, len - 1);
	k->told++;
	show_bar(k);
	return ferror(k->cmd->out.f) == 0;
}

static int
check_files(struct cmd *c, const struct check *check)
{
	const char *given = cmd_option(c, "jobs", 0);
	struct checking k = {.cmd = c, .check = check, .began = now_ms()};
	struct pool p = {.n = c->nargs,
	    .jobs = given != NULL ? pool_jobs(given) : 1,
	    .ordered = true,
	    .work = work,
	    .done = done,
	    .arg = &k};
	struct err err;

	if (p.jobs == -1)
		return cmd_usage(c, "-j %s: a number of processes from 1 to %d",
		    given, POOL_JOBS_MAX);
	if (pool_run(&p, &err) == -1)
		return cmd_fail(c, EXIT_FILE, &err);
	term_live_clear(&c->err);
	if (c->nargs > 1 && c->json)
		fputs(k.told > 0 ? "]\n" : "[]\n", c->out.f);
	else if (c->nargs > 1)
		fprintf(
		    c->out.f, "%zu of %zu %s\n", k.good, c->nargs, check->good);
	return k.code;
}

int
cmd_verify(struct cmd *c)
{
	int r = check_files(c, &verifying);

	if (r == EXIT_OK)
		cmd_hint(c,
		    "`caucus replay %s` runs %s through the engine again.",
		    c->nargs == 1 ? c->args[0] : "FILE...",
		    c->nargs == 1 ? "it" : "them");
	return r;
}

int
cmd_replay(struct cmd *c)
{
	return cmd_flag(c, "endpoint") ? redraw(c) : check_files(c, &replaying);
}

/* ---- receipts ---- */

#define RECEIPT_MAX ((size_t)1 << 20)

int
cmd_receipt(struct cmd *c)
{
	struct receipt_report report;
	struct buf text = {0};
	struct err err;
	json_t *receipt, *value;
	char *bytes;
	size_t len;

	if (strcmp(c->args[0], "check") != 0)
		return cmd_usage(
		    c, "what can be done with a receipt is `check`");
	bytes = place_read(c->args[1], RECEIPT_MAX, &len, &err);
	if (bytes == NULL)
		return cmd_fail(c, EXIT_FILE, &err);
	receipt = json_read(bytes, len, &err);
	free(bytes);
	if (receipt == NULL)
		return cmd_fail(c, EXIT_FILE, &err);
	if (receipt_check(receipt, c->args[2], &report, &err) == -1) {
		json_decref(receipt);
		return cmd_fail(
		    c, err.code == ERR_BROKEN ? EXIT_DIFFERS : EXIT_FILE, &err);
	}
	json_decref(receipt);
	receipt_text(&report, c->args[2], &text);
	value = receipt_json(&report);
	if (!cmd_json(c, value))
		fputs(text.data, c->out.f);
	json_decref(value);
	buf_free(&text);
	return EXIT_OK;
}
