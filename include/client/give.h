/* What the commands that give something share. */
#ifndef CLIENT_GIVE_H
#define CLIENT_GIVE_H

#include <jansson.h>
#include <stdbool.h>

#include "client/cmd.h"

/* What was recorded, and its receipt. */
void give_receipt(struct cmd *c, const json_t *receipt, enum message what);
/* The receipt (taken), and what comes next. */
void give_thank(struct cmd *c, json_t *receipt, enum message what);
/* A key of its own, so that it may be sent twice. */
void give_key(json_t *params);
int give_take_back(struct cmd *c, const char *slot);
int give_text(struct cmd *c, const char *slot, enum message what,
    enum message done, bool is_signed);

#endif
