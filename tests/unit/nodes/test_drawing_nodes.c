/* SPDX-License-Identifier: MIT */
/* The nodes that draw boxes, tracks and text, pixel by pixel. */
#include <errno.h>
#include <libavutil/pixfmt.h>
#include <unistd.h>

#include "tests/unit/support/drawing_fixture.h"
#include "tests/unit/support/scratch.h"

START_TEST(draw_boxes_draws_around_pixels_that_are_in)
{
    drawing_make_video(AV_PIX_FMT_GRAY8, 8, 6);
    vf_bench_setup(&media_bench, media_node("draw_boxes"), 1, {"boxes", "[1, 2, 5, 7]"},
                   {"thickness", "1"}, {"colours", "white"});
    drawing_feed(VF_OK);
    drawing_check_row(0, 8, (const unsigned[]){100, 100, 100, 100, 100, 100, 100, 100});
    drawing_check_row(1, 8, (const unsigned[]){100, 100, 255, 255, 255, 255, 255, 100});
    drawing_check_row(2, 8, (const unsigned[]){100, 100, 255, 100, 100, 100, 255, 100});
    drawing_check_row(4, 8, (const unsigned[]){100, 100, 255, 255, 255, 255, 255, 100});
    drawing_check_row(5, 8, (const unsigned[]){100, 100, 100, 100, 100, 100, 100, 100});
}
END_TEST

START_TEST(draw_boxes_has_a_colour_for_each_class)
{
    drawing_make_video(AV_PIX_FMT_GRAY8, 8, 2);
    drawing_make_json(
        "[[0, 0, 1, 2, 0, 1], [0, 2, 1, 4, 1, 1], [0, 4, 1, 6, 2, 1], [0, 6, 1, 8, -1, 1]]");
    vf_bench_setup(&media_bench, media_node("draw_boxes"), 2, {"colours", "[white, black]"},
                   {"show_label", "false"});
    drawing_feed(VF_OK);
    drawing_check_row(0, 8, (const unsigned[]){255, 255, 0, 0, 255, 255, 0, 0});
}
END_TEST

START_TEST(draw_boxes_leaves_out_what_has_a_low_score)
{
    drawing_make_video(AV_PIX_FMT_GRAY8, 8, 2);
    drawing_make_json("[[0, 0, 1, 2, 0, 0.4], [0, 2, 1, 4, 1, 0.5]]");
    vf_bench_setup(&media_bench, media_node("draw_boxes"), 2, {"colours", "white"},
                   {"show_label", "false"}, {"min_score", "0.5"});
    drawing_feed(VF_OK);
    drawing_check_row(0, 5, (const unsigned[]){100, 100, 255, 255, 100});
    drawing_make_json("[[0, 0, 1, 2, 0, 0.4]]");
    drawing_feed(VF_OK);
    ck_assert(drawing_has_passed());
}
END_TEST

START_TEST(a_frame_without_boxes_passes_untouched)
{
    drawing_make_video(AV_PIX_FMT_YUV420P, 33, 17);
    drawing_make_json("[]");
    vf_bench_init(&media_bench, media_node("draw_boxes"), 2, NULL, 0);
    drawing_feed(VF_OK);
    ck_assert(drawing_has_passed());
}
END_TEST

/* Returns the first and the last row of the picture in which `value` is. */
static void find_rows(unsigned value, int width, int height, int rows[2])
{
    rows[0] = rows[1] = -1;
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
            if (drawing_pixel(x, y) != value)
                continue;
            rows[0] = rows[0] < 0 ? y : rows[0];
            rows[1] = y;
            break;
        }
    }
}

START_TEST(a_label_stands_above_its_box_where_there_is_room_and_else_inside)
{
    int rows[2];
    drawing_make_video(AV_PIX_FMT_GRAY8, 200, 120);
    drawing_make_json("[[60, 20, 110, 180, 0, 0.875]]");
    vf_bench_setup(&media_bench, media_node("draw_boxes"), 2, {"colours", "white"},
                   {"names", "person"}, {"font", "DejaVu Sans"}, {"thickness", "1"});
    drawing_feed(VF_OK);
    find_rows(0, 200, 120, rows); /* black letters on a white ground */
    ck_assert_int_gt(rows[0], 40);
    ck_assert_int_lt(rows[1], 60);
    drawing_make_json("[[5, 20, 110, 180, 0, 0.875]]");
    drawing_feed(VF_OK);
    find_rows(0, 200, 120, rows);
    ck_assert_int_gt(rows[0], 5);
    ck_assert_int_lt(rows[1], 25);
}
END_TEST

START_TEST(a_label_says_what_it_is_and_its_score)
{
    int width[3];
    const char *const shown[] = {"true", "false"};
    drawing_make_video(AV_PIX_FMT_GRAY8, 300, 80);
    drawing_make_json("[[60, 0, 70, 4, 7, 0.5]]");
    for (int i = 0; i < 2; i++) {
        vf_bench_setup(&media_bench, media_node("draw_boxes"), 2, {"colours", "white"},
                       {"font", "DejaVu Sans"}, {"show_score", shown[i]});
        drawing_feed(VF_OK);
        width[i] = 0;
        while (drawing_pixel(width[i], 59) == 255)
            width[i]++;
        vf_bench_finish(&media_bench);
    }
    media_bench = (struct vf_bench){0};
    ck_assert_int_gt(width[1], 5);
    ck_assert_int_gt(width[0], width[1] + 30);
}
END_TEST

static const struct {
    const char *name, *text, *problem;
} mistakes[] = {
    {"colours", "[red, blau]", "\"blau\" is no colour; one is red"},
    {"colours", "[]", "no colours; give one"},
    {"boxes", "[[1, 2, 3]]", "a box is [ymin, xmin, ymax, xmax]"},
    {"font", "No Such Font", "the font \"No Such Font\" is not installed"},
    {"labels", "empty.txt", "empty.txt:1: the file is empty"},
};

START_TEST(draw_boxes_checks_its_options)
{
    char problem[512] = "";
    scratch_write("empty.txt", "");
    ck_assert_int_eq(chdir(scratch_path()), 0);
    vf_bench_setup(&media_bench, media_node("draw_boxes"), 1,
                   {mistakes[_i].name, mistakes[_i].text});
    ck_assert_int_eq(media_bench.node->check(media_bench.run.options, problem, sizeof(problem)),
                     -EINVAL);
    ck_assert_msg(strstr(problem, mistakes[_i].problem) != NULL, "%s", problem);
    ck_assert_int_eq(chdir("/"), 0);
}
END_TEST

START_TEST(boxes_come_from_one_place)
{
    vf_bench_init(&media_bench, media_node("draw_boxes"), 1, NULL, 0);
    ck_assert_int_eq(vf_bench_open(&media_bench), -EINVAL);
    vf_bench_finish(&media_bench);
    vf_bench_setup(&media_bench, media_node("blur_boxes"), 2, {"boxes", "[0, 0, 1, 1]"});
    ck_assert_int_eq(vf_bench_open(&media_bench), -EINVAL);
}
END_TEST

START_TEST(what_is_not_drawable_is_refused)
{
    vf_bench_setup(&media_bench, media_node("draw_boxes"), 1, {"boxes", "[0, 0, 9, 9]"});
    drawing_make_video(AV_PIX_FMT_GRAY8, 8, 6);
    snprintf(drawing_video->description.video.format,
             sizeof(drawing_video->description.video.format), "monob");
    drawing_feed(-ENOTSUP);
}
END_TEST

START_TEST(a_line_has_an_arrow_to_the_side_that_is_called_in)
{
    drawing_make_video(AV_PIX_FMT_GRAY8, 40, 24);
    vf_bench_setup(&media_bench, media_node("draw_shapes"), 1,
                   {"lines", "{\"door\": [[4, 10.5], [36, 10.5]]}"}, {"colour", "white"},
                   {"thickness", "1"}, {"show_names", "false"});
    drawing_feed(VF_OK);
    for (int x = 0; x < 40; x++)
        ck_assert_uint_eq(drawing_pixel(x, 9), DRAWING_GROUND);
    ck_assert_uint_eq(drawing_pixel(10, 10), 255);
    ck_assert_uint_eq(drawing_pixel(1, 10), DRAWING_GROUND);
    ck_assert_uint_eq(drawing_pixel(10, 14), DRAWING_GROUND);
    ck_assert_uint_gt(drawing_pixel(20, 14), DRAWING_GROUND);
    ck_assert_uint_gt(drawing_pixel(19, 17), DRAWING_GROUND);
}
END_TEST

START_TEST(a_zone_has_all_its_sides)
{
    drawing_make_video(AV_PIX_FMT_GRAY8, 12, 12);
    vf_bench_setup(&media_bench, media_node("draw_shapes"), 1,
                   {"zones", "{\"yard\": [[2.5, 2.5], [9.5, 2.5], [9.5, 9.5], [2.5, 9.5]]}"},
                   {"colour", "white"}, {"thickness", "1"}, {"show_names", "false"});
    drawing_feed(VF_OK);
    static const int sides[][2] = {{5, 2}, {9, 5}, {5, 9}, {2, 5}};
    for (size_t i = 0; i < VF_COUNT(sides); i++)
        ck_assert_uint_eq(drawing_pixel(sides[i][0], sides[i][1]), 255);
    ck_assert_uint_eq(drawing_pixel(5, 5), DRAWING_GROUND);
    ck_assert_uint_eq(drawing_pixel(11, 11), DRAWING_GROUND);
}
END_TEST

START_TEST(shapes_are_lines_or_zones)
{
    char problem[256] = "";
    vf_bench_init(&media_bench, media_node("draw_shapes"), 1, NULL, 0);
    ck_assert_int_eq(media_bench.node->check(media_bench.run.options, problem, sizeof(problem)),
                     -EINVAL);
    ck_assert_str_eq(problem, "there is nothing to draw; give it lines or zones");
}
END_TEST

START_TEST(a_frame_without_room_is_dropped)
{
    drawing_make_video(AV_PIX_FMT_GRAY8, 8, 6);
    vf_bench_setup(&media_bench, media_node("draw_boxes"), 1, {"boxes", "[0, 0, 9, 9]"});
    ck_assert_int_eq(vf_bench_open(&media_bench), VF_OK);
    media_bench.is_full = true;
    media_bench.run.is_realtime = true;
    drawing_feed(VF_OK);
    ck_assert_uint_eq(media_bench.drop_count, 1);
}
END_TEST

START_TEST(a_track_has_a_tail_of_its_last_places)
{
    drawing_make_video(AV_PIX_FMT_GRAY8, 12, 5);
    vf_bench_setup(&media_bench, media_node("draw_tracks"), 2, {"colours", "white"},
                   {"thickness", "1"}, {"tail", "3"}, {"show_id", "false"});
    for (int x = 0; x < 4; x++) {
        char text[64];
        snprintf(text, sizeof(text), "[[2, %d, 3, %d, 9]]", 2 * x, 2 * x + 1);
        drawing_make_json(text);
        drawing_feed(VF_OK);
    }
    /* It was at 0, 2, 4 and is at 6: its line goes from 2. */
    drawing_check_row(2, 9, (const unsigned[]){100, 100, 255, 255, 255, 255, 255, 100, 100});
    drawing_check_row(1, 9, (const unsigned[]){100, 100, 100, 100, 100, 100, 100, 100, 100});
    drawing_make_json("[]");
    drawing_feed(VF_OK);
    drawing_check_row(2, 9, (const unsigned[]){100, 100, 100, 100, 255, 255, 255, 100, 100});
    drawing_feed(VF_OK);
    drawing_feed(VF_OK);
    ck_assert(drawing_has_passed());
}
END_TEST

START_TEST(tracks_have_colours_by_their_number)
{
    drawing_make_video(AV_PIX_FMT_GRAY8, 8, 2);
    drawing_make_json("[[0, 0, 1, 2, 4], [0, 2, 1, 4, 5], [0, 4, 1, 6, -1]]");
    vf_bench_setup(&media_bench, media_node("draw_tracks"), 2, {"colours", "[white, black]"},
                   {"tail", "0"}, {"show_id", "false"});
    drawing_feed(VF_OK);
    drawing_check_row(0, 8, (const unsigned[]){255, 255, 0, 0, 0, 0, 100, 100});
}
END_TEST

START_TEST(tracks_need_their_number)
{
    drawing_make_video(AV_PIX_FMT_GRAY8, 8, 2);
    drawing_make_json("[[0, 0, 1, 2]]");
    vf_bench_setup(&media_bench, media_node("draw_tracks"), 2, {"show_id", "false"});
    drawing_feed(-EINVAL);
}
END_TEST

START_TEST(text_is_written_where_it_is_told)
{
    int rows[2];
    drawing_make_video(AV_PIX_FMT_GRAY8, 120, 80);
    drawing_make_json("{\"n\": [\"M\"]}");
    vf_bench_setup(&media_bench, media_node("draw_text"), 2, {"text", "{value.n.0}"},
                   {"position", "bottom_left"}, {"margin", "0"}, {"padding", "0"},
                   {"font", "DejaVu Sans"}, {"box", "black"});
    drawing_feed(VF_OK);
    find_rows(0, 120, 80, rows);
    ck_assert_int_eq(rows[1], 79);
    ck_assert_int_gt(rows[0], 60);
    ck_assert_uint_eq(drawing_pixel(119, 79), DRAWING_GROUND);
    find_rows(255, 120, 80, rows);
    ck_assert_int_gt(rows[0], 60);
}
END_TEST

START_TEST(no_text_is_no_work)
{
    drawing_make_video(AV_PIX_FMT_GRAY8, 12, 8);
    drawing_make_json("\"\"");
    vf_bench_setup(&media_bench, media_node("draw_text"), 2, {"text", "{value}"});
    drawing_feed(VF_OK);
    ck_assert(drawing_has_passed());
}
END_TEST

START_TEST(a_value_has_to_come_from_somewhere)
{
    vf_bench_setup(&media_bench, media_node("draw_text"), 1, {"text", "{value}"});
    ck_assert_int_eq(vf_bench_open(&media_bench), -EINVAL);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, draw_boxes_draws_around_pixels_that_are_in);
    tcase_add_test(tcase, draw_boxes_has_a_colour_for_each_class);
    tcase_add_test(tcase, draw_boxes_leaves_out_what_has_a_low_score);
    tcase_add_test(tcase, a_frame_without_boxes_passes_untouched);
    tcase_add_test(tcase, a_label_stands_above_its_box_where_there_is_room_and_else_inside);
    tcase_add_test(tcase, a_label_says_what_it_is_and_its_score);
    tcase_add_loop_test(tcase, draw_boxes_checks_its_options, 0, (int)VF_COUNT(mistakes));
    tcase_add_test(tcase, boxes_come_from_one_place);
    tcase_add_test(tcase, what_is_not_drawable_is_refused);
    tcase_add_test(tcase, a_line_has_an_arrow_to_the_side_that_is_called_in);
    tcase_add_test(tcase, a_zone_has_all_its_sides);
    tcase_add_test(tcase, shapes_are_lines_or_zones);
    tcase_add_test(tcase, a_frame_without_room_is_dropped);
    tcase_add_test(tcase, a_track_has_a_tail_of_its_last_places);
    tcase_add_test(tcase, tracks_have_colours_by_their_number);
    tcase_add_test(tcase, tracks_need_their_number);
    tcase_add_test(tcase, text_is_written_where_it_is_told);
    tcase_add_test(tcase, no_text_is_no_work);
    tcase_add_test(tcase, a_value_has_to_come_from_somewhere);
}

Suite *drawing_nodes_suite(void);
Suite *drawing_nodes_suite(void)
{
    Suite *suite = suite_create("drawing_nodes");
    TCase *tcase = tcase_create("drawing_nodes");
    tcase_add_checked_fixture(tcase, drawing_setup, drawing_teardown);
    add_tests(tcase);
    suite_add_tcase(suite, tcase);
    return suite;
}
