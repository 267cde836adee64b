/* SPDX-License-Identifier: MIT */
/* test_picture.h - a picture that moves, drawn the same way every time.
 *
 * Colour bars travel to the left over a ramp, a white square bounces, and a row of blocks shows
 * the frame's number in binary, the lowest bit at the right.
 */
#ifndef VF_ENGINE_MEDIA_PICTURE_TEST_PICTURE_H
#define VF_ENGINE_MEDIA_PICTURE_TEST_PICTURE_H

#include <stdint.h>

#include "engine/base/result.h"
#include "engine/message/message.h"

struct vf_node_run;
struct vf_test_picture;

VF_MUST_CHECK int vf_test_picture_create(struct vf_test_picture **picture, const char *format,
                                         int width, int height, struct vf_rational frame_rate);
void vf_test_picture_destroy(struct vf_test_picture **picture);

/* Draws frame `number`, counted from 0, in the task's arena. Returns as vf_node_allocate(). */
VF_MUST_CHECK int vf_test_picture_draw(struct vf_test_picture *picture, struct vf_node_run *run,
                                       int64_t number, struct vf_message **message);

#endif
