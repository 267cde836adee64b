/* SPDX-License-Identifier: MIT */
/* class_labels.h - what the numbers of classes are called.
 *
 * A label file is either a list, one name a line, the first of class 0, or what TensorFlow's
 * detectors come with (pbtxt):
 *     item { id: 1 name: "/m/01g317" display_name: "person" }
 * where the name for people goes first, and any other field is passed over.
 */
#ifndef VF_NODES_DRAW_CLASS_LABELS_H
#define VF_NODES_DRAW_CLASS_LABELS_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/node/option/list.h"

struct vf_class_label {
    int64_t id;
    char *name;
};

/* Starts as {0}: no class has a name. */
struct vf_class_labels {
    struct vf_class_label *items; /* by rising id */
    size_t count, capacity;
};

/* Reads a label file. Returns a negative errno with one line in `problem`, which names the file
 * and the line. */
VF_MUST_CHECK int vf_class_labels_read(struct vf_class_labels *labels, const char *path,
                                       char *problem, size_t problem_size);

/* Takes the names of classes from 0 on. Copies them. */
VF_MUST_CHECK int vf_class_labels_set(struct vf_class_labels *labels,
                                      const struct vf_option_texts *names);

/* Lends the name of a class; NULL: it has none. */
const char *vf_class_labels_find(const struct vf_class_labels *labels, double class_id);

void vf_class_labels_finish(struct vf_class_labels *labels);

#endif
