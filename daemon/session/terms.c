#include "session/terms.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

static int64_t
value_of(const struct procedure *p, const int64_t *settings, const char *name)
{
	size_t i;

	for (i = 0; p->settings[i].name != NULL; i++)
		if (strcmp(p->settings[i].name, name) == 0)
			return settings[i];
	return 0;
}

/* Which sentence a setting calls for. */
static enum message
sentence(const struct procedure *p, const int64_t *settings, const char *name)
{
	static const enum message texts[] = {MSG_TERMS_TEXTS_PRIVATE,
	    MSG_TERMS_TEXTS_FACILITATOR, MSG_TERMS_TEXTS_GROUP};
	int64_t v = value_of(p, settings, name);

	if (strcmp(name, "anonymous") == 0)
		return v ? MSG_TERMS_ANONYMOUS : MSG_TERMS_NAMED;
	return texts[v >= 0 && v <= 2 ? v : 0];
}

static bool
any_of(const struct procedure *p, const int64_t *settings,
    const char *const *names)
{
	for (; *names != NULL; names++)
		if (value_of(p, settings, *names) != 0)
			return true;
	return false;
}

static void
line(struct buf *b, const struct messages *m, enum message id)
{
	buf_adds(b, message(m, id));
	buf_addc(b, '\n');
}

char *
terms_text(const struct procedure *p, const int64_t *settings,
    const char *drafter, const struct messages *m)
{
	static const char *const asked[] = {
	    "position", "importance", "preference", "survey", NULL};
	static const char *const dissent[] = {"dissent", NULL};
	struct buf b = {0};
	char *readers;

	line(&b, m, MSG_TERMS_PURPOSE);
	readers = message_text(m, MSG_TERMS_READERS, "drafter", drafter, NULL);
	buf_addf(&b, "%s\n", readers);
	free(readers);
	line(&b, m, sentence(p, settings, "texts"));
	line(&b, m, sentence(p, settings, "anonymous"));
	line(&b, m, MSG_TERMS_BALLOTS);
	if (any_of(p, settings, asked))
		line(&b, m, MSG_TERMS_ASKED);
	if (any_of(p, settings, dissent))
		line(&b, m, MSG_TERMS_DISSENT);
	line(&b, m, MSG_TERMS_STATEMENTS);
	line(&b, m, MSG_TERMS_KEPT);
	line(&b, m, MSG_TERMS_WITHDRAW);
	return buf_take(&b);
}

/* The readers stand in the second line, behind its first colon. */
char *
terms_drafter(const char *terms)
{
	const char *at = strchr(terms, '\n'), *end, *colon, *wide;

	if (at == NULL)
		return NULL;
	end = strchr(++at, '\n');
	colon = strchr(at, ':');
	wide = strstr(at, "\xef\xbc\x9a"); /* of CJK scripts */
	if (wide != NULL && (colon == NULL || wide < colon))
		colon = wide + 2;
	if (end == NULL || colon == NULL || colon > end)
		return NULL;
	colon++;
	colon += *colon == ' ';
	return xstrndup(colon, (size_t)(end - colon));
}

char *
terms_again(
    const struct session *s, const int64_t *settings, const struct messages *m)
{
	char *drafter, *terms;

	drafter = s->terms != NULL ? terms_drafter(s->terms) : NULL;
	terms = terms_text(s->procedure, settings,
	    drafter != NULL ? drafter : message(m, MSG_DRAFTER_UNKNOWN), m);
	free(drafter);
	return terms;
}

void
terms_digest(const char *terms, uint8_t out[DIGEST_LEN])
{
	struct digest_part part = {terms, strlen(terms)};

	digest_sha256(&part, 1, out);
}
