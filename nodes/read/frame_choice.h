/* SPDX-License-Identifier: MIT */
/* frame_choice.h - which frames of a video are wanted, when it is only each nth.
 *
 * They are counted as they come out of the decoder; or, where each packet is a frame by itself, as
 * packets, so that the others need not be decoded.
 */
#ifndef VF_NODES_READ_FRAME_CHOICE_H
#define VF_NODES_READ_FRAME_CHOICE_H

#include <stdbool.h>
#include <stdint.h>

struct vf_frame_choice {
    uint64_t every;    /* 1: all are wanted */
    bool is_by_packet; /* packets are counted */
    int64_t first_us;  /* they are from this time on; INT64_MIN: from the first */
    uint64_t next;     /* frames, or packets, that have been counted */
};

/* Returns whether the next packet is to be decoded, and counts it. `time_us`: its timestamp. */
bool vf_frame_choice_takes_packet(struct vf_frame_choice *choice, int64_t time_us);

/* Returns whether the next frame is wanted. Does not count it. */
bool vf_frame_choice_wants(const struct vf_frame_choice *choice);

/* Counts a frame. One that is known to be wanted is the first of all that follow. */
void vf_frame_choice_count(struct vf_frame_choice *choice, bool is_first);

/* Begins to count again. */
void vf_frame_choice_restart(struct vf_frame_choice *choice);

#endif
