/* SPDX-License-Identifier: MIT */
/* A constant frame rate made of timestamps. */
#include "engine/media/picture/steady_rate.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/array.h"
#include "tests/unit/support/scratch.h"

#define MAX_TIMES 8
#define MAX_TEXT 256

static struct vf_steady_rate steady;

/* Makes frame number `number`, at a time in milliseconds. */
static struct vf_message *make(uint64_t number, int64_t time_ms, int64_t duration_ms)
{
    struct vf_message *frame;
    struct vf_payload *nothing = NULL;
    ck_assert_int_eq(vf_message_create(&frame, VF_VALUE_VIDEO, &nothing), VF_OK);
    frame->description.origin.number = number;
    frame->description.timestamp = time_ms;
    frame->description.duration = duration_ms;
    frame->description.time_base = (struct vf_rational){1, 1000};
    return frame;
}

/* Adds what comes out to `text`: "0:1 1:1 " is frame 1 at the ticks 0 and 1. */
static int collect(char *text)
{
    struct vf_message *frame;
    int err;
    while ((err = vf_steady_rate_next(&steady, &frame)) == VF_OK) {
        const struct vf_description *made = &frame->description;
        snprintf(text + strlen(text), MAX_TEXT - strlen(text), "%d:%d ", (int)made->timestamp,
                 (int)made->origin.number);
        ck_assert_int_eq(made->duration, 1);
        ck_assert_int_eq(made->time_base.num, steady.rate.den);
        ck_assert_int_eq(made->time_base.den, steady.rate.num);
        vf_message_destroy(&frame);
    }
    return err;
}

static const struct {
    const char *name;
    int rate;
    int64_t times_ms[MAX_TIMES]; /* up to the first that does not rise */
    int64_t duration_ms;         /* of the last */
    const char *wanted;
} cases[] = {
    {"as it is", 10, {0, 100, 200}, 100, "0:1 1:2 2:3 "},
    {"twice as fast", 20, {0, 100}, 100, "0:1 1:1 2:2 3:2 "},
    {"half as fast", 5, {0, 100, 200, 300}, 100, "0:1 1:3 "},
    {"rounded to the nearest", 10, {0, 149, 151, 260}, 100, "0:1 1:2 2:3 3:4 "},
    {"the last of several for one tick", 10, {0, 100, 110, 120, 200}, 100, "0:1 1:4 2:5 "},
    {"a gap is filled", 10, {0, 100, 500}, 100, "0:1 1:2 2:2 3:2 4:2 5:3 "},
    {"the last one lasts", 10, {0, 100}, 300, "0:1 1:2 2:2 3:2 "},
    {"the first tick is that of the first frame", 10, {1000, 1100}, 100, "10:1 11:2 "},
};

START_TEST(frames_are_repeated_and_left_out)
{
    char got[MAX_TEXT] = "";
    const int64_t *times = cases[_i].times_ms;
    steady = (struct vf_steady_rate){.rate = {cases[_i].rate, 1}};
    for (unsigned i = 0; i < MAX_TIMES && (i == 0 || times[i] > times[i - 1]); i++) {
        struct vf_message *frame = make(i + 1, times[i], cases[_i].duration_ms);
        ck_assert_int_eq(vf_steady_rate_push(&steady, frame), VF_OK);
        vf_message_destroy(&frame);
        ck_assert_int_eq(collect(got), -EAGAIN);
    }
    vf_steady_rate_end(&steady);
    ck_assert_int_eq(collect(got), VF_END);
    ck_assert_msg(strcmp(got, cases[_i].wanted) == 0, "%s: %s, not %s", cases[_i].name, got,
                  cases[_i].wanted);
    vf_steady_rate_finish(&steady);
}
END_TEST

START_TEST(nothing_in_is_nothing_out)
{
    struct vf_message *frame;
    steady = (struct vf_steady_rate){.rate = {25, 1}};
    ck_assert_int_eq(vf_steady_rate_next(&steady, &frame), -EAGAIN);
    vf_steady_rate_end(&steady);
    ck_assert_int_eq(vf_steady_rate_next(&steady, &frame), VF_END);
}
END_TEST

START_TEST(frames_without_times_come_one_a_tick)
{
    char got[MAX_TEXT] = "";
    steady = (struct vf_steady_rate){.rate = {25, 1}};
    for (unsigned i = 0; i < 3; i++) {
        struct vf_message *frame = make(i + 1, VF_NO_TIMESTAMP, 0);
        ck_assert_int_eq(vf_steady_rate_push(&steady, frame), VF_OK);
        vf_message_destroy(&frame);
        ck_assert_int_eq(collect(got), -EAGAIN);
    }
    vf_steady_rate_end(&steady);
    ck_assert_int_eq(collect(got), VF_END);
    ck_assert_str_eq(got, "0:1 1:2 2:3 ");
    vf_steady_rate_finish(&steady);
}
END_TEST

static const struct {
    const char *name;
    int64_t from_ms, to_ms, duration_ms;
    const char *wanted;
} jumps[] = {
    {"on by years", 0, INT64_C(200000000000), 100, "0:1 1:2 2:3 "},
    {"back", 100000, 0, 100, "1000:1 1001:2 1002:3 "},
    {"on by more than can be counted", 0, INT64_MAX - 200, 100, "0:1 1:2 2:3 "},
    {"back by more than can be counted", 0, INT64_MIN + 1, 100, "0:1 1:2 2:3 "},
    {"back a little", 500, 300, 300, "5:3 6:3 "},
    {"a last frame that lasts for ever", 0, 100, INT64_MAX, "0:1 1:2 2:3 "},
};

START_TEST(a_jump_is_not_filled)
{
    char got[MAX_TEXT] = "";
    steady = (struct vf_steady_rate){.rate = {10, 1}};
    const int64_t times[] = {jumps[_i].from_ms, jumps[_i].to_ms, jumps[_i].to_ms + 100};
    capture_errors();
    for (unsigned i = 0; i < VF_COUNT(times); i++) {
        struct vf_message *frame = make(i + 1, times[i], jumps[_i].duration_ms);
        ck_assert_int_eq(vf_steady_rate_push(&steady, frame), VF_OK);
        vf_message_destroy(&frame);
        ck_assert_int_eq(collect(got), -EAGAIN);
    }
    captured_errors();
    vf_steady_rate_end(&steady);
    ck_assert_int_eq(collect(got), VF_END);
    ck_assert_msg(strcmp(got, jumps[_i].wanted) == 0, "%s: %s, not %s", jumps[_i].name, got,
                  jumps[_i].wanted);
    vf_steady_rate_finish(&steady);
}
END_TEST

START_TEST(what_is_repeated_and_left_out_is_counted)
{
    char got[MAX_TEXT] = "";
    const int64_t times[] = {0, 10, 20, 300};
    steady = (struct vf_steady_rate){.rate = {10, 1}};
    for (unsigned i = 0; i < VF_COUNT(times); i++) {
        struct vf_message *frame = make(i + 1, times[i], 100);
        ck_assert_int_eq(vf_steady_rate_push(&steady, frame), VF_OK);
        vf_message_destroy(&frame);
        ck_assert_int_eq(collect(got), -EAGAIN);
    }
    ck_assert_str_eq(got, "0:3 1:3 2:3 ");
    ck_assert_uint_eq(steady.left_out, 2);
    ck_assert_uint_eq(steady.repeated, 2);
    vf_steady_rate_finish(&steady);
}
END_TEST

Suite *steady_rate_suite(void);
Suite *steady_rate_suite(void)
{
    Suite *suite = suite_create("steady_rate");
    TCase *tcase = tcase_create("steady_rate");
    tcase_add_loop_test(tcase, frames_are_repeated_and_left_out, 0, (int)VF_COUNT(cases));
    tcase_add_test(tcase, nothing_in_is_nothing_out);
    tcase_add_test(tcase, frames_without_times_come_one_a_tick);
    tcase_add_loop_test(tcase, a_jump_is_not_filled, 0, (int)VF_COUNT(jumps));
    tcase_add_test(tcase, what_is_repeated_and_left_out_is_counted);
    suite_add_tcase(suite, tcase);
    return suite;
}
