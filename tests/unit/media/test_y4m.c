/* SPDX-License-Identifier: MIT */
/* Headers of YUV4MPEG2, as they are written by others and by us. */
#include "engine/media/pipe/y4m.h"

#include <check.h>
#include <libavutil/pixdesc.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/media/libav/picture.h"

static const struct {
    const char *line;
    struct vf_video video;
} headers[] = {
    {"YUV4MPEG2 W64 H48", {.format = "yuv420p", .width = 64, .height = 48, .frame_rate = {25, 1}}},
    {"YUV4MPEG2 W1920 H1080 F30000:1001 Ip A1:1 C420mpeg2 XYSCSS=420MPEG2 XCOLORRANGE=LIMITED",
     {.format = "yuv420p",
      .width = 1920,
      .height = 1080,
      .frame_rate = {30000, 1001},
      .sample_aspect_ratio = {1, 1},
      .chroma_location = 1,
      .colour_range = 1}},
    {"YUV4MPEG2 H576 W720 C422p10 It A12:11 F25:1 XCOLORRANGE=FULL",
     {.format = "yuv422p10le",
      .width = 720,
      .height = 576,
      .frame_rate = {25, 1},
      .sample_aspect_ratio = {12, 11},
      .is_interlaced = 1,
      .is_top_field_first = 1,
      .colour_range = 2}},
    {"YUV4MPEG2 W2 H1 Ib A0:0 Cmono F0:0 Zunknown",
     {.format = "gray", .width = 2, .height = 1, .frame_rate = {25, 1}, .is_interlaced = 1}},
};

static void check_video(const struct vf_video *video, const struct vf_video *wanted)
{
    ck_assert_str_eq(video->format, wanted->format);
    ck_assert_int_eq(video->width, wanted->width);
    ck_assert_int_eq(video->height, wanted->height);
    ck_assert_int_eq(video->frame_rate.num, wanted->frame_rate.num);
    ck_assert_int_eq(video->frame_rate.den, wanted->frame_rate.den);
    ck_assert_int_eq(video->sample_aspect_ratio.num, wanted->sample_aspect_ratio.num);
    ck_assert_int_eq(video->is_interlaced, wanted->is_interlaced);
    ck_assert_int_eq(video->is_top_field_first, wanted->is_top_field_first);
    ck_assert_int_eq(video->colour_range, wanted->colour_range);
}

START_TEST(headers_are_read)
{
    struct vf_video video;
    const char *complaint;
    ck_assert_int_eq(vf_y4m_parse(&video, headers[_i].line, &complaint), VF_OK);
    check_video(&video, &headers[_i].video);
    if (headers[_i].video.chroma_location)
        ck_assert_int_eq(video.chroma_location, headers[_i].video.chroma_location);
}
END_TEST

START_TEST(what_is_written_reads_the_same)
{
    static const char *const formats[] = {"yuv420p", "yuv422p",     "yuv444p",     "yuva444p",
                                          "gray",    "yuv420p10le", "yuv444p12le", "gray16le"};
    struct vf_text text = {0};
    struct vf_video video = headers[_i % (int)VF_COUNT(headers)].video, read;
    const char *complaint;
    snprintf(video.format, sizeof(video.format), "%s", formats[_i]);
    vf_y4m_print(&text, &video);
    ck_assert_int_eq(text.bytes[text.length - 1], '\n');
    text.bytes[text.length - 1] = '\0';
    ck_assert_int_eq(vf_y4m_parse(&read, text.bytes, &complaint), VF_OK);
    check_video(&read, &video);
    vf_text_finish(&text);
}
END_TEST

static const struct {
    const char *line, *complaint;
} wrong[] = {
    {"", "no YUV4MPEG2 header"},
    {"YUV4MPEG", "no YUV4MPEG2 header"},
    {"YUV4MPEG2", "a header without a size"},
    {"YUV4MPEG2 W64", "a header without a size"},
    {"YUV4MPEG2 W0 H48", "a width that is none"},
    {"YUV4MPEG2 W64 H-1", "a height that is none"},
    {"YUV4MPEG2 W64 H99999999999999999999", "a height that is none"},
    {"YUV4MPEG2 W64x H48", "a width that is none"},
    {"YUV4MPEG2 W64 H48 F25", "a frame rate that is none"},
    {"YUV4MPEG2 W64 H48 F25:-1", "a frame rate that is none"},
    {"YUV4MPEG2 W64 H48 A:1", "a pixel shape that is none"},
    {"YUV4MPEG2 W64 H48 C420p11", "a colour space that is not known"},
};

START_TEST(what_is_wrong_is_said)
{
    struct vf_video video;
    const char *complaint;
    ck_assert_int_lt(vf_y4m_parse(&video, wrong[_i].line, &complaint), 0);
    ck_assert_str_eq(complaint, wrong[_i].complaint);
}
END_TEST

static const char *const nearest[][2] = {
    {"yuv420p", "yuv420p"}, {"yuvj420p", "yuv420p"}, {"rgb24", "yuv444p"},
    {"nv12", "yuv420p"},    {"gray", "gray"},        {"yuv422p10le", "yuv422p10le"},
};

START_TEST(a_format_that_no_stream_has_becomes_the_nearest)
{
    int format = vf_y4m_format(vf_picture_format(nearest[_i][0]));
    ck_assert_str_eq(av_get_pix_fmt_name(format), nearest[_i][1]);
}
END_TEST

Suite *y4m_suite(void);
Suite *y4m_suite(void)
{
    Suite *suite = suite_create("y4m");
    TCase *tcase = tcase_create("y4m");
    tcase_add_loop_test(tcase, headers_are_read, 0, VF_COUNT(headers));
    tcase_add_loop_test(tcase, what_is_written_reads_the_same, 0, 8);
    tcase_add_loop_test(tcase, what_is_wrong_is_said, 0, VF_COUNT(wrong));
    tcase_add_loop_test(tcase, a_format_that_no_stream_has_becomes_the_nearest, 0,
                        VF_COUNT(nearest));
    suite_add_tcase(suite, tcase);
    return suite;
}
