/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdlib.h>

#include "engine/base/histogram.h"

START_TEST(classes_rise_with_durations_and_their_middles_are_in_them)
{
    for (unsigned number = 0; number < VF_HISTOGRAM_CLASSES; number++) {
        double middle = vf_histogram_middle(number);
        if (middle < 9e18)
            ck_assert_uint_eq(vf_histogram_class((int64_t)middle), number);
        if (number)
            ck_assert(middle > vf_histogram_middle(number - 1));
    }
}
END_TEST

START_TEST(a_middle_is_not_far_from_what_is_counted)
{
    for (double duration = 10000; duration < 1e12; duration *= 1.01) {
        double middle = vf_histogram_middle(vf_histogram_class((int64_t)duration));
        ck_assert(middle > 0.87 * duration && middle < 1.13 * duration);
    }
}
END_TEST

START_TEST(what_is_out_of_range_is_counted_in_the_outer_classes)
{
    ck_assert_uint_eq(vf_histogram_class(INT64_MIN), 0);
    ck_assert_uint_eq(vf_histogram_class(-1), 0);
    ck_assert_uint_eq(vf_histogram_class(0), 0);
    ck_assert_uint_eq(vf_histogram_class(INT64_MAX), VF_HISTOGRAM_CLASSES - 1);
}
END_TEST

START_TEST(percentiles_are_of_what_came_since)
{
    static struct vf_histogram histogram;
    uint64_t before[VF_HISTOGRAM_CLASSES], now[VF_HISTOGRAM_CLASSES];
    vf_histogram_read(&histogram, now);
    ck_assert(vf_histogram_percentile(now, NULL, 0.5) < 0);
    for (int i = 0; i < 1000; i++)
        vf_histogram_add(&histogram, 100000000);
    vf_histogram_read(&histogram, before);
    for (int i = 1; i <= 1000; i++)
        vf_histogram_add(&histogram, i * 1000000LL); /* 1 to 1000 ms */
    vf_histogram_read(&histogram, now);
    double half = vf_histogram_percentile(now, before, 0.5);
    double most = vf_histogram_percentile(now, before, 0.99);
    ck_assert(half > 430e6 && half < 570e6);
    ck_assert(most > 850e6 && most < 1150e6);
    ck_assert(vf_histogram_percentile(now, NULL, 0.5) < 250e6);
    ck_assert(vf_histogram_percentile(before, now, 0.5) < 0); /* it was set back */
}
END_TEST

START_TEST(the_sum_is_of_all_durations)
{
    static struct vf_histogram histogram;
    vf_histogram_add(&histogram, 1500);
    vf_histogram_add(&histogram, 2000000000000);
    vf_histogram_add(&histogram, -7); /* counts as zero */
    ck_assert_uint_eq(atomic_load(&histogram.sum_ns), 2000000001500U);
}
END_TEST

Suite *histogram_suite(void);
Suite *histogram_suite(void)
{
    Suite *suite = suite_create("histogram");
    TCase *tcase = tcase_create("histogram");
    tcase_add_test(tcase, classes_rise_with_durations_and_their_middles_are_in_them);
    tcase_add_test(tcase, a_middle_is_not_far_from_what_is_counted);
    tcase_add_test(tcase, what_is_out_of_range_is_counted_in_the_outer_classes);
    tcase_add_test(tcase, percentiles_are_of_what_came_since);
    tcase_add_test(tcase, the_sum_is_of_all_durations);
    suite_add_tcase(suite, tcase);
    return suite;
}
