/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <errno.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/edge/remote/parcel.h"
#include "engine/wire/squeeze/squeeze.h"

#define SIZE 50000
#define HEAD offsetof(struct vf_envelope, inline_bytes)

static struct vf_edge_terms terms;
static struct vf_envelope envelope;
static struct vf_payload *payload, *part;

static void setup(void)
{
    terms = (struct vf_edge_terms){.is_remote = true, .is_squeezed = true};
    ck_assert_int_eq(vf_wire_squeeze_prepare(), VF_OK);
    ck_assert_int_eq(vf_payload_create(&payload, SIZE), VF_OK);
    memset(payload->data, 7, SIZE);
    envelope = (struct vf_envelope){.arena = 1, .description.payload_size = SIZE};
}

static void teardown(void)
{
    vf_payload_drop(&payload);
    vf_payload_drop(&part);
}

START_TEST(a_payload_arrives_as_it_was)
{
    part = vf_parcel_pack(&terms, &envelope, payload);
    ck_assert_uint_eq(envelope.arena, VF_ARENA_LZ4);
    ck_assert_uint_lt(part->size, SIZE / 10);
    ck_assert_int_eq(vf_parcel_open(&terms, &envelope, HEAD, &part), VF_OK);
    ck_assert_uint_eq(envelope.arena, VF_ARENA_PART);
    ck_assert_uint_eq(part->size, SIZE);
    ck_assert_mem_eq(part->data, payload->data, SIZE);
}
END_TEST

START_TEST(it_travels_from_where_it_lies_on_an_edge_that_asks_for_nothing_else)
{
    terms.is_squeezed = false;
    part = vf_parcel_pack(&terms, &envelope, payload);
    ck_assert_ptr_eq(part, payload);
    ck_assert_uint_eq(envelope.arena, VF_ARENA_PART);
    ck_assert_int_eq(vf_parcel_open(&terms, &envelope, HEAD, &part), VF_OK);
    ck_assert_ptr_eq(part, payload);
}
END_TEST

START_TEST(it_travels_as_it_is_where_it_would_not_be_smaller)
{
    for (uint32_t i = 0, state = 1; i < SIZE; i++) {
        state = state * 1664525u + 1013904223u;
        payload->data[i] = (uint8_t)(state >> 24);
    }
    part = vf_parcel_pack(&terms, &envelope, payload);
    ck_assert_ptr_eq(part, payload);
    ck_assert_uint_eq(envelope.arena, VF_ARENA_PART);
}
END_TEST

/* Each spoils what came. */
static void another_size(void)
{
    envelope.description.payload_size = SIZE - 1;
}

static void an_endless_size(void)
{
    envelope.description.payload_size = UINT64_MAX;
}

static void a_part_that_is_cut(void)
{
    part->size--;
}

static void no_part(void)
{
    vf_payload_drop(&part);
}

static void an_edge_that_is_raw(void)
{
    terms.is_squeezed = false;
}

static void (*const lies[])(void) = {
    another_size, an_endless_size, a_part_that_is_cut, no_part, an_edge_that_is_raw,
};

START_TEST(what_is_not_right_is_left_for_the_inbox_to_refuse)
{
    const char *complaint;
    part = vf_parcel_pack(&terms, &envelope, payload);
    lies[_i]();
    ck_assert_int_eq(vf_parcel_open(&terms, &envelope, HEAD, &part), VF_OK);
    ck_assert_uint_eq(envelope.arena, VF_ARENA_LZ4);
    envelope.magic = VF_ENVELOPE_MAGIC;
    envelope.sequence = 1;
    envelope.description.version = VF_MESSAGE_VERSION;
    envelope.description.kind = VF_MESSAGE_DATA;
    envelope.description.type = VF_VALUE_JSON;
    struct vf_envelope_bounds bounds = {.cells = 1, .part_size = part ? &part->size : NULL};
    ck_assert_int_eq(vf_envelope_check(&envelope, HEAD, &bounds, &complaint), -EBADMSG);
    ck_assert_str_eq(complaint, "a payload that is not what LZ4 makes");
}
END_TEST

START_TEST(an_envelope_that_is_cut_is_not_looked_at)
{
    part = vf_parcel_pack(&terms, &envelope, payload);
    ck_assert_int_eq(vf_parcel_open(&terms, &envelope, HEAD - 1, &part), VF_OK);
    ck_assert_uint_eq(envelope.arena, VF_ARENA_LZ4);
}
END_TEST

Suite *parcel_suite(void);
Suite *parcel_suite(void)
{
    Suite *suite = suite_create("parcel");
    TCase *tcase = tcase_create("parcel");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_payload_arrives_as_it_was);
    tcase_add_test(tcase, it_travels_from_where_it_lies_on_an_edge_that_asks_for_nothing_else);
    tcase_add_test(tcase, it_travels_as_it_is_where_it_would_not_be_smaller);
    tcase_add_loop_test(tcase, what_is_not_right_is_left_for_the_inbox_to_refuse, 0,
                        (int)VF_COUNT(lies));
    tcase_add_test(tcase, an_envelope_that_is_cut_is_not_looked_at);
    suite_add_tcase(suite, tcase);
    return suite;
}
