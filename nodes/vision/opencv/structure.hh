/* SPDX-License-Identifier: MIT */
/* structure.hh - whether a file of a cascade is sound: OpenCV reads its numbers and goes by them, also
 * out of the window and past the end of its tables. */
#ifndef VF_NODES_VISION_OPENCV_STRUCTURE_HH
#define VF_NODES_VISION_OPENCV_STRUCTURE_HH

#include <opencv2/core.hpp>

/* Throws std::runtime_error, which says what is wrong. */
void vf_cascade_examine(const cv::FileNode &root);

#endif
