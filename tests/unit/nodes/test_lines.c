/* SPDX-License-Identifier: MIT */
/* The nodes that add lines to files. */
/* Each test needs a process of its own. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nodes/all_nodes.h"
#include "tests/unit/support/node_bench.h"
#include "tests/unit/support/scratch.h"

static struct vf_bench bench;
static char path[128];

static void setup(void)
{
    scratch_create();
    snprintf(path, sizeof(path), "%s/out", scratch_path());
}

static void teardown(void)
{
    vf_bench_finish(&bench);
    scratch_remove();
}

static void put(const char *content)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, content, strlen(content)), (ssize_t)strlen(content));
    close(fd);
}

static void check_content(const char *wanted)
{
    char content[4096];
    int fd = open(path, O_RDONLY);
    ck_assert_int_ge(fd, 0);
    ssize_t size = read(fd, content, sizeof(content) - 1);
    ck_assert_int_ge(size, 0);
    content[size] = '\0';
    close(fd);
    ck_assert_str_eq(content, wanted);
}

static void prepare(const char *format, const char *append)
{
    const struct vf_node *node = vf_node_find(&vf_all_nodes, "file_append");
    vf_bench_setup(&bench, node, 1, {"path", path}, {"format", format}, {"append", append});
}

static int feed(const char *json)
{
    struct vf_message *message;
    ck_assert_int_eq(vf_message_create_json(&message, json, strlen(json)), VF_OK);
    int err = vf_bench_feed(&bench, message, NULL);
    vf_message_destroy(&message);
    return err;
}

START_TEST(a_line_is_in_the_file_before_the_next_message_is_taken)
{
    prepare("jsonl", "true");
    ck_assert_int_eq(vf_bench_open(&bench), VF_OK);
    ck_assert_int_eq(feed("1"), VF_OK);
    check_content("{\"number\": 0, \"timestamp\": null, \"source\": null, \"value\": 1}\n");
    ck_assert_int_eq(vf_bench_flush(&bench), VF_OK);
    ck_assert_ptr_nonnull(strstr(bench.output, "/out: 1 line"));
}
END_TEST

START_TEST(a_table_has_its_head_again_when_somebody_has_emptied_the_file)
{
    prepare("csv", "true");
    ck_assert_int_eq(vf_bench_open(&bench), VF_OK);
    ck_assert_int_eq(feed("1"), VF_OK);
    ck_assert_int_eq(truncate(path, 0), 0);
    ck_assert_int_eq(feed("2"), VF_OK);
    check_content("number,timestamp,source,value\n0,,,2\n");
}
END_TEST

START_TEST(boxes_are_a_line_each_and_none_make_no_line)
{
    prepare("csv", "true");
    ck_assert_int_eq(vf_bench_open(&bench), VF_OK);
    ck_assert_int_eq(feed("[]"), VF_OK);
    check_content("");
    ck_assert_int_eq(feed("[[1, 2, 3, 4, 5, 0.25], [6, 7, 8, 9, 1, 1.0]]"), VF_OK);
    check_content("number,timestamp,source,ymin,xmin,ymax,xmax,class,score\n"
                  "0,,,1,2,3,4,5,0.25\n0,,,6,7,8,9,1,1.0\n");
    ck_assert_int_eq(vf_bench_flush(&bench), VF_OK);
    ck_assert_ptr_nonnull(strstr(bench.output, "/out: 2 lines"));
}
END_TEST

START_TEST(what_has_no_column_is_left_out_and_told_once)
{
    prepare("csv", "true");
    ck_assert_int_eq(vf_bench_open(&bench), VF_OK);
    ck_assert_int_eq(feed("{\"a\": 1}"), VF_OK);
    capture_errors();
    int err = feed("{\"a\": 2, \"late\": 3}");
    err = err ? err : feed("{\"later\": 4}");
    const char *errors = captured_errors();
    ck_assert_ptr_nonnull(strstr(errors, "\"late\" is left out, for which there is no column"));
    ck_assert_ptr_null(strstr(errors, "later"));
    ck_assert_int_eq(err, VF_OK);
    check_content("number,timestamp,source,a\n0,,,1\n0,,,2\n0,,,\n");
}
END_TEST

static const struct {
    const char *format, *before, *after;
} torn[] = {
    {"jsonl", "{\"a",
     "{\"a\n{\"number\": 0, \"timestamp\": null, \"source\": null, \"value\": 1}\n"},
    {"csv", "number,value\n3,4", "number,value\n3,4\n0,1\n"},
    {"csv", "number,value\n3,\"x \"\"", "number,value\n3,\"x \"\"\"\n0,1\n"},
    {"csv", "\"value", "\"value\"\n1\n"},
};

START_TEST(a_torn_line_is_ended_before_the_next)
{
    put(torn[_i].before);
    prepare(torn[_i].format, "true");
    ck_assert_int_eq(vf_bench_open(&bench), VF_OK);
    capture_errors();
    int err = feed("1");
    ck_assert_ptr_nonnull(strstr(captured_errors(), "its last line was torn"));
    ck_assert_int_eq(err, VF_OK);
    check_content(torn[_i].after);
}
END_TEST

START_TEST(a_file_is_replaced_when_its_lines_are_whole)
{
    put("old\n");
    prepare("csv", "false");
    ck_assert_int_eq(vf_bench_open(&bench), VF_OK);
    ck_assert_int_eq(feed("1"), VF_OK);
    check_content("old\n");
    ck_assert_int_eq(vf_bench_flush(&bench), VF_OK);
    check_content("number,timestamp,source,value\n0,,,1\n");
    ck_assert_uint_eq(scratch_count(), 1);
}
END_TEST

START_TEST(a_file_of_what_has_no_end_begins_anew_with_its_first_line)
{
    put("old\n");
    prepare("csv", "false");
    bench.ends_by_stop = true;
    ck_assert_int_eq(vf_bench_open(&bench), VF_OK);
    check_content("old\n");
    ck_assert_int_eq(feed("1"), VF_OK);
    check_content("number,timestamp,source,value\n0,,,1\n");
    ck_assert_int_eq(feed("2"), VF_OK);
    bench.end_reason = VF_END_INTERRUPTED;
    ck_assert_int_eq(vf_bench_flush(&bench), VF_OK);
    check_content("number,timestamp,source,value\n0,,,1\n0,,,2\n");
    ck_assert_uint_eq(scratch_count(), 1);
}
END_TEST

START_TEST(lines_that_are_not_whole_replace_nothing)
{
    put("old\n");
    prepare("jsonl", "false");
    bench.expected[0] = 3;
    bench.end_reason = _i ? VF_END_FAILED : VF_END_INTERRUPTED;
    ck_assert_int_eq(vf_bench_open(&bench), VF_OK);
    ck_assert_int_eq(feed("1"), VF_OK);
    ck_assert_int_eq(vf_bench_flush(&bench), VF_OK);
    check_content("old\n");
    ck_assert_uint_eq(scratch_count(), 2);
    ck_assert_ptr_nonnull(strstr(bench.output, ".partial: 1 of 3 lines, "));
    ck_assert_ptr_nonnull(strstr(bench.output, _i ? "failure" : "interrupted"));
    ck_assert_ptr_nonnull(strstr(bench.output, " is as it was"));
}
END_TEST

START_TEST(who_goes_on_for_a_dead_process_goes_on_with_the_part)
{
    put("old\n");
    prepare("csv", "false");
    ck_assert_int_eq(vf_bench_open(&bench), VF_OK);
    ck_assert_int_eq(feed("1"), VF_OK);
    vf_bench_finish(&bench);
    prepare("csv", "false");
    bench.run.is_restarted = true;
    ck_assert_int_eq(vf_bench_open(&bench), VF_OK);
    ck_assert_int_eq(feed("2"), VF_OK);
    check_content("old\n");
    ck_assert_int_eq(vf_bench_flush(&bench), VF_OK);
    check_content("number,timestamp,source,value\n0,,,1\n0,,,2\n");
}
END_TEST

START_TEST(a_file_that_gets_no_line_is_empty_unless_the_flow_failed)
{
    put("old\n");
    prepare("csv", "false");
    bench.end_reason = _i ? VF_END_FAILED : VF_END_COMPLETE;
    ck_assert_int_eq(vf_bench_open(&bench), VF_OK);
    ck_assert_int_eq(vf_bench_flush(&bench), VF_OK);
    check_content(_i ? "old\n" : "");
}
END_TEST

START_TEST(who_goes_on_for_a_dead_process_does_not_begin_anew)
{
    put("number,timestamp,source,value\n0,,,1\n");
    prepare("csv", "false");
    bench.run.is_restarted = true;
    bench.run.must_not_replace = true;
    capture_errors();
    int err = vf_bench_open(&bench);
    captured_errors();
    ck_assert_int_eq(err, VF_OK);
    ck_assert_int_eq(feed("2"), VF_OK);
    check_content("number,timestamp,source,value\n0,,,1\n0,,,2\n");
}
END_TEST

static const char *const foreign[] = {"a,b\n", "number\"", "\n"};

START_TEST(another_table_is_not_touched)
{
    put(foreign[_i]);
    prepare("csv", "true");
    ck_assert_int_eq(vf_bench_open(&bench), VF_OK);
    capture_errors();
    int err = feed("1");
    ck_assert_ptr_nonnull(strstr(captured_errors(), "has another table in it, or none"));
    ck_assert_int_eq(err, -EINVAL);
}
END_TEST

START_TEST(a_line_that_has_no_room_leaves_nothing_behind)
{
    const struct rlimit limit = {.rlim_cur = 200, .rlim_max = RLIM_INFINITY};
    prepare("jsonl", "true");
    ck_assert_int_eq(vf_bench_open(&bench), VF_OK);
    ck_assert_int_eq(feed("1"), VF_OK);
    ck_assert_int_eq(feed("2"), VF_OK);
    ck_assert_int_eq(feed("3"), VF_OK);
    struct stat before, after;
    ck_assert_int_eq(stat(path, &before), 0);
    capture_errors();
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    int err = feed("4");
    const char *errors = captured_errors();
    ck_assert_msg(strstr(errors, "cannot write to /tmp/") != NULL, "%s", errors);
    ck_assert_ptr_nonnull(strstr(errors, "File too large"));
    ck_assert_int_eq(err, -EFBIG);
    ck_assert_int_eq(stat(path, &after), 0);
    ck_assert_int_eq(after.st_size, before.st_size);
}
END_TEST

START_TEST(who_waits_for_a_reader_of_a_pipe_stops_when_it_is_told)
{
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    prepare("jsonl", "true");
    bench.is_stopping = true;
    ck_assert_int_eq(vf_bench_open(&bench), VF_END);
    ck_assert_int_eq(vf_bench_flush(&bench), VF_OK);
}
END_TEST

START_TEST(the_ending_of_a_name_tells_the_format)
{
    static const char *const endings[] = {".csv", ".CSV", ".jsonl", ".log"};
    snprintf(path + strlen(path), 16, "%s", endings[_i]);
    prepare("auto", "true");
    ck_assert_int_eq(vf_bench_open(&bench), VF_OK);
    ck_assert_int_eq(feed("1"), VF_OK);
    check_content(_i < 2
                      ? "number,timestamp,source,value\n0,,,1\n"
                      : "{\"number\": 0, \"timestamp\": null, \"source\": null, \"value\": 1}\n");
}
END_TEST

START_TEST(a_log_of_times_has_a_line_for_each_message_of_each_task)
{
    const struct vf_node *node = vf_node_find(&vf_all_nodes, "metadata_log");
    vf_bench_setup(&bench, node, 2, {"path", path});
    ck_assert_int_eq(vf_bench_open(&bench), VF_OK);
    struct vf_message *message;
    ck_assert_int_eq(vf_message_create_integer(&message, 5), VF_OK);
    message->description.origin.number = 3;
    message->description.proctime_ns = 1500000;
    message->description.actual_proctime_ns = 2000500;
    ck_assert_int_eq(vf_bench_feed(&bench, NULL, message), VF_OK);
    vf_message_destroy(&message);
    char content[512] = "";
    int fd = open(path, O_RDONLY);
    ck_assert_int_gt(read(fd, content, sizeof(content) - 1), 0);
    close(fd);
    const char *wanted = "{\"task\": \"second\", \"number\": 3, \"timestamp\": null, "
                         "\"source\": null, \"proctime_ms\": 1.5, "
                         "\"actual_proctime_ms\": 2.001, \"age_ms\": ";
    ck_assert_msg(strncmp(content, wanted, strlen(wanted)) == 0, "%s", content);
}
END_TEST

Suite *lines_suite(void);
Suite *lines_suite(void)
{
    Suite *suite = suite_create("lines");
    TCase *tcase = tcase_create("lines");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_line_is_in_the_file_before_the_next_message_is_taken);
    tcase_add_test(tcase, a_table_has_its_head_again_when_somebody_has_emptied_the_file);
    tcase_add_test(tcase, boxes_are_a_line_each_and_none_make_no_line);
    tcase_add_test(tcase, what_has_no_column_is_left_out_and_told_once);
    tcase_add_loop_test(tcase, a_torn_line_is_ended_before_the_next, 0, (int)VF_COUNT(torn));
    tcase_add_test(tcase, a_file_is_replaced_when_its_lines_are_whole);
    tcase_add_test(tcase, a_file_of_what_has_no_end_begins_anew_with_its_first_line);
    tcase_add_loop_test(tcase, lines_that_are_not_whole_replace_nothing, 0, 2);
    tcase_add_test(tcase, who_goes_on_for_a_dead_process_goes_on_with_the_part);
    tcase_add_loop_test(tcase, a_file_that_gets_no_line_is_empty_unless_the_flow_failed, 0, 2);
    tcase_add_test(tcase, who_goes_on_for_a_dead_process_does_not_begin_anew);
    tcase_add_loop_test(tcase, another_table_is_not_touched, 0, (int)VF_COUNT(foreign));
    tcase_add_test(tcase, a_line_that_has_no_room_leaves_nothing_behind);
    tcase_add_test(tcase, who_waits_for_a_reader_of_a_pipe_stops_when_it_is_told);
    tcase_add_loop_test(tcase, the_ending_of_a_name_tells_the_format, 0, 4);
    tcase_add_test(tcase, a_log_of_times_has_a_line_for_each_message_of_each_task);
    suite_add_tcase(suite, tcase);
    return suite;
}
