/* SPDX-License-Identifier: MIT */
/* Takes arbitrary bytes for what comes through the sockets of an edge whose ends share no memory: data,
 * with its payload as a second part, and recaps for the receiver, acknowledgements for the sender.
 * The first byte chooses how the edge is, whether the receiver goes on for a process that died, and
 * whether payloads are compressed, of which the input says the first 24 bytes; what
 * follows are steps, each a byte and, where something comes, its length and its bytes. What is true is
 * filled in beforehand, so that not all is refused at the first word. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/log.h"
#include "engine/edge/receive/inbox.h"
#include "engine/edge/remote/acknowledgement.h"
#include "engine/edge/remote/parcel.h"
#include "engine/edge/remote/recap.h"
#include "engine/edge/send/outbox.h"
#include "tests/fuzz/input.h"

#define SENDER 1
#define DEPTH 2
#define CELLS 8
#define MOST_TAKEN 4
#define PROCESS 2

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct {
    struct vf_edge_terms sending, receiving;
    struct vf_outbox *outbox;
    struct vf_inbox *inbox;
    struct vf_message *taken[MOST_TAKEN];
    struct vf_squeeze_kept *kept;
    uint64_t number, rounds, sequence;
    bool is_gathering;
} world;

static uint8_t *const arenas[] = {NULL, NULL};
static const size_t arena_sizes[] = {0, 0};
static const struct vf_arena_view view = {arenas, arena_sizes, 2};
static volatile uint8_t seen;

/* Lays the bytes of the input over something, at a place and of a length that it says. */
static void lay_over(void *thing, size_t thing_size, struct input *input)
{
    size_t place = (next(input) * 4U) % thing_size, length = next(input);
    for (; length && place < thing_size && input->size; length--)
        ((uint8_t *)thing)[place++] = (uint8_t)next(input);
}

static void *zeroed(size_t size)
{
    void *bytes = aligned_alloc(64, size);
    assert(bytes);
    memset(bytes, 0, size);
    return bytes;
}

static void free_payload(struct vf_payload *payload)
{
    free(payload->data);
    free(payload);
}

/* The second part of a message, of just so many bytes, so that a sanitizer sees the first too far. */
static struct vf_payload *make_part(size_t size)
{
    struct vf_payload *part = calloc(1, sizeof(*part));
    assert(part);
    part->data = calloc(1, size ? size : 1);
    assert(part->data);
    part->size = size;
    part->release = free_payload;
    atomic_init(&part->holders, 1);
    return part;
}

static void hear_data(struct input *input)
{
    struct vf_envelope envelope = {
        .magic = VF_ENVELOPE_MAGIC,
        .edge = world.receiving.id,
        .sequence = ++world.sequence,
        .cell = (uint32_t)world.sequence % CELLS,
        .arena = world.receiving.form ? VF_ARENA_LZ4 : VF_ARENA_PART,
        .description = {.version = VF_MESSAGE_VERSION,
                        .kind = VF_MESSAGE_DATA,
                        .type = VF_VALUE_JSON,
                        .origin = {.number = world.sequence, .stream = SENDER << 8},
                        .payload_size = 16},
    };
    struct vf_payload *part = make_part(next(input) % 8 ? 16 : next(input));
    for (size_t i = 0; world.receiving.form && i < part->size && i < 24; i++)
        part->data[i] = (uint8_t)next(input);
    lay_over(&envelope, sizeof(envelope), input);
    if (envelope.arena != VF_ARENA_PART && next(input) % 2)
        vf_payload_drop(&part);
    size_t size = next(input) % 8 ? vf_envelope_size(&envelope) : next(input) * 4U;
    size = size < sizeof(envelope) ? size : sizeof(envelope);
    int err = vf_parcel_open(&world.receiving, &world.kept, &envelope, size, &part);
    if (!err)
        err = vf_inbox_accept(world.inbox, &envelope, size, &part);
    assert(err == VF_OK || err == -EBADMSG);
    assert(!part);
}

static void hear_recap(struct input *input)
{
    struct vf_recap recap = {.magic = VF_RECAP_MAGIC,
                             .edge = world.receiving.id,
                             .process = PROCESS,
                             .sequence = world.sequence,
                             .data = world.sequence};
    lay_over(&recap, sizeof(recap), input);
    vf_inbox_hear_recap(world.inbox, &recap);
    if (world.is_gathering && vf_inbox_has_gathered(world.inbox)) {
        int err = vf_inbox_resume(world.inbox, world.rounds);
        assert(!err);
        vf_inbox_forget_answered(world.inbox);
        world.is_gathering = false;
    }
}

static void hear_acknowledgement(struct input *input)
{
    uint64_t published = vf_outbox_published(world.outbox);
    struct vf_acknowledgement news = {.magic = VF_ACKNOWLEDGEMENT_MAGIC,
                                      .edge = world.sending.id,
                                      .received = published,
                                      .taken = published,
                                      .count = 1,
                                      .done = {{.sequence = published, .cell = 0}}};
    lay_over(&news, sizeof(news), input);
    size_t size = offsetof(struct vf_acknowledgement, done) + news.count * sizeof(news.done[0]);
    if (next(input) % 8 == 0 || size > sizeof(news))
        size = (next(input) * 4U) % (sizeof(news) + 1);
    int err = vf_acknowledgement_apply(&news, size, &world.sending, published);
    assert(err == VF_OK || err == -EBADMSG);
    const struct vf_inbox_page *page = world.sending.inbox;
    assert(atomic_load(&page->received) <= published && atomic_load(&page->taken) <= published);
}

static struct vf_payload *make_payload(void)
{
    struct vf_payload *payload = make_part(sizeof(world.number));
    payload->arena = SENDER;
    payload->offset = 64 * world.number;
    return payload;
}

static void publish(void)
{
    vf_outbox_begin_round(world.outbox, world.rounds + 1);
    if (!vf_outbox_has_room(world.outbox))
        vf_outbox_drop_oldest(world.outbox);
    if (!vf_outbox_has_room(world.outbox))
        return;
    struct vf_payload *payload = make_payload(), *sent;
    struct vf_envelope envelope = {
        .arena = SENDER,
        .offset = payload->offset,
        .description = {.version = VF_MESSAGE_VERSION,
                        .kind = VF_MESSAGE_DATA,
                        .type = VF_VALUE_JSON,
                        .origin = {.number = ++world.number, .stream = SENDER << 8},
                        .payload_size = sizeof(world.number)},
    };
    (void)vf_outbox_put(world.outbox, &envelope, payload);
    vf_payload_drop(&payload);
    const struct vf_envelope *left = vf_outbox_next_to_send(world.outbox, &sent);
    for (size_t i = 0; left && sent && i < sent->size; i++)
        seen = sent->data[i];
    if (left)
        vf_outbox_set_sent(world.outbox, left->sequence);
}

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

static void open_receiver(bool is_resumed)
{
    int err = vf_inbox_create(&world.inbox, &world.receiving, &view, -1);
    if (!err && is_resumed)
        err = vf_inbox_begin_gathering(world.inbox, PROCESS);
    assert(!err);
    world.is_gathering = is_resumed;
}

static void close_receiver(void)
{
    for (int i = 0; i < MOST_TAKEN; i++)
        vf_message_destroy(&world.taken[i]);
    vf_inbox_abandon(world.inbox);
    vf_inbox_destroy(&world.inbox);
    vf_parcel_forget(&world.receiving, &world.kept);
}

static void take_step(unsigned step, struct input *input)
{
    switch (step % 8) {
    case 0:
    case 1:
        hear_data(input);
        break;
    case 2:
        hear_recap(input);
        break;
    case 3:
        hear_acknowledgement(input);
        break;
    case 4:
        publish();
        break;
    case 5:
        if (!world.is_gathering)
            take(step >> 4);
        break;
    case 6:
        vf_message_destroy(&world.taken[(step >> 4) % MOST_TAKEN]);
        vf_outbox_reap_all(world.outbox);
        break;
    default:
        if (step >> 4 == 0) {
            close_receiver();
            open_receiver(true);
        } else if (!world.is_gathering) {
            vf_inbox_end_round(world.inbox, ++world.rounds);
        }
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {data, size};
    unsigned kind = next(&input);
    vf_log_set_level(VF_LOG_ERROR);
    memset(&world, 0, sizeof(world));
    world.sending = (struct vf_edge_terms){.id = 1,
                                           .sender = SENDER,
                                           .receiver = 2,
                                           .depth = DEPTH,
                                           .cells = CELLS,
                                           .origin_stream = SENDER << 8,
                                           .overflow = (enum vf_overflow)(kind % 3),
                                           .carries_gaps = true,
                                           .is_remote = true,
                                           .form = kind & 8 ? VF_EDGE_LZ4 : VF_EDGE_RAW,
                                           .is_replaceable = true};
    world.receiving = world.sending;
    world.sending.outbox = zeroed(vf_outbox_page_size(CELLS));
    world.sending.inbox = zeroed(vf_inbox_page_size(CELLS));
    world.receiving.outbox = zeroed(vf_outbox_page_size(CELLS));
    world.receiving.inbox = zeroed(vf_inbox_page_size(CELLS));
    int err = vf_outbox_create(&world.outbox, &world.sending);
    assert(!err);
    open_receiver(kind & 4);
    while (input.size)
        take_step(next(&input), &input);
    close_receiver();
    vf_outbox_destroy(&world.outbox);
    free(world.sending.outbox);
    free(world.sending.inbox);
    free(world.receiving.outbox);
    free(world.receiving.inbox);
    return 0;
}
