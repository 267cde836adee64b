/* SPDX-License-Identifier: MIT */
/* What is drawn on pictures of every kind, sample by sample. */
#include <check.h>
#include <errno.h>
#include <libavutil/frame.h>
#include <libavutil/pixdesc.h>

#include "engine/media/draw/canvas.h"
#include "engine/media/draw/coverage.h"

static const struct vf_colour white = {255, 255, 255, 255}, orange = {255, 128, 0, 255};

static AVFrame *frame;
static struct vf_canvas canvas;
static struct vf_coverage coverage;

static void setup(void)
{
    frame = av_frame_alloc();
}

static void teardown(void)
{
    vf_coverage_finish(&coverage);
    vf_canvas_finish(&canvas);
    av_frame_free(&frame);
}

/* Makes a black picture, and a canvas on it. */
static void open_canvas(int format, int width, int height)
{
    frame->format = format;
    frame->width = width;
    frame->height = height;
    frame->colorspace = AVCOL_SPC_UNSPECIFIED;
    ck_assert_int_eq(av_frame_get_buffer(frame, 0), 0);
    ck_assert_int_eq(vf_canvas_init(&canvas, frame), VF_OK);
    const struct vf_rectangle bounds = vf_canvas_bounds(&canvas);
    vf_canvas_fill(&canvas, &bounds, &(struct vf_colour){0, 0, 0, 255});
}

/* Reads a sample as libav does. */
static unsigned sample(int component, int x, int y)
{
    uint32_t value;
    const uint8_t *data[4] = {frame->data[0], frame->data[1], frame->data[2], frame->data[3]};
    av_read_image_line2(&value, data, frame->linesize, av_pix_fmt_desc_get(frame->format), x, y,
                        component, 1, 0, sizeof(value));
    return value;
}

static void check_row(int component, int y, int count, const unsigned *expected)
{
    for (int x = 0; x < count; x++)
        ck_assert_msg(sample(component, x, y) == expected[x],
                      "component %d at %d, %d is %u, not %u", component, x, y,
                      sample(component, x, y), expected[x]);
}

static const int refused[] = {
    AV_PIX_FMT_PAL8,      AV_PIX_FMT_RGB565,    AV_PIX_FMT_X2RGB10,
    AV_PIX_FMT_MONOBLACK, AV_PIX_FMT_GRAYF32LE, AV_PIX_FMT_BAYER_BGGR8,
    AV_PIX_FMT_XYZ12,     AV_PIX_FMT_VAAPI,     AV_PIX_FMT_UYYVYY411,
};

START_TEST(formats_without_samples_of_their_own_are_refused)
{
    frame->format = refused[_i];
    frame->width = frame->height = 16;
    ck_assert_int_eq(vf_canvas_init(&canvas, frame), -ENOTSUP);
}
END_TEST

/* Formats of every build: planar and packed, half and quarter chroma, wide, shifted, swapped. */
static const int formats[] = {
    AV_PIX_FMT_YUV420P,  AV_PIX_FMT_YUV444P,  AV_PIX_FMT_YUV410P,     AV_PIX_FMT_NV12,
    AV_PIX_FMT_NV21,     AV_PIX_FMT_YUYV422,  AV_PIX_FMT_YUV420P10LE, AV_PIX_FMT_YUV422P16BE,
    AV_PIX_FMT_P010LE,   AV_PIX_FMT_GBRP12LE, AV_PIX_FMT_RGB24,       AV_PIX_FMT_BGRA,
    AV_PIX_FMT_ARGB,     AV_PIX_FMT_0BGR,     AV_PIX_FMT_RGB48BE,     AV_PIX_FMT_RGBA64LE,
    AV_PIX_FMT_GRAY8,    AV_PIX_FMT_GRAY10LE, AV_PIX_FMT_GRAY16BE,    AV_PIX_FMT_YA8,
    AV_PIX_FMT_YUVA420P, AV_PIX_FMT_YUVJ422P,
};

static int log2_of(int component, int log2_chroma)
{
    bool has_chroma = av_pix_fmt_desc_get(frame->format)->nb_components > 2;
    return has_chroma && (component == 1 || component == 2) ? log2_chroma : 0;
}

/* Counts the samples that are wrong around a rectangle of 16 x 12 pixels at (8, 4), where every
 * sample is wholly in or out. */
static unsigned wrong_samples(int component, unsigned inside, unsigned outside)
{
    const AVPixFmtDescriptor *descriptor = av_pix_fmt_desc_get(frame->format);
    int width = log2_of(component, descriptor->log2_chroma_w);
    int height = log2_of(component, descriptor->log2_chroma_h);
    unsigned wrong = 0;
    for (int y = 0; y < AV_CEIL_RSHIFT(frame->height, height); y++) {
        bool is_row_within = y >= 4 >> height && y < 16 >> height;
        for (int x = 0; x < AV_CEIL_RSHIFT(frame->width, width); x++) {
            bool is_within = is_row_within && x >= 8 >> width && x < 24 >> width;
            wrong += sample(component, x, y) != (is_within ? inside : outside);
        }
    }
    return wrong;
}

START_TEST(what_is_filled_has_the_colour_in_every_format_and_nothing_else_has)
{
    open_canvas(formats[_i], 37, 21);
    unsigned ink[4], black[4];
    ck_assert_int_eq(vf_colour_components(&orange, frame, ink), VF_OK);
    ck_assert_int_eq(vf_colour_components(&(struct vf_colour){0}, frame, black), VF_OK);
    vf_canvas_fill(&canvas, &(struct vf_rectangle){8, 4, 16, 12}, &orange);
    for (int i = 0; i < av_pix_fmt_desc_get(formats[_i])->nb_components; i++)
        ck_assert_uint_eq(wrong_samples(i, ink[i], black[i]), 0);
}
END_TEST

START_TEST(chroma_takes_as_much_of_a_colour_as_it_has_covered_pixels)
{
    open_canvas(AV_PIX_FMT_YUV420P, 8, 6); /* orange: 146, 53, 193 */
    vf_canvas_fill(&canvas, &(struct vf_rectangle){1, 1, 4, 2}, &orange);
    check_row(0, 0, 8, (const unsigned[]){16, 16, 16, 16, 16, 16, 16, 16});
    check_row(0, 1, 8, (const unsigned[]){16, 146, 146, 146, 146, 16, 16, 16});
    check_row(0, 2, 8, (const unsigned[]){16, 146, 146, 146, 146, 16, 16, 16});
    check_row(0, 3, 8, (const unsigned[]){16, 16, 16, 16, 16, 16, 16, 16});
    /* of 128 to 53: a quarter, a half, a quarter of the block */
    check_row(1, 0, 4, (const unsigned[]){109, 91, 109, 128});
    check_row(1, 1, 4, (const unsigned[]){109, 91, 109, 128});
    check_row(1, 2, 4, (const unsigned[]){128, 128, 128, 128});
    check_row(2, 0, 4, (const unsigned[]){144, 161, 144, 128});
}
END_TEST

START_TEST(chroma_at_the_edge_of_an_odd_picture_stands_for_the_pixels_that_there_are)
{
    open_canvas(AV_PIX_FMT_YUV420P, 5, 3);
    vf_canvas_fill(&canvas, &(struct vf_rectangle){4, 2, 1, 1}, &orange);
    check_row(0, 2, 5, (const unsigned[]){16, 16, 16, 16, 146});
    check_row(1, 1, 3, (const unsigned[]){128, 128, 53});
    check_row(1, 0, 3, (const unsigned[]){128, 128, 128});
}
END_TEST

START_TEST(the_alpha_of_a_colour_is_its_opacity)
{
    open_canvas(AV_PIX_FMT_GRAY8, 4, 1);
    vf_canvas_fill(&canvas, &(struct vf_rectangle){0, 0, 2, 1},
                   &(struct vf_colour){255, 255, 255, 128});
    vf_canvas_fill(&canvas, &(struct vf_rectangle){2, 0, 1, 1},
                   &(struct vf_colour){255, 255, 255, 0});
    check_row(0, 0, 4, (const unsigned[]){128, 128, 0, 0});
}
END_TEST

START_TEST(an_outline_is_as_thick_as_it_is_told_within_the_rectangle)
{
    open_canvas(AV_PIX_FMT_GRAY8, 9, 7);
    vf_canvas_outline(&canvas, &(struct vf_rectangle){1, 1, 7, 5}, 2, &white);
    check_row(0, 0, 9, (const unsigned[]){0, 0, 0, 0, 0, 0, 0, 0, 0});
    for (int y = 1; y < 6; y++) {
        unsigned middle = y == 3 ? 0 : 255;
        check_row(0, y, 9, (const unsigned[]){0, 255, 255, middle, middle, middle, 255, 255, 0});
    }
    check_row(0, 6, 9, (const unsigned[]){0, 0, 0, 0, 0, 0, 0, 0, 0});
}
END_TEST

START_TEST(an_outline_that_has_no_room_inside_is_filled)
{
    open_canvas(AV_PIX_FMT_GRAY8, 6, 4);
    vf_canvas_outline(&canvas, &(struct vf_rectangle){1, 0, 4, 4}, 2, &white);
    for (int y = 0; y < 4; y++)
        check_row(0, y, 6, (const unsigned[]){0, 255, 255, 255, 255, 0});
}
END_TEST

START_TEST(the_chroma_of_an_outline_has_no_spots_at_its_corners)
{
    open_canvas(AV_PIX_FMT_YUV420P, 8, 8);
    vf_canvas_outline(&canvas, &(struct vf_rectangle){1, 1, 6, 6}, 1, &orange);
    check_row(1, 0, 4, (const unsigned[]){109, 91, 91, 109}); /* 1, 2, 2, 1 pixels of 4 */
    check_row(1, 1, 4, (const unsigned[]){91, 128, 128, 91});
    check_row(1, 3, 4, (const unsigned[]){109, 91, 91, 109});
}
END_TEST

static const struct vf_rectangle beyond[] = {
    {-10, 2, 12, 3},
    {30, 2, 100, 3},
    {2, -10, 3, 12},
    {2, 15, 3, 100},
    {-100, -100, 1000, 1000},
    {40, 0, 5, 5},
    {0, -9, 5, 5},
    {-2147483647, 0, 5, 5},
    {3, 3, 2147483647, 2147483647},
    {3, 3, 0, 5},
    {3, 3, 5, -5},
};

START_TEST(what_reaches_beyond_the_picture_is_left_out)
{
    const struct vf_rectangle *place = &beyond[_i];
    open_canvas(AV_PIX_FMT_GRAY8, 33, 17);
    vf_canvas_fill(&canvas, place, &white);
    for (int y = 0; y < 17; y++) {
        for (int x = 0; x < 33; x++) {
            bool is_inside = x >= place->x && x - (int64_t)place->x < place->width &&
                             y >= place->y && y - (int64_t)place->y < place->height;
            ck_assert_uint_eq(sample(0, x, y), is_inside ? 255 : 0);
        }
    }
}
END_TEST

START_TEST(an_outline_that_reaches_beyond_the_picture_shows_the_edges_within)
{
    open_canvas(AV_PIX_FMT_GRAY8, 6, 4);
    vf_canvas_outline(&canvas, &(struct vf_rectangle){-5, -5, 9, 8}, 1, &white);
    check_row(0, 0, 6, (const unsigned[]){0, 0, 0, 255, 0, 0});
    check_row(0, 1, 6, (const unsigned[]){0, 0, 0, 255, 0, 0});
    check_row(0, 2, 6, (const unsigned[]){255, 255, 255, 255, 0, 0});
    check_row(0, 3, 6, (const unsigned[]){0, 0, 0, 0, 0, 0});
}
END_TEST

/* A block of 3 x 2 pixels, of which one is covered by half. */
static void cover(int x, int y)
{
    const uint8_t rows[] = {255, 255, 255, 255, 128, 0};
    const struct vf_rectangle place = {x, y, 3, 2};
    ck_assert_int_eq(vf_coverage_clear(&coverage, &place), VF_OK);
    vf_coverage_add(&coverage, &place, rows, 3);
}

START_TEST(a_coverage_is_drawn_pixel_by_pixel)
{
    open_canvas(AV_PIX_FMT_GRAY8, 5, 3);
    cover(1, 1);
    vf_canvas_draw(&canvas, &coverage, &white);
    check_row(0, 0, 5, (const unsigned[]){0, 0, 0, 0, 0});
    check_row(0, 1, 5, (const unsigned[]){0, 255, 255, 255, 0});
    check_row(0, 2, 5, (const unsigned[]){0, 255, 128, 0, 0});
}
END_TEST

START_TEST(chroma_takes_the_mean_of_a_coverage)
{
    open_canvas(AV_PIX_FMT_YUV420P, 5, 3);
    cover(1, 1);
    vf_canvas_draw(&canvas, &coverage, &orange);
    check_row(1, 0, 3, (const unsigned[]){109, 91, 128});
    check_row(1, 1, 3, (const unsigned[]){91, 109, 128}); /* two rows, of which one is beyond */
}
END_TEST

START_TEST(a_coverage_that_reaches_beyond_the_picture_is_left_out_there)
{
    open_canvas(AV_PIX_FMT_YUV420P10, 5, 3);
    cover(-1, -1);
    vf_canvas_draw(&canvas, &coverage, &white);
    check_row(0, 0, 5, (const unsigned[]){505, 64, 64, 64, 64});
    cover(4, 2);
    vf_canvas_draw(&canvas, &coverage, &white);
    check_row(0, 2, 5, (const unsigned[]){64, 64, 64, 64, 940});
    cover(100, 100);
    vf_canvas_draw(&canvas, &coverage, &white);
}
END_TEST

START_TEST(wide_shapes_are_drawn_as_narrow_ones_are)
{
    open_canvas(AV_PIX_FMT_YUV420P, 1301, 5);
    const struct vf_rectangle place = {1, 1, 1299, 3};
    ck_assert_int_eq(vf_coverage_clear(&coverage, &place), VF_OK);
    memset(coverage.rows, 255, (size_t)1299 * 3);
    vf_canvas_draw(&canvas, &coverage, &orange);
    for (int x = 0; x < 1301; x++)
        ck_assert_uint_eq(sample(0, x, 2), x > 0 && x < 1300 ? 146 : 16);
    for (int x = 1; x < 650; x++)
        ck_assert_uint_eq(sample(1, x, 1), 53);
    ck_assert_uint_eq(sample(1, 0, 1), 91);
    ck_assert_uint_eq(sample(1, 650, 1), 128);
}
END_TEST

START_TEST(a_line_covers_the_pixels_that_it_goes_through)
{
    const struct vf_rectangle place = {0, 0, 6, 3};
    ck_assert_int_eq(vf_coverage_clear(&coverage, &place), VF_OK);
    vf_coverage_add_line(&coverage, (const double[]){1.5, 1.5}, (const double[]){4.5, 1.5}, 1);
    const uint8_t expected[] = {0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0};
    ck_assert_mem_eq(coverage.rows, expected, sizeof(expected));
}
END_TEST

START_TEST(where_two_lines_meet_there_is_no_spot)
{
    const struct vf_rectangle place = {0, 0, 7, 2};
    ck_assert_int_eq(vf_coverage_clear(&coverage, &place), VF_OK);
    vf_coverage_add_line(&coverage, (const double[]){0.5, 1}, (const double[]){3.5, 1}, 1);
    vf_coverage_add_line(&coverage, (const double[]){3.5, 1}, (const double[]){6.5, 1}, 1);
    for (int x = 0; x < 7; x++) {
        ck_assert_uint_eq(coverage.rows[x], 128);
        ck_assert_uint_eq(coverage.rows[7 + x], 128);
    }
}
END_TEST

START_TEST(a_disc_is_round)
{
    const struct vf_rectangle place = {-2, -2, 5, 5};
    ck_assert_int_eq(vf_coverage_clear(&coverage, &place), VF_OK);
    vf_coverage_add_disc(&coverage, (const double[]){0.5, 0.5}, 2);
    const uint8_t *rows = coverage.rows;
    ck_assert_uint_eq(rows[2 * 5 + 2], 255);
    ck_assert_uint_eq(rows[2], 128);
    ck_assert_uint_eq(rows[0], 0);
    for (int i = 0; i < 25; i++)
        ck_assert_uint_eq(rows[i], rows[24 - i]);
}
END_TEST

Suite *canvas_suite(void);
Suite *canvas_suite(void)
{
    Suite *suite = suite_create("canvas");
    TCase *tcase = tcase_create("canvas");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, formats_without_samples_of_their_own_are_refused, 0,
                        (int)VF_COUNT(refused));
    tcase_add_loop_test(tcase, what_is_filled_has_the_colour_in_every_format_and_nothing_else_has,
                        0, (int)VF_COUNT(formats));
    tcase_add_test(tcase, chroma_takes_as_much_of_a_colour_as_it_has_covered_pixels);
    tcase_add_test(tcase,
                   chroma_at_the_edge_of_an_odd_picture_stands_for_the_pixels_that_there_are);
    tcase_add_test(tcase, the_alpha_of_a_colour_is_its_opacity);
    tcase_add_test(tcase, an_outline_is_as_thick_as_it_is_told_within_the_rectangle);
    tcase_add_test(tcase, an_outline_that_has_no_room_inside_is_filled);
    tcase_add_test(tcase, the_chroma_of_an_outline_has_no_spots_at_its_corners);
    tcase_add_loop_test(tcase, what_reaches_beyond_the_picture_is_left_out, 0,
                        (int)VF_COUNT(beyond));
    tcase_add_test(tcase, an_outline_that_reaches_beyond_the_picture_shows_the_edges_within);
    tcase_add_test(tcase, a_coverage_is_drawn_pixel_by_pixel);
    tcase_add_test(tcase, chroma_takes_the_mean_of_a_coverage);
    tcase_add_test(tcase, a_coverage_that_reaches_beyond_the_picture_is_left_out_there);
    tcase_add_test(tcase, wide_shapes_are_drawn_as_narrow_ones_are);
    tcase_add_test(tcase, a_line_covers_the_pixels_that_it_goes_through);
    tcase_add_test(tcase, where_two_lines_meet_there_is_no_spot);
    tcase_add_test(tcase, a_disc_is_round);
    suite_add_tcase(suite, tcase);
    return suite;
}
