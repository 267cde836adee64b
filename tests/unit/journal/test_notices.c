/* SPDX-License-Identifier: MIT */
/* The notices of a run, which several processes append and one reads. */
#include <check.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/journal/notices.h"

#define MANY 3000

static struct vf_notices notices;

static void setup(void)
{
    ck_assert_int_eq(vf_notices_create(&notices), VF_OK);
}

static void teardown(void)
{
    vf_notices_destroy(&notices);
}

static void add(const char *task, const char *cause)
{
    const struct vf_notice notice = {
        .what = "task_failed", .task = task, .begin_ns = 1, .cause = cause};
    vf_notices_add(&notices, &notice);
}

static json_t *read_one(uint64_t number)
{
    json_t *event = NULL;
    ck_assert_int_eq(vf_notices_read(&notices, number, &event), VF_OK);
    return event;
}

START_TEST(are_read_in_the_form_of_events)
{
    const struct vf_notice notice = {.what = "camera_back",
                                     .task = "door",
                                     .source = "rtsp://user:secret@door/",
                                     .begin_ns = 1000000000,
                                     .end_ns = 2500000000,
                                     .details = json_pack("{s:i}", "attempts", 2)};
    vf_notices_add(&notices, &notice);
    json_t *event = read_one(0);
    const char *source = "rtsp://***@door/";
    json_t *wanted = json_pack(
        "{s:s, s:n, s:s, s:s, s:{s:n, s:n, s:s, s:n, s:n, s:n, s:s}, s:{s:n, s:n, s:s, s:n, s:n, "
        "s:n, s:s}, s:n, s:n, s:n, s:n, s:{s:i}}",
        "what", "camera_back", "where", "task", "door", "camera", source, "begin", "number",
        "timestamp", "source", source, "pts", "time_base", "source_time", "clock",
        "1970-01-01T00:00:01.000Z", "end", "number", "timestamp", "source", source, "pts",
        "time_base", "source_time", "clock", "1970-01-01T00:00:02.500Z", "track", "class", "score",
        "box", "details", "attempts", 2);
    ck_assert(json_equal(event, wanted));
    json_decref(wanted);
    json_decref(event);
}
END_TEST

START_TEST(ring_the_bell_until_it_is_silenced)
{
    struct pollfd bell = {.fd = notices.bell, .events = POLLIN};
    json_t *event = NULL;
    ck_assert_int_eq(vf_notices_read(&notices, 0, &event), -EAGAIN);
    ck_assert_int_eq(poll(&bell, 1, 0), 0);
    add("door", "it broke");
    ck_assert_int_eq(poll(&bell, 1, 0), 1);
    vf_notices_hush(&notices);
    ck_assert_int_eq(poll(&bell, 1, 0), 0);
    json_decref(read_one(0));
}
END_TEST

START_TEST(come_from_several_processes_and_stay_whole)
{
    for (int i = 0; i < 4; i++) {
        pid_t pid = fork();
        ck_assert_int_ge(pid, 0);
        for (int j = 0; pid == 0 && j < 100; j++)
            add("child", "of several");
        if (pid == 0)
            _exit(0);
    }
    while (wait(NULL) > 0)
        ;
    for (uint64_t number = 0; number < 400; number++)
        json_decref(read_one(number));
    json_t *event = NULL;
    ck_assert_int_eq(vf_notices_read(&notices, 400, &event), -EAGAIN);
}
END_TEST

START_TEST(are_shortened_to_fit_and_stay_valid)
{
    char text[4096];
    for (size_t i = 0; i < sizeof(text) - 1; i++)
        text[i] = i % 2 ? '"' : '\xc3';
    text[sizeof(text) - 1] = '\0';
    const struct vf_notice notice = {.what = "disk_low",
                                     .task = text,
                                     .where = text,
                                     .source = text,
                                     .begin_ns = 1,
                                     .end_ns = 2,
                                     .cause = text};
    vf_notices_add(&notices, &notice);
    json_t *event = read_one(0);
    ck_assert_str_eq(json_string_value(json_object_get(event, "what")), "disk_low");
    json_decref(event);
}
END_TEST

START_TEST(are_let_go_of_long_after_they_were_read)
{
    struct stat status;
    for (uint64_t number = 0; number < MANY; number++) {
        add("door", "again");
        json_decref(read_one(number));
    }
    ck_assert_int_eq(fstat(notices.fd, &status), 0);
    ck_assert_int_eq(status.st_size, (off_t)MANY * VF_NOTICE_SIZE);
    ck_assert_int_lt(status.st_blocks * 512, status.st_size / 2);
    json_t *event = NULL;
    ck_assert_int_eq(vf_notices_read(&notices, 0, &event), -EINVAL);
    ck_assert_ptr_null(event);
}
END_TEST

START_TEST(are_forgotten_where_nobody_hears)
{
    const struct vf_notices none = {.fd = -1, .bell = -1};
    const struct vf_notice notice = {.what = "run_started", .details = json_object()};
    json_t *event = NULL;
    vf_notices_add(&none, &notice);
    ck_assert_int_eq(vf_notices_read(&none, 0, &event), -EAGAIN);
}
END_TEST

Suite *notices_suite(void);
Suite *notices_suite(void)
{
    Suite *suite = suite_create("notices");
    TCase *all = tcase_create("all");
    tcase_add_checked_fixture(all, setup, teardown);
    tcase_add_test(all, are_read_in_the_form_of_events);
    tcase_add_test(all, ring_the_bell_until_it_is_silenced);
    tcase_add_test(all, come_from_several_processes_and_stay_whole);
    tcase_add_test(all, are_shortened_to_fit_and_stay_valid);
    tcase_add_test(all, are_let_go_of_long_after_they_were_read);
    tcase_add_test(all, are_forgotten_where_nobody_hears);
    suite_add_tcase(suite, all);
    return suite;
}
