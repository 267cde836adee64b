/* SPDX-License-Identifier: MIT */
/* subtitle_track.h - packets of subtitles as a container can hold them.
 *
 * They are copied where it can hold their codec; text is converted into the container's own form of
 * text otherwise. What is a picture cannot become text. Subtitles that change in mid-stream become
 * what the first were; those that cannot are reported to the task, and left out.
 */
#ifndef VF_ENGINE_MEDIA_WRITE_SUBTITLE_TRACK_H
#define VF_ENGINE_MEDIA_WRITE_SUBTITLE_TRACK_H

#include "engine/base/result.h"
#include "engine/media/write/muxer.h"

struct AVPacket;
struct vf_message;
struct vf_node_run;
struct vf_output_choice;
struct vf_subtitle_track;

/* Prepares for packets like `first`, and says in *track what comes out; its parameters are the
 * caller's. Logs what cannot be held, and returns -EINVAL. */
VF_MUST_CHECK int vf_subtitle_track_create(struct vf_subtitle_track **subtitles,
                                           struct vf_node_run *run,
                                           const struct vf_output_choice *choice,
                                           const struct vf_message *first,
                                           struct vf_media_track *track);
void vf_subtitle_track_destroy(struct vf_subtitle_track **subtitles);

/* Makes the packet for one that came, the caller's; NULL: there is nothing to be shown. One that
 * cannot be converted is reported to the task. */
VF_MUST_CHECK int vf_subtitle_track_convert(struct vf_subtitle_track *subtitles,
                                            const struct vf_message *message,
                                            struct AVPacket **packet);

#endif
