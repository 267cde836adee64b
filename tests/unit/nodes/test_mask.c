/* SPDX-License-Identifier: MIT */
/* What masks leave of frames. */
#include <errno.h>
#include <math.h>
#include <stdio.h>

#include "engine/message/array_items.h"
#include "tests/unit/support/media_fixture.h"
#include "tests/unit/support/scratch.h"

#define WIDTH 8
#define HEIGHT 4
#define ITEMS ((size_t)WIDTH * HEIGHT)

static struct vf_message *mask;

static void drop_mask(void)
{
    vf_message_destroy(&mask);
}

/* Makes a mask of WIDTH x HEIGHT, all of it of the number in `item`. */
static void make_mask(const char *dtype, const void *item, uint32_t dimensions)
{
    struct vf_payload *payload;
    size_t size = vf_array_item_size(dtype);
    ck_assert_int_eq(vf_payload_create(&payload, ITEMS * size), VF_OK);
    for (size_t i = 0; i < ITEMS; i++)
        memcpy(payload->data + i * size, item, size);
    ck_assert_int_eq(vf_message_create(&mask, VF_VALUE_ARRAY, &payload), VF_OK);
    struct vf_array *array = &mask->description.array;
    *array = (struct vf_array){.dimensions = dimensions, .shape = {HEIGHT, WIDTH, 1}};
    snprintf(array->dtype, sizeof(array->dtype), "%s", dtype);
}

static struct vf_plane *plane_of(const struct vf_message *message, unsigned plane)
{
    return (struct vf_plane *)&message->description.video.planes[plane];
}

/* Gives every byte of a plane of the frame a value. */
static void paint(unsigned plane, int value)
{
    struct vf_message *frame = media_source.outputs[0].message;
    const struct vf_plane *place = plane_of(frame, plane);
    memset(frame->payload->data + place->offset, value, (size_t)place->stride * place->rows);
}

static unsigned sample(unsigned plane, unsigned x, unsigned y)
{
    const struct vf_message *output = vf_bench_output(&media_bench, 0, 0);
    const struct vf_plane *place = plane_of(output, plane);
    return output->payload->data[place->offset + (size_t)y * place->stride + x];
}

static void open_mask(const char *invert, const char *colour)
{
    vf_bench_setup(&media_bench, media_node("mask"), 2, {"invert", invert}, {"colour", colour});
    ck_assert_int_eq(vf_bench_open(&media_bench), VF_OK);
}

static void feed(void)
{
    ck_assert_int_eq(vf_bench_feed(&media_bench, media_source.outputs[0].message, mask), VF_OK);
}

#define FLOAT(number) (&(const float){number})
#define BYTE(number) (&(const uint8_t){number})

static const struct {
    const char *dtype;
    const void *item;
    const char *invert;
    unsigned expected; /* of 200 */
} shares[] = {
    {"<f4", FLOAT(1), "false", 200},    {"<f4", FLOAT(0), "false", 0},
    {"<f4", FLOAT(0.5f), "false", 100}, {"<f4", FLOAT(0.25f), "false", 50},
    {"<f4", FLOAT(0.25f), "true", 150}, {"<f4", FLOAT(7), "false", 200},
    {"<f4", FLOAT(-1), "false", 0},     {"<f4", FLOAT(NAN), "false", 0},
    {"|b1", BYTE(1), "false", 200},     {"|b1", BYTE(1), "true", 0},
    {"|b1", BYTE(0), "true", 200},      {"|i1", BYTE(1), "false", 200},
    {"|u1", BYTE(255), "false", 200},   {"|u1", BYTE(128), "false", 100},
    {"|u1", BYTE(1), "false", 1},
};

START_TEST(a_pixel_is_multiplied_by_the_mask)
{
    media_make("1", "8x4", "gray");
    paint(0, 200);
    open_mask(shares[_i].invert, "black");
    make_mask(shares[_i].dtype, shares[_i].item, 2 + (uint32_t)_i % 2);
    feed();
    for (unsigned x = 0; x < WIDTH; x++)
        ck_assert_int_le(abs((int)sample(0, x, 3) - (int)shares[_i].expected), 1);
}
END_TEST

static const struct {
    const char *format, *colour;
    unsigned expected[3]; /* the first byte of each plane */
} blacks[] = {
    {"yuv420p", "black", {16, 128, 128}}, {"yuv420p10le", "black", {64, 0, 0}}, /* 512 is 0x0200 */
    {"nv12", "black", {16, 128, 0}},      {"rgb24", "black", {0, 0, 0}},
    {"rgb24", "#204060", {32, 0, 0}},     {"yuv444p", "white", {235, 128, 128}},
};

START_TEST(what_is_hidden_has_the_asked_colour)
{
    media_make("1", "8x4", blacks[_i].format);
    open_mask("false", blacks[_i].colour);
    make_mask("|u1", BYTE(0), 2);
    feed();
    const struct vf_video *video = &vf_bench_output(&media_bench, 0, 0)->description.video;
    for (unsigned i = 0; i < video->plane_count && i < 3; i++)
        ck_assert_uint_eq(sample(i, 0, 0), blacks[_i].expected[i]);
}
END_TEST

START_TEST(a_mask_of_another_size_is_scaled)
{
    media_make("1", "15x9", "gray");
    paint(0, 200);
    open_mask("false", "black");
    make_mask("|u1", BYTE(255), 2);
    for (unsigned y = 0; y < HEIGHT; y++)
        memset(mask->payload->data + (size_t)y * WIDTH + WIDTH / 2, 0, WIDTH / 2);
    feed();
    for (unsigned y = 0; y < 9; y++) {
        ck_assert_uint_eq(sample(0, 0, y), 200);
        ck_assert_uint_eq(sample(0, 5, y), 200);
        ck_assert_uint_eq(sample(0, 9, y), 0);
        ck_assert_uint_eq(sample(0, 14, y), 0);
    }
}
END_TEST

START_TEST(a_frame_of_which_all_is_shown_passes_as_it_is)
{
    media_make("1", "8x4", "yuv420p");
    open_mask("false", "black");
    make_mask("<f4", FLOAT(1), 2);
    feed();
    ck_assert_ptr_eq(vf_bench_output(&media_bench, 0, 0)->payload,
                     media_source.outputs[0].message->payload);
}
END_TEST

START_TEST(a_frame_is_a_mask_by_its_brightness)
{
    struct vf_message *frame;
    media_make("1", "8x4", "gray");
    paint(0, 100);
    ck_assert_int_eq(vf_message_clone(&mask, media_source.outputs[0].message), VF_OK);
    frame = media_source.outputs[0].message;
    open_mask("false", "black");
    ck_assert_int_eq(vf_bench_feed(&media_bench, frame, mask), VF_OK);
    ck_assert_int_le(abs((int)sample(0, 0, 0) - 100 * 100 / 255), 1);
}
END_TEST

START_TEST(what_is_no_mask_is_refused)
{
    media_make("1", "8x4", "gray");
    open_mask("false", "black");
    make_mask("<f4", FLOAT(1), 1);
    capture_errors();
    int err = vf_bench_feed(&media_bench, media_source.outputs[0].message, mask);
    vf_message_destroy(&mask);
    ck_assert_int_eq(vf_message_create_integer(&mask, 1), VF_OK);
    int other_err = vf_bench_feed(&media_bench, media_source.outputs[0].message, mask);
    const char *said = captured_errors();
    ck_assert_int_eq(err, -EINVAL);
    ck_assert_int_eq(other_err, -EINVAL);
    ck_assert_ptr_nonnull(strstr(said, "another form than height x width is no mask"));
    ck_assert_ptr_nonnull(strstr(said, "a mask is a frame or an array"));
}
END_TEST

START_TEST(a_mask_comes_from_one_place)
{
    vf_bench_setup(&media_bench, media_node("mask"), 1, {"invert", "true"});
    capture_errors();
    int err = vf_bench_open(&media_bench);
    const char *said = captured_errors();
    ck_assert_int_eq(err, -EINVAL);
    ck_assert_ptr_nonnull(strstr(said, "there is no mask, neither path nor an input"));
}
END_TEST

Suite *mask_suite(void);
Suite *mask_suite(void)
{
    Suite *suite = suite_create("mask");
    TCase *tcase = tcase_create("mask");
    tcase_add_checked_fixture(tcase, media_setup, media_teardown);
    tcase_add_checked_fixture(tcase, NULL, drop_mask);
    tcase_add_loop_test(tcase, a_pixel_is_multiplied_by_the_mask, 0, (int)VF_COUNT(shares));
    tcase_add_loop_test(tcase, what_is_hidden_has_the_asked_colour, 0, (int)VF_COUNT(blacks));
    tcase_add_test(tcase, a_mask_of_another_size_is_scaled);
    tcase_add_test(tcase, a_frame_of_which_all_is_shown_passes_as_it_is);
    tcase_add_test(tcase, a_frame_is_a_mask_by_its_brightness);
    tcase_add_test(tcase, what_is_no_mask_is_refused);
    tcase_add_test(tcase, a_mask_comes_from_one_place);
    suite_add_tcase(suite, tcase);
    return suite;
}
