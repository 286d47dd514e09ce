#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "job/prompt.h"
#include "llm/offline.h"
#include "record/prompted.h"
#include "tests/fake/play.h"
#include "tests/unit/record/fixture.h"

static struct job_template *templates[TEMPLATES];

static int
read_templates(void **state)
{
	char path[64], bytes[65536];
	size_t n;
	FILE *f;

	(void)state;
	for (int i = 0; i < TEMPLATES; i++) {
		snprintf(
		    path, sizeof(path), "config/prompts/%s", template_names[i]);
		f = fopen(path, "r");
		assert_non_null(f);
		n = fread(bytes, 1, sizeof(bytes), f);
		fclose(f);
		templates[i] = template_read(i, bytes, n, NULL);
		assert_non_null(templates[i]);
	}
	return 0;
}

static int
free_templates(void **state)
{
	(void)state;
	for (int i = 0; i < TEMPLATES; i++)
		template_free(templates[i]);
	return 0;
}

/* As a daemon does: the template first, then the start with its prompt. */
static void
start(struct play *p, struct job *job, struct prompt_marks *marks)
{
	const struct job_template *t = templates[template_of(job)];
	struct event *in;
	struct prompt prompt;

	if (!session_has_template(p->s, template_names[t->kind], t->digest))
		assert_int_equal(
		    play_input(p, input_template(p->s, t, p->now, &p->entropy)),
		    0);
	snprintf(marks->boundary, sizeof(marks->boundary), "%032zx", p->log.n);
	snprintf(
	    marks->canary, sizeof(marks->canary), "%032zx", p->log.n + 77777);
	in = input_started(p->s, job, "fake", p->now, &p->entropy);
	prompt_render(t, job, marks, 1, &prompt);
	input_prompted(in, t, &prompt, marks, "fake-1", &p->entropy);
	prompt_clear(&prompt);
	assert_int_equal(play_input(p, in), 0);
}

static void
model_jobs(struct play *p)
{
	struct prompt_marks marks;
	struct job_reply reply;
	const char *ids[256];
	struct job *job;

	while (session_wanted(p->s, ids, 256) > 0) {
		job = p->s->procedure->render(p->s, ids[0]);
		start(p, job, &marks);
		offline_run(job, &reply);
		assert_int_equal(play_input(p, input_finished(p->s, job, &reply,
						   p->now, &p->entropy)),
		    0);
		job_reply_free(&reply);
		job_free(job);
	}
}

/* Two rounds, so that every template has been used. */
static void
play_model(struct play *p)
{
	int i;

	play_begin(p, "{\"candidates\":4}", NULL);
	for (i = 0; i < 5; i++)
		play_join(p, "Kim");
	play_next(p);
	for (i = 0; i < 5; i++)
		play_text(p, i, "opinion", fixture_opinions[i]);
	model_jobs(p);
	play_all_ballots(p);
	for (i = 0; i < 5; i++)
		play_text(p, i, "critique", "It forgets the breaks.");
	model_jobs(p);
	play_all_ballots(p);
	assert_true(p->s->concluded);
}

struct counts {
	int none, same, lacking, other, starts;
};

static void
count_all(const struct buf *recording, struct counts *c)
{
	struct recording *rec = recording_of(recording->data, recording->len);
	struct recording_header header;
	struct prompted prompted = {0};
	struct session *s;
	struct event *e;
	int *const of[] = {&c->none, &c->same, &c->lacking, &c->other};

	memset(c, 0, sizeof(*c));
	assert_int_equal(recording_begin(rec, &header, NULL), 0);
	s = session_new(
	    header.session, procedure_find(header.procedure), header.hash);
	while (recording_next(rec, &e, NULL) == 1) {
		prompted_note(&prompted, e);
		c->starts += strcmp(e->type, "exchange.started") == 0;
		++*of[prompted_check(&prompted, s, e, NULL)];
		assert_int_equal(session_apply(s, e, NULL), 0);
		event_destroy(e);
	}
	prompted_clear(&prompted);
	session_free(s);
	recording_close(rec);
}

/* What the recording holds is enough for the bytes that were sent. */
static void
test_all_render_again(void **state)
{
	struct buf out = {0};
	struct counts c;
	struct play p;

	(void)state;
	play_model(&p);
	write_log(&p, NULL, NULL, &out);
	count_all(&out, &c);
	assert_true(c.starts > 16);
	assert_int_equal(c.same, c.starts);
	assert_int_equal(c.lacking + c.other, 0);
	buf_free(&out);
	play_end(&p);
}

static bool
no_opinions(const struct event *e, const struct sealed *item, void *arg)
{
	(void)arg;
	return strcmp(e->type, "contribution.given") != 0 ||
	       strcmp(item->name, "text") != 0;
}

static bool
no_marks(const struct event *e, const struct sealed *item, void *arg)
{
	(void)e;
	(void)arg;
	return strcmp(item->name, "marks") != 0;
}

/* A copy without the words, or without the marks, proves nothing either way;
 * it is no difference. */
static void
test_lacking(void **state)
{
	struct buf out = {0};
	struct counts c;
	struct play p;

	(void)state;
	play_model(&p);
	write_log(&p, no_opinions, NULL, &out);
	count_all(&out, &c);
	assert_int_equal(c.lacking, c.starts);
	buf_free(&out);
	write_log(&p, no_marks, NULL, &out);
	count_all(&out, &c);
	assert_int_equal(c.lacking, c.starts);
	buf_free(&out);
	play_end(&p);
}

/* Another digest than that of the prompt of the first ballot. */
static void
tamper(struct event *e)
{
	uint8_t salt[SALT_LEN] = {1};
	struct sealed *item = NULL;

	if (strcmp(e->type, "exchange.started") != 0 ||
	    strcmp(event_str(e, "job"), "predict.0.1") != 0)
		return;
	for (size_t i = 0; i < e->nsealed; i++)
		if (strcmp(e->sealed[i].name, "prompt") == 0)
			item = &e->sealed[i];
	assert_non_null(item);
	free(item->body);
	memmove(item, item + 1,
	    (size_t)(e->sealed + e->nsealed - item - 1) * sizeof(*item));
	e->nsealed--;
	event_seal(e, "prompt",
	    "00000000000000000000000000000000"
	    "00000000000000000000000000000000",
	    salt);
}

static void
test_other(void **state)
{
	struct buf out = {0};
	struct counts c;
	struct play p;

	(void)state;
	play_model(&p);
	write_tampered(&p, tamper, &out);
	count_all(&out, &c);
	assert_int_equal(c.other, 1);
	assert_int_equal(c.same, c.starts - 1);
	buf_free(&out);
	play_end(&p);
}

/* The offline drafter is sent nothing. */
static void
test_offline(void **state)
{
	struct buf out = {0};
	struct counts c;
	struct play p;

	(void)state;
	play_two_rounds(&p);
	write_log(&p, NULL, NULL, &out);
	count_all(&out, &c);
	assert_true(c.starts > 0);
	assert_int_equal(c.same + c.lacking + c.other, 0);
	buf_free(&out);
	play_end(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_all_render_again),
	    cmocka_unit_test(test_lacking),
	    cmocka_unit_test(test_other),
	    cmocka_unit_test(test_offline),
	};

	return cmocka_run_group_tests(tests, read_templates, free_templates);
}
