/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/wire/squeeze/squeeze.h"

#define SIZE 100000

static const struct vf_squeeze_way *way;
static struct vf_description description;
static struct vf_squeeze_kept *kept;
static struct vf_payload *payload, *squeezed, *whole;

static void setup(void)
{
    way = vf_squeeze_lz4();
    ck_assert(way && way->is_possible());
    description = (struct vf_description){.payload_size = SIZE};
    ck_assert_int_eq(vf_payload_create(&payload, SIZE), VF_OK);
    for (size_t i = 0; i < SIZE; i++)
        payload->data[i] = (uint8_t)(i / 100);
}

static void teardown(void)
{
    vf_payload_drop(&payload);
    vf_payload_drop(&squeezed);
    vf_payload_drop(&whole);
    way->forget(&kept);
}

static int squeeze(void)
{
    return way->squeeze(&kept, &description, payload, &squeezed);
}

static int unsqueeze(uint64_t size)
{
    description.payload_size = size;
    return way->unsqueeze(&kept, &description, squeezed, &whole);
}

START_TEST(what_was_squeezed_comes_out_as_it_was)
{
    ck_assert_int_eq(squeeze(), VF_OK);
    ck_assert_uint_lt(squeezed->size, SIZE / 10);
    ck_assert_int_eq(unsqueeze(SIZE), VF_OK);
    ck_assert_uint_eq(whole->size, SIZE);
    ck_assert_mem_eq(whole->data, payload->data, SIZE);
}
END_TEST

START_TEST(what_would_not_be_smaller_is_not_squeezed)
{
    uint32_t state = 1;
    for (size_t i = 0; i < SIZE; i++) {
        state = state * 1664525u + 1013904223u;
        payload->data[i] = (uint8_t)(state >> 24);
    }
    ck_assert_int_eq(squeeze(), VF_DROPPED);
    ck_assert_ptr_null(squeezed);
}
END_TEST

START_TEST(the_smallest_payloads_are_not_squeezed)
{
    for (payload->size = 0; payload->size < 4; payload->size++) {
        ck_assert_int_eq(squeeze(), VF_DROPPED);
        ck_assert_ptr_null(squeezed);
    }
    payload->size = SIZE;
}
END_TEST

static const uint64_t lies[] = {
    0, 1, SIZE - 1, SIZE + 1, (uint64_t)SIZE << 20, INT32_MAX, UINT32_MAX, UINT64_MAX,
};

START_TEST(another_size_than_it_had_is_refused)
{
    ck_assert_int_eq(squeeze(), VF_OK);
    ck_assert_int_eq(unsqueeze(lies[_i]), -EBADMSG);
    ck_assert_ptr_null(whole);
}
END_TEST

START_TEST(no_more_is_allocated_than_so_few_bytes_can_stand_for)
{
    squeezed = payload;
    payload = NULL;
    squeezed->size = 1000;
    memset(squeezed->data, 0xff, squeezed->size);
    ck_assert_int_eq(unsqueeze(UINT64_C(1) << 30), -EBADMSG);
    squeezed->size = 0;
    ck_assert_int_eq(unsqueeze(1), -EBADMSG);
    ck_assert_int_eq(unsqueeze(1000), -EBADMSG);
}
END_TEST

START_TEST(what_is_cut_short_or_spoilt_is_refused_or_of_its_size)
{
    ck_assert_int_eq(squeeze(), VF_OK);
    size_t size = squeezed->size;
    for (squeezed->size = 0; squeezed->size < size; squeezed->size++) {
        ck_assert_int_eq(unsqueeze(SIZE), -EBADMSG);
        ck_assert_ptr_null(whole);
    }
    for (size_t i = 0; i < size && i < 500; i++) {
        squeezed->data[i] ^= 0x5a;
        int err = unsqueeze(SIZE);
        ck_assert(err == -EBADMSG || (err == VF_OK && whole->size == SIZE));
        vf_payload_drop(&whole);
        squeezed->data[i] ^= 0x5a;
    }
}
END_TEST

Suite *squeeze_suite(void);
Suite *squeeze_suite(void)
{
    Suite *suite = suite_create("squeeze");
    TCase *tcase = tcase_create("squeeze");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, what_was_squeezed_comes_out_as_it_was);
    tcase_add_test(tcase, what_would_not_be_smaller_is_not_squeezed);
    tcase_add_test(tcase, the_smallest_payloads_are_not_squeezed);
    tcase_add_loop_test(tcase, another_size_than_it_had_is_refused, 0, (int)VF_COUNT(lies));
    tcase_add_test(tcase, no_more_is_allocated_than_so_few_bytes_can_stand_for);
    tcase_add_test(tcase, what_is_cut_short_or_spoilt_is_refused_or_of_its_size);
    suite_add_tcase(suite, tcase);
    return suite;
}
