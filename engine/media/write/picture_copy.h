/* SPDX-License-Identifier: MIT */
/* picture_copy.h - packets of pictures as a container is to have them, without decoding them. */
#ifndef VF_ENGINE_MEDIA_WRITE_PICTURE_COPY_H
#define VF_ENGINE_MEDIA_WRITE_PICTURE_COPY_H

#include <stdbool.h>

#include "engine/base/result.h"
#include "engine/media/write/muxer.h"

struct AVPacket;
struct vf_message;
struct vf_node_run;
struct vf_output_choice;
struct vf_picture_copy;

/* Decides for packets like `first`. Borrows `run`. Logs what the container cannot hold, and returns -EINVAL. */
VF_MUST_CHECK int vf_picture_copy_create(struct vf_picture_copy **copy, struct vf_node_run *run,
                                         const struct vf_output_choice *choice,
                                         const struct vf_message *first);
void vf_picture_copy_destroy(struct vf_picture_copy **copy);

/* Hands over a packet; what comes before the first key frame is left out. Returns -EINVAL, after it
 * has logged why, where the pictures become others than a header in front has announced. What is
 * damaged is reported to the task and left out. */
VF_MUST_CHECK int vf_picture_copy_send(struct vf_picture_copy *copy,
                                       const struct vf_message *message);

/* Says that no more comes, when all packets that there are have been taken: there are some more. */
void vf_picture_copy_end(struct vf_picture_copy *copy);

/* Gives the next packet to the caller, who frees it; NULL: there is none yet. */
struct AVPacket *vf_picture_copy_take(struct vf_picture_copy *copy);

/* Says what comes out; the parameters in *track are the caller's. Returns -EAGAIN while that is
 * not known. */
VF_MUST_CHECK int vf_picture_copy_describe(const struct vf_picture_copy *copy,
                                           struct vf_media_track *track);

#endif
