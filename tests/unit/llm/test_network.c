#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include "llm/network.h"

static enum network
network(const char *text)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};

	if (inet_pton(AF_INET, text, &in.sin_addr) == 1)
		return network_of((const struct sockaddr *)&in);
	assert_int_equal(inet_pton(AF_INET6, text, &in6.sin6_addr), 1);
	return network_of((const struct sockaddr *)&in6);
}

static void
test_addresses(void **state)
{
	static const struct {
		const char *text;
		enum network network;
	} rows[] = {
	    {"8.8.8.8", NETWORK_PUBLIC},
	    {"126.255.255.255", NETWORK_PUBLIC},
	    {"127.0.0.1", NETWORK_LOOPBACK},
	    {"127.255.255.255", NETWORK_LOOPBACK},
	    {"128.0.0.0", NETWORK_PUBLIC},
	    {"10.1.2.3", NETWORK_PRIVATE},
	    {"11.0.0.0", NETWORK_PUBLIC},
	    {"172.15.255.255", NETWORK_PUBLIC},
	    {"172.16.0.0", NETWORK_PRIVATE},
	    {"172.31.255.255", NETWORK_PRIVATE},
	    {"172.32.0.0", NETWORK_PUBLIC},
	    {"192.168.0.1", NETWORK_PRIVATE},
	    {"192.169.0.1", NETWORK_PUBLIC},
	    {"100.63.255.255", NETWORK_PUBLIC},
	    {"100.64.0.1", NETWORK_PRIVATE},
	    {"100.100.100.200", NETWORK_RESERVED},
	    {"169.254.169.254", NETWORK_RESERVED},
	    {"168.63.129.16", NETWORK_RESERVED},
	    {"168.63.129.17", NETWORK_PUBLIC},
	    {"192.0.0.192", NETWORK_RESERVED},
	    {"0.0.0.0", NETWORK_RESERVED},
	    {"224.0.0.1", NETWORK_RESERVED},
	    {"255.255.255.255", NETWORK_RESERVED},
	    {"223.255.255.255", NETWORK_PUBLIC},
	    {"2606:4700::1", NETWORK_PUBLIC},
	    {"::1", NETWORK_LOOPBACK},
	    {"::2", NETWORK_PUBLIC},
	    {"::", NETWORK_RESERVED},
	    {"fc00::1", NETWORK_PRIVATE},
	    {"fdff::1", NETWORK_PRIVATE},
	    {"fe00::1", NETWORK_PUBLIC},
	    {"fd00:ec2::254", NETWORK_RESERVED},
	    {"fd00:ec2::255", NETWORK_PRIVATE},
	    {"fe80::1", NETWORK_RESERVED},
	    {"febf::1", NETWORK_RESERVED},
	    {"fec0::1", NETWORK_PRIVATE},
	    {"ff02::1", NETWORK_RESERVED},
	    /* IPv4 in disguise. */
	    {"::ffff:127.0.0.1", NETWORK_LOOPBACK},
	    {"::ffff:169.254.169.254", NETWORK_RESERVED},
	    {"::ffff:8.8.8.8", NETWORK_PUBLIC},
	    {"64:ff9b::10.0.0.1", NETWORK_PRIVATE},
	    {"64:ff9b:1::192.168.1.1", NETWORK_PRIVATE},
	    {"2002:a9fe:a9fe::1", NETWORK_RESERVED},
	    {"2002:0808:0808::1", NETWORK_PUBLIC},
	};
	const struct sockaddr_un un = {.sun_family = AF_UNIX};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (network(rows[i].text) != rows[i].network)
			fail_msg("%s: %d", rows[i].text, network(rows[i].text));
	assert_int_equal(
	    network_of((const struct sockaddr *)&un), NETWORK_RESERVED);
}

/* Each refusal names the setting that would have allowed it. */
static void
test_rules(void **state)
{
	static const struct {
		enum addresses addresses;
		bool local, loopback;
		const char *allowed; /* of public loopback private reserved */
	} rows[] = {
	    {ADDRESSES_PUBLIC, false, false, "1000"},
	    {ADDRESSES_PUBLIC, false, true, "1100"},
	    {ADDRESSES_PUBLIC, true, false, "1110"},
	    {ADDRESSES_PRIVATE, false, false, "1110"},
	    {ADDRESSES_ANY, false, false, "1111"},
	    {ADDRESSES_ANY, true, true, "1111"},
	};
	const char *why, *setting;
	struct endpoint e;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		for (int n = NETWORK_PUBLIC; n <= NETWORK_RESERVED; n++) {
			memset(&e, 0, sizeof(e));
			e.addresses = rows[i].addresses;
			e.local = rows[i].local;
			e.loopback = rows[i].loopback;
			assert_int_equal(
			    network_allows(&e, (enum network)n, &why, &setting),
			    rows[i].allowed[n] == '1');
			assert_true(n == NETWORK_PUBLIC ||
				    strstr(setting, "addresses = ") != NULL);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_addresses),
	    cmocka_unit_test(test_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
