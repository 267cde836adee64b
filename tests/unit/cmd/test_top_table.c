/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/top_rows.h"
#include "cmd/top_table.h"
#include "engine/base/array.h"
#include "engine/base/columns.h"

/* Two answers of a run, two seconds apart. */
static const char first[] =
    "{\"ok\": true, \"name\": \"long\", \"state\": \"running\", \"mode\": \"batch\", \"now_ns\": "
    "1000000000, \"seconds\": 1, \"frames\": 10, \"percent\": null, \"fps\": 5, \"rows\": ["
    "{\"name\": \"reader\", \"state\": \"blocked\", \"pid\": null, \"in\": null, \"out\": 10, "
    "\"busy_ns\": 0, \"dropped\": 3, \"work\": [[0, 5]]}, "
    "{\"name\": \"detect\", \"state\": \"busy\", \"pid\": null, \"in\": 10, \"out\": 10, "
    "\"busy_ns\": 100000000, \"dropped\": 0, \"work\": [[40, 5]]}]}";
static const char second[] =
    "{\"ok\": true, \"name\": \"long\", \"state\": \"running\", \"mode\": \"batch\", \"now_ns\": "
    "3000000000, \"seconds\": 3, \"frames\": 50, \"percent\": 50, \"fps\": 20, \"rows\": ["
    "{\"name\": \"reader\", \"state\": \"blocked\", \"pid\": null, \"in\": null, \"out\": 60, "
    "\"busy_ns\": 200000000, \"dropped\": 7, \"unmatched\": 0, \"refused\": 0, \"errors\": 0, "
    "\"restarts\": 0, \"activity\": \"room\", \"waits\": [\"detect\"], \"work\": [[0, 25]]}, "
    "{\"name\": \"detect\", \"state\": \"busy\", \"pid\": null, \"in\": 50, \"out\": 50, "
    "\"busy_ns\": 2000000000, \"dropped\": 0, \"unmatched\": 2, \"refused\": 1, \"errors\": 0, "
    "\"restarts\": 1, \"queues\": [{\"from\": \"a\", \"waiting\": 1, \"length\": 8}, {\"from\": "
    "\"reader\", \"waiting\": 3, \"length\": 4}], \"work\": [[40, 45]]}]}";

static struct vf_top_sample sample;
static const struct vf_top_row *order[2];

static json_t *parse(const char *text)
{
    json_t *answer = json_loads(text, 0, NULL);
    ck_assert_ptr_nonnull(answer);
    return answer;
}

static void setup(void)
{
    struct vf_top_sample none = {0}, before;
    vf_top_sample_init(&before, parse(first), &none, false);
    vf_top_sample_init(&sample, parse(second), &before, false);
    vf_top_sample_finish(&before);
}

static void teardown(void)
{
    vf_top_sample_finish(&sample);
}

START_TEST(speeds_are_those_between_two_answers)
{
    ck_assert_uint_eq(sample.count, 2);
    ck_assert_double_eq_tol(sample.rows[0].fps, 25, 0.001);
    ck_assert_double_eq_tol(sample.rows[1].fps, 20, 0.001);
    ck_assert_double_eq_tol(sample.rows[1].busy, 0.95, 0.001);
    ck_assert(sample.rows[0].work_ms[0] < 0.001);
    ck_assert(sample.rows[1].work_ms[2] > 0.5);
    ck_assert(sample.rows[0].age_ms[0] < 0); /* nothing was counted */
    ck_assert(sample.rows[0].rss_bytes < 0); /* it has no process */
}
END_TEST

START_TEST(the_fullest_queue_is_shown)
{
    ck_assert_int_eq(sample.rows[1].waiting, 3);
    ck_assert_int_eq(sample.rows[1].length, 4);
    ck_assert_int_lt(sample.rows[0].length, 0);
}
END_TEST

static const struct {
    size_t columns;
    const char *titles, *row;
} widths[] = {
    {16, "TASK   STATE", "reader blocked"},
    {24, "TASK   STATE         FPS", "reader blocked      25.0"},
    {60, "TASK   STATE         FPS  BUSY   CPU   QUEUE     P95   DROPS",
     "reader blocked      25.0   10%     -       -  0.00ms       7"},
    {100,
     "TASK   STATE         FPS  BUSY   CPU   QUEUE     P50     P95   AGE50   AGE95   DROPS    RSS  "
     "RST",
     "reader blocked      25.0   10%     -       -  0.00ms  0.00ms       -       -       7      -  "
     "  0"},
};

START_TEST(columns_leave_as_there_is_less_room)
{
    struct vf_top_view view = {.sorted_by = VF_TOP_COLUMNS, .filter = ""};
    struct vf_text titles = {0}, row = {0};
    vf_top_print_titles(&titles, &sample, &view, widths[_i].columns);
    vf_top_print_row(&row, &sample, &sample.rows[0], widths[_i].columns);
    ck_assert_str_eq(titles.bytes, widths[_i].titles);
    ck_assert_str_eq(row.bytes, widths[_i].row);
    vf_text_finish(&titles);
    vf_text_finish(&row);
}
END_TEST

START_TEST(no_line_is_wider_than_it_may_be)
{
    struct vf_top_view view = {.sorted_by = VF_TOP_FPS, .filter = ""};
    for (size_t columns = 4; columns < 250; columns++) {
        struct vf_text text = {0};
        vf_top_print_titles(&text, &sample, &view, columns);
        ck_assert_uint_le(vf_columns_of(text.bytes), columns);
        text.length = 0;
        vf_top_print_row(&text, &sample, &sample.rows[1], columns);
        ck_assert_uint_le(vf_columns_of(text.bytes), columns);
        text.length = 0;
        vf_top_print_run(&text, &sample, columns);
        ck_assert_uint_le(vf_columns_of(text.bytes), columns);
        vf_text_finish(&text);
    }
}
END_TEST

START_TEST(a_wide_line_says_who_waits_for_whom)
{
    struct vf_text row = {0};
    vf_top_print_row(&row, &sample, &sample.rows[0], 200);
    ck_assert_ptr_nonnull(strstr(row.bytes, " for room before detect"));
    vf_text_finish(&row);
}
END_TEST

START_TEST(the_run_is_told_of_with_its_progress)
{
    struct vf_text line = {0};
    vf_top_print_run(&line, &sample, 80);
    ck_assert_str_eq(line.bytes, "long  running  50 %  50 frames  20.0 fps  0:03");
    vf_text_finish(&line);
}
END_TEST

static const struct {
    enum vf_top_column column;
    bool is_reversed;
    const char *filter, *names[3];
} orders[] = {
    {VF_TOP_COLUMNS, false, "", {"reader", "detect"}},
    {VF_TOP_TASK, false, "", {"detect", "reader"}},
    {VF_TOP_TASK, true, "", {"reader", "detect"}},
    {VF_TOP_FPS, false, "", {"reader", "detect"}},
    {VF_TOP_FPS, true, "", {"detect", "reader"}},
    {VF_TOP_BUSY, false, "", {"detect", "reader"}},
    {VF_TOP_DROPPED, false, "", {"reader", "detect"}},
    {VF_TOP_RESTARTS, false, "", {"detect", "reader"}},
    {VF_TOP_QUEUE, false, "", {"detect", "reader"}},
    {VF_TOP_COLUMNS, false, "tec", {"detect"}},
    {VF_TOP_COLUMNS, false, "x", {NULL}},
};

START_TEST(rows_are_sorted_and_filtered)
{
    struct vf_top_view view = {.sorted_by = orders[_i].column,
                               .is_reversed = orders[_i].is_reversed,
                               .filter = orders[_i].filter};
    size_t count = vf_top_order(&sample, &view, order);
    for (size_t i = 0; i < count; i++)
        ck_assert_str_eq(order[i]->name, orders[_i].names[i]);
    ck_assert_ptr_null(orders[_i].names[count]);
}
END_TEST

START_TEST(programs_get_it_as_well)
{
    json_t *object = vf_top_sample_json(&sample);
    json_t *row = json_array_get(json_object_get(object, "rows"), 1);
    ck_assert_str_eq(json_string_value(json_object_get(row, "name")), "detect");
    ck_assert_double_eq_tol(json_number_value(json_object_get(row, "fps")), 20, 0.001);
    ck_assert(json_is_null(json_object_get(row, "rss_bytes")));
    ck_assert_uint_eq(json_array_size(json_object_get(row, "queues")), 2);
    ck_assert_ptr_null(json_object_get(object, "ok"));
    json_decref(object);
}
END_TEST

static const char *const rubbish[] = {
    "{}", "{\"rows\": 5}", "{\"rows\": [5, {}]}",
    "{\"rows\": [{\"name\": 7, \"queues\": [1], \"work\": [[999, 1], [1]], \"waits\": 3}]}"};

START_TEST(an_answer_with_rubbish_spoils_nothing)
{
    struct vf_top_sample odd, none = {0};
    struct vf_text text = {0};
    vf_top_sample_init(&odd, parse(rubbish[_i]), &none, true);
    vf_top_print_run(&text, &odd, 80);
    for (size_t i = 0; i < odd.count; i++)
        vf_top_print_row(&text, &odd, &odd.rows[i], 200);
    json_decref(vf_top_sample_json(&odd));
    vf_text_finish(&text);
    vf_top_sample_finish(&odd);
}
END_TEST

Suite *top_table_suite(void);
Suite *top_table_suite(void)
{
    Suite *suite = suite_create("top_table");
    TCase *tcase = tcase_create("top_table");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, speeds_are_those_between_two_answers);
    tcase_add_test(tcase, the_fullest_queue_is_shown);
    tcase_add_loop_test(tcase, columns_leave_as_there_is_less_room, 0, VF_COUNT(widths));
    tcase_add_test(tcase, no_line_is_wider_than_it_may_be);
    tcase_add_test(tcase, a_wide_line_says_who_waits_for_whom);
    tcase_add_test(tcase, the_run_is_told_of_with_its_progress);
    tcase_add_loop_test(tcase, rows_are_sorted_and_filtered, 0, VF_COUNT(orders));
    tcase_add_test(tcase, programs_get_it_as_well);
    tcase_add_loop_test(tcase, an_answer_with_rubbish_spoils_nothing, 0, VF_COUNT(rubbish));
    suite_add_tcase(suite, tcase);
    return suite;
}
