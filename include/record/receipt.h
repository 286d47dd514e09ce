/*
 * Receipts: the answer to a contribution, {"seq":N,"hash":HEX,"salts":{NAME:
 * HEX}}, held against a recording.  Who kept what they gave adds "bodies":
 * {NAME:TEXT}, and it is shown that these very words were sealed.
 */
#ifndef RECORD_RECEIPT_H
#define RECORD_RECEIPT_H

#include <jansson.h>
#include <stdint.h>

#include "record/verify.h"

struct receipt_report {
	struct verify_report verify; /* of the recording, done first */
	int64_t seq;
	char type[48];	 /* of the event; "" while none was found */
	char slot[32];	 /* opinion, ballot, …; "" */
	int64_t round;	 /* -1: the event has none */
	int64_t salts;	 /* of the receipt, the same in the recording */
	int64_t unseen;	 /* whose bodies this copy does not hold */
	int64_t bodies;	 /* of the receipt, true to their digests */
	int64_t decided; /* seq of the vote counted after it; 0 none */
};

/*
 * 0: the recording holds, and what the receipt says stands in it.  -1:
 * ERR_BROKEN (err says which of them does not agree), ERR_INVALID_PARAMS (it
 * is no receipt) or ERR_FILE.
 */
int receipt_check(const json_t *receipt, const char *path,
    struct receipt_report *report, struct err *err);

void receipt_text(
    const struct receipt_report *report, const char *name, struct buf *out);
json_t *receipt_json(const struct receipt_report *report);

#endif
