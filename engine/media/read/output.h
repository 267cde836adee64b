/* SPDX-License-Identifier: MIT */
/* output.h - what a reader sends: with its place in time, and the name of its source. */
#ifndef VF_ENGINE_MEDIA_READ_OUTPUT_H
#define VF_ENGINE_MEDIA_READ_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/media/read/open/settings.h"
#include "engine/media/read/source_facts.h"
#include "engine/message/message.h"

struct vf_demuxer;
struct vf_node_run;
struct vf_packet_queue;
struct vf_reading_place;
struct vf_reading_sound;

/* The ports of a reader are numbered as enum vf_stream. */
struct vf_reading_output {
    struct vf_node_run *run; /* borrowed, like the path */
    const char *path;
    size_t folder_length; /* of the part of the path that is not told: vf_message_set_source() */
    int64_t start_us;     /* the time within the source that timestamps count from */
    int64_t offset_us;    /* what is added to all timestamps */
    struct vf_source_facts facts;   /* what the source says of itself */
    struct vf_reading_sound *sound; /* once there is some to decode */
    bool lacks_key; /* a packet of pictures has found no room, and no key frame since */
};

/* Frees what it has made; may be called again. */
void vf_reading_output_finish(struct vf_reading_output *output);

/* Sends a message. Takes *message, also when it fails. What finds no room counts as sent. */
VF_MUST_CHECK int vf_reading_output_emit(const struct vf_reading_output *output,
                                         enum vf_stream kind, struct vf_message **message);

/* Says that there is no stream of a kind to come. */
VF_MUST_CHECK int vf_reading_output_announce_none(const struct vf_reading_output *output,
                                                  enum vf_stream kind);

/* Says that there is a stream whose first packet is late. */
VF_MUST_CHECK int vf_reading_output_announce(const struct vf_reading_output *output,
                                             struct vf_demuxer *demuxer, enum vf_stream kind);

/* Takes the packets out of `queue` that begin before `until_us`, and sends those that are in the
 * range, which ends at `limit_us`, and have not been made before; or their samples. Returns as
 * vf_node_emit(). */
VF_MUST_CHECK int vf_reading_output_packets(struct vf_reading_output *output,
                                            struct vf_reading_place *place, enum vf_stream kind,
                                            struct vf_packet_queue *queue, int64_t until_us,
                                            int64_t limit_us);

/* Sends the last samples, when all packets of the sound have been taken. Returns as vf_node_emit(). */
VF_MUST_CHECK int vf_reading_output_end_sound(struct vf_reading_output *output,
                                              struct vf_reading_place *place, int64_t limit_us);

/* Adds to the times of a message what is added to those of a source. */
void vf_reading_output_shift(struct vf_description *description, int64_t offset_us);

/* Subtracts from what was made what is added to all timestamps. What was made before the time
 * zero is nothing then. */
void vf_reading_output_unshift(struct vf_made *made, int64_t offset_us);

/* Makes of all packets of pictures that were made what is of the source that begins at `offset_us`
 * and is read from `start_us`, and subtracts the offset. Of a source before the one of the last
 * packet, all have been made; of one behind it, none. Their timestamps alone do not tell: the first
 * packets of a source may be decoded before the last ones of another. Returns false, and changes
 * nothing, where the source of the last is not known. */
bool vf_reading_output_claim(struct vf_made *made, int64_t offset_us, int64_t start_us);

#endif
