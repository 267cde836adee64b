/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/base/array.h"
#include "engine/base/text.h"
#include "nodes/write/file_name.h"
#include "tests/unit/support/scratch.h"

/* 2026-01-31 23:59:58 in UTC. */
#define WALL_NS 1769903998123456789

static char problem[256];

static void setup(void)
{
    setenv("TZ", "UTC", 1);
    tzset();
    scratch_create();
}

static void check_made(const char *pattern, uint64_t sequence, const struct vf_description *first,
                       const char *expected)
{
    ck_assert_int_eq(vf_file_name_check(pattern, problem, sizeof(problem)), 0);
    const struct vf_name_facts facts = {
        .sequence = sequence, .number = 3, .first = first, .wall_ns = WALL_NS};
    char *made = vf_file_name_make(pattern, &facts);
    ck_assert_str_eq(made, expected);
    free(made);
}

static const struct {
    const char *pattern, *made;
} names[] = {
    {"out.mp4", "out.mp4"},
    {"", ""},
    {"out/{seq}.jpg", "out/7.jpg"},
    {"%d/50%-%%04d%s{date:%d}.jpg", "%d/50%-%%04d%s31.jpg"},
    {"out/{seq:d}.jpg", "out/7.jpg"},
    {"out/{seq:04d}.jpg", "out/0007.jpg"},
    {"{seq:01d}{seq:020d}", "700000000000000000007"},
    {"{pts}-{pts:08d}", "3754-00003754"},
    {"at-{time}.png", "at-00-02-30.160.png"},
    {"{date}.mp4", "20260131-235958.mp4"},
    {"{date:%Y/%m/%d}/{date:%H:%M}.mp4", "2026/01/31/23:59.mp4"},
    {"{date:100%%}", "100%"},
    {"{source}.out.mp4", "street.cut.out.mp4"},
    {"{{{seq}}}", "{7}"},
    {"{{seq}}", "{seq}"},
    {"{source}-{seq:03d}-{seq:03d}", "street.cut-007-007"},
    {"{source}-{n:02d}.jpg", "street.cut-03.jpg"},
    {"{source_time}", "01-00-00.040"},
    {"out/{folder}/{source}.mp4", "out/day/_.1/street.cut.mp4"},
    {"{folder}{folder}", "day/_.1day/_.1"},
};

START_TEST(each_field_stands_for_what_it_names)
{
    struct vf_description first = {.timestamp = 3754, .time_base = {1, 25}};
    vf_message_set_source(&first, "in/day//..1/street.cut.avi", strlen("in"));
    first.source_time_ns = 3600040000000;
    check_made(names[_i].pattern, 7, &first, names[_i].made);
}
END_TEST

static const struct {
    const char *pattern, *problem;
} mistakes[] = {
    {"{sec}", "{sec} is no field of a name; did you mean {seq}?"},
    {"{sourc}", "{sourc} is no field of a name; did you mean {source}?"},
    {"{frame_number}", "{frame_number} is no field of a name; there are {seq}, {n}, {pts}, "
                       "{time}, {date}, {source}, {source_time}, {folder}, of pictures of objects "
                       "and events {track}, {class}, {what} and {where}, and {{ for a brace"},
    {"{}", "{} is no field of a name; there are {seq}, {n}, {pts}, {time}, {date}, {source}, "
           "{source_time}, {folder}, of pictures of objects and events {track}, {class}, {what} "
           "and {where}, and {{ for a brace"},
    {"{seq:4d}", "\"4d\" is no format of {seq}; write {seq:04d}"},
    {"{seq:}", "\"\" is no format of {seq}; write {seq:04d}"},
    {"{seq:04}", "\"04\" is no format of {seq}; write {seq:04d}"},
    {"{seq:04x}", "\"04x\" is no format of {seq}; write {seq:04d}"},
    {"{seq:0d}", "\"0d\" is no format of {seq}; write {seq:04d}"},
    {"{seq:021d}", "\"021d\" is no format of {seq}; write {seq:04d}"},
    {"{seq:099999999999999999999d}",
     "\"099999999999999999999d\" is no format of {seq}; write {seq:04d}"},
    {"{pts:%d}", "\"%d\" is no format of {pts}; write {pts:08d}"},
    {"{time:%H}", "\"%H\" is no format of {time}; write {time}"},
    {"{source:8}", "\"8\" is no format of {source}; write {source}"},
    {"{date:}", "\"\" is no format of {date}; write {date:%Y%m%d-%H%M%S}"},
    {"{date:%Q}", "\"%Q\" is no format of {date}; write {date:%Y%m%d-%H%M%S}"},
    {"{date:%Y%}", "\"%Y%\" is no format of {date}; write {date:%Y%m%d-%H%M%S}"},
    {"{date:%n}", "\"%n\" is no format of {date}; write {date:%Y%m%d-%H%M%S}"},
    {"out-{seq", "\"{seq\" is not closed; end it by }, or write {{ for a brace"},
    {"{seq{seq}", "\"{seq\" is not closed; end it by }, or write {{ for a brace"},
    {"{", "\"{\" is not closed; end it by }, or write {{ for a brace"},
    {"frame-%04d.jpg",
     "path: \"frame-%04d.jpg\" would name a single file; write \"frame-{seq:04d}.jpg\""},
    {"a/%d/b%5d-{date:%d}.png",
     "path: \"b%5d-{date:%d}.png\" would name a single file; write \"b{seq:05d}-{date:%d}.png\""},
    {"%d", "path: \"%d\" would name a single file; write \"{seq}\""},
    {"seq}.jpg", "\"}\" closes nothing; write }} for a brace"},
};

START_TEST(a_mistake_is_told_with_what_would_be_right)
{
    ck_assert_int_eq(vf_file_name_check(mistakes[_i].pattern, problem, sizeof(problem)), -EINVAL);
    ck_assert_str_eq(problem, mistakes[_i].problem);
}
END_TEST

START_TEST(a_problem_is_cut_to_what_holds_it)
{
    char small[8];
    ck_assert_int_eq(vf_file_name_check("{frame_number}", small, sizeof(small)), -EINVAL);
    ck_assert_str_eq(small, "{frame_");
}
END_TEST

static const struct {
    int64_t timestamp;
    struct vf_rational time_base;
    const char *made;
} times[] = {
    {0, {1, 1000}, "0 00-00-00.000"},
    {-1500, {1, 1000}, "-1500 -00-00-01.500"},
    {3723456, {1, 1000}, "3723456 01-02-03.456"},
    {1001, {1, 30000}, "1001 00-00-00.033"},
    {100, {3600, 1}, "100 100-00-00.000"},
    {5, {0, 1}, "5 none"},
    {5, {1, 0}, "5 none"},
    {VF_NO_TIMESTAMP, {1, 25}, "none none"},
};

START_TEST(any_time_stamp_can_be_written)
{
    struct vf_description first = {.timestamp = times[_i].timestamp,
                                   .time_base = times[_i].time_base};
    check_made("{pts} {time}", 1, &first, times[_i].made);
}
END_TEST

static const struct {
    const char *source, *made;
} sources[] = {
    {"street.avi", "in/street/x"},
    {"no_ending", "in/no_ending/x"},
    {"a.b.c", "in/a.b/x"},
    {"", "in/unknown/x"},
    {".", "in/_/x"},
    {"..", "in/_/x"},
    {"...", "in/_./x"},
    {".profile", "in/_profile/x"},
    {"../../etc/passwd", "in/passwd/x"},
    {"../up", "in/up/x"},
    {"etc/passwd.d", "in/passwd/x"},
    {"/etc/passwd", "in/passwd/x"},
    {"a\nb\033\177c.avi", "in/a_b__c/x"},
    {"{seq}.avi", "in/{seq}/x"},
    {"100%n.avi", "in/100%n/x"},
    {"a\xc2\x9b"
     "31mb.avi",
     "in/a_31mb/x"}, /* C1, as UTF-8 and as a byte */
    {"a\x9b"
     "31mb.avi",
     "in/a_31mb/x"},
    {"a\xe2\x80\xaegpj.avi", "in/a_gpj/x"}, /* NOLINT: turns the order around */
    {"\xe2\x80\x8b..avi", "in/_./x"},       /* cannot be seen */
    {"\xe9t\xe9.avi", "in/\xe9t\xe9/x"},    /* an older code */
    {"Stra\xc3\x9f"
     "e.avi",
     "in/Stra\xc3\x9f"
     "e/x"},
};

START_TEST(what_a_source_is_called_stays_one_part_of_a_path)
{
    struct vf_description first = {0};
    memcpy(first.source, sources[_i].source, strlen(sources[_i].source));
    check_made("in/{source}/x", 1, &first, sources[_i].made);
}
END_TEST

START_TEST(a_source_that_does_not_end_is_read_to_its_last_byte)
{
    struct vf_description first = {0};
    memset(first.source, 'a', sizeof(first.source));
    const struct vf_name_facts facts = {.sequence = 1, .first = &first};
    char *made = vf_file_name_make("{source}", &facts);
    ck_assert_uint_eq(strlen(made), 255);
    free(made);
}
END_TEST

START_TEST(a_name_may_be_long)
{
    struct vf_text pattern = {0};
    const struct vf_description first = {0};
    for (int i = 0; i < 2000; i++)
        vf_text_print(&pattern, "{seq:020d}{date:%%A}");
    const struct vf_name_facts facts = {
        .sequence = UINT64_MAX, .first = &first, .wall_ns = WALL_NS};
    char *made = vf_file_name_make(pattern.bytes, &facts);
    ck_assert_uint_eq(strlen(made), 2000 * strlen("18446744073709551615Saturday"));
    free(made);
    vf_text_finish(&pattern);
}
END_TEST

START_TEST(fields_are_found_in_a_pattern)
{
    ck_assert(vf_file_name_has("{date:%Y}/{seq}.mp4", "seq"));
    ck_assert(vf_file_name_has("{date:%Y}/{seq}.mp4", NULL));
    ck_assert(!vf_file_name_has("{date:%Y}/{seq}.mp4", "source"));
    ck_assert(!vf_file_name_has("out/{{seq}}.mp4", "seq"));
    ck_assert(!vf_file_name_has("out/{{seq}}.mp4", NULL));
    ck_assert(!vf_file_name_has("latest.jpg", NULL));
}
END_TEST

Suite *file_name_suite(void);
Suite *file_name_suite(void)
{
    Suite *suite = suite_create("file_name");
    TCase *tcase = tcase_create("file_name");
    tcase_add_checked_fixture(tcase, setup, scratch_remove);
    tcase_add_loop_test(tcase, each_field_stands_for_what_it_names, 0, (int)VF_COUNT(names));
    tcase_add_loop_test(tcase, a_mistake_is_told_with_what_would_be_right, 0,
                        (int)VF_COUNT(mistakes));
    tcase_add_test(tcase, a_problem_is_cut_to_what_holds_it);
    tcase_add_loop_test(tcase, any_time_stamp_can_be_written, 0, (int)VF_COUNT(times));
    tcase_add_loop_test(tcase, what_a_source_is_called_stays_one_part_of_a_path, 0,
                        (int)VF_COUNT(sources));
    tcase_add_test(tcase, a_source_that_does_not_end_is_read_to_its_last_byte);
    tcase_add_test(tcase, a_name_may_be_long);
    tcase_add_test(tcase, fields_are_found_in_a_pattern);
    suite_add_tcase(suite, tcase);
    return suite;
}
