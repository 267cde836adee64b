/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "engine/base/array.h"
#include "engine/node/option/option.h"
#include "engine/node/option/range.h"
#include "engine/node/option/value_json.h"

enum colour { RED = 3, GREEN = 7 };

struct sample {
    int size;
    int64_t count;
    double ratio;
    int64_t wait;
    bool is_fast;
    char *title;
    enum colour colour;
    struct vf_map extra;
};

enum { SIZE, COUNT, RATIO, WAIT, FAST, TITLE, COLOUR, EXTRA };

static const struct vf_option table[] = {
    {"size", "Size", VF_INTEGER(struct sample, size), VF_RANGE(1, 9), .unit = "pixels",
     .fallback = "5"},
    {"count", "Count", VF_INTEGER64(struct sample, count), .fallback = "-1"},
    {"ratio", "Ratio", VF_NUMBER(struct sample, ratio), VF_RANGE(-1, 1), .fallback = "0.5"},
    {"wait", "Wait", VF_DURATION(struct sample, wait), VF_RANGE(-3600, 7200), .fallback = "0"},
    {"fast", "Fast", VF_BOOLEAN(struct sample, is_fast), .fallback = "true"},
    {"title", "Title", VF_TEXT(struct sample, title), .fallback = ""},
    {"colour", "Colour",
     VF_CHOICE(struct sample, colour, {"red", RED, "Warm"}, {"green", GREEN, "Fresh"}),
     .fallback = "green"},
    {"extra", "Extra", VF_MAP(struct sample, extra), .fallback = "{}"},
};
static const struct vf_option_list options = VF_LIST(table);

static struct sample sample;

static void setup(void)
{
    sample = (struct sample){0};
    ck_assert_int_eq(vf_option_set_fallbacks(&options, &sample), 0);
}

static void teardown(void)
{
    vf_option_release(&options, &sample);
}

static const struct {
    const char *text;
    int result, size;
} sizes[] = {
    {"1", 0, 1},         {"9", 0, 9},
    {"+3", 0, 3},        {"007", 0, 7},
    {"0", -ERANGE, 5},   {"10", -ERANGE, 5},
    {"", -EINVAL, 5},    {" 3", -EINVAL, 5},
    {"3 ", -EINVAL, 5},  {"3x", -EINVAL, 5},
    {"0x3", -EINVAL, 5}, {"3.0", -EINVAL, 5},
    {"-", -EINVAL, 5},   {"99999999999999999999", -ERANGE, 5},
};

START_TEST(an_integer_is_parsed_within_its_limits)
{
    ck_assert_int_eq(vf_option_set(&table[SIZE], sizes[_i].text, &sample), sizes[_i].result);
    ck_assert_int_eq(sample.size, sizes[_i].size);
}
END_TEST

START_TEST(a_long_integer_keeps_all_its_digits)
{
    ck_assert_int_eq(vf_option_set(&table[COUNT], "9223372036854775807", &sample), 0);
    ck_assert_int_eq(sample.count, INT64_MAX);
    ck_assert_int_eq(vf_option_set(&table[COUNT], "9223372036854775808", &sample), -ERANGE);
    ck_assert_int_eq(sample.count, INT64_MAX);
}
END_TEST

static const struct {
    const char *text;
    int result;
    double ratio;
} ratios[] = {
    {"1", 0, 1},          {"-.25", 0, -.25},      {"+0.5", 0, .5},      {"1e-3", 0, 1e-3},
    {"1.1", -ERANGE, .5}, {"1e999", -ERANGE, .5}, {"nan", -EINVAL, .5}, {"inf", -EINVAL, .5},
    {"0x1", -EINVAL, .5}, {".", -EINVAL, .5},     {"1,5", -EINVAL, .5}, {"", -EINVAL, .5},
    {" 1", -EINVAL, .5},  {"1e", -EINVAL, .5},
};

START_TEST(a_number_is_decimal_and_finite)
{
    ck_assert_int_eq(vf_option_set(&table[RATIO], ratios[_i].text, &sample), ratios[_i].result);
    ck_assert_double_eq(sample.ratio, ratios[_i].ratio);
}
END_TEST

static const struct {
    const char *text;
    int result;
    int64_t wait;
} waits[] = {
    {"2", 0, 2000000000},
    {"2.5", 0, 2500000000},
    {"2.5s", 0, 2500000000},
    {"40ms", 0, 40000000},
    {"7us", 0, 7000},
    {"1ns", 0, 1},
    {"1m30s", 0, 90000000000},
    {"1h1m1s", 0, 3661000000000},
    {"0.05d", 0, 4320000000000},
    {"-1m30s", 0, -90000000000},
    {"0m1s", 0, 1000000000},
    {"2h", 0, 7200000000000},
    {"1:30", 0, 90000000000},
    {"90:00", 0, 5400000000000},
    {"00:01:05", 0, 65000000000},
    {"01:00:00.25", 0, 3600250000000},
    {"-0:30", 0, -30000000000},
    {"3:00:00", -ERANGE, 0},
    {"1:5", -EINVAL, 0},
    {"1:60", -EINVAL, 0},
    {"1:00:60", -EINVAL, 0},
    {"1:00:00:00", -EINVAL, 0},
    {"1:30s", -EINVAL, 0},
    {":30", -EINVAL, 0},
    {"1:", -EINVAL, 0},
    {"1.5:00", -EINVAL, 0},
    {"1:-5", -EINVAL, 0},
    {"1:0e", -EINVAL, 0},
    {"2h1s", -ERANGE, 0},
    {"1e300h", -ERANGE, 0},
    {"1m30", -EINVAL, 0},
    {"1m-30s", -EINVAL, 0},
    {"1 s", -EINVAL, 0},
    {"1d", -ERANGE, 0},
    {"1w", -EINVAL, 0},
    {"s", -EINVAL, 0},
    {"", -EINVAL, 0},
    {"--1", -EINVAL, 0},
};

START_TEST(a_duration_has_units_and_is_kept_in_nanoseconds)
{
    ck_assert_int_eq(vf_option_set(&table[WAIT], waits[_i].text, &sample), waits[_i].result);
    ck_assert_int_eq(sample.wait, waits[_i].wait);
}
END_TEST

static const struct {
    const char *text;
    int result;
    int64_t bytes;
} amounts[] = {
    {"0", 0, 0},
    {"4096", 0, 4096},
    {"512MB", 0, 512000000},
    {"1.5 GiB", 0, 1610612736},
    {"2g", 0, 2147483648},
    {"3kb", 0, 3000},
    {"7 B", 0, 7},
    {"9999999TB", -ERANGE, 0},
    {"-1", -EINVAL, 0},
    {"0x10", -EINVAL, 0},
    {"1e9", -EINVAL, 0},
    {"nan", -EINVAL, 0},
    {"1.2.3", -EINVAL, 0},
    {"MB", -EINVAL, 0},
    {"5 MBs", -EINVAL, 0},
    {"", -EINVAL, 0},
};

START_TEST(an_amount_of_memory_has_units_and_is_kept_in_bytes)
{
    struct holder {
        int64_t bytes;
    } holder = {0};
    static const struct vf_option option = {"memory", "Help", VF_MEMORY(struct holder, bytes)};
    ck_assert_int_eq(vf_option_set(&option, amounts[_i].text, &holder), amounts[_i].result);
    ck_assert_int_eq(holder.bytes, amounts[_i].bytes);
}
END_TEST

START_TEST(a_boolean_is_true_or_false_and_nothing_else)
{
    ck_assert_int_eq(vf_option_set(&table[FAST], "false", &sample), 0);
    ck_assert(!sample.is_fast);
    ck_assert_int_eq(vf_option_set(&table[FAST], "yes", &sample), -EINVAL);
    ck_assert_int_eq(vf_option_set(&table[FAST], "true", &sample), 0);
    ck_assert(sample.is_fast);
}
END_TEST

START_TEST(a_choice_takes_the_number_of_its_name)
{
    ck_assert_int_eq(sample.colour, GREEN);
    ck_assert_int_eq(vf_option_set(&table[COLOUR], "red", &sample), 0);
    ck_assert_int_eq(sample.colour, RED);
    ck_assert_int_eq(vf_option_set(&table[COLOUR], "blue", &sample), -EINVAL);
    ck_assert_int_eq(sample.colour, RED);
}
END_TEST

START_TEST(text_set_twice_keeps_the_last_value_and_leaks_none)
{
    ck_assert_int_eq(vf_option_set(&table[TITLE], "first", &sample), 0);
    ck_assert_int_eq(vf_option_set(&table[TITLE], "second", &sample), 0);
    ck_assert_str_eq(sample.title, "second");
}
END_TEST

START_TEST(a_mapping_keeps_its_pairs_in_order_and_one_of_each_key)
{
    ck_assert_int_eq(vf_option_add(&table[EXTRA], "tune", "film", &sample), 0);
    ck_assert_int_eq(vf_option_add(&table[EXTRA], "bf", "2", &sample), 0);
    ck_assert_int_eq(vf_option_add(&table[EXTRA], "tune", "grain", &sample), 0);
    ck_assert_uint_eq(sample.extra.count, 2);
    ck_assert_str_eq(sample.extra.items[0].text, "grain");
    ck_assert_str_eq(sample.extra.items[1].key, "bf");
    ck_assert_int_eq(vf_option_set(&table[EXTRA], "tune", &sample), -EINVAL);
    ck_assert_int_eq(vf_option_set(&table[EXTRA], "{}", &sample), 0);
    ck_assert_uint_eq(sample.extra.count, 0);
    ck_assert_int_eq(vf_option_add(&table[TITLE], "a", "b", &sample), -EINVAL);
}
END_TEST

static const struct {
    int option;
    const char *description;
} descriptions[] = {
    {SIZE, "an integer, 1 to 9 pixels"},
    {COUNT, "an integer"},
    {RATIO, "a number, -1 to 1"},
    {WAIT, "a duration, such as 2.5, 40ms, 1m30s or 00:01:30 (-1 to 2 hours)"},
    {FAST, "a boolean, true or false"},
    {TITLE, "a text"},
    {COLOUR, "one of red, green"},
    {EXTRA, "a mapping, such as {name: value}"},
};

START_TEST(an_option_says_what_its_value_may_be)
{
    struct vf_text text = {0};
    vf_option_describe(&table[descriptions[_i].option], &text);
    ck_assert_str_eq(text.bytes, descriptions[_i].description);
    vf_text_finish(&text);
}
END_TEST

static const struct {
    struct vf_option option;
    const char *range, *exact;
} ranges[] = {
    {{"n", "N", VF_INTEGER(struct sample, size), VF_RANGE(2, 16384), .unit = "pixels"},
     ", 2 to 16384 pixels",
     ", 2 to 16384 pixels"},
    {{"n", "N", VF_INTEGER(struct sample, size), VF_RANGE(-1, 1e9)},
     ", -1 or more",
     ", -1 to 1000000000"},
    {{"n", "N", VF_INTEGER64(struct sample, count), VF_RANGE(1, 68719476736.0), .unit = "bytes"},
     ", 1 or more bytes",
     ", 1 to 68719476736 bytes"},
    {{"n", "N", VF_NUMBER(struct sample, ratio), VF_RANGE(-1e9, 1e9)},
     "",
     ", -1000000000 to 1000000000"},
    {{"n", "N", VF_NUMBER(struct sample, ratio), VF_RANGE(0.01, 1e6)},
     ", 0.01 to 1000000",
     ", 0.01 to 1000000"},
    {{"n", "N", VF_DURATION(struct sample, wait), VF_RANGE(0, 86400)},
     ", 0 to 24 hours",
     ", 0 to 24 hours"},
    {{"n", "N", VF_DURATION(struct sample, wait), VF_RANGE(0.001, 3600)},
     ", 1 ms to 1 hour",
     ", 1 ms to 1 hour"},
    {{"n", "N", VF_DURATION(struct sample, wait), VF_RANGE(-86400, 86400)},
     ", -24 to 24 hours",
     ", -24 to 24 hours"},
    {{"n", "N", VF_DURATION(struct sample, wait), VF_RANGE(1, 90)},
     ", 1 to 90 seconds",
     ", 1 to 90 seconds"},
    {{"n", "N", VF_DURATION(struct sample, wait), VF_RANGE(0.05, 600)},
     ", 50 ms to 10 minutes",
     ", 50 ms to 10 minutes"},
    {{"n", "N", VF_DURATION(struct sample, wait), VF_RANGE(0, 1e9)},
     ", 0 seconds or more",
     ", 0 to 31.6 years"},
    {{"n", "N", VF_DURATION(struct sample, wait), VF_RANGE(0.001, 1e6)},
     ", 1 ms or more",
     ", 1 ms to 11.5 days"},
};

START_TEST(a_range_is_said_as_people_say_it)
{
    struct vf_text text = {0};
    vf_option_add_range(&text, &ranges[_i].option, false, ", ", "");
    ck_assert_str_eq(text.bytes ? text.bytes : "", ranges[_i].range);
    text.length = 0;
    vf_option_add_range(&text, &ranges[_i].option, true, ", ", "");
    ck_assert_str_eq(text.bytes, ranges[_i].exact);
    vf_text_finish(&text);
}
END_TEST

static const struct vf_option values[] = {
    {"size", "Size", VF_INTEGER(struct sample, size)},
    {"wait", "Wait", VF_DURATION(struct sample, wait)},
    {"fast", "Fast", VF_BOOLEAN(struct sample, is_fast)},
    {"token", "Token", VF_TEXT(struct sample, title)},
    {"colour", "Colour",
     VF_CHOICE(struct sample, colour, {"red", RED, "Warm"}, {"green", GREEN, "Fresh"})},
    {"extra", "Extra", VF_MAP(struct sample, extra)},
};

START_TEST(values_are_shown_as_json_without_what_is_secret)
{
    static const struct vf_option_list shown = VF_LIST(values);
    ck_assert_int_eq(vf_option_set(&table[WAIT], "1m", &sample), 0);
    ck_assert_int_eq(vf_option_set(&table[TITLE], "hush", &sample), 0);
    ck_assert_int_eq(vf_kind_map.add(&table[EXTRA], "name", "gate", &sample.extra), 0);
    ck_assert_int_eq(vf_kind_map.add(&table[EXTRA], "password", "hush", &sample.extra), 0);
    json_t *json = vf_option_values_json(&shown, &sample);
    char *text = json_dumps(json, JSON_COMPACT);
    ck_assert_str_eq(text, "{\"size\":5,\"wait\":60.0,\"fast\":true,\"token\":\"***\","
                           "\"colour\":\"green\","
                           "\"extra\":{\"name\":\"gate\",\"password\":\"***\"}}");
    free(text);
    json_decref(json);
}
END_TEST

Suite *option_suite(void);
Suite *option_suite(void)
{
    Suite *suite = suite_create("option");
    TCase *tcase = tcase_create("option");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, an_integer_is_parsed_within_its_limits, 0, (int)VF_COUNT(sizes));
    tcase_add_loop_test(tcase, a_range_is_said_as_people_say_it, 0, (int)VF_COUNT(ranges));
    tcase_add_test(tcase, a_long_integer_keeps_all_its_digits);
    tcase_add_loop_test(tcase, a_number_is_decimal_and_finite, 0, (int)VF_COUNT(ratios));
    tcase_add_loop_test(tcase, a_duration_has_units_and_is_kept_in_nanoseconds, 0,
                        (int)VF_COUNT(waits));
    tcase_add_loop_test(tcase, an_amount_of_memory_has_units_and_is_kept_in_bytes, 0,
                        (int)VF_COUNT(amounts));
    tcase_add_test(tcase, a_boolean_is_true_or_false_and_nothing_else);
    tcase_add_test(tcase, a_choice_takes_the_number_of_its_name);
    tcase_add_test(tcase, text_set_twice_keeps_the_last_value_and_leaks_none);
    tcase_add_test(tcase, a_mapping_keeps_its_pairs_in_order_and_one_of_each_key);
    tcase_add_loop_test(tcase, an_option_says_what_its_value_may_be, 0,
                        (int)VF_COUNT(descriptions));
    tcase_add_test(tcase, values_are_shown_as_json_without_what_is_secret);
    suite_add_tcase(suite, tcase);
    return suite;
}
