/* caucus new, ls, show, invite, join: coming into a session. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/mem.h"
#include "client/place.h"
#include "client/view.h"

/* ---- new ---- */

/* "NAME=VALUE": numbers and booleans as such, everything else a name. */
static int
read_pair(
    struct cmd *c, const char *option, const char *given, json_t *settings)
{
	const char *equals = strchr(given, '=');
	char *name, *end;
	long long v;

	if (equals == NULL || equals == given || equals[1] == '\0')
		return cmd_usage(
		    c, "--%s wants NAME=VALUE, not %s", option, given);
	name = xstrndup(given, (size_t)(equals - given));
	v = strtoll(equals + 1, &end, 10);
	if (*end == '\0')
		json_object_set_new(settings, name, json_integer(v));
	else if (strcmp(equals + 1, "true") == 0)
		json_object_set_new(settings, name, json_true());
	else if (strcmp(equals + 1, "false") == 0)
		json_object_set_new(settings, name, json_false());
	else
		json_object_set_new(settings, name, json_string(equals + 1));
	free(name);
	return EXIT_OK;
}

static int
read_labels(struct cmd *c, json_t *params)
{
	json_t *labels = json_object();
	const char *value;
	int r = EXIT_OK;
	size_t i;

	for (i = 0; r == EXIT_OK && (value = cmd_option(c, "label", i)) != NULL;
	     i++)
		r = read_pair(c, "label", value, labels);
	if (r == EXIT_OK && json_object_size(labels) > 0)
		json_object_set(params, "labels", labels);
	json_decref(labels);
	return r;
}

static int
read_survey(struct cmd *c, const char *path, json_t *params)
{
	struct err err;
	json_t *survey;
	char *bytes;
	size_t len;

	bytes = place_read(path, (size_t)1 << 20, &len, &err);
	if (bytes == NULL)
		return cmd_fail(c, EXIT_FILE, &err);
	survey = json_read(bytes, len, &err);
	free(bytes);
	if (survey == NULL)
		return cmd_fail(c, EXIT_FILE, &err);
	json_object_set_new(params, "survey", survey);
	return EXIT_OK;
}

static int
new_params(struct cmd *c, json_t *params)
{
	static const char *const sides[] = {"affirming", "negating"};
	json_t *question = json_object(), *settings = json_object();
	const char *value;
	int code = EXIT_OK;
	char *text;
	size_t i;

	json_object_set_new(params, "question", question);
	json_object_set_new(params, "settings", settings);
	text = cmd_text(c, 0, message(c->words, MSG_WHAT_QUESTION), &code);
	if (text == NULL)
		return code;
	json_object_set_new(question, "text", json_string(text));
	free(text);
	for (i = 0; i < 2; i++)
		if ((value = cmd_option(c, sides[i], 0)) != NULL)
			json_object_set_new(
			    question, sides[i], json_string(value));
	if ((value = cmd_option(c, "endpoint", 0)) != NULL)
		json_object_set_new(params, "endpoint", json_string(value));
	if ((value = cmd_option(c, "preset", 0)) != NULL)
		json_object_set_new(params, "preset", json_string(value));
	if ((value = cmd_option(c, "seed", 0)) != NULL)
		json_object_set_new(params, "seed", json_string(value));
	for (i = 0; (value = cmd_option(c, "set", i)) != NULL; i++)
		if (read_pair(c, "set", value, settings) != EXIT_OK)
			return EXIT_USAGE;
	code = read_labels(c, params);
	if (code == EXIT_OK && (value = cmd_option(c, "survey", 0)) != NULL)
		code = read_survey(c, value, params);
	return code;
}

/* Keeps a token; a lost one could never be had back. */
static int
keep_token(struct cmd *c, const json_t *answer, const char *role,
    const char *name, const char *code)
{
	struct pass p = {(char *)json_str(answer, "session"), (char *)role,
	    (char *)json_str(answer, role), (char *)name,
	    (char *)json_str(answer, "token"), (char *)code};
	struct err err;

	strlcpy(c->session, p.session, sizeof c->session);
	if (wallet_add(c->socket, &p, &err) == -1)
		return cmd_fail(c, EXIT_FILE, &err);
	return EXIT_OK;
}

static void
say_new(struct cmd *c, const char *code)
{
	char *suffix = cmd_suffix(c);

	cmd_say(c, MSG_NEW_OPEN, "session", c->session);
	term_blank(&c->out);
	cmd_say(
	    c, cmd_option(c, "like", 0) != NULL ? MSG_NEW_LIKE : MSG_NEW_SEND);
	term_say(&c->out, 2, STYLE_MARK, "caucus join %s%s", code, suffix);
	term_blank(&c->out);
	cmd_advise(c, MSG_NEW_NEXT, "suffix", suffix);
	free(suffix);
}

/* The session whose people come again: the whole id, and its token shown. */
static int
open_like(struct cmd *c, json_t *params)
{
	const char *like = cmd_option(c, "like", 0);
	const struct pass *p, *found = NULL;
	struct err err;
	size_t i;

	for (i = 0; i < c->wallet.n; i++) {
		p = &c->wallet.v[i];
		if (strncmp(p->session, like, strlen(like)) == 0 &&
		    strcmp(p->role, "facilitator") == 0)
			found = p;
	}
	json_object_set_new(
	    params, "like", json_string(found != NULL ? found->session : like));
	if (found == NULL || cmd_present(c, found, &err) == LINK_OK)
		return EXIT_OK;
	return cmd_fail(c, EXIT_REFUSED, &err);
}

int
cmd_new(struct cmd *c)
{
	json_t *params = json_object(), *answer = NULL;
	const char *code;
	int r;

	r = cmd_speak_own(c); /* it may ask for the question */
	if (r == EXIT_OK)
		r = new_params(c, params);
	if (r == EXIT_OK)
		r = cmd_connect(c);
	if (r == EXIT_OK && cmd_option(c, "like", 0) != NULL)
		r = open_like(c, params);
	if (r == EXIT_OK)
		r = cmd_call(c, "session.create", json_incref(params), &answer);
	json_decref(params);
	if (r != EXIT_OK)
		return r;
	code = json_str(json_object_get(answer, "invitation"), "code");
	r = keep_token(c, answer, "facilitator", NULL, code);
	/* The token stays in the wallet, out of sight. */
	json_object_del(answer, "token");
	if (r == EXIT_OK)
		r = cmd_speak(
		    c, json_string_value(json_object_get(answer, "language")));
	if (r == EXIT_OK && !cmd_json(c, answer))
		say_new(c, code);
	json_decref(answer);
	return r;
}

/* ---- ls ---- */

static bool
is_mine(const struct cmd *c, const char *session)
{
	size_t i;

	for (i = 0; i < c->wallet.n; i++)
		if (strcmp(c->wallet.v[i].session, session) == 0)
			return true;
	return false;
}

static void
list_one(struct cmd *c, const json_t *row)
{
	const char *id = json_str(row, "session");
	struct err err;
	json_t *view = NULL;
	char *line, *question;

	strlcpy(c->session, id, sizeof c->session);
	if (is_mine(c, id) &&
	    cmd_try(c, "session.get", NULL, &view, &err) == LINK_OK) {
		line = view_line(c->words, view, now_ms());
		question = shorten_text(
		    json_str(json_object_get(view, "question"), "text"),
		    (size_t)c->out.width - 2);
		term_text(&c->out, 0, 18, STYLE_MARK, id, line);
		term_say(&c->out, 2, STYLE_PLAIN, "%s", question);
		free(question);
		free(line);
	} else
		term_text(&c->out, 0, 18, STYLE_MARK, id,
		    view_phase(c->words, json_str(row, "phase")));
	json_decref(view);
	c->session[0] = '\0';
}

static int
forget(struct cmd *c, const char *session)
{
	struct err err;
	json_t *answer;
	size_t n;

	if (wallet_forget(c->socket, session, &n, &err) == -1)
		return cmd_fail(c, EXIT_FILE, &err);
	if (n == 0)
		return cmd_usage(c,
		    "you hold no token of a session %s (the whole id is "
		    "needed here)",
		    session);
	answer = json_pack(
	    "{s:s,s:I}", "session", session, "forgotten", (json_int_t)n);
	if (!cmd_json(c, answer))
		cmd_say(
		    c, MSG_LIST_FORGOT, "#n", (long long)n, "session", session);
	json_decref(answer);
	return EXIT_OK;
}

int
cmd_ls(struct cmd *c)
{
	json_t *answer, *row, *seen = json_object();
	struct err err;
	size_t i;
	int r;

	r = cmd_connect(c);
	if (r == EXIT_OK && cmd_flag(c, "forget")) {
		json_decref(seen);
		return forget(c, cmd_option(c, "forget", 0));
	}
	for (i = 0; r == EXIT_OK && i < c->wallet.n; i++)
		if (cmd_present(c, &c->wallet.v[i], &err) == LINK_DOWN)
			r = cmd_fail(c, EXIT_UNREACHABLE, &err);
	if (r == EXIT_OK)
		r = cmd_call(c, "session.list", NULL, &answer);
	if (r != EXIT_OK || cmd_json(c, answer)) {
		if (r == EXIT_OK)
			json_decref(answer);
		json_decref(seen);
		return r;
	}
	json_array_foreach(json_object_get(answer, "sessions"), i, row) {
		if (json_object_get(seen, json_str(row, "session")) != NULL)
			continue;
		json_object_set_new(
		    seen, json_str(row, "session"), json_true());
		list_one(c, row);
	}
	if (json_object_size(seen) == 0)
		cmd_advise(c, MSG_LIST_NONE);
	else
		cmd_advise(c, MSG_LIST_NEXT);
	json_decref(answer);
	json_decref(seen);
	return EXIT_OK;
}

/* ---- show ---- */

int
cmd_show(struct cmd *c)
{
	json_t *view;
	size_t i;
	int r = cmd_open(c, WHO_READER);

	if (r == EXIT_OK)
		r = cmd_view(c, &view);
	if (r != EXIT_OK)
		return r;
	if (!cmd_json(c, view)) {
		view_print(&c->out, view);
		for (i = 0; i < c->npasses && view_is(view, "lobby"); i++)
			if (c->passes[i]->code != NULL)
				view_label(&c->out, MSG_LABEL_INVITE,
				    c->passes[i]->code);
		view_advise(c);
	}
	json_decref(view);
	return EXIT_OK;
}

/* ---- invite ---- */

int
cmd_invite(struct cmd *c)
{
	const char *role = cmd_option(c, "role", 0);
	const char *uses = cmd_option(c, "uses", 0);
	const char *expires = cmd_option(c, "expires", 0);
	json_t *params, *answer;
	long long seconds;
	char *end;
	int r;

	params =
	    json_pack("{s:s}", "role", role != NULL ? role : "participant");
	if (uses != NULL) {
		json_object_set_new(
		    params, "uses", json_integer(strtoll(uses, &end, 10)));
		if (*end != '\0' || end == uses) {
			json_decref(params);
			return cmd_usage(c, "--uses wants a number");
		}
	}
	if (expires != NULL) {
		seconds = cmd_seconds(expires);
		json_object_set_new(
		    params, "expires_seconds", json_integer(seconds));
		if (seconds == -1) {
			json_decref(params);
			return cmd_usage(
			    c, "--expires wants a time such as 30m or 7d");
		}
	}
	r = cmd_open(c, WHO_CHAIR);
	if (r != EXIT_OK) {
		json_decref(params);
		return r;
	}
	r = cmd_call(c, "session.invite", params, &answer);
	if (r != EXIT_OK)
		return r;
	if (!cmd_json(c, answer)) {
		term_say(&c->out, 2, STYLE_MARK, "caucus join %s",
		    json_str(answer, "code"));
		role = role != NULL ? role : "participant";
		cmd_advise(c, MSG_INVITE_NEXT, "role",
		    message_named(c->words, "role", role, role));
	}
	json_decref(answer);
	return EXIT_OK;
}

/* ---- join ---- */

/* The terms first; joining is consent to them. */
static int
consent(struct cmd *c, const json_t *offer)
{
	const char *role = json_str(offer, "role");
	struct term *t = &c->err;
	char *would;

	if (cmd_flag(c, "yes"))
		return EXIT_OK;
	term_say(t, 0, STYLE_HEAD, "%s",
	    json_str(json_object_get(offer, "question"), "text"));
	term_blank(t);
	would = message_text(c->words, MSG_JOIN_WOULD, "role",
	    message_named(c->words, "role", role, role), NULL);
	term_say(t, 0, STYLE_PLAIN, "%s", would);
	free(would);
	term_blank(t);
	term_say(t, 2, STYLE_PLAIN, "%s",
	    json_str(json_object_get(offer, "terms"), "text"));
	if (cmd_confirm(c, MSG_JOIN_AGREE))
		return EXIT_OK;
	term_say(t, 0, STYLE_PLAIN, "%s", message(c->words, MSG_JOIN_NOT));
	return EXIT_REFUSED;
}

/* For the people of another session: one's token of that one. */
static int
show_like(struct cmd *c, const json_t *offer, json_t *params)
{
	const char *as = cmd_option(c, "name", 0);
	const struct pass *p, *found = NULL;
	struct err err;
	size_t i, n = 0;

	for (i = 0; i < c->wallet.n; i++) {
		p = &c->wallet.v[i];
		if (strcmp(p->session, json_str(offer, "like")) != 0 ||
		    strcmp(p->role, "participant") != 0)
			continue;
		n++;
		if (found == NULL ||
		    (as != NULL && p->name != NULL && strcmp(p->name, as) == 0))
			found = p;
	}
	if (found == NULL)
		return cmd_usage(c,
		    "this is for the participants of session %s, and you hold "
		    "no token of it",
		    json_str(offer, "like"));
	if (n > 1 &&
	    (as == NULL || found->name == NULL || strcmp(found->name, as) != 0))
		return cmd_usage(c,
		    "you were several participants of session %s: say --name "
		    "as you did there",
		    json_str(offer, "like"));
	json_object_set_new(params, "participant", json_string(found->id));
	if (cmd_present(c, found, &err) == LINK_OK)
		return EXIT_OK;
	return cmd_fail(c, EXIT_REFUSED, &err);
}

/* The token's digest alone is kept by the daemon: who repeats code and key
 * after a lost answer gets the same token. */
static int
join(struct cmd *c, const json_t *offer, json_t **answer)
{
	const char *name = cmd_option(c, "name", 0);
	int r = EXIT_OK;
	json_t *params;
	char key[33];

	cmd_key(key);
	params = json_pack("{s:s,s:s,s:s}", "code", c->args[0], "terms",
	    json_str(json_object_get(offer, "terms"), "digest"), "key", key);
	if (name != NULL)
		json_object_set_new(params, "name", json_string(name));
	if (*json_str(offer, "like") != '\0')
		r = show_like(c, offer, params);
	if (r == EXIT_OK)
		r = read_labels(c, params);
	if (r == EXIT_OK)
		return cmd_call(c, "session.join", params, answer);
	json_decref(params);
	return r;
}

/* Who joins again by mistake would be two people, and be asked each time
 * which of them is meant. */
static int
check_new(struct cmd *c, const json_t *offer)
{
	const char *name = cmd_option(c, "name", 0);
	const struct pass *p;
	size_t i;

	if (strcmp(json_str(offer, "role"), "participant") != 0)
		return EXIT_OK;
	for (i = 0; i < c->wallet.n; i++) {
		p = &c->wallet.v[i];
		if (strcmp(p->session, json_str(offer, "session")) != 0 ||
		    strcmp(p->role, "participant") != 0)
			continue;
		if (name == NULL ||
		    (p->name != NULL && strcasecmp(p->name, name) == 0))
			return cmd_usage(c,
			    "you are in this session already, as %s; for "
			    "another person give another --name",
			    p->name != NULL ? p->name : p->id);
	}
	return EXIT_OK;
}

int
cmd_join(struct cmd *c)
{
	json_t *offer = NULL, *answer = NULL;
	const char *role;
	char *suffix;
	int r = cmd_connect(c);

	if (r == EXIT_OK)
		r = cmd_call(c, "session.terms",
		    json_pack("{s:s}", "code", c->args[0]), &offer);
	if (r == EXIT_OK)
		r = cmd_speak(
		    c, json_string_value(json_object_get(offer, "language")));
	if (r == EXIT_OK)
		r = check_new(c, offer);
	if (r == EXIT_OK)
		r = consent(c, offer);
	if (r == EXIT_OK)
		r = join(c, offer, &answer);
	json_decref(offer);
	if (r != EXIT_OK)
		return r;
	role = json_str(answer, "role");
	r = keep_token(c, answer, role, cmd_option(c, "name", 0), NULL);
	json_object_del(answer, "token");
	if (r == EXIT_OK && !cmd_json(c, answer)) {
		suffix = cmd_suffix(c);
		cmd_say(c, MSG_JOIN_DONE, "session", c->session, "role",
		    message_named(c->words, "role", role, role), "id",
		    json_str(answer, role));
		cmd_advise(c, MSG_JOIN_NEXT, "suffix", suffix);
		free(suffix);
	}
	json_decref(answer);
	return r;
}
