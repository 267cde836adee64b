/* SPDX-License-Identifier: MIT */
#include "engine/process/control/client.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/base/display.h"

#define READ_AT_ONCE ((size_t)16 << 10)

void vf_control_client_open(struct vf_control_client *client, int fd, int64_t now_ns)
{
    *client = (struct vf_control_client){.fd = fd, .moved_ns = now_ns};
}

/* Forgets the answer that is being written. */
static void end_answer(struct vf_control_client *client)
{
    for (size_t i = 0; i < client->descriptor_count; i++)
        close(client->descriptors[i]);
    free(client->descriptors);
    free(client->out);
    client->descriptors = NULL;
    client->out = NULL;
    client->descriptor_count = client->out_size = client->out_done = 0;
}

void vf_control_client_close(struct vf_control_client *client)
{
    if (client->fd >= 0)
        close(client->fd);
    end_answer(client);
    free(client->in);
    *client = (struct vf_control_client){.fd = -1};
}

bool vf_control_client_is_writing(const struct vf_control_client *client)
{
    return client->out != NULL;
}

struct pollfd vf_control_client_poll(const struct vf_control_client *client)
{
    short events = POLLIN;
    if (client->out)
        events = POLLOUT;
    else if (client->call || client->is_ending)
        events = 0; /* that it is gone is heard all the same */
    return (struct pollfd){.fd = client->fd, .events = events};
}

static bool grow(struct vf_control_client *client)
{
    if (client->in_capacity - client->in_size >= READ_AT_ONCE)
        return true;
    char *larger = realloc(client->in, client->in_capacity + READ_AT_ONCE);
    if (!larger)
        return false;
    client->in = larger;
    client->in_capacity += READ_AT_ONCE;
    return true;
}

static bool has_line(const struct vf_control_client *client)
{
    return client->in_size && memchr(client->in, '\n', client->in_size);
}

static void refuse_length(struct vf_control_client *client)
{
    struct vf_control_answer answer = {0};
    vf_control_refuse(&answer, "a request has %zu bytes at most", VF_CONTROL_LINE_LIMIT);
    client->in_size = 0;
    client->is_ending = true;
    vf_control_client_answer(client, &answer);
}

void vf_control_client_read(struct vf_control_client *client, int64_t now_ns)
{
    if (client->call || client->is_ending || client->out) { /* asked only to hear that it is gone */
        char byte;
        ssize_t there = recv(client->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
        if (there == 0 || (there < 0 && errno != EAGAIN && errno != EINTR))
            vf_control_client_close(client);
        return;
    }
    if (!grow(client)) {
        vf_control_client_close(client);
        return;
    }
    ssize_t size = recv(client->fd, client->in + client->in_size, READ_AT_ONCE, MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (size == 0 && has_line(client))
        return; /* it sends no more, and still gets its answers */
    if (size <= 0) {
        vf_control_client_close(client);
        return;
    }
    client->in_size += (size_t)size;
    client->moved_ns = now_ns;
    if (client->in_size > VF_CONTROL_LINE_LIMIT && !has_line(client))
        refuse_length(client);
}

bool vf_control_client_line(const struct vf_control_client *client, const char **line, size_t *size)
{
    if (client->fd < 0 || client->call || client->out || client->is_ending || !client->in_size)
        return false;
    const char *end = memchr(client->in, '\n', client->in_size);
    *line = client->in;
    *size = end ? (size_t)(end - client->in) + 1 : 0;
    return end != NULL;
}

void vf_control_client_drop_line(struct vf_control_client *client, size_t size)
{
    if (client->fd < 0)
        return;
    client->in_size -= size;
    memmove(client->in, client->in + size, client->in_size);
}

bool vf_control_client_has_work(const struct vf_control_client *client)
{
    const char *line;
    size_t size;
    return client->out || vf_control_client_line(client, &line, &size);
}

static bool take_descriptors(struct vf_control_client *client, struct vf_control_answer *answer)
{
    size_t count = answer->descriptor_count;
    int *taken = count ? calloc(count, sizeof(*taken)) : NULL;
    if (count && !taken)
        return false;
    if (count)
        memcpy(taken, answer->descriptors, count * sizeof(*taken));
    client->descriptors = taken;
    client->descriptor_count = count;
    answer->descriptor_count = 0;
    return true;
}

/* Makes the line of an answer. NULL: out of memory. */
static char *make_line(struct vf_control_answer *answer)
{
    json_t *object = answer->error ? json_object() : answer->object;
    if (!answer->error && !object)
        object = json_object();
    bool is_good = json_object_set_new(object, "ok", json_boolean(!answer->error)) == 0;
    char *error = answer->error ? vf_display_utf8(answer->error) : NULL;
    if (answer->error)
        is_good = is_good && json_object_set_new(object, "error", json_string(error)) == 0;
    free(error);
    char *text = is_good ? json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(15)) : NULL;
    if (object != answer->object)
        json_decref(object);
    json_decref(answer->object);
    answer->object = NULL;
    return text;
}

void vf_control_client_answer(struct vf_control_client *client, struct vf_control_answer *answer)
{
    char *line = make_line(answer);
    client->call = 0;
    if (!line || client->out || !take_descriptors(client, answer)) {
        free(line);
        vf_control_answer_drop(answer);
        vf_control_client_close(client);
        return;
    }
    client->out = line;
    client->out_size = strlen(line) + 1;
    line[client->out_size - 1] = '\n'; /* in the place of the NUL */
}

/* Sends on, with the descriptors where nothing has been sent yet. */
static ssize_t send_some(const struct vf_control_client *client)
{
    struct iovec bytes = {.iov_base = client->out + client->out_done,
                          .iov_len = client->out_size - client->out_done};
    struct msghdr message = {.msg_iov = &bytes, .msg_iovlen = 1};
    size_t size = client->descriptor_count * sizeof(int);
    _Alignas(struct cmsghdr) char rights[CMSG_SPACE(VF_CONTROL_DESCRIPTORS * sizeof(int))] = {0};
    if (size && !client->out_done) {
        message.msg_control = rights;
        message.msg_controllen = CMSG_SPACE(size);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(size);
        memcpy(CMSG_DATA(header), client->descriptors, size);
    }
    return sendmsg(client->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void vf_control_client_write(struct vf_control_client *client, int64_t now_ns)
{
    if (client->fd < 0 || !client->out)
        return;
    ssize_t sent = send_some(client);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (sent < 0) {
        vf_control_client_close(client);
        return;
    }
    client->moved_ns = now_ns;
    client->out_done += (size_t)sent;
    if (client->out_done < client->out_size)
        return;
    end_answer(client);
    if (client->is_ending)
        vf_control_client_close(client);
}

bool vf_control_client_is_overdue(const struct vf_control_client *client, int64_t now_ns)
{
    bool is_halfway = client->out || (client->in_size && !client->call);
    return client->fd >= 0 && is_halfway && now_ns - client->moved_ns > VF_CONTROL_PATIENCE_NS;
}
