/* SPDX-License-Identifier: MIT */
/* A task that answers its inputs later than it gets them, as one does whose work a program does. */
#include <check.h>
#include <errno.h>
#include <semaphore.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/array.h"
#include "engine/base/clock.h"
#include "tests/unit/support/task_net.h"

#define LAST 20
#define LAG 3

static sem_t gate, second_gate;
static int ends[2];

static void setup(void)
{
    ck_assert_int_eq(sem_init(&gate, 0, 0), 0);
    ck_assert_int_eq(sem_init(&second_gate, 0, 0), 0);
    ck_assert_int_eq(pipe(ends), 0);
}

static void teardown(void)
{
    net_finish();
    sem_destroy(&gate);
    sem_destroy(&second_gate);
    close(ends[0]);
    close(ends[1]);
}

static void publish_numbers(struct vf_messenger *messenger)
{
    net_publish_all(messenger, LAST);
}

static void answer(struct vf_messenger *messenger, struct vf_message **kept)
{
    ck_assert_int_eq(vf_messenger_publish(messenger, 0, kept), VF_OK);
}

/* Passes each message on when LAG more have come, and the last ones at the end. */
static void pass_on_late(struct vf_messenger *messenger)
{
    struct vf_message *kept[LAG + 1] = {NULL};
    const struct vf_inputs *inputs;
    size_t count = 0;
    while (vf_messenger_receive(messenger, &inputs) == VF_OK) {
        ck_assert_int_eq(vf_message_clone(&kept[count++], inputs->items[0]), VF_OK);
        if (count <= LAG)
            continue;
        answer(messenger, &kept[0]);
        memmove((void *)kept, (void *)(kept + 1), LAG * sizeof(kept[0]));
        count--;
    }
    vf_messenger_begin_flush(messenger);
    for (size_t i = 0; i < count; i++)
        answer(messenger, &kept[i]);
    ck_assert_int_eq(vf_messenger_passthrough_termination(messenger), VF_OK);
}

/* Receives from the source and from who passes it on, joined by origin: each with itself. */
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

START_TEST(what_is_answered_late_still_finds_what_it_was_made_of)
{
    NET_BY(_i, {1, 0, 2, 0, 2}, {1, 0, 3, 0, LAG + 4}, {2, 0, 3, 1, 2});
    net_set_answers_late(2);
    NET_RUN(publish_numbers, pass_on_late, join_both);
}
END_TEST

static void publish_two_in_turn(struct vf_messenger *messenger)
{
    ck_assert_int_eq(net_publish(messenger, 0, 1), VF_OK);
    ck_assert_int_eq(sem_wait(&gate), 0);
    ck_assert_int_eq(net_publish(messenger, 0, 2), VF_OK);
    ck_assert_int_eq(sem_wait(&second_gate), 0);
    ck_assert_int_eq(vf_messenger_publish_termination(messenger, VF_END_COMPLETE), VF_OK);
}

/* Waits in a round for a descriptor, for the next input, and for the end. */
static void await_in_turn(struct vf_messenger *messenger)
{
    char byte;
    ck_assert_int_eq(net_receive(messenger), 1);
    ck_assert_int_eq(write(ends[1], "x", 1), 1);
    ck_assert_int_eq(vf_messenger_await_input(messenger, ends[0], false), VF_OK);
    ck_assert_int_eq(read(ends[0], &byte, 1), 1);
    ck_assert_int_eq(vf_messenger_await_input(messenger, ends[0], true), VF_OK);
    ck_assert_int_eq(sem_post(&gate), 0);
    ck_assert_int_eq(vf_messenger_await_input(messenger, ends[0], false), VF_DROPPED);
    ck_assert_int_eq(net_receive(messenger), 2);
    ck_assert_int_eq(sem_post(&second_gate), 0);
    ck_assert_int_eq(vf_messenger_await_input(messenger, ends[0], false), VF_DROPPED);
    ck_assert_int_eq(net_receive(messenger), 0);
}

START_TEST(a_round_may_last_until_something_else_or_the_next_input_comes)
{
    NET_BY(_i, {1, 0, 2, 0, 4});
    NET_RUN(publish_two_in_turn, await_in_turn);
}
END_TEST

static void publish_one(struct vf_messenger *messenger)
{
    ck_assert_int_eq(net_publish(messenger, 0, 1), VF_OK);
    ck_assert_int_eq(sem_wait(&second_gate), 0);
    ck_assert_int_eq(vf_messenger_publish_termination(messenger, VF_END_COMPLETE), VF_OK);
}

static void await_a_halt(struct vf_messenger *messenger)
{
    ck_assert_int_eq(net_receive(messenger), 1);
    ck_assert_int_eq(sem_post(&gate), 0);
    ck_assert_int_eq(vf_messenger_await_input(messenger, ends[0], false), VF_END);
    ck_assert_int_eq(sem_post(&second_gate), 0);
}

START_TEST(a_halt_ends_the_wait)
{
    NET({1, 0, 2, 0, 4});
    net_start((net_body *const[]){publish_one, await_a_halt});
    ck_assert_int_eq(sem_wait(&gate), 0);
    net_request_stop(2, VF_STOP_DRAIN); /* which is for producers */
    net_request_stop(2, VF_STOP_HALT);
    net_join();
}
END_TEST

Suite *messenger_late_suite(void);
Suite *messenger_late_suite(void)
{
    Suite *suite = suite_create("messenger_late");
    TCase *tcase = tcase_create("messenger_late");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 30);
    tcase_add_loop_test(tcase, what_is_answered_late_still_finds_what_it_was_made_of, 0, 2);
    tcase_add_loop_test(tcase, a_round_may_last_until_something_else_or_the_next_input_comes, 0, 2);
    tcase_add_test(tcase, a_halt_ends_the_wait);
    suite_add_tcase(suite, tcase);
    return suite;
}
