/* SPDX-License-Identifier: MIT */
/* Takes arbitrary bytes for what the program of a process node sends: messages, each with its length
 * in two bytes in front of it. What is accepted is heeded, with inputs that the program has and
 * memory that it gets, until it is lost; all that is sent on is read. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/message/arena.h"
#include "engine/message/message_codec.h"
#include "engine/node/emitter.h"
#include "nodes/program/client.h"
#include "nodes/program/client_answer.h"

#define TASK 3
#define ARENA_SIZE ((size_t)65536)
#define INPUTS 2

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static _Alignas(4096) uint8_t arena_bytes[ARENA_SIZE];
static struct vf_arena *arena;
static volatile uint8_t seen;

static int emit(struct vf_emitter *emitter, unsigned port, struct vf_message **output)
{
    const struct vf_message *message = *output;
    (void)emitter;
    assert(port < 2);
    assert(!vf_description_check(&message->description) || message->is_received);
    for (size_t i = 0; message->payload && i < message->payload->size; i++)
        seen = message->payload->data[i];
    vf_message_destroy(output);
    return VF_OK;
}

static int drop(struct vf_emitter *emitter, unsigned port)
{
    (void)emitter;
    assert(port < 2);
    return VF_OK;
}

static int allocate(struct vf_emitter *emitter, size_t size, struct vf_payload **payload)
{
    (void)emitter;
    int err = vf_arena_allocate(arena, size, payload);
    return err == -EAGAIN ? VF_DROPPED : err;
}

static int find_arena(const struct vf_emitter *emitter, uint32_t number, size_t *size)
{
    (void)emitter;
    (void)number;
    *size = ARENA_SIZE;
    return STDIN_FILENO; /* any descriptor */
}

static void complain(struct vf_emitter *emitter, const char *text, const char *details)
{
    (void)emitter;
    assert(text);
    seen = (uint8_t)(strlen(text) + (details ? strlen(details) : 0));
}

static void expect(struct vf_emitter *emitter, unsigned port, uint64_t messages)
{
    (void)emitter;
    (void)messages;
    assert(port < 2);
}

static void expect_no_end(struct vf_emitter *emitter)
{
    (void)emitter;
}

static struct vf_emitter emitter = {
    .emit = emit,
    .drop = drop,
    .allocate = allocate,
    .try_allocate = allocate,
    .arena = find_arena,
    .complain = complain,
    .expect = expect,
    .expect_no_end = expect_no_end,
};

/* Reads what the worker has answered. */
static void drain(int fd)
{
    uint8_t bytes[4096];
    while (recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
        seen = bytes[0];
}

/* Gives the program an input in each of its leases, as two rounds do. */
static void lease_inputs(struct vf_client *client)
{
    client->leases = calloc(INPUTS, sizeof(*client->leases));
    client->lease_room = INPUTS;
    assert(client->leases);
    for (uint64_t i = 1; i <= INPUTS; i++) {
        struct vf_client_lease *lease = &client->leases[client->lease_count++];
        *lease = (struct vf_client_lease){.id = i, .round = i};
        int err = vf_message_create_json(&lease->message, "[1, 2]", 6);
        assert(!err);
        lease->message->description.origin.number = i;
        lease->message->is_received = true;
    }
    client->round = client->last_lease = INPUTS;
}

static void serve(struct vf_client *client, const uint8_t *data, size_t size)
{
    const struct vf_client_bounds bounds = {.output_count = 2, .arena_size = ARENA_SIZE};
    static union vf_client_message message;
    const char *complaint;
    while (size >= 2) {
        size_t length = data[0] | (size_t)data[1] << 8;
        data += 2;
        size -= 2;
        if (length > size)
            length = size;
        memcpy(&message, data, length);
        data += length;
        size -= length;
        complaint = NULL;
        if (vf_client_check(&message, length, &bounds, &complaint) != VF_OK)
            return; /* which ends a program */
        int err = vf_client_heed(client, &message);
        if (err && err != -EIO)
            return;
        if (client->is_answered)
            client->is_answered = size % 2; /* as if another input had come, or none */
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const words[] = {"program", NULL};
    struct vf_node_run run = {.emitter = &emitter, .name = "step", .input_count = 1};
    struct vf_client client = {
        .run = &run,
        .settings = {.words = words,
                     .welcome = "{}",
                     .kind = VF_PROCESSOR,
                     .output_count = 2,
                     .keep = 1,
                     .slots = 2},
        .guest = {.pidfd = -1},
        .own_arena_size = ARENA_SIZE,
        .is_greeted = true,
        .is_ready = size % 16 != 15,
        .message = malloc(sizeof(union vf_client_message)),
    };
    int ends[2];
    int err = socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends);
    if (!err)
        err = vf_arena_create(&arena, TASK, arena_bytes, ARENA_SIZE, 8);
    assert(!err && client.message);
    client.socket = ends[0];
    lease_inputs(&client);
    serve(&client, data, size);
    drain(ends[1]);
    close(ends[1]);
    vf_client_close(&client);
    vf_arena_destroy(&arena);
    return 0;
}
