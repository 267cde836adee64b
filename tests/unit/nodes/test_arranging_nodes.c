/* SPDX-License-Identifier: MIT */
/* The nodes that arrange frames: in time, and side by side. */
#include <errno.h>

#include "tests/unit/support/media_fixture.h"

#define STREAM 0x100

static void make(const char *frames, const char *size)
{
    media_make(frames, size, "yuv420p");
    media_number(STREAM);
}

/* Timestamps in 1/25 s that come in, and which of the frames goes out in each slot. */
static const struct {
    const char *fps;
    int64_t stamps[6];
    unsigned count, shown[16], shown_count;
    int64_t first;
} rates[] = {
    {"25", {0, 1, 2}, 3, {0, 1, 2}, 3, 0},
    {"50", {0, 1, 2}, 3, {0, 0, 1, 1, 2, 2}, 6, 0},
    {"12.5", {0, 1, 2, 3}, 4, {0, 2}, 2, 0},
    {"25", {7, 8, 12, 13}, 4, {0, 1, 1, 1, 1, 2, 3}, 7, 7},
    {"25", {0, 1, 1, 2}, 4, {0, 2, 3}, 3, 0},
    {"25", {-3, -2, -1}, 3, {0, 1, 2}, 3, -3},
    {"25", {90, 91, 0, 1}, 4, {0, 1, 2, 3}, 4, 90},
};

START_TEST(a_rate_shows_each_frame_for_as_long_as_it_stands)
{
    make("4", "64x48");
    vf_bench_setup(&media_bench, media_node("rate"), 1, {"fps", rates[_i].fps});
    ck_assert_int_eq(vf_bench_open(&media_bench), VF_OK);
    for (unsigned i = 0; i < rates[_i].count; i++) {
        media_made(i)->description.timestamp = rates[_i].stamps[i];
        ck_assert_int_eq(vf_bench_feed(&media_bench, media_made(i), NULL), VF_OK);
    }
    ck_assert_int_eq(vf_bench_flush(&media_bench), VF_OK);
    ck_assert_uint_eq(vf_bench_count(&media_bench, 0), rates[_i].shown_count);
    for (unsigned i = 0; i < rates[_i].shown_count; i++) {
        const struct vf_description *out = &media_answer(i)->description;
        ck_assert_ptr_eq(media_answer(i)->payload, media_made(rates[_i].shown[i])->payload);
        ck_assert_int_eq(out->duration, 1);
        ck_assert_int_eq((int64_t)out->time_base.num * out->video.frame_rate.num,
                         (int64_t)out->time_base.den * out->video.frame_rate.den);
        bool has_gone_back = rates[_i].stamps[rates[_i].shown[i]] < rates[_i].first;
        if (!has_gone_back)
            ck_assert_int_eq(out->timestamp, rates[_i].first + i);
    }
}
END_TEST

START_TEST(frames_without_time_stamps_take_a_slot_each)
{
    make("3", "64x48");
    vf_bench_setup(&media_bench, media_node("rate"), 1, {"fps", "10"});
    ck_assert_int_eq(vf_bench_open(&media_bench), VF_OK);
    for (unsigned i = 0; i < 3; i++) {
        media_made(i)->description.timestamp = VF_NO_TIMESTAMP;
        ck_assert_int_eq(vf_bench_feed(&media_bench, media_made(i), NULL), VF_OK);
    }
    ck_assert_int_eq(vf_bench_flush(&media_bench), VF_OK);
    ck_assert_uint_eq(vf_bench_count(&media_bench, 0), 3);
    for (unsigned i = 0; i < 3; i++)
        ck_assert_ptr_eq(media_answer(i)->payload, media_made(i)->payload);
}
END_TEST

/* Rows of a picture that stand `x` bytes and `y` rows within a larger one. */
static bool is_at(const struct vf_message *whole, const struct vf_message *part, unsigned plane,
                  size_t x, size_t y)
{
    const struct vf_plane *of_whole = &whole->description.video.planes[plane];
    const struct vf_plane *of_part = &part->description.video.planes[plane];
    for (size_t row = 0; row < of_part->rows; row++) {
        if (memcmp(whole->payload->data + of_whole->offset + (row + y) * of_whole->stride + x,
                   part->payload->data + of_part->offset + row * of_part->stride,
                   of_part->row_bytes) != 0)
            return false;
    }
    return true;
}

static uint8_t luma(const struct vf_message *message, size_t x, size_t y)
{
    const struct vf_plane *plane = &message->description.video.planes[0];
    return message->payload->data[plane->offset + y * plane->stride + x];
}

START_TEST(one_frame_of_each_input_makes_a_picture)
{
    make("2", "64x48");
    vf_bench_setup(&media_bench, media_node("tile"), 2, {"gap", "8"}, {"margin", "4"},
                   {"colour", "white"});
    ck_assert_int_eq(vf_bench_open(&media_bench), VF_OK);
    ck_assert_int_eq(vf_bench_feed(&media_bench, media_made(0), media_made(1)), VF_OK);
    const struct vf_message *picture = media_answer(0);
    ck_assert_int_eq(picture->description.video.width, 64 + 64 + 8 + 2 * 4);
    ck_assert_int_eq(picture->description.video.height, 48 + 2 * 4);
    ck_assert_int_eq(picture->description.timestamp, media_made(0)->description.timestamp);
    ck_assert_uint_eq(picture->description.origin.number, 1);
    for (unsigned plane = 0; plane < 3; plane++) {
        unsigned half = plane ? 2 : 1;
        ck_assert(is_at(picture, media_made(0), plane, 4 / half, 4 / half));
        ck_assert(is_at(picture, media_made(1), plane, (4 + 64 + 8) / half, 4 / half));
    }
    ck_assert_uint_eq(luma(picture, 3, 3), 235);
    ck_assert_uint_eq(luma(picture, 4 + 64 + 7, 20), 235);
}
END_TEST

START_TEST(a_frame_of_another_shape_stands_in_the_middle_of_its_cell)
{
    struct vf_message *wide;
    make("1", "64x48");
    ck_assert_int_eq(vf_message_clone(&wide, media_made(0)), VF_OK);
    wide->description.video.height = 16;
    for (unsigned i = 0; i < 3; i++)
        wide->description.video.planes[i].rows /= 3;
    vf_bench_setup(&media_bench, media_node("tile"), 2, {"columns", "1"}, {"colour", "white"});
    ck_assert_int_eq(vf_bench_open(&media_bench), VF_OK);
    ck_assert_int_eq(vf_bench_feed(&media_bench, media_made(0), wide), VF_OK);
    ck_assert_int_eq(media_answer(0)->description.video.height, 96);
    ck_assert(is_at(media_answer(0), media_made(0), 0, 0, 0));
    ck_assert(is_at(media_answer(0), wide, 0, 0, 48 + 16));
    ck_assert_uint_eq(luma(media_answer(0), 30, 48 + 15), 235);
    ck_assert_uint_eq(luma(media_answer(0), 30, 48 + 32), 235);
    vf_message_destroy(&wide);
}
END_TEST

START_TEST(frames_one_after_the_other_make_sheets)
{
    make("5", "64x48");
    vf_bench_setup(&media_bench, media_node("tile"), 1, {"frames", "3"}, {"columns", "2"},
                   {"colour", "white"});
    ck_assert_int_eq(vf_bench_open(&media_bench), VF_OK);
    for (unsigned i = 0; i < 5; i++)
        ck_assert_int_eq(vf_bench_feed(&media_bench, media_made(i), NULL), VF_OK);
    ck_assert_uint_eq(vf_bench_count(&media_bench, 0), 1);
    ck_assert_int_eq(vf_bench_flush(&media_bench), VF_OK);
    ck_assert_uint_eq(vf_bench_count(&media_bench, 0), 2);
    ck_assert(is_at(media_answer(0), media_made(2), 0, 0, 48));
    ck_assert(is_at(media_answer(1), media_made(4), 0, 64, 0));
    ck_assert_uint_eq(luma(media_answer(1), 5, 50), 235);
    ck_assert_int_eq(media_answer(0)->description.duration, 3);
    ck_assert_int_eq(media_answer(1)->description.timestamp, 3);
    ck_assert_int_eq(media_answer(1)->description.duration, 2);
    ck_assert_uint_eq(media_answer(1)->description.origin.number, 6);
}
END_TEST

START_TEST(a_sheet_is_of_one_input_and_remembers)
{
    vf_bench_setup(&media_bench, media_node("tile"), 1, {"frames", "3"});
    const struct vf_node sheet = vf_bench_adapt(&media_bench);
    ck_assert(sheet.is_stateful);
    ck_assert(!sheet.inputs.items[0].is_repeated);
    vf_bench_finish(&media_bench);
    vf_bench_init(&media_bench, media_node("tile"), 1, NULL, 0);
    const struct vf_node side_by_side = vf_bench_adapt(&media_bench);
    ck_assert(!side_by_side.is_stateful);
    ck_assert(side_by_side.inputs.items[0].is_repeated);
}
END_TEST

START_TEST(cells_that_are_too_few_are_told)
{
    char problem[256] = "";
    vf_bench_setup(&media_bench, media_node("tile"), 3, {"frames", "9"}, {"columns", "2"},
                   {"rows", "4"});
    ck_assert_int_eq(media_bench.node->check(media_bench.run.options, problem, sizeof(problem)),
                     -EINVAL);
    ck_assert_str_eq(problem, "9 frames do not fit into 2 columns and 4 rows; leave rows out");
    vf_bench_finish(&media_bench);
    vf_bench_setup(&media_bench, media_node("tile"), 3, {"columns", "1"}, {"rows", "2"});
    ck_assert_int_eq(vf_bench_open(&media_bench), -EINVAL);
}
END_TEST

/* Whether a rectangle has white letters on black and nothing else. */
static bool has_letters(const struct vf_message *picture, size_t x, size_t width, size_t height)
{
    size_t white = 0, black = 0;
    for (size_t row = 0; row < height; row++) {
        for (size_t column = x; column < x + width; column++) {
            white += luma(picture, column, row) == 235;
            black += luma(picture, column, row) == 16;
        }
    }
    return white > 10 && black > width * height / 2 && white + black == width * height;
}

START_TEST(a_cell_whose_input_is_absent_shows_its_name)
{
    make("2", "64x48");
    vf_bench_setup(&media_bench, media_node("tile"), 2, {"colour", "red"});
    media_bench.run.may_lack = true;
    ck_assert_int_eq(vf_bench_open(&media_bench), VF_OK);
    ck_assert_int_eq(vf_bench_feed(&media_bench, media_made(0), NULL), VF_OK);
    ck_assert(is_at(media_answer(0), media_made(0), 0, 0, 0));
    ck_assert(has_letters(media_answer(0), 64, 64, 48));
    ck_assert_int_eq(vf_bench_feed(&media_bench, NULL, media_made(1)), VF_OK);
    ck_assert(has_letters(media_answer(1), 0, 64, 48));
    ck_assert(is_at(media_answer(1), media_made(1), 0, 64, 0));
    for (size_t row = 0, other = 0; row < 48; row++) {
        for (size_t column = 0; column < 64; column++)
            other += luma(media_answer(0), 64 + column, row) != luma(media_answer(1), column, row);
        ck_assert_msg(row < 47 || other > 0, "two inputs have one name");
    }
}
END_TEST

START_TEST(a_wall_stays_as_it_began_and_goes_on_without_any_input)
{
    struct vf_message *large;
    make("2", "64x48");
    ck_assert_int_eq(vf_message_clone(&large, media_made(1)), VF_OK);
    large->description.video.height = 24;
    for (unsigned i = 0; i < 3; i++)
        large->description.video.planes[i].rows /= 2;
    vf_bench_setup(&media_bench, media_node("tile"), 2, {"gap", "0"});
    media_bench.run.may_lack = true;
    ck_assert_int_eq(vf_bench_open(&media_bench), VF_OK);
    ck_assert_int_eq(vf_bench_feed(&media_bench, NULL, NULL), VF_OK);
    ck_assert_uint_eq(vf_bench_count(&media_bench, 0), 0);
    ck_assert_int_eq(vf_bench_feed(&media_bench, NULL, media_made(0)), VF_OK);
    ck_assert_int_eq(vf_bench_feed(&media_bench, large, media_made(0)), VF_OK);
    ck_assert_int_eq(vf_bench_feed(&media_bench, NULL, NULL), VF_OK);
    ck_assert_uint_eq(vf_bench_count(&media_bench, 0), 3);
    for (unsigned i = 0; i < 3; i++) {
        ck_assert_int_eq(media_answer(i)->description.video.width, 128);
        ck_assert_int_eq(media_answer(i)->description.video.height, 48);
    }
    ck_assert(has_letters(media_answer(2), 0, 64, 48));
    ck_assert(has_letters(media_answer(2), 64, 64, 48));
    ck_assert_int_eq(media_answer(2)->description.time_base.num, 0); /* for the task to fill in */
    vf_message_destroy(&large);
}
END_TEST

Suite *arranging_nodes_suite(void);
Suite *arranging_nodes_suite(void)
{
    Suite *suite = suite_create("arranging_nodes");
    TCase *tcase = tcase_create("arranging_nodes");
    tcase_add_checked_fixture(tcase, media_setup, media_teardown);
    tcase_add_loop_test(tcase, a_rate_shows_each_frame_for_as_long_as_it_stands, 0,
                        (int)VF_COUNT(rates));
    tcase_add_test(tcase, frames_without_time_stamps_take_a_slot_each);
    tcase_add_test(tcase, one_frame_of_each_input_makes_a_picture);
    tcase_add_test(tcase, a_frame_of_another_shape_stands_in_the_middle_of_its_cell);
    tcase_add_test(tcase, frames_one_after_the_other_make_sheets);
    tcase_add_test(tcase, a_sheet_is_of_one_input_and_remembers);
    tcase_add_test(tcase, cells_that_are_too_few_are_told);
    tcase_add_test(tcase, a_cell_whose_input_is_absent_shows_its_name);
    tcase_add_test(tcase, a_wall_stays_as_it_began_and_goes_on_without_any_input);
    suite_add_tcase(suite, tcase);
    return suite;
}
