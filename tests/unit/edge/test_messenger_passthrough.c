/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <errno.h>
#include <semaphore.h>
#include <string.h>

#include "engine/base/array.h"
#include "tests/unit/support/task_net.h"

#define COUNT 20
#define LARGE ((size_t)1000) /* bytes, more than travel inline */

static sem_t all_passed;

static void setup(void)
{
    ck_assert_int_eq(sem_init(&all_passed, 0, 0), 0);
}

static void teardown(void)
{
    net_finish();
    sem_destroy(&all_passed);
}

static void publish_all(struct vf_messenger *messenger)
{
    net_publish_all(messenger, COUNT);
}

/* Passes on faster than anybody reads: nobody does. */
static void pass_on_to_nobody(struct vf_messenger *messenger)
{
    const struct vf_inputs *inputs;
    for (int number = 1; number <= COUNT; number++) {
        ck_assert_int_eq(vf_messenger_receive(messenger, &inputs), VF_OK);
        ck_assert_int_eq(vf_messenger_passthrough(messenger, 0, 0),
                         number <= 2 ? VF_OK : VF_DROPPED);
    }
    ck_assert_int_eq(vf_messenger_receive(messenger, &inputs), VF_END);
    ck_assert_int_eq(vf_messenger_passthrough_termination(messenger), VF_OK);
    ck_assert_int_eq(sem_post(&all_passed), 0);
}

static void read_late(struct vf_messenger *messenger)
{
    ck_assert_int_eq(sem_wait(&all_passed), 0);
    ck_assert_int_eq(net_receive_all(messenger), 2);
    ck_assert_int_eq(vf_messenger_end_reason(messenger), VF_END_COMPLETE);
}

START_TEST(in_realtime_what_finds_no_room_is_dropped_but_not_the_end)
{
    NET({1, 0, 2, 0, 1, VF_OVERFLOW_WAIT}, {2, 0, 3, 0, 2, VF_OVERFLOW_DROP_NEWEST});
    NET_RUN(publish_all, pass_on_to_nobody, read_late);
    ck_assert_uint_eq(atomic_load(&net_terms(1)->outbox->dropped), COUNT - 2);
}
END_TEST

/* Each message begins with the address of its place. */
static void publish_places(struct vf_messenger *messenger)
{
    for (int i = 0; i < COUNT; i++) {
        struct vf_payload *payload;
        struct vf_message *message;
        ck_assert_int_eq(vf_messenger_allocate(messenger, LARGE, &payload), VF_OK);
        memset(payload->data, 0, LARGE);
        uint8_t *place = payload->data;
        memcpy(payload->data, &place, sizeof(place));
        ck_assert_int_eq(vf_message_create(&message, VF_VALUE_JSON, &payload), VF_OK);
        ck_assert_int_eq(vf_messenger_publish(messenger, 0, &message), VF_OK);
    }
    ck_assert_int_eq(vf_messenger_publish_termination(messenger, VF_END_COMPLETE), VF_OK);
}

static void pass_on(struct vf_messenger *messenger)
{
    const struct vf_inputs *inputs;
    while (vf_messenger_receive(messenger, &inputs) == VF_OK)
        ck_assert_int_eq(vf_messenger_passthrough(messenger, 0, 0), VF_OK);
    ck_assert_int_eq(vf_messenger_passthrough_termination(messenger), VF_OK);
}

static void find_places(struct vf_messenger *messenger)
{
    const struct vf_inputs *inputs;
    int count = 0;
    while (vf_messenger_receive(messenger, &inputs) == VF_OK) {
        const struct vf_payload *payload = inputs->items[0]->payload;
        uint8_t *place;
        memcpy(&place, payload->data, sizeof(place));
        ck_assert_ptr_eq(payload->data, place);
        count++;
    }
    ck_assert_int_eq(count, COUNT);
}

START_TEST(in_realtime_too_a_chain_of_eight_copies_nothing)
{
    struct net_edge edges[9];
    for (unsigned i = 0; i < VF_COUNT(edges); i++)
        edges[i] = (struct net_edge){
            .from = i + 1, .to = i + 2, .depth = COUNT, .overflow = VF_OVERFLOW_DROP_NEWEST};
    net_init(edges, VF_COUNT(edges), false);
    NET_RUN(publish_places, pass_on, pass_on, pass_on, pass_on, pass_on, pass_on, pass_on, pass_on,
            find_places);
    for (unsigned task = 2; task <= 10; task++)
        ck_assert_uint_eq(net_touched(task), 0);
}
END_TEST

static void pass_on_what_is_not_there(struct vf_messenger *messenger)
{
    const struct vf_inputs *inputs;
    ck_assert_int_eq(vf_messenger_passthrough(messenger, 0, 0), -EINVAL);
    ck_assert_int_eq(vf_messenger_receive(messenger, &inputs), VF_OK);
    ck_assert_int_eq(vf_messenger_passthrough(messenger, 0, 1), -EINVAL);
    ck_assert_int_eq(vf_messenger_passthrough(messenger, 0, 0), VF_OK);
    ck_assert_int_eq(vf_messenger_release(messenger), VF_OK);
    ck_assert_int_eq(vf_messenger_passthrough(messenger, 0, 0), -EINVAL);
    while (net_receive(messenger))
        ck_assert_int_eq(vf_messenger_passthrough(messenger, 0, 0), VF_OK);
    ck_assert_int_eq(vf_messenger_passthrough_termination(messenger), VF_OK);
}

static void read_all(struct vf_messenger *messenger)
{
    ck_assert_int_eq(net_receive_all(messenger), COUNT);
}

START_TEST(only_an_input_that_was_received_can_be_passed_on)
{
    NET({1, 0, 2, 0, 1}, {2, 0, 3, 0, 1});
    NET_RUN(publish_all, pass_on_what_is_not_there, read_all);
}
END_TEST

static void publish_from_101(struct vf_messenger *messenger)
{
    for (int number = 101; number <= 100 + COUNT; number++)
        ck_assert_int_eq(net_publish(messenger, 0, number), VF_OK);
    ck_assert_int_eq(vf_messenger_publish_termination(messenger, VF_END_COMPLETE), VF_OK);
}

static void pass_on_the_second(struct vf_messenger *messenger)
{
    while (net_receive(messenger))
        ck_assert_int_eq(vf_messenger_passthrough(messenger, 0, 1), VF_OK);
    ck_assert_int_eq(vf_messenger_passthrough_termination(messenger), VF_OK);
}

static void read_from_101(struct vf_messenger *messenger)
{
    for (int number = 101; number <= 100 + COUNT; number++)
        ck_assert_int_eq(net_receive(messenger), number);
    ck_assert_int_eq(net_receive(messenger), 0);
}

START_TEST(of_several_inputs_the_one_that_is_named_is_passed_on)
{
    NET({1, 0, 3, 0, 2}, {2, 0, 3, 1, 2}, {3, 0, 4, 0, 2});
    NET_RUN(publish_all, publish_from_101, pass_on_the_second, read_from_101);
}
END_TEST

/* Keeps the first message to the end. */
static void keep_the_first(struct vf_messenger *messenger)
{
    const struct vf_inputs *inputs;
    struct vf_message *first = NULL;
    int count = 0;
    while (vf_messenger_receive(messenger, &inputs) == VF_OK) {
        if (!count++)
            ck_assert_int_eq(vf_message_clone(&first, inputs->items[0]), VF_OK);
        if (count > 1)
            ck_assert_ptr_ne(inputs->items[0]->payload->data, first->payload->data);
    }
    ck_assert_int_eq(count, COUNT);
    vf_message_destroy(&first);
}

START_TEST(memory_behind_a_message_that_is_kept_is_used_again)
{
    NET({1, 0, 2, 0, 2});
    net_set_payloads(1, 4);
    NET_RUN(publish_places, keep_the_first);
}
END_TEST

/* Begins when the other source has ended. */
static void publish_four_late(struct vf_messenger *messenger)
{
    ck_assert_int_eq(sem_wait(&all_passed), 0);
    net_publish_all(messenger, 4);
}

/* Takes each, and answers input 0, which begins when it is known that the other has ended. */
static void pass_on_the_first(struct vf_messenger *messenger)
{
    const struct vf_inputs *inputs;
    for (int i = 0; i < COUNT; i++) {
        ck_assert_int_eq(vf_messenger_receive(messenger, &inputs), VF_OK);
        ck_assert_ptr_nonnull(inputs->items[1]);
    }
    ck_assert_int_eq(vf_messenger_receive(messenger, &inputs), VF_ENDED);
    ck_assert(vf_messenger_has_ended(messenger, 1));
    ck_assert(!vf_messenger_has_ended(messenger, 0));
    ck_assert_int_eq(sem_post(&all_passed), 0);
    while (vf_messenger_receive(messenger, &inputs) == VF_OK)
        ck_assert_int_eq(vf_messenger_passthrough(messenger, 0, 0), VF_OK);
    ck_assert(vf_messenger_has_ended(messenger, 0));
    ck_assert_int_eq(vf_messenger_passthrough_termination(messenger), VF_OK);
}

static void receive_four_pairs(struct vf_messenger *messenger)
{
    const struct vf_inputs *inputs;
    for (int number = 1; number <= 4; number++) {
        ck_assert_int_eq(vf_messenger_receive(messenger, &inputs), VF_OK);
        ck_assert_int_eq(net_number(inputs->items[0]), number);
        ck_assert_int_eq(net_number(inputs->items[1]), number);
    }
    ck_assert_int_eq(vf_messenger_receive(messenger, &inputs), VF_END);
}

START_TEST(a_second_input_may_end_and_says_nothing_of_what_the_first_will_bring)
{
    NET({1, 0, 3, 0, 4}, {2, 0, 3, 1, 4}, {3, 0, 4, 0, 4}, {3, 0, 4, 1, 4});
    net_set_join(3, VF_JOIN_BY_ARRIVAL);
    net_set_reports_ends(3);
    NET_RUN(publish_four_late, publish_all, pass_on_the_first, receive_four_pairs);
}
END_TEST

Suite *messenger_passthrough_suite(void);
Suite *messenger_passthrough_suite(void)
{
    Suite *suite = suite_create("messenger_passthrough");
    TCase *tcase = tcase_create("messenger_passthrough");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 30);
    tcase_add_test(tcase, memory_behind_a_message_that_is_kept_is_used_again);
    tcase_add_test(tcase, a_second_input_may_end_and_says_nothing_of_what_the_first_will_bring);
    tcase_add_test(tcase, in_realtime_what_finds_no_room_is_dropped_but_not_the_end);
    tcase_add_test(tcase, in_realtime_too_a_chain_of_eight_copies_nothing);
    tcase_add_test(tcase, of_several_inputs_the_one_that_is_named_is_passed_on);
    tcase_add_test(tcase, only_an_input_that_was_received_can_be_passed_on);
    suite_add_tcase(suite, tcase);
    return suite;
}
