/*
 * caucus metrics --embeddings: figures by the vectors of an endpoint, here a
 * process that answers as one does.  Longer than 2 s, for a deliberation is
 * played.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/buf.h"
#include "cli.h"
#include "harness.h"
#include "shell.h"

static char dir[64]; /* that of shell.h */
static int port;
static pid_t server;

/* ---- the endpoint ---- */

/* How often a text says so, behind which side it takes. */
static json_t *
vector_of(const char *text)
{
	int n = 0, side = strncmp(text, "Yes", 3) == 0	? 10
			  : strncmp(text, "No", 2) == 0 ? -10
							: 0;

	for (; (text = strstr(text, "phone")) != NULL; text++)
		n++;
	return json_pack("[f,f]", (double)(side + n), 1.0);
}

/* What the model is called says how it answers. */
static char *
reply_to(const char *body, int *status)
{
	json_t *request = json_loads(body, 0, NULL), *data = json_array(), *v;
	const char *model = text_of(request, "model");
	char *text;
	size_t i;

	*status = strcmp(model, "broken") == 0 ? 500 : 200;
	json_array_foreach(json_object_get(request, "input"), i, v)
		if (strcmp(model, "lazy") != 0 || i > 0)
			json_array_append_new(data,
			    json_pack("{s:I,s:o}", "index", (json_int_t)i,
				"embedding", vector_of(json_string_value(v))));
	v = json_pack("{s:o}", "data", data);
	text = json_dumps(v, JSON_COMPACT);
	json_decref(v);
	json_decref(request);
	return text;
}

static void
serve_one(int fd)
{
	static char in[1 << 20];
	size_t len = 0, want = sizeof(in);
	const char *head, *body = NULL;
	char *out;
	ssize_t n;
	int status;

	while (len < want && len < sizeof(in) - 1 &&
	       (n = read(fd, in + len, sizeof(in) - 1 - len)) > 0) {
		len += (size_t)n;
		in[len] = '\0';
		body = strstr(in, "\r\n\r\n");
		head = strcasestr(in, "content-length:");
		if (body != NULL && head != NULL)
			want = (size_t)(body + 4 - in) +
			       strtoul(head + 15, NULL, 10);
		if (strcasestr(in, "expect: 100") != NULL && body != NULL &&
		    len == (size_t)(body + 4 - in))
			dprintf(fd, "HTTP/1.1 100 Continue\r\n\r\n");
	}
	if (body == NULL)
		return;
	out = reply_to(body + 4, &status);
	dprintf(fd,
	    "HTTP/1.1 %d X\r\nContent-Type: application/json\r\nConnection: "
	    "close\r\nContent-Length: %zu\r\n\r\n%s",
	    status, strlen(out), out);
	free(out);
}

static void
serve(int fd)
{
	int c;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while ((c = accept(fd, NULL, NULL)) >= 0) {
		serve_one(c);
		close(c);
	}
	_exit(0);
}

static int
setup(void **state)
{
	struct sockaddr_in a = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	socklen_t len = sizeof(a);

	(void)state;
	if (shell_open(NULL) == -1 || fd == -1 ||
	    bind(fd, (struct sockaddr *)&a, len) == -1 || listen(fd, 8) == -1 ||
	    getsockname(fd, (struct sockaddr *)&a, &len) == -1)
		return -1;
	port = ntohs(a.sin_port);
	server = fork();
	if (server == 0)
		serve(fd);
	close(fd);
	snprintf(dir, sizeof(dir), "%s", shell_home());
	return cli("caucus run --offline --seed 3 --json --record "
		   "'%s/r.jsonl' config/scenarios/paper-school-phones.json "
		   ">/dev/null 2>&1",
	    dir);
}

static int
teardown(void **state)
{
	(void)state;
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	shell_close();
	return 0;
}

static void
figures_by_vectors(void **state)
{
	char *text;

	(void)state;
	assert_int_equal(
	    cli("umask 077; echo a-key >'%s/key'; caucus metrics --csv "
		"--embeddings http://127.0.0.1:%d/v1 --model m --key-file "
		"'%s/key' '%s/r.jsonl' >'%s/m.csv'",
		dir, port, dir, dir, dir),
	    0);
	assert_int_equal(
	    cli("grep -c ',position_score,p-' '%s/m.csv' | grep -qx 5", dir),
	    0);
	assert_int_equal(
	    cli("grep -c ',position_score,s' '%s/m.csv' | grep -qx 8", dir), 0);
	text = cli_get(dir, "m.csv");
	/* two of five lie below 4 */
	assert_non_null(
	    strstr(text, ",0,minority_weight,true,400000,1000000,0.400000"));
	assert_non_null(strstr(text, ",1,minority_weight,winner,"));
	assert_null(strstr(text, "a-key"));
	free(text);
}

static void
mistakes_are_told(void **state)
{
	static const struct {
		const char *model, *says;
		int code;
	} cases[] = {{"broken", "status 500", 3}, {"lazy", "vectors for", 3}};
	char args[200];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(args, sizeof(args),
		    "metrics --embeddings http://127.0.0.1:%d/v1 --model %s "
		    "./r.jsonl",
		    port, cases[i].model);
		assert_int_equal(
		    cli_refused(dir, args, cases[i].code, cases[i].says), 0);
	}
	assert_int_equal(
	    cli_refused(dir,
		"metrics --embeddings http://127.0.0.1:1/v1 --model m "
		"./r.jsonl",
		4, "does not answer"),
	    0);
	assert_int_equal(cli_refused(dir, "metrics --model m ./r.jsonl", 2,
			     "belong together"),
	    0);
	cli_put(dir, "open", "k");
	assert_int_equal(cli("chmod 644 '%s/open'", dir), 0);
	assert_int_equal(
	    cli_refused(dir,
		"metrics --embeddings http://127.0.0.1:1/ --model m "
		"--key-file open ./r.jsonl",
		5, "chmod 600"),
	    0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(figures_by_vectors),
	    cmocka_unit_test(mistakes_are_told),
	};
	return cmocka_run_group_tests_name("embed", tests, setup, teardown);
}
