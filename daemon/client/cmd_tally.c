/* caucus tally: elections in files, counted by any rule; no daemon. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/mem.h"
#include "choice/explain.h"
#include "choice/slate.h"
#include "client/cmd.h"
#include "client/place.h"
#include "record/election.h"

#define FILE_BYTES_MAX ((size_t)1 << 31)
#define PLACES	       4  /* of a slate, unless --places says more */
#define TOLD	       20 /* losers that words explain */
/* From here on it is said beforehand what an election costs. */
#define COSTLY_SECONDS 1.0
#define COSTLY_BYTES   256e6

struct counting {
	struct cmd *cmd;
	const struct rule *rule;	/* for a slate: the one behind it */
	const struct slate_rule *slate; /* or NULL */
	size_t places;
	enum tie_break tie;
	const char *seed;
	bool explain, words;
	size_t number; /* of the election, from 0 */
};

/* One election counted. */
struct counted {
	const struct election *e;
	struct tally tally;
	size_t winner; /* n: none */
	enum tie_decider decider;
	size_t *chosen, nchosen; /* of a slate */
};

/* ---- what was asked ---- */

static int
read_method(struct counting *k, const char *method)
{
	k->rule = rule_find(method);
	if (k->rule != NULL)
		return EXIT_OK;
	k->slate = slate_find(method);
	k->rule = rule_find("schulze");
	if (k->slate != NULL)
		return EXIT_OK;
	return cmd_usage(k->cmd,
	    "there is no method %.40s; `caucus tally --list` lists them",
	    method);
}

static int
read_tie_break(struct counting *k, const char *name)
{
	int tie = tie_break_find(name);

	if (tie == -1)
		return cmd_usage(k->cmd,
		    "there is no tie-break %.40s: agreement, ballot, random, "
		    "first or none",
		    name);
	k->tie = (enum tie_break)tie;
	return EXIT_OK;
}

static int
read_places(struct counting *k, const char *s)
{
	char *end;
	long v = strtol(s, &end, 10);

	if (*s < '0' || *s > '9' || *end != '\0' || v < 1 ||
	    v > CANDIDATES_LIMIT)
		return cmd_usage(k->cmd, "--places takes a number from 1 to %d",
		    CANDIDATES_LIMIT);
	if (k->slate == NULL)
		return cmd_usage(k->cmd,
		    "--places is for methods that elect a set; `caucus tally "
		    "--list` tells which");
	k->places = (size_t)v;
	return EXIT_OK;
}

static int
read_options(struct counting *k)
{
	const char *method = cmd_option(k->cmd, "method", 0);
	const char *tie = cmd_option(k->cmd, "tie-break", 0);
	const char *places = cmd_option(k->cmd, "places", 0);
	const char *seed = cmd_option(k->cmd, "seed", 0);
	int r = read_method(k, method != NULL ? method : "schulze");

	if (r == EXIT_OK && tie != NULL)
		r = read_tie_break(k, tie);
	if (r == EXIT_OK && places != NULL)
		r = read_places(k, places);
	if (seed != NULL)
		k->seed = seed;
	k->explain = cmd_flag(k->cmd, "explain");
	/* Programs get JSON, and so do pipes; a person gets words. */
	k->words = !k->cmd->json && (k->explain || k->cmd->out.tty);
	return r;
}

/* ---- the list ---- */

static const char *
needs_of(const struct rule *r)
{
	return r->needs == NEEDS_RATINGS ? "ratings" : "rankings";
}

static json_t *
list_json(void)
{
	json_t *list = json_array();

	for (const struct rule *r = rules; r->name != NULL; r++)
		json_array_append_new(list,
		    json_pack("{s:s,s:s,s:s,s:s}", "name", r->name, "help",
			r->help, "needs", needs_of(r), "elects", "one"));
	for (const struct slate_rule *r = slate_rules; r->name != NULL; r++)
		json_array_append_new(list,
		    json_pack("{s:s,s:s,s:s,s:s}", "name", r->name, "help",
			r->help, "needs", "rankings", "elects", "set"));
	return list;
}

static int
list_rules(struct cmd *c)
{
	json_t *list = list_json();

	if (!cmd_json(c, list)) {
		for (const struct rule *r = rules; r->name != NULL; r++)
			fprintf(c->out.f, "%-16s %-8s one  %s\n", r->name,
			    needs_of(r), r->help);
		for (const struct slate_rule *r = slate_rules; r->name != NULL;
		     r++)
			fprintf(c->out.f, "%-16s %-8s set  %s\n", r->name,
			    "rankings", r->help);
	}
	json_decref(list);
	return EXIT_OK;
}

/* ---- counting ---- */

static void
say_cost(const struct counting *k, const struct election *e)
{
	size_t n = e->profile.candidates, ballots = e->profile.ballots;
	struct tally_cost cost = tally_cost(k->rule, n, ballots);

	if (k->slate != NULL) {
		cost.seconds +=
		    1e-9 * (double)k->places * (double)n * (double)ballots * 2;
		cost.bytes += (double)n * (double)ballots;
	}
	if (cost.seconds < COSTLY_SECONDS && cost.bytes < COSTLY_BYTES)
		return;
	fflush(k->cmd->out.f);
	term_say(&k->cmd->err, 0, STYLE_DIM,
	    "%zu candidates and %zu ballots: about %.0f s and %.0f MB for %s; "
	    "Ctrl-C stops it",
	    n, ballots, cost.seconds, cost.bytes / 1e6,
	    k->slate != NULL ? k->slate->name : k->rule->name);
	fflush(k->cmd->err.f);
}

static void
choose_slate(const struct counting *k, struct counted *c)
{
	size_t n = c->tally.n;
	bool *allowed = xcalloc(n, sizeof(*allowed));

	memset(allowed, true, n * sizeof(*allowed));
	c->chosen = xcalloc(n, sizeof(*c->chosen));
	c->nchosen = k->slate->choose(
	    &c->e->profile, &c->tally, n, allowed, k->places, c->chosen);
	free(allowed);
}

static int
count_one(const struct counting *k, struct counted *c, struct err *err)
{
	const struct election *e = c->e;
	struct stream draw;

	if (rule_fits(k->rule, &e->profile, err) != 0)
		return -1;
	say_cost(k, e);
	tally_run(k->rule, &e->profile, &c->tally);
	memset(&draw, 0, sizeof(draw));
	if (k->tie != TIE_NONE) /* which draws nothing; opening has its price */
		stream_open(&draw, k->seed, "tally", k->number, 0);
	c->winner = tie_resolve(
	    &c->tally, &e->profile, e->ratings, k->tie, &draw, &c->decider);
	if (k->slate != NULL)
		choose_slate(k, c);
	return 0;
}

static void
counted_free(struct counted *c)
{
	tally_free(&c->tally);
	free(c->chosen);
}

/* ---- as JSON: written as it goes, for there may be millions ---- */

static void
add_ranks(struct buf *out, const int32_t *rank, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		buf_addc(out, i > 0 ? ',' : '[');
		buf_add_int(out, rank[i]);
	}
	buf_addc(out, ']');
}

/* [[2],[0,1]]: the candidates of each rank. */
static void
add_order(struct buf *out, const int32_t *rank, size_t n)
{
	size_t told = 0, *next = xcalloc(n + 1, sizeof(*next));
	size_t *head = xcalloc(n + 1, sizeof(*head)), x;

	/* Lists by rank: head[r] is the first + 1, next[x] the one after. */
	for (x = n; x-- > 0;) {
		next[x] = head[rank[x]];
		head[rank[x]] = x + 1;
	}
	buf_addc(out, '[');
	for (size_t r = 0; told < n; r++) {
		buf_adds(out, r > 0 ? ",[" : "[");
		for (x = head[r]; x > 0; x = next[x - 1], told++) {
			if (x != head[r])
				buf_addc(out, ',');
			buf_add_int(out, (int64_t)x - 1);
		}
		buf_addc(out, ']');
	}
	buf_addc(out, ']');
	free(next);
	free(head);
}

static void
add_winners(struct buf *out, const int32_t *rank, size_t n)
{
	bool any = false;

	buf_addc(out, '[');
	for (size_t i = 0; i < n; i++)
		if (rank[i] == 0) {
			if (any)
				buf_addc(out, ',');
			buf_add_int(out, (int64_t)i);
			any = true;
		}
	buf_addc(out, ']');
}

static void
add_tie(const struct counting *k, const struct counted *c, struct buf *out)
{
	buf_adds(out, ",\"winner\":");
	if (c->winner < c->tally.n)
		buf_add_int(out, (int64_t)c->winner);
	else
		buf_adds(out, "null");
	buf_adds(out, ",\"tie_break\":{\"rule\":\"");
	buf_adds(out, tie_break_names[k->tie]);
	buf_adds(out, "\",\"decider\":\"");
	buf_adds(out, tie_decider_names[c->decider]);
	buf_adds(out, "\"}");
}

static void
add_numbers(const struct election *e, struct buf *out)
{
	buf_adds(out, ",\"votes\":");
	buf_add_int(out, e->profile.votes);
	if (e->profile.truncated > 0) {
		buf_adds(out, ",\"truncated\":");
		buf_add_int(out, e->profile.truncated);
	}
	if (e->empty > 0) {
		buf_adds(out, ",\"empty\":");
		buf_add_int(out, (int64_t)e->empty);
	}
	if (e->labels.name == NULL)
		return;
	for (size_t i = 0; i < e->labels.n; i++) {
		buf_adds(out, i > 0 ? "," : ",\"names\":[");
		json_quote(out, e->labels.name[i], strlen(e->labels.name[i]));
	}
	buf_addc(out, ']');
}

static void
add_explanation(const struct counted *c, struct buf *out)
{
	struct explanation x;
	json_t *o;
	char *text;

	explain_init(&x, &c->tally, &c->e->profile);
	o = explain_json(&x);
	text = json_dumps(o, JSON_COMPACT);
	buf_addf(out, ",\"explanation\":%s", text);
	free(text);
	json_decref(o);
	explain_free(&x);
}

/* For a slate: 0 for who is on it, 1 for the others. */
static void
add_slate(const struct counting *k, const struct counted *c, struct buf *out)
{
	size_t n = c->tally.n;
	int32_t *rank = xcalloc(n, sizeof(*rank));

	for (size_t i = 0; i < n; i++)
		rank[i] = c->nchosen < n;
	for (size_t i = 0; i < c->nchosen; i++)
		rank[c->chosen[i]] = 0;
	buf_addf(out, "{\"method\":\"%s\",\"ranking\":", k->slate->name);
	add_ranks(out, rank, n);
	buf_adds(out, ",\"winners\":");
	add_winners(out, rank, n);
	buf_adds(out, ",\"order\":");
	add_order(out, rank, n);
	buf_adds(out, ",\"slate\":");
	for (size_t i = 0; i < c->nchosen; i++) {
		buf_addc(out, i > 0 ? ',' : '[');
		buf_add_int(out, (int64_t)c->chosen[i]);
	}
	buf_addc(out, ']');
	free(rank);
}

static void
add_json(const struct counting *k, const struct counted *c, struct buf *out)
{
	const struct tally *t = &c->tally;

	if (k->slate != NULL) {
		add_slate(k, c, out);
	} else {
		buf_adds(out, "{\"method\":\"");
		buf_adds(out, k->rule->name);
		buf_adds(out, "\",\"ranking\":");
		add_ranks(out, t->rank, t->n);
		buf_adds(out, ",\"winners\":");
		add_winners(out, t->rank, t->n);
		buf_adds(out, ",\"order\":");
		add_order(out, t->rank, t->n);
		add_tie(k, c, out);
	}
	add_numbers(c->e, out);
	if (k->explain)
		add_explanation(c, out);
	buf_adds(out, "}\n");
}

/* ---- in words ---- */

static void
say_numbers(struct term *t, const struct election *e)
{
	const struct profile *p = &e->profile;
	struct buf b = {0};

	buf_addf(&b, "%zu candidates, %lld ballots", p->candidates,
	    (long long)p->votes);
	if (p->truncated > 0)
		buf_addf(&b,
		    ", %lld of them leave somebody unranked (tied last)",
		    (long long)p->truncated);
	if (e->empty > 0)
		buf_addf(&b,
		    "; %zu saw none of the candidates and count "
		    "nothing",
		    e->empty);
	term_say(t, 0, STYLE_DIM, "%s.", b.data);
	buf_free(&b);
}

static void
say_slate(const struct counting *k, const struct counted *c)
{
	struct buf b = {0};
	char letter[8];

	for (size_t i = 0; i < c->nchosen; i++) {
		if (i > 0)
			buf_adds(&b, ", ");
		buf_adds(&b, labels_of(&c->e->labels, c->chosen[i], letter));
	}
	term_say(&k->cmd->out, 0, STYLE_PLAIN, "Chosen by %s: %s.",
	    k->slate->name, b.data);
	buf_free(&b);
}

static void
say_order(const struct counting *k, const struct counted *c)
{
	struct buf b = {0};

	ballot_print(&c->e->labels, c->tally.rank, &b);
	term_say(&k->cmd->out, 0, STYLE_PLAIN, "%s: %s", k->rule->name, b.data);
	buf_free(&b);
}

static void
say_why(const struct counting *k, const struct counted *c)
{
	struct explanation x;
	struct buf b = {0};

	explain_init(&x, &c->tally, &c->e->profile);
	explain_matrix(&x, &c->e->labels, &b);
	if (b.len > 0)
		fputs(b.data, k->cmd->out.f);
	buf_reset(&b);
	explain_text(&x, &c->e->labels, c->winner, c->decider, TOLD, &b);
	if (b.len > 0)
		b.data[--b.len] = '\0'; /* term_say ends the line */
	term_say(&k->cmd->out, 0, STYLE_PLAIN, "%s", b.data);
	buf_free(&b);
	explain_free(&x);
}

static void
say_words(const struct counting *k, const struct counted *c)
{
	if (k->number > 0)
		term_blank(&k->cmd->out);
	say_numbers(&k->cmd->out, c->e);
	if (k->slate != NULL)
		say_slate(k, c);
	else
		say_order(k, c);
	if (k->explain)
		say_why(k, c);
}

/* ---- the file ---- */

static int
tally_one(struct counting *k, const struct election *e, struct buf *out,
    struct err *err)
{
	struct counted c = {.e = e};

	if (count_one(k, &c, err) != 0)
		return -1;
	if (k->words)
		say_words(k, &c);
	else
		add_json(k, &c, out);
	counted_free(&c);
	k->number++;
	return 0;
}

static void
write_out(const struct counting *k, struct buf *out)
{
	if (out->len > 0)
		fwrite(out->data, 1, out->len, k->cmd->out.f);
	buf_reset(out);
}

/* A large JSON value takes its time, and ten times its size, to be read. */
static void
say_reading(const struct counting *k, const struct election_reader *r)
{
	if (r->format->read != election_read_json || r->format->lines ||
	    (double)r->len * 12 < COSTLY_BYTES)
		return;
	term_say(&k->cmd->err, 0, STYLE_DIM,
	    "%.0f MB of JSON: about %.0f s and %.0f MB to read",
	    (double)r->len / 1e6, (double)r->len * 3e-8 + 0.5,
	    (double)r->len * 12 / 1e6);
	fflush(k->cmd->err.f);
}

/* Lines that are done stay printed when a later one is bad. */
static int
tally_text(struct counting *k, const char *name, const char *text, size_t len)
{
	struct election_reader reader;
	struct election e;
	struct buf out = {0};
	struct err err;
	int r = election_open(&reader, name, text, len, &err);

	if (r == 0)
		say_reading(k, &reader);
	while (r == 0 && (r = election_next(&reader, &e, &err)) == 1) {
		r = tally_one(k, &e, &out, &err);
		if (r != 0 && reader.format->lines)
			election_at(&err, "line", reader.line);
		election_free(&e);
		if (out.len > 65536)
			write_out(k, &out);
	}
	write_out(k, &out);
	buf_free(&out);
	fflush(k->cmd->out.f);
	return r == 0 ? EXIT_OK : cmd_fail(k->cmd, EXIT_FILE, &err);
}

int
cmd_tally(struct cmd *c)
{
	struct counting k = {
	    .cmd = c, .places = PLACES, .tie = TIE_NONE, .seed = "0"};
	const char *path = c->nargs > 0 ? c->args[0] : "-";
	struct err err;
	char *text;
	size_t len;
	int r;

	if (cmd_flag(c, "list"))
		return list_rules(c);
	r = read_options(&k);
	if (r != EXIT_OK)
		return r;
	if (c->nargs == 0 && isatty(STDIN_FILENO))
		return cmd_usage(c, "give a file with an election, or - and "
				    "the election on standard input");
	text = place_read(path, FILE_BYTES_MAX, &len, &err);
	if (text == NULL)
		return cmd_fail(c, EXIT_FILE, &err);
	r = tally_text(&k, path, text, len);
	free(text);
	return r;
}
