/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <errno.h>
#include <libavformat/avio.h>
#include <libavutil/mem.h>
#include <string.h>

#include "engine/media/write/clips/parameter_sets.h"

/* An avcC with an SPS and a PPS, both of number 0; and the same from an encoder. */
static const uint8_t avcc[] = {1,    0x64, 0,    0x0a, 0xff, 0xe1, 0, 6, 0x67,
                               0x64, 0,    0x0a, 0xac, 0xd9, 1,    0, 4, 0x68,
                               0xeb, 0xe3, 0xcb, 0xfd, 0xf8, 0xf8, 0};
static const uint8_t encoder_sets[] = {0,    0, 0, 1, 0x67, 0x64, 0,    0x0a,
                                       0xac, 0, 0, 0, 1,    0x68, 0xeb, 0xe3};

static const struct vf_nal_form lengths = {false, 4};
static struct vf_set_numbers numbers;
static struct vf_bytes joined;

static void teardown(void)
{
    av_free((void *)(uintptr_t)joined.bytes);
    joined = (struct vf_bytes){NULL, 0};
}

static int choose(const uint8_t *bytes, size_t size)
{
    return vf_set_numbers_choose(&numbers, &lengths, &(struct vf_bytes){bytes, size});
}

static int join(const uint8_t *bytes, size_t size)
{
    const struct vf_bytes header = {bytes, size}, made = {encoder_sets, sizeof(encoder_sets)};
    return vf_parameter_sets_join(&numbers, &lengths, &header, &made, &joined);
}

START_TEST(a_header_gets_the_sets_of_both)
{
    /* An SPS after its three bytes: 000010000 for 15, where 1 was 0; a PPS with 15 twice. */
    static const uint8_t wanted[] = {1,    0x64, 0,    0x0a, 0xff, 0xe2, 0,    6,    0x67, 0x64,
                                     0,    0x0a, 0xac, 0xd9, 0,    6,    0x67, 0x64, 0,    0x0a,
                                     0x08, 0x2c, 2,    0,    4,    0x68, 0xeb, 0xe3, 0xcb, 0,
                                     5,    0x68, 0x08, 0x04, 0x2b, 0xe3, 0xfd, 0xf8, 0xf8, 0};
    ck_assert_int_eq(choose(avcc, sizeof(avcc)), VF_OK);
    ck_assert_uint_eq(numbers.stream, 15);
    ck_assert_uint_eq(numbers.picture, 15);
    ck_assert_int_eq(join(avcc, sizeof(avcc)), VF_OK);
    ck_assert_uint_eq(joined.size, sizeof(wanted));
    ck_assert_mem_eq(joined.bytes, wanted, sizeof(wanted));
    ck_assert_int_eq(choose(joined.bytes, joined.size), VF_OK);
    ck_assert_uint_eq(numbers.stream, 16);
    ck_assert_uint_eq(numbers.picture, 16);
}
END_TEST

START_TEST(a_header_that_ends_too_early_is_none)
{
    ck_assert_int_eq(choose(avcc, sizeof(avcc)), VF_OK);
    for (size_t size = 0; size < 20; size++) {
        uint8_t *part = av_memdup(avcc, size + 1); /* so that a sanitizer sees what is beyond */
        ck_assert_int_eq(choose(part, size), -ENOTSUP);
        ck_assert_int_eq(join(part, size), -ENOTSUP);
        av_free(part);
    }
}
END_TEST

/* first_mb_in_slice 0, slice_type 7, and what follows the number of the set. */
START_TEST(a_slice_names_its_set_by_the_new_number)
{
    static const uint8_t slice[] = {0x65, 0x88, 0x84, 0, 0, 3, 1, 0x2f};
    static const uint8_t wanted[] = {0, 0, 0, 9, 0x65, 0x88, 0x08, 0x04, 0, 0, 3, 1, 0x2f};
    AVIOContext *to;
    uint8_t *bytes;
    ck_assert_int_eq(choose(avcc, sizeof(avcc)), VF_OK);
    ck_assert_int_eq(avio_open_dyn_buf(&to), 0);
    const struct vf_nal nal = {slice, sizeof(slice)};
    ck_assert_int_eq(vf_set_numbers_apply(&numbers, &lengths, &nal, to), VF_OK);
    int size = avio_close_dyn_buf(to, &bytes);
    ck_assert_int_eq(size, sizeof(wanted));
    ck_assert_mem_eq(bytes, wanted, sizeof(wanted));
    av_free(bytes);
}
END_TEST

START_TEST(units_end_where_their_bytes_do)
{
    static const uint8_t bytes[] = {0, 0, 0, 2, 0x65, 0x88, 0, 0, 0, 9, 0x41};
    static const uint8_t starts[] = {0, 0, 1, 0x67, 1, 0, 0, 0, 1, 0x65, 0x88, 0, 0, 1};
    const struct vf_nal_form with_starts = {false, 0};
    struct vf_nal nal;
    size_t place = 0;
    ck_assert(vf_nal_next(&lengths, bytes, sizeof(bytes), &place, &nal));
    ck_assert_uint_eq(nal.size, 2);
    ck_assert(!vf_nal_next(&lengths, bytes, sizeof(bytes), &place, &nal));
    ck_assert_int_eq(vf_nal_picture(&lengths, bytes, sizeof(bytes)), VF_NAL_IDR);
    place = 0;
    ck_assert(vf_nal_next(&with_starts, starts, sizeof(starts), &place, &nal));
    ck_assert_uint_eq(nal.size, 2);
    ck_assert(vf_nal_next(&with_starts, starts, sizeof(starts), &place, &nal));
    ck_assert_uint_eq(nal.size, 2);
    ck_assert(!vf_nal_next(&with_starts, starts, sizeof(starts), &place, &nal));
}
END_TEST

Suite *parameter_sets_suite(void);
Suite *parameter_sets_suite(void)
{
    Suite *suite = suite_create("parameter_sets");
    TCase *tcase = tcase_create("parameter_sets");
    tcase_add_checked_fixture(tcase, NULL, teardown);
    tcase_add_test(tcase, a_header_gets_the_sets_of_both);
    tcase_add_test(tcase, a_header_that_ends_too_early_is_none);
    tcase_add_test(tcase, a_slice_names_its_set_by_the_new_number);
    tcase_add_test(tcase, units_end_where_their_bytes_do);
    suite_add_tcase(suite, tcase);
    return suite;
}
