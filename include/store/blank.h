/*
 * Erasure within a sealed row's JSON.  For the store's own files.
 */
#ifndef STORE_BLANK_H
#define STORE_BLANK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/*
 * Writes to out (which is reset) the sealed JSON `items` (event_sealed_json)
 * without the item called name, followed by spaces up to the old length: a row
 * that keeps its length is overwritten where it lies.  When nothing is left it
 * is all spaces.  False, and out is empty, when there is no such item or items
 * is not such JSON.
 */
bool
blank_item(const char *items, size_t len, const char *name, struct buf *out);
/* The length of stored items without the spaces. */
size_t blank_trim(const char *items, size_t len);

#endif
