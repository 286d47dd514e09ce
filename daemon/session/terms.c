#include "session/terms.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static const char reads[] = "Your texts are read by: ";

static int64_t
value_of(const struct procedure *p, const int64_t *settings, const char *name)
{
	size_t i;

	for (i = 0; p->settings[i].name != NULL; i++)
		if (strcmp(p->settings[i].name, name) == 0)
			return settings[i];
	return 0;
}

char *
terms_text(
    const struct procedure *p, const int64_t *settings, const char *drafter)
{
	static const char *const texts[] = {
	    "Beside it nobody reads your opinions and critiques.",
	    "The facilitator reads your opinions and critiques too.",
	    "Everybody in the session reads your opinions and critiques.",
	};
	int64_t who = value_of(p, settings, "texts");

	return xasprintf(
	    "Purpose: to find a statement that the people in this session can "
	    "stand behind.\n"
	    "%s%s\n"
	    "%s\n"
	    "%s\n"
	    "Ballots and ratings are shown to nobody; their counts are, once "
	    "the ballot has closed.\n"
	    "Statements may use your words, and everybody in the session "
	    "reads them.\n"
	    "All is kept in this service's journal until its operator deletes "
	    "it.\n"
	    "You may withdraw at any time: with `keep` your words stay, with "
	    "`erase` they are deleted and only counted numbers remain. "
	    "Copies that others have made are beyond that.\n",
	    reads, drafter, texts[who >= 0 && who <= 2 ? who : 0],
	    value_of(p, settings, "anonymous")
		? "Nobody is told who gave what, nor the name you give."
		: "Everybody in the session sees your name and that you have "
		  "contributed.");
}

char *
terms_again(const struct session *s, const int64_t *settings)
{
	const char *at = s->terms != NULL ? strstr(s->terms, reads) : NULL;
	char *drafter, *terms;

	drafter = at != NULL ? xstrndup(at + strlen(reads),
				   strcspn(at + strlen(reads), "\n"))
			     : xstrdup("a language model");
	terms = terms_text(s->procedure, settings, drafter);
	free(drafter);
	return terms;
}

void
terms_digest(const char *terms, uint8_t out[DIGEST_LEN])
{
	struct digest_part part = {terms, strlen(terms)};

	digest_sha256(&part, 1, out);
}
