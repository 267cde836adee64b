/* SPDX-License-Identifier: MIT */
/* array_items.h - the numbers of an array, whatever type they have.
 *
 * A type is spelled as numpy does: byte order, kind, bytes ("<f4", ">i2", "|u1"). Booleans, whole
 * numbers of 1 to 8 bytes and floats of 2, 4 and 8 bytes exist, in either order; "|", which says
 * that there is no order, counts as little-endian where there is one after all.
 */
#ifndef VF_ENGINE_MESSAGE_ARRAY_ITEMS_H
#define VF_ENGINE_MESSAGE_ARRAY_ITEMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Returns how many bytes a number of `dtype` has; 0: there is no such type. */
size_t vf_array_item_size(const char *dtype);

/* Reads `count` numbers of a type that exists. Whole numbers beyond 2^53 are rounded, and true is
 * 1. */
void vf_array_items_read(double *items, const char *dtype, const uint8_t *bytes, size_t count);

/* Reads one number exactly. False: its type is not one of whole numbers, or it is above
 * INT64_MAX. */
bool vf_array_item_whole(int64_t *whole, const char *dtype, const uint8_t *bytes);

#endif
