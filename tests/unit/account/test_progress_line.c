/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/account/progress_line.h"
#include "engine/base/array.h"
#include "engine/base/columns.h"

/* A run about which all is known. */
static struct vf_progress whole(void)
{
    struct vf_progress progress = {
        .seconds = 12.3,
        .frames = 1234,
        .expected = 2938,
        .part = 0.42,
        .left_seconds = 14.4,
        .fps = 118.2,
        .speed = 4.728,
        .dropped = 12,
        .dropped_part = 0.004,
        .file_number = 3,
        .file_count = 12,
        .file_name = "holiday/beach.mp4",
        .busiest = "encode",
        .busy = 0.97,
    };
    return progress;
}

static const char *line_of(const struct vf_progress *progress, size_t columns)
{
    static char line[512];
    struct vf_text text = {0};
    vf_progress_line(&text, progress, columns);
    snprintf(line, sizeof(line), "%s", text.bytes ? text.bytes : "");
    vf_text_finish(&text);
    return line;
}

static const struct {
    size_t columns;
    const char *line;
} widths[] = {
    {VF_PROGRESS_ANY_WIDTH,
     "42 %  1234/2938 frames  118.2 fps  4.73x  0:14 left  "
     "file 3/12 holiday/beach.mp4  12 dropped (0.4 %)  encode is busiest (97 %)"},
    {118, "42 %  1234/2938 frames  118.2 fps  4.73x  0:14 left  file 3/12 holiday/~  "
          "12 dropped (0.4 %)  encode is busiest (97 %)"},
    {105, "42 %  1234/2938 frames  118.2 fps  4.73x  0:14 left  file 3/12 holiday/beach.mp4  "
          "12 dropped (0.4 %)"},
    {84, "42 %  1234/2938 frames  118.2 fps  4.73x  0:14 left  file 3/12  12 dropped (0.4 %)"},
    {79, "42 %  1234/2938 frames  118.2 fps  4.73x  0:14 left  12 dropped (0.4 %)"},
    {60, "42 %  1234/2938 frames  118.2 fps  4.73x  0:14 left"},
    {50, "42 %  1234/2938 frames  118.2 fps  0:14 left"},
    {40, "42 %  118.2 fps  4.73x  0:14 left"},
    {26, "42 %  118.2 fps  0:14 left"},
    {19, "42 %  118.2 fps"},
    {8, "42 %"},
    {3, ""},
    {0, ""},
};

START_TEST(a_line_has_what_there_is_room_for)
{
    struct vf_progress progress = whole();
    ck_assert_str_eq(line_of(&progress, widths[_i].columns), widths[_i].line);
}
END_TEST

START_TEST(a_line_never_takes_more_than_it_may)
{
    struct vf_progress progress = whole();
    snprintf(progress.file_name, sizeof(progress.file_name), "%s",
             "\xe5\xbd\xb1\xe7\x89\x87\xe5\xbd\xb1\xe7\x89\x87\xe5\xbd\xb1\xe7\x89\x87.mp4");
    for (size_t columns = 0; columns < 200; columns++)
        ck_assert_uint_le(vf_columns_of(line_of(&progress, columns)), columns);
}
END_TEST

START_TEST(where_nothing_is_known_of_the_end_the_time_since_the_start_is_told)
{
    struct vf_progress progress = {
        .seconds = 3723, .frames = 10, .part = -1, .left_seconds = -1, .speed = -1, .fps = 1500};
    ck_assert_str_eq(line_of(&progress, 80), "10 frames  1500 fps  1:02:03");
}
END_TEST

START_TEST(what_is_not_all_is_not_100_percent)
{
    struct vf_progress progress = {.part = 0.99999, .left_seconds = 0.2, .speed = -1, .fps = 5};
    ck_assert_str_eq(line_of(&progress, 80), "99 %  0 frames  5.0 fps  0:00 left");
    progress.part = 1;
    ck_assert_str_eq(line_of(&progress, 4), "");
    ck_assert_str_eq(line_of(&progress, 5), "100 %");
}
END_TEST

START_TEST(more_frames_than_were_expected_are_just_frames)
{
    struct vf_progress progress = {
        .frames = 101, .expected = 100, .part = 1, .left_seconds = -1, .speed = -1};
    ck_assert_str_eq(line_of(&progress, 80), "100 %  101 frames  0.0 fps  0:00");
}
END_TEST

START_TEST(drops_are_told_in_realtime_also_when_there_are_none)
{
    struct vf_progress progress = {
        .part = -1, .left_seconds = -1, .speed = 1, .is_realtime = true, .frames = 3, .fps = 25};
    ck_assert_str_eq(line_of(&progress, 80), "3 frames  25.0 fps  1.00x  0:00  0 dropped (0.0 %)");
}
END_TEST

START_TEST(a_task_that_is_idle_limits_nothing)
{
    struct vf_progress progress = whole();
    progress.busy = 0.3;
    ck_assert_ptr_null(strstr(line_of(&progress, VF_PROGRESS_ANY_WIDTH), "busiest"));
}
END_TEST

START_TEST(programs_get_all_of_it)
{
    struct vf_progress progress = whole();
    json_t *object = vf_progress_json(&progress);
    char *text = json_dumps(object, JSON_SORT_KEYS | JSON_REAL_PRECISION(4) | JSON_COMPACT);
    ck_assert_str_eq(text,
                     "{\"busiest\":{\"busy\":0.97,\"task\":\"encode\"},\"dropped\":12,"
                     "\"dropped_part\":0.004,"
                     "\"expected\":2938,\"file\":{\"count\":12,\"name\":\"holiday/beach.mp4\","
                     "\"number\":3},\"fps\":118.2,\"frames\":1234,\"left_seconds\":14.4,"
                     "\"percent\":42.0,\"seconds\":12.3,\"speed\":4.728}");
    free(text);
    json_decref(object);
}
END_TEST

START_TEST(what_is_unknown_is_null)
{
    struct vf_progress progress = {.part = -1, .left_seconds = -1, .speed = -1};
    json_t *object = vf_progress_json(&progress);
    static const char *const keys[] = {"busiest",      "expected", "file",
                                       "left_seconds", "percent",  "speed"};
    for (size_t i = 0; i < VF_COUNT(keys); i++)
        ck_assert(json_is_null(json_object_get(object, keys[i])));
    json_decref(object);
}
END_TEST

START_TEST(a_name_that_is_no_text_spoils_nothing)
{
    struct vf_progress progress = whole();
    snprintf(progress.file_name, sizeof(progress.file_name), "caf\xe9.mp4");
    json_t *object = vf_progress_json(&progress);
    json_t *file = json_object_get(object, "file");
    ck_assert_str_eq(json_string_value(json_object_get(file, "name")), "caf\\xe9.mp4");
    json_decref(object);
}
END_TEST

Suite *progress_line_suite(void);
Suite *progress_line_suite(void)
{
    Suite *suite = suite_create("progress_line");
    TCase *tcase = tcase_create("progress_line");
    tcase_add_loop_test(tcase, a_line_has_what_there_is_room_for, 0, VF_COUNT(widths));
    tcase_add_test(tcase, a_line_never_takes_more_than_it_may);
    tcase_add_test(tcase, where_nothing_is_known_of_the_end_the_time_since_the_start_is_told);
    tcase_add_test(tcase, what_is_not_all_is_not_100_percent);
    tcase_add_test(tcase, more_frames_than_were_expected_are_just_frames);
    tcase_add_test(tcase, drops_are_told_in_realtime_also_when_there_are_none);
    tcase_add_test(tcase, a_task_that_is_idle_limits_nothing);
    tcase_add_test(tcase, programs_get_all_of_it);
    tcase_add_test(tcase, what_is_unknown_is_null);
    tcase_add_test(tcase, a_name_that_is_no_text_spoils_nothing);
    suite_add_tcase(suite, tcase);
    return suite;
}
