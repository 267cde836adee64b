/* SPDX-License-Identifier: MIT */
/* text.h - strings that grow, and names that are nearly right. */
#ifndef VF_ENGINE_BASE_TEXT_H
#define VF_ENGINE_BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "engine/base/result.h"

/* Text under construction. Starts as {0}. Once out of memory, it stays failed. */
struct vf_text {
    char *bytes; /* always ends with NUL; NULL while empty */
    size_t length, capacity;
    bool failed;
};

void vf_text_append(struct vf_text *text, const char *bytes, size_t length);
void vf_text_print(struct vf_text *text, const char *format, ...) VF_PRINTF(2, 3);
void vf_text_vprint(struct vf_text *text, const char *format, va_list arguments);

/* Adds the shortest decimal that is read back as the same finite number, as Python writes it:
 * 0.1, 5.0, 1e+16. */
void vf_text_print_real(struct vf_text *text, double value);

/* Gives the text to the caller, who frees it, and empties *text. NULL: memory was short. */
char *vf_text_take(struct vf_text *text);
void vf_text_finish(struct vf_text *text);

/* Returns printf's text in fresh memory, the caller's; NULL: out of memory. */
char *vf_text_format(const char *format, ...) VF_PRINTF(1, 2);

/* Returns how many insertions, removals and changes of a byte make `a` into `b`
 * (Levenshtein, 1966); SIZE_MAX where `b` has more than 64 bytes. */
size_t vf_text_distance(const char *a, const char *b);

#define VF_SUGGESTION_SIZE 320

/* Looks for the name nearest to a misspelt one: feed every candidate, then read `name`.
 * Starts as {.wanted = ...}. Only names that are near enough to be meant are taken. */
struct vf_text_nearest {
    const char *wanted;
    const char *name; /* lent: the candidate itself; NULL: none is near */
    size_t distance;
    const char *before, *after; /* what stands around a name in a message; NULL: quotes */
    char suggestion[VF_SUGGESTION_SIZE];
};
void vf_text_nearest_consider(struct vf_text_nearest *nearest, const char *candidate);

/* Lends the end of a message about an unknown name: `; did you mean "width"?`, or "" when no name
 * is near. */
const char *vf_text_suggest(struct vf_text_nearest *nearest);

/* The same, but when no name is near: "; " and printf's text. */
const char *vf_text_suggest_or(struct vf_text_nearest *nearest, const char *otherwise, ...)
    VF_PRINTF(2, 3);

#endif
