/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <errno.h>
#include <string.h>

#include "engine/base/array.h"
#include "tests/unit/support/edge_fixture.h"

static const uint32_t depths[] = {1, 2, 4};

static struct edge edge;

START_TEST(exactly_as_many_messages_wait_as_the_queue_is_deep)
{
    uint32_t depth = depths[_i];
    edge_init(&edge, depth, 0, VF_OVERFLOW_WAIT);
    for (uint64_t number = 1; number <= depth; number++) {
        ck_assert_uint_eq(vf_outbox_room(edge.outbox), depth + 1 - number);
        edge_send(&edge, number);
    }
    ck_assert(!vf_outbox_has_room(edge.outbox));
    edge_finish(&edge);
}
END_TEST

START_TEST(the_message_in_work_does_not_count)
{
    uint32_t depth = depths[_i];
    edge_init(&edge, depth, 0, VF_OVERFLOW_WAIT);
    for (uint64_t number = 1; number <= depth; number++)
        edge_send(&edge, number);
    struct vf_message *in_work = edge_take(&edge);
    edge_send(&edge, depth + 1);
    ck_assert(!vf_outbox_has_room(edge.outbox));
    vf_message_destroy(&in_work);
    ck_assert(!vf_outbox_has_room(edge.outbox));
    edge_finish(&edge);
}
END_TEST

/* Fills all cells with messages that are held, in `held`. Returns how many those are. */
static uint32_t hold_all(struct vf_message **held)
{
    uint32_t count = 0;
    while (vf_outbox_has_room(edge.outbox)) {
        edge_send(&edge, count + 1);
        held[count++] = edge_take(&edge);
    }
    return count;
}

START_TEST(what_is_held_needs_cells_as_well)
{
    struct vf_message *held[16];
    edge_init(&edge, 1, 3, VF_OVERFLOW_WAIT);
    uint32_t count = hold_all(held);
    ck_assert_uint_ge(count, 3 + 1);
    ck_assert_uint_le(count, edge.terms.cells - 2);
    vf_message_destroy(&held[count / 2]);
    ck_assert(vf_outbox_has_room(edge.outbox));
    for (uint32_t i = 0; i < count; i++)
        vf_message_destroy(&held[i]);
    edge_finish(&edge);
}
END_TEST

/* Each loop is another of the 24 orders of four. */
START_TEST(messages_may_be_released_in_any_order)
{
    struct vf_message *held[16] = {NULL};
    edge_init(&edge, 4, 4, VF_OVERFLOW_WAIT);
    for (int round = 0; round < 20; round++) {
        for (uint64_t i = 0; i < 4; i++) {
            edge_send(&edge, 4 * (uint64_t)round + i + 1);
            held[i] = edge_take(&edge);
        }
        for (int left = 4, order = _i; left; order /= left--) {
            struct vf_message **released = &held[order % left];
            ck_assert_uint_eq(edge_number(*released), (*released)->description.origin.number);
            vf_message_destroy(released);
            memmove(released, released + 1,
                    (size_t)(held + 15 - released) * sizeof(struct vf_message *));
        }
        ck_assert(vf_outbox_has_room(edge.outbox));
    }
    vf_outbox_reap(edge.outbox);
    ck_assert(!vf_outbox_has_unreleased(edge.outbox));
    edge_finish(&edge);
}
END_TEST

START_TEST(a_gap_and_the_end_find_a_cell_when_data_does_not)
{
    struct vf_message *held[16];
    edge_init(&edge, 1, 0, VF_OVERFLOW_WAIT);
    uint32_t count = hold_all(held);
    edge_send_gap(&edge, count + 1);
    edge_send_end(&edge, VF_END_COMPLETE);
    struct vf_message *gap = edge_take(&edge), *end = edge_take(&edge);
    ck_assert_uint_eq(gap->description.kind, VF_MESSAGE_GAP);
    ck_assert_uint_eq(end->description.kind, VF_MESSAGE_END);
    vf_message_destroy(&gap);
    vf_message_destroy(&end);
    for (uint32_t i = 0; i < count; i++)
        vf_message_destroy(&held[i]);
    edge_finish(&edge);
}
END_TEST

START_TEST(a_second_gap_leaves_the_last_cell_to_the_end)
{
    struct vf_message *held[16];
    struct vf_envelope sent = {0};
    bool is_awaited;
    edge_init(&edge, 1, 0, VF_OVERFLOW_WAIT);
    uint32_t count = hold_all(held);
    edge_send_gap(&edge, count + 1);
    ck_assert_int_eq(
        vf_outbox_put_gap(edge.outbox, &(struct vf_gap){.number = count + 2}, &sent, &is_awaited),
        -EAGAIN);
    ck_assert_uint_eq(sent.sequence, 0);
    edge_send_end(&edge, VF_END_COMPLETE);
    ck_assert_int_eq(vf_outbox_put_end(edge.outbox, VF_END_COMPLETE, &sent, &is_awaited), -EAGAIN);
    for (uint32_t i = 0; i < count; i++)
        vf_message_destroy(&held[i]);
    edge_finish(&edge);
}
END_TEST

START_TEST(a_gap_speaks_for_what_has_not_been_answered)
{
    struct vf_envelope sent = {0};
    bool is_awaited;
    edge_init(&edge, 4, 0, VF_OVERFLOW_WAIT);
    edge_send(&edge, 2);
    ck_assert_int_eq(
        vf_outbox_put_gap(edge.outbox, &(struct vf_gap){.number = 2}, &sent, &is_awaited), VF_OK);
    ck_assert_uint_eq(sent.sequence, 0);
    ck_assert_int_eq(
        vf_outbox_put_gap(edge.outbox, &(struct vf_gap){.number = 5}, &sent, &is_awaited), VF_OK);
    ck_assert_uint_ne(sent.sequence, 0);
    ck_assert_uint_eq(sent.description.origin.number, 3);
    ck_assert_uint_eq(sent.description.gap_last, 5);
    sent.sequence = 0;
    ck_assert_int_eq(
        vf_outbox_put_gap(edge.outbox, &(struct vf_gap){.number = 5}, &sent, &is_awaited), VF_OK);
    ck_assert_uint_eq(sent.sequence, 0);
    edge_finish(&edge);
}
END_TEST

START_TEST(dropping_the_oldest_leaves_the_freshest_in_order)
{
    struct vf_envelope sent[9];
    uint32_t depth = depths[_i];
    edge_init(&edge, depth, 0, VF_OVERFLOW_DROP_OLDEST);
    for (uint64_t number = 1; number <= 9; number++) {
        if (!vf_outbox_has_room(edge.outbox))
            vf_outbox_drop_oldest(edge.outbox);
        ck_assert(vf_outbox_has_room(edge.outbox));
        (void)edge_put(&edge, number, &sent[number - 1]);
    }
    for (size_t i = 0; i < VF_COUNT(sent); i++)
        edge_accept(&edge, &sent[i]);
    for (uint64_t number = 10 - depth; number <= 9; number++)
        edge_expect(&edge, number);
    ck_assert_ptr_null(vf_inbox_front(edge.inbox));
    edge_finish(&edge);
}
END_TEST

START_TEST(what_was_taken_can_no_longer_be_dropped)
{
    edge_init(&edge, 1, 0, VF_OVERFLOW_DROP_OLDEST);
    edge_send(&edge, 1);
    struct vf_message *in_work = edge_take(&edge);
    vf_outbox_drop_oldest(edge.outbox);
    edge_send(&edge, 2);
    ck_assert_uint_eq(edge_number(in_work), 1);
    vf_message_destroy(&in_work);
    edge_expect(&edge, 2);
    edge_finish(&edge);
}
END_TEST

START_TEST(a_gap_and_the_end_are_never_dropped)
{
    edge_init(&edge, 1, 0, VF_OVERFLOW_DROP_OLDEST);
    edge_send_gap(&edge, 1);
    edge_send(&edge, 2);
    vf_outbox_drop_oldest(edge.outbox);
    edge_send(&edge, 3);
    edge_send_end(&edge, VF_END_INTERRUPTED);
    vf_outbox_drop_oldest(edge.outbox);
    vf_outbox_drop_oldest(edge.outbox);
    struct vf_message *gap = edge_take(&edge), *end = edge_take(&edge);
    ck_assert_uint_eq(gap->description.kind, VF_MESSAGE_GAP);
    ck_assert_uint_eq(end->description.kind, VF_MESSAGE_END);
    vf_message_destroy(&gap);
    vf_message_destroy(&end);
    edge_finish(&edge);
}
END_TEST

START_TEST(a_receiver_that_does_not_look_is_woken_once)
{
    struct vf_envelope sent;
    uint64_t number = 0, announced = 0;
    edge_init(&edge, 2, 0, VF_OVERFLOW_DROP_OLDEST);
    while (number < 1000) {
        if (!vf_outbox_has_room(edge.outbox))
            vf_outbox_drop_oldest(edge.outbox);
        announced += edge_put(&edge, ++number, &sent);
    }
    ck_assert_uint_eq(announced, 1);
    ck_assert_int_eq(vf_inbox_collect(edge.inbox), 2);
    edge_expect(&edge, 999);
    edge_expect(&edge, 1000);
    edge_send(&edge, 1001);
    edge_expect(&edge, 1001);
    edge_finish(&edge);
}
END_TEST

START_TEST(cells_are_used_over_and_over)
{
    edge_init(&edge, 2, 1, VF_OVERFLOW_WAIT);
    struct vf_message *held = NULL;
    for (uint64_t number = 1; number <= 20000; number++) {
        edge_send(&edge, number);
        if (held)
            ck_assert_uint_eq(edge_number(held), number - 1);
        vf_message_destroy(&held);
        held = edge_take(&edge);
    }
    vf_message_destroy(&held);
    ck_assert_uint_eq(atomic_load(&edge.terms.outbox->data_published), 20000);
    ck_assert_uint_eq(atomic_load(&edge.terms.inbox->taken), 20000);
    edge_finish(&edge);
}
END_TEST

Suite *outbox_suite(void);
Suite *outbox_suite(void)
{
    Suite *suite = suite_create("outbox");
    TCase *tcase = tcase_create("outbox");
    int count = (int)VF_COUNT(depths);
    tcase_add_loop_test(tcase, exactly_as_many_messages_wait_as_the_queue_is_deep, 0, count);
    tcase_add_loop_test(tcase, the_message_in_work_does_not_count, 0, count);
    tcase_add_test(tcase, what_is_held_needs_cells_as_well);
    tcase_add_loop_test(tcase, messages_may_be_released_in_any_order, 0, 24);
    tcase_add_test(tcase, a_gap_and_the_end_find_a_cell_when_data_does_not);
    tcase_add_test(tcase, a_second_gap_leaves_the_last_cell_to_the_end);
    tcase_add_test(tcase, a_gap_speaks_for_what_has_not_been_answered);
    tcase_add_loop_test(tcase, dropping_the_oldest_leaves_the_freshest_in_order, 0, count);
    tcase_add_test(tcase, what_was_taken_can_no_longer_be_dropped);
    tcase_add_test(tcase, a_gap_and_the_end_are_never_dropped);
    tcase_add_test(tcase, a_receiver_that_does_not_look_is_woken_once);
    tcase_add_test(tcase, cells_are_used_over_and_over);
    suite_add_tcase(suite, tcase);
    return suite;
}
