/* SPDX-License-Identifier: MIT */
/* What a tracker tells, as nodes read it: the objects, what is remembered of them, and areas. */
#include <check.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#include "engine/base/array.h"
#include "nodes/vision/shapes.h"
#include "nodes/vision/track_notes.h"
#include "nodes/vision/tracked.h"

static struct vf_tracked_list list;

static void teardown(void)
{
    vf_tracked_finish(&list);
}

static int read_text(const char *text)
{
    struct vf_message *message;
    ck_assert_int_eq(vf_message_create_json(&message, text, strlen(text)), VF_OK);
    int err = vf_tracked_read(&list, NULL, message);
    vf_message_destroy(&message);
    return err;
}

START_TEST(objects_are_read_with_their_class_and_score)
{
    ck_assert_int_eq(read_text("[{\"id\": 3, \"box\": [1, 2, 3, 4], \"class\": 5, \"score\": 0.5, "
                               "\"is_seen\": true}, "
                               "{\"id\": 4, \"box\": [1, 2, 3, 4], \"is_seen\": false}, "
                               "{\"id\": 5, \"box\": [5, 6, 7, 8.5]}]"),
                     VF_OK);
    ck_assert(list.is_looked_at);
    ck_assert_uint_eq(list.count, 2);
    ck_assert_int_eq(list.items[0].id, 3);
    ck_assert_double_eq(list.items[0].class, 5);
    ck_assert_double_eq(list.items[0].score, 0.5);
    ck_assert_int_eq(list.items[1].id, 5);
    ck_assert_double_eq(list.items[1].box.at[VF_BOX_XMAX], 8.5);
    ck_assert(isnan(list.items[1].class) && isnan(list.items[1].score));
}
END_TEST

START_TEST(rows_of_tracks_are_read_without_a_class)
{
    ck_assert_int_eq(read_text("[[1, 2, 3, 4, 9]]"), VF_OK);
    ck_assert_uint_eq(list.count, 1);
    ck_assert_int_eq(list.items[0].id, 9);
    ck_assert(isnan(list.items[0].class));
    ck_assert_int_eq(read_text("[]"), VF_OK);
    ck_assert(list.is_looked_at && list.count == 0);
    ck_assert_int_eq(read_text("null"), VF_OK);
    ck_assert(!list.is_looked_at && list.count == 0);
}
END_TEST

static const char *const bad[] = {
    "5",
    "{}",
    "[[1, 2, 3, 4]]",
    "[[1, 2, 3, 4, 0, 0.9]]",
    "[[1, 2, 3, 4, 0.5]]",
    "[{\"id\": 0.5, \"box\": [1, 2, 3, 4]}]",
    "[{\"box\": [1, 2, 3, 4]}]",
    "[{\"id\": 1}]",
    "[{\"id\": 1, \"box\": [1, 2, 3]}]",
    "[{\"id\": 1, \"box\": [1, 2, 3, \"4\"]}]",
    "[{\"id\": 1, \"box\": [9, 2, 3, 4]}]",
    "[{\"id\": 1, \"box\": [1, 2, 3, 4]}, 5]",
};

START_TEST(what_is_no_list_of_objects_is_refused)
{
    ck_assert_int_eq(read_text(bad[_i]), -EINVAL);
}
END_TEST

struct counted_note {
    struct vf_track_note head;
    int value;
};

static void count_release(void *note, void *context)
{
    const struct counted_note *counted = note;
    *(int *)context += counted->value;
}

START_TEST(objects_are_remembered_until_they_have_not_come_for_a_while)
{
    int released = 0;
    struct vf_track_notes notes = {
        .note_size = sizeof(struct counted_note), .release = count_release, .context = &released};
    for (int64_t id = 100; id > 0; id--) {
        struct counted_note *note = vf_track_notes_take(&notes, id * 7 % 101);
        ck_assert_int_eq(note->value, 0);
        note->value = 1;
    }
    ck_assert_uint_eq(notes.count, 100);
    for (size_t i = 0; i < 100; i++)
        ck_assert_int_eq(((struct counted_note *)vf_track_notes_at(&notes, i))->head.id,
                         (int64_t)i + 1);
    vf_track_notes_advance(&notes, 2);
    struct counted_note *kept = vf_track_notes_take(&notes, 50);
    ck_assert_int_eq(kept->value, 1);
    vf_track_notes_advance(&notes, 2);
    ck_assert_uint_eq(notes.count, 100);
    vf_track_notes_advance(&notes, 2);
    ck_assert_uint_eq(notes.count, 1);
    ck_assert_int_eq(released, 99);
    vf_track_notes_finish(&notes);
    ck_assert_int_eq(released, 100);
}
END_TEST

START_TEST(a_point_is_inside_of_an_area_or_outside)
{
    struct vf_shape_list shapes = {0};
    char problem[256] = "";
    static const struct vf_shape_kind kind = {
        .option = "zones", .article_name = "a zone", .least = 3, .example = "[[x, y], ...]"};
    /* Like a U: its inner part is outside. */
    ck_assert_int_eq(vf_shapes_parse(&shapes,
                                     "{\"u\": [[0, 0], [10, 0], [10, 20], [20, 20], [20, 0], "
                                     "[30, 0], [30, 30], [0, 30]]}",
                                     &kind, problem, sizeof(problem)),
                     VF_OK);
    static const double points[][3] = {{5, 10, 5},   {15, 10, -5},  {15, 25, 5},
                                       {-3, 10, -3}, {15, 40, -10}, {28, 5, 2}};
    for (size_t i = 0; i < VF_COUNT(points); i++)
        ck_assert_double_eq_tol(vf_shape_depth(&shapes.items[0], points[i]), points[i][2], 1e-9);
    vf_shapes_finish(&shapes);
    ck_assert_int_eq(vf_shapes_parse(&shapes, "{\"as text\": \"[[0, 0], [9, 0], [9, 9]]\"}", &kind,
                                     problem, sizeof(problem)),
                     VF_OK);
    ck_assert_uint_eq(shapes.items[0].count, 3);
    vf_shapes_finish(&shapes);
    ck_assert_int_eq(
        vf_shapes_parse(&shapes, "{\"u\": [[0, 0], [10, 0]]}", &kind, problem, sizeof(problem)),
        -EINVAL);
    ck_assert_str_eq(problem, "zones.u: it has 2 points, and needs 3; a zone is [[x, y], ...]");
}
END_TEST

START_TEST(the_anchor_is_a_point_of_the_box)
{
    static const double wanted[][2] = {
        [VF_ANCHOR_BOTTOM] = {30, 100}, [VF_ANCHOR_CENTRE] = {30, 75}, [VF_ANCHOR_TOP] = {30, 50},
        [VF_ANCHOR_LEFT] = {20, 75},    [VF_ANCHOR_RIGHT] = {40, 75},
    };
    const struct vf_box box = {{50, 20, 100, 40}};
    double point[2];
    vf_anchor_point((enum vf_anchor)_i, &box, point);
    ck_assert_double_eq(point[0], wanted[_i][0]);
    ck_assert_double_eq(point[1], wanted[_i][1]);
}
END_TEST

Suite *tracked_suite(void);
Suite *tracked_suite(void)
{
    Suite *suite = suite_create("tracked");
    TCase *tcase = tcase_create("tracked");
    tcase_add_checked_fixture(tcase, NULL, teardown);
    tcase_add_test(tcase, objects_are_read_with_their_class_and_score);
    tcase_add_test(tcase, rows_of_tracks_are_read_without_a_class);
    tcase_add_loop_test(tcase, what_is_no_list_of_objects_is_refused, 0, (int)VF_COUNT(bad));
    tcase_add_test(tcase, objects_are_remembered_until_they_have_not_come_for_a_while);
    tcase_add_test(tcase, a_point_is_inside_of_an_area_or_outside);
    tcase_add_loop_test(tcase, the_anchor_is_a_point_of_the_box, 0, 5);
    suite_add_tcase(suite, tcase);
    return suite;
}
