#include "llm/offline_parts.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/stream.h"
#include "base/text.h"
#include "llm/corpus.h"

/*
 * Sentences considered for one draft, all opinions together; each person has
 * an equal share of them, at least one.  A draft of long texts by many people
 * therefore sees a sample, another draft another one.
 */
#define OPINION_SHARE  900
#define REVISION_SHARE 500 /* the same when there are critiques too */
#define CRITIQUE_SHARE 400
#define WINNER_SHARE   40

#define PICKS_MIN  2
#define PICKS_MAX  6
#define PICKS_MOST 12 /* of a winner that was longer than ours are */

/* Likeness, in thousandths, from which on … */
#define NEAR_FULL  400 /* … a sentence says what a person says */
#define NEAR_TOLD  500 /* (over this part of it, the reasoning tells so) */
#define REPEATS	   650 /* … it repeats another */
#define OBJECTS_TO 250 /* … a critique that objects means a sentence */

/* What a sentence must be worth, in thousandths, to lengthen a draft in which
 * everyone already finds themselves. */
#define MORE_QUALITY 400

#define COVERED 300 /* less than this and somebody is not in the draft */

#define NOBODY SIZE_MAX

/* What the drafter knows of a sentence beside what it says. */
struct note {
	unsigned quality; /* thousandths; may exceed 1000 */
	unsigned shake;	  /* thousandths, 800..1200: this draft's taste */
	bool barred;	  /* cannot stand in a statement */
	bool taken, out;  /* out: objected to, or says what was */
};

struct draft {
	const struct job *job;
	struct stream draw;
	struct corpus corpus;
	struct note *notes; /* aligned with corpus.v */
	size_t people;
	uint16_t *near;	   /* a row of people for each sentence, 0..1000 */
	unsigned *covered; /* per person, 0..1000 */
	bool *heard;	   /* per person: wrote anything at all */
	bool *critic;	   /* per person: wrote a critique */
	size_t *helpings;  /* per person: their own sentences taken */
	unsigned *best;	   /* per person: quality of the best they wrote */
	size_t lead;	   /* whose concern comes first in this draft */
	size_t question;   /* its sentence in the corpus, or corpus.n */
	unsigned fairness; /* extra weight of those who have least, 0..3 */
	size_t length;	   /* sentences aimed at */
	size_t picks[PICKS_MOST], npicks, chars;
	bool cut;	/* the only sentence is cut off */
	struct buf why; /* further lines of the reasoning */
};

/* ---- what a sentence is worth by itself ---- */

/* clang-format off */
static const struct factor {
	unsigned has, lacks; /* cues: all of the first, none of the second */
	bool critique;	     /* counts in critiques only */
	unsigned percent;
} factors[] = {
	{ 0, CUE_VIEW, false, 65 },
	{ CUE_BRIDGE, 0, false, 115 },
	{ CUE_SELF, 0, false, 45 },
	{ CUE_SELF, CUE_VIEW, false, 60 },
	{ CUE_META, 0, true, 35 },
	{ CUE_MISS, 0, true, 60 },
	{ CUE_OBJECT, CUE_MISS, true, 40 },
};
/* clang-format on */

static unsigned
quality_of_cues(const struct sentence *s)
{
	unsigned q = 1000;

	for (size_t i = 0; i < sizeof(factors) / sizeof(factors[0]); i++)
		if ((s->cues & factors[i].has) == factors[i].has &&
		    (s->cues & factors[i].lacks) == 0 &&
		    (!factors[i].critique || s->source == SOURCE_CRITIQUE))
			q = q * factors[i].percent / 100;
	return q;
}

static bool
has_bytes(const struct sentence *s, const char *bytes)
{
	return memmem(s->text, s->len, bytes, strlen(bytes)) != NULL;
}

static size_t
count_byte(const struct sentence *s, char from, char to)
{
	size_t n = 0;

	for (size_t i = 0; i < s->len; i++)
		n += s->text[i] >= from && s->text[i] <= to;
	return n;
}

/* A bracket or quotation mark without its partner: half of something. */
static bool
is_torn(const struct sentence *s)
{
	return count_byte(s, '(', '(') != count_byte(s, ')', ')') ||
	       count_byte(s, '"', '"') % 2 == 1 ||
	       has_bytes(s, "“") != has_bytes(s, "”") ||
	       has_bytes(s, "「") != has_bytes(s, "」");
}

/* Begins and ends as a sentence does, as far as ASCII tells. */
static bool
is_whole(const struct sentence *s)
{
	char first = s->text[0], last = s->text[s->len - 1];

	if (first >= 'a' && first <= 'z')
		return false;
	return (unsigned char)last >= 0x80 || strchr(".!?)]\"'", last) != NULL;
}

static unsigned
quality_of_form(const struct sentence *s)
{
	unsigned q = 1000;

	if (s->nterms < 3)
		q = q * 50 / 100;
	if (s->words > 45)
		q = q * 65 / 100;
	else if (s->words > 32)
		q = q * 85 / 100;
	if (!is_whole(s))
		q = q * 55 / 100;
	if (is_torn(s))
		q = q * 40 / 100;
	if (has_bytes(s, "http") || has_bytes(s, "www."))
		q = q * 30 / 100;
	if (s->cues & CUE_PRONOUN) /* short ones do not say who is meant */
		q = q * (s->words <= 10 ? 50 : 85) / 100;
	if (count_byte(s, 'A', 'Z') > count_byte(s, 'a', 'z') + 3)
		q = q * 50 / 100;
	return q;
}

static bool
ends_with_any(const struct sentence *s, const char *const *marks)
{
	size_t n;

	for (; *marks != NULL; marks++) {
		n = strlen(*marks);
		if (s->len >= n && memcmp(s->text + s->len - n, *marks, n) == 0)
			return true;
	}
	return false;
}

/* Questions, headings, greetings, insults and words too few say nothing that
 * a group could sign. */
static bool
is_barred(const struct sentence *s)
{
	static const char *const marks[] = {
	    "?", "？", "؟", "?\"", "?”", "？」", "?)", ":", "：", NULL};

	return s->nterms < ((s->cues & (CUE_VIEW | CUE_LEANS)) != 0 ? 2 : 3) ||
	       s->norm == 0 || (s->cues & CUE_HARSH) != 0 ||
	       ends_with_any(s, marks) ||
	       ((s->cues & CUE_HELLO) != 0 && s->words < 12);
}

static bool
leans(const struct sentence *s)
{
	return (s->cues & CUE_LEANS) != 0 && (s->cues & CUE_STANDS) == 0;
}

static bool
follows(const struct sentence *a, const struct sentence *b)
{
	return b->source == a->source && b->who == a->who &&
	       b->nth == a->nth + 1;
}

/* ---- what everyone says ---- */

static size_t
share_of(size_t all, size_t people)
{
	return people > 0 && all / people > 1 ? all / people : 1;
}

static const char *
critique_of(const struct job *job, size_t person)
{
	return job->critiques != NULL ? job->critiques[person].text : NULL;
}

static void
collect(struct draft *d)
{
	const struct job *job = d->job;
	bool revision = job->winner != NULL;
	size_t share =
	    share_of(revision ? REVISION_SHARE : OPINION_SHARE, job->nopinions);

	corpus_add(
	    &d->corpus, job->winner, SOURCE_WINNER, 0, WINNER_SHARE, NULL);
	for (size_t i = 0; i < job->nopinions; i++)
		corpus_add(&d->corpus, job->opinions[i].text, SOURCE_OPINION, i,
		    share, &d->draw);
	share = share_of(CRITIQUE_SHARE, job->nopinions);
	for (size_t i = 0; revision && i < job->nopinions; i++)
		corpus_add(&d->corpus, critique_of(job, i), SOURCE_CRITIQUE, i,
		    share, &d->draw);
	d->question = d->corpus.n;
	corpus_add(&d->corpus, job->question, SOURCE_QUESTION, 0, 1, NULL);
	corpus_weigh(&d->corpus);
}

/* Whether it is somebody's, not the winner's or the question. */
static bool
is_said(const struct sentence *s)
{
	return s->source == SOURCE_OPINION || s->source == SOURCE_CRITIQUE;
}

static uint16_t *
near_row(const struct draft *d, size_t sentence)
{
	return d->near + sentence * d->people;
}

/* Sentence s is as near to a person as it is to the nearest of their own
 * sentences.  To who wrote a critique, mostly to that. */
static void
note_near(
    struct draft *d, size_t s, const struct sentence *own, unsigned likeness)
{
	uint16_t *near;
	unsigned n = likeness * 1000 / NEAR_FULL;

	if (!is_said(own) || own->norm == 0)
		return;
	near = &near_row(d, s)[own->who];
	n = n > 1000 ? 1000 : n;
	if (own->source == SOURCE_OPINION && d->critic[own->who])
		n = n * NEAR_TOLD / 1000;
	if (n > *near)
		*near = (uint16_t)n;
}

static void
note_worth(struct draft *d, size_t s)
{
	const struct sentence *v = &d->corpus.v[s];
	struct note *note = &d->notes[s];

	note->quality = quality_of_cues(v) * quality_of_form(v) / 1000;
	note->barred = is_barred(v);
	note->shake = 800 + (unsigned)stream_below(&d->draw, 401);
	if (is_said(v) && !note->barred && note->quality > d->best[v->who])
		d->best[v->who] = note->quality;
}

static void
measure(struct draft *d)
{
	const struct sentence *v = d->corpus.v;
	size_t n = d->corpus.n;
	unsigned like;

	for (size_t i = 0; i < n; i++) {
		if (!is_said(&v[i]) || v[i].norm == 0)
			continue;
		d->heard[v[i].who] = true;
		if (v[i].source == SOURCE_CRITIQUE)
			d->critic[v[i].who] = true;
	}
	for (size_t i = 0; i < n; i++)
		for (size_t k = i; k < n; k++) {
			like = corpus_likeness(&v[i], &v[k]);
			note_near(d, i, &v[k], like);
			note_near(d, k, &v[i], like);
		}
	for (size_t i = 0; i < n; i++)
		note_worth(d, i);
}

/*
 * PICKS_MIN..PICKS_MAX, longer ones more often where there are more people
 * than a short one has sentences.  No more than there are to pick from, or all
 * drafts of few short opinions would be the same.
 */
static size_t
draw_length(struct draft *d)
{
	size_t most = 0;
	uint64_t a, b;

	for (size_t i = 0; i < d->corpus.n && most < PICKS_MAX; i++)
		most += is_said(&d->corpus.v[i]) && !d->notes[i].barred;
	if (most < PICKS_MIN)
		most = PICKS_MIN;
	a = stream_below(&d->draw, most - PICKS_MIN + 1);
	b = stream_below(&d->draw, most - PICKS_MIN + 1);

	return PICKS_MIN + (size_t)(a > b || d->people <= PICKS_MIN ? a : b);
}

/* Anybody who wrote something; in a revision, a critique. */
static size_t
draw_lead(struct draft *d)
{
	size_t n = 0, p;
	uint64_t lot;
	bool critics = false;

	for (p = 0; p < d->people; p++)
		critics = critics || d->critic[p];
	for (p = 0; p < d->people; p++)
		n += critics ? d->critic[p] : d->heard[p];
	if (n == 0)
		return 0;
	lot = stream_below(&d->draw, n);
	for (p = 0; p < d->people; p++)
		if ((critics ? d->critic[p] : d->heard[p]) && lot-- == 0)
			break;
	return p;
}

static void
draft_open(struct draft *d, const struct job *job, const struct cues *cues)
{
	size_t n;

	d->job = job;
	stream_open(&d->draw, job->seed, "offline", (uint64_t)job->round,
	    (uint64_t)job->index);
	d->people = job->nopinions;
	corpus_init(&d->corpus, cues);
	collect(d);
	n = d->corpus.n;
	d->notes = xcalloc(n + 1, sizeof(*d->notes));
	d->near = xcalloc(n * d->people + 1, sizeof(*d->near));
	d->covered = xcalloc(d->people + 1, sizeof(*d->covered));
	d->heard = xcalloc(d->people + 1, sizeof(*d->heard));
	d->critic = xcalloc(d->people + 1, sizeof(*d->critic));
	d->helpings = xcalloc(d->people + 1, sizeof(*d->helpings));
	d->best = xcalloc(d->people + 1, sizeof(*d->best));
	measure(d);
	d->length = draw_length(d);
	d->fairness = (unsigned)stream_below(&d->draw, 4);
	d->lead = draw_lead(d);
}

static void
draft_close(struct draft *d)
{
	corpus_free(&d->corpus);
	free(d->notes);
	free(d->near);
	free(d->covered);
	free(d->heard);
	free(d->critic);
	free(d->helpings);
	free(d->best);
	buf_free(&d->why);
}

/* ---- choosing ---- */

/*
 * What person p would have of sentence s: near and well said.  A person's own
 * are measured by the best of them: who told a story and asked for nothing is
 * to be found in the draft too.
 */
static unsigned
value(const struct draft *d, size_t s, size_t p)
{
	const struct sentence *v = &d->corpus.v[s];
	unsigned q = d->notes[s].quality;

	if (is_said(v) && v->who == p && d->best[p] > 0)
		q = q * 1000 / d->best[p];
	return near_row(d, s)[p] * (q > 1000 ? 1000 : q) / 1000;
}

static void
take(struct draft *d, size_t s)
{
	const struct sentence *v = &d->corpus.v[s];
	unsigned worth;

	d->notes[s].taken = true;
	d->picks[d->npicks++] = s;
	d->chars += v->chars + (d->npicks > 1);
	if (v->source != SOURCE_WINNER)
		d->helpings[v->who]++;
	for (size_t p = 0; p < d->people; p++) {
		worth = value(d, s, p);
		if (worth > d->covered[p])
			d->covered[p] = worth;
	}
}

static bool
fits_chars(const struct draft *d, size_t chars)
{
	return d->job->max_chars <= 0 ||
	       d->chars + chars + (d->npicks > 0) <= (size_t)d->job->max_chars;
}

static bool
fits(const struct draft *d, const struct sentence *s)
{
	return fits_chars(d, s->chars);
}

/*
 * The sentence that takes back or limits what s says ("But …", "I now think
 * …"), or corpus.n.  Without it s would not be what its author meant.
 */
static size_t
taken_back_by(const struct draft *d, size_t s)
{
	const struct sentence *v = d->corpus.v;
	size_t next = s + 1;

	if (next < d->corpus.n && follows(&v[s], &v[next]) &&
	    (v[next].cues & CUE_BACK) != 0 && !d->notes[next].barred)
		return next;
	return d->corpus.n;
}

/* Whether what s leans on has been taken, or s leans on nothing. */
static bool
stands(const struct draft *d, const struct sentence *s)
{
	if (!leans(s))
		return true;
	for (size_t i = 0; i < d->npicks; i++)
		if (follows(&d->corpus.v[d->picks[i]], s))
			return true;
	return false;
}

/* How much of s the draft says already, in thousandths; 1000 too if it denies
 * what the draft says. */
static unsigned
redundancy(const struct draft *d, const struct sentence *s)
{
	const struct sentence *other;
	unsigned most = 0, like;

	for (size_t i = 0; i < d->npicks; i++) {
		other = &d->corpus.v[d->picks[i]];
		like = corpus_likeness(s, other);
		if (like >= REPEATS || corpus_contradict(s, other))
			return 1000;
		if (like > most)
			most = like;
	}
	return most;
}

/* What everyone would gain by s, those who have least counting for more. */
static uint64_t
gain_for_all(const struct draft *d, size_t s)
{
	uint64_t gain = 0;
	unsigned worth;

	for (size_t p = 0; p < d->people; p++) {
		worth = value(d, s, p);
		if (worth > d->covered[p])
			gain += (uint64_t)(worth - d->covered[p]) *
				(1000 + d->fairness * (1000 - d->covered[p]));
	}
	return gain / 1000;
}

/* With what takes it back, unless that is there. */
static bool
fits_whole(const struct draft *d, size_t s)
{
	size_t next = taken_back_by(d, s);
	const struct sentence *v = d->corpus.v;

	if (next == d->corpus.n || d->notes[next].taken)
		return fits(d, &v[s]);
	return !d->notes[next].out && d->npicks + 2 <= PICKS_MAX &&
	       fits_chars(d, v[s].chars + 1 + v[next].chars);
}

/*
 * What s is worth to the draft as it stands, 0 if it must not be taken.
 * person: who is to gain by it; NOBODY: any good sentence that adds something
 * will do, first of those who have fewest.  loose: also one that leans on
 * what is not there, for somebody who has hardly anything else.
 */
static uint64_t
score(const struct draft *d, size_t s, size_t person, bool loose)
{
	const struct sentence *v = &d->corpus.v[s];
	const struct note *note = &d->notes[s];
	uint64_t sum = 0;
	unsigned told;

	if (note->taken || note->out || note->barred || !fits_whole(d, s) ||
	    !is_said(v) || (!loose && !stands(d, v)))
		return 0;
	told = redundancy(d, v);
	if (told == 1000)
		return 0;
	if (person == NOBODY) {
		/* One that goes on where a taken one ended completes it. */
		if (note->quality < MORE_QUALITY && d->npicks >= PICKS_MIN &&
		    !leans(v))
			return 0;
		for (size_t p = 0; p < d->people; p++)
			sum += value(d, s, p);
		sum = (sum + note->quality) / (1 + d->helpings[v->who]);
	} else {
		if (value(d, s, person) <= d->covered[person])
			return 0;
		sum = gain_for_all(d, s) +
		      3 * (value(d, s, person) - d->covered[person]);
	}
	/* Half of what it repeats is taken off. */
	return sum * note->shake * (2000 - told);
}

static size_t
best_for(const struct draft *d, size_t person, bool loose)
{
	uint64_t most = 0, worth;
	size_t best = d->corpus.n;

	for (size_t s = 0; s < d->corpus.n; s++) {
		worth = score(d, s, person, loose);
		if (worth > most) {
			most = worth;
			best = s;
		}
	}
	return best;
}

/* Who has least in the draft and is not given up; the lead before anybody
 * else was given something. */
static size_t
least_covered(const struct draft *d, const bool *hopeless)
{
	size_t least = NOBODY, p, helpings = 0;

	for (p = 0; p < d->people; p++)
		helpings += d->helpings[p];
	if (helpings == 0 && d->people > 0 && d->heard[d->lead] &&
	    !hopeless[d->lead] && d->covered[d->lead] < 1000)
		return d->lead;

	for (size_t i = 0; i < d->people; i++) {
		p = (d->lead + i) % d->people;
		if (!d->heard[p] || hopeless[p] || d->covered[p] >= 1000)
			continue;
		if (least == NOBODY || d->covered[p] < d->covered[least])
			least = p;
	}
	return least;
}

static void
take_whole(struct draft *d, size_t s)
{
	size_t next = taken_back_by(d, s);

	take(d, s);
	if (next == d->corpus.n || d->notes[next].taken)
		return;
	take(d, next);
	if (d->length < PICKS_MAX)
		d->length++; /* the two count as one: nobody is to miss it */
}

/* Takes sentences until the draft has its length or nothing more is worth
 * it: for the person who has least, as long as that can be mended. */
static void
choose(struct draft *d)
{
	bool *hopeless = xcalloc(d->people + 1, sizeof(*hopeless));
	size_t person, s;

	while (d->npicks < d->length) {
		person = least_covered(d, hopeless);
		s = best_for(d, person, false);
		if (s == d->corpus.n && person != NOBODY &&
		    d->covered[person] < COVERED)
			s = best_for(d, person, true);
		if (s < d->corpus.n)
			take_whole(d, s);
		else if (person != NOBODY)
			hopeless[person] = true;
		else
			break;
	}
	free(hopeless);
}

/* ---- revising ---- */

/* Marks the winner's sentence that an objecting critique sentence means. */
static void
object(struct draft *d, const struct sentence *critique)
{
	const struct sentence *v;
	unsigned most = OBJECTS_TO - 1, like;
	size_t meant = d->corpus.n;
	bool says = (critique->cues & CUE_OBJECT) != 0 &&
		    (critique->cues & CUE_MISS) == 0;

	for (size_t i = 0; i < d->corpus.n; i++) {
		v = &d->corpus.v[i];
		if (v->source != SOURCE_WINNER)
			break;
		like = corpus_contradict(critique, v) ? 1000
		       : says ? corpus_likeness(critique, v)
			      : 0;
		if (says && corpus_covered(critique, v) >= 2 * OBJECTS_TO)
			like += OBJECTS_TO;
		if (like > most) {
			most = like;
			meant = i;
		}
	}
	if (meant == d->corpus.n || d->notes[meant].out)
		return;
	d->notes[meant].out = true;
	buf_addf(&d->why,
	    "left out: sentence %zu of the last winner, to which critique %zu "
	    "objects\n",
	    d->corpus.v[meant].nth + 1, critique->who + 1);
}

/* What was objected to must not come back from the opinion it came from. */
static void
keep_out(struct draft *d)
{
	const struct sentence *v = d->corpus.v;

	for (size_t i = 0; i < d->corpus.n; i++)
		for (size_t k = 0; v[i].source == SOURCE_WINNER &&
				   d->notes[i].out && k < d->corpus.n;
		     k++)
			if (corpus_likeness(&v[i], &v[k]) >= REPEATS)
				d->notes[k].out = true;
}

/* The winner's sentence that is worth least to all, of those to be kept. */
static size_t
weakest_kept(const struct draft *d)
{
	uint64_t least = UINT64_MAX, sum;
	size_t weakest = d->corpus.n;

	for (size_t i = 0; i < d->corpus.n; i++) {
		if (d->corpus.v[i].source != SOURCE_WINNER || d->notes[i].out)
			continue;
		sum = d->notes[i].quality;
		for (size_t p = 0; p < d->people; p++)
			sum += value(d, i, p);
		sum *= d->notes[i].shake;
		if (sum < least) {
			least = sum;
			weakest = i;
		}
	}
	return weakest;
}

static size_t
kept_of(const struct draft *d, size_t *chars)
{
	size_t n = 0;

	*chars = 0;
	for (size_t i = 0; i < d->corpus.n; i++)
		if (d->corpus.v[i].source == SOURCE_WINNER &&
		    !d->notes[i].out) {
			*chars += d->corpus.v[i].chars + (n > 0);
			n++;
		}
	return n;
}

/* A sentence that leaned on one left out goes with it. */
static void
drop_leaning(struct draft *d)
{
	const struct sentence *v = d->corpus.v;

	for (size_t i = 1; i < d->corpus.n; i++)
		if (v[i].source == SOURCE_WINNER && leans(&v[i]) &&
		    d->notes[i - 1].out)
			d->notes[i].out = true;
}

/*
 * Keeps of the winner what no critique objects to, but for the weakest where
 * there would be no room for what is missing.
 */
static void
keep_winner(struct draft *d)
{
	size_t most, kept, chars, weakest, room, had,
	    adds = 1 + (size_t)stream_below(&d->draw, 3);

	for (size_t i = 0; i < d->corpus.n; i++)
		if (d->corpus.v[i].source == SOURCE_CRITIQUE)
			object(d, &d->corpus.v[i]);
	keep_out(d);
	drop_leaning(d);
	had = kept_of(d, &chars);
	most = had > PICKS_MAX ? had : PICKS_MAX;
	most = most > PICKS_MOST ? PICKS_MOST : most;
	room = d->job->max_chars > 0 ? (size_t)d->job->max_chars * 3 / 4
				     : SIZE_MAX;
	while ((kept = kept_of(d, &chars)) > 1 &&
	       (kept + adds > most || chars > room)) {
		weakest = weakest_kept(d);
		d->notes[weakest].out = true;
		buf_addf(&d->why,
		    "left out: sentence %zu of the last winner, to make "
		    "room\n",
		    d->corpus.v[weakest].nth + 1);
		drop_leaning(d);
	}
	keep_out(d);
	for (size_t i = 0; i < d->corpus.n; i++)
		if (d->corpus.v[i].source == SOURCE_WINNER &&
		    !d->notes[i].out && fits(d, &d->corpus.v[i]))
			take(d, i);
	d->length = d->npicks + adds > most ? most : d->npicks + adds;
}

/* A revision that found nothing to add must still not be the winner again. */
static void
differ_from_winner(struct draft *d)
{
	size_t kept = d->npicks, winners = 0;

	for (size_t i = 0; i < d->corpus.n; i++)
		winners += d->corpus.v[i].source == SOURCE_WINNER;
	for (size_t i = 0; i < d->npicks; i++)
		if (d->corpus.v[d->picks[i]].source != SOURCE_WINNER)
			return;
	if (kept != winners || kept < 2)
		return;
	d->npicks--;
	buf_adds(&d->why,
	    "left out: the last sentence of the last winner, for nothing could "
	    "be added\n");
}

/* ---- order ---- */

struct place {
	size_t sentence;
	uint64_t group; /* of the person's sentences: the higher, the sooner */
	size_t who;
	unsigned source;
};

/* General before particular: what answers the question in its own words or
 * is near to many comes first, exceptions and reviews last.  Nothing is drawn,
 * so that drafts of the same sentences are the same and stand once. */
static uint64_t
generality(const struct draft *d, size_t s)
{
	const struct sentence *v = &d->corpus.v[s];
	uint64_t sum = 0;

	for (size_t p = 0; p < d->people; p++)
		if (p != v->who)
			sum += near_row(d, s)[p];
	sum = 100 + (d->people > 0 ? sum / d->people : 0);
	if (d->question < d->corpus.n)
		sum += 3 * corpus_likeness(v, &d->corpus.v[d->question]);
	sum *= 1000;
	if ((v->cues & CUE_LATE) != 0 || leans(v))
		sum = sum * 2 / 5;
	/* No ties, for those would go by the job's permutation. */
	return sum + cues_hash(v->text, v->len) % 1000;
}

static int
place_cmp(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->group != y->group)
		return x->group < y->group ? 1 : -1;
	if (x->who != y->who)
		return x->who < y->who ? -1 : 1;
	if (x->source != y->source)
		return x->source < y->source ? -1 : 1;
	return (x->sentence > y->sentence) - (x->sentence < y->sentence);
}

/* What is kept of the winner stays in front and in its order; then person by
 * person, each in the order in which they wrote. */
static void
arrange(struct draft *d)
{
	struct place places[PICKS_MOST];
	const struct sentence *v, *other;
	uint64_t group;

	for (size_t i = 0; i < d->npicks; i++) {
		v = &d->corpus.v[d->picks[i]];
		places[i] = (struct place){.sentence = d->picks[i],
		    .who = v->who,
		    .source = v->source};
		if (v->source == SOURCE_WINNER) {
			places[i].group = UINT64_MAX;
			places[i].who = 0;
			continue;
		}
		for (size_t k = 0; k < d->npicks; k++) {
			other = &d->corpus.v[d->picks[k]];
			if (other->source == SOURCE_WINNER ||
			    other->who != v->who)
				continue;
			group = generality(d, d->picks[k]);
			if (group > places[i].group)
				places[i].group = group;
		}
	}
	qsort(places, d->npicks, sizeof(places[0]), place_cmp);
	for (size_t i = 0; i < d->npicks; i++)
		d->picks[i] = places[i].sentence;
}

/* ---- writing ---- */

/* Ends with punctuation that has its own space after it. */
static bool
ends_wide(const struct buf *b)
{
	static const char *const marks[] = {"。", "！", "？", "」", "』", "）",
	    "｡", "．", "。”", "！”", "？”", NULL};
	const struct sentence end = {.text = b->data, .len = b->len};

	return ends_with_any(&end, marks);
}

/* Whether a sentence begins at `at` to whoever reads the text again. */
static bool
begins_at(const char *text, size_t at)
{
	size_t n;
	struct span *spans = text_sentences(text, &n);
	bool found = false;

	for (size_t i = 0; i < n; i++)
		found = found || spans[i].at == at;
	free(spans);
	return found;
}

/*
 * Joined with nothing after wide punctuation, else with a space; with a new
 * line where readers could not tell where one sentence ends (no full stop,
 * or scripts that have none).
 */
static void
join(struct buf *text, const struct sentence *s)
{
	static const char *const joints[] = {"", " ", "\n"};
	size_t len = text->len;

	if (len == 0) {
		buf_add(text, s->text, s->len);
		return;
	}
	for (size_t i = ends_wide(text) ? 0 : 1; i < 3; i++) {
		text->len = len;
		buf_adds(text, joints[i]);
		buf_add(text, s->text, s->len);
		if (begins_at(text->data, len + strlen(joints[i])))
			return;
	}
}

static void
tell_near(struct buf *why, const struct draft *d, size_t s)
{
	const struct sentence *v = &d->corpus.v[s];
	size_t told = 0;

	for (size_t p = 0; p < d->people && told < 8; p++) {
		if (near_row(d, s)[p] <= NEAR_TOLD ||
		    (v->source != SOURCE_WINNER && v->who == p))
			continue;
		buf_addf(why, "%s %s %zu", told > 0 ? "," : "; near",
		    d->critic[p] ? "critique" : "opinion", p + 1);
		told++;
	}
}

/* Where a sentence of the winner had come from, if it is known. */
static void
tell_origin(struct buf *why, const struct draft *d, const struct sentence *s)
{
	const struct sentence *v = d->corpus.v;

	for (size_t i = 0; i < d->corpus.n; i++)
		if (v[i].source == SOURCE_OPINION && v[i].len == s->len &&
		    memcmp(v[i].text, s->text, s->len) == 0) {
			buf_addf(why, ", where it is from opinion %zu",
			    v[i].who + 1);
			return;
		}
}

static void
tell_source(struct buf *why, const struct draft *d, size_t number, size_t s)
{
	const struct sentence *v = &d->corpus.v[s];

	buf_addf(why, "sentence %zu: word for word from ", number);
	if (v->source == SOURCE_WINNER) {
		buf_adds(why, "the last winner");
		tell_origin(why, d, v);
	} else {
		buf_addf(why, "%s %zu",
		    v->source == SOURCE_OPINION ? "opinion" : "critique",
		    v->who + 1);
	}
	if (d->cut)
		buf_adds(why, ", cut off at the end because it is too long");
	tell_near(why, d, s);
	buf_addc(why, '\n');
}

static bool
is_near_any(const struct draft *d, size_t person)
{
	for (size_t i = 0; i < d->npicks; i++)
		if (near_row(d, d->picks[i])[person] >= COVERED)
			return true;
	return false;
}

static void
tell_left_out(struct buf *why, const struct draft *d)
{
	size_t told = 0;

	for (size_t p = 0; p < d->people && told < 20; p++) {
		if (!d->heard[p] || is_near_any(d, p))
			continue;
		buf_addf(why, "%s %s %zu",
		    told > 0 ? "," : "no sentence is near",
		    d->critic[p] ? "critique" : "opinion", p + 1);
		told++;
	}
	if (told > 0)
		buf_addc(why, '\n');
}

static void
write_draft(struct draft *d, struct job_reply *reply)
{
	struct buf text = {0}, why = {0};

	for (size_t i = 0; i < d->npicks; i++) {
		join(&text, &d->corpus.v[d->picks[i]]);
		tell_source(&why, d, i + 1, d->picks[i]);
	}
	if (d->cut)
		buf_adds(&text, "…");
	if (d->why.len > 0)
		buf_add(&why, d->why.data, d->why.len);
	tell_left_out(&why, d);
	reply->text = buf_take(&text);
	reply->reasoning = buf_take(&why);
	reply->outcome = OUTCOME_OK;
}

/* ---- when nothing fits ---- */

/* Bytes of the first `chars` characters, less a word that would be cut in
 * two unless little would be left. */
static size_t
cut_at(const struct sentence *s, size_t chars)
{
	size_t at = 0, space = 0, n;

	for (n = 0; at < s->len && n < chars; n++) {
		if (s->text[at] == ' ')
			space = at;
		do
			at++;
		while (
		    at < s->len && ((unsigned char)s->text[at] & 0xc0) == 0x80);
	}
	if (at < s->len && s->text[at] == ' ')
		return at;
	return space > at / 2 ? space : at;
}

/* The best sentence there is, however long; with `any` even one that should
 * not stand in a statement. */
static size_t
best_alone(const struct draft *d, bool any)
{
	uint64_t most = 0, worth;
	size_t best = d->corpus.n;

	for (size_t s = 0; s < d->corpus.n; s++) {
		if (d->corpus.v[s].words == 0 || s == d->question ||
		    ((d->notes[s].out || d->notes[s].barred) && !any))
			continue;
		worth = 1 + (uint64_t)d->notes[s].quality * d->notes[s].shake;
		for (size_t p = 0; p < d->people; p++)
			worth += value(d, s, p);
		if (worth > most) {
			most = worth;
			best = s;
		}
	}
	return best;
}

static void
choose_least(struct draft *d)
{
	size_t s = best_alone(d, false), max = (size_t)d->job->max_chars;
	struct sentence *v;

	if (s == d->corpus.n)
		s = best_alone(d, true);
	if (s == d->corpus.n)
		return;
	v = &d->corpus.v[s];
	d->cut = !fits(d, v);
	if (d->cut)
		v->len = cut_at(v, max - 1);
	take(d, s);
}

void
offline_draft(const struct job *job, struct job_reply *reply)
{
	struct cues *cues = cues_new();
	struct draft d = {0};

	draft_open(&d, job, cues);
	if (job->winner != NULL)
		keep_winner(&d);
	choose(&d);
	if (job->winner != NULL)
		differ_from_winner(&d);
	if (d.npicks == 0)
		choose_least(&d);
	if (d.npicks == 0) {
		reply->outcome = OUTCOME_REFUSAL;
	} else {
		arrange(&d);
		write_draft(&d, reply);
	}
	draft_close(&d);
	cues_free(cues);
}
