#include "record/told.h"

#include <string.h>

#include "base/mem.h"

char *
told_actor(const struct event *e)
{
	const char *id = event_str(e, "participant");
	json_t *by;
	char *copy;

	if (id != NULL)
		return xstrdup(id);
	by = event_value(e, "by");
	copy = json_is_string(by) ? xstrdup(json_string_value(by)) : NULL;
	json_decref(by);
	return copy;
}

json_t *
told_drafter(const struct event *e)
{
	static const char reads[] = "Your texts are read by: ";
	const char *terms = event_body(e, "terms");
	const char *at = terms != NULL ? strstr(terms, reads) : NULL;

	if (at == NULL)
		return NULL;
	at += strlen(reads);
	return json_stringn(at, strcspn(at, "\n"));
}
