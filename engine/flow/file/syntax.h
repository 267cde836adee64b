/* SPDX-License-Identifier: MIT */
/* syntax.h - what is wrong with a text that is no YAML, in words for who wrote it.
 *
 * libyaml says what it expected. Most such mistakes are few: a value that needs quotes, a line with
 * the wrong indent, a colon that is missing; they are recognised here by the lines around.
 */
#ifndef VF_ENGINE_FLOW_FILE_SYNTAX_H
#define VF_ENGINE_FLOW_FILE_SYNTAX_H

#include <stddef.h>

#include "engine/flow/flow.h"

/* Where libyaml stopped, and its words; lines and columns from 1, columns in characters. */
struct vf_syntax {
    const char *bytes; /* the whole text */
    size_t length;
    struct vf_place place;
    const char *problem;   /* "did not find expected key" */
    struct vf_place began; /* where it had begun what it read; line 0: nowhere */
};

/* Returns the mistake and its cure in one line, the caller's, and moves syntax->place to where it is.
 * NULL: it is none of those known here, or out of memory. */
char *vf_syntax_explain(struct vf_syntax *syntax);

#endif
