#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/stream.h"
#include "base/text.h"
#include "llm/offline.h"

#define DRAFTS 16

/* A job to draft from these texts (NULL-terminated); seed by index. */
static struct job *
draft_job(const char *const *opinions, int index, int max_chars)
{
	struct job *job = xcalloc(1, sizeof(*job));

	while (opinions[job->nopinions] != NULL)
		job->nopinions++;
	job->kind = JOB_DRAFT;
	job->index = index;
	job->max_chars = max_chars;
	snprintf(job->seed, sizeof(job->seed), "seed %d", index);
	job->question = xstrdup("");
	job->opinions = xcalloc(job->nopinions + 1, sizeof(*job->opinions));
	job->critiques = xcalloc(job->nopinions + 1, sizeof(*job->critiques));
	for (size_t i = 0; opinions[i] != NULL; i++)
		job->opinions[i].text = xstrdup(opinions[i]);
	return job;
}

/* critiques: aligned with the opinions, "" for none. */
static struct job *
revision_job(const char *const *opinions, const char *const *critiques,
    const char *winner, int index)
{
	struct job *job = draft_job(opinions, index, 1200);

	job->round = 1;
	job->winner = xstrdup(winner);
	for (size_t i = 0; i < job->nopinions; i++)
		if (critiques[i][0] != '\0')
			job->critiques[i].text = xstrdup(critiques[i]);
	return job;
}

static bool
has(const char *text, const char *part)
{
	return strstr(text, part) != NULL;
}

static bool
stands_in(const struct job *job, const char *sentence)
{
	bool found = job->winner != NULL && has(job->winner, sentence);

	for (size_t i = 0; i < job->nopinions; i++) {
		if (job->opinions[i].text != NULL)
			found = found || has(job->opinions[i].text, sentence);
		if (job->critiques[i].text != NULL)
			found = found || has(job->critiques[i].text, sentence);
	}
	return found;
}

static size_t
lines_with(const char *text, const char *part)
{
	size_t n = 0;

	while ((text = strstr(text, part)) != NULL) {
		n++;
		text += strlen(part);
	}
	return n;
}

/* What must hold of every draft; returns the number of its sentences. */
static size_t
check_draft(const struct job *job, const struct job_reply *r)
{
	struct span *spans;
	char **seen, *sentence;
	size_t n;

	assert_int_equal(r->outcome, OUTCOME_OK);
	assert_non_null(r->text);
	assert_non_null(r->reasoning);
	assert_true(text_valid(r->text, strlen(r->text)));
	if (job->max_chars > 0)
		assert_true(text_chars(r->text) <= (size_t)job->max_chars);
	spans = text_sentences(r->text, &n);
	seen = xcalloc(n + 1, sizeof(*seen));
	for (size_t i = 0; i < n; i++) {
		sentence = xstrndup(r->text + spans[i].at, spans[i].len);
		if (!stands_in(job, sentence) && !has(sentence, "…"))
			fail_msg("not word for word: %s", sentence);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(seen[k], sentence);
		seen[i] = sentence;
	}
	assert_int_equal(lines_with(r->reasoning, ": word for word from "), n);
	for (size_t i = 0; i < n; i++)
		free(seen[i]);
	free(seen);
	free(spans);
	return n;
}

/* The draft of these opinions with seed `index`, checked; free(3). */
static char *
draft(const char *const *opinions, int index, int max_chars, size_t *sentences)
{
	struct job *job = draft_job(opinions, index, max_chars);
	struct job_reply r;
	size_t n;
	char *text;

	offline_run(job, &r);
	n = check_draft(job, &r);
	if (sentences != NULL)
		*sentences = n;
	text = xstrdup(r.text);
	job_reply_free(&r);
	job_free(job);
	return text;
}

static const char *const park[] = {
    "Hello everyone, thanks for asking! The park should stay open until ten "
    "in the evening. My son has football training there on Tuesdays. Lamps "
    "along the main path would make people feel safe. Why was it closed at "
    "all?",
    "The park should be open in the evening, but the playground needs quiet "
    "after eight. Neighbours must be able to sleep with an open window. "
    "However, they knew the park was there when they moved in.",
    "Dogs should be kept on a lead near the playground. A fenced meadow for "
    "dogs would solve most quarrels. The city should pay for more bins.",
    "Old people need benches in the shade. Paths must be wide enough for "
    "wheelchairs. The city should repair the fountain before it builds "
    "anything new.",
    NULL};

static void
test_english(void **state)
{
	char *texts[DRAFTS];
	size_t n, different = 0, lengths = 0;
	unsigned seen = 0;

	(void)state;
	for (int i = 0; i < DRAFTS; i++) {
		texts[i] = draft(park, i, 1200, &n);
		assert_in_range(n, 2, 6);
		seen |= 1u << n;
		assert_false(has(texts[i], "Hello"));
		assert_false(has(texts[i], "Why was"));
		/* leans on the neighbours' sentence */
		if (has(texts[i], "However, they knew"))
			assert_true(has(
			    texts[i], "window. However, they knew the park"));
	}
	for (int i = 0; i < DRAFTS; i++) {
		different++;
		for (int k = 0; k < i; k++)
			if (strcmp(texts[i], texts[k]) == 0) {
				different--;
				break;
			}
	}
	for (; seen != 0; seen &= seen - 1)
		lengths++;
	assert_true(different >= DRAFTS / 2);
	assert_true(lengths >= 3);
	for (int i = 0; i < DRAFTS; i++)
		free(texts[i]);
}

/* Who of the people has a sentence of their own in the text. */
static size_t
voices(const char *const *opinions, const char *text)
{
	size_t n, count = 0;

	for (size_t p = 0; opinions[p] != NULL; p++) {
		struct span *spans = text_sentences(opinions[p], &n);
		bool found = false;

		for (size_t i = 0; i < n && !found; i++) {
			char *s =
			    xstrndup(opinions[p] + spans[i].at, spans[i].len);

			found = has(text, s);
			free(s);
		}
		count += found;
		free(spans);
	}
	return count;
}

/* A draft of at least as many sentences as people leaves nobody out. */
static void
test_coverage(void **state)
{
	size_t n, v;
	char *text;

	(void)state;
	for (int i = 0; i < 2 * DRAFTS; i++) {
		text = draft(park, i, 1200, &n);
		v = voices(park, text);
		assert_int_equal(v, n < 4 ? n : 4);
		free(text);
	}
}

static int
char_cmp(const void *a, const void *b)
{
	return *(const unsigned char *)a - *(const unsigned char *)b;
}

/* Nobody is asked to choose between the same sentences in another order. */
static void
test_one_order(void **state)
{
	const char *turned[] = {park[2], park[3], park[0], park[1], NULL};
	char *texts[2 * DRAFTS], *sorted[2 * DRAFTS];
	size_t n;

	(void)state;
	for (int i = 0; i < 2 * DRAFTS; i++) {
		texts[i] = draft(i % 2 == 0 ? park : turned, i, 1200, &n);
		sorted[i] = xstrdup(texts[i]);
		qsort(sorted[i], strlen(sorted[i]), 1, char_cmp);
		for (int k = 0; k < i; k++)
			if (strcmp(sorted[i], sorted[k]) == 0)
				assert_string_equal(texts[i], texts[k]);
	}
	for (int i = 0; i < 2 * DRAFTS; i++) {
		free(texts[i]);
		free(sorted[i]);
	}
}

/* No draft says what its author has gone on to take back. */
static void
test_meaning(void **state)
{
	static const char *const three[] = {
	    "I have advocated for some time that the minimum wage must rise. I "
	    "now realise a basic income is a much better way.",
	    "Cars should be banned from the centre of the town. But deliveries "
	    "should be allowed before noon.",
	    "Buses need lanes of their own. Parking should cost more.", NULL};
	size_t n;
	char *text;

	(void)state;
	for (int i = 0; i < 2 * DRAFTS; i++) {
		text = draft(three, i, 1200, &n);
		if (has(text, "I have advocated"))
			assert_true(has(text, "rise. I now realise"));
		if (has(text, "Cars should"))
			assert_true(has(text, "town. But deliveries"));
		assert_in_range(n, 2, 6);
		free(text);
	}
}

/* Who tells a story and asks for nothing is in the draft beside who asks for
 * something in the question's own words. */
static void
test_stories(void **state)
{
	static const char *const two[] = {
	    "I walk home through the park at night. It is safer than the road.",
	    "The noise keeps us awake. The park should close at midnight.",
	    NULL};
	size_t n, with = 0;
	char *text;

	(void)state;
	for (int i = 0; i < DRAFTS; i++) {
		text = draft(two, i, 1200, &n);
		assert_int_equal(voices(two, text), 2);
		with += n > 2;
		free(text);
	}
	assert_in_range(with, 1, DRAFTS - 1);
}

/* The same job gives the same bytes, and these ones on every machine and
 * with every compiler. */
static void
test_determinism(void **state)
{
	char *a, *b;

	(void)state;
	for (int i = 0; i < 4; i++) {
		a = draft(park, i, 1200, NULL);
		b = draft(park, i, 1200, NULL);
		assert_string_equal(a, b);
		free(a);
		free(b);
	}
	a = draft(park, 7, 200, NULL);
	assert_string_equal(a,
	    "The park should be open in the evening, but the playground needs "
	    "quiet after eight. The city should pay for more bins. Old people "
	    "need benches in the shade.");
	free(a);
}

struct language {
	const char *name;
	const char *opinions[4];
};

static const struct language languages[] = {
    {"Chinese",
	{"大家好！公园应该开到晚上十点。主路上需要更多的路灯。我儿子星期二在那里踢球。",
	    "公园晚上可以开放，但是游乐场八点以后必须安静。邻居需要睡觉。",
	    "狗在游乐场附近必须拴绳。应该给狗围一块草地。为什么没有垃圾桶？",
	    NULL}},
    {"Japanese",
	{"公園は夜十時まで開けるべきです。街灯をもっと増やす必要があります。こんにちは。",
	    "遊び場は八時以降は静かにするべきです。しかし、公園を閉めることには反対です。",
	    "犬はリードにつなぐべきです。犬のための広場があると望ましいです。",
	    NULL}},
    {"Thai", {"สวนสาธารณะควรเปิดถึงสี่ทุ่ม  ต้องมีไฟส่องสว่างบนทางเดินหลัก",
		 "สนามเด็กเล่นควรเงียบหลังสองทุ่ม\nเพื่อนบ้านต้องนอนหลับได้",
		 "สุนัขต้องใส่สายจูงใกล้สนามเด็กเล่น  เมืองควรจ่ายค่าถังขยะ", NULL}},
    {"Arabic",
	{"مرحبا بالجميع. يجب أن تبقى الحديقة مفتوحة حتى العاشرة مساء. نحتاج إلى "
	 "مصابيح على الطريق الرئيسي.",
	    "ينبغي أن يكون الملعب هادئا بعد الثامنة. لماذا أغلقت الحديقة؟",
	    "يجب ربط الكلاب قرب الملعب. على المدينة أن تدفع ثمن سلال القمامة.",
	    NULL}},
    {"mixed",
	{"The park should stay open until ten. 公园应该开到晚上十点。",
	    "Der Park soll abends offen bleiben! يجب ربط الكلاب قرب الملعب.",
	    "สุนัขต้องใส่สายจูงใกล้สนามเด็กเล่น\nПарк нужно открыть вечером.", NULL}},
};

static void
test_languages(void **state)
{
	static const char *const never[] = {
	    "大家好", "为什么", "こんにちは", "مرحبا", "لماذا", NULL};
	size_t n, most;
	char *text;

	(void)state;
	for (size_t l = 0; l < sizeof(languages) / sizeof(languages[0]); l++) {
		most = 0;
		for (int i = 0; i < DRAFTS; i++) {
			text = draft(languages[l].opinions, i, 1200, &n);
			most = n > most ? n : most;
			assert_true(n >= 2);
			/* One that limits another comes with it. */
			n -= has(text, "しかし");
			if (voices(languages[l].opinions, text) !=
			    (n < 3 ? n : 3))
				fail_msg("%s: %s", languages[l].name, text);
			for (size_t k = 0; never[k] != NULL; k++)
				assert_false(has(text, never[k]));
			assert_false(has(text, "。 "));
			free(text);
		}
		if (most < 3)
			fail_msg("%s: drafts are short", languages[l].name);
	}
}

/* Never a sentence and its denial, nor the same thing twice. */
static void
test_compatible(void **state)
{
	static const char *const opposed[] = {
	    "Cars should be banned in the old town. The market needs more "
	    "room.",
	    "Cars should not be banned in the old town. Buses must run until "
	    "midnight.",
	    "Cars should be banned from the old town. Trees must be planted in "
	    "every street.",
	    NULL};
	char *text;

	(void)state;
	for (int i = 0; i < 2 * DRAFTS; i++) {
		text = draft(opposed, i, 1200, NULL);
		assert_false(has(text, "should be banned") &&
			     has(text, "not be banned"));
		assert_true(lines_with(text, "should be banned") <= 1);
		free(text);
	}
}

/* What several say in like words is found in most drafts; who has nothing
 * but insults is not quoted. */
static void
test_shared(void **state)
{
	static const char *const rent[] = {
	    "Rents should rise no faster than wages. Landlords must repair "
	    "heating within a week.",
	    "A register of empty flats is needed. Rents should not rise faster "
	    "than wages do.",
	    "Students need cheap rooms near the university. Rents should "
	    "follow wages and rise no faster.",
	    "You are all idiots, and the city council is a pathetic joke.",
	    "The city should build on its own land. Wages and rents should "
	    "rise together.",
	    NULL};
	size_t found = 0;
	char *text;

	(void)state;
	for (int i = 0; i < DRAFTS; i++) {
		text = draft(rent, i, 1200, NULL);
		found += has(text, "faster") || has(text, "rise together");
		assert_false(has(text, "idiots"));
		free(text);
	}
	assert_true(found >= DRAFTS * 3 / 4);
}

static const char *const no_critiques[] = {"", "", "", ""};

static void
test_revision(void **state)
{
	static const char winner[] =
	    "The park should stay open until ten in the evening. Dogs should "
	    "be kept on a lead near the playground. Old people need benches in "
	    "the shade.";
	static const char *const critiques[] = {
	    "I miss a word about light. The main path must have lamps that "
	    "work.",
	    "Until ten in the evening is wrong, the park open so late is "
	    "unfair to neighbours. The gate of the playground should be "
	    "locked at eight.",
	    "", "It should also say who pays for the repairs."};
	size_t lamps = 0, gate = 0, pays = 0, quoting = 0, used, n;
	struct job *job;
	struct job_reply r;

	(void)state;
	for (int i = 0; i < DRAFTS; i++) {
		job = revision_job(park, critiques, winner, i);
		offline_run(job, &r);
		n = check_draft(job, &r);
		assert_in_range(n, 2, 6);
		assert_string_not_equal(r.text, winner);
		/* objected to, and told so */
		assert_false(has(r.text, "should stay open until ten"));
		assert_true(has(r.reasoning,
		    "sentence 1 of the last winner, to which critique 2 "
		    "objects"));
		/* kept, in front */
		assert_ptr_equal(
		    strstr(r.text, "Dogs should be kept on a lead"), r.text);
		assert_true(has(r.text, "benches in the shade"));
		assert_true(has(r.reasoning,
		    "from the last winner, where it is from opinion 3"));
		used = lines_with(r.reasoning, "from critique");
		/* from a critique, or from an opinion that answers one */
		assert_true(used >= 1 || has(r.reasoning, "near critique"));
		quoting += used > 0;
		lamps += has(r.text, "The main path must have lamps");
		gate += has(r.text, "The gate of the playground");
		pays += has(r.text, "who pays");
		assert_false(has(r.text, "I miss"));
		job_reply_free(&r);
		job_free(job);
	}
	assert_true(lamps > 0 && gate > 0 && quoting >= DRAFTS * 3 / 4);
	assert_true(pays < lamps); /* speaks of the statement */

	/* Without critiques a revision still says something else. */
	for (int i = 0; i < DRAFTS; i++) {
		job = revision_job(park, no_critiques, winner, i);
		offline_run(job, &r);
		check_draft(job, &r);
		assert_string_not_equal(r.text, winner);
		job_reply_free(&r);
		job_free(job);
	}
}

/* Nothing to add: the winner shrinks rather than stands unchanged. */
static void
test_revision_at_end(void **state)
{
	static const char *const opinions[] = {
	    "Trees cool the street. Cars heat the street.", NULL};
	struct job *job = revision_job(opinions, no_critiques,
	    "Trees cool the street. Cars heat the street.", 0);
	struct job_reply r;

	(void)state;
	offline_run(job, &r);
	assert_int_equal(check_draft(job, &r), 1);
	job_reply_free(&r);
	job_free(job);
}

static void
test_max_chars(void **state)
{
	static const int limits[] = {1, 2, 5, 20, 45, 60, 100, 200};
	struct job *job;
	struct job_reply r;
	size_t n;
	char *text;

	(void)state;
	for (size_t l = 0; l < sizeof(limits) / sizeof(limits[0]); l++)
		for (int i = 0; i < DRAFTS; i++) {
			job = draft_job(park, i, limits[l]);
			offline_run(job, &r);
			check_draft(job, &r);
			/* The shortest that can stand has 34 characters. */
			assert_int_equal(has(r.text, "…"), limits[l] < 34);
			assert_int_equal(
			    has(r.reasoning, "cut off"), limits[l] < 34);
			job_reply_free(&r);
			job_free(job);
		}
	/* 0 is no limit */
	text = draft(park, 0, 0, &n);
	assert_in_range(n, 2, 6);
	free(text);
}

/* Cut at a word, and never within a character. */
static void
test_cut(void **state)
{
	static const char *const english[] = {
	    "Everyone in the whole district should get a place in the new "
	    "swimming pool",
	    NULL};
	static const char *const chinese[] = {
	    "整个区的每一个居民都应该在新的游泳馆里得到一个位置", NULL};
	char *text;

	(void)state;
	text = draft(english, 0, 24, NULL);
	assert_string_equal(text, "Everyone in the whole…");
	free(text);
	text = draft(chinese, 0, 9, NULL);
	assert_string_equal(text, "整个区的每一个居…");
	free(text);
}

static void
test_refusal(void **state)
{
	static const char *const nothing[][3] = {
	    {NULL}, {"", NULL}, {"", "", NULL}, {"!!! …", " ", NULL}};
	struct job *job;
	struct job_reply r;

	(void)state;
	for (size_t i = 0; i < sizeof(nothing) / sizeof(nothing[0]); i++) {
		job = draft_job(nothing[i], 0, 100);
		offline_run(job, &r);
		assert_int_equal(r.outcome, OUTCOME_REFUSAL);
		assert_null(r.text);
		job_reply_free(&r);
		/* withheld texts */
		for (size_t k = 0; k < job->nopinions; k++) {
			free(job->opinions[k].text);
			job->opinions[k].text = NULL;
		}
		free(job->critiques);
		job->critiques = NULL;
		offline_run(job, &r);
		assert_int_equal(r.outcome, OUTCOME_REFUSAL);
		job_free(job);
	}
}

static void
test_odd_inputs(void **state)
{
	static const char *const one[] = {
	    "Trees should line the street. Cars must go slowly. Benches are "
	    "needed. Shops want parking. Children need a crossing.",
	    NULL};
	static const char *const equal[] = {
	    "Trees should line the street. Cars must go slowly.",
	    "Trees should line the street. Cars must go slowly.",
	    "Trees should line the street. Cars must go slowly.", NULL};
	static const char *const partly[] = {
	    "", "Cars must go slowly here.", "", NULL};
	static const char *const small_talk[] = {"Yes.", "No!", "Hello?", NULL};
	size_t n;

	(void)state;
	for (int i = 0; i < DRAFTS; i++) {
		free(draft(one, i, 1200, &n));
		assert_in_range(n, 2, 5);
		free(draft(equal, i, 1200, &n));
		assert_int_equal(n, 2);
		free(draft(partly, i, 1200, &n));
		assert_int_equal(n, 1);
		free(draft(small_talk, i, 1200, &n));
		assert_int_equal(n, 1);
	}
}

/* Words of random letters; sentences of `words` words or one without end. */
static char *
long_text(uint64_t number, size_t chars, size_t words)
{
	struct buf b = {0};
	struct stream s;

	stream_open(&s, "test_offline", "long", number, 0);
	for (size_t w = 1; b.len < chars; w++) {
		size_t letters = 2 + stream_below(&s, 8);
		uint64_t which = stream_below(&s, 500);

		buf_addc(&b, w == 1 ? 'T' : 't');
		for (size_t i = 0; i < letters; i++)
			buf_addc(&b, (char)('a' + (which * 7 + i * i) % 26));
		if (w == words) {
			buf_adds(&b, ". ");
			w = 0;
		} else {
			buf_addc(&b, ' ');
		}
	}
	return buf_take(&b);
}

/* As much as a session may hold.  Prints the time; what is asserted is only
 * that it ends well. */
static void
test_largest(void **state)
{
	const char **texts = xcalloc(201, sizeof(*texts));
	size_t sizes[] = {12, 400, SIZE_MAX};
	struct timespec from, to;

	(void)state;
	for (size_t k = 0; k < 3; k++) {
		for (uint64_t i = 0; i < 200; i++)
			texts[i] = long_text(i, 10000, sizes[k]);
		clock_gettime(CLOCK_MONOTONIC, &from);
		free(draft(texts, 1, 1200, NULL));
		clock_gettime(CLOCK_MONOTONIC, &to);
		print_message("200 opinions of 10,000 characters: %ld ms\n",
		    (long)((to.tv_sec - from.tv_sec) * 1000 +
			   (to.tv_nsec - from.tv_nsec) / 1000000));
		for (size_t i = 0; i < 200; i++)
			free((char *)(uintptr_t)texts[i]);
	}
	free(texts);
}

/* ---- predictions ---- */

static void
predict(const char *opinion, const char *critique, const char *const *texts,
    size_t n, int32_t *rank)
{
	struct job *job = xcalloc(1, sizeof(*job));
	struct job_reply r;
	int32_t most = 0;
	bool used[128] = {false};

	job->kind = JOB_PREDICT;
	job->nopinions = 1;
	job->opinions = xcalloc(1, sizeof(*job->opinions));
	job->critiques = xcalloc(1, sizeof(*job->critiques));
	if (opinion != NULL)
		job->opinions[0].text = xstrdup(opinion);
	if (critique != NULL)
		job->critiques[0].text = xstrdup(critique);
	job->ncandidates = n;
	job->candidates = xcalloc(n + 1, sizeof(*job->candidates));
	for (size_t i = 0; i < n; i++)
		job->candidates[i].text = xstrdup(texts[i]);
	offline_run(job, &r);
	assert_int_equal(r.outcome, OUTCOME_OK);
	assert_null(r.text);
	assert_int_equal(r.nrank, n);
	for (size_t i = 0; i < n; i++) {
		rank[i] = r.rank[i];
		assert_in_range(rank[i], 0, (int32_t)n - 1);
		used[rank[i]] = true;
		most = rank[i] > most ? rank[i] : most;
	}
	for (int32_t i = 0; n > 0 && i <= most; i++)
		assert_true(used[i]); /* dense */
	job_reply_free(&r);
	job_free(job);
}

static void
test_predict(void **state)
{
	static const char *const candidates[] = {
	    "Dogs should be kept on a lead near the playground.",
	    "Lamps should stand along the main path.",
	    "Old people need benches in the shade.",
	    "Lamps should stand along the main path."};
	int32_t rank[4];

	(void)state;
	predict(park[2], NULL, candidates, 4, rank);
	assert_int_equal(rank[0], 0);
	predict(park[3], NULL, candidates, 4, rank);
	assert_int_equal(rank[2], 0);
	assert_int_equal(rank[1], rank[3]); /* the same text ties */
	/* The critique is about what is on the table now. */
	predict(park[2], "The path needs lamps.", candidates, 4, rank);
	assert_int_equal(rank[1], 0);
	assert_int_equal(rank[3], 0);
	/* An objection does not ask for what it names. */
	predict("The park is fine.", "Lamps along the main path are wrong.",
	    candidates, 4, rank);
	assert_true(rank[1] > rank[0] && rank[1] > rank[2]);
}

static void
test_predict_denial(void **state)
{
	static const char *const candidates[] = {
	    "Cars should not be banned in the old town.",
	    "Cars should be banned in the old town.",
	    "The market needs more room.", ""};
	static const char *const chinese[] = {
	    "停车位不应该减少。", "停车位应该减少。", "老人需要长椅。"};
	int32_t rank[4];

	(void)state;
	predict("We should ban cars. Cars should be banned in the old town.",
	    NULL, candidates, 4, rank);
	assert_int_equal(rank[1], 0);
	assert_true(rank[0] > rank[2]);
	assert_int_equal(rank[2], rank[3]);
	predict("小区的停车位应该减少。", NULL, chinese, 3, rank);
	assert_int_equal(rank[1], 0);
	assert_true(rank[0] > rank[2]);
}

static void
test_predict_bounds(void **state)
{
	const char *many[128];
	int32_t rank[128];

	(void)state;
	for (size_t i = 0; i < 128; i++)
		many[i] = long_text(i, 300, 10);
	/* Nothing said: no candidate is better than another. */
	predict(NULL, NULL, many, 128, rank);
	for (size_t i = 0; i < 128; i++)
		assert_int_equal(rank[i], 0);
	predict("", "", many, 128, rank);
	for (size_t i = 0; i < 128; i++)
		assert_int_equal(rank[i], 0);
	predict(many[77], NULL, many, 128, rank);
	assert_int_equal(rank[77], 0);
	predict(many[0], NULL, many, 1, rank);
	assert_int_equal(rank[0], 0);
	predict(many[0], NULL, many, 0, rank);
	for (size_t i = 0; i < 128; i++)
		free((char *)(uintptr_t)many[i]);
}

static void
test_notice(void **state)
{
	size_t n;

	(void)state;
	free(text_sentences(offline_notice, &n));
	assert_int_equal(n, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_english),
	    cmocka_unit_test(test_coverage),
	    cmocka_unit_test(test_one_order),
	    cmocka_unit_test(test_stories),
	    cmocka_unit_test(test_meaning),
	    cmocka_unit_test(test_determinism),
	    cmocka_unit_test(test_languages),
	    cmocka_unit_test(test_compatible),
	    cmocka_unit_test(test_shared),
	    cmocka_unit_test(test_revision),
	    cmocka_unit_test(test_revision_at_end),
	    cmocka_unit_test(test_max_chars),
	    cmocka_unit_test(test_cut),
	    cmocka_unit_test(test_refusal),
	    cmocka_unit_test(test_odd_inputs),
	    cmocka_unit_test(test_largest),
	    cmocka_unit_test(test_predict),
	    cmocka_unit_test(test_predict_denial),
	    cmocka_unit_test(test_predict_bounds),
	    cmocka_unit_test(test_notice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
