/* SPDX-License-Identifier: MIT */
/* told.h - up to which time all events have come. */
#ifndef VF_NODES_WRITE_CLIP_TOLD_H
#define VF_NODES_WRITE_CLIP_TOLD_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/media/write/tracks.h"

struct vf_message;
struct vf_node_run;

/* Starts by vf_told_init(). */
struct vf_told {
    struct vf_node_run *run;
    unsigned port;                   /* of the node, by which events come */
    int64_t until_ns[VF_MAX_TRACKS]; /* by input */
};

/* Borrows `run`. */
void vf_told_init(struct vf_told *told, struct vf_node_run *run, unsigned port);

/* Whether events come by an input. */
bool vf_told_is_by(const struct vf_told *told, unsigned input);

/* Takes note of an event: others of the same frame may follow. */
void vf_told_note(struct vf_told *told, unsigned input, const struct vf_message *event);

/* Returns up to when no more come. In realtime, who has fallen more than `delay_ns` behind `newest_ns`,
 * the newest picture, is not waited for; INT64_MIN: there is none. */
int64_t vf_told_until(struct vf_told *told, int64_t newest_ns, int64_t delay_ns);

/* Returns a time less another, where all time stays all. */
int64_t vf_told_before(int64_t time_ns, int64_t less_ns);

#endif
