#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "tests/unit/record/fixture.h"

static void
header_is_canonical(void **state)
{
	struct recording_header h;
	struct buf b = {0};
	struct err err;

	(void)state;
	recording_header(&b, "abcdefgh23456777", "habermas/1", "caucusd 0.1.0");
	assert_string_equal(b.data,
	    "{\"caucus\":\"recording\",\"format\":1,\"procedure\":"
	    "\"habermas/1\",\"program\":\"caucusd 0.1.0\",\"session\":"
	    "\"abcdefgh23456777\"}");
	assert_int_equal(recording_header_read(b.data, b.len, &h, &err), 0);
	assert_string_equal(h.session, "abcdefgh23456777");
	assert_string_equal(h.procedure, "habermas/1");
	assert_string_equal(h.program, "caucusd 0.1.0");
	buf_free(&b);
}

static void
header_may_say_more(void **state)
{
	static const char more[] =
	    "{\"arm\":\"a\",\"caucus\":\"recording\",\"exact\":true,"
	    "\"format\":1,\"n\":3,\"procedure\":\"p/1\",\"program\":\"x\","
	    "\"session\":\"s\"}";
	struct recording_header h;

	(void)state;
	assert_int_equal(
	    recording_header_read(more, strlen(more), &h, NULL), 0);
}

static const char *const no_headers[] = {
    "",
    "{}",
    "[]",
    "null",
    "{\"caucus\":\"recording\",\"format\":1}",
    "{\"caucus\":\"recording\",\"format\":2,\"procedure\":\"p/1\","
    "\"program\":\"x\",\"session\":\"s\"}",
    "{\"caucus\":\"recording\",\"format\":\"1\",\"procedure\":\"p/1\","
    "\"program\":\"x\",\"session\":\"s\"}",
    "{\"caucus\":\"journal\",\"format\":1,\"procedure\":\"p/1\","
    "\"program\":\"x\",\"session\":\"s\"}",
    "{\"format\":1,\"caucus\":\"recording\",\"procedure\":\"p/1\","
    "\"program\":\"x\",\"session\":\"s\"}",
    "{\"caucus\":\"recording\",\"format\":1,\"procedure\":\"p/1\","
    "\"program\":\"x\",\"session\":\"s\"} ",
    "{\"caucus\":\"recording\",\"format\":1,\"procedure\":\"p/1\","
    "\"program\":\"x\",\"session\":\"\\u0073\"}",
    "{\"caucus\":\"recording\",\"format\":1,\"procedure\":\"p/1\","
    "\"program\":\"x\",\"session\":\"s\",\"z\":0.5}",
    "{\"caucus\":\"recording\",\"format\":1,\"procedure\":\"p/1\","
    "\"program\":\"x\",\"session\":\"s\",\"z\":{}}",
    "{\"caucus\":\"recording\",\"format\":1,\"procedure\":\"p/1\","
    "\"program\":\"x\",\"session\":"
    "\"a-session-id-that-is-far-too-long-for-any-of-ours\"}",
};

static void
other_headers_are_refused(void **state)
{
	struct recording_header h;
	struct err err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(no_headers) / sizeof(no_headers[0]); i++) {
		err = (struct err){0};
		if (recording_header_read(
			no_headers[i], strlen(no_headers[i]), &h, &err) == 0)
			fail_msg("accepted: %s", no_headers[i]);
		assert_int_equal(err.code, ERR_BROKEN);
		assert_true(err.text[0] != '\0');
	}
}

/* What is read and written again is the same bytes, by all three writers. */
static void
lines_survive_reading_and_writing(void **state)
{
	struct buf in = {0}, out = {0}, stored = {0}, sealed = {0};
	struct recording_sink sink = recording_to_buf(&out);
	struct recording_header h;
	struct recording *r;
	struct event *e;
	struct err err;

	(void)state;
	write_small(&in);
	r = recording_of(in.data, in.len);
	assert_int_equal(recording_begin(r, &h, &err), 0);
	assert_int_equal(recording_put_header(
			     &sink, h.session, h.procedure, h.program, &err),
	    0);
	buf_add(&stored, out.data, out.len);
	while (recording_next(r, &e, &err) == 1) {
		assert_int_equal(recording_lineno(r), e->seq + 1);
		recording_put_event(&sink, e, NULL, NULL, &err);
		buf_reset(&sealed);
		event_sealed_json(e, NULL, NULL, &sealed);
		recording_line_of(&stored, e->bytes, e->len, e->hash,
		    sealed.data, sealed.len);
		buf_addc(&stored, '\n');
		event_destroy(e);
	}
	assert_int_equal(out.len, in.len);
	assert_memory_equal(out.data, in.data, in.len);
	assert_int_equal(stored.len, in.len);
	assert_memory_equal(stored.data, in.data, in.len);
	recording_close(r);
	buf_free(&in);
	buf_free(&out);
	buf_free(&stored);
	buf_free(&sealed);
}

static void
every_change_of_a_line_is_found(void **state)
{
	struct buf b = {0};
	struct event *e;
	char *line, *end;
	size_t i, len;

	(void)state;
	write_small(&b);
	line = strchr(b.data, '\n') + 1;
	line = strchr(line, '\n') + 1; /* event 2, which has bodies */
	end = strchr(line, '\n');
	len = (size_t)(end - line);
	e = recording_line_read(line, len, NULL);
	assert_non_null(e);
	event_destroy(e);
	/* Cut off anywhere, or with one byte more. */
	for (i = 0; i < len; i++)
		assert_null(recording_line_read(line, i, NULL));
	assert_null(recording_line_read(line, len + 1, NULL));
	*end = '}';
	assert_null(recording_line_read(line, len + 1, NULL));
	buf_free(&b);
}

static void
may_decides_which_bodies(void **state)
{
	struct buf all = {0}, some = {0};
	struct play p;

	(void)state;
	play_begin(&p, NULL, NULL);
	play_join(&p, "Kim");
	write_log(&p, NULL, NULL, &all);
	write_log(&p, not_erased, &p, &some);
	assert_string_equal(all.data, some.data); /* nothing is erased yet */
	play_input(&p, input_withdrawn(p.s, 0, true, p.now));
	play_input(&p, input_erased(p.s, 0, NULL, p.now));
	buf_reset(&all);
	buf_reset(&some);
	write_log(&p, NULL, NULL, &all);
	write_log(&p, not_erased, &p, &some);
	assert_non_null(strstr(all.data, "Kim"));
	assert_null(strstr(some.data, "Kim"));
	play_end(&p);
	buf_free(&all);
	buf_free(&some);
}

static int
full(const char *p, size_t n, void *arg, struct err *err)
{
	(void)p;
	(void)n;
	(void)arg;
	return err_set(err, ERR_FILE, NULL, "full");
}

static void
sinks_report_errors(void **state)
{
	const struct recording_sink sink = {full, NULL};
	struct recording_sink file;
	struct err err = {0};
	FILE *f = fopen("/dev/full", "w");

	(void)state;
	assert_int_equal(recording_put_header(&sink, "s", "p", "x", &err), -1);
	assert_int_equal(err.code, ERR_FILE);
	assert_non_null(f);
	setvbuf(f, NULL, _IONBF, 0);
	file = recording_to_file(f);
	err = (struct err){0};
	assert_int_equal(recording_put_header(&file, "s", "p", "x", &err), -1);
	assert_int_equal(err.code, ERR_FILE);
	fclose(f);
}

/* ---- the reader ---- */

static void
files_are_read_as_memory_is(void **state)
{
	char path[] = "/tmp/caucus-recording-XXXXXX";
	struct recording_header h;
	struct recording_sink sink;
	struct recording *r;
	struct play p;
	struct event *e;
	struct err err;
	size_t i = 0;
	FILE *f;

	(void)state;
	play_two_rounds(&p);
	f = fdopen(mkstemp(path), "w");
	assert_non_null(f);
	sink = recording_to_file(f);
	recording_put_header(
	    &sink, p.s->id, "habermas/1", "caucusd test", &err);
	for (i = 0; i < p.log.n; i++)
		recording_put_event(&sink, p.log.v[i], NULL, NULL, &err);
	assert_int_equal(fclose(f), 0);
	r = recording_open(path, &err);
	assert_non_null(r);
	assert_int_equal(recording_lineno(r), 0);
	assert_int_equal(recording_begin(r, &h, &err), 0);
	for (i = 0; recording_next(r, &e, &err) == 1; i++) {
		assert_string_equal(e->bytes, p.log.v[i]->bytes);
		assert_memory_equal(e->hash, p.log.v[i]->hash, DIGEST_LEN);
		event_destroy(e);
	}
	assert_int_equal(i, p.log.n);
	recording_close(r);
	recording_close(NULL);
	unlink(path);
	play_end(&p);
}

static void
missing_files_are_named(void **state)
{
	struct recording_header h;
	struct recording *r;
	struct err err = {0};

	(void)state;
	assert_null(recording_open("/nonexistent/\x1b[2Jx", &err));
	assert_int_equal(err.code, ERR_FILE);
	assert_null(strchr(err.text, '\x1b'));
	r = recording_open("/", &err);
	if (r != NULL) { /* a folder opens and cannot be read */
		assert_int_equal(recording_begin(r, &h, &err), -1);
		assert_int_equal(err.code, ERR_FILE);
		recording_close(r);
	}
}

static int
begin(const char *bytes, size_t len, struct err *err)
{
	struct recording *r = recording_of(bytes, len);
	struct recording_header h;
	struct event *e;
	int n = recording_begin(r, &h, err);

	while (n != -1 && (n = recording_next(r, &e, err)) == 1)
		event_destroy(e);
	if (n == -1) { /* and it stays so */
		assert_int_equal(recording_next(r, &e, NULL), -1);
		assert_null(e);
	}
	recording_close(r);
	return n;
}

static void
long_lines_are_refused_early(void **state)
{
	size_t len = RECORDING_LINE_MAX + 2;
	char *huge = xmalloc(len);
	struct err err;

	(void)state;
	memset(huge, 'a', len);
	assert_int_equal(begin(huge, len, &err), -1);
	assert_non_null(strstr(err.text, "longer than"));
	/* One that just fits is read, and is no header. */
	huge[RECORDING_LINE_MAX] = '\n';
	assert_int_equal(begin(huge, RECORDING_LINE_MAX + 1, &err), -1);
	assert_null(strstr(err.text, "longer than"));
	free(huge);
}

static void
line_ends_are_checked(void **state)
{
	struct buf b = {0}, crlf = {0};
	struct err err;
	size_t i;

	(void)state;
	write_small(&b);
	assert_int_equal(begin(b.data, b.len, &err), 0);
	assert_int_equal(begin(b.data, b.len - 1, &err), -1);
	assert_non_null(strstr(err.text, "no newline"));
	for (i = 0; i < b.len; i++) {
		if (b.data[i] == '\n')
			buf_addc(&crlf, '\r');
		buf_addc(&crlf, b.data[i]);
	}
	assert_int_equal(begin(crlf.data, crlf.len, &err), -1);
	assert_non_null(strstr(err.text, "CR LF"));
	buf_addc(&b, '\n'); /* an empty line */
	assert_int_equal(begin(b.data, b.len, &err), -1);
	assert_int_equal(begin("", 0, &err), -1);
	assert_non_null(strstr(err.text, "empty"));
	assert_int_equal(begin("\n", 1, &err), -1);
	assert_int_equal(begin("\r\n", 2, &err), -1);
	buf_free(&b);
	buf_free(&crlf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(header_is_canonical),
	    cmocka_unit_test(header_may_say_more),
	    cmocka_unit_test(other_headers_are_refused),
	    cmocka_unit_test(lines_survive_reading_and_writing),
	    cmocka_unit_test(every_change_of_a_line_is_found),
	    cmocka_unit_test(may_decides_which_bodies),
	    cmocka_unit_test(sinks_report_errors),
	    cmocka_unit_test(files_are_read_as_memory_is),
	    cmocka_unit_test(missing_files_are_named),
	    cmocka_unit_test(long_lines_are_refused_early),
	    cmocka_unit_test(line_ends_are_checked),
	};

	mem_setup();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
