/* SPDX-License-Identifier: MIT */
/* The nodes that count, fold numbers into one, and pass some messages only. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>

#include "nodes/all_nodes.h"
#include "nodes/value/running_number.h"
#include "tests/unit/support/media_fixture.h"
#include "tests/unit/support/node_bench.h"
#include "tests/unit/support/scratch.h"

static struct vf_bench bench;

static void teardown(void)
{
    vf_bench_finish(&bench);
}

static void start(const char *name)
{
    vf_bench_init(&bench, media_node(name), 1, NULL, 0);
    ck_assert_int_eq(vf_bench_open(&bench), VF_OK);
}

/* Feeds a value with a timestamp in hundredths of a second. Returns what the node returned. */
static int feed_at(const char *text, int64_t timestamp)
{
    struct vf_message *message;
    ck_assert_int_eq(vf_message_create_json(&message, text, strlen(text)), VF_OK);
    message->description.timestamp = timestamp;
    message->description.time_base = (struct vf_rational){1, 100};
    int err = vf_bench_feed(&bench, message, NULL);
    vf_message_destroy(&message);
    return err;
}

static void feed(const char *text)
{
    ck_assert_int_eq(feed_at(text, 0), VF_OK);
}

static void check_output(unsigned index, const char *expected)
{
    const struct vf_message *message = vf_bench_output(&bench, 0, index);
    size_t length;
    ck_assert_ptr_nonnull(message);
    const char *text = vf_message_json(message, &length);
    ck_assert_uint_eq(length, strlen(expected));
    ck_assert(memcmp(text, expected, length) == 0);
}

static const struct {
    const char *node, *inputs[3], *outputs[3];
} runs[] = {
    {"sum", {"1", "2", "-5"}, {"1", "3", "-2"}},
    {"product", {"2", "3", "0"}, {"2", "6", "0"}},
    {"product", {"2", "0.5", "3"}, {"2", "1.0", "3.0"}},
    {"product",
     {"-9223372036854775808", "1", "-1.0"},
     {"-9223372036854775808", "-9223372036854775808", "9.223372036854776e+18"}},
    {"count", {"\"a\"", "[]", "7"}, {"1", "2", "3"}},
    {"min", {"3", "1.5", "2"}, {"3", "1.5", "1.5"}},
    {"max", {"-3", "-1.5", "-2"}, {"-3", "-1.5", "-1.5"}},
    {"max", {"1", "1.0", "1"}, {"1", "1", "1"}}, /* equal: the first stays, as in Python */
    {"min",
     {"9007199254740993", "9007199254740992.0", "1e300"},
     {"9007199254740993", "9007199254740992.0", "9007199254740992.0"}},
    {"max",
     {"9223372036854775807", "9223372036854775808.0", "0"},
     {"9223372036854775807", "9.223372036854776e+18", "9.223372036854776e+18"}},
};

START_TEST(the_result_so_far_is_told_after_each_input)
{
    start(runs[_i].node);
    for (unsigned i = 0; i < 3; i++) {
        feed(runs[_i].inputs[i]);
        check_output(i, runs[_i].outputs[i]);
    }
    ck_assert_uint_eq(vf_bench_count(&bench, 0), 3);
}
END_TEST

static const struct {
    const char *node, *first, *second, *reason;
} refusals[] = {
    {"product", "9223372036854775807", "2", "the product is larger than 64 bits hold"},
    {"product", "1e200", "1e200", "the product is larger than a number can be"},
    {"min", "1", "\"2\"", "an input is not a number"},
    {"max", "1", "null", "an input is not a number"},
};

START_TEST(what_cannot_be_told_is_refused)
{
    start(refusals[_i].node);
    feed(refusals[_i].first);
    capture_errors();
    int err = feed_at(refusals[_i].second, 0);
    ck_assert_ptr_nonnull(strstr(captured_errors(), refusals[_i].reason));
    ck_assert_int_eq(err, -EINVAL);
    ck_assert_uint_eq(vf_bench_count(&bench, 0), 1);
}
END_TEST

START_TEST(a_result_has_the_origin_and_the_time_of_its_input)
{
    start("count");
    ck_assert_int_eq(feed_at("0", 250), VF_OK);
    const struct vf_description *description = &vf_bench_output(&bench, 0, 0)->description;
    ck_assert_int_eq(description->timestamp, 250);
    ck_assert_int_eq(description->time_base.den, 100);
}
END_TEST

#define WHOLE(number)     \
    {                     \
        .whole = (number) \
    }
#define REAL(number)                      \
    {                                     \
        .is_real = true, .real = (number) \
    }

static const struct {
    struct vf_number one, other;
    int order;
} pairs[] = {
    {WHOLE(1), WHOLE(2), -1},
    {WHOLE(2), REAL(1.5), 1},
    {WHOLE(-2), REAL(-1.5), -1},
    {WHOLE(-1), REAL(-1.5), 1},
    {WHOLE(3), REAL(3), 0},
    {REAL(0.5), REAL(0.25), 1},
    {WHOLE(INT64_MAX), REAL(9223372036854775808.0), -1},
    {WHOLE(INT64_MIN), REAL(-9223372036854775808.0), 0},
    {WHOLE(INT64_MIN), REAL(-1e300), 1},
    {WHOLE((1LL << 53) + 1), REAL(9007199254740992.0), 1},
};

START_TEST(numbers_of_both_sorts_are_compared_exactly)
{
    int order = vf_number_compare(&pairs[_i].one, &pairs[_i].other);
    int reverse = vf_number_compare(&pairs[_i].other, &pairs[_i].one);
    ck_assert_int_eq((order > 0) - (order < 0), pairs[_i].order);
    ck_assert_int_eq((reverse > 0) - (reverse < 0), -pairs[_i].order);
}
END_TEST

START_TEST(every_passes_the_first_and_each_nth_after_it)
{
    static const char *const numbers[] = {"0", "1", "2", "3", "4", "5", "6"};
    vf_bench_setup(&bench, media_node("every"), 1, {"nth", "3"});
    for (size_t i = 0; i < VF_COUNT(numbers); i++)
        feed(numbers[i]);
    ck_assert_uint_eq(vf_bench_count(&bench, 0), 3);
    check_output(0, "0");
    check_output(1, "3");
    check_output(2, "6");
}
END_TEST

static const struct {
    const char *fps;
    int64_t distance; /* of the inputs, in hundredths of a second */
    unsigned passed;  /* of those in ten seconds */
} rates[] = {
    {"10", 4, 100}, /* 25 frames a second */
    {"25", 4, 250}, {"50", 4, 250}, {"7", 4, 70}, {"1", 100, 10}, {"0.5", 4, 5}, {"3", 1, 30},
};

START_TEST(every_passes_as_many_a_second_as_it_is_told)
{
    vf_bench_setup(&bench, media_node("every"), 1, {"fps", rates[_i].fps});
    for (int64_t time = 0; time < 1000; time += rates[_i].distance)
        ck_assert_int_eq(feed_at("0", time), VF_OK);
    ck_assert_uint_eq(vf_bench_count(&bench, 0), rates[_i].passed);
}
END_TEST

START_TEST(every_begins_again_when_time_does)
{
    vf_bench_setup(&bench, media_node("every"), 1, {"fps", "1"});
    for (int64_t time = 5000; time < 5200; time += 50)
        ck_assert_int_eq(feed_at("0", time), VF_OK);
    for (int64_t time = 0; time < 200; time += 50)
        ck_assert_int_eq(feed_at("0", time), VF_OK);
    ck_assert_uint_eq(vf_bench_count(&bench, 0), 4);
}
END_TEST

static const struct {
    int64_t nth;
    double fps;
    const char *problem;
} mistakes[] = {
    {0, 0, "neither nth nor fps; give one of them"},
    {2, 5, "both nth and fps; give one of them"},
};

START_TEST(every_wants_one_measure)
{
    struct {
        int64_t nth;
        double fps;
    } options = {mistakes[_i].nth, mistakes[_i].fps};
    char problem[100];
    ck_assert_int_eq(media_node("every")->check(&options, problem, sizeof(problem)), -EINVAL);
    ck_assert_str_eq(problem, mistakes[_i].problem);
}
END_TEST

Suite *number_nodes_suite(void);
Suite *number_nodes_suite(void)
{
    Suite *suite = suite_create("number_nodes");
    TCase *tcase = tcase_create("number_nodes");
    tcase_add_checked_fixture(tcase, NULL, teardown);
    tcase_add_loop_test(tcase, the_result_so_far_is_told_after_each_input, 0, (int)VF_COUNT(runs));
    tcase_add_loop_test(tcase, what_cannot_be_told_is_refused, 0, (int)VF_COUNT(refusals));
    tcase_add_test(tcase, a_result_has_the_origin_and_the_time_of_its_input);
    tcase_add_test(tcase, every_passes_the_first_and_each_nth_after_it);
    tcase_add_loop_test(tcase, every_passes_as_many_a_second_as_it_is_told, 0,
                        (int)VF_COUNT(rates));
    tcase_add_test(tcase, every_begins_again_when_time_does);
    suite_add_tcase(suite, tcase);
    tcase = tcase_create("without_a_bench");
    tcase_add_loop_test(tcase, numbers_of_both_sorts_are_compared_exactly, 0, (int)VF_COUNT(pairs));
    tcase_add_loop_test(tcase, every_wants_one_measure, 0, (int)VF_COUNT(mistakes));
    suite_add_tcase(suite, tcase);
    return suite;
}
