/*
 * Which kind of network an address is of, for the choice of those that an
 * endpoint may be connected to.  Names may resolve to anything, and to another
 * thing each time: the address that is connected to is what counts.  Pure.
 */
#ifndef LLM_NETWORK_H
#define LLM_NETWORK_H

#include <stdbool.h>
#include <sys/socket.h>

#include "llm/endpoint.h"

enum network {
	NETWORK_PUBLIC,
	NETWORK_LOOPBACK, /* this machine */
	NETWORK_PRIVATE,  /* RFC 1918, 4193, 6598 */
	NETWORK_RESERVED  /* link-local, where clouds tell machines their
			     secrets, and what is no host at all */
};

/* IPv4 inside IPv6 (mapped, NAT64, 6to4) is judged as what it is.  A family
 * that is neither: reserved. */
enum network network_of(const struct sockaddr *sa);

/* Whether the endpoint may be connected to such an address; *why otherwise:
 * an identifier, and *setting what would allow it. */
bool network_allows(const struct endpoint *e, enum network n, const char **why,
    const char **setting);

#endif
