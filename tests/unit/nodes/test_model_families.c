/* SPDX-License-Identifier: MIT */
/* What models of several outputs, or of maps, have found: without a model. */
#include <check.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/text.h"
#include "nodes/vision/model/masks.h"
#include "nodes/vision/model/onnx_api.h"
#include "nodes/vision/model/results.h"

#define OUTPUTS 3
#define SIDE ((size_t)16)

/* One output for one picture, which a batch of one is made of. */
struct told {
    const char *name;
    unsigned element, rank; /* rank: without the batch */
    size_t shape[3];
    const float *numbers;
    bool is_listed; /* it has no dimension for the batch */
};

static struct vf_card card;
static struct vf_found_list found;
static struct vf_tensor_form forms[OUTPUTS];
static struct vf_view views[OUTPUTS];
static char names[OUTPUTS][32], text[512];
static const struct vf_model_problem problem = {text, sizeof(text)};

static void teardown(void)
{
    vf_card_finish(&card);
    vf_found_finish(&found);
}

static void set_card(const char *settings)
{
    json_t *object = json_loads(settings, 0, NULL);
    ck_assert_ptr_nonnull(object);
    vf_card_finish(&card);
    ck_assert_msg(vf_card_fill(&card, object, &problem) == VF_OK, "%s", text);
    json_decref(object);
}

static void set_outputs(const struct told *told, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        snprintf(names[i], sizeof(names[i]), "%s", told[i].name);
        unsigned first = !told[i].is_listed;
        forms[i] = (struct vf_tensor_form){.name = names[i],
                                           .element = told[i].element ? told[i].element
                                                                      : VF_ELEMENT_FLOAT32,
                                           .rank = told[i].rank + first,
                                           .shape = {1}};
        views[i] = (struct vf_view){.data = told[i].numbers, .rank = told[i].rank};
        for (unsigned d = 0; d < told[i].rank; d++) {
            forms[i].shape[d + first] = (int64_t)told[i].shape[d];
            views[i].shape[d] = told[i].shape[d];
        }
    }
}

static int check(size_t count)
{
    return vf_results_of(card.family)->check(&card, forms, count, &problem);
}

static const struct vf_views *all(size_t count)
{
    static struct vf_views made;
    made = (struct vf_views){
        .forms = forms, .items = views, .count = count, .width = 160, .height = 160};
    return &made;
}

/* Decodes outputs for a picture of 160 x 160, and keeps the surest. */
static void decode(const char *settings, const struct told *told, size_t count)
{
    set_card(settings);
    set_outputs(told, count);
    ck_assert_msg(check(count) == VF_OK, "%s", text);
    found.count = 0;
    ck_assert_int_eq(vf_results_of(card.family)->decode(&card, all(count), &found), VF_OK);
    vf_found_select(&found, &card);
}

static void expect(size_t number, const double place[4], unsigned class, double score)
{
    ck_assert_uint_lt(number, found.count);
    const struct vf_found *item = &found.items[number];
    ck_assert_double_eq_tol(item->ymin, place[0], 1e-3);
    ck_assert_double_eq_tol(item->xmin, place[1], 1e-3);
    ck_assert_double_eq_tol(item->ymax, place[2], 1e-3);
    ck_assert_double_eq_tol(item->xmax, place[3], 1e-3);
    ck_assert_uint_eq(item->class, class);
    ck_assert_double_eq_tol(item->score, score, 1e-4);
}

static const float relative[2][4] = {{0.1F, 0.2F, 0.3F, 0.4F}, {0.5F, 0.5F, 1, 1}};
static const float scores[2] = {0.5F, 0.9F}, ids[2] = {1, 3};

START_TEST(ssd_models_tell_boxes_scores_and_classes)
{
    const struct told told[] = {
        {"detection_classes", .rank = 1, .shape = {2}, .numbers = ids},
        {"detection_boxes", .rank = 2, .shape = {2, 4}, .numbers = relative[0]},
        {"detection_scores", .rank = 1, .shape = {2}, .numbers = scores},
    };
    decode("{\"family\": \"ssd\"}", told, 3);
    ck_assert_uint_eq(found.count, 2);
    expect(0, (const double[]){80, 80, 160, 160}, 3, 0.9);
    expect(1, (const double[]){16, 32, 48, 64}, 1, 0.5);
    decode("{\"family\": \"ssd\", \"background\": \"first\", \"score\": 0.8}", told, 3);
    ck_assert_uint_eq(found.count, 1);
    ck_assert_uint_eq(found.items[0].class, 2);
}
END_TEST

START_TEST(models_without_a_batch_tell_the_same)
{
    static const float corners[2][4] = {{10, 20, 30, 40}, {50, 60, 70, 80}};
    const struct told told[] = {
        {"4567", .rank = 2, .shape = {2, 4}, .numbers = corners[0], .is_listed = true},
        {"4568", VF_ELEMENT_INT64, 1, {2}, ids, true},
        {"4569", .rank = 1, .shape = {2}, .numbers = scores, .is_listed = true},
    };
    decode("{\"family\": \"ssd\", \"boxes\": \"corners\", \"units\": \"pixels\"}", told, 3);
    ck_assert(vf_results_ssd.is_listed(&card, forms, 3));
    ck_assert_uint_eq(found.count, 2);
    expect(0, (const double[]){60, 50, 80, 70}, 3, 0.9);
}
END_TEST

START_TEST(detr_models_tell_a_number_for_each_class_and_for_nothing)
{
    static const float logits[2][3] = {{2, 1, 0}, {0, 1, 9}};
    static const float centres[2][4] = {{0.5F, 0.5F, 0.5F, 0.25F}, {0.5F, 0.5F, 1, 1}};
    const struct told told[] = {
        {"logits", .rank = 2, .shape = {2, 3}, .numbers = logits[0]},
        {"pred_boxes", .rank = 2, .shape = {2, 4}, .numbers = centres[0]},
    };
    decode("{\"family\": \"detr\", \"classes\": [\"a\", \"b\"]}", told, 2);
    ck_assert_uint_eq(found.count, 1);
    expect(0, (const double[]){60, 40, 100, 120}, 0, 0.66524);
    decode("{\"family\": \"detr\", \"activation\": \"sigmoid\", \"background\": \"none\"}", told,
           2);
    ck_assert_uint_eq(found.count, 2);
    ck_assert_uint_eq(found.items[0].class, 2);
    ck_assert_double_eq_tol(found.items[0].score, 1 / (1 + exp(-9)), 1e-5);
}
END_TEST

START_TEST(a_card_says_which_output_is_which)
{
    const struct told told[] = {
        {"x", .rank = 2, .shape = {2, 4}, .numbers = relative[0]},
        {"y", .rank = 1, .shape = {2}, .numbers = ids},
        {"z", .rank = 1, .shape = {2}, .numbers = scores},
    };
    decode("{\"family\": \"ssd\", \"outputs\": [\"x\", \"z\", \"y\"]}", told, 3);
    ck_assert_uint_eq(found.count, 2);
    expect(0, (const double[]){80, 80, 160, 160}, 3, 0.9);
    set_card("{\"family\": \"ssd\", \"outputs\": [\"x\", \"z\", \"w\"]}");
    ck_assert_int_eq(check(3), -EINVAL);
    ck_assert_ptr_nonnull(strstr(text, "card: {outputs: [boxes, scores, classes]}"));
    set_card("{\"family\": \"ssd\"}");
    ck_assert_int_eq(check(2), -EINVAL);
}
END_TEST

START_TEST(peaks_of_a_map_are_the_middles_of_objects)
{
    static float heat[2][SIDE][SIDE], sizes[2][SIDE][SIDE], offsets[2][SIDE][SIDE];
    heat[1][4][6] = 0.9F;
    heat[1][4][7] = 0.8F;                     /* beside it: no peak */
    heat[0][15][15] = heat[0][15][14] = 0.5F; /* of two that are equal, one */
    sizes[0][4][6] = 4, sizes[1][4][6] = 2;
    sizes[0][15][14] = 2, sizes[1][15][14] = 2;
    offsets[0][4][6] = 0.25F, offsets[1][4][6] = 0.75F;
    const struct told told[] = {
        {"hm", .rank = 3, .shape = {2, SIDE, SIDE}, .numbers = heat[0][0]},
        {"wh", .rank = 3, .shape = {2, SIDE, SIDE}, .numbers = sizes[0][0]},
        {"reg", .rank = 3, .shape = {2, SIDE, SIDE}, .numbers = offsets[0][0]},
    };
    decode("{\"family\": \"centre\", \"score\": 0.4}", told, 3);
    ck_assert_uint_eq(found.count, 2);
    expect(0, (const double[]){37.5, 42.5, 57.5, 82.5}, 1, 0.9);
    expect(1, (const double[]){140, 130, 160, 150}, 0, 0.5);
    decode("{\"family\": \"centre\", \"score\": 0.6}", told, 2);
    ck_assert_uint_eq(found.count, 1);
    expect(0, (const double[]){35, 45, 55, 85}, 1, 0.9);
}
END_TEST

static void fill(float map[SIDE][SIDE], size_t y0, size_t x0, size_t y1, size_t x1, float number)
{
    for (size_t y = y0; y < y1; y++) {
        for (size_t x = x0; x < x1; x++)
            map[y][x] = number;
    }
}

START_TEST(places_of_text_are_rectangles_that_grow)
{
    static float map[SIDE][SIDE];
    fill(map, 2, 2, 6, 12, 0.9F);
    fill(map, 10, 10, 12, 12, 0.9F); /* too small */
    fill(map, 9, 1, 14, 6, 0.4F);    /* not sure */
    const struct told told[] = {
        {"maps", .rank = 3, .shape = {1, SIDE, SIDE}, .numbers = map[0]},
    };
    decode("{\"family\": \"text\", \"grow\": 0}", told, 1);
    ck_assert_uint_eq(found.count, 1);
    expect(0, (const double[]){20, 20, 60, 120}, 0, 0.9);
    const double corners[] = {20, 20, 120, 20, 120, 60, 20, 60};
    for (size_t i = 0; i < VF_COUNT(corners); i++)
        ck_assert_double_eq_tol(found.items[0].corners[i], corners[i], 1e-6);
    decode("{\"family\": \"text\", \"grow\": 1.4}", told, 1); /* by 40 * 1.4 / 28 = 2 cells */
    expect(0, (const double[]){0, 0, 80, 140}, 0, 0.9);
    decode("{\"family\": \"text\", \"score\": 0.3}", told, 1);
    ck_assert_uint_eq(found.count, 2);
}
END_TEST

START_TEST(what_touches_is_one_place_of_text)
{
    static float map[SIDE][SIDE];
    fill(map, 1, 1, 10, 4, 1);
    fill(map, 1, 8, 10, 11, 1);
    fill(map, 10, 1, 13, 11, 1);  /* joins both, as in a U */
    fill(map, 13, 11, 16, 15, 1); /* at a corner */
    fill(map, 1, 13, 5, 16, 1);   /* another one */
    const struct told told[] = {{"maps", .rank = 3, .shape = {1, SIDE, SIDE}, .numbers = map[0]}};
    decode("{\"family\": \"text\", \"grow\": 0}", told, 1);
    ck_assert_uint_eq(found.count, 2);
    expect(1, (const double[]){10, 130, 50, 160}, 0, 1);
    ck_assert_double_eq_tol(found.items[0].score, 1, 1e-6);
    ck_assert_uint_eq(found.items[0].number, 0);
}
END_TEST

START_TEST(a_slanted_place_of_text_has_its_own_corners)
{
    static float map[64][64];
    for (int y = 0; y < 64; y++) {
        for (int x = 0; x < 64; x++) {
            double along = (x - 32) * cos(0.5) + (y - 32) * sin(0.5);
            double aside = (y - 32) * cos(0.5) - (x - 32) * sin(0.5);
            map[y][x] = fabs(along) < 20 && fabs(aside) < 5 ? 1 : 0;
        }
    }
    const struct told told[] = {{"maps", .rank = 3, .shape = {1, 64, 64}, .numbers = map[0]}};
    decode("{\"family\": \"text\", \"grow\": 0}", told, 1);
    ck_assert_uint_eq(found.count, 1);
    const double *corners = found.items[0].corners;
    double x = corners[2] - corners[0], y = corners[3] - corners[1];
    ck_assert_double_eq_tol(atan2(y, x), 0.5, 0.05);
    ck_assert_double_eq_tol(hypot(x, y), 40 * 2.5, 5);
    ck_assert_double_eq_tol(hypot(corners[4] - corners[2], corners[5] - corners[3]), 10 * 2.5, 5);
}
END_TEST

START_TEST(key_points_stand_behind_the_classes)
{
    /* One class, two points of three numbers; of the boxes, which stand by column, the first counts. */
    float columns[11][SIDE] = {{20}, {30}, {8}, {12}, {0.9F}, {1}, {2}, {0.7F}, {3}, {4}, {0.2F}};
    const float row[12] = {10, 20, 30, 40, 0.9F, 0, 1, 2, 0.7F, 3, 4, 0.2F};
    const struct told told = {"output0", 0, 2, {11, SIDE}, columns[0], false};
    const struct told rows = {"output0", 0, 2, {1, 12}, row, false};
    float points[2][3];
    decode("{\"family\": \"yolo\", \"points\": \"2x3\"}", &told, 1);
    ck_assert_uint_eq(found.count, 1);
    expect(0, (double[]){24, 16, 36, 24}, 0, 0.9);
    vf_results_yolo.points(&card, all(1), &found.items[0], points);
    ck_assert_float_eq(points[0][0], 1);
    ck_assert_float_eq(points[1][1], 4);
    ck_assert_float_eq(points[1][2], 0.2F);
    decode("{\"family\": \"end_to_end\", \"points\": \"2x3\"}", &rows, 1);
    expect(0, (double[]){20, 10, 40, 30}, 0, 0.9);
    vf_results_end_to_end.points(&card, all(1), &found.items[0], points);
    ck_assert_float_eq(points[0][1], 2);
    ck_assert_float_eq(points[1][0], 3);
}
END_TEST

START_TEST(boxes_at_an_angle_have_corners)
{
    const float right = 1.5707963F;
    const float columns[6][SIDE] = {{20}, {30}, {8}, {12}, {0.9F}, {right}};
    const float row[7] = {20, 30, 8, 12, 0.9F, 0, right};
    const struct told by_column = {"output0", 0, 2, {6, SIDE}, columns[0], false};
    const struct told by_row = {"output0", 0, 2, {1, 7}, row, false};
    for (int i = 0; i < 2; i++) {
        decode(i ? "{\"family\": \"end_to_end\", \"oriented\": \"true\"}"
                 : "{\"family\": \"yolo\", \"oriented\": true, \"classes\": [\"one\"]}",
               i ? &by_row : &by_column, 1);
        expect(0, (double[]){26, 14, 34, 26}, 0, 0.9); /* 8 x 12 lies on its side */
        ck_assert(found.items[0].is_slanted);
        ck_assert_double_eq_tol(found.items[0].corners[0], 26, 1e-3); /* what was upper left */
        ck_assert_double_eq_tol(found.items[0].corners[1], 26, 1e-3);
    }
}
END_TEST

START_TEST(boxes_at_an_angle_overlap_as_far_as_they_do)
{
    struct vf_found upright = {.xmax = 10, .ymax = 10}, other = upright, diamond = upright;
    ck_assert_double_eq_tol(vf_found_overlap(&upright, &other), 1, 1e-9);
    vf_found_turn(&other, 1.5707963267948966);
    ck_assert_double_eq_tol(vf_found_overlap(&upright, &other), 1, 1e-6);
    vf_found_turn(&diamond, 0.78539816339744828); /* what is common is a regular octagon */
    double common = 100 * 2 * (sqrt(2) - 1);
    ck_assert_double_eq_tol(vf_found_overlap(&upright, &diamond), common / (200 - common), 1e-6);
    struct vf_found apart = {.xmin = 11.5, .xmax = 21.5, .ymin = 11.5, .ymax = 21.5};
    vf_found_turn(&apart, 0.78539816339744828); /* only what is around them overlaps */
    ck_assert_double_eq(vf_found_overlap(&diamond, &apart), 0);
}
END_TEST

/* Which character is the best of each step: the numbers are 0.1 and 0.8. */
static const struct {
    const char *settings, *steps, *text;
    double score;
} lines[] = {
    {"{'family': 'reading', 'classes': ['a', 'b']}", "0110220", "ab", 0.8},
    {"{'family': 'reading', 'classes': ['a', 'b']}", "1011", "aa", 0.8},
    {"{'family': 'reading', 'classes': ['a', 'b']}", "000", "", 0},
    {"{'family': 'reading', 'classes': ['a']}", "1221", "a a", 0.8}, /* a space that has no line */
    {"{'family': 'reading', 'classes': ['a', 'b'], 'background': 'last'}", "2011", "ab", 0.8},
    {"{'family': 'reading', 'classes': ['a', 'b'], 'activation': 'softmax'}", "1", "a", 0.5017},
};

START_TEST(characters_of_a_line_are_read)
{
    float numbers[8][3];
    struct vf_text read = {0};
    double score;
    char settings[128];
    snprintf(settings, sizeof(settings), "%s", lines[_i].settings);
    for (char *c = settings; *c; c++)
        *c = *c == '\'' ? '"' : *c;
    set_card(settings);
    size_t steps = strlen(lines[_i].steps);
    for (size_t i = 0; i < steps; i++) {
        for (size_t k = 0; k < 3; k++)
            numbers[i][k] = lines[_i].steps[i] == (char)('0' + k) ? 0.8F : 0.1F;
    }
    const struct told told = {"softmax", 0, 2, {steps, 3}, numbers[0], false};
    set_outputs(&told, 1);
    ck_assert_msg(check(1) == VF_OK, "%s", text);
    ck_assert_int_eq(vf_results_reading.read(&card, all(1), &read, &score), VF_OK);
    ck_assert_str_eq(read.bytes ? read.bytes : "", lines[_i].text);
    ck_assert_double_eq_tol(score, lines[_i].score, 1e-4);
    vf_text_finish(&read);
}
END_TEST

START_TEST(classes_of_a_picture_come_by_their_score)
{
    static const float logits[] = {0, 3, 1};
    const struct told told[] = {{"logits", .rank = 1, .shape = {3}, .numbers = logits}};
    decode("{\"family\": \"classification\", \"most\": 2}", told, 1);
    ck_assert_uint_eq(found.count, 2);
    expect(0, (const double[]){0, 0, 160, 160}, 1, 0.843795);
    expect(1, (const double[]){0, 0, 160, 160}, 2, 0.114195);
    decode("{\"family\": \"classification\", \"activation\": \"none\", \"score\": 1}", told, 1);
    ck_assert_uint_eq(found.count, 2);
}
END_TEST

START_TEST(each_class_of_the_pixels_is_an_object_with_a_mask)
{
    static float maps[3][SIDE][SIDE];
    fill(maps[0], 0, 0, SIDE, SIDE, 0.5F);
    fill(maps[1], 4, 4, 8, 12, 1);
    fill(maps[2], 12, 0, 16, 16, 2);
    const struct told told[] = {
        {"out", .rank = 3, .shape = {3, SIDE, SIDE}, .numbers = maps[0][0]}};
    decode("{\"family\": \"segmentation\", \"background\": \"first\"}", told, 1);
    ck_assert_uint_eq(found.count, 2);
    expect(0, (const double[]){120, 0, 160, 160}, 1, 0.25);
    expect(1, (const double[]){40, 40, 80, 120}, 0, 0.125);
    struct vf_map_size size;
    uint8_t mask[SIDE * SIDE];
    ck_assert(vf_results_segmentation.map(&card, all(1), &size));
    ck_assert_uint_eq(size.width, SIDE);
    vf_results_segmentation.mask(&card, all(1), &found.items[1], mask);
    for (size_t i = 0; i < SIDE * SIDE; i++) {
        size_t x = i % SIDE, y = i / SIDE;
        ck_assert_uint_eq(mask[i], y >= 4 && y < 8 && x >= 4 && x < 12);
    }
}
END_TEST

START_TEST(a_map_of_numbers_of_classes_is_told_likewise)
{
    static float map[SIDE][SIDE];
    fill(map, 4, 4, 8, 12, 7);
    const struct told told[] = {
        {"out", VF_ELEMENT_INT64, .rank = 2, .shape = {SIDE, SIDE}, .numbers = map[0]}};
    decode("{\"family\": \"segmentation\", \"score\": 0.2}", told, 1);
    ck_assert_uint_eq(found.count, 1);
    ck_assert_uint_eq(found.items[0].class, 0);
    decode("{\"family\": \"segmentation\", \"background\": \"first\"}", told, 1);
    ck_assert_uint_eq(found.count, 1);
    expect(0, (const double[]){40, 40, 80, 120}, 6, 0.125);
}
END_TEST

/* One box of eight, with a class and the weights of two maps. */
START_TEST(yolo_models_tell_the_weights_of_maps)
{
    static float columns[7][8] = {{80}, {80}, {80}, {80}, {0.9F}, {1}, {-1}};
    static float maps[2][SIDE][SIDE];
    fill(maps[0], 0, 0, SIDE, SIDE / 2, 1);
    fill(maps[1], 8, 0, SIDE, SIDE, 2);
    const struct told told[] = {
        {"output0", .rank = 2, .shape = {7, 8}, .numbers = columns[0]},
        {"output1", .rank = 3, .shape = {2, SIDE, SIDE}, .numbers = maps[0][0]},
    };
    uint8_t mask[SIDE * SIDE];
    struct vf_map_size size;
    decode("{\"family\": \"yolo\", \"classes\": [\"one\"]}", told, 2);
    ck_assert_uint_eq(found.count, 1);
    expect(0, (const double[]){40, 40, 120, 120}, 0, 0.9);
    ck_assert(vf_results_yolo.map(&card, all(2), &size));
    vf_results_yolo.mask(&card, all(2), &found.items[0], mask);
    ck_assert_uint_eq(mask[0], 1);
    ck_assert_uint_eq(mask[SIDE / 2], 0);
    ck_assert_uint_eq(mask[8 * SIDE], 0);
    ck_assert(!vf_results_yolo.map(&card, all(1), &size));
}
END_TEST

START_TEST(a_mask_covers_the_frame_and_not_the_letterbox)
{
    const struct vf_model_fitting fitting = {.frame_width = 320,
                                             .frame_height = 160,
                                             .area = {0, 0, 320, 160},
                                             .place = {0, 40, 160, 80}};
    const struct vf_map_size map = {SIDE, SIDE};
    const struct vf_found item = {.xmax = 320, .ymin = 20, .ymax = 160};
    struct vf_mask_grid grid;
    static uint8_t bytes[SIDE * SIDE], mask[SIDE * SIDE];
    for (size_t i = 0; i < SIDE * SIDE; i++)
        bytes[i] = i / SIDE < 8; /* the upper half */
    ck_assert_int_eq(vf_mask_grid_init(&grid, &map, &fitting, 160, 160), VF_OK);
    ck_assert_uint_eq(grid.width, SIDE);
    ck_assert_uint_eq(grid.height, SIDE / 2);
    vf_mask_grid_fill(&grid, bytes, &item, mask);
    for (size_t y = 0; y < SIDE / 2; y++)
        ck_assert_uint_eq(mask[y * SIDE], y >= 1 && y < 4);
    vf_mask_grid_finish(&grid);
}
END_TEST

START_TEST(a_mask_is_empty_where_the_model_has_not_looked)
{
    const struct vf_model_fitting fitting = {.frame_width = 320,
                                             .frame_height = 160,
                                             .area = {80, 0, 160, 160},
                                             .place = {0, 0, 160, 160}};
    const struct vf_map_size map = {SIDE, SIDE};
    const struct vf_found item = {.xmax = 320, .ymax = 160};
    struct vf_mask_grid grid;
    static uint8_t bytes[SIDE * SIDE], mask[2 * SIDE * SIDE];
    memset(bytes, 1, sizeof(bytes));
    ck_assert_int_eq(vf_mask_grid_init(&grid, &map, &fitting, 160, 160), VF_OK);
    ck_assert_uint_eq(grid.width, 2 * SIDE);
    vf_mask_grid_fill(&grid, bytes, &item, mask);
    for (size_t x = 0; x < grid.width; x++)
        ck_assert_uint_eq(mask[x], x >= 8 && x < 24);
    vf_mask_grid_finish(&grid);
}
END_TEST

Suite *model_families_suite(void);
Suite *model_families_suite(void)
{
    Suite *suite = suite_create("model_families");
    TCase *tcase = tcase_create("families");
    tcase_add_checked_fixture(tcase, NULL, teardown);
    tcase_add_test(tcase, ssd_models_tell_boxes_scores_and_classes);
    tcase_add_test(tcase, models_without_a_batch_tell_the_same);
    tcase_add_test(tcase, detr_models_tell_a_number_for_each_class_and_for_nothing);
    tcase_add_test(tcase, a_card_says_which_output_is_which);
    tcase_add_test(tcase, peaks_of_a_map_are_the_middles_of_objects);
    tcase_add_test(tcase, places_of_text_are_rectangles_that_grow);
    tcase_add_test(tcase, what_touches_is_one_place_of_text);
    tcase_add_test(tcase, a_slanted_place_of_text_has_its_own_corners);
    tcase_add_test(tcase, key_points_stand_behind_the_classes);
    tcase_add_test(tcase, boxes_at_an_angle_have_corners);
    tcase_add_test(tcase, boxes_at_an_angle_overlap_as_far_as_they_do);
    tcase_add_loop_test(tcase, characters_of_a_line_are_read, 0, VF_COUNT(lines));
    tcase_add_test(tcase, classes_of_a_picture_come_by_their_score);
    tcase_add_test(tcase, each_class_of_the_pixels_is_an_object_with_a_mask);
    tcase_add_test(tcase, a_map_of_numbers_of_classes_is_told_likewise);
    tcase_add_test(tcase, yolo_models_tell_the_weights_of_maps);
    tcase_add_test(tcase, a_mask_covers_the_frame_and_not_the_letterbox);
    tcase_add_test(tcase, a_mask_is_empty_where_the_model_has_not_looked);
    suite_add_tcase(suite, tcase);
    return suite;
}
