/*
 * Indices in the order of their keys.
 */
#ifndef CHOICE_ORDER_H
#define CHOICE_ORDER_H

#include <stddef.h>
#include <stdint.h>

/* Fills order with 0..n-1, the lowest key first, of equal ones the lower index.
 * O(n log n). */
void order_by_key(const int64_t *key, size_t n, size_t *order);

#endif
