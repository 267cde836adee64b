/* SPDX-License-Identifier: MIT */
/* When too much of one sound waits for another. */
#include <check.h>

#include "nodes/sound/late_input.h"

#define MEGABYTE ((size_t)1 << 20)
#define NONE 3

static struct vf_late_inputs inputs;

static void setup(void)
{
    inputs = (struct vf_late_inputs){.count = NONE};
}

/* Notes so many seconds of an input, of a megabyte each. */
static unsigned note(unsigned input, unsigned seconds)
{
    unsigned late = NONE;
    for (unsigned i = 0; i < seconds && late == NONE; i++)
        late = vf_late_inputs_note(&inputs, input, 1, MEGABYTE);
    return late;
}

START_TEST(what_waits_has_a_limit)
{
    ck_assert_uint_eq(note(0, 256), NONE);
    ck_assert_uint_eq(note(1, 10), NONE);
    ck_assert_uint_eq(note(0, 1), 2);
}
END_TEST

START_TEST(only_what_is_ahead_waits)
{
    for (unsigned i = 0; i < 10; i++) {
        ck_assert_uint_eq(note(0, 200), NONE);
        ck_assert_uint_eq(note(1, 200), NONE);
        ck_assert_uint_eq(note(2, 200), NONE);
    }
    ck_assert_uint_eq(note(1, 256), NONE);
    ck_assert_uint_eq(note(1, 1), 0);
}
END_TEST

START_TEST(what_has_ended_is_not_waited_for)
{
    inputs.has_ended[1] = inputs.has_ended[2] = true;
    ck_assert_uint_eq(note(0, 1000), NONE);
    inputs.has_ended[2] = false;
    ck_assert_uint_eq(note(0, 1), 2);
}
END_TEST

Suite *late_input_suite(void);
Suite *late_input_suite(void)
{
    Suite *suite = suite_create("late_input");
    TCase *tests = tcase_create("late_input");
    tcase_add_checked_fixture(tests, setup, NULL);
    tcase_add_test(tests, what_waits_has_a_limit);
    tcase_add_test(tests, only_what_is_ahead_waits);
    tcase_add_test(tests, what_has_ended_is_not_waited_for);
    suite_add_tcase(suite, tests);
    return suite;
}
