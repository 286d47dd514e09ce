/*
 * Errors that someone must read.
 *
 * A function that can fail for a reason worth telling takes a last argument
 * `struct err *` and returns 0 or -1, or a pointer or NULL.  What can only
 * fail for lack of memory does not return (base/mem.h).
 *
 * The codes are one table: their number on the wire, their name, and what the
 * reader should do.  JSON-RPC 2.0 section 5.1 fixes the first five.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stddef.h>

enum err_code {
	ERR_NONE = 0,
	/* JSON-RPC 2.0 */
	ERR_PARSE,	      /* -32700 parse_error */
	ERR_INVALID_REQUEST,  /* -32600 invalid_request */
	ERR_METHOD_NOT_FOUND, /* -32601 method_not_found */
	ERR_INVALID_PARAMS,   /* -32602 invalid_params */
	ERR_INTERNAL,	      /* -32603 internal */
	/* ours, from -32001 downwards in this order */
	ERR_NOT_FOUND,		/* not_found: unknown and not permitted alike */
	ERR_NOT_PERMITTED,	/* not_permitted: visible, but not your role */
	ERR_BAD_TOKEN,		/* bad_token */
	ERR_PARTICIPANT_NEEDED, /* participant_needed: several fit */
	ERR_WRONG_PHASE,	/* wrong_phase */
	ERR_PAUSED,		/* paused */
	ERR_CONCLUDED,		/* concluded */
	ERR_FROZEN,		/* frozen: a setting no longer changeable */
	ERR_UNKNOWN_SETTING,	/* unknown_setting */
	ERR_BAD_SETTING,	/* bad_setting: type or range */
	ERR_TEXT_EMPTY,		/* text_empty */
	ERR_TEXT_TOO_LONG,	/* text_too_long */
	ERR_BAD_BALLOT,		/* bad_ballot */
	ERR_BAD_RATING,		/* bad_rating */
	ERR_UNKNOWN_STATEMENT,	/* unknown_statement */
	ERR_KEY_CONFLICT,	/* key_conflict */
	ERR_TERMS_MISMATCH,	/* terms_mismatch */
	ERR_INVITATION_SPENT,	/* invitation_spent: used up or expired */
	ERR_GONE,		/* gone: withdrawn or removed */
	ERR_LIMIT_REACHED,	/* limit_reached: the message names the limit */
	ERR_RATE_LIMITED,	/* rate_limited */
	ERR_LINE_TOO_LONG,	/* line_too_long */
	ERR_LAGGING,		/* lagging: resume the subscription */
	ERR_JOURNAL_UNAVAILABLE, /* journal_unavailable */
	ERR_SHUTTING_DOWN,	 /* shutting_down */
	ERR_STALE,		 /* stale: a reply for work no longer wanted */
	/* files: recordings, scenarios, settings */
	ERR_FILE,   /* file: cannot be read or written */
	ERR_BROKEN, /* broken: content does not hold (chain, schema) */
	ERR_CODES
};

struct err {
	enum err_code code;
	char field[64]; /* the parameter or setting at fault, or "" */
	char text[384]; /* what and where and what to do; one line */
	/* Of a sentence of the table (err_say in base/message.h): its row plus
	 * one, and its fields, each name NUL value NUL.  Else 0. */
	int sentence;
	char with[256];
};

struct err_row {
	enum err_code code;
	int number;	  /* on the wire */
	const char *name; /* on the wire, in data.name */
	const char *help; /* one sentence for the manual: what to do */
};

/* The row of a code; never NULL. */
const struct err_row *err_row(enum err_code code);

/*
 * Fills `err` (which may be NULL) and returns -1, so that a caller can
 * `return err_set(err, ERR_X, "field", "…", …)`.  field may be NULL.
 */
int err_set(struct err *err, enum err_code code, const char *field,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

#endif
