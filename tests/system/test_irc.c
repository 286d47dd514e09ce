/*
 * Deliberations in three channels of a real IRC server at once, with twelve
 * people on raw sockets; the server and the daemon are killed on the way.
 * Takes more than 2 s: a server, a gateway and two restarts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "model.h"

#define ROOMS	3
#define EACH	4
#define WAIT_MS 15000
#define SECRET	"SECRET"

struct person {
	int fd;
	char nick[16], user[16];
	char *log; /* all that came in */
	size_t len, mark;
};

static struct daemon d;
static struct model model;
static struct person people[ROOMS][EACH];
static pid_t server, gateway;
static int port;
static char config[128], server_config[128], gate_config[128], state_file[128];

static int
free_port(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET};
	socklen_t len = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM, 0), n = 0;

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(fd, (struct sockaddr *)&a, sizeof a) == 0 &&
	    getsockname(fd, (struct sockaddr *)&a, &len) == 0)
		n = ntohs(a.sin_port);
	close(fd);
	return n;
}

static void
put_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static pid_t
start(const char *program, const char *const *args)
{
	char log[128];
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	snprintf(log, sizeof log, "%s/log.chat", d.dir);
	if (freopen(log, "a", stderr) == NULL ||
	    freopen(log, "a", stdout) == NULL)
		_exit(126);
	execv(program, (char *const *)(uintptr_t)args);
	_exit(127);
}

static void
start_server(void)
{
	const char *const args[] = {"ngircd", "-n", "-f", server_config, NULL};

	server = start("/usr/sbin/ngircd", args);
}

static void
start_gateway(void)
{
	const char *build = getenv("CAUCUS_BUILD");
	char program[512];
	const char *const args[] = {
	    "caucus", "irc", "--socket", d.socket, gate_config, NULL};

	snprintf(program, sizeof program, "%s/caucus", build ? build : "build");
	gateway = start(program, args);
}

static void
end(pid_t *pid)
{
	if (*pid > 0) {
		kill(*pid, SIGKILL);
		waitpid(*pid, NULL, 0);
	}
	*pid = 0;
}

/* ---- people ---- */

static void say(struct person *p, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
say(struct person *p, const char *fmt, ...)
{
	char line[600];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof line - 2, fmt, ap);
	va_end(ap);
	assert_true(n > 0 && n < 510);
	memcpy(line + n, "\r\n", 2);
	assert_int_equal(send(p->fd, line, (size_t)n + 2, MSG_NOSIGNAL), n + 2);
}

/* Takes in what is there; answers the server's pings. */
static bool
hear(struct person *p, int wait_ms)
{
	struct pollfd f = {.fd = p->fd, .events = POLLIN};
	char chunk[8192], *ping;
	ssize_t n;

	if (poll(&f, 1, wait_ms) != 1)
		return true;
	n = recv(p->fd, chunk, sizeof chunk - 1, 0);
	if (n <= 0)
		return false;
	chunk[n] = '\0';
	p->log = realloc(p->log, p->len + (size_t)n + 1);
	assert_non_null(p->log);
	memcpy(p->log + p->len, chunk, (size_t)n + 1);
	p->len += (size_t)n;
	ping = strstr(chunk, "PING :");
	if (ping != NULL && (ping == chunk || ping[-1] == '\n'))
		say(p, "PONG :irc.test");
	return true;
}

static void
wait_for(struct person *p, const char *text)
{
	long long until = clock_ms() + WAIT_MS;
	char *at;

	while (
	    p->log == NULL || (at = strstr(p->log + p->mark, text)) == NULL) {
		if (clock_ms() > until || !hear(p, 200)) {
			fprintf(stderr, "%s never read '%s' in:\n%s\n", p->nick,
			    text, p->log != NULL ? p->log + p->mark : "");
			fail();
		}
	}
	p->mark = (size_t)(at - p->log) + strlen(text);
}

static void
enter(struct person *p, int room)
{
	struct sockaddr_in a = {.sin_family = AF_INET};
	long long until = clock_ms() + WAIT_MS;

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	a.sin_port = htons((uint16_t)port);
	for (;;) {
		p->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (connect(p->fd, (struct sockaddr *)&a, sizeof a) == 0)
			break;
		close(p->fd);
		assert_true(clock_ms() < until);
		usleep(20000);
	}
	say(p, "NICK %s", p->nick);
	say(p, "USER %s 0 * :%s", p->user, p->user);
	wait_for(p, " 001 ");
	say(p, "JOIN #room%d", room);
	wait_for(p, " 366 ");
}

static void
tell(struct person *p, const char *text)
{
	say(p, "PRIVMSG caucus :%s", text);
}

/* ---- the scene ---- */

/* For each, called p. */
#define EVERYBODY                                                              \
	for (int k = 0; k < ROOMS; k++)                                        \
		for (int i = 0; i < EACH; i++)                                 \
			for (struct person *p = &people[k][i]; p != NULL;      \
			     p = NULL)

static int
setup(void **state)
{
	char text[1024];
	int k, i;

	(void)state;
	if (access("/usr/sbin/ngircd", X_OK) != 0)
		return 0;
	memset(&d, 0, sizeof d);
	d.quiet = true;
	if (daemon_begin(&d) == -1 || model_start(&model, &d, 0, 0, "") == -1)
		return -1;
	snprintf(config, sizeof config, "%s/c.conf", d.dir);
	snprintf(text, sizeof text,
	    "[daemon]\nendpoint = fake\n[endpoint fake]\nurl = "
	    "http://127.0.0.1:%d/v1/\nmodel = fake-1\n",
	    model.port);
	put_file(config, text);
	d.config = config;
	daemon_kill9(&d);
	if (daemon_restart(&d) == -1)
		return -1;
	port = free_port();
	snprintf(server_config, sizeof server_config, "%s/ngircd.conf", d.dir);
	snprintf(text, sizeof text,
	    "[Global]\nName = irc.test\nInfo = test\nListen = 127.0.0.1\n"
	    "Ports = %d\nMotdPhrase = hello\n[Limits]\nMaxConnectionsIP = 0\n"
	    "MaxNickLength = 20\nMaxPenaltyTime = 0\n[Options]\nDNS = no\n"
	    "Ident = no\nPAM = no\n",
	    port);
	put_file(server_config, text);
	snprintf(gate_config, sizeof gate_config, "%s/irc.conf", d.dir);
	snprintf(state_file, sizeof state_file, "%s/irc.json", d.dir);
	snprintf(text, sizeof text,
	    "[irc]\nhost = 127.0.0.1\nport = %d\ntls = 0\nnick = caucus\n"
	    "channels = #room0 #room1 #room2\nburst = 500\ninterval_ms = 2\n"
	    "retry_ms = 100\nstate = %s\n[session]\nrounds = 1\ncandidates "
	    "= 4\nshown = 2\nkeep = false\n",
	    port, state_file);
	put_file(gate_config, text);
	for (k = 0; k < ROOMS; k++)
		for (i = 0; i < EACH; i++) {
			snprintf(people[k][i].nick, 16, "n%d%d", k, i);
			snprintf(people[k][i].user, 16, "u%d%d", k, i);
		}
	return 0;
}

static int
teardown(void **state)
{
	int k, i;

	(void)state;
	end(&gateway);
	end(&server);
	for (k = 0; k < ROOMS; k++)
		for (i = 0; i < EACH; i++) {
			if (people[k][i].fd > 0)
				close(people[k][i].fd);
			free(people[k][i].log);
		}
	model_stop(&model);
	daemon_clear(&d);
	return 0;
}

/* n characters of Chinese in lines, then the dot. */
static void
tell_chinese(struct person *p, int n)
{
	char line[400];
	int i, k;

	for (i = 0; i < n; i += 100) {
		line[0] = '\0';
		for (k = 0; k < 100; k++)
			strcat(line, "\xe4\xba\xba");
		tell(p, line);
	}
	tell(p, ".");
}

/* The same as a member of a recorded event, quotes and all. */
static char *
chinese_recorded(int n)
{
	char *text = calloc(1, (size_t)n * 4 + 16), *at = text;
	int i;

	assert_non_null(text);
	*at++ = '"';
	for (i = 0; i < n; i++) {
		if (i > 0 && i % 100 == 0)
			at = stpcpy(at, "\\n");
		at = stpcpy(at, "\xe4\xba\xba");
	}
	*at = '"';
	return text;
}

/* Two programs that answer each other's notices never end. */
static void
send_notices(struct person *p)
{
	size_t from = p->len;

	say(p, "NOTICE caucus :!help");
	say(p, "NOTICE #room0 :!help");
	say(p, "NOTICE caucus :hello");
	/* What is asked after them is answered, and they were not. */
	tell(p, "!nosuch");
	wait_for(p, "I do not know that");
	assert_null(strstr(p->log + from, "Operators of the channel:"));
	assert_null(strstr(p->log + from, "Noted."));
}

static void
gather_rooms(void)
{
	EVERYBODY
	{
		(void)i;
		enter(p, k);
	}
	start_gateway();
	for (int k = 0; k < ROOMS; k++)
		wait_for(&people[k][0], ":caucus!");
	usleep(200000); /* who is an operator is asked after joining */
	for (int k = 0; k < ROOMS; k++) {
		say(&people[k][1], "PRIVMSG #room%d :!caucus Should I?", k);
		wait_for(&people[k][1], "is for operators");
		say(&people[k][0],
		    "PRIVMSG #room%d :!caucus Should phones be banned?", k);
		wait_for(&people[k][0], "deliberation is open");
	}
	EVERYBODY
	{
		(void)i;
		say(p, "PRIVMSG #room%d :!join", k);
		wait_for(p, "can be read by the operators");
		wait_for(p, "!agree");
		tell(p, "!agree");
		wait_for(p, "You are in");
	}
	for (int k = 0; k < ROOMS; k++)
		say(&people[k][0], "PRIVMSG #room%d :!next", k);
	EVERYBODY
	{
		(void)i;
		(void)k;
		wait_for(p, "What do you think?");
	}
}

/* Somebody changes their nick, somebody is kicked and comes back, somebody
 * writes 4,000 characters of Chinese, somebody floods. */
static void
give_opinions(void)
{
	int n;

	EVERYBODY
	{
		if (k == 0 && i == 3)
			continue;
		say(p, "PRIVMSG caucus :" SECRET " of %s, first line.",
		    p->user);
		wait_for(p, "Noted.");
		if (i == 1) {
			snprintf(p->nick, 16, "m%d%d", k, i);
			say(p, "NICK %s", p->nick);
		}
		if (i == 2) {
			say(&people[k][0], "KICK #room%d %s :out", k, p->nick);
			wait_for(p, "KICK");
		}
		tell(p, "\001VERSION\001");
		tell(p, "A second line, \002bold\002.");
		tell(p, ".");
		wait_for(p, "Your opinion is recorded");
		if (i == 2) {
			say(p, "JOIN #room%d", k);
			wait_for(p, " 366 ");
		}
		if (i == 1 && k < 2) {
			for (n = 0; n < 40; n++)
				say(p, "PRIVMSG #room%d :!status", k);
			wait_for(p, "too much at once");
		}
	}
	send_notices(&people[0][3]);
	say(&people[0][0], "PRIVMSG #room0 :!remind");
	wait_for(&people[0][0], "missing is reminded in private");
	wait_for(&people[0][3], "#room0 still waits for you (phase opinion)");
	tell_chinese(&people[0][3], 4000);
	wait_for(&people[0][3], "Your opinion is recorded");
}

static void
vote(int from, int to)
{
	EVERYBODY
	{
		(void)k;
		if (i < from || i >= to)
			continue;
		tell(p, "A > B 7 5");
		wait_for(p, "Your ballot is recorded");
	}
}

static void
return_all(void)
{
	EVERYBODY
	{
		(void)i;
		close(p->fd);
		enter(p, k);
	}
}

/* Statements may quote people (the fake model does); nothing else may. */
static bool
is_statement(const char *line)
{
	static const char *const marks[] = {
	    " :A: ", " :B: ", " :The statement that won", " :Statement: "};
	size_t i;

	for (i = 0; i < sizeof marks / sizeof *marks; i++)
		if (strstr(line, marks[i]) != NULL)
			return true;
	return false;
}

/* What was said in private stands in no line to a channel. */
static void
assert_kept_private(const struct person *p)
{
	char *save, *line, *copy = strdup(p->log);
	bool statement = false, wrapped = false; /* a long one goes on */

	assert_non_null(copy);
	for (line = strtok_r(copy, "\r\n", &save); line != NULL;
	     line = strtok_r(NULL, "\r\n", &save))
		if (strstr(line, "PRIVMSG #") != NULL) {
			statement =
			    is_statement(line) || (statement && wrapped);
			wrapped = strlen(line) > 300;
			if (!statement)
				assert_null(strstr(line, SECRET));
		}
	free(copy);
}

/* Each session as the operator reads it: concluded, each of the four has given
 * everything once. */
static void
assert_recorded(void)
{
	struct client c;
	json_t *list, *row, *g, *e, *r, *line;
	size_t i, k;
	int given, chinese = 0;
	char *text = chinese_recorded(4000);

	assert_int_equal(client_open(&c, &d), 0);
	list = client_call(&c, "session.list", json_object());
	assert_int_equal(
	    json_array_size(json_object_get(list, "sessions")), ROOMS);
	json_array_foreach(json_object_get(list, "sessions"), i, row) {
		g = client_call(&c, "session.get",
		    json_pack("{s:s}", "session", text_of(row, "session")));
		assert_true(json_is_true(json_object_get(g, "concluded")));
		json_decref(g);
		r = client_call(&c, "session.export",
		    json_pack("{s:s,s:i,s:s}", "session",
			text_of(row, "session"), "after", -1, "as",
			"operator"));
		given = 0;
		json_array_foreach(json_object_get(r, "lines"), k, line) {
			e = json_loads(json_string_value(line), 0, NULL);
			chinese +=
			    strstr(json_string_value(line), text) != NULL;
			given +=
			    strcmp(text_of(json_object_get(e, "event"), "type"),
				"contribution.given") == 0;
			json_decref(e);
		}
		assert_true(json_is_null(json_object_get(r, "next")));
		assert_int_equal(given, EACH * 4);
		json_decref(r);
	}
	assert_int_equal(chinese, 1); /* byte for byte, and nothing else */
	free(text);
	json_decref(list);
	client_close(&c);
}

/* Somebody else under the nick of one who left is nobody; the word is. */
static void
steal_a_nick(void)
{
	struct person *p = &people[0][2], thief = {.user = "thief"};
	char nick[16], word[64] = "", *at = strstr(p->log, "!iam ");

	assert_non_null(at);
	assert_int_equal(sscanf(at, "!iam %20s", word), 1);
	strcpy(nick, p->nick);
	say(p, "NICK away");
	wait_for(p, " NICK ");
	say(p, "QUIT :bye");
	wait_for(p, "ERROR");
	close(p->fd);
	strcpy(thief.nick, nick);
	enter(&thief, 1);
	tell(&thief, SECRET " of a thief.");
	wait_for(&thief, "I do not know you");
	tell(&thief, "!iam aaaaaaaaaaaaaaaa");
	wait_for(&thief, "not a word of mine");
	strcpy(p->nick, "other");
	strcpy(p->user, "moved");
	enter(p, 0);
	say(p, "PRIVMSG caucus :!iam %s", word);
	wait_for(p, "It is you again");
	close(thief.fd);
	free(thief.log);
}

/* The next question: the same people and nobody else; the gateway killed
 * between consent and opinion. */
static void
ask_again(void)
{
	struct person *host = &people[2][0], *p;
	int i;

	/* Operators were lost with the server: the first in a channel is one.
	 */
	say(host, "JOIN #room2");
	say(host, "PRIVMSG #room2 :!caucus again Should breaks be longer?");
	wait_for(&people[2][0], "PRIVMSG #room2 :A deliberation is open");
	for (i = 0; i < 2; i++) {
		p = &people[2][i];
		say(p, "PRIVMSG #room2 :!join");
		wait_for(p, "Should breaks be longer?");
		wait_for(p, "!agree");
		tell(p, "!agree");
		wait_for(p, "You are in");
	}
	p = &people[1][0];
	say(p, "JOIN #room2");
	say(p, "PRIVMSG #room2 :!join");
	wait_for(p, "!agree");
	tell(p, "!agree");
	wait_for(p, "You are not in");
	end(&gateway);
	start_gateway();
	wait_for(host, " JOIN ");
	usleep(300000);
	say(host, "PRIVMSG #room2 :!next");
	wait_for(host, "What do you think?");
	tell(host, "Longer.");
	tell(host, ".");
	wait_for(host, "Your opinion is recorded");
}

/* How often the gateway's log has a text. */
static int
logged(const char *text)
{
	char path[128], line[1024];
	int n = 0;
	FILE *f;

	snprintf(path, sizeof path, "%s/log.chat", d.dir);
	f = fopen(path, "r");
	assert_non_null(f);
	while (fgets(line, sizeof line, f) != NULL)
		n += strstr(line, text) != NULL;
	fclose(f);
	return n;
}

/* A network slower than what is asked: the queue's bound is said, once. */
static void
fill_the_queue(void)
{
	struct person *p = &people[1][0];
	FILE *f = fopen(gate_config, "a");
	long long until;
	int i;

	assert_non_null(f);
	fputs("[irc]\nqueue_lines = 10\nburst = 3\ninterval_ms = 60000\n", f);
	assert_int_equal(fclose(f), 0);
	end(&gateway);
	for (i = 0; i < 5; i++) /* what the one before did is not waited for */
		hear(p, 100);
	p->mark = p->len;
	start_gateway();
	wait_for(p, " JOIN ");
	assert_int_equal(logged("queue_lines"), 0);
	for (i = 0; i < 18; i++)
		say(p, "PRIVMSG caucus :!help");
	until = clock_ms() + WAIT_MS;
	while (logged("queue_lines") == 0 && clock_ms() < until)
		usleep(20000);
	usleep(300000); /* the rest of them is read */
	assert_int_equal(logged("queue_lines"), 1);
}

static void
test_three_rooms(void **state)
{
	struct stat st;

	(void)state;
	if (access("/usr/sbin/ngircd", X_OK) != 0) {
		fprintf(stderr, "SKIPPED: no ngircd (scripts/bootstrap)\n");
		skip();
	}
	start_server();
	gather_rooms();
	give_opinions();
	EVERYBODY
	{
		(void)i;
		(void)k;
		wait_for(p, "Vote here");
	}
	vote(0, 2);
	kill(gateway, SIGSTOP); /* so that people are in first, and operators */
	end(&server);
	start_server();
	return_all();
	kill(gateway, SIGCONT);
	for (int k = 0; k < ROOMS; k++)
		wait_for(&people[k][3], ":caucus!");
	vote(2, EACH);
	EVERYBODY
	{
		(void)k;
		wait_for(p, "still wrong with the winning statement?");
		if (i >= 2)
			continue;
		say(p, "PRIVMSG caucus :" SECRET " critique of %s.", p->user);
		tell(p, ".");
		wait_for(p, "Your critique is recorded");
	}
	daemon_kill9(&d);
	EVERYBODY
	{
		(void)k;
		if (i < 2)
			continue;
		say(p, "PRIVMSG caucus :" SECRET " critique of %s.", p->user);
		tell(p, ".");
	}
	assert_int_equal(daemon_restart(&d), 0);
	EVERYBODY
	{
		(void)k;
		if (i >= 2)
			wait_for(p, "Your critique is recorded");
	}
	EVERYBODY
	{
		(void)i;
		(void)k;
		wait_for(p, "Vote here");
	}
	vote(0, EACH);
	EVERYBODY
	{
		(void)i;
		(void)k;
		wait_for(p, "The result: ");
		wait_for(p, "The recording is kept");
		assert_kept_private(p);
	}
	assert_recorded();
	assert_int_equal(stat(state_file, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	steal_a_nick();
	ask_again();
	fill_the_queue();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_three_rooms),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
