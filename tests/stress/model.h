/* SPDX-License-Identifier: MIT */
/* model.h - what a random flow has to do, worked out without processes and sockets.
 *
 * A stream is the list of all messages that ever leave a port; each node makes its output streams
 * out of its whole input streams. That is what a flow in batch mode is: no queue, delay, replica
 * or group can be seen in it.
 */
#ifndef VF_TESTS_STRESS_MODEL_H
#define VF_TESTS_STRESS_MODEL_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "tests/stress/record.h"
#include "tests/stress/sketch.h"

struct model_message {
    unsigned source, port; /* of its origin */
    uint64_t number;       /* counted from 1 */
    uint64_t value;
    int64_t time_ms;
};

struct model_stream {
    struct model_message *items;
    size_t count, capacity;
};

struct model_node {
    struct model_stream outputs[SKETCH_PORTS];
    struct model_stream inputs[SKETCH_MAX_INPUTS]; /* as it gets them: joined, item by item */
    uint64_t folded;                               /* of a total */
};

struct model {
    const struct sketch *sketch;
    struct model_node nodes[SKETCH_MAX_NODES];
    bool is_short_of_memory;
};

/* Works out the whole flow; its sources make what `made` (by node) says, or all if that is NULL.
 * Borrows `sketch` until the model is finished. Returns -ENOMEM. */
VF_MUST_CHECK int model_init(struct model *model, const struct sketch *sketch,
                             const struct record_made *made);
void model_finish(struct model *model);

/* For the model's own parts: adds a message, or notes that out of memory. */
void model_append(struct model *model, struct model_stream *stream, struct model_message message);

/* Fills the inputs of a node from its parents' outputs (model_join.c). */
void model_join(struct model *model, unsigned node);

#endif
