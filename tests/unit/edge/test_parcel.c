/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/edge/remote/parcel.h"
#include "engine/wire/squeeze/squeeze.h"

#define SIZE 50000
#define SIDE 256
#define HEAD offsetof(struct vf_envelope, inline_bytes)

static struct vf_edge_terms terms;
static struct vf_squeeze_kept *kept;
static struct vf_envelope envelope;
static struct vf_payload *payload, *part;

static void setup(void)
{
    terms = (struct vf_edge_terms){.is_remote = true, .form = VF_EDGE_LZ4};
    ck_assert_int_eq(vf_payload_create(&payload, SIZE), VF_OK);
    memset(payload->data, 7, SIZE);
    envelope = (struct vf_envelope){.arena = 1, .description.payload_size = SIZE};
}

static void teardown(void)
{
    vf_payload_drop(&payload);
    vf_payload_drop(&part);
    vf_parcel_forget(&terms, &kept);
}

START_TEST(a_payload_arrives_as_it_was)
{
    part = vf_parcel_pack(&terms, &kept, &envelope, payload);
    ck_assert_uint_eq(envelope.arena, VF_ARENA_LZ4);
    ck_assert_uint_lt(part->size, SIZE / 10);
    ck_assert_int_eq(vf_parcel_open(&terms, &kept, &envelope, HEAD, &part), VF_OK);
    ck_assert_uint_eq(envelope.arena, VF_ARENA_PART);
    ck_assert_uint_eq(part->size, SIZE);
    ck_assert_mem_eq(part->data, payload->data, SIZE);
}
END_TEST

START_TEST(it_travels_from_where_it_lies_on_an_edge_that_asks_for_nothing_else)
{
    terms.form = VF_EDGE_RAW;
    part = vf_parcel_pack(&terms, &kept, &envelope, payload);
    ck_assert_ptr_eq(part, payload);
    ck_assert_uint_eq(envelope.arena, VF_ARENA_PART);
    ck_assert_int_eq(vf_parcel_open(&terms, &kept, &envelope, HEAD, &part), VF_OK);
    ck_assert_ptr_eq(part, payload);
}
END_TEST

START_TEST(it_travels_as_it_is_where_it_would_not_be_smaller)
{
    for (uint32_t i = 0, state = 1; i < SIZE; i++) {
        state = state * 1664525u + 1013904223u;
        payload->data[i] = (uint8_t)(state >> 24);
    }
    part = vf_parcel_pack(&terms, &kept, &envelope, payload);
    ck_assert_ptr_eq(part, payload);
    ck_assert_uint_eq(envelope.arena, VF_ARENA_PART);
}
END_TEST

/* Has `payload` be a picture in gray. */
static void make_picture(void)
{
    vf_payload_drop(&payload);
    ck_assert_int_eq(vf_payload_create(&payload, (size_t)SIDE * SIDE), VF_OK);
    for (size_t i = 0; i < payload->size; i++)
        payload->data[i] = (uint8_t)(i / SIDE + i % SIDE);
    envelope.description = (struct vf_description){
        .version = VF_MESSAGE_VERSION,
        .kind = VF_MESSAGE_DATA,
        .type = VF_VALUE_VIDEO,
        .payload_size = payload->size,
        .video = {.format = "gray",
                  .width = SIDE,
                  .height = SIDE,
                  .plane_count = 1,
                  .planes = {{.stride = SIDE, .row_bytes = SIDE, .rows = SIDE}}}};
    terms.form = VF_EDGE_H264;
}

START_TEST(a_picture_arrives_nearly_as_it_was_where_that_is_asked_for)
{
    make_picture();
    struct vf_description described = envelope.description;
    part = vf_parcel_pack(&terms, &kept, &envelope, payload);
    ck_assert_uint_eq(envelope.arena, VF_ARENA_H264);
    ck_assert_uint_lt(part->size, payload->size / 4);
    ck_assert_int_eq(vf_parcel_open(&terms, &kept, &envelope, HEAD, &part), VF_OK);
    ck_assert_uint_eq(envelope.arena, VF_ARENA_PART);
    ck_assert_mem_eq(&envelope.description, &described, sizeof(described));
    ck_assert_uint_eq(part->size, payload->size);
    for (size_t i = 0; i < part->size; i++)
        ck_assert_int_le(abs(part->data[i] - payload->data[i]), 40);
}
END_TEST

START_TEST(all_else_arrives_there_as_it_was)
{
    terms.form = VF_EDGE_H264;
    envelope.description.kind = VF_MESSAGE_DATA;
    envelope.description.type = VF_VALUE_JSON;
    part = vf_parcel_pack(&terms, &kept, &envelope, payload);
    ck_assert_uint_eq(envelope.arena, VF_ARENA_LZ4);
    ck_assert_int_eq(vf_parcel_open(&terms, &kept, &envelope, HEAD, &part), VF_OK);
    ck_assert_uint_eq(part->size, SIZE);
    ck_assert_mem_eq(part->data, payload->data, SIZE);
}
END_TEST

static const enum vf_edge_form other_forms[] = {VF_EDGE_RAW, VF_EDGE_LZ4};

START_TEST(a_picture_with_loss_is_left_alone_where_nobody_asked_for_that)
{
    make_picture();
    part = vf_parcel_pack(&terms, &kept, &envelope, payload);
    vf_parcel_forget(&terms, &kept);
    ck_assert_ptr_null(kept);
    terms.form = other_forms[_i];
    ck_assert_int_eq(vf_parcel_open(&terms, &kept, &envelope, HEAD, &part), VF_OK);
    ck_assert_uint_eq(envelope.arena, VF_ARENA_H264);
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
    terms.form = VF_EDGE_RAW;
}

static void (*const lies[])(void) = {
    another_size, an_endless_size, a_part_that_is_cut, no_part, an_edge_that_is_raw,
};

START_TEST(what_is_not_right_is_left_for_the_inbox_to_refuse)
{
    const char *complaint;
    part = vf_parcel_pack(&terms, &kept, &envelope, payload);
    lies[_i]();
    ck_assert_int_eq(vf_parcel_open(&terms, &kept, &envelope, HEAD, &part), VF_OK);
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
    part = vf_parcel_pack(&terms, &kept, &envelope, payload);
    ck_assert_int_eq(vf_parcel_open(&terms, &kept, &envelope, HEAD - 1, &part), VF_OK);
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
    tcase_add_test(tcase, a_picture_arrives_nearly_as_it_was_where_that_is_asked_for);
    tcase_add_test(tcase, all_else_arrives_there_as_it_was);
    tcase_add_loop_test(tcase, a_picture_with_loss_is_left_alone_where_nobody_asked_for_that, 0,
                        (int)VF_COUNT(other_forms));
    tcase_add_loop_test(tcase, what_is_not_right_is_left_for_the_inbox_to_refuse, 0,
                        (int)VF_COUNT(lies));
    tcase_add_test(tcase, an_envelope_that_is_cut_is_not_looked_at);
    suite_add_tcase(suite, tcase);
    return suite;
}
