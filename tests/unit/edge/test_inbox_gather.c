/* SPDX-License-Identifier: MIT */
/* A new process of a receiver that shares no memory with its sender gathers what that sends again. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/edge/receive/inbox.h"
#include "engine/edge/remote/recap.h"

#define CELLS 8
#define PROCESS 2

static struct vf_edge_terms terms;
static struct vf_arena_view no_arenas;
static struct vf_inbox *inbox;

/* The dead process had answered 1 to 4, and had taken 5 and 6; its rounds were complete up to that of 4,
 * and 2 messages had no partner. */
static void setup(void)
{
    terms = (struct vf_edge_terms){.id = 3, .sender = 1, .depth = 4, .cells = CELLS};
    terms.is_remote = true;
    terms.inbox = calloc(1, vf_inbox_page_size(CELLS));
    terms.outbox = calloc(1, vf_outbox_page_size(CELLS));
    ck_assert(terms.inbox && terms.outbox);
    atomic_store(&terms.inbox->received, 8);
    atomic_store(&terms.inbox->taken, 6);
    atomic_store(&terms.inbox->data_taken, 4);
    atomic_store(&terms.inbox->unmatched, 2);
    terms.inbox->marks[0] = (struct vf_inbox_mark){.completed = 4, .data_taken = 2};
    ck_assert_int_eq(vf_inbox_create(&inbox, &terms, &no_arenas, -1), VF_OK);
    ck_assert_int_eq(vf_inbox_begin_gathering(inbox, PROCESS), VF_OK);
}

static void teardown(void)
{
    vf_inbox_destroy(&inbox);
    free(terms.inbox);
    free(terms.outbox);
}

static void set_done(uint32_t cell, uint64_t sequence)
{
    atomic_store(vf_inbox_page_done(terms.inbox, cell), sequence);
}

static uint64_t done(uint32_t cell)
{
    return atomic_load(vf_inbox_page_done(terms.inbox, cell));
}

/* Lets a message come, in the cell of its sequence. */
static void come(uint64_t sequence)
{
    struct vf_payload *no_part = NULL;
    struct vf_envelope envelope = {.magic = VF_ENVELOPE_MAGIC,
                                   .edge = 3,
                                   .sequence = sequence,
                                   .cell = (uint32_t)sequence % CELLS};
    envelope.description = (struct vf_description){.version = VF_MESSAGE_VERSION,
                                                   .kind = VF_MESSAGE_DATA,
                                                   .type = VF_VALUE_JSON,
                                                   .origin = {.number = sequence},
                                                   .payload_size = 1};
    ck_assert_int_eq(vf_inbox_accept(inbox, &envelope, vf_envelope_size(&envelope), &no_part),
                     VF_OK);
}

/* The sender says that it has sent up to `sequence`, of which `count` are not done. */
static void recap(uint64_t process, uint64_t sequence, uint64_t count)
{
    struct vf_recap said = {.magic = VF_RECAP_MAGIC,
                            .edge = 3,
                            .process = process,
                            .sequence = sequence,
                            .data = sequence,
                            .count = count};
    vf_inbox_hear_recap(inbox, &said);
}

static void resume(void)
{
    ck_assert(vf_inbox_has_gathered(inbox));
    ck_assert_int_eq(vf_inbox_resume(inbox, 2), VF_OK);
}

static void expect(uint64_t number)
{
    struct vf_message *message;
    const struct vf_message *front = vf_inbox_front(inbox);
    ck_assert_ptr_nonnull(front);
    ck_assert_uint_eq(front->description.origin.number, number);
    vf_inbox_take(inbox, &message);
    vf_inbox_count(inbox, true);
    vf_message_destroy(&message);
}

START_TEST(what_was_not_answered_waits_again_and_the_rest_is_done)
{
    for (uint64_t sequence = 4; sequence <= 8; sequence++)
        come(sequence);
    recap(PROCESS, 8, 5);
    resume();
    ck_assert_uint_eq(vf_inbox_last_answered(inbox)->description.origin.number, 4);
    vf_inbox_forget_answered(inbox);
    ck_assert_uint_eq(done(4), 4);
    for (uint64_t number = 5; number <= 8; number++)
        expect(number);
    ck_assert_ptr_null(vf_inbox_front(inbox));
    ck_assert_uint_eq(atomic_load(&terms.inbox->received), 8);
    ck_assert_uint_eq(atomic_load(&terms.inbox->data_taken), 6);
    ck_assert_uint_eq(atomic_load(&terms.inbox->unmatched), 2);
    ck_assert_uint_eq(atomic_load(&terms.inbox->data_done), 8);
}
END_TEST

/* 5 had no partner, so it was done before its round was. */
START_TEST(what_is_done_does_not_come_again_and_is_not_waited_for)
{
    set_done(5, 5);
    come(5);
    come(6);
    come(7);
    recap(PROCESS, 7, 2);
    resume();
    expect(6);
    expect(7);
    come(8);
    expect(8);
    ck_assert_uint_eq(atomic_load(&terms.inbox->data_taken), 5);
    ck_assert_uint_eq(atomic_load(&terms.inbox->unmatched), 3);
}
END_TEST

START_TEST(a_recap_of_more_than_has_come_is_not_believed)
{
    come(5);
    come(7);
    recap(PROCESS, 7, 3);
    ck_assert(!vf_inbox_has_gathered(inbox));
    ck_assert_uint_eq(atomic_load(&terms.inbox->received), 0);
    for (uint64_t sequence = 5; sequence <= 7; sequence++)
        come(sequence);
    recap(PROCESS, 7, 3);
    resume();
    for (uint64_t number = 5; number <= 7; number++)
        expect(number);
}
END_TEST

START_TEST(what_is_said_to_another_process_is_not_heard)
{
    recap(PROCESS - 1, 0, 0);
    ck_assert(!vf_inbox_has_gathered(inbox));
    recap(PROCESS + 1, 0, 0);
    ck_assert(!vf_inbox_has_gathered(inbox));
    recap(PROCESS, 8, 0);
    resume();
    ck_assert_ptr_null(vf_inbox_front(inbox));
}
END_TEST

START_TEST(what_comes_after_the_recap_is_new_and_without_holes)
{
    come(8);
    recap(PROCESS, 8, 1);
    come(10); /* 9 was lost on the way, so both come again later */
    come(8);
    resume();
    expect(8);
    ck_assert_ptr_null(vf_inbox_front(inbox));
    come(9);
    come(10);
    expect(9);
    expect(10);
}
END_TEST

START_TEST(where_the_sender_has_gone_nothing_is_missing)
{
    atomic_store(&terms.inbox->ended, 1U + VF_END_COMPLETE);
    ck_assert_int_eq(vf_inbox_resume(inbox, 2), VF_OK);
    ck_assert_ptr_null(vf_inbox_front(inbox));
    ck_assert(vf_inbox_has_ended(inbox, NULL));
    ck_assert_uint_eq(atomic_load(&terms.inbox->received), 6);
}
END_TEST

Suite *inbox_gather_suite(void);
Suite *inbox_gather_suite(void)
{
    Suite *suite = suite_create("inbox_gather");
    TCase *tcase = tcase_create("inbox_gather");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, what_was_not_answered_waits_again_and_the_rest_is_done);
    tcase_add_test(tcase, what_is_done_does_not_come_again_and_is_not_waited_for);
    tcase_add_test(tcase, a_recap_of_more_than_has_come_is_not_believed);
    tcase_add_test(tcase, what_is_said_to_another_process_is_not_heard);
    tcase_add_test(tcase, what_comes_after_the_recap_is_new_and_without_holes);
    tcase_add_test(tcase, where_the_sender_has_gone_nothing_is_missing);
    suite_add_tcase(suite, tcase);
    return suite;
}
