/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/wire/wire.h"
#include "tests/unit/support/scratch.h"

#define NUMBER 5001
#define LINGER_MS 1000
#define PATIENCE_MS 30000 /* half of what would be waited without effect */

static unsigned ready;
static struct vf_wires *wires;
static struct vf_wire *in, *out;

static void open_wires(const char *directory)
{
    struct vf_address address = {.directory = directory};
    vf_wires_destroy(&wires);
    ck_assert_int_eq(vf_wires_create(&wires, &address, NULL), VF_OK);
}

static void setup(void)
{
    scratch_create();
    open_wires(scratch_path());
}

static void teardown(void)
{
    vf_wire_destroy(&in);
    vf_wire_destroy(&out);
    vf_wires_destroy(&wires);
    scratch_remove();
}

static void join_wires(void)
{
    ck_assert_int_eq(vf_wire_bind(&in, wires, NUMBER), VF_OK);
    ck_assert_int_eq(vf_wire_connect(&out, wires, NUMBER, LINGER_MS), VF_OK);
}

/* Receives one message, whenever it comes. Returns its length. */
static size_t receive(void *bytes, size_t capacity)
{
    size_t size;
    int err;
    while ((err = vf_wire_receive(in, bytes, capacity, &size)) == -EAGAIN)
        ck_assert_int_eq(vf_wire_wait(&in, 1, (const int[]){-1, -1}, PATIENCE_MS, &ready), VF_OK);
    ck_assert_int_eq(err, VF_OK);
    return size;
}

/* That a connection comes about may wake a sleeper, too, and is no message: it has come about when
 * a message has. */
static void settle(int bell)
{
    char byte;
    size_t size;
    ck_assert_int_eq(vf_wire_send(out, "x", 1), VF_OK);
    ck_assert_uint_eq(receive(&byte, 1), 1);
    do {
        ck_assert_int_eq(vf_wire_receive(in, &byte, 1, &size), -EAGAIN);
        ck_assert_int_eq(vf_wire_wait(&in, 1, (const int[]){bell, -1}, 50, &ready), VF_OK);
    } while (ready);
}

START_TEST(messages_arrive_whole_and_in_order)
{
    join_wires();
    for (uint32_t i = 0; i < 1000; i++)
        ck_assert_int_eq(vf_wire_send(out, &i, sizeof(i)), VF_OK);
    for (uint32_t i = 0; i < 1000; i++) {
        uint32_t number;
        ck_assert_uint_eq(receive(&number, sizeof(number)), sizeof(number));
        ck_assert_uint_eq(number, i);
    }
}
END_TEST

START_TEST(a_sender_may_connect_before_its_receiver_is_there)
{
    char bytes[8];
    ck_assert_int_eq(vf_wire_connect(&out, wires, NUMBER, LINGER_MS), VF_OK);
    ck_assert_int_eq(vf_wire_send(out, "early", 5), VF_OK);
    ck_assert_int_eq(vf_wire_bind(&in, wires, NUMBER), VF_OK);
    ck_assert_uint_eq(receive(bytes, sizeof(bytes)), 5);
    ck_assert_mem_eq(bytes, "early", 5);
}
END_TEST

START_TEST(a_message_that_is_too_long_is_cut_but_its_length_is_told)
{
    char bytes[5] = "....";
    join_wires();
    ck_assert_int_eq(vf_wire_send(out, "longer", 6), VF_OK);
    ck_assert_uint_eq(receive(bytes, 4), 6);
    ck_assert_str_eq(bytes, "long");
}
END_TEST

START_TEST(nothing_never_makes_receiving_wait)
{
    char byte;
    size_t size;
    join_wires();
    ck_assert_int_eq(vf_wire_receive(in, &byte, 1, &size), -EAGAIN);
}
END_TEST

START_TEST(sleep_ends_with_its_time_with_a_message_or_with_the_descriptor)
{
    uint64_t one = 1;
    int bell = eventfd(0, EFD_CLOEXEC);
    join_wires();
    settle(bell);
    int64_t since = vf_clock_now_ns();
    ck_assert_int_eq(vf_wire_wait(&in, 1, (const int[]){bell, -1}, 20, &ready), VF_OK);
    ck_assert_uint_eq(ready, 0);
    ck_assert_int_ge(vf_clock_now_ns() - since, 19 * VF_NS_PER_MS);
    since = vf_clock_now_ns();
    ck_assert_int_eq((int)write(bell, &one, sizeof(one)), (int)sizeof(one));
    ck_assert_int_eq(vf_wire_wait(&in, 1, (const int[]){bell, -1}, PATIENCE_MS, &ready), VF_OK);
    ck_assert_uint_eq(ready, 2);
    ck_assert_int_eq((int)read(bell, &one, sizeof(one)), (int)sizeof(one));
    ck_assert_int_eq(vf_wire_send(out, "x", 1), VF_OK);
    ck_assert_int_eq(vf_wire_wait(&in, 1, (const int[]){bell, -1}, PATIENCE_MS, &ready), VF_OK);
    ck_assert_uint_eq(ready, 1);
    ck_assert_int_lt(vf_clock_now_ns() - since, PATIENCE_MS * VF_NS_PER_MS);
    close(bell);
}
END_TEST

START_TEST(what_was_sent_arrives_although_the_sender_is_gone)
{
    char byte;
    join_wires();
    ck_assert_int_eq(vf_wire_send(out, "x", 1), VF_OK);
    vf_wire_destroy(&out);
    ck_assert_ptr_null(out);
    ck_assert_uint_eq(receive(&byte, 1), 1);
}
END_TEST

START_TEST(an_abandoned_wire_does_not_wait_for_a_receiver_that_never_comes)
{
    ck_assert_int_eq(vf_wire_connect(&out, wires, NUMBER, 60000), VF_OK);
    ck_assert_int_eq(vf_wire_send(out, "x", 1), VF_OK);
    int64_t since = vf_clock_now_ns();
    vf_wire_abandon(&out);
    ck_assert_ptr_null(out);
    vf_wires_destroy(&wires);
    ck_assert_int_lt(vf_clock_now_ns() - since, PATIENCE_MS * VF_NS_PER_MS);
}
END_TEST

START_TEST(a_folder_whose_name_is_too_long_for_a_socket_is_refused)
{
    char folder[200] = "/";
    memset(folder + 1, 'x', sizeof(folder) - 2);
    capture_errors();
    open_wires(folder);
    ck_assert_int_eq(vf_wire_bind(&in, wires, NUMBER), -ENAMETOOLONG);
    ck_assert_ptr_null(in);
    ck_assert_int_eq(vf_wire_connect(&out, wires, NUMBER, LINGER_MS), -ENAMETOOLONG);
    ck_assert_ptr_null(out);
    ck_assert_ptr_nonnull(strstr(captured_errors(), "is too long for a socket"));
}
END_TEST

static unsigned count_entries(const char *path)
{
    unsigned count = 0;
    DIR *folder = opendir(path);
    ck_assert_ptr_nonnull(folder);
    while (readdir(folder))
        count++;
    closedir(folder);
    return count;
}

START_TEST(what_prepares_for_workers_leaves_nothing_to_inherit)
{
    unsigned threads = count_entries("/proc/self/task"), files = count_entries("/proc/self/fd");
    vf_wires_prepare();
    ck_assert_uint_eq(count_entries("/proc/self/task"), threads);
    ck_assert_uint_eq(count_entries("/proc/self/fd"), files);
}
END_TEST

START_TEST(a_folder_that_is_not_there_holds_no_socket)
{
    capture_errors();
    open_wires("/nowhere/at/all");
    ck_assert_int_lt(vf_wire_bind(&in, wires, NUMBER), 0);
    ck_assert_ptr_null(in);
    ck_assert_str_eq(captured_errors(), "vflow: cannot bind ipc:///nowhere/at/all/5001: "
                                        "No such file or directory\n");
}
END_TEST

Suite *wire_suite(void);
Suite *wire_suite(void)
{
    Suite *suite = suite_create("wire");
    TCase *tcase = tcase_create("wire");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, messages_arrive_whole_and_in_order);
    tcase_add_test(tcase, a_sender_may_connect_before_its_receiver_is_there);
    tcase_add_test(tcase, a_message_that_is_too_long_is_cut_but_its_length_is_told);
    tcase_add_test(tcase, nothing_never_makes_receiving_wait);
    tcase_add_test(tcase, sleep_ends_with_its_time_with_a_message_or_with_the_descriptor);
    tcase_add_test(tcase, what_was_sent_arrives_although_the_sender_is_gone);
    tcase_add_test(tcase, an_abandoned_wire_does_not_wait_for_a_receiver_that_never_comes);
    tcase_add_test(tcase, a_folder_whose_name_is_too_long_for_a_socket_is_refused);
    tcase_add_test(tcase, a_folder_that_is_not_there_holds_no_socket);
    tcase_add_test(tcase, what_prepares_for_workers_leaves_nothing_to_inherit);
    suite_add_tcase(suite, tcase);
    return suite;
}
