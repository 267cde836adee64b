/* SPDX-License-Identifier: MIT */
/* Takes arbitrary bytes for the page of a neighbour, and lets both ends of an edge live with it:
 * the receiver reads, takes, releases and is replaced, the sender publishes, drops, looks and is
 * replaced. The first byte chooses how the edge is; what is left of the input are steps, each with
 * a place in the pages and what is written there. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/edge/receive/inbox.h"
#include "engine/edge/send/outbox.h"
#include "engine/message/arena.h"

#define SENDER 1
#define DEPTH 2
#define CELLS 8
#define ARENA_SIZE ((size_t)8192)
#define MOST_TAKEN 4

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What one input makes. */
static struct world {
    struct vf_edge_terms terms;
    struct vf_arena *arena;
    struct vf_outbox *outbox;
    struct vf_inbox *inbox;
    struct vf_message *taken[MOST_TAKEN];
    uint64_t number, rounds;
} world;

static _Alignas(4096) uint8_t arena_bytes[ARENA_SIZE];
static uint8_t *const arenas[] = {NULL, arena_bytes};
static const size_t arena_sizes[] = {0, ARENA_SIZE};
static const struct vf_arena_view view = {arenas, arena_sizes, 2};
static volatile uint8_t seen;

struct input {
    const uint8_t *bytes;
    size_t size;
};

static uint64_t next(struct input *input, size_t size)
{
    uint64_t number = 0;
    if (size > input->size)
        size = input->size;
    memcpy(&number, input->bytes, size);
    input->bytes += size;
    input->size -= size;
    return number;
}

static void *zeroed(size_t size)
{
    void *bytes = aligned_alloc(64, size);
    assert(bytes);
    memset(bytes, 0, size);
    return bytes;
}

static int claim(void *context, uint32_t arena, uint64_t offset, uint64_t size,
                 struct vf_payload **payload)
{
    (void)context;
    return arena == SENDER ? vf_arena_claim(world.arena, offset, (size_t)size, payload) : -1;
}

static void open_sender(bool is_resumed)
{
    int err = vf_arena_create(&world.arena, SENDER, arena_bytes, ARENA_SIZE, CELLS + 1);
    if (!err)
        err = vf_outbox_create(&world.outbox, &world.terms);
    if (!err && is_resumed)
        err = vf_outbox_resume(world.outbox, world.rounds, claim, NULL);
    assert(!err);
}

static void close_sender(void)
{
    vf_outbox_destroy(&world.outbox);
    vf_arena_destroy(&world.arena);
}

static void open_receiver(bool is_resumed)
{
    int err = vf_inbox_create(&world.inbox, &world.terms, &view, -1);
    if (!err && is_resumed)
        err = vf_inbox_resume(world.inbox, world.rounds);
    assert(!err);
    vf_inbox_forget_answered(world.inbox);
}

static void close_receiver(void)
{
    for (int i = 0; i < MOST_TAKEN; i++)
        vf_message_destroy(&world.taken[i]);
    vf_inbox_abandon(world.inbox);
    vf_inbox_destroy(&world.inbox);
}

static void publish(void)
{
    struct vf_payload *payload;
    vf_outbox_begin_round(world.outbox, world.rounds + 1);
    if (!vf_outbox_has_room(world.outbox))
        vf_outbox_drop_oldest(world.outbox);
    if (!vf_outbox_has_room(world.outbox) ||
        vf_arena_allocate(world.arena, sizeof(world.number), &payload) != VF_OK)
        return;
    world.number++;
    memcpy(payload->data, &world.number, sizeof(world.number));
    struct vf_envelope envelope = {
        .arena = SENDER,
        .offset = payload->offset,
        .description = {.version = VF_MESSAGE_VERSION,
                        .kind = VF_MESSAGE_DATA,
                        .type = VF_VALUE_JSON,
                        .origin = {.number = world.number, .stream = SENDER << 8},
                        .payload_size = sizeof(world.number)},
    };
    (void)vf_outbox_put(world.outbox, &envelope, payload);
    vf_payload_drop(&payload);
}

static void publish_end(bool is_gap)
{
    struct vf_envelope envelope;
    bool is_awaited;
    int err = VF_OK;
    if (is_gap)
        err = vf_outbox_put_gap(world.outbox, &(struct vf_gap){.number = ++world.number}, &envelope,
                                &is_awaited);
    else if (!vf_outbox_has_ended(world.outbox))
        err = vf_outbox_put_end(world.outbox, VF_END_COMPLETE, &envelope, &is_awaited);
    assert(err == VF_OK || err == -EAGAIN);
}

/* Takes the front, reads all of it, and keeps it in a place, in exchange for what was there. */
static void take(unsigned place)
{
    struct vf_message *message = NULL;
    if (vf_inbox_front(world.inbox))
        vf_inbox_take(world.inbox, &message);
    for (size_t i = 0; message && message->payload && i < message->payload->size; i++)
        seen = message->payload->data[i];
    if (message && message->description.kind == VF_MESSAGE_DATA)
        vf_inbox_count(world.inbox, true);
    vf_message_destroy(&world.taken[place % MOST_TAKEN]);
    world.taken[place % MOST_TAKEN] = message;
}

/* Writes some bytes somewhere into a page. */
static void scribble(void *page, size_t page_size, struct input *input)
{
    size_t offset = next(input, 2) % page_size;
    size_t length = 1 + next(input, 1) % 64;
    for (; length && offset < page_size; length--)
        ((uint8_t *)page)[offset++] = (uint8_t)next(input, 1);
}

static void scribble_number(struct input *input)
{
    struct vf_outbox_page *out = world.terms.outbox;
    struct vf_inbox_page *in = world.terms.inbox;
    struct vf_outbox_cell *cell = vf_outbox_page_cell(out, next(input, 1) % CELLS);
    _Atomic uint64_t *const numbers[] = {&out->published, &out->skip_before, &in->received,
                                         &in->taken,      &in->asleep_at,    &cell->sequence};
    atomic_store(numbers[next(input, 1) % 6], next(input, 8));
}

static void take_step(unsigned step, struct input *input)
{
    unsigned place = step >> 4;
    int count = 0;
    switch (step & 15) {
    case 0:
    case 1:
        publish();
        break;
    case 2:
        publish_end(place % 2);
        break;
    case 3:
    case 4:
        count = vf_inbox_collect(world.inbox);
        break;
    case 5:
    case 6:
        take(place);
        break;
    case 7:
        vf_message_destroy(&world.taken[place % MOST_TAKEN]);
        break;
    case 8:
        vf_inbox_end_round(world.inbox, ++world.rounds);
        vf_outbox_end_round(world.outbox, world.rounds);
        break;
    case 9:
        close_sender();
        open_sender(true);
        break;
    case 10:
        close_receiver();
        open_receiver(true);
        break;
    case 11:
        scribble(world.terms.outbox, vf_outbox_page_size(CELLS), input);
        break;
    case 12:
        scribble(world.terms.inbox, vf_inbox_page_size(CELLS), input);
        break;
    case 13:
        scribble_number(input);
        break;
    case 14:
        (void)vf_inbox_fall_asleep(world.inbox);
        vf_inbox_wake_sender(world.inbox);
        break;
    default:
        vf_outbox_reap_all(world.outbox);
        vf_outbox_wait_for_room(world.outbox);
        break;
    }
    assert(count >= 0 && count <= 2 * CELLS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {data, size};
    world = (struct world){.terms = {.id = 1,
                                     .sender = SENDER,
                                     .receiver = 2,
                                     .depth = DEPTH,
                                     .cells = CELLS,
                                     .origin_stream = SENDER << 8,
                                     .overflow = (enum vf_overflow)(next(&input, 1) % 3),
                                     .carries_gaps = true}};
    world.terms.outbox = zeroed(vf_outbox_page_size(CELLS));
    world.terms.inbox = zeroed(vf_inbox_page_size(CELLS));
    open_sender(false);
    open_receiver(false);
    while (input.size)
        take_step((unsigned)next(&input, 1), &input);
    close_receiver();
    close_sender();
    free(world.terms.outbox);
    free(world.terms.inbox);
    return 0;
}
