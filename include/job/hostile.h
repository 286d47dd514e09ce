/*
 * Texts that would like to be something else: what people give and what a
 * model replies is read for marks that mean something to a language model's
 * machinery, for characters that nobody sees, and for words that speak to the
 * model instead of answering the question.
 *
 * Two defences, and neither believes in the other.  What can be recognised for
 * certain is taken out of its working in every prompt (hostile_neutral): the
 * words stay, a space breaks the mark.  What only sounds like it is counted,
 * recorded and shown to the facilitator, who can withhold the text; it is never
 * altered, for people deliberate about rules and machines too.  Behind both
 * stand the boundary, the one person's words a prediction holds, the checks of
 * the reply, and the vote.
 *
 * What is caught is what these tables say, in the languages they say it in;
 * an encoded or paraphrased attack passes and is contained by the rest.  Pure.
 */
#ifndef JOB_HOSTILE_H
#define JOB_HOSTILE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum hostile_kind {
	HOSTILE_CONTROL,   /* C1 controls and annotation marks */
	HOSTILE_INVISIBLE, /* what could carry words that nobody sees */
	HOSTILE_BIDI,	   /* turns the direction of reading */
	HOSTILE_TOKEN,	   /* of a chat template: <|im_start|>, [INST] … */
	HOSTILE_DELIMITER, /* a forged end of the texts, or another speaker */
	HOSTILE_ORDER,	   /* tells the model what its rules are */
	HOSTILE_PLEA,	   /* asks for a place in the ranking */
	HOSTILE_CANARY,	   /* replies only: the secret word came back */
	HOSTILE_BOUNDARY,  /* replies only: the boundary did */
	HOSTILE_KINDS
};
extern const char *const hostile_names[HOSTILE_KINDS]; /* "control", … */

/* What is done about it: the gravest of what was found decides. */
enum hostile_done {
	HOSTILE_NOTHING,
	HOSTILE_FLAGGED,     /* recorded */
	HOSTILE_NEUTRALISED, /* and made harmless */
	HOSTILE_DROPPED,     /* replies only: not believed */
	HOSTILE_DONE
};
extern const char *const hostile_done_names[HOSTILE_DONE];

/* How many of each. */
struct hostile {
	int n[HOSTILE_KINDS];
};

/* Adds what is found in a text; O(length). */
void hostile_read(const char *text, struct hostile *found);
/*
 * The text as a prompt holds it, fresh (free(3)): without the characters of
 * the first three kinds, marks of the next two broken by a space.  A text
 * without any is copied as it is; neutralising again changes nothing.
 */
char *hostile_neutral(const char *text);
/* The same without breaking marks: for a reply that people will read. */
char *hostile_cleaned(const char *text);

bool hostile_any(const struct hostile *found);
/* What becomes of a contribution, and of a model's statement. */
enum hostile_done hostile_given(const struct hostile *found);
enum hostile_done hostile_replied(const struct hostile *found);
/* The kind for which a reply is dropped; HOSTILE_KINDS: none. */
enum hostile_kind hostile_drops(const struct hostile *found);

/* {"token":2}, without those that were not found; and back, 0 for what is not
 * there. */
json_t *hostile_json(const struct hostile *found);
void hostile_of(const json_t *o, struct hostile *found);

/* ---- between the files of daemon/job ---- */

/* Orders and pleas in a text without hidden characters (job/speech.c). */
void speech_read(const char *text, struct hostile *found);
/* By the words that patterns begin with, sorted: 24 bits of the word, 8 of the
 * pattern's number (job/speech_index.c, made from the patterns; test_speech
 * holds one against the other and says what it must be). */
extern const uint32_t speech_index[];
extern const size_t speech_nindex;
size_t speech_openers(uint32_t *out, size_t max);
/* Words of which a text holds one if any pattern is to be found in it, and
 * that most texts do without. */
extern const uint32_t speech_anchors[];
extern const size_t speech_nanchors;
extern const uint64_t speech_sieve[64]; /* by the upper 12 bits of those */
size_t speech_anchors_of(uint32_t *out, size_t max);

#endif
