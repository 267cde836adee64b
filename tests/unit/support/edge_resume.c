/* SPDX-License-Identifier: MIT */
#include "tests/unit/support/edge_resume.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"

struct edge edge;
uint64_t edge_rounds, edge_received;

/* So that a leak checker knows of them. */
static void *graves[1024];
static unsigned grave_count;

void edge_leave(void *left)
{
    ck_assert_uint_lt(grave_count, VF_COUNT(graves));
    graves[grave_count++] = left;
}

void edge_begin(uint32_t depth, enum vf_overflow overflow)
{
    edge_init(&edge, depth, EDGE_DEPTH, overflow);
    edge_rounds = edge_received = 0;
}

static int claim(void *context, uint32_t arena, uint64_t offset, uint64_t size,
                 struct vf_payload **payload)
{
    struct edge *of = context;
    ck_assert_uint_eq(arena, EDGE_SENDER);
    return vf_arena_claim(of->arena, offset, (size_t)size, payload);
}

void edge_replace_sender(void)
{
    edge_leave(edge.outbox);
    edge_leave(edge.arena);
    ck_assert_int_eq(vf_arena_create(&edge.arena, EDGE_SENDER, edge.arena_bytes[EDGE_SENDER],
                                     edge.arena_sizes[EDGE_SENDER], edge.terms.cells + 1),
                     VF_OK);
    ck_assert_int_eq(vf_outbox_create(&edge.outbox, &edge.terms), VF_OK);
    ck_assert_int_eq(vf_outbox_resume(edge.outbox, edge_rounds, claim, &edge), VF_OK);
}

void edge_replace_receiver(struct edge *of)
{
    edge_leave(of->inbox);
    ck_assert_int_eq(vf_inbox_create(&of->inbox, &of->terms, &of->arenas, of->doorbell), VF_OK);
    ck_assert_int_eq(vf_inbox_resume(of->inbox, edge_rounds), VF_OK);
    vf_inbox_forget_answered(of->inbox);
}

void edge_publish(uint64_t number)
{
    struct vf_envelope sent;
    if (vf_outbox_consume_repeat(edge.outbox))
        return;
    ck_assert(vf_outbox_has_room(edge.outbox));
    (void)edge_put(&edge, number, &sent);
}

void edge_make(uint64_t number)
{
    vf_outbox_begin_round(edge.outbox, number);
    edge_publish(number);
    vf_outbox_end_round(edge.outbox, number);
    edge_rounds = number;
}

struct vf_message *edge_receive(void)
{
    ck_assert_int_ge(vf_inbox_collect(edge.inbox), 0);
    struct vf_message *message = edge_take(&edge);
    if (!message)
        return NULL;
    vf_inbox_count(edge.inbox, true);
    ck_assert_uint_eq(message->description.origin.number, ++edge_received);
    ck_assert_uint_eq(edge_number(message), edge_received);
    return message;
}

bool edge_receive_and_release(void)
{
    struct vf_message *message = edge_receive();
    bool is_there = message != NULL;
    vf_message_destroy(&message);
    return is_there;
}

void edge_go_on(void)
{
    for (uint64_t number = edge_rounds + 1; number <= EDGE_LAST; number++) {
        while (!vf_outbox_has_room(edge.outbox))
            ck_assert(edge_receive_and_release());
        edge_make(number);
    }
    while (edge_receive_and_release())
        ;
    ck_assert_uint_eq(edge_received, EDGE_LAST);
    ck_assert_uint_eq(atomic_load(&edge.terms.outbox->data_published), EDGE_LAST);
}

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

void edge_make_until(uint64_t number, enum sender_store store)
{
    size_t size = vf_outbox_page_size(edge.terms.cells);
    struct vf_outbox_page *before = malloc(size);
    ck_assert_ptr_nonnull(before);
    memcpy(before, edge.terms.outbox, size);
    edge_make(number);
    take_back(before, number, store);
    edge_rounds = number - 1;
    free(before);
}

void edge_receive_until(uint64_t number, enum receiver_step step)
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
        edge_rounds = number;
    if (step >= RECEIVER_RELEASED)
        vf_message_destroy(&message);
    else if (message)
        edge_leave(message);
}
