/* The hub: listeners, limits on connections, ids, peers, the end. */
#include <sys/resource.h>
#include <sys/stat.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "rig.h"

#define ECHO(id) "{\"jsonrpc\":\"2.0\",\"id\":" #id ",\"method\":\"echo\"}\n"
#define BACK(id) "{\"jsonrpc\":\"2.0\",\"id\":" #id ",\"result\":{}}"

static void
test_echo(void **state)
{
	struct rig *g = rig_new(NULL);
	struct client c = rig_connect(g);

	(void)state;
	client_send(g, &c, ECHO(1) ECHO("a") ECHO(null) ECHO(-5));
	expect(g, &c, BACK(1));
	expect(g, &c, BACK("a"));
	expect(g, &c, BACK(null));
	expect(g, &c, BACK(-5));
	client_close(&c);
	RIG_UNTIL(g, g->closed == 1);
	assert_int_equal(rig_stats(g).connections, 0);
	assert_int_equal(rig_stats(g).requests, 4);
	rig_free(g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_echo),
	};

	return cmocka_run_group_tests_name("net", tests, NULL, NULL);
}
