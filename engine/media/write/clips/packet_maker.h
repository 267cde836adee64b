/* SPDX-License-Identifier: MIT */
/* packet_maker.h - frames as packets that a clip can begin with any second.
 *
 * Frames that wait until it is known whether they are recorded wait as packets, which take a
 * hundredth of the memory, and no place in the arena of who sent them.
 */
#ifndef VF_ENGINE_MEDIA_WRITE_CLIPS_PACKET_MAKER_H
#define VF_ENGINE_MEDIA_WRITE_CLIPS_PACKET_MAKER_H

#include "engine/base/result.h"

struct vf_message;
struct vf_node_run;
struct vf_output_choice;
struct vf_output_settings;
struct vf_packet_maker;

/* Borrows all for as long as the maker lives. */
VF_MUST_CHECK int vf_packet_maker_create(struct vf_packet_maker **maker, struct vf_node_run *run,
                                         struct vf_output_choice *choice,
                                         const struct vf_output_settings *settings);
void vf_packet_maker_destroy(struct vf_packet_maker **maker);

/* Takes a frame; NULL: there are no more. */
VF_MUST_CHECK int vf_packet_maker_send(struct vf_packet_maker *maker,
                                       const struct vf_message *frame);

/* Gives the caller the next packet, in private memory. Returns -EAGAIN when it needs another frame
 * first, VF_END after the last packet. */
VF_MUST_CHECK int vf_packet_maker_receive(struct vf_packet_maker *maker,
                                          struct vf_message **packet);

/* Returns the name of the encoder; NULL: no frame has come. */
const char *vf_packet_maker_encoder(const struct vf_packet_maker *maker);

#endif
