/* SPDX-License-Identifier: MIT */
/* cascade_file.h - finds cascades by their names, where OpenCV's data are installed.
 *
 * haarcascade_upperbody.xml is called upperbody, lbpcascade_frontalface.xml lbp_frontalface, and
 * haarcascade_frontalface_default.xml frontalface. The names of the files do as well.
 */
#ifndef VF_NODES_VISION_OPENCV_CASCADE_FILE_H
#define VF_NODES_VISION_OPENCV_CASCADE_FILE_H

#include <stdbool.h>

#include "engine/base/result.h"
#include "nodes/vision/opencv/opencv.h"

/* Finds the file that `name` means: a path, or the name of a cascade in one of the folders of
 * VFLOW_CASCADES or where packages put them. *path is the caller's. Returns -ENOENT with what there
 * is in `problem`. */
VF_MUST_CHECK int vf_cascade_file_find(const char *name, char **path,
                                       const struct vf_opencv_problem *problem);

/* Notes that a file is sound; returns whether it was, and has not changed since. A flow looks at its
 * options several times. From one thread. */
void vf_cascade_file_note(const char *path);
bool vf_cascade_file_is_sound(const char *path);

/* Returns the name of the cascade in a file, in fresh memory, the caller's; NULL: out of memory. */
char *vf_cascade_file_name(const char *path);

#endif
