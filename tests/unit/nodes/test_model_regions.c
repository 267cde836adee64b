/* SPDX-License-Identifier: MIT */
/* Parts of a frame, at any angle. */
#include <check.h>
#include <string.h>

#include "engine/base/array.h"
#include "nodes/vision/model/fitting.h"
#include "nodes/vision/model/region.h"

#define SIDE 16

static const double slanted[8] = {10, 10, 40, 20, 30, 50, 0, 40}; /* a square at an angle */
static const double narrowing[8] = {0, 0, 40, 0, 30, 20, 10, 20}; /* as seen from one side */

static void expect(const struct vf_region *region, double u, double v, double x, double y)
{
    double point[2];
    vf_region_point(region, u, v, point);
    ck_assert_double_eq_tol(point[0], x, 1e-9);
    ck_assert_double_eq_tol(point[1], y, 1e-9);
}

START_TEST(corners_of_a_region_are_its_own)
{
    const double *corners = _i ? narrowing : slanted;
    struct vf_region region;
    ck_assert(vf_region_init(&region, corners));
    expect(&region, 0, 0, corners[0], corners[1]);
    expect(&region, 1, 0, corners[2], corners[3]);
    expect(&region, 1, 1, corners[4], corners[5]);
    expect(&region, 0, 1, corners[6], corners[7]);
}
END_TEST

START_TEST(the_middle_is_where_the_diagonals_cross)
{
    struct vf_region region;
    ck_assert(vf_region_init(&region, slanted));
    expect(&region, 0.5, 0.5, 20, 30);
    ck_assert_double_eq_tol(region.width, region.height, 1e-9);
    ck_assert(vf_region_init(&region, narrowing));
    expect(&region, 0.5, 0.5, 20, 40.0 / 3);
    ck_assert_int_eq(vf_region_width_at(&region, 20, 1000), 27);
    ck_assert_int_eq(vf_region_width_at(&region, 2000, 1000), 1000);
}
END_TEST

START_TEST(a_region_that_goes_up_is_laid_down)
{
    const double upwards[8] = {10, 10, 20, 10, 20, 70, 10, 70};
    struct vf_region region;
    ck_assert(vf_region_init(&region, upwards));
    vf_region_lay_down(&region);
    ck_assert_double_eq(region.width, 60);
    ck_assert_double_eq(region.height, 10);
    expect(&region, 0, 0, 10, 70); /* what begins below is on the left */
    expect(&region, 1, 0, 10, 10);
}
END_TEST

static const double nothing[][8] = {
    {5, 5, 5, 5, 5, 5, 5, 5},         /* a point */
    {0, 0, 40, 0, 40, 0.5, 0, 0.5},   /* too low */
    {0, 0, 10, 10, 20, 20, 30, 30},   /* a line */
    {0, 0, 1e9, 0, 1e9, 1e9, 0, 1e9}, /* larger than any frame */
};

START_TEST(what_covers_nothing_is_no_region)
{
    struct vf_region region;
    ck_assert(!vf_region_init(&region, nothing[_i]));
}
END_TEST

/* Draws a part of a frame whose samples are 10 * x + y. */
static void draw(const double corners[8], int width, int height, uint8_t *samples)
{
    static uint8_t bytes[SIDE * SIDE];
    const struct vf_sample_planes frame = {
        .count = 1, .planes = {bytes}, .strides = {SIDE}, .width = SIDE, .height = SIDE};
    const struct vf_region_part part = {0, 0, 1, 1, width, height};
    struct vf_region region;
    for (int i = 0; i < SIDE * SIDE; i++)
        bytes[i] = (uint8_t)(10 * (i % SIDE) + i / SIDE);
    ck_assert(vf_region_init(&region, corners));
    vf_region_draw(&region, &part, &frame, 0, samples);
}

START_TEST(a_region_is_drawn_as_it_would_lie)
{
    const double box[8] = {4, 2, 8, 2, 8, 4, 4, 4}, turned[8] = {4, 4, 4, 2, 8, 2, 8, 4};
    const double beyond[8] = {-4, 2, 0, 2, 0, 4, -4, 4};
    uint8_t samples[16];
    static const uint8_t upright[8] = {42, 52, 62, 72, 43, 53, 63, 73};
    static const uint8_t up[8] = {43, 42, 53, 52, 63, 62, 73, 72};
    draw(box, 4, 2, samples);
    ck_assert_mem_eq(samples, upright, sizeof(upright));
    draw(turned, 2, 4, samples);
    ck_assert_mem_eq(samples, up, sizeof(up));
    draw(box, 1, 1, samples); /* the mean of all */
    ck_assert_int_eq(samples[0], 58);
    draw(beyond, 4, 2, samples); /* the edge goes on */
    ck_assert_int_eq(samples[0], 2);
    ck_assert_int_eq(samples[7], 3);
}
END_TEST

START_TEST(what_is_found_in_a_region_is_found_in_the_frame)
{
    struct vf_model_fitting fitting;
    struct vf_region region;
    double point[2];
    ck_assert(vf_region_init(&region, slanted));
    vf_model_fit_region(&fitting, VF_FIT_LETTERBOX, &region, 100, 50);
    ck_assert_int_eq(fitting.place.x, 25);
    vf_model_point(&fitting, 25, 0, point);
    ck_assert_double_eq_tol(point[0], 10, 1e-6);
    ck_assert_double_eq_tol(point[1], 10, 1e-6);
    vf_model_point(&fitting, 50, 25, point);
    ck_assert_double_eq_tol(point[0], 20, 1e-6);
    ck_assert_double_eq_tol(point[1], 30, 1e-6);
}
END_TEST

Suite *model_regions_suite(void);
Suite *model_regions_suite(void)
{
    Suite *suite = suite_create("model_regions");
    TCase *tcase = tcase_create("regions");
    tcase_add_loop_test(tcase, corners_of_a_region_are_its_own, 0, 2);
    tcase_add_test(tcase, the_middle_is_where_the_diagonals_cross);
    tcase_add_test(tcase, a_region_that_goes_up_is_laid_down);
    tcase_add_loop_test(tcase, what_covers_nothing_is_no_region, 0, VF_COUNT(nothing));
    tcase_add_test(tcase, a_region_is_drawn_as_it_would_lie);
    tcase_add_test(tcase, what_is_found_in_a_region_is_found_in_the_frame);
    suite_add_tcase(suite, tcase);
    return suite;
}
