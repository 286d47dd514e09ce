#include "record/told.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "session/terms.h"

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
	const char *terms = event_body(e, "terms");
	char *drafter = terms != NULL ? terms_drafter(terms) : NULL;
	json_t *value = drafter != NULL ? json_string(drafter) : NULL;

	free(drafter);
	return value;
}
