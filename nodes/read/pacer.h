/* SPDX-License-Identifier: MIT */
/* pacer.h - lets a producer that could read faster keep to the clock, as a camera does.
 *
 * A frame is due when its timestamp is, counted from the first one. What comes late shifts
 * nothing that follows, so nothing drifts; only where timestamps go back, as when a file begins
 * again, does the count begin again. At a rate of its own each frame is due as much after the one
 * before, whatever the timestamps say.
 */
#ifndef VF_NODES_READ_PACER_H
#define VF_NODES_READ_PACER_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/node/node.h"

/* What a user may ask for; auto: of a file in a realtime flow. */
enum vf_pace { VF_PACE_AUTO, VF_PACE_TRUE, VF_PACE_FALSE };

/* Starts as {0}, which never waits. */
struct vf_pacer {
    bool is_on;
    double fps;   /* the rate of its own; 0: none */
    double count; /* at that rate: frames so far */
    bool is_begun;
    int64_t zero_ns;  /* when timestamp 0 is due */
    int64_t last_us;  /* timestamp of the last frame */
    int64_t frame_us; /* its duration */
    int64_t next_us;  /* timestamp that the next one should have */
};

/* Sleeps until a frame is due; one without a timestamp always is. Returns VF_END as
 * vf_node_sleep_until(). */
VF_MUST_CHECK int vf_pacer_wait(struct vf_pacer *pacer, struct vf_node_run *run,
                                const struct vf_message *frame);

/* The same for a frame that was lost before its timestamp was known: it takes as long as the
 * one before. Without that, what finds no room would be read all the faster. */
VF_MUST_CHECK int vf_pacer_wait_lost(struct vf_pacer *pacer, struct vf_node_run *run);

#endif
