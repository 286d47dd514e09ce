/*
 * Drawing again: `replay --endpoint` and `whatif --endpoint` play the inputs of
 * a recording with a language model (a fake one) into a new recording that
 * names its parent.  Longer than 2 s, for whole deliberations are played.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/buf.h"
#include "cli.h"
#include "harness.h"
#include "model.h"
#include "record/verify.h"
#include "shell.h"

static char dir[64];	/* that of shell.h */
static struct daemon d; /* only its folder, for the model */
static struct model m;
static char with[96]; /* the options that name the model */

static int
setup(void **state)
{
	(void)state;
	if (shell_open(NULL) == -1)
		return -1;
	snprintf(dir, sizeof(dir), "%s", shell_home());
	snprintf(d.dir, sizeof(d.dir), "%s", dir);
	if (model_start(&m, &d, 0, 0, "") == -1)
		return -1;
	snprintf(with, sizeof(with),
	    "--endpoint http://127.0.0.1:%d/v1 --model fake-1", m.port);
	return cli("caucus run --offline --seed 3 --json --set candidates=4 "
		   "--record '%s/r.jsonl' config/scenarios/school-phones.json "
		   ">/dev/null 2>&1",
	    dir);
}

static int
teardown(void **state)
{
	(void)state;
	model_stop(&m);
	shell_close();
	return 0;
}

static json_t *
answer(const char *name)
{
	char *text = cli_get(dir, name);
	json_t *v = json_loads(text, 0, NULL);

	if (v == NULL)
		fail_msg("no JSON: %s", text);
	free(text);
	return v;
}

static void
the_new_recording_names_its_parent(void **state)
{
	struct verify_report old, new;
	char path[128], hex[2 * DIGEST_LEN + 1], *text;
	json_t *o;

	(void)state;
	assert_int_equal(cli("caucus replay --json %s -o '%s/new.jsonl' "
			     "'%s/r.jsonl' >'%s/answer'",
			     with, dir, dir, dir),
	    0);
	assert_true(model_requests(&m, "draft") > 0);
	assert_true(model_requests(&m, "predict") > 0);
	snprintf(path, sizeof(path), "%s/r.jsonl", dir);
	assert_int_equal(verify_file(path, &old, NULL), 0);
	snprintf(path, sizeof(path), "%s/new.jsonl", dir);
	assert_int_equal(verify_file(path, &new, NULL), 0);
	o = answer("answer");
	hex_encode(old.head, DIGEST_LEN, hex);
	assert_string_equal(text_of(o, "parent_head"), hex);
	assert_string_equal(text_of(o, "parent"), old.header.session);
	assert_string_equal(text_of(o, "session"), new.header.session);
	assert_non_null(strstr(text_of(o, "label"), "ballots predicted"));
	assert_int_equal(json_array_size(json_object_get(o, "rounds")), 2);
	/* in the new recording itself too, sealed and in its chain */
	text = cli_get(dir, "new.jsonl");
	assert_non_null(strstr(text, hex));
	assert_non_null(strstr(text, old.header.session));
	free(text);
	/* what was sent renders again, and it all replays */
	assert_true(new.prompts > 0);
	assert_int_equal(new.unrendered, 0);
	assert_int_equal(new.reworded, 0);
	assert_true(new.concluded);
	assert_int_equal(
	    cli("caucus replay '%s/new.jsonl' >/dev/null", dir), 0);
	json_decref(o);
}

/* The same words in the same order: the same people said them. */
static void
the_inputs_are_the_same(void **state)
{
	(void)state;
	assert_int_equal(
	    cli("for f in r new; do caucus export --format json "
		"'%s/'$f.jsonl -o '%s/'$f.json >/dev/null || exit 9; done; "
		"caucus export --format scenario '%s/r.jsonl' -o '%s/a' "
		">/dev/null; caucus export --format scenario "
		"'%s/new.jsonl' -o '%s/b' >/dev/null; for f in a b; do sed -n "
		"'/\"opinion\"/p' '%s/'$f >'%s/'$f.texts; done; test -s "
		"'%s/a.texts' && cmp '%s/a.texts' '%s/b.texts'",
		dir, dir, dir, dir, dir, dir, dir, dir, dir, dir, dir),
	    0);
}

static void
without_somebody(void **state)
{
	char *text;

	(void)state;
	assert_int_equal(
	    cli("caucus whatif %s --without Jonas --seed 5 -o '%s/less.jsonl' "
		"'%s/r.jsonl' >'%s/said'",
		with, dir, dir, dir),
	    0);
	text = cli_get(dir, "said");
	assert_non_null(strstr(text, "A simulation: drafts drawn again"));
	free(text);
	text = cli_get(dir, "less.jsonl");
	assert_non_null(strstr(text, "Amara"));
	assert_null(strstr(text, "Jonas"));
	free(text);
}

/* One word changed in an opinion, every digest and hash made to fit: what was
 * sent tells it. */
static void
a_changed_opinion_is_found_out(void **state)
{
	(void)state;
	if (!cli_has("python3 -c pass", "python3"))
		return;
	cli_put(dir, "forge.py",
	    "import sys,json,hashlib\n"
	    "lines=open(sys.argv[1],'rb').read().split(b'\\n')[:-1]\n"
	    "h=hashlib.sha256(lines[0]).digest()\n"
	    "out=[lines[0]]\n"
	    "done=False\n"
	    "for l in lines[1:]:\n"
	    "    o=json.loads(l)\n"
	    "    e=o['event']; s=o.get('sealed',{})\n"
	    "    if not done and e['type']=='contribution.given' and 'text' in s:\n"
	    "        i=s['text']; i['body']=i['body'].replace('e','a',1); done=True\n"
	    "        e['sealed']['text']=hashlib.sha256(b'text\\0'+bytes.fromhex(i['salt'])+i['body'].encode()).hexdigest()\n"
	    "    b=json.dumps(e,separators=(',',':'),sort_keys=True,ensure_ascii=False).encode()\n"
	    "    h=hashlib.sha256(h+b).digest()\n"
	    "    r=b'{\"event\":'+b+b',\"hash\":\"'+h.hex().encode()+b'\"'\n"
	    "    if s: r+=b',\"sealed\":'+json.dumps(s,separators=(',',':'),sort_keys=True,ensure_ascii=False).encode()\n"
	    "    out.append(r+b'}')\n"
	    "open(sys.argv[2],'wb').write(b'\\n'.join(out)+b'\\n')\n");
	assert_int_equal(
	    cli("python3 '%s/forge.py' '%s/new.jsonl' '%s/forged.jsonl'", dir,
		dir, dir),
	    0);
	assert_int_equal(cli_refused(dir, "verify ./forged.jsonl", 3, ""), 0);
	assert_int_equal(cli("caucus verify '%s/forged.jsonl' | grep -q "
			     "'a language model was not sent this'",
			     dir),
	    0);
}

static void
mistakes_are_told(void **state)
{
	char args[256];

	(void)state;
	snprintf(args, sizeof(args), "replay %s ./r.jsonl ./r.jsonl", with);
	assert_int_equal(cli_refused(dir, args, 2, "draws one recording"), 0);
	snprintf(args, sizeof(args), "whatif %s --method all ./r.jsonl", with);
	assert_int_equal(cli_refused(dir, args, 2, "--method, which"), 0);
	snprintf(args, sizeof(args), "whatif %s --without Zoe ./r.jsonl", with);
	assert_int_equal(cli_refused(dir, args, 2, "nobody is called Zoe"), 0);
	assert_int_equal(
	    cli_refused(dir, "replay --endpoint http://127.0.0.1:1/ ./r.jsonl",
		2, "belong together"),
	    0);
	assert_int_equal(
	    cli("caucus export --as observer -o '%s/o.jsonl' '%s/r.jsonl' "
		">/dev/null",
		dir, dir),
	    0);
	snprintf(args, sizeof(args), "replay %s ./o.jsonl", with);
	assert_int_equal(cli_refused(dir, args, 3, "only a full export"), 0);
	assert_int_equal(cli_refused(dir, "whatif --slate pools ./r.jsonl", 2,
			     "pools cannot be drawn again"),
	    0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_new_recording_names_its_parent),
	    cmocka_unit_test(the_inputs_are_the_same),
	    cmocka_unit_test(without_somebody),
	    cmocka_unit_test(a_changed_opinion_is_found_out),
	    cmocka_unit_test(mistakes_are_told),
	};
	return cmocka_run_group_tests_name("redraw", tests, setup, teardown);
}
