#include "net/address.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int
wrong(struct err *err, const char *text, const char *what)
{
	return err_set(err, ERR_INVALID_PARAMS, NULL,
	    "%.80s: %s; say HOST:PORT with a numeric host, such as "
	    "127.0.0.1:7000 or [::1]:7000",
	    text, what);
}

static int
read_port(const char *s, int *port)
{
	long v = 0;

	if (*s == '\0' || strlen(s) > 5)
		return -1;
	for (; *s != '\0'; s++) {
		if (!isdigit((unsigned char)*s))
			return -1;
		v = v * 10 + (*s - '0');
	}
	*port = (int)v;
	return v <= 65535 ? 0 : -1;
}

/* The host without its brackets; NULL says that it cannot be one.  *port is
 * what follows the colon. */
static const char *
split(const char *text, struct address *a, const char **port)
{
	const char *end, *from = text;
	bool six = *text == '[';

	end = six ? strstr(text, "]:") : strrchr(text, ':');
	if (end == NULL)
		return "there is no port";
	from += six;
	if (!six && memchr(from, ':', (size_t)(end - from)) != NULL)
		return "an IPv6 address stands in brackets";
	if (end == from || (size_t)(end - from) >= sizeof a->host)
		return "there is no host";
	snprintf(a->host, sizeof a->host, "%.*s", (int)(end - from), from);
	*port = end + (six ? 2 : 1);
	return NULL;
}

static bool
is_loopback(const struct address *a)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)&a->at;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&a->at;

	return a->at.ss_family == AF_INET6
		   ? IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr)
		   : ntohl(in->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
}

static int
resolve(struct address *a, bool six)
{
	struct sockaddr_in *in = (struct sockaddr_in *)&a->at;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&a->at;

	if (six) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons((uint16_t)a->port);
		a->len = sizeof *in6;
		if (inet_pton(AF_INET6, a->host, &in6->sin6_addr) != 1)
			return -1;
		a->loopback = is_loopback(a);
		return 0;
	}
	if (strcmp(a->host, "localhost") == 0)
		strlcpy(a->host, "127.0.0.1", sizeof a->host);
	in->sin_family = AF_INET;
	in->sin_port = htons((uint16_t)a->port);
	a->len = sizeof *in;
	if (inet_pton(AF_INET, a->host, &in->sin_addr) != 1)
		return -1;
	a->loopback = is_loopback(a);
	return 0;
}

int
address_read(const char *text, struct address *a, struct err *err)
{
	const char *port = NULL, *what;

	memset(a, 0, sizeof *a);
	what = split(text, a, &port);
	if (what != NULL)
		return wrong(err, text, what);
	if (read_port(port, &a->port) == -1)
		return wrong(err, text, "a port is from 0 to 65535");
	if (resolve(a, *text == '[') == -1)
		return wrong(err, text, "that is no numeric address");
	return 0;
}

int
address_of(int fd, struct address *a)
{
	char port[8];

	memset(a, 0, sizeof *a);
	a->len = sizeof a->at;
	if (getsockname(fd, (struct sockaddr *)&a->at, &a->len) == -1 ||
	    (a->at.ss_family != AF_INET && a->at.ss_family != AF_INET6) ||
	    getnameinfo((struct sockaddr *)&a->at, a->len, a->host,
		sizeof a->host, port, sizeof port,
		NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return -1;
	a->port = atoi(port);
	a->loopback = is_loopback(a);
	return 0;
}

void
address_write(const struct address *a, char out[80])
{
	snprintf(out, 80, a->at.ss_family == AF_INET6 ? "[%s]:%d" : "%s:%d",
	    a->host, a->port);
}
