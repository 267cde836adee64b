/* SPDX-License-Identifier: MIT */
/* catch_up.h - how a reader comes to the pictures of its run's part.
 *
 * The first picture of all is decoded and sent. From then on packets are only kept, from a key frame
 * on, until one comes that is shown in the part: what has been kept is decoded then, and the pictures
 * before the part are left out.
 */
#ifndef VF_NODES_READ_CATCH_UP_H
#define VF_NODES_READ_CATCH_UP_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/media/codec/packet_queue.h"
#include "engine/node/node.h"

struct AVPacket;

/* Starts as {.part}. */
struct vf_catch_up {
    struct vf_run_part part;
    enum {
        VF_CATCH_UP_FIRST,   /* the first picture has not been sent, */
        VF_CATCH_UP_KEEPING, /* it has, and packets are kept, */
        VF_CATCH_UP_FEEDING, /* and decoded now */
        VF_CATCH_UP_DONE,
    } stage;
    struct vf_packet_queue kept;
};

/* Begins, or begins again. Of all pictures, none has to be left out. */
void vf_catch_up_begin(struct vf_catch_up *catch_up);

/* Says that the first picture has been sent. Returns whether the decoder is to be restarted now. */
bool vf_catch_up_note_first(struct vf_catch_up *catch_up);

/* Takes a packet of pictures that has been read; returns in *is_taken whether it is not to be decoded
 * now. */
VF_MUST_CHECK int vf_catch_up_take(struct vf_catch_up *catch_up, const struct AVPacket *packet,
                                   bool *is_taken);

/* Says that there are no more. Returns whether what was kept is to be decoded first. */
bool vf_catch_up_end(struct vf_catch_up *catch_up);

/* Lends the next packet to decode, until it is dropped; NULL: read on. */
const struct AVPacket *vf_catch_up_peek(struct vf_catch_up *catch_up);
void vf_catch_up_drop(struct vf_catch_up *catch_up);

/* Returns whether what has been kept begins with a key frame, and early enough. */
bool vf_catch_up_has_enough(const struct vf_catch_up *catch_up);

/* Forgets what has been kept: it is for another decoder than what follows. */
void vf_catch_up_forget(struct vf_catch_up *catch_up);

/* Returns whether a picture that begins then is to be sent. */
bool vf_catch_up_wants(const struct vf_catch_up *catch_up, int64_t start_us);

void vf_catch_up_finish(struct vf_catch_up *catch_up);

#endif
