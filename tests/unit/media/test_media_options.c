/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <errno.h>
#include <stdlib.h>

#include "engine/media/libav/colour.h"
#include "engine/media/libav/options.h"
#include "engine/media/read/open/reconnect_option.h"
#include "engine/media/write/choice/metadata.h"
#include "engine/node/option/workers.h"

struct sample {
    struct vf_frame_size size;
    struct vf_rational rate;
    int64_t bit_rate;
    char *format;
    struct vf_colour colour;
    struct vf_reconnect_option reconnect;
    struct vf_output_metadata metadata;
    int workers;
};

static const struct vf_option table[] = {
    {"size", "Size", VF_FRAME_SIZE(struct sample, size)},
    {"rate", "Rate", VF_FRAME_RATE(struct sample, rate)},
    {"bitrate", "Bit rate", VF_BIT_RATE(struct sample, bit_rate), VF_RANGE(0, 1e9)},
    {"format", "Format", VF_PIXEL_FORMAT(struct sample, format)},
    {"colour", "Colour", VF_COLOUR(struct sample, colour)},
    {"reconnect", "Reconnect", VF_RECONNECT(struct sample, reconnect)},
    {"metadata", "Metadata", VF_METADATA(struct sample, metadata)},
    {"workers", "Workers", VF_WORKERS(struct sample, workers)},
};

static struct sample sample;

static void setup(void)
{
    sample = (struct sample){0};
}

static void teardown(void)
{
    free(sample.format);
    vf_kind_reconnect.release(&sample.reconnect);
    vf_kind_metadata.release(&sample.metadata);
}

static const struct {
    const char *text;
    int result, width, height;
} sizes[] = {
    {"1280x720", 0, 1280, 720},  {"hd1080", 0, 1920, 1080}, {"1280", -EINVAL, 0, 0},
    {"", -EINVAL, 0, 0},         {"0x10", -EINVAL, 0, 0},   {"99999x10", -ERANGE, 0, 0},
    {"10x20x30", -EINVAL, 0, 0},
};

START_TEST(a_frame_size_is_two_sides_or_a_name)
{
    ck_assert_int_eq(vf_option_set(&table[0], sizes[_i].text, &sample), sizes[_i].result);
    ck_assert_int_eq(sample.size.width, sizes[_i].width);
    ck_assert_int_eq(sample.size.height, sizes[_i].height);
}
END_TEST

static const struct {
    const char *text;
    int result, num, den;
} rates[] = {
    {"25", 0, 25, 1},   {"30000/1001", 0, 30000, 1001}, {"ntsc", 0, 30000, 1001},
    {"12.5", 0, 25, 2}, {"0", -EINVAL, 0, 0},           {"fast", -EINVAL, 0, 0},
};

START_TEST(a_frame_rate_is_a_number_a_fraction_or_a_name)
{
    ck_assert_int_eq(vf_option_set(&table[1], rates[_i].text, &sample), rates[_i].result);
    ck_assert_int_eq(sample.rate.num, rates[_i].num);
    ck_assert_int_eq(sample.rate.den, rates[_i].den);
}
END_TEST

static const struct {
    const char *text;
    int result;
    int64_t bit_rate;
} bit_rates[] = {
    {"2M", 0, 2000000}, {"800k", 0, 800000}, {"1.5M", 0, 1500000},  {"96000", 0, 96000},
    {"2G", -ERANGE, 0}, {"-1", -EINVAL, 0},  {"2MB/s", -EINVAL, 0}, {"nan", -EINVAL, 0},
};

START_TEST(a_bit_rate_has_the_usual_prefixes)
{
    ck_assert_int_eq(vf_option_set(&table[2], bit_rates[_i].text, &sample), bit_rates[_i].result);
    ck_assert_int_eq(sample.bit_rate, bit_rates[_i].bit_rate);
}
END_TEST

START_TEST(a_pixel_format_is_one_that_lies_in_memory)
{
    ck_assert_int_eq(vf_option_set(&table[3], "yuv420p10le", &sample), VF_OK);
    ck_assert_str_eq(sample.format, "yuv420p10le");
    ck_assert_int_eq(vf_option_set(&table[3], "", &sample), VF_OK);
    ck_assert_int_eq(vf_option_set(&table[3], "yuv42p", &sample), -EINVAL);
    ck_assert_int_eq(vf_option_set(&table[3], "vaapi", &sample), -EINVAL);
}
END_TEST

static const struct {
    size_t option;
    const char *text, *printed;
} printed[] = {
    {0, "1280x720", "1280x720"},
    {0, "vga", "640x480"},
    {1, "25", "25"},
    {1, "ntsc", "30000/1001"},
    {2, "1.5M", "1500000"},
    {3, "nv12", "nv12"},
    {3, "", ""},
    {4, "red", "#ff0000"},
    {4, "#11223380", "#11223380"},
    {5, "auto", "auto"},
    {6, "none", "none"},
    {6, "copy", "copy"},
    {7, "auto", "auto"},
    {7, "3", "3"},
};

START_TEST(a_value_is_printed_as_a_flow_file_may_have_it)
{
    const struct vf_option *option = &table[printed[_i].option];
    void *field = (char *)&sample + option->offset;
    ck_assert_int_eq(vf_option_set(option, printed[_i].text, &sample), VF_OK);
    char *text = option->kind->print(option, field);
    ck_assert_str_eq(text, printed[_i].printed);
    ck_assert_int_eq(vf_option_set(option, text, &sample), VF_OK);
    free(text);
}
END_TEST

START_TEST(a_mapping_is_printed_with_its_keys)
{
    ck_assert_int_eq(vf_option_set(&table[6], "{}", &sample), VF_OK);
    ck_assert_int_eq(vf_kind_metadata.add(&table[6], "title", "Garden", &sample.metadata), VF_OK);
    ck_assert_int_eq(vf_kind_reconnect.add(&table[5], "max", "9s", &sample.reconnect), VF_OK);
    ck_assert_int_eq(vf_kind_reconnect.add(&table[5], "attempts", "2", &sample.reconnect), VF_OK);
    char *metadata = vf_kind_metadata.print(&table[6], &sample.metadata);
    char *reconnect = vf_kind_reconnect.print(&table[5], &sample.reconnect);
    ck_assert_str_eq(metadata, "{title: Garden}");
    ck_assert_str_eq(reconnect, "{max: 9s, attempts: 2}");
    free(metadata);
    free(reconnect);
}
END_TEST

Suite *media_options_suite(void);
Suite *media_options_suite(void)
{
    Suite *suite = suite_create("media_options");
    TCase *tcase = tcase_create("media_options");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, a_frame_size_is_two_sides_or_a_name, 0, (int)VF_COUNT(sizes));
    tcase_add_loop_test(tcase, a_frame_rate_is_a_number_a_fraction_or_a_name, 0,
                        (int)VF_COUNT(rates));
    tcase_add_loop_test(tcase, a_bit_rate_has_the_usual_prefixes, 0, (int)VF_COUNT(bit_rates));
    tcase_add_test(tcase, a_pixel_format_is_one_that_lies_in_memory);
    tcase_add_loop_test(tcase, a_value_is_printed_as_a_flow_file_may_have_it, 0,
                        (int)VF_COUNT(printed));
    tcase_add_test(tcase, a_mapping_is_printed_with_its_keys);
    suite_add_tcase(suite, tcase);
    return suite;
}
