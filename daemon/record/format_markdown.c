/* A page to read: the question, the outcome, how it came about. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "record/format_own.h"

/* Text as a quotation: each line behind "> ", so that none of it is markup of
 * the page around it. */
static void
add_quote(struct buf *b, const char *text)
{
	static const char special[] = "\\`*_{}[]<>#|~";

	buf_adds(b, "> ");
	for (; *text != '\0'; text++) {
		if (*text == '\n') {
			buf_adds(b, "  \n> ");
			continue;
		}
		if (strchr(special, *text) != NULL)
			buf_addc(b, '\\');
		buf_addc(b, *text);
	}
	buf_adds(b, "\n");
}

static void
add_outcome(struct buf *b, const json_t *s)
{
	static const struct {
		const char *outcome, *words;
	} table[] = {
	    {"consensus", "**Consensus**: everybody who rated the statement "
			  "agrees with it (5 or more of 7)."},
	    {"majority", "**Majority**: more than half of those who rated the "
			 "statement agree with it (5 or more of 7)."},
	    {"none", "**No agreement** was found."},
	};
	const char *outcome = cell_str(s, "outcome");
	size_t i;

	if (outcome == NULL) {
		buf_adds(b, "The session has not concluded.\n\n");
		return;
	}
	for (i = 0; i < sizeof table / sizeof *table; i++)
		if (strcmp(table[i].outcome, outcome) == 0)
			buf_addf(b, "%s\n\n", table[i].words);
}

static void
add_agreement(struct buf *b, const json_t *s)
{
	int64_t n = cell_int(s, "agreement_n", 0);

	if (n == 0)
		return;
	buf_addf(b,
	    "%" PRId64 " rated it, on average %.2f of 7, at the least %" PRId64
	    "; %" PRId64 " of them 5 or more.\n\n",
	    n, (double)cell_int(s, "agreement_sum", 0) / (double)n,
	    cell_int(s, "agreement_min", 0), cell_int(s, "agreement_ge5", 0));
}

static void
add_answers(struct buf *b, const struct tables *t, const char *session)
{
	const char *slot, *item;
	json_t *row, *value;
	bool any = false;
	size_t i;

	json_array_foreach(t->rows[TABLE_ANSWERS], i, row) {
		slot = cell_str(row, "slot");
		item = cell_str(row, "item");
		value = json_object_get(row, "value");
		if (slot == NULL || strcmp(slot, "dissent") != 0 ||
		    !json_is_string(value) || !row_stands(row) ||
		    (item != NULL && strcmp(item, "signature") == 0) ||
		    !row_is_of(row, session, -1))
			continue;
		if (!any)
			buf_adds(b, "## Dissent\n\n");
		any = true;
		add_quote(b, json_string_value(value));
		buf_adds(b, "\n");
	}
}

static void
add_election(
    struct buf *b, const struct tables *t, const char *session, int64_t round)
{
	json_t *row, *st;
	const char *text;
	bool any = false;
	char key[128];
	size_t i;

	json_array_foreach(t->rows[TABLE_TALLIES], i, row) {
		if (!row_is_of(row, session, round))
			continue;
		if (!any)
			buf_addf(b,
			    "%" PRId64 " ballots were counted%s; by place, the "
			    "statements came out so:\n\n",
			    cell_int(row, "ballots", 0),
			    cell_int(row, "predicted", 0) > 0
				? ", some of them predicted by a model"
				: "");
		any = true;
		snprintf(key, sizeof key, "%s/%s", session,
		    cell_str(row, "statement"));
		st = tables_find(t, TABLE_STATEMENTS, key);
		text = cell_str(st, "text");
		buf_addf(b, "Place %" PRId64 "%s\n\n",
		    cell_int(row, "rank", 0) + 1,
		    json_is_true(json_object_get(row, "winner"))
			? ", **winner**"
			: "");
		add_quote(b, text != NULL ? text : "(not readable)");
		buf_adds(b, "\n");
	}
	if (!any)
		buf_adds(b, "Nothing was elected in this round.\n\n");
}

static void
add_rounds(struct buf *b, const struct tables *t, const char *session)
{
	int64_t last = -1, round;
	json_t *row;
	size_t i;

	json_array_foreach(t->rows[TABLE_TALLIES], i, row) {
		if (row_is_of(row, session, -1) &&
		    cell_int(row, "round", 0) > last)
			last = cell_int(row, "round", 0);
	}
	for (round = 0; round <= last && round < 1000; round++) {
		buf_addf(b, "## Round %" PRId64 "\n\n", round + 1);
		add_election(b, t, session, round);
	}
}

static void
add_acts(struct buf *b, const struct tables *t, const char *session)
{
	const char *reason, *what;
	bool any = false;
	json_t *row;
	size_t i;

	json_array_foreach(t->rows[TABLE_ACTS], i, row) {
		if (!row_is_of(row, session, -1))
			continue;
		if (!any)
			buf_adds(b, "## What a facilitator overruled\n\n");
		any = true;
		what = cell_str(row, "what");
		reason = cell_str(row, "reason");
		buf_addf(b, "%s%s%s\n\n", cell_str(row, "act"),
		    what != NULL ? " " : "", what != NULL ? what : "");
		if (reason != NULL) {
			add_quote(b, reason);
			buf_adds(b, "\n");
		}
	}
}

static void
add_session(struct buf *b, const struct tables *t, const json_t *s)
{
	const char *session = row_session(s), *text;

	text = cell_str(s, "question");
	buf_adds(b, "# What was asked\n\n");
	add_quote(b, text != NULL ? text : "(not readable)");
	buf_adds(b, "\n## Outcome\n\n");
	add_outcome(b, s);
	text = cell_str(s, "statement");
	if (text != NULL) {
		add_quote(b, text);
		buf_adds(b, "\n");
	}
	add_agreement(b, s);
	if (json_is_true(json_object_get(s, "overridden")))
		buf_adds(b, "A facilitator chose this statement; the group had "
			    "elected another.\n\n");
	add_answers(b, t, session);
	add_rounds(b, t, session);
	add_acts(b, t, session);
	text = cell_str(s, "drafter");
	buf_addf(b, "---\n\nSession %s, %" PRId64 " participants.", session,
	    cell_int(s, "participants", 0));
	if (text != NULL) {
		buf_adds(b, " Drafted by:\n\n");
		add_quote(b, text);
	}
	buf_adds(b, "\n");
}

int
write_markdown(
    const struct tables *t, const struct outlet *out, struct err *err)
{
	struct buf b = {0};
	json_t *s;
	size_t i;
	int r;

	buf_adds(&b, "");
	json_array_foreach(t->rows[TABLE_SESSIONS], i, s)
		add_session(&b, t, s);
	r = out->file(out->arg, "page.md", b.data, b.len, err);
	buf_free(&b);
	return r;
}
