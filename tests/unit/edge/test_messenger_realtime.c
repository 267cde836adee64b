/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <semaphore.h>
#include <string.h>

#include "engine/base/array.h"
#include "tests/unit/support/task_net.h"

#define COUNT 200
#define MANY ((uint64_t)4000)

static const uint32_t depths[] = {1, 2, 4};

static uint32_t depth;
static sem_t all_published, all_read;

static void setup(void)
{
    ck_assert_int_eq(sem_init(&all_published, 0, 0), 0);
    ck_assert_int_eq(sem_init(&all_read, 0, 0), 0);
}

static void teardown(void)
{
    net_finish();
    sem_destroy(&all_published);
    sem_destroy(&all_read);
}

static void end(struct vf_messenger *messenger)
{
    ck_assert_int_eq(vf_messenger_publish_termination(messenger, VF_END_COMPLETE), VF_OK);
}

/* Publishes faster than anybody reads: nobody does. */
static void publish_to_nobody(struct vf_messenger *messenger)
{
    for (int64_t number = 1; number <= COUNT; number++)
        ck_assert_int_eq(net_publish(messenger, 0, number), number <= depth ? VF_OK : VF_DROPPED);
    end(messenger);
    ck_assert_int_eq(sem_post(&all_published), 0);
}

static void read_the_first(struct vf_messenger *messenger)
{
    ck_assert_int_eq(sem_wait(&all_published), 0);
    ck_assert_int_eq(net_receive_all(messenger), depth);
}

START_TEST(without_room_the_newest_is_dropped_and_counted)
{
    depth = depths[_i];
    NET({1, 0, 2, 0, depth, VF_OVERFLOW_DROP_NEWEST});
    NET_RUN(publish_to_nobody, read_the_first);
    ck_assert_uint_eq(atomic_load(&net_terms(0)->outbox->dropped), COUNT - depth);
    ck_assert_uint_eq(atomic_load(&net_terms(0)->inbox->data_taken), depth);
    ck_assert_uint_eq(atomic_load(&net_page(1)->emitted[0]), COUNT);
}
END_TEST

static void replace_the_oldest(struct vf_messenger *messenger)
{
    for (int64_t number = 1; number <= COUNT; number++)
        ck_assert_int_eq(net_publish(messenger, 0, number), VF_OK);
    end(messenger);
    ck_assert_int_eq(sem_post(&all_published), 0);
}

static void read_the_last(struct vf_messenger *messenger)
{
    ck_assert_int_eq(sem_wait(&all_published), 0);
    for (int64_t number = COUNT - depth + 1; number <= COUNT; number++)
        ck_assert_int_eq(net_receive(messenger), number);
    ck_assert_int_eq(net_receive(messenger), 0);
}

START_TEST(without_room_the_oldest_is_replaced_and_the_freshest_arrives)
{
    depth = depths[_i];
    NET({1, 0, 2, 0, depth, VF_OVERFLOW_DROP_OLDEST});
    NET_RUN(replace_the_oldest, read_the_last);
    ck_assert_uint_eq(atomic_load(&net_terms(0)->outbox->data_published), COUNT);
    ck_assert_uint_eq(atomic_load(&net_terms(0)->inbox->data_taken), depth);
}
END_TEST

static void read_rising(struct vf_messenger *messenger)
{
    int64_t before = 0, number;
    while ((number = net_receive(messenger)) != 0) {
        ck_assert_int_gt(number, before);
        before = number;
    }
    ck_assert_int_eq(before, COUNT); /* the last one is never replaced */
}

START_TEST(a_reader_that_keeps_up_now_and_then_gets_what_is_fresh_in_order)
{
    depth = depths[_i];
    NET({1, 0, 2, 0, depth, VF_OVERFLOW_DROP_OLDEST});
    NET_RUN(replace_the_oldest, read_rising);
}
END_TEST

/* Two readers; the first does not read until all has been published. */
static void publish_to_both(struct vf_messenger *messenger)
{
    int dropped = 0;
    for (int64_t number = 1; number <= COUNT; number++)
        dropped += net_publish(messenger, 0, number) == VF_DROPPED;
    ck_assert_int_eq(dropped, COUNT - 1);
    end(messenger);
    ck_assert_int_eq(sem_post(&all_published), 0);
}

static void read_late(struct vf_messenger *messenger)
{
    ck_assert_int_eq(sem_wait(&all_published), 0);
    ck_assert_int_eq(net_receive_all(messenger), 1);
}

static void read_only_the_first(struct vf_messenger *messenger)
{
    ck_assert_int_eq(net_receive_all(messenger), 1);
}

START_TEST(branches_that_meet_again_get_a_message_all_or_none)
{
    NET({1, 0, 2, 0, 1, VF_OVERFLOW_DROP_NEWEST, 7},
        {1, 0, 3, 0, COUNT, VF_OVERFLOW_DROP_NEWEST, 7});
    NET_RUN(publish_to_both, read_late, read_only_the_first);
    for (size_t edge = 0; edge < 2; edge++)
        ck_assert_uint_eq(atomic_load(&net_terms(edge)->outbox->dropped), COUNT - 1);
}
END_TEST

static void read_everything(struct vf_messenger *messenger)
{
    ck_assert_int_eq(net_receive_all(messenger), COUNT);
}

START_TEST(branches_that_never_meet_drop_each_on_its_own)
{
    NET({1, 0, 2, 0, 1, VF_OVERFLOW_DROP_NEWEST, 0},
        {1, 0, 3, 0, COUNT, VF_OVERFLOW_DROP_NEWEST, 1});
    NET_RUN(publish_to_both, read_late, read_everything);
    ck_assert_uint_eq(atomic_load(&net_terms(0)->outbox->dropped), COUNT - 1);
    ck_assert_uint_eq(atomic_load(&net_terms(1)->outbox->dropped), 0);
}
END_TEST

static void pass_on(struct vf_messenger *messenger)
{
    while (net_receive(messenger))
        ck_assert_int_ge(vf_messenger_passthrough(messenger, 0, 0), 0);
    ck_assert_int_eq(vf_messenger_passthrough_termination(messenger), VF_OK);
}

static void join_what_was_not_dropped(struct vf_messenger *messenger)
{
    const struct vf_inputs *inputs;
    int64_t before = 0;
    while (vf_messenger_receive(messenger, &inputs) == VF_OK) {
        int64_t number = net_number(inputs->items[0]);
        ck_assert_int_eq(net_number(inputs->items[1]), number);
        ck_assert_int_gt(number, before);
        before = number;
    }
    ck_assert_int_ge(before, 1);
}

static void publish_as_it_goes(struct vf_messenger *messenger)
{
    for (int64_t number = 1; number <= COUNT; number++)
        ck_assert_int_ge(net_publish(messenger, 0, number), 0);
    end(messenger);
}

/* Everything that a branch drops is a gap for the join, so that this comes to its end. */
START_TEST(a_join_finds_what_neither_branch_dropped)
{
    enum vf_overflow drop = _i ? VF_OVERFLOW_DROP_OLDEST : VF_OVERFLOW_DROP_NEWEST;
    NET({1, 0, 2, 0, 1, drop, 0}, {1, 0, 3, 0, 1, drop, 0}, {2, 0, 4, 0, 1, drop, 0},
        {3, 0, 4, 1, 1, drop, 0});
    NET_RUN(publish_as_it_goes, pass_on, pass_on, join_what_was_not_dropped);
}
END_TEST

/* In its own memory, painted with its number. */
static int publish_painted(struct vf_messenger *messenger, uint64_t number)
{
    struct vf_payload *payload;
    struct vf_message *message;
    int err = vf_messenger_allocate(messenger, sizeof(number) * 200, &payload);
    if (err)
        return err == VF_DROPPED ? vf_messenger_drop(messenger, 0) : err;
    for (size_t i = 0; i < 200; i++)
        memcpy(payload->data + i * sizeof(number), &number, sizeof(number));
    ck_assert_int_eq(vf_message_create(&message, VF_VALUE_JSON, &payload), VF_OK);
    return vf_messenger_publish(messenger, 0, &message);
}

static void publish_many_painted(struct vf_messenger *messenger)
{
    for (uint64_t number = 1; number <= MANY; number++)
        ck_assert_int_ge(publish_painted(messenger, number), VF_OK);
    end(messenger);
}

static void look_twice(struct vf_messenger *messenger)
{
    const struct vf_inputs *inputs;
    while (vf_messenger_receive(messenger, &inputs) == VF_OK) {
        const struct vf_message *message = inputs->items[0];
        const uint64_t *numbers = (const void *)message->payload->data;
        for (size_t i = 0; i < 400; i++)
            if (numbers[i % 200] != message->description.origin.number)
                ck_abort_msg("overwritten while it was read");
    }
}

START_TEST(what_is_being_read_is_never_overwritten)
{
    NET({1, 0, 2, 0, 1, _i ? VF_OVERFLOW_DROP_OLDEST : VF_OVERFLOW_DROP_NEWEST});
    net_set_payloads(1, 4);
    NET_RUN(publish_many_painted, look_twice);
}
END_TEST

static void allocate_without_waiting(struct vf_messenger *messenger)
{
    struct vf_payload *payloads[3];
    for (size_t i = 0; i < VF_COUNT(payloads); i++)
        ck_assert_int_eq(vf_messenger_allocate(messenger, 1000, &payloads[i]),
                         i < 2 ? VF_OK : VF_DROPPED);
    ck_assert_int_eq(vf_messenger_drop(messenger, 0), VF_OK);
    vf_payload_drop(&payloads[0]);
    vf_payload_drop(&payloads[1]);
    ck_assert_int_eq(net_publish(messenger, 0, 2), VF_OK);
    end(messenger);
}

static void see_a_gap(struct vf_messenger *messenger)
{
    const struct vf_message *message;
    ck_assert_int_eq(vf_messenger_receive_raw(messenger, &message), VF_OK);
    ck_assert_uint_eq(message->description.kind, VF_MESSAGE_GAP);
    ck_assert_uint_eq(message->description.gap_last, 1);
    ck_assert_int_eq(vf_messenger_receive_raw(messenger, &message), VF_OK);
    ck_assert_uint_eq(message->description.origin.number, 2);
    ck_assert_int_eq(net_number(message), 2);
}

START_TEST(what_could_not_be_made_for_want_of_memory_is_dropped_and_counted)
{
    NET({1, 0, 2, 0, 4, VF_OVERFLOW_DROP_NEWEST});
    net_set_payloads(1, 2);
    NET_RUN(allocate_without_waiting, see_a_gap);
    ck_assert_uint_eq(atomic_load(&net_terms(0)->outbox->dropped), 1);
    ck_assert_uint_eq(atomic_load(&net_page(1)->emitted[0]), 2);
}
END_TEST

Suite *messenger_realtime_suite(void);
Suite *messenger_realtime_suite(void)
{
    Suite *suite = suite_create("messenger_realtime");
    TCase *tcase = tcase_create("messenger_realtime");
    int count = (int)VF_COUNT(depths);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 30);
    tcase_add_loop_test(tcase, without_room_the_newest_is_dropped_and_counted, 0, count);
    tcase_add_loop_test(tcase, without_room_the_oldest_is_replaced_and_the_freshest_arrives, 0,
                        count);
    tcase_add_loop_test(tcase, a_reader_that_keeps_up_now_and_then_gets_what_is_fresh_in_order, 0,
                        count);
    tcase_add_test(tcase, branches_that_meet_again_get_a_message_all_or_none);
    tcase_add_test(tcase, branches_that_never_meet_drop_each_on_its_own);
    tcase_add_loop_test(tcase, a_join_finds_what_neither_branch_dropped, 0, 2);
    tcase_add_loop_test(tcase, what_is_being_read_is_never_overwritten, 0, 2);
    tcase_add_test(tcase, what_could_not_be_made_for_want_of_memory_is_dropped_and_counted);
    suite_add_tcase(suite, tcase);
    return suite;
}
