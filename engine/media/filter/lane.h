/* SPDX-License-Identifier: MIT */
/* lane.h - one input of a graph of filters, and what comes there. */
#ifndef VF_ENGINE_MEDIA_FILTER_LANE_H
#define VF_ENGINE_MEDIA_FILTER_LANE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/media/filter/graph.h"
#include "engine/message/message.h"

struct AVFrame;

/* Starts as {0}. */
struct vf_filter_lane {
    struct vf_filter_form form;
    struct vf_video video;    /* of the picture, if it is one, that `form` is of */
    struct AVFrame **waiting; /* until the graph can begin */
    size_t waiting_count;
    struct AVFrame *last; /* for a graph that starts again; NULL: there was none */
    atomic_uint kept;     /* inputs that libav has references to */
    int64_t latest, end;  /* of the last picture, in the time base of `form` */
    bool has_form, has_ended;
    bool is_silent; /* for now there is no sound, as its sender said */
};

/* Lets go of its frames. */
void vf_filter_lane_finish(struct vf_filter_lane *lane);
void vf_filter_lane_drop_waiting(struct vf_filter_lane *lane);

/* Lets a frame wait until the graph can begin. Takes *frame, except on failure. */
VF_MUST_CHECK int vf_filter_lane_wait(struct vf_filter_lane *lane, struct AVFrame **frame);

/* Brings the times of a frame, which are in `time_base`, into the time base of its lane. */
void vf_filter_lane_set_times(struct vf_filter_lane *lane, struct AVFrame *frame,
                              struct vf_rational time_base);

/* Returns the form of a picture of that rate (0/1: unknown), or of sound. */
struct vf_filter_form vf_filter_form_of(const struct AVFrame *frame, struct vf_rational frame_rate);

/* Returns whether a graph that was made for one form does for the other; times are converted. */
bool vf_filter_form_fits(const struct vf_filter_form *a, const struct vf_filter_form *b);

#endif
