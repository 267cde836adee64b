/* SPDX-License-Identifier: MIT */
/* capacity_flow.h - a flow made ready to run many times over: its sources keep to a rate or to none
 * and never end too soon, and what it writes goes into a folder of its own.
 */
#ifndef VF_CMD_CAPACITY_FLOW_H
#define VF_CMD_CAPACITY_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "cmd/flow_arguments.h"
#include "engine/base/exit_status.h"
#include "engine/flow/file/tree.h"

/* Starts as {0}. */
struct vf_capacity_flow {
    struct vf_tree root;
    struct vf_flow *keeper; /* of what the places in it lend */
};

/* What the command line asks of it. */
struct vf_capacity_request {
    const struct vf_flow_arguments *arguments;
    const char *file;
    const struct vf_words *sources; /* NODE=FILE: read that file in its place */
    bool may_send;                  /* to other programs and machines */
};

/* How a copy runs. */
struct vf_capacity_pace {
    double fps; /* of its sources, in realtime; 0: as fast as it goes, in batch, without an end */
    double seconds;
};

/* Loads and checks a flow. Prints what is wrong with it, and why it cannot be run many times over.
 * Finish it in any case. */
VF_MUST_CHECK enum vf_exit_status vf_capacity_flow_open(struct vf_capacity_flow *flow,
                                                        const struct vf_capacity_request *request);

/* Writes a copy to flow.yaml in `folder`, an absolute path, below which its outputs are going to be.
 * Returns a negative errno. */
VF_MUST_CHECK int vf_capacity_flow_write(const struct vf_capacity_flow *flow, const char *folder,
                                         const struct vf_capacity_pace *pace);

/* Returns how many frames of a source make one that it sends: 5 where it keeps one in every 5. */
double vf_capacity_flow_every(const struct vf_capacity_flow *flow, const char *source);

/* Returns how many frames a source sends in all, two at least. */
uint64_t vf_capacity_flow_frames(const struct vf_capacity_flow *flow, const char *source,
                                 const struct vf_capacity_pace *pace);

void vf_capacity_flow_finish(struct vf_capacity_flow *flow);

#endif
