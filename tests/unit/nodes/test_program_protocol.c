/* SPDX-License-Identifier: MIT */
/* What a worker believes of the messages of a program. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "nodes/program/protocol.h"

#define ARENA_SIZE 65536

static const struct vf_client_bounds bounds = {.output_count = 2, .arena_size = ARENA_SIZE};
static union vf_client_message *message;

static void setup(void)
{
    message = calloc(1, sizeof(*message));
    ck_assert_ptr_nonnull(message);
}

static void teardown(void)
{
    free(message);
}

/* What a good message of a type is like; returns its size. */
static size_t make(unsigned type)
{
    static const size_t sizes[] = {
        [VF_CLIENT_HELLO] = sizeof(struct vf_client_hello),
        [VF_CLIENT_ALLOCATE] = sizeof(struct vf_client_allocate),
        [VF_CLIENT_FREE] = sizeof(struct vf_client_free),
        [VF_CLIENT_EMIT] = sizeof(struct vf_client_emit),
        [VF_CLIENT_PASS] = sizeof(struct vf_client_pass),
        [VF_CLIENT_DROP] = sizeof(struct vf_client_pass),
        [VF_CLIENT_RELEASE] = sizeof(struct vf_client_release) + 16,
        [VF_CLIENT_ERROR] = sizeof(struct vf_client_error) + 5,
        [VF_CLIENT_EXPECT] = sizeof(struct vf_client_expect),
    };
    size_t size = type < VF_COUNT(sizes) ? sizes[type] : 0;
    if (!size)
        size = sizeof(struct vf_client_head);
    memset(message, 0, sizeof(*message));
    message->head = (struct vf_client_head){.type = (uint16_t)type, .size = (uint32_t)size};
    if (type == VF_CLIENT_HELLO) {
        message->hello.magic = VF_CLIENT_MAGIC;
        message->hello.version = VF_CLIENT_VERSION;
    }
    if (type == VF_CLIENT_RELEASE)
        message->release.count = 2;
    if (type == VF_CLIENT_ERROR)
        message->error.text_size = 5;
    return size;
}

static const char *complaint_of(size_t size)
{
    const char *complaint = NULL;
    int err = vf_client_check(message, size, &bounds, &complaint);
    ck_assert_int_eq(err, complaint ? -EBADMSG : VF_OK);
    return complaint;
}

START_TEST(good_messages_are_good_and_shorter_or_longer_ones_are_not)
{
    size_t size = make((unsigned)_i);
    ck_assert_ptr_null(complaint_of(size));
    for (size_t other = 0; other < size + 40; other++) {
        if (other != size)
            ck_assert_str_eq(complaint_of(other), "a message of the wrong length");
        message->head.size = (uint32_t)other;
        if (other != size)
            ck_assert_ptr_nonnull(complaint_of(other));
        message->head.size = (uint32_t)size;
    }
}
END_TEST

START_TEST(unknown_types_are_refused)
{
    static const unsigned unknown[] = {0, 1, 7, 100, 114, 65535};
    for (size_t i = 0; i < VF_COUNT(unknown); i++) {
        make(unknown[i]);
        ck_assert_str_eq(complaint_of(sizeof(struct vf_client_head)),
                         "a message of an unknown type");
    }
}
END_TEST

START_TEST(greetings_are_of_this_version)
{
    size_t size = make(VF_CLIENT_HELLO);
    message->hello.version = 2;
    ck_assert_str_eq(complaint_of(size), "another version of the protocol");
    message->hello.magic++;
    ck_assert_str_eq(complaint_of(size), "something that is no greeting");
}
END_TEST

START_TEST(outputs_are_those_that_it_has)
{
    static const unsigned types[] = {VF_CLIENT_EMIT, VF_CLIENT_PASS, VF_CLIENT_DROP,
                                     VF_CLIENT_EXPECT};
    for (size_t i = 0; i < VF_COUNT(types); i++) {
        size_t size = make(types[i]);
        message->emit.port = 1; /* all have it there */
        ck_assert_ptr_null(complaint_of(size));
        message->emit.port = 2;
        ck_assert_str_eq(complaint_of(size), "an output that it does not have");
    }
}
END_TEST

/* Describes an array of numbers in a slot. */
static size_t make_array(uint64_t count)
{
    size_t size = make(VF_CLIENT_EMIT);
    struct vf_client_description *description = &message->emit.description;
    message->emit.is_in_slot = 1;
    message->emit.offset = 4096;
    description->type = VF_VALUE_ARRAY;
    description->payload_size = count * 4;
    memcpy(description->array.dtype, "<f4", 4);
    description->array.dimensions = 1;
    description->array.shape[0] = count;
    return size;
}

START_TEST(payloads_lie_in_the_arena_and_are_filled)
{
    size_t size = make_array(100);
    ck_assert_ptr_null(complaint_of(size));
    message->emit.offset = ARENA_SIZE - 400;
    ck_assert_ptr_null(complaint_of(size));
    message->emit.offset++;
    ck_assert_str_eq(complaint_of(size), "a payload beyond its arena");
    message->emit.offset = UINT64_MAX - 3;
    ck_assert_str_eq(complaint_of(size), "a payload beyond its arena");
    make_array(100);
    message->emit.description.array.shape[0] = 101;
    ck_assert_str_eq(complaint_of(size), "an array that does not fill its payload");
    make_array(100);
    message->emit.is_in_slot = 2;
    ck_assert_str_eq(complaint_of(size), "a payload in an unknown place");
    make_array(100);
    message->emit.description.time_base = (struct vf_rational){1, 0};
    ck_assert_str_eq(complaint_of(size), "an impossible time base");
    make_array(100);
    message->emit.description.type = 9;
    ck_assert_str_eq(complaint_of(size), "an unknown type of value");
    make_array(100);
    memset(message->emit.description.source, 'x', VF_SOURCE_SIZE);
    ck_assert_str_eq(complaint_of(size), "a source without an end");
}
END_TEST

START_TEST(what_follows_is_as_long_as_it_says)
{
    size_t size = make_array(10);
    message->emit.is_in_slot = 0;
    ck_assert_str_eq(complaint_of(size), "a message of the wrong length");
    message->head.size = (uint32_t)(size + 40);
    ck_assert_ptr_null(complaint_of(size + 40));
    message->emit.description.payload_size = VF_CLIENT_MAX_INLINE + 1;
    ck_assert_str_eq(complaint_of(size + 40), "a payload that is too long to follow its message");
    size = make(VF_CLIENT_ERROR);
    message->error.details_size = UINT32_MAX;
    ck_assert_str_eq(complaint_of(size), "a message of the wrong length");
    size = make(VF_CLIENT_RELEASE);
    message->release.count = UINT32_MAX;
    ck_assert_str_eq(complaint_of(size), "a message of the wrong length");
}
END_TEST

START_TEST(a_description_comes_back_as_it_went)
{
    struct vf_description sent = {.type = VF_VALUE_VIDEO,
                                  .timestamp = 7,
                                  .duration = 8,
                                  .time_base = {1, 25},
                                  .source_id = 9,
                                  .source_time_ns = 10,
                                  .payload_size = 11,
                                  .source = "a.mp4"},
                          back = {0};
    struct vf_client_description between = {0};
    memcpy(sent.video.format, "gray", 5);
    sent.video.planes[3].stride = 12;
    vf_client_describe(&between, &sent);
    vf_client_take_description(&back, &between);
    ck_assert_mem_eq(&sent, &back, sizeof(sent));
}
END_TEST

Suite *program_protocol_suite(void);
Suite *program_protocol_suite(void)
{
    Suite *suite = suite_create("program_protocol");
    TCase *tests = tcase_create("program_protocol");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, good_messages_are_good_and_shorter_or_longer_ones_are_not,
                        VF_CLIENT_HELLO, VF_CLIENT_EXPECT + 1);
    tcase_add_test(tests, unknown_types_are_refused);
    tcase_add_test(tests, greetings_are_of_this_version);
    tcase_add_test(tests, outputs_are_those_that_it_has);
    tcase_add_test(tests, payloads_lie_in_the_arena_and_are_filled);
    tcase_add_test(tests, what_follows_is_as_long_as_it_says);
    tcase_add_test(tests, a_description_comes_back_as_it_went);
    suite_add_tcase(suite, tests);
    return suite;
}
