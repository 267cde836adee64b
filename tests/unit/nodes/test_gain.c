/* SPDX-License-Identifier: MIT */
/* How much louder: factors and decibels. */
#include <check.h>
#include <math.h>

#include "engine/base/array.h"
#include "nodes/sound/gain.h"

static const struct {
    const char *text;
    double factor;
} gains[] = {
    {"0", 0},        {"1", 1},      {"0.5", 0.5},    {"1000", 1000},
    {"0dB", 1},      {"20dB", 10},  {"-20 dB", 0.1}, {"-6db", 0.5011872336},
    {"+60dB", 1000}, {"-999dB", 0}, {".25", 0.25},
};

static const char *const refused[] = {"",    "loud", "-1",  "1001", "61dB", "1 d",  "1dB x",
                                      "1e2", "nan",  "inf", "0x10", "dB",   "1.2.3"};

START_TEST(factors_and_decibels_are_read)
{
    double factor = -1;
    ck_assert(vf_gain_read(gains[_i].text, &factor));
    ck_assert_double_eq_tol(factor, gains[_i].factor, 1e-9);
}
END_TEST

START_TEST(anything_else_is_refused)
{
    double factor;
    ck_assert(!vf_gain_read(refused[_i], &factor));
}
END_TEST

Suite *gain_suite(void);
Suite *gain_suite(void)
{
    Suite *suite = suite_create("gain");
    TCase *tcase = tcase_create("core");
    tcase_add_loop_test(tcase, factors_and_decibels_are_read, 0, (int)VF_COUNT(gains));
    tcase_add_loop_test(tcase, anything_else_is_refused, 0, (int)VF_COUNT(refused));
    suite_add_tcase(suite, tcase);
    return suite;
}
