/* SPDX-License-Identifier: MIT */
/* How a node puts its inputs together, and when it cannot do so as it wishes. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/text.h"
#include "tests/unit/support/flow_fixture.h"

#define FLOW(nodes) "vflow: 1\nnodes:\n  eye: {type: camera}\n  n: {type: counter}\n" nodes
#define SINK "  s: {type: sink, inputs: j}\n"
#define REST "  o: {type: sink, inputs: n}\n"
#define SOME "  x: {type: some, nth: 10, inputs: eye}\n"
#define LATE(lag) "  x: {type: some, nth: 1, lag: " lag ", inputs: eye}\n"
#define SPLIT "  x: {type: split, inputs: eye}\n"
#define LOOSE "  x: {type: pass, inputs: eye, replicas: 2, ordered: false}\n"
#define SHIFTED(place, reader)                                                           \
    "f:" place ": warning: j joins by order, and in realtime a message that is dropped " \
    "in front of " reader " makes all that follow join with the wrong ones; join by "    \
    "origin or by time, or say drop: never\n"

static const struct {
    const char *yaml, *messages;
} mistakes[] = {
    {FLOW("  p: {type: pass, inputs: n}\n"
          "  j: {type: join, inputs: [eye, p], join: origin}\n" SINK),
     "f:6:43: j cannot join by origin: eye.video comes from eye.video, and p.out from n.value; "
     "join "
     "by order or by time\n"},
    {FLOW("  j: {type: join, inputs: [eye, eye.audio], join: {by: origin}}\n" SINK REST),
     "f:5:51: j cannot join by origin: eye.video comes from eye.video, and eye.audio from "
     "eye.audio; join by order or by time\n"},
    {FLOW(SPLIT "  j: {type: join, inputs: [x, eye]}\n" SINK REST),
     "f:6:19: warning: j joins by order, since x may make several messages of one; say so with "
     "join: order, or join: time\n"},
    {FLOW(SPLIT "  j: {type: join, inputs: [x, eye], join: origin}\n" SINK REST),
     "f:6:43: j cannot join by origin, since x may make several messages of one; join by order or "
     "by time\n"},
    {FLOW(SPLIT "  p: {type: pass, inputs: x}\n"
                "  j: {type: join, inputs: [eye, p], join: order}\n" SINK REST),
     ""},
    {FLOW(SPLIT "  p: {type: pass, inputs: x}\n  q: {type: pass, inputs: x}\n"
                "  j: {type: join, inputs: [q, p], join: origin}\n" SINK REST),
     ""},
    {FLOW(LOOSE "  j: {type: join, inputs: [eye, x]}\n" SINK REST),
     "f:6:19: j cannot join what x makes, which is not in order; take ordered: false from x, or "
     "say "
     "join: order\n"},
    {FLOW(LOOSE "  p: {type: pass, inputs: x}\n"
                "  j: {type: join, inputs: [p, p], join: time}\n" SINK REST),
     "f:7:19: j cannot join what x makes, which is not in order; take ordered: false from x, or "
     "say "
     "join: order\n"},
    {FLOW(LOOSE "  j: {type: join, inputs: [n, x], join: order}\n" SINK),
     "f:6:41: warning: j joins by order, and the replicas of x are not in order, so it puts "
     "together what does not belong together; take ordered: false from x\n"},
    {FLOW("  x: {type: split, parts: 1, inputs: eye, replicas: 2}\n"
          "  j: {type: join, inputs: [x, eye], join: origin}\n" SINK REST),
     ""},
    {FLOW("  x: {type: split, parts: 1, inputs: eye}\n"
          "  j: {type: join, inputs: [x.rest, eye]}\n" SINK REST),
     "f:6:28: x has no output \"rest\"; it has out\n"},
    {FLOW("  x: {type: split, parts: 10, inputs: eye}\n"
          "  j: {type: join, inputs: [x.rest, x]}\n" SINK REST),
     "f:5:27: parts of split is 10, out of its range; it is an integer, 1 to 9\n"},
    {FLOW(SOME "  j: {type: join, inputs: [x, eye], join: order}\n" SINK REST),
     "f:6:43: warning: j joins by order, but x brings one message for every 10 of eye, and eye one "
     "for every 1: once a queue is full, nothing moves; join by origin or by time\n"},
    {FLOW(SOME "  p: {type: pass, inputs: eye}\n  q: {type: some, nth: 3, inputs: x}\n"
               "  j: {type: join, inputs: [p, n, q], join: order}\n" SINK),
     "f:8:44: warning: j joins by order, but p brings one message for every 1 of eye, and q one "
     "for every 30: once a queue is full, nothing moves; join by origin or by time\n"},
    {"mode: realtime\n" FLOW(SOME "  j: {type: join, inputs: [x, eye], join: order}\n" SINK REST),
     SHIFTED("7:43", "j")},
    {"mode: realtime\n" FLOW("  x: {type: pass, inputs: eye}\n"
                             "  j: {type: join, inputs: [{from: x, drop: never}, {from: n, drop: "
                             "never}], join: order}\n"
                             "  s: {type: sink, inputs: {from: j, drop: never}}\n"),
     SHIFTED("7:83", "x")},
    {"mode: realtime\ndefaults: {drop: never}\n" FLOW(
         "  x: {type: pass, inputs: eye}\n"
         "  j: {type: join, inputs: [x, n], join: order}\n" SINK),
     ""},
    {FLOW("  j: {type: join, inputs: [eye, n], join: latest}\n" SINK),
     "f:5:43: warning: j joins by latest: whatever is not the newest of its input is left out, "
     "also "
     "in batch mode, and counted as unmatched; to keep all, join by origin, order or time\n"},
    {"mode: realtime\n" FLOW("  j: {type: join, inputs: [eye, n], join: {by: latest, rate: 29.97, "
                             "missing: last, gone_after: 1s}}\n" SINK),
     ""},
    {"mode: realtime\n" FLOW("  j: {type: join, inputs: [eye, n], join: {by: latest, missing: "
                             "absent}}\n" SINK),
     "f:6:43: j cannot work without one of its inputs; say missing: last\n"},
    {"mode: realtime\n" FLOW("  j: {type: join, inputs: [eye, n], join: {by: latest, missing: "
                             "skip}}\n" SINK),
     "f:6:65: a join by latest has no missing: skip; say last or absent\n"},
    {FLOW("  j: {type: join, inputs: [eye, n], join: {by: time, missing: absent}}\n" SINK),
     "f:5:63: a join by time has no missing: absent; say skip or last, or by: latest\n"},
    {FLOW("  j: {type: join, inputs: [eye, n], join: {by: time, rate: 5}}\n" SINK),
     "f:5:54: warning: only a join by latest has a rate; leave it out, or say by: latest\n"},
    {"mode: realtime\n" FLOW(
         "  j: {type: join, inputs: [eye, n], join: {by: latest, rate: 1/0}}\n" SINK),
     "f:6:62: rate of join of j is 1/0, out of its range; it is a rate: 25, 29.97 or 30000/1001, "
     "up "
     "to 1000\n"},
    {"mode: realtime\n" FLOW("  j: {type: join, inputs: [eye, n], join: latest, group: g}\n"
                             "  p: {type: pass, inputs: j, group: g}\n"
                             "  s: {type: sink, inputs: p}\n"),
     "f:6:58: j joins by latest; it needs a task of its own\n"},
    {FLOW(SOME "  j: {type: join, inputs: [x, eye]}\n" SINK REST), ""},
    {FLOW(SOME "  j: {type: join, inputs: [x, n], join: order}\n" SINK), ""},
    {FLOW(SOME "  y: {type: some, nth: 10, inputs: eye}\n"
               "  j: {type: join, inputs: [x, y], join: order}\n" SINK REST),
     ""},
    {FLOW(SOME "  y: {type: some, nth: 0, inputs: eye}\n"
               "  j: {type: join, inputs: [x, y], join: order}\n" SINK REST),
     ""},
    {FLOW(SOME "  y: {type: some, nth: 1000000000000000, inputs: x}\n"
               "  z: {type: some, nth: 1000000000000000, inputs: y}\n"
               "  j: {type: join, inputs: [z, eye], join: order}\n" SINK REST),
     ""},
    {FLOW(LATE("6") "  p: {type: pass, inputs: {from: eye, queue: 2}}\n"
                    "  j: {type: join, inputs: [x, {from: p, queue: 2}], join: order}\n" SINK REST),
     "f:7:59: warning: j joins by order, but x brings nothing before 7 messages of eye have come, "
     "and on the way from p there is room for 5: nothing will move; let more wait there with "
     "queue, or join by origin or by time\n"},
    {FLOW(LATE("5") "  p: {type: pass, inputs: {from: eye, queue: 2}}\n"
                    "  j: {type: join, inputs: [x, {from: p, queue: 2}], join: order}\n" SINK REST),
     ""},
    {FLOW("  a: {type: pass, inputs: eye}\n  x: {type: some, nth: 1, lag: 3, inputs: a}\n"
          "  j: {type: join, inputs: [{from: a, queue: 2}, x], join: order}\n" SINK REST),
     "f:7:59: warning: j joins by order, but x brings nothing before 4 messages of a have come, "
     "and on the way from a there is room for 2: nothing will move; let more wait there with "
     "queue, or join by origin or by time\n"},
    {FLOW(
         LATE("60") "  y: {type: some, nth: 1, lag: 58, inputs: {from: eye, queue: 1}}\n"
                    "  j: {type: join, inputs: [x, {from: y, queue: 1}], join: order}\n" SINK REST),
     ""},
    {FLOW(LATE("1000000000000000") "  y: {type: some, nth: 1000000000000000, inputs: x}\n"
                                   "  j: {type: join, inputs: [y, eye], join: time}\n" SINK REST),
     ""},
    {"mode: realtime\n" FLOW(
         LATE("60") "  j: {type: join, inputs: [x, eye], join: order}\n" SINK REST),
     SHIFTED("7:43", "j")},
    {FLOW("  w: {type: file, inputs: [eye, eye.audio], path: \"-\", join: order}\n" REST),
     "f:5:62: w takes each message by itself, as it comes; leave join out\n"},
};

/* Ways to j beside one that lags, and how many messages they have room for. */
static const struct {
    const char *nodes;
    unsigned room;
} ways[] = {
    {"  p: {type: pass, inputs: {from: eye, queue: 2}}\n", 5},
    {"  q: {type: pass, inputs: {from: eye, queue: 2}}\n  p: {type: window, inputs: q}\n", 20},
    /* deepened for the join by origin: to 45 by way of k, less 5 behind it */
    {"  p: {type: pass, inputs: {from: eye, queue: 2}}\n"
     "  y: {type: pass, inputs: {from: eye, queue: 40}}\n"
     "  k: {type: join, inputs: [p, y]}\n  t: {type: sink, inputs: k}\n",
     43},
    {"  p: {type: pass, inputs: {from: eye, queue: 2}, replicas: 3}\n", 15},
    /* gathered between the replicas: one in each lane, and one in front */
    {"  q: {type: pass, inputs: {from: eye, queue: 2}, replicas: 3}\n"
     "  p: {type: pass, inputs: q, replicas: 2}\n",
     30},
    {"  q: {type: pass, inputs: {from: eye, queue: 2}, group: g}\n"
     "  p: {type: pass, inputs: q, group: g}\n",
     5},
};

/* Returns what is said of a flow in which one input of j lags, and another comes by such a way. */
static char *messages_of_lag(const char *way, unsigned lag)
{
    char *yaml = vf_text_format(FLOW("  x: {type: some, nth: 1, lag: %u, inputs: eye}\n%s"
                                     "  j: {type: join, inputs: [x, {from: p, queue: 2}], join: "
                                     "order}\n" SINK REST),
                                lag, way);
    char *messages = flow_messages(yaml, NULL);
    free(yaml);
    return messages;
}

START_TEST(a_way_has_the_room_that_is_planned)
{
    char *room = vf_text_format("there is room for %u:", ways[_i].room);
    char *told = messages_of_lag(ways[_i].nodes, ways[_i].room + 1);
    ck_assert_msg(strstr(told, room), "%s", told);
    free(told);
    told = messages_of_lag(ways[_i].nodes, ways[_i].room);
    ck_assert_str_eq(told, "");
    free(told);
    free(room);
}
END_TEST

START_TEST(a_join_that_cannot_be_is_told)
{
    assert_flow_messages(mistakes[_i].yaml, NULL, mistakes[_i].messages);
}
END_TEST

static const struct {
    const char *nodes;
    enum vf_join_policy by;
} choices[] = {
    {FLOW("  j: {type: join, inputs: [eye, eye]}\n" SINK REST), VF_JOIN_ORIGIN},
    {FLOW("  j: {type: join, inputs: [eye, n]}\n" SINK), VF_JOIN_ORDER},
    {FLOW("  j: {type: join, inputs: [eye, eye.audio]}\n" SINK REST), VF_JOIN_ORDER},
    {FLOW("  j: {type: join, inputs: [eye, eye], join: order}\n" SINK REST), VF_JOIN_ORDER},
    {FLOW("  j: {type: join, inputs: [eye, n], join: time}\n" SINK), VF_JOIN_TIME},
    {FLOW("  j: {type: join, inputs: [n], join: order}\n" SINK "  o: {type: sink, inputs: eye}\n"),
     VF_JOIN_NONE},
    {FLOW(SPLIT "  j: {type: join, inputs: [eye, x]}\n" SINK REST), VF_JOIN_ORDER},
    {FLOW(SPLIT "  j: {type: join, inputs: [x, x]}\n" SINK REST), VF_JOIN_ORIGIN},
};

START_TEST(inputs_are_joined_as_wished_else_by_origin_where_that_is_possible)
{
    struct vf_plan *plan = plan_good_flow(choices[_i].nodes);
    ck_assert_int_eq(find_task(plan, "j")->join, choices[_i].by);
    vf_plan_destroy(&plan);
}
END_TEST

START_TEST(a_join_by_time_keeps_what_was_said_of_it)
{
    struct vf_plan *plan = plan_good_flow(
        FLOW("  j: {type: join, inputs: [eye, n], join: {by: time, tolerance: 5ms, missing: last,\n"
             "      end: any}}\n"
             "  k: {type: join, inputs: [eye, n], join: time}\n"
             "  l: {type: join, inputs: [j, k], join: time, replicas: 2}\n"
             "  s: {type: sink, inputs: l}\n"));
    const struct vf_plan_task *said = find_task(plan, "j"), *plain = find_task(plan, "k");
    ck_assert_int_eq(said->tolerance_ns, 5000000);
    ck_assert_int_eq(said->missing, VF_MISSING_LAST);
    ck_assert_int_eq(said->end, VF_END_ANY);
    ck_assert_int_eq(plain->tolerance_ns, VF_DEFAULT_TOLERANCE_NS);
    ck_assert_int_eq(plain->missing, VF_MISSING_BY_JOIN);
    ck_assert_int_eq(plain->end, VF_END_BY_NEED);
    ck_assert_int_eq(find_task(plan, "l.gather")->join, VF_JOIN_TIME);
    ck_assert_int_eq(find_task(plan, "l.1")->join, VF_JOIN_ORDER);
    vf_plan_destroy(&plan);
}
END_TEST

START_TEST(what_is_joined_by_latest_is_new_and_has_room_for_what_is_kept)
{
    struct vf_plan *plan = plan_good_flow("mode: realtime\n" FLOW(
        "  j: {type: join, inputs: [eye, {from: n, drop: never}], join: latest}\n"
        "  k: {type: join, inputs: [eye, n], join: {by: latest, rate: 29.97}}\n"
        "  o: {type: join, inputs: [eye, n], join: order}\n"
        "  s: {type: sink, inputs: j}\n  t: {type: sink, inputs: k}\n"
        "  u: {type: sink, inputs: o}\n"));
    const struct vf_plan_task *led = find_task(plan, "j"), *ticks = find_task(plan, "k");
    const struct vf_plan_edge *kept = find_edge(plan, "eye", "j");
    ck_assert_int_eq(kept->drop, VF_DROP_OLDEST);
    ck_assert_int_eq(find_edge(plan, "n", "j")->drop, VF_DROP_NEVER);
    ck_assert_uint_eq(kept->cells, find_edge(plan, "eye", "o")->cells + 1);
    ck_assert(!led->latest.has_ticks);
    ck_assert_int_eq(led->latest.gone_after_ns, VF_DEFAULT_GONE_AFTER_NS);
    ck_assert(ticks->latest.has_ticks && !ticks->latest.may_lack && !ticks->latest.forgets);
    ck_assert_int_eq(ticks->latest.rate.num, 30000);
    ck_assert_int_eq(ticks->latest.rate.den, 1001);
    /* What leads keeps its numbers, and ticks have their own. */
    ck_assert_uint_eq(find_edge(plan, "j", "s")->origin_stream, kept->origin_stream);
    ck_assert_uint_eq(find_edge(plan, "k", "t")->origin_stream, ticks->id << 8);
    vf_plan_destroy(&plan);
}
END_TEST

START_TEST(what_ticks_made_can_be_joined_by_origin_again_and_not_with_their_inputs)
{
    struct vf_plan *plan = plan_good_flow(
        "mode: realtime\n" FLOW("  k: {type: join, inputs: [eye, n], join: {by: latest, rate: 5}}\n"
                                "  p: {type: pass, inputs: k}\n"
                                "  j: {type: join, inputs: [p, k]}\n"
                                "  o: {type: join, inputs: [k, eye]}\n"
                                "  s: {type: sink, inputs: j}\n  t: {type: sink, inputs: o}\n"));
    ck_assert_int_eq(find_task(plan, "j")->join, VF_JOIN_ORIGIN);
    ck_assert_int_eq(find_task(plan, "o")->join, VF_JOIN_ORDER);
    vf_plan_destroy(&plan);
}
END_TEST

START_TEST(branches_that_meet_in_a_join_by_order_are_no_group)
{
    struct vf_plan *plan =
        plan_good_flow(FLOW("  p: {type: pass, inputs: eye}\n"
                            "  j: {type: join, inputs: [eye, p], join: order}\n" SINK REST));
    ck_assert_uint_ne(find_edge(plan, "eye", "j")->group, find_edge(plan, "eye", "p")->group);
    ck_assert(!find_edge(plan, "eye", "j")->carries_gaps);
    vf_plan_destroy(&plan);
}
END_TEST

Suite *flow_joins_suite(void);
Suite *flow_joins_suite(void)
{
    Suite *suite = suite_create("flow_joins");
    TCase *tcase = tcase_create("flow_joins");
    tcase_add_loop_test(tcase, a_way_has_the_room_that_is_planned, 0, (int)VF_COUNT(ways));
    tcase_add_loop_test(tcase, a_join_that_cannot_be_is_told, 0, (int)VF_COUNT(mistakes));
    tcase_add_loop_test(tcase, inputs_are_joined_as_wished_else_by_origin_where_that_is_possible, 0,
                        (int)VF_COUNT(choices));
    tcase_add_test(tcase, a_join_by_time_keeps_what_was_said_of_it);
    tcase_add_test(tcase, what_is_joined_by_latest_is_new_and_has_room_for_what_is_kept);
    tcase_add_test(tcase, what_ticks_made_can_be_joined_by_origin_again_and_not_with_their_inputs);
    tcase_add_test(tcase, branches_that_meet_in_a_join_by_order_are_no_group);
    suite_add_tcase(suite, tcase);
    return suite;
}
