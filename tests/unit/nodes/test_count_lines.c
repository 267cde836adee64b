/* SPDX-License-Identifier: MIT */
/* Objects that cross lines: what a crossing is, and the node that counts them. */
#include <check.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/array.h"
#include "nodes/vision/crossing.h"
#include "tests/unit/support/media_fixture.h"
#include "tests/unit/support/node_bench.h"
#include "tests/unit/support/told_events.h"

static struct vf_bench bench;

static void teardown(void)
{
    vf_bench_finish(&bench);
}

/* A line from left to right, at y 100 from x 0 to 100; a margin of 5. Below 0 ends a way. */
#define END    \
    {          \
        -1, -1 \
    }
static const struct {
    const char *name;
    double way[12][2];
    int in, out;
} ways[] = {
    {"down", {{50, 80}, {50, 95}, {50, 104}, {50, 120}, END}, 1, 0},
    {"up", {{50, 120}, {50, 80}, END}, 0, 1},
    {"there and back", {{50, 80}, {50, 120}, {50, 80}, END}, 1, 1},
    {"trembling on the line",
     {{50, 80}, {50, 101}, {50, 99}, {50, 102}, {50, 98}, {50, 103}, {50, 120}, END},
     1,
     0},
    {"turning round on the line", {{50, 80}, {50, 104}, {50, 97}, {50, 80}, END}, 0, 0},
    {"past an end of it", {{150, 80}, {150, 120}, END}, 0, 0},
    {"round an end of it, and back across it",
     {{150, 80}, {150, 120}, {50, 120}, {50, 80}, END},
     0,
     1},
    {"slantwise past an end, though it ends beside the line", {{220, 60}, {90, 106}, END}, 0, 0},
    {"slantwise across it", {{110, 80}, {70, 120}, END}, 1, 0},
    {"trembling past an end, then across it",
     {{150, 80}, {150, 103}, {150, 98}, {50, 98}, {50, 120}, END},
     1,
     0},
    {"beginning on the line", {{50, 99}, {50, 120}, END}, 0, 0},
    {"exactly on the line for a while", {{50, 80}, {50, 100}, {60, 100}, {60, 120}, END}, 1, 0},
    {"exactly on the line, and back", {{50, 80}, {50, 100}, {60, 100}, {60, 80}, END}, 0, 0},
    {"standing still", {{50, 80}, {50, 80}, {50, 80}, END}, 0, 0},
};

START_TEST(a_line_is_crossed_once_by_who_is_past_it_for_sure)
{
    static const double line[2][2] = {{0, 100}, {100, 100}};
    struct vf_crossing crossing = {0};
    int in = 0, out = 0;
    for (size_t i = 0; ways[_i].way[i][0] >= 0; i++) {
        enum vf_move move = vf_crossing_move(&crossing, line, ways[_i].way[i], 5);
        bool has_crossed = move == VF_MOVE_CROSSES || move == VF_MOVE_LEAPS;
        in += has_crossed && crossing.sure == VF_SIDE_RIGHT;
        out += has_crossed && crossing.sure == VF_SIDE_LEFT;
    }
    ck_assert_msg(in == ways[_i].in && out == ways[_i].out, "%s: %d in, %d out", ways[_i].name, in,
                  out);
}
END_TEST

START_TEST(who_passes_is_told_before_who_has_crossed)
{
    static const double line[2][2] = {{0, 100}, {100, 100}};
    struct vf_crossing crossing = {0};
    ck_assert_int_eq(vf_crossing_move(&crossing, line, (const double[]){50, 90}, 5), VF_MOVE_STAYS);
    ck_assert_int_eq(vf_crossing_move(&crossing, line, (const double[]){50, 102}, 5),
                     VF_MOVE_PASSES);
    ck_assert_int_eq(vf_crossing_move(&crossing, line, (const double[]){50, 104}, 5),
                     VF_MOVE_STAYS);
    ck_assert_int_eq(vf_crossing_move(&crossing, line, (const double[]){50, 105}, 5),
                     VF_MOVE_CROSSES);
    ck_assert_int_eq(vf_crossing_move(&crossing, line, (const double[]){50, 95}, 5), VF_MOVE_LEAPS);
}
END_TEST

static void open_node(void)
{
    vf_bench_setup(
        &bench, media_node("count_lines"), 1,
        {"lines", "{\"door\": [[0, 100], [100, 100]], \"gate\": [[100, 0], [100, 200]]}"},
        {"margin", "0.1"});
    ck_assert_int_eq(vf_bench_open(&bench), VF_OK);
}

/* An object of class 2 whose feet are at x 50. */
static void feed_feet(uint64_t number, double y)
{
    char text[256];
    snprintf(text, sizeof(text),
             "[{\"id\": 7, \"box\": [%g, 40, %g, 60], \"class\": 2.0, \"score\": 0.9}]", y - 50, y);
    ck_assert_int_eq(told_feed(&bench, number, text), VF_OK);
}

START_TEST(an_event_says_what_happened_and_in_which_frames)
{
    open_node();
    feed_feet(1, 80);
    feed_feet(2, 101);
    feed_feet(3, 103);
    ck_assert_uint_eq(vf_bench_count(&bench, 0), 0);
    feed_feet(4, 120);
    ck_assert_uint_eq(vf_bench_count(&bench, 0), 1);
    ck_assert_uint_eq(vf_bench_output(&bench, 0, 0)->description.origin.number, 4);
    told_expect(
        &bench, 0, 0,
        "{\"what\": \"crossed\", \"where\": \"door\", \"task\": \"bench\", "
        "\"camera\": \"street.avi\", "
        "\"begin\": {\"number\": 2, \"timestamp\": 0.08, \"source\": \"street.avi\", \"pts\": 2, "
        "\"time_base\": [1, 25], \"source_time\": 10.08, \"clock\": null}, "
        "\"end\": {\"number\": 4, \"timestamp\": 0.16, \"source\": \"street.avi\", \"pts\": 4, "
        "\"time_base\": [1, 25], \"source_time\": 10.16, \"clock\": null}, "
        "\"track\": 7, \"class\": 2, \"score\": 0.9, \"box\": [70, 40, 120, 60], "
        "\"details\": {\"direction\": \"in\", \"count\": 1}}");
}
END_TEST

START_TEST(counts_are_told_after_each_frame_by_class_too)
{
    open_node();
    feed_feet(1, 80);
    feed_feet(2, 120);
    feed_feet(3, 80);
    ck_assert_uint_eq(vf_bench_count(&bench, 1), 3);
    told_expect(&bench, 1, 0,
                "{\"door\": {\"in\": 0, \"out\": 0, \"classes\": {}}, "
                "\"gate\": {\"in\": 0, \"out\": 0, \"classes\": {}}}");
    told_expect(
        &bench, 1, 1,
        "{\"door\": {\"in\": 1, \"out\": 0, \"classes\": {\"2\": {\"in\": 1, \"out\": 0}}}, "
        "\"gate\": {\"in\": 0, \"out\": 0, \"classes\": {}}}");
    told_expect(
        &bench, 1, 2,
        "{\"door\": {\"in\": 1, \"out\": 1, \"classes\": {\"2\": {\"in\": 1, \"out\": 1}}}, "
        "\"gate\": {\"in\": 0, \"out\": 0, \"classes\": {}}}");
}
END_TEST

START_TEST(several_objects_in_a_frame_are_several_events)
{
    open_node();
    ck_assert_int_eq(told_feed(&bench, 1, "[[30, 10, 80, 30, 1], [30, 50, 80, 70, 2]]"), VF_OK);
    ck_assert_int_eq(told_feed(&bench, 2, "[[90, 10, 140, 30, 1], [90, 50, 140, 70, 2]]"), VF_OK);
    ck_assert_uint_eq(vf_bench_count(&bench, 0), 2);
    json_t *event = told_value(&bench, 0, 1);
    ck_assert_int_eq(json_integer_value(json_object_get(event, "track")), 2);
    ck_assert(json_is_null(json_object_get(event, "class")));
    ck_assert_int_eq(
        json_integer_value(json_object_get(json_object_get(event, "details"), "count")), 2);
    json_decref(event);
}
END_TEST

START_TEST(a_frame_that_nobody_has_looked_at_changes_nothing)
{
    open_node();
    feed_feet(1, 80);
    ck_assert_int_eq(told_feed(&bench, 2, "null"), VF_OK);
    ck_assert_int_eq(told_feed(&bench, 3, "[]"), VF_OK);
    feed_feet(4, 120);
    ck_assert_uint_eq(vf_bench_count(&bench, 0), 1);
    ck_assert_uint_eq(vf_bench_count(&bench, 1), 4);
}
END_TEST

START_TEST(an_object_is_where_its_anchor_is)
{
    vf_bench_setup(&bench, media_node("count_lines"), 1,
                   {"lines", "{\"door\": [[0, 100], [100, 100]]}"}, {"anchor", "top"});
    ck_assert_int_eq(vf_bench_open(&bench), VF_OK);
    feed_feet(1, 80);
    feed_feet(2, 140);
    ck_assert_uint_eq(vf_bench_count(&bench, 0), 0);
    feed_feet(3, 160);
    ck_assert_uint_eq(vf_bench_count(&bench, 0), 1);
}
END_TEST

START_TEST(only_wanted_classes_are_counted)
{
    vf_bench_setup(&bench, media_node("count_lines"), 1,
                   {"lines", "{\"door\": [[0, 100], [100, 100]]}"}, {"classes", "[0, 3]"});
    ck_assert_int_eq(vf_bench_open(&bench), VF_OK);
    feed_feet(1, 80);
    feed_feet(2, 120);
    ck_assert_uint_eq(vf_bench_count(&bench, 0), 0);
    ck_assert_int_eq(told_feed(&bench, 3, "[[30, 10, 80, 30, 1]]"), -EINVAL);
}
END_TEST

static const struct {
    const char *lines, *problem;
} mistakes[] = {
    {"{}", "lines: there is none; write {name: [[x, y], [x, y]], its two ends}"},
    {"{\"door\": 5}",
     "lines.door: it is no list of points; a line is [[x, y], [x, y]], its two ends"},
    {"{\"door\": [[1, 2]]}",
     "lines.door: it has 1 points, not 2; a line is [[x, y], [x, y]], its two ends"},
    {"{\"door\": [[1, 2], [3]]}",
     "lines.door: a point has two numbers, x and y; a line is [[x, y], [x, y]], its two ends"},
    {"{\"door\": [[1, 2], [3, \"four\"]]}",
     "lines.door: a point has something that is no number; a line is [[x, y], [x, y]], its two "
     "ends"},
    {"{\"door\": [[1, 2], [1, 2]]}",
     "lines.door: all of its points are one; a line is [[x, y], [x, y]], its two ends"},
    {"{\"door\": [[1, 2], [1, 1e7]]}",
     "lines.door: a point is farther away than any picture is large; a line is [[x, y], [x, y]], "
     "its two ends"},
};

START_TEST(what_is_no_line_is_refused)
{
    char problem[256];
    vf_bench_setup(&bench, media_node("count_lines"), 1, {"lines", mistakes[_i].lines});
    ck_assert_int_eq(bench.node->check(bench.run.options, problem, sizeof(problem)), -EINVAL);
    ck_assert_str_eq(problem, mistakes[_i].problem);
}
END_TEST

Suite *count_lines_suite(void);
Suite *count_lines_suite(void)
{
    Suite *suite = suite_create("count_lines");
    TCase *tcase = tcase_create("crossing");
    TCase *node = tcase_create("node");
    tcase_add_checked_fixture(node, NULL, teardown);
    tcase_add_loop_test(tcase, a_line_is_crossed_once_by_who_is_past_it_for_sure, 0,
                        (int)VF_COUNT(ways));
    tcase_add_test(tcase, who_passes_is_told_before_who_has_crossed);
    tcase_add_test(node, an_event_says_what_happened_and_in_which_frames);
    tcase_add_test(node, counts_are_told_after_each_frame_by_class_too);
    tcase_add_test(node, several_objects_in_a_frame_are_several_events);
    tcase_add_test(node, a_frame_that_nobody_has_looked_at_changes_nothing);
    tcase_add_test(node, an_object_is_where_its_anchor_is);
    tcase_add_test(node, only_wanted_classes_are_counted);
    tcase_add_loop_test(node, what_is_no_line_is_refused, 0, (int)VF_COUNT(mistakes));
    suite_add_tcase(suite, tcase);
    suite_add_tcase(suite, node);
    return suite;
}
