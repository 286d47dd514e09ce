#include "llm/endpoint.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "base/mem.h"
#include "llm/network.h"
#include "llm/provider.h"

#ifdef __SANITIZE_ADDRESS__
#define CAUCUS_SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CAUCUS_SANITIZED
#endif
#endif

#define KEY_MAX	  4096
#define MODEL_MAX 63

const char *const tokens_names[] = {
    "max_tokens", "max_completion_tokens", NULL};
const char *const reply_formats[] = {
    "json_schema", "json_object", "none", NULL};
static const char *const header_names[] = {
    "default", "authorization", "x-api-key", "api-key", "x-goog-api-key", NULL};
static const char *const key_headers[] = {
    [KEY_AUTHORIZATION] = "Authorization: Bearer %s",
    [KEY_X_API_KEY] = "x-api-key: %s",
    [KEY_API_KEY] = "api-key: %s",
    [KEY_X_GOOG_API_KEY] = "x-goog-api-key: %s",
};
static const char *const addresses_names[] = {"public", "private", "any", NULL};
static const char *const bool_names[] = {"no", "yes", NULL};

/* clang-format off */
const struct endpoint_setting endpoint_settings[] = {
	{ "provider", "the dialect it speaks", 0, 0, 0, NULL },
	{ "url", "base URL, such as https://llm.example.org/v1", 0, 0, 0, NULL },
	{ "model", "the model, as the provider calls it", 0, 0, 0, NULL },
	{ "key_file", "file that holds the key, mode 0600", 0, 0, 0, NULL },
	{ "key_env", "environment variable that holds the key", 0, 0, 0, NULL },
	{ "credential", "systemd credential that holds the key", 0, 0, 0, NULL },
	{ "proxy", "proxy URL; without it none, whatever the environment says", 0, 0, 0, NULL },
	{ "ca_file", "certificates to trust instead of the system's", 0, 0, 0, NULL },
	{ "local", "plain http is allowed", 0, 1, 0, bool_names },
	{ "addresses", "which may be connected to, however they were found", 0, 2, ADDRESSES_PUBLIC, addresses_names },
	{ "key_header", "the header that carries the key", 0, 4, KEY_DEFAULT, header_names },
	{ "api_version", "of the provider's API", 0, 0, 0, NULL },
	{ "context", "tokens of context to ask the server for; 0: its own", 0, 10000000, 16384, NULL },
	{ "sampling", "temperature and seed are sent", 0, 1, 1, bool_names },
	{ "logprobs", "it tells the log probabilities of tokens, so that ballots can be predicted from ratings", 0, 1, 0, bool_names },
	{ "format", "how the reply's shape is asked for", 0, 2, FORMAT_SCHEMA, reply_formats },
	{ "tokens_name", "what the reply's bound is called", 0, 1, 0, tokens_names },
	{ "window", "requests in flight at once, at most", 1, 1024, 32, NULL },
	{ "breaker", "failures in a row after which it is left alone for a while; 0: never", 0, 1000000, 5, NULL },
	{ "resend", "percent of the recent median latency after which a request is given up and sent anew, once; 0: never", 0, 100000, 0, NULL },
	{ "queue", "requests waiting for the window", 1, 1000000, 65536, NULL },
	{ "timeout_ms", "of one request", 100, 3600000, 120000, NULL },
	{ "connect_ms", "of that, to be connected", 100, 600000, 10000, NULL },
	{ .name = NULL },
};
/* clang-format on */

/* Where a row's value goes. */
static const struct {
	size_t offset;
	enum { TEXT, NUMBER, FLAG, PROVIDER } type;
} places[] = {
    {offsetof(struct endpoint, provider), PROVIDER},
    {offsetof(struct endpoint, url), TEXT},
    {offsetof(struct endpoint, model), TEXT},
    {offsetof(struct endpoint, key_file), TEXT},
    {offsetof(struct endpoint, key_env), TEXT},
    {offsetof(struct endpoint, credential), TEXT},
    {offsetof(struct endpoint, proxy), TEXT},
    {offsetof(struct endpoint, ca_file), TEXT},
    {offsetof(struct endpoint, local), FLAG},
    {offsetof(struct endpoint, addresses), NUMBER},
    {offsetof(struct endpoint, key_header), NUMBER},
    {offsetof(struct endpoint, api_version), TEXT},
    {offsetof(struct endpoint, context), NUMBER},
    {offsetof(struct endpoint, can.sampling), FLAG},
    {offsetof(struct endpoint, logprobs), FLAG},
    {offsetof(struct endpoint, can.format), NUMBER},
    {offsetof(struct endpoint, can.tokens_name), NUMBER},
    {offsetof(struct endpoint, window), NUMBER},
    {offsetof(struct endpoint, breaker), NUMBER},
    {offsetof(struct endpoint, resend), NUMBER},
    {offsetof(struct endpoint, queue), NUMBER},
    {offsetof(struct endpoint, timeout_ms), NUMBER},
    {offsetof(struct endpoint, connect_ms), NUMBER},
};

static void *
place_of(struct endpoint *e, size_t row)
{
	return (char *)e + places[row].offset;
}

/* ---- making and setting ---- */

struct endpoint *
endpoint_new(const char *name, struct err *err)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789._-";
	size_t n = strlen(name), i;
	struct endpoint *e;

	if (n == 0 || n >= ENDPOINT_NAME_MAX || strspn(name, letters) != n ||
	    strcmp(name, ENDPOINT_OFFLINE) == 0) {
		err_set(err, ERR_BAD_SETTING, "endpoint",
		    "an endpoint's name is 1 to %d of a-z 0-9 . _ - and not "
		    "\"offline\"",
		    ENDPOINT_NAME_MAX - 1);
		return NULL;
	}
	e = xcalloc(1, sizeof(*e));
	strlcpy(e->name, name, sizeof(e->name));
	e->provider = provider_find(NULL);
	e->can.alternatives = true;
	for (i = 0; endpoint_settings[i].name != NULL; i++)
		if (places[i].type == NUMBER)
			*(int64_t *)place_of(e, i) = endpoint_settings[i].def;
		else if (places[i].type == FLAG)
			*(bool *)place_of(e, i) = endpoint_settings[i].def != 0;
	return e;
}

static int
bad(const struct endpoint *e, const char *setting, struct err *err,
    const char *what)
{
	return err_set(err, ERR_BAD_SETTING, setting, "endpoint %s: %s %s",
	    e->name, setting, what);
}

/* A number or the place of a choice; -1. */
static int64_t
read_number(const struct endpoint_setting *row, const char *value)
{
	long long v;
	char *end;
	int i;

	for (i = 0; row->choices != NULL && row->choices[i] != NULL; i++)
		if (strcmp(row->choices[i], value) == 0)
			return i;
	if (row->choices != NULL || value[0] == '\0')
		return -1;
	errno = 0;
	v = strtoll(value, &end, 10);
	return errno == 0 && *end == '\0' && v >= row->min && v <= row->max
		   ? v
		   : -1;
}

static int
bad_number(const struct endpoint *e, const struct endpoint_setting *row,
    struct err *err)
{
	char text[160] = "takes one of:";

	if (row->choices == NULL)
		snprintf(text, sizeof(text),
		    "takes a whole number from %lld to %lld",
		    (long long)row->min, (long long)row->max);
	for (int i = 0; row->choices != NULL && row->choices[i] != NULL; i++) {
		strlcat(text, " ", sizeof(text));
		strlcat(text, row->choices[i], sizeof(text));
	}
	return bad(e, row->name, err, text);
}

int
endpoint_set(
    struct endpoint *e, const char *setting, const char *value, struct err *err)
{
	const struct endpoint_setting *row;
	const struct provider *p;
	int64_t v;
	size_t i;

	for (i = 0; endpoint_settings[i].name != NULL; i++)
		if (strcmp(endpoint_settings[i].name, setting) == 0)
			break;
	row = &endpoint_settings[i];
	if (row->name == NULL)
		return err_set(err, ERR_UNKNOWN_SETTING, "endpoint",
		    "endpoint %s: there is no setting %.40s; caucusd.conf(5) "
		    "lists them",
		    e->name, setting);
	if (places[i].type == PROVIDER) {
		p = provider_find(value);
		if (p == NULL || p->body == NULL)
			return bad(e, "provider", err, "is not known here");
		e->provider = p;
		return 0;
	}
	if (places[i].type == TEXT) {
		free(*(char **)place_of(e, i));
		*(char **)place_of(e, i) = xstrdup(value);
		return 0;
	}
	v = read_number(row, value);
	if (v == -1)
		return bad_number(e, row, err);
	if (places[i].type == FLAG)
		*(bool *)place_of(e, i) = v != 0;
	else
		*(int64_t *)place_of(e, i) = v;
	return 0;
}

void
endpoint_get(const struct endpoint *e, size_t i, char *out, size_t size)
{
	const struct endpoint_setting *row = &endpoint_settings[i];
	const void *at = (const char *)e + places[i].offset;
	const char *text = NULL;
	int64_t v;

	if (places[i].type == PROVIDER)
		text = e->provider->name;
	else if (places[i].type == TEXT)
		text = *(char *const *)at;
	if (places[i].type == PROVIDER || places[i].type == TEXT) {
		strlcpy(out, text != NULL ? text : "", size);
		return;
	}
	v = places[i].type == FLAG ? *(const bool *)at : *(const int64_t *)at;
	if (row->choices != NULL)
		strlcpy(out, row->choices[v], size);
	else
		snprintf(out, size, "%lld", (long long)v);
}

/* ---- the key ---- */

/* From here on no core of this process is written, for libcurl has the key
 * too.  The leak checker of sanitizers needs what that forbids. */
static void
keep_key(struct endpoint *e, const char *bytes, size_t n)
{
	e->key = xstrndup(bytes, n);
#ifndef CAUCUS_SANITIZED
	prctl(PR_SET_DUMPABLE, 0);
#endif
}

/* Takes the bytes of a key; they are wiped in any case. */
static int
take_key(struct endpoint *e, const char *setting, char *bytes, struct err *err)
{
	size_t n = strcspn(bytes, "\r\n"), rest = strlen(bytes), i;
	int r = 0;

	/* What stands in a header must not end it. */
	for (i = 0; i < n; i++)
		if (bytes[i] <= ' ' || bytes[i] > '~')
			r = -1;
	if (r == -1 || n == 0 || strspn(bytes + n, "\r\n") != rest - n)
		r = bad(e, setting, err,
		    "must hold the key alone, printable and on one line");
	else
		keep_key(e, bytes, n);
	explicit_bzero(bytes, rest);
	return r;
}

static int
key_from_file(struct endpoint *e, const char *setting, const char *path,
    bool strict, struct err *err)
{
	char bytes[KEY_MAX + 1];
	struct stat st;
	ssize_t n = -1;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd == -1)
		return bad(e, setting, err, strerror(errno));
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode)) {
		close(fd);
		return bad(e, setting, err, "is no regular file");
	}
	if (strict && (st.st_mode & 077) != 0) {
		close(fd);
		return bad(e, setting, err,
		    "may be read by others: chmod 600 it, and replace the key "
		    "if they may have read it");
	}
	n = read(fd, bytes, KEY_MAX);
	close(fd);
	if (n < 0)
		return bad(e, setting, err, "cannot be read");
	bytes[n] = '\0';
	return take_key(e, setting, bytes, err);
}

static int
key_from_env(struct endpoint *e, struct err *err)
{
	const char *v = getenv(e->key_env);
	char bytes[KEY_MAX + 1];

	if (v == NULL || v[0] == '\0')
		return bad(
		    e, "key_env", err, "names a variable that is not set");
	if (strlcpy(bytes, v, sizeof(bytes)) >= sizeof(bytes))
		return bad(e, "key_env", err, "is too long for a key");
	return take_key(e, "key_env", bytes, err);
}

static int
key_from_credential(struct endpoint *e, struct err *err)
{
	const char *dir = getenv("CREDENTIALS_DIRECTORY");
	char path[PATH_MAX];

	if (dir == NULL || dir[0] != '/')
		return bad(e, "credential", err,
		    "needs $CREDENTIALS_DIRECTORY, which systemd sets for "
		    "LoadCredential=");
	if (e->credential[0] == '.' || strchr(e->credential, '/') != NULL)
		return bad(e, "credential", err, "is a name, not a path");
	snprintf(path, sizeof(path), "%s/%s", dir, e->credential);
	return key_from_file(e, "credential", path, false, err);
}

static int
load_key(struct endpoint *e, struct err *err)
{
	if ((e->key_file != NULL) + (e->key_env != NULL) +
		(e->credential != NULL) >
	    1)
		return bad(e, "key_file", err,
		    "and key_env and credential exclude each other");
	if (e->key_file != NULL)
		return key_from_file(e, "key_file", e->key_file, true, err);
	if (e->key_env != NULL)
		return key_from_env(e, err);
	return e->credential != NULL ? key_from_credential(e, err) : 0;
}

/* ---- the whole ---- */

/* The network of a host that is written as an address; a name's is known when
 * it is connected to. */
static enum network
network_of_host(const char *host)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
	char bare[64] = "";

	if (strcmp(host, "localhost") == 0)
		return NETWORK_LOOPBACK;
	if (inet_pton(AF_INET, host, &in.sin_addr) == 1)
		return network_of((const struct sockaddr *)&in);
	if (host[0] == '[') {
		strlcpy(bare, host + 1, sizeof(bare));
		bare[strcspn(bare, "]%")] = '\0';
	}
	if (inet_pton(AF_INET6, bare, &in6.sin6_addr) == 1)
		return network_of((const struct sockaddr *)&in6);
	return NETWORK_PUBLIC;
}

static int
check_host(struct endpoint *e, const char *host, struct err *err)
{
	enum network n = network_of_host(host);
	const char *why, *setting;
	char text[160];

	e->host = xstrdup(host);
	e->loopback = n == NETWORK_LOOPBACK;
	if (e->proxy != NULL || network_allows(e, n, &why, &setting))
		return 0;
	snprintf(text, sizeof(text), "is no public address; to allow it say %s",
	    setting);
	return bad(e, "url", err, text);
}

static int
check_parts(const struct endpoint *e, CURLU *u, const char *scheme,
    const char *host, struct err *err)
{
	static const struct {
		CURLUPart part;
		const char *what;
	} unwanted[] = {
	    {CURLUPART_USER, "must not hold a user: use key_file"},
	    {CURLUPART_PASSWORD, "must not hold a password: use key_file"},
	    {CURLUPART_QUERY, "must not hold a query: no keys in URLs"},
	    {CURLUPART_FRAGMENT, "must not hold a fragment"},
	};
	char *found = NULL;

	for (size_t i = 0; i < sizeof(unwanted) / sizeof(*unwanted); i++)
		if (curl_url_get(u, unwanted[i].part, &found, 0) == CURLUE_OK) {
			curl_free(found);
			return bad(e, "url", err, unwanted[i].what);
		}
	if (strcmp(scheme, "https") == 0)
		return 0;
	if (strcmp(scheme, "http") != 0)
		return bad(
		    e, "url", err, "must begin with https:// or http://");
	if (!e->local && network_of_host(host) != NETWORK_LOOPBACK)
		return bad(e, "url", err,
		    "is not encrypted; https is needed unless the endpoint "
		    "says local = yes");
	return 0;
}

/* Takes the host out of the URL; -1 and why. */
static int
check_url(struct endpoint *e, struct err *err)
{
	char *scheme = NULL, *host = NULL;
	CURLU *u = curl_url();
	int r;

	if (curl_url_set(u, CURLUPART_URL, e->url, 0) != CURLUE_OK ||
	    curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
	    curl_url_get(u, CURLUPART_HOST, &host, 0) != CURLUE_OK)
		r = bad(e, "url", err,
		    "is no URL such as https://llm.example.org/v1");
	else if (check_parts(e, u, scheme, host, err) == -1)
		r = -1;
	else
		r = check_host(e, host, err);
	curl_free(scheme);
	curl_free(host);
	curl_url_cleanup(u);
	return r;
}

int
endpoint_ready(struct endpoint *e, struct err *err)
{
	size_t n;

	if (e->url == NULL || e->url[0] == '\0')
		return bad(e, "url", err,
		    "is missing: the whole base URL, such as "
		    "https://llm.example.org/v1");
	if (e->model == NULL || !json_identifier(e->model, MODEL_MAX))
		return bad(e, "model", err,
		    "is missing, or not 1 to 63 printable ASCII characters");
	for (n = strlen(e->url); n > 0 && e->url[n - 1] == '/'; n--)
		e->url[n - 1] = '\0';
	if (check_url(e, err) == -1)
		return -1;
	if (e->api_version != NULL && !json_identifier(e->api_version, 31))
		return bad(e, "api_version", err,
		    "is not 1 to 31 printable ASCII characters");
	if (e->api_version != NULL && e->provider->version_header == NULL)
		return bad(
		    e, "api_version", err, "is not asked for by this provider");
	return load_key(e, err);
}

const char *
endpoint_version(const struct endpoint *e)
{
	return e->api_version != NULL ? e->api_version : e->provider->version;
}

bool
endpoint_bearer(const struct endpoint *e)
{
	/* Versions are dates: in order as texts. */
	return e->provider->version_bearer != NULL &&
	       strcmp(endpoint_version(e), e->provider->version_bearer) >= 0;
}

const char *
endpoint_key_header(const struct endpoint *e)
{
	if (e->key_header != KEY_DEFAULT)
		return key_headers[e->key_header];
	return key_headers[endpoint_bearer(e) ? KEY_AUTHORIZATION
					      : e->provider->key_header];
}

bool
capabilities_equal(const struct capabilities *a, const struct capabilities *b)
{
	return a->sampling == b->sampling &&
	       a->alternatives == b->alternatives && a->format == b->format &&
	       a->tokens_name == b->tokens_name;
}

bool
endpoint_learn(
    struct endpoint *e, const struct capabilities *sent, unsigned refused)
{
	struct capabilities *can = &e->can;

	/* Who renames the bound has mostly given up sampling too. */
	if ((refused & (PARAMETER_SAMPLING | PARAMETER_TOKENS)) != 0)
		can->sampling = can->alternatives = e->logprobs = false;
	if ((refused & PARAMETER_TOKENS) != 0 && sent->tokens_name == 0)
		can->tokens_name = 1;
	if ((refused & PARAMETER_FORMAT) != 0 && can->format == sent->format &&
	    can->format < FORMAT_NONE)
		can->format++;
	return refused != 0 && !capabilities_equal(sent, can);
}

struct endpoint *
endpoint_offline(void)
{
	struct endpoint *e = xcalloc(1, sizeof(*e));

	strlcpy(e->name, ENDPOINT_OFFLINE, sizeof(e->name));
	e->provider = provider_find(ENDPOINT_OFFLINE);
	return e;
}

void
endpoint_free(struct endpoint *e)
{
	if (e == NULL)
		return;
	if (e->key != NULL)
		explicit_bzero(e->key, strlen(e->key));
	free(e->key);
	free(e->url);
	free(e->host);
	free(e->model);
	free(e->key_file);
	free(e->key_env);
	free(e->credential);
	free(e->proxy);
	free(e->ca_file);
	free(e->api_version);
	free(e);
}

char *
endpoint_words(const struct endpoint *e, const struct messages *m)
{
	if (e->provider->body == NULL)
		return xstrdup(message(m, MSG_DRAFTER_OFFLINE));
	return message_text(m, MSG_DRAFTER_MODEL, "model", e->model, "host",
	    e->host, "endpoint", e->name, NULL);
}
