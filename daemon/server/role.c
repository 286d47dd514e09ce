/* Who somebody is: peers, tokens, roles. */
#include "server/live.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/mem.h"

int
peer_cmp(const struct peer *a, const struct peer *b)
{
	return (a->conn > b->conn) - (a->conn < b->conn);
}

RB_GENERATE(peer_tree, peer, entry, peer_cmp)

struct peer *
peer_get(struct server *srv, uint64_t conn)
{
	struct peer key = {.conn = conn}, *peer;

	peer = RB_FIND(peer_tree, &srv->peers, &key);
	if (peer != NULL)
		return peer;
	peer = xcalloc(1, sizeof *peer);
	peer->conn = conn;
	LIST_INIT(&peer->holds);
	LIST_INIT(&peer->subscriptions);
	peer->bucket = (double)srv->limits[LIMIT_RATE];
	peer->bucket_at = srv->now;
	if (net_peer(srv->net, conn, &peer->who))
		peer->operator= peer->who.local &&(
		    peer->who.uid == 0 || peer->who.uid == geteuid());
	if (peer->operator)
		net_trust(srv->net, conn);
	RB_INSERT(peer_tree, &srv->peers, peer);
	return peer;
}

void
peer_free(struct server *srv, struct peer *peer)
{
	struct subscription *sub;
	struct hold *hold;

	while ((sub = LIST_FIRST(&peer->subscriptions)) != NULL)
		subscription_free(sub);
	while ((hold = LIST_FIRST(&peer->holds)) != NULL) {
		LIST_REMOVE(hold, next);
		free(hold);
	}
	RB_REMOVE(peer_tree, &srv->peers, peer);
	free(peer);
}

int
peer_room(const struct server *srv, const struct peer *peer, struct err *err)
{
	if (peer->nholds < srv->limits[LIMIT_TOKENS])
		return 0;
	return err_set(err, ERR_LIMIT_REACHED, "tokens",
	    "this connection holds %d tokens already (daemon setting tokens)",
	    peer->nholds);
}

void
peer_hold(struct server *srv, struct peer *peer, const struct journal_token *t,
    int64_t ticket)
{
	struct hold *hold;

	LIST_FOREACH(hold, &peer->holds, next)
		if (strcmp(hold->token.session, t->session) == 0 &&
		    strcmp(hold->token.ref, t->ref) == 0)
			break;
	if (hold == NULL) {
		hold = xcalloc(1, sizeof *hold);
		LIST_INSERT_HEAD(&peer->holds, hold, next);
		peer->nholds++;
	}
	hold->token = *t;
	hold->ticket = ticket;
	hold->gone = false;
	hold->checked = -1;
	net_trust(srv->net, peer->conn);
}

void
token_make(struct server *srv, char out[40])
{
	uint8_t raw[20];

	entropy_fill(&srv->entropy, raw, sizeof raw);
	base32_encode(raw, sizeof raw, out);
}

void
token_digest(const char *token, uint8_t out[DIGEST_LEN])
{
	struct digest_part part = {token, strlen(token)};

	digest_sha256(&part, 1, out);
}

/*
 * A hold whose token still stands: revoking works at once.  The journal is
 * asked when the token has become durable (its batch may have failed, and
 * then its id goes to somebody else), and whenever something has been revoked
 * since the last time.  While the session has something in flight that may be
 * a revocation, so the answer is not kept.
 */
static bool
hold_stands(const struct live *live, struct hold *hold)
{
	struct server *srv = live->srv;
	const struct journal_token *t = &hold->token;
	struct journal_token now;
	struct err err;

	if (hold->gone || strcmp(t->session, live->id) != 0 ||
	    (t->expires_at != 0 && t->expires_at <= srv->now))
		return false;
	if (t->kind == TOKEN_PARTICIPANT &&
	    session_participant(live->s, t->ref) == -1)
		return false;
	if (hold->checked == srv->revocations || hold->ticket > srv->released)
		return true;
	hold->gone =
	    journal_get_token(srv->journal, t->digest, &now, &err) == 0;
	if (live->ticket <= srv->released)
		hold->checked = srv->revocations;
	return !hold->gone;
}

bool
hold_valid(const struct server *srv, const struct hold *hold)
{
	const struct journal_token *t = &hold->token;
	struct journal_token now;
	struct err err;

	return !hold->gone &&
	       (t->expires_at == 0 || t->expires_at > srv->now) &&
	       (hold->ticket > srv->released ||
		   journal_get_token(srv->journal, t->digest, &now, &err) != 0);
}

unsigned
role_of(const struct peer *peer, const struct live *live)
{
	unsigned roles = peer->operator? MAY_OPERATOR | MAY_OBSERVER : 0;
	struct hold *hold;
	int who;

	LIST_FOREACH(hold, &peer->holds, next) {
		if (strcmp(hold->token.session, live->id) != 0 ||
		    !hold_stands(live, hold))
			continue;
		roles |= MAY_OBSERVER;
		if (hold->token.kind == TOKEN_FACILITATOR)
			roles |= MAY_FACILITATOR;
		if (hold->token.kind != TOKEN_PARTICIPANT)
			continue;
		roles |= MAY_PARTICIPANT;
		who = session_participant(live->s, hold->token.ref);
		if (live->s->participants[who].facilitator &&
		    live->s->participants[who].presence == PRESENT)
			roles |= MAY_FACILITATOR;
	}
	return roles;
}

void
role_viewer(const struct peer *peer, const struct live *live, struct viewer *v)
{
	struct hold *hold;
	int people = 0, who;

	*v = (struct viewer){.participant = -1, .left = !peer->operator};
	v->facilitator = (role_of(peer, live) & MAY_FACILITATOR) != 0;
	LIST_FOREACH(hold, &peer->holds, next) {
		if (!hold_stands(live, hold))
			continue;
		who = session_participant(live->s, hold->token.ref);
		if (hold->token.kind != TOKEN_PARTICIPANT ||
		    live->s->participants[who].presence == PRESENT)
			v->left = false;
		if (hold->token.kind != TOKEN_PARTICIPANT)
			continue;
		v->participant = who;
		people++;
	}
	/* A bridge that holds several people's tokens shows none of them
	 * another's secrets. */
	if (people != 1)
		v->participant = -1;
}

bool
role_speaks_for(
    const struct peer *peer, const struct live *live, int participant)
{
	struct hold *hold;

	LIST_FOREACH(hold, &peer->holds, next)
		if (hold->token.kind == TOKEN_PARTICIPANT &&
		    hold_stands(live, hold) &&
		    session_participant(live->s, hold->token.ref) ==
			participant)
			return true;
	return false;
}

const char *
role_facilitator(const struct peer *peer, const struct live *live)
{
	struct hold *hold;
	int who;

	LIST_FOREACH(hold, &peer->holds, next) {
		if (!hold_stands(live, hold))
			continue;
		if (hold->token.kind == TOKEN_FACILITATOR)
			return hold->token.ref;
		who = session_participant(live->s, hold->token.ref);
		if (hold->token.kind == TOKEN_PARTICIPANT && who != -1 &&
		    live->s->participants[who].facilitator &&
		    live->s->participants[who].presence == PRESENT)
			return hold->token.ref;
	}
	return NULL;
}

int
role_participant(const struct peer *peer, const struct live *live,
    const char *named, struct err *err)
{
	struct hold *hold;
	int found = -1, n = 0;

	LIST_FOREACH(hold, &peer->holds, next) {
		if (hold->token.kind != TOKEN_PARTICIPANT ||
		    !hold_stands(live, hold) ||
		    (named != NULL && strcmp(named, hold->token.ref) != 0))
			continue;
		found = session_participant(live->s, hold->token.ref);
		n++;
	}
	if (n == 1)
		return found;
	if (n > 1)
		return err_say(err, ERR_PARTICIPANT_NEEDED, "participant",
		    MSG_ERROR_PEOPLE, "#n", (long long)n, NULL);
	return err_say(err, ERR_NOT_PERMITTED, "participant",
	    named != NULL ? MSG_ERROR_NO_PERSON : MSG_ERROR_PARTICIPANTS_ONLY,
	    NULL);
}
