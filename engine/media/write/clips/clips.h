/* SPDX-License-Identifier: MIT */
/* clips.h - one file for each stretch of time that is to be recorded, out of packets.
 *
 * Packets wait until it is certain whether they are recorded: how far that is known, the owner says.
 * Then each group of pictures, from one key frame to the next, is written or left out, with the
 * sound and subtitles of its time; so a clip begins with a key frame. Stretches that share a group
 * become one clip.
 */
#ifndef VF_ENGINE_MEDIA_WRITE_CLIPS_CLIPS_H
#define VF_ENGINE_MEDIA_WRITE_CLIPS_CLIPS_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/media/write/clips/frame_index.h"
#include "engine/media/write/clips/spans.h"
#include "engine/media/write/output.h"

struct vf_clips;
struct vf_message;

/* Borrows what the order names, whose first input brings packets of pictures. */
VF_MUST_CHECK int vf_clips_create(struct vf_clips **clips, const struct vf_output_order *order);

/* Gives up what has not been ended. */
void vf_clips_destroy(struct vf_clips **clips);

/* Takes a copy of a message of an input. */
VF_MUST_CHECK int vf_clips_take(struct vf_clips *clips, unsigned input,
                                const struct vf_message *message);

/* Says that nothing more comes of an input. */
void vf_clips_end_input(struct vf_clips *clips, unsigned input);

/* Lends the spans that are to be recorded. None is added that begins before what is certain. */
struct vf_spans *vf_clips_spans(struct vf_clips *clips);

/* Returns the time of the newest picture; INT64_MIN: there is none. */
int64_t vf_clips_newest_ns(const struct vf_clips *clips);

/* Writes what can be written once it is certain which pictures before `certain_ns` are. */
VF_MUST_CHECK int vf_clips_advance(struct vf_clips *clips, int64_t certain_ns);

/* Lends what is in the present clip: while its owner is told of the file, all that is in that. */
const struct vf_frame_index *vf_clips_index(const struct vf_clips *clips);

/* Lends the time that the present clip is to have, at least. */
const struct vf_span *vf_clips_span(const struct vf_clips *clips);

/* Writes what is left, and ends the last clip, which `is_complete` unless something has failed. */
VF_MUST_CHECK int vf_clips_end(struct vf_clips *clips, bool is_complete);

#endif
