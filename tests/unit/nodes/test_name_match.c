/* SPDX-License-Identifier: MIT */
/* Which names a pattern can have made. */
#include "nodes/write/name_match.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/base/array.h"
#include "nodes/write/file_name.h"

static void setup(void)
{
    setenv("TZ", "UTC", 1);
    tzset();
}

static const struct {
    const char *part, *name;
    bool fits;
} names[] = {
    {"a-{seq:04d}.mp4", "a-0007.mp4", true},
    {"a-{seq:04d}.mp4", "a-12345.mp4", true},
    {"a-{seq:04d}.mp4", "a-0000.mp4", false}, /* they begin with 1 */
    {"a-{seq:04d}.mp4", "a-7.mp4", false},
    {"a-{seq:04d}.mp4", "a-00007.mp4", false},
    {"a-{seq:04d}.mp4", "a-0007.mkv", false},
    {"a-{seq:04d}.mp4", "a-0007.mp4.bak", false},
    {"a-{seq:04d}.mp4", "b-0007.mp4", false},
    {"a-{seq:04d}.mp4", "a-0007.part-k3m9x2wq.mp4", false},
    {"a-{seq:04d}.mp4", "a-007a.mp4", false},
    {"a-{seq:04d}.mp4", "a-.mp4", false},
    {"{seq}.mp4", "10.mp4", true},
    {"{seq}.mp4", "010.mp4", false},
    {"{n:02d}.mp4", "03.mp4", true},
    {"{n:02d}.mp4", "3.mp4", false},
    {"{seq}{n}", "12", true},
    {"{pts:04d}", "0012", true},
    {"{pts:04d}", "-012", true},
    {"{pts:04d}", "-0012", false},
    {"{pts}", "-0", false},
    {"{pts}", "none", true},
    {"{pts}", "0", true},
    {"{time}", "01-02-03.456", true},
    {"{time}", "-100-02-03.456", true},
    {"{time}", "001-02-03.456", false},
    {"{time}", "01-62-03.456", false},
    {"{time}", "01-02-03.45", false},
    {"{source_time}", "01-02-03:456", false},
    {"{source_time}", "none", true},
    {"{date}", "20260131-235958", true},
    {"{date}", "20260132-235958", false},
    {"{date}", "20260230-235958", false},
    {"{date}", "20260131-2359", false},
    {"{date}", "20260131-2359580", false},
    {"{date:%H%M}-{seq:02d}", "2359-01", true},
    {"{date:%H%M}-{seq:02d}", "2459-01", false},
    {"100%{{{seq}}}", "100%{5}", true},
    {"plain", "plain", true},
    {"plain", "plai", false},
    {"", "", true},
};

START_TEST(a_field_fits_what_it_prints_and_nothing_else)
{
    ck_assert_int_eq(vf_name_match_fits(names[_i].part, names[_i].name), names[_i].fits);
}
END_TEST

START_TEST(a_file_may_have_a_number_behind_its_name)
{
    ck_assert(vf_name_match_fits_file("{time}.jpg", "01-02-03.456-2.jpg"));
    ck_assert(vf_name_match_fits_file("{seq}.jpg", "7-12.jpg"));
    ck_assert(!vf_name_match_fits_file("{seq}.jpg", "7-1.jpg"));
    ck_assert(!vf_name_match_fits_file("{seq}.jpg", "7-02.jpg"));
    ck_assert(!vf_name_match_fits_file("{seq}.jpg", "7-.jpg"));
    ck_assert(!vf_name_match_fits_file("{seq}.jpg", "-2.jpg"));
    ck_assert(!vf_name_match_fits_file("{seq}.jpg", "7 (2).jpg"));
    ck_assert(!vf_name_match_fits("{seq}.jpg", "7-12.jpg"));
}
END_TEST

static const struct {
    const char *pattern, *settled;
} patterns[] = {
    {"{source}-{seq:02d}.mp4", "cat{{x}}-{seq:02d}.mp4"},
    {"{folder}/{date}.mp4", "a/b/{date}.mp4"},
    {"{date:%Y/%m-%d}/x", "{date:%Y}/{date:%m-%d}/x"},
    {"{date:%D}", "{date:%m}/{date:%d}/{date:%y}"},
    {"{date:/%%/%Y/}", "/{date:%%}/{date:%Y}/"},
    {"{{{n}}}", "{{{n}}}"},
    {"", ""},
};

START_TEST(a_pattern_is_settled_for_one_source)
{
    struct vf_description first = {.timestamp = 0};
    vf_message_set_source(&first, "in/a/b/cat{x}.avi", strlen("in"));
    const struct vf_name_facts facts = {.first = &first};
    char *settled = vf_name_match_settle(patterns[_i].pattern, &facts);
    ck_assert_str_eq(settled, patterns[_i].settled);
    free(settled);
}
END_TEST

static const char *const made[] = {
    "{seq:03d}", "{n}-{seq}",     "{pts:08d}",       "{time}", "{source_time}x", "{date}",
    "{source}",  "{date:%H-%M}.", "{source}{n:02d}", "a{{b}}", "{date:%y%j}",
};

START_TEST(what_a_pattern_makes_fits_it)
{
    struct vf_description first = {
        .timestamp = -1500, .time_base = {1, 1000}, .source_time_ns = 3723456000000};
    vf_message_set_source(&first, "in/cat.avi", VF_SOURCE_NAME);
    const struct vf_name_facts facts = {
        .sequence = 1234, .number = 1, .first = &first, .wall_ns = 1769903998123456789};
    char *name = vf_file_name_make(made[_i], &facts);
    char *settled = vf_name_match_settle(made[_i], &facts);
    ck_assert_msg(vf_name_match_fits(settled, name), "%s: %s", settled, name);
    free(settled);
    free(name);
}
END_TEST

START_TEST(a_name_that_no_file_can_have_fits_nothing)
{
    char name[300];
    memset(name, '1', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    ck_assert(!vf_name_match_fits("{seq}", name));
    ck_assert(!vf_name_match_fits(name, name));
}
END_TEST

Suite *name_match_suite(void);
Suite *name_match_suite(void)
{
    Suite *suite = suite_create("name_match");
    TCase *tcase = tcase_create("name_match");
    tcase_add_checked_fixture(tcase, setup, NULL);
    tcase_add_loop_test(tcase, a_field_fits_what_it_prints_and_nothing_else, 0,
                        (int)VF_COUNT(names));
    tcase_add_test(tcase, a_file_may_have_a_number_behind_its_name);
    tcase_add_loop_test(tcase, a_pattern_is_settled_for_one_source, 0, (int)VF_COUNT(patterns));
    tcase_add_loop_test(tcase, what_a_pattern_makes_fits_it, 0, (int)VF_COUNT(made));
    tcase_add_test(tcase, a_name_that_no_file_can_have_fits_nothing);
    suite_add_tcase(suite, tcase);
    return suite;
}
