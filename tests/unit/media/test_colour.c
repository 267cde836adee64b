/* SPDX-License-Identifier: MIT */
/* Colours as text, and as samples of pictures. */
#include <check.h>
#include <errno.h>
#include <libavutil/frame.h>

#include "engine/media/libav/colour.h"

static const struct vf_colour white = {255, 255, 255, 255}, orange = {255, 128, 0, 255};

static AVFrame *frame;

static void setup(void)
{
    frame = av_frame_alloc();
    ck_assert_ptr_nonnull(frame);
}

static void teardown(void)
{
    av_frame_free(&frame);
}

static const struct {
    const char *text;
    int result;
    struct vf_colour colour;
} texts[] = {
    {"orange", VF_OK, {255, 165, 0, 255}},
    {"Orange@0.5", VF_OK, {255, 165, 0, 127}},
    {"#ff8800", VF_OK, {255, 136, 0, 255}},
    {"0xFF8800@0x40", VF_OK, {255, 136, 0, 64}},
    {"ff880010", VF_OK, {255, 136, 0, 16}},
    {"ff88", -EINVAL, {0}},
    {"#orange", -EINVAL, {0}},
    {"orangey", -EINVAL, {0}},
    {"orange@2", -EINVAL, {0}},
    {"orange@", -EINVAL, {0}},
    {"random", -EINVAL, {0}},
    {"", -EINVAL, {0}},
    {"0123456789012345678901234567890123456789", -EINVAL, {0}},
};

START_TEST(a_colour_is_a_name_or_a_number_and_an_opacity)
{
    struct vf_colour colour = {0};
    ck_assert_int_eq(vf_colour_parse(&colour, texts[_i].text), texts[_i].result);
    ck_assert_mem_eq(&colour, &texts[_i].colour, sizeof(colour));
}
END_TEST

static const struct {
    int format, range, matrix;
    unsigned components[4];
} colours[] = {
    {AV_PIX_FMT_YUV420P, AVCOL_RANGE_UNSPECIFIED, AVCOL_SPC_UNSPECIFIED, {146, 53, 193}},
    {AV_PIX_FMT_YUV420P, AVCOL_RANGE_MPEG, AVCOL_SPC_BT709, {141, 59, 189}},
    {AV_PIX_FMT_YUV420P, AVCOL_RANGE_JPEG, AVCOL_SPC_SMPTE170M, {151, 43, 202}},
    {AV_PIX_FMT_YUVJ420P, AVCOL_RANGE_UNSPECIFIED, AVCOL_SPC_BT470BG, {151, 43, 202}},
    {AV_PIX_FMT_YUV420P10, AVCOL_RANGE_MPEG, AVCOL_SPC_BT2020_NCL, {592, 225, 753}},
    {AV_PIX_FMT_YUV420P10, AVCOL_RANGE_JPEG, AVCOL_SPC_UNSPECIFIED, {607, 169, 809}},
    {AV_PIX_FMT_GRAY8, AVCOL_RANGE_UNSPECIFIED, AVCOL_SPC_UNSPECIFIED, {151}},
    {AV_PIX_FMT_BGR24, AVCOL_RANGE_UNSPECIFIED, AVCOL_SPC_RGB, {255, 128, 0}},
    {AV_PIX_FMT_GBRP, AVCOL_RANGE_UNSPECIFIED, AVCOL_SPC_RGB, {255, 128, 0}},
    {AV_PIX_FMT_RGBA64, AVCOL_RANGE_UNSPECIFIED, AVCOL_SPC_RGB, {65535, 32896, 0, 65535}},
    {AV_PIX_FMT_YUVA420P, AVCOL_RANGE_MPEG, AVCOL_SPC_UNSPECIFIED, {146, 53, 193, 255}},
};

START_TEST(a_colour_is_the_same_in_every_format_range_and_matrix)
{
    unsigned components[4] = {0};
    frame->format = colours[_i].format;
    frame->color_range = (enum AVColorRange)colours[_i].range;
    frame->colorspace = (enum AVColorSpace)colours[_i].matrix;
    ck_assert_int_eq(vf_colour_components(&orange, frame, components), VF_OK);
    for (unsigned i = 0; i < 4; i++)
        ck_assert_uint_eq(components[i], colours[_i].components[i]);
}
END_TEST

START_TEST(white_and_black_are_the_ends_of_the_range)
{
    const struct vf_colour black = {0, 0, 0, 255};
    unsigned components[4];
    frame->format = AV_PIX_FMT_YUV422P12;
    ck_assert_int_eq(vf_colour_components(&white, frame, components), VF_OK);
    ck_assert_uint_eq(components[0], 235 << 4);
    ck_assert_uint_eq(components[2], 128 << 4);
    ck_assert_int_eq(vf_colour_components(&black, frame, components), VF_OK);
    ck_assert_uint_eq(components[0], 16 << 4);
    ck_assert_uint_eq(components[1], 128 << 4);
}
END_TEST

Suite *colour_suite(void);
Suite *colour_suite(void)
{
    Suite *suite = suite_create("colour");
    TCase *tcase = tcase_create("colour");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, a_colour_is_a_name_or_a_number_and_an_opacity, 0,
                        (int)VF_COUNT(texts));
    tcase_add_loop_test(tcase, a_colour_is_the_same_in_every_format_range_and_matrix, 0,
                        (int)VF_COUNT(colours));
    tcase_add_test(tcase, white_and_black_are_the_ends_of_the_range);
    suite_add_tcase(suite, tcase);
    return suite;
}
