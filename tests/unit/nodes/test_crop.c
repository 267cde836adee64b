/* SPDX-License-Identifier: MIT */
/* Parts of frames, and that they lie where the frames do. */
#include <errno.h>

#include "tests/unit/support/media_fixture.h"
#include "tests/unit/support/scratch.h"

#define SIZE "64x48"

/* Opens a crop with boxes from its second input, if `inputs` is 2. */
#define OPEN_CROP(inputs, ...)                                                   \
    do {                                                                         \
        vf_bench_setup(&media_bench, media_node("crop"), (inputs), __VA_ARGS__); \
        ck_assert_int_eq(vf_bench_open(&media_bench), VF_OK);                    \
    } while (0)

static struct vf_message *boxes;

static void drop_boxes(void)
{
    vf_message_destroy(&boxes);
}

static const struct vf_message *frame(void)
{
    return media_source.outputs[0].message;
}

static int feed(const char *json)
{
    if (json)
        ck_assert_int_eq(vf_message_create_json(&boxes, json, strlen(json)), VF_OK);
    return vf_bench_feed(&media_bench, media_source.outputs[0].message, boxes);
}

/* Part number `index` of what came out must show what the frame has at x, y; of each plane, those
 * are in its own pixels, of `step` bytes. */
static void check_part(unsigned index, const int (*corners)[2], const unsigned *steps)
{
    static const unsigned most_planes = 3;
    const struct vf_message *part = vf_bench_output(&media_bench, 0, index);
    const struct vf_video *video = &part->description.video;
    ck_assert_ptr_eq(part->payload, frame()->payload);
    ck_assert_uint_eq(part->description.origin.number, frame()->description.origin.number);
    ck_assert_int_eq(part->description.timestamp, frame()->description.timestamp);
    ck_assert_uint_le(video->plane_count, most_planes);
    for (unsigned i = 0; i < most_planes && i < video->plane_count; i++) {
        const struct vf_plane *plane = &video->planes[i];
        const struct vf_plane *whole = &frame()->description.video.planes[i];
        ck_assert_uint_eq(plane->stride, whole->stride);
        ck_assert_uint_eq(plane->offset, whole->offset + (uint64_t)corners[i][1] * whole->stride +
                                             (uint64_t)corners[i][0] * steps[i]);
    }
}

static const struct {
    const char *format, *x, *y, *width, *height, *exact;
    int expected_width, expected_height;
    int corners[3][2]; /* of the planes */
    unsigned steps[3];
} parts[] = {
    {"yuv420p", "10", "8", "20", "30", "false", 20, 30, {{10, 8}, {5, 4}, {5, 4}}, {1, 1, 1}},
    {"yuv420p", "11", "9", "21", "31", "false", 20, 30, {{10, 8}, {5, 4}, {5, 4}}, {1, 1, 1}},
    {"yuv420p", "11", "9", "21", "31", "true", 21, 31, {{11, 9}, {5, 4}, {5, 4}}, {1, 1, 1}},
    {"yuv420p", "11", "9", "1", "1", "false", 2, 2, {{10, 8}, {5, 4}, {5, 4}}, {1, 1, 1}},
    {"yuv420p10le", "10", "8", "20", "30", "false", 20, 30, {{10, 8}, {5, 4}, {5, 4}}, {2, 2, 2}},
    {"yuv444p", "11", "9", "21", "31", "false", 21, 31, {{11, 9}, {11, 9}, {11, 9}}, {1, 1, 1}},
    {"rgb24", "11", "9", "21", "31", "false", 21, 31, {{11, 9}}, {3}},
    {"gray", "63", "47", "1", "1", "false", 1, 1, {{63, 47}}, {1}},
    {"yuv420p", "-1", "-1", "20", "30", "false", 20, 30, {{22, 8}, {11, 4}, {11, 4}}, {1, 1, 1}},
    {"yuv420p", "50", "-1", "0", "0", "false", 14, 48, {{50, 0}, {25, 0}, {25, 0}}, {1, 1, 1}},
};

START_TEST(a_part_is_a_view_of_the_frame)
{
    media_make("1", SIZE, parts[_i].format);
    OPEN_CROP(1, {"x", parts[_i].x}, {"y", parts[_i].y}, {"width", parts[_i].width},
              {"height", parts[_i].height}, {"exact", parts[_i].exact});
    ck_assert_int_eq(feed(NULL), VF_OK);
    ck_assert_uint_eq(vf_bench_count(&media_bench, 0), 1);
    const struct vf_video *video = &vf_bench_output(&media_bench, 0, 0)->description.video;
    ck_assert_int_eq(video->width, parts[_i].expected_width);
    ck_assert_int_eq(video->height, parts[_i].expected_height);
    ck_assert_str_eq(video->format, parts[_i].format);
    check_part(0, parts[_i].corners, parts[_i].steps);
}
END_TEST

START_TEST(the_last_column_of_an_odd_frame_can_be_had)
{
    media_make("1", "63x47", "yuv420p");
    OPEN_CROP(1, {"x", "41"}, {"y", "40"});
    ck_assert_int_eq(feed(NULL), VF_OK);
    const struct vf_video *video = &vf_bench_output(&media_bench, 0, 0)->description.video;
    ck_assert_int_eq(video->width, 23);
    ck_assert_int_eq(video->height, 7);
    check_part(0, (const int[][2]){{40, 40}, {20, 20}, {20, 20}}, (const unsigned[]){1, 1, 1});
}
END_TEST

START_TEST(the_part_of_a_sample_at_an_edge_is_a_whole_one)
{
    media_make("1", "63x47", "yuv411p");
    OPEN_CROP(1, {"x", "61"}, {"y", "40"}, {"width", "1"}, {"height", "1"});
    ck_assert_int_eq(feed(NULL), VF_OK);
    const struct vf_video *video = &vf_bench_output(&media_bench, 0, 0)->description.video;
    ck_assert_int_eq(video->width, 3);
    ck_assert_int_eq(video->height, 1);
    check_part(0, (const int[][2]){{60, 40}, {15, 40}, {15, 40}}, (const unsigned[]){1, 1, 1});
}
END_TEST

START_TEST(the_whole_frame_passes_as_it_is)
{
    media_make("1", "63x47", "yuv420p");
    OPEN_CROP(1, {"x", "0"}, {"y", "0"});
    ck_assert_int_eq(feed(NULL), VF_OK);
    media_check_same(vf_bench_output(&media_bench, 0, 0), frame());
}
END_TEST

START_TEST(each_box_makes_a_frame)
{
    media_make("1", SIZE, "yuv420p");
    OPEN_CROP(2, {"boxes", "[]"});
    ck_assert_int_eq(feed("[[8, 10, 38, 30], [0, 0, 48, 64], [3.5, 4.5, 5.2, 7]]"), VF_OK);
    ck_assert_uint_eq(vf_bench_count(&media_bench, 0), 3);
    check_part(0, (const int[][2]){{10, 8}, {5, 4}, {5, 4}}, (const unsigned[]){1, 1, 1});
    media_check_same(vf_bench_output(&media_bench, 0, 1), frame());
    /* All pixels that the box touches are 4 to 7 across and 3 to 6 down; then whole samples. */
    const struct vf_video *video = &vf_bench_output(&media_bench, 0, 2)->description.video;
    ck_assert_int_eq(video->width, 2);
    ck_assert_int_eq(video->height, 2);
    check_part(2, (const int[][2]){{4, 2}, {2, 1}, {2, 1}}, (const unsigned[]){1, 1, 1});
}
END_TEST

START_TEST(a_frame_without_boxes_makes_none)
{
    media_make("1", SIZE, "yuv420p");
    OPEN_CROP(2, {"boxes", "[]"});
    ck_assert_int_eq(feed("[]"), VF_OK);
    ck_assert_uint_eq(vf_bench_count(&media_bench, 0), 0);
}
END_TEST

static const struct {
    const char *outside, *json;
    int expected;   /* of process */
    unsigned count; /* of parts */
    int width, height;
} beyond[] = {
    {"fail", "[[0, 0, 48, 65]]", -EINVAL, 0, 0, 0},
    {"fail", "[[0, 0, 48, 64.5]]", -EINVAL, 0, 0, 0},
    {"fail", "[[-1, 0, 10, 10]]", -EINVAL, 0, 0, 0},
    {"fail", "[[5, 5, 5, 10]]", -EINVAL, 0, 0, 0},
    {"fail", "[[0, 0, 10, 10], [0, 60, 10, 70]]", -EINVAL, 1, 10, 10},
    {"clip", "[[0, 0, 48, 1e300]]", VF_OK, 1, 64, 48},
    {"clip", "[[-10, -10, 8, 8]]", VF_OK, 1, 8, 8},
    {"clip", "[[40, 60, 100, 100], [5, 5, 5, 10]]", VF_OK, 1, 4, 8},
    {"clip", "[[48, 0, 60, 10], [-5, -5, -1, -1]]", VF_OK, 0, 0, 0},
    {"skip", "[[0, 0, 10, 10], [0, 60, 10, 70], [5, 5, 5, 10]]", VF_OK, 1, 10, 10},
};

START_TEST(what_reaches_beyond_the_frame_goes_by_the_option)
{
    media_make("1", SIZE, "yuv420p");
    OPEN_CROP(2, {"outside", beyond[_i].outside});
    capture_errors();
    int err = feed(beyond[_i].json);
    const char *said = captured_errors();
    ck_assert_int_eq(err, beyond[_i].expected);
    ck_assert(err == VF_OK ? !*said : strstr(said, "set outside: clip or skip") != NULL);
    ck_assert_uint_eq(vf_bench_count(&media_bench, 0), beyond[_i].count);
    for (unsigned i = 0; i < beyond[_i].count; i++) {
        const struct vf_video *video = &vf_bench_output(&media_bench, 0, i)->description.video;
        ck_assert_int_eq(video->width, beyond[_i].width);
        ck_assert_int_eq(video->height, beyond[_i].height);
    }
}
END_TEST

START_TEST(a_single_part_beyond_the_frame_goes_by_the_option)
{
    media_make("1", SIZE, "yuv420p");
    OPEN_CROP(1, {"x", "60"}, {"width", "20"}, {"outside", "clip"});
    ck_assert_int_eq(feed(NULL), VF_OK);
    ck_assert_int_eq(vf_bench_output(&media_bench, 0, 0)->description.video.width, 4);
    vf_bench_finish(&media_bench);
    OPEN_CROP(1, {"width", "100"});
    ck_assert_int_eq(feed(NULL), -EINVAL);
}
END_TEST

START_TEST(a_format_without_whole_bytes_is_refused)
{
    media_make("1", SIZE, "monow");
    OPEN_CROP(1, {"x", "8"});
    capture_errors();
    int err = feed(NULL);
    const char *said = captured_errors();
    ck_assert_int_eq(err, -EINVAL);
    ck_assert_ptr_nonnull(strstr(said, "frames of format monow cannot be cropped"));
}
END_TEST

static const struct {
    const char *boxes, *width, *outside, *problem; /* NULL: there is none */
} settings[] = {
    {"[0, 0, 9, 9]", "5", "fail", "both boxes and x, y, width or height"},
    {"[0, 0, 9]", "0", "fail", "a box has 4 to 6 numbers"},
    {"[-1, 0, 9, 9]", "0", "fail", "box 0 begins at ymin -1"},
    {"[[0, 0, 9, 9], [0, -2, 9, 9]]", "0", "fail", "box 1 begins at xmin -2"},
    {"[-1, 0, 9, 9]", "0", "clip", NULL},
    {"[3, 3, 3, 9]", "0", "fail", "box 0 is empty"},
    {"[3, 3, 3, 9]", "0", "skip", NULL},
    {"[]", "0", "fail", NULL},
};

START_TEST(mistakes_in_the_options_are_found_before)
{
    char problem[256] = "";
    vf_bench_setup(&media_bench, media_node("crop"), 1, {"boxes", settings[_i].boxes},
                   {"width", settings[_i].width}, {"outside", settings[_i].outside});
    int err = media_bench.node->check(media_bench.run.options, problem, sizeof(problem));
    ck_assert_int_eq(err, settings[_i].problem ? -EINVAL : VF_OK);
    if (settings[_i].problem)
        ck_assert_msg(strstr(problem, settings[_i].problem) != NULL, "%s", problem);
}
END_TEST

START_TEST(boxes_come_from_one_place)
{
    vf_bench_setup(&media_bench, media_node("crop"), 2, {"width", "5"});
    ck_assert_int_eq(vf_bench_open(&media_bench), -EINVAL);
    vf_bench_finish(&media_bench);
    vf_bench_setup(&media_bench, media_node("crop"), 1, {"exact", "true"});
    ck_assert_int_eq(vf_bench_open(&media_bench), -EINVAL);
}
END_TEST

static const struct {
    const char *boxes, *width;
    bool may_split;
} kinds[] = {
    {"[]", "0", true},
    {"[]", "5", false},
    {"[0, 0, 9, 9]", "0", false},
    {"[[0, 0, 9, 9]]", "0", false},
    {"[[0, 0, 9, 9], [0, 0, 9, 9]]", "0", true},
};

START_TEST(one_part_of_each_frame_can_be_joined_with_it)
{
    vf_bench_setup(&media_bench, media_node("crop"), 1, {"boxes", kinds[_i].boxes},
                   {"width", kinds[_i].width});
    const struct vf_node node = vf_bench_adapt(&media_bench);
    ck_assert_int_eq(node.may_split, kinds[_i].may_split);
    ck_assert(!node.is_stateful);
}
END_TEST

Suite *crop_suite(void);
Suite *crop_suite(void)
{
    Suite *suite = suite_create("crop");
    TCase *tcase = tcase_create("crop");
    tcase_add_checked_fixture(tcase, media_setup, media_teardown);
    tcase_add_checked_fixture(tcase, NULL, drop_boxes);
    tcase_add_loop_test(tcase, a_part_is_a_view_of_the_frame, 0, (int)VF_COUNT(parts));
    tcase_add_test(tcase, the_last_column_of_an_odd_frame_can_be_had);
    tcase_add_test(tcase, the_part_of_a_sample_at_an_edge_is_a_whole_one);
    tcase_add_test(tcase, the_whole_frame_passes_as_it_is);
    tcase_add_test(tcase, each_box_makes_a_frame);
    tcase_add_test(tcase, a_frame_without_boxes_makes_none);
    tcase_add_loop_test(tcase, what_reaches_beyond_the_frame_goes_by_the_option, 0,
                        (int)VF_COUNT(beyond));
    tcase_add_test(tcase, a_single_part_beyond_the_frame_goes_by_the_option);
    tcase_add_test(tcase, a_format_without_whole_bytes_is_refused);
    tcase_add_loop_test(tcase, mistakes_in_the_options_are_found_before, 0,
                        (int)VF_COUNT(settings));
    tcase_add_test(tcase, boxes_come_from_one_place);
    tcase_add_loop_test(tcase, one_part_of_each_frame_can_be_joined_with_it, 0,
                        (int)VF_COUNT(kinds));
    suite_add_tcase(suite, tcase);
    return suite;
}
