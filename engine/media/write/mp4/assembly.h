/* SPDX-License-Identifier: MIT */
/* assembly.h - puts an ordinary MP4 file together from one that was written in fragments. */
#ifndef VF_ENGINE_MEDIA_WRITE_MP4_ASSEMBLY_H
#define VF_ENGINE_MEDIA_WRITE_MP4_ASSEMBLY_H

#include <stdint.h>

#include "engine/base/result.h"
#include "engine/media/write/mp4/index.h"

/* Writes the front, and after it the data of all fragments, to the open, empty file `to`. Returns
 * -EPROTO where the data is not what the front speaks of. */
VF_MUST_CHECK int vf_mp4_assemble(int to, int fragments, const struct vf_mp4_front *front,
                                  int64_t *size_bytes);

#endif
