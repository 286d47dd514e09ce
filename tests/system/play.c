#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"

static const char *const texts[] = {
    "Phones distract everybody. A lesson needs quiet minds.",
    "Pupils must learn to use phones well. A ban teaches nothing.",
    "Parents need to reach children. Phones may stay in the bag.",
    "Teachers should decide for their own lessons and subjects.",
    "Breaks are free time. Phones may be used there by all.",
};

/* Drops the result; 0 if there was one. */
static int
done(json_t *result)
{
	json_decref(result);
	return result == NULL ? -1 : 0;
}

static int
play_join(struct play *p, int i)
{
	struct client *c = &p->people[i];
	json_t *t = client_call(
	    c, "session.terms", json_pack("{s:s}", "code", p->code));
	const char *digest = json_string_value(
	    json_object_get(json_object_get(t, "terms"), "digest"));
	char name[32], key[64];
	json_t *answer;
	const char *token;

	snprintf(name, sizeof(name), "Person %d", i);
	snprintf(key, sizeof(key), "a-secret-of-person-%06d", i);
	answer = digest == NULL
		     ? NULL
		     : client_call(c, "session.join",
			   json_pack("{s:s,s:s,s:s,s:s}", "code", p->code,
			       "name", name, "terms", digest, "key", key));
	json_decref(t);
	token = json_string_value(json_object_get(answer, "token"));
	if (token != NULL)
		snprintf(p->tokens[i], sizeof(p->tokens[i]), "%s", token);
	return done(answer);
}

int
play_open(struct play *p, const struct daemon *d, int n, json_int_t seed,
    json_t *settings)
{
	return play_open_as(p, d, n,
	    json_pack("{s:s,s:o,s:I}", "question", "Should phones be banned?",
		"settings", settings, "seed", seed));
}

static int
present(struct client *c, const struct daemon *d, const char *token)
{
	client_close(c);
	return client_open(c, d) == -1
		   ? -1
		   : done(client_call(c, "connection.authenticate",
			 json_pack("{s:s}", "token", token)));
}

int
play_again(struct play *p, const struct daemon *d)
{
	int i;

	for (i = 0; i < p->n; i++)
		if (present(&p->people[i], d, p->tokens[i]) == -1)
			return -1;
	return present(&p->host, d, p->host_token);
}

/* One exchange a prediction, which is what tests count, unless one of them
 * says otherwise. */
static void
predict_by_one(json_t *params)
{
	json_t *settings = json_object_get(params, "settings");

	if (settings == NULL) {
		settings = json_object();
		json_object_set_new(params, "settings", settings);
	}
	if (json_object_get(settings, "predictor") == NULL)
		json_object_set_new(
		    settings, "predictor", json_string("reasoned"));
}

int
play_open_as(struct play *p, const struct daemon *d, int n, json_t *params)
{
	const char *session = NULL, *code = NULL, *token = NULL;
	json_t *r;
	int i;

	memset(p, 0, sizeof(*p));
	p->people = calloc((size_t)n, sizeof(*p->people));
	p->tokens = calloc((size_t)n, sizeof(*p->tokens));
	if (p->people == NULL || p->tokens == NULL ||
	    client_open(&p->host, d) == -1) {
		json_decref(params);
		return -1;
	}
	predict_by_one(params);
	r = client_call(&p->host, "session.create", params);
	if (r == NULL ||
	    json_unpack(r, "{s:s,s:s,s:{s:s}}", "session", &session, "token",
		&token, "invitation", "code", &code) == -1) {
		json_decref(r);
		return -1;
	}
	snprintf(p->session, sizeof(p->session), "%s", session);
	snprintf(p->code, sizeof(p->code), "%s", code);
	snprintf(p->host_token, sizeof(p->host_token), "%s", token);
	json_decref(r);
	for (i = 0; i < n; i++) {
		if (client_open(&p->people[i], d) == -1)
			return -1;
		p->n = i + 1;
		if (play_join(p, i) == -1)
			return -1;
	}
	return 0;
}

void
play_close(struct play *p)
{
	int i;

	for (i = 0; i < p->n; i++)
		client_close(&p->people[i]);
	free(p->people);
	free(p->tokens);
	client_close(&p->host);
	memset(p, 0, sizeof(*p));
}

int
play_next(struct play *p, const char *phase)
{
	return done(client_call(&p->host, "session.next",
	    json_pack("{s:s,s:s}", "session", p->session, "phase", phase)));
}

int
play_wait(struct play *p, const char *phase)
{
	const char *at;
	bool there;
	json_t *g;
	int i;

	for (i = 0; i < 1000; i++) {
		g = client_call(&p->host, "session.get",
		    json_pack("{s:s}", "session", p->session));
		at = json_string_value(json_object_get(g, "phase"));
		there = at != NULL && strcmp(at, phase) == 0;
		json_decref(g);
		if (at == NULL || there)
			return there ? 0 : -1;
		usleep(10000);
	}
	fprintf(stderr, "play: never in phase %s\n", phase);
	return -1;
}

int
play_texts(struct play *p, const char *slot)
{
	int i;

	for (i = 0; i < p->n; i++)
		if (done(client_call(&p->people[i], "contribution.text",
			json_pack("{s:s,s:s,s:s}", "session", p->session,
			    "slot", slot, "text", texts[i % 5]))) == -1)
			return -1;
	return 0;
}

int
play_ballots(struct play *p)
{
	json_t *g, *slate, *ranking, *agreement, *id;
	size_t k, n;
	int i, r;

	for (i = 0; i < p->n; i++) {
		g = client_call(&p->people[i], "session.get",
		    json_pack("{s:s}", "session", p->session));
		slate = json_object_get(g, "slate");
		n = json_array_size(slate);
		ranking = json_array();
		agreement = json_object();
		for (k = 0; k < n; k++) {
			id = json_object_get(
			    json_array_get(slate, (k + (size_t)i) % n),
			    "statement");
			json_array_append_new(ranking, json_pack("[O]", id));
			json_object_set_new(agreement, json_string_value(id),
			    json_integer(k < 6 ? 7 - (json_int_t)k : 1));
		}
		r = done(client_call(&p->people[i], "contribution.ballot",
		    json_pack("{s:s,s:o,s:o}", "session", p->session,
			"agreement", agreement, "ranking", ranking)));
		json_decref(g);
		if (r == -1)
			return -1;
	}
	return 0;
}

int
play_whole(struct play *p, int rounds)
{
	int i;

	if (play_next(p, "lobby") == -1 || play_texts(p, "opinion") == -1)
		return -1;
	for (i = 0; i < rounds; i++) {
		if (i > 0 && (play_wait(p, "critique") == -1 ||
				 play_texts(p, "critique") == -1))
			return -1;
		if (play_wait(p, "ballot") == -1 || play_ballots(p) == -1)
			return -1;
	}
	return 0;
}

int
play_export(struct play *p, const char *path)
{
	json_int_t after = -1;
	FILE *f = fopen(path, "w");
	json_t *r, *line, *next;
	size_t i;

	while (f != NULL) {
		r = client_call(&p->host, "session.export",
		    json_pack("{s:s,s:I,s:s}", "session", p->session, "after",
			after, "as", "operator"));
		if (r == NULL)
			break;
		if (after == -1)
			fprintf(f, "%s\n",
			    json_string_value(json_object_get(r, "header")));
		json_array_foreach(json_object_get(r, "lines"), i, line)
			fprintf(f, "%s\n", json_string_value(line));
		next = json_object_get(r, "next");
		after = json_is_integer(next) ? json_integer_value(next) : -1;
		json_decref(r);
		if (after == -1)
			return fclose(f) == 0 ? 0 : -1;
	}
	if (f != NULL)
		fclose(f);
	return -1;
}

json_t *
play_events(struct play *p, const char *path)
{
	json_t *list = json_array(), *line;
	char *text = NULL;
	size_t cap = 0;
	FILE *f = NULL;

	if (play_export(p, path) == 0)
		f = fopen(path, "r");
	if (f == NULL) {
		json_decref(list);
		return NULL;
	}
	while (getline(&text, &cap, f) != -1) {
		line = json_loads(text, 0, NULL);
		if (json_object_get(line, "event") != NULL)
			json_array_append(list, json_object_get(line, "event"));
		json_decref(line);
	}
	free(text);
	fclose(f);
	return list;
}

int
play_count(
    const json_t *list, const char *type, const char *member, const char *value)
{
	const json_t *e;
	size_t i;
	int n = 0;

	json_array_foreach(list, i, e)
		if (strcmp(text_of(e, "type"), type) == 0 &&
		    (member == NULL ||
			strcmp(text_of(json_object_get(e, "data"), member),
			    value) == 0))
			n++;
	return n;
}
