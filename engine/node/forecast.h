/* SPDX-License-Identifier: MIT */
/* forecast.h - what a node is going to send, asked before anything starts.
 *
 * The plan of a flow asks one node after the other, parents first, by the callback `forecast` of
 * its table, and sizes the memory of its task by the answer. A producer is asked in a process of
 * its own, so it may open what it is to read; everybody else only calculates. A forecast that
 * turns out wrong costs memory that was not planned, never correctness.
 */
#ifndef VF_ENGINE_NODE_FORECAST_H
#define VF_ENGINE_NODE_FORECAST_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/message/message.h"

/* What comes out of one output. Starts as {0}: not known. */
struct vf_forecast {
    bool is_known;
    enum vf_value_type type; /* as the output's port says; VF_VALUE_NONE: of any type */
    unsigned forwards;       /* n: what input n - 1 brings goes on as it is; 0: the node makes it */
    size_t payload_bytes;    /* of the largest payload; 0: there are none */
    /* Of video: the format, the size, the frame rate and the shape of the pixels. What is 0 or
     * empty is not known. */
    struct vf_video video;
    int64_t duration_ns; /* of a file that is read; 0: not known */
};

/* What a node is asked. */
struct vf_foresight {
    const void *options;
    const struct vf_forecast *inputs; /* one for each element */
    unsigned input_count;
    const bool *is_read; /* for each output: somebody reads it */
    unsigned threads;
    struct vf_forecast *outputs; /* the answer: one for each output */
    unsigned output_count;
    unsigned keeps; /* the answer: as in struct vf_node, which it starts with */
};

/* The answer of nodes that make nothing: each output brings what the input of its number does. */
void vf_forecast_forward(struct vf_foresight *foresight);

#endif
