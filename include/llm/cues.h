/*
 * Cues: words that tell what a sentence does, in about a dozen languages.
 * The offline drafter goes by them where a language model would understand: a
 * sentence that says "should" states a view, one that opens with "However"
 * cannot stand alone.  They are hints: a language without rows is drafted
 * from just the same, by likeness of words alone.
 */
#ifndef LLM_CUES_H
#define LLM_CUES_H

#include <stddef.h>
#include <stdint.h>

enum cue {
	CUE_STOP = 1 << 0,    /* carries no content: "the" */
	CUE_VIEW = 1 << 1,    /* states a view or a proposal: "should" */
	CUE_NOT = 1 << 2,     /* turns the sense, carries no content: "not" */
	CUE_TURN = 1 << 3,    /* turns the sense and carries some: "ban" */
	CUE_PLUS = 1 << 4,    /* the other side of such a word: "allow" */
	CUE_BRIDGE = 1 << 5,  /* concedes or makes a condition: "unless" */
	CUE_SELF = 1 << 6,    /* one person speaks of themselves: "my" */
	CUE_HARSH = 1 << 7,   /* attacks: "nonsense" */
	CUE_LATE = 1 << 8,    /* belongs at the end: "review" */
	CUE_LEANS = 1 << 9,   /* at the start: needs what went before: "But" */
	CUE_STANDS = 1 << 10, /* at the start: looks like that, but does not:
				 "It is important" */
	CUE_HELLO = 1 << 11,  /* at the start: greeting or filler: "Thanks" */
	/* of critiques */
	CUE_OBJECT = 1 << 12,  /* objects: "goes too far" */
	CUE_MISS = 1 << 13,    /* names what is missing: "nothing about" */
	CUE_META = 1 << 14,    /* speaks about the statement itself */
	CUE_PRONOUN = 1 << 15, /* stands for what was named before: "them" */
	CUE_BACK = 1 << 16     /* at the start: limits or takes back what went
				  before:     "However", "I now" */
};

struct cues;

struct cues *cues_new(void); /* cues_free */
void cues_free(struct cues *cues);

/* Cues of one word as text_terms gives it.  O(log n). */
unsigned cues_of_word(const struct cues *cues, const char *word, size_t len);

/*
 * Cues of a sentence beyond its single words.  words: its words as text_terms
 * gives them, each with a space before it and one at the end; raw: the
 * sentence itself, for scripts that put no space between words.  *turns gets
 * the number of places in raw that turn the sense.
 */
unsigned cues_of_sentence(
    const char *words, const char *raw, size_t rawlen, size_t *turns);

/* FNV-1a, 64 bits: what a term is known by. */
uint64_t cues_hash(const char *s, size_t len);

#endif
