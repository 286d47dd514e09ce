/*
 * What each contribution pays to the base floor: a digest, canonical JSON, a
 * text's normal form.  Beside each a reference in the same run; the first two
 * must not be slower than theirs.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>
#include <openssl/sha.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/stream.h"
#include "base/text.h"

#define RUNS 200000

static const char event[] =
    "{\"seq\":1234,\"at\":1750000000000,\"type\":\"opinion.given\",\"data\":"
    "{\"participant\":\"p7\",\"round\":0,\"chars\":412,\"flags\":[],"
    "\"late\":false},\"sealed\":{\"text\":\"c2b7e0e27ac6b8f2e7b0a1d2c3b4a5968"
    "778695a4b3c2d1e0f11223344556677\"}}";
static const char opinion[] =
    "Phones should stay in a locker during lessons, but pupils must be able "
    "to reach their parents in an emergency; teachers may allow exceptions.";

/* What the compiler must not find unused. */
static volatile uint64_t sink;

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static double
digest_us(int reference)
{
	const struct digest_part p = {event, sizeof(event) - 1};
	uint8_t out[DIGEST_LEN] = {0};
	double began = now();
	int i;

	for (i = 0; i < RUNS; i++) {
		if (reference)
			SHA256(p.p, p.n, out);
		else
			digest_sha256(&p, 1, out);
	}
	return (now() - began) / RUNS;
}

static double
canonical_us(int reference)
{
	json_t *v = json_read(event, sizeof(event) - 1, NULL);
	struct buf b = {0};
	double began = now();
	int i;

	for (i = 0; i < RUNS; i++) {
		buf_reset(&b);
		if (reference)
			free(json_dumps(v,
			    JSON_SORT_KEYS | JSON_COMPACT | JSON_ENSURE_ASCII));
		else
			json_canonical(&b, v);
	}
	began = (now() - began) / RUNS;
	buf_free(&b);
	json_decref(v);
	return began;
}

static double
read_us(int reference)
{
	double began = now();
	int i;

	for (i = 0; i < RUNS; i++)
		json_decref(reference
				? json_loadb(event, sizeof(event) - 1,
				      JSON_REJECT_DUPLICATES, NULL)
				: json_read(event, sizeof(event) - 1, NULL));
	return (now() - began) / RUNS;
}

static double
normal_us(int reference)
{
	double began = now();
	int i;

	for (i = 0; i < RUNS; i++)
		free(reference ? xstrdup(opinion)
			       : text_normal(opinion, sizeof(opinion) - 1));
	return (now() - began) / RUNS;
}

static double
visible_us(int reference)
{
	double began = now();
	int i;

	for (i = 0; i < RUNS; i++)
		sink += reference ? strlen(opinion) : text_visible(opinion);
	return (now() - began) / RUNS;
}

static double
stream_us(int reference)
{
	struct stream s;
	double began = now();
	int i;

	for (i = 0; i < RUNS; i++) {
		stream_open(&s, "seed", "draft", 1, (uint64_t)i);
		sink += reference ? s.key[0] : stream_below(&s, 16);
	}
	return (now() - began) / RUNS;
}

int
main(void)
{
	static const struct {
		const char *name, *reference;
		double (*us)(int reference);
		double most; /* times the reference; 0: not required */
	} rows[] = {
	    {"digest_sha256", "SHA256()", digest_us, 1.1},
	    {"json_canonical", "json_dumps()", canonical_us, 1.1},
	    {"json_read", "json_loadb()", read_us, 2},
	    {"text_normal", "strdup()", normal_us, 0},
	    {"text_visible", "strlen()", visible_us, 0},
	    {"stream, one draw", "open alone", stream_us, 0},
	};
	int failed = 0;
	size_t i;

	mem_setup();
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		double a = rows[i].us(0), b = rows[i].us(1);
		int slow = rows[i].most > 0 && a > b * rows[i].most;

		printf("%-20s %8.3f us   %-14s %8.3f us   x%.2f%s\n",
		    rows[i].name, a, rows[i].reference, b, a / b,
		    slow ? "  TOO SLOW" : "");
		failed |= slow;
	}
	return failed;
}
