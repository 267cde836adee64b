/* SPDX-License-Identifier: MIT */
/* examination.h - whether there is what finds by cascades: `vflow doctor`. */
#ifndef VF_NODES_VISION_OPENCV_EXAMINATION_H
#define VF_NODES_VISION_OPENCV_EXAMINATION_H

#include <stddef.h>

#include "engine/base/result.h"

/* Says in one line which OpenCV there is, and where cascades are. Returns a negative errno with what to
 * install in `text` when one of them is not there. */
VF_MUST_CHECK int vf_cascades_examine(char *text, size_t size);

#endif
