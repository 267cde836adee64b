/* SPDX-License-Identifier: MIT */
#include "nodes/draw/box_window.h"

#include <errno.h>
#include <stdlib.h>

#include "engine/node/node.h"
#include "nodes/value/value_text.h"

#define COLUMNS_LEAST 4

static size_t room(const struct vf_box_window *window)
{
    return window->hold + 1 + window->ahead;
}

int vf_box_window_open(struct vf_box_window *window, const struct vf_node_run *run, int hold,
                       int ahead)
{
    window->hold = (size_t)hold;
    window->ahead = (size_t)ahead;
    window->unknown = run->is_restarted && hold ? window->hold + 1 : 0; /* counted down first */
    window->frames = calloc(room(window), sizeof(*window->frames));
    return window->frames ? VF_OK : -ENOMEM;
}

static struct vf_boxes_of_frame *frame_at(const struct vf_box_window *window, size_t index)
{
    return &window->frames[(window->first + index) % room(window)];
}

static int read_boxes(struct vf_boxes_of_frame *frame, const struct vf_message *message)
{
    frame->boxes.count = 0;
    frame->is_missing = !message || vf_value_is_null(message);
    return frame->is_missing ? VF_OK : vf_box_list_read(&frame->boxes, message, COLUMNS_LEAST);
}

/* Reads the boxes of the frames that follow, as far as they have come. What cannot be read is left to
 * its own turn. */
static int read_ahead(struct vf_box_window *window, struct vf_node_run *run)
{
    int there = window->ahead ? vf_node_look_ahead(run, (unsigned)window->ahead, INT64_MAX) : 0;
    while (there > 0 && window->after < (size_t)there) {
        struct vf_message *const *inputs = vf_node_ahead(run, (unsigned)window->after);
        size_t index = window->before + 1 + window->after;
        if (!inputs || read_boxes(frame_at(window, index), inputs[1]) != VF_OK)
            break;
        window->after++;
    }
    return there < 0 ? there : VF_OK;
}

int vf_box_window_advance(struct vf_box_window *window, struct vf_node_run *run,
                          struct vf_message *const *inputs)
{
    int err = VF_OK;
    if (window->unknown)
        window->unknown--;
    if (window->has_begun && window->before == window->hold)
        window->first = (window->first + 1) % room(window);
    else if (window->has_begun)
        window->before++;
    window->has_begun = true;
    if (window->after)
        window->after--;
    else
        err = read_boxes(frame_at(window, window->before), inputs[1]);
    return err ? err : read_ahead(window, run);
}

bool vf_box_window_is_missing(const struct vf_box_window *window)
{
    return window->unknown || frame_at(window, window->before)->is_missing;
}

const struct vf_box_list *vf_box_window_at(const struct vf_box_window *window, size_t index)
{
    return index <= window->before + window->after ? &frame_at(window, index)->boxes : NULL;
}

void vf_box_window_finish(struct vf_box_window *window)
{
    for (size_t i = 0; window->frames && i < room(window); i++)
        vf_box_list_finish(&window->frames[i].boxes);
    free(window->frames);
    window->frames = NULL;
}
