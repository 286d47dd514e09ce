#include "llm/offline_parts.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/mem.h"
#include "llm/corpus.h"

/*
 * A candidate is as good for a person as it takes up their words: the share
 * of their words that stand in it, weighted by how telling they are.  A
 * sentence that the candidate denies counts against it, and so does one that
 * objects in a critique.  The critique is about what is on the table now and
 * counts twice.
 */
#define WORDS_MAX	100 /* sentences read of any one text */
#define OPINION_WEIGHT	1
#define CRITIQUE_WEIGHT 2

/* Thousandths of difference that word counts cannot tell: they tie. */
#define STEP 20

struct prediction {
	struct corpus corpus;
	struct term *terms; /* of the candidate at hand, by key, distinct */
	size_t nterms, cap;
};

static int
term_cmp(const void *a, const void *b)
{
	const struct term *x = a, *y = b;

	return (x->key > y->key) - (x->key < y->key);
}

/* All terms of one candidate, as one sentence would have them. */
static void
gather(struct prediction *p, size_t candidate)
{
	const struct sentence *v;
	size_t n = 0;

	p->nterms = 0;
	for (size_t i = 0; i < p->corpus.n; i++) {
		v = &p->corpus.v[i];
		if (v->source != SOURCE_CANDIDATE || v->who != candidate)
			continue;
		for (size_t k = 0; k < v->nterms; k++) {
			p->terms = xgrow(
			    p->terms, p->nterms, &p->cap, sizeof(*p->terms));
			p->terms[p->nterms++] = v->terms[k];
		}
	}
	if (p->nterms > 1)
		qsort(p->terms, p->nterms, sizeof(*p->terms), term_cmp);
	for (size_t i = 0; i < p->nterms; i++)
		if (n == 0 || p->terms[n - 1].key != p->terms[i].key)
			p->terms[n++] = p->terms[i];
	p->nterms = n;
}

static bool
denied(const struct prediction *p, const struct sentence *s, size_t candidate)
{
	const struct sentence *v;

	for (size_t i = 0; i < p->corpus.n; i++) {
		v = &p->corpus.v[i];
		if (v->source == SOURCE_CANDIDATE && v->who == candidate &&
		    corpus_contradict(s, v))
			return true;
	}
	return false;
}

/* -1000..1000: how far the candidate that was gathered takes up the person's
 * text of this source. */
static int64_t
taken_up(const struct prediction *p, enum source source, size_t candidate)
{
	const struct sentence all = {.terms = p->terms, .nterms = p->nterms};
	const struct sentence *s;
	int64_t sum = 0, total = 0, weight, share;
	bool against;

	for (size_t i = 0; i < p->corpus.n; i++) {
		s = &p->corpus.v[i];
		if (s->source != source)
			continue;
		weight = 0;
		for (size_t k = 0; k < s->nterms; k++)
			weight += s->terms[k].weight;
		share = corpus_covered(s, &all);
		against = denied(p, s, candidate);
		if (source == SOURCE_CRITIQUE &&
		    (s->cues & (CUE_OBJECT | CUE_MISS)) == CUE_OBJECT)
			against = !against;
		sum += against ? -weight * share : weight * share;
		total += weight;
	}
	return total > 0 ? sum / total : 0;
}

static void
read_texts(struct prediction *p, const struct job *job)
{
	if (job->nopinions > 0) {
		corpus_add(&p->corpus, job->opinions[0].text, SOURCE_OPINION, 0,
		    WORDS_MAX, NULL);
		corpus_add(&p->corpus,
		    job->critiques != NULL ? job->critiques[0].text : NULL,
		    SOURCE_CRITIQUE, 0, WORDS_MAX, NULL);
	}
	for (size_t i = 0; i < job->ncandidates; i++)
		corpus_add(&p->corpus, job->candidates[i].text,
		    SOURCE_CANDIDATE, i, WORDS_MAX, NULL);
	corpus_weigh(&p->corpus);
}

/* Scores to dense ranks, the highest first; equal scores tie. */
static void
rank_scores(const int64_t *score, size_t n, int32_t *rank)
{
	int64_t best, last = INT64_MAX;
	size_t placed = 0;

	for (int32_t r = 0; placed < n; r++) {
		best = INT64_MIN;
		for (size_t i = 0; i < n; i++)
			if (score[i] < last && score[i] > best)
				best = score[i];
		for (size_t i = 0; i < n; i++)
			if (score[i] == best) {
				rank[i] = r;
				placed++;
			}
		last = best;
	}
}

void
offline_predict(const struct job *job, struct job_reply *reply)
{
	struct cues *cues = cues_new();
	struct prediction p = {0};
	size_t n = job->ncandidates;
	int64_t *score = xcalloc(n + 1, sizeof(*score));

	corpus_init(&p.corpus, cues);
	read_texts(&p, job);
	for (size_t i = 0; i < n; i++) {
		gather(&p, i);
		score[i] = OPINION_WEIGHT * taken_up(&p, SOURCE_OPINION, i) +
			   CRITIQUE_WEIGHT * taken_up(&p, SOURCE_CRITIQUE, i);
		/* From 0 up, so that division rounds one way. */
		score[i] = (score[i] + 3000) / STEP;
	}
	reply->rank = xcalloc(n + 1, sizeof(*reply->rank));
	reply->nrank = n;
	rank_scores(score, n, reply->rank);
	reply->outcome = OUTCOME_OK;
	free(score);
	free(p.terms);
	corpus_free(&p.corpus);
	cues_free(cues);
}
