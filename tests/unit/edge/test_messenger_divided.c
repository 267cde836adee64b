/* SPDX-License-Identifier: MIT */
/* A task that answers each of its inputs for itself, on an output of its own. */
#include <check.h>
#include <semaphore.h>

#include "engine/base/array.h"
#include "engine/base/clock.h"
#include "tests/unit/support/task_net.h"

#define LAST 40
#define AHEAD 6

/* Tasks 1 and 2 make numbers, task 3 answers both, and 4 and 5 join what is made of one with its
 * answers. */
#define FORKS(depth)                                                         \
    {1, 0, 3, 0, depth}, {2, 0, 3, 1, depth}, {1, 0, 4, 0, 2 * (depth) + 2}, \
        {2, 0, 5, 0, 2 * (depth) + 2}, {3, 0, 4, 1, depth},                  \
    {                                                                        \
        3, 1, 5, 1, depth                                                    \
    }

static sem_t gate;
static int64_t step; /* of the second input: how many of its numbers one is answered of */
static unsigned
    dies_at; /* number of inputs that a process of task 3 lives for; 0: it does not die */

static void setup(void)
{
    ck_assert_int_eq(sem_init(&gate, 0, 0), 0);
    step = 1;
    dies_at = 0;
}

static void teardown(void)
{
    net_finish();
    sem_destroy(&gate);
}

static void publish_numbers(struct vf_messenger *messenger)
{
    net_publish_all(messenger, LAST);
}

static unsigned input_of(const struct vf_inputs *inputs)
{
    ck_assert(!inputs->items[0] != !inputs->items[1]);
    return inputs->items[0] ? 0 : 1;
}

/* Answers all numbers of the first input, and some of the second. */
static void answer(struct vf_messenger *messenger)
{
    const struct vf_inputs *inputs;
    unsigned count = 0;
    bool has_died = false;
    while (vf_messenger_receive(messenger, &inputs) == VF_OK) {
        unsigned input = input_of(inputs);
        if (input == 0 || net_number(inputs->items[1]) % step == 0) {
            int result = vf_messenger_passthrough(messenger, input, input);
            ck_assert(result == VF_OK || (has_died && result == VF_END)); /* all have had all */
        }
        has_died = !has_died && dies_at && ++count % dies_at == 0;
        if (has_died)
            messenger = net_replace(messenger);
    }
    ck_assert_int_eq(vf_messenger_passthrough_termination(messenger), VF_OK);
}

/* The same, having looked at those that follow. */
static void answer_batches(struct vf_messenger *messenger)
{
    const struct vf_inputs *inputs;
    while (vf_messenger_receive(messenger, &inputs) == VF_OK) {
        unsigned input = input_of(inputs);
        int ahead = vf_messenger_look_ahead(messenger, AHEAD, vf_clock_now_ns());
        ck_assert_int_ge(ahead, 0);
        ck_assert_int_eq(vf_messenger_passthrough(messenger, input, input), VF_OK);
    }
    ck_assert_int_eq(vf_messenger_passthrough_termination(messenger), VF_OK);
}

static void join_numbers(struct vf_messenger *messenger, int64_t by)
{
    const struct vf_inputs *inputs;
    int64_t number = 0;
    while (vf_messenger_receive(messenger, &inputs) == VF_OK) {
        number += by;
        ck_assert_int_eq(net_number(inputs->items[0]), number);
        ck_assert_int_eq(net_number(inputs->items[1]), number);
    }
    ck_assert_int_eq(number, LAST / by * by);
}

static void join_first(struct vf_messenger *messenger)
{
    join_numbers(messenger, 1);
}

static void join_second(struct vf_messenger *messenger)
{
    join_numbers(messenger, step);
}

START_TEST(answers_meet_what_they_are_answers_to)
{
    NET_BY(_i, FORKS(2));
    net_set_divided(3);
    NET_RUN(publish_numbers, publish_numbers, answer, join_first, join_second);
}
END_TEST

START_TEST(what_is_not_answered_is_made_known_to_its_readers_alone)
{
    step = 4;
    NET_BY(_i, FORKS(3));
    net_set_divided(3);
    NET_RUN(publish_numbers, publish_numbers, answer, join_first, join_second);
}
END_TEST

/* Takes nothing before the other reader has had all. */
static void join_first_late(struct vf_messenger *messenger)
{
    ck_assert_int_eq(sem_wait(&gate), 0);
    join_numbers(messenger, 1);
}

static void join_second_early(struct vf_messenger *messenger)
{
    join_numbers(messenger, step);
    ck_assert_int_eq(sem_post(&gate), 0);
}

START_TEST(answers_that_are_not_taken_hold_nobody_else_up)
{
    NET_BY(_i % 2, FORKS(2));
    net_set_divided(3);
    net_set_looks_ahead(3, _i < 2 ? 0 : AHEAD);
    NET_RUN(publish_numbers, publish_numbers, _i < 2 ? answer : answer_batches, join_first_late,
            join_second_early);
}
END_TEST

START_TEST(who_dies_between_two_inputs_answers_each_once)
{
    dies_at = 1 + (unsigned)_i;
    step = 2;
    NET(FORKS(2));
    net_set_divided(3);
    net_set_replaceable(3);
    NET_RUN(publish_numbers, publish_numbers, answer, join_first, join_second);
}
END_TEST

Suite *messenger_divided_suite(void);
Suite *messenger_divided_suite(void)
{
    Suite *suite = suite_create("messenger_divided");
    TCase *tests = tcase_create("messenger_divided");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, answers_meet_what_they_are_answers_to, 0, 2);
    tcase_add_loop_test(tests, what_is_not_answered_is_made_known_to_its_readers_alone, 0, 2);
    tcase_add_loop_test(tests, answers_that_are_not_taken_hold_nobody_else_up, 0, 4);
    tcase_add_loop_test(tests, who_dies_between_two_inputs_answers_each_once, 0, 4);
    suite_add_tcase(suite, tests);
    return suite;
}
