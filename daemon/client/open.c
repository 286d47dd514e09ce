/* Which session is meant, and whose tokens are presented for it. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/mem.h"
#include "client/cmd.h"

/* ---- which session ---- */

static bool
begins(const char *whole, const char *prefix)
{
	return strncasecmp(whole, prefix, strlen(prefix)) == 0;
}

/* Distinct ids, as a set of names. */
static json_t *
sessions_of_wallet(const struct cmd *c, const char *prefix)
{
	json_t *set = json_object();
	size_t i;

	for (i = 0; i < c->wallet.n; i++)
		if (begins(c->wallet.v[i].session, prefix))
			json_object_set_new(
			    set, c->wallet.v[i].session, json_true());
	return set;
}

/* An operator sees sessions without holding tokens for them; everybody sees
 * which of their own are still going on. */
static int
sessions_of_daemon(struct cmd *c, const char *prefix, bool open, json_t **set)
{
	json_t *list = NULL, *row;
	const char *id;
	size_t i;
	int r;

	*set = json_object();
	r = cmd_call(c, "session.list", NULL, &list);
	json_array_foreach(json_object_get(list, "sessions"), i, row) {
		id = json_string_value(json_object_get(row, "session"));
		if (id != NULL && begins(id, prefix) &&
		    !(open && json_is_true(json_object_get(row, "concluded"))))
			json_object_set_new(*set, id, json_true());
	}
	json_decref(list);
	return r;
}

static int
several(struct cmd *c, const json_t *set, const char *prefix)
{
	struct buf b = {0};
	const char *id;
	json_t *v;
	size_t n = 0;

	json_object_foreach((json_t *)set, id, v) {
		if (n++ < 8)
			buf_addf(&b, "%s%s", n > 1 ? ", " : "", id);
	}
	if (n > 8)
		buf_addf(&b, " and %zu more", n - 8);
	cmd_usage(c,
	    *prefix != '\0' ? "several sessions begin with %s: %s"
			    : "you are in several sessions%s; choose one "
			      "with -s: %s",
	    prefix, b.data);
	buf_free(&b);
	return EXIT_USAGE;
}

static void
take_only(struct cmd *c, json_t *set)
{
	strlcpy(c->session, json_object_iter_key(json_object_iter(set)),
	    sizeof c->session);
}

/* What was presented to find the session must not speak in it. */
static int
forget_tokens(struct cmd *c)
{
	struct err err;

	if (cmd_reopen(c, &err) == LINK_OK)
		return EXIT_OK;
	return cmd_fail(c, EXIT_UNREACHABLE, &err);
}

/* With several in the wallet, the only one that still goes on is meant. */
static int
the_open_one(struct cmd *c, json_t *known)
{
	const struct pass *p;
	json_t *set = NULL, *row, *left = json_object();
	const char *id;
	struct err err;
	size_t i;
	int r;

	for (i = 0; i < c->wallet.n; i++) {
		p = &c->wallet.v[i];
		/* One that the daemon no longer knows is no candidate. */
		if (cmd_present(c, p, &err) == LINK_DOWN) {
			json_decref(left);
			return cmd_fail(c, EXIT_UNREACHABLE, &err);
		}
	}
	r = sessions_of_daemon(c, "", true, &set);
	json_object_foreach(set, id, row) {
		if (json_object_get(known, id) != NULL)
			json_object_set(left, id, row);
	}
	if (r == EXIT_OK && json_object_size(left) == 1)
		take_only(c, left);
	else if (r == EXIT_OK)
		r = several(c, json_object_size(left) > 1 ? left : known, "");
	json_decref(set);
	json_decref(left);
	return r == EXIT_OK ? forget_tokens(c) : r;
}

static int
no_session(struct cmd *c, const char *prefix)
{
	if (*prefix != '\0')
		return cmd_usage(c,
		    "no session of yours begins with %s on this daemon; "
		    "`caucus ls` lists them",
		    prefix);
	return cmd_usage(c,
	    "you are in no session on this daemon: open one with `caucus new "
	    "\"QUESTION\"`, or join with `caucus join CODE`");
}

static int
find_session(struct cmd *c)
{
	const char *env = getenv("CAUCUS_SESSION");
	const char *prefix = cmd_option(c, "session", 0);
	json_t *set;
	int r = EXIT_OK;

	if (prefix == NULL)
		prefix = env != NULL ? env : "";
	set = sessions_of_wallet(c, prefix);
	if (json_object_size(set) == 0) {
		json_decref(set);
		r = sessions_of_daemon(c, prefix, *prefix == '\0', &set);
	}
	if (r != EXIT_OK)
		;
	else if (json_object_size(set) == 0)
		r = no_session(c, prefix);
	else if (json_object_size(set) == 1)
		take_only(c, set);
	else if (*prefix != '\0')
		r = several(c, set, prefix);
	else
		r = the_open_one(c, set);
	json_decref(set);
	return r;
}

/* ---- whose tokens ---- */

static bool
is_role(const struct pass *p, const char *role)
{
	return strcmp(p->role, role) == 0;
}

static bool
is_called(const struct pass *p, const char *as)
{
	return strcmp(p->id, as) == 0 || is_role(p, as) ||
	       (p->name != NULL && strcasecmp(p->name, as) == 0);
}

static size_t
count_role(const struct cmd *c, const char *role, const struct pass **last)
{
	const struct pass *p;
	size_t i, n = 0;

	for (i = 0; i < c->wallet.n; i++) {
		p = &c->wallet.v[i];
		if (strcmp(p->session, c->session) == 0 && is_role(p, role)) {
			*last = p;
			n++;
		}
	}
	return n;
}

static char *
names_of(const struct cmd *c)
{
	const struct pass *p;
	struct buf b = {0};
	size_t i;

	for (i = 0; i < c->wallet.n; i++) {
		p = &c->wallet.v[i];
		if (strcmp(p->session, c->session) != 0)
			continue;
		buf_addf(&b, "%s%s", b.len > 0 ? ", " : "",
		    is_role(p, "participant")
			? p->name != NULL ? p->name : p->id
			: p->role);
	}
	return buf_take(&b);
}

static void
add_pass(struct cmd *c, const struct pass *p)
{
	c->passes = xreallocarray(c->passes, c->npasses + 1, sizeof *c->passes);
	c->passes[c->npasses++] = p;
}

static int
choose_named(struct cmd *c, const char *as)
{
	const struct pass *p, *found = NULL;
	char *names;
	size_t i, n = 0;

	for (i = 0; i < c->wallet.n; i++) {
		p = &c->wallet.v[i];
		if (strcmp(p->session, c->session) == 0 && is_called(p, as)) {
			found = p;
			n++;
		}
	}
	if (n == 1) {
		add_pass(c, found);
		return EXIT_OK;
	}
	names = names_of(c);
	cmd_usage(c,
	    n == 0 ? "you have no token for %s in session %s; you are: %s"
		   : "%s is not clear in session %s; give an id; you are: %s",
	    as, c->session, *names != '\0' ? names : "nobody");
	free(names);
	return EXIT_USAGE;
}

static int
ask_as(struct cmd *c)
{
	char *names = names_of(c);

	cmd_usage(c,
	    "several people of this session are on this machine; choose one "
	    "with --as: %s",
	    names);
	free(names);
	return EXIT_USAGE;
}

static int
choose_passes(struct cmd *c, enum cmd_who who)
{
	const struct pass *person = NULL, *chair = NULL, *reader = NULL;
	size_t people, chairs;

	people = count_role(c, "participant", &person);
	chairs = count_role(c, "facilitator", &chair);
	count_role(c, "observer", &reader);
	if (who == WHO_CHAIR && chairs > 0) {
		add_pass(c, chair);
		return EXIT_OK;
	}
	if (people > 1 && (who != WHO_READER || chairs == 0) &&
	    (who != WHO_EITHER || chairs == 0))
		return ask_as(c);
	if (who == WHO_PERSON && people == 0)
		return cmd_usage(c,
		    "you have not joined session %s from here; join it with "
		    "`caucus join CODE`",
		    c->session);
	if (people == 1)
		add_pass(c, person);
	if (chairs > 0 && (who == WHO_READER || people != 1))
		add_pass(c, chair);
	if (reader != NULL && c->npasses == 0)
		add_pass(c, reader);
	return EXIT_OK;
}

static int
present_all(struct cmd *c)
{
	enum link_answer r;
	struct err err;
	size_t i;

	for (i = 0; i < c->npasses; i++) {
		r = cmd_present(c, c->passes[i], &err);
		if (r == LINK_DOWN)
			return cmd_fail(c, EXIT_UNREACHABLE, &err);
		if (r == LINK_OK)
			continue;
		if (err.code == ERR_BAD_TOKEN)
			err_say(&err, ERR_BAD_TOKEN, NULL, MSG_ERROR_TOKEN_LOST,
			    "session", c->session, NULL);
		return cmd_fail(c, EXIT_REFUSED, &err);
	}
	return EXIT_OK;
}

/* What is said afterwards, receipts and refusals, is said in it. */
static int
settle_language(struct cmd *c)
{
	json_t *view;
	int r;

	if (c->spoken || c->json)
		return EXIT_OK;
	r = cmd_view(c, &view);
	if (r == EXIT_OK)
		json_decref(view);
	return r;
}

int
cmd_open(struct cmd *c, enum cmd_who who)
{
	const char *as = cmd_option(c, "as", 0);
	int r;

	/* `export --as operator` is no token's name. */
	if (as != NULL && strcmp(as, "operator") == 0)
		as = NULL;
	r = cmd_connect(c);
	if (r == EXIT_OK)
		r = find_session(c);
	if (r == EXIT_OK)
		r = as != NULL ? choose_named(c, as) : choose_passes(c, who);
	if (r == EXIT_OK)
		r = present_all(c);
	/* Readers look at the session anyway, and learn its language then. */
	return r == EXIT_OK && who != WHO_READER ? settle_language(c) : r;
}
