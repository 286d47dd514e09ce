#include "asked.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static void
add_ask(json_t *asks, const char *word, size_t len)
{
	const char *colon = memchr(word, ':', len);
	char *slot = xstrndup(word, (size_t)(colon - word));
	char *kind = xstrndup(colon + 1, len - (size_t)(colon + 1 - word));
	json_t *ask = json_pack(
	    "{s:s,s:s,s:s}", "slot", slot, "kind", kind, "help", "the help");

	if (strcmp(slot, "position") == 0 || strcmp(slot, "importance") == 0)
		json_object_update_new(
		    ask, json_pack("{s:i,s:s,s:s}", "max", *slot == 'p' ? 7 : 5,
			     "low", "no", "high", "yes"));
	if (strcmp(slot, "preference") == 0)
		json_object_set_new(ask, "options",
		    json_pack("[{s:s},{s:s},{s:s}]", "option", "revised",
			"option", "first", "option", "same"));
	json_array_append_new(asks, ask);
	free(slot);
	free(kind);
}

json_t *
asked_view(const char *phase, const char *asks, const char *given)
{
	json_t *list = json_array(), *ask;
	const char *slot, *at;
	size_t n, i;

	for (; *asks != '\0'; asks += n + strspn(asks + n, " ")) {
		n = strcspn(asks, " ");
		add_ask(list, asks, n);
	}
	json_array_foreach(list, i, ask) {
		slot = json_string_value(json_object_get(ask, "slot"));
		at = strstr(given, slot);
		if (at != NULL && strcspn(at, " ") == strlen(slot))
			json_object_set_new(ask, "given", json_integer(9));
	}
	return json_pack("{s:s,s:o,s:{s:[s],s:s,s:b,s:b},s:{s:i,s:i},"
			 "s:I,s:[],s:{s:s},s:{s:i}}",
	    "phase", phase, "asks", list, "you", "roles", "participant",
	    "participant", "p-aaaaaa", "complete", 0, "abstained", 0,
	    "progress", "done", 1, "of", 3, "wake_at", (json_int_t)600000,
	    "slate", "settings", "ratings", "required", "people", "present", 3);
}

json_t *
asked_ballot(const char *given)
{
	json_t *view = asked_view(
	    "ballot", "ballot:ballot agreement:ratings quality:ratings", given);

	json_object_set_new(view, "slate",
	    json_pack("[{s:s},{s:s},{s:s},{s:s}]", "statement", "s7",
		"statement", "s2", "statement", "s10", "statement", "s3"));
	return view;
}

json_t *
asked_survey(void)
{
	json_t *view = asked_view("survey", "survey:choice", "");

	json_object_set_new(json_array_get(json_object_get(view, "asks"), 0),
	    "items",
	    json_pack("[{s:s,s:s,s:s,s:i},{s:s,s:s,s:s,s:[s,s]},{s:s,s:s,s:s}]",
		"id", "fair", "kind", "scale", "text", "Was it fair?", "max", 5,
		"id", "again", "kind", "choices", "text", "Again?", "choices",
		"no", "yes", "id", "more", "kind", "text", "text", "More?"));
	return view;
}
