/* A session's settings told to people, from the procedures' own tables. */
#ifndef CLIENT_SETTINGS_H
#define CLIENT_SETTINGS_H

#include "client/term.h"

/* `caucus help settings`. */
void settings_help(struct term *t);

#endif
