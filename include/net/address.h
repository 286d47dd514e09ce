/*
 * Where TCP listens or is dialled, as people write it: HOST:PORT with a
 * numeric host, `localhost` (127.0.0.1), or IPv6 in brackets, [::1]:7000.
 * Names are not looked up: a daemon must not wait for a name server.
 */
#ifndef NET_ADDRESS_H
#define NET_ADDRESS_H

#include <sys/socket.h>

#include <stdbool.h>

#include "base/err.h"

/* What stands before it where a socket's path might stand too. */
#define ADDRESS_TCP "tcp:"

struct address {
	struct sockaddr_storage at;
	socklen_t len;
	char host[64]; /* without brackets */
	int port;      /* 0: any */
	bool loopback; /* only this machine can reach it */
};

/* -1: ERR_INVALID_PARAMS says what is wrong and how it is written. */
int address_read(const char *text, struct address *a, struct err *err);
/* Where a TCP socket listens; -1: it is none. */
int address_of(int fd, struct address *a);
/* "127.0.0.1:7000", "[::1]:7000". */
void address_write(const struct address *a, char out[80]);

#endif
