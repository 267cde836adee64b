/* SPDX-License-Identifier: MIT */
/* diagnostics.h - the mistakes found in a flow, all of one run together.
 *
 * Each has its place in the file, what is wrong and what would be right:
 * `flow.yaml:12:5: unknown option "widht" of resize; did you mean "width"?`
 */
#ifndef VF_ENGINE_FLOW_DIAGNOSTICS_H
#define VF_ENGINE_FLOW_DIAGNOSTICS_H

#include <jansson.h>
#include <stddef.h>
#include <stdio.h>

#include "engine/base/result.h"
#include "engine/flow/flow.h"

/* From harmless to grave. */
enum vf_gravity {
    VF_GRAVITY_NONE,
    VF_GRAVITY_WARNING, /* the flow can run */
    VF_GRAVITY_OUTPUT,  /* an output cannot be created */
    VF_GRAVITY_SOURCE,  /* a source is not there */
    VF_GRAVITY_FLOW,    /* the flow itself is wrong */
};

struct vf_diagnostic {
    enum vf_gravity gravity;
    const char *code; /* stable, for programs: "unknown-option"; a constant */
    char *file;
    struct vf_place place; /* `setting` is this diagnostic's own */
    char *message;         /* one line */
};

/* Starts as {0}. */
struct vf_diagnostics {
    char *file; /* that the next ones are about */
    struct vf_diagnostic *items;
    size_t count;
    size_t first; /* of that file */
    const char
        *text;   /* what places are in, borrowed: shown with a caret below a line; NULL: a file */
    int failure; /* 0, or why not all could be found: -ENOMEM, -ELIBACC */
};

/* Says which file the next diagnostics are about. Copies `file`. */
void vf_diagnostics_begin(struct vf_diagnostics *diagnostics, const char *file);

/* Adds one, unless the same is there already. `code` must be constant; the message is made as by
 * printf, the note of the place is added to it in parentheses, and its control characters are shown
 * as "?". Copies what `place` refers to. */
void vf_diagnostics_add(struct vf_diagnostics *diagnostics, enum vf_gravity gravity,
                        const char *code, struct vf_place place, const char *format, ...)
    VF_PRINTF(5, 6);

/* Sorts those from number `first` on by place: the flow's own file from top to bottom, other files,
 * then settings. */
void vf_diagnostics_sort(struct vf_diagnostics *diagnostics, size_t first);

/* Returns the gravest of those from number `first` on. */
enum vf_gravity vf_diagnostics_gravest(const struct vf_diagnostics *diagnostics, size_t first);

/* Prints one line each: `file:line:column: message`, warnings with "warning: " before it. Where there
 * is a text, or errors have colours (log.h), each is followed by its line, and a mark below its
 * column; where messages are JSON, they are logged. */
void vf_diagnostics_print(const struct vf_diagnostics *diagnostics, FILE *out);

/* Makes an array of objects, as below, the caller's; NULL: out of memory. */
json_t *vf_diagnostics_to_json(const struct vf_diagnostics *diagnostics);

/* Prints an array of objects: file, line, column, severity ("error", "warning"), code, message,
 * and `setting` where one is the place. Returns -ENOMEM or -EIO on failure. */
VF_MUST_CHECK int vf_diagnostics_print_json(const struct vf_diagnostics *diagnostics, FILE *out);

/* Frees what they hold and leaves {0}. */
void vf_diagnostics_finish(struct vf_diagnostics *diagnostics);

#endif
