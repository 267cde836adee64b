/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <errno.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/edge/receive/join.h"
#include "tests/unit/support/edge_fixture.h"

#define INPUTS 3
#define DEPTH 32
#define ORIGINS 12

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

static void teardown(void)
{
    vf_join_destroy(&join);
    for (unsigned i = 0; i < INPUTS; i++)
        edge_finish(&edges[i]);
}

static void begin(size_t count, enum vf_join_by by)
{
    struct vf_join_rules rules = {.by = by};
    ck_assert_int_eq(vf_join_create(&join, inboxes, count, &rules), VF_OK);
}

static void begin_by(const struct vf_join_rules *rules)
{
    ck_assert_int_eq(vf_join_create(&join, inboxes, 2, rules), VF_OK);
}

static void send_at(unsigned input, uint64_t number, int64_t time_ns)
{
    struct vf_envelope sent;
    (void)edge_put(&edges[input], number, &sent);
    sent.description.event_time_ns = time_ns;
    edge_accept(&edges[input], &sent);
}

static int next(void)
{
    return vf_join_next(join, &joined);
}

static void let_go(void)
{
    for (unsigned i = 0; i < INPUTS; i++)
        vf_message_destroy(&items[i]);
}

/* The next input has a message of origin numbers[i] at each input i; 0: none. */
static void expect(const uint64_t *numbers, size_t count)
{
    ck_assert_int_eq(next(), VF_OK);
    for (size_t i = 0; i < INPUTS; i++) {
        uint64_t number = i < count ? numbers[i] : 0;
        ck_assert_msg(!items[i] == !number, "input %zu", i);
        if (items[i])
            ck_assert_uint_eq(edge_number(items[i]), number);
    }
    let_go();
}

#define EXPECT(...) \
    expect((const uint64_t[]){__VA_ARGS__}, sizeof((const uint64_t[]){__VA_ARGS__}) / 8)

static uint64_t unmatched(unsigned input)
{
    return atomic_load(&edges[input].terms.inbox->unmatched);
}

static uint64_t matched(unsigned input)
{
    return atomic_load(&edges[input].terms.inbox->data_taken);
}

START_TEST(messages_of_one_origin_come_together)
{
    begin(3, VF_JOIN_BY_ORIGIN);
    for (uint64_t number = 1; number <= 2; number++) {
        edge_send(&edges[2], number);
        edge_send(&edges[0], number);
    }
    ck_assert_int_eq(next(), -EAGAIN);
    edge_send(&edges[1], 1);
    EXPECT(1, 1, 1);
    ck_assert_int_eq(next(), -EAGAIN);
    edge_send(&edges[1], 2);
    EXPECT(2, 2, 2);
    ck_assert_uint_eq(matched(0), 2);
    ck_assert_uint_eq(unmatched(0), 0);
}
END_TEST

START_TEST(a_gap_frees_the_partners_of_what_will_not_come)
{
    begin(2, VF_JOIN_BY_ORIGIN);
    edge_send(&edges[0], 1);
    edge_send(&edges[0], 2);
    edge_send(&edges[0], 3);
    edge_send_gap(&edges[1], 2);
    ck_assert_int_eq(next(), -EAGAIN);
    ck_assert_uint_eq(joined.passed, 2);
    ck_assert_uint_eq(unmatched(0), 2);
    edge_send(&edges[1], 3);
    EXPECT(3, 3);
}
END_TEST

START_TEST(where_the_first_input_leads_the_others_may_lack)
{
    begin_by(&(struct vf_join_rules){.by = VF_JOIN_BY_ORIGIN, .leads = true});
    for (uint64_t number = 1; number <= 6; number++)
        edge_send(&edges[0], number);
    ck_assert_int_eq(next(), -EAGAIN);
    edge_send_gap(&edges[1], 1);
    EXPECT(1, 0);
    ck_assert_int_eq(next(), -EAGAIN);
    edge_send(&edges[1], 3);
    EXPECT(2, 0);
    EXPECT(3, 3);
    ck_assert_int_eq(next(), -EAGAIN);
    edge_send_end(&edges[1], VF_END_FAILED);
    EXPECT(4, 0);
    EXPECT(5, 0);
    EXPECT(6, 0);
    ck_assert_int_eq(next(), -EAGAIN);
    edge_send_end(&edges[0], VF_END_COMPLETE);
    ck_assert_int_eq(next(), VF_END);
    ck_assert_int_eq(joined.reason, VF_END_FAILED);
    ck_assert_uint_eq(matched(0), 6);
    ck_assert_uint_eq(matched(1), 1);
    ck_assert_uint_eq(unmatched(0) + unmatched(1), 0);
}
END_TEST

START_TEST(where_several_belong_to_one_the_further_ones_come_by_themselves)
{
    begin_by(&(struct vf_join_rules){.by = VF_JOIN_BY_ORIGIN, .leads = true, .has_several = true});
    for (uint64_t number = 1; number <= 3; number++)
        edge_send(&edges[0], number);
    edge_send(&edges[1], 1);
    EXPECT(1, 1);
    ck_assert_int_eq(next(), -EAGAIN);
    ck_assert_uint_eq(joined.passed, 0);
    edge_send(&edges[1], 1);
    edge_send(&edges[1], 1);
    EXPECT(0, 1);
    EXPECT(0, 1);
    ck_assert_int_eq(next(), -EAGAIN);
    edge_send(&edges[1], 3);
    EXPECT(2, 0);
    EXPECT(3, 3);
    edge_send_end(&edges[0], VF_END_COMPLETE);
    ck_assert_int_eq(next(), -EAGAIN);
    edge_send(&edges[1], 3);
    EXPECT(0, 3);
    ck_assert_int_eq(next(), -EAGAIN);
    edge_send_end(&edges[1], VF_END_COMPLETE);
    ck_assert_int_eq(next(), VF_END);
    ck_assert_uint_eq(matched(0), 3);
    ck_assert_uint_eq(matched(1), 5);
    ck_assert_uint_eq(unmatched(0) + unmatched(1), 0);
}
END_TEST

START_TEST(what_comes_late_comes_by_itself)
{
    begin_by(&(struct vf_join_rules){.by = VF_JOIN_BY_ORIGIN, .leads = true, .has_several = true});
    edge_send(&edges[0], 1);
    edge_send(&edges[0], 2);
    edge_send_gap(&edges[1], 2);
    EXPECT(1, 0);
    EXPECT(2, 0);
    edge_send_end(&edges[0], VF_END_COMPLETE);
    ck_assert_int_eq(next(), -EAGAIN);
    edge_send(&edges[1], 1);
    EXPECT(0, 1);
    edge_send_gap(&edges[1], 3);
    ck_assert_int_eq(next(), -EAGAIN);
    edge_send(&edges[1], 3);
    edge_send_end(&edges[1], VF_END_COMPLETE);
    EXPECT(0, 3);
    ck_assert_int_eq(next(), VF_END);
    ck_assert_uint_eq(matched(1), 2);
    ck_assert_uint_eq(unmatched(1), 0);
}
END_TEST

START_TEST(what_belongs_to_nothing_that_comes_comes_by_itself)
{
    begin_by(&(struct vf_join_rules){.by = VF_JOIN_BY_ORIGIN, .leads = true, .has_several = true});
    edge_send(&edges[1], 1);
    edge_send(&edges[1], 1);
    ck_assert_int_eq(next(), -EAGAIN);
    edge_send_gap(&edges[0], 1);
    EXPECT(0, 1);
    EXPECT(0, 1);
    ck_assert_int_eq(next(), -EAGAIN);
    edge_send(&edges[0], 2);
    edge_send_gap(&edges[1], 2);
    EXPECT(2, 0);
    edge_send(&edges[0], 3);
    edge_send_end(&edges[0], VF_END_COMPLETE);
    edge_send_end(&edges[1], VF_END_COMPLETE);
    EXPECT(3, 0);
    ck_assert_int_eq(next(), VF_END);
    ck_assert_uint_eq(unmatched(1), 0);
}
END_TEST

START_TEST(where_the_first_input_leads_what_it_lacks_is_left_out)
{
    begin_by(&(struct vf_join_rules){.by = VF_JOIN_BY_ORIGIN, .leads = true});
    edge_send(&edges[1], 1);
    edge_send(&edges[1], 2);
    edge_send_gap(&edges[0], 1);
    ck_assert_int_eq(next(), -EAGAIN);
    ck_assert_uint_eq(joined.passed, 1);
    edge_send(&edges[0], 2);
    EXPECT(2, 2);
    ck_assert_uint_eq(unmatched(1), 1);
}
END_TEST

START_TEST(a_later_origin_shows_that_an_earlier_one_will_not_come)
{
    begin(2, VF_JOIN_BY_ORIGIN);
    edge_send(&edges[0], 1);
    edge_send(&edges[0], 4);
    edge_send(&edges[1], 4);
    EXPECT(4, 4);
    ck_assert_uint_eq(joined.passed, 3);
    ck_assert_uint_eq(unmatched(0), 1);
}
END_TEST

START_TEST(a_gap_may_begin_before_the_message_in_front_and_end_behind_it)
{
    begin(2, VF_JOIN_BY_ORIGIN);
    edge_send(&edges[0], 3);
    edge_send(&edges[0], 7);
    edge_send_gap(&edges[1], 6);
    edge_send(&edges[1], 7);
    EXPECT(7, 7);
    ck_assert_uint_eq(joined.passed, 6);
}
END_TEST

START_TEST(a_single_input_is_gathered_as_it_comes)
{
    begin(1, VF_JOIN_BY_ORIGIN);
    edge_send(&edges[0], 2);
    edge_send_gap(&edges[0], 5);
    edge_send(&edges[0], 6);
    edge_send_gap(&edges[0], 9);
    EXPECT(2);
    EXPECT(6);
    ck_assert_int_eq(next(), -EAGAIN);
    ck_assert_uint_eq(joined.passed, 9);
}
END_TEST

START_TEST(a_single_input_loses_nothing_that_comes_after_its_gap)
{
    begin(1, VF_JOIN_BY_ORIGIN);
    edge_send_gap(&edges[0], 5);
    edge_send(&edges[0], 3);
    edge_send(&edges[0], 5);
    EXPECT(3);
    EXPECT(5);
    ck_assert_uint_eq(unmatched(0), 0);
}
END_TEST

START_TEST(nothing_is_complete_after_the_first_end)
{
    begin(2, VF_JOIN_BY_ORIGIN);
    edge_send(&edges[0], 1);
    edge_send(&edges[1], 1);
    edge_send(&edges[0], 2);
    edge_send_end(&edges[1], VF_END_FAILED);
    EXPECT(1, 1);
    ck_assert_int_eq(next(), VF_END);
    ck_assert_int_eq(joined.reason, VF_END_FAILED);
    ck_assert_int_eq(next(), VF_END);
}
END_TEST

START_TEST(the_end_comes_after_all_data)
{
    begin(2, VF_JOIN_BY_ORIGIN);
    for (unsigned i = 0; i < 2; i++) {
        edge_send(&edges[i], 1);
        edge_send_end(&edges[i], i ? VF_END_INTERRUPTED : VF_END_COMPLETE);
    }
    EXPECT(1, 1);
    ck_assert_int_eq(next(), VF_END);
    ck_assert_int_eq(joined.reason, VF_END_INTERRUPTED);
}
END_TEST

START_TEST(partners_of_a_dropped_message_are_lost_with_it)
{
    begin(2, VF_JOIN_BY_ORIGIN);
    edge_send(&edges[0], 1);
    edge_send(&edges[0], 2);
    edge_send(&edges[1], 1);
    edge_send(&edges[1], 2);
    vf_outbox_drop_oldest(edges[1].outbox);
    EXPECT(2, 2);
    ck_assert_uint_eq(unmatched(0), 1);
    ck_assert_uint_eq(joined.passed, 1);
}
END_TEST

START_TEST(by_order_the_first_meets_the_first)
{
    begin(2, VF_JOIN_BY_ORDER);
    edge_send(&edges[0], 1);
    edge_send(&edges[0], 2);
    edge_send_gap(&edges[1], 6);
    edge_send(&edges[1], 7);
    ck_assert_uint_eq(joined.passed, 0);
    EXPECT(1, 7);
    ck_assert_int_eq(next(), -EAGAIN);
    edge_send_gap(&edges[1], 8);
    ck_assert_int_eq(next(), -EAGAIN);
    edge_send(&edges[1], 9);
    EXPECT(2, 9);
    ck_assert_uint_eq(joined.passed, 0);
}
END_TEST

static const enum vf_join_by led[] = {VF_JOIN_BY_ORDER, VF_JOIN_BY_TIME};

START_TEST(what_the_first_input_leaves_out_is_passed_on)
{
    begin(2, led[_i]);
    edge_send_gap(&edges[0], 4);
    edge_send_gap(&edges[1], 9);
    ck_assert_int_eq(next(), -EAGAIN);
    ck_assert_uint_eq(joined.passed, 4);
}
END_TEST

START_TEST(by_time_the_tolerance_is_near_enough_and_more_is_not)
{
    begin_by(&(struct vf_join_rules){.by = VF_JOIN_BY_TIME, .tolerance_ns = 10});
    send_at(0, 1, 100);
    send_at(1, 1, 110);
    EXPECT(1, 1);
    send_at(0, 2, 200);
    send_at(1, 2, 211);
    ck_assert_int_eq(next(), -EAGAIN);
    ck_assert_uint_eq(unmatched(0), 1);
}
END_TEST

START_TEST(the_last_of_an_input_may_be_later_by_the_tolerance)
{
    begin_by(
        &(struct vf_join_rules){.by = VF_JOIN_BY_TIME, .tolerance_ns = 10, .repeats_last = true});
    send_at(1, 1, 110);
    send_at(1, 2, 211);
    send_at(0, 1, 100);
    EXPECT(1, 1);
    send_at(0, 2, 200);
    EXPECT(2, 1);
    send_at(0, 3, 201);
    send_at(1, 3, 900);
    EXPECT(3, 2);
}
END_TEST

START_TEST(the_first_end_is_the_end_where_that_is_wanted)
{
    begin_by(&(struct vf_join_rules){.by = VF_JOIN_BY_ARRIVAL, .end = VF_JOIN_END_ANY});
    edge_send_end(&edges[1], VF_END_COMPLETE);
    while (next() == VF_OK)
        let_go();
    edge_send(&edges[0], 1);
    ck_assert_int_eq(next(), VF_END);
}
END_TEST

START_TEST(by_order_the_shortest_input_is_the_end)
{
    begin(2, VF_JOIN_BY_ORDER);
    edge_send(&edges[0], 1);
    edge_send(&edges[0], 2);
    edge_send(&edges[1], 5);
    edge_send_end(&edges[1], VF_END_COMPLETE);
    EXPECT(1, 5);
    ck_assert_int_eq(next(), VF_END);
}
END_TEST

START_TEST(one_by_one_what_was_published_first_comes_first)
{
    begin(3, VF_JOIN_BY_ARRIVAL);
    edge_send(&edges[2], 3); /* its number is its time */
    edge_send(&edges[0], 4);
    edge_send(&edges[1], 2);
    edge_send(&edges[1], 5);
    EXPECT(0, 2);
    EXPECT(0, 0, 3);
    EXPECT(4);
    EXPECT(0, 5);
    ck_assert_int_eq(next(), -EAGAIN);
}
END_TEST

START_TEST(one_by_one_a_gap_tells_how_far_its_input_has_come)
{
    begin(2, VF_JOIN_BY_ARRIVAL);
    ck_assert_int_eq(vf_join_gap_ns(join, 1), VF_NO_TIMESTAMP);
    edge_send(&edges[1], 3);
    edge_send_gap_at(&edges[1], 7, 700);
    EXPECT(0, 3);
    ck_assert_int_eq(vf_join_gap_ns(join, 1), VF_NO_TIMESTAMP);
    ck_assert_int_eq(next(), -EAGAIN);
    ck_assert_int_eq(vf_join_gap_ns(join, 1), 700);
    ck_assert_int_eq(vf_join_gap_ns(join, 0), VF_NO_TIMESTAMP);
    edge_send_gap_at(&edges[1], 9, VF_NO_TIMESTAMP);
    ck_assert_int_eq(next(), -EAGAIN);
    ck_assert_int_eq(vf_join_gap_ns(join, 1), 700);
}
END_TEST

START_TEST(one_by_one_the_last_end_is_the_end_with_the_worst_reason)
{
    begin(3, VF_JOIN_BY_ARRIVAL);
    edge_send_end(&edges[0], VF_END_FAILED);
    edge_send_end(&edges[1], VF_END_COMPLETE);
    ck_assert_int_eq(next(), -EAGAIN);
    edge_send(&edges[2], 1);
    EXPECT(0, 0, 1);
    edge_send_end(&edges[2], VF_END_INTERRUPTED);
    ck_assert_int_eq(next(), VF_END);
    ck_assert_int_eq(joined.reason, VF_END_FAILED);
}
END_TEST

/* What each input is going to bring, and how much of it has. */
struct story {
    bool is_data[INPUTS][ORIGINS + 1];
    uint64_t told[INPUTS]; /* highest origin that is data or known as a gap */
    uint64_t next[INPUTS]; /* origin to be told of next */
    bool is_gathered[ORIGINS + 1];
    unsigned dice;
};

static unsigned roll(struct story *story, unsigned sides)
{
    story->dice = story->dice * 1103515245 + 12345;
    return (story->dice >> 16) % sides;
}

static void write_story(struct story *story, unsigned seed)
{
    *story = (struct story){.dice = seed};
    for (unsigned i = 0; i < INPUTS; i++) {
        story->next[i] = 1;
        for (unsigned number = 1; number <= ORIGINS; number++)
            story->is_data[i][number] = roll(story, 4) > 0;
    }
}

/* Lets one more origin become known. A gap may also be left to the message behind it. */
static void tell(struct story *story, unsigned input)
{
    uint64_t number = story->next[input]++;
    if (story->is_data[input][number])
        edge_send(&edges[input], number);
    else if (number == ORIGINS || roll(story, 2))
        edge_send_gap(&edges[input], number);
    else
        return;
    story->told[input] = number;
}

static bool is_complete(const struct story *story, uint64_t number)
{
    for (unsigned i = 0; i < INPUTS; i++) {
        if (!story->is_data[i][number])
            return false;
    }
    return true;
}

/* Gathers all that there is, and asserts that it was neither too much nor too little. */
static void assert_gathered(struct story *story)
{
    uint64_t before = joined.passed;
    while (next() == VF_OK) {
        uint64_t number = edge_number(items[0]);
        for (unsigned i = 1; i < INPUTS; i++)
            ck_assert_uint_eq(edge_number(items[i]), number);
        ck_assert_uint_gt(number, before);
        ck_assert(!story->is_gathered[number]);
        story->is_gathered[number] = true;
        let_go();
    }
    ck_assert_uint_ge(joined.passed, before);
    uint64_t known = ORIGINS;
    for (unsigned i = 0; i < INPUTS; i++)
        known = story->told[i] < known ? story->told[i] : known;
    for (uint64_t number = 1; number <= known; number++) {
        ck_assert_msg(story->is_gathered[number] == is_complete(story, number),
                      "origin %llu of seed %d", (unsigned long long)number, (int)story->dice);
        ck_assert(story->is_gathered[number] || joined.passed >= number);
    }
}

START_TEST(whatever_comes_in_any_order_is_gathered_at_once_and_nothing_else)
{
    struct story story;
    begin(INPUTS, VF_JOIN_BY_ORIGIN);
    write_story(&story, (unsigned)_i);
    for (unsigned left = INPUTS * ORIGINS; left; left--) {
        unsigned input = roll(&story, INPUTS);
        while (story.next[input] > ORIGINS)
            input = (input + 1) % INPUTS;
        tell(&story, input);
        assert_gathered(&story);
    }
    ck_assert(joined.passed == ORIGINS || story.is_gathered[ORIGINS]);
}
END_TEST

Suite *join_suite(void);
Suite *join_suite(void)
{
    Suite *suite = suite_create("join");
    TCase *tcase = tcase_create("join");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, messages_of_one_origin_come_together);
    tcase_add_test(tcase, a_gap_frees_the_partners_of_what_will_not_come);
    tcase_add_test(tcase, where_the_first_input_leads_the_others_may_lack);
    tcase_add_test(tcase, where_several_belong_to_one_the_further_ones_come_by_themselves);
    tcase_add_test(tcase, what_comes_late_comes_by_itself);
    tcase_add_test(tcase, what_belongs_to_nothing_that_comes_comes_by_itself);
    tcase_add_test(tcase, where_the_first_input_leads_what_it_lacks_is_left_out);
    tcase_add_test(tcase, a_later_origin_shows_that_an_earlier_one_will_not_come);
    tcase_add_test(tcase, a_gap_may_begin_before_the_message_in_front_and_end_behind_it);
    tcase_add_test(tcase, a_single_input_is_gathered_as_it_comes);
    tcase_add_test(tcase, a_single_input_loses_nothing_that_comes_after_its_gap);
    tcase_add_test(tcase, nothing_is_complete_after_the_first_end);
    tcase_add_test(tcase, the_end_comes_after_all_data);
    tcase_add_test(tcase, partners_of_a_dropped_message_are_lost_with_it);
    tcase_add_test(tcase, by_order_the_first_meets_the_first);
    tcase_add_loop_test(tcase, what_the_first_input_leaves_out_is_passed_on, 0, (int)VF_COUNT(led));
    tcase_add_test(tcase, by_time_the_tolerance_is_near_enough_and_more_is_not);
    tcase_add_test(tcase, the_last_of_an_input_may_be_later_by_the_tolerance);
    tcase_add_test(tcase, the_first_end_is_the_end_where_that_is_wanted);
    tcase_add_test(tcase, by_order_the_shortest_input_is_the_end);
    tcase_add_test(tcase, one_by_one_what_was_published_first_comes_first);
    tcase_add_test(tcase, one_by_one_a_gap_tells_how_far_its_input_has_come);
    tcase_add_test(tcase, one_by_one_the_last_end_is_the_end_with_the_worst_reason);
    tcase_add_loop_test(tcase, whatever_comes_in_any_order_is_gathered_at_once_and_nothing_else, 0,
                        60);
    suite_add_tcase(suite, tcase);
    return suite;
}
