/* SPDX-License-Identifier: MIT */
/* Several processors in one task: who gets what, in which order, and what goes outside. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/node/group/group.h"
#include "nodes/all_nodes.h"
#include "tests/unit/support/node_bench.h"

#define STREAM 256
#define OUTSIDE(element)               \
    {                                  \
        VF_GROUP_OUTSIDE, 0, (element) \
    }
#define MEMBER(index)               \
    {                               \
        VF_GROUP_MEMBER, (index), 0 \
    }

static struct vf_bench bench;
static struct vf_group *group;
static char calls[1024]; /* what the members below have done, in order */

static void say(const struct vf_node_run *run, const char *what)
{
    size_t length = strlen(calls);
    snprintf(calls + length, sizeof(calls) - length, "%s%s.%s", length ? " " : "", run->name, what);
}

static int open_spoken(struct vf_node_run *run)
{
    say(run, "open");
    return VF_OK;
}

static void close_spoken(struct vf_node_run *run)
{
    say(run, "close");
}

static int pass(struct vf_node_run *run, struct vf_message *const *inputs)
{
    (void)inputs;
    say(run, "process");
    return vf_node_passthrough(run, 0, 0);
}

static int pass_twice(struct vf_node_run *run, struct vf_message *const *inputs)
{
    int err = pass(run, inputs);
    return err ? err : vf_node_passthrough(run, 0, 0);
}

static int pass_odd(struct vf_node_run *run, struct vf_message *const *inputs)
{
    return inputs[0]->description.origin.number % 2 ? vf_node_passthrough(run, 0, 0) : VF_OK;
}

static int break_down(struct vf_node_run *run, struct vf_message *const *inputs)
{
    (void)run;
    (void)inputs;
    return -EIO;
}

/* Ignores what its reader answers. */
static int pass_careless(struct vf_node_run *run, struct vf_message *const *inputs)
{
    int err = pass(run, inputs);
    return err < 0 ? VF_OK : err;
}

static int pass_one(struct vf_node_run *run, struct vf_message *const *inputs)
{
    int err = pass(run, inputs);
    return err ? err : VF_END;
}

/* A value without an origin of its own. */
static int emit_new(struct vf_node_run *run, struct vf_message *const *inputs)
{
    struct vf_message *made;
    (void)inputs;
    int err = vf_message_create_integer(&made, 7);
    if (!err)
        err = vf_node_emit(run, 0, &made);
    return err;
}

static int flush_new(struct vf_node_run *run)
{
    say(run, "flush");
    return emit_new(run, NULL);
}

static int drop_it(struct vf_node_run *run, struct vf_message *const *inputs)
{
    (void)inputs;
    return vf_node_drop(run, 0);
}

/* The outcomes of a flow that drops, in every callback. */
static int open_without_room(struct vf_node_run *run)
{
    say(run, "open");
    return VF_DROPPED;
}

static int pass_without_room(struct vf_node_run *run, struct vf_message *const *inputs)
{
    int err = pass(run, inputs);
    return err ? err : VF_DROPPED;
}

static int flush_without_room(struct vf_node_run *run)
{
    say(run, "flush");
    return VF_DROPPED;
}

static int fail_open(struct vf_node_run *run)
{
    say(run, "open");
    return -ENOENT;
}

#define PROCESSOR(...)                                                      \
    {                                                                       \
        .name = "test", .summary = "Test.", .kind = VF_PROCESSOR,           \
        .inputs = VF_PORTS({"in", VF_PORT_ANY, "Anything"}),                \
        .outputs = VF_PORTS({"out", VF_PORT_ANY, "Something"}), __VA_ARGS__ \
    }

static const struct vf_node passing =
    PROCESSOR(.process = pass, .open = open_spoken, .close = close_spoken, .keeps = 3);
static const struct vf_node doubling = PROCESSOR(.process = pass_twice, .may_split = true);
static const struct vf_node filtering = PROCESSOR(.process = pass_odd);
static const struct vf_node failing = PROCESSOR(.process = break_down);
static const struct vf_node careless = PROCESSOR(.process = pass_careless);
static const struct vf_node quitting = PROCESSOR(.process = pass_one, .is_stateful = true);
static const struct vf_node making = PROCESSOR(.process = emit_new);
static const struct vf_node flushing = PROCESSOR(.process = pass, .flush = flush_new);
static const struct vf_node dropping = PROCESSOR(.process = drop_it);
static const struct vf_node crowded =
    PROCESSOR(.open = open_without_room, .process = pass_without_room, .flush = flush_without_room);
static const struct vf_node closed =
    PROCESSOR(.process = pass, .open = fail_open, .close = close_spoken);

static void setup(void)
{
    calls[0] = '\0';
    ck_assert_int_eq(vf_group_create(&group, "m"), VF_OK);
}

static void teardown(void)
{
    vf_group_destroy(&group);
    ck_assert_ptr_null(group);
}

static void add(const struct vf_node *node, const char *name, size_t count,
                const struct vf_group_source *sources)
{
    void *options = calloc(1, node->options_size + 1);
    ck_assert_int_eq(vf_option_set_fallbacks(&node->options, options), VF_OK);
    ck_assert_int_eq(vf_group_add(group, node, name, &options, sources, count), VF_OK);
    ck_assert_ptr_null(options);
}

#define ADD(node, name, ...)                                                              \
    add(node, name,                                                                       \
        sizeof((struct vf_group_source[]){__VA_ARGS__}) / sizeof(struct vf_group_source), \
        (struct vf_group_source[]){__VA_ARGS__})

/* Completes the group with the given member's output, and puts it on the bench. */
static void start(size_t member, unsigned inputs)
{
    ck_assert_int_eq(vf_group_add_output(group, member, 0), VF_OK);
    ck_assert_int_eq(vf_group_complete(group), VF_OK);
    vf_bench_init(&bench, vf_group_node(group), inputs, NULL, 0);
    free((void *)(uintptr_t)bench.run.options);
    bench.run.options = group;
}

static int feed(uint64_t number)
{
    struct vf_message *message;
    ck_assert_int_eq(vf_message_create_integer(&message, (int64_t)number), VF_OK);
    message->description.origin = (struct vf_origin){number, STREAM, 0};
    message->is_received = true;
    int err = vf_bench_feed(&bench, message, message);
    vf_message_destroy(&message);
    return err;
}

static void stop(void)
{
    bench.run.options = NULL;
    vf_bench_finish(&bench);
}

/* What has come out of port 0, as "1 2 3". */
static const char *outputs(void)
{
    static char text[1024];
    size_t at = 0;
    text[0] = '\0';
    for (unsigned i = 0; i < vf_bench_count(&bench, 0); i++) {
        size_t length;
        const char *json = vf_message_json(vf_bench_output(&bench, 0, i), &length);
        at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%.*s", i ? " " : "", (int)length,
                               json);
    }
    return text;
}

static const struct vf_node *joiner(void)
{
    return vf_node_find(&vf_all_nodes, "joiner");
}

START_TEST(members_run_parents_first_and_close_children_first)
{
    ADD(&passing, "a", OUTSIDE(0));
    ADD(&passing, "b", MEMBER(0));
    start(1, 1);
    ck_assert_int_eq(vf_bench_open(&bench), VF_OK);
    ck_assert_int_eq(feed(1), VF_OK);
    ck_assert_str_eq(outputs(), "1");
    stop();
    ck_assert_str_eq(calls, "a.open b.open a.process b.process b.close a.close");
}
END_TEST

START_TEST(what_passes_through_is_the_same_payload)
{
    ADD(&passing, "a", OUTSIDE(0));
    ADD(&passing, "b", MEMBER(0));
    start(1, 1);
    struct vf_message *message;
    ck_assert_int_eq(vf_message_create_integer(&message, 1), VF_OK);
    ck_assert_int_eq(vf_bench_open(&bench), VF_OK);
    ck_assert_int_eq(vf_bench_feed(&bench, message, NULL), VF_OK);
    ck_assert_ptr_eq(vf_bench_output(&bench, 0, 0)->payload, message->payload);
    vf_message_destroy(&message);
    stop();
}
END_TEST

START_TEST(zero_or_many_messages_go_on_one_by_one)
{
    ADD(&doubling, "a", OUTSIDE(0));
    ADD(&filtering, "b", MEMBER(0));
    ADD(&doubling, "c", MEMBER(1));
    start(2, 1);
    ck_assert_int_eq(vf_bench_open(&bench), VF_OK);
    for (uint64_t i = 1; i <= 3; i++)
        ck_assert_int_eq(feed(i), VF_OK);
    ck_assert_str_eq(outputs(), "1 1 1 1 3 3 3 3");
    stop();
}
END_TEST

START_TEST(a_join_inside_pairs_what_was_made_of_one_input)
{
    ADD(&filtering, "a", OUTSIDE(0));
    ADD(&doubling, "b", OUTSIDE(0));
    ADD(joiner(), "c", MEMBER(0), OUTSIDE(0), MEMBER(1));
    start(2, 1);
    ck_assert_int_eq(vf_bench_open(&bench), VF_OK);
    for (uint64_t i = 1; i <= 4; i++)
        ck_assert_int_eq(feed(i), VF_OK);
    ck_assert_str_eq(outputs(), "[1, 1, 1] [3, 3, 3]");
    stop();
}
END_TEST

START_TEST(inputs_from_outside_come_together)
{
    ADD(joiner(), "a", OUTSIDE(1), {VF_GROUP_NOTHING}, OUTSIDE(0));
    start(0, 2);
    ck_assert_int_eq(vf_bench_open(&bench), VF_OK);
    ck_assert_int_eq(feed(5), VF_OK);
    ck_assert_str_eq(outputs(), "[5, null, 5]");
    stop();
}
END_TEST

START_TEST(a_message_without_an_origin_gets_that_of_the_input)
{
    ADD(&making, "a", OUTSIDE(0));
    ADD(joiner(), "b", MEMBER(0), OUTSIDE(0));
    start(1, 1);
    ck_assert_int_eq(vf_bench_open(&bench), VF_OK);
    ck_assert_int_eq(feed(9), VF_OK);
    ck_assert_str_eq(outputs(), "[7, 9]");
    ck_assert_uint_eq(vf_bench_output(&bench, 0, 0)->description.origin.number, 9);
    ck_assert_uint_eq(vf_bench_output(&bench, 0, 0)->description.origin.stream, STREAM);
    stop();
}
END_TEST

START_TEST(a_flush_reaches_the_children_before_their_own)
{
    ADD(&flushing, "a", OUTSIDE(0));
    ADD(&flushing, "b", MEMBER(0));
    start(1, 1);
    ck_assert_int_eq(vf_bench_open(&bench), VF_OK);
    ck_assert_int_eq(vf_bench_flush(&bench), VF_OK);
    ck_assert_str_eq(calls, "a.flush b.process b.flush");
    ck_assert_str_eq(outputs(), "7 7");
    stop();
}
END_TEST

START_TEST(the_failure_of_a_member_is_that_of_the_group)
{
    ADD(_i ? &careless : &passing, "a", OUTSIDE(0));
    ADD(&failing, "b", MEMBER(0));
    start(1, 1);
    ck_assert_int_eq(vf_bench_open(&bench), VF_OK);
    ck_assert_int_eq(feed(1), -EIO);
    ck_assert_str_eq(outputs(), "");
    stop();
}
END_TEST

START_TEST(after_a_failed_open_only_those_are_closed_that_were_opened)
{
    ADD(&passing, "a", OUTSIDE(0));
    ADD(&closed, "b", MEMBER(0));
    ADD(&passing, "c", MEMBER(1));
    start(2, 1);
    ck_assert_int_eq(vf_bench_open(&bench), -ENOENT);
    stop();
    ck_assert_str_eq(calls, "a.open b.open b.close a.close");
}
END_TEST

START_TEST(the_group_ends_once_nobody_in_it_goes_on)
{
    ADD(&passing, "a", OUTSIDE(0));
    ADD(&quitting, "b", MEMBER(0));
    ADD(&passing, "c", OUTSIDE(0));
    start(1, 1);
    ck_assert_int_eq(vf_group_add_output(group, 2, 0), VF_OK);
    ck_assert_int_eq(vf_bench_open(&bench), VF_OK);
    ck_assert_int_eq(feed(1), VF_OK);
    ck_assert_int_eq(feed(2), VF_OK);
    ck_assert_str_eq(outputs(), "1");
    ck_assert_uint_eq(vf_bench_count(&bench, 1), 2);
    stop();
}
END_TEST

START_TEST(a_chain_ends_with_its_last_member)
{
    ADD(&passing, "a", OUTSIDE(0));
    ADD(&quitting, "b", MEMBER(0));
    start(1, 1);
    ck_assert_int_eq(vf_bench_open(&bench), VF_OK);
    (void)feed(1);
    ck_assert_int_eq(feed(2), VF_END);
    ck_assert_str_eq(outputs(), "1");
    stop();
}
END_TEST

START_TEST(what_finds_no_room_is_dropped_outside)
{
    ADD(&dropping, "a", OUTSIDE(0));
    start(0, 1);
    ck_assert_int_eq(vf_bench_open(&bench), VF_OK);
    ck_assert_int_eq(feed(1), VF_OK);
    ck_assert_uint_eq(bench.drop_count, 1);
    stop();
}
END_TEST

START_TEST(a_callback_that_had_no_room_counts_as_done)
{
    ADD(&crowded, "a", OUTSIDE(0));
    ADD(&crowded, "b", MEMBER(0));
    start(1, 1);
    ck_assert_int_eq(vf_group_node(group)->open(&bench.run), VF_OK);
    for (uint64_t i = 1; i <= 2; i++)
        ck_assert_int_eq(feed(i), VF_OK);
    ck_assert_int_eq(vf_group_node(group)->flush(&bench.run), VF_OK);
    vf_group_node(group)->close(&bench.run);
    ck_assert_str_eq(outputs(), "1 2");
    ck_assert_str_eq(calls,
                     "a.open b.open a.process b.process a.process b.process a.flush b.flush");
    stop();
}
END_TEST

START_TEST(a_group_is_what_its_members_are)
{
    ADD(&passing, "a", OUTSIDE(0));
    ADD(&doubling, "b", MEMBER(0));
    ADD(&quitting, "c", MEMBER(1));
    start(2, 1);
    const struct vf_node *node = vf_group_node(group);
    ck_assert(node->is_stateful && node->may_split && !node->is_reading_only_heads);
    ck_assert_uint_ge(node->keeps, 3 + 3);
    ck_assert_str_eq(node->inputs.items[0].name, "a.in");
    ck_assert_str_eq(node->outputs.items[0].name, "c.out");
    stop();
}
END_TEST

Suite *group_suite(void);
Suite *group_suite(void)
{
    Suite *suite = suite_create("group");
    TCase *tcase = tcase_create("group");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, members_run_parents_first_and_close_children_first);
    tcase_add_test(tcase, what_passes_through_is_the_same_payload);
    tcase_add_test(tcase, zero_or_many_messages_go_on_one_by_one);
    tcase_add_test(tcase, a_join_inside_pairs_what_was_made_of_one_input);
    tcase_add_test(tcase, inputs_from_outside_come_together);
    tcase_add_test(tcase, a_message_without_an_origin_gets_that_of_the_input);
    tcase_add_test(tcase, a_flush_reaches_the_children_before_their_own);
    tcase_add_loop_test(tcase, the_failure_of_a_member_is_that_of_the_group, 0, 2);
    tcase_add_test(tcase, after_a_failed_open_only_those_are_closed_that_were_opened);
    tcase_add_test(tcase, the_group_ends_once_nobody_in_it_goes_on);
    tcase_add_test(tcase, a_chain_ends_with_its_last_member);
    tcase_add_test(tcase, what_finds_no_room_is_dropped_outside);
    tcase_add_test(tcase, a_callback_that_had_no_room_counts_as_done);
    tcase_add_test(tcase, a_group_is_what_its_members_are);
    suite_add_tcase(suite, tcase);
    return suite;
}
