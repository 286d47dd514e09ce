#include "net/rpc.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "base/message.h"

/* An id of the wrong type stays null in *m: there is nothing to echo. */
static int
read_id(struct rpc_message *m, struct err *err)
{
	json_t *id = json_object_get(m->root, "id");

	if (id == NULL)
		return 0;
	if (json_is_string(id) && json_string_length(id) > RPC_ID_MAX)
		return err_set(err, ERR_INVALID_REQUEST, "id",
		    "an id has at most %d bytes; use a shorter one",
		    RPC_ID_MAX);
	if (!json_is_string(id) && !json_is_integer(id) && !json_is_null(id))
		return err_set(err, ERR_INVALID_REQUEST, "id",
		    "id must be a string, a whole number or null");
	m->id = json_incref(id);
	return 0;
}

static int
read_envelope(struct rpc_message *m, struct err *err)
{
	json_t *v;

	if (json_is_array(m->root))
		return err_set(err, ERR_INVALID_REQUEST, NULL,
		    "batches are not accepted: send each request as a line "
		    "of its own");
	if (!json_is_object(m->root))
		return err_set(err, ERR_INVALID_REQUEST, NULL,
		    "a request is a JSON object: {\"jsonrpc\":\"2.0\","
		    "\"id\":…,\"method\":…,\"params\":{…}}");
	if (read_id(m, err) < 0)
		return -1;
	v = json_object_get(m->root, "jsonrpc");
	if (!json_is_string(v) || strcmp(json_string_value(v), "2.0") != 0)
		return err_set(err, ERR_INVALID_REQUEST, "jsonrpc",
		    "jsonrpc must be \"2.0\"");
	v = json_object_get(m->root, "method");
	if (!json_is_string(v))
		return err_set(err, ERR_INVALID_REQUEST, "method",
		    "method must be a string");
	m->method = json_string_value(v);
	m->params = json_object_get(m->root, "params");
	if (m->params == NULL) {
		m->params = json_object();
		json_object_set_new(m->root, "params", m->params);
	}
	if (!json_is_object(m->params))
		return err_set(err, ERR_INVALID_PARAMS, "params",
		    "params must be an object with named members");
	return 0;
}

int
rpc_read(struct rpc_message *m, const char *line, size_t len, struct err *err)
{
	*m = (struct rpc_message){0};
	m->root = json_read(line, len, err);
	if (m->root != NULL && read_envelope(m, err) == 0)
		return 0;
	if (m->id == NULL)
		m->id = json_null();
	m->method = NULL;
	m->params = NULL;
	return -1;
}

void
rpc_message_clear(struct rpc_message *m)
{
	json_decref(m->id);
	json_decref(m->root);
	*m = (struct rpc_message){0};
}

/* The shortest of 15 to 17 digits that reads back as the same number. */
static void
write_real(struct buf *b, double v)
{
	char s[40], *p;
	int digits;

	for (digits = 15; digits <= 17; digits++) {
		snprintf(s, sizeof(s), "%.*g", digits, v);
		if (strtod(s, NULL) == v)
			break;
	}
	p = strchr(s, ','); /* a locale's point */
	if (p != NULL)
		*p = '.';
	buf_adds(b, s);
	if (strpbrk(s, ".e") == NULL)
		buf_add(b, ".0", 2);
}

static void
write_string(struct buf *b, const json_t *v)
{
	json_quote(b, json_string_value(v), json_string_length(v));
}

static void
write_object(struct buf *b, const json_t *v)
{
	/* jansson's iterators want a mutable object but change nothing. */
	json_t *o = (json_t *)v;
	char sep = '{';
	void *it;

	for (it = json_object_iter(o); it != NULL;
	     it = json_object_iter_next(o, it)) {
		buf_addc(b, sep);
		sep = ',';
		json_quote(
		    b, json_object_iter_key(it), json_object_iter_key_len(it));
		buf_addc(b, ':');
		rpc_write_value(b, json_object_iter_value(it));
	}
	if (sep == '{')
		buf_addc(b, sep);
	buf_addc(b, '}');
}

static void
write_array(struct buf *b, const json_t *v)
{
	size_t i, n = json_array_size(v);

	buf_addc(b, '[');
	for (i = 0; i < n; i++) {
		if (i > 0)
			buf_addc(b, ',');
		rpc_write_value(b, json_array_get(v, i));
	}
	buf_addc(b, ']');
}

/*
 * Not json_dumps: that one keeps a hash table of parents against loops, which
 * costs several times what the printing does.  Ours are trees, built by us.
 */
void
rpc_write_value(struct buf *b, const json_t *v)
{
	if (v == NULL)
		log_fatal("rpc_write_value: no value");
	switch (json_typeof(v)) {
	case JSON_OBJECT:
		write_object(b, v);
		break;
	case JSON_ARRAY:
		write_array(b, v);
		break;
	case JSON_STRING:
		write_string(b, v);
		break;
	case JSON_INTEGER:
		buf_add_int(b, json_integer_value(v));
		break;
	case JSON_REAL:
		write_real(b, json_real_value(v));
		break;
	case JSON_TRUE:
		buf_add(b, "true", 4);
		break;
	case JSON_FALSE:
		buf_add(b, "false", 5);
		break;
	case JSON_NULL:
		buf_add(b, "null", 4);
		break;
	}
}

static void
write_id(struct buf *b, const json_t *id)
{
	buf_adds(b, "{\"jsonrpc\":\"2.0\",\"id\":");
	if (id == NULL)
		buf_add(b, "null", 4);
	else
		rpc_write_value(b, id);
}

void
rpc_write_result(struct buf *b, const json_t *id, const json_t *result)
{
	write_id(b, id);
	buf_adds(b, ",\"result\":");
	rpc_write_value(b, result);
	buf_add(b, "}\n", 2);
}

void
rpc_write_text(struct buf *b, const json_t *id, const char *result, size_t len)
{
	write_id(b, id);
	buf_adds(b, ",\"result\":");
	buf_add(b, result, len);
	buf_add(b, "}\n", 2);
}

void
rpc_write_error(struct buf *b, const json_t *id, const struct err *e)
{
	const struct err_row *row = err_row(e->code);
	const char *sentence;
	json_t *with;

	write_id(b, id);
	buf_adds(b, ",\"error\":{\"code\":");
	buf_add_int(b, row->number);
	buf_adds(b, ",\"message\":");
	json_quote(b, e->text, strlen(e->text));
	buf_adds(b, ",\"data\":{\"name\":");
	json_quote(b, row->name, strlen(row->name));
	if (e->field[0] != '\0') {
		buf_adds(b, ",\"field\":");
		json_quote(b, e->field, strlen(e->field));
	}
	sentence = err_sentence(e, &with);
	if (sentence != NULL) {
		buf_adds(b, ",\"sentence\":");
		json_quote(b, sentence, strlen(sentence));
		buf_adds(b, ",\"with\":");
		rpc_write_value(b, with);
		json_decref(with);
	}
	buf_adds(b, "}}}\n");
}

static void
write_call(struct buf *b, const char *method, const json_t *params)
{
	buf_adds(b, "\"method\":");
	json_quote(b, method, strlen(method));
	buf_adds(b, ",\"params\":");
	if (params == NULL)
		buf_add(b, "{}", 2);
	else
		rpc_write_value(b, params);
	buf_add(b, "}\n", 2);
}

void
rpc_write_notification(struct buf *b, const char *method, const json_t *params)
{
	buf_adds(b, "{\"jsonrpc\":\"2.0\",");
	write_call(b, method, params);
}

void
rpc_write_request(
    struct buf *b, int64_t id, const char *method, const json_t *params)
{
	buf_adds(b, "{\"jsonrpc\":\"2.0\",\"id\":");
	buf_add_int(b, id);
	buf_addc(b, ',');
	write_call(b, method, params);
}
