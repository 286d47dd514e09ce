#include "llm/network.h"

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* clang-format off */
/* The first that fits; IANA's registries of special-purpose addresses. */
static const struct {
	uint32_t prefix;
	int bits;
	enum network network;
} four[] = {
	{ 0x7f000000,  8, NETWORK_LOOPBACK },
	{ 0x0a000000,  8, NETWORK_PRIVATE },
	{ 0xac100000, 12, NETWORK_PRIVATE },
	{ 0xc0a80000, 16, NETWORK_PRIVATE },
	{ 0x646464c8, 32, NETWORK_RESERVED }, /* metadata, 100.100.100.200 */
	{ 0x64400000, 10, NETWORK_PRIVATE },  /* shared, 100.64/10 */
	{ 0x00000000,  8, NETWORK_RESERVED },
	{ 0xa9fe0000, 16, NETWORK_RESERVED }, /* link-local, metadata */
	{ 0xa83f8110, 32, NETWORK_RESERVED }, /* metadata, 168.63.129.16 */
	{ 0xc0000000, 24, NETWORK_RESERVED }, /* metadata, 192.0.0.192 */
	{ 0xc6120000, 15, NETWORK_PRIVATE },  /* benchmarks, 198.18/15 */
	{ 0xe0000000,  3, NETWORK_RESERVED }, /* multicast and beyond */
};

static const struct {
	uint8_t prefix[16];
	int bits;
	enum network network;
} six[] = {
	{ { [15] = 1 }, 128, NETWORK_LOOPBACK },
	{ { 0 }, 128, NETWORK_RESERVED },
	/* metadata, fd00:ec2::254 */
	{ { 0xfd, 0, 0x0e, 0xc2, [14] = 2, 0x54 }, 128, NETWORK_RESERVED },
	{ { 0xfc }, 7, NETWORK_PRIVATE },
	{ { 0xfe, 0xc0 }, 10, NETWORK_PRIVATE }, /* site-local of old */
	{ { 0xfe, 0x80 }, 10, NETWORK_RESERVED },
	{ { 0xff }, 8, NETWORK_RESERVED },
};

/* Where IPv4 addresses stand inside IPv6 ones. */
static const struct {
	uint8_t prefix[16];
	int bits, at;
} within[] = {
	{ { [10] = 0xff, 0xff }, 96, 12 },	     /* mapped */
	{ { 0, 0x64, 0xff, 0x9b }, 96, 12 },	     /* NAT64 */
	{ { 0, 0x64, 0xff, 0x9b, 0, 1 }, 48, 12 },   /* NAT64, local */
	{ { 0x20, 0x02 }, 16, 2 },		     /* 6to4 */
};

static const struct {
	enum addresses from; /* this and what allows more */
	const char *why, *setting;
} rules[] = {
	[NETWORK_LOOPBACK] = { ADDRESSES_PRIVATE, "address_loopback",
	    "addresses = private, or local = yes" },
	[NETWORK_PRIVATE] = { ADDRESSES_PRIVATE, "address_private",
	    "addresses = private, or local = yes" },
	[NETWORK_RESERVED] = { ADDRESSES_ANY, "address_reserved",
	    "addresses = any" },
};
/* clang-format on */

static enum network
network_of_four(uint32_t a)
{
	for (size_t i = 0; i < sizeof(four) / sizeof(*four); i++)
		if ((a ^ four[i].prefix) >> (32 - four[i].bits) == 0)
			return four[i].network;
	return NETWORK_PUBLIC;
}

static bool
begins(const uint8_t *a, const uint8_t *prefix, int bits)
{
	size_t whole = (size_t)bits / 8;
	int rest = 8 - bits % 8;

	return memcmp(a, prefix, whole) == 0 &&
	       (rest == 8 || (a[whole] ^ prefix[whole]) >> rest == 0);
}

static enum network
network_of_six(const uint8_t *a)
{
	const uint8_t *f;

	for (size_t i = 0; i < sizeof(six) / sizeof(*six); i++)
		if (begins(a, six[i].prefix, six[i].bits))
			return six[i].network;
	for (size_t i = 0; i < sizeof(within) / sizeof(*within); i++)
		if (begins(a, within[i].prefix, within[i].bits)) {
			f = a + within[i].at;
			return network_of_four((uint32_t)f[0] << 24 |
					       (uint32_t)f[1] << 16 |
					       (uint32_t)f[2] << 8 | f[3]);
		}
	return NETWORK_PUBLIC;
}

enum network
network_of(const struct sockaddr *sa)
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	if (sa->sa_family == AF_INET) {
		memcpy(&in, sa, sizeof(in));
		return network_of_four(ntohl(in.sin_addr.s_addr));
	}
	if (sa->sa_family == AF_INET6) {
		memcpy(&in6, sa, sizeof(in6));
		return network_of_six(in6.sin6_addr.s6_addr);
	}
	return NETWORK_RESERVED;
}

bool
network_allows(const struct endpoint *e, enum network n, const char **why,
    const char **setting)
{
	*why = rules[n].why;
	*setting = rules[n].setting;
	return n == NETWORK_PUBLIC || e->addresses >= (int64_t)rules[n].from ||
	       (e->local && rules[n].from <= ADDRESSES_PRIVATE) ||
	       (e->loopback && n == NETWORK_LOOPBACK);
}
