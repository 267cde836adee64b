/* SPDX-License-Identifier: MIT */
/* writer.h - video_writer with `when`: a file for each event. */
#ifndef VF_NODES_WRITE_CLIP_WRITER_H
#define VF_NODES_WRITE_CLIP_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/media/write/clips/clips.h"
#include "engine/media/write/clips/packet_maker.h"
#include "nodes/write/clip/events.h"
#include "nodes/write/clip/told.h"

/* Starts as {.events, .when_port}. */
struct vf_clip_writer {
    struct vf_output_order order; /* for packets, also where frames come */
    struct vf_output_choice choice;
    struct vf_output_settings settings;
    struct vf_output_choice *frames_choice; /* of the encoder; NULL: packets come */
    struct vf_clips *clips;                 /* NULL: this writer makes none */
    struct vf_packet_maker *maker;
    struct vf_clip_events events;
    unsigned when_port; /* of the node */
    struct vf_told told;
    char track[24];            /* of the event that names the next clip, as text */
    uint64_t pictures, wanted; /* that have come, and events */
    bool has_ended[VF_MAX_TRACKS];
};

/* Makes clips as `order` says, whose first input brings pictures. */
VF_MUST_CHECK int vf_clip_writer_open(struct vf_clip_writer *writer,
                                      const struct vf_output_order *order);

/* Takes a message of an input, and writes what can be. */
VF_MUST_CHECK int vf_clip_writer_take(struct vf_clip_writer *writer, unsigned input,
                                      const struct vf_message *message);

/* Lends the event with which the clip begins; NULL: it is not known any more. */
const json_t *vf_clip_writer_event(const struct vf_clip_writer *writer);

/* Takes that a clip is complete. Returns as vf_node_emit(). */
VF_MUST_CHECK int vf_clip_writer_note_file(struct vf_clip_writer *writer, const char *path);

/* Ends the last clip, which `is_complete` unless something has failed, and tells the events that are
 * left. */
VF_MUST_CHECK int vf_clip_writer_end(struct vf_clip_writer *writer, bool is_complete);

void vf_clip_writer_finish(struct vf_clip_writer *writer);

#endif
