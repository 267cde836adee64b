/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <zlib.h>
#include <zmq.h>

#include "engine/base/array.h"
#include "engine/wire/python/zipped_pickle.h"

#define BYTES(literal) literal, sizeof(literal) - 1

static void *context, *here, *there; /* two ends of one wire */
static struct vf_plain_tree *tree, *received;
static struct vf_complaint complaint;

static void setup(void)
{
    context = zmq_ctx_new();
    here = zmq_socket(context, ZMQ_PAIR);
    there = zmq_socket(context, ZMQ_PAIR);
    ck_assert_int_eq(zmq_bind(here, "inproc://wire"), 0);
    ck_assert_int_eq(zmq_connect(there, "inproc://wire"), 0);
    ck_assert_int_eq(vf_plain_tree_create(&tree), VF_OK);
    vf_plain_set_root(tree, vf_plain_text(tree, "hello", 5));
}

static void teardown(void)
{
    vf_plain_tree_destroy(&tree);
    vf_plain_tree_destroy(&received);
    zmq_close(here);
    zmq_close(there);
    zmq_ctx_term(context);
}

static void check_complaint(const char *part)
{
    ck_assert_msg(strstr(complaint.text, part) != NULL, "\"%s\" is not in \"%s\"", part,
                  complaint.text);
}

static void check_received(void)
{
    ck_assert_int_eq(vf_recv_zipped_pickle(there, &received, 0, NULL, &complaint), VF_OK);
    ck_assert_str_eq(vf_plain_root(received)->bytes, "hello");
    vf_plain_tree_destroy(&received);
}

START_TEST(what_is_sent_is_received)
{
    ck_assert_int_eq(vf_send_zipped_pickle(here, tree, 0, -1, &complaint), VF_OK);
    check_received();
}
END_TEST

START_TEST(the_bytes_are_those_that_python_sends)
{
    char bytes[64];
    uLongf size = sizeof(bytes);
    ck_assert_int_eq(vf_send_zipped_pickle(here, tree, 0, _i, &complaint), VF_OK);
    int sent = zmq_recv(there, bytes, sizeof(bytes), 0);
    char pickle[64];
    ck_assert_int_eq(uncompress((Bytef *)pickle, &size, (Bytef *)bytes, (uLong)sent), Z_OK);
    /* zlib.compress(pickle.dumps("hello", 0 and 5)) */
    static const char in_0[] = "x\x9c\x0b\xcb\x48\xcd\xc9\xc9\xe7\x2a\x30\xe0\xd2\x03\x00";
    if (_i == 0) {
        ck_assert_uint_eq(size, strlen("Vhello\np0\n."));
        ck_assert(memcmp(pickle, "Vhello\np0\n.", size) == 0);
        ck_assert(memcmp(bytes, in_0, sizeof(in_0) - 1) == 0);
    }
    ck_assert_int_eq(pickle[size - 1], '.');
}
END_TEST

START_TEST(nothing_makes_nobody_wait_who_does_not_want_to)
{
    ck_assert_int_eq(vf_recv_zipped_pickle(there, &received, ZMQ_DONTWAIT, NULL, &complaint),
                     -EAGAIN);
    ck_assert_ptr_null(received);
}
END_TEST

START_TEST(further_parts_are_left_to_the_caller)
{
    char part[8];
    ck_assert_int_eq(vf_send_zipped_pickle(here, tree, ZMQ_SNDMORE, 2, &complaint), VF_OK);
    ck_assert_int_eq(zmq_send(here, "more", 4, 0), 4);
    check_received();
    ck_assert_int_eq(zmq_recv(there, part, sizeof(part), 0), 4);
}
END_TEST

START_TEST(a_protocol_that_does_not_exist_sends_nothing)
{
    ck_assert_int_eq(vf_send_zipped_pickle(here, tree, 0, 6, &complaint), -EINVAL);
    check_complaint("no protocol 6");
    ck_assert_int_eq(vf_recv_zipped_pickle(there, &received, ZMQ_DONTWAIT, NULL, NULL), -EAGAIN);
}
END_TEST

static const struct {
    const char *bytes;
    size_t size;
    const char *complaint;
} bad[] = {
    {BYTES(""), "the zipped pickle is cut short"},
    {BYTES("x"), "the zipped pickle is cut short"},
    {BYTES("hello"), "the zipped pickle cannot be unzipped: incorrect header check"},
    {BYTES("x\x9c\x0b\xcb\x48"), "the zipped pickle is cut short"},
    {BYTES("x\x9c\x03\x00\x00\x00\x00\x01"), "ends without STOP"},
    {BYTES("x\xbb\x00\x00\x00\x00"), "it is no zlib stream"},
};

START_TEST(what_is_no_zipped_pickle_is_refused_with_all_its_parts)
{
    zmq_send(here, bad[_i].bytes, bad[_i].size, ZMQ_SNDMORE);
    zmq_send(here, "second", 6, 0);
    ck_assert_int_eq(vf_send_zipped_pickle(here, tree, 0, -1, NULL), VF_OK);
    ck_assert_int_eq(vf_recv_zipped_pickle(there, &received, 0, NULL, &complaint), -EBADMSG);
    ck_assert_ptr_null(received);
    check_complaint(bad[_i].complaint);
    check_received();
}
END_TEST

START_TEST(bytes_behind_the_end_are_ignored_as_zlib_does_in_python)
{
    struct vf_text zipped = {0};
    ck_assert_int_eq(vf_zipped_pickle_write(&zipped, tree, 5, NULL), VF_OK);
    vf_text_append(&zipped, "behind", 6);
    ck_assert_int_eq(vf_zipped_pickle_read(&received, zipped.bytes, zipped.length, NULL, NULL),
                     VF_OK);
    vf_text_finish(&zipped);
}
END_TEST

START_TEST(a_long_pickle_is_inflated_as_far_as_is_allowed)
{
    size_t size = (size_t)5 << 20;
    const struct vf_pickle_limits enough = {.bytes = size + 100}, too_little = {.bytes = size};
    struct vf_text zipped = {0};
    char *zeros = calloc(1, size);
    vf_plain_set_root(tree, vf_plain_bytes(tree, VF_PLAIN_BYTES, zeros, size));
    ck_assert_int_eq(vf_zipped_pickle_write(&zipped, tree, 5, NULL), VF_OK);
    ck_assert_uint_lt(zipped.length, 10000);
    ck_assert_int_eq(
        vf_zipped_pickle_read(&received, zipped.bytes, zipped.length, &too_little, &complaint),
        -EMSGSIZE);
    check_complaint("longer than 5242880 bytes");
    /* It stops there: it never comes to the end, which has been cut off. */
    const struct vf_pickle_limits few = {.bytes = 100000};
    ck_assert_int_eq(
        vf_zipped_pickle_read(&received, zipped.bytes, zipped.length - 8, &few, &complaint),
        -EMSGSIZE);
    check_complaint("longer than 100000 bytes");
    ck_assert_int_eq(
        vf_zipped_pickle_read(&received, zipped.bytes, zipped.length, &enough, &complaint), VF_OK);
    ck_assert_uint_eq(vf_plain_root(received)->length, size);
    ck_assert(memcmp(vf_plain_root(received)->bytes, zeros, size) == 0);
    vf_text_finish(&zipped);
    free(zeros);
}
END_TEST

Suite *zipped_pickle_suite(void);
Suite *zipped_pickle_suite(void)
{
    Suite *suite = suite_create("zipped_pickle");
    TCase *tcase = tcase_create("zipped_pickle");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, what_is_sent_is_received);
    tcase_add_loop_test(tcase, the_bytes_are_those_that_python_sends, 0,
                        VF_PICKLE_HIGHEST_PROTOCOL + 1);
    tcase_add_test(tcase, nothing_makes_nobody_wait_who_does_not_want_to);
    tcase_add_test(tcase, further_parts_are_left_to_the_caller);
    tcase_add_test(tcase, a_protocol_that_does_not_exist_sends_nothing);
    tcase_add_loop_test(tcase, what_is_no_zipped_pickle_is_refused_with_all_its_parts, 0,
                        (int)VF_COUNT(bad));
    tcase_add_test(tcase, bytes_behind_the_end_are_ignored_as_zlib_does_in_python);
    tcase_add_test(tcase, a_long_pickle_is_inflated_as_far_as_is_allowed);
    suite_add_tcase(suite, tcase);
    return suite;
}
