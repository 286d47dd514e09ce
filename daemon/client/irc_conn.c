#include "client/irc_conn.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/mem.h"

#define RETRY_MAX 60000
#define SILENCE_S 240 /* the server says nothing: it is gone */
#define INPUT_MAX 16384

struct item {
	TAILQ_ENTRY(item) link;
	char *target, *text;
	unsigned long ping; /* the PING behind it; 0: unsent */
};
TAILQ_HEAD(items, item);

struct irc_conn {
	struct chat_network network; /* first */
	struct event_base *base;
	const struct irc_conf *conf;
	const struct chat_handler *h;
	void *arg;
	struct bufferevent *bev;
	SSL_CTX *tls;
	struct event *retry, *tick;
	struct items queue;
	size_t queued;
	unsigned long ping;
	int tokens, wait_ms;
	bool up, broken, full; /* full: it was said */
	char nick[64];
};

static void connect_now(struct irc_conn *c);

static void raw(struct irc_conn *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
raw(struct irc_conn *c, const char *fmt, ...)
{
	char line[IRC_LINE_MAX];
	va_list ap;
	int n;

	if (c->bev == NULL)
		return;
	va_start(ap, fmt);
	n = vsnprintf(line, sizeof line - 2, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	if ((size_t)n > sizeof line - 3)
		n = (int)sizeof line - 3;
	memcpy(line + n, "\r\n", 2);
	bufferevent_write(c->bev, line, (size_t)n + 2);
	explicit_bzero(line, sizeof line); /* it may hold a password */
}

/* ---- the queue ---- */

static void
drop(struct irc_conn *c, struct item *i)
{
	TAILQ_REMOVE(&c->queue, i, link);
	c->queued--;
	free(i->target);
	free(i->text);
	free(i);
}

static void
flush(struct irc_conn *c)
{
	unsigned long ping = c->ping + 1;
	char where[256];
	struct item *i;
	bool sent = false;

	if (!c->up)
		return;
	TAILQ_FOREACH(i, &c->queue, link) {
		if (c->tokens < 2)
			break;
		if (i->ping != 0 ||
		    !c->h->where(c->arg, i->target, where, sizeof where))
			continue;
		raw(c, "PRIVMSG %s :%s", where, i->text);
		i->ping = ping;
		c->tokens--;
		sent = true;
	}
	if (!sent)
		return;
	c->ping = ping;
	c->tokens--;
	raw(c, "PING :c%lu", ping);
}

static void
acknowledge(struct irc_conn *c, const char *token)
{
	unsigned long ping = *token == 'c' ? strtoul(token + 1, NULL, 10) : 0;
	struct item *i, *next;

	for (i = TAILQ_FIRST(&c->queue); i != NULL; i = next) {
		next = TAILQ_NEXT(i, link);
		if (i->ping != 0 && i->ping <= ping)
			drop(c, i);
	}
	if (c->queued < (size_t)c->conf->queue_lines / 2)
		c->full = false; /* the next time is said again */
}

static void
tick_cb(evutil_socket_t fd, short what, void *arg)
{
	struct irc_conn *c = arg;

	(void)fd;
	(void)what;
	if (c->tokens < c->conf->burst)
		c->tokens++;
	flush(c);
}

static void
say_line(struct irc_conn *c, const char *target, const char *s, size_t n)
{
	struct item *i;

	if (c->queued >= (size_t)c->conf->queue_lines) {
		if (!c->full)
			fprintf(stderr,
			    "caucus irc: %d lines wait for the network "
			    "(queue_lines); the oldest are dropped\n",
			    c->conf->queue_lines);
		c->full = true;
		/* The analyzer loses TAILQ's pointers to pointers.
		 * NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
		drop(c, TAILQ_FIRST(&c->queue));
	}
	i = xcalloc(1, sizeof *i);
	i->target = xstrdup(target);
	i->text = xasprintf("%.*s", (int)n, s);
	irc_line_clean(i->text);
	TAILQ_INSERT_TAIL(&c->queue, i, link);
	c->queued++;
}

static void
irc_say(struct chat_network *network, const char *target, const char *s)
{
	struct irc_conn *c = (struct irc_conn *)network;
	size_t n, cut;

	for (; *s != '\0'; s += n + (s[n] == '\n')) {
		n = strcspn(s, "\n");
		while (n > IRC_TEXT_MAX) {
			cut = irc_line_cut(s, IRC_TEXT_MAX);
			say_line(c, target, s, cut);
			s += cut + (s[cut] == ' ');
			n = strcspn(s, "\n");
		}
		if (n > 0)
			say_line(c, target, s, n);
	}
	flush(c);
}

static void
irc_join(struct chat_network *network, const char *room)
{
	struct irc_conn *c = (struct irc_conn *)network;

	if (c->up)
		raw(c, "JOIN %s", room);
}

/* ---- what the server says ---- */

static void
on_cap(struct irc_conn *c, const struct irc_line *l)
{
	const char *verb = irc_line_param(l, 1), *caps;

	caps = irc_line_param(l, l->n - 1);
	if (strcmp(verb, "LS") == 0) {
		if (strstr(caps, "account-tag") != NULL)
			raw(c, "CAP REQ :account-tag");
		if (c->conf->account != NULL && strstr(caps, "sasl") != NULL)
			raw(c, "CAP REQ :sasl");
		else
			raw(c, "CAP END");
	} else if (strcmp(verb, "ACK") == 0 && strstr(caps, "sasl") != NULL)
		raw(c, "AUTHENTICATE PLAIN");
	else if (strcmp(verb, "NAK") == 0)
		raw(c, "CAP END");
}

static void
on_authenticate(struct irc_conn *c, const struct irc_line *l)
{
	const char *password = c->conf->password;
	unsigned char plain[300], coded[404];
	int n;

	(void)l;
	n = snprintf((char *)plain, sizeof plain, "%c%s%c%s", 0,
	    c->conf->account, 0, password != NULL ? password : "");
	if (n > 0 && (size_t)n < sizeof plain) {
		EVP_EncodeBlock(coded, plain, n);
		raw(c, "AUTHENTICATE %s", (char *)coded);
	}
	explicit_bzero(plain, sizeof plain);
	explicit_bzero(coded, sizeof coded);
}

static void
on_sasl_end(struct irc_conn *c, const struct irc_line *l)
{
	if (strcmp(l->command, "903") != 0)
		fprintf(stderr, "caucus irc: the network refuses the account: "
				"see account and password\n");
	raw(c, "CAP END");
}

static void
on_welcome(struct irc_conn *c, const struct irc_line *l)
{
	strlcpy(c->nick, irc_line_param(l, 0), sizeof c->nick);
	c->up = true;
	c->wait_ms = c->conf->retry_ms;
	c->tokens = c->conf->burst;
	c->h->up(c->arg);
	flush(c);
}

static void
on_nick_taken(struct irc_conn *c, const struct irc_line *l)
{
	(void)l;
	if (c->up)
		return;
	if (strlen(c->nick) < 9)
		strlcat(c->nick, "_", sizeof c->nick);
	else
		c->nick[8] = (char)('0' + (c->nick[8] + 1) % 10);
	raw(c, "NICK %s", c->nick);
}

static void
on_ping(struct irc_conn *c, const struct irc_line *l)
{
	raw(c, "PONG :%s", irc_line_param(l, 0));
}

static void
on_pong(struct irc_conn *c, const struct irc_line *l)
{
	acknowledge(c, irc_line_param(l, l->n - 1));
}

static bool
is_me(const struct irc_conn *c, const char *nick)
{
	return strcasecmp(nick, c->nick) == 0;
}

static void
from_of(const struct irc_line *l, struct chat_from *from, char mask[256])
{
	snprintf(mask, 256, "%s@%s", l->user, l->host);
	*from = (struct chat_from){l->nick, mask, l->account};
}

static void
on_privmsg(struct irc_conn *c, const struct irc_line *l)
{
	char *room = irc_line_folded(irc_line_param(l, 0)), *text;
	struct chat_from from;
	char mask[256];

	text = xstrdup(irc_line_param(l, 1));
	from_of(l, &from, mask);
	if (!is_me(c, l->nick) && *l->user != '\0' && !irc_line_ctcp(text)) {
		irc_line_clean(text);
		c->h->message(
		    c->arg, &from, strchr("#&+!", *room) ? room : NULL, text);
	}
	free(text);
	free(room);
}

static void
on_join(struct irc_conn *c, const struct irc_line *l)
{
	char *room = irc_line_folded(irc_line_param(l, 0));
	struct chat_from from;
	char mask[256];

	from_of(l, &from, mask);
	if (is_me(c, l->nick))
		raw(c, "WHO %s", room);
	c->h->here(c->arg, &from, room, -1);
	free(room);
	flush(c);
}

/* RPL_WHOREPLY: me channel user host server nick flags :hops name */
static void
on_who(struct irc_conn *c, const struct irc_line *l)
{
	char *room = irc_line_folded(irc_line_param(l, 1));
	char mask[256];
	struct chat_from from = {irc_line_param(l, 5), mask, NULL};

	snprintf(mask, sizeof mask, "%s@%s", irc_line_param(l, 2),
	    irc_line_param(l, 3));
	c->h->here(
	    c->arg, &from, room, strpbrk(irc_line_param(l, 6), "@~&") != NULL);
	free(room);
	flush(c);
}

static void
on_part(struct irc_conn *c, const struct irc_line *l)
{
	bool kick = strcmp(l->command, "KICK") == 0;
	const char *who = kick ? irc_line_param(l, 1) : l->nick;
	char *room = irc_line_folded(irc_line_param(l, 0));

	c->h->gone(c->arg, who, room);
	if (is_me(c, who) && kick)
		raw(c, "JOIN %s", room);
	free(room);
}

static void
on_quit(struct irc_conn *c, const struct irc_line *l)
{
	c->h->gone(c->arg, l->nick, NULL);
}

static void
on_nick(struct irc_conn *c, const struct irc_line *l)
{
	if (is_me(c, l->nick))
		strlcpy(c->nick, irc_line_param(l, 0), sizeof c->nick);
	else
		c->h->renamed(c->arg, l->nick, irc_line_param(l, 0));
}

/* Who holds a room's rights has changed: ask again. */
static void
on_mode(struct irc_conn *c, const struct irc_line *l)
{
	if (strchr("#&+!", *irc_line_param(l, 0)) && l->n > 2)
		raw(c, "WHO %s", irc_line_param(l, 0));
}

static const struct {
	const char *command;
	void (*run)(struct irc_conn *c, const struct irc_line *l);
} commands[] = {
    {"PRIVMSG", on_privmsg},
    {"PING", on_ping},
    {"PONG", on_pong},
    {"JOIN", on_join},
    {"PART", on_part},
    {"KICK", on_part},
    {"QUIT", on_quit},
    {"NICK", on_nick},
    {"MODE", on_mode},
    {"CAP", on_cap},
    {"AUTHENTICATE", on_authenticate},
    {"001", on_welcome},
    {"352", on_who},
    {"433", on_nick_taken},
    {"903", on_sasl_end},
    {"904", on_sasl_end},
    {"905", on_sasl_end},
    {"906", on_sasl_end},
};

static void
take_line(struct irc_conn *c, char *line)
{
	struct irc_line l;
	size_t i;

	if (irc_line_read(line, &l) == -1 || l.n == 0)
		return;
	for (i = 0; i < sizeof commands / sizeof *commands; i++)
		if (strcmp(l.command, commands[i].command) == 0) {
			commands[i].run(c, &l);
			return;
		}
}

/* ---- the connection ---- */

static void
lose(struct irc_conn *c)
{
	struct timeval wait = {c->wait_ms / 1000, c->wait_ms % 1000 * 1000};
	struct item *i, *next;

	if (c->up)
		c->h->down(c->arg);
	c->up = false;
	c->broken = true;
	bufferevent_disable(c->bev, EV_READ | EV_WRITE);
	for (i = TAILQ_FIRST(&c->queue); i != NULL; i = next) {
		next = TAILQ_NEXT(i, link);
		i->ping = 0;
		/* Nobody knows who has a bare nick afterwards. */
		if (strchr("#&+!@", *i->target) == NULL)
			drop(c, i);
	}
	event_add(c->retry, &wait);
	c->wait_ms = c->wait_ms * 2 > RETRY_MAX ? RETRY_MAX : c->wait_ms * 2;
}

static void
read_cb(struct bufferevent *bev, void *arg)
{
	struct evbuffer *in = bufferevent_get_input(bev);
	struct irc_conn *c = arg;
	char *line;

	while (!c->broken &&
	       (line = evbuffer_readln(in, NULL, EVBUFFER_EOL_CRLF)) != NULL) {
		take_line(c, line);
		free(line);
	}
	if (!c->broken && evbuffer_get_length(in) > INPUT_MAX)
		lose(c);
}

static void
event_cb(struct bufferevent *bev, short what, void *arg)
{
	struct irc_conn *c = arg;

	(void)bev;
	if ((what & BEV_EVENT_CONNECTED) != 0) {
		raw(c, "CAP LS 302");
		if (c->conf->password != NULL && c->conf->account == NULL)
			raw(c, "PASS %s", c->conf->password);
		raw(c, "NICK %s", c->nick);
		raw(c, "USER %s 0 * :Caucus", c->conf->nick);
		return;
	}
	if ((what & BEV_EVENT_TIMEOUT) != 0 && c->up && c->tokens >= 0) {
		/* Once more, with a question; then it is gone. */
		c->tokens = -1;
		raw(c, "PING :alive");
		bufferevent_enable(c->bev, EV_READ | EV_WRITE);
		return;
	}
	if (!c->broken)
		lose(c);
}

static void
retry_cb(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	connect_now(arg);
}

static void
connect_now(struct irc_conn *c)
{
	struct timeval silence = {SILENCE_S, 0};
	SSL *ssl;

	if (c->bev != NULL)
		bufferevent_free(c->bev);
	if (c->conf->tls) {
		ssl = SSL_new(c->tls);
		SSL_set_tlsext_host_name(ssl, c->conf->host);
		if (c->conf->verify) {
			SSL_set1_host(ssl, c->conf->host);
			SSL_set_verify(ssl, SSL_VERIFY_PEER, NULL);
		}
		c->bev = bufferevent_openssl_socket_new(c->base, -1, ssl,
		    BUFFEREVENT_SSL_CONNECTING,
		    BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	} else
		c->bev = bufferevent_socket_new(c->base, -1,
		    BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	c->broken = false;
	strlcpy(c->nick, c->conf->nick, sizeof c->nick);
	bufferevent_setcb(c->bev, read_cb, NULL, event_cb, c);
	bufferevent_set_timeouts(c->bev, &silence, NULL);
	bufferevent_enable(c->bev, EV_READ | EV_WRITE);
	if (bufferevent_socket_connect_hostname(
		c->bev, NULL, AF_UNSPEC, c->conf->host, c->conf->port) == -1 &&
	    !c->broken)
		lose(c);
}

static void
irc_free(struct chat_network *network)
{
	struct irc_conn *c = (struct irc_conn *)network;

	while (!TAILQ_EMPTY(&c->queue))
		/* The analyzer loses TAILQ's pointers to pointers.
		 * NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
		drop(c, TAILQ_FIRST(&c->queue));
	if (c->bev != NULL)
		bufferevent_free(c->bev);
	event_free(c->retry);
	event_free(c->tick);
	SSL_CTX_free(c->tls);
	free(c);
}

struct chat_network *
irc_conn_new(struct event_base *base, const struct irc_conf *conf,
    const struct chat_handler *h, void *arg)
{
	struct timeval every = {
	    conf->interval_ms / 1000, conf->interval_ms % 1000 * 1000};
	struct irc_conn *c = xcalloc(1, sizeof *c);

	c->network = (struct chat_network){irc_say, irc_join, irc_free};
	c->base = base;
	c->conf = conf;
	c->h = h;
	c->arg = arg;
	c->wait_ms = conf->retry_ms;
	TAILQ_INIT(&c->queue);
	if (conf->tls) {
		c->tls = SSL_CTX_new(TLS_client_method());
		SSL_CTX_set_default_verify_paths(c->tls);
		SSL_CTX_set_min_proto_version(c->tls, TLS1_2_VERSION);
	}
	c->retry = evtimer_new(base, retry_cb, c);
	c->tick = event_new(base, -1, EV_PERSIST, tick_cb, c);
	event_add(c->tick, &every);
	connect_now(c);
	return &c->network;
}
