/* SPDX-License-Identifier: MIT */
/* columns.h - how much room text takes on a terminal. */
#ifndef VF_ENGINE_BASE_COLUMNS_H
#define VF_ENGINE_BASE_COLUMNS_H

#include <stddef.h>

struct vf_text;

/* Returns how many columns a text takes: wide characters two, marks that stand over others none.
 * Each byte that is no UTF-8 counts as one. */
size_t vf_columns_of(const char *text);

/* Returns how many bytes at the beginning of a text take no more than `columns`. */
size_t vf_columns_fit(const char *text, size_t columns);

/* Adds a text that takes `columns`, filled with spaces on the right, or cut, with "~" at its end. */
void vf_columns_pad(struct vf_text *out, const char *text, size_t columns);

/* The same without spaces: cut where it is too long. */
void vf_columns_cut(struct vf_text *out, const char *text, size_t columns);

#endif
