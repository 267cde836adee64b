/* SPDX-License-Identifier: MIT */
/* levels.h - what the names in `inputs` stand for, where nodes are within others.
 *
 * The nodes of a sub-flow or a loop are called PLACE/NODE: "cam1/detect", "cams/front/reader". A
 * source in there is first looked for beside who names it, then further out, but not beyond the file
 * of a sub-flow. In it "*" stands for any name: "cams/" and "*" and "/reader" are all of a loop. A
 * sub-flow itself stands for its first output, or for the one after the dot.
 */
#ifndef VF_ENGINE_FLOW_FILE_LEVELS_H
#define VF_ENGINE_FLOW_FILE_LEVELS_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/result.h"
#include "engine/flow/diagnostics.h"
#include "engine/flow/file/tree.h"

#define VF_FIRST_LEVEL 1U /* of the flow itself */

/* What nodes can be in: the flow, a sub-flow, or a turn of a loop. */
struct vf_level {
    char *prefix;           /* "cams/front"; of the flow: "" */
    unsigned outer;         /* level where names are looked for next; 0: nowhere */
    unsigned parent;        /* level that it is in; 0: none */
    const char *file;       /* of a sub-flow: its real name; lent */
    struct vf_tree outputs; /* port: NODE or NODE.PORT in here */
};

struct vf_loop {
    char *name;
    size_t count;
    bool is_broken; /* or what else has that name: its mistake has been reported */
};

/* Starts as {0}. Levels are numbered from 1. */
struct vf_levels {
    struct vf_level *items;
    size_t count;
    struct vf_loop *loops;
    size_t loop_count;
};

/* Adds one. Copies `prefix`. *number becomes its number. */
VF_MUST_CHECK int vf_levels_add(struct vf_levels *levels, const struct vf_level *level,
                                unsigned *number);

/* Notes that a loop has that name. Copies it. */
VF_MUST_CHECK int vf_levels_add_loop(struct vf_levels *levels, const struct vf_loop *loop);

/* Writes the whole names into the `inputs` of all `nodes`, a mapping whose children say in `level`
 * where they are. What cannot be found is reported; at the first level, it is left to who looks at
 * the flow. Outputs of sub-flows are looked for, too, be they read or not. */
VF_MUST_CHECK int vf_levels_resolve(const struct vf_levels *levels, struct vf_tree *nodes,
                                    struct vf_diagnostics *diagnostics);

void vf_levels_finish(struct vf_levels *levels);

#endif
