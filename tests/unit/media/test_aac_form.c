/* SPDX-License-Identifier: MIT */
/* What AAC says of itself, in front of all packets or in each. */
#include "engine/media/codec/aac_form.h"

#include <check.h>
#include <errno.h>
#include <libavcodec/avcodec.h>

#include "engine/base/array.h"

static const struct {
    const uint8_t config[8];
    size_t size;
    struct vf_aac_form form;
} configs[] = {
    {{0x12, 0x10}, 2, {2, 4, 44100, 2, false}},
    {{0x11, 0x88, 0x56, 0xe5, 0x00}, 5, {2, 3, 48000, 1, false}},
    {{0x13, 0x10, 0x56, 0xe5, 0x9d, 0x48, 0x80}, 7, {2, 6, 24000, 2, true}},
    {{0x2b, 0x11, 0x88, 0x00}, 4, {2, 6, 24000, 2, true}}, /* HE-AAC that says so first */
    {{0x17, 0x80, 0x5d, 0xc0, 0x10}, 5, {2, 15, 48000, 2, false}},
};

START_TEST(a_config_says_what_comes)
{
    struct vf_aac_form form;
    ck_assert(vf_aac_form_of_config(&form, configs[_i].config, configs[_i].size));
    ck_assert_int_eq(form.object_type, configs[_i].form.object_type);
    ck_assert_int_eq(form.rate_index, configs[_i].form.rate_index);
    ck_assert(vf_aac_form_is_equal(&form, &configs[_i].form));
}
END_TEST

START_TEST(what_is_no_config_is_refused)
{
    struct vf_aac_form form;
    const uint8_t rate[] = {0x17, 0x00}, none[] = {0, 0};
    ck_assert(!vf_aac_form_of_config(&form, NULL, 0));
    ck_assert(!vf_aac_form_of_config(&form, configs[0].config, 1));
    ck_assert(!vf_aac_form_of_config(&form, none, sizeof(none)));
    ck_assert(!vf_aac_form_of_config(&form, rate, sizeof(rate)));
}
END_TEST

static AVPacket *make_packet(int size)
{
    AVPacket *packet = av_packet_alloc();
    ck_assert_int_eq(av_new_packet(packet, size), 0);
    for (int i = 0; i < size; i++)
        packet->data[i] = (uint8_t)i;
    return packet;
}

/* Whatever is wrapped says the same as before, and is what libav's own filter takes. */
static const int channels[] = {1, 2, 3, 4, 5, 6, 8};

START_TEST(a_wrapped_packet_says_the_form)
{
    struct vf_aac_form form, read;
    AVCodecParameters parameters = {.sample_rate = 32000, .profile = 1};
    uint8_t config[VF_AAC_CONFIG_SIZE];
    av_channel_layout_default(&parameters.ch_layout, channels[_i]);
    ck_assert(vf_aac_form_of_parameters(&form, &parameters));
    vf_aac_form_write_config(&form, config);
    ck_assert(vf_aac_form_of_config(&read, config, sizeof(config)));
    ck_assert(vf_aac_form_is_equal(&form, &read));
    AVPacket *packet = make_packet(300);
    ck_assert_int_eq(vf_aac_form_wrap(&form, packet), VF_OK);
    ck_assert_int_eq(packet->size, 307);
    ck_assert_uint_eq(packet->data[7], 0);
    ck_assert_uint_eq(packet->data[306], 299 % 256);
    ck_assert_int_eq((packet->data[3] & 3) << 11 | packet->data[4] << 3 | packet->data[5] >> 5,
                     307);
    ck_assert(vf_aac_form_of_packet(&read, packet->data, (size_t)packet->size));
    ck_assert(vf_aac_form_is_equal(&form, &read));
    av_packet_free(&packet);
}
END_TEST

START_TEST(what_has_no_header_is_not_wrapped)
{
    const struct vf_aac_form usual = {2, 4, 44100, 2, false}, odd = {2, 15, 44000, 2, false};
    AVPacket *large = make_packet(8190), *small = make_packet(8);
    ck_assert_int_eq(vf_aac_form_wrap(&usual, large), -EINVAL);
    ck_assert_int_eq(vf_aac_form_wrap(&odd, small), -EINVAL);
    ck_assert_int_eq(small->size, 8);
    av_packet_free(&large);
    av_packet_free(&small);
}
END_TEST

START_TEST(a_packet_without_a_header_has_no_form)
{
    struct vf_aac_form form;
    const uint8_t raw[] = {0x21, 0x10, 0x04, 0x60, 0x8c, 0x1c, 0, 0};
    const uint8_t rate[] = {0xff, 0xf1, 0x7c, 0x80, 0, 0, 0, 0};
    ck_assert(!vf_aac_form_of_packet(&form, raw, sizeof(raw)));
    ck_assert(!vf_aac_form_of_packet(&form, rate, sizeof(rate)));
    ck_assert(!vf_aac_form_of_packet(&form, rate, 6));
}
END_TEST

Suite *aac_form_suite(void);
Suite *aac_form_suite(void)
{
    Suite *suite = suite_create("aac_form");
    TCase *tcase = tcase_create("aac_form");
    tcase_add_loop_test(tcase, a_config_says_what_comes, 0, (int)VF_COUNT(configs));
    tcase_add_test(tcase, what_is_no_config_is_refused);
    tcase_add_loop_test(tcase, a_wrapped_packet_says_the_form, 0, (int)VF_COUNT(channels));
    tcase_add_test(tcase, what_has_no_header_is_not_wrapped);
    tcase_add_test(tcase, a_packet_without_a_header_has_no_form);
    suite_add_tcase(suite, tcase);
    return suite;
}
