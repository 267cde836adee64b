/* SPDX-License-Identifier: MIT */
/* tracked.h - the objects that a tracker tells of, as the nodes read them that look what those do.
 *
 * They are what `track` makes: its objects, a JSON list of {"id", "box", "class", "score",
 * "is_seen"}, of which only `id` and `box` have to be there; or its tracks, an array or a JSON list
 * of rows ymin, xmin, ymax, xmax, number. Null says that nobody has looked at the frame.
 */
#ifndef VF_NODES_VISION_TRACKED_H
#define VF_NODES_VISION_TRACKED_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nodes/value/boxes.h"

struct vf_tracked {
    int64_t id;
    struct vf_box box;   /* its first four numbers */
    double class, score; /* NAN: not known */
};

/* Starts as {0}. */
struct vf_tracked_list {
    struct vf_tracked *items;
    size_t count, capacity;
    bool has_ids;      /* false: of what was found by a detector, and not tracked */
    bool is_looked_at; /* false: nobody has looked, and nothing is known of this frame */
    struct vf_box_list boxes;
};

/* The point of a box that is where the object is. */
enum vf_anchor {
    VF_ANCHOR_BOTTOM,
    VF_ANCHOR_CENTRE,
    VF_ANCHOR_TOP,
    VF_ANCHOR_LEFT,
    VF_ANCHOR_RIGHT,
};

/* The option of a node that looks where objects are: an enum vf_anchor. */
#define VF_ANCHOR_OPTION(type, field)                                                              \
    {                                                                                              \
        "anchor", "Point of its box that says where an object is",                                 \
            VF_CHOICE(type, field, {"bottom", VF_ANCHOR_BOTTOM, "Middle of the lower edge: feet"}, \
                      {"centre", VF_ANCHOR_CENTRE, "Centre"},                                      \
                      {"top", VF_ANCHOR_TOP, "Middle of the upper edge: a head"},                  \
                      {"left", VF_ANCHOR_LEFT, "Middle of the left edge"},                         \
                      {"right", VF_ANCHOR_RIGHT, "Middle of the right edge"}),                     \
            .fallback = "bottom"                                                                   \
    }

/* Numbers of classes. Starts as {0}: all are wanted. */
struct vf_class_choice {
    double *items;
    size_t count;
};

/* The option of a node that looks at some classes only: struct vf_option_texts. */
#define VF_CLASSES_OPTION(type, field)                                                      \
    {                                                                                       \
        "classes", "Numbers of the classes to look at; []: all", VF_TEXT_LIST(type, field), \
            .fallback = "[]"                                                                \
    }

/* Takes what that option says. Returns as a node's check(). */
VF_MUST_CHECK int vf_class_choice_set(struct vf_class_choice *choice,
                                      const struct vf_option_texts *texts, char *problem,
                                      size_t problem_size);

void vf_class_choice_finish(struct vf_class_choice *choice);

/* Reads a message into *list, whose memory is used again. Objects that are not seen, whose place is
 * a guess, are left out, and those of classes that are not wanted; NULL: all are. Returns -EINVAL,
 * after saying why, for what is no list of objects, or does not say which classes they have. */
VF_MUST_CHECK int vf_tracked_read(struct vf_tracked_list *list,
                                  const struct vf_class_choice *classes,
                                  const struct vf_message *message);

/* The same of all classes, and takes what a detector has found, too: rows of a place, or of a place, a
 * class and a score. */
VF_MUST_CHECK int vf_tracked_read_found(struct vf_tracked_list *list,
                                        const struct vf_message *message);
void vf_tracked_finish(struct vf_tracked_list *list);

/* Reads the box of an object of a JSON list, [ymin, xmin, ymax, xmax]. Returns -EINVAL for what is
 * none. */
VF_MUST_CHECK int vf_tracked_box(struct vf_box *box, const json_t *corners);

/* Returns a number of an object; NAN: it has none of this name. */
double vf_tracked_number(const json_t *object, const char *key);

/* Sets x and y of where a box is. */
void vf_anchor_point(enum vf_anchor anchor, const struct vf_box *box, double point[2]);

#endif
