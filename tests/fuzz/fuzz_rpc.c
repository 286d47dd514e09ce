/*
 * Bytes from a peer, cut anywhere: framing, reading a request, and writing
 * answers to what was read.
 *
 * The first two bytes of an input say how the rest is cut and how long a line
 * may be.  Cut in pieces or whole, the same lines must come out.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "net/frame.h"
#include "net/rpc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(int holds)
{
	if (!holds)
		abort();
}

/* What we write must be one line, and JSON that we read ourselves. */
static json_t *
check_line(const struct buf *b)
{
	json_t *v;

	check(b->len > 0 && b->data[b->len - 1] == '\n');
	check(memchr(b->data, '\n', b->len - 1) == NULL);
	check(text_valid(b->data, b->len));
	v = json_loadb(b->data, b->len, JSON_REJECT_DUPLICATES, NULL);
	check(v != NULL);
	return v;
}

static void
check_answer(const struct buf *b, const json_t *id, const char *member,
    const json_t *value)
{
	json_t *v = check_line(b);

	check(json_equal(json_object_get(v, "id"), id));
	check(json_object_get(v, member) != NULL);
	check(value == NULL || json_equal(json_object_get(v, member), value));
	json_decref(v);
}

static void
one_line(const char *line, size_t len)
{
	struct rpc_message m, again;
	struct buf b = {0};
	struct err e = {0};

	if (rpc_read(&m, line, len, &e) < 0) {
		check(m.id != NULL && e.code != ERR_NONE);
		check(text_valid(e.text, strlen(e.text)));
		rpc_write_error(&b, m.id, &e);
		check_answer(&b, m.id, "error", NULL);
	} else {
		check(m.method != NULL && json_is_object(m.params));
		rpc_write_result(&b, m.id, m.params);
		if (m.id != NULL)
			check_answer(&b, m.id, "result", m.params);
		buf_reset(&b);
		rpc_write_request(&b, 7, m.method, m.params);
		check(rpc_read(&again, b.data, b.len - 1, NULL) == 0);
		check(strcmp(again.method, m.method) == 0);
		check(json_equal(again.params, m.params));
		rpc_message_clear(&again);
	}
	rpc_message_clear(&m);
	buf_free(&b);
}

/* All lines into `out`, each after a mark for its kind. */
static void
cut(const uint8_t *data, size_t size, size_t step, size_t limit,
    struct buf *out)
{
	struct frame f = {0};
	const char *line;
	size_t at = 0, len;
	enum frame_got got;

	while (at < size) {
		size_t n = size - at < step ? size - at : step;
		/* A copy of its own: nobody may read past a piece. */
		char *piece = malloc(n);
		const char *p = piece;

		check(piece != NULL);
		memcpy(piece, data + at, n);
		at += n;
		while ((got = frame_next(&f, &p, &n, limit, &line, &len)) !=
		       FRAME_MORE) {
			if (got == FRAME_TOO_LONG) {
				buf_add(out, "\n!", 2);
				continue;
			}
			buf_addc(out, '\n');
			check(len > 0 && len <= limit);
			check(memchr(line, '\n', len) == NULL);
			buf_add(out, line, len);
		}
		check(n == 0 && frame_kept(&f) <= 2 * limit + 64);
		free(piece);
	}
	if (frame_rest(&f, &line, &len) == FRAME_LINE) {
		buf_addc(out, '\n');
		buf_add(out, line, len);
	}
	frame_clear(&f);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf whole = {0}, pieces = {0};
	size_t step, limit;
	char *at, *end;

	if (size < 3)
		return 0;
	step = 1 + data[0] % 64;
	limit = 1 + (size_t)data[1] * 16;
	data += 2;
	size -= 2;
	cut(data, size, size, limit, &whole);
	cut(data, size, step, limit, &pieces);
	check(whole.len == pieces.len);
	check(
	    whole.len == 0 || memcmp(whole.data, pieces.data, whole.len) == 0);
	for (at = whole.data; at != NULL; at = end) {
		char *from = at + 1;

		end =
		    memchr(from, '\n', whole.len - (size_t)(from - whole.data));
		one_line(from, end == NULL
				   ? whole.len - (size_t)(from - whole.data)
				   : (size_t)(end - from));
	}
	buf_free(&whole);
	buf_free(&pieces);
	return 0;
}
