/* SPDX-License-Identifier: MIT */
/* What moves before a background: the small picture, the parts in it, and the node. */
#include <check.h>
#include <errno.h>
#include <jansson.h>
#include <libavutil/frame.h>
#include <libavutil/pixfmt.h>
#include <math.h>
#include <string.h>

#include "engine/media/draw/canvas.h"
#include "engine/media/libav/frame.h"
#include "engine/media/libav/picture.h"
#include "engine/media/picture/luma.h"
#include "nodes/vision/moving_parts.h"
#include "tests/unit/support/media_fixture.h"

#define WIDTH 240
#define HEIGHT 160

enum { BOXES, STATE, EVENTS, MASK };

static uint64_t random_state, frame_number;

static void setup(void)
{
    media_setup();
    vf_bench_init(&media_source, media_node("identity"), 1, NULL, 0); /* for its memory */
    random_state = 1;
    frame_number = 0;
}

/* From 0 to before `most`. */
static unsigned chance(unsigned most)
{
    random_state = random_state * 6364136223846793005U + 1442695040888963407U;
    return (unsigned)(random_state >> 33U) % most;
}

/* Makes a frame of any format, with a rectangle of one gray on a ground of another. */
static struct vf_message *make_frame(int format, int ground, const struct vf_rectangle *place,
                                     int gray)
{
    AVFrame *frame;
    struct vf_canvas canvas;
    struct vf_message *message;
    const struct vf_rectangle all = {0, 0, WIDTH, HEIGHT};
    const uint8_t a = (uint8_t)ground, b = (uint8_t)gray;
    ck_assert_int_eq(vf_picture_create(&frame, &media_source.run, format, WIDTH, HEIGHT), VF_OK);
    ck_assert_int_eq(vf_canvas_init(&canvas, frame), VF_OK);
    vf_canvas_fill(&canvas, &all, &(struct vf_colour){a, a, a, 255});
    vf_canvas_fill(&canvas, place, &(struct vf_colour){b, b, b, 255});
    ck_assert_int_eq(
        vf_media_frame_to_message(&media_source.run, frame, (struct vf_rational){25, 1}, &message),
        VF_OK);
    av_frame_free(&frame);
    return message;
}

/* A picture of this test's own, which is told pixel by pixel. */
static double scene[HEIGHT][WIDTH];

/* A ground with a texture: from 60 to 180. */
static double ground_at(int x, int y)
{
    return 120 + 40 * sin(x * 0.35) * cos(y * 0.2) + 20 * ((x / 8 + y / 8) % 2);
}

static void draw_ground(void)
{
    for (int y = 0; y < HEIGHT; y++) {
        for (int x = 0; x < WIDTH; x++)
            scene[y][x] = ground_at(x, y);
    }
}

/* Makes all of a rectangle as much brighter. */
static void light_up(const struct vf_rectangle *place, double gain)
{
    for (int y = place->y; y < place->y + place->height; y++) {
        for (int x = place->x; x < place->x + place->width; x++)
            scene[y][x] = fmin(scene[y][x] * gain, 255);
    }
}

/* An object with a pattern of its own, as much of it as is in the picture. */
static void draw_object(int left, int top)
{
    for (int y = top; y < top + 40 && y < HEIGHT; y++) {
        for (int x = left; x < left + 24 && x < WIDTH; x++)
            scene[y][x] = y / 4 % 2 ? 230 : 20;
    }
}

/* Feeds the scene, with the noise of a sensor. */
static void feed_scene(void)
{
    const struct vf_rectangle all = {0, 0, WIDTH, HEIGHT};
    struct vf_message *message = make_frame(AV_PIX_FMT_GRAY8, 0, &all, 0);
    const struct vf_plane *plane = &message->description.video.planes[0];
    for (int y = 0; y < HEIGHT; y++) {
        uint8_t *row = message->payload->data + plane->offset + (size_t)y * plane->stride;
        for (int x = 0; x < WIDTH; x++)
            row[x] = (uint8_t)fmin(fmax(scene[y][x] + chance(7) - 3, 0), 255);
    }
    message->description.origin.number = ++frame_number;
    ck_assert_int_eq(vf_bench_feed(&media_bench, message, NULL), VF_OK);
    vf_message_destroy(&message);
}

/* The ground for so many frames. */
static void feed_ground(int frames)
{
    draw_ground();
    for (int i = 0; i < frames; i++)
        feed_scene();
}

static void open_motion(const char *name, const char *value)
{
    vf_bench_setup(&media_bench, media_node("motion"), 1, {"scale", "0.5"}, {name, value});
    ck_assert_int_eq(vf_bench_open(&media_bench), VF_OK);
}

static unsigned frames_fed(void)
{
    return vf_bench_count(&media_bench, STATE);
}

/* Says the boxes of frame `index`. Lends a row until the bench ends. */
static uint64_t boxes_of(unsigned index, const double **rows)
{
    const struct vf_message *message = vf_bench_output(&media_bench, BOXES, index);
    const struct vf_array *array = &message->description.array;
    ck_assert_str_eq(array->dtype, "<f8");
    ck_assert_uint_eq(array->dimensions, 2);
    ck_assert_uint_eq(array->shape[1], 6);
    *rows = array->shape[0] ? (const void *)message->payload->data : NULL;
    return array->shape[0];
}

/* Expects one box, at the place to a pixel of the small picture and what cleaning takes. */
static void expect_box(const struct vf_rectangle *place)
{
    const double *row;
    ck_assert_uint_eq(boxes_of(frames_fed() - 1, &row), 1);
    ck_assert_double_eq_tol(row[0], place->y, 4);
    ck_assert_double_eq_tol(row[1], place->x, 4);
    ck_assert_double_eq_tol(row[2], place->y + place->height, 4);
    ck_assert_double_eq_tol(row[3], place->x + place->width, 4);
    ck_assert_double_eq(row[4], 0);
    ck_assert(row[5] >= 0.5 && row[5] <= 1);
}

static void expect_no_box(void)
{
    const double *row;
    ck_assert_uint_eq(boxes_of(frames_fed() - 1, &row), 0);
}

/* Looks up what was told of the last frame. */
static double told(const char *name)
{
    size_t length;
    const char *text =
        vf_message_json(vf_bench_output(&media_bench, STATE, frames_fed() - 1), &length);
    json_t *state = json_loadb(text, length, 0, NULL);
    const json_t *value = json_object_get(state, name);
    ck_assert_ptr_nonnull(value);
    double number = json_is_boolean(value) ? json_is_true(value) : json_number_value(value);
    json_decref(state);
    return number;
}

static const int formats[] = {
    AV_PIX_FMT_GRAY8,     AV_PIX_FMT_YUV420P,  AV_PIX_FMT_NV12,      AV_PIX_FMT_YUVJ444P,
    AV_PIX_FMT_YUV420P10, AV_PIX_FMT_P010,     AV_PIX_FMT_GRAY12,    AV_PIX_FMT_GRAY16LE,
    AV_PIX_FMT_GRAY16BE,  AV_PIX_FMT_RGB24,    AV_PIX_FMT_BGRA,      AV_PIX_FMT_RGB48LE,
    AV_PIX_FMT_YUYV422,   AV_PIX_FMT_YUVA420P, AV_PIX_FMT_YUV422P16, AV_PIX_FMT_GBRP};

START_TEST(an_object_has_a_box_in_every_format)
{
    const struct vf_rectangle place = {100, 40, 32, 48};
    open_motion("begin", "1");
    for (int i = 0; i < 3; i++) {
        struct vf_message *frame = make_frame(formats[_i], 90, &place, i < 2 ? 90 : 200);
        ck_assert_int_eq(vf_bench_feed(&media_bench, frame, NULL), VF_OK);
        vf_message_destroy(&frame);
    }
    expect_box(&place);
    ck_assert_double_eq_tol(told("share"), 100.0 * 32 * 48 / (WIDTH * HEIGHT), 0.5);
    ck_assert_double_eq(told("is_moving"), 1);
}
END_TEST

START_TEST(noise_is_no_motion)
{
    open_motion("begin", "1");
    feed_ground(60);
    for (unsigned i = 0; i < frames_fed(); i++) {
        const double *row;
        ck_assert_uint_eq(boxes_of(i, &row), 0);
    }
    ck_assert_double_eq(told("share"), 0);
}
END_TEST

START_TEST(objects_are_followed_on_a_ground_with_a_texture)
{
    open_motion("begin", "1");
    feed_ground(20);
    for (int i = 0; i < 20; i++) {
        draw_ground();
        draw_object(20 + 8 * i, 60);
        feed_scene();
        expect_box(&(struct vf_rectangle){20 + 8 * i, 60, 24, 40});
    }
}
END_TEST

/* Half of the pictures show a leaf, half what is behind it. */
START_TEST(what_sways_becomes_background)
{
    open_motion("history", "100");
    for (int i = 0; i < 120; i++) {
        draw_ground();
        light_up(&(struct vf_rectangle){150, 20, 60, 60}, i / 2 % 2 ? 1.6 : 1.0);
        feed_scene();
        if (i == 2)
            ck_assert_double_gt(told("share"), 3);
        if (i > 100)
            ck_assert_double_eq(told("share"), 0);
    }
}
END_TEST

START_TEST(an_object_that_stops_becomes_background)
{
    open_motion("history", "100");
    feed_ground(40);
    draw_object(100, 60);
    for (int i = 0; i < 60; i++) {
        feed_scene();
        if (i == 4)
            expect_box(&(struct vf_rectangle){100, 60, 24, 40});
    }
    expect_no_box();
}
END_TEST

/* A camera makes all of the picture darker, as when a white car comes in. */
START_TEST(light_that_fades_is_no_motion)
{
    const struct vf_rectangle all = {0, 0, WIDTH, HEIGHT};
    open_motion("begin", "1");
    feed_ground(40);
    for (int i = 1; i <= 40; i++) {
        draw_ground();
        light_up(&all, 1 - 0.01 * (i <= 20 ? 2 * i : 80 - 2 * i));
        feed_scene();
        ck_assert_double_eq(told("is_learning"), 0);
        ck_assert_double_eq(told("is_moving"), 0);
    }
    draw_object(100, 60);
    feed_scene();
    expect_box(&(struct vf_rectangle){100, 60, 24, 40});
}
END_TEST

START_TEST(a_light_that_is_switched_is_another_background)
{
    const struct vf_rectangle half = {0, 0, WIDTH, 100};
    open_motion("begin", "1");
    feed_ground(40);
    for (int i = 0; i < 10; i++) {
        draw_ground();
        light_up(&half, 0.3);
        feed_scene();
        expect_no_box();
        ck_assert_double_eq(told("is_learning"), i == 0);
        ck_assert_double_eq(told("is_moving"), 0);
    }
    draw_object(100, 60);
    feed_scene();
    expect_box(&(struct vf_rectangle){100, 60, 24, 40});
}
END_TEST

/* Of a change that is less than `light` allows, all moves. */
START_TEST(how_much_may_change_can_be_said)
{
    open_motion("light", "90");
    feed_ground(10);
    light_up(&(struct vf_rectangle){0, 0, WIDTH, 100}, 0.3);
    feed_scene();
    ck_assert_double_eq(told("is_learning"), 0);
    ck_assert_double_gt(told("share"), 55);
}
END_TEST

START_TEST(a_shadow_is_no_object_unless_it_is_to_be)
{
    const struct vf_rectangle shade = {100, 40, 60, 40};
    open_motion("shadows", _i ? "true" : "false");
    feed_ground(30);
    light_up(&shade, 0.65);
    feed_scene();
    if (_i)
        expect_box(&shade);
    else
        ck_assert_double_lt(told("share"), 0.2);
}
END_TEST

START_TEST(motion_begins_and_ends_after_some_frames)
{
    /* 1: an object moves in this frame. */
    static const char moves[] = "000001001101110110000100000011000",
                      expected[] = "000000000000011111111111110000000";
    vf_bench_setup(&media_bench, media_node("motion"), 1, {"scale", "0.5"}, {"begin", "3"},
                   {"end", "5"}, {"history", "1000"});
    ck_assert_int_eq(vf_bench_open(&media_bench), VF_OK);
    for (int i = 0; moves[i]; i++) {
        draw_ground();
        if (moves[i] == '1')
            draw_object(10 + 6 * i, 60);
        feed_scene();
        ck_assert_msg(told("is_moving") == (expected[i] == '1'), "frame %d", i);
    }
}
END_TEST

/* Looks up a member of event `index`, such as "begin.number"; NAN: it is null. */
static double event(unsigned index, const char *name, const char *member)
{
    size_t length;
    const char *text = vf_message_json(vf_bench_output(&media_bench, EVENTS, index), &length);
    json_t *event = json_loadb(text, length, 0, NULL);
    const json_t *value = json_object_get(event, name);
    ck_assert_ptr_nonnull(value);
    ck_assert_str_eq(json_string_value(json_object_get(event, "what")), "motion");
    ck_assert_str_eq(json_string_value(json_object_get(event, "camera")), "yard");
    double number = json_is_null(value) ? NAN : json_number_value(json_object_get(value, member));
    json_decref(event);
    return number;
}

START_TEST(events_name_the_first_and_the_last_frame_that_moved)
{
    vf_bench_setup(&media_bench, media_node("motion"), 1, {"scale", "0.5"}, {"begin", "3"},
                   {"end", "4"}, {"camera", "yard"});
    double most = 0;
    ck_assert_int_eq(vf_bench_open(&media_bench), VF_OK);
    for (int i = 1; i <= 40; i++) {
        draw_ground();
        if ((i >= 10 && i < 20) || i >= 35)
            draw_object(5 * i, i < 15 ? 60 : 140);
        feed_scene();
        if (i >= 12 && i < 20)
            most = fmax(most, told("share"));
        ck_assert_uint_eq(vf_bench_count(&media_bench, EVENTS),
                          (unsigned)((i >= 12) + (i >= 23) + (i >= 37)));
    }
    ck_assert_int_eq(vf_bench_flush(&media_bench), VF_OK);
    ck_assert_uint_eq(vf_bench_count(&media_bench, EVENTS), 4);
    static const double frames[][2] = {{10, NAN}, {10, 19}, {35, NAN}, {35, 40}};
    for (unsigned i = 0; i < 4; i++) {
        ck_assert_double_eq(event(i, "begin", "number"), frames[i][0]);
        if (i % 2)
            ck_assert_double_eq(event(i, "end", "number"), frames[i][1]);
        else
            ck_assert_double_nan(event(i, "end", "number"));
    }
    ck_assert_double_eq(event(1, "details", "share"), most);
}
END_TEST

START_TEST(only_what_is_in_a_zone_counts)
{
    open_motion("zones", "{\"left\": [[0, 0], [100, 0], [100, 160], [0, 160]], "
                         "\"right\": [[200, 0], [400, 0], [400, 160], [200, 160]]}");
    feed_ground(10);
    for (int i = 0; i < 3; i++) {
        draw_ground();
        draw_object(i == 0 ? 140 : i == 1 ? 30 : 190, 60);
        feed_scene();
        if (i == 0)
            expect_no_box();
        else
            expect_box(&(struct vf_rectangle){i == 1 ? 30 : 200, 60, i == 1 ? 24 : 14, 40});
    }
    ck_assert_double_eq_tol(told("share"), 100.0 * 14 * 40 / (140 * HEIGHT), 0.3);
}
END_TEST

START_TEST(zones_beside_the_picture_are_a_mistake)
{
    const struct vf_rectangle all = {0, 0, WIDTH, HEIGHT};
    open_motion("zones", "{\"away\": [[300, 0], [400, 0], [400, 160]]}");
    struct vf_message *frame = make_frame(AV_PIX_FMT_GRAY8, 90, &all, 90);
    ck_assert_int_eq(vf_bench_feed(&media_bench, frame, NULL), -EINVAL);
    vf_message_destroy(&frame);
}
END_TEST

START_TEST(another_file_is_another_background)
{
    const struct vf_rectangle place = {100, 40, 32, 48};
    open_motion("light", "100");
    for (int i = 0; i < 3; i++) {
        struct vf_message *frame = make_frame(AV_PIX_FMT_GRAY8, 90, &place, i < 2 ? 90 : 200);
        frame->description.source_id = i < 2 ? 1 : 2;
        ck_assert_int_eq(vf_bench_feed(&media_bench, frame, NULL), VF_OK);
        vf_message_destroy(&frame);
        ck_assert_double_eq(told("is_learning"), i != 1);
    }
    expect_no_box();
}
END_TEST

START_TEST(the_mask_is_white_where_something_moves)
{
    const struct vf_rectangle place = {100, 40, 32, 48};
    open_motion("gap", "0");
    for (int i = 0; i < 3; i++) {
        struct vf_message *frame = make_frame(AV_PIX_FMT_RGB24, 90, &place, i < 2 ? 90 : 200);
        ck_assert_int_eq(vf_bench_feed(&media_bench, frame, NULL), VF_OK);
        vf_message_destroy(&frame);
    }
    const struct vf_message *mask = vf_bench_output(&media_bench, MASK, 2);
    const struct vf_video *video = &mask->description.video;
    ck_assert_str_eq(video->format, "gray");
    ck_assert_int_eq(video->width, WIDTH / 2);
    ck_assert_int_eq(video->height, HEIGHT / 2);
    for (int y = 0; y < video->height; y++) {
        for (int x = 0; x < video->width; x++) {
            bool is_in = x >= 50 && x < 66 && y >= 20 && y < 44;
            ck_assert_uint_eq(mask->payload->data[video->planes[0].offset +
                                                  (size_t)y * video->planes[0].stride + (size_t)x],
                              is_in ? 255 : 0);
        }
    }
}
END_TEST

/* The mean of a square by the letter. */
static double mean_of(const struct vf_message *frame, int x, int y, int divisor)
{
    const struct vf_plane *plane = &frame->description.video.planes[0];
    double sum = 0;
    for (int v = y * divisor; v < (y + 1) * divisor; v++) {
        for (int u = x * divisor; u < (x + 1) * divisor; u++)
            sum += frame->payload->data[plane->offset + (size_t)v * plane->stride + (size_t)u];
    }
    return sum / (divisor * divisor);
}

START_TEST(a_small_picture_has_the_means_of_squares)
{
    const struct vf_rectangle all = {0, 0, WIDTH, HEIGHT};
    struct vf_luma luma = {0};
    struct vf_message *frame = make_frame(AV_PIX_FMT_GRAY8, 0, &all, 0);
    const struct vf_plane *plane = &frame->description.video.planes[0];
    for (int y = 0; y < HEIGHT; y++) {
        for (int x = 0; x < WIDTH; x++)
            frame->payload->data[plane->offset + (size_t)y * plane->stride + (size_t)x] =
                (uint8_t)chance(256);
    }
    ck_assert_int_eq(vf_luma_read(&luma, frame, _i), VF_OK);
    ck_assert_int_eq(luma.divisor, _i);
    ck_assert_int_eq(luma.width, WIDTH / _i);
    ck_assert_int_eq(luma.height, HEIGHT / _i);
    for (int y = 0; y < luma.height; y++) {
        for (int x = 0; x < luma.width; x++)
            ck_assert_double_eq_tol(luma.samples[y * luma.width + x], mean_of(frame, x, y, _i),
                                    0.001);
    }
    ck_assert_int_eq(vf_luma_read(&luma, frame, 1000), VF_OK); /* larger than the frame */
    ck_assert_int_eq(luma.divisor, HEIGHT);
    ck_assert(luma.width == 1 && luma.height == 1);
    vf_luma_finish(&luma);
    vf_message_destroy(&frame);
}
END_TEST

#define SIDE 37

static uint8_t cells[SIDE][SIDE];

static void scatter(unsigned one_in)
{
    for (int i = 0; i < SIDE * SIDE; i++)
        cells[i / SIDE][i % SIDE] = chance(one_in) == 0;
}

/* Fills a part by the letter: returns its pixels, and takes them out. */
static size_t fill(int x, int y)
{
    if (x < 0 || y < 0 || x >= SIDE || y >= SIDE || !cells[y][x])
        return 0;
    size_t pixels = 1;
    cells[y][x] = 0;
    for (int i = 0; i < 9; i++)
        pixels += fill(x + i % 3 - 1, y + i / 3 - 1);
    return pixels;
}

START_TEST(parts_hang_together_by_sides_and_corners)
{
    struct vf_moving_parts parts = {0};
    random_state += (uint64_t)_i;
    scatter(2 + (unsigned)_i % 5);
    ck_assert_int_eq(vf_moving_parts_find(&parts, cells[0], SIDE, SIDE, 1), VF_OK);
    size_t part = 0;
    for (int i = 0; i < SIDE * SIDE; i++) {
        size_t pixels = fill(i % SIDE, i / SIDE);
        if (!pixels)
            continue;
        ck_assert_uint_lt(part, parts.count);
        ck_assert_uint_eq(parts.items[part].pixels, pixels);
        ck_assert_int_eq(parts.items[part++].ymin, i / SIDE);
    }
    ck_assert_uint_eq(part, parts.count);
    vf_moving_parts_finish(&parts);
}
END_TEST

START_TEST(small_parts_are_left_out_and_boxes_end_behind_the_last_pixel)
{
    struct vf_moving_parts parts = {0};
    memset(cells, 0, sizeof(cells));
    cells[3][5] = cells[4][6] = cells[4][7] = cells[36][36] = 1;
    ck_assert_int_eq(vf_moving_parts_find(&parts, cells[0], SIDE, SIDE, 2), VF_OK);
    ck_assert_uint_eq(parts.count, 1);
    const struct vf_moving_part *part = &parts.items[0];
    ck_assert(part->ymin == 3 && part->xmin == 5 && part->ymax == 5 && part->xmax == 8);
    ck_assert_int_eq(vf_moving_parts_find(&parts, cells[0], SIDE, SIDE, 1), VF_OK);
    ck_assert_uint_eq(parts.count, 2);
    ck_assert(parts.items[1].ymax == 37 && parts.items[1].xmax == 37);
    vf_moving_parts_finish(&parts);
}
END_TEST

/* The least, or the most, of a square around a pixel, by the letter. */
static void spread_plainly(int reach, bool is_growing)
{
    uint8_t next[SIDE][SIDE];
    for (int i = 0; i < SIDE * SIDE; i++) {
        bool found = !is_growing;
        for (int k = 0; k < (2 * reach + 1) * (2 * reach + 1); k++) {
            int x = i % SIDE + k % (2 * reach + 1) - reach;
            int y = i / SIDE + k / (2 * reach + 1) - reach;
            if (x >= 0 && y >= 0 && x < SIDE && y < SIDE && cells[y][x] == is_growing)
                found = is_growing;
        }
        next[i / SIDE][i % SIDE] = found;
    }
    memcpy(cells, next, sizeof(cells));
}

START_TEST(specks_go_and_gaps_are_closed)
{
    struct vf_moving_parts parts = {0};
    uint8_t cleaned[SIDE][SIDE];
    int clean = _i % 3, join = _i / 3;
    scatter(40);
    spread_plainly(2, true);
    memcpy(cleaned, cells, sizeof(cleaned));
    ck_assert_int_eq(vf_moving_parts_clean(&parts, cleaned[0], SIDE, SIDE, clean, join), VF_OK);
    spread_plainly(clean, false);
    spread_plainly(clean, true);
    spread_plainly(join, true);
    spread_plainly(join, false);
    ck_assert_mem_eq(cleaned, cells, sizeof(cells));
    vf_moving_parts_finish(&parts);
}
END_TEST

Suite *motion_suite(void);
Suite *motion_suite(void)
{
    Suite *suite = suite_create("motion");
    TCase *tcase = tcase_create("motion");
    tcase_add_checked_fixture(tcase, setup, media_teardown);
    tcase_add_loop_test(tcase, an_object_has_a_box_in_every_format, 0, (int)VF_COUNT(formats));
    tcase_add_test(tcase, noise_is_no_motion);
    tcase_add_test(tcase, objects_are_followed_on_a_ground_with_a_texture);
    tcase_add_test(tcase, what_sways_becomes_background);
    tcase_add_test(tcase, an_object_that_stops_becomes_background);
    tcase_add_test(tcase, light_that_fades_is_no_motion);
    tcase_add_test(tcase, a_light_that_is_switched_is_another_background);
    tcase_add_test(tcase, how_much_may_change_can_be_said);
    tcase_add_loop_test(tcase, a_shadow_is_no_object_unless_it_is_to_be, 0, 2);
    tcase_add_test(tcase, motion_begins_and_ends_after_some_frames);
    tcase_add_test(tcase, events_name_the_first_and_the_last_frame_that_moved);
    tcase_add_test(tcase, only_what_is_in_a_zone_counts);
    tcase_add_test(tcase, zones_beside_the_picture_are_a_mistake);
    tcase_add_test(tcase, another_file_is_another_background);
    tcase_add_test(tcase, the_mask_is_white_where_something_moves);
    tcase_add_loop_test(tcase, a_small_picture_has_the_means_of_squares, 1, 10);
    tcase_add_loop_test(tcase, parts_hang_together_by_sides_and_corners, 0, 25);
    tcase_add_test(tcase, small_parts_are_left_out_and_boxes_end_behind_the_last_pixel);
    tcase_add_loop_test(tcase, specks_go_and_gaps_are_closed, 0, 9);
    suite_add_tcase(suite, tcase);
    return suite;
}
