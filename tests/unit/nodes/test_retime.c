/* SPDX-License-Identifier: MIT */
/* When things happen after their times have been changed. */
#include <errno.h>
#include <string.h>

#include "tests/unit/support/media_fixture.h"

#define RATE 10 /* messages a second */

static void open_retime(const char *option, const char *text, const char *other_option,
                        const char *other_text)
{
    const struct vf_bench_option options[] = {{option, text}, {other_option, other_text}};
    vf_bench_init(&media_bench, media_node("retime"), 1, options, other_option ? 2 : 1);
    ck_assert_int_eq(vf_bench_open(&media_bench), VF_OK);
}

static void feed(struct vf_message *message)
{
    ck_assert_int_eq(vf_bench_feed(&media_bench, message, NULL), VF_OK);
}

static void feed_number(struct vf_message *message)
{
    feed(message);
    vf_message_destroy(&message);
}

static const struct {
    const char *option, *number;
    struct vf_rational time_base; /* of what was 1/RATE */
    bool is_numbered, is_stateful;
} retimings[] = {
    {"speed", "2", {1, 20}, false, false},
    {"speed", "0.5", {1, 5}, false, false},
    {"speed", "1.5", {1, 15}, false, false},
    {"fps", "25", {1, 25}, true, true},
    {"fps", "29.97002997", {1001, 30000}, true, true},
};

START_TEST(retime_changes_when_things_happen_and_nothing_else)
{
    open_retime(retimings[_i].option, retimings[_i].number, NULL, NULL);
    for (int64_t i = 1; i < 9; i += 3)
        feed_number(vf_bench_number(i, RATE));
    for (unsigned i = 0; i < 3; i++) {
        const struct vf_description *output = &vf_bench_output(&media_bench, 0, i)->description;
        ck_assert_int_eq(output->time_base.num, retimings[_i].time_base.num);
        ck_assert_int_eq(output->time_base.den, retimings[_i].time_base.den);
        ck_assert_int_eq(output->timestamp, retimings[_i].is_numbered ? i : 3 * i);
        ck_assert_uint_eq(output->origin.number, 1 + 3 * i);
    }
    size_t length;
    const char *last = vf_message_json(vf_bench_output(&media_bench, 0, 2), &length);
    ck_assert(length == 1 && *last == '7');
    const struct vf_node node = vf_bench_adapt(&media_bench);
    ck_assert(node.is_stateful == retimings[_i].is_stateful);
}
END_TEST

/* What a camera counts in microseconds, and a clock in nanoseconds, is soon too fine for a time
 * base. */
static const struct {
    const char *speed;
    struct vf_rational time_base;
    int64_t timestamp, expected_ns;
} fine_ticks[] = {
    {"3600", {1, 1000000}, 7200000000, 2000000000},
    {"100000", {1, 90000}, 9000000000, 1000000000},
    {"2.3", {1, 1000000000}, 2300000000, 1000000000},
    {"0.123457", {1001, 2147483647}, 2147483647, 8108086216253},
    {"3600", {1, 1000000}, VF_NO_TIMESTAMP, VF_NO_TIMESTAMP},
};

START_TEST(retime_is_exact_however_fine_the_ticks_are)
{
    struct vf_message *message = vf_bench_number(1, RATE);
    message->description.time_base = fine_ticks[_i].time_base;
    message->description.timestamp = fine_ticks[_i].timestamp;
    open_retime("speed", fine_ticks[_i].speed, NULL, NULL);
    feed_number(message);
    const struct vf_description *output = &vf_bench_output(&media_bench, 0, 0)->description;
    ck_assert_int_eq(output->time_base.num, 1);
    ck_assert_int_eq(output->time_base.den, 1000000000);
    ck_assert_int_eq(output->timestamp, fine_ticks[_i].expected_ns);
}
END_TEST

START_TEST(retime_tells_the_new_rate)
{
    media_make("1", "16x16", "gray");
    open_retime("speed", "4", NULL, NULL);
    feed(media_source.outputs[0].message);
    const struct vf_message *output = vf_bench_output(&media_bench, 0, 0);
    media_check_same(output, vf_bench_output(&media_source, VF_VIDEO, 0));
    ck_assert_int_eq(output->description.video.frame_rate.num, 100);
    ck_assert_int_eq(output->description.video.frame_rate.den, 1);
}
END_TEST

START_TEST(retime_wants_one_number_that_is_not_too_small)
{
    static const struct {
        const char *speed, *fps, *problem;
    } mistakes[] = {
        {"0", "0", "neither speed nor fps"},
        {"1", "1", "both speed and fps"},
        {"1e-12", "0", "1e-12 is too slow"},
    };
    for (size_t i = 0; i < VF_COUNT(mistakes); i++) {
        char problem[256] = "";
        open_retime("speed", mistakes[i].speed, "fps", mistakes[i].fps);
        ck_assert_int_eq(media_bench.node->check(media_bench.run.options, problem, sizeof(problem)),
                         -EINVAL);
        ck_assert_msg(strstr(problem, mistakes[i].problem) != NULL, "%s", problem);
        vf_bench_finish(&media_bench);
    }
    open_retime("speed", "1", NULL, NULL);
}
END_TEST

Suite *retime_suite(void);
Suite *retime_suite(void)
{
    Suite *suite = suite_create("retime");
    TCase *tcase = tcase_create("retime");
    tcase_add_checked_fixture(tcase, media_setup, media_teardown);
    tcase_add_loop_test(tcase, retime_changes_when_things_happen_and_nothing_else, 0,
                        (int)VF_COUNT(retimings));
    tcase_add_loop_test(tcase, retime_is_exact_however_fine_the_ticks_are, 0, VF_COUNT(fine_ticks));
    tcase_add_test(tcase, retime_tells_the_new_rate);
    tcase_add_test(tcase, retime_wants_one_number_that_is_not_too_small);
    suite_add_tcase(suite, tcase);
    return suite;
}
