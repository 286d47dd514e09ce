#include "client/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/json.h"
#include "base/language.h"
#include "base/mem.h"
#include "choice/ballot.h"
#include "choice/tally.h"
#include "client/diff.h"
#include "client/html.h"
#include "client/report_parts.h"
#include "client/story.h"
#include "client/tell.h"

/* clang-format off */
static const char style[] =
	":root{color-scheme:light dark;--ink:#1d2330;--soft:#5b6475;--page:#fff;"
	"--line:#d9dde5;--tint:#f3f5f9;--accent:#1f5fa8;--in:#d7f0dd;--out:#f9dede;"
	"--low:#c2603a;--mid:#8a8f99;--high:#2f7d57}\n"
	"@media(prefers-color-scheme:dark){:root{--ink:#e6e9ef;--soft:#a3acbb;"
	"--page:#14171d;--line:#363c48;--tint:#1d222b;--accent:#8ab8ee;--in:#1e4a2c;"
	"--out:#5a2626;--low:#e08a63;--mid:#8a8f99;--high:#62b88a}}\n"
	"*{box-sizing:border-box}\n"
	"body{margin:0;background:var(--page);color:var(--ink);"
	"font:1.0625rem/1.55 system-ui,-apple-system,\"Segoe UI\",\"Noto Sans\",sans-serif;"
	"overflow-wrap:anywhere}\n"
	"main{max-width:46rem;margin:0 auto;padding:1.5rem 1.125rem 3rem}\n"
	"h1{font-size:1.6rem;line-height:1.25;margin:.25rem 0 .75rem}\n"
	"h2{font-size:1.25rem;margin:2.25rem 0 .5rem;padding-top:.9rem;"
	"border-top:1px solid var(--line)}\n"
	"h3{font-size:1.08rem;margin:1.75rem 0 .4rem}\n"
	"p{margin:.5rem 0}\n"
	".kind,.help,figcaption,.by{color:var(--soft)}\n"
	".kind{margin:0}\n"
	".help{font-size:.93rem}\n"
	".outcome{font-size:1.2rem;font-weight:600;margin:.5rem 0}\n"
	".outcome.consensus{color:var(--high)}.outcome.none{color:var(--low)}\n"
	"blockquote{margin:.75rem 0;padding:.75rem 1rem;background:var(--tint);"
	"border-inline-start:.25rem solid var(--accent);border-radius:.2rem;"
	"unicode-bidi:isolate}\n"
	"blockquote.dissent{border-color:var(--low)}\n"
	"blockquote.words{border-color:var(--line)}\n"
	"blockquote .by{display:block;margin-top:.4rem;font-size:.93rem}\n"
	"ul{margin:.5rem 0;padding-inline-start:1.2rem}\n"
	"li{margin:.2rem 0}\n"
	"dl{margin:.5rem 0}dt{font-weight:600;margin-top:.7rem}dd{margin:.1rem 0 0}\n"
	"ol.slate{list-style:none;padding:0}\n"
	"ol.slate li{display:flex;gap:.75rem;padding:.5rem 0;border-top:1px solid var(--line)}\n"
	"ol.slate li:first-child{border-top:0}\n"
	"ol.slate b{flex:0 0 1.6rem}ol.slate li>div{flex:1}\n"
	".badge{display:inline-block;font-size:.85rem;padding:0 .45rem;border:1px solid var(--high);"
	"border-radius:1rem;color:var(--high);white-space:nowrap}\n"
	"ins{background:var(--in);text-decoration:underline}\n"
	"del{background:var(--out);text-decoration:line-through}\n"
	".wide{overflow-x:auto}\n"
	"table{border-collapse:collapse;font-variant-numeric:tabular-nums;margin:.4rem 0}\n"
	"th,td{min-width:2.4rem;padding:.25rem .5rem;text-align:center;border:1px solid var(--line)}\n"
	"thead td{border:0}\n"
	".pairs .won{background:var(--accent);color:var(--page);font-weight:600}\n"
	".pairs .self{color:var(--soft)}\n"
	".heat td{color:#10151f}\n"
	".p1{background:#4fa37a}.p2{background:#93c9ab}.p3{background:#d5e8dc}"
	".p4{background:#f1ddd0}.p5{background:#e3b08f}.p6{background:#d08a61}\n"
	".charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(9.5rem,1fr));gap:.75rem}\n"
	"figure{margin:0}figcaption{font-size:.93rem}\n"
	"svg{width:100%;max-width:14rem;height:auto;display:block}\n"
	"svg text{font-size:11px;text-anchor:middle;fill:var(--ink)}svg .axis{fill:var(--soft)}\n"
	".low{fill:var(--low)}.mid{fill:var(--mid)}.high{fill:var(--high)}\n"
	"code,.print{font-family:ui-monospace,monospace;font-size:.9rem}\n"
	"@media print{:root{color-scheme:light;--ink:#000;--soft:#444;--page:#fff;--line:#bbb;"
	"--tint:#fff;--accent:#1f5fa8;--in:#fff;--out:#fff;--low:#c2603a;--mid:#8a8f99;--high:#2f7d57}"
	"html{font-size:10pt}main{max-width:none;padding:0}h2,h3{break-after:avoid}"
	"blockquote,figure,tr,li{break-inside:avoid}"
	".pairs .won{background:none;color:inherit;font-weight:700;border:2px solid}"
	"td,rect,blockquote{print-color-adjust:exact;-webkit-print-color-adjust:exact}}\n";
/* clang-format on */

/* ---- parts ---- */

void
report_say(struct report *r, const char *class, char *text)
{
	html_element(r->out, "p", class, text);
	free(text);
}

static const char *
words(const struct report *r, enum message id)
{
	return message(r->m, id);
}

static void
heading(struct report *r, enum message id)
{
	html_element(r->out, "h2", NULL, words(r, id));
}

static void
help(struct report *r, enum message id)
{
	report_say(r, "help", xstrdup(words(r, id)));
}

/* Words within a sentence of ours, whichever way they are written: between
 * U+2068 and U+2069. */
static char *
isolated(const char *text)
{
	return xasprintf("\xe2\x81\xa8%s\xe2\x81\xa9", text);
}

static void
help_with(struct report *r, enum message id, const char *text)
{
	char *own = isolated(text);

	report_say(r, "help", message_text(r->m, id, "text", own, NULL));
	free(own);
}

/* An element that holds somebody's words, in their language. */
static void
open_words(struct report *r, const char *tag, const char *class)
{
	buf_addf(r->out, "<%s dir=\"auto\"", tag);
	if (r->lang[0] != '\0')
		buf_addf(r->out, " lang=\"%s\"", r->lang);
	if (class != NULL)
		buf_addf(r->out, " class=\"%s\"", class);
	buf_addc(r->out, '>');
}

void
report_quote(
    struct report *r, const char *tag, const char *class, const char *text)
{
	open_words(r, tag, class);
	html_lines(r->out, text);
	buf_addf(r->out, "</%s>\n", tag);
}

/* A line a sentence, as the terminal would have it. */
static char *
told(void (*tell)(struct term *t, const struct report *r),
    const struct report *r)
{
	struct term t = {.width = 1 << 24, .words = r->m};
	char *text = NULL;
	size_t len = 0;

	t.f = open_memstream(&text, &len);
	if (t.f == NULL)
		return xstrdup("");
	tell(&t, r);
	fclose(t.f);
	return text;
}

void
report_lines(
    struct report *r, void (*tell)(struct term *t, const struct report *r))
{
	char *text = told(tell, r), *line, *rest = text;
	bool any = false;

	while ((line = strsep(&rest, "\n")) != NULL) {
		line += strspn(line, " ");
		if (*line == '\0')
			continue;
		buf_adds(r->out, any ? "" : "<ul>\n");
		html_element(r->out, "li", NULL, line);
		any = true;
	}
	buf_adds(r->out, any ? "</ul>\n" : "");
	free(text);
}

/* ---- outcome, statement, dissent ---- */

static void
lines_outcome(struct term *t, const struct report *r)
{
	tell_outcome(t, r->result);
}

static void
lines_beside(struct term *t, const struct report *r)
{
	tell_beside(t, r->result, tell_ids(r->story));
}

static void
part_outcome(struct report *r)
{
	const char *outcome = json_str(r->result, "outcome");
	char *text;

	heading(r, MSG_REPORT_OUTCOME);
	if (r->result == NULL) {
		report_say(
		    r, "outcome none", xstrdup(words(r, MSG_OUTCOME_OPEN)));
		return;
	}
	text = told(lines_outcome, r);
	text[strcspn(text, "\n")] = '\0';
	html_element(r->out, "p",
	    strcmp(outcome, "consensus") == 0  ? "outcome consensus"
	    : strcmp(outcome, "majority") == 0 ? "outcome majority"
					       : "outcome none",
	    text);
	free(text);
	help(r, MSG_REPORT_OUTCOME_HELP);
}

static enum message
writer(const struct report *r)
{
	const char *by = json_str(r->result, "written_by");

	return strcmp(by, "participant") == 0	? MSG_RESULT_BY_PARTICIPANT
	       : strcmp(by, "facilitator") == 0 ? MSG_RESULT_BY_FACILITATOR
						: MSG_REPORT_BY_DRAFT;
}

/* Whether what is told beside the statement speaks of others. */
static bool
names_letters(const struct report *r)
{
	const json_t *tie = json_object_get(r->result, "tie_break");

	return json_is_true(json_object_get(r->result, "overridden")) ||
	       json_array_size(json_object_get(r->result, "better")) > 0 ||
	       json_array_size(json_object_get(tie, "among")) > 1 ||
	       json_is_string(json_object_get(
		   json_object_get(r->result, "other_side"), "statement"));
}

static void
say_letters(struct report *r)
{
	char *where = message_text(r->m, MSG_REPORT_VOTE, "#n",
	    (long long)json_array_size(json_object_get(r->story, "rounds")),
	    NULL);

	report_say(r, "help",
	    message_text(r->m, MSG_REPORT_LETTERS, "heading", where, NULL));
	free(where);
}

static void
part_statement(struct report *r)
{
	const char *text =
	    json_string_value(json_object_get(r->result, "statement"));

	if (r->result == NULL)
		return;
	heading(r, MSG_REPORT_STATEMENT);
	if (!json_is_string(json_object_get(r->result, "winner"))) {
		report_say(r, NULL, xstrdup(words(r, MSG_REPORT_NO_STATEMENT)));
		return;
	}
	if (text != NULL)
		report_quote(r, "blockquote", "statement", text);
	else
		report_say(r, NULL, xstrdup(words(r, MSG_SLATE_ERASED)));
	help(r, writer(r));
	report_lines(r, lines_beside);
	if (json_num(json_object_get(r->result, "quality"), "n") > 0)
		help(r, MSG_REPORT_QUALITY_HELP);
	if (names_letters(r))
		say_letters(r);
}

static void
part_dissent(struct report *r)
{
	const json_t *list = json_object_get(r->result, "dissents"), *d;
	const char *name;
	size_t i;

	if (json_array_size(list) == 0)
		return;
	heading(r, MSG_RESULT_DISSENT);
	help(r, MSG_REPORT_DISSENT_HELP);
	json_array_foreach(list, i, d) {
		open_words(r, "blockquote", "dissent");
		html_lines(r->out, json_str(d, "text"));
		name = json_str(d, "signature");
		buf_adds(r->out, "<span class=\"by\">— <bdi>");
		html_text(r->out,
		    *name != '\0' ? name : words(r, MSG_RESULT_UNSIGNED));
		buf_adds(r->out, "</bdi></span></blockquote>\n");
	}
}

/* ---- the course ---- */

static size_t
count_given(const struct report *r, const char *what, bool gone)
{
	const json_t *people = json_object_get(r->story, "participants"), *p;
	size_t i, n = 0;

	json_array_foreach(people, i, p) {
		const json_t *v = json_object_get(p, what);

		n += gone ? v != NULL && !json_is_false(v) : json_is_string(v);
	}
	return n;
}

/* Opinions may be read by the group: then here too. */
static bool
texts_open(const struct report *r)
{
	return strcmp(json_str(json_object_get(r->story, "settings"), "texts"),
		   "group") == 0;
}

static void
course_round(struct report *r, const json_t *round)
{
	const json_t *tally = json_object_get(round, "tally");
	long long drafts =
	    (long long)json_array_size(json_object_get(round, "statements"));
	long long shown =
	    (long long)json_array_size(json_object_get(round, "shown"));
	long long ballots = json_num(tally, "ballots");
	bool first = json_num(round, "round") == 0;
	char *text;

	text = message_text(r->m,
	    first ? MSG_REPORT_DRAFTED : MSG_REPORT_REVISED, "#n", drafts,
	    "#shown", shown, "#ballots", ballots, "#critiques",
	    (long long)json_object_size(json_object_get(round, "critiques")),
	    NULL);
	html_element(r->out, "li", NULL, text);
	free(text);
}

static void
part_course(struct report *r)
{
	const json_t *rounds = json_object_get(r->story, "rounds"), *round;
	char *text;
	size_t i;

	heading(r, MSG_REPORT_COURSE);
	buf_adds(r->out, "<ol>\n");
	text = message_text(r->m, MSG_REPORT_PEOPLE, "#n",
	    (long long)json_array_size(
		json_object_get(r->story, "participants")),
	    "#left", (long long)count_given(r, "left", true), NULL);
	html_element(r->out, "li", NULL, text);
	free(text);
	text = message_text(r->m, MSG_REPORT_OPINIONS_GIVEN, "#n",
	    (long long)count_given(r, "opinion", false), NULL);
	html_element(r->out, "li", NULL, text);
	free(text);
	json_array_foreach(rounds, i, round)
		if (json_array_size(json_object_get(round, "statements")) > 0)
			course_round(r, round);
	buf_adds(r->out, "</ol>\n");
	if (!texts_open(r))
		help(r, MSG_REPORT_PRIVATE);
}

/* ---- how the statement changed ---- */

static void
change_cb(enum change_kind kind, const char *text, size_t len, void *arg)
{
	static const char *const tags[] = {
	    [CHANGE_GONE] = "del", [CHANGE_NEW] = "ins"};
	struct report *r = arg;

	if (kind != CHANGE_SAME)
		buf_addf(r->out, "<%s>", tags[kind]);
	html_text_len(r->out, text, len);
	if (kind != CHANGE_SAME)
		buf_addf(r->out, "</%s>", tags[kind]);
}

static void
journey_step(struct report *r, int n, const char *before, const char *text)
{
	struct buf marked = {0}, *out = r->out;
	char *title =
	    message_text(r->m, MSG_REPORT_VOTE, "#n", (long long)n, NULL);

	html_element(r->out, "h3", NULL, title);
	free(title);
	if (before != NULL && strcmp(before, text) == 0) {
		report_say(r, NULL, xstrdup(words(r, MSG_REPORT_SAME)));
		return;
	}
	r->out = &marked;
	if (before != NULL && !diff_words(before, text, change_cb, r)) {
		r->out = out;
		help(r, MSG_REPORT_REWRITTEN);
		before = NULL;
	}
	r->out = out;
	open_words(r, "blockquote", "words");
	if (before != NULL)
		buf_add(r->out, marked.data, marked.len);
	else
		html_lines(r->out, text);
	buf_adds(r->out, "</blockquote>\n");
	buf_free(&marked);
}

static void
part_journey(struct report *r)
{
	const json_t *rounds = json_object_get(r->story, "rounds"), *round;
	const char *before = NULL, *text;
	bool started = false;
	size_t i;

	if (json_array_size(rounds) < 2)
		return;
	json_array_foreach(rounds, i, round) {
		text = story_text(r->story,
		    json_str(json_object_get(round, "tally"), "winner"));
		if (text == NULL)
			continue;
		if (!started) {
			heading(r, MSG_REPORT_JOURNEY);
			help(r, MSG_REPORT_JOURNEY_HELP);
		}
		started = true;
		journey_step(r, (int)i + 1, before, text);
		before = text;
	}
}

/* ---- the votes ---- */

static void
lines_tally(struct term *t, const struct report *r)
{
	tell_tally(t, json_object_get(r->round, "tally"),
	    json_object_get(r->round, "shown"));
}

static void
slate(struct report *r)
{
	const json_t *shown = json_object_get(r->round, "shown"), *id;
	const char *winner =
	    json_str(json_object_get(r->round, "tally"), "winner");
	const char *text;
	char letter[8];
	size_t i;

	buf_adds(r->out, "<ol class=\"slate\">\n");
	json_array_foreach(shown, i, id) {
		candidate_label(i, letter);
		text = story_text(r->story, json_string_value(id));
		buf_addf(r->out, "<li><b>%s</b><div>", letter);
		report_quote(r, "div", NULL,
		    text != NULL ? text : words(r, MSG_SLATE_ERASED));
		if (strcmp(json_string_value(id), winner) == 0)
			html_element(r->out, "span", "badge",
			    words(r, MSG_REPORT_ELECTED));
		buf_adds(r->out, "</div></li>\n");
	}
	buf_adds(r->out, "</ol>\n");
}

/* Without names: what was said counts, not who said it. */
static void
texts(struct report *r, const char *title, json_t *list)
{
	const json_t *text;
	size_t i;

	if (json_array_size(list) > 0 && texts_open(r)) {
		html_element(r->out, "h3", NULL, title);
		json_array_foreach(list, i, text)
			report_quote(
			    r, "blockquote", "words", json_string_value(text));
	}
	json_decref(list);
}

static int
text_cmp(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* In an order that says nothing of who came when. */
static json_t *
sorted(const json_t *list)
{
	size_t i, n = json_array_size(list);
	const char **v = xcalloc(n + 1, sizeof *v);
	json_t *out = json_array();

	for (i = 0; i < n; i++)
		v[i] = json_string_value(json_array_get(list, i));
	qsort(v, n, sizeof *v, text_cmp);
	for (i = 0; i < n; i++)
		json_array_append_new(out, json_string(v[i]));
	free(v);
	return out;
}

static json_t *
opinions(const struct report *r)
{
	const json_t *people = json_object_get(r->story, "participants"), *p;
	json_t *list = json_array(), *out;
	size_t i;

	json_array_foreach(people, i, p)
		if (json_is_string(json_object_get(p, "opinion")))
			json_array_append(list, json_object_get(p, "opinion"));
	out = sorted(list);
	json_decref(list);
	return out;
}

static json_t *
critiques(const json_t *round)
{
	json_t *list = json_array(), *out, *text;
	const char *who;

	json_object_foreach(json_object_get(round, "critiques"), who, text)
		if (json_is_string(text))
			json_array_append(list, text);
	out = sorted(list);
	json_decref(list);
	return out;
}

static void
vote(struct report *r, const json_t *round)
{
	char *title = message_text(
	    r->m, MSG_REPORT_VOTE, "#n", json_num(round, "round") + 1, NULL);

	r->round = round;
	html_element(r->out, "h2", NULL, title);
	free(title);
	if (json_num(round, "round") == 0)
		texts(r, words(r, MSG_STORY_OPINIONS), opinions(r));
	else
		texts(r, words(r, MSG_STORY_CRITIQUES), critiques(round));
	slate(r);
	report_lines(r, lines_tally);
	report_pairs(r);
	report_ballots(r);
	report_ratings(r);
	r->round = NULL;
}

static void
part_votes(struct report *r)
{
	const json_t *rounds = json_object_get(r->story, "rounds"), *round;
	size_t i;

	json_array_foreach(rounds, i, round)
		if (json_is_object(json_object_get(round, "tally")))
			vote(r, round);
}

/* ---- what was asked beside the ballots ---- */

/* Reads seven counts; how many there are. */
static long
counts_of(const json_t *figures, long counts[7])
{
	long n = 0;
	size_t i;

	for (i = 0; i < 7; i++) {
		counts[i] = (long)json_integer_value(
		    json_array_get(json_object_get(figures, "counts"), i));
		n += counts[i];
	}
	return n;
}

static void
part_positions(struct report *r)
{
	const json_t *index = json_object_get(r->result, "agreement_index");
	const json_t *question = json_object_get(r->story, "question");
	long before[7], after[7];
	long n = counts_of(json_object_get(index, "before"), before);
	long m = counts_of(json_object_get(index, "after"), after);

	if (n == 0 && m == 0)
		return;
	heading(r, MSG_REPORT_POSITIONS);
	if (n < REPORT_SMALLEST || (m > 0 && m < REPORT_SMALLEST)) {
		report_say(r, "help",
		    message_text(r->m, MSG_REPORT_SMALL, "#smallest",
			(long long)REPORT_SMALLEST, NULL));
		return;
	}
	help_with(
	    r, MSG_REPORT_POSITIONS_HELP, json_str(question, "affirming"));
	buf_adds(r->out, "<div class=\"charts\">\n");
	report_chart(r, words(r, MSG_REPORT_BEFORE), before);
	if (m > 0)
		report_chart(r, words(r, MSG_REPORT_AFTER), after);
	buf_adds(r->out, "</div>\n");
	help(r, MSG_REPORT_INDEX_HELP);
}

static bool
is_few(const json_t *figures)
{
	long n = json_num(figures, "n");

	return n > 0 && n < REPORT_SMALLEST;
}

/* The result without figures of too few people. */
static json_t *
guarded(const struct report *r)
{
	static const char *const whole[] = {
	    "movement", "importance", "preference"};
	static const char *const sides[] = {"agree", "neutral", "disagree"};
	json_t *copy = json_deep_copy(r->result), *figures;
	json_t *index = json_object_get(copy, "agreement_index");
	const char *id;
	size_t i;

	for (i = 0; i < 3; i++) {
		if (is_few(json_object_get(copy, whole[i])))
			json_object_del(copy, whole[i]);
		if (is_few(json_object_get(
			json_object_get(copy, "sides"), sides[i])))
			json_object_set_new(copy, "sides",
			    json_pack("{s:b,s:i}", "withheld", true, "smallest",
				REPORT_SMALLEST));
	}
	if (is_few(json_object_get(index, "before")))
		json_object_del(copy, "agreement_index");
	json_object_foreach(json_object_get(copy, "survey"), id, figures)
		if (is_few(figures) &&
		    json_object_get(figures, "counts") != NULL) {
			json_object_del(figures, "counts");
			json_object_set_new(figures, "withheld", json_true());
		}
	return copy;
}

static void
lines_asked(struct term *t, const struct report *r)
{
	json_t *result = guarded(r);

	tell_asked(t, result);
	json_decref(result);
}

static void
lines_survey(struct term *t, const struct report *r)
{
	json_t *copy = guarded(r);

	tell_survey(t, copy, json_object_get(r->story, "survey"));
	json_decref(copy);
}

/* Question and answer by turns, behind the heading. */
static void
part_survey(struct report *r)
{
	char *text = told(lines_survey, r), *line, *rest = text;
	size_t n = 0;

	while ((line = strsep(&rest, "\n")) != NULL) {
		if (line[strspn(line, " ")] == '\0')
			continue;
		if (n == 0) {
			html_element(r->out, "h2", NULL, line);
			buf_adds(r->out, "<dl>\n");
		} else
			html_element(r->out, line[2] == ' ' ? "dd" : "dt", NULL,
			    line + strspn(line, " "));
		n++;
	}
	buf_adds(r->out, n > 0 ? "</dl>\n" : "");
	free(text);
}

static void
lines_acts(struct term *t, const struct report *r)
{
	/* its heading is ours */
	tell_acts(t, r->story);
}

static void
part_acts(struct report *r)
{
	char *text, *line, *rest;
	bool head = true;

	if (json_array_size(json_object_get(r->story, "acts")) == 0)
		return;
	text = rest = told(lines_acts, r);
	while ((line = strsep(&rest, "\n")) != NULL) {
		line += strspn(line, " ");
		if (*line == '\0')
			continue;
		html_element(r->out, head ? "h2" : "p", NULL, line);
		head = false;
	}
	free(text);
}

/* ---- figures and the chain ---- */

static void
term_of(struct report *r, enum message what, char *text)
{
	html_element(r->out, "dt", NULL, words(r, what));
	html_element(r->out, "dd", NULL, text);
	free(text);
}

static void
part_figures(struct report *r)
{
	const json_t *settings = json_object_get(r->story, "settings");
	const struct rule *rule = rule_find(json_str(settings, "method"));
	const char *drafter = json_str(r->story, "drafter");

	heading(r, MSG_REPORT_FIGURES);
	if (r->result != NULL)
		report_lines(r, lines_asked);
	if (json_num(json_object_get(r->result, "prediction"), "top_n") > 0)
		help(r, MSG_REPORT_PREDICTION_HELP);
	buf_adds(r->out, "<dl>\n");
	if (rule != NULL)
		term_of(r, MSG_REPORT_RULE,
		    message_text(r->m, MSG_REPORT_RULE_HELP, "rule", rule->name,
			"why",
			message_named(r->m, "rule", rule->name, rule->help),
			NULL));
	if (rule != NULL && (rule->properties & RULE_CONDORCET) != 0)
		html_element(
		    r->out, "dd", "help", words(r, MSG_REPORT_PAIRWISE_HELP));
	if (rule != NULL && strcmp(rule->name, "schulze") == 0)
		html_element(
		    r->out, "dd", "help", words(r, MSG_REPORT_CHAIN_HELP));
	if (*drafter != '\0')
		term_of(r, MSG_REPORT_DRAFTER,
		    message_text(r->m, MSG_RESULT_COST, "#exchanges",
			json_num(r->result, "exchanges"), "drafter", drafter,
			NULL));
	buf_adds(r->out, "</dl>\n");
	report_say(r, "help",
	    message_text(r->m, MSG_REPORT_SMALL, "#smallest",
		(long long)REPORT_SMALLEST, NULL));
}

static void
add_time(struct report *r, enum message what, int64_t ms)
{
	time_t at = (time_t)(ms / 1000);
	char text[40] = "";
	struct tm tm;

	if (gmtime_r(&at, &tm) != NULL)
		strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", &tm);
	term_of(r, what, xstrdup(text));
}

static void
part_check(struct report *r)
{
	heading(r, MSG_REPORT_CHECK);
	help(r, MSG_REPORT_CHECK_HELP);
	buf_adds(r->out, "<dl class=\"print\">\n");
	term_of(r, MSG_REPORT_SESSION, xstrdup(json_str(r->story, "session")));
	add_time(r, MSG_REPORT_BEGUN, r->facts->begun);
	add_time(r, MSG_REPORT_ENDED, r->facts->ended);
	term_of(r, MSG_REPORT_EVENTS,
	    xasprintf("%lld", (long long)r->facts->events));
	term_of(r, MSG_REPORT_FINGERPRINT, xstrdup(r->facts->head));
	buf_adds(r->out, "</dl>\n");
}

/* ---- the page ---- */

static void
part_question(struct report *r)
{
	const json_t *q = json_object_get(r->story, "question");

	buf_adds(r->out, "<header>\n");
	html_element(r->out, "p", "kind", words(r, MSG_REPORT_TITLE));
	report_quote(r, "h1", NULL, json_str(q, "text"));
	if (*json_str(q, "affirming") != '\0') {
		help_with(r, MSG_REPORT_AS_YES, json_str(q, "affirming"));
		help_with(r, MSG_REPORT_AS_NO, json_str(q, "negating"));
	}
	buf_adds(r->out, "</header>\n");
}

static void (*const parts[])(struct report *r) = {
    part_question,
    part_outcome,
    part_statement,
    part_dissent,
    part_course,
    part_journey,
    part_positions,
    part_votes,
    part_survey,
    part_acts,
    part_figures,
    part_check,
};

static void
find_language(struct report *r)
{
	const char *known =
	    json_str(json_object_get(r->story, "language"), "language");
	const char *question =
	    json_str(json_object_get(r->story, "question"), "text");
	char tag[LANGUAGE_TAG_MAX + 1] = "";

	if (*known == '\0' && language_of(question, tag))
		known = tag;
	strlcpy(r->lang, html_lang(known), sizeof r->lang);
}

void
report_write(const json_t *story, const struct report_facts *facts,
    const struct messages *m, struct buf *out)
{
	const json_t *result = json_object_get(story, "result");
	struct report r = {.out = out,
	    .story = story,
	    .result = json_is_object(result) ? result : NULL,
	    .facts = facts,
	    .m = m};
	const char *page = message(m, MSG_REPORT_LANG);
	size_t i;

	find_language(&r);
	buf_addf(out,
	    "<!DOCTYPE html>\n<html lang=\"%s\" dir=\"%s\">\n<head>\n"
	    "<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
	    "content=\"width=device-width,initial-scale=1\">\n"
	    "<meta http-equiv=\"Content-Security-Policy\" "
	    "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
	    "<meta name=\"referrer\" content=\"no-referrer\">\n",
	    html_lang(page), html_dir(page));
	html_element(out, "title", NULL,
	    json_str(json_object_get(story, "question"), "text"));
	buf_addf(out, "<style>\n%s</style>\n</head>\n<body>\n<main>\n", style);
	for (i = 0; i < sizeof parts / sizeof *parts; i++)
		parts[i](&r);
	buf_adds(out, "</main>\n</body>\n</html>\n");
}
