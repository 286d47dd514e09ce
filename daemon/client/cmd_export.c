/* caucus export: recordings, and what is made of them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "client/cmd.h"
#include "client/place.h"
#include "client/source.h"
#include "record/format.h"
#include "record/import.h"
#include "record/share.h"
#include "record/tables.h"
#include "record/verify.h"

/* ---- where it goes ---- */

struct target {
	struct cmd *c;
	bool folder;
	const char *path; /* of the folder or file; "-": standard output */
	json_t *files;	  /* written so far */
};

/* A name that lies in the folder, whatever a recording calls it. */
static char *
safe_name(const char *name)
{
	char *s = xstrdup(name), *p;

	for (p = s; *p != '\0'; p++)
		if (*p == '/' || (unsigned char)*p < ' ' || *p == 127)
			*p = '_';
	if (*s == '.')
		*s = '_';
	return s;
}

static int
put_file(
    void *arg, const char *name, const char *bytes, size_t len, struct err *err)
{
	struct target *t = arg;
	char *safe, *path;
	int r;

	if (!t->folder && strcmp(t->path, "-") == 0)
		return fwrite(bytes, 1, len, stdout) == len
			   ? 0
			   : err_set(err, ERR_FILE, NULL,
				 "cannot write to standard output");
	safe = safe_name(name);
	path = t->folder ? xasprintf("%s/%s", t->path, safe) : xstrdup(t->path);
	r = place_write(path, bytes, len, err);
	if (r == 0)
		json_array_append_new(t->files, json_string(path));
	free(safe);
	free(path);
	return r;
}

static int
make_folder(const char *path, struct err *err)
{
	struct stat st;

	if (mkdir(path, 0700) == 0 ||
	    (errno == EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode)))
		return 0;
	return err_set(err, ERR_FILE, NULL, "cannot make the folder %s: %s",
	    path, strerror(errno));
}

static void
say_files(struct target *t)
{
	json_t *value = json_pack("{s:O}", "files", t->files), *file;
	size_t i;

	if (json_array_size(t->files) > 0 && !cmd_json(t->c, value)) {
		json_array_foreach(t->files, i, file)
			fprintf(t->c->out.f, "%s\n", json_string_value(file));
	}
	json_decref(value);
}

/* ---- what goes ---- */

struct source {
	char *name; /* of the file, or the session's id */
	char *bytes;
	size_t len;
};

struct sources {
	struct source *v;
	size_t n, cap;
	bool live; /* from the daemon */
};

static void
sources_add(struct sources *s, const char *name, char *bytes, size_t len)
{
	s->v = xgrow(s->v, s->n, &s->cap, sizeof *s->v);
	s->v[s->n++] = (struct source){xstrdup(name), bytes, len};
}

static void
sources_free(struct sources *s)
{
	size_t i;

	for (i = 0; i < s->n; i++) {
		free(s->v[i].name);
		free(s->v[i].bytes);
	}
	free(s->v);
}

static int
fetch(struct cmd *c, struct sources *s)
{
	char *bytes;
	size_t len;
	int r = source_fetch(c, &bytes, &len);

	if (r != EXIT_OK)
		return r;
	sources_add(s, c->session, bytes, len);
	s->live = true;
	return EXIT_OK;
}

/* A recording in a file, as a role may read it. */
static int
load(struct cmd *c, const char *path, struct sources *s)
{
	const char *role = cmd_option(c, "as", 0);
	struct buf shared = {0};
	struct err err;
	size_t len;
	char *bytes = place_read(path, SOURCE_MAX, &len, &err);

	if (bytes == NULL)
		return cmd_fail(c, EXIT_FILE, &err);
	if (role != NULL) {
		if (share_as(bytes, len, role, &shared, &err) == -1) {
			free(bytes);
			buf_free(&shared);
			return cmd_fail(c,
			    err.code == ERR_NOT_FOUND ? EXIT_USAGE
						      : EXIT_DIFFERS,
			    &err);
		}
		free(bytes);
		len = shared.len;
		bytes = buf_take(&shared);
	}
	sources_add(s, path, bytes, len);
	return EXIT_OK;
}

static int
gather(struct cmd *c, struct sources *s)
{
	size_t i, files = 0;
	int r = EXIT_OK;

	for (i = 0; i < c->nargs; i++)
		files += source_is_file(c->args[i]);
	if (files == 0 && c->nargs <= 1)
		return fetch(c, s);
	if (files < c->nargs)
		return cmd_usage(c,
		    "name one session, or files (with a dot "
		    "or a slash in the name: ./%s)",
		    c->args[0]);
	for (i = 0; i < c->nargs && r == EXIT_OK; i++)
		r = load(c, c->args[i], s);
	return r;
}

/* ---- a recording as it is ---- */

static int
say_recording(struct cmd *c, const char *path, const struct buf *recording)
{
	struct verify_report report;
	struct buf text = {0};
	struct err err;
	json_t *value;
	int r = EXIT_OK;

	if (verify_bytes(recording->data, recording->len, &report, &err) == -1)
		r = EXIT_DIFFERS;
	if (c->json) {
		value = verify_json(&report);
		json_object_set_new(value, "file", json_string(path));
		cmd_json(c, value);
		json_decref(value);
		return r;
	}
	verify_text(&report, path, &text);
	fputs(text.data, c->out.f);
	buf_free(&text);
	if (r == EXIT_OK && report.open == report.sealed - report.erased)
		cmd_hint(c,
		    "`caucus replay %s` runs it through the engine "
		    "again.",
		    path);
	else if (r == EXIT_OK)
		cmd_hint(c, "keep it: with it anybody can check what was "
			    "counted. What others may not read is missing "
			    "in it.");
	return r;
}

static int
export_recording(struct cmd *c, const struct sources *s)
{
	const char *given = cmd_option(c, "output", 0);
	struct buf out = {0};
	struct err err;
	char *path;
	int r;

	if (s->n != 1)
		return cmd_usage(c, "give one recording, or another --format");
	if (!s->live && given == NULL)
		return cmd_usage(
		    c, "say with --output where it goes, or another --format");
	if (cmd_flag(c, "anonymous")) {
		if (share_anonymous(s->v->bytes, s->v->len, &out, &err) == -1)
			return cmd_fail(c, EXIT_DIFFERS, &err);
	} else {
		buf_add(&out, s->v->bytes, s->v->len);
	}
	path = given != NULL ? xstrdup(given)
			     : xasprintf("caucus-%s.jsonl", s->v->name);
	if (strcmp(path, "-") == 0)
		r = fwrite(out.data, 1, out.len, stdout) == out.len ? EXIT_OK
								    : EXIT_FILE;
	else if (place_write(path, out.data, out.len, &err) == -1)
		r = cmd_fail(c, EXIT_FILE, &err);
	else
		r = say_recording(c, path, &out);
	buf_free(&out);
	free(path);
	return r;
}

/* ---- another format ---- */

/* Whether a recording was imported from that very format: then its tables go
 * out as they came. */
static bool
came_as(const struct source *s, const struct format *f)
{
	struct recording *r = recording_of(s->bytes, s->len);
	struct recording_header h;
	bool is = recording_begin(r, &h, NULL) == 0 &&
		  strcmp(h.imported, f->name) == 0;

	recording_close(r);
	return is;
}

static int
write_back(const struct source *s, const struct outlet *out, struct err *err)
{
	struct recording *r = recording_of(s->bytes, s->len);
	int code = imported_files(r, out, err);

	recording_close(r);
	return code;
}

static int
read_tables(const struct sources *s, struct tables *t, struct err *err)
{
	struct recording *r;
	struct err why;
	size_t i;
	int code = 0;

	for (i = 0; i < s->n && code == 0; i++) {
		r = recording_of(s->v[i].bytes, s->v[i].len);
		code = tables_read(t, r, &why);
		if (code == -1)
			err_set(err, why.code, NULL, "%s, line %lld: %s",
			    s->v[i].name, (long long)recording_lineno(r),
			    why.text);
		recording_close(r);
	}
	return code;
}

static int
write_tables(struct cmd *c, const struct format *f, const struct sources *s,
    const struct outlet *out, struct err *err)
{
	struct tables t;
	char salt[33];
	int r;

	tables_init(&t);
	r = read_tables(s, &t, err);
	if (r == 0 && cmd_flag(c, "anonymous")) {
		cmd_key(salt);
		tables_anonymous(&t, salt);
	}
	if (r == 0)
		r = f->write(&t, out, err);
	tables_clear(&t);
	return r;
}

static char *
default_path(const struct format *f, const struct sources *s)
{
	if (!f->folder)
		return xstrdup("-");
	return s->live ? xasprintf("caucus-%s-%s", s->v->name, f->name)
		       : xasprintf("caucus-%s", f->name);
}

static int
export_tables(struct cmd *c, const struct format *f, const struct sources *s)
{
	const char *given = cmd_option(c, "output", 0);
	char *path = given != NULL ? xstrdup(given) : default_path(f, s);
	struct target target = {.c = c, .folder = f->folder, .path = path};
	struct outlet out = {.file = put_file,
	    .arg = &target,
	    .formulas = cmd_flag(c, "formulas")};
	bool back = s->n == 1 && came_as(s->v, f) && !cmd_flag(c, "anonymous");
	struct err err = {0};
	int r = 0;

	target.files = json_array();
	if (f->folder)
		r = make_folder(path, &err);
	if (r == 0)
		r = back ? write_back(s->v, &out, &err)
			 : write_tables(c, f, s, &out, &err);
	if (r == 0)
		say_files(&target);
	else
		r = cmd_fail(c,
		    err.code == ERR_INVALID_PARAMS ? EXIT_USAGE
		    : err.code == ERR_FILE	   ? EXIT_FILE
						   : EXIT_DIFFERS,
		    &err);
	json_decref(target.files);
	free(path);
	return r;
}

/* ---- one person ---- */

static int
export_person(struct cmd *c, const struct sources *s, const char *who)
{
	const char *given = cmd_option(c, "output", 0);
	struct err err;
	char *text, *whole;
	json_t *all;
	int r = EXIT_OK;

	if (s->n != 1)
		return cmd_usage(c, "--of is about one recording");
	all = share_person(s->v->bytes, s->v->len, who, &err);
	if (all == NULL)
		return cmd_fail(c,
		    err.code == ERR_NOT_FOUND ? EXIT_USAGE : EXIT_DIFFERS,
		    &err);
	text = json_dumps(all, JSON_INDENT(2));
	whole = xasprintf("%s\n", text);
	json_decref(all);
	free(text);
	if (given == NULL || strcmp(given, "-") == 0)
		fputs(whole, c->out.f);
	else if (place_write(given, whole, strlen(whole), &err) == -1)
		r = cmd_fail(c, EXIT_FILE, &err);
	free(whole);
	return r;
}

static int
no_format(struct cmd *c, const char *name)
{
	struct buf names = {0};
	int r;

	format_names(false, &names);
	r = cmd_usage(
	    c, "there is no format %s; these are: %s", name, names.data);
	buf_free(&names);
	return r;
}

int
cmd_export(struct cmd *c)
{
	const char *name = cmd_option(c, "format", 0);
	const char *of = cmd_option(c, "of", 0);
	const struct format *f = format_find(name != NULL ? name : "recording");
	struct sources s = {0};
	int r;

	if (f == NULL)
		return no_format(c, name);
	r = gather(c, &s);
	if (r == EXIT_OK) {
		if (of != NULL)
			r = export_person(c, &s, of);
		else if (f->write == NULL)
			r = export_recording(c, &s);
		else
			r = export_tables(c, f, &s);
	}
	sources_free(&s);
	return r;
}
