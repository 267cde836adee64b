/* SPDX-License-Identifier: MIT */
/* class_labels.h - what the numbers of classes are called.
 *
 * A label file is either a list, one name a line, the first of class 0, or what TensorFlow's
 * detectors come with (pbtxt):
 *     item { id: 1 name: "/m/01g317" display_name: "person" }
 * where the name for people goes first, and any other field is passed over.
 */
#ifndef VF_NODES_VALUE_CLASS_LABELS_H
#define VF_NODES_VALUE_CLASS_LABELS_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/node/option/list.h"
#include "engine/node/option/option.h"

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

/* The options of a node that names classes: a char * and a struct vf_option_texts. */
#define VF_CLASS_LABELS_OPTIONS(type, path_field, names_field)                              \
    {"labels",                                                                              \
     "File with the names of the classes: one per line, starting with class 0, or a pbtxt", \
     VF_INPUT_PATH(type, path_field), .fallback = ""},                                      \
    {                                                                                       \
        "names", "Names of the classes from 0 on, instead of a file: [person, car]",        \
            VF_TEXT_LIST(type, names_field), .fallback = "[]"                               \
    }

/* Takes what those say. Returns a negative errno with one line in `problem`, where it is no lack of
 * memory. */
VF_MUST_CHECK int vf_class_labels_take(struct vf_class_labels *labels, const char *path,
                                       const struct vf_option_texts *names, char *problem,
                                       size_t problem_size);

/* Looks for mistakes in them. Returns as a node's check(). */
VF_MUST_CHECK int vf_class_labels_check(const char *path, const struct vf_option_texts *names,
                                        char *problem, size_t problem_size);

/* Looks for mistakes in such a file, by a process that can do nothing else (engine/sandbox/reader.h), and
 * in what is no file not at all. Returns as vf_class_labels_read(). */
VF_MUST_CHECK int vf_class_labels_look(const char *path, char *problem, size_t problem_size);

/* Lends the name of a class; NULL: it has none. */
const char *vf_class_labels_find(const struct vf_class_labels *labels, double class_id);

void vf_class_labels_finish(struct vf_class_labels *labels);

#endif
