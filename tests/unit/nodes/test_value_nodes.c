/* SPDX-License-Identifier: MIT */
/* The nodes that count, add, join and print values. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "nodes/all_nodes.h"
#include "tests/unit/support/media_fixture.h"
#include "tests/unit/support/node_bench.h"
#include "tests/unit/support/scratch.h"

static struct vf_bench bench;

static void teardown(void)
{
    vf_bench_finish(&bench);
}

static struct vf_message *json(const char *text)
{
    struct vf_message *message;
    ck_assert_int_eq(vf_message_create_json(&message, text, strlen(text)), VF_OK);
    return message;
}

/* Feeds a value, or two, and lets go of them. Returns what the node returned. */
static int feed(const char *first, const char *second)
{
    struct vf_message *one = json(first), *two = second ? json(second) : NULL;
    int err = vf_bench_feed(&bench, one, two);
    vf_message_destroy(&one);
    vf_message_destroy(&two);
    return err;
}

static void check_output(unsigned index, const char *expected)
{
    const struct vf_message *message = vf_bench_output(&bench, 0, index);
    ck_assert_ptr_nonnull(message);
    size_t length;
    const char *text = vf_message_json(message, &length);
    ck_assert_ptr_nonnull(text);
    ck_assert_uint_eq(length, strlen(expected));
    ck_assert(memcmp(text, expected, length) == 0);
}

START_TEST(an_int_source_counts_to_its_end_inclusive)
{
    vf_bench_setup(&bench, media_node("int_source"), 0, {"start", "-1"}, {"end", "2"});
    ck_assert_int_eq(vf_bench_open(&bench), VF_OK);
    ck_assert_uint_eq(bench.expected[0], 4);
    ck_assert_int_eq(vf_bench_produce(&bench), VF_END);
    ck_assert_uint_eq(vf_bench_count(&bench, 0), 4);
    check_output(0, "-1");
    check_output(3, "2");
    ck_assert_uint_eq(bench.slept_count, 0);
}
END_TEST

START_TEST(an_int_source_whose_end_lies_before_its_start_counts_nothing)
{
    vf_bench_setup(&bench, media_node("int_source"), 0, {"start", "1"}, {"end", "0"});
    ck_assert_int_eq(vf_bench_open(&bench), VF_OK);
    ck_assert_int_eq(vf_bench_produce(&bench), VF_END);
    ck_assert_uint_eq(vf_bench_count(&bench, 0), 0);
}
END_TEST

START_TEST(an_int_source_ends_at_the_largest_number_there_is)
{
    vf_bench_setup(&bench, media_node("int_source"), 0, {"start", "9223372036854775806"});
    ck_assert_int_eq(vf_bench_open(&bench), VF_OK);
    ck_assert_int_eq(vf_bench_produce(&bench), VF_END);
    ck_assert_uint_eq(vf_bench_count(&bench, 0), 2);
    check_output(1, "9223372036854775807");
}
END_TEST

START_TEST(an_int_source_waits_between_numbers_and_stops_when_it_is_told)
{
    vf_bench_setup(&bench, media_node("int_source"), 0, {"end", "9"}, {"fps", "1000"},
                   {"wait", "1h"});
    ck_assert_int_eq(vf_bench_open(&bench), VF_OK);
    ck_assert_int_eq(bench.node->next(&bench.run), VF_OK);
    ck_assert_uint_eq(bench.slept_count, 1);
    bench.is_stopping = true;
    ck_assert_int_eq(vf_bench_produce(&bench), VF_END);
    ck_assert_uint_eq(vf_bench_count(&bench, 0), 1);
}
END_TEST

START_TEST(identity_hands_on_the_very_same_bytes)
{
    vf_bench_init(&bench, media_node("identity"), 1, NULL, 0);
    struct vf_message *message = json("\"text\"");
    ck_assert_int_eq(vf_bench_feed(&bench, message, NULL), VF_OK);
    ck_assert_ptr_eq(vf_bench_output(&bench, 0, 0)->payload, message->payload);
    vf_message_destroy(&message);
}
END_TEST

START_TEST(identity_slows_down)
{
    vf_bench_setup(&bench, media_node("identity"), 1, {"fps", "100"});
    ck_assert_int_eq(feed("1", NULL), VF_OK);
    ck_assert_uint_eq(bench.slept_count, 1);
}
END_TEST

START_TEST(a_joiner_lists_its_inputs)
{
    vf_bench_init(&bench, media_node("joiner"), 2, NULL, 0);
    ck_assert_int_eq(feed("3", "[1, \"a\"]"), VF_OK);
    check_output(0, "[3, [1, \"a\"]]");
}
END_TEST

START_TEST(a_joiner_describes_a_frame)
{
    vf_bench_init(&bench, media_node("joiner"), 1, NULL, 0);
    struct vf_payload *nothing = NULL;
    struct vf_message *frame;
    ck_assert_int_eq(vf_message_create(&frame, VF_VALUE_VIDEO, &nothing), VF_OK);
    frame->description.origin.number = 7;
    frame->description.timestamp = 5;
    frame->description.time_base = (struct vf_rational){1, 10};
    frame->description.video = (struct vf_video){.format = "gray", .width = 4, .height = 2};
    ck_assert_int_eq(vf_bench_feed(&bench, frame, NULL), VF_OK);
    vf_message_destroy(&frame);
    check_output(0, "[{\"number\": 7, \"seconds\": 0.5, \"type\": \"video\", \"width\": 4, "
                    "\"height\": 2, \"format\": \"gray\", \"key\": false}]");
}
END_TEST

static const struct {
    const char *first, *second, *sum;
} sums[] = {
    {"1", "2", "3"},
    {"9223372036854775806", "1", "9223372036854775807"},
    {"-9223372036854775808", "1", "-9223372036854775807"},
    {"0.1", "0.2", "0.30000000000000004"},
    {"1", "0.5", "1.5"},
    {"2.5", "2.5", "5.0"},
    {"1e16", "0.0", "1e+16"},
    {"1e-7", "0", "1e-07"},
    {"123456789.125", "0", "123456789.125"},
};

START_TEST(a_sum_is_written_as_python_writes_it)
{
    vf_bench_init(&bench, media_node("sum"), 1, NULL, 0);
    ck_assert_int_eq(feed(sums[_i].first, NULL), VF_OK);
    ck_assert_int_eq(feed(sums[_i].second, NULL), VF_OK);
    check_output(1, sums[_i].sum);
}
END_TEST

static const struct {
    const char *first, *second, *reason;
} refusals[] = {
    {"9223372036854775807", "1", "the sum is larger than 64 bits hold"},
    {"1e308", "1e308", "the sum is larger than a number can be"},
    {"1", "\"two\"", "an input is not a number"},
    {"1", "true", "an input is not a number"},
    {"1", "[1]", "an input is not a number"},
    {"1", "{", "a value cannot be read"},
};

START_TEST(what_cannot_be_added_is_refused)
{
    vf_bench_init(&bench, media_node("sum"), 1, NULL, 0);
    ck_assert_int_eq(feed(refusals[_i].first, NULL), VF_OK);
    capture_errors();
    int err = feed(refusals[_i].second, NULL);
    ck_assert_ptr_nonnull(strstr(captured_errors(), refusals[_i].reason));
    ck_assert_int_eq(err, -EINVAL);
}
END_TEST

/* What goes to standard output while a print node runs. */
static char printed[4096];

static void print(const char *separator, const char *first, const char *second)
{
    int file = memfd_create("printed", MFD_CLOEXEC), old = dup(STDOUT_FILENO);
    ck_assert_int_ge(dup2(file, STDOUT_FILENO), 0);
    vf_bench_setup(&bench, media_node("print"), second ? 2 : 1, {"separator", separator});
    ck_assert_int_eq(vf_bench_open(&bench), VF_OK);
    int err = feed(first, second);
    if (!err)
        err = vf_bench_flush(&bench);
    ck_assert_int_ge(dup2(old, STDOUT_FILENO), 0);
    ck_assert_int_eq(err, VF_OK);
    ssize_t size = pread(file, printed, sizeof(printed) - 1, 0);
    ck_assert_int_ge(size, 0);
    printed[size] = '\0';
    close(file);
    close(old);
}

static const struct {
    const char *json, *python;
} values[] = {
    {"3", "3\n"},
    {"-0.5", "-0.5\n"},
    {"5.0", "5.0\n"},
    {"\"bare 'text'\"", "bare 'text'\n"},
    {"true", "True\n"},
    {"null", "None\n"},
    {"[3, 3]", "(3, 3)\n"},
    {"[3]", "(3,)\n"},
    {"[]", "()\n"},
    {"[[1, 2], \"it's\"]", "((1, 2), \"it's\")\n"},
    {"[\"a\\nb\", false]", "('a\\nb', False)\n"},
    {"{\"a\": [1, 2]}", "{\"a\": [1, 2]}\n"},
    {"{\"a\": 0.1, \"b\": \"\\n\", \"c\": [null, true]}",
     "{\"a\": 0.1, \"b\": \"\\n\", \"c\": [null, true]}\n"},
};

START_TEST(a_value_is_printed_as_python_prints_it)
{
    print(" ", values[_i].json, NULL);
    ck_assert_str_eq(printed, values[_i].python);
}
END_TEST

START_TEST(the_inputs_of_one_origin_are_printed_on_one_line)
{
    print(", ", "1", "\"two\"");
    ck_assert_str_eq(printed, "1, two\n");
}
END_TEST

START_TEST(output_that_cannot_be_written_is_an_error)
{
    int full = open("/dev/full", O_WRONLY), old = dup(STDOUT_FILENO);
    ck_assert_int_ge(dup2(full, STDOUT_FILENO), 0);
    vf_bench_init(&bench, media_node("print"), 1, NULL, 0);
    ck_assert_int_eq(vf_bench_open(&bench), VF_OK);
    capture_errors();
    int err = feed("1", NULL);
    ck_assert_int_ge(dup2(old, STDOUT_FILENO), 0);
    ck_assert_ptr_nonnull(strstr(captured_errors(), "No space left on device"));
    ck_assert_int_eq(err, -ENOSPC);
    close(full);
    close(old);
}
END_TEST

START_TEST(void_takes_anything)
{
    vf_bench_init(&bench, media_node("void"), 2, NULL, 0);
    ck_assert_int_eq(feed("1", NULL), VF_OK);
    ck_assert_int_eq(feed("not even JSON", NULL), VF_OK);
}
END_TEST

Suite *value_nodes_suite(void);
Suite *value_nodes_suite(void)
{
    Suite *suite = suite_create("value_nodes");
    TCase *tcase = tcase_create("value_nodes");
    tcase_add_checked_fixture(tcase, NULL, teardown);
    tcase_add_test(tcase, an_int_source_counts_to_its_end_inclusive);
    tcase_add_test(tcase, an_int_source_whose_end_lies_before_its_start_counts_nothing);
    tcase_add_test(tcase, an_int_source_ends_at_the_largest_number_there_is);
    tcase_add_test(tcase, an_int_source_waits_between_numbers_and_stops_when_it_is_told);
    tcase_add_test(tcase, identity_hands_on_the_very_same_bytes);
    tcase_add_test(tcase, identity_slows_down);
    tcase_add_test(tcase, a_joiner_lists_its_inputs);
    tcase_add_test(tcase, a_joiner_describes_a_frame);
    tcase_add_loop_test(tcase, a_sum_is_written_as_python_writes_it, 0, (int)VF_COUNT(sums));
    tcase_add_loop_test(tcase, what_cannot_be_added_is_refused, 0, (int)VF_COUNT(refusals));
    tcase_add_loop_test(tcase, a_value_is_printed_as_python_prints_it, 0, (int)VF_COUNT(values));
    tcase_add_test(tcase, the_inputs_of_one_origin_are_printed_on_one_line);
    tcase_add_test(tcase, output_that_cannot_be_written_is_an_error);
    tcase_add_test(tcase, void_takes_anything);
    suite_add_tcase(suite, tcase);
    return suite;
}
