/* SPDX-License-Identifier: MIT */
/* Joins that take the newest of each input, and wait for none. */
#include <check.h>
#include <errno.h>

#include "engine/base/array.h"
#include "engine/edge/receive/join.h"
#include "tests/unit/support/edge_fixture.h"

#define INPUTS 3
#define DEPTH 16
#define STREAM 0x700

static struct edge edges[INPUTS];
static struct vf_inbox *inboxes[INPUTS];
static struct vf_message *items[INPUTS];
static struct vf_join *join;
static struct vf_joined joined;

static void setup(void)
{
    for (unsigned i = 0; i < INPUTS; i++) {
        edge_init(&edges[i], DEPTH, INPUTS, VF_OVERFLOW_DROP_OLDEST);
        edges[i].terms.input = i;
        inboxes[i] = edges[i].inbox;
    }
    joined = (struct vf_joined){.items = items};
}

static void let_go(void)
{
    for (unsigned i = 0; i < INPUTS; i++)
        vf_message_destroy(&items[i]);
}

static void teardown(void)
{
    let_go();
    vf_join_destroy(&join);
    for (unsigned i = 0; i < INPUTS; i++)
        edge_finish(&edges[i]);
}

static void begin(size_t count, struct vf_join_rules rules)
{
    ck_assert_int_eq(vf_join_create(&join, inboxes, count, &rules), VF_OK);
}

/* The next set, which may be due in a moment only. */
static int next(void)
{
    int err;
    let_go();
    do
        err = vf_join_next(join, &joined);
    while (err == -EAGAIN && vf_join_due_ns(join) != INT64_MAX);
    return err;
}

/* The set has a message of the number numbers[i] at each input i; 0: none. */
static void has(const uint64_t *numbers)
{
    for (size_t i = 0; i < INPUTS; i++) {
        ck_assert_msg(!items[i] == !numbers[i], "input %zu", i);
        if (items[i])
            ck_assert_uint_eq(edge_number(items[i]), numbers[i]);
    }
}

#define HAS(...) has((const uint64_t[INPUTS]){__VA_ARGS__})

static uint64_t unmatched(unsigned input)
{
    return atomic_load(&edges[input].terms.inbox->unmatched);
}

static uint64_t matched(unsigned input)
{
    return atomic_load(&edges[input].terms.inbox->data_taken);
}

#define RULES(...)                                             \
    (struct vf_join_rules)                                     \
    {                                                          \
        .by = VF_JOIN_BY_LATEST, .stream = STREAM, __VA_ARGS__ \
    }
#define LED(...) RULES(.repeats_last = false, __VA_ARGS__)
#define TICKS(...) RULES(.rate = {1000, 1}, .may_lack = true, __VA_ARGS__)

START_TEST(each_message_of_the_first_input_gets_the_newest_of_the_others)
{
    begin(2, LED(.may_lack = false));
    edge_send(&edges[0], 1);
    edge_send(&edges[0], 2);
    edge_send(&edges[1], 1);
    edge_send(&edges[1], 2);
    edge_send(&edges[1], 3);
    ck_assert_int_eq(next(), VF_OK);
    HAS(1, 3);
    ck_assert_uint_eq(items[0]->description.origin.number, 1);
    ck_assert_int_eq(next(), VF_OK);
    HAS(2, 3);
    ck_assert_int_eq(next(), -EAGAIN);
    ck_assert_uint_eq(matched(0), 2);
    ck_assert_uint_eq(matched(1), 1);
    ck_assert_uint_eq(unmatched(1), 2);
}
END_TEST

START_TEST(a_node_that_needs_all_inputs_begins_when_each_has_sent_something)
{
    begin(2, LED(.may_lack = false));
    edge_send(&edges[0], 1);
    ck_assert_int_eq(next(), -EAGAIN);
    edge_send(&edges[1], 7);
    ck_assert_int_eq(next(), VF_OK);
    HAS(1, 7);
    ck_assert_uint_eq(unmatched(0), 0);
}
END_TEST

START_TEST(a_node_that_may_lack_an_input_waits_for_none)
{
    begin(3, LED(.may_lack = true));
    edge_send(&edges[0], 1);
    ck_assert_int_eq(next(), VF_OK);
    HAS(1, 0, 0);
    edge_send(&edges[2], 4);
    edge_send(&edges[0], 2);
    ck_assert_int_eq(next(), VF_OK);
    HAS(2, 0, 4);
}
END_TEST

START_TEST(what_is_not_led_to_by_the_first_input_ends_with_it)
{
    begin(2, LED(.may_lack = false));
    edge_send(&edges[1], 1);
    edge_send_end(&edges[1], VF_END_COMPLETE);
    edge_send(&edges[0], 1);
    ck_assert_int_eq(next(), VF_OK);
    HAS(1, 1);
    ck_assert_int_eq(next(), -EAGAIN);
    edge_send_end(&edges[0], VF_END_COMPLETE);
    ck_assert_int_eq(next(), VF_END);
}
END_TEST

START_TEST(an_input_that_ends_without_a_message_ends_what_needs_it)
{
    begin(2, LED(.may_lack = false));
    edge_send(&edges[0], 1);
    edge_send_end(&edges[1], VF_END_FAILED);
    ck_assert_int_eq(next(), VF_END);
    ck_assert_int_eq(joined.reason, VF_END_FAILED);
    ck_assert_uint_eq(unmatched(0), 1);
}
END_TEST

START_TEST(the_last_of_an_input_that_has_ended_serves_on_unless_it_is_forgotten)
{
    bool forgets = _i;
    begin(2, LED(.may_lack = true, .forgets = forgets));
    edge_send(&edges[1], 8);
    edge_send(&edges[1], 9);
    edge_send_end(&edges[1], VF_END_COMPLETE);
    edge_send(&edges[0], 1);
    edge_send(&edges[0], 2);
    ck_assert_int_eq(next(), VF_OK);
    HAS(1, 9); /* it has not been seen before */
    ck_assert_int_eq(next(), VF_OK);
    HAS(2, forgets ? 0 : 9);
}
END_TEST

static const enum vf_end_reason reasons[] = {VF_END_COMPLETE, VF_END_INTERRUPTED, VF_END_FAILED};

START_TEST(a_single_message_of_an_input_that_is_complete_is_never_forgotten)
{
    begin(2, LED(.may_lack = true, .forgets = true, .gone_after_ns = 1));
    edge_send(&edges[1], 9);
    edge_send_end(&edges[1], reasons[_i]);
    edge_send(&edges[0], 1);
    edge_send(&edges[0], 2);
    ck_assert_int_eq(next(), VF_OK);
    HAS(1, 9);
    ck_assert_int_eq(next(), VF_OK);
    HAS(2, reasons[_i] == VF_END_COMPLETE ? 9 : 0);
}
END_TEST

START_TEST(an_input_that_is_silent_for_too_long_has_gone_until_it_returns)
{
    begin(2, LED(.may_lack = true, .forgets = true, .gone_after_ns = 1));
    edge_send(&edges[1], 1);
    for (uint64_t number = 1; number <= 3; number++)
        edge_send(&edges[0], number);
    ck_assert_int_eq(next(), VF_OK);
    HAS(1, 1);
    ck_assert_int_eq(next(), VF_OK);
    HAS(2, 0);
    edge_send(&edges[1], 2);
    ck_assert_int_eq(next(), VF_OK);
    HAS(3, 2);
}
END_TEST

START_TEST(ticks_have_a_time_and_a_number_of_their_own_whatever_has_come)
{
    begin(3, TICKS(.forgets = false));
    ck_assert_int_eq(vf_join_next(join, &joined), -EAGAIN);
    ck_assert_int_eq(vf_join_due_ns(join), INT64_MAX); /* they begin with the first message */
    edge_send(&edges[1], 40);
    ck_assert_int_eq(next(), VF_OK);
    HAS(0, 40, 0);
    const struct vf_description first = items[1]->description;
    ck_assert(joined.is_tick);
    ck_assert_uint_eq(joined.number, first.origin.number);
    ck_assert_uint_eq(first.origin.stream, STREAM);
    ck_assert_int_eq(first.timestamp, (int64_t)joined.number - 1);
    ck_assert_int_eq(first.time_base.num, 1);
    ck_assert_int_eq(first.time_base.den, 1000);
    edge_send(&edges[0], 8);
    edge_send(&edges[1], 41);
    ck_assert_int_eq(next(), VF_OK);
    HAS(8, 41, 0);
    ck_assert_int_gt(items[0]->description.timestamp, first.timestamp);
    ck_assert_int_eq(items[0]->description.timestamp, items[1]->description.timestamp);
}
END_TEST

START_TEST(ticks_go_on_when_nothing_comes_any_more)
{
    begin(2, TICKS(.forgets = true, .gone_after_ns = 1));
    edge_send(&edges[0], 1);
    ck_assert_int_eq(next(), VF_OK);
    HAS(1, 0);
    ck_assert_int_eq(next(), VF_OK);
    HAS(0, 0);
    ck_assert_int_eq(next(), VF_OK);
    edge_send(&edges[1], 5);
    ck_assert_int_eq(next(), VF_OK);
    HAS(0, 5);
}
END_TEST

START_TEST(ticks_end_when_all_have_ended_and_the_last_has_been_seen)
{
    begin(2, TICKS(.forgets = true));
    edge_send(&edges[0], 1);
    edge_send_end(&edges[0], VF_END_COMPLETE);
    edge_send(&edges[1], 6);
    edge_send_end(&edges[1], VF_END_INTERRUPTED);
    ck_assert_int_eq(next(), VF_OK);
    HAS(1, 6);
    ck_assert_int_eq(next(), VF_END);
    ck_assert_int_eq(joined.reason, VF_END_INTERRUPTED);
}
END_TEST

START_TEST(gaps_of_the_inputs_mean_nothing_to_ticks)
{
    begin(2, TICKS(.forgets = false));
    edge_send_gap(&edges[0], 500);
    edge_send(&edges[1], 1);
    ck_assert_int_eq(next(), VF_OK);
    HAS(0, 1);
    ck_assert_uint_eq(joined.passed, 0);
    ck_assert_uint_lt(joined.number, 500);
}
END_TEST

START_TEST(each_message_is_counted_once_however_often_it_served)
{
    begin(2, TICKS(.forgets = false));
    edge_send(&edges[0], 1);
    edge_send(&edges[0], 2);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(next(), VF_OK);
    ck_assert_uint_eq(matched(0), 1);
    ck_assert_uint_eq(unmatched(0), 1);
}
END_TEST

START_TEST(what_came_too_late_to_be_seen_counts_as_left_out)
{
    begin(2, LED(.may_lack = true));
    edge_send(&edges[0], 1);
    edge_send(&edges[1], 1);
    edge_send(&edges[1], 2);
    ck_assert_int_eq(next(), VF_OK);
    edge_send(&edges[1], 3);
    ck_assert_int_eq(next(), -EAGAIN);
    vf_join_destroy(&join);
    ck_assert_uint_eq(matched(1), 1);
    ck_assert_uint_eq(unmatched(1), 2);
}
END_TEST

START_TEST(a_kept_message_is_released_when_a_newer_one_takes_its_place)
{
    begin(2, LED(.may_lack = false));
    edge_send(&edges[1], 1);
    edge_send(&edges[0], 1);
    ck_assert_int_eq(next(), VF_OK);
    let_go();
    ck_assert_uint_eq(atomic_load(&edges[1].terms.inbox->data_done), 0);
    edge_send(&edges[1], 2);
    edge_send(&edges[0], 2);
    ck_assert_int_eq(next(), VF_OK);
    HAS(2, 2);
    ck_assert_uint_eq(atomic_load(&edges[1].terms.inbox->data_done), 1);
}
END_TEST

START_TEST(ticks_go_on_from_the_number_of_a_process_that_died)
{
    struct vf_join_rules rules = TICKS(.forgets = false);
    uint64_t passed;
    begin(2, rules);
    edge_send(&edges[0], 1);
    for (int i = 0; i < 5; i++)
        ck_assert_int_eq(next(), VF_OK);
    uint64_t last = joined.number;
    vf_join_end_round(join, 5, NULL);
    let_go();
    vf_join_destroy(&join);
    begin(2, rules);
    ck_assert_int_eq(vf_join_resume(join, &passed), VF_OK);
    edge_send(&edges[0], 2);
    ck_assert_int_eq(next(), VF_OK);
    ck_assert_uint_gt(joined.number, last);
}
END_TEST

Suite *join_latest_suite(void);
Suite *join_latest_suite(void)
{
    Suite *suite = suite_create("join_latest");
    TCase *tcase = tcase_create("join_latest");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, each_message_of_the_first_input_gets_the_newest_of_the_others);
    tcase_add_test(tcase, a_node_that_needs_all_inputs_begins_when_each_has_sent_something);
    tcase_add_test(tcase, a_node_that_may_lack_an_input_waits_for_none);
    tcase_add_test(tcase, what_is_not_led_to_by_the_first_input_ends_with_it);
    tcase_add_test(tcase, an_input_that_ends_without_a_message_ends_what_needs_it);
    tcase_add_loop_test(tcase, the_last_of_an_input_that_has_ended_serves_on_unless_it_is_forgotten,
                        0, 2);
    tcase_add_loop_test(tcase, a_single_message_of_an_input_that_is_complete_is_never_forgotten, 0,
                        (int)VF_COUNT(reasons));
    tcase_add_test(tcase, an_input_that_is_silent_for_too_long_has_gone_until_it_returns);
    tcase_add_test(tcase, ticks_have_a_time_and_a_number_of_their_own_whatever_has_come);
    tcase_add_test(tcase, ticks_go_on_when_nothing_comes_any_more);
    tcase_add_test(tcase, ticks_end_when_all_have_ended_and_the_last_has_been_seen);
    tcase_add_test(tcase, gaps_of_the_inputs_mean_nothing_to_ticks);
    tcase_add_test(tcase, each_message_is_counted_once_however_often_it_served);
    tcase_add_test(tcase, what_came_too_late_to_be_seen_counts_as_left_out);
    tcase_add_test(tcase, a_kept_message_is_released_when_a_newer_one_takes_its_place);
    tcase_add_test(tcase, ticks_go_on_from_the_number_of_a_process_that_died);
    suite_add_tcase(suite, tcase);
    return suite;
}
