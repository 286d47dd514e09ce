/*
 * An endpoint: where a language model is had, and under which conditions.
 * Plain settings, one table; a configuration file's section [endpoint NAME]
 * and the options of caucusd(8) fill it.
 */
#ifndef LLM_ENDPOINT_H
#define LLM_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/message.h"

struct provider;

#define ENDPOINT_NAME_MAX 32
#define ENDPOINT_OFFLINE  "offline" /* the built-in drafter, always there */

/* How the shape of the reply is asked for. */
enum reply_format { FORMAT_SCHEMA, FORMAT_OBJECT, FORMAT_NONE };

/* What the headers that carry keys are called. */
enum key_header {
	KEY_DEFAULT, /* the provider's */
	KEY_AUTHORIZATION,
	KEY_X_API_KEY,
	KEY_API_KEY,
	KEY_X_GOOG_API_KEY
};

/* Which addresses may be connected to (llm/network.h). */
enum addresses { ADDRESSES_PUBLIC, ADDRESSES_PRIVATE, ADDRESSES_ANY };

/* What its model takes: as set, then as learnt from its refusals. */
struct capabilities {
	bool sampling;		     /* temperature and seed */
	bool alternatives;	     /* log probabilities, where wanted */
	int64_t format, tokens_name; /* rows of their choices */
};

bool
capabilities_equal(const struct capabilities *a, const struct capabilities *b);

struct endpoint {
	char name[ENDPOINT_NAME_MAX];
	const struct provider *provider;
	char *url;   /* base, without a slash at its end */
	char *host;  /* of the url, for the terms */
	char *model; /* as the provider calls it; an identifier */
	char *key_file, *key_env, *credential; /* where the key is */
	char *key;			       /* secret; NULL: none is sent */
	char *proxy, *ca_file;		       /* NULL: none, the system's */
	bool local;			       /* may be plain http, private */
	bool loopback;			       /* the url says this machine */
	int64_t addresses;		       /* enum addresses */
	int64_t key_header;		       /* enum key_header */
	char *api_version;		       /* NULL: the provider's */
	int64_t context;		       /* tokens; 0: the server's */
	struct capabilities can;
	bool logprobs;	    /* tells the log probabilities of tokens */
	int64_t window;	    /* requests in flight at once */
	int64_t resend;	    /* percent of the median latency; 0: never */
	int64_t breaker;    /* failures in a row that open it; 0: none */
	int64_t queue;	    /* requests waiting for the window */
	int64_t timeout_ms; /* of one request, from its sending */
	int64_t connect_ms; /* of that, to be connected */
};

/* A row for each setting, ended by a NULL name: the manual's table. */
struct endpoint_setting {
	const char *name, *help;
	int64_t min, max, def;	    /* numbers and choices */
	const char *const *choices; /* NULL-terminated, or NULL */
};
extern const struct endpoint_setting endpoint_settings[];
extern const char *const tokens_names[];  /* "max_tokens", … */
extern const char *const reply_formats[]; /* "json_schema", … */

/* A name is 1..31 of a-z 0-9 . _ - and not "offline"; NULL otherwise. */
struct endpoint *endpoint_new(const char *name, struct err *err);
/* ERR_UNKNOWN_SETTING, ERR_BAD_SETTING naming setting and endpoint. */
int endpoint_set(struct endpoint *e, const char *setting, const char *value,
    struct err *err);
/* The value of row i of endpoint_settings as a file would say it; "" when it
 * is not set.  Never the key. */
void endpoint_get(const struct endpoint *e, size_t i, char *out, size_t size);
/*
 * Checks the whole and reads the key: from key_file (a regular file that only
 * its owner may read), the environment variable key_env, or the file
 * `credential` in $CREDENTIALS_DIRECTORY.  To be called once, before use.
 */
int endpoint_ready(struct endpoint *e, struct err *err);
/* printf format of the header that carries the key; the version it speaks, or
 * NULL; whether that is one where the key is a bearer's. */
const char *endpoint_key_header(const struct endpoint *e);
const char *endpoint_version(const struct endpoint *e);
bool endpoint_bearer(const struct endpoint *e);
/*
 * Learns from a refusal of a request that was sent with `sent` which
 * parameters (enum parameter) the model does not take: the sampling parameters
 * go together, for they are refused one after the other.  Whether the endpoint
 * now is asked otherwise than it was: then it is worth another try.
 */
bool endpoint_learn(
    struct endpoint *e, const struct capabilities *sent, unsigned refused);
void endpoint_free(struct endpoint *e); /* wipes the key; NULL is fine */

/* The built-in drafter's. */
struct endpoint *endpoint_offline(void);

/* Who reads the texts, for the terms, in words.  Fresh (free(3)). */
char *endpoint_words(const struct endpoint *e, const struct messages *m);

#endif
