#include "record/format_own.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "record/csv.h"

const char *
row_session(const json_t *row)
{
	const char *s = cell_str(row, "session");

	return s != NULL ? s : "";
}

bool
row_is_of(const json_t *row, const char *session, int64_t round)
{
	return strcmp(row_session(row), session) == 0 &&
	       (round == -1 || cell_int(row, "round", -1) == round);
}

bool
row_stands(const json_t *row)
{
	const char *status = cell_str(row, "status");

	return status == NULL || strcmp(status, "current") == 0 ||
	       strcmp(status, "counted") == 0;
}

json_t *
answers_of(const struct tables *t, const json_t *session, const char *slot)
{
	json_t *all = json_object(), *row;
	const char *is, *who;
	int64_t value;
	size_t i;

	json_array_foreach(t->rows[TABLE_ANSWERS], i, row) {
		is = cell_str(row, "slot");
		who = cell_str(row, "participant");
		value = cell_int(row, "value", 0);
		if (is != NULL && who != NULL && strcmp(is, slot) == 0 &&
		    value >= 1 && row_stands(row) &&
		    row_is_of(row, row_session(session), -1))
			row_set_int(all, who, value);
	}
	return all;
}

const char *
standing_text(const struct tables *t, enum table_id id, const char *session,
    const char *participant, int64_t round)
{
	const char *who, *text = NULL;
	json_t *row;
	size_t i;

	json_array_foreach(t->rows[id], i, row) {
		who = cell_str(row, "participant");
		if (who != NULL && strcmp(who, participant) == 0 &&
		    row_is_of(row, session, round) && row_stands(row))
			text = cell_str(row, "text");
	}
	return text;
}

int64_t
id_number(const char *id)
{
	while (id != NULL && *id != '\0' && !isdigit((unsigned char)*id))
		id++;
	return id != NULL ? strtoll(id, NULL, 10) : 0;
}

void
put_json_line(struct buf *out, const json_t *v)
{
	char *s = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);

	buf_adds(out, s);
	buf_addc(out, '\n');
	free(s);
}

void
csv_put_json(struct buf *out, bool formulas, bool first, const json_t *v)
{
	const struct csv_style style = {.formulas = formulas};
	char *s;

	if (v == NULL || json_is_null(v)) {
		csv_put(out, &style, first, NULL, 0, false);
	} else if (json_is_string(v)) {
		csv_put(out, &style, first, json_string_value(v),
		    json_string_length(v), false);
	} else {
		s = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);
		csv_put(out, &style, first, s, strlen(s), true);
		free(s);
	}
}
