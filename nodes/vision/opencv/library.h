/* SPDX-License-Identifier: MIT */
/* library.h - finds and loads opencv.so, and with it OpenCV. Once loaded, both stay until the process
 * ends. */
#ifndef VF_NODES_VISION_OPENCV_LIBRARY_H
#define VF_NODES_VISION_OPENCV_LIBRARY_H

#include "engine/base/result.h"
#include "engine/node/reach.h"
#include "nodes/vision/opencv/opencv.h"

/* Gives what opencv.so can do. Returns -ELIBACC with what to install in `problem`. */
VF_MUST_CHECK int vf_opencv_load(const struct vf_opencv **opencv,
                                 const struct vf_opencv_problem *problem);

/* Names opencv.so as what a node reaches. */
void vf_opencv_reach(const struct vf_reach *reach);

#endif
