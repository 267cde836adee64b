/* SPDX-License-Identifier: MIT */
/* What compressed pictures are to others, by their first bytes. */
#include "engine/media/read/decode/entry.h"

#include <check.h>
#include <libavcodec/avcodec.h>

#include "engine/base/array.h"

#define MAX_BYTES 32
#define START 0, 0, 1
#define NOT_KEY 0
#define KEY AV_PKT_FLAG_KEY

static const struct {
    enum AVCodecID codec;
    int flags;
    uint8_t bytes[MAX_BYTES];
    struct vf_coded_picture wanted;
} cases[] = {
    /* Parameter sets and an IDR picture; without its flag it is no place to begin. */
    {AV_CODEC_ID_H264,
     KEY,
     {START, 0x67, 1, START, 0x68, 1, START, 0x65, 1},
     {VF_ENTRY_CLOSED, .is_referenced = true, .is_shown = true, .has_header = true}},
    {AV_CODEC_ID_H264,
     NOT_KEY,
     {START, 0x65, 1},
     {VF_ENTRY_NONE, .is_referenced = true, .is_shown = true}},
    /* One that recovers at once, after two pictures, and one that says nothing of it. */
    {AV_CODEC_ID_H264,
     KEY,
     {START, 6, 6, 1, 0xc4, 0x80, START, 0x61, 1},
     {VF_ENTRY_OPEN, .is_referenced = true, .is_shown = true}},
    {AV_CODEC_ID_H264,
     KEY,
     {START, 6, 6, 1, 0x60, 0x80, START, 0x61, 1},
     {VF_ENTRY_NONE, .is_referenced = true, .is_shown = true}},
    {AV_CODEC_ID_H264,
     KEY,
     {START, 0x61, 1},
     {VF_ENTRY_NONE, .is_referenced = true, .is_shown = true}},
    {AV_CODEC_ID_H264, NOT_KEY, {START, 1, 1}, {VF_ENTRY_NONE, .is_shown = true}},
    {AV_CODEC_ID_H264,
     NOT_KEY,
     {START, 0x68, 1, START, 1, 1},
     {VF_ENTRY_NONE, .is_shown = true, .is_strange = true}},
    /* IDR; CRA; a picture that none of its layer refers to; one of a further layer. */
    {AV_CODEC_ID_HEVC,
     KEY,
     {START, 0x26, 1, 1},
     {VF_ENTRY_CLOSED, .is_referenced = true, .is_shown = true}},
    {AV_CODEC_ID_HEVC,
     KEY,
     {START, 0x2a, 1, 1},
     {VF_ENTRY_OPEN, .is_referenced = true, .is_shown = true}},
    {AV_CODEC_ID_HEVC, NOT_KEY, {START, 0, 1, 1}, {VF_ENTRY_NONE, .is_shown = true}},
    {AV_CODEC_ID_HEVC,
     NOT_KEY,
     {START, 2, 2, 1},
     {VF_ENTRY_NONE, .is_referenced = true, .is_shown = true, .is_layered = true}},
    /* I with a header, whose group is closed or open; B. */
    {AV_CODEC_ID_MPEG2VIDEO,
     KEY,
     {START, 0xb3, START, 0xb8, 0, 8, 0, 0x40, START, 0, 0, 8, 1, 1},
     {VF_ENTRY_CLOSED, .is_referenced = true, .is_shown = true, .has_header = true}},
    {AV_CODEC_ID_MPEG2VIDEO,
     KEY,
     {START, 0xb3, START, 0xb8, 0, 8, 0, 0, START, 0, 0, 8, 1, 1},
     {VF_ENTRY_OPEN, .is_referenced = true, .is_shown = true, .has_header = true}},
    {AV_CODEC_ID_MPEG2VIDEO, NOT_KEY, {START, 0, 0, 0x18, 1, 1}, {VF_ENTRY_NONE, .is_shown = true}},
    {AV_CODEC_ID_MPEG4,
     KEY,
     {START, 0xb6, 0x10, 1, 1, 1, 1},
     {VF_ENTRY_OPEN, .is_referenced = true, .is_shown = true}},
    {AV_CODEC_ID_MPEG4,
     NOT_KEY,
     {START, 0xb6, 0x90, 1, 1, START, 0xb6, 0x50, 1},
     {VF_ENTRY_NONE, .is_referenced = true, .is_shown = true, .is_strange = true}},
    /* Key, and another that is not shown. */
    {AV_CODEC_ID_VP8,
     KEY,
     {0x10, 2, 0},
     {VF_ENTRY_CLOSED, .is_referenced = true, .is_shown = true}},
    {AV_CODEC_ID_VP8, NOT_KEY, {0x01, 2, 0}, {VF_ENTRY_NONE, .is_referenced = true}},
    {AV_CODEC_ID_VP9,
     KEY,
     {0x82, 0x49, 1},
     {VF_ENTRY_CLOSED, .is_referenced = true, .is_shown = true}},
    {AV_CODEC_ID_VP9, NOT_KEY, {0x84, 1, 1}, {VF_ENTRY_NONE, .is_referenced = true}},
    {AV_CODEC_ID_VP9, NOT_KEY, {0x88, 1}, {VF_ENTRY_NONE, .is_referenced = true, .is_shown = true}},
    /* Behind a delimiter and a header a frame: key, or not. */
    {AV_CODEC_ID_AV1,
     KEY,
     {0x12, 0, 0x0a, 1, 9, 0x32, 2, 0x10, 1},
     {VF_ENTRY_CLOSED, .is_referenced = true, .is_shown = true, .has_header = true}},
    {AV_CODEC_ID_AV1,
     KEY,
     {0x12, 0, 0x32, 2, 0x30, 1},
     {VF_ENTRY_NONE, .is_referenced = true, .is_shown = true}},
    {AV_CODEC_ID_MJPEG, KEY, {0xff, 0xd8}, {VF_ENTRY_CLOSED, .is_shown = true}},
    {AV_CODEC_ID_MJPEG, KEY, {0}, {VF_ENTRY_NONE, .is_strange = true}},
};

START_TEST(pictures_say_what_they_are)
{
    AVCodecParameters *parameters = avcodec_parameters_alloc();
    AVPacket *packet = av_packet_alloc();
    ck_assert(parameters && packet);
    int size = 0;
    for (int i = 0; i < MAX_BYTES; i++)
        size = cases[_i].bytes[i] ? i + 1 : size;
    ck_assert_int_eq(av_new_packet(packet, size + (size == 0)), 0);
    for (int i = 0; i < size; i++)
        packet->data[i] = cases[_i].bytes[i];
    packet->flags = cases[_i].flags;
    parameters->codec_id = cases[_i].codec;
    const struct vf_coded_picture *wanted = &cases[_i].wanted;
    struct vf_coded_picture got = vf_entry_of(parameters, packet);
    ck_assert(vf_entry_is_known(parameters));
    ck_assert_int_eq(got.entry, wanted->entry);
    ck_assert_int_eq(got.is_referenced, wanted->is_referenced);
    ck_assert_int_eq(got.is_shown, wanted->is_shown);
    ck_assert_int_eq(got.has_header, wanted->has_header);
    ck_assert_int_eq(got.is_layered, wanted->is_layered);
    ck_assert_int_eq(got.is_strange, wanted->is_strange);
    av_packet_free(&packet);
    avcodec_parameters_free(&parameters);
}
END_TEST

START_TEST(of_fields_and_other_codecs_nothing_is_known)
{
    AVCodecParameters *parameters = avcodec_parameters_alloc();
    ck_assert_ptr_nonnull(parameters);
    parameters->codec_id = AV_CODEC_ID_WMV2;
    ck_assert(!vf_entry_is_known(parameters));
    parameters->codec_id = AV_CODEC_ID_H264;
    parameters->field_order = AV_FIELD_TT;
    ck_assert(!vf_entry_is_known(parameters));
    avcodec_parameters_free(&parameters);
}
END_TEST

Suite *entry_suite(void);
Suite *entry_suite(void)
{
    Suite *suite = suite_create("entry");
    TCase *tcase = tcase_create("entry");
    tcase_add_loop_test(tcase, pictures_say_what_they_are, 0, (int)VF_COUNT(cases));
    tcase_add_test(tcase, of_fields_and_other_codecs_nothing_is_known);
    suite_add_tcase(suite, tcase);
    return suite;
}
