#include "client/scenario.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define ADA "{\"name\":\"Ada\",\"opinion\":\"Yes.\"}"

/* What is wrong, and the place that the message must name. */
static const struct {
	const char *text, *place;
} broken[] = {
    {"", ""},
    {"[]", "scenario"},
    {"{}", "question: is missing"},
    {"{\"question\":7}", "question: must"},
    {"{\"question\":\" \"}", "question: is empty"},
    {"{\"question\":{\"yes\":\"a\"}}", "question.yes: there is no"},
    {"{\"question\":{\"affirming\":\"a\"}}", "question.text: is missing"},
    {"{\"question\":\"q\"}", "participants: must"},
    {"{\"question\":\"q\",\"participants\":[]}", "participants: must"},
    {"{\"question\":\"q\",\"seed\":1,\"participants\":[" ADA "]}",
	"seed: there is no"},
    {"{\"question\":\"q\",\"settings\":[],\"participants\":[" ADA "]}",
	"settings: must"},
    {"{\"question\":\"q\",\"participants\":[7]}", "participants[0]: must"},
    {"{\"question\":\"q\",\"participants\":[{\"opinion\":\"x\"}]}",
	"participants[0].name: is missing"},
    {"{\"question\":\"q\",\"participants\":[" ADA "," ADA "]}",
	"participants[1].name: participants[0]"},
    {"{\"question\":\"q\",\"participants\":[{\"name\":\"A\",\"age\":3}]}",
	"participants[0].age: there is no"},
    {"{\"question\":\"q\",\"participants\":[" ADA
     ",{\"name\":\"B\",\"ballots\":[\"A>B\",\"A>>B\"]}]}",
	"participants[1].ballots[1]: "},
    {"{\"question\":\"q\",\"participants\":[{\"name\":\"B\",\"ballots\":"
     "\"A>B\"}]}",
	"participants[0].ballots: must"},
    {"{\"question\":\"q\",\"participants\":[{\"name\":\"B\",\"ratings\":"
     "[[6,8]]}]}",
	"participants[0].ratings[0]: "},
    {"{\"question\":\"q\",\"participants\":[{\"name\":\"B\",\"quality\":"
     "[[0]]}]}",
	"participants[0].quality[0]: "},
    {"{\"question\":\"q\",\"participants\":[{\"name\":\"B\",\"position\":4}]}",
	"participants[0].position: must"},
    {"{\"question\":\"q\",\"participants\":[{\"name\":\"B\",\"position\":"
     "[4,8]}]}",
	"participants[0].position[1]: "},
    {"{\"question\":\"q\",\"participants\":[{\"name\":\"B\",\"importance\":"
     "6}]}",
	"participants[0].importance: "},
    {"{\"question\":\"q\",\"participants\":[{\"name\":\"B\",\"preference\":"
     "\"second\"}]}",
	"participants[0].preference: "},
    {"{\"question\":\"q\",\"participants\":[{\"name\":\"B\",\"dissent\":"
     "{\"signed\":true}}]}",
	"participants[0].dissent: has no text"},
    {"{\"question\":\"q\",\"participants\":[{\"name\":\"B\",\"survey\":[]}]}",
	"participants[0].survey: must"},
    {"{\"question\":\"q\",\"participants\":[{\"name\":\"B\",\"labels\":1}]}",
	"participants[0].labels: must"},
    {"{\"question\":\"q\",\"labels\":[],\"participants\":[" ADA "]}",
	"labels: must"},
    {"{\"question\":\"q\",\"survey\":{},\"participants\":[" ADA "]}",
	"survey: must"},
    {"{\"question\":\"q\",\"participants\":[{\"name\":\"B\",\"critiques\":"
     "[\"\"]}]}",
	"participants[0].critiques[0]: "},
};

static void
test_broken(void **state)
{
	struct scenario s;
	struct err err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof broken / sizeof *broken; i++) {
		memset(&err, 0, sizeof err);
		assert_int_equal(scenario_read(&s, broken[i].text,
				     strlen(broken[i].text), &err),
		    -1);
		assert_int_equal(err.code, ERR_BROKEN);
		if (strstr(err.text, broken[i].place) == NULL)
			fail_msg("%s: %s", broken[i].text, err.text);
		scenario_free(&s);
	}
}

static void
test_whole(void **state)
{
	static const char text[] =
	    "{\"question\":{\"text\":\"q\",\"affirming\":\"yes\"},"
	    "\"preset\":\"quick\",\"settings\":{\"rounds\":2},"
	    "\"participants\":[{\"name\":\"A\",\"opinion\":\"o\","
	    "\"critiques\":[\"c\",null],\"ballots\":[\"A>B\"],"
	    "\"ratings\":[[6,null]],\"labels\":{\"arm\":\"x\"}},"
	    "{\"name\":\"B\",\"opinion\":null,\"ballots\":[null,\"B\"]}]}";
	struct scenario s;
	struct err err;

	(void)state;
	assert_int_equal(scenario_read(&s, text, strlen(text), &err), 0);
	assert_string_equal(s.question, "q");
	assert_string_equal(s.affirming, "yes");
	assert_null(s.negating);
	assert_string_equal(s.preset, "quick");
	assert_int_equal(s.n, 2);
	assert_true(s.ballots);
	assert_false(s.ratings); /* B's second ballot has none */
	assert_false(s.positions);
	assert_non_null(s.people[0].labels);
	assert_null(scenario_critique(&s.people[0], 0));
	assert_string_equal(scenario_critique(&s.people[0], 1), "c");
	assert_null(scenario_critique(&s.people[0], 2));
	assert_string_equal(scenario_ballot(&s.people[0], 0), "A>B");
	assert_null(scenario_ballot(&s.people[0], 1));
	assert_null(scenario_ballot(&s.people[1], 0));
	assert_string_equal(scenario_ballot(&s.people[1], 1), "B");
	assert_int_equal(json_array_size(scenario_rating(&s.people[0], 0)), 2);
	assert_null(s.people[1].opinion);
	scenario_free(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_broken),
	    cmocka_unit_test(test_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
