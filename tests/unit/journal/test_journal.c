/* SPDX-License-Identifier: MIT */
/* The journal of a run, to which several processes append. */
#include <check.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/journal/journal.h"

static struct vf_journal journal;

static void setup(void)
{
    ck_assert_int_eq(vf_journal_create(&journal), VF_OK);
}

static void teardown(void)
{
    vf_journal_destroy(&journal);
}

static json_t *load(const struct vf_journal *from, enum vf_journal_kind kind)
{
    return vf_journal_load(&(struct vf_journal_part){.fd = from->fd}, 1, kind);
}

static void add_file(const char *path, uint64_t frames)
{
    struct vf_medium medium = {.path = path,
                               .unit = "frames",
                               .count = frames,
                               .duration_ns = 1500000000,
                               .size_bytes = -1,
                               .is_complete = true};
    vf_journal_add_medium(&journal, 3, VF_JOURNAL_OUTPUT, &medium);
}

START_TEST(gives_back_what_was_appended_by_kind)
{
    struct vf_journal_error error = {.frame = 7, .text = "it broke", .is_fatal = true};
    add_file("a.mp4", 10);
    vf_journal_add_error(&journal, 2, &error);
    add_file("b\xff.mp4", 20);
    json_t *outputs = load(&journal, VF_JOURNAL_OUTPUT);
    json_t *errors = load(&journal, VF_JOURNAL_ERROR);
    json_t *inputs = load(&journal, VF_JOURNAL_INPUT);
    json_t *wanted = json_pack("[{s:i, s:s, s:i, s:f, s:n, s:b, s:n}, {s:i, s:s, s:i, s:f, s:n, "
                               "s:b, s:n}]",
                               "task", 3, "path", "a.mp4", "frames", 10, "seconds", 1.5, "bytes",
                               "complete", 1, "reason", "task", 3, "path", "b\\xff.mp4", "frames",
                               20, "seconds", 1.5, "bytes", "complete", 1, "reason");
    ck_assert(json_equal(outputs, wanted));
    ck_assert_uint_eq(json_array_size(errors), 1);
    ck_assert_str_eq(json_string_value(json_object_get(json_array_get(errors, 0), "text")),
                     "it broke");
    ck_assert_uint_eq(json_array_size(inputs), 0);
    json_decref(wanted);
    json_decref(inputs);
    json_decref(outputs);
    json_decref(errors);
}
END_TEST

static void remove_file(const char *path)
{
    const struct vf_medium removed = {.path = path, .is_removed = true};
    vf_journal_add_medium(&journal, 3, VF_JOURNAL_OUTPUT, &removed);
}

START_TEST(a_detail_is_of_the_medium_that_comes_next_and_of_no_other)
{
    vf_journal_add_detail(&journal, "verified", json_string("counts"));
    vf_journal_add_detail(&journal, "packets", json_integer(12));
    remove_file("before.mp4");
    add_file("a.mp4", 10);
    add_file("b.mp4", 10);
    vf_journal_add_detail(&journal, "verified", json_string("none")); /* of none that comes */
    json_t *outputs = load(&journal, VF_JOURNAL_OUTPUT);
    const json_t *first = json_array_get(outputs, 0), *second = json_array_get(outputs, 1);
    ck_assert_str_eq(json_string_value(json_object_get(first, "verified")), "counts");
    ck_assert_int_eq(json_integer_value(json_object_get(first, "packets")), 12);
    ck_assert_int_eq(json_integer_value(json_object_get(first, "frames")), 10);
    ck_assert_ptr_null(json_object_get(second, "verified"));
    json_decref(outputs);
}
END_TEST

/* Passes when these are the outputs, a word for each. */
static void expect_outputs(const char *wanted)
{
    char paths[64] = "";
    json_t *outputs = load(&journal, VF_JOURNAL_OUTPUT);
    for (size_t i = 0; i < json_array_size(outputs); i++) {
        const json_t *path = json_object_get(json_array_get(outputs, i), "path");
        size_t length = strlen(paths);
        snprintf(paths + length, sizeof(paths) - length, "%s ", json_string_value(path));
    }
    ck_assert_str_eq(paths, wanted);
    json_decref(outputs);
}

START_TEST(leaves_out_what_was_removed_again)
{
    add_file("a.mp4", 10);
    add_file("b.mp4", 20);
    remove_file("a.mp4");
    remove_file("c.mp4");
    expect_outputs("b.mp4 ");
    add_file("a.mp4", 30); /* written again */
    expect_outputs("b.mp4 a.mp4 ");
}
END_TEST

START_TEST(keeps_what_processes_append_at_a_time)
{
    enum { PROCESSES = 4, FILES = 200 };
    for (int i = 0; i < PROCESSES; i++) {
        if (fork() != 0)
            continue;
        for (int j = 0; j < FILES; j++)
            add_file("some/quite/long/path/of/a/file.mp4", (uint64_t)j);
        _exit(0);
    }
    for (int i = 0; i < PROCESSES; i++)
        ck_assert_int_gt(wait(NULL), 0);
    json_t *outputs = load(&journal, VF_JOURNAL_OUTPUT);
    ck_assert_uint_eq(json_array_size(outputs), (size_t)PROCESSES * FILES);
    json_decref(outputs);
}
END_TEST

START_TEST(counts_what_is_beyond_the_limits)
{
    for (int i = 0; i < VF_JOURNAL_MEDIA + 5; i++)
        add_file("a", 1);
    vf_journal_end(&journal, 3);
    json_t *outputs = load(&journal, VF_JOURNAL_OUTPUT);
    const json_t *last = json_array_get(outputs, VF_JOURNAL_MEDIA);
    ck_assert_uint_eq(json_array_size(outputs), VF_JOURNAL_MEDIA + 1);
    ck_assert_int_eq(json_integer_value(json_object_get(last, "more")), 5);
    json_decref(outputs);
}
END_TEST

START_TEST(leaves_out_what_is_no_entry)
{
    static const char rubbish[] = "\n{\"kind\": 1}\n[1, 2]\n\"text\"\n{\"kind\": \"1\", \"task\": "
                                  "1}\n{\"kind\": 1, \"task\": 1\n\xff\xfe\n";
    add_file("a", 1);
    ck_assert_int_eq(write(journal.fd, rubbish, sizeof(rubbish)), sizeof(rubbish));
    ck_assert_int_eq(write(journal.fd, "\n", 1), 1);
    add_file("b", 1);
    json_t *outputs = load(&journal, VF_JOURNAL_OUTPUT);
    ck_assert_uint_ge(json_array_size(outputs), 1);
    ck_assert_uint_le(json_array_size(outputs), 2);
    json_decref(outputs);
}
END_TEST

START_TEST(takes_from_the_part_of_a_task_only_what_is_in_its_name)
{
    struct vf_journal other;
    ck_assert_int_eq(vf_journal_create(&other), VF_OK);
    struct vf_medium first = {.path = "first", .unit = "frames", .is_complete = true};
    vf_journal_add_medium(&other, 4, VF_JOURNAL_OUTPUT, &first);
    add_file("a", 1);
    struct vf_medium removed = {.path = "a", .is_removed = true};
    vf_journal_add_medium(&other, 3, VF_JOURNAL_OUTPUT, &first);
    vf_journal_add_medium(&other, 3, VF_JOURNAL_OUTPUT, &removed);
    vf_journal_add_medium(&other, 4, VF_JOURNAL_OUTPUT, &removed);
    const struct vf_journal_part parts[] = {{journal.fd, 3}, {other.fd, 4}};
    json_t *outputs = vf_journal_load(parts, 2, VF_JOURNAL_OUTPUT);
    ck_assert_uint_eq(json_array_size(outputs), 2);
    const char *const paths[] = {"first", "a"}; /* in the order in which they came */
    for (size_t i = 0; i < 2; i++)
        ck_assert_str_eq(json_string_value(json_object_get(json_array_get(outputs, i), "path")),
                         paths[i]);
    json_decref(outputs);
    vf_journal_destroy(&other);
}
END_TEST

START_TEST(cannot_be_shortened_by_a_process_of_the_run)
{
    add_file("a", 1);
    ck_assert_int_ne(ftruncate(journal.fd, 0), 0);
}
END_TEST

START_TEST(is_no_failure_when_there_is_none)
{
    struct vf_journal none = {.fd = -1};
    struct vf_journal_error error = {.text = "x"};
    vf_journal_add_error(&none, 1, &error);
    vf_journal_end(&none, 1);
    json_t *errors = load(&none, VF_JOURNAL_ERROR);
    ck_assert_uint_eq(json_array_size(errors), 0);
    json_decref(errors);
}
END_TEST

Suite *journal_suite(void);
Suite *journal_suite(void)
{
    Suite *suite = suite_create("journal");
    TCase *tests = tcase_create("journal");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_detail_is_of_the_medium_that_comes_next_and_of_no_other);
    tcase_add_test(tests, gives_back_what_was_appended_by_kind);
    tcase_add_test(tests, leaves_out_what_was_removed_again);
    tcase_add_test(tests, keeps_what_processes_append_at_a_time);
    tcase_add_test(tests, counts_what_is_beyond_the_limits);
    tcase_add_test(tests, leaves_out_what_is_no_entry);
    tcase_add_test(tests, takes_from_the_part_of_a_task_only_what_is_in_its_name);
    tcase_add_test(tests, cannot_be_shortened_by_a_process_of_the_run);
    tcase_add_test(tests, is_no_failure_when_there_is_none);
    suite_add_tcase(suite, tests);
    return suite;
}
