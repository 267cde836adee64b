/* SPDX-License-Identifier: MIT */
/* The nodes that hide boxes, and that lay masks over pictures, pixel by pixel. */
#include <errno.h>
#include <libavutil/pixfmt.h>

#include "tests/unit/support/drawing_fixture.h"

START_TEST(what_is_filled_is_gone)
{
    drawing_make_video(AV_PIX_FMT_GRAY8, 6, 3);
    vf_bench_setup(&media_bench, media_node("blur_boxes"), 1, {"boxes", "[0.9, 1.1, 1.9, 3.5]"},
                   {"how", "fill"}, {"colour", "white"});
    drawing_feed(VF_OK);
    for (int y = 0; y < 2; y++)
        drawing_check_row(y, 6, (const unsigned[]){100, 255, 255, 255, 100, 100});
    drawing_check_row(2, 6, (const unsigned[]){100, 100, 100, 100, 100, 100});
}
END_TEST

/* Makes a white pixel in each corner of the box and beside it. */
static void spot(int x, int y, uint8_t luma)
{
    const struct vf_plane *plane = &drawing_video->description.video.planes[0];
    drawing_video->payload->data[plane->offset + (size_t)y * plane->stride + (size_t)x] = luma;
}

START_TEST(squares_have_the_mean_of_what_is_in_them)
{
    drawing_make_video(AV_PIX_FMT_GRAY8, 10, 6);
    spot(1, 1, 180); /* in the box */
    spot(0, 1, 255); /* beside it */
    vf_bench_setup(&media_bench, media_node("blur_boxes"), 1, {"boxes", "[1, 1, 5, 9]"},
                   {"how", "pixelate"}, {"strength", "0.5"});
    drawing_feed(VF_OK);
    drawing_check_row(1, 10, (const unsigned[]){255, 105, 105, 105, 105, 100, 100, 100, 100, 100});
    drawing_check_row(4, 10, (const unsigned[]){100, 105, 105, 105, 105, 100, 100, 100, 100, 100});
    drawing_check_row(5, 10, (const unsigned[]){100, 100, 100, 100, 100, 100, 100, 100, 100, 100});
}
END_TEST

/* The mean of a sample and of those beside it in one direction. */
static unsigned mean_at(unsigned box[6][6], int x, int y, bool is_down)
{
    unsigned sum = 1;
    for (int k = -1; k <= 1; k++) {
        int at = (is_down ? y : x) + k;
        at = at < 0 ? 0 : at > 5 ? 5 : at;
        sum += is_down ? box[at][x] : box[y][at];
    }
    return sum / 3;
}

/* Three times from left to right, and three times down. */
static void blur_plainly(unsigned box[6][6])
{
    unsigned next[6][6];
    for (int pass = 0; pass < 6; pass++) {
        for (int i = 0; i < 36; i++)
            next[i / 6][i % 6] = mean_at(box, i % 6, i / 6, pass > 2);
        memcpy(box, next, sizeof(next));
    }
}

START_TEST(a_blur_is_three_means_and_takes_nothing_from_outside)
{
    unsigned box[6][6];
    drawing_make_video(AV_PIX_FMT_GRAY8, 9, 8);
    for (int y = 0; y < 8; y++) {
        for (int x = 0; x < 9; x++)
            spot(x, y, (uint8_t)(x * 37 + y * 91));
    }
    for (int y = 0; y < 6; y++) {
        for (int x = 0; x < 6; x++)
            box[y][x] = (uint8_t)((x + 2) * 37 + (y + 1) * 91);
    }
    vf_bench_setup(&media_bench, media_node("blur_boxes"), 1, {"boxes", "[1, 2, 7, 8]"},
                   {"strength", "0.17"});
    drawing_feed(VF_OK);
    blur_plainly(box);
    for (int y = 0; y < 8; y++) {
        for (int x = 0; x < 9; x++) {
            bool is_in = x >= 2 && x < 8 && y >= 1 && y < 7;
            ck_assert_uint_eq(drawing_pixel(x, y),
                              is_in ? box[y - 1][x - 2] : (uint8_t)(x * 37 + y * 91));
        }
    }
}
END_TEST

static const char *const hidings[] = {"blur", "pixelate", "fill"};
static const int formats[] = {AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV422P10, AV_PIX_FMT_NV12,
                              AV_PIX_FMT_RGB24,   AV_PIX_FMT_RGB48BE,   AV_PIX_FMT_GRAY16};

START_TEST(boxes_of_any_place_and_size_are_hidden)
{
    drawing_make_video(formats[_i / 3], 37, 21);
    drawing_make_json("[[-50, -50, 3, 3], [20, 36, 21, 37], [5, 5, 5, 5], [-1e300, -5, 1e300, 2],"
                      "[100, 100, 200, 200], [3, 3, 20.5, 30.5], [7, 7, 7.2, 1e9]]");
    vf_bench_setup(&media_bench, media_node("blur_boxes"), 2, {"how", hidings[_i % 3]},
                   {"grow", "0.1"}, {"colour", "#646464"});
    drawing_feed(VF_OK);
    media_check_same(drawing_video, vf_bench_output(&media_bench, 0, 0)); /* all was of one gray */
}
END_TEST

static const char *const growths[] = {"0", "0.1", "10"};

START_TEST(a_box_of_huge_numbers_hides_the_whole_frame)
{
    drawing_make_video(AV_PIX_FMT_GRAY8, 9, 7);
    drawing_make_json("[[-1e308, -1e308, 1e308, 1e308]]");
    vf_bench_setup(&media_bench, media_node("blur_boxes"), 2, {"how", "fill"}, {"colour", "black"},
                   {"grow", growths[_i]});
    drawing_feed(VF_OK);
    for (int y = 0; y < 7; y++) {
        for (int x = 0; x < 9; x++)
            ck_assert_uint_eq(drawing_pixel(x, y), 0);
    }
}
END_TEST

/* Feeds a picture with masks, and whatever else. */
static void feed_masks(struct vf_message *masks, struct vf_message *classes,
                       struct vf_message *scores, int expected)
{
    struct vf_message *const inputs[] = {drawing_video, masks, classes, scores};
    ck_assert_int_eq(vf_bench_open(&media_bench), VF_OK);
    media_bench.inputs = inputs;
    ck_assert_int_eq(media_bench.node->process(&media_bench.run, inputs), expected);
    media_bench.inputs = NULL;
    vf_message_destroy(&masks);
    vf_message_destroy(&classes);
    vf_message_destroy(&scores);
}

START_TEST(a_mask_is_laid_over_what_it_covers)
{
    const uint8_t bytes[] = {0, 1, 1, 0, 0, 255};
    drawing_make_video(AV_PIX_FMT_GRAY8, 3, 2);
    vf_bench_setup(&media_bench, media_node("draw_masks"), 2, {"colours", "white"});
    feed_masks(drawing_make_array("|u1", 2, (const uint64_t[]){2, 3}, bytes, sizeof(bytes)), NULL,
               NULL, VF_OK);
    drawing_check_row(0, 3, (const unsigned[]){100, 178, 178});
    drawing_check_row(1, 3, (const unsigned[]){100, 100, 178});
}
END_TEST

START_TEST(masks_of_another_size_are_stretched)
{
    const float shares[] = {0.4F, 0.5F, 1, 0};
    drawing_make_video(AV_PIX_FMT_GRAY8, 5, 4);
    vf_bench_setup(&media_bench, media_node("draw_masks"), 2, {"colours", "white"},
                   {"opacity", "1"});
    feed_masks(drawing_make_array("<f4", 3, (const uint64_t[]){1, 2, 2}, shares, sizeof(shares)),
               NULL, NULL, VF_OK);
    drawing_check_row(1, 5, (const unsigned[]){100, 100, 255, 255, 255});
    drawing_check_row(2, 5, (const unsigned[]){255, 255, 100, 100, 100});
}
END_TEST

START_TEST(masks_have_classes_and_scores)
{
    const uint8_t bytes[] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
    const int64_t classes[] = {1, 0, 5};
    const double scores[] = {0.9, 0.8, 0.1};
    drawing_make_video(AV_PIX_FMT_GRAY8, 3, 1);
    vf_bench_setup(&media_bench, media_node("draw_masks"), 4, {"colours", "[white, black]"},
                   {"opacity", "1"}, {"min_score", "0.5"});
    feed_masks(drawing_make_array("|b1", 3, (const uint64_t[]){3, 1, 3}, bytes, sizeof(bytes)),
               drawing_make_array("<i8", 1, (const uint64_t[]){3}, classes, sizeof(classes)),
               drawing_make_array("<f8", 1, (const uint64_t[]){3}, scores, sizeof(scores)), VF_OK);
    drawing_check_row(0, 3, (const unsigned[]){0, 255, 100});
}
END_TEST

START_TEST(no_masks_are_no_work)
{
    drawing_make_video(AV_PIX_FMT_GRAY8, 3, 1);
    vf_bench_init(&media_bench, media_node("draw_masks"), 2, NULL, 0);
    feed_masks(drawing_make_array("|u1", 3, (const uint64_t[]){0, 4, 4}, "", 0), NULL, NULL, VF_OK);
    ck_assert(drawing_has_passed());
}
END_TEST

START_TEST(masks_and_classes_are_as_many)
{
    const uint8_t bytes[] = {1, 0};
    drawing_make_video(AV_PIX_FMT_GRAY8, 3, 1);
    drawing_make_json("[1]");
    vf_bench_init(&media_bench, media_node("draw_masks"), 3, NULL, 0);
    struct vf_message *classes = drawing_second;
    drawing_second = NULL;
    feed_masks(drawing_make_array("|u1", 3, (const uint64_t[]){2, 1, 1}, bytes, sizeof(bytes)),
               classes, NULL, -EINVAL);
}
END_TEST

Suite *hiding_nodes_suite(void);
Suite *hiding_nodes_suite(void)
{
    Suite *suite = suite_create("hiding_nodes");
    TCase *tcase = tcase_create("hiding_nodes");
    tcase_add_checked_fixture(tcase, drawing_setup, drawing_teardown);
    tcase_add_test(tcase, what_is_filled_is_gone);
    tcase_add_test(tcase, squares_have_the_mean_of_what_is_in_them);
    tcase_add_test(tcase, a_blur_is_three_means_and_takes_nothing_from_outside);
    tcase_add_loop_test(tcase, boxes_of_any_place_and_size_are_hidden, 0,
                        3 * (int)VF_COUNT(formats));
    tcase_add_loop_test(tcase, a_box_of_huge_numbers_hides_the_whole_frame, 0, VF_COUNT(growths));
    tcase_add_test(tcase, a_mask_is_laid_over_what_it_covers);
    tcase_add_test(tcase, masks_of_another_size_are_stretched);
    tcase_add_test(tcase, masks_have_classes_and_scores);
    tcase_add_test(tcase, no_masks_are_no_work);
    tcase_add_test(tcase, masks_and_classes_are_as_many);
    suite_add_tcase(suite, tcase);
    return suite;
}
