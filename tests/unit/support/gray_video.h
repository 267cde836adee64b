/* SPDX-License-Identifier: MIT */
/* gray_video.h - a video of gray pictures, told as a row of shots, for nodes that look at all of it. */
#ifndef VF_TESTS_UNIT_SUPPORT_GRAY_VIDEO_H
#define VF_TESTS_UNIT_SUPPORT_GRAY_VIDEO_H

#include <jansson.h>

#include "tests/unit/support/media_fixture.h"

#define GRAY_WIDTH 160
#define GRAY_HEIGHT 120

/* Frames that follow each other. */
struct gray_shot {
    int frames;
    unsigned pattern; /* another number looks different */
    double from, to;  /* how bright the first and the last frame are: 0: black, 1: as they are, 2:
                         white */
    double speed;     /* pixels a frame, to the right */
};

/* A checked fixture: memory for frames. The next video begins with frame 1. */
void gray_setup(void);

/* Feeds the shots to the node of media_bench, at 25 frames a second, after what was fed before. */
void gray_feed(const struct gray_shot *shots, size_t count);

/* What frames that are fed say of their source from now on, and of being key frames. */
extern uint64_t gray_source;
extern int gray_key_distance; /* 0: all are */
extern int64_t gray_time;     /* timestamp of the next */

/* Parses the JSON of message `index` of an output: the caller's. */
json_t *gray_told(unsigned port, unsigned index);

/* Looks up a number below some names: "begin.number"; NAN: it is null. A boolean is 0 or 1. */
double gray_number(unsigned port, unsigned index, const char *path);

/* Expects a text there. */
void gray_expect_text(unsigned port, unsigned index, const char *path, const char *text);

#endif
