#include <string.h>

#include "procedure/habermas.h"

const struct procedure *const procedures[] = {&habermas, NULL};

const struct procedure *
procedure_find(const char *name_or_version)
{
	const struct procedure *const *p;

	for (p = procedures; *p != NULL; p++)
		if (strcmp((*p)->name, name_or_version) == 0 ||
		    strcmp((*p)->version, name_or_version) == 0)
			return *p;
	return NULL;
}
