/* SPDX-License-Identifier: MIT */
/* The receiver of an edge dies with a message in hand, and another goes on in its page. */
#include "tests/unit/support/edge_resume.h"

static void send_room_full(uint64_t *sent)
{
    struct vf_envelope envelope;
    while (*sent < EDGE_LAST && vf_outbox_has_room(edge.outbox))
        (void)edge_put(&edge, ++*sent, &envelope);
}

/* Each loop is another step; in each, the receiver dies of each message. */
START_TEST(a_receiver_that_dies_is_given_again_what_it_has_not_answered)
{
    for (uint64_t victim = 1; victim <= EDGE_LAST; victim++) {
        uint64_t sent = 0;
        bool has_died = false;
        edge_begin(EDGE_DEPTH, VF_OVERFLOW_WAIT);
        for (uint64_t number = 1; number <= EDGE_LAST; number = edge_rounds + 1) {
            send_room_full(&sent);
            bool dies = number == victim && !has_died;
            edge_receive_until(number, dies ? (enum receiver_step)_i : RECEIVER_RELEASED);
            has_died = has_died || dies;
            if (dies)
                edge_replace_receiver(&edge);
        }
        ck_assert_uint_eq(sent, EDGE_LAST);
        ck_assert_uint_eq(atomic_load(&edge.terms.inbox->data_taken), EDGE_LAST);
        ck_assert_uint_eq(atomic_load(&edge.terms.inbox->data_done), EDGE_LAST);
        ck_assert_uint_eq(atomic_load(&edge.terms.inbox->unmatched), 0);
        edge_finish(&edge);
    }
}
END_TEST

START_TEST(what_a_dead_receiver_had_taken_can_no_longer_be_dropped)
{
    struct vf_envelope sent;
    edge_begin(1, VF_OVERFLOW_DROP_OLDEST);
    (void)edge_put(&edge, 1, &sent);
    edge_receive_until(1, RECEIVER_COUNTED);
    (void)edge_put(&edge, 2, &sent);
    vf_outbox_drop_oldest(edge.outbox);
    (void)edge_put(&edge, 3, &sent);
    edge_replace_receiver(&edge);
    edge_expect(&edge, 1);
    edge_expect(&edge, 3);
    ck_assert_ptr_null(vf_inbox_front(edge.inbox));
    ck_assert_uint_eq(atomic_load(&edge.terms.inbox->skipped), 1);
    edge_finish(&edge);
}
END_TEST

START_TEST(what_a_dead_receiver_had_not_taken_may_be_dropped)
{
    struct vf_envelope sent;
    edge_begin(1, VF_OVERFLOW_DROP_OLDEST);
    (void)edge_put(&edge, 1, &sent);
    edge_receive_until(1, RECEIVER_COLLECTED);
    for (uint64_t number = 2; number <= 9; number++) {
        vf_outbox_drop_oldest(edge.outbox);
        (void)edge_put(&edge, number, &sent);
    }
    edge_replace_receiver(&edge);
    edge_expect(&edge, 9);
    ck_assert_ptr_null(vf_inbox_front(edge.inbox));
    ck_assert_uint_eq(atomic_load(&edge.terms.inbox->skipped), 8);
    edge_finish(&edge);
}
END_TEST

START_TEST(both_ends_may_die)
{
    edge_begin(EDGE_DEPTH, VF_OVERFLOW_WAIT);
    for (uint64_t number = 1; number <= 3; number++)
        edge_make(number);
    uint64_t made = edge_rounds;
    edge_receive_until(edge_rounds = 1, RECEIVER_RELEASED);
    edge_receive_until(2, RECEIVER_TAKEN);
    edge_replace_receiver(&edge);
    edge_rounds = made;
    edge_make_until(4, SENDER_INDEX);
    edge_replace_sender();
    edge_received = 1;
    edge_go_on();
    edge_finish(&edge);
}
END_TEST

/* A task between two edges sends on what it receives, where it lies. */
static struct edge onward;

static int lend_received(void *context, uint32_t arena, uint64_t offset, uint64_t size,
                         struct vf_payload **payload)
{
    (void)context;
    (void)size;
    *payload = vf_inbox_hold_payload(edge.inbox, arena, offset);
    ck_assert_ptr_nonnull(*payload);
    return VF_OK;
}

/* In place of the dead one: first what came in, then what was sent on, then what is no longer
 * needed goes. */
static void replace_middle(void)
{
    edge_leave(edge.inbox);
    edge_leave(onward.outbox);
    ck_assert_int_eq(vf_inbox_create(&edge.inbox, &edge.terms, &edge.arenas, edge.doorbell), VF_OK);
    ck_assert_int_eq(vf_inbox_resume(edge.inbox, edge_rounds), VF_OK);
    ck_assert_int_eq(vf_outbox_create(&onward.outbox, &onward.terms), VF_OK);
    ck_assert_int_eq(vf_outbox_resume(onward.outbox, edge_rounds, lend_received, NULL), VF_OK);
    vf_inbox_forget_answered(edge.inbox);
}

/* Sends the next message on, in a round of its own. */
static struct vf_message *forward(uint64_t number)
{
    struct vf_message *message = edge_take(&edge);
    struct vf_envelope sent = {.arena = EDGE_SENDER,
                               .offset = message->payload->offset,
                               .description = message->description};
    vf_inbox_count(edge.inbox, true);
    vf_outbox_begin_round(onward.outbox, number);
    if (!vf_outbox_consume_repeat(onward.outbox))
        (void)vf_outbox_put(onward.outbox, &sent, message->payload);
    return message;
}

static void complete(uint64_t number)
{
    vf_inbox_end_round(edge.inbox, number);
    vf_outbox_end_round(onward.outbox, number);
    edge_rounds = number;
}

/* Each loop: its round was complete, or not. */
START_TEST(what_was_sent_on_is_released_when_its_last_reader_is_done)
{
    struct vf_envelope envelope;
    uint8_t *own_bytes;
    edge_begin(EDGE_DEPTH, VF_OVERFLOW_WAIT);
    edge_init(&onward, EDGE_DEPTH, EDGE_DEPTH, VF_OVERFLOW_WAIT);
    own_bytes = onward.arena_bytes[EDGE_SENDER];
    onward.arena_bytes[EDGE_SENDER] = edge.arena_bytes[EDGE_SENDER];
    (void)edge_put(&edge, 1, &envelope);
    (void)edge_put(&edge, 2, &envelope);
    ck_assert_int_eq(vf_inbox_collect(edge.inbox), 2);
    struct vf_message *lost = forward(1);
    edge_leave(lost);
    if (_i)
        complete(1);
    replace_middle();
    if (!_i) {
        struct vf_message *again = forward(1);
        complete(1);
        vf_message_destroy(&again);
    }
    ck_assert_uint_eq(atomic_load(&edge.terms.inbox->data_done), 0); /* somebody may read it yet */
    ck_assert_int_eq(vf_inbox_collect(onward.inbox), 1);
    edge_expect(&onward, 1);
    vf_outbox_reap(onward.outbox);
    ck_assert_uint_eq(atomic_load(&edge.terms.inbox->data_done), 1);
    edge_expect(&edge, 2);
    onward.arena_bytes[EDGE_SENDER] = own_bytes;
    edge_finish(&onward);
    edge_finish(&edge);
}
END_TEST

Suite *inbox_resume_suite(void);
Suite *inbox_resume_suite(void)
{
    Suite *suite = suite_create("inbox_resume");
    TCase *tcase = tcase_create("inbox_resume");
    tcase_add_loop_test(tcase, a_receiver_that_dies_is_given_again_what_it_has_not_answered, 0,
                        RECEIVER_STEPS);
    tcase_add_test(tcase, what_a_dead_receiver_had_taken_can_no_longer_be_dropped);
    tcase_add_test(tcase, what_a_dead_receiver_had_not_taken_may_be_dropped);
    tcase_add_test(tcase, both_ends_may_die);
    tcase_add_loop_test(tcase, what_was_sent_on_is_released_when_its_last_reader_is_done, 0, 2);
    suite_add_tcase(suite, tcase);
    return suite;
}
