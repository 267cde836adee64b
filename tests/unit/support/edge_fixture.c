/* SPDX-License-Identifier: MIT */
#include "tests/unit/support/edge_fixture.h"

#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define ARENA_SIZE ((size_t)16 << 10)
#define PAGE ((size_t)4096)

static void *zeroed(size_t size)
{
    void *bytes = aligned_alloc(PAGE, (size + PAGE - 1) / PAGE * PAGE);
    EDGE_MUST(bytes);
    memset(bytes, 0, size);
    return bytes;
}

static void open_halves(struct edge *edge)
{
    EDGE_MUST(vf_outbox_create(&edge->outbox, &edge->terms) == VF_OK);
    EDGE_MUST(vf_inbox_create(&edge->inbox, &edge->terms, &edge->arenas, edge->doorbell) == VF_OK);
}

void edge_init(struct edge *edge, uint32_t depth, uint32_t holds, enum vf_overflow overflow)
{
    edge_init_cells(edge, depth, depth + 1 + holds + EDGE_SPARE_CELLS, overflow);
}

void edge_init_cells(struct edge *edge, uint32_t depth, uint32_t cells, enum vf_overflow overflow)
{
    *edge = (struct edge){.terms = {.id = 1,
                                    .sender = EDGE_SENDER,
                                    .receiver = 2,
                                    .depth = depth,
                                    .cells = cells,
                                    .origin_stream = EDGE_SENDER << 8,
                                    .overflow = overflow,
                                    .carries_gaps = true}};
    edge->terms.outbox = zeroed(vf_outbox_page_size(cells));
    edge->terms.inbox = zeroed(vf_inbox_page_size(cells));
    edge->arena_bytes[EDGE_SENDER] = zeroed(ARENA_SIZE);
    edge->arena_sizes[EDGE_SENDER] = ARENA_SIZE;
    edge->arenas = (struct vf_arena_view){edge->arena_bytes, edge->arena_sizes, EDGE_SENDER + 1};
    edge->doorbell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    EDGE_MUST(edge->doorbell >= 0);
    /* As the plan has it: one message can be made while every cell is taken. */
    EDGE_MUST(vf_arena_create(&edge->arena, EDGE_SENDER, edge->arena_bytes[EDGE_SENDER], ARENA_SIZE,
                              cells + 1) == VF_OK);
    open_halves(edge);
}

static void assert_arena_is_free(struct edge *edge)
{
    struct vf_payload *payloads[256];
    uint32_t limit = edge->terms.cells + 1;
    for (uint32_t i = 0; i < limit; i++)
        EDGE_MUST(vf_arena_allocate(edge->arena, 8, &payloads[i]) == VF_OK);
    for (uint32_t i = 0; i < limit; i++)
        vf_payload_drop(&payloads[i]);
}

static void close_halves(struct edge *edge)
{
    vf_inbox_close(edge->inbox);
    vf_inbox_destroy(&edge->inbox);
    vf_outbox_reap(edge->outbox);
    assert_arena_is_free(edge);
    vf_outbox_destroy(&edge->outbox);
}

void edge_reset(struct edge *edge)
{
    close_halves(edge);
    memset(edge->terms.outbox, 0, vf_outbox_page_size(edge->terms.cells));
    memset(edge->terms.inbox, 0, vf_inbox_page_size(edge->terms.cells));
    open_halves(edge);
}

void edge_finish(struct edge *edge)
{
    close_halves(edge);
    vf_arena_destroy(&edge->arena);
    free(edge->terms.outbox);
    free(edge->terms.inbox);
    free(edge->arena_bytes[EDGE_SENDER]);
    close(edge->doorbell);
}

bool edge_put(struct edge *edge, uint64_t number, struct vf_envelope *sent)
{
    struct vf_payload *payload;
    EDGE_MUST(vf_arena_allocate(edge->arena, sizeof(number), &payload) == VF_OK);
    memcpy(payload->data, &number, sizeof(number));
    *sent = (struct vf_envelope){
        .arena = EDGE_SENDER,
        .offset = payload->offset,
        .description = {.version = VF_MESSAGE_VERSION,
                        .kind = VF_MESSAGE_DATA,
                        .type = VF_VALUE_JSON,
                        .origin = {.number = number, .stream = EDGE_SENDER << 8},
                        .publish_time_ns = (int64_t)number,
                        .payload_size = sizeof(number)},
    };
    bool is_awaited = vf_outbox_put(edge->outbox, sent, payload);
    vf_payload_drop(&payload);
    return is_awaited;
}

void edge_accept(struct edge *edge, const struct vf_envelope *sent)
{
    struct vf_payload *no_part = NULL;
    EDGE_MUST(vf_inbox_accept(edge->inbox, sent, vf_envelope_size(sent), &no_part) == VF_OK);
}

void edge_send(struct edge *edge, uint64_t number)
{
    struct vf_envelope sent;
    ck_assert(vf_outbox_has_room(edge->outbox));
    (void)edge_put(edge, number, &sent);
    edge_accept(edge, &sent);
}

void edge_send_gap_at(struct edge *edge, uint64_t number, int64_t time_ns)
{
    const struct vf_gap gap = {.number = number, .time_ns = time_ns};
    struct vf_envelope sent = {0};
    bool is_awaited;
    EDGE_MUST(vf_outbox_put_gap(edge->outbox, &gap, &sent, &is_awaited) == VF_OK);
    if (sent.sequence)
        edge_accept(edge, &sent);
}

void edge_send_gap(struct edge *edge, uint64_t number)
{
    edge_send_gap_at(edge, number, VF_NO_TIMESTAMP);
}

void edge_send_end(struct edge *edge, enum vf_end_reason reason)
{
    struct vf_envelope sent;
    bool is_awaited;
    EDGE_MUST(vf_outbox_put_end(edge->outbox, reason, &sent, &is_awaited) == VF_OK);
    edge_accept(edge, &sent);
}

struct vf_message *edge_take(struct edge *edge)
{
    struct vf_message *message = NULL;
    if (vf_inbox_front(edge->inbox))
        vf_inbox_take(edge->inbox, &message);
    return message;
}

uint64_t edge_number(const struct vf_message *message)
{
    uint64_t number;
    memcpy(&number, message->payload->data, sizeof(number));
    return number;
}

void edge_expect(struct edge *edge, uint64_t number)
{
    struct vf_message *message = edge_take(edge);
    ck_assert_msg(message, "nothing waits instead of %llu", (unsigned long long)number);
    ck_assert_uint_eq(message->description.kind, VF_MESSAGE_DATA);
    ck_assert_uint_eq(message->description.origin.number, number);
    ck_assert_uint_eq(edge_number(message), number);
    vf_message_destroy(&message);
}

bool edge_has_rung(struct edge *edge)
{
    uint64_t rings;
    return read(edge->doorbell, &rings, sizeof(rings)) == (ssize_t)sizeof(rings);
}
