/* SPDX-License-Identifier: MIT */
#include "nodes/program/client_send.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/base/array.h"
#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/base/write_all.h"

#define MOST_FOLLOWING 4096 /* bytes of an input that follow its message */

/* Sends a message of two parts, and a descriptor with it unless that is -1. */
static int send_parts(struct vf_client *client, struct vf_client_head *head, size_t head_size,
                      const void *rest, size_t rest_size, int fd)
{
    struct iovec parts[] = {{head, head_size}, {(void *)(uintptr_t)rest, rest_size}};
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr header;
    } control = {0};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = rest_size ? 2 : 1};
    if (fd >= 0) {
        message.msg_control = &control;
        message.msg_controllen = sizeof(control.bytes);
        struct cmsghdr *passed = CMSG_FIRSTHDR(&message);
        passed->cmsg_level = SOL_SOCKET;
        passed->cmsg_type = SCM_RIGHTS;
        passed->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(passed), &fd, sizeof(fd));
    }
    head->size = (uint32_t)(head_size + rest_size);
    head->round = client->sent_round;
    ssize_t sent;
    do
        sent = sendmsg(client->socket, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    if (sent < 0 && (errno == EPIPE || errno == ECONNRESET))
        return VF_OK; /* what it has said before, and how it ended, is heard when it is read */
    if (sent < 0)
        return vf_client_fail(client, "cannot be told anything: %s", strerror(errno));
    return VF_OK;
}

static int send_whole(struct vf_client *client, struct vf_client_head *head, size_t size)
{
    return send_parts(client, head, size, NULL, 0, -1);
}

int vf_client_send_welcome(struct vf_client *client)
{
    const struct vf_client_settings *settings = &client->settings;
    size_t size = 0;
    int fd = client->own_arena_size ? vf_node_arena(client->run, 0, &size) : -1;
    unsigned flags = (client->run->is_realtime ? VF_WELCOME_REALTIME : 0) |
                     (client->run->is_restarted ? VF_WELCOME_RESTARTED : 0);
    struct vf_client_welcome welcome = {
        .head = {.type = VF_CLIENT_WELCOME, .flags = (uint16_t)flags},
        .version = VF_CLIENT_VERSION,
        .kind = (uint32_t)settings->kind + 1,
        .input_count = client->run->input_count,
        .output_count = settings->output_count,
        .has_arena = fd >= 0,
        .slots = settings->slots,
        .arena_size = size,
        .keep = settings->keep,
        .threads = client->run->threads,
        .json_size = (uint32_t)strlen(settings->welcome),
        .batch = settings->batch ? settings->batch : 1,
    };
    return send_parts(client, &welcome.head, sizeof(welcome), settings->welcome,
                      strlen(settings->welcome), fd);
}

/* Gives the program an arena that it has not got yet. */
static int tell_arena(struct vf_client *client, uint32_t arena)
{
    size_t size;
    if (arena < client->told_count && client->is_told[arena])
        return VF_OK;
    int fd = vf_node_arena(client->run, arena, &size);
    if (fd < 0)
        return vf_client_fail(client, "cannot be given the memory of task %u", (unsigned)arena);
    if (arena >= client->told_count) {
        bool *grown = realloc(client->is_told, (arena + 1) * sizeof(*grown));
        if (!grown)
            return -ENOMEM;
        memset(grown + client->told_count, 0, arena + 1 - client->told_count);
        client->is_told = grown;
        client->told_count = arena + 1;
    }
    client->is_told[arena] = true;
    struct vf_client_arena told = {.head = {.type = VF_CLIENT_ARENA}, .arena = arena, .size = size};
    return send_parts(client, &told.head, sizeof(told), NULL, 0, fd);
}

/* Puts a payload of private memory, as it comes through a socket, into a file of its own. */
static int carry(struct vf_client *client, const struct vf_payload *payload, uint32_t arena)
{
    struct vf_client_arena told = {
        .head = {.type = VF_CLIENT_ARENA}, .arena = arena, .size = payload->size};
    int fd = memfd_create("vflow-payload", MFD_CLOEXEC);
    int err = fd < 0 ? -errno : vf_write_all(fd, payload->data, payload->size);
    if (err)
        vf_log(VF_LOG_ERROR, "cannot hand on %zu bytes: %s", payload->size, strerror(-err));
    else
        err = send_parts(client, &told.head, sizeof(told), NULL, 0, fd);
    if (fd >= 0)
        close(fd);
    return err;
}

/* Remembers that the program has a message. */
static int lease(struct vf_client *client, const struct vf_message *message)
{
    if (client->lease_count == client->lease_room) {
        size_t room = client->lease_room * 2 + 8;
        struct vf_client_lease *grown = realloc(client->leases, room * sizeof(*grown));
        if (!grown)
            return -ENOMEM;
        client->leases = grown;
        client->lease_room = room;
    }
    struct vf_client_lease made = {.id = ++client->last_lease, .round = client->sent_round};
    int err = vf_message_clone(&made.message, message);
    if (!err)
        client->leases[client->lease_count++] = made;
    return err;
}

/* Where a payload is told to lie. */
static int place(struct vf_client *client, const struct vf_payload *payload,
                 struct vf_client_input *input)
{
    if (!payload || (!payload->arena && payload->size <= MOST_FOLLOWING))
        return VF_OK;
    if (payload->arena) {
        input->arena = payload->arena;
        input->offset = payload->offset;
        return tell_arena(client, payload->arena);
    }
    input->arena = VF_CLIENT_ONCE | (uint32_t)(client->last_lease & 0x7fffffff);
    return carry(client, payload, input->arena);
}

size_t vf_client_extras_room(const struct vf_client *client)
{
    size_t room = 0;
    for (size_t i = 0; i < client->lease_count; i++) {
        const struct vf_description *input = &client->leases[i].message->description;
        if (client->leases[i].round >= client->round && input->extras_size > room)
            room = (size_t)input->extras_size;
    }
    return room ? room + VF_CLIENT_EXTRAS_ALIGNMENT : 0;
}

/* Adds a place for the next output, as large as the last one, so that the program need not ask. */
static void grant(struct vf_client *client, struct vf_client_input *input)
{
    struct vf_payload *payload = NULL;
    size_t size = client->grant_size + vf_client_extras_room(client);
    size_t most = client->settings.grants ? client->settings.grants : 1;
    if (!client->grant_size || client->slot_count >= most ||
        vf_node_try_allocate(client->run, size, &payload) != VF_OK)
        return;
    client->slots[client->slot_count++] = payload;
    input->head.flags |= VF_INPUT_GRANT;
    input->grant_offset = payload->offset;
    input->grant_size = payload->size;
}

static int send_input(struct vf_client *client, unsigned number, const struct vf_message *message,
                      bool is_last, bool is_more)
{
    const struct vf_payload *payload = message->payload;
    struct vf_client_input input = {.head = {.type = VF_CLIENT_INPUT}, .input = number};
    int err = lease(client, message);
    input.lease = client->last_lease;
    vf_client_describe(&input.description, &message->description);
    input.description.payload_size = payload ? payload->size : 0;
    if (!err)
        err = place(client, payload, &input);
    if (is_last) {
        input.head.flags |= VF_INPUT_LAST | (is_more ? VF_INPUT_MORE : 0);
        grant(client, &input);
    }
    bool follows = payload && !input.arena;
    return err ? err
               : send_parts(client, &input.head, sizeof(input), follows ? payload->data : NULL,
                            follows ? payload->size : 0, -1);
}

int vf_client_send_inputs(struct vf_client *client, struct vf_message *const *inputs, bool is_more)
{
    unsigned count = client->run->input_count, last = 0;
    int err = VF_OK;
    client->sent_round++;
    for (unsigned i = 0; i < count; i++)
        last = inputs[i] ? i : last;
    for (unsigned i = 0; i < count && !err; i++) {
        if (inputs[i])
            err = send_input(client, i, inputs[i], i == last, is_more);
    }
    return err;
}

int vf_client_send_slot(struct vf_client *client, const struct vf_payload *payload, unsigned flags)
{
    struct vf_client_slot slot = {.head = {.type = VF_CLIENT_SLOT, .flags = (uint16_t)flags},
                                  .offset = payload ? payload->offset : 0,
                                  .size = payload ? payload->size : 0};
    return send_whole(client, &slot.head, sizeof(slot));
}

int vf_client_send_flush(struct vf_client *client)
{
    struct vf_client_flush flush = {.head = {.type = VF_CLIENT_FLUSH},
                                    .reason = (uint32_t)vf_node_end_reason(client->run)};
    client->round = ++client->sent_round;
    return send_whole(client, &flush.head, sizeof(flush));
}

int vf_client_send_bye(struct vf_client *client)
{
    struct vf_client_head bye = {.type = VF_CLIENT_BYE};
    return send_whole(client, &bye, sizeof(bye));
}

bool vf_client_can_read(const struct vf_client *client, int64_t deadline_ns)
{
    int64_t left_ns;
    while ((left_ns = deadline_ns - vf_clock_now_ns()) > 0) {
        struct pollfd item = {.fd = client->socket, .events = POLLIN};
        struct timespec rest = {.tv_sec = (time_t)(left_ns / VF_NS_PER_S),
                                .tv_nsec = (long)(left_ns % VF_NS_PER_S)};
        if (ppoll(&item, 1, &rest, NULL) > 0)
            return true;
    }
    return false;
}
