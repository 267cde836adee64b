/* SPDX-License-Identifier: MIT */
/* The nodes that make and scale pictures. */
#include <errno.h>

#include "tests/unit/support/media_fixture.h"

static const struct {
    const char *width, *height, *format;
    int expected_width, expected_height;
} sizes[] = {
    {"320", "180", "yuv420p", 320, 180}, {"320", "-1", "yuv420p", 320, 178},
    {"-1", "100", "yuv420p", 178, 100},  {"100", "-1", "yuv444p", 100, 56},
    {"101", "51", "yuv420p", 101, 51},   {"1", "-1", "yuv420p", 1, 2},
};

START_TEST(resize_makes_the_size_that_is_asked_for)
{
    media_make("1", "853x477", sizes[_i].format);
    vf_bench_setup(&media_bench, media_node("resize"), 1, {"width", sizes[_i].width},
                   {"height", sizes[_i].height});
    ck_assert_int_eq(vf_bench_open(&media_bench), VF_OK);
    ck_assert_int_eq(vf_bench_feed(&media_bench, media_source.outputs[0].message, NULL), VF_OK);
    const struct vf_description *resized = &vf_bench_output(&media_bench, 0, 0)->description;
    ck_assert_int_eq(resized->video.width, sizes[_i].expected_width);
    ck_assert_int_eq(resized->video.height, sizes[_i].expected_height);
    ck_assert_str_eq(resized->video.format, sizes[_i].format);
    ck_assert_int_eq(resized->time_base.den, 25);
}
END_TEST

START_TEST(resize_keeps_the_shape_of_the_picture)
{
    media_make("1", "640x480", "yuv420p");
    vf_bench_setup(&media_bench, media_node("resize"), 1, {"width", "320"}, {"height", "480"});
    ck_assert_int_eq(vf_bench_open(&media_bench), VF_OK);
    ck_assert_int_eq(vf_bench_feed(&media_bench, media_source.outputs[0].message, NULL), VF_OK);
    const struct vf_video *video = &vf_bench_output(&media_bench, 0, 0)->description.video;
    ck_assert_int_eq(video->sample_aspect_ratio.num, 2);
    ck_assert_int_eq(video->sample_aspect_ratio.den, 1);
}
END_TEST

START_TEST(resize_lets_a_frame_of_the_right_size_pass_untouched)
{
    media_make("1", "64x48", "yuv420p");
    vf_bench_setup(&media_bench, media_node("resize"), 1, {"width", "64"}, {"height", "-1"});
    ck_assert_int_eq(vf_bench_open(&media_bench), VF_OK);
    ck_assert_int_eq(vf_bench_feed(&media_bench, media_source.outputs[0].message, NULL), VF_OK);
    ck_assert_ptr_eq(vf_bench_output(&media_bench, 0, 0)->payload,
                     media_source.outputs[0].message->payload);
}
END_TEST

START_TEST(resize_wants_a_size)
{
    char problem[512];
    vf_bench_init(&media_bench, media_node("resize"), 1, NULL, 0);
    ck_assert_int_eq(media_bench.node->check(media_bench.run.options, problem, sizeof(problem)),
                     -EINVAL);
    ck_assert_ptr_nonnull(strstr(problem, "give width, height or both"));
}
END_TEST

/* What is to be seen at (x, y), in the first component of 8 bits. */
static unsigned luma(const struct vf_message *message, unsigned x, unsigned y)
{
    const struct vf_plane *plane = &message->description.video.planes[0];
    return message->payload->data[plane->offset + (size_t)y * plane->stride + x];
}

static const struct {
    const char *pad;
    unsigned inside[2][2], outside[2][2]; /* corners of both */
} paddings[] = {
    {"top_left", {{0, 0}, {63, 31}}, {{0, 32}, {63, 63}}},
    {"centre", {{0, 16}, {63, 47}}, {{0, 15}, {63, 48}}},
};

START_TEST(resize_fills_what_a_kept_ratio_leaves_free)
{
    media_make("1", "128x64", "yuv420p");
    vf_bench_setup(&media_bench, media_node("resize"), 1, {"width", "64"}, {"height", "64"},
                   {"pad", paddings[_i].pad}, {"colour", "white"});
    ck_assert_int_eq(vf_bench_open(&media_bench), VF_OK);
    struct vf_message *frame = media_source.outputs[0].message;
    struct vf_plane *plane = &frame->description.video.planes[0];
    memset(frame->payload->data + plane->offset, 100, (size_t)plane->stride * plane->rows);
    ck_assert_int_eq(vf_bench_feed(&media_bench, frame, NULL), VF_OK);
    const struct vf_message *padded = vf_bench_output(&media_bench, 0, 0);
    ck_assert_int_eq(padded->description.video.width, 64);
    ck_assert_int_eq(padded->description.video.height, 64);
    ck_assert_int_eq(padded->description.video.sample_aspect_ratio.num, 1);
    ck_assert_int_eq(padded->description.video.sample_aspect_ratio.den, 1);
    for (unsigned i = 0; i < 2; i++) {
        const unsigned *inside = paddings[_i].inside[i], *outside = paddings[_i].outside[i];
        ck_assert_uint_eq(luma(padded, inside[0], inside[1]), 100);
        ck_assert_uint_eq(luma(padded, outside[0], outside[1]), 235);
    }
}
END_TEST

START_TEST(padding_needs_both_sides)
{
    char problem[512] = "";
    vf_bench_setup(&media_bench, media_node("resize"), 1, {"width", "64"}, {"pad", "centre"});
    ck_assert_int_eq(media_bench.node->check(media_bench.run.options, problem, sizeof(problem)),
                     -EINVAL);
    ck_assert_ptr_nonnull(strstr(problem, "give both"));
}
END_TEST

static const struct {
    const char *format, *to, *range, *matrix;
    int expected_range, expected_matrix; /* 0 and 2: unknown */
    bool is_same;                        /* no number changes */
} conversions[] = {
    {"yuv420p", "yuv420p", "keep", "keep", 0, 2, true},
    {"yuv420p", "", "limited", "keep", 1, 2, true},
    {"yuv420p", "", "keep", "bt601", 0, 6, true},
    {"yuv420p", "", "limited", "bt709", 1, 1, false},
    {"yuv420p10le", "", "full", "keep", 2, 2, false},
    {"yuv420p", "gray", "limited", "keep", 2, 2, false},
    {"yuv420p", "rgb24", "full", "bt709", 0, 0, false},
    {"rgb24", "", "full", "bt709", 0, 0, true},
    {"rgb24", "yuv444p", "full", "bt2020", 2, 9, false},
    {"gray", "gray10le", "keep", "keep", 2, 2, false},
};

START_TEST(convert_says_what_the_colours_are)
{
    media_make("1", "63x47", conversions[_i].format);
    struct vf_message *frame = media_source.outputs[0].message;
    frame->description.video.colour_range = 0;
    vf_bench_setup(&media_bench, media_node("convert"), 1, {"format", conversions[_i].to},
                   {"range", conversions[_i].range}, {"matrix", conversions[_i].matrix});
    ck_assert_int_eq(vf_bench_open(&media_bench), VF_OK);
    ck_assert_int_eq(vf_bench_feed(&media_bench, frame, NULL), VF_OK);
    const struct vf_message *converted = vf_bench_output(&media_bench, 0, 0);
    const struct vf_video *video = &converted->description.video;
    const char *format = *conversions[_i].to ? conversions[_i].to : conversions[_i].format;
    ck_assert_str_eq(video->format, format);
    ck_assert_int_eq(video->width, 63);
    ck_assert_int_eq(video->colour_range, conversions[_i].expected_range);
    ck_assert_int_eq(video->colour_matrix, conversions[_i].expected_matrix);
    ck_assert(conversions[_i].is_same == (converted->payload == frame->payload));
    ck_assert_int_eq(converted->description.timestamp, frame->description.timestamp);
}
END_TEST

static const char *const packed_formats[] = {"rgb24", "bgra", "rgb48le"};

START_TEST(what_lies_behind_a_row_is_not_of_the_picture)
{
    media_make("1", "33x5", packed_formats[_i]);
    struct vf_message *frame = media_source.outputs[0].message;
    struct vf_plane *plane = &frame->description.video.planes[0];
    unsigned row_bytes = 33 * (_i == 0 ? 3 : _i == 1 ? 4 : 6);
    ck_assert_uint_gt(plane->stride, row_bytes);
    for (unsigned y = 0; y < 5; y++) {
        uint8_t *row = frame->payload->data + plane->offset + (size_t)y * plane->stride;
        memset(row, 100, row_bytes); /* gray, and behind it something else */
        for (unsigned x = row_bytes; x < plane->stride; x++)
            row[x] = (uint8_t)(97 * x);
    }
    vf_bench_setup(&media_bench, media_node("convert"), 1, {"format", "yuv420p"});
    ck_assert_int_eq(vf_bench_open(&media_bench), VF_OK);
    ck_assert_int_eq(vf_bench_feed(&media_bench, frame, NULL), VF_OK);
    const struct vf_message *converted = vf_bench_output(&media_bench, 0, 0);
    for (unsigned i = 1; i < 3; i++) {
        const struct vf_plane *chroma = &converted->description.video.planes[i];
        for (unsigned x = 0; x < 17; x++)
            ck_assert_uint_eq(converted->payload->data[chroma->offset + x], 128);
    }
}
END_TEST

static const struct {
    const char *format, *range, *problem; /* NULL: there is none */
} convert_settings[] = {
    {"", "keep", "nothing to convert to"},
    {"pal8", "keep", "cannot be made in the format pal8"},
    {"bayer_bggr8", "keep", "cannot be made in the format bayer_bggr8"},
    {"", "full", NULL},
    {"gray", "keep", NULL},
};

START_TEST(convert_wants_something_that_can_be_made)
{
    char problem[256] = "";
    vf_bench_setup(&media_bench, media_node("convert"), 1, {"format", convert_settings[_i].format},
                   {"range", convert_settings[_i].range});
    int err = media_bench.node->check(media_bench.run.options, problem, sizeof(problem));
    ck_assert_int_eq(err, convert_settings[_i].problem ? -EINVAL : VF_OK);
    if (convert_settings[_i].problem)
        ck_assert_msg(strstr(problem, convert_settings[_i].problem) != NULL, "%s", problem);
}
END_TEST

START_TEST(a_test_source_makes_the_same_pictures_every_time_and_no_two_alike)
{
    media_make("3", "160x90", "yuv420p");
    vf_bench_setup(&media_bench, media_node("test_source"), 0, {"frames", "3"}, {"size", "160x90"});
    ck_assert_int_eq(vf_bench_open(&media_bench), VF_OK);
    ck_assert_int_eq(vf_bench_produce(&media_bench), VF_END);
    for (unsigned i = 0; i < 3; i++)
        media_check_same(vf_bench_output(&media_source, VF_VIDEO, i),
                         vf_bench_output(&media_bench, VF_VIDEO, i));
    const struct vf_message *first = vf_bench_output(&media_bench, VF_VIDEO, 0);
    ck_assert(!media_is_same_row(first, vf_bench_output(&media_bench, VF_VIDEO, 1), 0, 60));
    ck_assert_uint_eq(media_bench.expected[0], 3);
}
END_TEST

Suite *picture_nodes_suite(void);
Suite *picture_nodes_suite(void)
{
    Suite *suite = suite_create("picture_nodes");
    TCase *tcase = tcase_create("picture_nodes");
    tcase_add_checked_fixture(tcase, media_setup, media_teardown);
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, resize_makes_the_size_that_is_asked_for, 0, (int)VF_COUNT(sizes));
    tcase_add_test(tcase, resize_keeps_the_shape_of_the_picture);
    tcase_add_test(tcase, resize_lets_a_frame_of_the_right_size_pass_untouched);
    tcase_add_test(tcase, resize_wants_a_size);
    tcase_add_loop_test(tcase, resize_fills_what_a_kept_ratio_leaves_free, 0,
                        (int)VF_COUNT(paddings));
    tcase_add_test(tcase, padding_needs_both_sides);
    tcase_add_loop_test(tcase, convert_says_what_the_colours_are, 0, (int)VF_COUNT(conversions));
    tcase_add_loop_test(tcase, what_lies_behind_a_row_is_not_of_the_picture, 0,
                        (int)VF_COUNT(packed_formats));
    tcase_add_loop_test(tcase, convert_wants_something_that_can_be_made, 0,
                        (int)VF_COUNT(convert_settings));
    tcase_add_test(tcase, a_test_source_makes_the_same_pictures_every_time_and_no_two_alike);
    suite_add_tcase(suite, tcase);
    return suite;
}
