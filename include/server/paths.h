/* Where the daemon's files lie when nothing was said. */
#ifndef SERVER_PATHS_H
#define SERVER_PATHS_H

#include "server/server.h"

struct paths {
	char socket[108], journal[512], erasures[544], data[512];
};

/* Fills what c leaves NULL and makes the folders of what it chose itself. */
int paths_find(struct paths *p, struct server_config *c, struct err *err);

#endif
