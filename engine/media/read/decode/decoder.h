/* SPDX-License-Identifier: MIT */
/* decoder.h - compressed packets in, video messages out.
 *
 * Pictures are decoded straight into the task's arena. Where it has no room, or the codec brings
 * memory of its own, a picture is copied there once, when it comes out. So is one that a device has
 * decoded, and one that is turned.
 */
#ifndef VF_ENGINE_MEDIA_READ_DECODE_DECODER_H
#define VF_ENGINE_MEDIA_READ_DECODE_DECODER_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/message/message.h"

struct AVCodec;
struct AVPacket;
struct AVStream;
struct vf_decoder;
struct vf_media_settings;
struct vf_node_run;
struct vf_records;

/* Opens a decoder for `stream`, with `threads` threads. Borrows `run` for as long as it lives.
 * Where `settings` are strict, what cannot be decoded without a fault makes vf_decoder_send() or
 * vf_decoder_receive() return -EBADMSG, and is not reported to the task; it can go on after that.
 * Returns -ENODEV when there is no device that `settings` require. */
VF_MUST_CHECK int vf_decoder_create(struct vf_decoder **decoder, struct vf_node_run *run,
                                    const struct AVStream *stream,
                                    const struct vf_media_settings *settings, unsigned threads);
void vf_decoder_destroy(struct vf_decoder **decoder);

/* Starts again after a seek, and from now on leaves out frames with timestamps below zero.
 * `at_us` is the time of a next frame that brings no timestamp; INT64_MIN: it is not known where
 * it begins, and frames are left out until one brings a timestamp, and until the first key
 * frame. */
void vf_decoder_restart(struct vf_decoder *decoder, int64_t at_us);

/* Starts again with what is sent next, after vf_decoder_receive() has returned VF_END. */
void vf_decoder_jump(struct vf_decoder *decoder);

/* Has frames with timestamps below `until`, in units of the stream, decoded but not given. */
void vf_decoder_leave_out(struct vf_decoder *decoder, int64_t until);

/* Returns the frame rate that frames say. */
struct vf_rational vf_decoder_rate(const struct vf_decoder *decoder);

/* Says that what is sent next begins anywhere: until its first key frame, and in pictures that are
 * shown before that, it is no fault that what they refer to is missing. */
void vf_decoder_begin(struct vf_decoder *decoder);

/* Hands over a packet, or, with NULL, says that there are no more. Call it only when
 * vf_decoder_receive() has asked for more. What cannot be decoded is reported to the task. */
VF_MUST_CHECK int vf_decoder_send(struct vf_decoder *decoder, const struct AVPacket *packet);

/* Gives the next frame. Returns -EAGAIN when it needs another packet first, VF_END after the last
 * frame, VF_DROPPED when the arena had no room for it, or as vf_node_allocate(). */
VF_MUST_CHECK int vf_decoder_receive(struct vf_decoder *decoder, struct vf_message **message);

/* Has each frame from now on carry `extras` (media/facts), beside what it brings itself. Borrows them
 * until others are set. */
void vf_decoder_set_extras(struct vf_decoder *decoder, const struct vf_records *extras);

/* Returns whether pictures are turned as their stream asks. */
bool vf_decoder_is_turning(const struct vf_decoder *decoder);

/* Returns whether each packet is a frame that can be decoded without any other. */
bool vf_decoder_is_intra_only(const struct vf_decoder *decoder);

/* Lends the codec that decodes. */
const struct AVCodec *vf_decoder_codec(const struct vf_decoder *decoder);

/* Returns whether a frame before the time zero has been left out since the last restart. */
bool vf_decoder_has_skipped(const struct vf_decoder *decoder);

#endif
