/* SPDX-License-Identifier: MIT */
/* The node that lays pictures over frames. */
#include <errno.h>

#include "tests/unit/support/media_fixture.h"

static void make(const char *frames)
{
    media_make(frames, "64x48", "yuv420p");
}

static void feed(unsigned first, unsigned count)
{
    for (unsigned i = first; i < first + count; i++)
        ck_assert_int_eq(vf_bench_feed(&media_bench, media_made(i), NULL), VF_OK);
}

static void open_overlay(const char *until)
{
    vf_bench_setup(&media_bench, media_node("overlay"), 2, {"x", "W-w-2"}, {"y", "4"},
                   {"width", "16"}, {"until", until});
    ck_assert_int_eq(vf_bench_open(&media_bench), VF_OK);
}

START_TEST(a_picture_that_has_ended_stays_on_every_frame)
{
    make("30");
    open_overlay("0");
    ck_assert_int_eq(vf_bench_feed(&media_bench, NULL, media_made(0)), VF_OK);
    feed(0, 5);
    ck_assert_uint_eq(vf_bench_count(&media_bench, 0),
                      1); /* the next picture may be for the others */
    media_bench.ended_inputs = 2;
    ck_assert_int_eq(media_bench.node->input_ended(&media_bench.run), VF_OK);
    ck_assert_uint_eq(vf_bench_count(&media_bench, 0), 5);
    feed(5, 25);
    ck_assert_uint_eq(vf_bench_count(&media_bench, 0), 30);
    for (unsigned i = 0; i < 30; i++) {
        ck_assert_int_eq(media_answer(i)->description.timestamp, i);
        ck_assert(media_is_same_row(media_made(i), media_answer(i), 0, 3));
        ck_assert(!media_is_same_row(media_made(i), media_answer(i), 0, 5));
        ck_assert(media_is_same_row(media_made(i), media_answer(i), 0, 16));
    }
}
END_TEST

START_TEST(a_picture_that_has_ended_stays_when_the_frames_change_their_size)
{
    make("4");
    open_overlay("0");
    ck_assert_int_eq(vf_bench_feed(&media_bench, NULL, media_made(0)), VF_OK);
    media_bench.ended_inputs = 2;
    ck_assert_int_eq(media_bench.node->input_ended(&media_bench.run), VF_OK);
    feed(0, 2);
    for (unsigned i = 2; i < 4; i++) {
        media_made(i)->description.video.width = 50;
        media_made(i)->description.video.planes[0].row_bytes = 50;
        media_made(i)->description.video.planes[1].row_bytes = 25;
        media_made(i)->description.video.planes[2].row_bytes = 25;
    }
    feed(2, 2);
    ck_assert_uint_eq(vf_bench_count(&media_bench, 0), 4);
    ck_assert_int_eq(media_answer(3)->description.video.width, 50);
    ck_assert(media_is_same_row(media_made(3), media_answer(3), 0, 3));
    ck_assert(!media_is_same_row(media_made(3), media_answer(3), 0, 5));
}
END_TEST

START_TEST(an_overlay_has_an_end_and_so_has_the_lead)
{
    make("6");
    open_overlay("80ms");
    feed(0, 3);
    media_bench.ended_inputs = 1;
    ck_assert_int_eq(media_bench.node->input_ended(&media_bench.run), VF_OK);
    int err = VF_OK;
    for (unsigned i = 0; i < 6 && !err; i++)
        err = vf_bench_feed(&media_bench, NULL, media_made(i));
    ck_assert_int_eq(err, VF_END);
    ck_assert_uint_eq(vf_bench_count(&media_bench, 0), 3);
    ck_assert(!media_is_same_row(media_made(1), media_answer(1), 0, 5));
    ck_assert(media_is_same_row(media_made(2), media_answer(2), 0, 5));
}
END_TEST

START_TEST(a_live_frame_waits_for_no_picture)
{
    make("5");
    open_overlay("0");
    media_bench.run.may_lack = media_bench.run.is_realtime = true;
    media_made(4)->description.timestamp = 1000; /* whose time does not matter */
    for (unsigned i = 0; i < 4; i++) {
        ck_assert_int_eq(vf_bench_feed(&media_bench, media_made(i), i < 1 ? NULL : media_made(4)),
                         VF_OK);
        ck_assert_uint_eq(vf_bench_count(&media_bench, 0), i + 1);
        ck_assert_int_eq(media_answer(i)->description.timestamp,
                         media_made(i)->description.timestamp);
        ck_assert(media_is_same_row(media_made(i), media_answer(i), 0, 5) == (i == 0));
    }
    ck_assert_int_eq(vf_bench_feed(&media_bench, NULL, media_made(4)), VF_OK);
    ck_assert_uint_eq(vf_bench_count(&media_bench, 0), 4);
}
END_TEST

static const struct {
    const char *name, *text, *problem;
} overlay_mistakes[] = {
    {"x", "W-w-", "x or y: a formula cannot be read"},
    {"y", "W:w", "y is \"W:w\"; it is pixels, or a formula such as (H-h)/2"},
    {"x", "", "x is \"\""},
    {"width", "0", "a side of 0 pixels"},
    {"until", "1s", "until is not after at"},
};

START_TEST(what_an_overlay_cannot_do_is_told)
{
    char problem[256] = "";
    vf_bench_setup(&media_bench, media_node("overlay"), 2, {"at", "1s"},
                   {overlay_mistakes[_i].name, overlay_mistakes[_i].text});
    ck_assert_int_eq(media_bench.node->check(media_bench.run.options, problem, sizeof(problem)),
                     -EINVAL);
    ck_assert_msg(strstr(problem, overlay_mistakes[_i].problem) != NULL, "%s", problem);
}
END_TEST

Suite *overlay_suite(void);
Suite *overlay_suite(void)
{
    Suite *suite = suite_create("overlay");
    TCase *tcase = tcase_create("overlay");
    tcase_add_checked_fixture(tcase, media_setup, media_teardown);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, a_picture_that_has_ended_stays_on_every_frame);
    tcase_add_test(tcase, a_picture_that_has_ended_stays_when_the_frames_change_their_size);
    tcase_add_test(tcase, an_overlay_has_an_end_and_so_has_the_lead);
    tcase_add_test(tcase, a_live_frame_waits_for_no_picture);
    tcase_add_loop_test(tcase, what_an_overlay_cannot_do_is_told, 0,
                        (int)VF_COUNT(overlay_mistakes));
    suite_add_tcase(suite, tcase);
    return suite;
}
