/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#include "engine/edge/remote/acknowledgement.h"
#include "tests/unit/support/scratch.h"

#define CELLS 8
#define PUBLISHED 20
#define NUMBER 4999
#define PATIENCE_MS 30000

static struct vf_edge_terms terms;
static struct vf_wires *wires;
static struct vf_wire *in, *out;
static struct vf_acknowledger *acknowledger;

static void setup(void)
{
    terms = (struct vf_edge_terms){.id = 3, .cells = CELLS, .is_remote = true};
    terms.inbox = calloc(1, vf_inbox_page_size(CELLS));
    ck_assert_ptr_nonnull(terms.inbox);
}

static void teardown(void)
{
    free(terms.inbox);
}

static struct vf_acknowledgement honest(void)
{
    struct vf_acknowledgement told = {
        .magic = VF_ACKNOWLEDGEMENT_MAGIC,
        .edge = 3,
        .received = 12,
        .taken = 10,
        .asleep_at = 12,
        .count = 2,
    };
    told.done[0].cell = 1;
    told.done[0].sequence = 9;
    told.done[1].cell = 7;
    told.done[1].sequence = 4;
    return told;
}

static int apply(const struct vf_acknowledgement *told)
{
    size_t size = offsetof(struct vf_acknowledgement, done) + told->count * sizeof(told->done[0]);
    return vf_acknowledgement_apply(told, size, &terms, PUBLISHED);
}

static uint64_t done(uint32_t cell)
{
    return atomic_load(vf_inbox_page_done(terms.inbox, cell));
}

START_TEST(what_a_receiver_tells_is_as_if_it_stood_in_its_page)
{
    struct vf_acknowledgement told = honest();
    ck_assert_int_eq(apply(&told), VF_OK);
    ck_assert_uint_eq(atomic_load(&terms.inbox->received), 12);
    ck_assert_uint_eq(atomic_load(&terms.inbox->taken), 10);
    ck_assert_uint_eq(atomic_load(&terms.inbox->asleep_at), 12);
    ck_assert_uint_eq(atomic_load(&terms.inbox->is_closed), 0);
    ck_assert_uint_eq(done(1), 9);
    ck_assert_uint_eq(done(7), 4);
    told.is_closed = 1;
    ck_assert_int_eq(apply(&told), VF_OK);
    ck_assert_uint_ne(atomic_load(&terms.inbox->is_closed), 0);
}
END_TEST

START_TEST(old_news_change_nothing)
{
    struct vf_acknowledgement told = honest(), old = honest();
    old.received = old.asleep_at = 5;
    old.taken = 2;
    old.done[0].sequence = 1;
    ck_assert_int_eq(apply(&told), VF_OK);
    ck_assert_int_eq(apply(&old), VF_OK);
    ck_assert_uint_eq(atomic_load(&terms.inbox->received), 12);
    ck_assert_uint_eq(atomic_load(&terms.inbox->taken), 10);
    ck_assert_uint_eq(done(1), 9);
}
END_TEST

START_TEST(a_new_process_has_not_received_what_the_one_before_had)
{
    struct vf_acknowledgement told = honest(), next = honest();
    next.process = 2;
    next.received = next.asleep_at = 3;
    next.taken = 2;
    next.done[0].sequence = 11;
    ck_assert_int_eq(apply(&told), VF_OK);
    ck_assert_int_eq(apply(&next), VF_OK);
    ck_assert_uint_eq(atomic_load(&terms.inbox->process), 2);
    ck_assert_uint_eq(atomic_load(&terms.inbox->received), 3);
    ck_assert_uint_eq(atomic_load(&terms.inbox->asleep_at), 3);
    ck_assert_uint_eq(atomic_load(&terms.inbox->taken), 10);
    ck_assert_uint_eq(done(1), 11);
}
END_TEST

START_TEST(what_a_replaced_process_said_counts_no_more)
{
    struct vf_acknowledgement told = honest(), next = honest();
    next.process = 2;
    next.received = next.asleep_at = next.taken = 0;
    next.count = 0;
    ck_assert_int_eq(apply(&next), VF_OK);
    ck_assert_int_eq(apply(&told), VF_OK);
    ck_assert_uint_eq(atomic_load(&terms.inbox->received), 0);
    ck_assert_uint_eq(done(1), 0);
}
END_TEST

/* Each makes one lie of an honest acknowledgement. */
static void more_than_was_sent(struct vf_acknowledgement *told)
{
    told->received = PUBLISHED + 1;
}

static void taken_before_it_came(struct vf_acknowledgement *told)
{
    told->taken = told->received + 1;
}

static void wanted_behind_what_came(struct vf_acknowledgement *told)
{
    told->asleep_at = told->received + 1;
}

static void a_cell_beyond_the_edge(struct vf_acknowledgement *told)
{
    told->done[1].cell = CELLS;
}

static void done_before_it_was_sent(struct vf_acknowledgement *told)
{
    told->done[0].sequence = PUBLISHED + 1;
}

static void too_many_cells(struct vf_acknowledgement *told)
{
    told->count = VF_ACKNOWLEDGEMENT_CELLS + 1;
}

static void (*const lies[])(struct vf_acknowledgement *told) = {
    more_than_was_sent,     taken_before_it_came,    wanted_behind_what_came,
    a_cell_beyond_the_edge, done_before_it_was_sent, too_many_cells,
};

START_TEST(a_lie_is_refused_whole)
{
    struct vf_acknowledgement told = honest();
    lies[_i](&told);
    ck_assert_int_eq(apply(&told), -EBADMSG);
    ck_assert_uint_eq(atomic_load(&terms.inbox->received), 0);
    ck_assert_uint_eq(atomic_load(&terms.inbox->taken), 0);
    ck_assert_uint_eq(done(1), 0);
}
END_TEST

START_TEST(a_message_that_is_cut_is_refused)
{
    struct vf_acknowledgement told = honest();
    size_t whole = offsetof(struct vf_acknowledgement, done) + 2 * sizeof(told.done[0]);
    for (size_t size = 0; size < whole; size++)
        ck_assert_int_eq(vf_acknowledgement_apply(&told, size, &terms, PUBLISHED), -EBADMSG);
}
END_TEST

static void setup_wires(void)
{
    setup();
    scratch_create();
    struct vf_address address = {.directory = scratch_path()};
    ck_assert_int_eq(vf_wires_create(&wires, &address, NULL), VF_OK);
    ck_assert_int_eq(vf_wire_bind(&in, wires, NUMBER), VF_OK);
    ck_assert_int_eq(vf_wire_connect(&out, wires, NUMBER, 0), VF_OK);
    ck_assert_int_eq(vf_acknowledger_create(&acknowledger, &terms, out), VF_OK);
}

static void teardown_wires(void)
{
    vf_acknowledger_destroy(&acknowledger);
    vf_wire_destroy(&in);
    vf_wire_destroy(&out);
    vf_wires_destroy(&wires);
    scratch_remove();
    teardown();
}

/* Lets a message be done, and maybe arrive before. */
static void finish(uint32_t cell, uint64_t sequence, bool is_expected)
{
    if (is_expected)
        vf_acknowledger_expect(acknowledger, cell, sequence);
    atomic_store(vf_inbox_page_done(terms.inbox, cell), sequence);
    if (atomic_load(&terms.inbox->received) < sequence)
        atomic_store(&terms.inbox->received, sequence);
}

/* Has the news told, and waits for them. */
static struct vf_acknowledgement hear(void)
{
    struct vf_acknowledgement told = {0};
    size_t size;
    unsigned ready;
    ck_assert_int_eq(vf_acknowledger_tell(acknowledger, false), VF_OK);
    while (vf_wire_receive(in, &told, sizeof(told), &size) != VF_OK)
        ck_assert_int_eq(vf_wire_wait(&in, 1, (const int[]){-1, -1}, PATIENCE_MS, &ready), VF_OK);
    return told;
}

START_TEST(what_has_come_is_reported_when_it_is_done_and_once)
{
    vf_acknowledger_expect(acknowledger, 2, 1);
    vf_acknowledger_expect(acknowledger, 5, 2);
    atomic_store(&terms.inbox->received, 2);
    ck_assert_uint_eq(hear().count, 0);
    finish(5, 2, false);
    struct vf_acknowledgement told = hear();
    ck_assert_uint_eq(told.count, 1);
    ck_assert_uint_eq(told.done[0].cell, 5);
    ck_assert_uint_eq(told.done[0].sequence, 2);
    finish(2, 1, false);
    finish(5, 3, true); /* the cell is used again */
    told = hear();
    ck_assert_uint_eq(told.count, 2);
    ck_assert_uint_eq(told.done[0].cell + told.done[1].cell, 2 + 5);
    ck_assert_uint_eq(told.done[0].sequence + told.done[1].sequence, 1 + 3);
    atomic_store(&terms.inbox->taken, 3);
    ck_assert_uint_eq(hear().count, 0);
}
END_TEST

START_TEST(a_cell_that_is_used_again_before_it_is_reported_is_reported_as_it_is)
{
    finish(3, 1, true);
    finish(3, 2, true);
    struct vf_acknowledgement told = hear();
    ck_assert_uint_eq(told.count, 1);
    ck_assert_uint_eq(told.done[0].sequence, 2);
}
END_TEST

START_TEST(what_comes_again_changes_nothing)
{
    finish(3, 1, true);
    ck_assert_uint_eq(hear().count, 1);
    vf_acknowledger_expect(acknowledger, 3, 1);
    vf_acknowledger_expect(acknowledger, CELLS, 7); /* nor what cannot be */
    atomic_store(&terms.inbox->taken, 1);
    ck_assert_uint_eq(hear().count, 0);
}
END_TEST

START_TEST(everything_is_told_again_also_of_a_process_before)
{
    finish(1, 1, true);
    finish(4, 2, false); /* it had come to another process */
    vf_acknowledger_expect(acknowledger, 6, 3);
    atomic_store(&terms.inbox->received, 3);
    ck_assert_uint_eq(hear().count, 1);
    vf_acknowledger_repeat(acknowledger, true);
    struct vf_acknowledgement told = hear();
    ck_assert_uint_eq(told.count, 2);
    ck_assert_uint_eq(told.has_lost, 1);
    ck_assert_uint_eq(told.done[0].cell, 1);
    ck_assert_uint_eq(told.done[1].cell, 4);
    finish(6, 3, false);
    told = hear();
    ck_assert_uint_eq(told.count, 1);
    ck_assert_uint_eq(told.done[0].cell, 6);
}
END_TEST

static void add_tests_of_wires(Suite *suite)
{
    TCase *tcase = tcase_create("acknowledger");
    tcase_add_checked_fixture(tcase, setup_wires, teardown_wires);
    tcase_add_test(tcase, what_has_come_is_reported_when_it_is_done_and_once);
    tcase_add_test(tcase, a_cell_that_is_used_again_before_it_is_reported_is_reported_as_it_is);
    tcase_add_test(tcase, what_comes_again_changes_nothing);
    tcase_add_test(tcase, everything_is_told_again_also_of_a_process_before);
    suite_add_tcase(suite, tcase);
}

Suite *acknowledgement_suite(void);
Suite *acknowledgement_suite(void)
{
    Suite *suite = suite_create("acknowledgement");
    TCase *tcase = tcase_create("acknowledgement");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, what_a_receiver_tells_is_as_if_it_stood_in_its_page);
    tcase_add_test(tcase, old_news_change_nothing);
    tcase_add_test(tcase, a_new_process_has_not_received_what_the_one_before_had);
    tcase_add_test(tcase, what_a_replaced_process_said_counts_no_more);
    tcase_add_loop_test(tcase, a_lie_is_refused_whole, 0, sizeof(lies) / sizeof(lies[0]));
    tcase_add_test(tcase, a_message_that_is_cut_is_refused);
    suite_add_tcase(suite, tcase);
    add_tests_of_wires(suite);
    return suite;
}
