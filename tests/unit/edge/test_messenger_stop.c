/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <errno.h>
#include <semaphore.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/array.h"
#include "engine/base/clock.h"
#include "tests/unit/support/task_net.h"

#define LARGE ((size_t)1000) /* bytes, more than travel inline */
#define FOREVER_NS (60 * VF_NS_PER_S)

static sem_t ready, gate;
static enum vf_end_reason reason;
static int64_t arrived;

static void setup(void)
{
    ck_assert_int_eq(sem_init(&ready, 0, 0), 0);
    ck_assert_int_eq(sem_init(&gate, 0, 0), 0);
}

static void teardown(void)
{
    net_finish();
    sem_destroy(&ready);
    sem_destroy(&gate);
}

static void say_ready(void)
{
    ck_assert_int_eq(sem_post(&ready), 0);
}

static void wait_until_ready(void)
{
    ck_assert_int_eq(sem_wait(&ready), 0);
}

static void end_for_a_reason(struct vf_messenger *messenger)
{
    ck_assert_int_eq(net_publish(messenger, 0, 1), VF_OK);
    ck_assert_int_eq(vf_messenger_publish_termination(messenger, reason), VF_OK);
}

static void pass_on(struct vf_messenger *messenger)
{
    while (net_receive(messenger))
        ck_assert_int_ge(vf_messenger_passthrough(messenger, 0, 0), 0);
    ck_assert_int_eq(vf_messenger_passthrough_termination(messenger), VF_OK);
}

static void receive_and_note(struct vf_messenger *messenger)
{
    arrived = net_receive_all(messenger);
    reason = vf_messenger_end_reason(messenger);
}

START_TEST(the_reason_of_an_end_is_passed_on)
{
    enum vf_end_reason given = (enum vf_end_reason)_i;
    NET({1, 0, 2, 0, 4}, {2, 0, 3, 0, 4});
    reason = given;
    NET_RUN(end_for_a_reason, pass_on, receive_and_note);
    ck_assert_int_eq(arrived, 1);
    ck_assert_int_eq(reason, given);
}
END_TEST

/* As a producer task does: looks for a stop before each message. */
static void publish_until_stopped(struct vf_messenger *messenger)
{
    int64_t number = 0;
    while (vf_messenger_termination_requested(messenger) < VF_STOP_DRAIN)
        ck_assert_int_eq(net_publish(messenger, 0, ++number), VF_OK);
    arrived = -number;
    ck_assert_int_eq(
        vf_messenger_publish_termination(messenger, vf_messenger_end_reason(messenger)), VF_OK);
}

static void receive_and_compare(struct vf_messenger *messenger)
{
    ck_assert_int_eq(net_receive(messenger), 1);
    say_ready();
    int64_t count = 1;
    while (net_receive(messenger))
        count++;
    ck_assert_int_eq(arrived + count, 0);
    reason = vf_messenger_end_reason(messenger);
}

START_TEST(a_drain_ends_producers_and_what_is_in_flight_is_finished)
{
    NET({1, 0, 2, 0, 4}, {2, 0, 3, 0, 4});
    net_start((net_body *const[]){publish_until_stopped, pass_on, receive_and_compare});
    wait_until_ready();
    for (unsigned task = 3; task >= 1; task--)
        net_request_stop(task, VF_STOP_DRAIN);
    net_join();
    ck_assert_int_eq(reason, VF_END_INTERRUPTED);
}
END_TEST

static void publish_until_blocked(struct vf_messenger *messenger)
{
    ck_assert_int_eq(net_publish(messenger, 0, 1), VF_OK);
    say_ready();
    ck_assert_int_eq(net_publish(messenger, 0, 2), VF_END);
    ck_assert_int_eq(net_publish(messenger, 0, 3), VF_END);
    ck_assert_int_eq(vf_messenger_publish_termination(messenger, VF_END_INTERRUPTED), VF_OK);
    ck_assert_int_eq(sem_post(&gate), 0);
}

static void read_nothing(struct vf_messenger *messenger)
{
    (void)messenger;
    ck_assert_int_eq(sem_wait(&gate), 0);
}

START_TEST(a_halt_wakes_a_publisher_that_waits_for_room)
{
    NET({1, 0, 2, 0, 1});
    net_start((net_body *const[]){publish_until_blocked, read_nothing});
    wait_until_ready();
    net_request_stop(1, (enum vf_stop_level)_i);
    net_join();
}
END_TEST

static void wait_for_nothing(struct vf_messenger *messenger)
{
    say_ready();
    ck_assert_int_eq(net_receive(messenger), 0);
    reason = vf_messenger_end_reason(messenger);
    ck_assert_int_eq(sem_post(&gate), 0);
}

static void publish_nothing(struct vf_messenger *messenger)
{
    (void)messenger;
    ck_assert_int_eq(sem_wait(&gate), 0);
}

START_TEST(a_halt_wakes_a_receiver_that_waits_for_input)
{
    NET({1, 0, 2, 0, 1});
    net_start((net_body *const[]){publish_nothing, wait_for_nothing});
    wait_until_ready();
    net_request_stop(2, (enum vf_stop_level)_i);
    net_join();
    ck_assert_int_eq(reason, _i == VF_STOP_ABORT ? VF_END_FAILED : VF_END_INTERRUPTED);
}
END_TEST

static void sleep_until_stopped(struct vf_messenger *messenger)
{
    int64_t since = vf_clock_now_ns();
    ck_assert_int_eq(vf_messenger_sleep_until(messenger, since + 10 * VF_NS_PER_MS, VF_STOP_DRAIN),
                     VF_OK);
    ck_assert_int_ge(vf_clock_now_ns() - since, 10 * VF_NS_PER_MS);
    say_ready();
    ck_assert_int_eq(vf_messenger_sleep_until(messenger, since + FOREVER_NS, VF_STOP_DRAIN),
                     VF_END);
    ck_assert_int_eq(vf_messenger_sleep_until(messenger, since, VF_STOP_HALT), VF_OK);
    ck_assert_int_eq(vf_messenger_publish_termination(messenger, VF_END_COMPLETE), VF_OK);
}

static void look_before_and_after(struct vf_messenger *messenger)
{
    ck_assert_int_eq(vf_messenger_termination_requested(messenger), VF_STOP_NONE);
    net_request_stop(1, VF_STOP_DRAIN);
    ck_assert_int_eq(vf_messenger_termination_requested(messenger), VF_STOP_DRAIN);
    ck_assert_int_eq(vf_messenger_publish_termination(messenger, VF_END_COMPLETE), VF_OK);
}

static void receive_the_end(struct vf_messenger *messenger)
{
    ck_assert_int_eq(net_receive(messenger), 0);
}

START_TEST(sleep_ends_in_time_or_with_a_stop_that_is_heeded)
{
    NET({1, 0, 2, 0, 1});
    net_start((net_body *const[]){sleep_until_stopped, receive_the_end});
    wait_until_ready();
    net_request_stop(1, VF_STOP_DRAIN);
    net_join();
}
END_TEST

START_TEST(a_stop_is_seen_at_the_next_look)
{
    NET({1, 0, 2, 0, 1});
    NET_RUN(look_before_and_after, receive_the_end);
}
END_TEST

static void publish_until_nobody_reads(struct vf_messenger *messenger)
{
    int64_t number = 1;
    while (net_publish(messenger, 0, number) == VF_OK)
        number++;
    ck_assert(!vf_messenger_is_read(messenger, 0));
    ck_assert_int_eq(vf_messenger_publish_termination(messenger, VF_END_COMPLETE), VF_OK);
}

static void read_one(struct vf_messenger *messenger)
{
    ck_assert_int_eq(net_receive(messenger), 1);
}

START_TEST(a_publisher_ends_when_its_last_reader_has_gone)
{
    NET({1, 0, 2, 0, 1}, {1, 0, 3, 0, 2});
    NET_RUN(publish_until_nobody_reads, read_one, read_one);
}
END_TEST

static void publish_fifty(struct vf_messenger *messenger)
{
    net_publish_all(messenger, 50);
}

static void read_fifty(struct vf_messenger *messenger)
{
    ck_assert_int_eq(net_receive_all(messenger), 50);
}

START_TEST(a_reader_that_goes_does_not_hurt_the_others)
{
    NET({1, 0, 2, 0, 1}, {1, 0, 3, 0, 1});
    NET_RUN(publish_fifty, read_one, read_fifty);
    const struct vf_outbox_page *outbox = net_terms(0)->outbox;
    ck_assert_uint_eq(atomic_load(&outbox->data_published) + atomic_load(&outbox->refused), 50);
}
END_TEST

static void publish_painted(struct vf_messenger *messenger)
{
    for (int number = 1; number <= 50; number++) {
        struct vf_payload *payload;
        struct vf_message *message;
        ck_assert_int_eq(vf_messenger_allocate(messenger, LARGE, &payload), VF_OK);
        memset(payload->data, number, LARGE);
        /* Slowly, so that the task between is gone long before the end. */
        ck_assert_int_eq(vf_messenger_sleep_until(messenger, vf_clock_now_ns() + 2 * VF_NS_PER_MS,
                                                  VF_STOP_DRAIN),
                         VF_OK);
        ck_assert_int_eq(vf_message_create(&message, VF_VALUE_JSON, &payload), VF_OK);
        ck_assert_int_eq(vf_messenger_publish(messenger, 0, &message), VF_OK);
    }
    ck_assert_int_eq(vf_messenger_publish_termination(messenger, VF_END_COMPLETE), VF_OK);
}

/* Ends early, as a node that fails does. */
static void pass_three_on(struct vf_messenger *messenger)
{
    const struct vf_inputs *inputs;
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(vf_messenger_receive(messenger, &inputs), VF_OK);
        ck_assert_int_eq(vf_messenger_passthrough(messenger, 0, 0), VF_OK);
    }
    ck_assert_int_eq(vf_messenger_publish_termination(messenger, VF_END_FAILED), VF_OK);
}

static void read_painted_late(struct vf_messenger *messenger)
{
    const struct vf_inputs *inputs;
    uint8_t number = 0;
    ck_assert_int_eq(sem_wait(&gate), 0);
    while (vf_messenger_receive(messenger, &inputs) == VF_OK) {
        const struct vf_payload *payload = inputs->items[0]->payload;
        number++;
        for (size_t i = 0; i < payload->size; i++)
            ck_assert_msg(payload->data[i] == number, "message %d holds %d", number,
                          payload->data[i]);
    }
    ck_assert_int_eq(number, 3);
}

static void read_painted(struct vf_messenger *messenger)
{
    const struct vf_inputs *inputs;
    while (vf_messenger_receive(messenger, &inputs) == VF_OK)
        ;
    ck_assert_int_eq(sem_post(&gate), 0);
}

START_TEST(what_was_passed_on_stays_whole_when_the_task_between_has_gone)
{
    NET({1, 0, 2, 0, 1}, {2, 0, 3, 0, 4}, {1, 0, 4, 0, 1});
    NET_RUN(publish_painted, pass_three_on, read_painted_late, read_painted);
}
END_TEST

/* Waits for what can be read, for what never can be, and for that with a stop. */
static void await_in_turn(struct vf_messenger *messenger)
{
    const struct vf_task_page *page = net_page(2);
    int64_t seen = atomic_load(&page->alive_ns), now = vf_clock_now_ns();
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(vf_messenger_await(messenger, ends[0], now + VF_NS_PER_MS, VF_STOP_HALT),
                     VF_DROPPED);
    ck_assert_int_eq(vf_messenger_await(messenger, ends[0], 0, VF_STOP_HALT), VF_DROPPED);
    ck_assert_int_eq(write(ends[1], "x", 1), 1);
    ck_assert_int_eq(vf_messenger_await(messenger, ends[0], 0, VF_STOP_HALT), VF_OK);
    ck_assert_int_eq(vf_messenger_await(messenger, ends[0], INT64_MAX, VF_STOP_HALT), VF_OK);
    char byte;
    ck_assert_int_eq(read(ends[0], &byte, 1), 1);
    say_ready();
    ck_assert_int_eq(vf_messenger_await(messenger, ends[0], now + FOREVER_NS, VF_STOP_HALT),
                     VF_END);
    ck_assert_int_eq(atomic_load(&page->alive_ns), seen);
    close(ends[1]);
    close(ends[0]);
}

START_TEST(a_task_may_wait_for_something_else_without_a_sign_of_life)
{
    NET({1, 0, 2, 0, 4});
    net_start((net_body *const[]){read_nothing, await_in_turn});
    wait_until_ready();
    net_request_stop(2, VF_STOP_DRAIN); /* which is for producers */
    net_request_stop(2, VF_STOP_HALT);
    ck_assert_int_eq(sem_post(&gate), 0);
    net_join();
}
END_TEST

Suite *messenger_stop_suite(void);
Suite *messenger_stop_suite(void)
{
    Suite *suite = suite_create("messenger_stop");
    TCase *tcase = tcase_create("messenger_stop");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 30);
    tcase_add_loop_test(tcase, the_reason_of_an_end_is_passed_on, VF_END_COMPLETE,
                        VF_END_FAILED + 1);
    tcase_add_test(tcase, a_drain_ends_producers_and_what_is_in_flight_is_finished);
    tcase_add_loop_test(tcase, a_halt_wakes_a_publisher_that_waits_for_room, VF_STOP_HALT,
                        VF_STOP_ABORT + 1);
    tcase_add_loop_test(tcase, a_halt_wakes_a_receiver_that_waits_for_input, VF_STOP_HALT,
                        VF_STOP_ABORT + 1);
    tcase_add_test(tcase, sleep_ends_in_time_or_with_a_stop_that_is_heeded);
    tcase_add_test(tcase, a_task_may_wait_for_something_else_without_a_sign_of_life);
    tcase_add_test(tcase, a_stop_is_seen_at_the_next_look);
    tcase_add_test(tcase, a_publisher_ends_when_its_last_reader_has_gone);
    tcase_add_test(tcase, a_reader_that_goes_does_not_hurt_the_others);
    tcase_add_test(tcase, what_was_passed_on_stays_whole_when_the_task_between_has_gone);
    suite_add_tcase(suite, tcase);
    return suite;
}
