#include "client/embed.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/mem.h"
#include "client/place.h"

#define REPLY_MAX ((size_t)64 << 20) /* bytes */
#define KEY_MAX	  ((size_t)4096)

struct embed {
	CURL *curl;
	struct curl_slist *headers;
	const char *model;
	struct buf reply;
};

static size_t
reply_cb(char *bytes, size_t size, size_t n, void *arg)
{
	struct buf *b = arg;

	(void)size; /* always 1 */
	if (n > REPLY_MAX - b->len)
		return 0;
	buf_add(b, bytes, n);
	return n;
}

/* The key in a header; it stands nowhere else. */
static int
add_key(struct embed *e, const char *key_file, struct err *err)
{
	struct stat st;
	char *key, *header;
	size_t len;

	if (key_file == NULL)
		return 0;
	if (stat(key_file, &st) == 0 && (st.st_mode & 077) != 0)
		return err_set(err, ERR_FILE, "key-file",
		    "%s can be read by others: chmod 600 it", key_file);
	key = place_read(key_file, KEY_MAX, &len, err);
	if (key == NULL)
		return -1;
	key[strcspn(key, "\r\n")] = '\0';
	header = xasprintf("Authorization: Bearer %s", key);
	e->headers = curl_slist_append(e->headers, header);
	explicit_bzero(key, len);
	explicit_bzero(header, strlen(header));
	free(key);
	free(header);
	return 0;
}

static int
embed_open(
    struct embed *e, const char *url, const char *key_file, struct err *err)
{
	size_t n = strlen(url);
	char *whole;

	e->headers = curl_slist_append(NULL, "Content-Type: application/json");
	if (add_key(e, key_file, err) == -1)
		return -1;
	e->curl = curl_easy_init();
	if (e->curl == NULL)
		return err_set(
		    err, ERR_INTERNAL, NULL, "libcurl does not start");
	whole = xasprintf(
	    "%s%sembeddings", url, n > 0 && url[n - 1] == '/' ? "" : "/");
	curl_easy_setopt(e->curl, CURLOPT_URL, whole);
	free(whole);
	curl_easy_setopt(e->curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(e->curl, CURLOPT_HTTPHEADER, e->headers);
	curl_easy_setopt(e->curl, CURLOPT_WRITEFUNCTION, reply_cb);
	curl_easy_setopt(e->curl, CURLOPT_WRITEDATA, &e->reply);
	curl_easy_setopt(e->curl, CURLOPT_CONNECTTIMEOUT, 10L);
	curl_easy_setopt(e->curl, CURLOPT_TIMEOUT, 60L);
	curl_easy_setopt(e->curl, CURLOPT_NOSIGNAL, 1L);
	return 0;
}

static void
embed_close(struct embed *e)
{
	curl_easy_cleanup(e->curl);
	curl_slist_free_all(e->headers);
	buf_free(&e->reply);
}

static bool
is_vector(const json_t *v)
{
	const json_t *x;
	size_t i;

	json_array_foreach(v, i, x)
		if (!json_is_number(x))
			return false;
	return json_array_size(v) > 0;
}

/* Places data[].embedding under its text; how many found theirs. */
static size_t
take_vectors(const json_t *reply, const json_t *texts, size_t from, size_t n,
    json_t *out)
{
	const json_t *data = json_object_get(reply, "data"), *item, *v;
	const char *text;
	json_int_t at;
	size_t i, found = 0;

	json_array_foreach(data, i, item) {
		at = json_integer_value(json_object_get(item, "index"));
		v = json_object_get(item, "embedding");
		if (at < 0 || (size_t)at >= n || !is_vector(v))
			continue;
		text =
		    json_string_value(json_array_get(texts, from + (size_t)at));
		found += json_object_get(out, text) == NULL;
		json_object_set(out, text, (json_t *)v);
	}
	return found;
}

static int
embed_some(struct embed *e, const json_t *texts, size_t from, size_t n,
    json_t *out, struct err *err)
{
	json_t *input = json_array(), *request, *reply;
	long status = 0;
	char *body;
	size_t i;
	CURLcode code;

	for (i = 0; i < n; i++)
		json_array_append(input, json_array_get(texts, from + i));
	request = json_pack("{s:s,s:o}", "model", e->model, "input", input);
	body = json_dumps(request, JSON_COMPACT);
	json_decref(request);
	buf_reset(&e->reply);
	curl_easy_setopt(e->curl, CURLOPT_POSTFIELDS, body);
	code = curl_easy_perform(e->curl);
	free(body);
	if (code != CURLE_OK)
		return err_set(err, ERR_STALE, "embeddings",
		    "the endpoint of embeddings does not answer: %s",
		    curl_easy_strerror(code));
	curl_easy_getinfo(e->curl, CURLINFO_RESPONSE_CODE, &status);
	reply = json_loadb(e->reply.data, e->reply.len, 0, NULL);
	i = status == 200 ? take_vectors(reply, texts, from, n, out) : 0;
	json_decref(reply);
	if (i == n)
		return 0;
	return err_set(err, ERR_BROKEN, "embeddings",
	    "the endpoint answered with status %ld and %zu vectors for %zu "
	    "texts",
	    status, i, n);
}

json_t *
embed_texts(const char *url, const char *model, const char *key_file,
    const json_t *texts, struct err *err)
{
	size_t from, n = json_array_size(texts), some;
	struct embed e = {.model = model};
	json_t *out = json_object();
	int r = embed_open(&e, url, key_file, err);

	for (from = 0; r == 0 && from < n; from += some) {
		some = n - from < EMBED_BATCH ? n - from : EMBED_BATCH;
		r = embed_some(&e, texts, from, some, out, err);
	}
	embed_close(&e);
	if (r == 0)
		return out;
	json_decref(out);
	return NULL;
}
