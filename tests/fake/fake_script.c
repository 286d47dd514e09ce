/* The fake endpoint's script and its faults: a row each. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "tests/fake/fake.h"

static void
set(char **at, char *value)
{
	free(*at);
	*at = value;
}

static void
fault_429(struct fake_reply *r, const char *argument)
{
	r->error = FAKE_RATE;
	if (argument[0] != '\0')
		r->retry_after = argument;
}

static void
fault_quota(struct fake_reply *r, const char *argument)
{
	(void)argument;
	r->error = FAKE_QUOTA;
}

static void
fault_status(struct fake_reply *r, const char *argument)
{
	r->error = FAKE_SERVER;
	r->status = atoi(argument);
}

static void
fault_500(struct fake_reply *r, const char *argument)
{
	(void)argument;
	r->error = FAKE_SERVER;
}

static void
fault_529(struct fake_reply *r, const char *argument)
{
	(void)argument;
	r->error = FAKE_OVERLOADED;
}

static void
fault_401(struct fake_reply *r, const char *argument)
{
	(void)argument;
	r->error = FAKE_KEY;
}

static void
fault_parameter(struct fake_reply *r, const char *argument)
{
	if (!fake_holds(r->asked->o, argument))
		return;
	r->error = FAKE_PARAMETER;
	r->parameter = argument;
}

static void
fault_html(struct fake_reply *r, const char *argument)
{
	(void)argument;
	r->status = 502;
	set(&r->body, xstrdup("<html><body>Bad Gateway</body></html>"));
}

static void
fault_inside(struct fake_reply *r, const char *argument)
{
	(void)argument;
	r->error = FAKE_INSIDE;
}

static void
fault_garbage(struct fake_reply *r, const char *argument)
{
	(void)argument;
	set(&r->body, xstrdup("\x01\xff\xfe not even text"));
}

static void
fault_huge(struct fake_reply *r, const char *argument)
{
	size_t n = (size_t)6 << 20;

	(void)argument;
	set(&r->body, xmalloc(n + 1));
	memset(r->body, ' ', n);
	r->body[n] = '\0';
}

static void
fault_hang(struct fake_reply *r, const char *argument)
{
	(void)argument;
	r->mode = FAKE_HANG;
}

static void
fault_close(struct fake_reply *r, const char *argument)
{
	(void)argument;
	r->mode = FAKE_CLOSE;
}

static void
fault_cut(struct fake_reply *r, const char *argument)
{
	(void)argument;
	r->mode = FAKE_CUT;
}

static void
fault_drip(struct fake_reply *r, const char *argument)
{
	(void)argument;
	r->mode = FAKE_DRIP;
}

static void
fault_slow(struct fake_reply *r, const char *argument)
{
	r->delay_ms = atoi(argument);
}

static void
fault_malformed(struct fake_reply *r, const char *argument)
{
	(void)argument;
	r->content[strlen(r->content) / 2] = '\0';
}

static void
fault_fence(struct fake_reply *r, const char *argument)
{
	(void)argument;
	set(&r->content,
	    xasprintf("Here you are:\n```json\n%s\n```\n", r->content));
}

static void
fault_think(struct fake_reply *r, const char *argument)
{
	(void)argument;
	set(&r->content,
	    xasprintf("<think>{\"ranking\":[9]} hm</think>\n%s", r->content));
}

static void
fault_empty(struct fake_reply *r, const char *argument)
{
	(void)argument;
	set(&r->content, xstrdup(""));
}

static void
fault_long(struct fake_reply *r, const char *argument)
{
	struct buf b = {0};
	int i;

	(void)argument;
	buf_adds(&b, "{\"reasoning\":\"r\",\"statement\":\"");
	for (i = 0; i < 5000; i++)
		buf_adds(&b, "words ");
	buf_adds(&b, "\"}");
	set(&r->content, buf_take(&b));
}

static void
fault_canary(struct fake_reply *r, const char *argument)
{
	(void)argument;
	set(&r->content,
	    r->kind == FAKE_DRAFT
		? xasprintf("{\"reasoning\":\"r\",\"statement\":\"My secret "
			    "word is %s.\"}",
		      r->canary)
		: xasprintf(
		      "{\"reasoning\":\"%s\",\"ranking\":[1]}", r->canary));
}

static void
fault_permutation(struct fake_reply *r, const char *argument)
{
	struct buf b = {0};
	size_t i;

	(void)argument;
	buf_adds(&b, "{\"reasoning\":\"r\",\"ranking\":[");
	for (i = 0; i < r->candidates; i++)
		buf_adds(&b, i > 0 ? ",1" : "1");
	buf_adds(&b, "]}");
	set(&r->content, buf_take(&b));
}

static void
fault_refusal(struct fake_reply *r, const char *argument)
{
	(void)argument;
	r->finish = FAKE_REFUSAL;
	set(&r->content, xstrdup("I would rather not."));
}

static void
fault_filter(struct fake_reply *r, const char *argument)
{
	(void)argument;
	r->finish = FAKE_FILTER;
}

static void
fault_length(struct fake_reply *r, const char *argument)
{
	(void)argument;
	r->finish = FAKE_LENGTH;
	set(&r->content, xstrdup(""));
}

static void
fault_split(struct fake_reply *r, const char *argument)
{
	char *more = r->kind == FAKE_DRAFT
			 ? xasprintf("{\"reasoning\":\"\u8a00\",%s",
			       strstr(r->content, "\"statement\""))
			 : NULL;

	(void)argument;
	if (more != NULL)
		set(&r->content, more);
	r->mode = FAKE_SPLIT;
}

static void
fault_duplicate(struct fake_reply *r, const char *argument)
{
	(void)argument;
	if (r->kind == FAKE_DRAFT)
		set(&r->content,
		    xstrdup("{\"reasoning\":\"r\",\"statement\":\"We agree "
			    "that something has to be done.\"}"));
}

static void
fault_gzip(struct fake_reply *r, const char *argument)
{
	(void)argument;
	r->gzip = true;
}

static void
fault_none(struct fake_reply *r, const char *argument)
{
	(void)r;
	(void)argument;
}

/* clang-format off */
const struct fake_fault fake_faults[] = {
	{ "429", "too many requests; the argument is Retry-After", fault_429 },
	{ "quota", "429, but no credit is left", fault_quota },
	{ "500", "server error", fault_500 },
	{ "529", "it is overloaded", fault_529 },
	{ "parameter", "400 where the request holds the argument's parameter", fault_parameter },
	{ "401", "the key is refused", fault_401 },
	{ "status", "the status of the argument, with an error's body", fault_status },
	{ "html", "502 with a page instead of JSON", fault_html },
	{ "inside", "an error inside a 200", fault_inside },
	{ "garbage", "200 with bytes that are no text", fault_garbage },
	{ "huge", "200 with six megabytes", fault_huge },
	{ "hang", "no answer ever", fault_hang },
	{ "close", "the connection ends without a byte", fault_close },
	{ "cut", "the connection ends in mid-body", fault_cut },
	{ "drip", "a byte at a time", fault_drip },
	{ "split", "in two parts, cut within a character", fault_split },
	{ "gzip", "packed", fault_gzip },
	{ "duplicate", "the same draft as others", fault_duplicate },
	{ "slow", "the argument's milliseconds on top", fault_slow },
	{ "malformed", "half of the JSON that was asked for", fault_malformed },
	{ "fence", "good JSON in a Markdown fence", fault_fence },
	{ "think", "good JSON after a block of thinking", fault_think },
	{ "empty", "no content", fault_empty },
	{ "long", "a statement far too long", fault_long },
	{ "canary", "the secret word comes back", fault_canary },
	{ "permutation", "a ranking that names one candidate throughout", fault_permutation },
	{ "refusal", "it refuses", fault_refusal },
	{ "filter", "cut off by a filter", fault_filter },
	{ "length", "out of tokens, empty content", fault_length },
	{ "none", "as it should be", fault_none },
	{ .name = NULL },
};
/* clang-format on */

/* ---- the script ---- */

static const char *const kind_names[FAKE_KINDS] = {"draft", "predict"};

static int
read_which(struct fake_rule *rule, const char *which)
{
	char *end = NULL;
	int k;

	rule->kind = -1;
	rule->from = 1;
	rule->to = INT32_MAX;
	rule->every = 1;
	for (k = 0; k < FAKE_KINDS; k++)
		if (strncmp(which, kind_names[k], strlen(kind_names[k])) == 0) {
			rule->kind = k;
			which += strlen(kind_names[k]);
			which += *which == ':';
		}
	which += *which == '*';
	if (*which >= '0' && *which <= '9') {
		rule->from = rule->to = (int)strtol(which, &end, 10);
		which = end;
		if (*which == '-') {
			which++;
			rule->to = *which >= '0' && *which <= '9'
				       ? (int)strtol(which, &end, 10)
				       : INT32_MAX;
			which = end > which ? end : which;
		}
	}
	if (*which == '/') {
		rule->every = (int)strtol(which + 1, &end, 10);
		which = end;
	}
	return *which == '\0' && rule->every > 0 ? 0 : -1;
}

static int
read_rule(struct fake_script *s, char *line)
{
	struct fake_rule *rule = &s->rules[s->n];
	char *which, *fault, *argument;
	const struct fake_fault *f;

	line[strcspn(line, "#")] = '\0';
	which = strtok_r(line, " \t", &line);
	if (which == NULL)
		return 0;
	fault = strtok_r(NULL, " \t", &line);
	argument = strtok_r(NULL, " \t", &line);
	if (s->n == FAKE_RULES_MAX || fault == NULL ||
	    read_which(rule, which) == -1)
		return -1;
	for (f = fake_faults; f->name != NULL; f++)
		if (strcmp(f->name, fault) == 0)
			rule->fault = f;
	if (rule->fault == NULL)
		return -1;
	if (argument != NULL)
		strlcpy(rule->argument, argument, sizeof rule->argument);
	s->n++;
	return 0;
}

int
fake_script_read(struct fake_script *s, const char *text)
{
	char *copy = xstrdup(text != NULL ? text : ""), *rest = copy, *line;
	int number = 0, r = 0;

	memset(s, 0, sizeof *s);
	while (r == 0 && (line = strsep(&rest, "\n")) != NULL) {
		number++;
		r = read_rule(s, line);
	}
	if (r == -1)
		fprintf(stderr, "fake-llm: line %d of the script is none\n",
		    number);
	free(copy);
	return r;
}

const struct fake_rule *
fake_script_rule(const struct fake_script *s, enum fake_kind kind, int n, int k)
{
	const struct fake_rule *rule;
	size_t i;
	int at;

	for (i = 0; i < s->n; i++) {
		rule = &s->rules[i];
		at = rule->kind == -1 ? n : k;
		if ((rule->kind == -1 || rule->kind == (int)kind) &&
		    at >= rule->from && at <= rule->to && at % rule->every == 0)
			return rule;
	}
	return NULL;
}
