/* SPDX-License-Identifier: MIT */
/* stream_side.h - the side data of streams, as records and back. */
#ifndef VF_ENGINE_MEDIA_FACTS_FILE_STREAM_SIDE_H
#define VF_ENGINE_MEDIA_FACTS_FILE_STREAM_SIDE_H

#include "engine/base/result.h"
#include "engine/media/facts/records.h"

struct AVStream;

/* Adds the side data of a stream. */
void vf_stream_side_add(struct vf_records *records, const struct AVStream *stream);

/* Gives the stream what a record of kind VF_RECORD_STREAM_SIDE says; one of VF_RECORD_FRAME_SIDE,
 * where what it says holds for all pictures, as a mastering display does. What the stream has
 * stays. Returns -ENOMEM. */
VF_MUST_CHECK int vf_stream_side_restore(struct AVStream *stream, const struct vf_record *record);

#endif
