/* SPDX-License-Identifier: MIT */
/* frame_index.h - which picture of a file is that of which time. */
#ifndef VF_ENGINE_MEDIA_WRITE_CLIPS_FRAME_INDEX_H
#define VF_ENGINE_MEDIA_WRITE_CLIPS_FRAME_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"

/* Starts as zero bytes. */
struct vf_frame_index {
    int64_t *times_ns; /* of the pictures, as they come, or, once sorted, as they are shown */
    size_t count, room;
};

VF_MUST_CHECK int vf_frame_index_add(struct vf_frame_index *index, int64_t time_ns);

/* Puts the pictures in the order in which they are shown, before anything is looked up. */
void vf_frame_index_sort(struct vf_frame_index *index);

/* Says which picture is shown at that time: its number, from 1, and its time in the file, which begins
 * at zero. Returns whether there is one of just that time, but for rounding. */
bool vf_frame_index_find(const struct vf_frame_index *index, int64_t time_ns, uint64_t *number,
                         int64_t *in_file_ns);

/* Returns the time of the last picture; INT64_MIN: there is none. */
int64_t vf_frame_index_last_ns(const struct vf_frame_index *index);

void vf_frame_index_clear(struct vf_frame_index *index);
void vf_frame_index_finish(struct vf_frame_index *index);

#endif
