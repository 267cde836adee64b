/* SPDX-License-Identifier: MIT */
/* picture_order.h - finds out when pictures are shown whose packets say only when they are decoded.
 *
 * B-frames are decoded after pictures that are shown later. What the codec says of their order is
 * enough: of those that have come and not been shown, the first in that order is shown when there
 * are more than the decoder keeps back, at the time when the present one is decoded.
 */
#ifndef VF_ENGINE_MEDIA_CODEC_PICTURE_ORDER_H
#define VF_ENGINE_MEDIA_CODEC_PICTURE_ORDER_H

#include <stdbool.h>

#include "engine/base/result.h"

struct AVCodecParameters;
struct AVPacket;
struct vf_picture_order;

/* Returns whether the order of such pictures can be found out. */
bool vf_picture_order_suits(const struct AVCodecParameters *parameters);

/* Prepares for pictures that it suits. Borrows nothing. */
VF_MUST_CHECK int vf_picture_order_create(struct vf_picture_order **order,
                                          const struct AVCodecParameters *parameters);
void vf_picture_order_destroy(struct vf_picture_order **order);

/* Hands over the next packet, in the order of decoding, with its decoding time. Takes *packet. Take
 * all that can be taken before the next. */
void vf_picture_order_push(struct vf_picture_order *order, struct AVPacket **packet);

/* Says that no more packets come. */
void vf_picture_order_end(struct vf_picture_order *order);

/* Gives the next packet, in the order of decoding and with the time when it is shown, to the caller,
 * who frees it; NULL: there is none yet. */
struct AVPacket *vf_picture_order_take(struct vf_picture_order *order);

#endif
