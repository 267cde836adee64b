/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <errno.h>

#include "tests/unit/support/edge_fixture.h"
#include "tests/unit/support/scratch.h"

static struct edge edge;

START_TEST(what_the_wire_lost_is_read_from_the_outbox)
{
    struct vf_envelope sent[4];
    edge_init(&edge, 4, 0, VF_OVERFLOW_WAIT);
    for (uint64_t number = 1; number <= 4; number++)
        (void)edge_put(&edge, number, &sent[number - 1]);
    edge_accept(&edge, &sent[0]);
    edge_accept(&edge, &sent[3]);
    for (uint64_t number = 1; number <= 4; number++)
        edge_expect(&edge, number);
    edge_finish(&edge);
}
END_TEST

START_TEST(a_last_message_that_was_lost_is_found_by_looking)
{
    struct vf_envelope lost;
    edge_init(&edge, 4, 0, VF_OVERFLOW_WAIT);
    edge_send(&edge, 1);
    (void)edge_put(&edge, 2, &lost);
    ck_assert_int_eq(vf_inbox_collect(edge.inbox), 1);
    ck_assert_int_eq(vf_inbox_collect(edge.inbox), 0);
    edge_accept(&edge, &lost); /* it was only late */
    edge_expect(&edge, 1);
    edge_expect(&edge, 2);
    ck_assert_ptr_null(vf_inbox_front(edge.inbox));
    edge_finish(&edge);
}
END_TEST

START_TEST(a_repeated_message_is_ignored)
{
    struct vf_envelope sent;
    edge_init(&edge, 2, 0, VF_OVERFLOW_WAIT);
    (void)edge_put(&edge, 1, &sent);
    for (int i = 0; i < 3; i++)
        edge_accept(&edge, &sent);
    edge_expect(&edge, 1);
    edge_accept(&edge, &sent);
    ck_assert_ptr_null(vf_inbox_front(edge.inbox));
    edge_finish(&edge);
}
END_TEST

START_TEST(what_came_from_a_lost_host_is_taken_before_its_end)
{
    edge_init(&edge, 4, 0, VF_OVERFLOW_WAIT);
    edge_send(&edge, 1);
    for (int i = 0; i < 2; i++) /* it is one end, however often that is said */
        ck_assert_int_eq(vf_inbox_lose(edge.inbox), VF_OK);
    edge_expect(&edge, 1);
    struct vf_message *end;
    ck_assert_ptr_nonnull(vf_inbox_front(edge.inbox));
    vf_inbox_take(edge.inbox, &end);
    ck_assert_int_eq(end->description.kind, VF_MESSAGE_END);
    ck_assert_int_eq(end->description.end_reason, VF_END_FAILED);
    vf_message_destroy(&end);
    ck_assert_int_eq(vf_inbox_lose(edge.inbox), VF_OK);
    ck_assert_ptr_null(vf_inbox_front(edge.inbox));
    edge_finish(&edge);
}
END_TEST

START_TEST(looking_at_the_front_does_not_take_it)
{
    edge_init(&edge, 1, 0, VF_OVERFLOW_WAIT);
    edge_send(&edge, 1);
    ck_assert_uint_eq(vf_inbox_front(edge.inbox)->description.origin.number, 1);
    ck_assert(!vf_outbox_has_room(edge.outbox));
    edge_expect(&edge, 1);
    ck_assert_ptr_null(vf_inbox_front(edge.inbox));
    edge_finish(&edge);
}
END_TEST

START_TEST(a_lie_is_told_and_changes_nothing)
{
    struct vf_envelope sent, lie;
    edge_init(&edge, 2, 0, VF_OVERFLOW_WAIT);
    (void)edge_put(&edge, 1, &sent);
    lie = sent;
    lie.offset = (uint64_t)1 << 40;
    edge.terms.sender_name = "reader";
    capture_errors();
    struct vf_payload *no_part = NULL;
    ck_assert_int_eq(vf_inbox_accept(edge.inbox, &lie, vf_envelope_size(&lie), &no_part), -EBADMSG);
    ck_assert_str_eq(captured_errors(), "vflow: reader sent a payload beyond its arena\n");
    ck_assert_ptr_null(vf_inbox_front(edge.inbox));
    edge_accept(&edge, &sent);
    edge_expect(&edge, 1);
    edge_finish(&edge);
}
END_TEST

START_TEST(what_has_not_been_published_is_a_lie)
{
    struct vf_envelope sent;
    struct vf_payload *no_part = NULL;
    edge_init(&edge, 2, 0, VF_OVERFLOW_WAIT);
    (void)edge_put(&edge, 1, &sent);
    sent.sequence = 2;
    capture_errors();
    ck_assert_int_eq(vf_inbox_accept(edge.inbox, &sent, vf_envelope_size(&sent), &no_part),
                     -EBADMSG);
    ck_assert_str_eq(captured_errors(), "vflow: task 1 sent a message that it has not published\n");
    sent.sequence = 1;
    edge_accept(&edge, &sent);
    edge_expect(&edge, 1);
    edge_finish(&edge);
}
END_TEST

START_TEST(a_sender_that_fills_more_than_its_cells_is_refused)
{
    struct vf_envelope sent;
    edge_init(&edge, 1, 0, VF_OVERFLOW_WAIT);
    (void)edge_put(&edge, 1, &sent);
    atomic_store(&edge.terms.outbox->published, edge.terms.cells + 1);
    for (; sent.sequence <= edge.terms.cells; sent.sequence++)
        edge_accept(&edge, &sent);
    capture_errors();
    struct vf_payload *no_part = NULL;
    ck_assert_int_eq(vf_inbox_accept(edge.inbox, &sent, vf_envelope_size(&sent), &no_part),
                     -EBADMSG);
    ck_assert_str_eq(captured_errors(), "vflow: task 1 sent more than it may\n");
    edge_finish(&edge);
}
END_TEST

START_TEST(the_bell_rings_only_for_a_sender_that_waits_for_just_that)
{
    edge_init(&edge, 2, 1, VF_OVERFLOW_WAIT);
    edge_send(&edge, 1);
    edge_send(&edge, 2);
    struct vf_message *first = edge_take(&edge);
    ck_assert(!edge_has_rung(&edge));
    edge_send(&edge, 3);
    vf_outbox_wait_for_room(edge.outbox);
    vf_message_destroy(&first);
    ck_assert(!edge_has_rung(&edge));
    struct vf_message *second = edge_take(&edge);
    ck_assert(edge_has_rung(&edge));
    vf_outbox_wait_for_release(edge.outbox);
    vf_message_destroy(&second);
    ck_assert(edge_has_rung(&edge));
    vf_outbox_wait_no_more(edge.outbox);
    edge_expect(&edge, 3);
    edge_send(&edge, 4);
    edge_expect(&edge, 4);
    ck_assert(!edge_has_rung(&edge));
    edge_send(&edge, 5);
    edge_send(&edge, 6);
    vf_outbox_wait_for_room(edge.outbox);
    vf_inbox_close(edge.inbox);
    ck_assert(edge_has_rung(&edge));
    edge_finish(&edge);
}
END_TEST

START_TEST(the_bell_rings_once_half_of_the_queue_is_free)
{
    edge_init(&edge, 8, 0, VF_OVERFLOW_WAIT);
    for (uint64_t number = 1; number <= 8; number++)
        edge_send(&edge, number);
    vf_outbox_wait_for_room(edge.outbox);
    for (uint64_t number = 1; number <= 8; number++) {
        edge_expect(&edge, number);
        ck_assert_int_eq(edge_has_rung(&edge), number == 4);
    }
    edge_finish(&edge);
}
END_TEST

START_TEST(a_receiver_that_falls_asleep_lets_the_sender_use_what_room_there_is)
{
    edge_init(&edge, 8, 0, VF_OVERFLOW_WAIT);
    for (uint64_t number = 1; number <= 8; number++)
        edge_send(&edge, number);
    vf_outbox_wait_for_room(edge.outbox);
    edge_expect(&edge, 1);
    ck_assert(!edge_has_rung(&edge));
    vf_inbox_wake_sender(edge.inbox);
    ck_assert(edge_has_rung(&edge));
    vf_inbox_wake_sender(edge.inbox);
    ck_assert(!edge_has_rung(&edge)); /* it has been told */
    ck_assert(vf_outbox_has_room(edge.outbox));
    vf_outbox_wait_for_room(edge.outbox);
    vf_inbox_wake_sender(edge.inbox);
    ck_assert(!edge_has_rung(&edge)); /* it has found that room by itself */
    edge_finish(&edge);
}
END_TEST

START_TEST(only_a_receiver_that_sleeps_is_woken_and_only_by_the_first_message)
{
    struct vf_envelope sent;
    edge_init(&edge, 8, 0, VF_OVERFLOW_WAIT);
    ck_assert(edge_put(&edge, 1, &sent)); /* it has not looked yet */
    ck_assert(!edge_put(&edge, 2, &sent));
    ck_assert(!vf_inbox_fall_asleep(edge.inbox));
    ck_assert_int_eq(vf_inbox_collect(edge.inbox), 2);
    ck_assert(!edge_put(&edge, 3, &sent));
    ck_assert_int_eq(vf_inbox_collect(edge.inbox), 1);
    ck_assert(vf_inbox_fall_asleep(edge.inbox));
    ck_assert(edge_put(&edge, 4, &sent));
    ck_assert(!edge_put(&edge, 5, &sent));
    ck_assert_int_eq(vf_inbox_collect(edge.inbox), 2);
    for (uint64_t number = 1; number <= 5; number++)
        edge_expect(&edge, number);
    edge_finish(&edge);
}
END_TEST

START_TEST(the_end_is_told_once_it_has_been_taken)
{
    enum vf_end_reason reason = VF_END_COMPLETE;
    edge_init(&edge, 1, 0, VF_OVERFLOW_WAIT);
    edge_send(&edge, 1);
    edge_send_end(&edge, VF_END_FAILED);
    ck_assert(!vf_inbox_has_ended(edge.inbox, &reason));
    edge_expect(&edge, 1);
    struct vf_message *end = edge_take(&edge);
    vf_message_destroy(&end);
    ck_assert(vf_inbox_has_ended(edge.inbox, &reason));
    ck_assert_int_eq(reason, VF_END_FAILED);
    edge_finish(&edge);
}
END_TEST

START_TEST(closing_releases_what_was_not_taken)
{
    struct vf_envelope unseen;
    edge_init(&edge, 4, 1, VF_OVERFLOW_WAIT);
    edge_send(&edge, 1);
    edge_send(&edge, 2);
    (void)edge_put(&edge, 3, &unseen);
    struct vf_message *held = edge_take(&edge);
    ck_assert(!vf_outbox_is_closed(edge.outbox));
    vf_inbox_close(edge.inbox);
    ck_assert(vf_outbox_is_closed(edge.outbox));
    vf_outbox_reap(edge.outbox);
    ck_assert(vf_outbox_has_unreleased(edge.outbox));
    ck_assert_uint_eq(edge_number(held), 1);
    vf_message_destroy(&held);
    vf_outbox_reap(edge.outbox);
    ck_assert(!vf_outbox_has_unreleased(edge.outbox));
    edge_finish(&edge);
}
END_TEST

Suite *inbox_suite(void);
Suite *inbox_suite(void)
{
    Suite *suite = suite_create("inbox");
    TCase *tcase = tcase_create("inbox");
    tcase_add_test(tcase, what_the_wire_lost_is_read_from_the_outbox);
    tcase_add_test(tcase, a_last_message_that_was_lost_is_found_by_looking);
    tcase_add_test(tcase, a_repeated_message_is_ignored);
    tcase_add_test(tcase, what_came_from_a_lost_host_is_taken_before_its_end);
    tcase_add_test(tcase, looking_at_the_front_does_not_take_it);
    tcase_add_test(tcase, a_lie_is_told_and_changes_nothing);
    tcase_add_test(tcase, what_has_not_been_published_is_a_lie);
    tcase_add_test(tcase, a_sender_that_fills_more_than_its_cells_is_refused);
    tcase_add_test(tcase, the_bell_rings_only_for_a_sender_that_waits_for_just_that);
    tcase_add_test(tcase, the_bell_rings_once_half_of_the_queue_is_free);
    tcase_add_test(tcase, a_receiver_that_falls_asleep_lets_the_sender_use_what_room_there_is);
    tcase_add_test(tcase, only_a_receiver_that_sleeps_is_woken_and_only_by_the_first_message);
    tcase_add_test(tcase, the_end_is_told_once_it_has_been_taken);
    tcase_add_test(tcase, closing_releases_what_was_not_taken);
    suite_add_tcase(suite, tcase);
    return suite;
}
