/* SPDX-License-Identifier: MIT */
/* crew.h - several encoders at work on one stream, each in a thread of its own.
 *
 * The frames of a group go to one encoder, which is opened for it and closed after it. A group is begun
 * while others are encoded; its packets come out after theirs. All functions are for one thread, the
 * one that made the crew.
 */
#ifndef VF_ENGINE_MEDIA_WRITE_ENCODE_CREW_H
#define VF_ENGINE_MEDIA_WRITE_ENCODE_CREW_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/media/write/encode/encoder.h"

struct AVFrame;
struct AVPacket;
struct vf_crew;
struct vf_node_run;

struct vf_crew_order {
    struct vf_node_run *run;     /* of the task, which stays a sign of life while it waits */
    struct vf_encoder_part part; /* what encoders are opened for; lent until the end */
    unsigned workers;            /* at most so many at the same time, at least 1 */
    unsigned waiting;            /* frames that may wait for their encoders, at least 1 */
};

/* Starts the threads. Takes *first, an encoder that has been opened for the first group. */
VF_MUST_CHECK int vf_crew_create(struct vf_crew **crew, const struct vf_crew_order *order,
                                 struct vf_encoder **first);

/* Gives up what has not been encoded. */
void vf_crew_destroy(struct vf_crew **crew);

/* Takes a frame, which has its time (vf_encoder_intake()), as the first of a group where it
 * `begins_group`; the first of all does. Waits until there is room for it. Returns what went wrong
 * in an encoder, once something has. */
VF_MUST_CHECK int vf_crew_add(struct vf_crew *crew, struct AVFrame **frame, bool begins_group);

/* Says that no more frames come. */
void vf_crew_end(struct vf_crew *crew);

/* Gives the next packet of the stream to the caller. Returns -EAGAIN where it is not encoded yet;
 * after vf_crew_end(), waits for it, and returns VF_END after the last. */
VF_MUST_CHECK int vf_crew_take(struct vf_crew *crew, struct AVPacket **packet);

/* Returns how many frames have been handed to encoders. */
uint64_t vf_crew_sent_count(struct vf_crew *crew);

#endif
