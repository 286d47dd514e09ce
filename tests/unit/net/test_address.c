/* Where TCP listens or is dialled, as people write it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "net/address.h"

static void
test_reads(void **state)
{
	static const struct {
		const char *text, *host, *back;
		int port;
		bool loopback;
	} rows[] = {
	    {"127.0.0.1:7000", "127.0.0.1", "127.0.0.1:7000", 7000, true},
	    {"127.9.9.9:1", "127.9.9.9", "127.9.9.9:1", 1, true},
	    {"localhost:0", "127.0.0.1", "127.0.0.1:0", 0, true},
	    {"[::1]:65535", "::1", "[::1]:65535", 65535, true},
	    {"0.0.0.0:80", "0.0.0.0", "0.0.0.0:80", 80, false},
	    {"128.0.0.1:80", "128.0.0.1", "128.0.0.1:80", 80, false},
	    {"[::]:80", "::", "[::]:80", 80, false},
	    {"[fe80::1]:80", "fe80::1", "[fe80::1]:80", 80, false},
	    /* Another family's loopback is not ours. */
	    {"[::ffff:127.0.0.1]:80", "::ffff:127.0.0.1",
		"[::ffff:127.0.0.1]:80", 80, false},
	};
	struct address a;
	struct err err;
	char back[80];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_int_equal(address_read(rows[i].text, &a, &err), 0);
		assert_string_equal(a.host, rows[i].host);
		assert_int_equal(a.port, rows[i].port);
		assert_int_equal(a.loopback, rows[i].loopback);
		address_write(&a, back);
		assert_string_equal(back, rows[i].back);
	}
}

static void
test_refuses(void **state)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
	    {"", "no port"},
	    {"127.0.0.1", "no port"},
	    {"127.0.0.1:", "a port is from 0"},
	    {"127.0.0.1:65536", "a port is from 0"},
	    {"127.0.0.1:-1", "a port is from 0"},
	    {"127.0.0.1: 7", "a port is from 0"},
	    {"127.0.0.1:7000x", "a port is from 0"},
	    {"127.0.0.1:99999999999999", "a port is from 0"},
	    {":7000", "no host"},
	    {"[]:7000", "no host"},
	    {"::1:7000", "brackets"},
	    {"[::1]", "no port"},
	    {"[::1:7000", "no port"},
	    {"[127.0.0.1]:7000", "no numeric address"},
	    {"example.org:7000", "no numeric address"},
	    {"127.0.0:7000", "no numeric address"},
	    {"[::1%lo]:7000", "no numeric address"},
	};
	char longer[200];
	struct address a;
	struct err err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_int_equal(address_read(rows[i].text, &a, &err), -1);
		assert_int_equal(err.code, ERR_INVALID_PARAMS);
		assert_non_null(strstr(err.text, rows[i].says));
	}
	memset(longer, '1', sizeof longer - 1);
	longer[sizeof longer - 1] = '\0';
	memcpy(longer + 190, ":7000", 6);
	assert_int_equal(address_read(longer, &a, &err), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_reads),
	    cmocka_unit_test(test_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
