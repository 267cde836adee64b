/* SPDX-License-Identifier: MIT */
/* The sender of an edge dies between two of its stores, and another goes on in its page. */
#include <errno.h>

#include "tests/unit/support/edge_resume.h"

/* Dies at a store of message `number`, while the receiver is `lag` messages behind and holds the
 * first. */
static void die_of(uint64_t number, uint64_t lag, enum sender_store store)
{
    struct vf_message *held = NULL;
    edge_begin(EDGE_DEPTH, VF_OVERFLOW_WAIT);
    for (uint64_t i = 1; i < number; i++) {
        edge_make(i);
        if (i == 1 + lag)
            held = edge_receive();
        else if (i > 1 + lag)
            EDGE_MUST(edge_receive_and_release());
    }
    edge_make_until(number, store);
    edge_replace_sender();
    edge_go_on();
    ck_assert(!held || edge_number(held) == 1);
    vf_message_destroy(&held);
    edge_finish(&edge);
}

/* Each loop is another store. */
START_TEST(a_sender_that_dies_between_two_stores_loses_and_repeats_nothing)
{
    for (uint64_t lag = 0; lag < EDGE_DEPTH; lag++) {
        for (uint64_t number = 1; number <= EDGE_LAST; number++)
            die_of(number, lag, (enum sender_store)_i);
    }
}
END_TEST

START_TEST(a_sender_may_die_again_and_again)
{
    edge_begin(EDGE_DEPTH, VF_OVERFLOW_WAIT);
    edge_make(1);
    edge_make(2);
    for (int store = SENDER_NOTHING; store <= SENDER_PUBLISHED; store++) {
        edge_make_until(3, (enum sender_store)store);
        edge_replace_sender();
    }
    edge_go_on();
    edge_finish(&edge);
}
END_TEST

START_TEST(a_queue_that_is_full_is_full_for_the_next_process)
{
    edge_begin(EDGE_DEPTH, VF_OVERFLOW_WAIT);
    for (uint64_t number = 1; number <= EDGE_DEPTH; number++)
        edge_make(number);
    edge_replace_sender();
    ck_assert(!vf_outbox_has_room(edge.outbox));
    ck_assert(edge_receive_and_release());
    ck_assert_uint_eq(vf_outbox_room(edge.outbox), 1);
    while (edge_receive_and_release())
        ;
    edge_finish(&edge);
}
END_TEST

/* Of a round of three, `_i` have been published. */
START_TEST(a_splitter_that_dies_amid_a_round_publishes_the_rest)
{
    edge_begin(EDGE_DEPTH, VF_OVERFLOW_WAIT);
    vf_outbox_begin_round(edge.outbox, 1);
    for (uint64_t number = 1; number <= (uint64_t)_i; number++)
        edge_publish(number);
    edge_replace_sender();
    ck_assert_uint_eq(vf_outbox_repeated(edge.outbox), (uint64_t)_i);
    vf_outbox_begin_round(edge.outbox, 1);
    for (uint64_t number = 1; number <= 3; number++)
        edge_publish(number);
    vf_outbox_end_round(edge.outbox, 1);
    edge_rounds = 1;
    for (uint64_t number = 1; number <= 3; number++)
        ck_assert(edge_receive_and_release());
    ck_assert(!edge_receive_and_release());
    edge_finish(&edge);
}
END_TEST

START_TEST(a_gap_is_told_once)
{
    struct vf_envelope sent;
    bool is_awaited;
    edge_begin(EDGE_DEPTH, VF_OVERFLOW_WAIT);
    edge_make(1);
    edge_send_gap(&edge, 5);
    edge_replace_sender();
    ck_assert_uint_eq(vf_outbox_answered(edge.outbox), 5);
    ck_assert_int_eq(
        vf_outbox_put_gap(edge.outbox, &(struct vf_gap){.number = 5}, &sent, &is_awaited), VF_OK);
    ck_assert_uint_eq(vf_outbox_published(edge.outbox), 2);
    ck_assert_int_eq(
        vf_outbox_put_gap(edge.outbox, &(struct vf_gap){.number = 6}, &sent, &is_awaited), VF_OK);
    ck_assert_uint_eq(sent.description.origin.number, 6);
    edge_finish(&edge);
}
END_TEST

START_TEST(the_order_of_a_replica_is_closed_once)
{
    struct vf_envelope sent;
    bool is_awaited;
    edge_begin(EDGE_DEPTH, VF_OVERFLOW_WAIT);
    vf_outbox_begin_round(edge.outbox, 1);
    if (_i)
        ck_assert_int_eq(vf_outbox_put_gap(edge.outbox, &(struct vf_gap){.number = 7, .order = 3},
                                           &sent, &is_awaited),
                         VF_OK);
    edge_replace_sender();
    vf_outbox_begin_round(edge.outbox, 1);
    ck_assert(vf_outbox_has_closed_order(edge.outbox) == (_i == 1));
    ck_assert_uint_eq(vf_outbox_order(edge.outbox), _i ? 3 : 0);
    vf_outbox_end_round(edge.outbox, 1);
    vf_outbox_begin_round(edge.outbox, 2);
    ck_assert(!vf_outbox_has_closed_order(edge.outbox));
    edge_finish(&edge);
}
END_TEST

START_TEST(an_end_is_an_end_for_every_process)
{
    edge_begin(EDGE_DEPTH, VF_OVERFLOW_WAIT);
    edge_make(1);
    edge_send_end(&edge, VF_END_COMPLETE);
    edge_replace_sender();
    ck_assert(vf_outbox_has_ended(edge.outbox));
    ck_assert(vf_outbox_consume_repeat(edge.outbox)); /* nothing may come behind it */
    ck_assert(edge_receive_and_release());
    struct vf_message *end = edge_take(&edge);
    ck_assert_uint_eq(end->description.kind, VF_MESSAGE_END);
    vf_message_destroy(&end);
    edge_rounds = 1;
    vf_inbox_end_round(edge.inbox, 1);
    edge_replace_receiver(&edge);
    enum vf_end_reason reason;
    ck_assert(vf_inbox_has_ended(edge.inbox, &reason));
    ck_assert_ptr_null(vf_inbox_front(edge.inbox));
    edge_finish(&edge);
}
END_TEST

/* By sockets: what had left cannot be dropped any more, and may have to be sent again. */
START_TEST(how_far_it_was_sent_is_known_to_every_process)
{
    edge_begin(EDGE_DEPTH, VF_OVERFLOW_WAIT);
    edge.terms.is_remote = true;
    for (uint64_t number = 1; number <= 3; number++)
        edge_make(number);
    vf_outbox_set_sent(edge.outbox, 2);
    vf_outbox_set_sent(edge.outbox, 0); /* it begins to send again, and dies */
    edge_replace_sender();
    ck_assert_uint_eq(vf_outbox_sent(edge.outbox), 2);
    ck_assert_uint_eq(vf_outbox_data_sent(edge.outbox), 2);
    ck_assert_uint_eq(vf_outbox_unreleased_sent(edge.outbox), 2);
    edge.terms.is_remote = false;
    edge_go_on();
    edge_finish(&edge);
}
END_TEST

static int lend_nothing(void *context, uint32_t arena, uint64_t offset, uint64_t size,
                        struct vf_payload **payload)
{
    (void)context, (void)arena, (void)offset, (void)size, (void)payload;
    return -EPROTO;
}

/* A receiver that cannot look into the cells would wait for it. */
START_TEST(by_sockets_what_is_not_found_again_becomes_a_gap)
{
    struct vf_payload *payload;
    edge_begin(EDGE_DEPTH, VF_OVERFLOW_WAIT);
    edge.terms.is_remote = true;
    edge_make(1);
    vf_outbox_destroy(&edge.outbox);
    ck_assert_int_eq(vf_outbox_create(&edge.outbox, &edge.terms), VF_OK);
    ck_assert_int_eq(vf_outbox_resume(edge.outbox, edge_rounds, lend_nothing, NULL), VF_OK);
    const struct vf_envelope *next = vf_outbox_next_to_send(edge.outbox, &payload);
    ck_assert_ptr_nonnull(next);
    ck_assert_ptr_null(payload);
    ck_assert_uint_eq(next->sequence, 1);
    ck_assert_uint_eq(next->description.kind, VF_MESSAGE_GAP);
    ck_assert_uint_eq(next->description.gap_last, 1);
    edge_accept(&edge, next);
    struct vf_message *gap = edge_take(&edge);
    ck_assert_uint_eq(gap->description.kind, VF_MESSAGE_GAP);
    vf_message_destroy(&gap);
    edge_finish(&edge);
}
END_TEST

Suite *outbox_resume_suite(void);
Suite *outbox_resume_suite(void)
{
    Suite *suite = suite_create("outbox_resume");
    TCase *tcase = tcase_create("outbox_resume");
    tcase_add_loop_test(tcase, a_sender_that_dies_between_two_stores_loses_and_repeats_nothing, 0,
                        SENDER_STORES);
    tcase_add_test(tcase, a_sender_may_die_again_and_again);
    tcase_add_test(tcase, a_queue_that_is_full_is_full_for_the_next_process);
    tcase_add_loop_test(tcase, a_splitter_that_dies_amid_a_round_publishes_the_rest, 0, 4);
    tcase_add_test(tcase, a_gap_is_told_once);
    tcase_add_loop_test(tcase, the_order_of_a_replica_is_closed_once, 0, 2);
    tcase_add_test(tcase, an_end_is_an_end_for_every_process);
    tcase_add_test(tcase, how_far_it_was_sent_is_known_to_every_process);
    tcase_add_test(tcase, by_sockets_what_is_not_found_again_becomes_a_gap);
    suite_add_tcase(suite, tcase);
    return suite;
}
