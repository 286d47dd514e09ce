/* Receipts held against recordings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "record/receipt.h"
#include "tests/unit/record/fixture.h"

#define ZEROS "00000000000000000000000000000000"

static char path[] = "/tmp/caucus-receipt-XXXXXX";

static void
save(const struct buf *b)
{
	FILE *f;

	strcpy(path, "/tmp/caucus-receipt-XXXXXX");
	f = fdopen(mkstemp(path), "w");
	assert_non_null(f);
	assert_int_equal(fwrite(b->data, 1, b->len, f), b->len);
	assert_int_equal(fclose(f), 0);
}

/* The first contribution with a ranking, and what its giver was answered. */
static const struct event *
ballot_of(const struct play *p)
{
	size_t i;

	for (i = 0; i < p->log.n; i++)
		if (event_sealed(p->log.v[i], "ranking") != NULL &&
		    strcmp(p->log.v[i]->type, "contribution.given") == 0)
			return p->log.v[i];
	fail();
	return NULL;
}

static json_t *
receipt_of(const struct event *e, bool bodies)
{
	char hash[2 * DIGEST_LEN + 1], salt[2 * SALT_LEN + 1];
	json_t *salts = json_object(), *kept = json_object(), *o;
	size_t i;

	hex_encode(e->hash, DIGEST_LEN, hash);
	for (i = 0; i < e->nsealed; i++) {
		hex_encode(e->sealed[i].salt, SALT_LEN, salt);
		json_object_set_new(
		    salts, e->sealed[i].name, json_string(salt));
		json_object_set_new(
		    kept, e->sealed[i].name, json_string(e->sealed[i].body));
	}
	o = json_pack("{s:I,s:s,s:o}", "seq", (json_int_t)e->seq, "hash", hash,
	    "salts", salts);
	if (bodies)
		json_object_set(o, "bodies", kept);
	json_decref(kept);
	return o;
}

static void
good_receipts_hold(void **state)
{
	struct receipt_report r;
	struct buf b = {0}, text = {0};
	const struct event *e;
	struct play p;
	json_t *o;

	(void)state;
	play_two_rounds(&p);
	write_log(&p, NULL, NULL, &b);
	save(&b);
	e = ballot_of(&p);
	o = receipt_of(e, true);
	assert_int_equal(receipt_check(o, path, &r, NULL), 0);
	assert_int_equal(r.salts, (int64_t)e->nsealed);
	assert_int_equal(r.bodies, (int64_t)e->nsealed);
	assert_int_equal(r.unseen, 0);
	assert_string_equal(r.type, "contribution.given");
	assert_string_equal(r.slot, "ballot");
	assert_true(r.decided > e->seq);
	receipt_text(&r, "x.jsonl", &text);
	assert_non_null(strstr(text.data, "as the receipt says"));
	json_decref(o);
	o = receipt_json(&r);
	assert_true(json_is_true(json_object_get(o, "holds")));
	json_decref(o);
	unlink(path);
	play_end(&p);
	buf_free(&b);
	buf_free(&text);
}

/* In a copy without the ballots, who kept theirs can still show it. */
static void
closed_items_are_shown_by_their_giver(void **state)
{
	struct receipt_report r;
	struct buf b = {0};
	struct play p;
	json_t *o;

	(void)state;
	play_two_rounds(&p);
	write_log(&p, no_rankings, NULL, &b);
	save(&b);
	o = receipt_of(ballot_of(&p), true);
	assert_int_equal(receipt_check(o, path, &r, NULL), 0);
	assert_int_equal(r.unseen, 1);
	assert_int_equal(r.bodies, r.salts + 1);
	json_decref(o);
	unlink(path);
	play_end(&p);
	buf_free(&b);
}

static void
check_broken(const json_t *o, enum err_code code, const char *says)
{
	struct receipt_report r;
	struct err err = {0};

	assert_int_equal(receipt_check(o, path, &r, &err), -1);
	assert_int_equal(err.code, code);
	if (strstr(err.text, says) == NULL)
		fail_msg("%s, not: %s", err.text, says);
}

static void
wrong_receipts_are_found(void **state)
{
	static const char zeros[] = ZEROS ZEROS;
	struct buf b = {0};
	struct play p;
	json_t *o, *member;

	(void)state;
	play_two_rounds(&p);
	write_log(&p, NULL, NULL, &b);
	save(&b);
	o = receipt_of(ballot_of(&p), true);
	member = json_object_get(o, "bodies");
	json_object_set_new(member, "ranking", json_string("[[\"s1\"]]"));
	check_broken(o, ERR_BROKEN, "other words were sealed");
	json_object_del(o, "bodies");
	member = json_object_get(o, "salts");
	json_object_set_new(member, "by", json_string(zeros + 32));
	check_broken(o, ERR_BROKEN, "a salt is another");
	json_object_del(member, "by");
	json_object_set_new(member, "note", json_string(zeros + 32));
	check_broken(o, ERR_BROKEN, "nothing is sealed by that name");
	json_object_del(member, "note");
	json_object_set_new(o, "hash", json_string(zeros));
	check_broken(o, ERR_BROKEN, "its hash is another");
	json_object_set_new(o, "seq", json_integer(100000));
	check_broken(o, ERR_BROKEN, "cut off");
	json_decref(o);
	b.data[b.len / 2] ^= 1;
	unlink(path);
	save(&b);
	o = receipt_of(ballot_of(&p), false);
	check_broken(o, ERR_BROKEN, "does not hold");
	json_decref(o);
	unlink(path);
	o = receipt_of(ballot_of(&p), false);
	check_broken(o, ERR_FILE, "cannot open");
	json_decref(o);
	play_end(&p);
	buf_free(&b);
}

static void
what_is_no_receipt_is_refused(void **state)
{
	static const char *const rows[] = {
	    "{}",
	    "[]",
	    "{\"seq\":\"1\",\"hash\":\"x\"}",
	    "{\"seq\":0}",
	    "{\"seq\":1,\"hash\":\"abc\"}",
	    ("{\"seq\":1,\"hash\":\"" ZEROS ZEROS "\",\"salts\":[]}"),
	};
	json_t *o;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		o = json_loads(rows[i], 0, NULL);
		assert_non_null(o);
		check_broken(o, ERR_INVALID_PARAMS, "no receipt");
		json_decref(o);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(good_receipts_hold),
	    cmocka_unit_test(closed_items_are_shown_by_their_giver),
	    cmocka_unit_test(wrong_receipts_are_found),
	    cmocka_unit_test(what_is_no_receipt_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
