/*
 * A corpus: the sentences of some texts as sets of weighted terms, for the
 * offline drafter and predictor.
 *
 * A term is a folded word without its ending (English plural s, then the
 * first 5 letters; 2 syllables in Hangul; Arabic without its article), or a
 * pair of characters where words are not spaced.  Words that carry no content
 * are left out.  A term's weight is its inverse sentence frequency,
 * log2((S + 1) / df) in 256ths, a quarter of it if the question has it too.
 * Integers only: what is computed here is recorded and must be equal on every
 * machine.
 */
#ifndef LLM_CORPUS_H
#define LLM_CORPUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/stream.h"
#include "llm/cues.h"

#define CORPUS_TERMS_MAX 120 /* distinct terms kept of one sentence */

enum source {
	SOURCE_OPINION,
	SOURCE_CRITIQUE,
	SOURCE_WINNER,
	SOURCE_CANDIDATE,
	SOURCE_QUESTION
};

struct term {
	uint64_t key;
	uint32_t weight; /* 256ths of a bit; set by corpus_weigh */
	bool polar;	 /* turns the sense or is the other side of it */
};

struct sentence {
	const char *text; /* within the text it is from: not owned */
	size_t len, chars;
	enum source source;
	size_t who, nth;      /* whose text; the sentence's number in it, 0.. */
	struct term *terms;   /* by key, distinct */
	size_t nterms, words; /* words: with repeats and empty ones; CJK pairs
				 count as half a word */
	size_t plain;	      /* terms that are not polar */
	uint64_t norm;	      /* sum of squared weights */
	unsigned cues;	      /* enum cue, OR of all */
	bool turned;	      /* an odd number of words turn the sense */
};

struct corpus {
	const struct cues *cues;
	struct sentence *v;
	size_t n, cap;
};

void corpus_init(struct corpus *c, const struct cues *cues); /* cues: lent */
void corpus_free(struct corpus *c);

/*
 * Adds the sentences of a text (NULL: none), which must outlive the corpus;
 * of more than `share` as many as that, at even distances from a place drawn
 * from `draw` (NULL: from the first).  Bullets and numbers before a sentence
 * are cut off.
 */
void corpus_add(struct corpus *c, const char *text, enum source source,
    size_t who, size_t share, struct stream *draw);

/* Once, when all is added: the terms' weights.  O(T log T). */
void corpus_weigh(struct corpus *c);

/* Cosine of two sentences in thousandths.  O(terms). */
unsigned corpus_likeness(const struct sentence *a, const struct sentence *b);

/* Share of a's weight that b has too, in thousandths. */
unsigned corpus_covered(const struct sentence *a, const struct sentence *b);

/* Whether they say the opposite as far as words tell: much the same terms but
 * for those that turn the sense, and an odd number of turns between them.
 * Terms count alike here, for in a short corpus what all speak of weighs
 * nothing. */
bool corpus_contradict(const struct sentence *a, const struct sentence *b);

/* floor(256 log2(x)), x >= 1. */
uint32_t corpus_log2(uint64_t x);

#endif
