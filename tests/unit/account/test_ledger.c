/* SPDX-License-Identifier: MIT */
/* The account of a run, made up from pages that a test has filled in. */
#include <check.h>
#include <stdlib.h>

#include "engine/account/ledger.h"
#include "tests/unit/support/flow_fixture.h"
#include "tests/unit/support/scratch.h"

#define NODES "vflow: 1\nnodes:\n"

/* Tasks: eye 1, a 2, b 3, j 4, s 5. Edges: eye-a 0, eye-b 1, a-j 2, b-j 3, j-s 4. */
#define DIAMOND                                                      \
    NODES "  eye: {type: counter}\n  a: {type: pass, inputs: eye}\n" \
          "  b: {type: pass, inputs: eye}\n"                         \
          "  j: {type: join, inputs: [a, b]}\n"                      \
          "  s: {type: sink, inputs: j}\n"

#define MESSAGES 10U

static struct vf_plan *plan;
static struct vf_run_memory *memory;
static bool *is_whole;

static struct vf_task_page *page(unsigned task)
{
    return (struct vf_task_page *)(uintptr_t)vf_run_memory_page(memory, task);
}

static struct vf_outbox_page *outbox(unsigned edge)
{
    return vf_run_memory_edge(memory, edge)->outbox;
}

static struct vf_inbox_page *inbox(unsigned edge)
{
    return vf_run_memory_edge(memory, edge)->inbox;
}

/* Fills in what a run of ten messages leaves, in which each task answered each input. */
static void run_all(void)
{
    for (unsigned i = 0; i < plan->edge_count; i++) {
        outbox(i)->data_published = MESSAGES;
        inbox(i)->data_taken = inbox(i)->data_done = MESSAGES;
        inbox(i)->is_closed = VF_CLOSED_AFTER_END;
    }
    for (unsigned i = 0; i < plan->task_count; i++) {
        struct vf_task_page *task = page(i + 1);
        is_whole[i] = true;
        if (plan->tasks[i].out_count)
            task->emitted[0] = MESSAGES;
        if (plan->tasks[i].in_count)
            task->inputs = task->answered = MESSAGES;
    }
}

static void set_up(const char *yaml)
{
    plan = plan_good_flow(yaml);
    ck_assert_int_eq(vf_run_memory_create(&memory, plan), VF_OK);
    is_whole = calloc(plan->task_count, sizeof(*is_whole));
    ck_assert_ptr_nonnull(is_whole);
    run_all();
}

static void teardown(void)
{
    vf_run_memory_destroy(&memory);
    vf_plan_destroy(&plan);
    free(is_whole);
}

/* Fails the test unless the ledger says just that; "" when it balances. */
static void check_ledger(const char *complaint)
{
    capture_errors();
    unsigned count = vf_ledger_check(plan, memory, is_whole);
    ck_assert_str_eq(captured_errors(), complaint);
    ck_assert_uint_eq(count, *complaint != '\0');
}

#define SAYS(text) "vflow: the ledger of " text "\n"

START_TEST(a_run_in_which_all_was_taken_balances)
{
    set_up(DIAMOND);
    check_ledger("");
}
END_TEST

START_TEST(what_was_dropped_refused_filtered_and_unmatched_is_accounted_for)
{
    set_up(DIAMOND);
    outbox(0)->data_published = 7; /* of ten, two found no room and one came too late */
    outbox(0)->dropped = 2;
    outbox(0)->refused = 1;
    inbox(0)->data_taken = inbox(0)->data_done = 7;
    page(2)->inputs = 7;
    page(2)->answered = page(2)->emitted[0] = 5; /* and two filtered */
    page(2)->filtered = 2;
    outbox(2)->data_published = 5;
    inbox(2)->data_taken = inbox(2)->data_done = 5;
    inbox(3)->data_taken = 5;
    inbox(3)->unmatched = 5; /* their partners */
    page(4)->inputs = page(4)->answered = page(4)->emitted[0] = 5;
    outbox(4)->data_published = 5;
    inbox(4)->data_taken = inbox(4)->data_done = 5;
    page(5)->inputs = page(5)->answered = 5;
    check_ledger("");
}
END_TEST

/* As if a had sent two origins twice instead of two others: what b sent of these has no partner. */
static void lose_two_partners(void)
{
    for (unsigned edge = 2; edge <= 3; edge++) {
        inbox(edge)->data_taken = MESSAGES - 2;
        inbox(edge)->unmatched = 2;
    }
    page(4)->inputs = page(4)->answered = page(4)->emitted[0] = MESSAGES - 2;
    outbox(4)->data_published = MESSAGES - 2;
    inbox(4)->data_taken = inbox(4)->data_done = MESSAGES - 2;
    page(5)->inputs = page(5)->answered = MESSAGES - 2;
}

#define LACKS(edge, count, most)                                                                  \
    SAYS(edge " does not balance: " count                                                         \
              " were unmatched, but of what came with them at most " most                         \
              " can have been missing; one of these has sent other frames than it was given, or " \
              "left some out: eye, a, b, j")

START_TEST(what_has_no_partner_is_missed_where_nobody_left_one_out)
{
    set_up(DIAMOND);
    lose_two_partners();
    check_ledger(LACKS("a.out -> j", "2", "0"));
    page(3)->answered--; /* b says that it has left out one */
    page(3)->filtered++;
    check_ledger(LACKS("a.out -> j", "2", "1"));
    page(2)->answered--; /* and so does a, which may then have sent the others twice */
    page(2)->filtered++;
    check_ledger("");
}
END_TEST

START_TEST(what_was_lost_before_the_fork_is_nobody_s_partner)
{
    set_up(NODES "  eye: {type: counter}\n"
                 "  p: {type: pass, inputs: eye}\n"
                 "  a: {type: pass, inputs: p}\n"
                 "  j: {type: join, inputs: [a, p]}\n"
                 "  s: {type: sink, inputs: j}\n");
    outbox(0)->dropped = 5; /* in front of p */
    page(1)->emitted[0] += 5;
    page(2)->inputs += 3; /* and p answers three with nothing */
    page(2)->filtered = 3;
    inbox(0)->data_taken = inbox(0)->data_done = outbox(0)->data_published += 3;
    page(1)->emitted[0] += 3;
    check_ledger("");
    const struct vf_plan_task *join = &plan->tasks[3];
    for (size_t i = 0; i < join->in_count; i++) {
        inbox(join->in_edges[i]->id)->data_taken--;
        inbox(join->in_edges[i]->id)->unmatched++;
    }
    page(4)->inputs = page(4)->answered = page(4)->emitted[0] = MESSAGES - 1;
    outbox(join->out_edges[0]->id)->data_published = MESSAGES - 1;
    inbox(join->out_edges[0]->id)->data_taken = MESSAGES - 1;
    inbox(join->out_edges[0]->id)->data_done = MESSAGES - 1;
    page(5)->inputs = page(5)->answered = MESSAGES - 1;
    check_ledger(SAYS("a.out -> j does not balance: 1 were unmatched, but of what came with them "
                      "at most 0 can have been missing; one of these has sent other frames than it "
                      "was given, or left some out: eye, p, a, j"));
}
END_TEST

START_TEST(partners_are_not_counted_where_somebody_was_not_whole)
{
    set_up(DIAMOND);
    lose_two_partners();
    is_whole[1] = false;
    check_ledger("");
}
END_TEST

START_TEST(the_edge_is_read_as_an_account)
{
    set_up(DIAMOND);
    outbox(0)->dropped = 3;
    outbox(0)->refused = 4;
    inbox(0)->data_taken = 5;
    inbox(0)->unmatched = 2;
    inbox(0)->skipped = 1;
    struct vf_edge_account account = vf_ledger_edge(memory, &plan->edges[0]);
    ck_assert_uint_eq(account.produced, MESSAGES + 3 + 4);
    ck_assert_uint_eq(account.published, MESSAGES);
    ck_assert_uint_eq(account.dropped_newest, 3);
    ck_assert_uint_eq(account.refused, 4);
    ck_assert_uint_eq(account.dropped_oldest, 1);
    ck_assert_uint_eq(account.unread, 2);
}
END_TEST

START_TEST(a_message_that_was_made_but_not_published_is_missed)
{
    set_up(DIAMOND);
    page(1)->emitted[0]++;
    outbox(1)->dropped++;
    check_ledger(SAYS("eye.value -> a does not balance: 11 were produced, but 10 published, "
                      "0 dropped and 0 refused"));
}
END_TEST

START_TEST(what_comes_alone_cannot_lack_a_partner)
{
    set_up(DIAMOND);
    page(1)->emitted[0]++;
    outbox(0)->data_published++;
    outbox(1)->refused++;
    inbox(0)->unmatched++;
    inbox(0)->data_done++;
    check_ledger(SAYS("eye.value -> a does not balance: 11 were published, but 10 taken, "
                      "1 unmatched and 0 replaced"));
}
END_TEST

START_TEST(a_message_that_was_published_but_not_taken_is_missed)
{
    set_up(DIAMOND);
    page(1)->emitted[0]++;
    outbox(0)->data_published++;
    outbox(1)->refused++;
    check_ledger(SAYS("eye.value -> a does not balance: 11 were published, but 10 taken, "
                      "0 unmatched and 0 replaced"));
}
END_TEST

START_TEST(what_a_receiver_that_ended_early_left_is_not_missed)
{
    set_up(DIAMOND);
    page(1)->emitted[0]++;
    outbox(0)->data_published++;
    outbox(1)->refused++;
    inbox(0)->is_closed = VF_CLOSED_EARLY;
    check_ledger("");
}
END_TEST

START_TEST(nothing_is_replaced_where_nothing_may_be)
{
    set_up(DIAMOND);
    outbox(4)->data_published++;
    inbox(4)->skipped++;
    page(4)->emitted[0]++;
    check_ledger(SAYS("j.list -> s does not balance: 11 were published, but 10 taken, "
                      "0 unmatched and 1 replaced"));
}
END_TEST

START_TEST(a_message_that_is_never_released_is_missed)
{
    set_up(DIAMOND);
    inbox(1)->data_done--;
    check_ledger(SAYS("eye.value -> b does not balance: 10 were published and 10 left the queue, "
                      "but 9 were released"));
}
END_TEST

START_TEST(a_node_that_was_given_more_than_was_taken_is_told)
{
    set_up(DIAMOND);
    page(5)->inputs++;
    page(5)->answered++;
    check_ledger(SAYS("j.list -> s does not balance: 10 were taken, but s was given 11 inputs"));
}
END_TEST

START_TEST(an_input_without_a_fate_is_missed)
{
    set_up(DIAMOND);
    page(2)->answered--;
    check_ledger(SAYS("a does not balance: of 10 inputs 9 were answered, 0 filtered and 0 "
                      "failed"));
}
END_TEST

START_TEST(a_task_that_did_not_end_well_need_only_be_possible)
{
    set_up(DIAMOND);
    for (size_t i = 0; i < plan->task_count; i++)
        is_whole[i] = false;
    page(1)->emitted[0] += 2; /* and died */
    outbox(0)->data_published++;
    page(2)->inputs += 1;
    inbox(1)->data_done--;
    check_ledger("");
    inbox(1)->data_taken++;
    check_ledger(SAYS("eye.value -> b does not balance: 10 were published, but 11 taken, "
                      "0 unmatched and 0 replaced"));
}
END_TEST

START_TEST(replicas_share_what_was_made_for_them)
{
    set_up(NODES "  eye: {type: counter}\n"
                 "  a: {type: pass, inputs: eye, replicas: 2}\n"
                 "  s: {type: sink, inputs: a}\n");
    for (unsigned i = 0; i < plan->edge_count; i++) {
        outbox(i)->data_published = MESSAGES / 2;
        inbox(i)->data_taken = inbox(i)->data_done = MESSAGES / 2;
    }
    for (unsigned replica = 2; replica <= 3; replica++)
        page(replica)->inputs = page(replica)->answered = page(replica)->emitted[0] = MESSAGES / 2;
    check_ledger("");
    page(1)->emitted[0]++;
    check_ledger(SAYS("eye.value -> a.1 does not balance: 11 were produced, but 10 published, "
                      "0 dropped and 0 refused"));
}
END_TEST

START_TEST(nothing_that_comes_by_the_lanes_of_one_input_lacks_a_partner)
{
    set_up(NODES "  eye: {type: counter}\n"
                 "  a: {type: pass, inputs: eye, replicas: 2}\n"
                 "  s: {type: sink, inputs: a}\n");
    for (unsigned i = 0; i < plan->edge_count; i++) {
        outbox(i)->data_published = MESSAGES / 2;
        inbox(i)->data_taken = inbox(i)->data_done = MESSAGES / 2;
    }
    for (unsigned replica = 2; replica <= 3; replica++)
        page(replica)->inputs = page(replica)->answered = page(replica)->emitted[0] = MESSAGES / 2;
    unsigned lane = plan->tasks[3].in_edges[0]->id;
    inbox(lane)->data_taken--;
    inbox(lane)->unmatched++;
    page(4)->inputs = page(4)->answered = MESSAGES - 1;
    check_ledger(SAYS("a.1.out -> s does not balance: 5 were published, but 4 taken, 1 unmatched "
                      "and 0 replaced"));
}
END_TEST

START_TEST(inputs_that_come_one_by_one_are_added_up)
{
    set_up(NODES "  eye: {type: camera}\n"
                 "  out: {type: file, path: x, inputs: {video: eye, audio: eye.audio}}\n");
    page(1)->emitted[1] = MESSAGES;
    page(2)->inputs = page(2)->answered = MESSAGES + MESSAGES;
    check_ledger("");
    page(2)->inputs = page(2)->answered = MESSAGES;
    check_ledger(
        SAYS("eye.video -> out does not balance: 20 were taken, but out was given 10 inputs"));
}
END_TEST

Suite *ledger_suite(void);
Suite *ledger_suite(void)
{
    Suite *suite = suite_create("ledger");
    TCase *tcase = tcase_create("ledger");
    tcase_add_checked_fixture(tcase, NULL, teardown);
    tcase_add_test(tcase, a_run_in_which_all_was_taken_balances);
    tcase_add_test(tcase, what_was_dropped_refused_filtered_and_unmatched_is_accounted_for);
    tcase_add_test(tcase, what_has_no_partner_is_missed_where_nobody_left_one_out);
    tcase_add_test(tcase, what_was_lost_before_the_fork_is_nobody_s_partner);
    tcase_add_test(tcase, partners_are_not_counted_where_somebody_was_not_whole);
    tcase_add_test(tcase, nothing_that_comes_by_the_lanes_of_one_input_lacks_a_partner);
    tcase_add_test(tcase, the_edge_is_read_as_an_account);
    tcase_add_test(tcase, a_message_that_was_made_but_not_published_is_missed);
    tcase_add_test(tcase, what_comes_alone_cannot_lack_a_partner);
    tcase_add_test(tcase, a_message_that_was_published_but_not_taken_is_missed);
    tcase_add_test(tcase, what_a_receiver_that_ended_early_left_is_not_missed);
    tcase_add_test(tcase, nothing_is_replaced_where_nothing_may_be);
    tcase_add_test(tcase, a_message_that_is_never_released_is_missed);
    tcase_add_test(tcase, a_node_that_was_given_more_than_was_taken_is_told);
    tcase_add_test(tcase, an_input_without_a_fate_is_missed);
    tcase_add_test(tcase, a_task_that_did_not_end_well_need_only_be_possible);
    tcase_add_test(tcase, replicas_share_what_was_made_for_them);
    tcase_add_test(tcase, inputs_that_come_one_by_one_are_added_up);
    suite_add_tcase(suite, tcase);
    return suite;
}
