/* SPDX-License-Identifier: MIT */
/* Objects that are followed: the motion model, the pairing, the tracker, and its node. */
#include <check.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "nodes/all_nodes.h"
#include "nodes/vision/assignment.h"
#include "nodes/vision/motion_model.h"
#include "nodes/vision/tracker.h"
#include "tests/unit/support/media_fixture.h"
#include "tests/unit/support/node_bench.h"
#include "tests/unit/support/track_scene.h"

#define SEEDS 5

static struct vf_bench bench;
static struct scene scene;
static struct scene_told told[SCENE_FRAMES];

static void teardown(void)
{
    vf_bench_finish(&bench);
}

static struct vf_box box_of(double ymin, double xmin, double ymax, double xmax)
{
    return (struct vf_box){{ymin, xmin, ymax, xmax, 0, 1}};
}

START_TEST(an_object_that_moves_on_is_expected_where_it_goes)
{
    struct vf_motion motion;
    struct vf_box place = {{0}};
    for (int frame = 0; frame < 40; frame++) {
        const struct vf_box seen = box_of(100, 10 + 5 * frame, 180, 50 + 5 * frame);
        if (frame == 0)
            vf_motion_begin(&motion, &seen);
        else
            vf_motion_predict(&motion);
        if (frame)
            vf_motion_update(&motion, &seen);
    }
    for (int frame = 40; frame < 50; frame++)
        vf_motion_predict(&motion);
    vf_motion_box(&motion, &place);
    ck_assert_double_eq_tol(place.at[VF_BOX_XMIN], 10 + 5 * 49, 2);
    ck_assert_double_eq_tol(place.at[VF_BOX_XMAX], 50 + 5 * 49, 2);
    ck_assert_double_eq_tol(place.at[VF_BOX_YMIN], 100, 0.01);
    ck_assert_double_eq_tol(place.at[VF_BOX_YMAX], 180, 0.01);
}
END_TEST

START_TEST(boxes_overlap_by_their_share_in_what_both_cover)
{
    const struct vf_box one = box_of(0, 0, 10, 10), half = box_of(0, 5, 10, 15);
    const struct vf_box beside = box_of(0, 10, 10, 20), none = box_of(5, 5, 5, 5);
    ck_assert_double_eq_tol(vf_box_overlap(&one, &one), 1, 1e-12);
    ck_assert_double_eq_tol(vf_box_overlap(&one, &half), 1.0 / 3, 1e-12);
    ck_assert_double_eq_tol(vf_box_overlap(&one, &beside), 0, 1e-12);
    ck_assert_double_eq_tol(vf_box_overlap(&none, &none), 0, 1e-12);
}
END_TEST

/* The lowest sum over all ways to pair the rows from `row` on, as many as can be. */
static double try_all(const double *costs, size_t rows, size_t columns, double limit, size_t row,
                      unsigned taken)
{
    if (row == rows)
        return 0;
    double best = 100 + try_all(costs, rows, columns, limit, row + 1, taken); /* left alone */
    for (size_t column = 0; column < columns; column++) {
        double cost = costs[row * columns + column];
        if (taken & 1U << column || cost >= limit)
            continue;
        double sum = cost + try_all(costs, rows, columns, limit, row + 1, taken | 1U << column);
        best = sum < best ? sum : best;
    }
    return best;
}

/* What a choice comes to in the same way; every column is there once at most. */
static double sum_of(const double *costs, size_t rows, size_t columns, double limit,
                     const size_t *chosen)
{
    unsigned taken = 0;
    double sum = 0;
    for (size_t row = 0; row < rows; row++) {
        if (chosen[row] == VF_UNASSIGNED) {
            sum += 100;
            continue;
        }
        double cost = costs[row * columns + chosen[row]];
        bool is_right = cost < limit && !(taken & 1U << chosen[row]);
        taken |= 1U << chosen[row];
        sum += is_right ? cost : -1000;
    }
    return sum;
}

START_TEST(pairs_are_as_many_and_as_cheap_as_can_be)
{
    double costs[36] = {0};
    size_t chosen[6], rows = 1 + (size_t)_i % 6, columns = 1 + (size_t)_i / 6 % 6;
    uint64_t random = 12345 + (uint64_t)_i;
    for (int round = 0; round < 20; round++) {
        for (size_t i = 0; i < rows * columns; i++) {
            random = random * 48271 % 2147483647;
            costs[i] = (double)(random % 100) / 100;
        }
        ck_assert_int_eq(vf_assign(costs, rows, columns, 0.7, chosen), VF_OK);
        ck_assert_double_eq_tol(sum_of(costs, rows, columns, 0.7, chosen),
                                try_all(costs, rows, columns, 0.7, 0, 0), 1e-9);
    }
}
END_TEST

static struct scene_marks follow(const struct vf_tracker_settings *settings, size_t step)
{
    scene_follow(&scene, settings, step, told);
    return scene_judge(&scene, told);
}

/* The least marks for each of the cases, on average. */
static const struct {
    double mota, idf1;
} least[SCENE_CASES] = {{0.95, 0.9}, {0.75, 0.8}, {0.9, 0.85}, {0.9, 0.85}};

/* With VF_SHOW=1, prints the marks: for a person. */
static void show(const char *name, const struct scene_marks *ours, const struct scene_marks *plain)
{
    if (getenv("VF_SHOW"))
        printf("%-24s MOTA %.3f IDF1 %.3f switches %4.1f; plain %.3f %.3f %4.1f\n", name,
               ours->mota / SEEDS, ours->idf1 / SEEDS, (double)ours->switches / SEEDS,
               plain->mota / SEEDS, plain->idf1 / SEEDS, (double)plain->switches / SEEDS);
}

static void add_marks(struct scene_marks *sum, const struct scene_marks *marks)
{
    sum->mota += marks->mota;
    sum->idf1 += marks->idf1;
    sum->switches += marks->switches;
}

START_TEST(objects_are_followed_better_than_by_overlap_alone)
{
    struct scene_marks ours = {0}, plain = {0};
    for (unsigned seed = 0; seed < SEEDS; seed++) {
        scene_cross(&scene, seed);
        scene_detect(&scene, &scene_cases[_i].noise, seed);
        struct scene_marks marks = follow(&scene_usual, 1);
        add_marks(&ours, &marks);
        scene_follow_plainly(&scene, told);
        marks = scene_judge(&scene, told);
        add_marks(&plain, &marks);
    }
    show(scene_cases[_i].name, &ours, &plain);
    ck_assert_double_ge(ours.mota / SEEDS, least[_i].mota);
    ck_assert_double_ge(ours.idf1 / SEEDS, least[_i].idf1);
    ck_assert_double_ge(ours.idf1, plain.idf1);
}
END_TEST

START_TEST(objects_that_were_hidden_are_found_again)
{
    const struct scene_noise noise = {.jitter = 0.02};
    scene_hide(&scene, 20);
    scene_detect(&scene, &noise, 1);
    struct scene_marks marks = follow(&scene_usual, 1);
    ck_assert_uint_eq(marks.switches, 0);
    ck_assert_double_ge(marks.idf1, 0.95);
    struct vf_tracker_settings short_memory = scene_usual;
    short_memory.lost = 10;
    marks = follow(&short_memory, 1);
    ck_assert_uint_eq(marks.switches, 4);
}
END_TEST

START_TEST(a_detector_may_look_at_some_frames_alone)
{
    const struct scene_noise noise = {.jitter = 0.02};
    scene_cross(&scene, 3);
    scene_detect(&scene, &noise, 3);
    struct scene_marks marks = follow(&scene_usual, 3);
    ck_assert_double_ge(marks.mota, 0.9);
    ck_assert_double_ge(marks.idf1, 0.85);
}
END_TEST

START_TEST(the_same_boxes_give_the_same_numbers)
{
    static struct scene_told again[SCENE_FRAMES];
    scene_cross(&scene, 1);
    scene_detect(&scene, &scene_cases[1].noise, 1);
    (void)follow(&scene_usual, 1);
    memcpy(again, told, sizeof(told));
    (void)follow(&scene_usual, 1);
    for (size_t frame = 0; frame < scene.frames; frame++) {
        ck_assert_uint_eq(again[frame].count, told[frame].count);
        for (size_t i = 0; i < told[frame].count; i++)
            ck_assert_mem_eq(again[frame].boxes[i].at, told[frame].boxes[i].at,
                             sizeof(told[frame].boxes[i].at));
    }
}
END_TEST

/* Feeds the boxes of frame `number`. */
static int feed(uint64_t number, const char *text)
{
    struct vf_message *message;
    ck_assert_int_eq(vf_message_create_json(&message, text, strlen(text)), VF_OK);
    message->description.origin.number = number;
    message->description.source_id = 7;
    int err = vf_bench_feed(&bench, message, NULL);
    vf_message_destroy(&message);
    return err;
}

/* Expects n rows in the last array: `rows` has their numbers. */
static void expect_rows(unsigned index, const double *rows, size_t count)
{
    const struct vf_message *message = vf_bench_output(&bench, 0, index);
    ck_assert_ptr_nonnull(message);
    const struct vf_array *array = &message->description.array;
    ck_assert_str_eq(array->dtype, "<f8");
    ck_assert_uint_eq(array->dimensions, 2);
    ck_assert_uint_eq(array->shape[0], count);
    ck_assert_uint_eq(array->shape[1], 5);
    for (size_t i = 0; i < 5 * count; i++) {
        double number;
        memcpy(&number, message->payload->data + i * sizeof(number), sizeof(number));
        ck_assert_double_eq_tol(number, rows[i], 0.5);
    }
}

START_TEST(the_node_tells_of_objects_that_were_seen_often_enough)
{
    vf_bench_setup(&bench, media_node("track"), 1, {"confirm", "2"}, {"coast", "1"});
    ck_assert_int_eq(vf_bench_open(&bench), VF_OK);
    ck_assert_int_eq(feed(1, "[[10, 10, 50, 40, 1, 0.9]]"), VF_OK);
    ck_assert_int_eq(feed(2, "[[10, 10, 50, 40, 1, 0.9], [10, 100, 50, 140, 2, 0.9]]"), VF_OK);
    ck_assert_int_eq(feed(3, "null"), VF_OK);
    ck_assert_int_eq(feed(4, "[[10, 100, 50, 140, 2, 0.9]]"), VF_OK);
    ck_assert_int_eq(feed(6, "[]"), VF_OK);
    expect_rows(0, NULL, 0);
    expect_rows(1, (const double[]){10, 10, 50, 40, 1}, 1);
    expect_rows(2, (const double[]){10, 10, 50, 40, 1}, 1);
    expect_rows(3, (const double[]){10, 100, 50, 140, 2}, 1);
    expect_rows(4, NULL, 0);
    ck_assert_uint_eq(vf_bench_count(&bench, 1), 5);
    size_t length;
    const char *text = vf_message_json(vf_bench_output(&bench, 1, 1), &length);
    static const char wanted[] = "{\"id\": 1, \"box\": [10.0, 10.0, 50.0, 40.0], \"class\": 1.0, "
                                 "\"score\": 0.90000000000000002, \"speed\": [0.0, 0.0], "
                                 "\"frames\": 2, \"unseen\": 0, \"is_seen\": true}";
    ck_assert(length == sizeof(wanted) - 1 + 2 && memcmp(text + 1, wanted, length - 2) == 0);
}
END_TEST

START_TEST(another_file_begins_anew_with_numbers_that_go_on)
{
    struct vf_message *message;
    vf_bench_setup(&bench, media_node("track"), 1, {"confirm", "1"});
    ck_assert_int_eq(vf_bench_open(&bench), VF_OK);
    ck_assert_int_eq(feed(1, "[[10, 10, 50, 40]]"), VF_OK);
    ck_assert_int_eq(feed(2, "[[10, 10, 50, 40]]"), VF_OK);
    ck_assert_int_eq(vf_message_create_json(&message, "[[10, 10, 50, 40]]", 18), VF_OK);
    message->description.origin.number = 3;
    message->description.source_id = 8;
    ck_assert_int_eq(vf_bench_feed(&bench, message, NULL), VF_OK);
    vf_message_destroy(&message);
    expect_rows(1, (const double[]){10, 10, 50, 40, 1}, 1);
    expect_rows(2, (const double[]){10, 10, 50, 40, 2}, 1);
}
END_TEST

START_TEST(what_is_no_list_of_boxes_is_refused)
{
    vf_bench_setup(&bench, media_node("track"), 1, {"confirm", "1"});
    ck_assert_int_eq(vf_bench_open(&bench), VF_OK);
    ck_assert_int_eq(feed(1, "[[10, 10, 50]]"), -EINVAL);
    ck_assert_int_eq(feed(1, "\"nothing\""), -EINVAL);
}
END_TEST

Suite *track_suite(void);
Suite *track_suite(void)
{
    Suite *suite = suite_create("track");
    TCase *tcase = tcase_create("track");
    TCase *node = tcase_create("node");
    tcase_add_checked_fixture(node, NULL, teardown);
    tcase_add_test(tcase, an_object_that_moves_on_is_expected_where_it_goes);
    tcase_add_test(tcase, boxes_overlap_by_their_share_in_what_both_cover);
    tcase_add_loop_test(tcase, pairs_are_as_many_and_as_cheap_as_can_be, 0, 36);
    tcase_add_loop_test(tcase, objects_are_followed_better_than_by_overlap_alone, 0, SCENE_CASES);
    tcase_add_test(tcase, objects_that_were_hidden_are_found_again);
    tcase_add_test(tcase, a_detector_may_look_at_some_frames_alone);
    tcase_add_test(tcase, the_same_boxes_give_the_same_numbers);
    tcase_add_test(node, the_node_tells_of_objects_that_were_seen_often_enough);
    tcase_add_test(node, another_file_begins_anew_with_numbers_that_go_on);
    tcase_add_test(node, what_is_no_list_of_boxes_is_refused);
    suite_add_tcase(suite, tcase);
    suite_add_tcase(suite, node);
    return suite;
}
