/* SPDX-License-Identifier: MIT */
/* Flows that stand still, made up from pages that a test has filled in. */
#include <check.h>
#include <stdlib.h>

#include "engine/account/standstill.h"
#include "engine/base/array.h"
#include "engine/base/clock.h"
#include "tests/unit/support/flow_fixture.h"
#include "tests/unit/support/scratch.h"

#define NODES "vflow: 1\nnodes:\n"

/* Tasks: n 1, a 2, b 3, s 4. Edges: n-a 0, a-b 1, b-s 2. */
#define CHAIN                                                                                  \
    NODES "  n: {type: counter}\n  a: {type: pass, inputs: n}\n  b: {type: pass, inputs: a}\n" \
          "  s: {type: sink, inputs: b}\n"

/* Tasks: n 1, a 2, j 3, s 4. Edges: n-a 0, n-j 1, a-j 2, j-s 3. */
#define DETOUR                                                    \
    NODES "  n: {type: counter}\n  a: {type: pass, inputs: n}\n"  \
          "  j: {type: join, inputs: [{from: n, queue: 2}, a]}\n" \
          "  s: {type: sink, inputs: j}\n"

#define LIMIT (10 * VF_NS_PER_S)
#define START VF_NS_PER_S
#define LATER (START + 12 * VF_NS_PER_S + 300 * VF_NS_PER_MS)

static struct vf_plan *plan;
static struct vf_run_memory *memory;
static struct vf_standstill *standstill;

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

static void set_up(const char *yaml)
{
    plan = plan_good_flow(yaml);
    ck_assert_int_eq(vf_run_memory_create(&memory, plan), VF_OK);
    ck_assert_int_eq(vf_standstill_create(&standstill, plan, memory, START), VF_OK);
}

static void teardown(void)
{
    vf_standstill_destroy(&standstill);
    vf_run_memory_destroy(&memory);
    vf_plan_destroy(&plan);
}

/* Lets all tasks be in one state, in the order of their numbers. */
static void set_states(const enum vf_task_state *states)
{
    for (unsigned i = 0; i < plan->task_count; i++)
        page(i + 1)->state = states[i];
}
#define STATES(...) set_states((const enum vf_task_state[]){__VA_ARGS__})

/* Lets messages wait in a queue, none of which has been released. */
static void fill(unsigned edge, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        vf_outbox_page_cell(outbox(edge), i)->sequence = ++outbox(edge)->published;
    outbox(edge)->data_published += count;
}

/* Lets the receiver take one of them. */
static void take_one(unsigned edge)
{
    inbox(edge)->taken++;
    inbox(edge)->data_taken++;
}

/* Lets the receiver take all of them. */
static void take_all(unsigned edge)
{
    inbox(edge)->taken = inbox(edge)->received = outbox(edge)->published;
    inbox(edge)->data_taken = outbox(edge)->data_published;
}

static void fill_and_wait(unsigned edge, unsigned count)
{
    fill(edge, count);
    outbox(edge)->waits = VF_WAITS_FOR_ROOM | 5 * VF_WAITS_COUNT;
}

static void work_on(unsigned task, uint64_t frame)
{
    page(task)->frame = frame;
    page(task)->inputs = frame + 1;
    page(task)->answered = frame;
}

/* Fails the test unless this is who waits for whom, 12.3 seconds after the last move. */
static void assert_described(const char *expected)
{
    struct vf_text text = {0};
    (void)vf_standstill_look(standstill, START, LIMIT);
    ck_assert_int_eq(vf_standstill_describe(standstill, LATER, &text), VF_OK);
    ck_assert_str_eq(text.bytes ? text.bytes : "", expected);
    vf_text_finish(&text);
}

START_TEST(a_flow_stands_still_when_nothing_was_counted_for_long_enough)
{
    set_up(CHAIN);
    STATES(VF_TASK_BUSY, VF_TASK_WAITING, VF_TASK_WAITING, VF_TASK_WAITING);
    ck_assert(!vf_standstill_look(standstill, START, LIMIT));
    ck_assert(!vf_standstill_look(standstill, START + LIMIT - 1, LIMIT));
    ck_assert(vf_standstill_look(standstill, START + LIMIT, LIMIT));
    ck_assert_int_eq(vf_standstill_stood_ns(standstill, 2, START + LIMIT), LIMIT);
}
END_TEST

START_TEST(it_is_told_once_for_each_time)
{
    set_up(CHAIN);
    ck_assert(vf_standstill_look(standstill, START + LIMIT, LIMIT));
    ck_assert(!vf_standstill_look(standstill, START + 2 * LIMIT, LIMIT));
    page(3)->inputs++;
    ck_assert(!vf_standstill_look(standstill, START + 3 * LIMIT, LIMIT));
    ck_assert(!vf_standstill_look(standstill, START + 4 * LIMIT - 1, LIMIT));
    ck_assert(vf_standstill_look(standstill, START + 4 * LIMIT, LIMIT));
    ck_assert_int_eq(vf_standstill_stood_ns(standstill, 3, START + 4 * LIMIT), LIMIT);
    ck_assert_int_eq(vf_standstill_stood_ns(standstill, 4, START + 4 * LIMIT), 3 * LIMIT + LIMIT);
}
END_TEST

START_TEST(whatever_is_counted_is_a_move)
{
    set_up(CHAIN);
    _Atomic uint64_t *const counts[] = {
        &page(2)->inputs,           &page(2)->answered,    &page(2)->filtered,
        &page(3)->failed,           &page(4)->errors,      &outbox(0)->published,
        &outbox(1)->data_published, &outbox(1)->refused,   &inbox(0)->received,
        &inbox(0)->taken,           &inbox(0)->data_taken, &inbox(1)->unmatched,
        &inbox(1)->skipped,         &inbox(2)->data_done,
    };
    int64_t now = START;
    for (size_t i = 0; i < VF_COUNT(counts); i++) {
        now += LIMIT;
        ck_assert_msg(vf_standstill_look(standstill, now, LIMIT), "number %zu", i);
        (*counts[i])++;
        ck_assert_msg(!vf_standstill_look(standstill, now, LIMIT), "number %zu", i);
    }
    now += LIMIT;
    ck_assert(vf_standstill_look(standstill, now, LIMIT));
    page(1)->state = VF_TASK_ENDED;
    ck_assert(!vf_standstill_look(standstill, now, LIMIT));
}
END_TEST

/* A producer that works, and a consumer that takes nothing of it. */
START_TEST(messages_that_are_dropped_are_none)
{
    set_up("vflow: 1\nmode: realtime\nnodes:\n  n: {type: counter}\n"
           "  o: {type: sink, inputs: {from: n, drop: oldest}}\n");
    ck_assert(!vf_standstill_look(standstill, START, LIMIT));
    for (int i = 0; i < 20; i++) {
        page(1)->frame++;
        page(1)->emitted[0]++;
        outbox(0)->published++;
        outbox(0)->data_published++;
        outbox(0)->dropped++;
        outbox(0)->skip_before++;
        ck_assert(!vf_standstill_look(standstill, START + LIMIT / 20 * i, LIMIT));
    }
    ck_assert(vf_standstill_look(standstill, START + LIMIT, LIMIT));
    inbox(0)->data_taken++;
    ck_assert(!vf_standstill_look(standstill, START + 2 * LIMIT, LIMIT));
}
END_TEST

START_TEST(waking_up_and_falling_asleep_is_none)
{
    set_up(CHAIN);
    ck_assert(!vf_standstill_look(standstill, START, LIMIT));
    page(2)->state = VF_TASK_WAITING;
    page(3)->state = VF_TASK_BLOCKED;
    page(2)->waiting_ns = page(3)->blocked_ns = page(4)->busy_ns = 7;
    outbox(1)->waits = VF_WAITS_FOR_ROOM;
    inbox(1)->asleep_at = 1;
    ck_assert(vf_standstill_look(standstill, START + LIMIT, LIMIT));
}
END_TEST

START_TEST(without_a_limit_and_after_the_end_it_never_stands_still)
{
    set_up(CHAIN);
    ck_assert(!vf_standstill_look(standstill, START + 100 * LIMIT, 0));
    STATES(VF_TASK_ENDED, VF_TASK_ENDED, VF_TASK_ENDED, VF_TASK_ENDED);
    ck_assert(!vf_standstill_look(standstill, START + 100 * LIMIT, LIMIT));
    ck_assert(!vf_standstill_look(standstill, START + 102 * LIMIT, LIMIT));
    assert_described("");
}
END_TEST

START_TEST(the_chain_ends_with_the_task_that_is_busy)
{
    set_up(CHAIN);
    STATES(VF_TASK_BLOCKED, VF_TASK_BLOCKED, VF_TASK_BUSY, VF_TASK_WAITING);
    fill_and_wait(0, 4);
    fill_and_wait(1, 4);
    work_on(3, 120);
    assert_described(
        "n waits for room in the queue to a (4 of 4); a waits for room in the queue to "
        "b (4 of 4); b is busy with frame 120 for 12.3 s\n"
        "s waits for input from b");
}
END_TEST

START_TEST(a_task_is_busy_also_without_a_message)
{
    set_up(CHAIN);
    STATES(VF_TASK_ENDED, VF_TASK_ENDED, VF_TASK_ENDED, VF_TASK_BUSY);
    work_on(4, 7);
    page(4)->answered = 8;
    assert_described("s is busy for 12.3 s");
}
END_TEST

START_TEST(a_producer_that_makes_nothing_waits_for_the_world_outside)
{
    set_up(CHAIN);
    STATES(VF_TASK_BUSY, VF_TASK_WAITING, VF_TASK_WAITING, VF_TASK_WAITING);
    assert_described("s waits for input from b; b waits for input from a; a waits for input from "
                     "n; n has received nothing from outside for 12.3 s");
}
END_TEST

START_TEST(a_task_that_has_not_opened_is_told_of)
{
    set_up(CHAIN);
    STATES(VF_TASK_BLOCKED, VF_TASK_OPENING, VF_TASK_STARTING, VF_TASK_ENDED);
    fill_and_wait(0, 4);
    assert_described("n waits for room in the queue to a (4 of 4); a has not opened within 12.3 s\n"
                     "b has not opened within 12.3 s");
}
END_TEST

START_TEST(tasks_that_wait_for_each_other_are_told_first)
{
    set_up(DETOUR);
    STATES(VF_TASK_BLOCKED, VF_TASK_WAITING, VF_TASK_WAITING, VF_TASK_WAITING);
    fill_and_wait(1, plan->edges[1].depth);
    outbox(0)->waits = _i ? VF_WAITS_FOR_ROOM : 0; /* a fork waits for all; this one has room */
    char *expected =
        vf_text_format("they wait for each other: n waits for room in the queue to j (%u of %u); j "
                       "waits for input from a; a waits for input from n\n"
                       "a longer queue may help: that of j from n, now %u\n"
                       "s waits for input from j",
                       plan->edges[1].depth, plan->edges[1].depth, plan->edges[1].depth);
    assert_described(expected);
    free(expected);
}
END_TEST

START_TEST(a_join_waits_for_the_inputs_on_which_nothing_has_come)
{
    set_up(DETOUR);
    STATES(VF_TASK_BUSY, VF_TASK_BUSY, VF_TASK_WAITING, VF_TASK_ENDED);
    assert_described("j waits for input from n and from a; n has received nothing from outside "
                     "for 12.3 s; a is busy for 12.3 s");
    fill(1, 2);
    assert_described("n has received nothing from outside for 12.3 s\n"
                     "j waits for input from a; a is busy for 12.3 s");
}
END_TEST

START_TEST(a_task_that_does_not_see_its_input_is_told_of)
{
    set_up(CHAIN);
    STATES(VF_TASK_ENDED, VF_TASK_ENDED, VF_TASK_BUSY, VF_TASK_WAITING);
    fill(2, 2);
    assert_described("s waits for input from b, though 2 wait in the queue; b is busy for 12.3 s");
    page(3)->state = VF_TASK_ENDED;
    inbox(2)->taken = 1;
    assert_described("s waits for input from b, though 1 waits in the queue");
    inbox(2)->taken = 2;
    assert_described("s waits for input");
}
END_TEST

START_TEST(who_waits_for_memory_names_those_that_hold_it)
{
    set_up(DETOUR);
    STATES(VF_TASK_BLOCKED, VF_TASK_WAITING, VF_TASK_BUSY, VF_TASK_WAITING);
    fill(0, 1);
    fill(1, 3);
    take_all(1);
    *vf_inbox_page_done(inbox(1), 0) = 1;
    outbox(0)->waits = outbox(1)->waits = VF_WAITS_FOR_RELEASE;
    assert_described(
        "s waits for input from j; j is busy for 12.3 s\n"
        "n waits for memory until a is done with 1 message or j is done with 2 messages; a waits "
        "for input from n, though 1 waits in the queue");
}
END_TEST

START_TEST(what_was_sent_on_is_held_by_those_who_have_it)
{
    set_up(CHAIN);
    STATES(VF_TASK_BLOCKED, VF_TASK_WAITING, VF_TASK_WAITING, VF_TASK_BUSY);
    for (unsigned edge = 0; edge < 3; edge++) {
        fill(edge, 2);
        take_all(edge);
    }
    assert_described("b waits for input from a; a waits for input from n; n waits for memory until "
                     "s is done with 2 messages; s is busy for 12.3 s");
    inbox(2)->is_closed = VF_CLOSED_EARLY;
    inbox(2)->taken = 1;
    assert_described("b waits for input from a; a waits for input from n; n waits for memory until "
                     "s is done with 1 message; s is busy for 12.3 s");
}
END_TEST

START_TEST(of_replicas_any_will_do)
{
    set_up(NODES "  n: {type: counter}\n  r: {type: pass, inputs: n, replicas: 2}\n"
                 "  s: {type: sink, inputs: r}\n");
    STATES(VF_TASK_BLOCKED, VF_TASK_BLOCKED, VF_TASK_BUSY, VF_TASK_WAITING);
    fill_and_wait(0, 4);
    fill_and_wait(1, 4);
    fill_and_wait(2, 3);
    assert_described("n waits for room in the queue to r.1 (4 of 4) or to r.2 (4 of 4); r.1 waits "
                     "for room in the queue to s (3 of 4); s waits for input from r.2; r.2 is busy "
                     "for 12.3 s");
}
END_TEST

#define EACH                                                    \
    NODES "  e: {type: camera}\n  p: {type: pass, inputs: e}\n" \
          "  f: {type: file, inputs: [p, e.audio], path: /dev/null}\n"

START_TEST(who_takes_each_message_by_itself_waits_for_any)
{
    set_up(EACH);
    STATES(VF_TASK_BUSY, VF_TASK_BLOCKED, VF_TASK_WAITING);
    assert_described(
        "f waits for input from p or from e; p waits for memory; e has received nothing "
        "from outside for 12.3 s");
}
END_TEST

START_TEST(a_task_is_named_once_whatever_its_ports)
{
    set_up(NODES "  e: {type: camera}\n  f: {type: file, inputs: [e, e.audio], path: /dev/null}\n");
    STATES(VF_TASK_BUSY, VF_TASK_WAITING);
    assert_described("f waits for input from e; e has received nothing from outside for 12.3 s");
}
END_TEST

START_TEST(it_does_not_wait_for_more_than_it_has_not_seen)
{
    set_up(EACH);
    STATES(VF_TASK_BLOCKED, VF_TASK_WAITING, VF_TASK_WAITING);
    fill_and_wait(find_edge(plan, "e", "f")->id, 4);
    assert_described("they wait for each other: e waits for room in the queue to f (4 of 4); f "
                     "waits for input from e, though 4 wait in the queue\n"
                     "p waits for input from e");
}
END_TEST

/* Looks often enough for a dead-lock to be believed. */
static bool is_dead_lock(void)
{
    bool is_dead = false;
    (void)vf_standstill_look(standstill, START, LIMIT);
    for (int i = 0; i < 3; i++)
        is_dead = vf_standstill_is_dead_lock(standstill, LATER);
    return is_dead;
}

/* The join has had what came round about, and waits for more while the way straight to it is
 * full. */
START_TEST(tasks_that_all_wait_for_each_other_are_a_dead_lock)
{
    set_up(DETOUR);
    STATES(VF_TASK_BLOCKED, VF_TASK_WAITING, VF_TASK_WAITING, VF_TASK_WAITING);
    fill(1, plan->edges[1].depth);
    outbox(1)->waits = VF_WAITS_FOR_ROOM;
    outbox(0)->waits = _i ? VF_WAITS_FOR_ROOM : 0; /* a fork waits for all; here there is room */
    ck_assert(is_dead_lock());
}
END_TEST

/* A fork waits for all at once: for the join, and for the replicas, which have room. */
START_TEST(room_in_one_queue_does_not_help_a_fork)
{
    set_up(NODES "  n: {type: counter}\n  r: {type: pass, inputs: n, replicas: 2}\n"
                 "  j: {type: join, inputs: [{from: n, queue: 2}, r], join: order}\n"
                 "  s: {type: sink, inputs: j}\n");
    for (unsigned i = 0; i < plan->task_count; i++)
        page(i + 1)->state = i ? VF_TASK_WAITING : VF_TASK_BLOCKED;
    fill_and_wait(find_edge(plan, "n", "j")->id, 2);
    outbox(find_edge(plan, "n", "r.1")->id)->waits = VF_WAITS_FOR_ROOM;
    outbox(find_edge(plan, "n", "r.2")->id)->waits = VF_WAITS_FOR_ROOM;
    ck_assert(is_dead_lock());
}
END_TEST

/* The detour, but for one thing that can still happen. */
START_TEST(what_may_still_move_is_no_dead_lock)
{
    set_up(DETOUR);
    STATES(VF_TASK_BLOCKED, VF_TASK_WAITING, VF_TASK_WAITING, VF_TASK_WAITING);
    fill(1, plan->edges[1].depth);
    outbox(1)->waits = VF_WAITS_FOR_ROOM;
    outbox(0)->waits = _i % 2 ? VF_WAITS_FOR_ROOM : 0;
    switch (_i / 2) {
    case 0: /* it works, or sleeps */
        page(2)->state = VF_TASK_BUSY;
        break;
    case 1: /* its process starts again */
        page(2)->state = VF_TASK_STARTING;
        break;
    case 2: /* it has not looked yet, since it was stopped */
        fill(0, 1);
        break;
    case 3: /* there is room, which the sender has not seen */
        take_one(1);
        break;
    case 4: /* a producer waits for the world outside */
        page(1)->state = VF_TASK_BUSY;
        break;
    case 5: /* it waits for memory, which may come back */
        outbox(1)->waits = 0;
        break;
    default: /* something has moved just now */
        (void)vf_standstill_look(standstill, LATER, LIMIT);
        ck_assert(!vf_standstill_is_dead_lock(standstill, LATER));
        return;
    }
    ck_assert(!is_dead_lock());
}
END_TEST

START_TEST(what_is_described_is_logged_line_by_line)
{
    set_up(CHAIN);
    STATES(VF_TASK_ENDED, VF_TASK_BUSY, VF_TASK_BUSY, VF_TASK_WAITING);
    capture_errors();
    ck_assert(!vf_standstill_look(standstill, START + LIMIT, LIMIT));
    vf_standstill_log(standstill, START + LIMIT + LATER, VF_LOG_WARNING);
    ck_assert_str_eq(captured_errors(),
                     "vflow: warning: nothing has moved for 13.3 s\n"
                     "vflow: warning: a is busy for 23.3 s\n"
                     "vflow: warning: s waits for input from b; b is busy for 23.3 s\n");
}
END_TEST

Suite *standstill_suite(void);
Suite *standstill_suite(void)
{
    Suite *suite = suite_create("standstill");
    TCase *tcase = tcase_create("standstill");
    tcase_add_checked_fixture(tcase, NULL, teardown);
    tcase_add_test(tcase, a_flow_stands_still_when_nothing_was_counted_for_long_enough);
    tcase_add_test(tcase, it_is_told_once_for_each_time);
    tcase_add_test(tcase, whatever_is_counted_is_a_move);
    tcase_add_test(tcase, messages_that_are_dropped_are_none);
    tcase_add_test(tcase, waking_up_and_falling_asleep_is_none);
    tcase_add_test(tcase, without_a_limit_and_after_the_end_it_never_stands_still);
    tcase_add_test(tcase, the_chain_ends_with_the_task_that_is_busy);
    tcase_add_test(tcase, a_task_is_busy_also_without_a_message);
    tcase_add_test(tcase, a_producer_that_makes_nothing_waits_for_the_world_outside);
    tcase_add_test(tcase, a_task_that_has_not_opened_is_told_of);
    tcase_add_loop_test(tcase, tasks_that_wait_for_each_other_are_told_first, 0, 2);
    tcase_add_test(tcase, a_join_waits_for_the_inputs_on_which_nothing_has_come);
    tcase_add_test(tcase, a_task_that_does_not_see_its_input_is_told_of);
    tcase_add_test(tcase, who_waits_for_memory_names_those_that_hold_it);
    tcase_add_test(tcase, what_was_sent_on_is_held_by_those_who_have_it);
    tcase_add_test(tcase, of_replicas_any_will_do);
    tcase_add_test(tcase, who_takes_each_message_by_itself_waits_for_any);
    tcase_add_test(tcase, a_task_is_named_once_whatever_its_ports);
    tcase_add_test(tcase, it_does_not_wait_for_more_than_it_has_not_seen);
    tcase_add_loop_test(tcase, tasks_that_all_wait_for_each_other_are_a_dead_lock, 0, 2);
    tcase_add_test(tcase, room_in_one_queue_does_not_help_a_fork);
    tcase_add_loop_test(tcase, what_may_still_move_is_no_dead_lock, 0, 14);
    tcase_add_test(tcase, what_is_described_is_logged_line_by_line);
    suite_add_tcase(suite, tcase);
    return suite;
}
