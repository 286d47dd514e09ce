#include "record/faults.h"

void
faults_add(struct faults *f, const char *where, const char *what)
{
	if (f->n++ < FAULTS_NAMED)
		buf_addf(&f->text, "%s: %s\n", where, what);
}

void
faults_clear(struct faults *f)
{
	buf_free(&f->text);
	f->n = 0;
}
