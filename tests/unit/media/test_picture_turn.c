/* SPDX-License-Identifier: MIT */
/* Pictures that are turned and mirrored, pixel by pixel. */
#include <check.h>
#include <errno.h>
#include <libavutil/frame.h>
#include <libavutil/pixdesc.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/media/libav/picture.h"
#include "engine/media/read/decode/picture_turn.h"
#include "nodes/all_nodes.h"
#include "tests/unit/support/node_bench.h"

static struct vf_bench bench;
static AVFrame *frame, *turned;

static void setup(void)
{
    vf_bench_init(&bench, vf_node_find(&vf_all_nodes, "identity"), 1, NULL, 0);
}

static void teardown(void)
{
    av_frame_free(&frame);
    av_frame_free(&turned);
    vf_bench_finish(&bench);
}

/* Display matrices, and what ffmpeg 5.1 does with them. */
static const struct {
    int a, b, c, d; /* times 65536 */
    struct vf_turn turn;
} matrices[] = {
    {1, 0, 0, 1, {false, false, false}}, {-1, 0, 0, 1, {false, true, false}},
    {1, 0, 0, -1, {false, false, true}}, {-1, 0, 0, -1, {false, true, true}},
    {0, 1, -1, 0, {true, true, false}},  {0, 1, 1, 0, {true, false, false}},
    {0, -1, 1, 0, {true, false, true}},  {0, -1, -1, 0, {true, true, true}},
};

static void make_matrix(int32_t *matrix, int number)
{
    memset(matrix, 0, 9 * sizeof(*matrix));
    matrix[0] = matrices[number].a * 65536;
    matrix[1] = matrices[number].b * 65536;
    matrix[3] = matrices[number].c * 65536;
    matrix[4] = matrices[number].d * 65536;
    matrix[8] = 1 << 30;
}

START_TEST(a_display_matrix_is_understood_as_by_ffmpeg)
{
    struct vf_turn turn;
    int32_t matrix[9];
    make_matrix(matrix, _i);
    ck_assert(vf_turn_from_matrix(&turn, matrix));
    ck_assert_int_eq(turn.is_transposed, matrices[_i].turn.is_transposed);
    ck_assert_int_eq(turn.is_mirrored, matrices[_i].turn.is_mirrored);
    ck_assert_int_eq(turn.is_upside_down, matrices[_i].turn.is_upside_down);
    ck_assert_int_eq(vf_turn_is_none(&turn), _i == 0);
}
END_TEST

START_TEST(an_angle_between_the_quarters_is_left_alone)
{
    struct vf_turn turn;
    const int32_t matrix[9] = {46341, 46341, 0, -46341, 46341, 0, 0, 0, 1 << 30};
    const int32_t zeros[9] = {0};
    ck_assert(!vf_turn_from_matrix(&turn, matrix));
    ck_assert(vf_turn_is_none(&turn));
    ck_assert(!vf_turn_from_matrix(&turn, zeros));
    ck_assert(vf_turn_is_none(&turn));
}
END_TEST

static const struct {
    const char *format, *sideways; /* what it is when it has been turned by a quarter */
} formats[] = {
    {"yuv420p", "yuv420p"},
    {"yuv420p10le", "yuv420p10le"},
    {"yuv444p", "yuv444p"},
    {"yuv422p", "yuv440p"},
    {"yuv422p10le", "yuv440p10le"},
    {"nv12", "nv12"},
    {"p010le", "p010le"},
    {"gray", "gray"},
    {"gray16le", "gray16le"},
    {"rgb24", "rgb24"},
    {"bgra", "bgra"},
    {"rgb48le", "rgb48le"},
    {"rgba64le", "rgba64le"},
    {"yuva420p", "yuva420p"},
    {"gbrp12le", "gbrp12le"},
    {"pal8", "pal8"},
};

static void fill(void)
{
    uint8_t value = 1;
    for (unsigned plane = 0; plane < vf_picture_plane_count(frame->format); plane++) {
        size_t bytes = vf_picture_row_bytes(frame->format, frame->width, plane);
        for (unsigned y = 0; y < vf_picture_rows(frame->format, frame->height, plane); y++) {
            for (size_t x = 0; x < bytes; x++)
                frame->data[plane][y * (size_t)frame->linesize[plane] + x] = value =
                    (uint8_t)(value + 37 + y % 3);
        }
    }
}

/* The size of a plane in its own pixels. */
static int plane_width(const AVFrame *of, const AVPixFmtDescriptor *format, int plane)
{
    return AV_CEIL_RSHIFT(of->width, plane == 1 || plane == 2 ? format->log2_chroma_w : 0);
}

static int plane_height(const AVFrame *of, const AVPixFmtDescriptor *format, int plane)
{
    return AV_CEIL_RSHIFT(of->height, plane == 1 || plane == 2 ? format->log2_chroma_h : 0);
}

/* By the words of the header: rows become columns, then it is mirrored. */
static const uint8_t *where_from(const struct vf_turn *turn, int plane, int step, int x, int y)
{
    const AVPixFmtDescriptor *format = av_pix_fmt_desc_get(turned->format);
    if (turn->is_mirrored)
        x = plane_width(turned, format, plane) - 1 - x;
    if (turn->is_upside_down)
        y = plane_height(turned, format, plane) - 1 - y;
    int row = turn->is_transposed ? x : y, column = turn->is_transposed ? y : x;
    return frame->data[plane] + (ptrdiff_t)row * frame->linesize[plane] + (ptrdiff_t)column * step;
}

static void check_pixel(const struct vf_turn *turn, int plane, int step, int x, int y)
{
    const uint8_t *row = turned->data[plane] + (ptrdiff_t)y * turned->linesize[plane];
    const uint8_t *got = row + (ptrdiff_t)x * step, *right = where_from(turn, plane, step, x, y);
    ck_assert_mem_eq(got, right, (size_t)step);
}

static void check_plane(const struct vf_turn *turn, int plane, int step)
{
    const AVPixFmtDescriptor *format = av_pix_fmt_desc_get(turned->format);
    int width = plane_width(turned, format, plane), height = plane_height(turned, format, plane);
    for (int i = 0; i < width * height; i++)
        check_pixel(turn, plane, step, i % width, i / width);
}

START_TEST(every_pixel_moves_to_its_place)
{
    int format = av_get_pix_fmt(formats[_i].format);
    for (int i = 1; i < (int)VF_COUNT(matrices); i++) {
        const struct vf_turn *turn = &matrices[i].turn;
        ck_assert_int_eq(vf_picture_create(&frame, &bench.run, format, 71, 45), VF_OK);
        fill();
        frame->sample_aspect_ratio = (AVRational){4, 3};
        frame->pts = 7;
        ck_assert_int_eq(vf_turn_apply(turn, &bench.run, frame, &turned), VF_OK);
        ck_assert_str_eq(av_get_pix_fmt_name(turned->format),
                         turn->is_transposed ? formats[_i].sideways : formats[_i].format);
        ck_assert_int_eq(turned->width, turn->is_transposed ? 45 : 71);
        ck_assert_int_eq(turned->height, turn->is_transposed ? 71 : 45);
        ck_assert_int_eq(turned->sample_aspect_ratio.num, turn->is_transposed ? 3 : 4);
        ck_assert_int_eq(turned->pts, 7);
        const AVPixFmtDescriptor *descriptor = av_pix_fmt_desc_get(format);
        for (int c = 0; c < descriptor->nb_components; c++)
            check_plane(turn, descriptor->comp[c].plane, descriptor->comp[c].step);
        if (descriptor->flags & AV_PIX_FMT_FLAG_PAL)
            ck_assert_mem_eq(turned->data[1], frame->data[1], AVPALETTE_SIZE);
        av_frame_free(&frame);
        av_frame_free(&turned);
    }
}
END_TEST

static const char *const unturnable[] = {"yuyv422", "monow", "yuv411p", "bayer_rggb8"};

START_TEST(a_format_that_cannot_be_turned_is_refused)
{
    const struct vf_turn quarter = {.is_transposed = true};
    int format = av_get_pix_fmt(unturnable[_i]);
    ck_assert_int_eq(vf_turn_format(&quarter, format), AV_PIX_FMT_NONE);
    ck_assert_int_eq(vf_picture_create(&frame, &bench.run, format, 64, 48), VF_OK);
    ck_assert_int_eq(vf_turn_apply(&quarter, &bench.run, frame, &turned), -ENOTSUP);
    ck_assert_ptr_null(turned);
}
END_TEST

Suite *picture_turn_suite(void);
Suite *picture_turn_suite(void)
{
    Suite *suite = suite_create("picture_turn");
    TCase *tcase = tcase_create("picture_turn");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, a_display_matrix_is_understood_as_by_ffmpeg, 0,
                        (int)VF_COUNT(matrices));
    tcase_add_test(tcase, an_angle_between_the_quarters_is_left_alone);
    tcase_add_loop_test(tcase, every_pixel_moves_to_its_place, 0, (int)VF_COUNT(formats));
    tcase_add_loop_test(tcase, a_format_that_cannot_be_turned_is_refused, 0,
                        (int)VF_COUNT(unturnable));
    suite_add_tcase(suite, tcase);
    return suite;
}
