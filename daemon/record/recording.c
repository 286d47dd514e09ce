/* Lines of a recording, written and read in the one way there is. */
#include "record/recording.h"

#include <errno.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "record/import.h"

#define EVENT_KEY  "{\"event\":"
#define HASH_KEY   ",\"hash\":\""
#define SEALED_KEY ",\"sealed\":"

/* ---- writing ---- */

static void
add_member(struct buf *out, const char *key, const char *value)
{
	if (!json_identifier(value, SIZE_MAX))
		log_fatal("recording: %s is no identifier", key);
	buf_addf(out, ",\"%s\":", key);
	json_quote(out, value, strlen(value));
}

static void
add_header(struct buf *out, const char *session, const char *procedure,
    const char *program, const char *imported)
{
	buf_addf(
	    out, "{\"caucus\":\"recording\",\"format\":%d", RECORDING_FORMAT);
	if (imported != NULL)
		add_member(out, "imported", imported);
	add_member(out, "procedure", procedure);
	add_member(out, "program", program);
	add_member(out, "session", session);
	buf_addc(out, '}');
}

void
recording_header(struct buf *out, const char *session, const char *procedure,
    const char *program)
{
	add_header(out, session, procedure, program, NULL);
}

void
recording_header_imported(struct buf *out, const char *session,
    const char *program, const char *format)
{
	add_header(out, session, IMPORTED_PROCEDURE, program, format);
}

static void
add_event(struct buf *out, const char *bytes, size_t len,
    const uint8_t hash[DIGEST_LEN])
{
	buf_adds(out, EVENT_KEY);
	buf_add(out, bytes, len);
	buf_adds(out, HASH_KEY);
	buf_add_hex(out, hash, DIGEST_LEN);
	buf_addc(out, '"');
}

void
recording_line(struct buf *out, const struct event *e,
    bool (*may)(const struct event *e, const struct sealed *item, void *arg),
    void *arg)
{
	size_t end;

	add_event(out, e->bytes, e->len, e->hash);
	end = out->len;
	buf_adds(out, SEALED_KEY);
	if (event_sealed_json(e, may, arg, out) == 0)
		out->len = end; /* nothing to show: the key goes as well */
	buf_addc(out, '}');
}

void
recording_line_of(struct buf *out, const char *bytes, size_t len,
    const uint8_t hash[DIGEST_LEN], const char *sealed, size_t sealed_len)
{
	add_event(out, bytes, len, hash);
	if (sealed != NULL && sealed_len > 0) {
		buf_adds(out, SEALED_KEY);
		buf_add(out, sealed, sealed_len);
	}
	buf_addc(out, '}');
}

static int
put_buf(const char *p, size_t n, void *arg, struct err *err)
{
	(void)err;
	buf_add(arg, p, n);
	return 0;
}

static int
put_file(const char *p, size_t n, void *arg, struct err *err)
{
	if (fwrite(p, 1, n, arg) == n)
		return 0;
	return err_set(err, ERR_FILE, NULL,
	    "cannot write the recording: %s; what is there is incomplete",
	    strerror(errno));
}

struct recording_sink
recording_to_buf(struct buf *b)
{
	return (struct recording_sink){put_buf, b};
}

struct recording_sink
recording_to_file(FILE *f)
{
	return (struct recording_sink){put_file, f};
}

static int
put_line(const struct recording_sink *sink, struct buf *line, struct err *err)
{
	int r;

	buf_addc(line, '\n');
	r = sink->put(line->data, line->len, sink->arg, err);
	buf_free(line);
	return r;
}

int
recording_put_header(const struct recording_sink *sink, const char *session,
    const char *procedure, const char *program, struct err *err)
{
	struct buf line = {0};

	recording_header(&line, session, procedure, program);
	return put_line(sink, &line, err);
}

int
recording_put_event(const struct recording_sink *sink, const struct event *e,
    bool (*may)(const struct event *e, const struct sealed *item, void *arg),
    void *arg, struct err *err)
{
	struct buf line = {0};

	recording_line(&line, e, may, arg);
	return put_line(sink, &line, err);
}

/* ---- reading ---- */

static int
broken(struct err *err, const char *what)
{
	return err_set(err, ERR_BROKEN, NULL, "%s", what);
}

static int
copy_member(
    const json_t *o, const char *key, char *out, size_t size, struct err *err)
{
	const char *s = json_string_value(json_object_get(o, key));

	if (s == NULL || !json_identifier(s, size - 1))
		return err_set(err, ERR_BROKEN, key,
		    "the header names no %s, or one too long", key);
	memcpy(out, s, strlen(s) + 1);
	return 0;
}

/* Members beyond ours must be such that they can be printed again. */
static bool
plain_members(const json_t *o)
{
	const char *key;
	json_t *v;

	json_object_foreach((json_t *)o, key, v) {
		if (!json_is_integer(v) && !json_is_boolean(v) &&
		    (!json_is_string(v) ||
			!json_identifier(json_string_value(v), SIZE_MAX)))
			return false;
	}
	return true;
}

static int
header_members(const json_t *o, struct recording_header *out, struct err *err)
{
	const char *kind = json_string_value(json_object_get(o, "caucus"));
	const json_t *format = json_object_get(o, "format");

	if (kind == NULL || strcmp(kind, "recording") != 0 ||
	    !json_is_integer(format))
		return broken(err,
		    "not the header of a recording; is it the right file?");
	if (json_integer_value(format) != RECORDING_FORMAT)
		return err_set(err, ERR_BROKEN, "format",
		    "the recording has format %lld and this program reads "
		    "format %d; take a newer program",
		    (long long)json_integer_value(format), RECORDING_FORMAT);
	if (copy_member(
		o, "session", out->session, sizeof(out->session), err) == -1 ||
	    copy_member(o, "procedure", out->procedure, sizeof(out->procedure),
		err) == -1 ||
	    copy_member(
		o, "program", out->program, sizeof(out->program), err) == -1)
		return -1;
	if (json_object_get(o, "imported") != NULL &&
	    copy_member(
		o, "imported", out->imported, sizeof(out->imported), err) == -1)
		return -1;
	return plain_members(o)
		   ? 0
		   : broken(err,
			 "the header has a member that is no identifier, "
			 "number or boolean");
}

int
recording_header_read(
    const char *line, size_t len, struct recording_header *out, struct err *err)
{
	const struct digest_part part = {line, len};
	struct err why = {0};
	struct buf b = {0};
	json_t *o = json_read(line, len, &why);
	int r;

	*out = (struct recording_header){0};
	if (o == NULL)
		return err_set(err, ERR_BROKEN, NULL,
		    "not the header of a recording: %s", why.text);
	r = header_members(o, out, err);
	if (r == 0) {
		json_canonical(&b, o);
		if (b.len != len || memcmp(b.data, line, len) != 0)
			r = broken(err, "the header is not canonical (order "
					"of keys, spaces or escapes)");
	}
	json_decref(o);
	buf_free(&b);
	digest_sha256(&part, 1, out->hash);
	return r;
}

/* The length of the object that text begins with; 0 if it has no end.  That
 * it is JSON at all is for event_parse to say. */
static size_t
object_length(const char *text, size_t len)
{
	bool quoted = false;
	int depth = 0;
	size_t i;

	for (i = 0; i < len; i++) {
		char c = text[i];

		if (quoted) {
			if (c == '\\')
				i++;
			else if (c == '"')
				quoted = false;
		} else if (c == '"') {
			quoted = true;
		} else if (c == '{') {
			depth++;
		} else if (c == '}' && --depth <= 0) {
			return depth == 0 ? i + 1 : 0;
		} else if (depth == 0) {
			return 0;
		}
	}
	return 0;
}

static bool
take(const char **at, size_t *left, const char *what)
{
	size_t n = strlen(what);

	if (*left < n || memcmp(*at, what, n) != 0)
		return false;
	*at += n;
	*left -= n;
	return true;
}

struct event *
recording_line_read(const char *line, size_t len, struct err *err)
{
	const char *at = line, *bytes, *sealed = NULL;
	uint8_t hash[DIGEST_LEN];
	struct event *e;
	size_t left = len, n;

	if (!take(&at, &left, EVENT_KEY)) {
		broken(err, "the line does not begin with " EVENT_KEY);
		return NULL;
	}
	bytes = at;
	n = object_length(at, left);
	at += n;
	left -= n;
	if (n == 0 || !take(&at, &left, HASH_KEY) || left < 2 * DIGEST_LEN ||
	    !hex_decode(at, 2 * DIGEST_LEN, hash, DIGEST_LEN)) {
		broken(err, "the event is not followed by " HASH_KEY
			    " and 64 lower-case hex digits");
		return NULL;
	}
	at += 2 * DIGEST_LEN;
	left -= 2 * DIGEST_LEN;
	if (take(&at, &left, "\"" SEALED_KEY))
		sealed = at;
	else if (!take(&at, &left, "\"") || left != 1)
		left = 0;
	if (left == 0 || at[left - 1] != '}') {
		broken(err, "the line does not end as it must after the hash");
		return NULL;
	}
	e = event_parse(bytes, n, sealed, left - 1, err);
	if (e != NULL)
		memcpy(e->hash, hash, DIGEST_LEN);
	return e;
}
