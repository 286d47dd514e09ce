/*
 * Folders of files for the tests of formats: made in a temporary place and
 * removed with it; and exports caught in memory.
 */
#ifndef UNIT_RECORD_FILES_H
#define UNIT_RECORD_FILES_H

#include <jansson.h>

#include "record/format.h"
#include "record/import.h"

/* A fresh folder (free(3)). */
char *folder_make(void);
/* Puts a file into it. */
void folder_put(const char *dir, const char *name, const char *text);
void folder_remove(char *dir); /* and frees the name */

/* The outlet's files go to an object, name to text; the caller decrefs. */
struct outlet outlet_catch(json_t **files);
const char *caught(const json_t *files, const char *name); /* fails if none */

/* Imports a folder or file; 0, or -1 and err.  told may be NULL. */
int import_to(const char *format, const char *path, struct buf *out,
    struct import_told *told, struct err *err);

/* $CAUCUS_SHARED or ../shared with `sub`; fresh; NULL, said loudly, if it is
 * not there. */
char *shared_path(const char *sub);

#endif
