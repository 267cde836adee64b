/* SPDX-License-Identifier: MIT */
/* feed.h - the messages that come from the taps of a run (engine/edge/page/tap.h). */
#ifndef VF_ENGINE_TAP_FEED_H
#define VF_ENGINE_TAP_FEED_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/edge/page/tap.h"
#include "engine/message/message.h"

/* One task that is looked at. */
struct vf_tap_place {
    char *task; /* its name */
    unsigned port;
    int fd; /* of its file */
};

/* What is looked at, and how. Starts as {.interval_ns, .link_fd}. */
struct vf_tap_wish {
    struct vf_tap_place *places;
    size_t count;
    int64_t interval_ns;
    int link_fd; /* hangs up when the run is over; -1: who looks hears of that elsewhere */
};

/* Takes what a run has answered (engine/process/tap_request.h) and the descriptors that came with
 * it. Returns -EPROTO when it is no answer, -ESTALE when messages look different in that run. */
VF_MUST_CHECK int vf_tap_wish_take(struct vf_tap_wish *wish, const json_t *answer,
                                   const int *descriptors, size_t count);
void vf_tap_wish_finish(struct vf_tap_wish *wish);

/* Starts as {0}. Belongs to one process: open it after fork(). */
struct vf_tap_feed {
    const struct vf_tap_wish *wish;
    struct vf_tap_reader *readers; /* one for each place */
    size_t turn;                   /* the place that is looked at next */
};

/* A message, lent until vf_tap_feed_done(): the description is checked, the bytes are not. */
struct vf_tap_view {
    size_t place;
    struct vf_description description;
    const uint8_t *bytes;
};

/* Returns -EBUSY when others look at one of the tasks, as many as can. Logs what failed. */
VF_MUST_CHECK int vf_tap_feed_open(struct vf_tap_feed *feed, const struct vf_tap_wish *wish);
void vf_tap_feed_close(struct vf_tap_feed *feed);

/* Waits for a message, for a moment. Returns -EAGAIN when none has come, VF_END when the run is
 * over. */
VF_MUST_CHECK int vf_tap_feed_next(struct vf_tap_feed *feed, struct vf_tap_view *view);

/* The same, without waiting. */
VF_MUST_CHECK int vf_tap_feed_look(struct vf_tap_feed *feed, struct vf_tap_view *view);

/* Makes room for the next message of that place. */
void vf_tap_feed_done(struct vf_tap_feed *feed, const struct vf_tap_view *view);

#endif
