#include "client/editor.h"

#include <errno.h>
#include <histedit.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"

#define HISTORY_LINES 200
#define TICK_MS	      1000
#define PASTE_MS      50 /* the rest of a terminal's message follows at once */
#define LINE_BYTES    ((size_t)1 << 20)
#define KILL_LINE     0x15 /* Ctrl-U */

#define PASTE_ON    "\033[?2004h"
#define PASTE_OFF   "\033[?2004l"
#define PASTE_BEGIN "\033[200~"
#define PASTE_END   "\033[201~"

struct editor {
	const struct editor_calls *calls;
	bool plain;
	bool ended;   /* no more input */
	bool typing;  /* inside el_gets: the prompt stands there */
	bool hidden;  /* … but was taken away */
	bool pasting; /* between the terminal's marks */
	char *prompt, *shown;
	struct buf in; /* bytes read and not yet taken */
	EditLine *el;  /* NULL: no terminal */
	History *history;
	char *word; /* being completed */
};

/* A handler can tell nobody else: signals belong to the program. */
static volatile sig_atomic_t interrupted, resized, resumed, told_to_stop;

static void
signal_cb(int sig)
{
	if (sig == SIGINT)
		interrupted = 1;
	else if (sig == SIGWINCH)
		resized = 1;
	else if (sig == SIGCONT)
		resumed = 1;
	else
		told_to_stop = 1;
}

static void
catch_signals(void)
{
	static const int which[] = {SIGINT, SIGWINCH, SIGCONT, SIGTERM, SIGHUP};
	struct sigaction act = {.sa_handler = signal_cb};
	size_t i;

	for (i = 0; i < sizeof which / sizeof *which; i++)
		sigaction(which[i], &act, NULL);
}

/* ---- what stands on the terminal ---- */

static int
columns_now(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	return 80;
}

/* Rows below the first where the cursor stands. */
static int
rows_above_cursor(const struct editor *e)
{
	const LineInfo *line = el_line(e->el);
	char *before =
	    xstrndup(line->buffer, (size_t)(line->cursor - line->buffer));
	size_t at = text_width(e->shown) + text_width(before);

	free(before);
	return (int)(at / (size_t)columns_now());
}

static bool
line_is_empty(const struct editor *e)
{
	const LineInfo *line = el_line(e->el);

	return line->lastchar == line->buffer;
}

bool
editor_busy(const struct editor *e)
{
	return e->plain && e->el != NULL && e->typing && !line_is_empty(e);
}

void
editor_hide(struct editor *e)
{
	int up;

	if (e->el == NULL || !e->typing || e->hidden)
		return;
	if (e->plain) {
		fputs("\n", stdout);
	} else {
		up = rows_above_cursor(e);
		if (up > 0)
			fprintf(stdout, "\033[%dA", up);
		fputs("\r\033[J", stdout);
	}
	e->hidden = true;
}

static void
show_again(struct editor *e)
{
	if (!e->hidden)
		return;
	fflush(stdout);
	e->hidden = false;
	free(e->shown);
	e->shown = xstrdup(e->prompt);
	if (e->plain) {
		fputs(e->prompt, stdout);
		fflush(stdout);
	} else
		el_set(e->el, EL_REFRESH);
}

void
editor_prompt(struct editor *e, const char *prompt)
{
	char *said = text_printable(prompt, strlen(prompt));

	if (strcmp(e->prompt, said) == 0) {
		free(said);
		return;
	}
	free(e->prompt);
	e->prompt = said;
	if (!e->typing || editor_busy(e))
		return;
	editor_hide(e);
	show_again(e);
}

bool
editor_plain(const struct editor *e)
{
	return e->plain;
}

/* ---- waiting for keys ---- */

static void
after_signals(struct editor *e)
{
	if (resized && e->el != NULL)
		el_resize(e->el);
	if (resumed && e->el != NULL && e->typing && !e->plain) {
		el_set(e->el, EL_PREP_TERM, 1);
		e->hidden = true;
	}
	resized = resumed = 0;
	if (told_to_stop)
		e->ended = true;
}

static void
read_bytes(struct editor *e)
{
	char chunk[4096];
	ssize_t n = read(STDIN_FILENO, chunk, sizeof chunk);

	if (n > 0)
		buf_add(&e->in, chunk, (size_t)n);
	else if (n == 0 || (errno != EINTR && errno != EAGAIN))
		e->ended = true;
}

/* Until there are bytes, the end, or an interrupt. */
static void
wait_for_bytes(struct editor *e)
{
	struct pollfd p[2];
	int r;

	while (!e->ended && !interrupted) {
		after_signals(e);
		if (!e->calls->idle(e->calls->arg))
			e->ended = true;
		show_again(e);
		if (e->ended)
			return;
		p[0] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
		p[1] = (struct pollfd){
		    .fd = e->calls->fd(e->calls->arg), .events = POLLIN};
		r = poll(p, 2, TICK_MS);
		if (r > 0 && p[0].revents != 0) {
			read_bytes(e);
			return;
		}
	}
}

static void
drop_bytes(struct editor *e, size_t n)
{
	memmove(e->in.data, e->in.data + n, e->in.len - n);
	e->in.len -= n;
}

static bool
starts_mark(const struct editor *e, const char *mark)
{
	size_t n = strlen(mark);

	return memcmp(e->in.data, mark, e->in.len < n ? e->in.len : n) == 0;
}

/* The terminal tells where a paste begins and ends; true when such a mark was
 * taken away. */
static bool
take_mark(struct editor *e)
{
	struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};
	const char *mark = e->pasting ? PASTE_END : PASTE_BEGIN;

	if (e->in.data[0] != '\033')
		return false;
	while (e->in.len < strlen(mark) && starts_mark(e, mark) && !e->ended &&
	       poll(&p, 1, PASTE_MS) > 0)
		read_bytes(e);
	if (e->in.len < strlen(mark) || !starts_mark(e, mark))
		return false;
	e->pasting = !e->pasting;
	drop_bytes(e, strlen(mark));
	return true;
}

/* The next character of the bytes: 1, or 0 when more are needed. */
static int
take_char(struct editor *e, wchar_t *out)
{
	mbstate_t state = {0};
	size_t n;

	while (e->in.len > 0) {
		if (take_mark(e))
			continue;
		n = mbrtowc(out, e->in.data, e->in.len, &state);
		if (n == (size_t)-2)
			return 0;
		if (n == (size_t)-1) {
			state = (mbstate_t){0};
			drop_bytes(e, 1);
			continue;
		}
		drop_bytes(e, n > 0 ? n : 1);
		/* Inside a paste no key does anything but write. */
		if (e->pasting && (*out < ' ' || *out == 0x7f))
			*out = ' ';
		return 1;
	}
	return 0;
}

static int
key_cb(EditLine *el, wchar_t *out)
{
	struct editor *e;

	el_get(el, EL_CLIENTDATA, &e);
	while (take_char(e, out) == 0) {
		wait_for_bytes(e);
		if (interrupted) {
			interrupted = 0;
			if (line_is_empty(e))
				e->ended = true;
			*out = KILL_LINE;
			return e->ended ? 0 : 1;
		}
		if (e->ended && e->in.len == 0)
			return 0;
		if (e->ended)
			buf_reset(&e->in);
	}
	return 1;
}

/* ---- the line ---- */

static char *
prompt_cb(EditLine *el)
{
	struct editor *e;

	el_get(el, EL_CLIENTDATA, &e);
	return e->shown;
}

/* The one word it can be, or as far as all agree. */
static size_t
common_start(const struct editor *e, const char **first, size_t *n)
{
	const char *word;
	size_t len = 0, k;

	for (*n = 0;
	     (word = e->calls->complete(e->calls->arg, e->word, *n)) != NULL;
	     ++*n) {
		if (*n == 0) {
			*first = word;
			len = strlen(word);
			continue;
		}
		for (k = 0; k < len && (*first)[k] == word[k]; k++)
			continue;
		len = k;
	}
	return len;
}

static unsigned char
complete_cb(EditLine *el, int key)
{
	const LineInfo *line = el_line(el);
	const char *first = NULL;
	struct editor *e;
	size_t n, len;
	char *more;

	(void)key;
	el_get(el, EL_CLIENTDATA, &e);
	free(e->word);
	e->word = xstrndup(line->buffer, (size_t)(line->cursor - line->buffer));
	len = common_start(e, &first, &n);
	if (n == 0 || len < strlen(e->word))
		return CC_REFRESH_BEEP;
	more = xstrndup(first + strlen(e->word), len - strlen(e->word));
	if (*more != '\0')
		el_insertstr(el, more);
	if (n == 1)
		el_insertstr(el, " ");
	free(more);
	return n == 1 || len > strlen(e->word) ? CC_REFRESH : CC_REFRESH_BEEP;
}

static void
set_up(struct editor *e)
{
	HistEvent ev;

	e->history = history_init();
	history(e->history, &ev, H_SETSIZE, HISTORY_LINES);
	history(e->history, &ev, H_SETUNIQUE, 1);
	e->el = el_init("caucus", stdin, stdout, stderr);
	el_set(e->el, EL_CLIENTDATA, e);
	el_set(e->el, EL_SIGNAL, 0);
	if (e->plain)
		el_set(e->el, EL_TERMINAL, "dumb");
	el_set(e->el, EL_EDITOR, "emacs");
	el_set(e->el, EL_PROMPT, prompt_cb);
	el_set(e->el, EL_HIST, history, e->history);
	el_set(e->el, EL_GETCFN, key_cb);
	/* The narrow el_set would copy the names, and lose the copies. */
	el_wset(e->el, EL_ADDFN, L"caucus-complete", L"complete", complete_cb);
	el_set(e->el, EL_BIND, "^I", "caucus-complete", NULL);
	if (!e->plain)
		fputs(PASTE_ON, stdout);
}

struct editor *
editor_open(bool plain, const struct editor_calls *calls)
{
	struct editor *e = xcalloc(1, sizeof *e);
	const char *kind = getenv("TERM");

	/* Any script can be typed: without a locale it is UTF-8 all the same.
	 */
	setlocale(LC_CTYPE, "");
	if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
		setlocale(LC_CTYPE, "C.UTF-8");
	e->calls = calls;
	e->prompt = xstrdup("");
	e->shown = xstrdup("");
	e->plain =
	    plain || kind == NULL || *kind == '\0' || strcmp(kind, "dumb") == 0;
	catch_signals();
	if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
		set_up(e);
	else
		e->plain = true;
	return e;
}

void
editor_close(struct editor *e)
{
	if (e == NULL)
		return;
	if (e->el != NULL) {
		if (!e->plain)
			fputs(PASTE_OFF, stdout);
		fflush(stdout);
		el_end(e->el);
		history_end(e->history);
	}
	buf_free(&e->in);
	free(e->prompt);
	free(e->shown);
	free(e->word);
	free(e);
}

/* Without a terminal. */
static char *
plain_line(struct editor *e)
{
	char *end, *line;
	size_t n;

	for (;;) {
		end =
		    e->in.len > 0 ? memchr(e->in.data, '\n', e->in.len) : NULL;
		if (end != NULL || e->ended || e->in.len > LINE_BYTES)
			break;
		wait_for_bytes(e);
		if (interrupted)
			e->ended = true;
	}
	if (end == NULL && e->in.len == 0)
		return NULL;
	n = end != NULL ? (size_t)(end - e->in.data) : e->in.len;
	line = xstrndup(e->in.data, n);
	drop_bytes(e, end != NULL ? n + 1 : n);
	return line;
}

char *
editor_line(struct editor *e)
{
	const char *got;
	HistEvent ev;
	char *line;
	int n = 0;

	if (e->el == NULL)
		return plain_line(e);
	free(e->shown);
	e->shown = xstrdup(e->prompt);
	e->typing = true;
	e->hidden = false;
	fflush(stdout);
	got = el_gets(e->el, &n);
	e->typing = false;
	if (got == NULL || n <= 0 || e->ended) {
		fputs("\n", stdout);
		return NULL;
	}
	line = xstrdup(got);
	line[strcspn(line, "\r\n")] = '\0';
	if (*line != '\0')
		history(e->history, &ev, H_ENTER, line);
	return line;
}
