/* SPDX-License-Identifier: MIT */
/* packet.h - packet messages as libav's packets, and back.
 *
 * Each packet message carries the parameters of its stream, so a receiver may start anywhere; they
 * may change in mid-stream. One message without data announces a stream whose first packet is late,
 * or, with codec "none", that there is no such stream: who waits for its first packet need wait no
 * longer.
 */
#ifndef VF_ENGINE_MEDIA_CODEC_PACKET_H
#define VF_ENGINE_MEDIA_CODEC_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/message/message.h"

struct AVCodecParameters;
struct AVPacket;
struct vf_node_run;
struct vf_records;

/* Makes a message of a packet, whose time base is set, of its stream's parameters and of its
 * extras (media/facts; NULL: it has none), in a payload of the task's arena. Returns as
 * vf_node_allocate(). */
VF_MUST_CHECK int vf_media_packet_to_message(struct vf_node_run *run,
                                             const struct AVCodecParameters *parameters,
                                             const struct AVPacket *packet,
                                             const struct vf_records *extras,
                                             struct vf_message **message);

/* Returns the bytes of the payload that such a message has. */
size_t vf_media_packet_payload_size(size_t extradata_size, size_t data_size, size_t extras_size);

/* Makes a copy of a message in this process's own memory, with another header for the codec. */
VF_MUST_CHECK int vf_media_packet_with_header(const struct vf_message *message,
                                              const uint8_t *header, size_t size,
                                              struct vf_message **made);

/* Returns when a packet begins, in microseconds; INT64_MIN: it has no timestamp. */
int64_t vf_media_packet_start_us(const struct AVPacket *packet);

/* Returns when a picture is shown, in nanoseconds; VF_NO_TIMESTAMP: its packet does not say. */
int64_t vf_media_packet_shown_ns(const struct AVPacket *packet);

/* Returns when a packet is decoded, in microseconds, or begins, where that is all that is known. */
int64_t vf_media_packet_decode_us(const struct AVPacket *packet);
bool vf_media_packet_is_key(const struct AVPacket *packet);

/* Returns whether an edit list has cut the packet off, so that it is only there for the decoder of
 * those that follow. */
bool vf_media_packet_is_only_decoded(const struct AVPacket *packet);

/* Makes the message that announces that there is no such stream; `media`: as in struct
 * vf_packet. */
VF_MUST_CHECK int vf_media_packet_announce_none(struct vf_message **message, char media);
bool vf_media_packet_is_none(const struct vf_message *message);

/* Returns whether a message has no data, but says what the packets to come are. */
bool vf_media_packet_is_announcement(const struct vf_message *message);

/* Takes over what the packet's side data says of a stream that changes with it: its extra data, its
 * sample rate, its number of channels. */
VF_MUST_CHECK int vf_media_packet_change_parameters(struct AVCodecParameters *parameters,
                                                    const struct AVPacket *packet);

/* Makes a packet that shares the message's payload, with its time base set; it has a copy where the
 * payload lies in the memory of another task. Returns -EBADMSG for a description that its payload does
 * not bear out. */
VF_MUST_CHECK int vf_media_packet_from_message(struct AVPacket **packet,
                                               const struct vf_message *message);

/* Makes the parameters of the stream that the message's packet belongs to.
 * Returns as vf_media_packet_from_message(). */
VF_MUST_CHECK int vf_media_parameters_from_message(struct AVCodecParameters **parameters,
                                                   const struct vf_message *message);

/* Returns whether the message's packet is of such a stream: nothing that a decoder must know has
 * changed. */
bool vf_media_packet_has_parameters(const struct vf_message *message,
                                    const struct AVCodecParameters *parameters);

#endif
