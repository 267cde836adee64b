/* SPDX-License-Identifier: MIT */
/* A task that looks at its inputs before it is their turn. */
#include <check.h>
#include <semaphore.h>

#include "engine/base/array.h"
#include "engine/base/clock.h"
#include "tests/unit/support/task_net.h"

#define LAST 20
#define AHEAD 3
#define LONG_NS (600 * VF_NS_PER_S)

static sem_t gate;

static void setup(void)
{
    ck_assert_int_eq(sem_init(&gate, 0, 0), 0);
}

static void teardown(void)
{
    net_finish();
    sem_destroy(&gate);
}

static int64_t deadline(void)
{
    return vf_clock_now_ns() + LONG_NS;
}

static void publish_numbers(struct vf_messenger *messenger)
{
    net_publish_all(messenger, LAST);
}

static int64_t number_ahead(struct vf_messenger *messenger, unsigned number)
{
    struct vf_message *const *inputs = vf_messenger_ahead(messenger, number);
    return inputs ? net_number(inputs[0]) : 0;
}

static void look_beyond(struct vf_messenger *messenger, int64_t number)
{
    ck_assert_int_eq(vf_messenger_look_ahead(messenger, AHEAD, deadline()), AHEAD);
    for (unsigned i = 0; i < AHEAD; i++)
        ck_assert_int_eq(number_ahead(messenger, i), number + 1 + i);
}

/* Looks at the next ones at each fourth input, and passes each on in its own round. */
static void look_and_pass(struct vf_messenger *messenger)
{
    int64_t number = 0;
    while (net_receive(messenger) == ++number) {
        if (number % (AHEAD + 1) == 1)
            look_beyond(messenger, number);
        ck_assert_int_eq(number_ahead(messenger, (unsigned)(AHEAD - (number - 1) % 4)), 0);
        ck_assert_int_eq(vf_messenger_passthrough(messenger, 0, 0), VF_OK);
    }
    ck_assert_int_eq(number, LAST + 1);
    ck_assert_int_eq(vf_messenger_passthrough_termination(messenger), VF_OK);
}

static void join_both(struct vf_messenger *messenger)
{
    const struct vf_inputs *inputs;
    int64_t number = 0;
    while (vf_messenger_receive(messenger, &inputs) == VF_OK) {
        ck_assert_int_eq(net_number(inputs->items[0]), ++number);
        ck_assert_int_eq(net_number(inputs->items[1]), number);
    }
    ck_assert_int_eq(number, LAST);
}

START_TEST(inputs_that_were_looked_at_come_in_their_turn)
{
    NET_BY(_i, {1, 0, 2, 0, AHEAD + 2}, {1, 0, 3, 0, 2 * AHEAD + 4}, {2, 0, 3, 1, 2});
    net_set_looks_ahead(2, AHEAD);
    NET_RUN(publish_numbers, look_and_pass, join_both);
    ck_assert_uint_eq(atomic_load(&net_terms(0)->inbox->data_taken), LAST);
    ck_assert_uint_eq(atomic_load(&net_page(2)->inputs), LAST);
}
END_TEST

static void publish_two(struct vf_messenger *messenger)
{
    ck_assert_int_eq(net_publish(messenger, 0, 1), VF_OK);
    ck_assert_int_eq(net_publish(messenger, 0, 2), VF_OK);
    ck_assert_int_eq(sem_wait(&gate), 0);
    ck_assert_int_eq(vf_messenger_publish_termination(messenger, VF_END_COMPLETE), VF_OK);
}

/* Waits for more than come: until a deadline, and then until the end. */
static void look_too_far(struct vf_messenger *messenger)
{
    ck_assert_int_eq(net_receive(messenger), 1);
    ck_assert_int_eq(vf_messenger_look_ahead(messenger, 1, deadline()), 1);
    ck_assert_int_eq(vf_messenger_look_ahead(messenger, AHEAD, vf_clock_now_ns()), 1);
    ck_assert_int_eq(sem_post(&gate), 0);
    ck_assert_int_eq(vf_messenger_look_ahead(messenger, AHEAD, deadline()), 1);
    ck_assert_int_eq(net_receive(messenger), 2);
    ck_assert_int_eq(vf_messenger_look_ahead(messenger, AHEAD, deadline()), 0);
    ck_assert_int_eq(net_receive(messenger), 0);
}

START_TEST(one_that_waits_for_more_than_come_goes_on_at_its_deadline_and_at_the_end)
{
    NET_BY(_i, {1, 0, 2, 0, 4});
    net_set_looks_ahead(2, AHEAD);
    NET_RUN(publish_two, look_too_far);
}
END_TEST

/* Publishes until the receiver has ended. */
static void publish_on(struct vf_messenger *messenger)
{
    int64_t number = 1;
    while (net_publish(messenger, 0, number) == VF_OK)
        number++;
    ck_assert_int_eq(vf_messenger_publish_termination(messenger, VF_END_COMPLETE), VF_OK);
}

static void look_no_further(struct vf_messenger *messenger)
{
    ck_assert_int_eq(net_receive(messenger), 1);
    ck_assert_int_eq(vf_messenger_look_ahead(messenger, 2 * AHEAD, deadline()), AHEAD);
    ck_assert_int_eq(number_ahead(messenger, AHEAD), 0);
    vf_messenger_close(messenger);
}

START_TEST(one_sees_as_many_as_it_may_and_gives_back_what_it_has_not_received)
{
    NET({1, 0, 2, 0, LAST});
    net_set_looks_ahead(2, AHEAD);
    NET_RUN(publish_on, look_no_further);
    ck_assert_uint_eq(atomic_load(&net_terms(0)->inbox->data_taken), 1);
    ck_assert_uint_eq(atomic_load(&net_terms(0)->inbox->unmatched), AHEAD);
}
END_TEST

static void look_at_nothing(struct vf_messenger *messenger)
{
    while (net_receive(messenger)) {
        ck_assert_int_eq(vf_messenger_look_ahead(messenger, 1, deadline()), 0);
        ck_assert_ptr_null(vf_messenger_ahead(messenger, 0));
    }
}

START_TEST(without_room_for_it_nothing_is_ahead)
{
    NET({1, 0, 2, 0, 4});
    NET_RUN(publish_numbers, look_at_nothing);
}
END_TEST

Suite *messenger_ahead_suite(void);
Suite *messenger_ahead_suite(void)
{
    Suite *suite = suite_create("messenger_ahead");
    TCase *tests = tcase_create("messenger_ahead");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, inputs_that_were_looked_at_come_in_their_turn, 0, 2);
    tcase_add_loop_test(
        tests, one_that_waits_for_more_than_come_goes_on_at_its_deadline_and_at_the_end, 0, 2);
    tcase_add_test(tests, one_sees_as_many_as_it_may_and_gives_back_what_it_has_not_received);
    tcase_add_test(tests, without_room_for_it_nothing_is_ahead);
    suite_add_tcase(suite, tests);
    return suite;
}
