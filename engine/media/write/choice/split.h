/* SPDX-License-Identifier: MIT */
/* split.h - pictures that are encoded in groups, several at a time.
 *
 * Each group has an encoder of its own, with one thread, so that what comes of it depends on its
 * frames alone, and on what the first of all says; not on how many encoders there are, nor on which
 * is done first. It begins with a key frame that nothing before it is needed for. That asks for a
 * quality that each group keeps by itself: nobody keeps an average over all of them.
 */
#ifndef VF_ENGINE_MEDIA_WRITE_CHOICE_SPLIT_H
#define VF_ENGINE_MEDIA_WRITE_CHOICE_SPLIT_H

#include "engine/base/result.h"
#include "engine/media/write/choice/settings.h"

struct AVCodecContext;
struct vf_output_problem;

#define VF_SPLIT_USUAL_GOP 60 /* frames: two seconds of 30 a second */

/* Returns how many encoders are at work at the same time: vf_workers_count(). */
unsigned vf_split_workers(const struct vf_output_settings *settings);

/* Returns how many frames a group has, but for the last one before a file ends. */
unsigned vf_split_group(const struct vf_output_settings *settings);

/* Returns how many frames may wait for their encoders: vf_workers_waiting(). */
unsigned vf_split_waiting(const struct vf_output_settings *settings);

/* Looks for what does not go with groups. On a mistake returns -EINVAL with one line. */
VF_MUST_CHECK int vf_split_check(const struct vf_output_choice *choice,
                                 const struct vf_output_settings *settings,
                                 const struct vf_output_problem *problem);

/* Has the library of an encoder, which is not open yet, begin no threads. */
VF_MUST_CHECK int vf_split_prepare(struct AVCodecContext *context);

#endif
