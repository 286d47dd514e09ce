#include "tests/fake/play.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "llm/offline.h"

static const char *const opinions[] = {
    "Phones distract everybody in the room. A lesson needs quiet minds. "
    "Schools should collect phones in the morning and give them back at "
    "the end of the day.",
    "Pupils must learn to use phones well. A ban teaches nothing about "
    "self-control. Teachers should decide for their own lessons.",
    "Parents need to reach their children in an emergency. The school "
    "office can pass on messages. Phones may stay in the bag, switched "
    "off.",
    "Some children need their phone for health reasons. Any rule must "
    "allow exceptions for them without a fuss.",
    "The breaks are the problem, not the lessons. Children should play "
    "and talk in the breaks. Phones should be away during breaks too.",
};
static const char *const critiques[] = {
    "It says nothing about emergencies.",
    "Teachers should have a say in their own lessons.",
    "It should name exceptions for health.",
    "The breaks are missing from it.",
    "I could sign it if phones stayed switched off in the bag.",
};

void
play_begin(struct play *p, const char *settings, const char *seed)
{
	static const char session[] = "aaaabbbbccccdddd";
	struct creation c = {.question = "Should phones be banned in school?",
	    .seed = seed != NULL ? seed : "7",
	    .seed_given = true,
	    .secret = "00112233445566778899aabbccddeeff"
		      "00112233445566778899aabbccddeeff",
	    .creator = "uid:0",
	    .drafter = "the offline drafter"};
	uint8_t hash[DIGEST_LEN];
	struct digest_part part;
	json_t *given = NULL;

	memset(p, 0, sizeof *p);
	p->now = 1795473482000;
	snprintf(p->header, sizeof p->header,
	    "{\"caucus\":\"recording\",\"format\":1,\"procedure\":"
	    "\"habermas/1\",\"program\":\"caucusd test\",\"session\":\"%s\"}",
	    session);
	part = (struct digest_part){p->header, strlen(p->header)};
	digest_sha256(&part, 1, hash);
	p->s = session_new(session, procedure_find("habermas"), hash);
	if (settings != NULL)
		given = json_loads(settings, 0, NULL);
	c.settings = given;
	if (play_input(p, input_created(p->s->procedure, &c, p->now,
			      &p->entropy, &p->err)) == -1)
		abort();
	json_decref(given);
	if (play_input(p,
		input_invited(p->s, "participant", 0, 0, "f1", p->now)) == -1)
		abort();
}

void
play_end(struct play *p)
{
	session_free(p->s);
	event_list_free(&p->log);
}

int
play_input(struct play *p, struct event *input)
{
	p->now += 1000;
	return input == NULL ? -1
			     : session_decide(p->s, input, &p->log, &p->err);
}

int
play_join(struct play *p, const char *name)
{
	return play_input(p, input_joined(p->s, "i1", name, p->s->terms_digest,
				 NULL, NULL, p->now, &p->entropy));
}

int
play_text(struct play *p, int who, const char *slot, const char *text)
{
	struct giving g = {.slot = session_slot(p->s, slot), .text = text};

	return play_input(p, input_given(p->s, who, &g, p->now, &p->entropy));
}

static json_t *
ranking_of(const char *order)
{
	json_t *groups = json_array(), *group = json_array();
	const char *at = order;
	size_t n;

	while (*at != '\0') {
		n = strcspn(at, ">=");
		json_array_append_new(group, json_stringn(at, n));
		at += n;
		if (*at == '>' || *at == '\0') {
			json_array_append_new(groups, group);
			group = json_array();
		}
		at += *at != '\0';
	}
	json_decref(group);
	return groups;
}

int
play_ballot(struct play *p, int who, const char *order, const char *agreement)
{
	struct giving g = {.slot = session_slot(p->s, "ballot")};
	json_t *ranking = ranking_of(order), *ratings = NULL;
	int r;

	if (agreement != NULL)
		ratings = json_loads(agreement, 0, NULL);
	g.ranking = ranking;
	g.agreement = ratings;
	r = play_input(p, input_given(p->s, who, &g, p->now, &p->entropy));
	json_decref(ranking);
	json_decref(ratings);
	return r;
}

int
play_next(struct play *p)
{
	return play_input(
	    p, input_advanced(p->s, session_phase(p->s)->name, "f1", p->now));
}

int
play_timer(struct play *p)
{
	if (p->s->timer == 0)
		return -1;
	if (p->now < p->s->wake_at)
		p->now = p->s->wake_at;
	return play_input(p, input_timer(p->s, p->now));
}

void
play_jobs(struct play *p)
{
	struct job_reply reply;
	const char *ids[256];
	struct job *job;

	while (session_wanted(p->s, ids, 256) > 0) {
		job = p->s->procedure->render(p->s, ids[0]);
		if (play_input(p, input_started(p->s, job, "offline", p->now,
				      &p->entropy)) == -1)
			abort();
		offline_run(job, &reply);
		if (play_input(p, input_finished(p->s, job, &reply, p->now,
				      &p->entropy)) == -1)
			abort();
		job_reply_free(&reply);
		job_free(job);
	}
}

void
play_all_ballots(struct play *p)
{
	char order[512] = "", ratings[512] = "{", one[64];
	int round = p->s->round;
	size_t i;

	for (i = 0; i < p->s->nslate; i++) {
		const char *id = p->s->statements[p->s->slate[i]].id;

		snprintf(one, sizeof one, "%s%s", i > 0 ? ">" : "", id);
		strlcat(order, one, sizeof order);
		snprintf(one, sizeof one, "%s\"%s\":%d", i > 0 ? "," : "", id,
		    i < 6 ? 7 - (int)i : 1);
		strlcat(ratings, one, sizeof ratings);
	}
	strlcat(ratings, "}", sizeof ratings);
	for (i = 0; i < p->s->nparticipants && p->s->round == round &&
		    strcmp(session_phase(p->s)->name, "ballot") == 0;
	     i++)
		play_ballot(p, (int)i, order, ratings);
}

void
play_whole(struct play *p, int people)
{
	int i, n = (int)(sizeof opinions / sizeof *opinions);
	int guard = 0;

	for (i = 0; i < people; i++)
		play_join(p, "Kim");
	play_next(p);
	for (i = 0; i < people; i++)
		play_text(p, i, "opinion", opinions[i % n]);
	while (!p->s->concluded && guard++ < 20) {
		if (strcmp(session_phase(p->s)->name, "critique") == 0)
			for (i = 0; i < people; i++)
				play_text(p, i, "critique", critiques[i % n]);
		play_jobs(p);
		play_all_ballots(p);
	}
}
