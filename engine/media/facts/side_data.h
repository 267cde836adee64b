/* SPDX-License-Identifier: MIT */
/* side_data.h - the side data of pictures, as records and back.
 *
 * What says something of a picture that its planes do not travels: captions, mastering display,
 * light level, HDR10+, Dolby Vision, ICC profile, timecode, AFD, display matrix and the like. What
 * only helps a codec (motion vectors, film grain that is drawn already) does not.
 */
#ifndef VF_ENGINE_MEDIA_FACTS_SIDE_DATA_H
#define VF_ENGINE_MEDIA_FACTS_SIDE_DATA_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/result.h"
#include "engine/media/facts/records.h"

struct AVFrame;

/* Adds the side data of a frame. */
void vf_side_data_add(struct vf_records *records, const struct AVFrame *frame);

/* Gives the frame what a record of kind VF_RECORD_FRAME_SIDE says. One that cannot be true is left
 * out. Returns -ENOMEM. */
VF_MUST_CHECK int vf_side_data_restore(struct AVFrame *frame, const struct vf_record *record);

/* Takes all side data that travels from the frame. */
void vf_side_data_remove(struct AVFrame *frame);

/* Bytes that a type of side data must have at least, since libav reads them as a struct; and at
 * most. */
struct vf_side_extent {
    int type;
    size_t least, most;
};

/* Returns whether `size` bytes can be side data of `type`, which is in the table. */
bool vf_side_data_fits(const struct vf_side_extent *extents, size_t count, int type, size_t size);

#endif
