/* SPDX-License-Identifier: MIT */
/* told.h - an event (event.h) as those nodes read it that do something with it. */
#ifndef VF_NODES_VISION_TOLD_H
#define VF_NODES_VISION_TOLD_H

#include <jansson.h>
#include <stdbool.h>

#include "engine/message/message.h"
#include "nodes/vision/tracked.h"

/* Starts as {0}. */
struct vf_told {
    json_t *json;             /* all of it; what follows is lent by it */
    const char *what, *where; /* NULL: it does not say */
    bool has_track, has_box;
    struct vf_tracked object; /* its class and score may be NAN */
};

/* Reads a message. Returns -EINVAL, after saying why, for what is no event. */
VF_MUST_CHECK int vf_told_read(struct vf_told *told, const struct vf_message *message);
void vf_told_finish(struct vf_told *told);

#endif
