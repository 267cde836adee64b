/* SPDX-License-Identifier: MIT */
/* How far runs are, made up from pages that a test has filled in. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "engine/account/progress.h"
#include "engine/base/clock.h"
#include "tests/unit/support/flow_fixture.h"

#define START_NS VF_NS_PER_S

static struct vf_plan *plan;
static struct vf_run_memory *memory;
static struct vf_progress_track *track;
static struct vf_progress progress;

static void setup(void)
{
    plan = plan_good_flow("vflow: 1\nnodes:\n  n: {type: counter}\n  m: {type: counter}\n"
                          "  s: {type: sink, inputs: n}\n  t: {type: sink, inputs: m}\n");
    ck_assert_int_eq(vf_run_memory_create(&memory, plan), VF_OK);
    ck_assert_int_eq(vf_progress_track_create(&track, plan, memory, START_NS), VF_OK);
}

static void teardown(void)
{
    vf_progress_track_destroy(&track);
    vf_run_memory_destroy(&memory);
    vf_plan_destroy(&plan);
}

static struct vf_task_page *page(const char *name)
{
    for (size_t i = 0; i < plan->task_count; i++) {
        if (strcmp(plan->tasks[i].name, name) == 0)
            return (struct vf_task_page *)(uintptr_t)vf_run_memory_page(memory, plan->tasks[i].id);
    }
    ck_abort();
    return NULL;
}

/* A producer has made so many of its messages. */
static void make(const char *name, uint64_t made, uint64_t expected)
{
    atomic_store(&page(name)->emitted[0], made);
    atomic_store(&page(name)->expected[0], expected);
}

static void take(const char *name, uint64_t frames)
{
    atomic_store(&page(name)->inputs, frames);
}

static void look(int64_t seconds)
{
    vf_progress_track_note(track, START_NS + seconds * VF_NS_PER_S);
    vf_progress_track_read(track, START_NS + seconds * VF_NS_PER_S, &progress);
}

START_TEST(without_a_length_nobody_knows_how_far_it_is)
{
    take("s", 7);
    look(2);
    ck_assert(progress.part < 0);
    ck_assert(progress.left_seconds < 0);
    ck_assert_uint_eq(progress.frames, 7);
    ck_assert_uint_eq(progress.expected, 0);
    ck_assert_double_eq(progress.seconds, 2);
}
END_TEST

START_TEST(of_several_producers_the_last_counts)
{
    make("n", 50, 100);
    make("m", 100, 1000);
    look(1);
    ck_assert_double_eq(progress.part, 0.1);
    make("m", 0, 0); /* nobody knows */
    look(2);
    ck_assert_double_eq(progress.part, 0.5);
}
END_TEST

START_TEST(a_producer_that_has_ended_has_done_all_it_was_to)
{
    make("n", 98, 100); /* which had been estimated */
    atomic_store(&page("n")->state, VF_TASK_ENDED);
    take("s", 98);
    look(1);
    ck_assert_double_eq(progress.part, 0.98); /* of what has come out */
    make("m", 10, 100);
    look(2);
    ck_assert_double_eq(progress.part, 0.1);
}
END_TEST

START_TEST(it_is_not_done_before_it_has_come_out)
{
    make("n", 100, 100);
    take("s", 40);
    look(1);
    ck_assert_double_eq(progress.part, 0.4);
    ck_assert_uint_eq(progress.expected, 100);
}
END_TEST

START_TEST(speeds_are_those_of_lately)
{
    make("n", 10, 1000);
    take("s", 10);
    look(0);
    take("s", 110);
    for (int second = 1; second <= 10; second++) {
        take("s", 110);
        atomic_store(&page("s")->media_us, 4000000);
        look(second);
    }
    ck_assert_double_eq(progress.fps, 0);
    ck_assert_double_eq(progress.speed, 0);
    for (int second = 11; second <= 20; second++) {
        take("s", 110 + 50 * (uint64_t)(second - 10));
        atomic_store(&page("s")->media_us, 4000000 + 2000000 * (second - 10));
        atomic_store(&page("n")->busy_ns, 900 * VF_NS_PER_MS * (second - 10));
        look(second);
    }
    ck_assert_double_eq_tol(progress.fps, 50, 0.01);
    ck_assert_double_eq_tol(progress.speed, 2, 0.01);
    ck_assert_str_eq(progress.busiest, "n");
    ck_assert_double_eq_tol(progress.busy, 0.9, 0.01);
}
END_TEST

START_TEST(what_is_left_follows_from_how_fast_it_goes)
{
    for (int second = 0; second <= 10; second++) {
        make("n", (uint64_t)second * 10, 1000);
        take("s", (uint64_t)second * 10);
        look(second);
    }
    ck_assert_double_eq_tol(progress.left_seconds, 90, 0.5);
}
END_TEST

START_TEST(a_producer_of_several_files_tells_which_it_reads)
{
    struct vf_page_source *source = &page("m")->source;
    source->number = 3;
    source->count = 4;
    snprintf(source->name, sizeof(source->name), "c\033[1m.mp4");
    atomic_store(&source->version, 2);
    look(1);
    ck_assert_uint_eq(progress.file_number, 3);
    ck_assert_uint_eq(progress.file_count, 4);
    ck_assert_str_eq(progress.file_name, "c?[1m.mp4");
    ck_assert_double_eq(progress.part, 0.5); /* two of four, as long as no frames are counted */
    atomic_store(&source->version, 3);       /* it is being written */
    look(2);
    ck_assert_uint_eq(progress.file_count, 0);
}
END_TEST

START_TEST(without_a_track_nothing_is_known)
{
    vf_progress_track_read(NULL, START_NS, &progress);
    ck_assert(progress.part < 0);
    ck_assert_uint_eq(progress.frames, 0);
}
END_TEST

Suite *progress_suite(void);
Suite *progress_suite(void)
{
    Suite *suite = suite_create("progress");
    TCase *tcase = tcase_create("progress");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, without_a_length_nobody_knows_how_far_it_is);
    tcase_add_test(tcase, of_several_producers_the_last_counts);
    tcase_add_test(tcase, a_producer_that_has_ended_has_done_all_it_was_to);
    tcase_add_test(tcase, it_is_not_done_before_it_has_come_out);
    tcase_add_test(tcase, speeds_are_those_of_lately);
    tcase_add_test(tcase, what_is_left_follows_from_how_fast_it_goes);
    tcase_add_test(tcase, a_producer_of_several_files_tells_which_it_reads);
    tcase_add_test(tcase, without_a_track_nothing_is_known);
    suite_add_tcase(suite, tcase);
    return suite;
}
