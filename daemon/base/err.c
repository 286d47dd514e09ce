#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <unistr.h>

/* clang-format off */
static const struct err_row rows[ERR_CODES] = {
	[ERR_NONE] = { ERR_NONE, 0, "none", "Nothing is wrong." },
	[ERR_PARSE] = { ERR_PARSE, -32700, "parse_error",
	    "Send one JSON object a line, in UTF-8, without duplicate keys." },
	[ERR_INVALID_REQUEST] = { ERR_INVALID_REQUEST, -32600,
	    "invalid_request",
	    "Send a JSON-RPC 2.0 request: jsonrpc, id, method, params." },
	[ERR_METHOD_NOT_FOUND] = { ERR_METHOD_NOT_FOUND, -32601,
	    "method_not_found",
	    "Look the method up in caucus-protocol(7)." },
	[ERR_INVALID_PARAMS] = { ERR_INVALID_PARAMS, -32602, "invalid_params",
	    "Correct the parameter that data.field names." },
	[ERR_INTERNAL] = { ERR_INTERNAL, -32603, "internal",
	    "Report this with the daemon's log: it is a defect." },
	[ERR_NOT_FOUND] = { ERR_NOT_FOUND, -32001, "not_found",
	    "Check the id, and that your token belongs to this session." },
	[ERR_NOT_PERMITTED] = { ERR_NOT_PERMITTED, -32002, "not_permitted",
	    "Ask someone whose role allows it." },
	[ERR_BAD_TOKEN] = { ERR_BAD_TOKEN, -32003, "bad_token",
	    "Use the token you were given last; ask for a new one if lost." },
	[ERR_PARTICIPANT_NEEDED] = { ERR_PARTICIPANT_NEEDED, -32004,
	    "participant_needed",
	    "Name the participant: this connection holds several." },
	[ERR_WRONG_PHASE] = { ERR_WRONG_PHASE, -32005, "wrong_phase",
	    "Wait for the phase that accepts this, or give what this one asks." },
	[ERR_PAUSED] = { ERR_PAUSED, -32006, "paused",
	    "Wait until the facilitator resumes the session." },
	[ERR_CONCLUDED] = { ERR_CONCLUDED, -32007, "concluded",
	    "Read the result: the session is over." },
	[ERR_FROZEN] = { ERR_FROZEN, -32008, "frozen",
	    "Open a new session to change this setting." },
	[ERR_UNKNOWN_SETTING] = { ERR_UNKNOWN_SETTING, -32009,
	    "unknown_setting", "Look the setting's name up in the manual." },
	[ERR_BAD_SETTING] = { ERR_BAD_SETTING, -32010, "bad_setting",
	    "Give a value of the type and range that the message names." },
	[ERR_TEXT_EMPTY] = { ERR_TEXT_EMPTY, -32011, "text_empty",
	    "Write something that a reader can see." },
	[ERR_TEXT_TOO_LONG] = { ERR_TEXT_TOO_LONG, -32012, "text_too_long",
	    "Shorten the text to the limit that the message names." },
	[ERR_BAD_BALLOT] = { ERR_BAD_BALLOT, -32013, "bad_ballot",
	    "Rank statements of the slate, each at most once: s3>s1=s2." },
	[ERR_BAD_RATING] = { ERR_BAD_RATING, -32014, "bad_rating",
	    "Rate with a whole number in the range that the message names." },
	[ERR_UNKNOWN_STATEMENT] = { ERR_UNKNOWN_STATEMENT, -32015,
	    "unknown_statement", "Use the ids of the statements shown." },
	[ERR_KEY_CONFLICT] = { ERR_KEY_CONFLICT, -32016, "key_conflict",
	    "Use a new key: this one stands for other content." },
	[ERR_TERMS_MISMATCH] = { ERR_TERMS_MISMATCH, -32017, "terms_mismatch",
	    "Read the terms again and send the digest they have now." },
	[ERR_INVITATION_SPENT] = { ERR_INVITATION_SPENT, -32018,
	    "invitation_spent", "Ask the facilitator for a new invitation." },
	[ERR_GONE] = { ERR_GONE, -32019, "gone",
	    "Nothing: this participant has withdrawn or was removed." },
	[ERR_LIMIT_REACHED] = { ERR_LIMIT_REACHED, -32020, "limit_reached",
	    "Wait, or have the limit that the message names raised." },
	[ERR_RATE_LIMITED] = { ERR_RATE_LIMITED, -32021, "rate_limited",
	    "Send again later, and more slowly." },
	[ERR_LINE_TOO_LONG] = { ERR_LINE_TOO_LONG, -32022, "line_too_long",
	    "Send shorter lines; they may be longer once authenticated." },
	[ERR_LAGGING] = { ERR_LAGGING, -32023, "lagging",
	    "Subscribe again after the last seq you saw, and read faster." },
	[ERR_JOURNAL_UNAVAILABLE] = { ERR_JOURNAL_UNAVAILABLE, -32024,
	    "journal_unavailable",
	    "Send again with the same key; the operator must look at the disk." },
	[ERR_SHUTTING_DOWN] = { ERR_SHUTTING_DOWN, -32025, "shutting_down",
	    "Connect again in a moment and send again with the same key." },
	[ERR_STALE] = { ERR_STALE, -32026, "stale",
	    "Nothing: the work is no longer wanted." },
	[ERR_FILE] = { ERR_FILE, -32027, "file",
	    "Check that the file exists and may be read or written." },
	[ERR_BROKEN] = { ERR_BROKEN, -32028, "broken",
	    "Get the file again from its source: its content does not hold." },
};
/* clang-format on */

const struct err_row *
err_row(enum err_code code)
{
	if ((int)code < 0 || code >= ERR_CODES)
		return &rows[ERR_INTERNAL];
	return &rows[code];
}

/*
 * What the message promises: one line of valid UTF-8.  vsnprintf may have
 * cut a character in two, and arguments may hold anything.
 */
static void
make_line(char *s)
{
	size_t len = strlen(s);
	const uint8_t *bad;

	while ((bad = u8_check((const uint8_t *)s, len)) != NULL) {
		size_t at = (size_t)(bad - (const uint8_t *)s);

		if (u8_mbtoucr(&(ucs4_t){0}, bad, len - at) == -2) {
			s[at] = '\0';
			break;
		}
		s[at] = '?';
	}
	for (; *s != '\0'; s++) {
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			*s = ' ';
	}
}

int
err_set(struct err *err, enum err_code code, const char *field, const char *fmt,
    ...)
{
	va_list ap;

	if (err == NULL)
		return -1;
	err->code = code;
	err->sentence = 0;
	snprintf(
	    err->field, sizeof(err->field), "%s", field == NULL ? "" : field);
	make_line(err->field);
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	make_line(err->text);
	return -1;
}
