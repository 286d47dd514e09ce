/* Live sessions: found, folded from the journal in slices, put to sleep. */
#include "server/live.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "base/language.h"
#include "base/log.h"
#include "base/mem.h"

int
live_cmp(const struct live *a, const struct live *b)
{
	return strcmp(a->id, b->id);
}

RB_GENERATE(live_tree, live, entry, live_cmp)

/* Nothing sticks: the journal may be back by then. */
void
live_later(struct live *live)
{
	struct timeval later = {1, 0};

	evtimer_add(live->timer, &later);
}

bool
live_armed(const struct live *live)
{
	return evtimer_pending(live->timer, NULL) != 0;
}

bool
live_has_work(const struct live *live)
{
	const char *ids[1];

	return session_wanted(live->s, ids, 1) > 0 ||
	       session_open(live->s, ids, 1) > 0;
}

/* When stragglers are not waited for any more; 0: there are none. */
static int64_t
late_at(const struct live *live)
{
	const struct session *s = live->s;

	int64_t at = s->procedure->late_at != NULL && !s->paused
			 ? s->procedure->late_at(s)
			 : 0;

	return at != 0 && live_has_work(live) ? at : 0;
}

/* When something is to be done without anybody asking; 0: never. */
static int64_t
due_at(const struct live *live)
{
	int64_t at = live->s->timer != 0 ? live->s->wake_at : 0;
	int64_t late = late_at(live);

	return late != 0 && (at == 0 || late < at) ? late : at;
}

bool
live_is_late(const struct live *live)
{
	int64_t at = late_at(live);

	return at != 0 && at <= live->srv->now;
}

static void
timer_cb(evutil_socket_t fd, short what, void *arg)
{
	struct live *live = arg, *found;
	struct change c;
	struct err err;

	(void)fd;
	(void)what;
	server_clock(live->srv);
	switch (live_get(live->srv, live->id, &found, &err)) {
	case -1:
		return; /* being read: armed again when it is awake */
	case 0:
		live_later(live);
		return;
	}
	if (live_is_late(live))
		work_start(live);
	if (live->s->timer == 0 || live->s->wake_at > live->srv->now) {
		if (live_is_late(live)) /* it could not be recorded */
			live_later(live);
		else
			live_arm(live);
		return;
	}
	change_begin(&c, live);
	if (change_decide(&c, input_timer(live->s, live->srv->now), &err) ==
		NULL ||
	    change_commit(&c, &err) == -1) {
		log_warn("session %s: timer: %s", live->id, err.text);
		change_drop(&c);
		live_later(live);
		return;
	}
	work_start(live);
}

static struct live *
live_new(struct server *srv, const char *id)
{
	struct live *live = xcalloc(1, sizeof *live);

	strlcpy(live->id, id, sizeof live->id);
	live->srv = srv;
	live->durable_round = -1;
	live->touched = srv->now;
	TAILQ_INIT(&live->pending);
	LIST_INIT(&live->subscriptions);
	live->timer = evtimer_new(srv->base, timer_cb, live);
	RB_INSERT(live_tree, &srv->lives, live);
	srv->nlives++;
	return live;
}

void
live_busy(struct live *live)
{
	if (live->busy)
		return;
	live->busy = true;
	TAILQ_INSERT_TAIL(&live->srv->busy, live, of_busy);
}

static void
arm_at(struct live *live, int64_t wake_at)
{
	int64_t ms = wake_at - live->srv->now;
	struct timeval tv;

	if (wake_at == 0) {
		evtimer_del(live->timer);
		return;
	}
	if (ms < 0)
		ms = 0;
	tv.tv_sec = ms / 1000;
	tv.tv_usec = (ms % 1000) * 1000;
	evtimer_add(live->timer, &tv);
}

json_t *
live_language(const struct live *live)
{
	const struct session *s = live->s;
	char tag[LANGUAGE_TAG_MAX + 1] = "en";

	if (s->language[0] != '\0')
		strlcpy(tag, s->language, sizeof tag);
	else if (s->question != NULL)
		language_of(s->question, tag);
	return json_string(tag);
}

const struct messages *
live_words(const struct live *live)
{
	json_t *tag = live_language(live);
	const struct messages *m =
	    words_in(live->srv->words, json_string_value(tag));

	json_decref(tag);
	return m;
}

void
live_arm(struct live *live)
{
	if (live->s != NULL)
		arm_at(live, due_at(live));
}

void
live_sleep(struct server *srv, const struct journal_session *row)
{
	struct live *live = live_find(srv, row->id);

	if (live == NULL)
		live = live_new(srv, row->id);
	arm_at(live, row->wake_at);
	if (row->wants_work) /* it could not be read just now */
		live_later(live);
}

struct live *
live_begin(struct server *srv, const char *id, char *header,
    const char *creator, struct session *s)
{
	struct live *live = live_new(srv, id);

	live->header = header;
	live->s = s;
	live->created_at = srv->now;
	strlcpy(live->creator, creator, sizeof live->creator);
	live->state = LIVE_AWAKE;
	return live;
}

/* ---- rights as of what is durable ---- */

void
live_view(const struct live *live, struct session *view)
{
	*view = *live->s;
	view->closed_round = live->durable_round;
	view->concluded = live->durable_concluded;
}

/* Whether what follows the rule becomes readable for everybody some day. */
static bool
seal_opens(enum read_rule rule)
{
	return rule == READ_BALLOT || rule == READ_REVIEW || rule == READ_END ||
	       rule == READ_SIGNED;
}

static void
note_gated(struct live *live, const struct event *e)
{
	const struct seal *row;
	size_t i;

	for (i = 0; i < e->nsealed; i++) {
		row = session_seal_row(live->s, e->type, e->sealed[i].name);
		if (row == NULL || !seal_opens(row->rule))
			continue;
		live->gated = xgrow(live->gated, live->ngated, &live->capgated,
		    sizeof *live->gated);
		live->gated[live->ngated].seq = e->seq;
		live->gated[live->ngated].rule = row->rule;
		live->gated[live->ngated].round =
		    session_event_round(live->s, e);
		/* after the conclusion nothing waits */
		live->gated[live->ngated].opened_at =
		    live->durable_concluded ? e->seq : 0;
		strlcpy(live->gated[live->ngated++].name, e->sealed[i].name,
		    SEAL_NAME_MAX);
	}
}

static void
open_gated(struct live *live, int64_t at)
{
	struct gated *g;
	size_t i;

	for (i = 0; i < live->ngated; i++) {
		g = &live->gated[i];
		if (g->opened_at == 0 &&
		    (live->durable_concluded ||
			((g->rule == READ_BALLOT || g->rule == READ_REVIEW) &&
			    g->round <= live->durable_round)))
			g->opened_at = at;
	}
}

void
live_note(struct live *live, const struct event *e)
{
	live->durable = e->seq;
	if (strcmp(e->type, "tally.decided") == 0) {
		live->durable_round = (int)event_int(e, "round", -1);
		open_gated(live, e->seq);
	} else if (strcmp(e->type, "session.concluded") == 0) {
		live->durable_concluded = true;
		open_gated(live, e->seq);
	}
	note_gated(live, e);
}

/* ---- reading from the journal ---- */

struct loading {
	struct live *live;
	struct err err;
	bool failed;
	int n;
};

static bool
load_cb(const struct journal_event *row, void *arg)
{
	struct loading *l = arg;
	struct event *e = event_parse(
	    row->bytes, row->len, row->sealed, row->sealed_len, &l->err);

	if (e != NULL)
		memcpy(e->hash, row->hash, DIGEST_LEN);
	if (e == NULL || session_apply(l->live->s, e, &l->err) == -1)
		l->failed = true;
	else
		live_note(l->live, e);
	event_destroy(e);
	l->n++;
	return !l->failed;
}

static void
wake_parked(struct live *live)
{
	struct peer *peer;

	RB_FOREACH(peer, peer_tree, &live->srv->peers)
		if (strcmp(peer->parked, live->id) == 0) {
			peer->parked[0] = '\0';
			net_unpark(live->srv->net, peer->conn);
		}
}

/* A disk that fails may answer later; a record that makes no sense will not. */
static void
load_failed(struct live *live, struct loading *l, struct err *err)
{
	log_error("session %s cannot be read: %s%s", live->id, l->err.text,
	    l->failed ? " (caucus verify on an export tells more)" : "");
	live_forget(live);
	evtimer_del(live->timer);
	if (l->failed) {
		err_set(err, ERR_INTERNAL, "session",
		    "the record of this session cannot be read; the daemon's "
		    "log says where it breaks");
		return;
	}
	err_set(err, ERR_JOURNAL_UNAVAILABLE, NULL, "%s", l->err.text);
	live_later(live);
}

bool
live_load_step(struct live *live, struct err *err)
{
	struct loading l = {.live = live};
	int slice = (int)live->srv->limits[LIMIT_SLICE];
	int n;

	n = journal_each_event(live->srv->journal, live->id, live->s->seq,
	    slice, load_cb, &l, &l.err);
	if (n == -1 || l.failed) {
		load_failed(live, &l, err);
		return false;
	}
	if (l.n == slice)
		return true;
	live->state = LIVE_AWAKE;
	live->touched = live->srv->now;
	live_arm(live);
	work_start(live);
	wake_parked(live);
	return false;
}

static const struct procedure *
header_procedure(const char *line)
{
	json_t *header = json_loads(line, 0, NULL);
	const char *name =
	    json_string_value(json_object_get(header, "procedure"));
	const struct procedure *found =
	    procedure_find(name != NULL ? name : "");

	json_decref(header);
	return found;
}

/* Its row, with a procedure that is known here; 0, or -1 and err. */
static int
load_row(struct server *srv, const char *id, struct journal_session *row,
    const struct procedure **procedure, struct err *err)
{
	struct err why;
	int r = journal_get_session(srv->journal, id, row, &why);

	if (r == -1) {
		log_error("session %s cannot be read: %s", id, why.text);
		err_set(err, ERR_JOURNAL_UNAVAILABLE, NULL, "%s", why.text);
	} else if (r == 0)
		err_set(err, ERR_NOT_FOUND, "session", "no such session");
	if (r != 1)
		return -1;
	*procedure = header_procedure(row->header);
	if (*procedure != NULL)
		return 0;
	log_error(
	    "session %s has a procedure that this program does not know", id);
	journal_session_clear(row);
	err_set(err, ERR_INTERNAL, "session",
	    "this session has a procedure that this daemon does not know");
	return -1;
}

static struct live *
load_begin(
    struct server *srv, struct live *live, const char *id, struct err *err)
{
	const struct procedure *procedure;
	struct journal_session row;
	struct digest_part part;
	uint8_t hash[DIGEST_LEN];

	if (load_row(srv, id, &row, &procedure, err) == -1)
		return NULL;
	if (live == NULL)
		live = live_new(srv, id);
	part = (struct digest_part){row.header, strlen(row.header)};
	digest_sha256(&part, 1, hash);
	live->s = session_new(id, procedure, hash);
	free(live->header);
	live->header = xstrdup(row.header);
	strlcpy(live->creator, row.creator, sizeof live->creator);
	live->created_at = row.created_at;
	live->durable = 0;
	live->durable_round = -1;
	live->durable_concluded = false;
	live->ngated = 0;
	live->state = LIVE_LOADING;
	live_busy(live);
	journal_session_clear(&row);
	return live;
}

struct live *
live_find(struct server *srv, const char *id)
{
	struct live key;

	if (strlen(id) != SESSION_ID_LEN)
		return NULL;
	strlcpy(key.id, id, sizeof key.id);
	return RB_FIND(live_tree, &srv->lives, &key);
}

int
live_get(struct server *srv, const char *id, struct live **out, struct err *err)
{
	struct live *live = live_find(srv, id);

	if (live != NULL && live->doomed)
		return -1; /* folded again once the writer is through */
	if (live == NULL || live->state == LIVE_ASLEEP) {
		live = load_begin(srv, live, id, err);
		if (live == NULL)
			return 0;
		live_load_step(live, err);
	}
	live->touched = srv->now;
	*out = live;
	if (live->state == LIVE_LOADING) {
		server_again(srv);
		return -1;
	}
	return live->state == LIVE_AWAKE;
}

/* Back to a name and a timer. */
void
live_forget(struct live *live)
{
	struct pending *p;

	while ((p = TAILQ_FIRST(&live->pending)) != NULL) {
		TAILQ_REMOVE(&live->pending, p, next);
		event_destroy(p->event);
		free(p);
	}
	arm_at(live, live->s != NULL ? due_at(live) : 0);
	session_free(live->s);
	live->s = NULL;
	live->state = LIVE_ASLEEP;
	live->doomed = false;
	free(live->gated);
	live->gated = NULL;
	live->ngated = live->capgated = 0;
	wake_parked(live);
}

void
live_free(struct live *live)
{
	struct subscription *sub;

	while ((sub = LIST_FIRST(&live->subscriptions)) != NULL)
		subscription_free(sub);
	live_forget(live);
	evtimer_del(live->timer);
	event_free(live->timer);
	if (live->busy)
		TAILQ_REMOVE(&live->srv->busy, live, of_busy);
	RB_REMOVE(live_tree, &live->srv->lives, live);
	live->srv->nlives--;
	free(live->header);
	free(live);
}
