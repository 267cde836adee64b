/* SPDX-License-Identifier: MIT */
/* drawing_fixture.h - small pictures of one gray, and what a node has drawn on them. */
#ifndef VF_TESTS_UNIT_SUPPORT_DRAWING_FIXTURE_H
#define VF_TESTS_UNIT_SUPPORT_DRAWING_FIXTURE_H

#include "tests/unit/support/media_fixture.h"

#define DRAWING_GROUND 100

/* What drawing_feed() feeds; the second may be NULL. */
extern struct vf_message *drawing_video, *drawing_second;

/* A checked fixture; the node under test is that of media_bench. */
void drawing_setup(void);
void drawing_teardown(void);

/* Make the picture, of an AVPixelFormat, and the value. */
void drawing_make_video(int format, int width, int height);
void drawing_make_json(const char *text);

/* Makes an array of `size` bytes. It is the caller's. */
struct vf_message *drawing_make_array(const char *dtype, unsigned dimensions, const uint64_t *shape,
                                      const void *bytes, size_t size);

/* Opens the node, if it is not open, and feeds it. It must return `expected`. */
void drawing_feed(int expected);

/* Returns a pixel of the last picture that came out, by the first plane. */
unsigned drawing_pixel(int x, int y);
void drawing_check_row(int y, int count, const unsigned *expected);

/* Tells whether the picture came out as it went in. */
bool drawing_has_passed(void);

#endif
