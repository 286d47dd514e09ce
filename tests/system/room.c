#include "room.h"

#include <string.h>
#include <unistd.h>

const char *const who_names[WHO] = {"operator", "facilitator", "appointed",
    "participant", "leaver", "expelled", "owner", "observer", "stranger",
    "thief"};

bool
who_participates(enum who w)
{
	return w >= APPOINTED && w <= OWNER;
}

json_t *
room_ask(struct room *r, enum who w, const char *method, json_t *params)
{
	json_object_set_new(params, "session", json_string(r->session));
	return client_ask(&r->c[w], method, params);
}

json_t *
room_call(struct room *r, enum who w, const char *method, json_t *params)
{
	json_object_set_new(params, "session", json_string(r->session));
	return client_call(&r->c[w], method, params);
}

int
room_do(struct room *r, enum who w, const char *method, json_t *params)
{
	json_t *result = room_call(r, w, method, params);

	json_decref(result);
	return result == NULL ? -1 : 0;
}

static const char *
str(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s != NULL ? s : "";
}

static int
create(struct room *r, const char *like, json_t *settings, const char *seed)
{
	json_t *o = client_call(&r->c[FACILITATOR], "session.create",
	    json_pack("{s:s*,s:s*,s:{s:s,s:s,s:s},s:s,s:o,s:{s:s}}", "endpoint",
		r->endpoint, "like", like, "question", "text",
		"Should phones be banned?", "affirming",
		"Phones should be banned.", "negating",
		"Phones should be allowed.", "seed", seed, "settings", settings,
		"labels", "arm", "arm-of-the-session"));

	if (o == NULL)
		return -1;
	snprintf(r->session, sizeof(r->session), "%s", str(o, "session"));
	snprintf(r->code, sizeof(r->code), "%s",
	    str(json_object_get(o, "invitation"), "code"));
	snprintf(r->terms, sizeof(r->terms), "%s",
	    str(json_object_get(o, "terms"), "digest"));
	snprintf(
	    r->id[FACILITATOR], sizeof(r->id[0]), "%s", str(o, "facilitator"));
	json_decref(o);
	return 0;
}

static int
join(struct room *r, enum who w, const char *role, const char *code,
    const char *was)
{
	char name[64], key[64];
	json_t *o;

	snprintf(name, sizeof(name), "Name of the %s", who_names[w]);
	snprintf(key, sizeof(key), "secret-join-key-of-%s", who_names[w]);
	o = client_call(&r->c[w], "session.join",
	    json_pack("{s:s,s:s,s:s,s:s,s:s*}", "code", code, "name", name,
		"terms", r->terms, "key", key, "participant", was));
	if (o == NULL)
		return -1;
	snprintf(r->id[w], sizeof(r->id[0]), "%s", str(o, role));
	if (w == OWNER)
		json_decref(client_call(&r->c[THIEF], "connection.authenticate",
		    json_pack("{s:s}", "token", str(o, "token"))));
	json_decref(o);
	return 0;
}

/* Everybody comes in; was: who they were in the session before, or "". */
static int
come_in(struct room *r, char (*was)[16])
{
	json_t *o;
	int w, bad;

	for (w = APPOINTED; w <= OWNER; w++)
		if (join(r, (enum who)w, "participant", r->code,
			was[w][0] != '\0' ? was[w] : NULL) == -1)
			return -1;
	o = room_call(r, FACILITATOR, "session.invite",
	    json_pack("{s:s}", "role", "observer"));
	bad = o == NULL ||
	      join(r, OBSERVER, "observer", str(o, "code"), NULL) == -1;
	json_decref(o);
	if (bad)
		return -1;
	return room_do(r, FACILITATOR, "participant.appoint",
	    json_pack("{s:s}", "participant", r->id[APPOINTED]));
}

int
room_open(
    struct room *r, const struct daemon *d, json_t *settings, const char *seed)
{
	char nobody[WHO][16] = {""};
	int w;

	*r = (struct room){.endpoint = r->endpoint};
	for (w = 0; w < WHO; w++)
		if ((w == OPERATOR ? client_open(&r->c[w], d)
				   : client_open_tcp(&r->c[w], d)) == -1)
			return -1;
	return create(r, NULL, settings, seed) == -1 ? -1 : come_in(r, nobody);
}

int
room_again(struct room *r, json_t *settings, const char *seed)
{
	char was[WHO][16], like[32];

	memcpy(was, r->id, sizeof(was));
	snprintf(like, sizeof(like), "%s", r->session);
	return create(r, like, settings, seed) == -1 ? -1 : come_in(r, was);
}

int
room_part(struct room *r)
{
	json_t *o;
	int bad;

	if (room_do(r, LEAVER, "participant.withdraw",
		json_pack("{s:s}", "mode", "keep")) == -1 ||
	    room_do(r, FACILITATOR, "participant.remove",
		json_pack("{s:s,s:s}", "participant", r->id[EXPELLED], "reason",
		    "says the same thing again and again")) == -1)
		return -1;
	o = room_call(r, OWNER, "participant.reissue",
	    json_pack("{s:s}", "participant", r->id[OWNER]));
	if (o == NULL)
		return -1;
	json_t *in = client_call(&r->c[OWNER], "connection.authenticate",
	    json_pack("{s:s}", "token", str(o, "token")));

	bad = in == NULL;
	json_decref(in);
	json_decref(o);
	return bad ? -1 : 0;
}

void
room_close(struct room *r)
{
	int w;

	for (w = 0; w < WHO; w++)
		client_close(&r->c[w]);
}

int
room_wait(struct room *r, const char *phase)
{
	json_t *g;
	int i, there;

	for (i = 0; i < 1000; i++) {
		g = room_call(r, FACILITATOR, "session.get", json_object());
		there = strcmp(str(g, "phase"), phase) == 0;
		json_decref(g);
		if (there)
			return 0;
		usleep(10000);
	}
	fprintf(stderr, "room: never in phase %s\n", phase);
	return -1;
}
