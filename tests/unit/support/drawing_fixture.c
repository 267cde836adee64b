/* SPDX-License-Identifier: MIT */
#include "tests/unit/support/drawing_fixture.h"

#include <libavutil/frame.h>

#include "engine/media/draw/canvas.h"
#include "engine/media/libav/frame.h"
#include "engine/media/libav/picture.h"

struct vf_message *drawing_video, *drawing_second;

void drawing_setup(void)
{
    media_setup();
    vf_bench_init(&media_source, media_node("identity"), 1, NULL, 0); /* for its memory */
}

void drawing_teardown(void)
{
    vf_message_destroy(&drawing_video);
    vf_message_destroy(&drawing_second);
    media_teardown();
}

void drawing_make_video(int format, int width, int height)
{
    AVFrame *frame;
    struct vf_canvas canvas;
    const struct vf_rectangle all = {0, 0, width, height};
    ck_assert_int_eq(vf_picture_create(&frame, &media_source.run, format, width, height), VF_OK);
    ck_assert_int_eq(vf_canvas_init(&canvas, frame), VF_OK);
    vf_canvas_fill(&canvas, &all,
                   &(struct vf_colour){DRAWING_GROUND, DRAWING_GROUND, DRAWING_GROUND, 255});
    ck_assert_int_eq(vf_media_frame_to_message(&media_source.run, frame,
                                               (struct vf_rational){25, 1}, &drawing_video),
                     VF_OK);
    av_frame_free(&frame);
}

void drawing_make_json(const char *text)
{
    vf_message_destroy(&drawing_second);
    ck_assert_int_eq(vf_message_create_json(&drawing_second, text, strlen(text)), VF_OK);
}

struct vf_message *drawing_make_array(const char *dtype, unsigned dimensions, const uint64_t *shape,
                                      const void *bytes, size_t size)
{
    struct vf_payload *payload;
    struct vf_message *array;
    ck_assert_int_eq(vf_payload_create(&payload, size + 1), VF_OK);
    memcpy(payload->data, bytes, size);
    ck_assert_int_eq(vf_message_create(&array, VF_VALUE_ARRAY, &payload), VF_OK);
    snprintf(array->description.array.dtype, sizeof(array->description.array.dtype), "%s", dtype);
    array->description.array.dimensions = dimensions;
    memcpy(array->description.array.shape, shape, dimensions * sizeof(*shape));
    return array;
}

unsigned drawing_pixel(int x, int y)
{
    const struct vf_message *drawn =
        vf_bench_output(&media_bench, 0, vf_bench_count(&media_bench, 0) - 1);
    const struct vf_plane *plane = &drawn->description.video.planes[0];
    return drawn->payload->data[plane->offset + (size_t)y * plane->stride + (size_t)x];
}

void drawing_check_row(int y, int count, const unsigned *expected)
{
    for (int x = 0; x < count; x++)
        ck_assert_msg(drawing_pixel(x, y) == expected[x], "%d, %d is %u, not %u", x, y,
                      drawing_pixel(x, y), expected[x]);
}

void drawing_feed(int expected)
{
    if (!media_bench.is_open)
        ck_assert_int_eq(vf_bench_open(&media_bench), VF_OK);
    ck_assert_int_eq(vf_bench_feed(&media_bench, drawing_video, drawing_second), expected);
}

bool drawing_has_passed(void)
{
    const struct vf_message *last =
        vf_bench_output(&media_bench, 0, vf_bench_count(&media_bench, 0) - 1);
    return last->payload == drawing_video->payload;
}
