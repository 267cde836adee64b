/* SPDX-License-Identifier: MIT */
/* A join dies, and another goes on in its pages. */
#include <errno.h>

#include "engine/edge/receive/join.h"
#include "tests/unit/support/edge_resume.h"

#define INPUTS 2

static struct edge edges[INPUTS];
static struct vf_message *items[INPUTS];
static struct vf_join *join;
static struct vf_joined joined;
static uint64_t passed; /* by the join that died */

static void create_join(void)
{
    const struct vf_join_rules rules = {.by = VF_JOIN_BY_ORIGIN};
    struct vf_inbox *const inboxes[INPUTS] = {edges[0].inbox, edges[1].inbox};
    ck_assert_int_eq(vf_join_create(&join, inboxes, INPUTS, &rules), VF_OK);
    joined = (struct vf_joined){.items = items};
}

static void setup(void)
{
    for (unsigned i = 0; i < INPUTS; i++) {
        edge_init(&edges[i], EDGE_DEPTH, EDGE_DEPTH, VF_OVERFLOW_WAIT);
        edges[i].terms.input = i;
    }
    edge_rounds = 0;
    create_join();
}

static void teardown(void)
{
    vf_join_destroy(&join);
    for (unsigned i = 0; i < INPUTS; i++)
        edge_finish(&edges[i]);
}

/* The join's process dies, with the inputs that it has in hand. */
static void replace_join(void)
{
    edge_leave(join);
    for (unsigned i = 0; i < INPUTS; i++) {
        if (items[i])
            edge_leave(items[i]);
        items[i] = NULL;
        edge_replace_receiver(&edges[i]);
    }
    create_join();
    ck_assert_int_eq(vf_join_resume(join, &passed), VF_OK);
}

static void expect(uint64_t number)
{
    ck_assert_int_eq(vf_join_next(join, &joined), VF_OK);
    for (unsigned i = 0; i < INPUTS; i++) {
        ck_assert_uint_eq(items[i]->description.origin.number, number);
        ck_assert_uint_eq(edge_number(items[i]), number);
    }
}

static void answer(void)
{
    vf_join_end_round(join, ++edge_rounds, NULL);
    for (unsigned i = 0; i < INPUTS; i++)
        vf_message_destroy(&items[i]);
}

START_TEST(inputs_in_hand_are_given_again_and_answered_ones_are_not)
{
    for (uint64_t number = 1; number <= 3; number++) {
        edge_send(&edges[0], number);
        edge_send(&edges[1], number);
    }
    expect(1);
    answer();
    expect(2);
    replace_join();
    expect(2);
    replace_join();
    expect(2);
    answer();
    replace_join();
    expect(3);
    answer();
    ck_assert_int_eq(vf_join_next(join, &joined), -EAGAIN);
}
END_TEST

/* Origin 2 has no partner, and the gap that says so is gone. */
START_TEST(what_a_gap_has_told_a_dead_join_is_known_to_the_next)
{
    edge_send(&edges[0], 1);
    edge_send(&edges[1], 1);
    expect(1);
    answer();
    edge_send_gap(&edges[0], 2);
    if (_i == 0)
        edge_send(&edges[1], 2);
    ck_assert_int_eq(vf_join_next(join, &joined), -EAGAIN);
    replace_join();
    ck_assert_uint_eq(passed, 2);
    if (_i == 1)
        edge_send(&edges[1], 2);
    edge_send(&edges[1], 3);
    ck_assert_int_eq(vf_join_next(join, &joined), -EAGAIN);
    ck_assert_uint_eq(atomic_load(&edges[1].terms.inbox->unmatched), 1);
    edge_send(&edges[0], 3);
    expect(3);
    answer();
}
END_TEST

START_TEST(what_waits_for_a_partner_waits_on)
{
    edge_send(&edges[0], 1);
    edge_send(&edges[0], 2);
    ck_assert_int_eq(vf_join_next(join, &joined), -EAGAIN);
    replace_join();
    edge_send(&edges[1], 1);
    expect(1);
    answer();
    replace_join();
    edge_send(&edges[1], 2);
    expect(2);
    answer();
}
END_TEST

/* Takes 1 and 4 before 1 is answered; 2 and 3 are missing in one input, and 3 in the other. */
START_TEST(what_was_taken_before_its_turn_is_given_again)
{
    struct vf_inbox_mark marks[INPUTS];
    struct vf_message *first[INPUTS];
    edge_send(&edges[0], 1);
    edge_send(&edges[1], 1);
    edge_send(&edges[1], 2);
    edge_send_gap(&edges[0], 3);
    edge_send(&edges[0], 4);
    edge_send(&edges[1], 4);
    expect(1);
    vf_join_mark(join, marks);
    for (unsigned i = 0; i < INPUTS; i++) {
        first[i] = items[i];
        items[i] = NULL;
    }
    expect(4);
    if (_i == 1)
        vf_join_end_round(join, ++edge_rounds, marks);
    for (unsigned i = 0; i < INPUTS; i++)
        edge_leave(first[i]);
    replace_join();
    if (_i == 0) {
        ck_assert_uint_eq(passed, 0);
        expect(1);
        answer();
    }
    expect(4);
    answer();
    ck_assert_int_eq(vf_join_next(join, &joined), -EAGAIN);
    ck_assert_uint_eq(atomic_load(&edges[1].terms.inbox->data_taken), 2);
    ck_assert_uint_eq(atomic_load(&edges[1].terms.inbox->unmatched), 1);
}
END_TEST

/* The gap of 2 and 3 was taken before 1 was answered. */
START_TEST(a_gap_that_was_taken_before_its_turn_is_not_forgotten)
{
    struct vf_inbox_mark marks[INPUTS];
    edge_send(&edges[0], 1);
    edge_send_gap(&edges[0], 3);
    edge_send(&edges[1], 1);
    expect(1);
    vf_join_mark(join, marks);
    struct vf_message *first[INPUTS] = {items[0], items[1]};
    items[0] = items[1] = NULL;
    ck_assert_int_eq(vf_join_next(join, &joined), -EAGAIN);
    for (unsigned i = 0; i < INPUTS; i++)
        edge_leave(first[i]);
    replace_join();
    expect(1);
    answer();
    edge_send(&edges[1], 2);
    ck_assert_int_eq(vf_join_next(join, &joined), -EAGAIN);
    ck_assert_uint_eq(atomic_load(&edges[1].terms.inbox->unmatched), 1);
}
END_TEST

START_TEST(what_is_not_handed_out_any_more_has_no_partner)
{
    struct vf_inbox_mark marks[INPUTS];
    for (uint64_t number = 1; number <= 2; number++) {
        edge_send(&edges[0], number);
        edge_send(&edges[1], number);
    }
    expect(1);
    answer();
    vf_join_mark(join, marks);
    expect(2);
    for (unsigned i = 0; i < INPUTS; i++)
        vf_message_destroy(&items[i]);
    vf_join_give_up(join, marks);
    ck_assert_uint_eq(atomic_load(&edges[0].terms.inbox->data_taken), 1);
    ck_assert_uint_eq(atomic_load(&edges[0].terms.inbox->unmatched), 1);
}
END_TEST

START_TEST(an_end_that_a_dead_join_has_seen_is_known_to_the_next)
{
    edge_send_end(&edges[0], VF_END_COMPLETE);
    ck_assert_int_eq(vf_join_next(join, &joined), VF_END);
    replace_join();
    ck_assert_int_eq(vf_join_next(join, &joined), VF_END);
    ck_assert_int_eq(joined.reason, VF_END_COMPLETE);
}
END_TEST

Suite *join_resume_suite(void);
Suite *join_resume_suite(void)
{
    Suite *suite = suite_create("join_resume");
    TCase *tcase = tcase_create("join_resume");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, what_was_taken_before_its_turn_is_given_again, 0, 2);
    tcase_add_test(tcase, a_gap_that_was_taken_before_its_turn_is_not_forgotten);
    tcase_add_test(tcase, what_is_not_handed_out_any_more_has_no_partner);
    tcase_add_test(tcase, inputs_in_hand_are_given_again_and_answered_ones_are_not);
    tcase_add_loop_test(tcase, what_a_gap_has_told_a_dead_join_is_known_to_the_next, 0, 2);
    tcase_add_test(tcase, what_waits_for_a_partner_waits_on);
    tcase_add_test(tcase, an_end_that_a_dead_join_has_seen_is_known_to_the_next);
    suite_add_tcase(suite, tcase);
    return suite;
}
