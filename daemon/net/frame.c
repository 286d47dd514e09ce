#include "net/frame.h"

#include <string.h>

/* Memory goes back at once: an idle connection keeps none. */
static void
drop_given(struct frame *f)
{
	if (f->given) {
		buf_free(&f->part);
		f->given = false;
	}
}

static void
trim(const char *line, size_t *len)
{
	if (*len > 0 && line[*len - 1] == '\r')
		(*len)--;
}

enum frame_got
frame_next(struct frame *f, const char **p, size_t *n, size_t limit,
    const char **line, size_t *len)
{
	drop_given(f);
	while (*n > 0) {
		const char *at = *p, *end = memchr(at, '\n', *n);
		size_t took = end == NULL ? *n : (size_t)(end - at);
		bool skipped = f->skipping;

		*p += took + (end != NULL);
		*n -= took + (end != NULL);
		if (skipped || took > limit || f->part.len > limit - took) {
			f->skipping = end == NULL;
			if (skipped)
				continue;
			buf_free(&f->part);
			return FRAME_TOO_LONG;
		}
		*line = at;
		*len = took;
		if (end == NULL || f->part.len > 0) {
			buf_add(&f->part, at, took);
			*line = f->part.data;
			*len = f->part.len;
		}
		if (end == NULL)
			break;
		f->given = f->part.len > 0;
		trim(*line, len);
		if (*len > 0)
			return FRAME_LINE;
		drop_given(f);
	}
	return FRAME_MORE;
}

enum frame_got
frame_rest(struct frame *f, const char **line, size_t *len)
{
	drop_given(f);
	f->skipping = false;
	if (f->part.len == 0)
		return FRAME_MORE;
	f->given = true;
	*line = f->part.data;
	*len = f->part.len;
	trim(*line, len);
	return *len > 0 ? FRAME_LINE : FRAME_MORE;
}

bool
frame_begun(const struct frame *f)
{
	return f->skipping || (f->part.len > 0 && !f->given);
}

size_t
frame_kept(const struct frame *f)
{
	return f->part.cap;
}

void
frame_clear(struct frame *f)
{
	buf_free(&f->part);
	*f = (struct frame){0};
}
