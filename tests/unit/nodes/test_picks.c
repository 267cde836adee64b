/* SPDX-License-Identifier: MIT */
/* Which frames those take who read a reader. */
#include "nodes/read/picks.h"

#include <check.h>
#include <string.h>

#include "engine/base/array.h"

#define MAX_TIMES 10

static const struct {
    struct vf_wish wishes[2];
    unsigned count;
    int64_t times_ms[MAX_TIMES]; /* up to the first that does not rise */
    const char *taken;           /* for each, whether it is */
} cases[] = {
    {{{.nth = 3}}, 1, {0, 40, 80, 120, 160, 200, 240}, "y..y..y"},
    {{{.nth = 3}, {.nth = 2}}, 2, {0, 40, 80, 120, 160, 200, 240}, "y.yyy.y"},
    {{{.fps = 10}}, 1, {0, 40, 80, 120, 160, 200, 400}, "y..y.yy"},
    /* Ticks of 100 ms; the nearest counts, and nobody knows what comes after the last. */
    {{{.rate = {10, 1}}}, 1, {0, 40, 80, 120, 160, 200, 400}, ".y.y.yy"},
    {{{.rate = {100, 1}}}, 1, {0, 40, 80}, "yyy"},
    {{{.nth = 0}}, 0, {0, 40, 80}, "yyy"},
};

static struct vf_message frame_at(int64_t time_ms)
{
    return (struct vf_message){.description = {.type = VF_VALUE_VIDEO,
                                               .is_hollow = true,
                                               .timestamp = time_ms,
                                               .time_base = {1, 1000}}};
}

START_TEST(each_wish_takes_what_its_node_would)
{
    struct vf_picks picks = {.wishes = cases[_i].wishes, .count = cases[_i].count};
    char taken[MAX_TIMES + 1] = "";
    size_t count = strlen(cases[_i].taken);
    for (size_t i = 0; i < count; i++) {
        struct vf_message frame = frame_at(cases[_i].times_ms[i]);
        struct vf_message next = i + 1 < count ? frame_at(cases[_i].times_ms[i + 1]) : frame;
        bool is_taken = vf_picks_take(&picks, &frame, i + 1 < count ? &next : NULL);
        taken[i] = is_taken ? 'y' : '.';
    }
    ck_assert_str_eq(taken, cases[_i].taken);
}
END_TEST

Suite *picks_suite(void);
Suite *picks_suite(void)
{
    Suite *suite = suite_create("picks");
    TCase *tcase = tcase_create("picks");
    tcase_add_loop_test(tcase, each_wish_takes_what_its_node_would, 0, (int)VF_COUNT(cases));
    suite_add_tcase(suite, tcase);
    return suite;
}
