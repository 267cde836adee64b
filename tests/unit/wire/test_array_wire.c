/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <zmq.h>

#include "engine/base/array.h"
#include "engine/wire/python/array.h"

static void *context, *here, *there; /* two ends of one wire */
static struct vf_complaint complaint;
static unsigned releases;

static void setup(void)
{
    context = zmq_ctx_new();
    here = zmq_socket(context, ZMQ_PAIR);
    there = zmq_socket(context, ZMQ_PAIR);
    ck_assert_int_eq(zmq_bind(here, "inproc://wire"), 0);
    ck_assert_int_eq(zmq_connect(there, "inproc://wire"), 0);
    releases = 0;
}

static void teardown(void)
{
    zmq_close(here);
    zmq_close(there);
    zmq_ctx_term(context);
}

static void check_complaint(const char *part)
{
    ck_assert_msg(strstr(complaint.text, part) != NULL, "\"%s\" is not in \"%s\"", part,
                  complaint.text);
}

static struct vf_numpy_array pairs(void)
{
    static const uint16_t numbers[] = {1, 2, 3, 4, 5, 6};
    return (struct vf_numpy_array){.dtype = "<u2",
                                   .dimensions = 2,
                                   .shape = {3, 2},
                                   .bytes = numbers,
                                   .size = sizeof(numbers)};
}

static void check_pairs(const struct vf_numpy_array *array)
{
    struct vf_numpy_array wanted = pairs();
    ck_assert_str_eq(array->dtype, "<u2");
    ck_assert_uint_eq(array->dimensions, 2);
    ck_assert_uint_eq(array->shape[0], 3);
    ck_assert_uint_eq(array->shape[1], 2);
    ck_assert_uint_eq(array->size, wanted.size);
    ck_assert(memcmp(array->bytes, wanted.bytes, wanted.size) == 0);
}

static void count_release(void *bytes, void *owner)
{
    free(bytes);
    ++*(unsigned *)owner;
}

START_TEST(an_array_arrives_as_it_was_sent)
{
    struct vf_numpy_array sent = pairs(), received;
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(vf_send_array(here, &sent, 0, &complaint), VF_OK);
        int err = i ? vf_recv_array(there, &received, 0, &complaint)
                    : vf_recv_array_zero_copy(there, &received, 0, &complaint);
        ck_assert_int_eq(err, VF_OK);
        check_pairs(&received);
        ck_assert_uint_eq((uintptr_t)received.bytes % 2, 0);
        vf_numpy_array_finish(&received);
        ck_assert_ptr_null(received.bytes);
    }
}
END_TEST

START_TEST(bytes_that_are_lent_are_given_back_once_they_have_been_received)
{
    struct vf_numpy_array sent = pairs(), received;
    void *copy = malloc(sent.size);
    memcpy(copy, sent.bytes, sent.size);
    sent.bytes = copy;
    sent.release = count_release;
    sent.owner = &releases;
    ck_assert_int_eq(vf_send_array_zero_copy(here, &sent, 0, &complaint), VF_OK);
    ck_assert_ptr_null(sent.bytes);
    ck_assert_int_eq(vf_recv_array_zero_copy(there, &received, 0, &complaint), VF_OK);
    ck_assert_ptr_eq(received.bytes, copy); /* in one process, not copied at all */
    ck_assert_uint_eq(releases, 0);
    vf_numpy_array_finish(&received);
    ck_assert_uint_eq(releases, 1);
}
END_TEST

START_TEST(bytes_that_could_not_be_sent_stay_the_senders)
{
    void *push = zmq_socket(context, ZMQ_PUSH); /* to nobody */
    struct vf_numpy_array sent = pairs();
    sent.release = count_release;
    sent.owner = &releases;
    ck_assert_int_eq(vf_send_array_zero_copy(push, &sent, ZMQ_DONTWAIT, &complaint), -EAGAIN);
    check_complaint("cannot send");
    check_pairs(&sent);
    ck_assert_uint_eq(releases, 0);
    sent.size = 5;
    ck_assert_int_eq(vf_send_array_zero_copy(here, &sent, 0, &complaint), -EINVAL);
    ck_assert_uint_eq(releases, 0);
    zmq_close(push);
}
END_TEST

static const struct {
    const char *dtype;  /* as numpy's dtype.str */
    const char *header; /* as str(dtype) */
    size_t size;
} types[] = {
    {"|b1", "bool", 1},      {"|i1", "int8", 1},         {"|u1", "uint8", 1},
    {"<i2", "int16", 2},     {"<u2", "uint16", 2},       {"<i4", "int32", 4},
    {"<u4", "uint32", 4},    {"<i8", "int64", 8},        {"<u8", "uint64", 8},
    {"<f2", "float16", 2},   {"<f4", "float32", 4},      {"<f8", "float64", 8},
    {"<c8", "complex64", 8}, {"<c16", "complex128", 16}, {">i2", ">i2", 2},
    {">u2", ">u2", 2},       {">i4", ">i4", 4},          {">u4", ">u4", 4},
    {">i8", ">i8", 8},       {">u8", ">u8", 8},          {">f2", ">f2", 2},
    {">f4", ">f4", 4},       {">f8", ">f8", 8},          {">c8", ">c8", 8},
    {">c16", ">c16", 16},
};

START_TEST(every_type_is_spelt_as_numpy_spells_it)
{
    char header[100], wanted[100], bytes[16] = "0123456789abcde";
    struct vf_numpy_array sent = {.bytes = bytes, .size = types[_i].size}, received;
    snprintf(sent.dtype, sizeof(sent.dtype), "%s", types[_i].dtype);
    snprintf(wanted, sizeof(wanted), "{\"dtype\": \"%s\", \"shape\": []}", types[_i].header);
    ck_assert_uint_eq(vf_numpy_item_size(types[_i].header), types[_i].size);
    ck_assert_int_eq(vf_send_array(here, &sent, 0, &complaint), VF_OK);
    ck_assert_int_eq(vf_send_array(here, &sent, 0, &complaint), VF_OK);
    ck_assert_int_eq(vf_recv_array(there, &received, 0, &complaint), VF_OK);
    ck_assert_str_eq(received.dtype, types[_i].dtype);
    ck_assert_uint_eq(received.dimensions, 0);
    ck_assert(memcmp(received.bytes, bytes, types[_i].size) == 0);
    vf_numpy_array_finish(&received);
    int size = zmq_recv(there, header, sizeof(header), 0);
    ck_assert_int_eq(size, (int)strlen(wanted));
    ck_assert(memcmp(header, wanted, (size_t)size) == 0);
}
END_TEST

START_TEST(an_array_without_elements_has_a_shape_all_the_same)
{
    struct vf_numpy_array sent = {.dtype = "<f8", .dimensions = 3, .shape = {2, 0, 7}}, received;
    ck_assert_int_eq(vf_send_array(here, &sent, 0, &complaint), VF_OK);
    ck_assert_int_eq(vf_recv_array(there, &received, 0, &complaint), VF_OK);
    ck_assert_uint_eq(received.size, 0);
    ck_assert_uint_eq(received.shape[2], 7);
    vf_numpy_array_finish(&received);
}
END_TEST

START_TEST(an_array_whose_description_is_wrong_is_not_sent)
{
    static const struct {
        struct vf_numpy_array array;
        const char *complaint;
    } cases[] = {
        {{.dtype = "<f16", .size = 16}, "\"<f16\" is no type"},
        {{.dtype = "abcdefgh"}, "\"abcdefgh\" is no type"},
        {{.dtype = "|f4", .size = 4}, "\"|f4\" is no type"},
        {{.dtype = "|u1", .dimensions = 33}, "more than 32 dimensions"},
        {{.dtype = "|u1", .size = 2}, "2 bytes for an array that has 1"},
        {{.dtype = "<u8", .dimensions = 2, .shape = {1ull << 32, 1ull << 31}}, "impossible size"},
    };
    ck_assert_int_eq(vf_send_array(here, &cases[_i].array, 0, &complaint), -EINVAL);
    check_complaint(cases[_i].complaint);
    char byte;
    ck_assert_int_lt(zmq_recv(there, &byte, 1, ZMQ_DONTWAIT), 0);
}
END_TEST

static const struct {
    const char *header, *complaint;
} headers[] = {
    {"", "the array's header is no JSON"},
    {"{\"dtype\": \"uint8\", \"shape\": [2]", "the array's header is no JSON"},
    {"[1]", "the array's header is no JSON object"},
    {"{\"shape\": [2]}", "has no \"dtype\""},
    {"{\"dtype\": 1, \"shape\": [2]}", "has no \"dtype\""},
    {"{\"dtype\": \"\", \"shape\": [2]}", "of type \"\""},
    {"{\"dtype\": \"float128\", \"shape\": []}", "\"float128\", which is not supported"},
    {"{\"dtype\": \"object\", \"shape\": [2]}", "\"object\", which is not supported"},
    {"{\"dtype\": \"<U1\", \"shape\": [2]}", "\"<U1\", which is not supported"},
    {"{\"dtype\": \"uint8\\u0000x\", \"shape\": [2]}", "the array"},
    {"{\"dtype\": \">uint8\", \"shape\": [2]}", "which is not supported"},
    {"{\"dtype\": \"uint8\"}", "has no \"shape\""},
    {"{\"dtype\": \"uint8\", \"shape\": 2}", "has no \"shape\""},
    {"{\"dtype\": \"uint8\", \"shape\": [-1]}", "an item that is no length"},
    {"{\"dtype\": \"uint8\", \"shape\": [2.0]}", "an item that is no length"},
    {"{\"dtype\": \"uint8\", \"shape\": [3]}", "has 2 bytes; its header asks for 3"},
    {"{\"dtype\": \"uint8\", \"shape\": []}", "has 2 bytes; its header asks for 1"},
    {"{\"dtype\": \"uint8\", \"shape\": [4611686018427387904, 4]}", "larger than can be"},
    {"{\"dtype\": \"uint8\", \"shape\": [4611686018427387904, 4, 0]}", "larger than can be"},
    {"{\"dtype\": \"uint8\", \"shape\": [99999999999999999999]}", "header is no JSON"},
    {"{\"dtype\": \"uint8\", \"shape\": [1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,"
     "1,1,1,1,2]}",
     "33 dimensions; 32 are the most"},
};

START_TEST(a_bad_header_is_refused_with_all_its_parts)
{
    struct vf_numpy_array sent = pairs(), received;
    zmq_send(here, headers[_i].header, strlen(headers[_i].header), ZMQ_SNDMORE);
    zmq_send(here, "12", 2, ZMQ_SNDMORE);
    zmq_send(here, "third", 5, 0);
    ck_assert_int_eq(vf_send_array(here, &sent, 0, &complaint), VF_OK);
    ck_assert_int_eq(vf_recv_array(there, &received, 0, &complaint), -EBADMSG);
    check_complaint(headers[_i].complaint);
    ck_assert(!received.release);
    ck_assert_int_eq(vf_recv_array(there, &received, 0, &complaint), VF_OK);
    check_pairs(&received);
    vf_numpy_array_finish(&received);
}
END_TEST

START_TEST(a_header_is_not_longer_than_it_can_need_to_be)
{
    static char header[VF_NUMPY_MAX_HEADER + 2] = "{\"dtype\": \"uint8\", \"shape\": [2]}";
    struct vf_numpy_array received = {.size = 0};
    memset(header + strlen(header), ' ', sizeof(header) - strlen(header) - 1);
    ck_assert_int_eq(vf_array_header_read(&received, header, VF_NUMPY_MAX_HEADER, 2, &complaint),
                     VF_OK);
    ck_assert_int_eq(
        vf_array_header_read(&received, header, VF_NUMPY_MAX_HEADER + 1, 2, &complaint), -EBADMSG);
    check_complaint("longer than 65536 bytes");
}
END_TEST

START_TEST(what_else_a_header_says_is_ignored)
{
    static const char header[] = "{\"name\": [null], \"shape\": [2], \"dtype\": \"|u1\"}";
    struct vf_numpy_array received = {.size = 0};
    ck_assert_int_eq(vf_array_header_read(&received, header, sizeof(header) - 1, 2, &complaint),
                     VF_OK);
    ck_assert_str_eq(received.dtype, "|u1");
}
END_TEST

START_TEST(a_message_of_one_part_is_no_array)
{
    struct vf_numpy_array received;
    zmq_send(here, "{\"dtype\": \"uint8\", \"shape\": [0]}", 32, 0);
    ck_assert_int_eq(vf_recv_array(there, &received, 0, &complaint), -EBADMSG);
    check_complaint("a message of one part");
}
END_TEST

START_TEST(nothing_makes_nobody_wait_who_does_not_want_to)
{
    struct vf_numpy_array received;
    ck_assert_int_eq(vf_recv_array(there, &received, ZMQ_DONTWAIT, &complaint), -EAGAIN);
}
END_TEST

START_TEST(further_parts_are_left_to_the_caller)
{
    char part[8];
    struct vf_numpy_array sent = pairs(), received;
    ck_assert_int_eq(vf_send_array(here, &sent, ZMQ_SNDMORE, &complaint), VF_OK);
    ck_assert_int_eq(zmq_send(here, "more", 4, 0), 4);
    ck_assert_int_eq(vf_recv_array(there, &received, 0, &complaint), VF_OK);
    check_pairs(&received);
    vf_numpy_array_finish(&received);
    ck_assert_int_eq(zmq_recv(there, part, sizeof(part), 0), 4);
}
END_TEST

Suite *array_wire_suite(void);
Suite *array_wire_suite(void)
{
    Suite *suite = suite_create("array_wire");
    TCase *tcase = tcase_create("array_wire");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, an_array_arrives_as_it_was_sent);
    tcase_add_test(tcase, bytes_that_are_lent_are_given_back_once_they_have_been_received);
    tcase_add_test(tcase, bytes_that_could_not_be_sent_stay_the_senders);
    tcase_add_loop_test(tcase, every_type_is_spelt_as_numpy_spells_it, 0, (int)VF_COUNT(types));
    tcase_add_test(tcase, an_array_without_elements_has_a_shape_all_the_same);
    tcase_add_loop_test(tcase, an_array_whose_description_is_wrong_is_not_sent, 0, 6);
    tcase_add_loop_test(tcase, a_bad_header_is_refused_with_all_its_parts, 0,
                        (int)VF_COUNT(headers));
    tcase_add_test(tcase, a_header_is_not_longer_than_it_can_need_to_be);
    tcase_add_test(tcase, what_else_a_header_says_is_ignored);
    tcase_add_test(tcase, a_message_of_one_part_is_no_array);
    tcase_add_test(tcase, nothing_makes_nobody_wait_who_does_not_want_to);
    tcase_add_test(tcase, further_parts_are_left_to_the_caller);
    suite_add_tcase(suite, tcase);
    return suite;
}
