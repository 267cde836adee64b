/* SPDX-License-Identifier: MIT */
/* One end of an edge dies between two of its stores, and another process goes on in its pages. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "tests/unit/edge_fixture.h"

#define DEPTH 4
#define LAST 12 /* messages of a test */

static struct edge edge;
static uint64_t rounds;   /* complete ones of the end that dies: what its task's page says */
static uint64_t expected; /* highest number that a living receiver was given */

/* What a dead process had in memory of its own stays as it is: never freed, but known. */
static void *graves[16];
static unsigned grave_count;

static void leave(void *left)
{
    ck_assert_uint_lt(grave_count, VF_COUNT(graves));
    graves[grave_count++] = left;
}

static void begin(uint32_t depth, enum vf_overflow overflow)
{
    edge_init(&edge, depth, DEPTH, overflow);
    rounds = expected = 0;
}

static int claim(void *context, uint32_t arena, uint64_t offset, uint64_t size,
                 struct vf_payload **payload)
{
    struct edge *of = context;
    ck_assert_uint_eq(arena, EDGE_SENDER);
    return vf_arena_claim(of->arena, offset, (size_t)size, payload);
}

static void replace_sender(void)
{
    leave(edge.outbox);
    leave(edge.arena);
    ck_assert_int_eq(vf_arena_create(&edge.arena, EDGE_SENDER, edge.arena_bytes[EDGE_SENDER],
                                     edge.arena_sizes[EDGE_SENDER], edge.terms.cells + 1),
                     VF_OK);
    ck_assert_int_eq(vf_outbox_create(&edge.outbox, &edge.terms), VF_OK);
    ck_assert_int_eq(vf_outbox_resume(edge.outbox, rounds, claim, &edge), VF_OK);
}

static void replace_receiver(void)
{
    leave(edge.inbox);
    ck_assert_int_eq(vf_inbox_create(&edge.inbox, &edge.terms, &edge.arenas, edge.doorbell), VF_OK);
    ck_assert_int_eq(vf_inbox_resume(edge.inbox, rounds), VF_OK);
    vf_inbox_forget_answered(edge.inbox);
}

/* Makes a message in the present round, unless the process before has published it. */
static void publish(uint64_t number)
{
    struct vf_envelope sent;
    if (vf_outbox_is_repeated(edge.outbox))
        return;
    ck_assert(vf_outbox_has_room(edge.outbox));
    (void)edge_put(&edge, number, &sent);
}

/* Makes message `number`, in the round of that number. */
static void make(uint64_t number)
{
    vf_outbox_begin_round(edge.outbox, number);
    publish(number);
    vf_outbox_end_round(edge.outbox, number);
    rounds = number;
}

/* Gives a living receiver what there is next, which must be the next number; NULL: nothing. */
static struct vf_message *receive(void)
{
    ck_assert_int_ge(vf_inbox_collect(edge.inbox), 0);
    struct vf_message *message = edge_take(&edge);
    if (!message)
        return NULL;
    vf_inbox_count(edge.inbox, true);
    ck_assert_uint_eq(message->description.origin.number, ++expected);
    ck_assert_uint_eq(edge_number(message), expected);
    return message;
}

static bool receive_and_release(void)
{
    struct vf_message *message = receive();
    bool is_there = message != NULL;
    vf_message_destroy(&message);
    return is_there;
}

/* Lets all that follows `rounds` be made and received. */
static void go_on(void)
{
    for (uint64_t number = rounds + 1; number <= LAST; number++) {
        while (!vf_outbox_has_room(edge.outbox))
            ck_assert(receive_and_release());
        make(number);
    }
    while (receive_and_release())
        ;
    ck_assert_uint_eq(expected, LAST);
    ck_assert_uint_eq(atomic_load(&edge.terms.outbox->data_published), LAST);
}

/* What a sender stores one after the other when it makes a message. */
enum sender_store {
    SENDER_NOTHING,
    SENDER_CELL,
    SENDER_RECORD,
    SENDER_COUNT,
    SENDER_INDEX,
    SENDER_PUBLISHED,
    SENDER_MARKS,
    SENDER_STORES
};

/* Gives the page what it was `before`, but for what had been stored up to `store`. */
static void take_back(const struct vf_outbox_page *before, uint64_t number, enum sender_store store)
{
    struct vf_outbox_page *page = edge.terms.outbox;
    uint32_t cells = edge.terms.cells;
    if (store < SENDER_MARKS)
        memcpy(page->marks, before->marks, sizeof(page->marks));
    if (store < SENDER_PUBLISHED)
        atomic_store(&page->published, atomic_load(&before->published));
    if (store < SENDER_INDEX)
        atomic_store(vf_outbox_page_index(page, cells, number),
                     atomic_load(vf_outbox_page_index(before, cells, number)));
    if (store < SENDER_COUNT)
        atomic_store(&page->data_published, atomic_load(&before->data_published));
    if (store < SENDER_RECORD)
        memcpy(page->records, before->records, sizeof(page->records));
    for (uint32_t cell = 0; store < SENDER_CELL && cell < cells; cell++)
        memcpy(vf_outbox_page_cell(page, cell), vf_outbox_page_cell(before, cell),
               sizeof(struct vf_outbox_cell));
}

/* Makes a message as far as `store`; its round is not complete. */
static void make_until(uint64_t number, enum sender_store store)
{
    size_t size = vf_outbox_page_size(edge.terms.cells);
    struct vf_outbox_page *before = malloc(size);
    ck_assert_ptr_nonnull(before);
    memcpy(before, edge.terms.outbox, size);
    make(number);
    take_back(before, number, store);
    rounds = number - 1;
    free(before);
}

/* Each loop is another store; in each, the sender dies of each message, while the receiver is more
 * or less behind, and holds the first. */
START_TEST(a_sender_that_dies_between_two_stores_loses_and_repeats_nothing)
{
    for (uint64_t lag = 0; lag < DEPTH; lag++) {
        for (uint64_t number = 1; number <= LAST; number++) {
            struct vf_message *held = NULL;
            begin(DEPTH, VF_OVERFLOW_WAIT);
            for (uint64_t i = 1; i < number; i++) {
                make(i);
                if (i == 1 + lag)
                    held = receive();
                else if (i > 1 + lag)
                    ck_assert(receive_and_release());
            }
            make_until(number, (enum sender_store)_i);
            replace_sender();
            go_on();
            ck_assert(!held || edge_number(held) == 1);
            vf_message_destroy(&held);
            edge_finish(&edge);
            grave_count = 0;
        }
    }
}
END_TEST

START_TEST(a_sender_may_die_again_and_again)
{
    begin(DEPTH, VF_OVERFLOW_WAIT);
    make(1);
    make(2);
    for (int store = SENDER_NOTHING; store <= SENDER_PUBLISHED; store++) {
        make_until(3, (enum sender_store)store);
        replace_sender();
    }
    go_on();
    edge_finish(&edge);
}
END_TEST

/* Of a round of three, `_i` have been published. */
START_TEST(a_splitter_that_dies_amid_a_round_publishes_the_rest)
{
    begin(DEPTH, VF_OVERFLOW_WAIT);
    vf_outbox_begin_round(edge.outbox, 1);
    for (uint64_t number = 1; number <= (uint64_t)_i; number++)
        publish(number);
    replace_sender();
    ck_assert_uint_eq(vf_outbox_repeated(edge.outbox), (uint64_t)_i);
    vf_outbox_begin_round(edge.outbox, 1);
    for (uint64_t number = 1; number <= 3; number++)
        publish(number);
    vf_outbox_end_round(edge.outbox, 1);
    rounds = 1;
    for (uint64_t number = 1; number <= 3; number++)
        ck_assert(receive_and_release());
    ck_assert(!receive_and_release());
    edge_finish(&edge);
}
END_TEST

START_TEST(a_gap_is_told_once)
{
    struct vf_envelope sent;
    bool must_send;
    begin(DEPTH, VF_OVERFLOW_WAIT);
    make(1);
    edge_send_gap(&edge, 5);
    replace_sender();
    ck_assert_uint_eq(vf_outbox_answered(edge.outbox), 5);
    ck_assert_int_eq(vf_outbox_put_gap(edge.outbox, 5, 0, &sent, &must_send), VF_OK);
    ck_assert_uint_eq(vf_outbox_published(edge.outbox), 2);
    ck_assert_int_eq(vf_outbox_put_gap(edge.outbox, 6, 0, &sent, &must_send), VF_OK);
    ck_assert_uint_eq(sent.description.origin.number, 6);
    edge_finish(&edge);
}
END_TEST

START_TEST(the_order_of_a_replica_is_closed_once)
{
    struct vf_envelope sent;
    bool must_send;
    begin(DEPTH, VF_OVERFLOW_WAIT);
    vf_outbox_begin_round(edge.outbox, 1);
    if (_i)
        ck_assert_int_eq(vf_outbox_put_gap(edge.outbox, 7, 3, &sent, &must_send), VF_OK);
    replace_sender();
    vf_outbox_begin_round(edge.outbox, 1);
    ck_assert(vf_outbox_has_closed_order(edge.outbox) == (_i == 1));
    ck_assert_uint_eq(vf_outbox_order(edge.outbox), _i ? 3 : 0);
    vf_outbox_end_round(edge.outbox, 1);
    vf_outbox_begin_round(edge.outbox, 2);
    ck_assert(!vf_outbox_has_closed_order(edge.outbox));
    edge_finish(&edge);
}
END_TEST

START_TEST(an_end_is_an_end_for_every_process)
{
    begin(DEPTH, VF_OVERFLOW_WAIT);
    make(1);
    edge_send_end(&edge, VF_END_COMPLETE);
    replace_sender();
    ck_assert(vf_outbox_has_ended(edge.outbox));
    ck_assert(vf_outbox_is_repeated(edge.outbox)); /* nothing may come behind it */
    ck_assert(receive_and_release());
    struct vf_message *end = edge_take(&edge);
    ck_assert_uint_eq(end->description.kind, VF_MESSAGE_END);
    vf_message_destroy(&end);
    rounds = 1;
    vf_inbox_end_round(edge.inbox, 1);
    replace_receiver();
    enum vf_end_reason reason;
    ck_assert(vf_inbox_has_ended(edge.inbox, &reason));
    ck_assert_ptr_null(vf_inbox_front(edge.inbox));
    edge_finish(&edge);
}
END_TEST

/* How far a receiver comes with one message. */
enum receiver_step {
    RECEIVER_NOTHING,
    RECEIVER_COLLECTED,
    RECEIVER_TAKEN,
    RECEIVER_COUNTED,
    RECEIVER_MARKED,
    RECEIVER_ANSWERED,
    RECEIVER_RELEASED,
    RECEIVER_STEPS
};

/* Takes the next message in round `number`, as far as `step`. */
static void receive_until(uint64_t number, enum receiver_step step)
{
    struct vf_message *message = NULL;
    if (step >= RECEIVER_COLLECTED)
        ck_assert_int_ge(vf_inbox_collect(edge.inbox), 0);
    if (step >= RECEIVER_TAKEN)
        message = edge_take(&edge);
    if (step >= RECEIVER_COUNTED)
        vf_inbox_count(edge.inbox, true);
    if (message)
        ck_assert_uint_eq(edge_number(message), number);
    if (step >= RECEIVER_MARKED)
        vf_inbox_end_round(edge.inbox, number);
    if (step >= RECEIVER_ANSWERED)
        rounds = number;
    if (step >= RECEIVER_RELEASED)
        vf_message_destroy(&message);
    else if (message)
        leave(message);
}

static void send_room_full(uint64_t *sent)
{
    struct vf_envelope envelope;
    while (*sent < LAST && vf_outbox_has_room(edge.outbox))
        (void)edge_put(&edge, ++*sent, &envelope);
}

/* Each loop is another step; in each, the receiver dies of each message. */
START_TEST(a_receiver_that_dies_is_given_again_what_it_has_not_answered)
{
    for (uint64_t victim = 1; victim <= LAST; victim++) {
        uint64_t sent = 0;
        bool has_died = false;
        begin(DEPTH, VF_OVERFLOW_WAIT);
        for (uint64_t number = 1; number <= LAST; number = rounds + 1) {
            send_room_full(&sent);
            bool dies = number == victim && !has_died;
            receive_until(number, dies ? (enum receiver_step)_i : RECEIVER_RELEASED);
            has_died = has_died || dies;
            if (dies)
                replace_receiver();
        }
        ck_assert_uint_eq(sent, LAST);
        ck_assert_uint_eq(atomic_load(&edge.terms.inbox->data_taken), LAST);
        ck_assert_uint_eq(atomic_load(&edge.terms.inbox->data_done), LAST);
        ck_assert_uint_eq(atomic_load(&edge.terms.inbox->unmatched), 0);
        edge_finish(&edge);
        grave_count = 0;
    }
}
END_TEST

START_TEST(what_a_dead_receiver_had_taken_can_no_longer_be_dropped)
{
    struct vf_envelope sent;
    begin(1, VF_OVERFLOW_DROP_OLDEST);
    (void)edge_put(&edge, 1, &sent);
    receive_until(1, RECEIVER_COUNTED);
    (void)edge_put(&edge, 2, &sent);
    vf_outbox_drop_oldest(edge.outbox);
    (void)edge_put(&edge, 3, &sent);
    replace_receiver();
    edge_expect(&edge, 1);
    edge_expect(&edge, 3);
    ck_assert_ptr_null(vf_inbox_front(edge.inbox));
    ck_assert_uint_eq(atomic_load(&edge.terms.inbox->skipped), 1);
    edge_finish(&edge);
}
END_TEST

START_TEST(what_a_dead_receiver_had_not_taken_may_be_dropped)
{
    struct vf_envelope sent;
    begin(1, VF_OVERFLOW_DROP_OLDEST);
    (void)edge_put(&edge, 1, &sent);
    receive_until(1, RECEIVER_COLLECTED);
    for (uint64_t number = 2; number <= 9; number++) {
        vf_outbox_drop_oldest(edge.outbox);
        (void)edge_put(&edge, number, &sent);
    }
    replace_receiver();
    edge_expect(&edge, 9);
    ck_assert_ptr_null(vf_inbox_front(edge.inbox));
    ck_assert_uint_eq(atomic_load(&edge.terms.inbox->skipped), 8);
    edge_finish(&edge);
}
END_TEST

START_TEST(both_ends_may_die)
{
    begin(DEPTH, VF_OVERFLOW_WAIT);
    for (uint64_t number = 1; number <= 3; number++)
        make(number);
    uint64_t made = rounds;
    receive_until(rounds = 1, RECEIVER_RELEASED);
    receive_until(2, RECEIVER_TAKEN);
    replace_receiver();
    rounds = made;
    make_until(4, SENDER_INDEX);
    replace_sender();
    expected = 1;
    go_on();
    edge_finish(&edge);
}
END_TEST

/* A task between two edges sends on what it receives, where it lies. */
static struct edge onward;

static int lend_received(void *context, uint32_t arena, uint64_t offset, uint64_t size,
                         struct vf_payload **payload)
{
    (void)context;
    (void)size;
    *payload = vf_inbox_hold_payload(edge.inbox, arena, offset);
    ck_assert_ptr_nonnull(*payload);
    return VF_OK;
}

/* In place of the dead one: first what came in, then what was sent on, then what is no longer
 * needed goes. */
static void replace_middle(void)
{
    leave(edge.inbox);
    leave(onward.outbox);
    ck_assert_int_eq(vf_inbox_create(&edge.inbox, &edge.terms, &edge.arenas, edge.doorbell), VF_OK);
    ck_assert_int_eq(vf_inbox_resume(edge.inbox, rounds), VF_OK);
    ck_assert_int_eq(vf_outbox_create(&onward.outbox, &onward.terms), VF_OK);
    ck_assert_int_eq(vf_outbox_resume(onward.outbox, rounds, lend_received, NULL), VF_OK);
    vf_inbox_forget_answered(edge.inbox);
}

/* Sends the next message on, in a round of its own. */
static struct vf_message *forward(uint64_t number)
{
    struct vf_message *message = edge_take(&edge);
    struct vf_envelope sent = {.arena = EDGE_SENDER,
                               .offset = message->payload->offset,
                               .description = message->description};
    vf_inbox_count(edge.inbox, true);
    vf_outbox_begin_round(onward.outbox, number);
    if (!vf_outbox_is_repeated(onward.outbox))
        (void)vf_outbox_put(onward.outbox, &sent, message->payload);
    return message;
}

static void complete(uint64_t number)
{
    vf_inbox_end_round(edge.inbox, number);
    vf_outbox_end_round(onward.outbox, number);
    rounds = number;
}

/* Each loop: its round was complete, or not. */
START_TEST(what_was_sent_on_is_released_when_its_last_reader_is_done)
{
    struct vf_envelope envelope;
    uint8_t *own_bytes;
    begin(DEPTH, VF_OVERFLOW_WAIT);
    edge_init(&onward, DEPTH, DEPTH, VF_OVERFLOW_WAIT);
    own_bytes = onward.arena_bytes[EDGE_SENDER];
    onward.arena_bytes[EDGE_SENDER] = edge.arena_bytes[EDGE_SENDER];
    (void)edge_put(&edge, 1, &envelope);
    (void)edge_put(&edge, 2, &envelope);
    ck_assert_int_eq(vf_inbox_collect(edge.inbox), 2);
    struct vf_message *lost = forward(1);
    leave(lost);
    if (_i)
        complete(1);
    replace_middle();
    if (!_i) {
        struct vf_message *again = forward(1);
        complete(1);
        vf_message_destroy(&again);
    }
    ck_assert_uint_eq(atomic_load(&edge.terms.inbox->data_done), 0); /* somebody may read it yet */
    ck_assert_int_eq(vf_inbox_collect(onward.inbox), 1);
    edge_expect(&onward, 1);
    vf_outbox_reap(onward.outbox);
    ck_assert_uint_eq(atomic_load(&edge.terms.inbox->data_done), 1);
    edge_expect(&edge, 2);
    onward.arena_bytes[EDGE_SENDER] = own_bytes;
    edge_finish(&onward);
    edge_finish(&edge);
}
END_TEST

Suite *edge_resume_suite(void);
Suite *edge_resume_suite(void)
{
    Suite *suite = suite_create("edge_resume");
    TCase *tcase = tcase_create("edge_resume");
    tcase_add_loop_test(tcase, a_sender_that_dies_between_two_stores_loses_and_repeats_nothing, 0,
                        SENDER_STORES);
    tcase_add_test(tcase, a_sender_may_die_again_and_again);
    tcase_add_loop_test(tcase, a_splitter_that_dies_amid_a_round_publishes_the_rest, 0, 4);
    tcase_add_test(tcase, a_gap_is_told_once);
    tcase_add_loop_test(tcase, the_order_of_a_replica_is_closed_once, 0, 2);
    tcase_add_test(tcase, an_end_is_an_end_for_every_process);
    tcase_add_loop_test(tcase, a_receiver_that_dies_is_given_again_what_it_has_not_answered, 0,
                        RECEIVER_STEPS);
    tcase_add_test(tcase, what_a_dead_receiver_had_taken_can_no_longer_be_dropped);
    tcase_add_test(tcase, what_a_dead_receiver_had_not_taken_may_be_dropped);
    tcase_add_test(tcase, both_ends_may_die);
    tcase_add_loop_test(tcase, what_was_sent_on_is_released_when_its_last_reader_is_done, 0, 2);
    suite_add_tcase(suite, tcase);
    return suite;
}
