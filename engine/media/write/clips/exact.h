/* SPDX-License-Identifier: MIT */
/* exact.h - clips that have just the pictures of their times.
 *
 * What is before the first key frame of a clip, and what of its last group of pictures cannot be
 * copied without others that are shown later, is encoded again; all between them is copied.
 */
#ifndef VF_ENGINE_MEDIA_WRITE_CLIPS_EXACT_H
#define VF_ENGINE_MEDIA_WRITE_CLIPS_EXACT_H

#include "engine/base/result.h"

struct vf_clips;
struct vf_group;

VF_MUST_CHECK int vf_exact_open(struct vf_clips *clips);

/* Writes what is recorded of the first group that waits. */
VF_MUST_CHECK int vf_exact_write(struct vf_clips *clips, const struct vf_group *group);

/* Writes what is left of the present clip. */
VF_MUST_CHECK int vf_exact_end(struct vf_clips *clips);

#endif
