/* SPDX-License-Identifier: MIT */
/* Each test needs a process of its own. */
#include <check.h>
#include <errno.h>
#include <semaphore.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/clock.h"
#include "engine/wire/socket_number.h"
#include "engine/wire/wire.h"
#include "tests/unit/support/scratch.h"
#include "tests/unit/support/task_net.h"

#define LARGE ((size_t)1000) /* bytes, more than travel inline */

static const uint32_t depths[] = {1, 2, 4};

static uint32_t depth;
static atomic_int published, received, ahead;
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

static void publish_ten(struct vf_messenger *messenger)
{
    net_publish_all(messenger, 10);
}

static void receive_ten(struct vf_messenger *messenger)
{
    ck_assert_int_eq(net_receive_all(messenger), 10);
    ck_assert_int_eq(vf_messenger_end_reason(messenger), VF_END_COMPLETE);
}

/* Tells how far it has come. */
static void publish_and_count(struct vf_messenger *messenger)
{
    for (int number = 1; number <= 500; number++) {
        ck_assert_int_eq(net_publish(messenger, 0, number), VF_OK);
        atomic_store(&published, number);
    }
    ck_assert_int_eq(vf_messenger_publish_termination(messenger, VF_END_COMPLETE), VF_OK);
}

static void rest(struct vf_messenger *messenger)
{
    int64_t then = vf_clock_now_ns() + 10 * VF_NS_PER_MS;
    ck_assert_int_eq(vf_messenger_sleep_until(messenger, then, VF_STOP_HALT), VF_OK);
}

/* Waits until the publisher is ahead by the depth of the queue, and longer, in case it goes on. */
static void let_run_ahead(struct vf_messenger *messenger, int number)
{
    do
        rest(messenger);
    while (atomic_load(&published) < number + (int)depth);
    rest(messenger);
}

static void receive_slowly(struct vf_messenger *messenger)
{
    int64_t number;
    while ((number = net_receive(messenger)) != 0) {
        ck_assert_int_eq(number, atomic_fetch_add(&received, 1) + 1);
        if (number % 50 == 0 && number < 500)
            let_run_ahead(messenger, (int)number);
        int lead = atomic_load(&published) - (int)number;
        if (lead > atomic_load(&ahead))
            atomic_store(&ahead, lead);
    }
}

START_TEST(batch_loses_nothing_and_runs_ahead_by_the_depth_of_the_queue)
{
    depth = depths[_i];
    NET({1, 0, 2, 0, depth, VF_OVERFLOW_WAIT, 0});
    NET_RUN(publish_and_count, receive_slowly);
    ck_assert_int_eq(atomic_load(&received), 500);
    ck_assert_int_eq(atomic_load(&ahead), (int)depths[_i]);
    ck_assert_uint_eq(atomic_load(&net_terms(0)->outbox->dropped), 0);
    ck_assert_uint_eq(atomic_load(&net_terms(0)->inbox->data_taken), 500);
}
END_TEST

static void publish_and_keep_place(struct vf_messenger *messenger)
{
    for (int number = 1; number <= 10; number++) {
        struct vf_payload *payload;
        struct vf_message *message;
        ck_assert_int_eq(vf_messenger_allocate(messenger, LARGE, &payload), VF_OK);
        memset(payload->data, number, LARGE);
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
    int err;
    while ((err = vf_messenger_receive(messenger, &inputs)) == VF_OK)
        ck_assert_int_eq(vf_messenger_passthrough(messenger, 0, 0), VF_OK);
    ck_assert_int_eq(err, VF_END);
    ck_assert_int_eq(vf_messenger_passthrough_termination(messenger), VF_OK);
}

static void find_in_place(struct vf_messenger *messenger)
{
    const struct vf_inputs *inputs;
    unsigned number = 0;
    while (vf_messenger_receive(messenger, &inputs) == VF_OK) {
        const struct vf_message *message = inputs->items[0];
        uint8_t *place;
        memcpy(&place, message->payload->data, sizeof(place));
        ck_assert_ptr_eq(message->payload->data, place);
        ck_assert_uint_eq(message->payload->data[LARGE - 1], ++number);
        ck_assert_uint_eq(message->payload->arena, 1);
        ck_assert(message->is_received);
        ck_assert_uint_eq(message->description.origin.number, number);
        ck_assert_uint_eq(message->description.origin.stream, 1 << 8);
    }
    ck_assert_uint_eq(number, 10);
}

START_TEST(what_eight_tasks_pass_on_stays_where_it_is)
{
    NET({1, 0, 2, 0, 1}, {2, 0, 3, 0, 1}, {3, 0, 4, 0, 1}, {4, 0, 5, 0, 1}, {5, 0, 6, 0, 1},
        {6, 0, 7, 0, 1}, {7, 0, 8, 0, 1}, {8, 0, 9, 0, 1}, {9, 0, 10, 0, 1});
    NET_RUN(publish_and_keep_place, pass_on, pass_on, pass_on, pass_on, pass_on, pass_on, pass_on,
            pass_on, find_in_place);
    for (unsigned task = 2; task <= 10; task++)
        ck_assert_uint_eq(net_touched(task), 0);
}
END_TEST

static void publish_private(struct vf_messenger *messenger)
{
    static const size_t sizes[] = {1, VF_INLINE_LIMIT, VF_INLINE_LIMIT + 1, LARGE};
    for (size_t i = 0; i < VF_COUNT(sizes); i++) {
        struct vf_payload *payload;
        struct vf_message *message;
        ck_assert_int_eq(vf_payload_create(&payload, sizes[i]), VF_OK);
        memset(payload->data, (int)i + 1, sizes[i]);
        ck_assert_int_eq(vf_message_create(&message, VF_VALUE_JSON, &payload), VF_OK);
        ck_assert_int_eq(vf_messenger_publish(messenger, 0, &message), VF_OK);
    }
    ck_assert_int_eq(vf_messenger_publish_termination(messenger, VF_END_COMPLETE), VF_OK);
}

static void receive_private(struct vf_messenger *messenger)
{
    const struct vf_inputs *inputs;
    size_t count = 0;
    while (vf_messenger_receive(messenger, &inputs) == VF_OK) {
        const struct vf_payload *payload = inputs->items[0]->payload;
        count++;
        ck_assert_uint_eq(payload->arena, payload->size > VF_INLINE_LIMIT ? 1 : 0);
        for (size_t i = 0; i < payload->size; i++)
            ck_assert_msg(payload->data[i] == count, "byte %zu of message %zu", i, count);
    }
    ck_assert_uint_eq(count, 4);
}

START_TEST(private_memory_travels_inline_or_is_moved_into_the_arena)
{
    NET({1, 0, 2, 0, 4});
    NET_RUN(publish_private, receive_private);
    ck_assert_uint_gt(net_touched(1), 0);
}
END_TEST

static void publish_on_two_ports(struct vf_messenger *messenger)
{
    ck_assert(vf_messenger_is_read(messenger, 0));
    ck_assert(vf_messenger_is_read(messenger, 1));
    ck_assert(!vf_messenger_is_read(messenger, 2));
    for (int64_t i = 1; i <= 4; i++) {
        ck_assert_int_eq(net_publish(messenger, 0, i), VF_OK);
        ck_assert_int_eq(net_publish(messenger, 1, 10 * i), VF_OK);
        ck_assert_int_eq(net_publish(messenger, 1, 10 * i + 5), VF_OK);
        ck_assert_int_eq(net_publish(messenger, 2, 0), VF_OK); /* nobody reads it */
    }
    ck_assert_int_eq(vf_messenger_publish_termination(messenger, VF_END_COMPLETE), VF_OK);
}

static void receive_second_port(struct vf_messenger *messenger)
{
    const struct vf_inputs *inputs;
    uint64_t count = 0;
    while (vf_messenger_receive(messenger, &inputs) == VF_OK) {
        const struct vf_origin *origin = &inputs->items[0]->description.origin;
        ck_assert_uint_eq(origin->number, ++count);
        ck_assert_uint_eq(origin->stream, 1 << 8 | 1);
        ck_assert_int_eq(net_number(inputs->items[0]), 5 + 5 * (int64_t)count);
    }
    ck_assert_uint_eq(count, 8);
}

static void receive_first_port(struct vf_messenger *messenger)
{
    ck_assert_int_eq(net_receive_all(messenger), 4);
}

START_TEST(each_port_has_readers_and_origins_of_its_own)
{
    NET({1, 0, 2, 0, 4}, {1, 1, 3, 0, 4});
    NET_RUN(publish_on_two_ports, receive_first_port, receive_second_port);
    ck_assert_uint_eq(atomic_load(&net_page(1)->emitted[0]), 4);
    ck_assert_uint_eq(atomic_load(&net_page(1)->emitted[1]), 8);
    ck_assert_uint_eq(atomic_load(&net_page(1)->emitted[2]), 4);
}
END_TEST

/* Answers every third input, and leaves the others unanswered. */
static void pass_every_third(struct vf_messenger *messenger)
{
    int64_t number;
    while ((number = net_receive(messenger)) != 0) {
        if (number % 3 == 0)
            ck_assert_int_eq(vf_messenger_passthrough(messenger, 0, 0), VF_OK);
    }
    ck_assert_int_eq(vf_messenger_passthrough_termination(messenger), VF_OK);
}

static void join_every_third(struct vf_messenger *messenger)
{
    const struct vf_inputs *inputs;
    int64_t number = 0;
    while (vf_messenger_receive(messenger, &inputs) == VF_OK) {
        number += 3;
        ck_assert_int_eq(net_number(inputs->items[0]), number);
        ck_assert_int_eq(net_number(inputs->items[1]), number);
    }
    ck_assert_int_eq(number, 9);
}

START_TEST(a_join_does_not_wait_for_what_a_task_left_unanswered)
{
    NET({1, 0, 2, 0, 1}, {1, 0, 3, 0, 4}, {2, 0, 3, 1, 1});
    NET_RUN(publish_ten, pass_every_third, join_every_third);
    ck_assert_uint_eq(atomic_load(&net_terms(1)->inbox->unmatched), 7);
}
END_TEST

static void look_raw(struct vf_messenger *messenger)
{
    const struct vf_message *message;
    uint64_t told = 0; /* origins of which something has been said */
    int err;
    while ((err = vf_messenger_receive_raw(messenger, &message)) == VF_OK) {
        const struct vf_description *description = &message->description;
        bool is_gap = description->kind == VF_MESSAGE_GAP;
        if (description->kind == VF_MESSAGE_END)
            break;
        ck_assert_uint_eq(description->origin.number, told + 1);
        ck_assert(is_gap == (description->origin.number % 3 > 0));
        told = is_gap ? description->gap_last : description->origin.number;
    }
    ck_assert_uint_eq(told, 10);
    ck_assert_int_eq(err, VF_OK);
    ck_assert_int_eq(vf_messenger_receive_raw(messenger, &message), VF_END);
}

START_TEST(raw_messages_come_with_gaps_and_ends)
{
    NET({1, 0, 2, 0, 4}, {2, 0, 3, 0, 4});
    NET_RUN(publish_ten, pass_every_third, look_raw);
}
END_TEST

static void hold_all_payloads(struct vf_messenger *messenger)
{
    struct vf_payload *first, *second, *third;
    struct vf_message *message;
    ck_assert_int_eq(vf_messenger_allocate(messenger, LARGE, &first), VF_OK);
    ck_assert_int_eq(vf_messenger_allocate(messenger, LARGE, &second), VF_OK);
    capture_errors(); /* the node itself keeps both: it would wait forever */
    ck_assert_int_eq(vf_messenger_allocate(messenger, LARGE, &third), -ENOMEM);
    ck_assert_str_eq(captured_errors(), "vflow: no memory for 1000 bytes in the task's arena\n");
    uint8_t *place = first->data;
    ck_assert_int_eq(vf_message_create(&message, VF_VALUE_JSON, &first), VF_OK);
    ck_assert_int_eq(vf_messenger_publish(messenger, 0, &message), VF_OK);
    ck_assert_int_eq(sem_post(&gate), 0);
    ck_assert_int_eq(vf_messenger_allocate(messenger, LARGE, &third), VF_OK);
    ck_assert_ptr_eq(third->data, place);
    ck_assert_int_ge(atomic_load(&received), 1);
    vf_payload_drop(&second);
    vf_payload_drop(&third);
    ck_assert_int_eq(vf_messenger_publish_termination(messenger, VF_END_COMPLETE), VF_OK);
}

static void release_late(struct vf_messenger *messenger)
{
    const struct vf_inputs *inputs;
    ck_assert_int_eq(sem_wait(&gate), 0);
    ck_assert_int_eq(vf_messenger_receive(messenger, &inputs), VF_OK);
    rest(messenger); /* so that the other one has most likely begun to wait */
    atomic_fetch_add(&received, 1);
    ck_assert_int_eq(vf_messenger_release(messenger), VF_OK);
    ck_assert_int_eq(net_receive(messenger), 0);
}

START_TEST(memory_that_is_all_in_use_is_waited_for)
{
    NET({1, 0, 2, 0, 4});
    net_set_payloads(1, 2);
    NET_RUN(hold_all_payloads, release_late);
}
END_TEST

/* Anybody who may enter the folder may connect. */
static void be_pestered(struct vf_messenger *messenger)
{
    struct vf_envelope stranger = {.magic = VF_ENVELOPE_MAGIC, .edge = 9, .sequence = 1};
    struct vf_wires *wires;
    struct vf_wire *data, *stop;
    ck_assert_int_eq(vf_wires_create(&wires, net_address(), NULL), VF_OK);
    ck_assert_int_eq(vf_wire_connect(&data, wires, vf_socket_from_task_id(2), 1000), VF_OK);
    ck_assert_int_eq(vf_wire_connect(&stop, wires, vf_termination_socket_from_task_id(2), 1000),
                     VF_OK);
    ck_assert_int_eq(vf_wire_send(data, "?", 1), VF_OK);
    ck_assert_int_eq(vf_wire_send(data, &stranger, sizeof(stranger)), VF_OK);
    stranger.edge = 0;
    ck_assert_int_eq(vf_wire_send(data, &stranger, sizeof(stranger)), VF_OK);
    ck_assert_int_eq(vf_wire_send(stop, "stop it!", 8), VF_OK);
    vf_wire_destroy(&data);
    vf_wire_destroy(&stop);
    vf_wires_destroy(&wires);
    ck_assert_int_eq(sem_post(&gate), 0);
    receive_ten(messenger);
    ck_assert_int_eq(vf_messenger_termination_requested(messenger), VF_STOP_NONE);
}

/* The receiver looks at its socket when it sleeps: so there is nothing else for it to do until it
 * has told of the stranger's last message. */
static void publish_ten_late(struct vf_messenger *messenger)
{
    ck_assert_int_eq(sem_wait(&gate), 0);
    while (!errors_so_far_have("belongs to no input") || !errors_so_far_have("task 1 sent"))
        rest(messenger);
    publish_ten(messenger);
}

START_TEST(what_a_stranger_sends_is_told_and_ignored)
{
    REMOTE_NET({1, 0, 2, 0, 4});
    capture_errors();
    NET_RUN(publish_ten_late, be_pestered);
    const char *told = captured_errors();
    ck_assert_ptr_nonnull(strstr(told, "belongs to no input"));
    ck_assert_ptr_nonnull(strstr(told, "task 1 sent"));
}
END_TEST

START_TEST(an_end_comes_behind_all_data)
{
    NET({1, 0, 2, 0, depths[_i]});
    NET_RUN(publish_ten, receive_ten);
}
END_TEST

Suite *messenger_suite(void);
Suite *messenger_suite(void)
{
    Suite *suite = suite_create("messenger");
    TCase *tcase = tcase_create("messenger");
    int count = (int)VF_COUNT(depths);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 30);
    tcase_add_loop_test(tcase, batch_loses_nothing_and_runs_ahead_by_the_depth_of_the_queue, 0,
                        count);
    tcase_add_test(tcase, what_eight_tasks_pass_on_stays_where_it_is);
    tcase_add_test(tcase, private_memory_travels_inline_or_is_moved_into_the_arena);
    tcase_add_test(tcase, each_port_has_readers_and_origins_of_its_own);
    tcase_add_test(tcase, a_join_does_not_wait_for_what_a_task_left_unanswered);
    tcase_add_test(tcase, raw_messages_come_with_gaps_and_ends);
    tcase_add_test(tcase, memory_that_is_all_in_use_is_waited_for);
    tcase_add_test(tcase, what_a_stranger_sends_is_told_and_ignored);
    tcase_add_loop_test(tcase, an_end_comes_behind_all_data, 0, count);
    suite_add_tcase(suite, tcase);
    return suite;
}
