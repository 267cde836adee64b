/* SPDX-License-Identifier: MIT */
/* Frames as the tensors that models take, and the way back from there. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "engine/base/array.h"
#include "nodes/vision/model/fitting.h"
#include "nodes/vision/model/half.h"
#include "nodes/vision/model/onnx_api.h"
#include "nodes/vision/model/preparation.h"
#include "tests/unit/support/media_fixture.h"

static struct vf_card card;
static char text[512];
static const struct vf_model_problem problem = {text, sizeof(text)};

static void teardown(void)
{
    vf_card_finish(&card);
    media_teardown();
}

static void set_card(const char *settings)
{
    json_t *object = json_loads(settings, 0, NULL);
    ck_assert_ptr_nonnull(object);
    vf_card_finish(&card);
    ck_assert_msg(vf_card_fill(&card, object, &problem) == VF_OK, "%s", text);
    json_decref(object);
}

static const struct {
    enum vf_fit fit;
    int frame[2], picture[2];
    struct vf_rectangle area, place;
} fittings[] = {
    {VF_FIT_LETTERBOX, {1920, 1080}, {640, 640}, {0, 0, 1920, 1080}, {0, 140, 640, 360}},
    {VF_FIT_LETTERBOX, {1080, 1920}, {640, 640}, {0, 0, 1080, 1920}, {140, 0, 360, 640}},
    {VF_FIT_CORNER, {1920, 1080}, {640, 640}, {0, 0, 1920, 1080}, {0, 0, 640, 360}},
    {VF_FIT_STRETCH, {1920, 1080}, {640, 640}, {0, 0, 1920, 1080}, {0, 0, 640, 640}},
    {VF_FIT_CROP, {1920, 1080}, {640, 640}, {420, 0, 1080, 1080}, {0, 0, 640, 640}},
    {VF_FIT_LETTERBOX, {853, 477}, {416, 416}, {0, 0, 853, 477}, {0, 91, 416, 233}},
    {VF_FIT_LETTERBOX, {9999, 3}, {64, 64}, {0, 0, 9999, 3}, {0, 31, 64, 1}},
};

START_TEST(a_frame_is_fitted_and_every_place_found_again)
{
    struct vf_video video = {.width = fittings[_i].frame[0], .height = fittings[_i].frame[1]};
    struct vf_model_fitting fitting;
    snprintf(video.format, sizeof(video.format), "yuv420p");
    vf_model_fit(&fitting, fittings[_i].fit, &video, fittings[_i].picture[0],
                 fittings[_i].picture[1]);
    const struct vf_rectangle *area = &fittings[_i].area, *place = &fittings[_i].place;
    ck_assert_mem_eq(&fitting.area, area, sizeof(*area));
    ck_assert_mem_eq(&fitting.place, place, sizeof(*place));
    ck_assert_double_eq_tol(vf_model_x(&fitting, place->x), area->x, 1e-9);
    ck_assert_double_eq_tol(vf_model_x(&fitting, place->x + place->width), area->x + area->width,
                            1e-9);
    ck_assert_double_eq_tol(vf_model_y(&fitting, place->y), area->y, 1e-9);
    ck_assert_double_eq_tol(vf_model_y(&fitting, place->y + place->height), area->y + area->height,
                            1e-9);
    ck_assert_double_eq_tol(vf_model_x(&fitting, place->x + place->width / 2.0),
                            area->x + area->width / 2.0, 1e-9);
}
END_TEST

static const struct {
    float number;
    uint16_t half;
} halves[] = {
    {0, 0},
    {-0.0F, 0x8000},
    {1, 0x3c00},
    {-2, 0xc000},
    {65504, 0x7bff},
    {65519, 0x7bff},
    {65520, 0x7c00},
    {1e9F, 0x7c00},
    {-INFINITY, 0xfc00},
    {0.1F, 0x2e66},
    {1.0F / 3, 0x3555},
    {6.103515625e-05F, 0x0400},    /* the least with all bits */
    {5.9604644775390625e-08F, 1},  /* the least of all */
    {2.98023223876953125e-08F, 0}, /* half of it, to the even one */
    {6.09755516e-05F, 0x03ff},
    {2049, 0x6800}, /* to the even one */
    {2051, 0x6802},
};

START_TEST(numbers_of_16_bits_are_the_nearest)
{
    ck_assert_uint_eq(vf_half_from_float(halves[_i].number), halves[_i].half);
}
END_TEST

START_TEST(every_number_of_16_bits_comes_back)
{
    for (unsigned half = 0; half <= 0xffff; half++) {
        float number = vf_half_to_float((uint16_t)half);
        if (isnan(number))
            ck_assert_uint_gt(half & 0x3ff, 0);
        else
            ck_assert_uint_eq(vf_half_from_float(number), half);
    }
}
END_TEST

/* Makes a frame with its left half of one colour and the other of another. */
static const struct vf_message *make_frame(const uint8_t left[3], const uint8_t right[3])
{
    media_make("1", "64x32", "rgb24");
    struct vf_message *frame = media_source.outputs[0].message;
    const struct vf_plane *plane = &frame->description.video.planes[0];
    for (size_t y = 0; y < 32; y++) {
        for (size_t x = 0; x < 64; x++)
            memcpy(frame->payload->data + plane->offset + y * plane->stride + 3 * x,
                   x < 32 ? left : right, 3);
    }
    return frame;
}

static const uint8_t left[3] = {255, 51, 0}, right[3] = {0, 102, 204};

/* Draws that frame as a picture of 16 x 16: one of its half the height, letterboxed. */
static void draw(const char *settings, enum vf_element element, bool is_interleaved, void *tensor)
{
    const struct vf_tensor_form nchw = {
        .name = text, .element = element, .rank = 4, .shape = {1, 3, 16, 16}};
    const struct vf_tensor_form nhwc = {
        .name = text, .element = element, .rank = 4, .shape = {1, 16, 16, 3}};
    struct vf_picture_form form;
    struct vf_preparation *preparation = NULL;
    struct vf_model_fitting fitting;
    set_card(settings);
    ck_assert_int_eq(vf_picture_form_read(&form, &card, is_interleaved ? &nhwc : &nchw, &problem),
                     VF_OK);
    ck_assert_int_eq(form.is_interleaved, is_interleaved);
    ck_assert_int_eq(vf_preparation_create(&preparation, &form, &card), VF_OK);
    const struct vf_message *frame = make_frame(left, right);
    vf_bench_init(&media_bench, media_node("void"), 1, NULL, 0);
    ck_assert_int_eq(vf_preparation_draw(preparation, &media_bench.run, frame, tensor, &fitting),
                     VF_OK);
    ck_assert_int_eq(fitting.place.y, 4);
    vf_preparation_destroy(&preparation);
}

START_TEST(planes_are_filled_with_what_the_samples_become)
{
    static float tensor[3][16][16];
    draw("{\"mean\": [0.1, 0.2, 0.3], \"deviation\": [1, 2, 4], \"fill\": 255}", VF_ELEMENT_FLOAT32,
         false, tensor);
    for (int c = 0; c < 3; c++) {
        const double means[] = {0.1, 0.2, 0.3}, deviations[] = {1, 2, 4};
        double rest = (1 - means[c]) / deviations[c];
        ck_assert_double_eq_tol(tensor[c][0][0], rest, 1e-6);
        ck_assert_double_eq_tol(tensor[c][3][15], rest, 1e-6);
        ck_assert_double_eq_tol(tensor[c][12][0], rest, 1e-6);
        ck_assert_double_eq_tol(tensor[c][4][0], (left[c] / 255.0 - means[c]) / deviations[c],
                                1e-6);
        ck_assert_double_eq_tol(tensor[c][11][15], (right[c] / 255.0 - means[c]) / deviations[c],
                                1e-6);
    }
}
END_TEST

START_TEST(blue_can_be_the_first_channel)
{
    static float tensor[3][16][16];
    draw("{\"order\": \"bgr\", \"scale\": 1, \"mean\": [1, 2, 3]}", VF_ELEMENT_FLOAT32, false,
         tensor);
    for (int c = 0; c < 3; c++)
        ck_assert_double_eq_tol(tensor[2 - c][8][0], left[c] - (c + 1), 1e-4);
}
END_TEST

START_TEST(channels_can_stand_side_by_side_as_bytes)
{
    static uint8_t tensor[16][16][3];
    draw("{}", VF_ELEMENT_UINT8, true, tensor);
    ck_assert_mem_eq(tensor[4][0], left, 3);
    ck_assert_mem_eq(tensor[11][15], right, 3);
    ck_assert_mem_eq(tensor[0][0], ((uint8_t[]){114, 114, 114}), 3);
}
END_TEST

START_TEST(numbers_can_have_16_bits)
{
    static uint16_t tensor[3][16][16];
    draw("{}", VF_ELEMENT_FLOAT16, false, tensor);
    for (int c = 0; c < 3; c++)
        ck_assert_uint_eq(tensor[c][4][0], vf_half_from_float((float)(left[c] / 255.0)));
}
END_TEST

static const struct {
    const char *settings;
    unsigned element, rank;
    int64_t shape[4];
    const char *wrong; /* NULL: nothing */
} forms[] = {
    {"{}", VF_ELEMENT_FLOAT32, 4, {1, 3, 640, 480}, NULL},
    {"{}", VF_ELEMENT_FLOAT32, 4, {-1, 1, 32, 100}, NULL},
    {"{}", VF_ELEMENT_UINT8, 4, {1, 300, 300, 3}, NULL},
    {"{\"size\": \"480x640\"}", VF_ELEMENT_FLOAT32, 4, {-1, -1, -1, -1}, NULL},
    {"{}", VF_ELEMENT_FLOAT32, 4, {1, 3, -1, -1}, "takes pictures of any size; say which"},
    {"{\"size\": \"640x640\"}",
     VF_ELEMENT_FLOAT32,
     4,
     {1, 3, 640, 480},
     "card.size: the model takes pictures with a width of 480, not 640"},
    {"{}", VF_ELEMENT_FLOAT32, 2, {1, 16000, 0, 0}, "is no batch of pictures"},
    {"{}", VF_ELEMENT_INT64, 4, {1, 3, 8, 8}, "has elements that no picture is made of"},
    {"{}", VF_ELEMENT_FLOAT32, 4, {1, 12, 80, 80}, "has neither 1 nor 3 channels"},
    {"{}", VF_ELEMENT_FLOAT32, 4, {1, 3, 0, 80}, "is no picture of a usual size"},
};

START_TEST(inputs_that_are_no_pictures_are_refused)
{
    char name[] = "images";
    struct vf_picture_form form;
    const struct vf_tensor_form input = {
        .name = name,
        .element = forms[_i].element,
        .rank = forms[_i].rank,
        .shape = {forms[_i].shape[0], forms[_i].shape[1], forms[_i].shape[2], forms[_i].shape[3]}};
    set_card(forms[_i].settings);
    int err = vf_picture_form_read(&form, &card, &input, &problem);
    ck_assert_int_eq(err, forms[_i].wrong ? -EINVAL : VF_OK);
    if (forms[_i].wrong)
        ck_assert_msg(strstr(text, forms[_i].wrong) != NULL, "%s", text);
}
END_TEST

Suite *model_pictures_suite(void);
Suite *model_pictures_suite(void)
{
    Suite *suite = suite_create("model_pictures");
    TCase *tcase = tcase_create("pictures");
    tcase_add_checked_fixture(tcase, media_setup, teardown);
    tcase_add_loop_test(tcase, a_frame_is_fitted_and_every_place_found_again, 0,
                        (int)VF_COUNT(fittings));
    tcase_add_loop_test(tcase, numbers_of_16_bits_are_the_nearest, 0, (int)VF_COUNT(halves));
    tcase_add_test(tcase, every_number_of_16_bits_comes_back);
    tcase_add_test(tcase, planes_are_filled_with_what_the_samples_become);
    tcase_add_test(tcase, blue_can_be_the_first_channel);
    tcase_add_test(tcase, channels_can_stand_side_by_side_as_bytes);
    tcase_add_test(tcase, numbers_can_have_16_bits);
    tcase_add_loop_test(tcase, inputs_that_are_no_pictures_are_refused, 0, (int)VF_COUNT(forms));
    suite_add_tcase(suite, tcase);
    return suite;
}
