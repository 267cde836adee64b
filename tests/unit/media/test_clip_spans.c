/* SPDX-License-Identifier: MIT */
#include <check.h>

#include "engine/base/clock.h"
#include "engine/media/write/clips/frame_index.h"
#include "engine/media/write/clips/spans.h"

static struct vf_spans spans;
static struct vf_frame_index frames;

static void teardown(void)
{
    vf_spans_finish(&spans);
    vf_frame_index_finish(&frames);
}

static void add(int64_t begin_ns, int64_t end_ns, uint64_t id)
{
    ck_assert_int_eq(vf_spans_add(&spans, &(struct vf_span){begin_ns, end_ns, id}), VF_OK);
}

static void assert_found(int64_t from_ns, int64_t until_ns, int64_t begin_ns, int64_t end_ns)
{
    struct vf_span found;
    ck_assert(vf_spans_find(&spans, from_ns, until_ns, &found));
    ck_assert_int_eq(found.begin_ns, begin_ns);
    ck_assert_int_eq(found.end_ns, end_ns);
}

START_TEST(spans_that_share_a_stretch_are_one)
{
    struct vf_span found;
    add(50, 60, 1);
    add(10, 20, 2);
    add(25, 30, 3);
    ck_assert(!vf_spans_find(&spans, 0, 10, &found));
    assert_found(0, 11, 10, 20);
    assert_found(20, 26, 10, 30);
    assert_found(21, 26, 25, 30);
    assert_found(0, 100, 10, 60);
    ck_assert(!vf_spans_find(&spans, 61, 100, &found));
}
END_TEST

START_TEST(a_span_goes_on_until_it_gets_an_end)
{
    struct vf_span found;
    add(10, VF_SPAN_GOES_ON, 7);
    add(12, VF_SPAN_GOES_ON, 8);
    vf_spans_end(&spans, 7, 20);
    assert_found(1000, 1001, 12, VF_SPAN_GOES_ON);
    vf_spans_end(&spans, 8, 30);
    ck_assert(!vf_spans_find(&spans, 1000, 1001, &found));
    assert_found(20, 21, 10, 30);
    vf_spans_end(&spans, 8, 90);
    assert_found(20, 21, 10, 30);
}
END_TEST

START_TEST(what_is_over_is_forgotten)
{
    for (int64_t i = 0; i < 100; i++)
        add(i, i + 1, (uint64_t)i);
    vf_spans_forget(&spans, 90);
    ck_assert_uint_eq(spans.count, 11);
    assert_found(0, 1000, 89, 100);
}
END_TEST

START_TEST(frames_are_found_by_their_times_whatever_order_they_came_in)
{
    static const int64_t times_ms[] = {100, 220, 140, 180, 300, 260};
    uint64_t number;
    int64_t in_file_ns;
    for (size_t i = 0; i < sizeof(times_ms) / sizeof(times_ms[0]); i++)
        ck_assert_int_eq(vf_frame_index_add(&frames, times_ms[i] * VF_NS_PER_MS), VF_OK);
    vf_frame_index_sort(&frames);
    ck_assert(vf_frame_index_find(&frames, 180 * VF_NS_PER_MS + 1000, &number, &in_file_ns));
    ck_assert_uint_eq(number, 3);
    ck_assert_int_eq(in_file_ns, 80 * VF_NS_PER_MS);
    ck_assert(vf_frame_index_find(&frames, 300 * VF_NS_PER_MS - 1000, &number, &in_file_ns));
    ck_assert_uint_eq(number, 6);
    ck_assert(!vf_frame_index_find(&frames, 200 * VF_NS_PER_MS, &number, &in_file_ns));
    ck_assert(!vf_frame_index_find(&frames, 340 * VF_NS_PER_MS, &number, &in_file_ns));
    ck_assert_int_eq(vf_frame_index_last_ns(&frames), 300 * VF_NS_PER_MS);
    vf_frame_index_clear(&frames);
    ck_assert(!vf_frame_index_find(&frames, 100 * VF_NS_PER_MS, &number, &in_file_ns));
    ck_assert_int_eq(vf_frame_index_last_ns(&frames), INT64_MIN);
}
END_TEST

Suite *clip_spans_suite(void);
Suite *clip_spans_suite(void)
{
    Suite *suite = suite_create("clip_spans");
    TCase *tcase = tcase_create("clip_spans");
    tcase_add_checked_fixture(tcase, NULL, teardown);
    tcase_add_test(tcase, spans_that_share_a_stretch_are_one);
    tcase_add_test(tcase, a_span_goes_on_until_it_gets_an_end);
    tcase_add_test(tcase, what_is_over_is_forgotten);
    tcase_add_test(tcase, frames_are_found_by_their_times_whatever_order_they_came_in);
    suite_add_tcase(suite, tcase);
    return suite;
}
