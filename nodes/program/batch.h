/* SPDX-License-Identifier: MIT */
/* batch.h - gives a program inputs before it is their turn: several at a time, or the next one while
 * it works, so that it need not wait for that. Each is answered in its own turn. So origins, order,
 * gaps and restarts are as without.
 */
#ifndef VF_NODES_PROGRAM_BATCH_H
#define VF_NODES_PROGRAM_BATCH_H

#include "engine/node/node.h"
#include "nodes/program/client.h"
#include "nodes/value/batch_size.h"

/* Makes what the program gets of a message of an input, the caller's; VF_DROPPED: there is no room
 * for it. */
typedef int vf_batch_prepare(struct vf_node_run *run, unsigned input,
                             const struct vf_message *message, struct vf_message **prepared);

/* Returns how many outputs the program may have under construction: `slots`, or one of each port for
 * each input of a batch where that is more. */
unsigned vf_batch_slots(const struct vf_batch_size *size, int slots, const struct vf_node *node);

/* Changes a copy of a node to one that looks ahead so far and keeps so many; for its adapt(). If it
 * `hurries`, by one input at least. */
void vf_batch_adapt(const struct vf_map *map, int slots, bool hurries, struct vf_node *copy);

struct vf_batch {
    struct vf_batch_size size;
    bool hurries;              /* one input at a time, and the next while the program works */
    unsigned alone;            /* inputs that still come alone: a process before died on one */
    struct vf_message **items; /* size.max times the inputs of the node */
    vf_batch_prepare *prepare;
};

/* Of a zeroed batch, in open(). What `hurries` gives inputs ahead where it has no batches, and not in
 * realtime, where an input is to be the newest when its turn comes. */
VF_MUST_CHECK int vf_batch_open(struct vf_batch *batch, const struct vf_node_run *run,
                                const struct vf_map *map, bool hurries, vf_batch_prepare *prepare);
void vf_batch_close(struct vf_batch *batch);

/* Returns how many inputs the program may be sent before it has answered the first. */
unsigned vf_batch_ahead(const struct vf_batch *batch);

/* Has the inputs of process() answered, for which it may send those that follow along. Returns as
 * vf_client_answer(), or VF_DROPPED: they could not be prepared. */
VF_MUST_CHECK int vf_batch_ask(struct vf_batch *batch, struct vf_client *client,
                               struct vf_message *const *inputs);

#endif
